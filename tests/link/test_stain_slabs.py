"""Stains with stains in slabs are stains with stains at once, to the last bit."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from tests.link.solved import solved, told

from reopen.engine.elsewhere import done_by
from reopen.engine.local import Local
from reopen.formats import library
from reopen.link.averaging import stain_pairs
from reopen.link.how import How, InThreads, Item
from reopen.link.stain_slabs import pairs_in_slabs
from reopen.link.stains import LinkOptions, Progress, SolvedStain, quiet
from reopen.records import Locus, NotWeighed, Population
from reopen.weigh.compare import LocusTable, locus_table
from reopen.weigh.pairing import PairsFound
from reopen.weigh.simulate import draw_references

POPULATION = Population(library.population("nist1036-cauc"), theta=0.01)
LOCI = [Locus(name) for name in ("D3S1358", "vWA", "D16S539", "D8S1179", "D21S11", "TH01")]
OPTIONS = LinkOptions(least_log10=2.0, workers=1)


def tables() -> dict[Locus, LocusTable]:
    found = {locus: locus_table(locus, POPULATION, set()) for locus in LOCI}
    return {locus: table for locus, table in found.items() if table is not None}


def invented(n: int = 23) -> list[SolvedStain]:
    """One or two contributors, less sure at some draws than at others; every third shares one."""
    rng = np.random.default_rng(5)
    people = draw_references(rng, POPULATION, [f"P{k}" for k in range(2 * n)], loci=LOCI)
    found = []
    for k in range(n):
        own = [people[k - (k % 3 == 1)], *([people[n + k]] if k % 2 else [])]
        sure = rng.uniform(2, 9, size=1 if k % 5 == 0 else 4)
        found.append(solved(f"s{k}", [[told(one, sure=each) for one in own] for each in sure]))
    return found


@pytest.fixture(scope="module")
def at_once() -> PairsFound:
    found = stain_pairs(invented(), tables(), OPTIONS, quiet)
    assert 5 < len(found.one) < 23 * 22 / 2
    return found


def assert_same(found: PairsFound, expected: PairsFound) -> None:
    for name in ("one", "other", "log10", "best"):
        assert getattr(found, name).tolist() == getattr(expected, name).tolist(), name


@pytest.mark.parametrize("slab", [1, 7, 22, 23, 50])
def test_slabs_of_any_size_find_the_same(at_once: PairsFound, slab: int) -> None:
    found, refused = pairs_in_slabs(invented(), tables(), OPTIONS, InThreads(2), quiet, slab)
    assert refused == []
    assert_same(found, at_once)


def test_slabs_done_by_the_engine_find_the_same(at_once: PairsFound, tmp_path: Path) -> None:
    with done_by(Local(1), tmp_path) as how:
        found, refused = pairs_in_slabs(invented(), tables(), OPTIONS, how, quiet, 9)
    assert refused == []
    assert_same(found, at_once)


def test_slabs_that_could_not_be_compared_are_said(at_once: PairsFound) -> None:
    """One of three slabs fails with itself: its pairs alone are missing."""
    how = Failing("s8 to s15 with s8 to s15, draw")
    found, refused = pairs_in_slabs(invented(), tables(), OPTIONS, how, quiet, 8)
    expected = [f"s8 to s15 with s8 to s15, draw {draw}" for draw in (1, 2, 3, 4)]
    assert [one.what for one in refused] == expected
    left = [
        k
        for k, (a, b) in enumerate(zip(at_once.one, at_once.other, strict=True))
        if not (8 <= a < 16 and 8 <= b < 16)
    ]
    assert len(left) < len(at_once.one)
    assert found.log10.tolist() == at_once.log10[left].tolist()


class Failing:
    def __init__(self, start: str):
        self.start = start

    def __call__(
        self, work: Callable[..., object], items: Sequence[Item], step: str, progress: Progress
    ) -> Iterator[object]:
        for item in items:
            failed = NotWeighed(item.label, "no room")
            yield failed if item.label.startswith(self.start) else work(*item.parts)


def test_none_and_one() -> None:
    how: How = InThreads(1)
    for few in ([], invented(1)):
        found, refused = pairs_in_slabs(few, tables(), OPTIONS, how, quiet)
        assert (len(found.one), refused) == (0, [])
