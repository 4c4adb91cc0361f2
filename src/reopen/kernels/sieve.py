"""Who of many typed people may reach a threshold: sums of look-ups that are given up early.

A person's sum over loci falls short of the largest possible one by a loss at each locus, none of
them negative. The threshold leaves a budget; whoever has spent more is out, whatever the other loci
say, so that most people cost a few look-ups. Losses are whole numbers of a 2^28th of the budget,
rounded down: their sums are exact, and no order of the loci changes who is kept. Not for: the sums
themselves (`kin.add_up`). Twin: tests/twins/sieve.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from reopen.kernels.accelerate import kernel
from reopen.kernels.shapes import Floats, Ints

Codes: TypeAlias = NDArray[np.uint8] | NDArray[np.uint16]
Losses: TypeAlias = NDArray[np.int32]

_UNITS = 1 << 28  # the budget; with four more losses of at most one unit more it is below 2^31
_TOGETHER = 4  # loci looked up before a person is judged
_BLOCK = 1 << 16  # people whose numbers and losses stay in the second cache
_ASKED = 1024  # people who say which loci tell most
_SLACK = 1e-9  # of the budget's terms, far above the rounding errors of 1,000 loci


class Step(NamedTuple):
    """Loci looked up together: their places, and their losses (locus, code); idle ones are 0."""

    loci: tuple[int, ...]
    loss: Losses


class Sieve(NamedTuple):
    """The steps in which people are judged, and what they may spend.

    Without steps everybody passes; with a budget below 0 nobody does.
    """

    steps: tuple[Step, ...]
    budget: int


def sieve(codes: Sequence[Codes], tables: Sequence[Floats], least: float) -> Ints:
    """Numbers of the people whose sum over loci may reach `least`, ascending.

    codes   by locus, (person,): a place in the locus's row. A (locus, person) array will do
    tables  by locus, (code,), -inf allowed, nan and +inf not
    Nobody is missed whose sum in float64, in whatever order of the loci, is at least `least`; some
    are kept who miss it by a hair, a 2^28th of the budget a locus. Without loci nobody is found.

    Why none is missed: let m(l) be a row's maximum, s the person's sum and d(l) = m(l) - t(l) its
    losses. s >= least means sum d <= B = sum m - least. The budget used is B + slack, where the
    slack of 1e-9 (1 + sum |m| + |least|) is above all errors of float64 in s, B and d, which are
    below 8 (n + 2) 2^-53 of the same sum for n loci. With u = 2^28 / (B + slack),
    sum floor(u d) <= u sum d <= 2^28, and these whole numbers are added without error.
    """
    return sift(codes, prepared(codes, tables, least))


def prepared(codes: Sequence[Codes], tables: Sequence[Floats], least: float) -> Sieve:
    """A sieve for people like these: the loci at which they lose most come first.

    Who is kept does not depend on the people it was prepared on.
    """
    tops = [float(row.max()) for row in tables]
    terms = sum(map(abs, tops)) + abs(least)
    budget = sum(tops) - least + _SLACK * (1 + terms)
    if tops and least == -np.inf:
        return Sieve((), _UNITS)
    if not tops or not budget >= 0:
        return Sieve((), -1)
    losses = [_losses(row, top, budget) for row, top in zip(tables, tops, strict=True)]
    return Sieve(tuple(_steps(codes, losses)), _UNITS)


def _losses(row: Floats, top: float, budget: float) -> Losses:
    """Whole units of a 2^28th of the budget, rounded down; whoever spends all of it is out."""
    lost = np.minimum(top - row, 2 * budget)
    return np.minimum(np.floor(lost * (_UNITS / budget)), _UNITS + 1).astype(np.int32)


def _steps(codes: Sequence[Codes], losses: Sequence[Losses]) -> list[Step]:
    """Loci of one width of codes in fours, those who tell most first."""
    asked = [row[:: max(1, len(row) // _ASKED)] for row in codes]
    told = [float(loss[row].mean()) if len(row) else 0.0
            for loss, row in zip(losses, asked, strict=True)]  # fmt: skip
    order = sorted(range(len(losses)), key=lambda locus: -told[locus])
    fours = []
    for width in (np.uint8, np.uint16):
        own = [locus for locus in order if codes[locus].dtype == width]
        fours += [own[k : k + _TOGETHER] for k in range(0, len(own), _TOGETHER)]
    fours.sort(key=lambda loci: -sum(told[locus] for locus in loci))
    return [_step(loci, losses) for loci in fours]


def _step(loci: Sequence[int], losses: Sequence[Losses]) -> Step:
    loss = np.zeros((_TOGETHER, max(len(losses[locus]) for locus in loci)), dtype=np.int32)
    for line, locus in zip(loss, loci, strict=False):
        line[: len(losses[locus])] = losses[locus]
    idle = (loci[0],) * (_TOGETHER - len(loci))
    return Step((*loci, *idle), loss)


def sift(codes: Sequence[Codes], prepared: Sieve) -> Ints:
    """People who pass a sieve, ascending; codes as it was prepared for, of anybody."""
    people = len(codes[0]) if len(codes) else 0
    if prepared.budget < 0 or not people:
        return np.zeros(0, dtype=np.int64)
    if not prepared.steps:
        return np.arange(people)
    kept, spent = np.empty(_BLOCK, dtype=np.int32), np.empty(_BLOCK, dtype=np.int32)
    found = []
    for start in range(0, people, _BLOCK):
        stop = min(start + _BLOCK, people)
        n = stop - start
        for place, (loci, loss) in enumerate(prepared.steps):
            own = tuple(codes[locus][start:stop] for locus in loci)
            if place:
                n = _go_on(own, loss, prepared.budget, kept, spent, n)
            else:
                n = _begin(own, loss, prepared.budget, kept, spent)
            if not n:
                break
        found.append(kept[:n] + np.int64(start))
    return np.concatenate(found)


@kernel
def _begin(codes: tuple[Codes, ...], loss: Losses, budget: int, kept: Losses, spent: Losses) -> int:
    """Judge everybody by the first loci: who is left goes to `kept`, with what they `spent`."""
    one, two, three, four = codes[0], codes[1], codes[2], codes[3]
    first, second, third, fourth = loss[0], loss[1], loss[2], loss[3]
    n = 0
    for k in range(len(one)):
        lost = (first[one[k]] + second[two[k]]) + (third[three[k]] + fourth[four[k]])
        kept[n] = k
        spent[n] = lost
        n += lost <= budget
    return n


@kernel
def _go_on(
    codes: tuple[Codes, ...], loss: Losses, budget: int, kept: Losses, spent: Losses, n: int
) -> int:
    """Judge the n who are left by more loci, and close the ranks."""
    one, two, three, four = codes[0], codes[1], codes[2], codes[3]
    first, second, third, fourth = loss[0], loss[1], loss[2], loss[3]
    left = 0
    for at in range(n):
        k = kept[at]
        lost = (first[one[k]] + second[two[k]]) + (third[three[k]] + fourth[four[k]])
        lost += spent[at]
        kept[left] = k
        spent[left] = lost
        left += lost <= budget
    return left
