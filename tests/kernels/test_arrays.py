"""Products in single precision lose no pair: against the same in double precision."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import cast

import numpy as np
import pytest

from reopen.kernels.arrays import (
    ArrayLibrary,
    budgets,
    may_reach,
    room_for_vectors,
    telling_order,
)
from reopen.kernels.pairs import Singles
from reopen.kernels.shapes import Floats

NUMPY = cast(ArrayLibrary, np)


def units(rng: np.random.Generator, *shape: int) -> Singles:
    """Vectors of length 1 with entries of every size, some of them 0."""
    values = np.exp(rng.normal(0, 6, shape)) * (rng.random(shape) < 0.7)
    values[..., 0] += 1e-12
    return (values / np.linalg.norm(values, axis=-1, keepdims=True)).astype(np.float32)


def with_margin(unit: Singles) -> Singles:
    room = [room_for_vectors(*own.shape) for own in unit]
    for own, filled in zip(room, unit, strict=True):
        own[:, :-1] = filled
    return np.array(room)


def exact(one: Singles, other: Singles) -> Floats:
    return np.einsum("lie,lje->lij", one.astype(np.float64), other.astype(np.float64))


@pytest.mark.parametrize("entries", [1, 3, 28, 91, 1300])
def test_no_product_rounds_below_the_exact_one(entries: int) -> None:
    rng = np.random.default_rng(entries)
    even = np.full((1, 40, entries), entries**-0.5, dtype=np.float32)
    for one in (units(rng, 1, 40, entries), even):
        other = np.concatenate([units(rng, 1, 30, entries), one[:, :10]], axis=1)
        rounded = with_margin(one)[0] @ with_margin(other)[0].T
        assert (rounded.astype(np.float64) >= exact(one, other)[0]).all()
        assert (rounded < exact(one, other)[0] + 1e-3).all()


def kept(
    library: ArrayLibrary, one: Singles, other: Singles, ln: list[Floats]
) -> set[tuple[int, int]]:
    order = telling_order(list(one))
    arrays = [[library.asarray(with_margin(unit)[k]) for k in order] for unit in (one, other)]
    half = [library.asarray(budgets(size, 0.0)) for size in ln]
    found = may_reach(library, *arrays, *half)
    return set(zip(found[0].tolist(), found[1].tolist(), strict=True))


def crowds(seed: int) -> tuple[Singles, Singles, list[Floats], Floats]:
    """Two crowds, their sizes, and the exact ln of what each pair may reach."""
    rng = np.random.default_rng(seed)
    one, other = units(rng, 9, 60, 10), units(rng, 9, 50, 10)
    ln = [rng.uniform(0, 30, 60), rng.uniform(0, 30, 50)]
    with np.errstate(divide="ignore"):
        reach = np.log(exact(one, other)).sum(axis=0) + ln[0][:, None] + ln[1]
    return one, other, ln, reach


@pytest.mark.parametrize("seed", range(5))
def test_whoever_may_reach_the_threshold_is_kept(seed: int) -> None:
    one, other, ln, reach = crowds(seed)
    found = kept(NUMPY, one, other, ln)
    must = set(zip(*map(np.ndarray.tolist, np.nonzero(reach >= 0)), strict=True))
    assert must <= found
    assert 100 < len(must) < 2900
    assert len(found - must) < 50, "and few others"


def test_what_is_beyond_single_precision_stays() -> None:
    rng = np.random.default_rng(1)
    one, other = units(rng, 3, 4, 5), units(rng, 3, 4, 5)
    ln = [np.array([0.0, 100.0, 300.0, 800.0]), np.array([0.0, 100.0, 300.0, 800.0])]
    found = kept(NUMPY, one, other, ln)
    assert {(a, b) for a in (2, 3) for b in (2, 3)} <= found
    one[:, 0] = np.nan
    assert {(0, b) for b in range(4)} <= kept(NUMPY, one, other, ln)


@pytest.mark.parametrize("name", ["array_api_strict", "array_api_compat.torch"])
def test_another_library_keeps_the_same_pairs(name: str) -> None:
    """The strict one has nothing beyond the standard; PyTorch is what a GPU is for."""
    for needed in name.split("."):
        if find_spec(needed) is None:
            pytest.skip(f"{needed} is not installed")
    library = cast(ArrayLibrary, import_module(name))
    for seed in range(5):
        one, other, ln, reach = crowds(seed)
        must = set(zip(*map(np.ndarray.tolist, np.nonzero(reach >= 0)), strict=True))
        found = kept(library, one, other, ln)
        assert must <= found
        assert len(found ^ kept(NUMPY, one, other, ln)) < 5
