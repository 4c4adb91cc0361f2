"""A search of a unit done again from the kept bytes, and compared number by number.

Everything is computed anew: nothing that was kept of stains taken apart is read. Both are the same
where program and libraries are; numbers of another machine may differ in the last digits.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import isclose
from typing import TYPE_CHECKING

from reopen.errors import UnknownName
from reopen.faces.workbench.as_json import link_json, series_json
from reopen.faces.workbench.bench import link_profiles
from reopen.faces.workbench.found_series import with_series
from reopen.faces.workbench.results import Linking
from reopen.faces.workbench.series_plain import series_numbers
from reopen.faces.workbench.unit_link import kept_in, link_id, people_in_database
from reopen.faces.workbench.unit_runs import links_on, searches
from reopen.faces.workbench.unit_search import Terms, read_again
from reopen.link import Progress
from reopen.link.stains import quiet
from reopen.records import NotWeighed
from reopen.records.results import FoundLink
from reopen.records.series import TYPED, FoundSeries, series_id
from reopen.records.stored import StoredRun, veiled
from reopen.store.reader import Reader
from reopen.store.unit import Unit

if TYPE_CHECKING:
    from reopen.formats.reference_database import ReferenceDatabase

TOLERANCE = 1e-6
"""Of a log10 LR or a term of one: far below what is ever reported."""
_NUMBERS = ("weight", "log10", "log10_in_full")
_TABLES = ("per_locus", "other_terms")


@dataclass(frozen=True, slots=True)
class Difference:
    """A number that is not what it was. then or now None: it is not there."""

    link: str
    number: str
    then: float | None
    now: float | None


@dataclass(frozen=True, slots=True)
class Redone:
    """A search and its repetition.

    links, series  compared
    numbers    compared
    largest    difference of any two numbers
    missing    profiles that the search had and that could not be read again
    differences  beyond TOLERANCE
    """

    run: StoredRun
    program: str
    links: int
    series: int
    numbers: int
    largest: float
    differences: tuple[Difference, ...]
    missing: tuple[NotWeighed, ...]

    @property
    def same(self) -> bool:
        return not self.differences and not self.missing


def redo_run(
    unit: Unit,
    actor: str,
    id: str,
    *,
    database: str = "",
    purpose: str = "",
    progress: Progress = quiet,
) -> Redone:
    """Do a search again.

    database  where the one that the search looked in lies now, if it was moved

    Raises UnknownName for one that the unit does not have, or that is not for this actor; and for
    a database that is not what it was InvalidRecord, UnreadableFile, LogBroken.
    """
    with unit.reading(actor, purpose=purpose) as reader:
        run = _run(reader, id)
        terms = Terms.of(run.parameters)
        people = _database(terms, database)
        kept = kept_in(reader)
        population = terms.frequencies(kept.files)
        found = read_again(kept, run.inputs)
        then = _then(reader, run)
        series_then = _series_then(reader, run)
    linking = link_profiles(
        found.profiles, found.sought, population, terms.settings(), terms.options, progress,
        database=people,
    )  # fmt: skip
    linking = with_series(linking, without=people_in_database(linking), progress=progress)
    missing = _missing(run, found.tokens, found.profiles.not_weighed)
    return _compared(run, linking, then, series_then, missing)


def _database(terms: Terms, lies: str) -> ReferenceDatabase | None:
    if not terms.database_hash:
        return None
    from reopen.faces.workbench.unit_database import database_then

    return database_then(terms, lies)


def _run(reader: Reader, id: str) -> StoredRun:
    every = searches(reader)
    wanted = every[-1:] if id == "last" else [run for run in every if run.id == id]
    if not wanted:
        known = ", ".join(run.id for run in every[-8:]) or "none yet"
        raise UnknownName(
            f"There is no search {id!r} that {reader.actor} may see.",
            rule=f"Searches are: {known}.",
            way_on="Name one of them, or `last`.",
        )
    return wanted[0]


def _then(reader: Reader, run: StoredRun) -> dict[str, Mapping[str, object]]:
    """Every link as this search and earlier ones on the same terms had found it."""
    every = searches(reader)
    until = every[: [each.id for each in every].index(run.id) + 1]
    same = run.parameters["signature"]
    runs = {each.id for each in until if each.parameters.get("signature") == same}
    return {
        link.id: json.loads(reader.file(link.terms))
        for link in links_on(reader, runs)
        if link.terms and _within(link, run)
    }


def _series_then(reader: Reader, run: StoredRun) -> dict[str, Mapping[str, object]]:
    """Every series that stood when this search ended, found by it or earlier ones on its terms.

    Those that hold one trace alone, or are part of a larger one, are not compared.
    """
    every = searches(reader)
    until = every[: [each.id for each in every].index(run.id) + 1]
    same = run.parameters["signature"]
    runs = {each.id for each in until if each.parameters.get("signature") == same}
    ended = {each.id for each in until}
    stood = [
        series
        for series in list(reader.all(FoundSeries))
        if (found := _as_of(reader, series, runs)) is not None
        and found.ended not in ended
        and sum(each != TYPED for each in series.contributors) > 1
    ]
    whole = [one for one in stood if not any(one.ends < other.ends for other in stood)]
    return {one.id: json.loads(reader.file(one.terms)) for one in whole if one.terms}


def _as_of(reader: Reader, series: FoundSeries, runs: set[str]) -> FoundSeries | None:
    """The last version of a series that one of these runs found."""
    if series.run in runs:
        return series
    records = [version.record for version in reader.versions(series.ref)]
    fitting = [each for each in records if isinstance(each, FoundSeries) and each.run in runs]
    return fitting[-1] if fitting else None


def _within(link: FoundLink, run: StoredRun) -> bool:
    return all(veiled(f"{end.kind} {end.id}") in run.inputs for end in link.own_ends)


def _missing(
    run: StoredRun, tokens: Mapping[str, str], refused: tuple[NotWeighed, ...]
) -> tuple[NotWeighed, ...]:
    gone = len(run.inputs) - len(tokens) - len(refused)
    if gone <= 0:
        return refused
    told = "The search had them; the unit has them no longer, or not for you."
    return (*refused, NotWeighed(f"{gone} profiles or families", told))


def _compared(
    run: StoredRun,
    linking: Linking,
    then: Mapping[str, Mapping[str, object]],
    series_then: Mapping[str, Mapping[str, object]],
    missing: tuple[NotWeighed, ...],
) -> Redone:
    now = {
        link_id(link): json.loads(link_json(linking, place))
        for place, link in enumerate(linking.links)
    }
    together = linking.series.series if linking.series else ()
    series_now = {
        series_id(one.ends): json.loads(series_json(one)) for one in together if len(one.traces) > 1
    }
    links = {**then, **now}
    series = {**series_then, **series_now}
    pairs = [
        *(pair for id in links for pair in _pairs(id, then.get(id), now.get(id), _numbers)),
        *(
            pair
            for id in series
            for pair in _pairs(id, series_then.get(id), series_now.get(id), series_numbers)
        ),
    ]
    differences = tuple(pair for pair in pairs if not _alike(pair))
    both = [abs(p.then - p.now) for p in pairs if p.then is not None and p.now is not None]
    return Redone(
        run=run,
        program=linking.run.program,
        links=len(links),
        series=len(series),
        numbers=len(pairs),
        largest=max((gap for gap in both if gap == gap), default=0.0),
        differences=differences,
        missing=missing,
    )


def _pairs(
    id: str,
    then: Mapping[str, object] | None,
    now: Mapping[str, object] | None,
    numbers: Callable[[Mapping[str, object]], Iterable[tuple[str, float]]],
) -> Iterator[Difference]:
    first, second = (dict(numbers(each)) if each else {} for each in (then, now))
    for name in {**first, **second}:
        yield Difference(id, name, first.get(name), second.get(name))


def _numbers(link: Mapping[str, object]) -> Iterator[tuple[str, float]]:
    for name in _NUMBERS:
        value = link.get(name)
        if value is not None:
            yield name, float(str(value))
    for table in _TABLES:
        terms = link.get(table)
        if isinstance(terms, Mapping):
            yield from ((f"{table} {name}", float(str(value))) for name, value in terms.items())


def _alike(pair: Difference) -> bool:
    if pair.then is None or pair.now is None:
        return False
    return pair.then == pair.now or isclose(pair.then, pair.now, rel_tol=0, abs_tol=TOLERANCE)
