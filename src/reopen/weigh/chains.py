"""Positions of a marker in the order in which they are summed over, and the moves along them.

Tables only: which stutter reaches which place, which states a drawer may be in, which steps it may
take. No peaks, no probabilities.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from reopen.kernels.shapes import SLOTS
from reopen.records import Allele
from reopen.records.genetics import allele_order, repeat_number

Sources = tuple[tuple[int, ...], ...]  # position -> slot -> the position it comes from, or -1


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
    sources  of each position and slot (`kernels.shapes`): the position whose copies count there,
             itself for slot 0, or -1
    """

    labels: tuple[Allele | None, ...]
    is_allele: tuple[bool, ...]
    sources: Sources


def chains(
    alleles: tuple[Allele, ...], *, rest: bool, products: Sequence[Mapping[Allele, Allele]]
) -> Chains:
    """Order alleles, and the places that only their stutter reaches, neighbours close together.

    products  of each kind of stutter, slots 1 on: the parents that have it, and where it stands
    """
    parents = {
        (child, slot): parent
        for slot, pairs in enumerate(products, start=1)
        for parent, child in pairs.items()
    }
    reached = {child for child, _ in parents}
    halves = any(_part(child) != _part(parent) for (child, _), parent in parents.items())
    order = allele_order if halves or not parents else _chain_order
    places = sorted({*alleles, *reached}, key=order)
    index = {label: p for p, label in enumerate(places)}
    is_allele = [place in alleles for place in places]
    sources = [
        (
            p if is_allele[p] else -1,
            *(index.get(parents.get((place, slot), Allele("")), -1) for slot in range(1, SLOTS)),
        )
        for p, place in enumerate(places)
    ]
    labels: list[Allele | None] = list(places)
    if rest:
        labels.append(None)
        is_allele.append(True)
        sources.append((len(places),) + (-1,) * (SLOTS - 1))
    return Chains(tuple(labels), tuple(is_allele), tuple(sources))


def _part(label: Allele) -> str:
    return label.partition(".")[2]


def _chain_order(label: Allele) -> tuple[object, ...]:
    """Alleles of one chain stand together, lowest first: all that a step of one repeat keeps."""
    fields = [field.partition(".") for field in label.split("_")]
    whole = [int(field[0]) for field in fields[:2]]
    offset = whole[1] - whole[0] if len(whole) == 2 else 0
    parts = tuple(field[2] for field in fields[:2])
    return (len(fields), parts, offset, label.split("_")[2:], whole[0])


@dataclass(frozen=True, slots=True)
class Moves:
    """A drawer's steps at one position: (state before, state after, dose), and the doses: copies
    at the source of each slot. Dose 0 is always "no copy anywhere near"."""

    moves: tuple[tuple[int, int, int], ...]
    doses: tuple[tuple[int, ...], ...]
    n_before: int
    n_after: int


_State = tuple[int, tuple[int, ...]]  # copies placed; copies at each position still remembered
_Step = tuple[_State, _State, tuple[int, ...]]


@lru_cache(maxsize=4096)
def moves(sources: Sources, copies: int) -> tuple[Moves, ...]:
    """Moves at each position for a drawer that places `copies` copies in all.

    The copies at a position are chosen where they first count, for its own peak or for a stutter
    on an earlier one, and remembered as long as they count. States from which the copies cannot
    all be placed are left out.
    """
    needed = [{q for q in row if q >= 0} for row in sources]
    first = {q: p for p in reversed(range(len(sources))) for q in needed[p]}
    last = {q: p for p in range(len(sources)) for q in needed[p]}
    active: list[int] = []
    layers: list[set[_State]] = [{(0, ())}]
    steps: list[list[_Step]] = []
    for p, row in enumerate(sources):
        new = sorted(q for q in needed[p] if first[q] == p)
        held = active + new
        kept = [q for q in held if last[q] > p]
        found = []
        for state in sorted(layers[-1]):
            placed, counts = state
            for chosen in _choices(len(new), copies - placed):
                at = dict(zip(held, counts + chosen, strict=True))
                after = (placed + sum(chosen), tuple(at[q] for q in kept))
                found.append((state, after, tuple(at.get(q, 0) for q in row)))
        steps.append(found)
        layers.append({after for _, after, _ in found})
        active = kept
    return tuple(_tables(_that_finish(steps, copies)))


def _choices(positions: int, left: int) -> list[tuple[int, ...]]:
    """Ways to place at most `left` copies on so many positions."""
    ways: list[tuple[int, ...]] = [()]
    for _ in range(positions):
        ways = [(*way, n) for way in ways for n in range(left - sum(way) + 1)]
    return ways


def _that_finish(steps: list[list[_Step]], copies: int) -> list[list[_Step]]:
    """Leave out steps to states from which not all copies can be placed."""
    alive: set[_State] = {(copies, ())}
    kept: list[list[_Step]] = []
    for found in reversed(steps):
        useful = [step for step in found if step[1] in alive]
        alive = {before for before, _, _ in useful}
        kept.append(useful)
    return kept[::-1]


def _tables(steps: list[list[_Step]]) -> list[Moves]:
    """Numbered, in the order of the state after: sums are then collected place by place."""
    nothing = (0,) * SLOTS
    tables = []
    for found in steps:
        before = {state: k for k, state in enumerate(sorted({step[0] for step in found}))}
        after = {state: k for k, state in enumerate(sorted({step[1] for step in found}))}
        doses = {dose: k for k, dose in enumerate(sorted({nothing} | {step[2] for step in found}))}
        rows = sorted(((before[b], after[a], doses[d]) for b, a, d in found), key=lambda m: m[1])
        tables.append(Moves(tuple(rows), tuple(doses), max(len(before), 1), max(len(after), 1)))
    return tables
