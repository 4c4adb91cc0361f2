"""One donor's fourteen cases planted in ten thousand others: found as one series, or not.

    python -m verification.the_fourteen --cases 10000 --seeds 20 --keep night

The others are the same for every seed, so that they are taken apart once, for their number of
people; of the fourteen and of his brother's stain the search chooses the number itself. Half of
the fourteen are low and degraded, some past recognition: what is not in the series is listed with
what it was, and with the LR that the donor's own reference has with it, which no search knew. The
brother leaves a stain and is on file. --keep names a folder from which a stopped run goes on.

Ends with status 1 where a brother is in the series, or a stain that the donor did not leave.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter

from reopen.engine.elsewhere import done_by
from reopen.engine.local import Local
from reopen.link import LinkOptions, LinkResult, SolvedStain, link
from reopen.link.explanations import SeriesOptions
from reopen.link.how import How
from reopen.link.series import FoundTogether, series_of
from reopen.link.works import solve_all
from reopen.records import Link, LinkKind, Reference, Stain
from reopen.records.series import ExplanationKind, Series
from verification.cold_cases import (
    BY_NAME,
    LABORATORY,
    POPULATION,
    SERIES,
    ColdCase,
    Planted,
    other_cases,
    planted,
)
from verification.common import RESULTS, Column, Json, Progress, made_with, table, write_table

LEAST = 6.0
"""log10 LR of links and series: fifty million pairs of stains give fifty at most by chance."""

POOL_SEED = 1
MOST = 3
_ANY = -3.0


@dataclass(frozen=True, slots=True)
class Missed:
    """A stain of the fourteen that is not in their series."""

    stain: str
    told: str
    best_link: float | None  # log10 LR of its strongest link with another of the fourteen
    on_file: float | None  # with the donor's own reference; None: below every link


@dataclass(frozen=True, slots=True)
class Row:
    """What became of one seed's fourteen.

    found      stains of the fourteen in the series that holds most of them
    reachable  those that the donor's own reference reaches
    parts      series that hold any of the fourteen
    strangers  stains in that series which the donor did not leave
    brother    whether the brother's stain or reference is in any series with one of the fourteen
    linked_brother  links of the brother's stain or reference with the fourteen
    holds_by   log10 LR of one donor of the series against the best two; brothers: against two
               brothers; chance: such series expected by chance, at most
    weakest    the trace that the others support least, and by how much
    joints     traces without which the series falls apart
    pairs_*    other offenders' pairs of stains: in one series; series: of others than the fourteen,
               false: those that hold stains without a common donor
    """

    seed: int
    found: int
    reachable: int
    parts: int
    strangers: tuple[str, ...]
    brother: bool
    linked_brother: int
    holds_by: float
    brothers: float
    chance: float | None
    weakest: str
    weakest_adds: float
    joints: tuple[str, ...]
    missed: tuple[Missed, ...]
    pairs: int
    pairs_found: int
    series: int
    series_false: int
    links: int
    seconds: float

    @property
    def is_clean(self) -> bool:
        return not self.strangers and not self.brother


def solved_pool(cases: Sequence[ColdCase], how: How) -> dict[str, SolvedStain]:
    """The other cases' stains taken apart, by id."""
    pool: dict[str, SolvedStain] = {}
    for n in sorted({len(case.donors) for case in cases}):
        stains = [case.stain for case in cases if len(case.donors) == n]
        options = LinkOptions(contributors=n)
        pool.update(_solved(stains, options, how))
    return pool


def _solved(stains: Sequence[Stain], options: LinkOptions, how: How) -> dict[str, SolvedStain]:
    solved, refused = solve_all(stains, POPULATION, BY_NAME, LABORATORY, options, how, Progress())
    for one in refused:
        print(one, file=sys.stderr)
    return {item.stain.id: item for item in solved}


def solved_plot(plot: Planted, how: How) -> dict[str, SolvedStain]:
    """The fourteen and the brother's stain taken apart, their numbers of people chosen."""
    stains = [case.stain for case in (*plot.cases, plot.of_brother)]
    return _solved(stains, LinkOptions(most_contributors=MOST), how)


def searched(
    plot: Planted,
    own: Mapping[str, SolvedStain],
    pool: Mapping[str, SolvedStain],
    how: How,
    workers: int | None,
) -> tuple[list[Link], FoundTogether]:
    """The fourteen, the brother's stain and the pool: everything against everything; the brother's
    reference with his stain and the fourteen; then series of all of it."""
    every = {**pool, **own}
    of_stains = _linked(every, (), how, workers)
    with_brother = _linked(own, (plot.brother,), how, workers)
    links = [
        *of_stains.links,
        *(item for item in with_brother.links if item.kind is LinkKind.STAIN_REFERENCE),
    ]
    options = SeriesOptions(least_log10=LEAST)
    found = series_of(
        links, of_stains.stains, [plot.brother], of_stains.by_locus, options, progress=Progress()
    )
    return links, found


def with_donor(
    plot: Planted, own: Mapping[str, SolvedStain], how: How, workers: int | None
) -> dict[str, float]:
    """log10 LR of each of the fourteen with the donor's own reference, where it is any."""
    links = _linked(own, (plot.donor,), how, workers, least=_ANY).links
    found: dict[str, float] = {}
    for item in links:
        if item.kind is LinkKind.STAIN_REFERENCE:
            (stain,) = {item.one.profile, item.other.profile} - {plot.donor.id}
            found[stain] = max(item.log10, found.get(stain, _ANY))
    return found


def _linked(
    solved: Mapping[str, SolvedStain],
    references: Sequence[Reference],
    how: How,
    workers: int | None,
    least: float = LEAST,
) -> LinkResult:
    options = LinkOptions(least_log10=least, in_full=False, workers=workers)
    return link(
        [item.stain for item in solved.values()], references, POPULATION, BY_NAME, LABORATORY,
        options, progress=Progress(), solved_before=solved, how=how,
    )  # fmt: skip


def row_of(
    seed: int,
    plot: Planted,
    cases: Mapping[str, ColdCase],
    links: Sequence[Link],
    found: FoundTogether,
    on_file: Mapping[str, float],
    seconds: float,
) -> Row:
    """cases: every stain's, the fourteen's too; on_file: of `with_donor`."""
    own = {case.stain.id for case in plot.cases}
    brother = {plot.of_brother.stain.id, plot.brother.id}
    holding = [one for one in found.series if own & _profiles(one)]
    whole = max(holding, key=lambda one: len(own & _profiles(one)), default=None)
    inside = _profiles(whole) if whole is not None else set()
    rest = [one for one in found.series if one not in holding]
    pairs = _pairs(cases.values(), own | brother)
    return Row(
        seed=seed,
        found=len(own & inside),
        reachable=sum(on_file.get(name, _ANY) >= LEAST for name in own),
        parts=len(holding),
        strangers=tuple(sorted(inside - own - brother)),
        brother=any(brother & _profiles(one) for one in holding),
        linked_brother=sum(
            bool({item.one.profile, item.other.profile} & brother)
            and bool({item.one.profile, item.other.profile} & own)
            for item in links
        ),
        holds_by=whole.weakest.log10 if whole else 0.0,
        brothers=-(whole.explained(ExplanationKind.TWO_BROTHERS).log10 or 0.0) if whole else 0.0,
        chance=whole.explained(ExplanationKind.CHANCE).expected if whole else None,
        weakest=_told(whole.weakest_member.end.profile, cases) if whole else "",
        weakest_adds=whole.weakest_member.adds if whole else 0.0,
        joints=tuple(joint.end.profile for joint in whole.joints) if whole else (),
        missed=tuple(
            Missed(name, cases[name].told, _best(name, own, links), on_file.get(name))
            for name in sorted(own - inside)
        ),
        pairs=len(pairs),
        pairs_found=sum(any(pair <= _profiles(one) for one in rest) for pair in pairs),
        series=len(rest),
        series_false=sum(not _one_donor(one, cases, plot) for one in rest),
        links=len(links),
        seconds=seconds,
    )


def _profiles(series: Series) -> set[str]:
    return {end.profile for end in series.ends}


def _told(stain: str, cases: Mapping[str, ColdCase]) -> str:
    return f"{stain} ({cases[stain].told})" if stain in cases else stain


def _best(stain: str, own: set[str], links: Sequence[Link]) -> float | None:
    return max(
        (
            item.log10
            for item in links
            if item.kind is LinkKind.STAIN_STAIN
            and stain in (item.one.profile, item.other.profile)
            and {item.one.profile, item.other.profile} <= own
        ),
        default=None,
    )


def _pairs(cases: Iterable[ColdCase], not_these: set[str]) -> list[set[str]]:
    """Stains of each offender who left two or more."""
    by_donor: dict[str, set[str]] = {}
    for case in cases:
        if case.stain.id not in not_these:
            by_donor.setdefault(case.donors[0], set()).add(case.stain.id)
    return [stains for stains in by_donor.values() if len(stains) > 1]


def _one_donor(series: Series, cases: Mapping[str, ColdCase], plot: Planted) -> bool:
    """Whether somebody left all stains of a series; a reference is its person."""
    donors = [
        set(cases[end.profile].donors) if end.profile in cases else {end.profile}
        for end in series.ends
    ]
    return bool(set.intersection(*donors))


def as_text(rows: Sequence[Row]) -> str:
    names = (
        "seed", "of the fourteen in one series", "his own reference reaches", "others in it",
        "brother in it", "holds by",
        "over two brothers", "weakest link", "adds", "repeated offenders' pairs found",
        "other series", "of them false", "links",
    )  # fmt: skip
    lines = [
        (
            f"{row.seed}", f"{row.found} of {SERIES}", f"{row.reachable}", f"{len(row.strangers)}",
            "yes" if row.brother else "no", f"{row.holds_by:.1f}", f"{row.brothers:.1f}",
            row.weakest, f"{row.weakest_adds:.1f}", f"{row.pairs_found} of {row.pairs}",
            f"{row.series}", f"{row.series_false}", f"{row.links:,}",
        )
        for row in rows
    ]  # fmt: skip
    clean = sum(row.is_clean and row.parts == 1 for row in rows)
    found, all_of = sum(row.found for row in rows), SERIES * len(rows)
    reachable = sum(row.reachable for row in rows)
    missed = [
        (f"{row.seed}", one.stain, one.told, _weight(one.best_link), _weight(one.on_file))
        for row in rows
        for one in row.missed
    ]
    columns = [Column(name, name not in ("weakest link", "brother in it")) for name in names]
    said = (
        f"In {clean} of {len(rows)} seeds there was one series of the fourteen, with nobody else's "
        f"stain and no brother; {found} of {all_of} stains were in it, where the donor's own "
        f"reference reaches {reachable}. Those that were not in it:"
    )
    listed = [Column("seed"), Column("stain", False), Column("the donor's part", False),
              Column("strongest link, log10 LR"),
              Column("with his own reference")]  # fmt: skip
    return "\n\n".join((table(columns, lines), said, table(listed, missed)))


def _weight(log10: float | None) -> str:
    return "none" if log10 is None else f"{log10:.1f}"


def _written(rows: Sequence[Row], cases: int, out: Path) -> None:
    """The table of the seeds so far: a night that ends early has shown something."""
    data: dict[str, Json] = {
        "made": made_with(),
        "cases": cases,
        "least_log10": LEAST,
        "rows": [asdict(row) for row in rows],
    }
    write_table(out, "the_fourteen", as_text(rows), data)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--cases", type=int, default=10_000, help="other cases")
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--first", type=int, default=1, help="the first seed")
    parser.add_argument("--keep", type=Path, help="folder of results, to go on from when stopped")
    parser.add_argument("--workers", type=int, help="processes; one for each core by default")
    parser.add_argument("--pool", action="store_true", help="take the other cases apart, no more")
    parser.add_argument("--out", type=Path, default=RESULTS)
    asked = parser.parse_args()
    others = list(other_cases(asked.cases, POOL_SEED))
    rows: list[Row] = []
    with done_by(Local(asked.workers), asked.keep) as how:
        pool = solved_pool(others, how)
        if asked.pool:
            return 0
        for seed in range(asked.first, asked.first + asked.seeds):
            plot, started = planted(seed), perf_counter()
            own = solved_plot(plot, how)
            links, found = searched(plot, own, pool, how, asked.workers)
            on_file = with_donor(plot, own, how, asked.workers)
            cases = {case.stain.id: case for case in (*others, *plot.cases, plot.of_brother)}
            took = perf_counter() - started
            rows.append(row_of(seed, plot, cases, links, found, on_file, took))
            print(rows[-1], file=sys.stderr)
            _written(rows, asked.cases, asked.out)
    return 0 if all(row.is_clean for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
