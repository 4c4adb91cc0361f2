"""Joint genotypes, draws and whole profiles against the twin that enumerates."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import islice, product
from math import exp, inf, isclose

import pytest
from scipy.stats import chisquare
from tests.twins.mixture import Scene, ln_sum
from tests.weigh.scenes import KIT, LOCI, scenes
from tests.weigh.test_joint_terms import by_genotype
from tests.weigh.test_mixture_twin import ONE, plain, seen, weighed

from reopen.errors import CannotWeigh, InvalidRecord
from reopen.records import Reference, genotype, proposition
from reopen.weigh import joint_terms
from reopen.weigh.deconvolve import Pair, deconvolve
from reopen.weigh.draws import draw_genotypes
from reopen.weigh.encode import encode
from reopen.weigh.fit import given
from reopen.weigh.joint import JointLocus, joint_genotypes
from reopen.weigh.mixture import MixtureLikelihood
from reopen.weigh.model import Dropin, PeakParameters
from reopen.weigh.profiles import rank_profiles
from reopen.weigh.stutter import Stutter

Joint = tuple[frozenset[str], ...]


def posterior(scene: Scene, people: tuple[int, ...]) -> dict[Joint, float]:
    """P(genotypes of these people, numbered from 1 | heights), by enumeration."""
    ln = by_genotype(scene, tuple(number - 1 for number in people))
    total = ln_sum(list(ln.values()))
    return {key: exp(value - total) for key, value in ln.items()}


def key_of(pairs: tuple[Pair, ...]) -> Joint:
    return tuple(frozenset(pair) for pair in pairs)


def explained(number: int, **options: object) -> tuple[list[Scene], MixtureLikelihood] | None:
    if (found := weighed(number, **options)) is None:
        return None
    scenes, arrays = found
    likelihood = MixtureLikelihood(arrays)
    return None if likelihood.ln_likelihood(scenes[0].parameters) == -inf else (scenes, likelihood)


@pytest.mark.parametrize("seed", range(0, 100, 10))
def test_the_most_probable_joint_genotypes_are_those_of_the_enumeration(seed: int) -> None:
    for number in range(seed, seed + 10):
        if (found := explained(number, most_unknowns=2)) is None:
            continue
        scenes, likelihood = found
        ranked = joint_genotypes(likelihood, scenes[0].parameters, top=12)
        assert not ranked.not_weighed
        for scene in scenes:
            if scene.locus in ranked.by_locus:
                check_top(ranked.by_locus[scene.locus], scene)
            else:
                known = scene.proposition.known
                typed = len(known) == len(scene.proposition.contributors)
                assert not scene.alleles or typed, "left out only where nothing is open"


def check_top(found: JointLocus, scene: Scene) -> None:
    expected = posterior(scene, found.people)
    best = sorted(expected.values(), reverse=True)
    assert len(found.ranked) == min(12, sum(p > 0 for p in best))
    assert len({key_of(pairs) for pairs, _ in found.ranked}) == len(found.ranked)
    for (pairs, probability), other in zip(found.ranked, best, strict=False):
        assert isclose(probability, other, rel_tol=1e-7, abs_tol=1e-14), "the next best"
        assert isclose(probability, expected[key_of(pairs)], rel_tol=1e-7, abs_tol=1e-14)


@pytest.mark.parametrize("seed", range(0, 40, 10))
def test_draws_follow_the_joint_posterior(seed: int) -> None:
    """Chi-square at each locus; some 80 tests of fixed seeds, so the level is 1 in 10,000."""
    n = 3000
    for number in range(seed, seed + 10):
        if (found := explained(number, most_unknowns=2)) is None:
            continue
        scenes, likelihood = found
        drawn = draw_genotypes(likelihood, scenes[0].parameters, n, seed=number)
        for scene in scenes:
            if scene.locus not in drawn:
                continue
            locus = drawn[scene.locus]
            expected = posterior(scene, locus.people)
            counts = Counter(key_of(pairs) for pairs in locus.draws)
            assert counts.total() == n
            assert all(expected[key] > 0 for key in counts)
            common = [key for key, p in expected.items() if n * p >= 5]
            observed = [counts[key] for key in common]
            means = [n * expected[key] for key in common]
            if sum(means) < n - 1e-6:
                observed.append(n - sum(observed))
                means.append(n - sum(means))
            if len(means) == 1:
                continue
            assert chisquare(observed, means).pvalue > 1e-4, f"seed {number}, {scene.locus}"


def test_the_same_seed_gives_the_same_draws() -> None:
    likelihood = MixtureLikelihood(plain(proposition(unknowns=2)))
    p = PeakParameters((0.6, 0.4), 500.0, 0.3)
    first, again = (draw_genotypes(likelihood, p, 20, seed=4) for _ in range(2))
    assert first == again
    assert first != draw_genotypes(likelihood, p, 20, seed=5)


def test_conditioned_on_a_victim_only_the_other_person_is_open() -> None:
    victim = Reference("V", {LOCI[0]: genotype("9", "9")})
    likelihood = MixtureLikelihood(plain(proposition(victim, unknowns=1)))
    p = PeakParameters((0.6, 0.4), 500.0, 0.3)
    for locus in joint_genotypes(likelihood, p).by_locus.values():
        assert locus.people == (2,)
    marginal = deconvolve(likelihood, p, given(likelihood, p)).probabilities[0]
    for name, locus in joint_genotypes(likelihood, p).by_locus.items():
        alone = dict(marginal[name])
        for (pair,), probability in locus.ranked:
            assert isclose(probability, alone[pair], rel_tol=1e-9)


@pytest.mark.parametrize("seed", [0, 50, 100, 150])
def test_whole_profiles_are_the_best_products_over_loci(seed: int) -> None:
    found = next(
        found
        for n in range(seed, seed + 50)
        if (found := explained(n, most_unknowns=1, relatives=False))
        and found[1].encoded.proposition.unknowns
    )
    scenes, likelihood = found
    p = scenes[0].parameters
    result = deconvolve(likelihood, p, given(likelihood, p))
    loci = result.probabilities[0]
    every = sorted(
        (
            inner
            for combination in product(*loci.values())
            if (inner := _product(tuple(p for _, p in combination))) > 0
        ),
        reverse=True,
    )
    ranked = rank_profiles(result, result.places[0], top=15)
    for (profile, probability), expected in zip(ranked, every, strict=False):
        assert isclose(probability, expected, rel_tol=1e-12)
        own = _product(tuple(dict(loci[locus])[pair] for locus, pair in profile.items()))
        assert isclose(own, probability, rel_tol=1e-12)
    assert len(ranked) == len(list(islice(every, 15)))


def _product(values: tuple[float, ...]) -> float:
    total = 1.0
    for value in values:
        total *= value
    return total


def test_related_people_with_too_many_joint_genotypes_cost_a_locus(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(joint_terms, "MOST_TERMS", 5)
    number = next(
        n
        for n in range(200)
        if (found := explained(n, most_unknowns=2))
        and len(found[1].encoded.marker_of) > len(found[1].encoded.markers)
        and found[1].encoded.proposition.unknowns == 2
    )
    found = explained(number, most_unknowns=2)
    assert found is not None
    ranked = joint_genotypes(found[1], found[0][0].parameters)
    assert ranked.not_weighed
    assert all("joint genotypes at" in item.reason for item in ranked.not_weighed)


def test_numbers_out_of_range_are_refused() -> None:
    likelihood = MixtureLikelihood(plain(proposition(unknowns=1)))
    result = deconvolve(likelihood, ONE, given(likelihood, ONE))
    for wrong in (0, 1001):
        with pytest.raises(InvalidRecord, match=f"{wrong} joint genotypes"):
            joint_genotypes(likelihood, ONE, top=wrong)
        with pytest.raises(InvalidRecord, match=f"{wrong} profiles"):
            rank_profiles(result, 1, top=wrong)
    for wrong in (0, 100_001):
        with pytest.raises(InvalidRecord, match=f"{wrong} draws"):
            draw_genotypes(likelihood, ONE, wrong, seed=1)
    with pytest.raises(InvalidRecord, match="A seed of -1"):
        draw_genotypes(likelihood, ONE, 1, seed=-1)
    with pytest.raises(InvalidRecord, match="The unknown contributors are 1"):
        rank_profiles(result, 2)


def test_peaks_that_nobody_can_have_left_are_refused() -> None:
    scene = scenes(0)[0]
    model = replace(scene.model, dropin=Dropin(0.0), stutter=Stutter(back=False))
    nobody = proposition(Reference("R", {LOCI[0]: genotype("12", "13")}))
    likelihood = MixtureLikelihood(encode(seen("8"), nobody, scene.population, KIT, model))
    with pytest.raises(CannotWeigh, match="The peaks of stain 'S' cannot come from R"):
        joint_genotypes(likelihood, ONE)
    with pytest.raises(CannotWeigh, match="The peaks of stain 'S' cannot come from R"):
        draw_genotypes(likelihood, ONE, 1, seed=1)
