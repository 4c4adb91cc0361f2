"""Many against many: whoever is found is found by the direct comparison, and nobody else."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf, log10
from typing import cast

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.twins.pairs import every_pair
from tests.weigh.invented_stains import Draws, stain_of

from reopen.formats import library
from reopen.kernels.arrays import ArrayLibrary
from reopen.kernels.pair_classes import classes_of, put_together
from reopen.kernels.pairs import Singles, ln_same_person
from reopen.kernels.shapes import Floats, Ints
from reopen.records import (
    REST,
    Allele,
    AlleleFrequencies,
    GenotypeLikelihoods,
    Locus,
    LocusLikelihoods,
    Population,
)
from reopen.weigh import pair_sieve
from reopen.weigh.compare import (
    LocusTable,
    against_each_other,
    contributors,
    locus_table,
)
from reopen.weigh.pair_sieve import Bounded, bounded, may_reach_between
from reopen.weigh.pairing import PairsFound, pairs_above, weighed
from reopen.weigh.simulate import draw_references
from reopen.weigh.trace_arrays import crowd_of, loci_of, traces_of

KIT = library.kit("GlobalFiler")
LOCI = [marker.locus for marker in KIT.markers if marker.kind == "autosomal"]
X, Y, Z = Locus("X"), Locus("Y"), Locus("Z")
TABLE = {"10": 0.1, "11": 0.2, "12": 0.3, "13": 0.4}


def tables_at(theta: float) -> dict[Locus, LocusTable]:
    population = Population(library.population("nist1036-cauc"), theta=theta)
    found = {locus: locus_table(locus, population, set()) for locus in LOCI}
    return {locus: table for locus, table in found.items() if table is not None}


def invented(seed: int, stains: int, draws: int = 1, **how: float) -> list[Draws]:
    """Stains of one to three donors each; of any three, two share one."""
    rng = np.random.default_rng(seed)
    tables = tables_at(0.0)
    population = Population(library.population("nist1036-cauc"))
    people = draw_references(rng, population, [f"P{k}" for k in range(2 * stains)], loci=LOCI)
    found = []
    for k in range(stains):
        own = [people[k - (k % 3 == 1)], *people[stains + k : stains + k + k % 3]]
        of = 1 if k % 5 == 4 else draws
        found.append(stain_of(rng, own, tables, draws=of, **how))
    return found


def directly(
    stains: list[Draws], tables: dict[Locus, LocusTable]
) -> dict[tuple[int, int], tuple[float, int]]:
    """By matrices of all with all, draw by draw: log10 of the mean, and the best draw."""
    draws = max(map(len, stains))
    stain = np.repeat(np.arange(len(stains)), [len(one[0]) for one in stains])
    at = []
    for k in range(draws):
        known, _ = contributors([p for one in stains for p in one[k % len(one)]], tables)
        ratio = 10.0 ** against_each_other(known)[0]
        at.append(
            [[ratio[np.ix_(stain == a, stain == b)].mean() for b in range(len(stains))]
             for a in range(len(stains))]
        )  # fmt: skip
    mean = np.log10(np.mean(at, axis=0), where=np.mean(at, axis=0) > 0,
                    out=np.full((len(stains), len(stains)), -inf))  # fmt: skip
    best = np.argmax(at, axis=0)
    return {
        (a, b): (float(mean[a, b]), int(best[a, b]))
        for a in range(len(stains))
        for b in range(a + 1, len(stains))
    }


def assert_same(
    found: PairsFound, expected: dict[tuple[int, int], tuple[float, int]], least: float
) -> None:
    reach = {pair: value for pair, value in expected.items() if value[0] >= least}
    pairs = list(zip(found.one.tolist(), found.other.tolist(), strict=True))
    assert pairs == sorted(reach)
    for pair, value, best in zip(pairs, found.log10, found.best, strict=True):
        assert value == pytest.approx(reach[pair][0], abs=1e-9) or value == reach[pair][0] == -inf
        if value > -inf:
            assert best == reach[pair][1]


def test_100_000_pairs_as_the_direct_comparison_has_them() -> None:
    tables = tables_at(0.01)
    stains = invented(1, 240, clear=3.0)
    known, _ = contributors([person for one in stains for person in one[0]], tables)
    direct, _ = against_each_other(known)
    traces = traces_of(stains, tables)
    first, second = np.triu_indices(len(traces.draws), 1)
    assert len(first) > 100_000
    ln = np.empty((len(first), 1))
    ln_same_person(traces, first, traces, second, loci_of(tables), ln)
    expected = direct[first, second]
    finite = np.isfinite(expected)
    assert finite.sum() > 10_000
    assert np.array_equal(np.isneginf(ln[:, 0]), np.isneginf(expected))
    np.testing.assert_allclose(ln[finite, 0] / np.log(10), expected[finite], rtol=0, atol=1e-9)


@pytest.mark.parametrize("theta", [0.0, 0.01, 0.05])
@pytest.mark.parametrize("clear", [1.0, 8.0])
@pytest.mark.parametrize("draws", [1, 4])
def test_nobody_is_missed_or_added(theta: float, clear: float, draws: int) -> None:
    tables = tables_at(theta)
    stains = invented(2, 40, draws, clear=clear)
    expected = directly(stains, tables)
    for least in (-4.0, 0.0, 3.0, 12.0):
        found = pairs_above(stains, tables, least)
        assert_same(found, expected, least)
        assert len(found.one) > 0 or least > 0
    if clear > 5:
        assert len(pairs_above(stains, tables, 3.0).one) >= 13, "those of one donor"


def test_everybody_reaches_minus_infinity() -> None:
    stains = invented(3, 12)
    tables = tables_at(0.01)
    assert_same(pairs_above(stains, tables, -inf), directly(stains, tables), -inf)


def test_two_crowds_have_the_numbers_of_one() -> None:
    tables = tables_at(0.01)
    stains = invented(4, 50, 3, clear=1.0)
    whole = pairs_above(stains, tables, 0.0)
    crowd = crowd_of(stains, tables)
    slabs = [crowd.part(0, 20), crowd.part(20, 50)]
    met = set()
    for draw in range(3):
        one, other = may_reach_between(*(bounded(slab.at_draw(draw)) for slab in slabs), 0.0)
        met |= set(zip(one.tolist(), (other + len(slabs[0].stain)).tolist(), strict=True))
    one, other = np.array(sorted(met)).T
    parts = weighed(crowd, one, other, 0.0, 3, 1)
    across = (whole.one < 20) & (whole.other >= 20)
    assert across.any()
    assert np.array_equal(parts.one, whole.one[across])
    assert np.array_equal(parts.other, whole.other[across])
    assert np.array_equal(parts.log10, whole.log10[across])
    assert np.array_equal(parts.best, whole.best[across])
    threads = pairs_above(stains, tables, 0.0, workers=3)
    assert np.array_equal(threads.log10, whole.log10)
    assert np.array_equal(threads.one, whole.one)


def test_a_crowd_at_a_draw_and_in_parts_holds_what_it_was_made_of() -> None:
    """Stains of one and of three draws, some of which lack a locus."""
    tables = tables_at(0.01)
    stains = invented(8, 9, 3)
    told = stains[3][0][0]
    without = {k: v for k, v in told.by_locus.items() if k != LOCI[4]}
    stains[3] = [[GenotypeLikelihoods("S", without), *draw[1:]] for draw in stains[3]]
    crowd = crowd_of(stains, tables)
    for draw in range(4):
        of_part = crowd.part(2, 6).at_draw(draw)
        alone = crowd_of([[stain[draw % len(stain)]] for stain in stains[2:6]], tables)
        assert np.array_equal(of_part.stain, alone.stain)
        for ours, expected in zip(of_part.traces, alone.traces, strict=True):
            assert np.array_equal(ours, expected)


@pytest.mark.parametrize("theta", [0.0, 0.02])
@pytest.mark.parametrize("many", [1, 1 << 40])
def test_the_sieve_keeps_those_who_reach_and_no_others(
    theta: float, many: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With genotypes put together and without: as each pair's LR has it, but for a hair."""
    monkeypatch.setattr(pair_sieve, "_MANY", many)
    tables = tables_at(theta)
    ready = bounded(crowd_of(invented(7, 60, clear=4.0), tables))
    ln, first, second = _each_pair(ready)
    for least in (-2.0, 1.0, 4.0):
        one, other = may_reach_between(ready, None, least)
        found = set(zip(one.tolist(), other.tolist(), strict=True))
        reach, nearly = (
            {(int(a), int(b)) for a, b in zip(first[mark], second[mark], strict=True)}
            for mark in (ln >= least * np.log(10), ln >= least * np.log(10) - 0.01)
        )
        assert reach <= found <= nearly
        assert len(reach) > 10


def test_arrays_of_a_library_are_sieved_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    """NumPy as the library, of which every tile is but a part, with itself and with another."""
    monkeypatch.setattr(pair_sieve, "_TILE_ELSEWHERE", 16)
    tables = tables_at(0.01)
    ready = bounded(crowd_of(invented(7, 40, clear=4.0), tables))
    other = bounded(crowd_of(invented(9, 30, clear=4.0), tables))
    of_numpy = cast(ArrayLibrary, np)
    for beside in (None, other):
        here = may_reach_between(ready, beside, 0.0)
        elsewhere = may_reach_between(ready, beside, 0.0, library=of_numpy)
        found = {(int(a), int(b)) for a, b in zip(*elsewhere, strict=True)}
        expected = {(int(a), int(b)) for a, b in zip(*here, strict=True)}
        assert len(found ^ expected) <= 2, "but for a hair"
        assert len(expected) > 10


def _each_pair(ready: Bounded) -> tuple[Floats, Ints, Ints]:
    """ln LR of contributors of two stains, and their places."""
    first, second = np.triu_indices(len(ready.stain), 1)
    apart = ready.stain[first] != ready.stain[second]
    first, second = first[apart], second[apart]
    ln = np.empty((len(first), 1))
    ln_same_person(ready.traces, first, ready.traces, second, ready.loci, ln)
    return ln[:, 0], first, second


def _vectors(ready: Bounded) -> list[Singles]:
    return [ready.at_locus(locus) for locus in range(len(ready.length))]


def _bounds(ready: Bounded, unit: Sequence[Singles], first: Ints, second: Ints) -> Floats:
    """ln of what the vectors bound pairs by."""
    with np.errstate(divide="ignore"):
        products = [
            np.log(np.einsum("pe,pe->p", own[first], own[second], dtype=np.float64)) for own in unit
        ]
    size = np.log(ready.length).sum(axis=0)
    return np.asarray(np.sum(products, axis=0) + size[first] + size[second])


@pytest.mark.parametrize("theta", [0.0, 0.03])
def test_a_bound_is_never_below_the_lr(theta: float) -> None:
    """Each two contributors, whatever the vectors' length; fewer entries bound more loosely."""
    ready = bounded(crowd_of(invented(5, 60, clear=2.0), tables_at(theta)))
    ln, first, second = _each_pair(ready)
    unit = _vectors(ready)
    bound = _bounds(ready, unit, first, second)
    assert (bound >= ln - 1e-4).all()
    squares = [np.ascontiguousarray(np.square(own[::4, :-1]).T) for own in unit]
    former = _bounds(ready, [own[:, :-1] for own in unit], first, second)
    for dear in (0.001, 0.02, 0.3):
        classes = [classes_of(own, dear) for own in squares]
        short = [put_together(own, of) for own, of in zip(unit, classes, strict=True)]
        assert sum(own.shape[1] for own in short) < sum(own.shape[1] for own in unit)
        assert (_bounds(ready, short, first, second) >= ln - 1e-4).all()
        looser = _bounds(ready, [own[:, :-1] for own in short], first, second)
        assert (looser >= former - 1e-4).all()
        former = looser
    assert (former > bound + 1).mean() > 0.5


def test_a_bound_is_the_lr_where_it_can_be() -> None:
    """No theta, and few enough alleles for a group each."""
    tables = {locus: table for locus, table in tables_at(0.0).items() if len(table.alleles) <= 13}
    assert len(tables) > 8
    ready = bounded(crowd_of(invented(6, 30, clear=1.0), tables))
    ln, first, second = _each_pair(ready)
    bound = _bounds(ready, [own[:, :-1] for own in _vectors(ready)], first, second)
    finite = np.isfinite(ln)
    assert finite.sum() > 500
    np.testing.assert_allclose(bound[finite], ln[finite], atol=1e-4)
    assert np.array_equal(np.isneginf(bound), ~finite)


# Small populations, every awkward kind of likelihoods, against the twin.


def small(theta: float) -> dict[Locus, LocusTable]:
    frequencies = {
        X: {Allele(k): v for k, v in TABLE.items()},
        Y: {Allele("7"): 0.25, Allele("8"): 0.75},
    }
    population = Population(AlleleFrequencies("Invented", frequencies, ""), theta)
    found = {locus: locus_table(locus, population, set()) for locus in (X, Y)}
    return {locus: table for locus, table in found.items() if table is not None}


@st.composite
def likelihoods(draw: st.DrawFn, labels: tuple[str, ...]) -> LocusLikelihoods:
    n = len(labels) * (len(labels) + 1) // 2
    ln = st.one_of(st.just(-inf), st.floats(-30, 0))
    values = draw(st.lists(ln, min_size=n, max_size=n).filter(lambda v: max(v) > -inf))
    return LocusLikelihoods(tuple(Allele(a) for a in labels), tuple(values))


@st.composite
def person(draw: st.DrawFn) -> GenotypeLikelihoods:
    apart = draw(st.lists(st.sampled_from(sorted(TABLE)), unique=True, max_size=4))
    by_locus = {X: draw(likelihoods((*apart, *(() if len(apart) == 4 else (REST,)))))}
    if draw(st.booleans()):
        by_locus[Y] = draw(likelihoods(("8", "7") if draw(st.booleans()) else ("8", REST)))
    return GenotypeLikelihoods("S", by_locus)


@st.composite
def stain(draw: st.DrawFn) -> Draws:
    n = draw(st.integers(1, 2))
    return [[draw(person()) for _ in range(n)] for _ in range(draw(st.integers(1, 3)))]


@settings(deadline=None, max_examples=40)
@given(st.lists(stain(), min_size=2, max_size=4), st.sampled_from([0.0, 0.02, 0.3]))
def test_as_the_twin_has_it(stains: list[Draws], theta: float) -> None:
    """Draws that tell different alleles apart, or none at a locus; no rest; unequal numbers."""
    frequencies = {X: TABLE, Y: {"7": 0.25, "8": 0.75}}
    twin = every_pair(stains, frequencies, theta)
    for least in (-inf, 0.0, 0.5):
        found = pairs_above(stains, small(theta), least)
        reach = dict(
            zip(zip(found.one.tolist(), found.other.tolist(), strict=True),
                zip(found.log10.tolist(), found.best.tolist(), strict=True), strict=True)
        )  # fmt: skip
        for pair, (mean, at) in twin.items():
            value = log10(mean) if mean > 0 else -inf
            if abs(value - least) < 1e-9:
                continue
            assert (pair in reach) == (value >= least)
            if pair in reach:
                assert reach[pair][0] == pytest.approx(value, abs=1e-9)
                assert at[reach[pair][1]] == pytest.approx(max(at), rel=1e-9)


def test_what_cannot_be_compared_counts_nothing() -> None:
    """Alleles that the population does not list, and no rest for one that it does: as the direct
    comparison, which lists them."""
    tables = small(0.01)
    told = LocusLikelihoods((Allele("10"), REST), (0.0, -3.0, -5.0))
    unlisted = LocusLikelihoods((Allele("99"), REST), (0.0, -1.0, -2.0))
    no_rest = LocusLikelihoods((Allele("10"), Allele("11")), (0.0, -1.0, -2.0))
    stains = [
        [[GenotypeLikelihoods(str(k), {X: one, Z: told})]]
        for k, one in enumerate((told, unlisted, no_rest, told))
    ]
    expected = directly(stains, tables)
    assert_same(pairs_above(stains, tables, -inf), expected, -inf)
    assert expected[0, 3][0] > 0
    assert {pair for pair, (value, _) in expected.items() if value == 0.0} == {
        (0, 1), (0, 2), (1, 2), (1, 3), (2, 3),
    }  # fmt: skip


def test_nothing_to_compare() -> None:
    tables = small(0.01)
    for stains in ([], [[[GenotypeLikelihoods("S", {})]]]):
        assert len(pairs_above(stains, tables, 0.0).one) == 0
    two = [[[GenotypeLikelihoods("S", {})]]] * 2
    assert pairs_above(two, tables, 0.0).log10.tolist() == [0.0]
    assert pairs_above(two, {}, 0.0).log10.tolist() == [0.0]
    assert len(pairs_above(two, tables, 0.1).one) == 0
