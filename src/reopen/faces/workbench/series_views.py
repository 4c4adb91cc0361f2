"""The series that a unit keeps, as one actor may see them.

Values only; text and JSON are made in `series_told`. Not here: finding and keeping them
(`unit_series`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from reopen.errors import UnknownName
from reopen.faces.workbench.series_beside import Known, known_of_kept
from reopen.faces.workbench.series_plain import series_of_plain
from reopen.faces.workbench.unit_runs import searches
from reopen.records import Frozen
from reopen.records.cases import Exhibit, Sample
from reopen.records.findings import Disposition, Finding
from reopen.records.results import FoundLink
from reopen.records.series import FoundSeries, Series
from reopen.records.stored import StoredProfile, StoredRun
from reopen.store.body import Version
from reopen.store.reader import Reader


@dataclass(frozen=True, slots=True)
class SeriesRow:
    """A series in the list. found: when, by the run that found it; findings: solved cases that it
    speaks on; closed: finding's id -> how somebody disposed of it."""

    series: FoundSeries
    found: str
    findings: tuple[Finding, ...] = ()
    closed: Mapping[str, Disposition] = Frozen()


@dataclass(frozen=True, slots=True)
class SeriesInUnit:
    """One series.

    terms  all that was said of it, as it was kept; None where that is not kept
    known  links of its traces with staff and relatives, as far as the actor may see them
    when   profile -> when its trace was taken
    """

    row: SeriesRow
    terms: Series | None
    known: tuple[Known, ...]
    when: Mapping[str, str]
    run: StoredRun | None
    versions: tuple[Version, ...]


def series_rows(reader: Reader, *, case: str = "") -> tuple[SeriesRow, ...]:
    """Series that stand and are no part of a larger one, those of most traces first."""
    return tuple(_rows(reader, whole_series(reader, case=case)))


def whole_series(reader: Reader, *, case: str = "") -> tuple[FoundSeries, ...]:
    """The same alone, without what is said of them."""
    every = [one for one in reader.all(FoundSeries, case=case or None) if not one.ended]
    holding: dict[tuple[str, str], list[frozenset[tuple[str, str]]]] = {}
    for one in every:
        ends = one.ends
        for end in ends:
            holding.setdefault(end, []).append(ends)

    def is_part(one: FoundSeries) -> bool:
        ends = one.ends  # a larger series holds each of its traces
        beside = min((holding[end] for end in ends), key=len, default=[])
        return any(ends < other for other in beside)

    whole = [one for one in every if not is_part(one)]
    whole.sort(key=lambda one: (-len(one.profiles), -one.holds_by_log10, one.id))
    return tuple(whole)


def series_in_unit(reader: Reader, name: str) -> SeriesInUnit:
    """A series by its name, or by a profile that is in it: the largest. Raises UnknownName."""
    rows = series_rows(reader)
    row = next((row for row in rows if name in row.series.profiles), None) or _named(reader, name)
    series = row.series
    terms = json.loads(reader.file(series.terms)) if series.terms else None
    inside = set(series.profiles)
    return SeriesInUnit(
        row=row,
        terms=None if terms is None else series_of_plain(terms),
        known=tuple(known_of_kept(link) for link in reader.all(FoundLink) if link.one in inside),
        when=taken(reader, series.profiles),
        run=next((run for run in searches(reader) if run.id == series.run), None),
        versions=reader.versions(series.ref),
    )


def _named(reader: Reader, name: str) -> SeriesRow:
    series = reader.get(FoundSeries, name)
    if series is None:
        raise UnknownName(
            f"There is no series {name!r} that {reader.actor} may see.",
            rule="A series is named as in the list, or by a profile that is in it.",
            way_on="`reopen series UNIT` lists those that you may see.",
        )
    return next(iter(_rows(reader, [series])))


def series_with(reader: Reader, *profiles: str) -> tuple[FoundSeries, ...]:
    """Series that stand and hold all of these profiles."""
    return tuple(one for one in whole_series(reader) if {*profiles} <= {*one.profiles})


def taken(reader: Reader, profiles: Iterable[str]) -> dict[str, str]:
    """Profile -> the day on which the exhibit of its trace was collected, else its sample taken."""
    profiles = tuple(profiles)
    stored = {one.id: one.sample for one in reader.some(StoredProfile, profiles)}
    samples = samples_of(reader, (stored.get(profile) or profile for profile in profiles))
    exhibits = {one.exhibit for one in samples.values() if one.exhibit}
    collected = {one.id: one.collected for one in reader.some(Exhibit, sorted(exhibits))}
    found = {}
    for profile in profiles:
        sample = samples.get(stored.get(profile) or profile)
        while sample is not None and sample.exhibit is None and sample.parent in samples:
            sample = samples[sample.parent]
        when = None if sample is None else collected.get(sample.exhibit or "") or sample.taken
        if when is not None:
            found[profile] = str(when)[:10]
    return found


def samples_of(reader: Reader, ids: Iterable[str]) -> dict[str, Sample]:
    """Samples by their ids, and what they were made of, as far as the actor may see them."""
    found: dict[str, Sample] = {}
    wanted = set(ids)
    while wanted:
        fresh = {one.id: one for one in reader.some(Sample, sorted(wanted))}
        found |= fresh
        wanted = {one.parent for one in fresh.values() if one.parent and not one.exhibit}
        wanted -= found.keys()
    return found


def _rows(reader: Reader, every: Iterable[FoundSeries]) -> Iterable[SeriesRow]:
    runs = {run.id: run for run in searches(reader)}
    by_series: dict[str, list[Finding]] = {}
    for finding in reader.all(Finding):
        for ref in finding.records:
            if ref.kind == FoundSeries.KIND:
                by_series.setdefault(ref.id, []).append(finding)
    closed = {one.finding: one for one in reader.all(Disposition)} if by_series else {}
    for series in every:
        run = runs.get(series.run)
        found = tuple(by_series.get(series.id, ()))
        yield SeriesRow(
            series,
            "" if run is None else str(run.at)[:10],
            found,
            Frozen({one.id: closed[one.id] for one in found if one.id in closed}),
        )
