"""Stains among typed people: who reaches the threshold, averaged over draws, whichever contributor.

One stain at a time, so that memory does not grow with stains times people, and its numbers do not
depend on the other stains. Not here: stains with each other (`averaging`), links and their reasons
(`dna`).
"""

from __future__ import annotations

from collections.abc import Sequence

from reopen.link.averaging import Mean
from reopen.link.candidates import any_contributor
from reopen.link.compared import Before
from reopen.link.stains import SolvedStain
from reopen.records import Reference
from reopen.weigh.compare import Contributors, against_references, contributors
from reopen.weigh.relations import TypedPeople
from reopen.weigh.sifting import Found, Search, same_person_tables


def among_typed(
    item: SolvedStain, typed: TypedPeople, least_log10: float, draws: int | None = None
) -> Found:
    """Typed people who reach the threshold as a contributor of a stain; `best` is the draw.

    draws  over which the LR is averaged, as often as needed going round; None is the stain's own
    """
    draws = draws or item.draws
    used = draws if draws % item.draws else item.draws
    places = len(item.deconvolution.likelihoods)
    people = _at_draws(item, used, typed)
    search = Search(same_person_tables(people), typed.by_locus, least_log10)
    kept = search.candidates(typed.by_locus)
    numbers = typed.some(kept)
    mean = Mean((len(kept),))
    for draw in range(draws):
        first = draw % used * places
        log10_lr = against_references(people.some(slice(first, first + places)), numbers)
        mean.add(any_contributor(log10_lr, range(places))[0])
    found = mean()
    reach = found.log10 >= least_log10
    return Found(kept[reach], found.log10[reach], found.best[reach])


def _at_draws(item: SolvedStain, draws: int, typed: TypedPeople) -> Contributors:
    """The contributors, draw by draw.

    A single one is put on the tables beside itself: alone it is multiplied in another order, and
    its last digit is another one.
    """
    rows = [one for draw in range(draws) for one in item.at_draw(draw)]
    people, _ = contributors(rows if len(rows) > 1 else 2 * rows, typed.tables)
    return people.some(slice(len(rows)))


def without_compared(
    found: Found, stain: str, references: Sequence[Reference], done: Before
) -> Found:
    """The references found for a stain that earlier searches did not compare it with."""
    ids = [references[k].id for k in found.person]
    new = ~done.mask([stain], ids)[0]
    return Found(found.person[new], found.log10[new], found.best[new])
