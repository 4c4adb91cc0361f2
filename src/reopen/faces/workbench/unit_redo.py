"""A search of a unit done again from the kept bytes, and compared number by number.

Everything is computed anew: nothing that was kept of stains taken apart is read. Both are the same
where program and libraries are; numbers of another machine may differ in the last digits.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import isclose

from reopen.errors import UnknownName
from reopen.faces.workbench.as_json import link_json
from reopen.faces.workbench.bench import link_profiles
from reopen.faces.workbench.results import Linking
from reopen.faces.workbench.unit_link import kept_in, link_id
from reopen.faces.workbench.unit_runs import links_on, searches
from reopen.faces.workbench.unit_search import Terms, read_again
from reopen.link import Progress
from reopen.link.stains import quiet
from reopen.records import NotWeighed
from reopen.records.results import FoundLink
from reopen.records.stored import StoredRun, veiled
from reopen.store.reader import Reader
from reopen.store.unit import Unit

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

    links      compared
    numbers    compared
    largest    difference of any two numbers
    missing    profiles that the search had and that could not be read again
    differences  beyond TOLERANCE
    """

    run: StoredRun
    program: str
    links: int
    numbers: int
    largest: float
    differences: tuple[Difference, ...]
    missing: tuple[NotWeighed, ...]

    @property
    def same(self) -> bool:
        return not self.differences and not self.missing


def redo_run(
    unit: Unit, actor: str, id: str, *, purpose: str = "", progress: Progress = quiet
) -> Redone:
    """Do a search again. Raises UnknownName for one that the unit does not have, or that is not
    for this actor."""
    with unit.reading(actor, purpose=purpose) as reader:
        run = _run(reader, id)
        terms = Terms.of(run.parameters)
        kept = kept_in(reader)
        population = terms.frequencies(kept.files)
        found = read_again(kept, run.inputs)
        then = _then(reader, run)
    linking = link_profiles(
        found.profiles, found.sought, population, terms.settings(), terms.options, progress
    )
    return _compared(run, linking, then, _missing(run, found.tokens, found.profiles.not_weighed))


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


def _within(link: FoundLink, run: StoredRun) -> bool:
    ends = (f"{link.one_kind} {link.one}", f"{link.other_kind} {link.other}")
    return all(veiled(end) in run.inputs for end in ends)


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
    missing: tuple[NotWeighed, ...],
) -> Redone:
    now = {
        link_id(link): json.loads(link_json(linking, place))
        for place, link in enumerate(linking.links)
    }
    pairs = [pair for id in {**then, **now} for pair in _pairs(id, then.get(id), now.get(id))]
    differences = tuple(pair for pair in pairs if not _alike(pair))
    both = [abs(p.then - p.now) for p in pairs if p.then is not None and p.now is not None]
    return Redone(
        run=run,
        program=linking.run.program,
        links=len({**then, **now}),
        numbers=len(pairs),
        largest=max((gap for gap in both if gap == gap), default=0.0),
        differences=differences,
        missing=missing,
    )


def _pairs(
    id: str, then: Mapping[str, object] | None, now: Mapping[str, object] | None
) -> Iterator[Difference]:
    first, second = dict(_numbers(then or {})), dict(_numbers(now or {}))
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
