"""Families of the missing: what relatives' profiles say of a missing person's genotype.

One elimination per locus keeps the missing member's two alleles; every candidate afterwards is a
look-up. `family_likelihoods` puts a family on the waist of this program: a person given by
likelihoods of genotypes, to be compared with stains, references and remains like any other.

Not here: several missing members at once (`link.dvi`), which pairs to search (`link.families`).
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass, replace

import numpy as np

from reopen.errors import CannotWeigh
from reopen.kernels.genotypes import pairs, probabilities, square
from reopen.kernels.shapes import Floats
from reopen.records import (
    Allele,
    Comparison,
    Family,
    GenotypeLikelihoods,
    KinshipModel,
    Locus,
    LocusLikelihoods,
    Member,
    NotWeighed,
    Pedigree,
    Population,
    Reference,
    Remains,
    Sex,
)
from reopen.weigh.compare import reference_likelihoods
from reopen.weigh.deconvolve import on_alleles
from reopen.weigh.kinship import PedigreeWeigher, alleles_met
from reopen.weigh.kinship_chromosomes import terms
from reopen.weigh.kinship_locus import KinshipLocus

_LN_10 = float(np.log(10.0))


@dataclass(frozen=True, slots=True, eq=False)
class FamilyLocus:
    """A family at one locus, for every genotype g that may be typed of a person.

    alleles       of the population, and those met
    frequency     (allele,), sums to 1
    ln_related    (genotype,) ln P(family's profiles, its missing member is typed as g)
    ln_unrelated  (genotype,) ln P(family's profiles, an unrelated person is typed as g)
    one_allele    a locus on X of a missing man: only genotypes (a, a) are possible
    silent        frequency of a silent allele, which makes {a, silent} be typed as (a, a)

    Genotypes are in the order of `kernels.genotypes`; -inf where impossible.
    """

    alleles: tuple[Allele, ...]
    frequency: Floats
    theta: float
    ln_related: Floats
    ln_unrelated: Floats
    one_allele: bool = False
    silent: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class FamilyTable:
    """A family towards one of its missing members, locus by locus.

    not_weighed  loci, or a relative's loci, that took no part, with the reason
    """

    family: str
    member: str
    by_locus: Mapping[Locus, FamilyLocus]
    not_weighed: tuple[NotWeighed, ...] = ()


def family_table(
    family: Family,
    member: str,
    population: Population,
    model: KinshipModel,
    met: Mapping[Locus, Set[Allele]] | None = None,
) -> FamilyTable:
    """What the family says of a missing member, at every locus that a relative is typed at.

    met  alleles of the people to be compared; those the population does not list get its floor

    Theta above 0 joins the founders of the family and the unrelated person in one urn.
    Raises CannotWeigh for a member who is typed or not in the pedigree, and as
    `weigh.kinship.pedigree_likelihood` does.
    """
    missing = family.pedigree.member(member)
    if member in family.profiles:
        raise CannotWeigh(
            f"{member} of family {family.id} has a profile.",
            rule="A table is made for a member who is not typed.",
            way_on="Compare the profile itself, or take it off the family.",
        )
    alleles = alleles_met(family.profiles)
    for locus, labels in (met or {}).items():
        alleles.setdefault(locus, set()).update(labels)
    weigher = PedigreeWeigher(family.pedigree, population, model, met=alleles)
    loci, refused = _loci(family, missing, weigher)
    tables = list(weigher.tables(family.profiles, member, loci))
    pedigree, stranger = with_stranger(family.pedigree, family.pedigree.sex(member))
    beside = PedigreeWeigher(pedigree, population, model, met=alleles)
    with_theta = [at.locus for at, _ in tables if at.theta > 0]
    apart = {at.locus: ln for at, ln in beside.tables(family.profiles, stranger, with_theta)}
    by_locus = {}
    for at, ln_joint in tables:
        table = _family_locus(at, ln_joint, apart.get(at.locus))
        if np.isneginf(table.ln_related).all():
            reason = "the relatives' profiles exclude each other; check the pedigree and samples"
            refused.append(NotWeighed(f"family {family.id} {at.locus}", reason))
        else:
            by_locus[at.locus] = table
    return FamilyTable(family.id, member, by_locus, tuple(refused))


def family_likelihoods(table: FamilyTable) -> GenotypeLikelihoods:
    """The missing member as genotype likelihoods, for every comparison this program makes.

    P(family | member = g) up to a constant; without theta, the ratio against unrelated itself.
    """
    return GenotypeLikelihoods(
        f"{table.member}, missing, of family {table.family}",
        {locus: _likelihoods(at) for locus, at in table.by_locus.items()},
    )


def against_family(
    table: FamilyTable, person: Reference | Remains | GenotypeLikelihoods
) -> Comparison:
    """Weigh a person as the family's missing member, against an unrelated person.

    Remains with dropout are summed over the genotypes they may have. log10 is -inf where a locus
    excludes; loci that both have and that cannot be compared are in `not_weighed`.
    """
    dropout = person.dropout if isinstance(person, Remains) else 0.0
    if isinstance(person, GenotypeLikelihoods):
        evidence = person
    else:
        evidence = reference_likelihoods(person.profile if isinstance(person, Remains) else person)
    per_locus: dict[Locus, float] = {}
    refused = list(table.not_weighed)
    for locus, at in table.by_locus.items():
        if locus not in evidence.by_locus:
            continue
        ln = on_alleles(evidence.by_locus[locus], at.alleles)
        if ln is None:
            reason = "an allele is not in the family's table; make the table with it among met"
            refused.append(NotWeighed(f"{evidence.owner} {locus}", reason))
        elif dropout > 0 and at.silent > 0:
            reason = "dropout together with a silent allele is weighed by pedigrees only"
            refused.append(NotWeighed(f"{evidence.owner} {locus}", reason))
        else:
            per_locus[locus] = _log10_ratio(at, _with_dropout(ln, at, dropout))
    return Comparison(
        evidence.owner,
        f"family {table.family}",
        f"{table.member} of family {table.family}",
        sum(per_locus.values()),
        per_locus,
        tuple(refused),
    )


def _loci(
    family: Family, missing: Member, weigher: PedigreeWeigher
) -> tuple[list[Locus], list[NotWeighed]]:
    """Loci that a relative is typed at, and what of them cannot be used."""
    loci = list(dict.fromkeys(at for profile in family.profiles.values() for at in profile.loci))
    refused = list(weigher.refusals(family.profiles))
    for locus in weigher.model.x_linked & set(loci):
        if family.pedigree.sex(missing.id) is Sex.UNKNOWN:
            reason = f"the locus is on X, and the sex of {missing.id} is not known"
            refused.append(NotWeighed(f"family {family.id} {locus}", reason))
            loci.remove(locus)
    for term in terms(loci, weigher.model):
        if len(term.loci) > 1:
            reason = "their linkage does not count in a table; weigh the pedigrees for it"
            refused.append(NotWeighed(term.name, reason))
    if weigher.model.typing_error_of(missing.id) > 0:
        reason = "no error of typing of the person compared with the family counts in a table"
        refused.append(NotWeighed(f"family {family.id}", reason))
    return loci, refused


def _family_locus(at: KinshipLocus, ln_joint: Floats, ln_apart: Floats | None) -> FamilyLocus:
    """ln_apart: of an unrelated person; None without theta, where it is a product."""
    one_allele = ln_joint.ndim == 1
    n = len(at.alleles) - at.has_silent
    if ln_apart is None:
        ln_frequency = np.log(at.frequency)
        ln_apart = np.logaddexp.reduce(ln_joint, axis=None) + (
            ln_frequency if one_allele else ln_frequency[:, None] + ln_frequency[None, :]
        )
    return FamilyLocus(
        at.alleles[:n],
        at.frequency[:n] / at.frequency[:n].sum(),
        at.theta,
        _as_typed(ln_joint, n),
        _as_typed(ln_apart, n),
        one_allele,
        float(at.frequency[n:].sum()),
    )


def with_stranger(pedigree: Pedigree, sex: Sex) -> tuple[Pedigree, str]:
    """The pedigree with an unrelated person, and that person's name."""
    name = "unrelated person"
    while name in pedigree:
        name += "'"
    stranger = Member(name, sex)
    return replace(pedigree, members=(*pedigree.members, stranger)), name


def _as_typed(ln: Floats, n: int) -> Floats:
    """ln P over what is typed, (genotype,), from ordered alleles of which the n-th is silent."""
    if ln.ndim == 1:
        ln = np.where(np.eye(len(ln), dtype=bool), ln[:, None], -np.inf)
    both = np.logaddexp(ln, ln.T)
    np.fill_diagonal(both, np.diag(ln))
    if len(ln) > n:
        seen = np.arange(n)
        both[seen, seen] = np.logaddexp(both[seen, seen], both[:n, n])
    return np.asarray(both[:n, :n][np.triu_indices(n)])


def _likelihoods(at: FamilyLocus) -> LocusLikelihoods:
    if at.theta > 0:
        p = at.frequency
        prior = _diagonal(p) if at.one_allele else probabilities(p, at.theta)
        with np.errstate(divide="ignore"):
            base = np.log(prior)
    else:
        base = at.ln_unrelated
    ln = np.full(len(base), -np.inf)
    possible = np.isfinite(at.ln_related) & np.isfinite(base)
    ln[possible] = at.ln_related[possible] - base[possible]
    return LocusLikelihoods(at.alleles, tuple(ln.tolist()))


def _diagonal(p: Floats) -> Floats:
    first, second = pairs(len(p))
    return np.where(first == second, p[first], 0.0)


def _with_dropout(ln: Floats, at: FamilyLocus, dropout: float) -> Floats:
    """ln P(typed | genotype) with dropout, from the likelihoods of a profile taken as full.

    Source: `weigh.kinship_locus.read_genotype`.
    """
    if dropout == 0:
        return ln
    n = len(at.alleles)
    likelihood = square(np.exp(ln), n)
    homozygous = np.diag(likelihood).copy()
    spread = likelihood * (1 - dropout) ** 2
    spread += dropout * (1 - dropout) * (homozygous[:, None] + homozygous[None, :])
    np.fill_diagonal(spread, homozygous * (1 - dropout**2))
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(spread[np.triu_indices(n)]))


def _log10_ratio(at: FamilyLocus, ln: Floats) -> float:
    related = np.logaddexp.reduce(at.ln_related + ln)
    unrelated = np.logaddexp.reduce(at.ln_unrelated + ln)
    return float((related - unrelated) / _LN_10) if np.isfinite(related) else -np.inf
