"""Who of many typed people may reach a threshold: sums of look-ups that are given up early.

A person's sum over loci falls short of the largest possible one by a loss at each locus, none of
them negative. The threshold leaves a budget; whoever has spent more is out, whatever the other loci
say, so that most people cost a few look-ups. Losses are whole numbers of a small part of the
budget, rounded down: their sums are exact, and no order of the loci changes who is kept. Not for:
the sums themselves (`kin.add_up`). Twin: tests/twins/sieve.py.
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

_TOGETHER = 4  # loci looked up before a person is judged
_BLOCK = 1 << 16  # people whose numbers and losses stay in the second cache
_ASKED = 1024  # people who say which loci tell most
_MANY = 0.5  # share of people left above which nobody is judged yet: adding on is cheaper
_SLACK = 1e-9  # of the budget's terms, far above the rounding errors of 1,000 loci


class Step(NamedTuple):
    """Loci looked up together: their places, and their losses (locus, code); idle ones are 0."""

    loci: tuple[int, ...]
    loss: Losses


class Sieve(NamedTuple):
    """The steps in which people are judged, and what they may spend.

    Without steps everybody passes; with a budget below 0 nobody does. In the first steps, as many
    as `unjudged` says, losses are added up for everybody.
    """

    steps: tuple[Step, ...]
    budget: int
    unjudged: int = 0


def sieve(codes: Sequence[Codes], tables: Sequence[Floats], least: float) -> Ints:
    """Numbers of the people whose sum over loci may reach `least`, ascending.

    codes   by locus, (person,): a place in the locus's row. A (locus, person) array will do
    tables  by locus, (code,), -inf allowed, nan and +inf not
    Nobody is missed whose sum in float64, in whatever order of the loci, is at least `least`; some
    are kept who miss it by a hair, n / u of the budget. Without loci nobody is found.

    Why none is missed: let m(l) be a row's maximum, s the person's sum and d(l) = m(l) - t(l) its
    losses. s >= least means sum d <= B = sum m - least. The budget used is B + slack, where the
    slack of 1e-9 (1 + sum |m| + |least|) is above all errors of float64 in s, B and d, which are
    below 8 (n + 2) 2^-53 of the same sum for n loci. It is cut into u = 2^31 / (n + 4) units, and
    with c = u / (B + slack), sum floor(c d) <= c sum d <= u. A loss counts u + 1 units at most, so
    that these whole numbers are added without error below 2^31.
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
        return Sieve((), 0)
    if not tops or not budget >= 0:
        return Sieve((), -1)
    units = (2**31 - 1) // (len(tops) + 4)
    losses = [_losses(row, top, budget, units) for row, top in zip(tables, tops, strict=True)]
    asked = [row[:: max(1, len(row) // _ASKED)] for row in codes]
    lost = [loss[row].astype(np.int64) for loss, row in zip(losses, asked, strict=True)]
    steps = _steps(codes, losses, lost)
    return Sieve(tuple(steps), units, _unjudged(steps, lost, units))


def _losses(row: Floats, top: float, budget: float, units: int) -> Losses:
    """In whole units, rounded down; one more than there are where all is lost."""
    lost = np.minimum(top - row, 2 * budget)
    return np.minimum(np.floor(lost * (units / budget)), units + 1).astype(np.int32)


def _steps(codes: Sequence[Codes], losses: Sequence[Losses], lost: Sequence[Ints]) -> list[Step]:
    """Loci of one width of codes in fours, those at which people lose most first."""
    told = [float(own.mean()) if len(own) else 0.0 for own in lost]
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


def _unjudged(steps: Sequence[Step], lost: Sequence[Ints], budget: int) -> int:
    """Steps, but the last, after which many of those asked are left."""
    spent = np.zeros_like(lost[0])
    for place, step in enumerate(steps[:-1]):
        for locus in set(step.loci):
            spent += lost[locus]
        if np.count_nonzero(spent <= budget) <= _MANY * len(spent):
            return place
    return len(steps) - 1


def sift(codes: Sequence[Codes], made: Sieve) -> Ints:
    """People who pass a sieve, ascending; codes as it was prepared for, of anybody."""
    people = len(codes[0]) if len(codes) else 0
    if made.budget < 0 or not people:
        return np.zeros(0, dtype=np.int64)
    if not made.steps:
        return np.arange(people)
    kept, spent = np.empty(_BLOCK, dtype=np.int32), np.empty(_BLOCK, dtype=np.int32)
    found = []
    for start in range(0, people, _BLOCK):
        stop = min(start + _BLOCK, people)
        n = stop - start
        spent[:n] = 0
        for place, (loci, loss) in enumerate(made.steps):
            own = tuple(_to_read(codes[locus][start:stop]) for locus in loci)
            if place < made.unjudged:
                _add(own, loss, spent)
            elif place == made.unjudged:
                n = _judge(own, loss, made.budget, kept, spent)
            elif n:
                n = _go_on(own, loss, made.budget, kept, spent, n)
        found.append(kept[:n] + np.int64(start))
    return np.concatenate(found)


def _to_read(codes: Codes) -> Codes:
    """Codes that cannot be written to, as those of a file: kernels are compiled for one kind."""
    codes.flags.writeable = False
    return codes


@kernel
def _add(codes: tuple[Codes, ...], loss: Losses, spent: Losses) -> None:
    """Add everybody's losses at four loci."""
    one, two, three, four = codes[0], codes[1], codes[2], codes[3]
    first, second, third, fourth = loss[0], loss[1], loss[2], loss[3]
    for k in range(len(one)):
        spent[k] += (first[one[k]] + second[two[k]]) + (third[three[k]] + fourth[four[k]])


@kernel
def _judge(codes: tuple[Codes, ...], loss: Losses, budget: int, kept: Losses, spent: Losses) -> int:
    """Judge everybody by four loci more: who is left goes to `kept`, with what they `spent`."""
    one, two, three, four = codes[0], codes[1], codes[2], codes[3]
    first, second, third, fourth = loss[0], loss[1], loss[2], loss[3]
    n = 0
    for k in range(len(one)):
        lost = (first[one[k]] + second[two[k]]) + (third[three[k]] + fourth[four[k]])
        lost += spent[k]
        kept[n] = k
        spent[n] = lost
        n += lost <= budget
    return n


@kernel
def _go_on(
    codes: tuple[Codes, ...], loss: Losses, budget: int, kept: Losses, spent: Losses, n: int
) -> int:
    """Judge the n who are left by four loci more, and close the ranks."""
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
