"""The simulator: invented people, families and stains, drawn from the model that weighs them.

For tests, validation, documentation and the demo. Not for: estimating a laboratory's parameters
from its data (`fit`), or artefacts outside the model (pull-up, off-ladder peaks, mutation).
Every function takes the generator it draws from; the same seed gives the same people and peaks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from reopen.errors import CannotWeigh, InvalidRecord
from reopen.kernels.shapes import Floats, Ints
from reopen.records import (
    Allele,
    Genotype,
    Kit,
    Locus,
    Marker,
    Peak,
    Population,
    Purpose,
    Reference,
    Replicate,
    Stain,
    allele,
    allele_order,
)
from reopen.weigh.chains import one_repeat_from
from reopen.weigh.model import PeakModel, PeakParameters, setting_at
from reopen.weigh.sizes import size_bp
from reopen.weigh.stutter import Stutter, stutter_product


def draw_references(
    rng: np.random.Generator,
    population: Population,
    ids: Sequence[str],
    *,
    loci: Iterable[Locus] | None = None,
    purpose: Purpose = Purpose.DATABASE,
) -> tuple[Reference, ...]:
    """Unrelated people of a population, one for each id.

    loci  those to type, of the population's; all of them by default

    Two alleles a locus, independent draws from the rescaled table (Hardy-Weinberg; theta would
    relate these people to each other and is left out). Frequencies listed under a name that is no
    allele label, such as ">27", are left out before rescaling.
    Raises CannotWeigh for a locus that the population lacks.
    """
    genotypes: dict[Locus, Iterable[Genotype]] = {}
    for locus in population.frequencies.loci if loci is None else loci:
        labels, pairs = draw_alleles(rng, population, locus, len(ids))
        genotypes[locus] = [Genotype((labels[a], labels[b])) for a, b in pairs]
    people = zip(*genotypes.values(), strict=True) if genotypes else ((),) * len(ids)
    return tuple(
        Reference(id, dict(zip(genotypes, typed, strict=True)), purpose)
        for id, typed in zip(ids, people, strict=True)
    )


def draw_alleles(
    rng: np.random.Generator, population: Population, locus: Locus, people: int
) -> tuple[tuple[Allele, ...], Ints]:
    """Two alleles for each of so many unrelated people: labels, and places in them, (person, 2).

    As in `draw_references`, for more people than records can be made of.
    """
    labels, frequencies = _table(population, locus)
    return tuple(labels), rng.choice(len(labels), size=(people, 2), p=frequencies)


def draw_reference(
    rng: np.random.Generator,
    population: Population,
    id: str,
    *,
    loci: Iterable[Locus] | None = None,
    purpose: Purpose = Purpose.DATABASE,
) -> Reference:
    """One person of a population; see `draw_references`."""
    return draw_references(rng, population, [id], loci=loci, purpose=purpose)[0]


def draw_child(
    rng: np.random.Generator,
    father: Reference,
    mother: Reference,
    id: str,
    *,
    purpose: Purpose = Purpose.DATABASE,
) -> Reference:
    """A child of two people, at the loci that both have; no mutation, loci unlinked.

    Children of the same two people are full siblings.
    """
    both = [locus for locus in father.loci if locus in mother.genotypes]
    picks = rng.integers(2, size=(len(both), 2))
    return Reference(
        id,
        {
            locus: Genotype(
                (father.genotypes[locus].pair[one], mother.genotypes[locus].pair[other])
            )
            for locus, (one, other) in zip(both, picks, strict=True)
        },
        purpose,
    )


@dataclass(frozen=True, slots=True)
class DrawnFamily:
    """Two unrelated parents and their children."""

    father: Reference
    mother: Reference
    children: tuple[Reference, ...]


def draw_family(
    rng: np.random.Generator,
    population: Population,
    father: str,
    mother: str,
    children: Sequence[str],
    *,
    loci: Iterable[Locus] | None = None,
    purpose: Purpose = Purpose.FAMILY,
) -> DrawnFamily:
    """A family with these ids. Full siblings share 0, 1, 2 alleles by descent with probabilities
    1/4, 1/2, 1/4 at each locus."""
    he, she = draw_references(rng, population, [father, mother], loci=loci, purpose=purpose)
    born = tuple(draw_child(rng, he, she, child, purpose=purpose) for child in children)
    return DrawnFamily(he, she, born)


def draw_stain(
    rng: np.random.Generator,
    contributors: Sequence[Reference],
    population: Population,
    kit: Kit,
    parameters: PeakParameters,
    model: PeakModel | None = None,
    *,
    id: str,
    case: str = "",
    replicates: int = 1,
) -> Stain:
    """A stain left by these people, amplified `replicates` times with a kit.

    parameters  proportions in the order of the contributors, and the peak heights' law
    model       threshold (RFU), drop-in, and how stutter differs between alleles; its switches of
                degradation and stutter are not looked at: parameters of 1 and 0 switch them off

    Heights are Gamma(shape alpha, scale mu omega^2) at every allele and every place that stutter
    reaches; those below the threshold have dropped out. With the drop-in probability one allele
    of the population falls in at a locus, of height threshold + Exponential(rate); where it falls
    on a reachable place it is not seen, as in the likelihood. The kit's autosomal loci that the
    population has are typed, the others are left out.
    Raises CannotWeigh if a contributor lacks one of these loci.
    Source: Cowell, Graversen, Lauritzen and Mortera 2015; docs/methods.md, peak heights.
    """
    model = model or PeakModel()
    _check(contributors, parameters, replicates)
    typed = [
        marker
        for marker in kit.markers
        if marker.kind == "autosomal" and marker.locus in population.frequencies.by_locus
    ]
    places = [_expected(marker, contributors, parameters, model.stutter) for marker in typed]
    shapes = np.array([share for at_locus in places for share in at_locus.values()])
    shapes /= parameters.variability**2
    scale = parameters.height_rfu * parameters.variability**2
    heights = rng.gamma(shapes, scale, size=(replicates, len(shapes)))
    ends = np.cumsum([len(at_locus) for at_locus in places])[:-1]
    drawn = []
    for number, row in enumerate(heights, start=1):
        by_locus = [
            dict(zip(at_locus, heights_there.tolist(), strict=True))
            for at_locus, heights_there in zip(places, np.split(row, ends), strict=True)
        ]
        peaks = {
            marker.locus: _peaks(rng, marker, seen, population, model)
            for marker, seen in zip(typed, by_locus, strict=True)
        }
        drawn.append(Replicate(id if replicates == 1 else f"{id}.{number}", peaks))
    return Stain(id, tuple(drawn), kit.name, case)


def _check(contributors: Sequence[Reference], parameters: PeakParameters, replicates: int) -> None:
    if len(contributors) != len(parameters.proportions) or replicates < 1:
        raise InvalidRecord(
            f"{len(contributors)} contributors, {len(parameters.proportions)} proportions, "
            f"{replicates} replicates.",
            rule="Each contributor has a proportion, and a stain at least one replicate.",
            way_on="Give one proportion for each contributor.",
        )


def _table(population: Population, locus: Locus) -> tuple[list[Allele], Floats]:
    """Allele labels of a locus and their frequencies, rescaled to sum to 1."""
    table = population.frequencies.by_locus.get(locus)
    if table is None:
        raise CannotWeigh(
            f"Population {population.name} has no frequencies at {locus}.",
            rule="Alleles are drawn from the population's table.",
            way_on="Draw other loci, or from another population.",
        )
    named = {label: f for label, f in table.items() if f > 0 and _is_label(label)}
    frequencies = np.array(list(named.values()))
    return list(named), frequencies / frequencies.sum()


def _is_label(label: Allele) -> bool:
    try:
        allele(label)
    except InvalidRecord:
        return False
    return True


def _expected(
    marker: Marker,
    contributors: Sequence[Reference],
    parameters: PeakParameters,
    stutter: Stutter,
) -> dict[Allele, float]:
    """alpha omega^2 at each place that DNA or its stutter reaches: the expected height over mu.

    Kept in the alleles' order, so that a draw does not depend on who is named first.
    """
    doses = _doses(marker.locus, contributors, parameters.proportions)
    given = {
        label: dose * parameters.degradation ** ((size_bp(label, marker) - 125.0) / 100.0)
        for label, dose in doses.items()
    }
    numeric = all(one_repeat_from(label, -1) is not None for label in given)
    expected: dict[Allele, float] = {}
    for label, amount in given.items():
        lost = _lost(marker.locus, label, parameters, stutter) if numeric else {}
        expected[label] = expected.get(label, 0.0) + (1.0 - sum(lost.values())) * amount
        for child, share in lost.items():
            expected[child] = expected.get(child, 0.0) + share * amount
    return {label: expected[label] for label in sorted(expected, key=allele_order)}


def _lost(
    locus: Locus, parent: Allele, parameters: PeakParameters, stutter: Stutter
) -> dict[Allele, float]:
    """Stutter products of an allele, each with its share of the allele's height."""
    lost = {}
    for kind, share in parameters.stutter.items():
        child = stutter_product(parent, kind)
        share *= stutter.relative(kind, locus, parent)
        if child is not None and share > 0:
            lost[child] = share
    return lost


def _doses(
    locus: Locus, contributors: Sequence[Reference], proportions: Sequence[float]
) -> Mapping[Allele, float]:
    """Copies of each allele, weighted by their contributors' proportions (c_a)."""
    doses: dict[Allele, float] = {}
    for person, proportion in zip(contributors, proportions, strict=True):
        typed = person.genotypes.get(locus)
        if typed is None:
            raise CannotWeigh(
                f"{person.id} has no genotype at {locus}, which the kit types.",
                rule="A stain is drawn from people whose genotypes are known at its loci.",
                way_on="Draw the person at all loci of the population.",
            )
        for label in typed.alleles if typed.is_triallelic else typed.pair:
            doses[label] = doses.get(label, 0.0) + proportion
    return doses


def _peaks(
    rng: np.random.Generator,
    marker: Marker,
    heights: Mapping[Allele, float],
    population: Population,
    model: PeakModel,
) -> tuple[Peak, ...]:
    """The peaks of one locus of one replicate that reach the threshold, with any drop-in."""
    threshold = setting_at(model.threshold_rfu, marker.locus, "threshold")
    probability = setting_at(model.dropin.probability, marker.locus, "drop-in probability")
    seen = {label: height for label, height in heights.items() if height >= threshold}
    if rng.random() < probability:
        labels, frequencies = _table(population, marker.locus)
        label = labels[rng.choice(len(labels), p=frequencies)]
        rate = setting_at(model.dropin.rate, marker.locus, "drop-in rate")
        height = threshold + rng.exponential(1.0 / rate)
        if label not in heights:
            seen[label] = height
    return tuple(
        Peak(label, seen[label], size_bp(label, marker)) for label in sorted(seen, key=allele_order)
    )
