"""Sums and maxima over assignments: each group takes one of its options, no mark is taken twice.

group    a step; of its options exactly one is taken
option   what a group takes: a set of marks, and a natural-log weight. Here options of a group
         that take the same marks are one
state    marks taken so far that a later group can ask for; every step has its list, ascending
keep     by step: marks that later groups can still ask for; the others are forgotten after it
must     by step: forgotten marks that have to be taken by then

Sums are over assignments in logs ("total"), or maxima ("best"). Ragged axes are flat, as in
`shapes`: `first_x[i]` to `first_x[i + 1]` are the entries of step i.
Twin: tests/twins/assignments.py
"""

from __future__ import annotations

from math import exp, inf, log1p

import numpy as np

from reopen.kernels.accelerate import kernel
from reopen.kernels.shapes import Floats, Ints

_FAINT = -40.0  # a weight so much smaller than another is lost in its rounding
_DENSE = 2**22


@kernel
def _join(one: float, other: float, best: bool) -> float:
    """Logarithm of a sum of two weights, or the greater of them."""
    if one < other:
        one, other = other, one
    if best or other - one < _FAINT or other == -inf:
        return one
    return one + log1p(exp(other - one))


@kernel
def _place(states: Ints, low: int, high: int, place: Ints, state: int) -> int:
    """Where a state stands in its ascending list: as noted in `place`, or by halving."""
    if place.size > 0:
        return int(place[state])
    while low < high:
        middle = (low + high) // 2
        if states[middle] < state:
            low = middle + 1
        else:
            high = middle
    return low


@kernel
def _note(states: Ints, low: int, high: int, place: Ints) -> None:
    """Note where each state of a step stands, if there is room for that."""
    if place.size > 0:
        for s in range(low, high):
            place[states[s]] = s


@kernel
def _room(states: Ints) -> Ints:
    """A note for every number that a state may be; empty where that is too many."""
    largest = states.max()
    return np.zeros(largest + 1 if largest < _DENSE else 0, dtype=np.int64)


@kernel
def backward(
    states: Ints,
    first_state: Ints,
    marks: Ints,
    ln: Floats,
    first_option: Ints,
    keep: Ints,
    must: Ints,
    best: bool,
) -> Floats:
    """Each state's weight of all ways to go on from it; shape (state,).

    -inf where none leads to the end.
    """
    out = np.zeros(states.size)
    place = _room(states)
    for step in range(keep.size - 1, -1, -1):
        low, high = first_state[step + 1], first_state[step + 2]
        _note(states, low, high, place)
        for s in range(first_state[step], first_state[step + 1]):
            weight = -inf
            for o in range(first_option[step], first_option[step + 1]):
                after = states[s] | marks[o]
                if states[s] & marks[o] or must[step] & ~after:
                    continue
                ahead = out[_place(states, low, high, place, after & keep[step])]
                weight = _join(weight, ln[o] + ahead, best)
            out[s] = weight
    return out


@kernel
def around_options(
    states: Ints,
    first_state: Ints,
    marks: Ints,
    ln: Floats,
    first_option: Ints,
    keep: Ints,
    must: Ints,
    ahead: Floats,
    best: bool,
) -> Floats:
    """Weight of everything else when an option is taken, without its own; shape (option,).

    ahead  of each state, from `backward`
    """
    so_far = np.full(states.size, -inf)
    so_far[0] = 0.0
    place = _room(states)
    out = np.full(marks.size, -inf)
    for step in range(keep.size):
        low, high = first_state[step + 1], first_state[step + 2]
        _note(states, low, high, place)
        for s in range(first_state[step], first_state[step + 1]):
            for o in range(first_option[step], first_option[step + 1]):
                after = states[s] | marks[o]
                if states[s] & marks[o] or must[step] & ~after:
                    continue
                t = _place(states, low, high, place, after & keep[step])
                out[o] = _join(out[o], so_far[s] + ahead[t], best)
                so_far[t] = _join(so_far[t], so_far[s] + ln[o], best)
    return out
