"""What the large searches count: pairs, donors, series and the fourteen, counted by hand."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import numpy as np
from scipy.stats import poisson
from verification.cold_cases import DEGRADED, KITS, SERIES, other_cases, planted
from verification.nfi_all_against_all import ChanceRow, Solved, chance_row, number_of, pair_rows
from verification.nfi_mixtures import Mixture
from verification.provedit_all_against_all import Profile, became_of, pair_counts
from verification.the_fourteen import Row, row_of

from reopen.kernels.genotypes import number
from reopen.link import LinkResult
from reopen.link.series import FoundTogether
from reopen.records import ByChance, End, LinkKind, Replicate, Stain
from reopen.records.series import Series
from reopen.weigh.model import PeakModel


def empty(name: str) -> Stain:
    """A stain of which only the name counts."""
    return Stain(name, (Replicate(name, {}),))


def linked(*pairs: tuple[str, str]) -> LinkResult:
    links = [
        SimpleNamespace(kind=LinkKind.STAIN_STAIN, one=End(a), other=End(b), log10=9.0)
        for a, b in pairs
    ]
    return cast(LinkResult, SimpleNamespace(links=links))


def series(*profiles: str) -> Series:
    """A series of which only its ends are asked."""
    return cast(Series, SimpleNamespace(ends=tuple(End(name, 1, 1) for name in profiles)))


def profiles(**donors: str) -> dict[str, Profile]:
    return {
        name: Profile(empty(name), frozenset(left.split()), PeakModel())
        for name, left in donors.items()
    }


KNOWN = profiles(a1="A", a2="A", a3="A", b1="B", b2="B", ab="A B", c1="C")


def test_pairs_of_profiles_are_counted_by_their_numbers_of_people() -> None:
    """Singles: A has 3 pairs, B 1, of 15; the mixture shares a donor with 5 of the 6 singles."""
    found = linked(("a1", "a2"), ("ab", "b1"), ("a1", "b1"), ("c1", "ab"))
    singles, mixed, _ = pair_counts(KNOWN, list(KNOWN), found)
    assert (singles.persons, singles.true, singles.false) == ((1, 1), 4, 11)
    assert (singles.found, singles.false_found) == (1, 1)
    assert (mixed.persons, mixed.true, mixed.false) == ((1, 2), 5, 1)
    assert (mixed.found, mixed.false_found) == (1, 1)


def test_a_donor_is_whole_split_merged_or_in_no_series() -> None:
    links = linked(("a1", "a2"), ("a2", "ab"), ("b1", "b2"))
    whole = became_of(KNOWN, list(KNOWN), links, [series("a1", "a2", "ab"), series("b1", "b2")])
    assert [one.became for one in whole] == ["whole", "whole", "no series"]
    assert [(one.profiles, one.linked, one.largest) for one in whole] == [
        (4, 3, 3), (3, 2, 2), (1, 0, 0),
    ]  # fmt: skip
    split = became_of(KNOWN, list(KNOWN), links, [series("a1", "a2"), series("a3", "ab", "a1")])
    assert (split[0].became, split[0].series, split[0].largest) == ("split", 2, 3)
    merged = became_of(KNOWN, list(KNOWN), links, [series("a1", "a2", "b1")])
    assert (merged[0].became, merged[0].strangers) == ("merged", 1)


def mixture(name: str, donors: str, picograms: tuple[float, ...]) -> Solved:
    stain = Mixture(empty(name), tuple(donors.split()), picograms)
    return Solved(stain, cast("object", None))  # type: ignore[arg-type]


def test_replicates_of_one_mixture_are_counted_apart() -> None:
    """Of three stains of two and one of three, classes are by the larger of the two."""
    solved = [
        mixture("1", "A B", (300.0, 150.0)),
        mixture("2", "A B", (300.0, 150.0)),
        mixture("3", "B C", (300.0, 150.0)),
        mixture("4", "D E F", (300.0, 150.0, 150.0)),
        mixture("5", "A E F", (300.0, 150.0, 150.0)),
    ]
    scores = np.full((5, 5), -1.0)
    for one, other, log10 in ((0, 1, 20.0), (0, 2, 4.0), (0, 4, 7.0), (2, 3, 3.5)):
        scores[one, other] = scores[other, one] = log10
    rows, curves = pair_rows(solved, scores)
    told = [(r.persons, r.again, r.true, r.false, r.over_3, r.false_3) for r in rows]
    assert told == [(2, False, 2, 0, 0.5, 0), (2, True, 1, 0, 1.0, 0), (3, False, 3, 4, 1 / 3, 1)]
    assert set(curves) == {3}, "of the stains of two none are without a common donor"


CHANCE = ByChance(10.0, 9.0, 11.0)


def counted(*by_person: int, theta: float = 0.0) -> ChanceRow:
    return chance_row(1000, theta, 2, 3.0, CHANCE, np.array(by_person, dtype=np.int64))


def test_a_count_of_chance_links_holds_within_the_law_of_poisson() -> None:
    """99% of Poisson numbers: about 9 at least 2, about 11 at most 20 (terms added up by hand)."""
    row = counted(*[1] * 10)
    assert (row.counted, row.reached, row.spread, row.least, row.most) == (10, 10, 1.0, 2, 20)
    assert counted(*[1] * 20).holds
    assert not counted(*[1] * 21).holds
    assert not counted(1).holds
    assert counted(1, theta=0.01).holds, "fewer are no failure with theta"
    assert not counted(*[1] * 21, theta=0.01).holds


def test_links_of_one_person_are_not_independent() -> None:
    """Seven people of three links each: a variance of 63 where 21 links of 21 people have 21."""
    row = counted(*[3] * 7)
    assert (row.counted, row.reached, row.spread) == (21, 7, 3.0)
    assert row.holds
    assert row.most == 3 * int(poisson.ppf(0.995, 11.0 / 3))
    assert counted().spread == 1.0


def test_genotype_numbers_do_not_mind_the_order_of_alleles() -> None:
    alleles = np.array([[0, 3], [3, 0], [2, 2]])
    want = number(np.array([0, 0, 2]), np.array([3, 3, 2]), 5)
    assert number_of(alleles, 5).tolist() == want.tolist()


def test_the_same_cases_come_from_the_same_seed_and_fewer_are_the_first() -> None:
    few, many = list(other_cases(5, 3)), list(other_cases(12, 3))
    assert [case.stain for case in few] == [case.stain for case in many[:5]]
    assert {case.stain.kit for case in many} <= set(KITS)


def test_the_fourteen_are_of_one_donor_half_of_them_poor() -> None:
    plot = planted(4)
    assert len(plot.cases) == SERIES
    assert {case.donors[0] for case in plot.cases} == {"donor 4"}
    assert sum(case.how.degradation < 0.56 for case in plot.cases) == DEGRADED
    assert plot.of_brother.donors[0] == plot.brother.id == "brother 4"


ON_FILE = {"P-1-01": 7.3, "P-1-02": 4.1}


def fourteen(*found: Series, links: LinkResult) -> Row:
    plot = planted(1)
    others = {case.stain.id: case for case in other_cases(3, 1)}
    cases = {**others, **{case.stain.id: case for case in (*plot.cases, plot.of_brother)}}
    return row_of(1, plot, cases, links.links, FoundTogether(tuple(found), (), ()), ON_FILE, 1.0)


def test_a_seed_without_a_series_misses_all_fourteen() -> None:
    row = fourteen(links=linked(("P-1-01", "P-1-02"), ("B-1", "P-1-01")))
    assert (row.found, row.parts, row.is_clean) == (0, 0, True)
    assert len(row.missed) == SERIES
    assert {one.stain: one.best_link for one in row.missed}["P-1-01"] == 9.0
    assert row.reachable == 1
    assert {one.stain: one.on_file for one in row.missed}["P-1-02"] == 4.1
    assert row.linked_brother == 1
