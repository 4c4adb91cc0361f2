"""Families in a row, so that sums and maxima over all assignments pass through them once.

A state is the set of victims who are used up and whom a later family could still take. The families
are put in an order that keeps this set small; between parts that share no victim it is empty, so
that unconnected parts of a disaster cost the sum of their work and not the product.

Not for: likelihoods and priors (`dvi_options`, `dvi_prior`), what they mean (`dvi_joint`).
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from math import inf

import numpy as np

from reopen.kernels.assignments import around_options, backward
from reopen.kernels.shapes import Floats, Ints

_MARKS = 62
_SMALL = 2**22
_PLACES = 9  # logs that agree to so many decimals are equal: symmetric solutions
MOST_STATES = 1_100_000
MOST_SPARSE = 100_000  # of states that are too large numbers to be noted in a list
QUICK, MOST_WORK = 20_000_000, 300_000_000  # states times options, over all families


class TooMany(Exception):
    """More states than can be gone through. Caught by `dvi_joint`, never shown."""


@dataclass(frozen=True, slots=True)
class Chain:
    """All assignments of an order of families.

    order     families, as numbers
    group_of  by family of `order`: (option,) the group of options that take the same victims
    Other fields are the arrays of `kernels.assignments`, where a group is called an option.
    """

    order: tuple[int, ...]
    group_of: tuple[Ints, ...]
    states: Ints
    first_state: Ints
    marks: Ints
    first_group: Ints
    keep: Ints
    must: Ints

    def total(self, ln: Sequence[Floats], *, best: bool = False) -> float:
        """ln of the sum (or the greatest) of the weights of all assignments.

        ln  by family: (option,) weights
        """
        return float(self._ahead(self._grouped(ln, best), best)[0])

    def around(self, ln: Sequence[Floats], *, best: bool = False) -> tuple[float, list[Floats]]:
        """The total and, by family, for each option: ln weight of all that can stand around it."""
        grouped = self._grouped(ln, best)
        ahead = self._ahead(grouped, best)
        around = around_options(
            self.states, self.first_state, self.marks, grouped, self.first_group, self.keep,
            self.must, ahead, best,
        )  # fmt: skip
        out: list[Floats] = [np.empty(0)] * len(self.order)
        for family, groups in zip(self.order, self.group_of, strict=True):
            out[family] = around[groups]
        return float(ahead[0]), out

    def ranked(self, ln: Sequence[Floats], most: int) -> list[tuple[float, tuple[int, ...]]]:
        """The best assignments, best first: ln weight and the option of each family.

        Among equals, the one that stands first in the lists of options comes first.
        """
        ahead = self._ahead(self._grouped(ln, True), True)
        turn = count()
        waiting: list[tuple[float, tuple[int, ...], int, int, float]] = []
        if ahead[0] > -inf:
            waiting = [(-float(ahead[0]), (), next(turn), 0, 0.0)]
        found: list[tuple[float, tuple[int, ...]]] = []
        while waiting and len(found) < most:
            _, taken, _, at, weight = heapq.heappop(waiting)
            step = len(taken)
            if step == len(self.order):
                found.append((weight, taken))
                continue
            own = ln[self.order[step]]
            after, allowed = self._after(step, at)
            bound = np.where(allowed, weight + own + ahead[after], -inf)
            for option in np.argsort(-bound.round(_PLACES), kind="stable")[:most]:
                if bound[option] == -inf:
                    break
                node = (-round(float(bound[option]), _PLACES), (*taken, int(option)), next(turn))
                heapq.heappush(waiting, (*node, int(after[option]), weight + float(own[option])))
        return [(weight, self._by_family(taken)) for weight, taken in found]

    def _by_family(self, taken: tuple[int, ...]) -> tuple[int, ...]:
        options = dict(zip(self.order, taken, strict=True))
        return tuple(options[family] for family in range(len(self.order)))

    def _after(self, step: int, at: int) -> tuple[Ints, Ints]:
        """Of each option: the state after it, and whether it can be taken."""
        marks = self.marks[self.group_of[step]]
        reached = self.states[at] | marks
        low, high = self.first_state[step + 1], self.first_state[step + 2]
        places = low + np.searchsorted(self.states[low:high], reached & self.keep[step])
        allowed = ((self.states[at] & marks) == 0) & ((self.must[step] & ~reached) == 0)
        return np.minimum(places, high - 1), allowed.astype(np.int64)

    def _ahead(self, grouped: Floats, best: bool) -> Floats:
        return backward(
            self.states, self.first_state, self.marks, grouped, self.first_group, self.keep,
            self.must, best,
        )  # fmt: skip

    def _grouped(self, ln: Sequence[Floats], best: bool) -> Floats:
        grouped: Floats = np.full(self.marks.size, -inf)
        join = np.maximum if best else np.logaddexp
        for family, groups in zip(self.order, self.group_of, strict=True):
            join.at(grouped, groups, ln[family])
        return grouped


def chain(
    taken: Sequence[Sequence[frozenset[str]]], required: frozenset[str], most_work: int = 0
) -> Chain:
    """Put families in a row. Raises TooMany where there would be too many states.

    taken     by family: the victims that each option takes
    required  victims who have to be taken by some family
    most_work states times options; MOST_WORK if not given
    """
    askers: dict[str, list[int]] = {victim: [] for victim in sorted(required)}
    for family, options in enumerate(taken):
        for victim in sorted(frozenset().union(*options)):
            askers.setdefault(victim, []).append(family)
    marked = {v: fs for v, fs in askers.items() if len(fs) > 1 or v in required}
    order = _order([{v for v, fs in marked.items() if f in fs} for f in range(len(taken))])
    step_of = {family: step for step, family in enumerate(order)}
    first = {v: min((step_of[f] for f in fs), default=0) for v, fs in marked.items()}
    last = {v: max((step_of[f] for f in fs), default=0) for v, fs in marked.items()}
    bit = _bits(first, last, len(order))
    keep, must, groups, group_marks = [], [], [], []
    every = 2**_MARKS - 1
    for step, family in enumerate(order):
        forgotten = [v for v, end in last.items() if end == step]
        keep.append(every & ~sum(bit[v] for v in forgotten))
        must.append(sum(bit[v] for v in forgotten if v in required))
        held = [sum(bit.get(v, 0) for v in option) for option in taken[family]]
        distinct, group = np.unique(np.array(held, dtype=np.int64), return_inverse=True)
        groups.append(group)
        group_marks.append(distinct)
    layers = _layers(group_marks, keep, must, most_work or MOST_WORK)
    first_group = _firsts(group_marks)
    shifted = tuple(g + start for g, start in zip(groups, first_group, strict=False))
    return Chain(
        tuple(order), shifted, np.concatenate(layers), _firsts(layers),
        np.concatenate(group_marks) if group_marks else np.zeros(0, dtype=np.int64), first_group,
        np.array(keep, dtype=np.int64), np.array(must, dtype=np.int64),
    )  # fmt: skip


def _order(shared: Sequence[set[str]]) -> list[int]:
    """Families in an order that keeps few victims open at a time; connected ones together."""
    waiting = set(range(len(shared)))
    asked = Counter(victim for victims in shared for victim in victims)
    open_now: set[str] = set()
    order = []
    while waiting:
        near = {f for f in waiting if shared[f] & open_now} or waiting
        after = {f: _open_after(open_now | shared[f], shared[f], asked) for f in near}
        chosen = min(near, key=lambda family: (len(after[family]), family))
        asked.subtract(shared[chosen])
        open_now = after[chosen]
        waiting.remove(chosen)
        order.append(chosen)
    return order


def _open_after(victims: set[str], given: set[str], asked: Counter[str]) -> set[str]:
    """Victims whom a further family asks for, once a family has been given its own."""
    return {victim for victim in victims if asked[victim] > (victim in given)}


def _bits(first: dict[str, int], last: dict[str, int], steps: int) -> dict[str, int]:
    """A bit for each victim; one that is forgotten leaves its bit to a later victim."""
    free = list(range(_MARKS))
    bit: dict[str, int] = {}
    for step in range(steps):
        for victim in (v for v, at in first.items() if at == step):
            if not free:
                raise TooMany
            bit[victim] = 1 << heapq.heappop(free)
        for victim in (v for v, at in last.items() if at == step):
            heapq.heappush(free, bit[victim].bit_length() - 1)
    return bit


def _layers(
    marks: Sequence[Ints], keep: Sequence[int], must: Sequence[int], most_work: int
) -> list[Ints]:
    """States before each step and after the last, each ascending."""
    layers: list[Ints] = [np.zeros(1, dtype=np.int64)]
    work = 0
    for own, kept, needed in zip(marks, keep, must, strict=True):
        now = layers[-1]
        work += now.size * own.size
        if work > most_work:
            raise TooMany
        layers.append(_reached(now, own, kept, needed))
    return layers


def _reached(now: Ints, own: Ints, kept: int, needed: int) -> Ints:
    """States after a step."""
    reached: Ints = np.empty(0, dtype=np.int64)
    for mark in own:
        after = now[(now & mark) == 0] | mark
        after = after[(np.int64(needed) & ~after) == 0] & np.int64(kept)
        reached = _union(reached, after)
        few = reached.size <= MOST_SPARSE or reached[-1] < _SMALL
        if reached.size > MOST_STATES or not few:
            raise TooMany
    return reached


def _union(one: Ints, other: Ints) -> Ints:
    """Both lists in one, ascending, each number once; `np.union1d`, faster for small numbers."""
    top = max(one.max(initial=0), other.max(initial=0))
    if top >= _SMALL:
        return np.union1d(one, other)
    met = np.zeros(top + 1, dtype=bool)
    met[one] = met[other] = True
    return np.flatnonzero(met)


def _firsts(parts: Sequence[Ints]) -> Ints:
    return np.cumsum([0, *(part.size for part in parts)])
