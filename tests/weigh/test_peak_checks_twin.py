"""Peak checks against the enumeration of the twin, related contributors among them."""

from __future__ import annotations

from math import exp, inf, isclose, log

import pytest
from scipy.stats import gamma
from tests.twins.mixture import Scene, expectations, joint_genotypes, ln_heights
from tests.weigh.test_mixture_twin import weighed

from reopen.weigh.diagnostics import check_peaks, dropin_probabilities
from reopen.weigh.mixture import MixtureLikelihood

Joint = list[tuple[float, dict[str, float], set[str]]]


def every_joint_genotype(scene: Scene) -> Joint:
    """Those that are possible: ln probability with all heights, expected heights, alleles reached
    by anybody."""
    found = []
    for people, prior in joint_genotypes(scene):
        ln = log(prior) + ln_heights(scene, people)
        if ln > -inf:
            found.append((ln, *expectations(scene, people)))
    return found


def by_enumeration(scene: Scene, joint: Joint, replicate: int, label: str) -> tuple[float, float]:
    """P(height up to the one seen | any height, all else), and P(drop-in): each joint genotype's
    term with the peak's own density put in the place of its probability up to the height."""
    p = scene.parameters
    scale = p.height_rfu * p.variability**2
    height, rate = scene.heights[replicate][label], scene.setting("dropin_rate")
    threshold = scene.setting("threshold_rfu")
    tallest = gamma.ppf(0.99999, 2 / p.variability**2, scale=scale)
    terms = []
    for ln, expected, reached in joint:
        if label in reached:
            shape = expected[label] / p.variability**2
            low, seen, most = gamma.cdf([threshold - 1, height, tallest], shape, scale=scale)
            density = gamma.logpdf(height, shape, scale=scale)
            terms.append((ln, ln - density, seen - low, most - low, False))
        else:
            excess = height - threshold
            below = 1 - exp(-rate * (excess + 1 if abs(excess) < 1 else excess))
            terms.append((ln, ln - log(rate) + rate * excess, below, 1.0, True))
    top, top_without = max(t[0] for t in terms), max(t[1] for t in terms)
    weights = [exp(t[1] - top_without) for t in terms]
    value = sum(w * t[2] for w, t in zip(weights, terms, strict=True)) / sum(
        w * t[3] for w, t in zip(weights, terms, strict=True)
    )
    nobody = sum(exp(t[0] - top) for t in terms if t[4]) / sum(exp(t[0] - top) for t in terms)
    return value, nobody


@pytest.mark.parametrize("seed", range(0, 60, 10))
def test_peak_checks_are_the_enumeration(seed: int) -> None:
    for number in range(seed, seed + 10):
        if (found := weighed(number, most_unknowns=2)) is None:
            continue
        scenes, arrays = found
        likelihood = MixtureLikelihood(arrays)
        p = scenes[0].parameters
        if likelihood.ln_likelihood(p) == -inf:
            continue
        checks = {(c.locus, c.replicate, c.allele): c for c in check_peaks(likelihood, p)}
        dropins = dropin_probabilities(likelihood, p)
        assert set(checks) == set(dropins)
        assert len(checks) == sum(len(heights) for scene in scenes for heights in scene.heights)
        for scene in scenes:
            joint = every_joint_genotype(scene)
            for replicate, heights in enumerate(scene.heights):
                for label in heights:
                    value, nobody = by_enumeration(scene, joint, replicate, label)
                    key = (scene.locus, replicate, label)
                    assert isclose(checks[key].cumulative, value, rel_tol=1e-6, abs_tol=1e-9)
                    assert isclose(dropins[key], nobody, rel_tol=1e-6, abs_tol=1e-9)
