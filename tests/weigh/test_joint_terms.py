"""Joint genotypes one by one, against the enumeration of the twin."""

from __future__ import annotations

from math import exp, inf, isclose, log

import pytest
from tests.twins.mixture import Scene, joint_genotypes, ln_heights, ln_sum
from tests.weigh.test_mixture_twin import plain, weighed

from reopen.errors import CannotWeigh
from reopen.records import REST, proposition
from reopen.weigh import joint_terms as module
from reopen.weigh.joint_terms import JointTerms, joint_terms
from reopen.weigh.mixture import MixtureLikelihood


def by_genotype(scene: Scene, places: tuple[int, ...]) -> dict[tuple[frozenset[str], ...], float]:
    """ln P(heights, genotypes of the people at these places), by enumeration."""
    terms: dict[tuple[frozenset[str], ...], list[float]] = {}
    for people, prior in joint_genotypes(scene):
        key = tuple(frozenset(scene.coded(people[k])) for k in places)
        terms.setdefault(key, []).append(log(prior) + ln_heights(scene, people))
    return {key: ln_sum(found) for key, found in terms.items()}


def labelled(terms: JointTerms, marker: int) -> list[tuple[frozenset[str], ...]]:
    labels = [label or REST for label in terms.encoded.markers[marker].chains.labels]
    return [
        tuple(frozenset(labels[k] for k in person) for person in joint) for joint in terms.genotypes
    ]


@pytest.mark.parametrize("seed", range(0, 60, 10))
def test_every_joint_genotype_has_the_weight_of_the_enumeration(seed: int) -> None:
    for number in range(seed, seed + 10):
        if (found := weighed(number, most_unknowns=2)) is None:
            continue
        by_scene, arrays = found
        shapes = MixtureLikelihood(arrays).shapes(by_scene[0].parameters)
        for marker, scene in enumerate(by_scene):
            terms = joint_terms(arrays, marker)
            ours = dict(zip(labelled(terms, marker), terms.ln_weights(shapes), strict=True))
            expected = by_genotype(scene, terms.places)
            assert set(expected) <= set(ours), "no joint genotype is left out"
            for key, value in ours.items():
                other = expected.get(key, -inf)
                assert value == other or isclose(value, other, rel_tol=1e-10, abs_tol=1e-8)
            top = max(ours.values())
            if top > -inf:
                total = log(sum(exp(v - top) for v in ours.values())) + top
                value = MixtureLikelihood(arrays).ln_by_locus(scene.parameters)[marker]
                assert isclose(total, value, rel_tol=1e-10, abs_tol=1e-8)


def test_more_than_can_be_listed_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_TERMS", 5)
    with pytest.raises(CannotWeigh, match="36 joint genotypes at REPEATS of stain 'S'"):
        joint_terms(plain(proposition(unknowns=2)), 0)
