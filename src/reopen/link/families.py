"""Families of the missing with remains, references and stains.

A family is one row of tables; every candidate costs a look-up, or a product of matrices where the
candidate's genotype is not certain. Not for: several missing people and several remains weighed
jointly (`dvi`), families with each other (`family_pairs`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from reopen.kernels.shapes import Floats
from reopen.link.candidates import any_contributor
from reopen.link.chance_links import LocusSets, OneSide, total, with_rest_bounded
from reopen.link.dna import WHICH
from reopen.link.searched_people import People
from reopen.link.sought import MissingMembers, Sought, missing_members
from reopen.link.stains import SolvedStain
from reopen.records import (
    End,
    Family,
    Link,
    LinkKind,
    Locus,
    Population,
    Reference,
    Remains,
    Sex,
)
from reopen.weigh.compare import Contributors
from reopen.weigh.relations import terms_with
from reopen.weigh.sides import Side

MISSING = "missing member"

_MOST_MEMBERS = 1000  # missing people whose chance is worked out
_ERROR = 0.05  # of log10 LR, where each genotype has an LR of its own


def end_of(family: Family, member: str) -> End:
    return End(family.id, member=member)


def people_with_families(
    missing: MissingMembers,
    among: Sequence[People],
    least_log10: float,
    sexes: Mapping[str, Sex],
) -> tuple[list[Link], dict[str, Reference]]:
    """Typed people who may be a missing member, and who they are. A family's own relatives are not
    compared.

    sexes  of remains among them, as stated; opposite sexes do not link
    """
    ratios, found = missing.ln_ratio, []
    people: dict[str, Reference] = {}
    for row, (family, member) in enumerate(missing.who):
        own = {profile.id for profile in family.profiles.values()}
        rows = {locus: table[row : row + 1] for locus, table in ratios.items()}
        for some in among:
            reached = some.reaching(rows, least_log10, least_log10)
            for k, reference in enumerate(reached.people):
                stated = {family.pedigree.sex(member), sexes.get(reference.id, Sex.UNKNOWN)}
                if reference.id in own or len(stated - {Sex.UNKNOWN}) > 1:
                    continue
                terms = {
                    locus: term
                    for locus, term in terms_with(ratios, row, reached.typed, k).items()
                    if missing.present[locus][row]
                }
                if terms:
                    end = End(reference.id), end_of(family, member)
                    remarks = _sex_remarks(reference, family, member)
                    found.append(_link(LinkKind.REFERENCE_FAMILY, *end, terms, remarks))
                    people[reference.id] = reference
    return found, people


def _link(
    kind: LinkKind, one: End, other: End, terms: Mapping[Locus, float], remarks: Iterable[str]
) -> Link:
    total = float(sum(terms.values()))
    return Link(kind, one, other, MISSING, total, terms, 0.0, tuple(remarks))


def _sex_remarks(reference: Reference, family: Family, member: str) -> list[str]:
    """Amelogenin against the pedigree. It is no exclusion: deletions of the Y form exist."""
    amelogenin = reference.genotypes.get(Locus("AMEL"))
    sex = family.pedigree.sex(member)
    if amelogenin is None or sex is Sex.UNKNOWN:
        return []
    shown = Sex.MALE if "Y" in amelogenin.alleles else Sex.FEMALE
    if shown is sex:
        return []
    return [f"amelogenin of {reference.id} says {shown}; the missing person is {sex}"]


def remains_with_families(
    missing: MissingMembers,
    remains: Sequence[Remains],
    people: Contributors,
    least_log10: float,
) -> list[Link]:
    """people  the remains by likelihoods, in the same order. Opposite sexes do not link."""
    total, terms = missing.against(people)
    found = []
    for row, place in zip(*np.nonzero(total >= least_log10), strict=True):
        family, member = missing.who[row]
        sexes = {family.pedigree.sex(member), remains[place].sex} - {Sex.UNKNOWN}
        if len(sexes) < 2:
            per_locus = _of_both(missing, people, terms, int(row), int(place))
            dropout = remains[place].dropout
            remarks = [f"dropout of {dropout:g} for each allele"] if dropout else []
            ends = End(remains[place].id), end_of(family, member)
            found.append(_link(LinkKind.REMAINS_FAMILY, *ends, per_locus, remarks))
    return found


def _of_both(
    missing: MissingMembers,
    people: Contributors,
    terms: Mapping[Locus, Floats],
    row: int,
    person: int,
) -> dict[Locus, float]:
    return {
        locus: float(term[row, person])
        for locus, term in terms.items()
        if missing.present[locus][row] and people.present[locus][person]
    }


def stains_with_families(
    missing: MissingMembers,
    solved: Sequence[SolvedStain],
    groups: Sequence[range],
    known: Contributors,
    least_log10: float,
) -> list[Link]:
    """Stains of which a missing member may be a contributor, whichever."""
    every, terms = missing.against(known)
    found = []
    for item, group in zip(solved, groups, strict=True):
        total, place = any_contributor(every.T, group)
        for row in map(int, np.flatnonzero(total >= least_log10)):
            person = group[int(place[row])]
            per_locus = _of_both(missing, known, terms, row, person)
            fit = item.deconvolution.fit
            n = item.deconvolution.places[int(place[row])]
            one = End(item.stain.id, n, len(fit.proportions), fit.proportions[n - 1])
            link = _link(LinkKind.STAIN_FAMILY, one, end_of(*missing.who[row]), per_locus, ())
            rest = {WHICH: float(total[row]) - link.log10} if len(group) > 1 else {}
            found.append(replace(link, log10=float(total[row]), other_terms=rest))
    return found


def with_mutations_named(
    links: Sequence[Link],
    sought: Sought,
    population: Population,
    missing: MissingMembers,
    profiles: Mapping[str, Reference],
) -> list[Link]:
    """Links of families with loci that no inheritance explains without a mutation in a remark.

    profiles  of remains and references by id; stains are left as they are
    """
    ends = {(link.other.profile, link.other.member) for link in links if link.other.member}
    unchanging, _ = missing_members(sought, population, missing.tables, mutating=False, only=ends)
    rows = {(family.id, member): row for row, (family, member) in enumerate(unchanging.who)}
    places = {locus: {a: k for k, a in enumerate(t.alleles)} for locus, t in missing.tables.items()}

    def needs_mutation(link: Link, locus: Locus, row: int) -> bool:
        genotype = profiles[link.one.profile].genotypes[locus]
        n = len(places[locus])
        low, high = sorted(places[locus][label] for label in genotype.pair)
        possible = np.isfinite(unchanging.ln_related[locus][row])
        if genotype.is_homozygous and link.kind is LinkKind.REMAINS_FAMILY:
            pairs_of = [_number(min(low, k), max(low, k), n) for k in range(n)]
            return not possible[pairs_of].any()
        return not possible[_number(low, high, n)]

    told = []
    for link in links:
        row = rows.get((link.other.profile, link.other.member))
        if row is None or link.one.profile not in profiles:
            told.append(link)
            continue
        # A family that contradicts itself without mutation has no table then.
        loci = [
            locus
            for locus in link.per_locus
            if unchanging.present[locus][row] and needs_mutation(link, locus, row)
        ]
        remark = f"a mutation is needed at {', '.join(loci)}"
        told.append(replace(link, remarks=(*link.remarks, remark)) if loci else link)
    return told


def _number(low: int, high: int, n: int) -> int:
    return low * n - low * (low - 1) // 2 + (high - low)


def best_of_each_family(links: Sequence[Link]) -> list[Link]:
    """Of links that take one person for several missing members of a family, the strongest, with
    the others in a remark: who resembles a father resembles his child."""
    of_one: dict[tuple[LinkKind, str, int | None, str], list[Link]] = {}
    for link in links:
        key = link.kind, link.one.profile, link.one.contributor, link.other.profile
        of_one.setdefault(key, []).append(link)
    told = []
    for several in of_one.values():
        first, *others = sorted(several, key=lambda link: -link.log10)
        remarks = [f"as {one.other.member}: log10 LR {one.log10:.2f}" for one in others]
        told.append(replace(first, remarks=(*first.remarks, *remarks)))
    return told


def with_chance_of_family(
    links: Sequence[Link],
    members: Mapping[tuple[str, str], Side],
    people: Mapping[LinkKind, LocusSets],
    comparisons: Mapping[LinkKind, int],
) -> list[Link]:
    """Links with the number of unrelated people who would come as close to a family.

    members  (family id, member) -> how chance sees them, of all families; beyond a thousand those
             of links are worked out and the others bounded
    people   typed, by what a link with them is called
    """
    linked = {(link.other.profile, link.other.member) for link in links}
    worked_out = sorted(members, key=lambda who: (who not in linked, who))[:_MOST_MEMBERS]
    sides = [OneSide(members[who], name="\n".join(who), error=_ERROR) for who in worked_out]
    told = list(links)
    for kind, sets in people.items():
        own = [place for place, link in enumerate(links) if link.kind is kind]
        if not own:
            continue
        known = total(side.with_people(sets) for side in sides)
        every = with_rest_bounded(known, comparisons[kind])
        expected = every.expected([links[place].log10 for place in own])
        for place, chance in zip(own, expected, strict=True):
            told[place] = replace(links[place], expected_chance=chance.high, by_chance=chance)
    return told
