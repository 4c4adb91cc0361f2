"""A unit audited, and findings disposed of.

The audit reads what the actor may see; rules that run blind also read the staff's records, and give
back no name. What it finds is kept in the unit as findings, sealed names and the audit as run.
Not here: the rules (`prove`), text, JSON and the page (`audit_shown`, `audit_page`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from reopen.errors import NotAllowed, UnknownName
from reopen.faces.workbench.ledger_state import log_state, state_lines
from reopen.prove import Holdings, Settings
from reopen.prove.audit import Audit, Progress, audit
from reopen.prove.rules import RULES
from reopen.records.access import Actor
from reopen.records.base import Record, Ref
from reopen.records.findings import SERIES, Disposition, Finding, Outcome, SealedName
from reopen.records.series import FoundSeries
from reopen.records.times import Interval
from reopen.store.reader import Reader
from reopen.store.unit import Unit

_RENEWED = "found again, with renewed figures"
_MAKERS = (
    "by", "analyst", "author", "examiner", "taken_by", "collected_by", "edited_by", "declared_by",
    "ordered_by", "approved_by", "receiver", "giver", "confirmed", "asked_for_by", "given_by",
    "person",
)  # fmt: skip
"""Fields that name who made a record, or had a hand in what it tells."""


@dataclass(frozen=True, slots=True)
class Audited:
    """A unit's audit.

    by     who asked
    names  sealed id -> the name, of those that the actor may read
    kept   whether findings and the run were kept in the unit
    alerts  of searches, whose series speak against convictions, that nobody has disposed of
    log    where the unit's log stands, and who cosigned it, in sentences
    """

    unit: str
    by: str
    audit: Audit
    names: Mapping[str, SealedName] = field(default_factory=dict)
    kept: bool = False
    alerts: tuple[Finding, ...] = ()
    log: tuple[str, ...] = ()
    partly: bool = False


def audit_unit(
    unit: Unit,
    actor: str,
    *,
    settings: Settings | None = None,
    only: Iterable[str] | None = None,
    purpose: str = "audit",
    supervisor: str = "",
    keep: bool = True,
    progress: Progress | None = None,
) -> Audited:
    """Audit what an actor may see of a unit. Raises NotAllowed, CannotStore.

    keep  also keep findings, sealed names and the audit as run, so that later looks pay for what
          is new only, and findings can be disposed of
    """
    with unit.reading(actor, purpose=purpose, supervisor=supervisor) as reader:
        holdings = _holdings(reader)
        staff = tuple(reader.staff_for_rules())
    found = audit(holdings, settings, staff=staff, only=only, progress=progress)
    if keep:
        _keep(unit, actor, found, purpose)
    names = _names(unit, actor, found, purpose, supervisor)
    state = state_lines(log_state(unit))
    return Audited(unit.name, actor, found, names, keep, _alerts(holdings), state)


def as_told(done: Audited, seen: Collection[str], *, staff: bool) -> Audited:
    """An audit as far as whoever asked may know of it: blind findings are for their reviewers, and
    so are the answers that would tell that there are some.

    seen   findings that the asker may read
    staff  whether the class STAFF is open to them everywhere
    """

    def told(some: Iterable[Finding]) -> tuple[Finding, ...]:
        return tuple(each for each in some if not each.blind or each.id in seen)

    found = done.audit
    closed = {
        each.rule
        for each in found.answers
        if (RULES[each.rule].blind and not staff) or told(each.findings) != each.findings
    }
    return replace(
        done,
        partly=bool(closed),
        audit=replace(
            found,
            answers=tuple(each for each in found.answers if each.rule not in closed),
            findings=told(found.findings),
            held_back=tuple(each for each in told(found.held_back) if each.rule not in closed),
        ),
    )


def _alerts(holdings: Holdings) -> tuple[Finding, ...]:
    stand = {series.ref for series in holdings.of(FoundSeries) if not series.ended}
    closed = {each.finding for each in holdings.of(Disposition)}
    return tuple(
        each
        for each in holdings.of(Finding)
        if each.rule == SERIES and each.id not in closed and stand.intersection(each.records)
    )


def _holdings(reader: Reader) -> Holdings:
    """Everything that the actor may see, with the earlier versions of what was amended."""
    records: list[Record] = []
    amended: list[Ref] = []
    for version in reader.listing():
        records.append(version.record)
        if version.version > 1:
            amended.append(version.record.ref)
    versions = {ref: tuple(each.record for each in reader.versions(ref)[:-1]) for ref in amended}
    return Holdings(records, now=datetime.now(UTC), versions=versions)


def _keep(unit: Unit, actor: str, found: Audit, purpose: str) -> None:
    """Findings in one transaction with the run that made them; blind ones with their names apart.

    A blind finding that the unit holds already may be closed to the actor, who then cannot renew
    its figures: it stays as it was kept first.
    """
    names = {name.id: name for name in found.sealed}
    try:
        with unit.writing(actor, purpose=purpose, reason=_RENEWED) as writer:
            writer.put_many(each for each in found.findings if not each.blind)
            writer.put(found.as_run(actor))
    except NotAllowed as refused:
        raise NotAllowed(
            refused.seen,
            rule=refused.rule,
            way_on="Look without keeping anything: --no-keep. Whoever keeps audits needs a grant "
            "to add and amend.",
        ) from refused
    for finding in found.findings:
        if finding.blind:
            own = [names[ref.id] for ref in finding.records if ref.id in names]
            with suppress(NotAllowed), unit.writing(actor, purpose=purpose, reason=_RENEWED) as one:
                one.put_many([finding, *own])


def _names(
    unit: Unit, actor: str, found: Audit, purpose: str, supervisor: str
) -> dict[str, SealedName]:
    if not found.sealed:
        return {}
    with unit.reading(actor, purpose=purpose, supervisor=supervisor) as reader:
        read = {name.id: name for name in reader.all(SealedName)}
    return {name.id: read[name.id] for name in found.sealed if name.id in read}


@dataclass(frozen=True, slots=True)
class Disposed:
    """A disposition as kept. alone: the unit has one actor, who may have made the records too."""

    finding: Finding
    disposition: Disposition
    alone: bool = False


def dispose(
    unit: Unit,
    actor: str,
    finding: str,
    *,
    outcome: Outcome,
    reason: str,
    purpose: str = "disposition",
    supervisor: str = "",
) -> Disposed:
    """Record how a finding ended. Raises NotAllowed for somebody who made one of its records,
    UnknownName where the actor may see no such finding."""
    if not reason.strip():
        raise NotAllowed(
            f"A disposition of {finding} without a reason.",
            rule="Every finding ends in a recorded disposition with a reason.",
            way_on='Say why: --reason "the bench book shows it, page 12"',
        )
    moment = datetime.now(UTC)
    alone = len(_active(unit, moment)) == 1
    with unit.reading(actor, purpose=purpose, supervisor=supervisor) as reader:
        found = reader.get(Finding, finding)
        if found is None:
            raise UnknownName(
                f"There is no finding {finding!r} that {actor} may see.",
                rule="A disposition is of a finding that an audit has kept.",
                way_on="`reopen audit UNIT` lists them by their ids.",
            )
        made = [] if alone else _made_by(unit, reader, found, actor)
    if made:
        raise NotAllowed(
            f"{actor} made {', '.join(map(str, made))}, which {finding} is about.",
            rule="A finding is disposed of by somebody who did not make its records.",
            way_on="Ask another actor of the unit to look at it.",
        )
    disposition = Disposition(
        id=f"{finding} {moment.isoformat(timespec='microseconds')}",
        finding=finding,
        outcome=outcome,
        reason=reason.strip(),
        by=actor,
        at=Interval.at(moment),
        note="by the unit's only actor" if alone else "",
    )
    with unit.writing(actor, purpose=purpose) as writer:
        writer.put(disposition)
    return Disposed(found, disposition, alone)


def _active(unit: Unit, moment: datetime) -> list[Actor]:
    now = Interval.at(moment)
    return [each for each in unit.actors() if each.left is None or now.before(each.left)]


def _made_by(unit: Unit, reader: Reader, found: Finding, actor: str) -> list[Ref]:
    """Records of a finding that the actor entered, or that name the actor as having made them."""
    own = {actor, *(each.person for each in unit.actors() if each.id == actor and each.person)}
    made = []
    for ref in found.records:
        version = reader.version(ref) if reader.rule(ref) else None
        if version is None:
            continue
        named = {getattr(version.record, field, None) for field in _MAKERS}
        if version.actor == actor or own & named:
            made.append(ref)
    return made
