"""Standard errors of a fit: against the observed information on the natural scale, and by name."""

from __future__ import annotations

import numpy as np
import pytest
from tests.weigh.test_fit import LOCI, MODEL, PLAIN, drawn, likelihood

from reopen.records import Peak, Reference, Replicate, Stain, genotype, proposition
from reopen.weigh.curvature import ALONE, FLAT, NO_SHARE, curvature, hessian
from reopen.weigh.fit import fit
from reopen.weigh.model import PeakParameters


def test_a_hessian_of_a_quadratic() -> None:
    matrix = np.array([[2.0, 0.5], [0.5, 3.0]])
    found = hessian(lambda x: matrix @ x, np.array([1.0, -2.0]))
    assert found == pytest.approx(matrix, abs=1e-9)


def test_errors_are_those_of_the_observed_information() -> None:
    """At a maximum the delta method and the natural scale's own second derivatives agree."""
    stain, _ = drawn(2, 0.7, 0.3)
    fitted = likelihood(stain, proposition(unknowns=2), PLAIN)
    best, _ = fit(fitted, PLAIN)
    found = curvature(fitted, PLAIN, best)
    values = np.array([best.proportions[0], best.height_rfu, best.variability])
    steps = np.diag(values * 1e-3)

    def at(v: np.ndarray) -> float:
        return fitted.ln_likelihood(PeakParameters((v[0], 1 - v[0]), v[1], v[2]))

    second = np.array(
        [
            [
                (at(values + a + b) - at(values + a - b) - at(values - a + b) + at(values - a - b))
                / (4 * a.sum() * b.sum())
                for b in steps
            ]
            for a in steps
        ]
    )
    covariance = np.linalg.inv(-second)
    names = ("share 1", "height_rfu", "variability")
    errors = [found.parameters[name].error for name in names]
    assert errors == pytest.approx(np.sqrt(np.diag(covariance)), rel=0.01)
    assert found.parameters["share 2"].error == pytest.approx(errors[0])
    assert found.correlation["share 1", "share 2"] == pytest.approx(-1.0)
    expected = covariance[0, 1] / np.sqrt(covariance[0, 0] * covariance[1, 1])
    assert found.correlation["share 1", "height_rfu"] == pytest.approx(expected, abs=0.02)


def test_one_gamma_sample_worked_out_by_hand() -> None:
    """Heterozygous donor, no stutter: heights are one gamma sample, and the standard error of the
    mean of n is omega mu / sqrt(n)."""
    rng = np.random.default_rng(5)
    donor = Reference("A", {locus: genotype("9", "12") for locus in LOCI})
    heights = rng.gamma(9.0, 60.0, size=(len(LOCI), 2))
    peaks = {
        locus: (Peak("9", float(a)), Peak("12", float(b)))  # type: ignore[arg-type]
        for locus, (a, b) in zip(LOCI, heights, strict=True)
    }
    fitted = likelihood(Stain("S", (Replicate("S", peaks),)), proposition(donor), PLAIN)
    best, _ = fit(fitted, PLAIN)
    found = curvature(fitted, PLAIN, best).parameters
    expected = best.variability * best.height_rfu / np.sqrt(heights.size)
    assert found["height_rfu"].error == pytest.approx(expected, rel=0.01)
    assert found["share 1"].error is None
    assert found["share 1"].reason == ALONE


def test_a_contributor_too_many_is_named_and_the_others_keep_their_errors() -> None:
    stain, (donor,) = drawn(3, 1.0)
    alone = likelihood(stain, proposition(donor), PLAIN)
    two = likelihood(stain, proposition(donor, unknowns=1), PLAIN)
    one_fit = PeakParameters((1.0,), 700.0, 0.25)
    one_fit, _ = fit(alone, PLAIN)
    best = PeakParameters((1 - 1e-7, 1e-7), one_fit.height_rfu, one_fit.variability)
    expected = curvature(alone, PLAIN, one_fit).parameters
    found = curvature(two, PLAIN, best).parameters
    assert found["share 2"].error is None
    assert found["share 2"].reason == NO_SHARE
    assert found["share 1"].error is None
    assert found["height_rfu"].error == pytest.approx(expected["height_rfu"].error, rel=0.05)
    assert "not determined" in str(found["share 2"])


def test_what_the_data_do_not_tell_is_not_given_an_error() -> None:
    """With one peak variability is free to be anything small."""
    stain = Stain("S", (Replicate("S", {LOCI[0]: (Peak("9", 500.0), Peak("12", 500.0))}),))  # type: ignore[arg-type]
    donor = Reference("A", {LOCI[0]: genotype("9", "12")})
    fitted = likelihood(stain, proposition(donor), MODEL)
    best = PeakParameters((1.0,), 500.0, 0.02, 1.0, 1e-7)
    found = curvature(fitted, MODEL, best).parameters
    assert found["variability"].error is None
    assert found["back_stutter"].error is None
    assert {found[n].reason for n in ("variability", "back_stutter")} <= {
        FLAT,
        "at the edge of what is allowed",
    }
