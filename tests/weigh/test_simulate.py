"""The simulator against the model's formulas, worked out by hand.

Tolerances are five standard errors of the estimate under the stated law, so that a right simulator
fails about once in a million seeds; the seeds are fixed.
"""

from __future__ import annotations

from math import exp, sqrt

import numpy as np
import pytest

from reopen.errors import CannotWeigh, InvalidRecord
from reopen.records import (
    Allele,
    AlleleFrequencies,
    Kit,
    Locus,
    Marker,
    Population,
    Purpose,
    Reference,
    Stain,
    genotype,
)
from reopen.weigh.model import Dropin, PeakModel, PeakParameters
from reopen.weigh.simulate import (
    draw_child,
    draw_family,
    draw_reference,
    draw_references,
    draw_stain,
)

SHORT, LONG, SNP, TEXT = Locus("SHORT"), Locus("LONG"), Locus("SNP"), Locus("AMEL")
N = 6_000


def sizes(first: float) -> dict[Allele, float]:
    return {Allele(str(repeats)): first + 4.0 * (repeats - 10) for repeats in range(5, 21)}


# Allele 10 of SHORT lies at 125 bp (d = 1), of LONG at 325 bp (d = beta squared).
KIT = Kit(
    "Test kit",
    (
        Marker(SHORT, "blue", sizes(125.0)),
        Marker(LONG, "blue", sizes(325.0)),
        Marker(SNP, "green", {Allele("A"): 125.0, Allele("G"): 125.0}),
        Marker(TEXT, "red", {Allele("X"): 104.0, Allele("Y"): 110.0}, kind="sex"),
    ),
    source="invented",
)
POPULATION = Population(
    AlleleFrequencies(
        "Test people",
        {
            SHORT: {Allele("10"): 0.2, Allele("12"): 0.3, Allele("14"): 0.5},
            LONG: {Allele("10"): 0.5, Allele("12"): 0.25, Allele("9.3"): 0.25},
            SNP: {Allele("A"): 0.5, Allele("G"): 0.5},
            TEXT: {Allele("X"): 0.75, Allele("Y"): 0.25},
        },
        source="invented",
    )
)
CLEAN = PeakModel(threshold_rfu=0.001, dropin=Dropin(0.0))
HOMOZYGOUS = Reference(
    "A",
    {
        SHORT: genotype("10", "10"),
        LONG: genotype("10", "10"),
        SNP: genotype("A", "A"),
    },
)
HETEROZYGOUS = Reference(
    "B",
    {
        SHORT: genotype("12", "14"),
        LONG: genotype("9.3", "12"),
        SNP: genotype("A", "G"),
    },
)


def heights(stain: Stain, locus: Locus, label: str) -> np.ndarray:
    """Height of an allele in each replicate, 0 where there is no peak."""
    found = [
        next((p.height_rfu for p in r.peaks[locus] if p.allele == label), 0.0)
        for r in stain.replicates
    ]
    return np.array(found)


def assert_gamma(sample: np.ndarray, mean: float, cv: float) -> None:
    """Mean and coefficient of variation of Gamma(1/cv^2, mean cv^2)."""
    assert abs(sample.mean() - mean) < 5 * mean * cv / sqrt(len(sample))
    # Standard error of a variance: sqrt((kurtosis - 1) / n), and a gamma's kurtosis is 3 + 6 cv^2.
    error = sqrt((2 + 6 * cv**2) / len(sample))
    assert abs(sample.var() / (mean * cv) ** 2 - 1) < 5 * error


def test_heights_of_one_person_follow_mu_n_d_and_omega_over_root_n_d() -> None:
    parameters = PeakParameters((1.0,), height_rfu=800.0, variability=0.3, degradation=0.7)
    stain = draw_stain(
        np.random.default_rng(1), [HOMOZYGOUS], POPULATION, KIT, parameters, CLEAN,
        id="S", replicates=N,
    )  # fmt: skip
    # n = 2 copies; d = 1 at 125 bp and 0.7 ** 2 = 0.49 at 325 bp.
    assert_gamma(heights(stain, SHORT, "10"), 1600.0, 0.3 / sqrt(2))
    assert_gamma(heights(stain, LONG, "10"), 800 * 2 * 0.49, 0.3 / sqrt(0.98))


def test_heights_of_a_mixture_add_up() -> None:
    parameters = PeakParameters((0.8, 0.2), height_rfu=1000.0, variability=0.2)
    stain = draw_stain(
        np.random.default_rng(2), [HOMOZYGOUS, HETEROZYGOUS], POPULATION, KIT, parameters, CLEAN,
        id="S", replicates=N,
    )  # fmt: skip
    assert_gamma(heights(stain, SNP, "A"), 1000 * (2 * 0.8 + 0.2), 0.2 / sqrt(1.8))
    assert_gamma(heights(stain, SNP, "G"), 1000 * 0.2, 0.2 / sqrt(0.2))


def test_stutter_is_inside_the_shapes() -> None:
    parameters = PeakParameters(
        (1.0,), height_rfu=1000.0, variability=0.25, degradation=0.8,
        back_stutter=0.08, forward_stutter=0.02,
    )  # fmt: skip
    stain = draw_stain(
        np.random.default_rng(3), [HETEROZYGOUS], POPULATION, KIT, parameters, CLEAN,
        id="S", replicates=N,
    )  # fmt: skip
    d12, d14 = 0.8 ** (8 / 100), 0.8 ** (16 / 100)  # alleles of 133 and 141 bp
    expected = {
        "11": 0.08 * d12,
        "12": 0.90 * d12,
        "13": 0.02 * d12 + 0.08 * d14,  # between its parents, and reached by both
        "14": 0.90 * d14,
        "15": 0.02 * d14,
    }
    for label, share in expected.items():
        assert_gamma(heights(stain, SHORT, label), 1000 * share, 0.25 / sqrt(share))
    assert heights(stain, LONG, "8.3").any()  # whole repeats: 9.3 stutters to 8.3
    assert_gamma(heights(stain, SNP, "A"), 1000.0, 0.25)  # text alleles keep their whole height
    seen = {p.allele for r in stain.replicates for p in r.peaks[SNP]}
    assert seen == {"A", "G"}


def test_peaks_below_the_threshold_drop_out_as_often_as_the_gamma_law_says() -> None:
    # omega = 1 and one copy: heights are exponential, so P(below 100) = 1 - exp(-100 / 200).
    parameters = PeakParameters((1.0,), height_rfu=200.0, variability=1.0)
    model = PeakModel(threshold_rfu=100.0, dropin=Dropin(0.0))
    stain = draw_stain(
        np.random.default_rng(4), [HETEROZYGOUS], POPULATION, KIT, parameters, model,
        id="S", replicates=N,
    )  # fmt: skip
    drawn = heights(stain, SHORT, "12")
    assert min(height for height in drawn if height) >= 100.0
    gone = 1 - exp(-0.5)
    assert abs(np.mean(drawn == 0) - gone) < 5 * sqrt(gone * (1 - gone) / N)
    assert all(SHORT in r.peaks for r in stain.replicates), "typed, even without a peak"


def test_dropin_comes_as_often_and_as_high_as_stated() -> None:
    parameters = PeakParameters((1.0,), height_rfu=5000.0, variability=0.1)
    model = PeakModel(threshold_rfu=50.0, dropin=Dropin(0.1, 0.02))
    stain = draw_stain(
        np.random.default_rng(5), [HOMOZYGOUS], POPULATION, KIT, parameters, model,
        id="S", replicates=N,
    )  # fmt: skip
    drawn = heights(stain, SHORT, "14")  # not this person's; frequency 0.5
    share = 0.1 * 0.5
    assert abs(np.mean(drawn > 0) - share) < 5 * sqrt(share * (1 - share) / N)
    above = drawn[drawn > 0] - 50.0
    assert above.min() > 0
    assert_gamma(above, 50.0, 1.0)  # exponential: a gamma of shape 1


def test_only_autosomal_loci_of_the_population_are_typed() -> None:
    no_snp = {k: v for k, v in POPULATION.frequencies.by_locus.items() if k != SNP}
    smaller = Population(AlleleFrequencies("Smaller", no_snp, source="invented"))
    parameters = PeakParameters((1.0,), height_rfu=1000.0, variability=0.2)
    stain = draw_stain(
        np.random.default_rng(6), [HOMOZYGOUS], smaller, KIT, parameters, CLEAN, id="S", case="C"
    )
    assert stain.loci == (SHORT, LONG)
    assert (stain.id, stain.case, stain.kit) == ("S", "C", "Test kit")
    assert [p.size_bp for p in stain.replicates[0].peaks[LONG]] == [325.0]


def test_a_third_allele_is_one_more_copy() -> None:
    person = Reference("T", dict(HETEROZYGOUS.genotypes) | {SHORT: genotype("10", "12", "14")})
    parameters = PeakParameters((1.0,), height_rfu=1000.0, variability=0.2)
    stain = draw_stain(
        np.random.default_rng(7), [person], POPULATION, KIT, parameters, CLEAN,
        id="S", replicates=N,
    )  # fmt: skip
    for label in ("10", "12", "14"):
        assert_gamma(heights(stain, SHORT, label), 1000.0, 0.2)


def test_the_same_seed_gives_the_same_stain_whoever_is_named_first() -> None:
    model = PeakModel(threshold_rfu=30.0, dropin=Dropin(0.3))

    def drawn(seed: int, *people: Reference, shares: tuple[float, ...]) -> Stain:
        parameters = PeakParameters(shares, 300.0, 0.3, 0.8, 0.07)
        rng = np.random.default_rng(seed)
        return draw_stain(rng, people, POPULATION, KIT, parameters, model, id="S")

    first = drawn(8, HOMOZYGOUS, HETEROZYGOUS, shares=(0.75, 0.25))
    assert first == drawn(8, HOMOZYGOUS, HETEROZYGOUS, shares=(0.75, 0.25))
    assert first == drawn(8, HETEROZYGOUS, HOMOZYGOUS, shares=(0.25, 0.75))
    assert first != drawn(9, HOMOZYGOUS, HETEROZYGOUS, shares=(0.75, 0.25))


def test_people_follow_hardy_weinberg() -> None:
    people = draw_references(np.random.default_rng(10), POPULATION, [str(i) for i in range(N)])
    share = np.mean([p.genotypes[SHORT] == genotype("12", "14") for p in people])
    expected = 2 * 0.3 * 0.5
    assert abs(share - expected) < 5 * sqrt(expected * (1 - expected) / N)
    homozygous = np.mean([p.genotypes[SHORT].is_homozygous for p in people])
    expected = 0.2**2 + 0.3**2 + 0.5**2
    assert abs(homozygous - expected) < 5 * sqrt(expected * (1 - expected) / N)


def test_a_table_that_does_not_sum_to_one_is_rescaled_and_bins_are_left_out() -> None:
    table = {SHORT: {Allele("10"): 0.3, Allele("11"): 0.3, Allele(">27"): 0.1}}
    population = Population(AlleleFrequencies("Binned", table, source="invented"))
    people = draw_references(np.random.default_rng(11), population, [str(i) for i in range(N)])
    labels = [label for p in people for label in p.genotypes[SHORT].alleles]
    assert set(labels) == {"10", "11"}
    assert abs(labels.count(Allele("10")) / (2 * N) - 0.5) < 5 * sqrt(0.25 / (2 * N))


def test_full_siblings_share_alleles_by_descent_as_1_2_1() -> None:
    """Parents with four different alleles make descent visible: 1/4, 1/2, 1/4 (Thompson 1975)."""
    father = Reference("F", {SHORT: genotype("10", "11")})
    mother = Reference("M", {SHORT: genotype("12", "13")})
    rng = np.random.default_rng(12)
    shared = [0, 0, 0]
    for _ in range(N):
        one, other = (draw_child(rng, father, mother, name).genotypes[SHORT] for name in "ab")
        shared[len(set(one.alleles) & set(other.alleles))] += 1
    for count, expected in zip(shared, (0.25, 0.5, 0.25), strict=True):
        assert abs(count / N - expected) < 5 * sqrt(expected * (1 - expected) / N)


def test_a_family_has_parents_and_children_of_their_alleles() -> None:
    family = draw_family(np.random.default_rng(13), POPULATION, "F", "M", ["one", "two"])
    assert [child.id for child in family.children] == ["one", "two"]
    for child in family.children:
        assert child.purpose is Purpose.FAMILY
        for locus in POPULATION.frequencies.loci:
            a, b = child.genotypes[locus].pair
            his = family.father.genotypes[locus].alleles
            hers = family.mother.genotypes[locus].alleles
            assert (a in his and b in hers) or (b in his and a in hers)


def test_what_cannot_be_drawn_is_refused() -> None:
    rng = np.random.default_rng(14)
    with pytest.raises(CannotWeigh, match="has no frequencies at D1S1656"):
        draw_reference(rng, POPULATION, "A", loci=[Locus("D1S1656")])
    with pytest.raises(CannotWeigh, match="half has no genotype at LONG"):
        draw_stain(
            rng, [Reference("half", {SHORT: genotype("10", "12")})], POPULATION, KIT,
            PeakParameters((1.0,), 500.0, 0.2), id="S",
        )  # fmt: skip
    with pytest.raises(InvalidRecord, match="1 contributors, 2 proportions"):
        draw_stain(
            rng, [HOMOZYGOUS], POPULATION, KIT, PeakParameters((0.5, 0.5), 500.0, 0.2), id="S"
        )
