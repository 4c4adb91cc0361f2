"""Series in a unit: what it knows of them beside their DNA, and what it keeps of them.

A solved case whose convicted person did not leave the donor's traces is kept as a finding. It names
the series, the person's part in the case and their profile, so only those see it who may see all
three. Not here: the search (`unit_link`), showing what is kept (`series_views`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from math import isclose

from reopen.faces.report.series_words import alert_text
from reopen.faces.report.wording import plain_text
from reopen.faces.workbench.as_json import series_json
from reopen.faces.workbench.unit_runs import links_on
from reopen.faces.workbench.unit_search import Found
from reopen.link.explanations import Context, Convicted
from reopen.link.series import JOINING, Linked
from reopen.prove import Holdings, Settings
from reopen.prove.batches import Yearly, shared_batches
from reopen.prove.coincidence import CONTAMINATION_RATE, Meeting, prior_needed
from reopen.prove.disclosure import ACCUSED
from reopen.prove.linked import person_of
from reopen.prove.rules import finding
from reopen.records import Frozen
from reopen.records.base import Record, Ref
from reopen.records.cases import Exhibit, Involvement, Person, Role, Sample
from reopen.records.findings import SERIES, Finding, Severity
from reopen.records.laboratory import Batch, Well
from reopen.records.series import FoundSeries, Series, SeriesAlert
from reopen.records.stored import StoredProfile, StoredRun, veiled
from reopen.store.reader import Reader
from reopen.store.writer import Writer
from reopen.weigh.prior_odds import PriorOdds

BESIDE: tuple[type[Record], ...] = (
    Involvement, Person, Sample, Exhibit, StoredProfile, Batch, Well,
)  # fmt: skip
"""Kinds of record that tell of traces beside their DNA."""

_TOLERANCE = 1e-6
_CHECKS = (
    "The trace is from before or after the act: look at where on the exhibit it was.",
    "The person is another contributor of the same stain: that number is told beside it.",
    "The series is held together by one weak trace: look at its weakest split first.",
)


@dataclass(frozen=True, slots=True)
class Beside:
    """What a unit knows of traces beside their DNA. roles: (case, person) -> conviction; prior:
    odds of a true link before the DNA, where somebody stated them."""

    context: Context
    roles: Mapping[tuple[str, str], Involvement]
    prior: PriorOdds | None = None

    @property
    def token(self) -> str:
        """A hash: another one, where something else is known."""
        known = [
            sorted((trace, list(batches)) for trace, batches in self.context.batches.items()),
            sorted(self.context.odds.items()),
            None if self.prior is None else self.prior.odds,
            sorted((case, sorted(some)) for case, some in self.context.expected.items()),
            sorted(
                (one.case, one.person, one.profile.id if one.profile else "")
                for one in self.context.convicted
            ),
        ]
        return sha256(json.dumps(known).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class KeptSeries:
    """Series that a search found anew, or found changed; and solved cases that they speak on."""

    series: tuple[FoundSeries, ...] = ()
    findings: tuple[Finding, ...] = ()

    def seen(self, reader: Reader) -> KeptSeries:
        """Those that the actor may see."""
        return KeptSeries(
            tuple(one for one in self.series if reader.rule(one.ref)),
            tuple(one for one in self.findings if reader.rule(one.ref)),
        )


def beside(reader: Reader, found: Found, prior: PriorOdds | None = None) -> Beside:
    """What the actor may see of it. prior: odds of a true link before the DNA."""
    records = [record for kind in BESIDE for record in reader.all(kind)]
    holdings = Holdings(records, now=reader.asker.moment)
    stains = tuple(stain.id for stain in found.profiles.stains)
    batches = shared_batches(holdings, stains)
    yearly = Yearly(holdings, Settings())
    meetings = {batch: yearly.meeting(batch) for batch in batches}
    roles = {
        (one.case, one.person): one
        for one in holdings.of(Involvement)
        if one.role is Role.CONVICTED
    }
    context = Context(
        batches=_by_profile(batches),
        odds={} if prior is None else {
            batch: _odds(meeting, prior) for batch, meeting in meetings.items()
        },
        remarks={batch: _remark(meeting) for batch, meeting in meetings.items()},
        expected=_expected(holdings, found),
        convicted=tuple(_convicted(roles.values(), holdings, found)),
    )  # fmt: skip
    return Beside(context, Frozen(roles), prior)


def _by_profile(batches: Mapping[str, tuple[str, ...]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for batch, profiles in batches.items():
        for profile in profiles:
            found.setdefault(profile, []).append(batch)
    return found


def _odds(meeting: Meeting, prior: PriorOdds) -> float:
    """Of contamination against a true link, for one trace (`coincidence.explain`)."""
    return CONTAMINATION_RATE * meeting.odds * (1 + prior.odds) / prior.odds


def _remark(meeting: Meeting) -> str:
    times = plain_text(meeting.odds)
    told = f"{meeting.what}, which raises the odds of contamination {times} times"
    needed = prior_needed(meeting)
    if needed is None:
        return f"{told}: likelier than a true link, whatever the case says"
    return f"{told}: as likely as a true link of probability {plain_text(needed)} before the DNA"


def _expected(holdings: Holdings, found: Found) -> dict[str, list[str]]:
    """Case -> profiles of its victims, and of those who had to do with it in the open."""
    cases: dict[str, list[str]] = {}
    for role in holdings.of(Involvement):
        if role.role not in ACCUSED:
            cases.setdefault(role.person, []).append(role.case)
    expected: dict[str, list[str]] = {}
    for reference in found.profiles.references:
        for case in cases.get(person_of(holdings, reference.id) or "", ()):
            expected.setdefault(case, []).append(reference.id)
    return expected


def _convicted(
    roles: Iterable[Involvement], holdings: Holdings, found: Found
) -> Iterator[Convicted]:
    """Each with the profile that tells most of them, where one is held."""
    cases = {stain.case for stain in found.profiles.stains}
    wanted = [role for role in roles if role.case in cases]
    if not wanted:
        return
    held = sorted(found.profiles.references, key=lambda person: len(person.genotypes))
    profiles = {person_of(holdings, reference.id): reference for reference in held}
    for role in wanted:
        yield Convicted(role.case, role.person, role.role.value, profiles.get(role.person))


def earlier_links(
    reader: Reader, runs: Sequence[StoredRun], signature: str, found: Found
) -> list[Linked]:
    """Links of earlier searches on the same terms, between profiles that are still as they were."""
    same = {run.id: run for run in runs if run.parameters.get("signature") == signature}
    kinds = {kind.value for kind in JOINING}

    def still(run: StoredRun, profile: str) -> bool:
        name = f"profile {profile}"
        return name in found.tokens and run.inputs.get(veiled(name)) == found.tokens[name]

    return [
        Linked(link.one, link.other, link.weight_log10)
        for link in links_on(reader, same.keys())
        if link.link in kinds
        and link.one_kind == link.other_kind == StoredProfile.KIND
        and all(still(same[link.run], profile) for profile in (link.one, link.other))
    ]


@dataclass(frozen=True, slots=True)
class Stood:
    """A series as an earlier search had found it. terms: all that was said of it."""

    series: FoundSeries
    terms: object


def standing(reader: Reader) -> tuple[Stood, ...]:
    """Series that the last searches found, as far as the actor may see them."""
    stood = [series for series in reader.all(FoundSeries) if not series.ended]
    return tuple(
        Stood(one, json.loads(reader.file(one.terms)) if one.terms else None) for one in stood
    )


def keep_series(
    writer: Writer,
    run: str,
    found: Sequence[Series],
    before: Sequence[Stood],
    beside: Beside,
) -> KeptSeries:
    """Keep series that are new or have changed, end those that are found no more, and keep what
    they say of solved cases. before: those that stood."""
    held = {stood.series.id: stood.terms for stood in before}
    records = [(series, FoundSeries.of(series, run)) for series in found]
    fresh = []
    for series, record in records:
        text = series_json(replace(series, alerts=(), undecided=()))
        if record.id not in held or not _alike(held[record.id], json.loads(text)):
            name = f"terms of {record.id}"
            file = writer.put_file(text.encode(), name, media="application/json")
            fresh.append(replace(record, terms=file.id))
    now = [record.ends for _, record in records]
    over = [
        replace(stood.series, ended=run)
        for stood in before  # who sees less than this actor may still find part of a larger one
        if not any(stood.series.ends <= ends for ends in now)
    ]
    findings = [
        _finding(alert, record, beside) for series, record in records for alert in series.alerts
    ]
    reason = f"Found again, with renewed numbers: {run}."
    writer.put_many(fresh, reason=reason)
    writer.put_many(over, reason=f"Found no more: {run}.")
    writer.put_many(findings, reason=reason)
    return KeptSeries(tuple(fresh), tuple(findings))


def _alike(then: object, now: object) -> bool:
    """Whether two series say the same; how many would come by chance follows from how much was
    searched, and is as it was when it was kept."""
    if isinstance(then, Mapping) and isinstance(now, Mapping):
        names = then.keys() - {"expected"}
        return names == now.keys() - {"expected"} and all(
            _alike(then[name], now[name]) for name in names
        )
    if isinstance(then, list) and isinstance(now, list):
        return len(then) == len(now) and all(map(_alike, then, now))
    if isinstance(then, float) and isinstance(now, float):
        return isclose(then, now, rel_tol=0, abs_tol=_TOLERANCE)
    return then == now


def _finding(alert: SeriesAlert, series: FoundSeries, beside: Beside) -> Finding:
    role = beside.roles[alert.case, alert.person]
    records: list[Record | Ref] = [series, role]
    records += [
        Ref(StoredProfile.KIND, one.profile.id)
        for one in beside.context.convicted
        if (one.case, one.person) == (alert.case, alert.person) and one.profile is not None
    ]
    return finding(
        SERIES,
        Severity.A,
        alert_text(alert),
        records,
        case=alert.case,
        explanations=_CHECKS,
        helps_defence=True,
        aspect=alert.kind.value,
    )
