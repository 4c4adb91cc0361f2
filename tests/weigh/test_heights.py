"""Expected heights with their intervals: by hand, against the posterior mean, and covering."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import gamma

from reopen.formats import library
from reopen.records import (
    FULL_SIBLINGS,
    UNKNOWN,
    AlleleFrequencies,
    Contributor,
    Locus,
    Peak,
    Population,
    Proposition,
    Reference,
    Replicate,
    Stain,
    allele,
    alleles,
    genotype,
    proposition,
)
from reopen.weigh.deconvolve import deconvolve, expected_doses
from reopen.weigh.encode import encode
from reopen.weigh.evaluate import expected_heights
from reopen.weigh.fit import given
from reopen.weigh.heights import expected_height_ranges
from reopen.weigh.mixture import MixtureLikelihood
from reopen.weigh.model import PeakModel, PeakParameters
from reopen.weigh.number import Fitted
from reopen.weigh.simulate import draw_references, draw_stain
from reopen.weigh.stutter import Stutter

TH01 = Locus("TH01")
PLAIN = PeakModel(degradation=False, stutter=Stutter(back=False))
POPULATION = Population(
    AlleleFrequencies("invented", {TH01: dict.fromkeys(alleles(["6", "7", "8", "9"]), 0.25)}, "")
)


def test_a_known_persons_peaks_have_the_gamma_law() -> None:
    person = Reference("P", {TH01: genotype("6", "8")})
    peaks = (Peak(allele("6"), 400.0), Peak(allele("8"), 900.0))
    stain = Stain("S", (Replicate("1", {TH01: peaks}),))
    parameters = PeakParameters((1.0,), height_rfu=600.0, variability=0.5)
    likelihood = MixtureLikelihood(encode(stain, proposition(person), POPULATION, None, PLAIN))
    law = gamma(4.0, scale=150.0)  # 1 / 0.5^2, 600 * 0.5^2
    found = expected_height_ranges(likelihood, parameters)
    assert found.keys() == {(TH01, allele("6")), (TH01, allele("8"))}
    for height in found.values():
        assert height.mean_rfu == pytest.approx(600.0)
        assert height.low_rfu == pytest.approx(law.ppf(0.025), rel=1e-6)
        assert height.high_rfu == pytest.approx(law.ppf(0.975), rel=1e-6)


def test_a_peak_of_nobody_is_expected_to_have_no_height() -> None:
    person = Reference("P", {TH01: genotype("6", "6")})
    stain = Stain("S", (Replicate("1", {TH01: (Peak(allele("8"), 90.0),)}),))
    parameters = PeakParameters((1.0,), height_rfu=600.0, variability=0.5)
    likelihood = MixtureLikelihood(encode(stain, proposition(person), POPULATION, None, PLAIN))
    height = expected_height_ranges(likelihood, parameters)[TH01, allele("8")]
    assert (height.mean_rfu, height.low_rfu, height.high_rfu) == (0.0, 0.0, 0.0)


def test_the_mean_is_the_posterior_mean() -> None:
    """Heights are linear in copies, so expected copies give the same: another way to it."""
    rng = np.random.default_rng(4)
    population = Population(library.population("nist1036-cauc"))
    kit = library.kit("SGM Plus")
    people = draw_references(rng, population, ["A", "B"])
    parameters = PeakParameters((0.7, 0.3), 800.0, 0.3, 0.85, 0.07)
    stain = draw_stain(rng, people, population, kit, parameters, id="S")
    likelihood = MixtureLikelihood(
        encode(stain, proposition(unknowns=2), population, kit, PeakModel())
    )
    fit = given(likelihood, parameters)
    doses = expected_doses(deconvolve(likelihood, parameters, fit))
    expected = expected_heights(Fitted(likelihood, parameters, fit), doses)
    found = expected_height_ranges(likelihood, parameters)
    assert len(found) > 40
    for place, height in found.items():
        assert height.mean_rfu == pytest.approx(expected[place], rel=1e-6, abs=1e-6)
        assert height.low_rfu <= height.mean_rfu * (1 + 1e-9)


def test_intervals_cover_another_amplification() -> None:
    rng = np.random.default_rng(6)
    population = Population(library.population("nist1036-cauc"))
    kit = library.kit("SGM Plus")
    parameters = PeakParameters((0.7, 0.3), 1500.0, 0.25, 0.9, 0.06)
    inside = seen = 0
    for k in range(12):
        people = draw_references(rng, population, [f"A{k}", f"B{k}"])
        both = draw_stain(rng, people, population, kit, parameters, id="S", replicates=2)
        first, second = both.replicates
        encoded = encode(
            Stain("S", (first,), kit.name), proposition(unknowns=2), population, kit, PeakModel()
        )
        found = expected_height_ranges(MixtureLikelihood(encoded), parameters)
        for locus, peaks in second.peaks.items():
            heights = {p.allele: p.height_rfu or 0.0 for p in peaks}
            for peak in first.peaks[locus]:
                height = heights.get(peak.allele, 0.0)
                at = found[locus, peak.allele]
                low = at.low_rfu if at.low_rfu >= 50 else 0.0  # below the threshold nothing is seen
                inside += low <= height <= max(at.high_rfu, 50.0)
                seen += 1
    assert inside / seen == pytest.approx(0.95, abs=3.5 * (0.95 * 0.05 / seen) ** 0.5 + 0.01)


def test_a_related_contributor_is_no_obstacle() -> None:
    """Full siblings: the mixture over what is shared by descent; at most all of the height."""
    relative = Reference("R", {TH01: genotype("6", "8")})
    peaks = (Peak(allele("6"), 600.0), Peak(allele("8"), 600.0))
    stain = Stain("S", (Replicate("1", {TH01: peaks}),))
    side = Proposition((UNKNOWN, Contributor(None, FULL_SIBLINGS, relative)))
    likelihood = MixtureLikelihood(encode(stain, side, POPULATION, None, PLAIN))
    parameters = PeakParameters((0.5, 0.5), height_rfu=600.0, variability=0.3)
    found = expected_height_ranges(likelihood, parameters)
    total = sum(height.mean_rfu for height in found.values())
    assert 600.0 < total <= 1200.0 + 1e-6
