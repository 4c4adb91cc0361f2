"""The non-contributor test: what the LR would be, had somebody else been typed in this case.

The person in question is replaced, in both propositions, by a random unrelated person. A number
that such people often reach says little, whatever its size.

With the parameters of peak heights kept, the LR is a product over loci of a function of the
person's genotype there, so the distribution of its logarithm is a convolution, and exact.

Not for: parameters fitted for each random person (`noncontributors_refitted`), real people of a
database (`link`), relatives.
Source: Gill and Haned 2013, FSI:Genetics 7, 251-263 (performance tests); Bleka, Storvik and Gill
2016. Good 1950 (Turing): the mean LR of people who did not contribute is 1.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from reopen.errors import CannotWeigh, InvalidRecord
from reopen.kernels.genotypes import pairs
from reopen.kernels.shapes import Floats, Ints
from reopen.records import (
    UNRELATED,
    Allele,
    Contributor,
    Frozen,
    Genotype,
    Kit,
    Locus,
    Population,
    Proposition,
    Propositions,
    Reference,
    Stain,
    proposition,
)
from reopen.weigh.components import typed_counts
from reopen.weigh.encode import encode
from reopen.weigh.markers import PreparedMarker
from reopen.weigh.mixture import MixtureLikelihood
from reopen.weigh.model import PeakModel, PeakParameters
from reopen.weigh.sum_distribution import SumDistribution, sum_distribution

QUANTILES = (0.5, 0.9, 0.99, 0.999, 0.9999)
_LN_10 = float(np.log(10.0))


@dataclass(frozen=True, slots=True)
class RandomPerson:
    """A random unrelated person at one locus.

    genotypes    (genotype,) as far as the peaks tell them apart: an allele not seen stands for all
    probability  (genotype,) of the person, given the peaks and the people typed
    log10        (genotype,) log10 LR of such a person; minus infinity where they cannot have
                 contributed
    """

    genotypes: tuple[Genotype, ...]
    probability: Floats
    log10: Floats


@dataclass(frozen=True, slots=True)
class NonContributors:
    """log10 LR of random people in the suspect's place, parameters kept.

    suspect     the person replaced
    parameters  those kept, of the numerator's contributors in order
    observed    the suspect's own log10 LR at these parameters, the same loci
    by_locus    a random person at each locus at which the suspect was typed
    distribution  of log10 LR over random people; its `mean_power` is the mean LR, 1 up to rounding
    """

    suspect: str
    parameters: PeakParameters
    observed: float
    by_locus: Mapping[Locus, RandomPerson]
    distribution: SumDistribution


def non_contributors(
    stain: Stain,
    propositions: Propositions,
    suspect: Reference,
    population: Population,
    kit: Kit | None,
    model: PeakModel,
    parameters: PeakParameters,
    *,
    error: float = 0.005,
) -> NonContributors:
    """The exact distribution of log10 LR of random people in the suspect's place.

    parameters  kept for both propositions, in the order of the numerator's contributors; those
                fitted under the numerator ask how many others would fit as well where the suspect
                does. The denominator has the same shares, the suspect's going to an unknown person
    error       bound on every quantile of log10 LR

    A random person's genotype has its probability given the typed people and the peaks, which is
    the population's where theta is 0. Hence the mean LR is exactly 1, where the frequencies of each
    locus sum to 1, as rescaled ones do, and unseen alleles are one peak. With the convention that
    keeps them apart, the allele of a known person may stutter where an unknown person's may not, so
    the two sides are not of one model, and the mean tells by how much.
    Raises CannotWeigh where the propositions differ in more than the suspect, or where the
    numerator or the denominator cannot produce the peaks at these parameters.
    """
    sides = (propositions.numerator, propositions.denominator)
    _check_replaceable(sides, suspect)
    given = (parameters, _without_suspect(sides, suspect, parameters))

    def ln(who: Reference, loci: frozenset[Locus] | None = None) -> list[dict[Locus, float]]:
        """ln likelihood by locus under both propositions, with somebody in the suspect's place."""
        part = stain if loci is None else _only(stain, loci)
        found = []
        for side, values in zip(sides, given, strict=True):
            encoded = encode(part, replaced(side, suspect, who), population, kit, model)
            by_locus = MixtureLikelihood(encoded).ln_by_locus(values)
            found.append(dict(zip(encoded.loci, map(float, by_locus), strict=True)))
        return found

    own = ln(suspect)
    _check_possible(own, stain)
    shared = [locus for locus in own[0] if locus in own[1]]
    encoded = encode(stain, sides[1], population, kit, model)
    others = tuple(person for person in sides[1].typed if person.id != suspect.id)
    people = {
        marker.locus: _random_genotypes(marker, others, population)
        for marker in encoded.markers
        if marker.locus in shared and marker.locus in suspect.genotypes
    }
    values = _log_likelihoods(people, ln)
    by_locus = {
        locus: _random_person(genotypes, ln_prior, *values[locus])
        for locus, (genotypes, ln_prior) in people.items()
    }
    return NonContributors(
        suspect=suspect.id,
        parameters=parameters,
        observed=sum(own[0][locus] - own[1][locus] for locus in shared) / _LN_10,
        by_locus=Frozen(by_locus),
        distribution=sum_distribution(
            [(person.log10, person.probability) for person in by_locus.values()],
            origins=[(own[0][locus] - own[1][locus]) / _LN_10 for locus in by_locus],
            error=error,
        ),
    )


def _check_replaceable(sides: tuple[Proposition, Proposition], suspect: Reference) -> None:
    """The suspect contributes under the numerator only; the others are the same in both."""
    first, second = sides
    if suspect not in first.known or suspect in second.known:
        raise CannotWeigh(
            f"{suspect.id} in place of others, where the propositions are: {first}; {second}.",
            rule="The person replaced contributed under the first proposition, not the second.",
            way_on="Name the person whose contribution is in question.",
        )
    known = {person.id for person in first.known} - {suspect.id}
    if known != {person.id for person in second.known} or len(first.contributors) != len(
        second.contributors
    ):
        raise CannotWeigh(
            f"Parameters kept for both of: {first}; {second}.",
            rule="With parameters kept, the propositions differ in one person only.",
            way_on="Draw random people with parameters fitted for each.",
        )


def _check_possible(own: list[dict[Locus, float]], stain: Stain) -> None:
    for by_locus, name in zip(own, ("first", "second"), strict=True):
        impossible = [locus for locus, value in by_locus.items() if value == -np.inf]
        if impossible:
            raise CannotWeigh(
                f"The {name} proposition cannot produce the peaks of stain {stain.id!r} at "
                f"{', '.join(impossible)}.",
                rule="Random people are weighed with parameters that explain the peaks.",
                way_on="An exclusion needs no such test.",
            )


def _without_suspect(
    sides: tuple[Proposition, Proposition], suspect: Reference, parameters: PeakParameters
) -> PeakParameters:
    """The same parameters for the denominator's order of contributors.

    The suspect's share goes to the first unknown person, or to the one who is related to somebody
    instead of the suspect.
    """
    first, second = sides
    people = zip(first.contributors, parameters.proportions, strict=True)
    share_of = {c.reference.id: share for c, share in people if c.reference is not None}
    own = share_of.pop(suspect.id)
    unknown = [
        share
        for c, share in zip(first.contributors, parameters.proportions, strict=True)
        if not c.is_known
    ]
    related_instead = _is_related(second) and not _is_related(first)
    unknown = [*unknown, own] if related_instead else [own, *unknown]
    known = [share_of[person.id] for person in second.known]
    return replace(parameters, proportions=(*known, *unknown))


def _is_related(side: Proposition) -> bool:
    return side.contributors[-1].relation != UNRELATED


def replaced(side: Proposition, suspect: Reference, who: Reference) -> Proposition:
    """The proposition with somebody else wherever it names the suspect."""

    def instead(person: Reference | None) -> Reference | None:
        return who if person is not None and person.id == suspect.id else person

    return Proposition(
        tuple(
            Contributor(instead(c.reference), c.relation, instead(c.related_to))
            for c in side.contributors
        ),
        tuple(who if person.id == suspect.id else person for person in side.non_contributors),
    )


def _only(stain: Stain, loci: frozenset[Locus]) -> Stain:
    """The stain with the peaks of these loci alone."""
    return replace(
        stain,
        replicates=tuple(
            replace(
                replicate,
                peaks={locus: seen for locus, seen in replicate.peaks.items() if locus in loci},
            )
            for replicate in stain.replicates
        ),
    )


def _random_genotypes(
    marker: PreparedMarker, others: tuple[Reference, ...], population: Population
) -> tuple[tuple[Genotype, ...], Floats]:
    """Every genotype that the peaks tell apart, and its ln probability given the others typed.

    Alleles that were not seen are all alike, but that one twice is not the same as two.
    """
    labels = [*marker.alleles]
    positions = [marker.chains.labels.index(label) for label in labels]
    unseen = _unseen_alleles(marker, population)
    if marker.has_rest:
        labels.append(unseen[0])
        positions.append(len(marker.chains.labels) - 1)
    first, second = pairs(len(labels))
    typed = proposition(unknowns=1, non_contributors=others)
    counts = np.array(typed_counts(marker, typed), dtype=np.float64)[positions]
    frequency = np.array(marker.frequencies)
    ln_prior = _ln_probability(first, second, frequency, counts, marker.theta)
    genotypes = [Genotype((labels[i], labels[j])) for i, j in zip(first, second, strict=True)]
    if marker.alike < 1.0:
        genotypes.append(Genotype(unseen))
        split = ln_prior[-1] + np.log([marker.alike, 1.0 - marker.alike])
        ln_prior = np.concatenate([ln_prior[:-1], split])
    return tuple(genotypes), ln_prior


def _unseen_alleles(marker: PreparedMarker, population: Population) -> tuple[Allele, Allele]:
    """Labels of two alleles that the marker does not tell apart, listed ones first."""
    listed = population.frequencies.by_locus[marker.locus]
    labels = dict.fromkeys(map(Allele, (*listed, *map(str, range(1, 999)))))
    unseen = (a for a in labels if a not in marker.alleles and _is_label(a))
    return next(unseen), next(unseen)


def _is_label(label: str) -> bool:
    try:
        Genotype((Allele(label),))
    except InvalidRecord:
        return False
    return True


def _ln_probability(
    first: Ints, second: Ints, frequency: Floats, counts: Floats, theta: float
) -> Floats:
    """ln P(genotype) of one more person, after the alleles counted (mixture model, section 6).

    counts  (allele,) copies among the people typed. Source: Balding and Nichols 1994.
    """
    seen = counts.sum()
    same = first == second
    one = (theta * counts[first] + (1 - theta) * frequency[first]) / (1 + (seen - 1) * theta)
    other = (theta * (counts[second] + same) + (1 - theta) * frequency[second]) / (1 + seen * theta)
    return np.asarray(np.log(np.where(same, 1.0, 2.0) * one * other))


def _log_likelihoods(
    people: Mapping[Locus, tuple[tuple[Genotype, ...], Floats]],
    ln: Callable[[Reference, frozenset[Locus]], list[dict[Locus, float]]],
) -> dict[Locus, tuple[Floats, Floats]]:
    """ln likelihood of the peaks for each genotype of the random person, under both propositions.

    The n-th person has the n-th genotype of every locus, so that one likelihood of the whole stain
    serves all loci.
    """
    found = {
        locus: (np.full(len(genotypes), -np.inf), np.full(len(genotypes), -np.inf))
        for locus, (genotypes, _) in people.items()
    }
    for n in range(max((len(genotypes) for genotypes, _ in people.values()), default=0)):
        typed = {
            locus: genotypes[n] for locus, (genotypes, _) in people.items() if n < len(genotypes)
        }
        for side, by_locus in enumerate(ln(Reference("a random person", typed), frozenset(typed))):
            for locus, genotype in typed.items():
                if locus not in by_locus:
                    raise CannotWeigh(
                        f"A random person with {genotype} at {locus} cannot be weighed.",
                        rule="Every genotype of the population is weighed.",
                        way_on="Weigh without this locus.",
                    )
                found[locus][side][n] = by_locus[locus]
    return found


def _random_person(
    genotypes: tuple[Genotype, ...], ln_prior: Floats, ln_first: Floats, ln_second: Floats
) -> RandomPerson:
    """The random person is typed and did not contribute, so the denominator holds: the peaks,
    explained by the other people, say by theta how common the person's alleles are here."""
    ln_weight = ln_prior + ln_second
    weight = np.exp(ln_weight - ln_weight.max())
    possible = weight > 0
    with np.errstate(invalid="ignore"):
        ratio = np.where(possible, ln_first - ln_second, -np.inf) / _LN_10
    return RandomPerson(genotypes, weight / weight.sum(), ratio)
