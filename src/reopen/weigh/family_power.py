"""What a family can show before any candidate is typed: how far true and false ones lie apart.

All exact: at each locus the candidate's genotype takes one of a few values, with a probability if
the candidate is the missing person, unrelated, or another relative; log10 LRs are summed by
convolution. Not here: whom to type next (`weigh.next_relative`), any two pedigrees
(`weigh.exclusion_power`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from reopen.kernels.shapes import Floats
from reopen.records import Family, Frozen, KinshipModel, Locus, Mutation, NotWeighed, Population
from reopen.weigh.exclusion_power import ExclusionPower, mismatches
from reopen.weigh.families import FamilyLocus, FamilyTable, family_table
from reopen.weigh.other_relatives import with_relative
from reopen.weigh.sum_distribution import SumDistribution, sum_distribution, usual_error

FLOOR = -40.0
_LN_10 = float(np.log(10.0))


@dataclass(frozen=True, slots=True, eq=False)
class FamilyPower:
    """log10 LR of a candidate, the missing person against an unrelated one, before it is known.

    exclusion     an unrelated person's genotypes that the family excludes, with mutation off
    if_missing    distribution of log10 LR if the candidate is the missing person
    if_unrelated  ... is unrelated
    if_other      ... is another relative, by the words that asked for it
    expected_log10  E(log10 LR) if the candidate is the missing person
    """

    family: str
    member: str
    loci: tuple[Locus, ...]
    exclusion: ExclusionPower
    if_missing: SumDistribution
    if_unrelated: SumDistribution
    if_other: Mapping[str, SumDistribution]
    expected_log10: float
    not_weighed: tuple[NotWeighed, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "if_other", Frozen(self.if_other))

    def inclusion(self, log10: float) -> tuple[float, float]:
        """Bounds of P(log10 LR is so much or more) if the candidate is the missing person."""
        return self.if_missing.at_least(log10)

    def false_inclusion(self, log10: float, other: str = "") -> tuple[float, float]:
        """The same if the candidate is unrelated, or another relative."""
        return (self.if_other[other] if other else self.if_unrelated).at_least(log10)


def family_power(
    family: Family,
    member: str,
    population: Population,
    model: KinshipModel,
    *,
    others: Iterable[str] = (),
    error: float | None = None,
    floor: float = FLOOR,
) -> FamilyPower:
    """The power of a family to find its missing member, at the loci that relatives are typed at.

    others  relatives of the missing person whom the candidate may be taken for: words of
            `other_relatives.OtherRelative`, or untyped members
    error   bound on how far log10 LRs are off; None: `sum_distribution.usual_error`
    floor   log10 LRs below it are counted together

    The candidate is taken to be typed at all these loci, without dropout. Raises CannotWeigh as
    `families.family_table` does.
    Sources: Kruijver 2015, Forensic Sci Int Genet 14:116 (exact distributions); Vigeland et al.
    2020, Forensic Sci Int Genet 49:102376 (power of a family of the missing).
    """
    table = family_table(family, member, population, model)
    still = replace(model, mutation=Mutation(), typing_error=0.0)
    exclusion = exclusion_of(family_table(family, member, population, still), table)
    terms = {locus: log10_terms(at) for locus, at in table.by_locus.items()}
    error = usual_error(len(terms)) if error is None else error
    if_other = {}
    for who in others:
        pedigree, name = with_relative(family.pedigree, member, who)
        missing = tuple(id for id in family.missing if id != name) or (member,)
        other = family_table(
            replace(family, pedigree=pedigree, missing=missing), name, population, model
        )
        if_other[who] = sum_distribution(
            [(terms[at][0], _share(other.by_locus[at].ln_related)) for at in terms],
            error=error,
            floor=floor,
        )

    def distributed(truth: int) -> SumDistribution:
        return sum_distribution(
            [(values, shares[truth]) for values, *shares in terms.values()],
            error=error,
            floor=floor,
        )

    return FamilyPower(
        family.id,
        member,
        tuple(terms),
        exclusion,
        distributed(0),
        distributed(1),
        if_other,
        sum(mean_log10(values, related) for values, related, _ in terms.values()),
        (*table.not_weighed, *exclusion.not_weighed),
    )


def log10_terms(at: FamilyLocus) -> tuple[Floats, Floats, Floats]:
    """log10 LR of each genotype, and its probability in the missing and in an unrelated person.

    Each (genotype,); genotypes that neither can have are left out.
    """
    possible = np.isfinite(at.ln_related) | np.isfinite(at.ln_unrelated)
    related, unrelated = at.ln_related[possible], at.ln_unrelated[possible]
    return (related - unrelated) / _LN_10, _share(related), _share(unrelated)


def mean_log10(values: Floats, probability: Floats) -> float:
    """E(log10 LR) over what may come."""
    there = probability > 0
    return float(values[there] @ probability[there])


def exclusion_of(still: FamilyTable, table: FamilyTable) -> ExclusionPower:
    """Exclusion power of a table made with mutation off.

    Loci of the other table that it lacks are those at which the relatives themselves need a
    mutation: they are listed, and exclude nobody.
    """
    by_locus = {
        locus: float(_share(at.ln_unrelated)[np.isneginf(at.ln_related)].sum())
        for locus, at in still.by_locus.items()
    }
    reason = "the relatives themselves need a mutation here, so that it excludes nobody"
    refused = [
        NotWeighed(f"exclusion power {locus}", reason)
        for locus in table.by_locus
        if locus not in by_locus
    ]
    return ExclusionPower(by_locus, mismatches(by_locus.values()), tuple(refused))


def _share(ln: Floats) -> Floats:
    weight = np.exp(ln - ln.max())
    return np.asarray(weight / weight.sum())
