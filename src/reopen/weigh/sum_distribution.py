"""The distribution of a sum of independent discrete values, with a stated bound on its error.

Values are rounded to a grid, once down and once up, and convolved. The true distribution lies
between the two: every tail probability and quantile comes as an interval that holds it.

Not for: what is summed (`noncontributors`), continuous values.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.fft import irfft, next_fast_len, rfft

from reopen.errors import InvalidRecord
from reopen.kernels.shapes import Floats, Ints

_SAME = 1e-9  # values closer than this are one: they are differences of logarithms
_MANY = 50  # terms
_FEW = 40  # values of a term; to add so many one by one is as fast as to transform them


@dataclass(frozen=True, slots=True)
class Lattice:
    """Probabilities of a sum whose terms were all rounded the same way.

    start  grid number of the first cell
    mass   (cell,) P(the sum is there); sums to 1 less `impossible` and `below`
    below  P(the sum is finite and under the floor), not told apart further
    """

    start: int
    mass: Floats
    below: float


@dataclass(frozen=True, slots=True)
class SumDistribution:
    """Distribution of a sum of independent terms, one of which may be minus infinity.

    impossible  P(the sum is minus infinity), exact
    step        of the grid: cell number n stands for the value origin + n step
    error       bound on how far each value lies from those of `down` and of `up`
    origin      a value of which all bounds are exact
    floor       sums certainly below it are counted together
    down, up    the sums of terms rounded down and up; the truth lies between
    largest     the largest value that the sum can have
    mean_power  E(10^sum), exact: a product over terms
    """

    impossible: float
    step: float
    error: float
    origin: float
    floor: float
    down: Lattice
    up: Lattice
    largest: float
    mean_power: float

    def at_least(self, value: float) -> tuple[float, float]:
        """Lower and upper bound of P(sum >= value); `value` is not below the floor."""
        return self._tail(self.down, value - _SAME), self._tail(self.up, value - _SAME)

    def above(self, value: float) -> tuple[float, float]:
        """Lower and upper bound of P(sum > value); `value` is not below the floor."""
        return self._tail(self.down, value + _SAME), self._tail(self.up, value + _SAME)

    def reversed_at_least(self, value: float) -> tuple[float, float]:
        """Lower and upper bound of E(10^-sum; sum >= value); `value` is not below the floor.

        Of a log10 LR under its numerator's proposition this is P(sum >= value) under the other: a
        tail far beyond what can be told from sums under that proposition itself.
        """
        low = self._values(self.down) + self.error
        high = np.maximum(self._values(self.up) - self.error, value)
        return (
            float((self.down.mass * 10.0**-low)[self._first(self.down, value - _SAME) :].sum()),
            float((self.up.mass * 10.0**-high)[self._first(self.up, value - _SAME) :].sum()),
        )

    def quantile(self, probability: float) -> tuple[float, float]:
        """Lower and upper bound of the smallest value that the sum stays at or below with this
        probability.

        Minus infinity where so many sums are. A quantile below the floor is between minus infinity
        and the floor.
        """
        if not 0 < probability < 1:
            raise InvalidRecord(
                f"A quantile of probability {probability:g}.",
                rule="A probability above 0 and below 1.",
                way_on="Ask, for instance, for 0.95.",
            )
        return self._quantile(self.down, probability, -np.inf), self._quantile(
            self.up, probability, self.floor
        )

    def mass_in(self, edges: Floats) -> Floats:
        """P(edge <= sum < next edge) of terms rounded down, for a picture; shape (edge - 1,)."""
        found, _ = np.histogram(self._values(self.down), bins=edges, weights=self.down.mass)
        return np.asarray(found, dtype=np.float64)

    def _values(self, lattice: Lattice) -> Floats:
        return np.asarray(self.origin + self.step * (lattice.start + np.arange(len(lattice.mass))))

    def _tail(self, lattice: Lattice, value: float) -> float:
        return float(lattice.mass[self._first(lattice, value) :].sum())

    def _first(self, lattice: Lattice, value: float) -> int:
        """Number of the first cell from a value on."""
        if value < self.floor - 2 * _SAME:
            raise InvalidRecord(
                f"The tail of a sum from {value:g} on, below the floor of {self.floor:g}.",
                rule="Sums below the floor are counted together.",
                way_on="Make the distribution with a lower floor.",
            )
        return max(int(np.ceil((value - self.origin) / self.step - lattice.start)), 0)

    def _quantile(self, lattice: Lattice, probability: float, under: float) -> float:
        if probability <= self.impossible:
            return -np.inf
        if probability <= self.impossible + lattice.below:
            return under
        reached = self.impossible + lattice.below + np.cumsum(lattice.mass)
        cell = min(int(np.searchsorted(reached, probability)), len(reached) - 1)
        return float(self.origin + self.step * (lattice.start + cell))


def usual_error(n_terms: int, least: float = 0.005) -> float:
    """A bound for so many terms: `least` for the loci of a kit. Beyond fifty it grows, so that
    hundreds of SNPs are summed on a grid that is not much finer."""
    return float(least * max(1.0, n_terms / _MANY) ** 1.5)


def sum_distribution(
    terms: Sequence[tuple[Floats, Floats]],
    *,
    origins: Sequence[float] = (),
    error: float = 0.005,
    floor: float = -40.0,
    far_tails: bool = True,
) -> SumDistribution:
    """The distribution of a sum of independent terms.

    terms  of each: its values, which may be minus infinity, and their probabilities; (value,) each
    origins  a value of each term that is not to be rounded, such as one that was observed; 0 where
             none are given. Bounds at their sum are exact
    error  bound on how far each quantile may be off: the grid's step is this over the number of
           terms, since each term is rounded by less than a step
    floor  sums below it are counted together
    far_tails  the smallest tails keep their relative precision. Otherwise terms of many values are
           added by Fourier transforms, much faster, and probabilities are right to 1e-12 only

    The cost grows with the range of the sums above the floor, over the step, times the number of
    all values. Raises InvalidRecord for probabilities that do not sum to 1.
    """
    for _, probability in terms:
        if not (np.all(probability >= 0) and abs(probability.sum() - 1) < 1e-9):
            raise InvalidRecord(
                f"Probabilities that sum to {probability.sum():g}.",
                rule="The probabilities of a term are not negative and sum to 1.",
                way_on="Divide them by their sum.",
            )
    step = error / max(len(terms), 1)
    at = [0.0] * len(terms) if not origins else list(origins)
    origin = sum(at)
    finite = [_finite(values, probability) for values, probability in terms]
    never = [probability[np.isneginf(values)].sum() for values, probability in terms]
    with np.errstate(divide="ignore"):
        impossible = abs(float(np.expm1(np.sum(np.log1p(-np.minimum(never, 1.0))))))
    largest = float(sum(values.max(initial=-np.inf) for values, _ in finite))
    mean = float(np.prod([(probability * 10.0**values).sum() for values, probability in finite]))
    down, up = (
        _convolve(
            [
                _on_grid(values - zero, probability, step, way)
                for (values, probability), zero in zip(finite, at, strict=True)
            ],
            (floor - origin) / step,
            far_tails,
        )
        if all(len(values) for values, _ in finite)
        else Lattice(0, np.zeros(1), 0.0)
        for way in (-1, +1)
    )
    return SumDistribution(impossible, step, error, origin, floor, down, up, largest, mean)


def _finite(values: Floats, probability: Floats) -> tuple[Floats, Floats]:
    real = np.isfinite(values) & (probability > 0)
    return values[real], probability[real]


def _on_grid(values: Floats, probability: Floats, step: float, way: int) -> tuple[Ints, Floats]:
    """Distinct grid numbers of the values, rounded down (-1) or up (+1), with probabilities."""
    cells = values / step
    near = np.round(cells)
    rounded = np.floor(cells) if way < 0 else np.ceil(cells)
    rounded = np.where(np.abs(cells - near) * step < _SAME, near, rounded)
    numbers, which = np.unique(rounded.astype(np.int64), return_inverse=True)
    return numbers, np.bincount(which, weights=probability).astype(np.float64)


def _convolve(terms: Sequence[tuple[Ints, Floats]], floor: float, far_tails: bool) -> Lattice:
    """Term by term; cells from which no later terms lead above the floor are let go."""
    still_to_come = sum(int(numbers[-1]) for numbers, _ in terms)
    still_possible = float(np.prod([weights.sum() for _, weights in terms]))
    start, mass, below = 0, np.ones(1), 0.0
    for numbers, weights in terms:
        still_to_come -= int(numbers[-1])
        still_possible /= float(weights.sum())
        add = _added if far_tails or len(numbers) <= _FEW else _transformed
        start, mass = start + int(numbers[0]), add(mass, numbers - numbers[0], weights)
        hopeless = min(max(int(np.floor(floor - still_to_come)) - start, 0), len(mass) - 1)
        below += float(mass[:hopeless].sum()) * still_possible
        start, mass = start + hopeless, mass[hopeless:]
    return Lattice(start, mass, below)


def _added(mass: Floats, shifts: Ints, weights: Floats) -> Floats:
    """All products are added, never subtracted: the smallest tail keeps its relative precision."""
    wider = np.zeros(len(mass) + int(shifts[-1]))
    for shift, weight in zip(shifts, weights, strict=True):
        wider[shift : shift + len(mass)] += weight * mass
    return wider


def _transformed(mass: Floats, shifts: Ints, weights: Floats) -> Floats:
    """The same by Fourier transforms."""
    n = len(mass) + int(shifts[-1])
    term = np.bincount(shifts, weights=weights)
    size = next_fast_len(n, real=True)
    wider = irfft(rfft(mass, size) * rfft(term, size), size)[:n]
    return np.asarray(np.maximum(wider, 0.0))
