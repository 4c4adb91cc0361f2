"""Positions of a marker in chains of alleles one repeat apart, and the moves along them.

Tables only: which states a drawer may be in, which steps it may take. No peaks, no probabilities.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from reopen.records import Allele
from reopen.records.genetics import allele_order, repeat_number


def one_repeat_from(label: Allele, step: int) -> Allele | None:
    """The allele one repeat above (+1) or below (-1); None where the name holds no number.

    Whole repeats only: 9.3 -> 8.3. LUS names move in both fields: 10_8 -> 9_7.
    """
    if repeat_number(label) is None or ":" in label:
        return None
    fields = label.split("_")
    moved = [_step(field, step) for field in fields[:2]] + fields[2:]
    return Allele("_".join(moved))


def _step(field: str, step: int) -> str:
    whole, point, part = field.partition(".")
    return f"{int(whole) + step}{point}{part}"


@dataclass(frozen=True, slots=True)
class Chains:
    """The positions of one marker, in order.

    labels   allele label; None for the rest (all unlisted alleles), which stands last
    is_allele  genotypes may hold it (else only stutter reaches it)
    linked   the next position is one repeat above this one
    """

    labels: tuple[Allele | None, ...]
    is_allele: tuple[bool, ...]
    linked: tuple[bool, ...]


def chains(alleles: tuple[Allele, ...], *, rest: bool, back: bool, forward: bool) -> Chains:
    """Order alleles, and the places that only their stutter reaches, in chains one repeat apart."""
    reached = set()
    for label in alleles:
        for step, on in ((-1, back), (+1, forward)):
            child = one_repeat_from(label, step) if on else None
            if child is not None and child not in alleles:
                reached.add(child)
    stutters = back or forward
    places = sorted((*alleles, *reached), key=_chain_order if stutters else allele_order)
    linked = [stutters and one_repeat_from(here, +1) == above for here, above in pairwise(places)]
    linked += [False] * (len(places) - len(linked))
    labels: tuple[Allele | None, ...] = tuple(places)
    is_allele = tuple(place in alleles for place in places)
    if rest:
        return Chains((*labels, None), (*is_allele, True), (*linked, False))
    return Chains(labels, is_allele, tuple(linked))


def _chain_order(label: Allele) -> tuple[object, ...]:
    """Alleles of one chain stand together, lowest first: all that a step of one repeat keeps."""
    fields = [field.partition(".") for field in label.split("_")]
    whole = [int(field[0]) for field in fields[:2]]
    offset = whole[1] - whole[0] if len(whole) == 2 else 0
    parts = tuple(field[2] for field in fields[:2])
    return (len(fields), parts, offset, label.split("_")[2:], whole[0])


@dataclass(frozen=True, slots=True)
class Moves:
    """A drawer's steps at one position: (state before, state after, dose) and the doses
    (copies one repeat below, here, one repeat above)."""

    moves: tuple[tuple[int, int, int], ...]
    doses: tuple[tuple[int, int, int], ...]
    n_before: int
    n_after: int


@lru_cache(maxsize=4096)
def moves(
    is_allele: tuple[bool, ...], linked: tuple[bool, ...], copies: int, back: bool, forward: bool
) -> tuple[Moves, ...]:
    """Moves at each position for a drawer that places `copies` copies in all.

    State: (copies placed, copies below, copies here if chosen already). With backward stutter the
    copies one repeat above are chosen one position early, because they stutter onto this one; with
    forward stutter the copies below are remembered for one position more. States from which the
    copies cannot all be placed are left out. Dose 0 is always "no copy anywhere near".
    """
    n = len(is_allele)
    layers: list[list[tuple[int, int, int]]] = [[(0, 0, 0)]]
    steps: list[list[tuple[tuple[int, int, int], tuple[int, int, int], tuple[int, int, int]]]] = []
    for p in range(n):
        known = p > 0 and linked[p - 1] and back
        ahead = linked[p] and back
        found = []
        for state in layers[-1]:
            placed, below, chosen = state
            for here in [chosen] if known else _choices(is_allele[p], copies - placed):
                total = placed if known else placed + here
                for above in _choices(is_allele[p + 1], copies - total) if ahead else [0]:
                    kept = here if linked[p] and forward else 0
                    found.append((state, (total + above, kept, above), (below, here, above)))
        steps.append(found)
        layers.append(sorted({after for _, after, _ in found}))
    return tuple(_tables(_that_finish(steps, copies)))


def _choices(can_place: bool, left: int) -> range:
    return range(left + 1) if can_place else range(1)


_Step = tuple[tuple[int, int, int], tuple[int, int, int], tuple[int, int, int]]


def _that_finish(steps: list[list[_Step]], copies: int) -> list[list[_Step]]:
    """Leave out steps to states from which not all copies can be placed."""
    alive = {(copies, 0, 0)}
    kept: list[list[_Step]] = []
    for found in reversed(steps):
        useful = [step for step in found if step[1] in alive]
        alive = {before for before, _, _ in useful}
        kept.append(useful)
    return kept[::-1]


def _tables(steps: list[list[_Step]]) -> list[Moves]:
    tables = []
    for found in steps:
        before = sorted({step[0] for step in found})
        after = sorted({step[1] for step in found})
        doses = sorted({(0, 0, 0)} | {step[2] for step in found})
        rows = tuple((before.index(b), after.index(a), doses.index(d)) for b, a, d in found)
        tables.append(Moves(rows, tuple(doses), max(len(before), 1), max(len(after), 1)))
    return tables
