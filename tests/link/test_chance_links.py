"""Chance links of a search: counted among invented unrelated people, and by hand."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from math import log, log10, sqrt

import numpy as np
import pytest
from tests.link.solved import solved

from reopen.formats import library
from reopen.kernels.shapes import Floats
from reopen.link.chance_links import (
    Comparisons,
    OneSide,
    all_pairs,
    locus_sets,
    pairs_between,
    same_typed,
    samples_of,
    stain_side,
    total,
)
from reopen.link.chance_of_search import ChanceOfSearch, Compared
from reopen.link.stains import LinkOptions, SolvedStain, quiet
from reopen.records import (
    REST,
    ByChance,
    End,
    Genotype,
    GenotypeLikelihoods,
    LeftOut,
    Link,
    LinkKind,
    Locus,
    LocusLikelihoods,
    Population,
    Reference,
)
from reopen.weigh.chance import tail_of
from reopen.weigh.compare import (
    LocusTable,
    against_references,
    contributors,
    locus_table,
    random_match_log10,
)
from reopen.weigh.relations import typed_people
from reopen.weigh.simulate import draw_references

POPULATION = Population(library.population("nist1036-cauc"))
LOCI = [Locus(name) for name in ("TH01", "TPOX", "CSF1PO", "D5S818", "D13S317", "D16S539")]


def _tables() -> dict[Locus, LocusTable]:
    tables = {locus: locus_table(locus, POPULATION, set()) for locus in LOCI}
    return {locus: table for locus, table in tables.items() if table is not None}


def _seen(rng: np.random.Generator, donor: Reference) -> GenotypeLikelihoods:
    """Likelihoods around a donor's genotypes, such as a low stain leaves."""
    by_locus = {}
    for locus in LOCI:
        labels = tuple(dict.fromkeys(donor.genotypes[locus].pair))
        n = len(labels) + 1
        ln = rng.normal(-4.0, 1.5, n * (n + 1) // 2)
        ln[1 if len(labels) == 2 else 0] = 0.0
        by_locus[locus] = LocusLikelihoods((*labels, REST), tuple(ln.tolist()))
    return GenotypeLikelihoods(donor.id, by_locus)


def _stain(seed: int, people: int = 2, draws: int = 4) -> SolvedStain:
    rng = np.random.default_rng(seed)
    ids = [f"donor {seed} {k}" for k in range(people)]
    donors = draw_references(rng, POPULATION, ids, loci=LOCI)
    return solved(f"stain {seed}", [[_seen(rng, one) for one in donors] for _ in range(draws)])


def _log10_lr(item: SolvedStain, people: list[Reference], draws: int) -> Floats:
    """The mean over draws and places, from `against_references` alone."""
    tables = _tables()
    numbers = typed_people(people, tables).some(np.arange(len(people)))
    ratios = []
    for draw in range(draws):
        known, _ = contributors(item.at_draw(draw), tables)
        ratios.append((10.0 ** against_references(known, numbers)).mean(axis=0))
    return np.asarray(np.log10(np.mean(ratios, axis=0)))


def test_as_many_unrelated_people_are_linked_as_expected() -> None:
    """Twenty stains with 3,000 people: what is counted is a Poisson number with the expectation."""
    rng = np.random.default_rng(11)
    people = list(draw_references(rng, POPULATION, [f"p{k}" for k in range(3000)], loci=LOCI))
    stains = [_stain(seed) for seed in range(20)]
    typed = typed_people(people, _tables())
    sets = locus_sets(typed, np.arange(len(people)))
    every = total(
        OneSide(stain_side(item, _tables(), 4), name=item.stain.id).with_people(sets)
        for item in stains
    )
    counted = np.concatenate([_log10_lr(item, people, 4) for item in stains])
    values = (1.0, 2.0, 2.5, 3.0)
    for value, chance in zip(values, every.expected(values), strict=True):
        observed = int((counted >= value).sum())
        assert chance.low <= chance.expected <= chance.high
        assert chance.high < len(counted) / 10**value  # sharper than the bound
        # One stain's people are independent; 4 standard deviations.
        assert abs(observed - chance.expected) <= 4 * sqrt(chance.expected) + 0.05 * chance.expected
        assert chance.sampled == len(counted)


def test_stains_of_fewer_draws_go_round() -> None:
    """Three draws over four: the first counts twice, as `link.averaging` has it."""
    item = _stain(3, people=1, draws=3)
    side = stain_side(item, _tables(), 4)
    assert side.share.tolist() == pytest.approx([0.5, 0.25, 0.25])


def test_sets_of_loci_are_told_apart_and_rare_ones_are_bounded() -> None:
    rng = np.random.default_rng(4)
    full = list(draw_references(rng, POPULATION, [f"f{k}" for k in range(9)], loci=LOCI))
    few = list(draw_references(rng, POPULATION, [f"o{k}" for k in range(5)], loci=LOCI[:2]))
    typed = typed_people([*full, *few], _tables())
    sets = locus_sets(typed, np.arange(14))
    assert sets == {frozenset(LOCI): 9, frozenset(LOCI[:2]): 5}
    assert locus_sets(typed, np.arange(9, 14)) == {frozenset(LOCI[:2]): 5}
    assert locus_sets(typed, np.arange(0)) == {}

    side = stain_side(_stain(1), _tables(), 4)
    own = OneSide(side)
    known = own.with_people(sets)
    assert [n for n, _ in known.tails] == [9, 5]
    assert known.bounded == 0
    alone = OneSide(side.at(LOCI[:2])).with_people({frozenset(LOCI[:2]): 5})
    (both,) = known.expected([1.0])
    (first,) = own.with_people({frozenset(LOCI): 9}).expected([1.0])
    assert both.expected == pytest.approx(
        first.expected + alone.expected([1.0])[0].expected, rel=0.2
    )

    many = {frozenset(some): 1 for n in (2, 3) for some in combinations(LOCI, n)}
    rare = own.with_people(many)
    assert rare.bounded == len(many) - 16
    (chance,) = rare.expected([2.0])
    assert chance.high >= rare.bounded / 100
    assert (chance.sampled, chance.bounded) == (16, len(many) - 16)


def test_pairs_by_the_loci_in_common() -> None:
    a, b, c = (Locus(name) for name in "ABC")
    sets = {frozenset((a, b)): 3, frozenset((b, c)): 2}
    assert all_pairs(sets) == {frozenset((a, b)): 3, frozenset((b, c)): 1, frozenset((b,)): 6}
    assert pairs_between({frozenset((a,)): 2}, sets) == {frozenset((a,)): 6, frozenset(): 4}


def test_two_people_typed_alike_by_hand() -> None:
    """Alleles of 0.2 and 0.8 twice over: both {1, 1} with 0.04^2, an LR of 25 a locus."""
    p = np.array([0.2, 0.8])
    tables = {Locus(name): LocusTable(Locus(name), (), p, 0.0) for name in "AB"}
    tail = tail_of(same_typed(tables))
    genotypes = {25.0: 0.04, 1 / 0.32: 0.32, 1 / 0.64: 0.64}
    for least in (1.0, 5.0, 20.0, 100.0, 625.0):
        truth = sum(
            genotypes[one] ** 2 * genotypes[other] ** 2
            for one in genotypes
            for other in genotypes
            if one * other >= least * (1 - 1e-9)
        )
        assert tail.at(np.array([log10(least)])).high[0] == pytest.approx(truth)


def test_two_people_typed_alike_with_theta() -> None:
    """P(g | g) is NRC II 4.10, as `random_match_log10` has it."""
    table = locus_table(LOCI[0], Population(POPULATION.frequencies, theta=0.02), set())
    assert table is not None
    side = same_typed({LOCI[0]: table})
    for pair in (table.alleles[:2], (table.alleles[3],) * 2):
        expected = -random_match_log10(Genotype(tuple(pair)), table) * log(10)
        assert np.isclose(side.ln_ratio[LOCI[0]], expected).any()
    assert side.mean == pytest.approx(1.0)


def test_thresholds_let_no_more_through_than_asked() -> None:
    side = stain_side(_stain(5), _tables(), 4)
    every = OneSide(side).with_people({frozenset(LOCI): 1_000_000})
    for most in (10.0, 1.0, 0.01):
        least = every.threshold(most)
        assert every.expected([least])[0].high <= most
        assert every.expected([least - 0.01])[0].high > most


def test_nothing_compared_gives_nothing() -> None:
    assert Comparisons().expected([3.0])[0].expected == 0.0
    (only,) = Comparisons(bounded=500).expected([3.0])
    assert (only.expected, only.low, only.high) == (0.5, 0.0, 0.5)
    assert samples_of(1) == 8192
    assert samples_of(10_000) == 1024


def _typed_search(stains: list[SolvedStain], people: list[Reference]) -> Compared:
    n, m = len(stains), len(people)
    counts = {LinkKind.STAIN_REFERENCE: n * m, LinkKind.STAIN_REMAINS: n * 7}
    return Compared(stains, typed_people(people, _tables()), people, _tables(), counts)


def chance_of(search: Compared, most_chance: float | None = None) -> ChanceOfSearch:
    return ChanceOfSearch(search, LinkOptions(workers=1, most_chance=most_chance), quiet)


def _link(weight: float, kind: LinkKind = LinkKind.STAIN_REFERENCE) -> Link:
    ends = End("stain 0", 1, 2, 0.5), End("p0")
    return Link(kind, *ends, "same person", weight, {LOCI[0]: weight}, 0.0)


def test_of_many_stains_only_links_in_doubt_are_worked_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rng = np.random.default_rng(6)
    people = list(draw_references(rng, POPULATION, ["p0", "p1"], loci=LOCI))
    search = _typed_search([_stain(0), _stain(1)], people)
    told = chance_of(search).with_chance([_link(3.0), _link(12.0)])
    assert [item.by_chance.sampled for item in told if item.by_chance] == [4, 4]
    monkeypatch.setattr("reopen.link.chance_of_search._MANY_STAINS", 1)
    (sure,) = chance_of(search).with_chance([_link(12.0)])
    assert sure.by_chance == ByChance(4e-12, 0.0, 4e-12, bounded=4)
    (weak,) = chance_of(search).with_chance([_link(3.0)])
    assert weak.by_chance == told[0].by_chance


def test_what_is_not_typed_is_bounded_and_what_is_known_is_kept() -> None:
    rng = np.random.default_rng(6)
    people = list(draw_references(rng, POPULATION, ["p0"], loci=LOCI))
    search = _typed_search([_stain(0)], people)
    known = ByChance(0.5, 0.4, 0.6, exact=3)
    kin = replace(_link(2.0), by_chance=known, expected_chance=0.6)
    degraded = _link(2.0, LinkKind.STAIN_REMAINS)
    told = chance_of(search).with_chance([kin, degraded])
    assert told[0] == kin
    assert told[1].by_chance == ByChance(0.07, 0.0, 0.07, bounded=7)
    assert told[1].expected_chance == 0.07


def test_what_chance_leaves_out_is_counted_and_relatives_have_their_own_limit() -> None:
    rng = np.random.default_rng(6)
    people = list(draw_references(rng, POPULATION, ["p0"], loci=LOCI))
    search = _typed_search([_stain(0)], people)
    degraded = [_link(log10, LinkKind.STAIN_REMAINS) for log10 in (2.0, 2.5, 4.0)]
    relative = _link(1.0, LinkKind.STAIN_RELATIVE)
    links = [*degraded, relative]
    assert chance_of(search).listed(links) == (links, [])
    kept, (left,) = chance_of(search, most_chance=0.01).listed(links)
    assert kept == [degraded[2], relative]  # 7 comparisons, by the bound 0.07, 0.02 and 0.0007
    assert left == LeftOut(LinkKind.STAIN_REMAINS, "same person", 2, 3.0, 2.5, 0.01)
