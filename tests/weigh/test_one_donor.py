"""Traces weighed together: by hand, against the twin, and against the comparison of two."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations
from math import inf, isclose, log, log10, prod

import numpy as np
import pytest
from tests.twins import compare as one_pair
from tests.twins import donors as twin

from reopen.errors import CannotWeigh
from reopen.records import (
    FULL_SIBLINGS,
    REST,
    UNRELATED,
    Allele,
    AlleleFrequencies,
    GenotypeLikelihoods,
    Locus,
    LocusLikelihoods,
    Population,
    Reference,
    genotype,
)
from reopen.weigh.compare import LocusTable, compare, locus_table, reference_likelihoods
from reopen.weigh.one_donor import (
    Together,
    ln_apart,
    ln_pair,
    ln_shared,
    mean_log10,
    one_donor,
    together,
    trace,
    typed,
)

X, Y = Locus("X"), Locus("Y")
TABLE = {"10": 0.1, "11": 0.2, "12": 0.3, "13": 0.4}
TWO = {"7": 0.25, "8": 0.75}


def population(theta: float) -> Population:
    tables = {
        locus: {Allele(a): f for a, f in table.items()} for locus, table in ((X, TABLE), (Y, TWO))
    }
    return Population(AlleleFrequencies("Invented", tables, ""), theta, minimum_frequency=0.01)


def tables(theta: float) -> dict[Locus, LocusTable]:
    made = {locus: locus_table(locus, population(theta), set()) for locus in (X, Y)}
    return {locus: table for locus, table in made.items() if table is not None}


def person(name: str, **at: str) -> Reference:
    return Reference(name, {Locus(k): genotype(*v.split("/")) for k, v in at.items()})


def known(theta: float, *at: str, locus: str = "Y") -> Together:
    people = [typed(person(str(k), **{locus: one})) for k, one in enumerate(at)]
    return together(people, tables(theta))


def uncertain(rng: np.random.Generator, name: str, labels: dict[str, str]) -> GenotypeLikelihoods:
    """Any likelihoods, one genotype ruled out."""
    by_locus = {}
    for locus, told in labels.items():
        n = len(told.split("/"))
        ln = rng.normal(0, 2, n * (n + 1) // 2)
        ln[rng.integers(len(ln))] = -inf
        alleles = tuple(map(Allele, told.split("/")))
        by_locus[Locus(locus)] = LocusLikelihoods(alleles, tuple(map(float, ln)))
    return GenotypeLikelihoods(name, by_locus)


def three(seed: int) -> list[GenotypeLikelihoods]:
    rng = np.random.default_rng(seed)
    return [
        uncertain(rng, "A", {"X": "10/11/rest", "Y": "7/8"}),
        uncertain(rng, "B", {"X": "11/12/rest", "Y": "7/rest"}),
        uncertain(rng, "C", {"X": "10/11/12/rest"}),
    ]


# By hand: one locus, alleles 7 (1/4) and 8 (3/4).


def test_three_homozygotes_by_hand() -> None:
    """P(77) = 1/16 once against three times: 1 / (1/16)^2."""
    found = one_donor(known(0, "7/7", "7/7", "7/7"))
    assert isclose(found.log10, log10(256))
    assert all(isclose(value, log10(16)) for value in found.adds)


def test_three_heterozygotes_by_hand_with_theta() -> None:
    """theta 0.1, p = 0.9/4 and 0.9 * 3/4. Given 7/8 once: 2 (0.1 + p)(0.1 + q) / (1.1 * 1.2);
    given it twice: 2 (0.2 + p)(0.2 + q) / (1.3 * 1.4)."""
    once, twice = 2 * 0.325 * 0.775 / 1.32, 2 * 0.425 * 0.875 / 1.82
    found = one_donor(known(0.1, "7/8", "7/8", "7/8"))
    assert isclose(found.log10, -log10(once * twice))
    assert all(isclose(value, -log10(once)) for value in found.adds)


def test_two_brothers_by_hand() -> None:
    """Both 77: 1/4 p^2 + 1/2 p + 1/4 = 1/64 + 1/8 + 1/4 of P(77), beside P(77) of one donor."""
    of = known(0, "7/7", "7/7")
    one, other = np.array([[True, False]]), np.array([[False, True]])
    brothers = ln_pair(of, one, other, FULL_SIBLINGS)[0, 0]
    assert isclose(ln_shared(of, one | other)[0, 0] - brothers, -log(25 / 64))


def test_different_genotypes_have_no_one_donor() -> None:
    found = one_donor(known(0.02, "7/7", "7/8", "7/7"))
    assert found.log10 == -inf
    assert found.adds[1] == -inf


def test_any_of_three_contributors_divides_by_three() -> None:
    likelihoods = GenotypeLikelihoods(
        "S", {Y: LocusLikelihoods((Allele("7"), REST), (0, -inf, -inf))}
    )
    people = [trace([likelihoods], places=3), typed(person("P", Y="7/7"))]
    found = one_donor(together(people, tables(0)))
    assert isclose(found.log10, log10(16 / 3))
    assert isclose(found.which, -log10(3))
    assert isclose(found.adds[0], log10(16 / 3))


def test_draws_are_averaged_side_by_side() -> None:
    """At one draw 7/7 for certain, at the other 8/8: half of 16; alone the mean changes nothing."""
    sure = LocusLikelihoods((Allele("7"), REST), (0, -inf, -inf))
    other = LocusLikelihoods((Allele("7"), REST), (-inf, -inf, 0))
    draws = [GenotypeLikelihoods("S", {Y: one}) for one in (sure, other)]
    found = one_donor(together([trace(draws), typed(person("P", Y="7/7"))], tables(0)))
    assert isclose(found.log10, log10(8))
    assert isclose(found.averaging, -log10(2))
    assert isclose(sum(found.per_locus.values()) + found.averaging, found.log10)


def test_a_trace_that_says_nothing_changes_nothing() -> None:
    blank = GenotypeLikelihoods("blank", {Y: LocusLikelihoods((REST,), (0.0,))})
    for theta in (0.0, 0.03):
        pair = [typed(person(name, Y="7/7", X="10/11")) for name in "PQ"]
        with_blank = one_donor(together([*pair, trace([blank])], tables(theta)))
        assert isclose(with_blank.log10, one_donor(together(pair, tables(theta))).log10)
        assert isclose(with_blank.adds[2], 0.0, abs_tol=1e-12)


# Against the twin, and what is there already.


@pytest.mark.parametrize("theta", [0.0, 0.02, 0.3])
@pytest.mark.parametrize("seed", range(5))
def test_two_traces_are_the_one_comparison(theta: float, seed: int) -> None:
    first, second, _ = three(seed)
    joint = one_donor(together([trace([first]), trace([second])], tables(theta)))
    direct = compare(first, second, population(theta))
    assert isclose(joint.log10, direct.log10, abs_tol=1e-9)
    for locus, term in direct.per_locus.items():
        assert isclose(joint.per_locus[locus], term, abs_tol=1e-9)


def values_at(traces: Sequence[GenotypeLikelihoods], locus: Locus) -> list[one_pair.Value]:
    return [
        one_pair.value(one.by_locus[locus]) if locus in one.by_locus else (lambda g: 1.0)
        for one in traces
    ]


@pytest.mark.parametrize("theta", [0.0, 0.02, 0.3])
@pytest.mark.parametrize("seed", range(5))
def test_three_traces_and_two_loci_by_brute_force(theta: float, seed: int) -> None:
    traces = three(seed)
    found = one_donor(together([trace([one]) for one in traces], tables(theta)))
    told = [
        sum(
            twin.information([values_at(traces, locus)[k]], frequency, theta)
            for locus, frequency in ((X, TABLE), (Y, TWO))
        )
        for k in range(3)
    ]
    ordered = [traces[k] for k in np.argsort(told)[::-1]]
    same = apart = 1.0
    for locus, frequency in ((X, TABLE), (Y, TWO)):
        values = values_at(ordered, locus)
        same *= twin.one_donor(values, frequency, theta)
        apart *= twin.in_turn([[value] for value in values], frequency, theta)
    assert isclose(found.log10, log10(same / apart), abs_tol=1e-9)


@pytest.mark.parametrize("theta", [0.0, 0.02, 0.3])
@pytest.mark.parametrize("seed", range(3))
def test_two_donors_by_brute_force(theta: float, seed: int) -> None:
    traces = three(seed)
    of = together([trace([one]) for one in traces], tables(theta))
    one, other = np.array([[True, False, True]]), np.array([[False, True, False]])
    for relation in (UNRELATED, FULL_SIBLINGS):
        expected = 1.0
        for locus, frequency in ((X, TABLE), (Y, TWO)):
            have = [t for t in traces if locus in t.by_locus]
            values = {t.owner: one_pair.value(t.by_locus[locus]) for t in have}
            first = [value for owner, value in values.items() if owner != "B"]
            second = [value for owner, value in values.items() if owner == "B"]
            expected *= twin.two_donors(first, second, relation.ibd, frequency, theta)
        scale = prod(
            float(np.exp(-max(t.by_locus[locus].ln))) for t in traces for locus in t.by_locus
        )
        assert isclose(ln_pair(of, one, other, relation)[0, 0], log(expected * scale), abs_tol=1e-9)


@pytest.mark.parametrize("theta", [0.0, 0.05])
def test_the_order_of_traces_does_not_matter(theta: float) -> None:
    traces = [trace([one], places=2) for one in three(3)]
    expected = one_donor(together(traces, tables(theta)))
    for order in permutations(range(3)):
        found = one_donor(together([traces[k] for k in order], tables(theta)))
        assert isclose(found.log10, expected.log10, abs_tol=1e-9)
        for place, k in enumerate(order):
            assert isclose(found.adds[place], expected.adds[k], abs_tol=1e-9)


def test_two_unrelated_donors_are_two_apart() -> None:
    of = together([trace([one]) for one in three(4)], tables(0.05))
    one, other = np.array([True, False, True]), np.array([False, True, False])
    pair = ln_pair(of, one[None], other[None], UNRELATED)[0]
    assert np.allclose(pair, ln_apart(of, np.stack([one, other])), atol=1e-9)


@pytest.mark.parametrize("theta", [0.0, 0.03, 0.1])
@pytest.mark.parametrize("typed", ["10/11", "13/13"])
def test_different_donors_of_one_certain_genotype_are_the_urn_of_all_alleles(
    theta: float, typed: str
) -> None:
    blocks = [[one_pair.value(typed_likelihoods(typed))] for _ in range(3)]
    urn = twin.urn_of_all(blocks, TABLE, theta)
    people = [person(name, X=typed) for name in "PQR"]
    of = together([trace([reference_likelihoods(one)]) for one in people], tables(theta))
    assert isclose(ln_apart(of, np.eye(3, dtype=bool))[0], log(urn))


@pytest.mark.parametrize("theta", [0.01, 0.03])
@pytest.mark.parametrize("seed", range(8))
def test_uncertain_donors_are_near_the_urn_of_all_alleles(theta: float, seed: int) -> None:
    """Of two donors exact; of three with any likelihoods within 3 % at theta 0.01, 8 % at 0.03."""
    blocks = [[value] for value in values_at(three(seed), X)]
    for some in (blocks[:2], blocks[1:]):
        urn = twin.urn_of_all(some, TABLE, theta)
        assert isclose(twin.in_turn(some, TABLE, theta), urn, rel_tol=1e-9)
    ratio = twin.in_turn(blocks, TABLE, theta) / twin.urn_of_all(blocks, TABLE, theta)
    assert abs(ratio - 1) < {0.01: 0.03, 0.03: 0.08}[theta]


def typed_likelihoods(at: str) -> LocusLikelihoods:
    return reference_likelihoods(person("P", X=at)).by_locus[X]


def test_means_over_draws_by_hand() -> None:
    found = mean_log10(np.log(np.array([[1.0, 3.0], [10.0, 10.0]])))
    assert np.allclose(found, [log10(2), 1.0])
    assert mean_log10(np.array([-inf, -inf])) == -inf


def test_a_locus_without_frequencies_is_listed() -> None:
    people = [typed(person(name, Y="7/7", Z="1/2")) for name in "PQ"]
    of = together(people, tables(0))
    assert [item.what for item in of.not_weighed] == ["P Z", "Q Z"]
    assert isclose(one_donor(of).log10, log10(16))


def test_draws_of_different_peaks_are_refused() -> None:
    one = GenotypeLikelihoods("S", {Y: LocusLikelihoods((Allele("7"), REST), (0, 0, 0))})
    other = GenotypeLikelihoods("S", {Y: LocusLikelihoods((Allele("8"), REST), (0, 0, 0))})
    with pytest.raises(CannotWeigh, match="differ in what they tell apart at Y"):
        trace([one, other])
