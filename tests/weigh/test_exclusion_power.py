"""Power of typing people: published examples, formulas, and sums over everybody's genotypes."""

from __future__ import annotations

from itertools import combinations_with_replacement, product
from math import inf

import numpy as np
import pytest
from tests.twins import pedigree as twin

from reopen.errors import CannotWeigh
from reopen.records import (
    AlleleFrequencies,
    KinshipModel,
    Locus,
    Member,
    Mutation,
    MutationKind,
    MutationModel,
    Pedigree,
    Population,
    Reference,
    Sex,
    alleles,
    genotype,
)
from reopen.weigh.exclusion_power import exclusion_power, expected_ratio, mismatches

F, M = Sex.FEMALE, Sex.MALE
L, X = Locus("D1S1"), Locus("DXS1")
MOTHER = Pedigree((Member("NN", M), Member("A", F), Member("B", F, "NN", "A")), "mother")
SISTERS = Pedigree(
    (Member("1", M), Member("2", F), Member("A", F, "1", "2"), Member("B", F, "1", "2")), "sisters"
)
STRANGERS = Pedigree((Member("A", F), Member("B", F)), "unrelated")


def population(*p: float, locus: Locus = L, theta: float = 0.0) -> Population:
    labels = alleles([str(8 + k) for k in range(len(p))])
    table = {locus: dict(zip(labels, p, strict=True))}
    return Population(AlleleFrequencies("a test", table, "invented"), theta=theta)


@pytest.mark.parametrize(("p", "printed"), [((0.9, 0.1), 0.00405), ((0.7, 0.1, 0.1, 0.1), 0.03090)])
def test_sisters_claimed_to_be_mother_and_daughter(p: tuple[float, ...], printed: float) -> None:
    """Egeland, Pinto and Vigeland 2014: printed."""
    found = exclusion_power(MOTHER, SISTERS, ["A", "B"], population(*p), KinshipModel())
    assert found.by_locus[L] == pytest.approx(printed, abs=1e-12)
    assert (found.total, found.expected_mismatches) == pytest.approx((printed, printed))


def test_children_of_half_siblings_claimed_to_be_mother_and_daughter() -> None:
    """The same paper, with an inbred truth."""
    truth = Pedigree(
        (
            Member("1", F), Member("2", M), Member("3", F), Member("4", M, "2", "1"),
            Member("5", F, "2", "3"), Member("A", F, "4", "5"), Member("B", F, "4", "5"),
        )
    )  # fmt: skip
    found = exclusion_power(MOTHER, truth, ["A", "B"], population(0.9, 0.1), KinshipModel())
    assert found.total == pytest.approx(0.00765, abs=1e-12)


def test_an_unrelated_man_is_excluded_as_father_as_textbooks_say() -> None:
    """With two alleles: p q (1 - p q) where mother and child are typed in the mean (Weir 1996)."""
    p, q = 0.7, 0.3
    trio = (Member("father", M), Member("mother", F))
    claim = Pedigree((*trio, Member("child", F, "father", "mother")), "claim")
    other = Member("other", M)
    truth = Pedigree((*trio, other, Member("child", F, "other", "mother")), "truth")
    ids = ["father", "mother", "child"]
    found = exclusion_power(claim, truth, ids, population(p, q), KinshipModel())
    assert found.total == pytest.approx(p * q * (1 - p * q), abs=1e-12)


def test_mutation_makes_no_difference_to_exclusions() -> None:
    mutating = KinshipModel(mutation=Mutation(MutationModel(MutationKind.EQUAL, 0.01)))
    at = population(0.7, 0.1, 0.1, 0.1)
    found = exclusion_power(MOTHER, SISTERS, ["A", "B"], at, mutating)
    assert found.total == pytest.approx(0.03090, abs=1e-12)


@pytest.mark.parametrize("theta", [0.0, 0.03])
@pytest.mark.parametrize("typed", [{}, {"2": ("8", "9")}])
def test_against_sums_over_everybody(theta: float, typed: dict[str, tuple[str, str]]) -> None:
    """Every genotype of both, under the truth and under the claim, one by one."""
    p = (0.5, 0.3, 0.2)
    at = population(*p, theta=theta)
    claim = Pedigree((*MOTHER.members, *(Member(id, F) for id in typed)), "claim")
    profiles = {id: Reference(id, {L: genotype(*pair)}) for id, pair in typed.items()}
    ours = exclusion_power(claim, SISTERS, ["A", "B"], at, KinshipModel(), profiles=profiles)
    still = {a: {b: float(a == b) for b in ["8", "9", "10"]} for a in ["8", "9", "10"]}
    locus = twin.Locus(dict(zip(("8", "9", "10"), p, strict=True)), still, still, theta)

    def seen(pair: tuple[str, str]) -> twin.Observe:
        return lambda has: float(sorted(has) == sorted(pair))

    known = {id: seen(pair) for id, pair in typed.items()}
    everything = twin.likelihood(SISTERS, locus, known)
    total = 0.0
    for a, b in product(combinations_with_replacement(("8", "9", "10"), 2), repeat=2):
        observed = {**known, "A": seen(a), "B": seen(b)}
        if twin.likelihood(claim, locus, observed) == 0:
            total += twin.likelihood(SISTERS, locus, observed) / everything
    assert ours.total == pytest.approx(total, abs=1e-12)


def test_a_man_on_x_has_one_allele() -> None:
    """Father and daughter claimed, unrelated in truth: excluded if she has none of his allele."""
    claim = Pedigree((Member("f", M), Member("m", F), Member("d", F, "f", "m")), "father")
    truth = Pedigree((Member("f", M), Member("d", F)), "unrelated")
    model = KinshipModel(x_linked=frozenset({X}))
    p = (0.6, 0.3, 0.1)
    found = exclusion_power(claim, truth, ["f", "d"], population(*p, locus=X), model)
    assert found.by_locus[X] == pytest.approx(sum(q * (1 - q) ** 2 for q in p))
    with pytest.raises(CannotWeigh, match="same sex"):
        exclusion_power(MOTHER, Pedigree((Member("A", M), Member("B", F))), ["A", "B"],
                        population(*p, locus=X), model)  # fmt: skip


def test_expected_ratio_of_a_child() -> None:
    """forrel's documentation: 1 / (8 p q) + 1 / 2, and 1 / (8 p q) + 1 / (4 p^2) with a father."""
    p, q = 0.9, 0.1
    parents = (Member("fa", M), Member("mo", F))
    child = Pedigree((*parents, Member("ch", M, "fa", "mo")), "child")
    stranger = Pedigree((*parents, Member("ch", M)), "stranger")
    mother = {"mo": Reference("mo", {L: genotype("8", "9")})}
    both = {**mother, "fa": Reference("fa", {L: genotype("8", "8")})}
    for profiles, expected in (
        (mother, 1 / (8 * p * q) + 1 / 2),
        (both, 1 / (8 * p * q) + 1 / (4 * p * p)),
    ):
        found = expected_ratio(
            child, stranger, ["ch"], population(p, q), KinshipModel(), profiles=profiles
        )
        assert found.total == pytest.approx(expected, rel=1e-12)
        assert found.log10 > 0


def test_the_mean_ratio_is_one_if_the_denominator_is_true() -> None:
    found = expected_ratio(
        SISTERS, STRANGERS, ["A", "B"], population(0.5, 0.3, 0.2), KinshipModel(), truth=STRANGERS
    )
    assert found.total == pytest.approx(1)
    assert found.log10 < 0


def test_infinite_means_are_said_to_be_so() -> None:
    found = expected_ratio(STRANGERS, MOTHER, ["A", "B"], population(0.5, 0.3, 0.2), KinshipModel())
    assert found.total == found.log10 == inf
    back = expected_ratio(
        MOTHER, STRANGERS, ["A", "B"], population(0.5, 0.3, 0.2), KinshipModel(), truth=STRANGERS
    )
    assert back.total == pytest.approx(1)
    assert back.log10 == -inf


def test_counts_of_mismatches() -> None:
    """Two loci at 0.5 and 0.2: none 0.4, one 0.5, both 0.1."""
    assert mismatches([0.5, 0.2]) == pytest.approx((0.4, 0.5, 0.1))
    assert mismatches([]) == (1.0,)
    assert np.sum(mismatches(np.linspace(0.1, 0.9, 30).tolist())) == pytest.approx(1)


def test_what_is_known_and_contradicts_the_claim_is_listed() -> None:
    profiles = {"A": Reference("A", {L: genotype("8", "8")}),
                "B": Reference("B", {L: genotype("9", "9")})}  # fmt: skip
    claim = Pedigree((*MOTHER.members, Member("C", F, "NN", "A")), "mother of both")
    truth = Pedigree((*STRANGERS.members, Member("C", F)), "unrelated")
    found = exclusion_power(claim, truth, ["C"], population(0.5, 0.5), KinshipModel(),
                            profiles=profiles)  # fmt: skip
    assert not found.by_locus
    (left,) = found.not_weighed
    assert left.what == L
    assert "contradicts mother of both already" in left.reason


def test_people_who_cannot_be_typed_are_named() -> None:
    at = population(0.5, 0.5)
    with pytest.raises(CannotWeigh, match="NN is not in sisters"):
        exclusion_power(MOTHER, SISTERS, ["NN"], at, KinshipModel())
    with pytest.raises(CannotWeigh, match="none"):
        exclusion_power(MOTHER, SISTERS, [], at, KinshipModel())
    with pytest.raises(CannotWeigh, match="A has a profile"):
        exclusion_power(MOTHER, SISTERS, ["A"], at, KinshipModel(),
                        profiles={"A": Reference("A", {L: genotype("8", "8")})})  # fmt: skip
