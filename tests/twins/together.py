"""Several kits' peaks of one mixture, as a sum over all joint genotypes.

Slow on purpose: each joint genotype's probability, once, times the density of every kit's heights.
Twin of: weigh/together.py with kernels/together.py. What a kit's heights are worth: twins/mixture.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import log

from tests.twins.mixture import Scene, joint_genotypes, ln_heights, ln_sum, step

from reopen.records import REST


def ln_together(scenes: Sequence[Scene]) -> float:
    """ln P(heights of all kits) at one locus; every scene has the same proposition."""
    alleles = sorted(set().union(*(scene.alleles for scene in scenes)))
    for scene in scenes:
        tell_apart(scene, alleles)
    return ln_sum(
        [
            log(prior) + sum(ln_heights(scene, people) for scene in scenes)
            for people, prior in joint_genotypes(scenes[0])
        ]
    )


def tell_apart(scene: Scene, alleles: list[str]) -> None:
    """Let a kit's scene know the alleles that other kits show."""
    table = dict(scene.population.frequencies.by_locus[scene.locus])
    for a in alleles:
        if not table.get(a, 0) > 0:
            table[a] = scene.population.floor
    total = sum(table.values()) if scene.population.rescale and alleles else 1
    scene.alleles = alleles
    scene.numeric = all(step(a, 1) is not None for a in alleles)
    scene.frequency = {a: table[a] / total for a in alleles}
    rest = 1 - sum(scene.frequency.values())
    if rest > 1e-12:
        scene.frequency[REST] = rest
    scene.places = list(scene.frequency)
    for a in alleles:
        scene.places += [c for c in scene.children(a).values() if c not in scene.places]
