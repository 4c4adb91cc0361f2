"""R3 and R4: results changed after a name was known, after a report, or just before a milestone.

Not here: whether every version is kept (`results_versions`).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from scipy.special import pdtrc

from reopen.prove.holdings import Holdings
from reopen.prove.results_reported import Told
from reopen.prove.rules import Settings, rule
from reopen.prove.tally import Tally
from reopen.records.base import Record
from reopen.records.findings import RuleAnswer, Severity
from reopen.records.results import Amendment, Disclosure, Hit, LabResult, Milestone, NameKnown
from reopen.records.times import Interval

LEAST_BAN = 1.0
DAYS = 14.0
FRESH_DAYS = 14.0
RUSH = 0.001
_INTERPRETATION = {
    "alleles_hash": "allele",
    "threshold_rfu": "threshold",
    "contributors": "contributor",
    "proposition": "proposition",
}
"""Fields of a result whose change is one of interpretation -> the word for them in `changed`."""


@rule(
    "R3",
    "Amended after the name",
    severity=Severity.A,
    needs=(Amendment,),
    asks="Were alleles, threshold, number of contributors or propositions changed after a "
    "reference or name was known, without new data?",
    checks=(
        "The change may have been decided before the name was known: look for the dated note.",
        "Let somebody who knows no name interpret the frozen data again.",
        "The change may follow a review: ask for its record, and show both versions.",
    ),
    learnt="ISO/IEC 17025; ISO 21043; sequential unmasking",
    numbers={"R3.least_ban": (LEAST_BAN, "change of log10 LR from which the finding is grave")},
)
def amended_after_name(holdings: Holdings, settings: Settings) -> RuleAnswer:
    tally = Tally("R3")
    least = settings.number("R3.least_ban", LEAST_BAN)
    for amendment in holdings.of(Amendment):
        before, after = versions_of(holdings, amendment)
        changed = _interpretation_changed(amendment, before, after)
        if changed is None:
            tally.unable(amendment, "what it changed is not recorded")
            continue
        if not changed:
            tally.looked_at += 1
            continue
        case = amendment.case or (after or before or amendment).case
        known = list(_names_known(holdings, case))
        if not known:
            tally.unable(amendment, "when a name was known in its case is not recorded")
            continue
        earlier = [each for each, when in known if when.before(amendment.at)]
        if not earlier and any(when.may_meet(amendment.at) for _, when in known):
            tally.unable(amendment, "whether the name or the change came first is not recorded")
            continue
        new_data = _new_data(amendment, before, after)
        if earlier and new_data is None:
            tally.unable(amendment, "whether it had new data is not recorded")
            continue
        tally.looked_at += 1
        if earlier and not new_data:
            versions = [each for each in (before, after) if each is not None]
            _tell_of_name(tally, amendment, versions, earlier[0], changed, case, least)
    return tally.answer()


def versions_of(
    holdings: Holdings, amendment: Amendment
) -> tuple[LabResult | None, LabResult | None]:
    """The versions of the result before and after an amendment, where they are kept."""
    kept = {
        each.version: each for each in holdings.by(LabResult, "result").get(amendment.result, ())
    }
    return kept.get(amendment.before), kept.get(amendment.after)


def _interpretation_changed(
    amendment: Amendment, before: LabResult | None, after: LabResult | None
) -> tuple[str, ...] | None:
    """Words for what was changed of the interpretation; None where nothing says."""
    found = {
        word
        for word in _INTERPRETATION.values()
        if any(word in each.lower() for each in amendment.changed)
    }
    if before is not None and after is not None:
        found |= {
            word
            for name, word in _INTERPRETATION.items()
            if getattr(before, name) != getattr(after, name)
        }
    elif not amendment.changed:
        return None
    return tuple(sorted(found))


def _names_known(holdings: Holdings, case: str | None) -> Iterator[tuple[Record, Interval]]:
    for known in holdings.by(NameKnown, "case").get(case, ()):
        yield known, known.at
    for hit in holdings.by(Hit, "case").get(case, ()):
        yield hit, hit.told or hit.at


def _new_data(
    amendment: Amendment, before: LabResult | None, after: LabResult | None
) -> bool | None:
    if amendment.new_data is not None:
        return amendment.new_data
    if before is None or after is None or not (before.raw_hash and after.raw_hash):
        return None
    return before.raw_hash != after.raw_hash


def _tell_of_name(
    tally: Tally,
    amendment: Amendment,
    versions: list[LabResult],
    known: Record,
    changed: tuple[str, ...],
    case: str | None,
    least: float,
) -> None:
    by_version = {each.version: each.log10_lr for each in versions}
    old = amendment.log10_before
    old = by_version.get(amendment.before) if old is None else old
    new = amendment.log10_after
    new = by_version.get(amendment.after) if new is None else new
    moved = None if old is None or new is None else new - old
    by = "by an amount not recorded" if moved is None else f"by {moved:+.1f}"
    tally.found(
        Severity.A if moved is not None and abs(moved) > least else Severity.B,
        f"Amendment {amendment.id} of result {amendment.result} changed {', '.join(changed)} at "
        f"{amendment.at}, after {known.ref} and without new data; log10 LR moved {by}.",
        [amendment, known, *versions],
        known_by=[amendment],
        case=case,
        figures=(
            f"version {amendment.before}: log10 LR {_shown(old)}",
            f"version {amendment.after}: log10 LR {_shown(new)}",
        ),
    )


def _shown(log10_lr: float | None) -> str:
    return "not recorded" if log10_lr is None else f"{log10_lr:.2f}"


@rule(
    "R4",
    "Late amendments",
    severity=Severity.B,
    needs=(Amendment,),
    asks="Were results changed after their report was issued, or in the days before a trial, a "
    "disclosure or an audit, without having been planned?",
    checks=(
        "A planned new interpretation: register it before it is made.",
        "A correction of a slip: see what was changed, and that the receiver was told.",
    ),
    learnt="Woods",
    numbers={
        "R4.days": (DAYS, "days before a milestone in which a change is told"),
        "R4.fresh_days": (FRESH_DAYS, "age in days of results that are still being checked"),
        "R4.rush": (RUSH, "chance of so many changes before a milestone of the whole unit"),
    },
)
def late_amendments(holdings: Holdings, settings: Settings) -> RuleAnswer:
    tally = Tally("R4")
    told = Told(holdings)
    window = timedelta(days=settings.number("R4.days", DAYS))
    unplanned = []
    for amendment in holdings.of(Amendment):
        tally.looked_at += 1
        planned = amendment.registered_before
        if planned is not None and planned.before(amendment.at):
            continue
        _after_issue(holdings, amendment, told, tally)
        if not _is_fresh(holdings, amendment, settings):
            unplanned.append(amendment)
            _before_milestone(holdings, amendment, window, tally)
    _before_audits(holdings, unplanned, window, settings, tally)
    return tally.answer()


def _case(holdings: Holdings, amendment: Amendment) -> str | None:
    if amendment.case:
        return amendment.case
    before, after = versions_of(holdings, amendment)
    return next((each.case for each in (after, before) if each is not None), None)


def _is_fresh(holdings: Holdings, amendment: Amendment, settings: Settings) -> bool:
    """A slip found while the result was still being checked, whatever milestone came next."""
    before, _ = versions_of(holdings, amendment)
    if before is None or before.at.earliest is None or amendment.at.latest is None:
        return False
    fresh = timedelta(days=settings.number("R4.fresh_days", FRESH_DAYS))
    return amendment.at.latest - before.at.earliest <= fresh


def _after_issue(holdings: Holdings, amendment: Amendment, told: Told, tally: Tally) -> None:
    before, _ = versions_of(holdings, amendment)
    reports = [*told.having[amendment.result], *(told.having[before.id] if before else ())]
    late = [report for report in reports if report.issued.before(amendment.at)]
    if late:
        tally.found(
            Severity.B,
            f"Result {amendment.result} was changed at {amendment.at} "
            f"({', '.join(amendment.changed) or 'what is not recorded'}), after report "
            f"{late[0].id} was issued with it.",
            [amendment, *late],
            known_by=[amendment],
            case=_case(holdings, amendment),
            aspect="issued",
        )


def _before_milestone(
    holdings: Holdings, amendment: Amendment, window: timedelta, tally: Tally
) -> None:
    case = _case(holdings, amendment)
    if case is None:
        return
    ahead: list[tuple[str, Milestone | Disclosure]] = [
        (each.milestone, each) for each in holdings.by(Milestone, "case").get(case, ())
    ]
    ahead += [("disclosure", each) for each in holdings.by(Disclosure, "case").get(case, ())]
    near = [each for each in ahead if _just_before(amendment.at, each[1].at, window)]
    if near:
        names = dict.fromkeys(f"{name} ({milestone.at})" for name, milestone in near)
        tally.found(
            Severity.B,
            f"Result {amendment.result} was changed at {amendment.at}, within {window.days} days "
            f"before {' and '.join(names)}.",
            [amendment, *(milestone for _, milestone in near)],
            known_by=[amendment],
            case=case,
            aspect="milestone",
        )


def _just_before(at: Interval, milestone: Interval, window: timedelta) -> bool:
    """Certainly before it, and certainly within the window."""
    if at.earliest is None or milestone.latest is None:
        return False
    return at.before(milestone) and milestone.latest - at.earliest <= window


def _before_audits(
    holdings: Holdings,
    amendments: list[Amendment],
    window: timedelta,
    settings: Settings,
    tally: Tally,
) -> None:
    """A unit changes results every week; before an audit only a rush of changes is told."""
    moments = [each.at.earliest for each in amendments if each.at.earliest is not None]
    for milestone in holdings.by(Milestone, "case").get(None, ()):
        near = [each for each in amendments if _just_before(each.at, milestone.at, window)]
        span = max(moments) - min(moments) - window if moments else timedelta(0)
        if not near or span < 4 * window:
            continue
        usual = (len(moments) - len(near) + 1) * (window / span)
        if float(pdtrc(len(near) - 1, usual)) < settings.number("R4.rush", RUSH):
            tally.found(
                Severity.B,
                f"{len(near)} results were changed within {window.days} days before "
                f"{milestone.milestone} ({milestone.at}); {usual:.1f} are usual.",
                [milestone, *near],
                known_by=[milestone],
                aspect="rush",
            )
