"""Links by DNA: stain contributors with references, with each other; references among themselves.

Each link is the one comparison of `weigh.compare`, with its terms. Not here: how many such links
chance alone would give (`chance_of_search`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from reopen.kernels.shapes import Floats, Ints
from reopen.link.averaging import block, mean_log10
from reopen.link.candidates import Duplicate, any_contributor
from reopen.link.stains import SolvedStain
from reopen.records import End, Link, LinkKind, Locus, Purpose, Reference
from reopen.weigh.compare import (
    Contributors,
    against_each_other,
    against_references,
    contributors,
    locus_terms,
)
from reopen.weigh.pairing import PairsFound
from reopen.weigh.relations import TypedPeople
from reopen.weigh.sifting import Found

SAME_PERSON = "same person"
WHICH = "which contributor it is"
AVERAGING = "mean over the peak parameters"


def rows_of(solved: Sequence[SolvedStain]) -> list[range]:
    """Rows of each stain's contributors."""
    groups, start = [], 0
    for item in solved:
        n = len(item.deconvolution.likelihoods)
        groups.append(range(start, start + n))
        start += n
    return groups


def count_comparisons(
    solved: Sequence[SolvedStain],
    references: Sequence[Reference],
    in_database: int = 0,
    staff_in_database: int = 0,
) -> dict[LinkKind, int]:
    """Pairs compared, by kind. in_database: people of a database, staff apart, whom stains alone
    are compared with."""
    staff = sum(reference.purpose is Purpose.STAFF for reference in references)
    n, others = len(solved), len(references) - staff
    every = len(references)
    return {
        LinkKind.STAIN_REFERENCE: n * (others + in_database),
        LinkKind.STAIN_STAFF: n * (staff + staff_in_database),
        LinkKind.STAIN_STAIN: n * (n - 1) // 2,
        LinkKind.REFERENCE_REFERENCE: every * (every - 1) // 2,
    }


def with_references(
    solved: Sequence[SolvedStain],
    groups: Sequence[range],
    known: Contributors,
    references: Sequence[Reference],
    typed: TypedPeople,
    reached: Sequence[Found],
) -> list[Link]:
    """Links of stains with references.

    known    the contributors at the fits, which say the likeliest place
    typed    the references
    reached  those that each stain reaches
    """
    links = []
    for item, group, found in zip(solved, groups, reached, strict=True):
        own = known.some(slice(group.start, group.stop))
        at_fit = against_references(own, typed.some(found.person))
        _, place = any_contributor(at_fit, range(len(group)))
        for k, r in enumerate(map(int, found.person)):
            total = float(found.log10[k])
            numbers = typed.some(found.person[k : k + 1])
            terms, at_draw = _terms_with_reference(item, int(found.best[k]), known, numbers)
            if not terms:  # no locus in common: an LR of 1 says nothing
                continue
            links.append(
                Link(
                    kind=LinkKind.STAIN_STAFF
                    if references[r].purpose is Purpose.STAFF
                    else LinkKind.STAIN_REFERENCE,
                    one=_end(item, int(place[k])),
                    other=End(references[r].id),
                    relation=SAME_PERSON,
                    log10=total,
                    per_locus=terms,
                    expected_chance=0.0,
                    remarks=(*_stain_remarks(item), *_reference_remarks(references[r], terms)),
                    other_terms=_other_terms(total, at_draw, terms, len(group), item.draws),
                )
            )
    return links


def _terms_with_reference(
    item: SolvedStain, draw: int, known: Contributors, typed: Mapping[Locus, Ints]
) -> tuple[dict[Locus, float], float]:
    """Terms of the likeliest contributor at one draw, and the LR of any contributor there."""
    people, _ = contributors(item.at_draw(draw), known.tables)
    log10_lr = against_references(people, typed)
    at_draw, place = any_contributor(log10_lr, range(len(people.owners)))
    row = int(place[0])
    terms = {
        locus: float(locus_terms(people, locus, number)[row, 0] / np.log(10))
        for locus, number in typed.items()
        if number[0] >= 0 and people.present[locus][row]
    }
    return terms, float(at_draw[0])


def with_each_other(
    solved: Sequence[SolvedStain],
    groups: Sequence[range],
    known: Contributors,
    reached: PairsFound,
) -> list[Link]:
    """Links of stains with each other.

    known    the contributors at the fits, which say the likeliest places
    reached  pairs of stains that reach the threshold
    """
    found = []
    pairs = (reached.one, reached.other, reached.log10, reached.best)
    for a, b, total, best in zip(*(values.tolist() for values in pairs), strict=True):
        places = _places_of_two(known, groups[a], groups[b])
        i, j = np.unravel_index(int(places.argmax()), places.shape)
        terms, at_draw = _terms_of_two(solved[a], solved[b], best, known)
        found.append(
            Link(
                kind=LinkKind.STAIN_STAIN,
                one=_end(solved[a], int(i)),
                other=_end(solved[b], int(j)),
                relation=SAME_PERSON,
                log10=total,
                per_locus=terms,
                expected_chance=0.0,
                remarks=(*_stain_remarks(solved[a]), *_stain_remarks(solved[b])),
                other_terms=_other_terms(
                    total, at_draw, terms, places.size, max(solved[a].draws, solved[b].draws)
                ),
            )
        )
    return found


def _places_of_two(known: Contributors, one: range, other: range) -> Floats:
    """log10 LR of each contributor of one stain with each of another."""
    first, second = (known.some(slice(rows.start, rows.stop)) for rows in (one, other))
    every, _ = against_each_other(first.with_more(second))
    return block(every, range(len(one)), range(len(one), len(every)))


def _terms_of_two(
    one: SolvedStain, other: SolvedStain, draw: int, known: Contributors
) -> tuple[dict[Locus, float], float]:
    """Terms of the likeliest two contributors at one draw, and the LR of any two there."""
    first, second = one.at_draw(draw), other.at_draw(draw)
    people, _ = contributors((*first, *second), known.tables)
    log10_lr, terms = against_each_other(people)
    pairs = block(log10_lr, range(len(first)), range(len(first), len(people.owners)))
    i, j = np.unravel_index(int(pairs.argmax()), pairs.shape)
    row, column = int(i), len(first) + int(j)
    per_locus = {
        locus: float(term[row, column])
        for locus, term in terms.items()
        if people.present[locus][row] and people.present[locus][column]
    }
    return per_locus, mean_log10(pairs)


def _other_terms(
    total: float, at_draw: float, per_locus: Mapping[Locus, float], places: int, draws: int
) -> dict[str, float]:
    """What belongs to no locus: the person may be any of several contributors, and the LR is a
    mean over draws of the parameters while its terms by locus are those of one."""
    terms = {}
    if draws == 1:
        at_draw = total
    if places > 1:
        terms[WHICH] = at_draw - sum(per_locus.values())
    if draws > 1:
        terms[AVERAGING] = total - at_draw
    return terms


def _end(item: SolvedStain, k: int) -> End:
    fit = item.deconvolution.fit
    place = item.deconvolution.places[k]
    return End(item.stain.id, place, len(fit.proportions), fit.proportions[place - 1])


def _stain_remarks(item: SolvedStain) -> list[str]:
    remarks = []
    if not item.deconvolution.fit.ending.is_settled:
        remarks.append(f"{item.stain.id}: {item.deconvolution.fit.ending.value}")
    if item.averaged is not None and not item.averaged.ending.is_settled:
        remarks.append(f"{item.stain.id}: {item.averaged.ending.value}")
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
