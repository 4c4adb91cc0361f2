"""Remains before any family is asked: parts of one person put together, related victims found.

Not here: families (`dvi`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf

import numpy as np

from reopen.kernels.shapes import Floats
from reopen.link.candidates import search_tables
from reopen.link.dvi_people import may_be
from reopen.records import (
    FULL_SIBLINGS,
    HALF_SIBLINGS,
    PARENT_CHILD,
    REST,
    Allele,
    GenotypeLikelihoods,
    KinshipModel,
    Locus,
    LocusLikelihoods,
    NotWeighed,
    Population,
    Reference,
    Remains,
    Sex,
)
from reopen.weigh.compare import against_each_other, contributors
from reopen.weigh.kinship import Evidence
from reopen.weigh.relations import Kin, every_pair, typed_people
from reopen.weigh.remains import remains_likelihoods

SAME_PERSON_LOG10 = 4.0
RELATED_LOG10 = 3.0
_CLOSE_KIN = (PARENT_CHILD, FULL_SIBLINGS, HALF_SIBLINGS)


@dataclass(frozen=True, slots=True)
class Victim:
    """A victim: one set of remains, or several that are parts of one person.

    evidence  a whole profile, or likelihoods where alleles may have been lost or parts are joined
    """

    id: str
    sex: Sex
    parts: tuple[Remains, ...]
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class SamePerson:
    """Two remains weighed as one person against unrelated people.

    against  loci that speak against it or rule it out
    """

    one: str
    other: str
    log10_lr: float
    against: tuple[Locus, ...] = ()


@dataclass(frozen=True, slots=True)
class Grouped:
    """Victims after their parts were put together.

    matches         pairs at the threshold
    contradictions  remains that a chain of matches joins and that cannot be one person; none of
                    their group was put together
    not_weighed     loci of parts that were joined and differ
    """

    victims: tuple[Victim, ...]
    matches: tuple[SamePerson, ...]
    contradictions: tuple[SamePerson, ...]
    not_weighed: tuple[NotWeighed, ...]


def group_remains(
    remains: Sequence[Remains],
    population: Population,
    model: KinshipModel,
    least_log10: float = SAME_PERSON_LOG10,
) -> Grouped:
    """Put parts of one person together: matches, and matches of matches.

    Identical twins match as well; where a family seeks twins, their parts need another way.
    """
    likelihoods = [_likelihoods(item, model) for item in remains]
    pairs = _same_person(remains, likelihoods, population, model)
    matches = [pair for pair in pairs.values() if pair.log10_lr >= least_log10]
    groups = _joined([item.id for item in remains], matches)
    contradictions, victims = [], []
    refused: list[NotWeighed] = []
    known = {item.id: item for item in remains}
    by_id = dict(zip(known, likelihoods, strict=True))
    for group in groups:
        parts = tuple(known[id] for id in group)
        against = [
            pair
            for k, one in enumerate(group)
            for other in group[k + 1 :]
            if (pair := pairs[one, other]).log10_lr < 0
            or not may_be(known[one].sex, known[other].sex)
        ]
        contradictions += against
        if against or len(parts) == 1:
            victims += [Victim(p.id, p.sex, (p,), _evidence(p, model)) for p in parts]
            continue
        joined, differing = _product([by_id[id] for id in group], " + ".join(group))
        refused += differing
        sex = next((part.sex for part in parts if part.sex is not Sex.UNKNOWN), Sex.UNKNOWN)
        victims.append(Victim(joined.owner, sex, parts, joined))
    return Grouped(tuple(victims), tuple(matches), tuple(contradictions), tuple(refused))


def _evidence(remains: Remains, model: KinshipModel) -> Evidence:
    """The profile itself where nothing can have been lost: silent alleles are then allowed for."""
    if remains.dropout > 0 or model.partial.get(remains.id):
        return _likelihoods(remains, model)
    return remains.profile


def _likelihoods(remains: Remains, model: KinshipModel) -> GenotypeLikelihoods:
    return remains_likelihoods(remains, model.partial.get(remains.id, frozenset()))


def _same_person(
    remains: Sequence[Remains],
    likelihoods: Sequence[GenotypeLikelihoods],
    population: Population,
    model: KinshipModel,
) -> dict[tuple[str, str], SamePerson]:
    """Every two remains. Loci on X, where men have one allele, take no part."""
    autosomal = [
        GenotypeLikelihoods(
            item.owner, {at: v for at, v in item.by_locus.items() if at not in model.x_linked}
        )
        for item in likelihoods
    ]
    met: dict[Locus, set[Allele]] = {}
    for item in autosomal:
        for locus, at in item.by_locus.items():
            met.setdefault(locus, set()).update(set(at.alleles) - {REST})
    tables = search_tables(list(met), population, met)
    people, _ = contributors(autosomal, tables)
    total, terms = against_each_other(people)
    pairs = {}
    for i, one in enumerate(remains):
        for j in range(i + 1, len(remains)):
            against = tuple(locus for locus, term in terms.items() if term[i, j] < 0)
            pairs[one.id, remains[j].id] = SamePerson(
                one.id, remains[j].id, float(total[i, j]), against
            )
    return pairs


def _joined(ids: Sequence[str], matches: Sequence[SamePerson]) -> list[list[str]]:
    """Groups that matches connect, in the order of their first."""
    label = {id: id for id in ids}
    for pair in matches:
        old, new = label[pair.other], label[pair.one]
        label = {id: new if name == old else name for id, name in label.items()}
    return [[id for id in ids if label[id] == name] for name in dict.fromkeys(label.values())]


def _product(
    parts: Sequence[GenotypeLikelihoods], owner: str
) -> tuple[GenotypeLikelihoods, list[NotWeighed]]:
    """All parts' likelihoods multiplied; loci at which they exclude each other are left out."""
    by_locus: dict[Locus, LocusLikelihoods] = {}
    refused = []
    for locus in dict.fromkeys(locus for part in parts for locus in part.by_locus):
        found = [part.by_locus[locus] for part in parts if locus in part.by_locus]
        labels = dict.fromkeys(a for one in found for a in one.alleles if a != REST)
        alleles = (*labels, REST)
        ln = sum((_spread(one, alleles) for one in found), np.zeros(1))
        if ln.max() == -inf:
            refused.append(NotWeighed(f"{owner} {locus}", "parts of one person differ here"))
        else:
            by_locus[locus] = LocusLikelihoods(alleles, tuple(float(x) for x in ln))
    return GenotypeLikelihoods(owner, by_locus), refused


def _spread(likelihoods: LocusLikelihoods, alleles: Sequence[Allele]) -> Floats:
    """The same likelihoods on more alleles, all of which take the value of REST."""
    own = {label: k for k, label in enumerate(likelihoods.alleles)}
    n = len(own)
    places = [own.get(label, own.get(REST, -1)) for label in alleles]
    values = []
    for i, one in enumerate(places):
        for other in places[i:]:
            low, high = sorted((one, other))
            row = low * n - low * (low - 1) // 2
            values.append(likelihoods.ln[row + high - low])
    return np.array(values)


@dataclass(frozen=True, slots=True)
class RelatedVictims:
    """Two victims who look like relatives, against unrelated people."""

    one: str
    other: str
    relation: str
    log10_lr: float


def related_victims(
    victims: Sequence[Victim],
    population: Population,
    model: KinshipModel,
    least_log10: float = RELATED_LOG10,
) -> tuple[RelatedVictims, ...]:
    """Pairs of victims with an LR above 1,000 as parent and child, full or half siblings.

    The best of the three for each pair, strongest first. By profiles as typed: dropout and loci on
    X take no part.
    """
    profiles = [_richest(victim) for victim in victims]
    met: dict[Locus, set[Allele]] = {}
    for profile in profiles:
        for locus, genotype in profile.genotypes.items():
            if locus not in model.x_linked and not genotype.is_triallelic:
                met.setdefault(locus, set()).update(genotype.alleles)
    tables = search_tables(list(met), population, met)
    if len(victims) < 2 or not tables:
        return ()
    typed = typed_people(profiles, tables)
    best: dict[tuple[int, int], RelatedVictims] = {}
    for relation in _CLOSE_KIN:
        for one, ratios in every_pair(typed, Kin(relation), model):
            for k in np.flatnonzero(ratios >= least_log10):
                other = one + 1 + int(k)
                found = RelatedVictims(
                    victims[one].id, victims[other].id, relation.name, float(ratios[k])
                )
                if (one, other) not in best or found.log10_lr > best[one, other].log10_lr:
                    best[one, other] = found
    return tuple(sorted(best.values(), key=lambda pair: (-pair.log10_lr, pair.one, pair.other)))


def _richest(victim: Victim) -> Reference:
    """The profile of most loci among a victim's parts."""
    return max((part.profile for part in victim.parts), key=lambda profile: len(profile.loci))


def outside_families(
    found: Sequence[RelatedVictims], assignment: Mapping[str, str], family_of: Mapping[str, str]
) -> tuple[RelatedVictims, ...]:
    """Related victims whom an assignment does not put into one family."""

    def family(victim: str) -> str:
        return family_of.get(assignment.get(victim, ""), "")

    return tuple(p for p in found if not family(p.one) or family(p.one) != family(p.other))
