"""The kernels against the slow twin: random small stains with every part of the model."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from math import exp, inf, isclose, log
from pathlib import Path

import numpy as np
import pytest
from tests.twins.mixture import Scene, joint_genotypes, ln_by_genotype, ln_marker
from tests.weigh.scenes import KIT, LOCI, scenes

from reopen.errors import CannotWeigh, InvalidRecord
from reopen.kernels import mixtures
from reopen.kernels.factors import cdf_tables, dose_offsets, ln_factors
from reopen.kernels.one_drawer import ln_pairs, ln_pairs_in_logs
from reopen.kernels.paths import paths
from reopen.records import (
    FULL_SIBLINGS,
    REST,
    Allele,
    Contributor,
    Peak,
    Proposition,
    Reference,
    Replicate,
    Stain,
    genotype,
    proposition,
)
from reopen.weigh.deconvolve import deconvolve, expected_doses
from reopen.weigh.encode import MAX_UNKNOWNS, EncodedMixture, encode
from reopen.weigh.fit import given
from reopen.weigh.mixture import MixtureLikelihood
from reopen.weigh.model import Dropin, PeakParameters
from reopen.weigh.stutter import Stutter

PROJECT = Path(__file__).resolve().parents[2]


def encoded(scene: Scene) -> EncodedMixture:
    return encode(scene.stain, scene.proposition, scene.population, scene.kit, scene.model)


def weighed(seed: int, **options: object) -> tuple[list[Scene], EncodedMixture] | None:
    """The scenes that the package weighs; None for a stain without a peak."""
    found = scenes(seed, **options)  # type: ignore[arg-type]
    try:
        arrays = encoded(found[0])
    except CannotWeigh as error:
        assert "no peak at or above the threshold" in error.seen  # noqa: PT017
        assert not all(scene.alleles for scene in found)
        return None
    return [scene for scene in found if scene.locus in arrays.loci], arrays


def close(one: float, other: float) -> bool:
    return one == other or isclose(one, other, rel_tol=1e-10, abs_tol=1e-9)


@pytest.mark.parametrize("seed", range(0, 300, 10))
def test_the_likelihood_is_the_sum_over_all_genotypes(seed: int) -> None:
    for number in range(seed, seed + 10):
        if (found := weighed(number)) is None:
            continue
        by_scene, arrays = found
        values = MixtureLikelihood(arrays).ln_by_locus(by_scene[0].parameters)
        for scene, value in zip(by_scene, values, strict=True):
            assert close(value, ln_marker(scene)), f"seed {number}, {scene.locus}"


def test_the_random_stains_have_every_part_of_the_model() -> None:
    """A twin that never meets an option tests nothing of it."""
    met: Counter[str] = Counter()
    for seed in range(300):
        for scene in scenes(seed):
            people = scene.proposition.contributors
            last = people[-1]
            typed = [scene.typed(c.reference) for c in people if c.is_known]
            met["forward"] += scene.model.stutter.forward
            met["double back"] += scene.model.stutter.double_back
            met["two bases"] += scene.model.stutter.two_base
            met["rates"] += bool(scene.model.stutter.rates) and scene.model.stutter.back
            met["apart"] += 0 < scene.alike < 1
            met["filtered"] += any(scene.removed)
            met["cut off"] += any(c > scene.setting("threshold_rfu") for c in scene.cutoffs)
            met["two replicates"] += len(scene.heights) == 2
            met["known, not typed"] += None in typed
            met["tri-allelic"] += any(t is not None and len(t) == 3 for t in typed)
            met["no rest"] += REST not in scene.frequency
            met["no peak"] += not scene.alleles
            met["theta"] += scene.theta > 0
            met["three unknown"] += scene.proposition.unknowns == 3
            met["none unknown"] += scene.proposition.unknowns == 0
            if last.relation.ibd[0] < 1:
                typed_here = scene.typed(last.related_to) is not None
                met["relative typed"] += typed_here
                met["relative not typed"] += last.related_to is not None and not typed_here
                met["two unknown relatives"] += last.related_to is None
                instead = last.related_to is not None and not typed_here and scene.relates_last_two
                met["last two related instead"] += instead and scene.proposition.unknowns > 1
    assert min(met.values()) >= 5, met
    assert len(met) == 19


def test_it_survives_where_probabilities_underflow() -> None:
    """Tall peaks that only drop-in explains: far below the smallest floating-point number."""
    for seed in range(40):
        if (found := weighed(seed, most_unknowns=2)) is None:
            continue
        by_scene, arrays = found
        extreme = replace(by_scene[0].parameters, height_rfu=30_000.0, variability=0.05)
        values, gradient_values = (
            MixtureLikelihood(arrays).ln_by_locus(extreme),
            MixtureLikelihood(arrays).with_gradient(extreme)[0],
        )
        expected = [ln_marker(replace(scene, parameters=extreme)) for scene in by_scene]
        assert all(close(v, e) for v, e in zip(values, expected, strict=True)), seed
        assert close(gradient_values, sum(expected))


def test_sums_in_logarithms_are_the_scaled_sums() -> None:
    for seed in range(60):
        if (found := weighed(seed)) is None:
            continue
        by_scene, arrays = found
        shapes = MixtureLikelihood(arrays).shapes(by_scene[0].parameters)
        for i in range(len(arrays.marker_of)):
            factors = ln_factors(arrays.sums, shapes, i)
            offsets = dose_offsets(arrays.sums, i)
            value, posterior = mixtures.posterior_of_ln(arrays.sums, i, factors, offsets)
            in_logs, again = mixtures.posterior_in_logs(arrays.sums, i, factors, offsets)
            assert close(value, in_logs)
            np.testing.assert_allclose(posterior, again, rtol=1e-9, atol=1e-12)


def test_the_genotypes_of_one_contributor_add_up_to_the_sum() -> None:
    """Also where they are so improbable that they are added in logarithms."""
    for seed in range(12):
        if (found := weighed(seed)) is None:
            continue
        by_scene, arrays = found
        plain = by_scene[0].parameters
        for parameters in (plain, replace(plain, height_rfu=30_000.0, variability=0.05)):
            shapes = MixtureLikelihood(arrays).shapes(parameters)
            expected, cdf = (
                mixtures.ln_sums(arrays.sums, shapes),
                cdf_tables(arrays.sums, shapes),
            )
            for i, drawer in two_copy_drawers(arrays):
                pairs = ln_pairs(arrays.sums, shapes, i, drawer, *cdf)
                assert close(float(np.logaddexp.reduce(pairs, axis=None)), expected[i]), seed
                in_logs = ln_pairs_in_logs(arrays.sums, shapes, i, drawer)
                np.testing.assert_allclose(pairs, in_logs, rtol=1e-9, atol=1e-9)


def two_copy_drawers(arrays: EncodedMixture) -> Iterator[tuple[int, int]]:
    for i in range(len(arrays.marker_of)):
        for drawer in range(arrays.sums.n_drawers[i]):
            if (paths(arrays.sums, i, drawer)[1].sum(axis=1) == 2).all():
                yield i, drawer


def nudged(p: PeakParameters, name: str, by: float) -> PeakParameters:
    """A parameter moved: ln height, ln variability, ln degradation, or a share itself."""
    value = getattr(p, name)
    return replace(p, **{name: value + by if "stutter" in name else value * exp(by)})


@pytest.mark.parametrize("seed", range(40))
def test_the_gradient_is_the_slope(seed: int) -> None:
    found = weighed(seed)
    assert found is not None
    by_scene, arrays = found
    p, model = by_scene[0].parameters, by_scene[0].model
    likelihood = MixtureLikelihood(arrays)
    value, gradient = likelihood.with_gradient(p)
    assert close(value, likelihood.ln_likelihood(p))
    assert value > -inf

    def slope(move: object, h: float = 1e-4) -> float:
        """Five-point difference; its error is of order h to the fourth."""
        assert callable(move)
        near = likelihood.ln_likelihood(move(h)) - likelihood.ln_likelihood(move(-h))
        far = likelihood.ln_likelihood(move(2 * h)) - likelihood.ln_likelihood(move(-2 * h))
        return (8 * near - far) / (12 * h)

    expected = [
        (gradient.ln_height, slope(lambda h: nudged(p, "height_rfu", h))),
        (gradient.ln_variability, slope(lambda h: nudged(p, "variability", h))),
    ]
    if model.degradation:
        expected += [(gradient.ln_degradation, slope(lambda h: nudged(p, "degradation", h)))]
    for kind in model.stutter.kinds:

        def more(h: float, name: str = f"{kind}_stutter") -> PeakParameters:
            return nudged(p, name, h)

        expected += [(gradient.stutter[kind], slope(more, 1e-5))]
    shares = np.array(p.proportions)
    for k in range(len(shares) - 1):  # one share up, the next one down: the sum stays 1
        direction = np.zeros(len(shares))
        direction[k], direction[k + 1] = 1, -1

        def shifted(h: float, direction: np.ndarray = direction) -> PeakParameters:
            return replace(p, proportions=tuple(shares + h * direction))

        expected += [(gradient.proportions @ direction, slope(shifted))]
    for analytic, numeric in expected:
        assert isclose(analytic, numeric, rel_tol=2e-5, abs_tol=2e-5), seed


@pytest.mark.parametrize("seed", range(0, 60, 10))
def test_deconvolution_is_the_enumeration(seed: int) -> None:
    for number in range(seed, seed + 10):
        if (found := weighed(number, most_unknowns=2)) is None:
            continue
        by_scene, arrays = found
        p = by_scene[0].parameters
        likelihood = MixtureLikelihood(arrays)
        fit = given(likelihood, p)
        if fit.ln_likelihood == -inf:
            continue
        result = deconvolve(likelihood, p, fit)
        for scene in by_scene:
            for person, place in enumerate(result.places):
                check_one_person(scene, place - 1, result, person)


def check_one_person(scene: Scene, place: int, result: object, person: int) -> None:
    likelihoods = result.likelihoods[person].by_locus  # type: ignore[attr-defined]
    if not scene.alleles:
        assert scene.locus not in likelihoods, "a locus without a peak says nothing"
        return
    joint = ln_by_genotype(scene, place)
    total = log(sum(exp(v - max(joint.values())) for v in joint.values())) + max(joint.values())
    ranked = dict(result.probabilities[person][scene.locus])  # type: ignore[attr-defined]
    by_pair = {tuple(sorted(pair)): value for pair, value in ranked.items()}
    for pair, value in joint.items():
        found = by_pair.get(tuple(sorted(pair)), 0.0)
        assert isclose(found, exp(value - total), rel_tol=1e-7, abs_tol=1e-14)
    assert list(ranked.values()) == sorted(ranked.values(), reverse=True)
    own = likelihoods[scene.locus]
    index = {label: k for k, label in enumerate(own.alleles)}
    n = len(own.alleles)
    given_pair = dict.fromkeys(range(len(own.ln)), -inf)  # what descent rules out
    for pair, prior in prior_by_genotype(scene, place).items():
        a, b = sorted(index[label] for label in pair)
        given_pair[a * n - a * (a - 1) // 2 + b - a] = joint[pair] - log(prior)
    top = max(given_pair.values())
    for number, value in given_pair.items():
        assert close(own.ln[number], value - top)


def prior_by_genotype(scene: Scene, place: int) -> dict[tuple[str, ...], float]:
    """P(a contributor's genotype) before any peak is seen."""
    prior: Counter[tuple[str, ...]] = Counter()
    for people, probability in joint_genotypes(scene):
        prior[tuple(sorted(scene.coded(people[place])))] += probability
    return dict(prior)


def test_known_people_not_typed_at_a_locus_are_unknown_there() -> None:
    """Nobody typed, three unknown: the same sum as three unknown contributors."""
    scene = scenes(1)[0]
    nobody = tuple(Reference(f"nobody {k}", {}) for k in range(3))
    p = PeakParameters((0.5, 0.3, 0.2), 500.0, 0.3)
    one, other = (
        MixtureLikelihood(encoded(replace(scene, proposition=q))).ln_by_locus(p)
        for q in (proposition(*nobody), proposition(unknowns=3))
    )
    np.testing.assert_allclose(one, other, rtol=1e-12)


def test_expected_doses_are_two_copies_a_person() -> None:
    scene = scenes(1)[0]
    likelihood = MixtureLikelihood(encoded(replace(scene, proposition=proposition(unknowns=2))))
    p = PeakParameters((0.7, 0.3), 500.0, 0.3)
    doses = expected_doses(deconvolve(likelihood, p, given(likelihood, p)))
    assert set(doses) == {0, 1}
    for loci in doses.values():
        for copies in loci.values():
            assert isclose(sum(copies.values()), 2.0)


# What is refused, and what is left out with its reason.


def seen(*labels: str) -> Stain:
    peaks = tuple(Peak(Allele(label), 500.0) for label in labels)
    return Stain("S", (Replicate("S", {LOCI[0]: peaks}),))


ONE = PeakParameters((1.0,), 500.0, 0.3)


def plain(proposed: Proposition, stain: Stain | None = None) -> EncodedMixture:
    scene = scenes(0)[0]
    model = replace(scene.model, threshold_rfu=50.0, locus_efficiency=1.0, dropin=Dropin())
    return encode(stain or seen("9", "10"), proposed, scene.population, KIT, model)


def test_deconvolution_refuses_what_is_not_explained() -> None:
    scene = scenes(0)[0]
    model = replace(scene.model, dropin=Dropin(0.0), stutter=Stutter(back=False))
    nobody = proposition(Reference("R", {LOCI[0]: genotype("12", "13")}))
    likelihood = MixtureLikelihood(
        encode(seen("8"), nobody, scene.population, KIT, replace(model, threshold_rfu=50.0))
    )
    assert likelihood.ln_likelihood(ONE) == -inf
    assert likelihood.with_gradient(ONE)[0] == -inf
    with pytest.raises(CannotWeigh, match="The peaks of stain 'S' cannot come from R"):
        deconvolve(likelihood, ONE, given(likelihood, ONE))


def test_too_many_unknown_contributors_are_refused() -> None:
    with pytest.raises(CannotWeigh, match=f"{MAX_UNKNOWNS + 1} unknown contributors in stain 'S'"):
        plain(proposition(unknowns=MAX_UNKNOWNS + 1))
    nobody = tuple(Reference(f"nobody {k}", {}) for k in range(3))
    with pytest.raises(CannotWeigh, match="8 contributors are unknown at REPEATS"):
        plain(proposition(*nobody, unknowns=5))


def test_a_tri_allelic_relative_costs_one_locus() -> None:
    relative = Reference("R", {LOCI[0]: genotype("9", "10", "11"), LOCI[2]: genotype("A", "C")})
    people = (Contributor(None, FULL_SIBLINGS, relative),)
    both = Stain(
        "S",
        (
            Replicate(
                "S",
                {
                    LOCI[0]: (Peak(Allele("9"), 500.0),),
                    LOCI[2]: (Peak(Allele("C"), 500.0),),
                },
            ),
        ),
    )
    arrays = plain(Proposition(people), both)
    assert arrays.loci == (LOCI[2],)
    assert "R, to whom a contributor is related, has three alleles" in str(arrays.not_weighed[0])


def test_no_peak_and_no_height_are_refused() -> None:
    with pytest.raises(CannotWeigh, match="has no peak at or above the threshold"):
        plain(proposition(unknowns=1), seen())
    nameless = Stain("S", (Replicate("S", {LOCI[0]: (Peak(Allele("9")),)}),))
    with pytest.raises(CannotWeigh) as told:
        plain(proposition(unknowns=1), nameless)
    assert told.value.seen == (
        "No locus of stain 'S' can be weighed. Peak 9 at REPEATS of stain 'S' has no height."
    )


def test_each_contributor_has_a_proportion() -> None:
    with pytest.raises(InvalidRecord, match="1 proportions for 2 contributors"):
        MixtureLikelihood(plain(proposition(unknowns=2))).ln_likelihood(ONE)


UNCOMPILED = """
from tests.twins.mixture import ln_marker
from tests.weigh.scenes import scenes
from reopen.kernels import accelerate, mixtures
from reopen.weigh.encode import encode
from reopen.weigh.mixture import MixtureLikelihood
assert accelerate.UNCOMPILED and accelerate.is_compiled()
for seed in (1, 3):
    scene = scenes(seed, most_unknowns=1)[0]
    arrays = encode(scene.stain, scene.proposition, scene.population, scene.kit, scene.model)
    value, gradient = MixtureLikelihood(arrays).with_gradient(scene.parameters)
    print(repr(value), repr(gradient.ln_height), repr(gradient.ln_variability))
"""


def test_kernels_give_the_same_numbers_uncompiled() -> None:
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", UNCOMPILED],
        env={**os.environ, "REOPEN_UNCOMPILED": "1", "PYTHONPATH": str(PROJECT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    for line, seed in zip(ran.stdout.splitlines(), (1, 3), strict=True):
        scene = scenes(seed, most_unknowns=1)[0]
        value, gradient = MixtureLikelihood(encoded(scene)).with_gradient(scene.parameters)
        compiled = (value, gradient.ln_height, gradient.ln_variability)
        np.testing.assert_allclose([float(n) for n in line.split()], compiled, rtol=1e-10)
