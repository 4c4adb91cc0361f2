"""Unidentified remains as the same person: with references, with stains, with other remains.

Full profiles are compared as references are; degraded ones as people given by likelihoods, since
they leave genotypes open. Not for: families (`families`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from reopen.kernels.compare import same_person_lr
from reopen.kernels.shapes import Floats
from reopen.link.candidates import any_contributor
from reopen.link.dna import SAME_PERSON, WHICH
from reopen.link.sought import Sought
from reopen.link.stains import SolvedStain
from reopen.records import (
    End,
    GenotypeLikelihoods,
    Link,
    LinkKind,
    Locus,
    Purpose,
    Reference,
    Remains,
)
from reopen.weigh.compare import (
    Contributors,
    against_references,
    genotype_numbers,
    locus_terms,
)
from reopen.weigh.remains import remains_likelihoods

_AS_REMAINS = {
    LinkKind.STAIN_REFERENCE: LinkKind.STAIN_REMAINS,
    LinkKind.REFERENCE_FAMILY: LinkKind.REMAINS_FAMILY,
}


@dataclass(frozen=True, slots=True)
class FoundRemains:
    """Remains of a search: those with a full profile as references, the others by likelihoods."""

    full: tuple[Reference, ...]
    degraded: tuple[Remains, ...]
    likelihoods: tuple[GenotypeLikelihoods, ...]

    def renamed(self, link: Link) -> Link:
        """The link with the kind that says which of its ends are remains."""
        ids = {reference.id for reference in self.full}
        there = (link.one.profile in ids) + (link.other.profile in ids)
        if link.kind is LinkKind.REFERENCE_REFERENCE and there:
            kind = LinkKind.REMAINS_REMAINS if there == 2 else LinkKind.REMAINS_REFERENCE
            ends = (link.other, link.one) if link.one.profile not in ids else (link.one, link.other)
            return replace(link, kind=kind, one=ends[0], other=ends[1], remarks=())
        return replace(link, kind=_AS_REMAINS.get(link.kind, link.kind)) if there else link


def found_remains(sought: Sought) -> FoundRemains:
    def is_degraded(one: Remains) -> bool:
        return one.dropout > 0 or bool(sought.partial.get(one.id))

    degraded = tuple(one for one in sought.remains if is_degraded(one))
    return FoundRemains(
        tuple(
            replace(one.profile, id=one.id, purpose=Purpose.UNIDENTIFIED)
            for one in sought.remains
            if not is_degraded(one)
        ),
        degraded,
        tuple(
            remains_likelihoods(one, sought.partial.get(one.id, frozenset())) for one in degraded
        ),
    )


def degraded_as_persons(
    remains: FoundRemains,
    references: Sequence[Reference],
    solved: Sequence[SolvedStain],
    groups: Sequence[range],
    people: Contributors,
    least_log10: float,
) -> list[Link]:
    """Degraded remains as somebody typed, as a contributor to a stain, as each other.

    references  full remains among them
    people      the stains' contributors, then the degraded remains
    """
    if not remains.degraded:
        return []
    total = _with_degraded(people, len(remains.degraded))
    return [
        *_with_references(remains, references, people, least_log10),
        *_with_stains(remains, solved, groups, people, total, least_log10),
        *_with_each_other(remains, people, total, least_log10),
    ]


def _with_degraded(people: Contributors, n: int) -> Floats:
    """log10 LR of everybody with each of the last n people, the same person; (person, n)."""
    total = np.zeros((len(people.owners), n))
    for locus in people.tables:
        have = people.present[locus]
        total += np.where(
            np.outer(have, have[-n:]), _term(people, locus, slice(None), slice(-n, None)), 0.0
        )
    return total


def _term(people: Contributors, locus: Locus, rows: slice, columns: slice) -> Floats:
    ln, unrelated = people.ln[locus], people.unrelated[locus]
    ratio = same_person_lr(
        np.exp(ln[rows]),
        np.exp(ln[columns]),
        np.exp(unrelated[columns]),
        people.tables[locus].prior,
    )
    with np.errstate(divide="ignore"):
        return np.asarray(np.log10(ratio))


def _terms(people: Contributors, one: int, other: int) -> dict[Locus, float]:
    return {
        locus: float(_term(people, locus, slice(one, one + 1), slice(other, other + 1))[0, 0])
        for locus in people.tables
        if people.present[locus][one] and people.present[locus][other]
    }


def _link(
    kind: LinkKind, one: End, other: End, terms: dict[Locus, float], remarks: tuple[str, ...] = ()
) -> Link:
    return Link(kind, one, other, SAME_PERSON, sum(terms.values()), terms, 0.0, remarks)


def _with_references(
    remains: FoundRemains,
    references: Sequence[Reference],
    people: Contributors,
    least_log10: float,
) -> list[Link]:
    first = len(people.owners) - len(remains.degraded)
    full = {reference.id for reference in remains.full}
    numbers = genotype_numbers(references, people.tables)
    if not references or not numbers:
        return []
    log10_lr = against_references(people, numbers)[first:]
    found = []
    for place, k in np.argwhere(log10_lr >= least_log10):
        terms = {
            locus: float(locus_terms(people, locus, at[k : k + 1])[first + place, 0] / np.log(10))
            for locus, at in numbers.items()
            if at[k] >= 0 and people.present[locus][first + place]
        }
        known = references[k]
        remarks = (
            ("a staff member: contamination?",) if known.purpose is Purpose.STAFF else ()
        ) + dropout_told(remains.degraded[place])
        kind = LinkKind.REMAINS_REMAINS if known.id in full else LinkKind.REMAINS_REFERENCE
        found.append(_link(kind, End(remains.degraded[place].id), End(known.id), terms, remarks))
    return found


def dropout_told(remains: Remains) -> tuple[str, ...]:
    """A remark on remains whose alleles may have dropped out; none on others."""
    if not remains.dropout:
        return ()
    return (f"{remains.id}: dropout of {remains.dropout:g} for each allele",)


def _with_stains(
    remains: FoundRemains,
    solved: Sequence[SolvedStain],
    groups: Sequence[range],
    people: Contributors,
    total: Floats,
    least_log10: float,
) -> list[Link]:
    first = len(people.owners) - len(remains.degraded)
    found = []
    for item, group in zip(solved, groups, strict=True):
        strength, place = any_contributor(total, group)
        for k in map(int, np.flatnonzero(strength >= least_log10)):
            row = group[int(place[k])]
            fit = item.deconvolution.fit
            n = item.deconvolution.places[int(place[k])]
            one = End(item.stain.id, n, len(fit.proportions), fit.proportions[n - 1])
            other = remains.degraded[k]
            terms = _terms(people, row, first + k)
            link = _link(LinkKind.STAIN_REMAINS, one, End(other.id), terms, dropout_told(other))
            rest = {WHICH: float(strength[k]) - link.log10} if len(group) > 1 else {}
            found.append(replace(link, log10=float(strength[k]), other_terms=rest))
    return found


def _with_each_other(
    remains: FoundRemains, people: Contributors, total: Floats, least_log10: float
) -> list[Link]:
    first = len(people.owners) - len(remains.degraded)
    found = []
    for i, j in np.argwhere(np.triu(total[first:] >= least_log10, 1)):
        one, other = remains.degraded[i], remains.degraded[j]
        terms = _terms(people, first + int(i), first + int(j))
        remarks = (*dropout_told(one), *dropout_told(other))
        found.append(_link(LinkKind.REMAINS_REMAINS, End(one.id), End(other.id), terms, remarks))
    return found
