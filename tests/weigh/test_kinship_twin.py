"""The likelihood of a pedigree against its twin: hundreds of pedigrees drawn at random."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from math import exp, log, prod

import numpy as np
import pytest
from tests.twins import pedigree as twin
from tests.weigh.pedigrees import L1, L2, Scene, draw_linked_scene, draw_scene

from reopen.records import (
    REST,
    Genotype,
    Locus,
    LocusLikelihoods,
    MapPosition,
    allele_order,
)
from reopen.weigh.kinship import PedigreeWeigher
from reopen.weigh.mutation import mutation_matrix

SILENT = "silent"


def twin_locus(scene: Scene, locus: Locus = L1) -> twin.Locus:
    table = scene.population.frequencies.by_locus[locus]
    labels = sorted(table, key=allele_order)
    p = np.array([table[a] for a in labels])
    p = p / p.sum()
    s = scene.model.silent.get(locus, 0.0)
    mutation = scene.model.mutation_at(locus)
    matrices = []
    for model in (mutation.female, mutation.male):
        matrix = mutation_matrix(model, labels, p)
        rows = {
            a: {b: float(matrix[i, j]) for j, b in enumerate(labels)} for i, a in enumerate(labels)
        }
        matrices.append({**rows, SILENT: {SILENT: 1.0}})
    frequency = {a: float(x) * (1 - s) for a, x in zip(labels, p, strict=True)}
    if s:
        frequency[SILENT] = s
    theta = scene.population.theta_at(locus)
    return twin.Locus(frequency, *matrices, theta, locus in scene.model.x_linked)


def twin_evidence(scene: Scene, locus: Locus = L1) -> dict[str, twin.Observe]:
    def of(id: str) -> twin.Observe:
        evidence = scene.profiles[id]
        d = scene.model.dropout.get(id, 0.0)
        if not hasattr(evidence, "genotypes"):
            return lambda alleles: by_likelihoods(evidence.by_locus[locus], alleles)
        typed = evidence.genotypes[locus]
        if locus in scene.model.partial.get(id, ()):
            return lambda alleles: float(typed.alleles[0] in alleles)
        return lambda alleles: by_genotype(typed, alleles, d)

    return {id: of(id) for id, evidence in scene.profiles.items() if locus in evidence.loci}


def by_genotype(typed: Genotype, alleles: twin.Alleles, d: float) -> float:
    """Each copy of an allele that can be seen drops out by itself."""
    if len(alleles) == 1:
        return float(alleles[0] == typed.pair[0])
    seen = [a for a in alleles if a != SILENT]
    if not typed.is_homozygous:
        return (1 - d) ** 2 * (sorted(seen) == sorted(typed.pair))
    copies = seen.count(typed.pair[0])
    return (1 - d**copies) * d ** (len(seen) - copies) if copies else 0.0


def by_likelihoods(likelihoods: LocusLikelihoods, alleles: twin.Alleles) -> float:
    labels = likelihoods.alleles
    place = {label: k for k, label in enumerate(labels)}
    pair = alleles * 2 if len(alleles) == 1 else alleles
    if any(place.get(a, place.get(REST)) is None for a in pair):
        return 0.0
    i, j = sorted(place.get(a, place.get(REST)) for a in pair)
    return exp(likelihoods.ln[i * len(labels) - i * (i - 1) // 2 + j - i])


def mistaken(scene: Scene, id: str, see: twin.Observe, locus: Locus = L1) -> twin.Observe:
    """The evidence on a genotype that may have been taken for another, which is drawn by p."""
    e = scene.model.typing_error_of(id)
    frequency = twin_locus(scene, locus).frequency
    if not e or not hasattr(scene.profiles[id], "genotypes"):
        return see

    def what_is_seen(alleles: twin.Alleles) -> tuple[str, ...]:
        seen = sorted(a for a in alleles if a != SILENT)
        return tuple(seen * 2 if len(seen) < len(alleles) else seen)

    def observe(alleles: twin.Alleles) -> float:
        others = [
            (other, prod(frequency[a] for a in other))
            for other in product(frequency, repeat=len(alleles))
            if what_is_seen(other) != what_is_seen(alleles)
        ]
        spread = sum(p * see(other) for other, p in others) / sum(p for _, p in others)
        return (1 - e) * see(alleles) + e * spread

    return observe


def agree(ours: float, twins: float) -> bool:
    if twins == 0:
        return ours == float("-inf")
    return abs(ours - log(twins)) < 1e-9


def check(scene: Scene) -> None:
    weigher = PedigreeWeigher(scene.pedigree, scene.population, scene.model)
    found, refused = weigher.likelihood(scene.profiles)
    assert not refused
    evidence = twin_evidence(scene)
    evidence = {id: mistaken(scene, id, see) for id, see in evidence.items()}
    expected = twin.likelihood(scene.pedigree, twin_locus(scene), evidence)
    assert agree(found.by_locus.get(L1, 0.0), expected)


@pytest.mark.parametrize("block", range(10))
def test_without_theta(block: int) -> None:
    for seed in range(block * 30, block * 30 + 30):
        rng = np.random.default_rng(seed)
        wide = seed % 3 == 0
        check(draw_scene(rng, int(rng.integers(2, 5 if wide else 7)), 3 if wide else 2, 0.0))


@pytest.mark.parametrize("block", range(10))
def test_with_theta(block: int) -> None:
    for seed in range(block * 20, block * 20 + 20):
        rng = np.random.default_rng(1000 + seed)
        wide = seed % 3 == 0
        check(draw_scene(rng, int(rng.integers(2, 5 if wide else 6)), 3 if wide else 2, 0.2))


@pytest.mark.parametrize("theta", [0.0, 0.2])
@pytest.mark.parametrize("block", range(4))
def test_typing_errors(block: int, theta: float) -> None:
    """Of everybody, or of some; with mutation, silent alleles, dropout and on X."""
    for seed in range(block * 15, block * 15 + 15):
        rng = np.random.default_rng(4000 + seed)
        scene = draw_scene(rng, int(rng.integers(2, 5)), int(rng.integers(2, 4)), theta)
        few = {id: 0.3 for id in scene.pedigree.ids if rng.random() < 0.5}
        model = replace(scene.model, typing_error=few if seed % 2 else 0.05)
        check(replace(scene, model=model))


@pytest.mark.parametrize("theta", [0.0, 0.2])
@pytest.mark.parametrize("block", range(5))
def test_linked_pairs(block: int, theta: float) -> None:
    """Two loci of two alleles each; everybody of four or five people may be typed at either."""
    for seed in range(block * 6, block * 6 + 6):
        rng = np.random.default_rng(2000 + seed)
        scene = draw_linked_scene(rng, int(rng.integers(3, 6)), theta)
        weigher = PedigreeWeigher(scene.pedigree, scene.population, scene.model)
        found, refused = weigher.likelihood(scene.profiles)
        assert not refused
        (pair,) = scene.model.linked
        loci = twin_locus(scene, L1), twin_locus(scene, L2)
        evidence = twin_evidence(scene, L1), twin_evidence(scene, L2)
        expected = twin.linked_likelihood(scene.pedigree, loci, evidence, pair.recombination)
        assert agree(sum(found.by_locus.values()), expected)


@pytest.mark.parametrize("theta", [0.0, 0.2])
@pytest.mark.parametrize("seed", range(10))
def test_a_chromosome_of_two_loci_is_a_linked_pair(seed: int, theta: float) -> None:
    rng = np.random.default_rng(3000 + seed)
    scene = draw_linked_scene(rng, int(rng.integers(3, 6)), theta)
    chromosome = "X" if scene.model.x_linked else "1"
    places = {L1: MapPosition(chromosome, 80.0), L2: MapPosition(chromosome, 55.0)}
    model = replace(scene.model, linked=(), positions=places)
    weigher = PedigreeWeigher(scene.pedigree, scene.population, model)
    found, refused = weigher.likelihood(scene.profiles)
    assert not refused
    loci = twin_locus(scene, L1), twin_locus(scene, L2)
    evidence = twin_evidence(scene, L1), twin_evidence(scene, L2)
    rho = (1 - exp(-2 * 0.25)) / 2
    expected = twin.linked_likelihood(scene.pedigree, loci, evidence, rho)
    assert agree(sum(found.by_locus.values()), expected)
