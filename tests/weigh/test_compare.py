"""The one comparison: against its twin, against hand arithmetic, and the laws any LR obeys."""

from __future__ import annotations

from itertools import combinations_with_replacement
from math import inf, isclose, log, log10

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.twins import compare as twin

from reopen.errors import CannotWeigh
from reopen.kernels.compare import same_person_lr, unrelated_given_each
from reopen.kernels.genotypes import probabilities
from reopen.records import (
    REST,
    Allele,
    AlleleFrequencies,
    GenotypeLikelihoods,
    Locus,
    LocusLikelihoods,
    Population,
    Reference,
    genotype,
)
from reopen.weigh.compare import (
    against_each_other,
    against_references,
    compare,
    contributors,
    genotype_numbers,
    locus_table,
    random_match_log10,
    reference_likelihoods,
)

X, Y, Z = Locus("X"), Locus("Y"), Locus("Z")
TABLE = {"10": 0.1, "11": 0.2, "12": 0.3, "13": 0.4}


def population(theta: float, **more: dict[str, float]) -> Population:
    tables = {X: TABLE, Y: {"7": 0.25, "8": 0.75}, **{Locus(k): v for k, v in more.items()}}
    frequencies = {k: {Allele(a): f for a, f in t.items()} for k, t in tables.items()}
    return Population(AlleleFrequencies("Invented", frequencies, ""), theta, minimum_frequency=0.01)


def person(name: str = "A", **typed: str) -> Reference:
    return Reference(name, {Locus(k): genotype(*v.split("/")) for k, v in typed.items()})


def known(name: str = "A", **typed: str) -> GenotypeLikelihoods:
    return reference_likelihoods(person(name, **typed))


# Hand-sized truths.


def test_a_homozygote_is_one_over_p_squared() -> None:
    assert isclose(compare(known(X="10/10"), known("B", X="10/10"), population(0)).log10, 2.0)


def test_a_heterozygote_is_one_over_2pq() -> None:
    found = compare(known(X="10/11"), known("B", X="11/10"), population(0))
    assert isclose(found.log10, log10(25))  # 1 / (2 x 0.1 x 0.2)


def test_loci_multiply() -> None:
    found = compare(known(X="10/10", Y="7/8"), known("B", X="10/10", Y="7/8"), population(0))
    assert isclose(found.per_locus[X], 2.0)
    assert isclose(found.per_locus[Y], log10(8 / 3))  # 1 / (2 x 0.25 x 0.75)
    assert isclose(found.log10, 2.0 + log10(8 / 3))


@pytest.mark.parametrize("theta", [0.01, 0.03, 0.3])
def test_nrc_4_10(theta: float) -> None:
    """NRC II 1996: 4.10a for a homozygote, 4.10b for a heterozygote; p = 0.1, q = 0.2."""
    p, q = (1 - theta) * 0.1, (1 - theta) * 0.2
    below = (1 + theta) * (1 + 2 * theta)
    homozygous = (2 * theta + p) * (3 * theta + p) / below
    heterozygous = 2 * (theta + p) * (theta + q) / below
    table = locus_table(X, population(theta), set())
    assert table is not None
    for typed, expected in (("10/10", homozygous), ("10/11", heterozygous)):
        found = compare(known(X=typed), known("B", X=typed), population(theta))
        assert isclose(found.log10, -log10(expected), rel_tol=1e-12)
        assert isclose(random_match_log10(genotype(*typed.split("/")), table), log10(expected))


def test_nrc_4_10_with_figures() -> None:
    """theta 0.03, p 0.1: (0.06 + 0.097)(0.09 + 0.097) / (1.03 x 1.06) = 0.029359 / 1.0918."""
    found = compare(known(X="10/10"), known("B", X="10/10"), population(0.03))
    assert isclose(10**-found.log10, 0.029359 / 1.0918, rel_tol=1e-12)


def test_two_different_people_are_excluded() -> None:
    found = compare(known(X="10/11", Y="7/7"), known("B", X="10/12", Y="7/7"), population(0.01))
    assert found.log10 == found.per_locus[X] == -inf
    assert found.per_locus[Y] > 0


def test_an_allele_that_nobody_counted_has_the_minimum_frequency() -> None:
    """0.01 beside a table that sums to 1: 0.01 / 1.01 of the whole."""
    found = compare(known(X="9/9"), known("B", X="9/9"), population(0))
    assert isclose(found.log10, 2 * log10(1.01 / 0.01))


def test_an_evidence_that_tells_half() -> None:
    """Allele 10 was seen, the second may be any: P = 1 - 0.9^2 for a random person; LR 1 / 0.19."""
    half = LocusLikelihoods((Allele("10"), REST), (0.0, 0.0, -inf))
    stain = GenotypeLikelihoods("S", {X: half})
    for typed in ("10/10", "10/13"):
        found = compare(stain, known(X=typed), population(0))
        assert isclose(found.log10, -log10(0.19), rel_tol=1e-12)
    assert compare(stain, known(X="11/13"), population(0)).log10 == -inf


# Against the twin.


def likelihoods(draw: st.DrawFn, labels: tuple[str, ...]) -> LocusLikelihoods:
    n = len(labels) * (len(labels) + 1) // 2
    ln = st.one_of(st.just(-inf), st.floats(-30, 0))
    values = draw(st.lists(ln, min_size=n, max_size=n).filter(lambda v: max(v) > -inf))
    return LocusLikelihoods(tuple(Allele(a) for a in labels), tuple(values))


@st.composite
def people(draw: st.DrawFn) -> GenotypeLikelihoods:
    """Somebody whose evidence tells some of the alleles apart."""
    apart = draw(st.lists(st.sampled_from(sorted(TABLE)), unique=True, max_size=3))
    return GenotypeLikelihoods("S", {X: likelihoods(draw, (*apart, REST))})


THETAS = st.sampled_from([0.0, 0.01, 0.03, 0.2])


@settings(deadline=None, max_examples=150)
@given(people(), people(), THETAS)
def test_compare_is_the_double_sum(
    one: GenotypeLikelihoods, other: GenotypeLikelihoods, theta: float
) -> None:
    found = compare(one, other, population(theta))
    v, w = (twin.value(person.by_locus[X]) for person in (one, other))
    expected = twin.same_person_lr(v, w, TABLE, theta)
    assert isclose(10**found.log10, expected, rel_tol=1e-9, abs_tol=1e-300)
    assert compare(other, one, population(theta)).log10 == found.log10


@settings(deadline=None, max_examples=80)
@given(people(), THETAS)
def test_against_references_is_the_comparison_with_each(
    stain: GenotypeLikelihoods, theta: float
) -> None:
    pop = population(theta)
    table = locus_table(X, pop, set())
    assert table is not None
    pairs = list(combinations_with_replacement(TABLE, 2))
    references = [person("/".join(pair), X="/".join(pair)) for pair in pairs]
    ready, refused = contributors([stain], {X: table})
    assert not refused
    row = against_references(ready, genotype_numbers(references, {X: table}))[0]
    v = twin.value(stain.by_locus[X])
    for reference, pair, value in zip(references, pairs, row, strict=True):
        given_g = twin.unrelated_given(pair, v, TABLE, theta)
        assert isclose(10**value, v(pair) / given_g, rel_tol=1e-9)
        assert isclose(
            value, compare(stain, reference_likelihoods(reference), pop).log10, abs_tol=1e-9
        )
        ceiling = -random_match_log10(reference.genotypes[X], table)
        assert value <= ceiling + 1e-9, "no LR passes 1 over the match probability"


@settings(deadline=None, max_examples=60)
@given(people(), THETAS)
def test_the_mean_over_people_who_did_not_is_one(stain: GenotypeLikelihoods, theta: float) -> None:
    """sum_g P(g | evidence, unrelated) LR(g) = 1, whatever the evidence says."""
    v = twin.value(stain.by_locus[X])
    pairs = list(combinations_with_replacement(TABLE, 2))
    weight = [
        twin.probability(g, twin.Counter(), TABLE, theta) * twin.unrelated_given(g, v, TABLE, theta)
        for g in pairs
    ]
    ratios = [10 ** compare(stain, known(X="/".join(g)), population(theta)).log10 for g in pairs]
    mean = sum(w * lr for w, lr in zip(weight, ratios, strict=True)) / sum(weight)
    assert isclose(mean, 1.0, rel_tol=1e-9)


@pytest.mark.parametrize("theta", [0.0, 0.02, 0.5])
@pytest.mark.parametrize("n", [1, 2, 5])
def test_kernels_take_many_at_once(n: int, theta: float) -> None:
    rng = np.random.default_rng(n)
    frequency = rng.dirichlet(np.ones(n))
    names = [str(k) for k in range(n)]
    pairs = list(combinations_with_replacement(names, 2))
    table = dict(zip(names, frequency, strict=True))
    one, other = rng.random((3, len(pairs))), rng.random((4, len(pairs)))
    chance = unrelated_given_each(other, frequency, theta)
    ratio = same_person_lr(one, other, chance, probabilities(frequency, theta))
    assert ratio.shape == (3, 4)
    values = [[dict(zip(pairs, row, strict=True)).__getitem__ for row in rows]
              for rows in (one, other)]  # fmt: skip
    for i, v in enumerate(values[0]):
        for j, w in enumerate(values[1]):
            assert isclose(ratio[i, j], twin.same_person_lr(v, w, table, theta), rel_tol=1e-11)
            for g, pair in enumerate(pairs):
                assert isclose(
                    chance[j, g], twin.unrelated_given(pair, w, table, theta), rel_tol=1e-11
                )
    certain = unrelated_given_each(np.ones((1, len(pairs))), frequency, theta)
    np.testing.assert_allclose(certain, 1.0, rtol=1e-12)  # some genotype it must be


# Order, gaps, and what is refused.


def crowd(*found: GenotypeLikelihoods, loci: tuple[Locus, ...] = (X, Y)) -> np.ndarray:
    tables = {locus: locus_table(locus, population(0.02), set()) for locus in loci}
    ready, _ = contributors(found, {k: t for k, t in tables.items() if t is not None})
    return against_each_other(ready)[0]


def test_the_order_of_people_and_loci_does_not_matter() -> None:
    a, b = known("a", X="10/11", Y="7/8"), known("b", X="10/11", Y="7/8")
    c = GenotypeLikelihoods("c", {Y: LocusLikelihoods((Allele("8"), REST), (0.0, -1.0, -3.0))})
    forward = crowd(a, b, c)
    assert (forward == forward.T).all()
    backward = crowd(c, b, a, loci=(Y, X))[::-1, ::-1]
    np.testing.assert_allclose(forward, backward, rtol=1e-13)


def test_the_order_of_alleles_told_apart_does_not_matter() -> None:
    one = LocusLikelihoods((Allele("10"), Allele("12"), REST), (-1.0, -2.0, -3.0, -4.0, -5.0, 0.0))
    two = LocusLikelihoods((Allele("12"), Allele("10"), REST), (-4.0, -2.0, -5.0, -1.0, -3.0, 0.0))
    other = known(X="10/13")
    first, second = (
        compare(GenotypeLikelihoods("S", {X: v}), other, population(0.01)).log10 for v in (one, two)
    )
    assert first == second


def test_rest_is_every_other_allele() -> None:
    """Naming an allele that the evidence does not tell apart changes nothing."""
    lumped = LocusLikelihoods((Allele("10"), REST), (-1.0, -0.5, 0.0))
    spelt = LocusLikelihoods((Allele("10"), Allele("11"), REST), (-1.0, -0.5, -0.5, 0.0, 0.0, 0.0))
    for other in (known(X="10/11"), known(X="11/12"), known(X="9/10")):
        one, two = (
            compare(GenotypeLikelihoods("S", {X: v}), other, population(0.02)).log10
            for v in (lumped, spelt)
        )
        assert isclose(one, two, rel_tol=1e-12)


def test_without_rest_every_allele_of_the_population_is_named() -> None:
    only = LocusLikelihoods((Allele("7"), Allele("8")), (0.0, -1.0, -2.0))
    stain = GenotypeLikelihoods("S", {Y: only})
    assert compare(stain, known(Y="7/8"), population(0.01)).per_locus.keys() == {Y}
    table = locus_table(Y, population(0.01), {Allele("9")})
    assert table is not None
    ready, refused = contributors([stain], {Y: table})
    assert [r.what for r in refused] == ["S Y"]
    assert "cannot be told apart" in refused[0].reason
    assert not ready.present[Y].any()


def test_a_locus_without_data_adds_zero() -> None:
    a, b = known("a", X="10/11"), known("b", X="10/11", Y="7/7")
    alone = compare(a, known("b", X="10/11"), population(0.01))
    found = compare(a, b, population(0.01))
    assert found.per_locus.keys() == {X}
    assert found.log10 == alone.log10
    silent = LocusLikelihoods((REST,), (0.0,))
    told = GenotypeLikelihoods("a", {**a.by_locus, Y: silent})
    assert isclose(compare(told, b, population(0.01)).per_locus[Y], 0.0, abs_tol=1e-12)


def test_no_locus_in_common_is_zero() -> None:
    assert compare(known(X="10/11"), known("b", Y="7/8"), population(0.01)).log10 == 0.0


def test_loci_that_the_population_lacks_are_listed() -> None:
    ready, refused = contributors([known(X="10/11", Z="1/2")], {})
    assert [r.what for r in refused] == ["A X", "A Z"]
    assert {r.reason for r in refused} == {"the population has no frequencies at this locus"}
    assert ready.owners == ("A",)
    assert locus_table(Z, population(0.01), set()) is None


def test_references_that_are_not_typed_or_tri_allelic_count_nothing() -> None:
    table = locus_table(X, population(0.01), set())
    assert table is not None
    three = person("three", X="10/11/12")
    assert reference_likelihoods(three).loci == ()
    ready, _ = contributors([known(X="10/11")], {X: table})
    numbers = genotype_numbers([person("none"), three, person(X="10/11")], {X: table})
    row = against_references(ready, numbers)[0]
    assert row[0] == row[1] == 0.0
    assert row[2] > 0


def test_an_allele_outside_the_table_is_refused_by_name() -> None:
    table = locus_table(X, population(0.01), set())
    assert table is not None
    with pytest.raises(CannotWeigh, match="Allele 9 of A is not in the table of X"):
        genotype_numbers([person(X="9/10")], {X: table})


def test_a_table_of_a_search_sums_to_one_and_names_all_it_met() -> None:
    table = locus_table(X, population(0.01), {Allele("9.3"), Allele("10")})
    assert table is not None
    assert table.alleles == ("9.3", "10", "11", "12", "13")
    np.testing.assert_allclose(table.frequency, np.array([0.01, 0.1, 0.2, 0.3, 0.4]) / 1.01)
    assert isclose(table.prior.sum(), 1.0)


def test_nearly_the_same_evidence_gives_nearly_the_same_number() -> None:
    def found(shift: float) -> float:
        v = LocusLikelihoods((Allele("10"), REST), (-0.1, -0.2 + shift, -5.0))
        return compare(GenotypeLikelihoods("S", {X: v}), known(X="10/12"), population(0.01)).log10

    assert abs(found(1e-9) - found(0.0)) < 2e-9 / log(10)
