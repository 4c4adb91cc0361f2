"""Products over loci of scalar products, all with all: who of two crowds may reach a threshold.

The one part of a search that is matrix products, written for any library of the array API standard:
CuPy or PyTorch (through array-api-compat) where there is a GPU. Vectors of length 1 in single
precision, `pair_bounds`; what they may reach is bounded from above, rounding included. Not for: the
same on a processor (`strips`), what the pairs that are left are worth (`pairs`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from reopen.kernels.pairs import Singles
from reopen.kernels.shapes import Floats, Ints

_UNIT = 2.0**-24  # relative rounding error of single precision
_SLACK = 1e-3  # of ln, far above the rounding of 1,000 products
_JUDGED = 6  # loci multiplied before pairs are judged
_RAISED = 2.0**-12  # with the products of six loci, each above 2^-19, within single precision
_ALWAYS = 8  # entries whose multiplying takes as long as everything else about a product
_FEW = 1 / 128  # pairs left of which it is quicker to look at each


class Array(Protocol):
    """What the sieve asks of an array of whichever library."""

    @property
    def T(self) -> Array: ...  # noqa: N802
    @property
    def size(self) -> int | None: ...
    def __getitem__(self, key: slice | tuple[slice | None, ...], /) -> Array: ...
    def __matmul__(self, other: Array, /) -> Array: ...
    def __mul__(self, other: Array, /) -> Array: ...
    def __imul__(self, other: Array, /) -> Array: ...
    def __iadd__(self, other: float, /) -> Array: ...
    def __lt__(self, other: float, /) -> Array: ...
    def __invert__(self) -> Array: ...
    def __int__(self) -> int: ...


class ArrayLibrary(Protocol):
    """What the sieve asks of a library: array_api_compat.torch or .cupy, or NumPy's own module."""

    def asarray(self, values: Singles, /) -> Array: ...
    def count_nonzero(self, values: Array, /) -> Array: ...
    def nonzero(self, values: Array, /) -> tuple[Array, ...]: ...
    def reshape(self, values: Array, shape: tuple[int, ...], /) -> Array: ...


def room_for_vectors(people: int, *entries: int) -> Singles:
    """Vectors of length 1 to be filled in, each with one more entry, one beside the other.

    entries  of each vector; (person, all entries and one more for each vector)
    Thanks to that one no product of two rounds to less than the exact one. Rounding the n entries
    of both, twice where they were put together, and adding n products in single precision, in any
    order and with or without fused steps, is wrong by less than (n + 5) 2^-24; the last entries'
    product is more than that.
    """
    ends = np.cumsum([n + 1 for n in entries], dtype=np.int64)
    room = np.empty((people, int(ends[-1]) if entries else 0), dtype=np.float32)
    room[:, ends - 1] = [np.sqrt(2 * (n + 4) * _UNIT) for n in entries]
    return room


def budgets(ln_size: Floats, ln_least: float) -> Singles:
    """Each one's half of what a pair may lose at all loci and still reach the threshold; (person,).

    ln_size  (person,) of the product of their vectors' lengths over loci
    """
    with np.errstate(over="ignore"):
        return np.asarray(np.exp(ln_size + (_SLACK - ln_least) / 2), dtype=np.float32)


def may_reach(
    library: ArrayLibrary,
    one: Sequence[Array],
    other: Sequence[Array],
    one_budget: Array,
    other_budget: Array,
) -> tuple[Ints, Ints]:
    """Pairs that may reach the threshold: places of the first, and of the second.

    one, other  by locus, (person, entry) of `room_for_vectors`, those first at which pairs lose
                most; when few pairs are left the rest of the loci is not looked at
    budgets     (person,)

    The budget of a pair is multiplied by its product at each locus; below 1 it is given up. A
    budget beyond single precision is infinite and the pair stays, as does anything that is no
    number. Products are raised by a little, so that none becomes so small that processors slow
    down.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        left = one_budget[:, None] * other_budget[None, :]
        for start in range(0, len(one), _JUDGED):
            some = slice(start, start + _JUDGED)
            for mine, others in zip(one[some], other[some], strict=True):
                left *= mine @ others.T
            if int(library.count_nonzero(~(left < 1.0))) <= _FEW * (left.size or 0):
                break
            left += _RAISED
    found = library.nonzero(library.reshape(~(left < 1.0), (-1,)))[0]
    return np.divmod(host(found), max(1, other_budget.size or 0))


def host(places: Array) -> Ints:
    """Places as NumPy's; from a GPU they are copied."""
    for copy in ("cpu", "get"):  # PyTorch's and CuPy's names for it
        if hasattr(places, copy):
            return np.asarray(getattr(places, copy)(), dtype=np.int64)
    return np.asarray(places, dtype=np.int64)


def telling_order(unit: Sequence[Singles]) -> list[int]:
    """Loci, those first at which two people lose most on average.

    unit  by locus, (person, entry), of some people
    Long vectors, whose products take longer, come later.
    """
    lost = [-np.log(np.maximum(rows @ rows.T, 1e-6)).mean() for rows in unit]
    worth = [loss / (rows.shape[1] + _ALWAYS) for loss, rows in zip(lost, unit, strict=True)]
    return [int(locus) for locus in np.argsort(worth)[::-1]]
