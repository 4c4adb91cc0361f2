"""Links by DNA: stain contributors with references, with each other; references among themselves.

Each link is the one comparison of `weigh.compare`, with its terms and how many such links chance
alone would give.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import isfinite, log10

import numpy as np

from reopen.kernels.shapes import Floats
from reopen.link.candidates import Duplicate, any_contributor
from reopen.link.stains import SolvedStain
from reopen.records import End, Link, LinkKind, Locus, Purpose, Reference
from reopen.weigh.compare import (
    Contributors,
    against_each_other,
    against_references,
    genotype_numbers,
    locus_terms,
)

SAME_PERSON = "same person"
WHICH = "which contributor it is"


def rows_of(solved: Sequence[SolvedStain]) -> list[range]:
    """Rows of each stain's contributors."""
    groups, start = [], 0
    for item in solved:
        n = len(item.deconvolution.likelihoods)
        groups.append(range(start, start + n))
        start += n
    return groups


def count_comparisons(
    solved: Sequence[SolvedStain], references: Sequence[Reference]
) -> dict[LinkKind, int]:
    staff = sum(reference.purpose is Purpose.STAFF for reference in references)
    n, others = len(solved), len(references) - staff
    every = len(references)
    return {
        LinkKind.STAIN_REFERENCE: n * others,
        LinkKind.STAIN_STAFF: n * staff,
        LinkKind.STAIN_STAIN: n * (n - 1) // 2,
        LinkKind.REFERENCE_REFERENCE: every * (every - 1) // 2,
    }


def with_references(
    solved: Sequence[SolvedStain],
    groups: Sequence[range],
    known: Contributors,
    references: Sequence[Reference],
    least_log10: float,
) -> list[Link]:
    if not solved or not references:
        return []
    numbers = genotype_numbers(references, known.tables)
    log10_lr = against_references(known, numbers)
    found = []
    for item, group in zip(solved, groups, strict=True):
        total, place = any_contributor(log10_lr, group)
        for r in map(int, np.flatnonzero(total >= least_log10)):
            row = group[int(place[r])]
            terms = {
                locus: float(locus_terms(known, locus, found_at[r : r + 1])[row, 0] / np.log(10))
                for locus, found_at in numbers.items()
                if found_at[r] >= 0 and known.present[locus][row]
            }
            found.append(
                Link(
                    kind=LinkKind.STAIN_STAFF
                    if references[r].purpose is Purpose.STAFF
                    else LinkKind.STAIN_REFERENCE,
                    one=_end(item, int(place[r])),
                    other=End(references[r].id),
                    relation=SAME_PERSON,
                    log10=float(total[r]),
                    per_locus=terms,
                    expected_chance=0.0,
                    remarks=(*_stain_remarks(item), *_reference_remarks(references[r], terms)),
                    other_terms=_which(float(total[r]), terms, len(group)),
                )
            )
    return found


def with_each_other(
    solved: Sequence[SolvedStain],
    groups: Sequence[range],
    known: Contributors,
    least_log10: float,
) -> list[Link]:
    if len(solved) < 2:
        return []
    total, terms = against_each_other(known)
    found = []
    for a, first in enumerate(groups):
        for b in range(a + 1, len(groups)):
            second = groups[b]
            block = total[first.start : first.stop, second.start : second.stop]
            strength = _mean_log10(block)
            if not strength >= least_log10:
                continue
            i, j = np.unravel_index(int(block.argmax()), block.shape)
            row, column = first[int(i)], second[int(j)]
            per_locus = {
                locus: float(term[row, column])
                for locus, term in terms.items()
                if known.present[locus][row] and known.present[locus][column]
            }
            found.append(
                Link(
                    kind=LinkKind.STAIN_STAIN,
                    one=_end(solved[a], int(i)),
                    other=_end(solved[b], int(j)),
                    relation=SAME_PERSON,
                    log10=strength,
                    per_locus=per_locus,
                    expected_chance=0.0,
                    remarks=(*_stain_remarks(solved[a]), *_stain_remarks(solved[b])),
                    other_terms=_which(strength, per_locus, block.size),
                )
            )
    return found


def _mean_log10(block: Floats) -> float:
    """log10 of the mean LR over all pairs of contributors."""
    top = float(block.max())
    return top + log10(float(np.mean(10.0 ** (block - top)))) if isfinite(top) else top


def _which(total: float, per_locus: Mapping[Locus, float], places: int) -> dict[str, float]:
    """The remainder that belongs to no locus: the person may be any of several contributors."""
    return {WHICH: total - sum(per_locus.values())} if places > 1 else {}


def _end(item: SolvedStain, k: int) -> End:
    fit = item.deconvolution.fit
    place = item.deconvolution.places[k]
    return End(item.stain.id, place, len(fit.proportions), fit.proportions[place - 1])


def _stain_remarks(item: SolvedStain) -> list[str]:
    remarks = []
    if not item.deconvolution.fit.ending.is_settled:
        remarks.append(f"{item.stain.id}: {item.deconvolution.fit.ending.value}")
    if item.kit is None:
        remarks.append(f"{item.stain.id}: kit not known, degradation not modelled")
    return remarks


def _reference_remarks(reference: Reference, terms: Mapping[Locus, float]) -> list[str]:
    single = sum(reference.genotypes[locus].one_allele_listed for locus in terms)
    if not single:
        return []
    return [f"{reference.id}: one allele listed at {single} loci, taken as homozygous"]


def duplicate_link(pair: Duplicate, references: Sequence[Reference]) -> Link:
    one, other = references[pair.one], references[pair.other]
    return Link(
        kind=LinkKind.REFERENCE_REFERENCE,
        one=End(one.id),
        other=End(other.id),
        relation=SAME_PERSON,
        log10=sum(pair.per_locus.values()),
        per_locus=pair.per_locus,
        expected_chance=0.0,
        remarks=("one person on file twice, or identical twins",),
    )


def with_chance(item: Link, counts: Mapping[LinkKind, int]) -> Link:
    """Upper bound of links this strong by chance: comparisons divided by the LR, or what is known
    better.

    Among unrelated people the mean LR is 1, so at most 1 in LR reaches LR. Source: Good 1950,
    Probability and the Weighing of Evidence (Turing's theorem); Markov's inequality.
    """
    bound = counts[item.kind] * 10.0**-item.weight
    return replace(item, expected_chance=min(bound, item.expected_chance or bound))
