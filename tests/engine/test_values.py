"""Values that are kept, or sent to another process, come back bit by bit."""

from __future__ import annotations

import json
import math
from zlib import compress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reopen.engine.values import from_bytes, to_bytes
from reopen.errors import UnreadableFile
from reopen.records import (
    Ending,
    Fit,
    Frozen,
    GenotypeLikelihoods,
    Locus,
    LocusLikelihoods,
    Reference,
    Run,
)

TYPES = (GenotypeLikelihoods, LocusLikelihoods, Fit, Ending, Run)


@given(st.lists(st.floats(allow_nan=False), max_size=20))
def test_floats_come_back_bit_by_bit(numbers: list[float]) -> None:
    back = from_bytes(to_bytes(tuple(numbers)), ())
    assert [math.copysign(1, n) for n in back] == [math.copysign(1, n) for n in numbers]
    assert list(back) == numbers


def person(owner: str) -> GenotypeLikelihoods:
    ln = tuple(math.log(0.1 * k) if k else -math.inf for k in range(1, 6 + 1))
    return GenotypeLikelihoods(
        owner,
        {Locus("TH01"): LocusLikelihoods(("6", "7", "9.3"), ln)},
        Run("reopen 1", "model 2", {"theta": 0.01, "kit": None}),
    )


def test_values_come_back_and_one_met_twice_is_one() -> None:
    one = person("A")
    value = (one, (one, person("B")), Frozen({("TH01", "6"): 812.5, ("vWA", "17"): math.nan}))
    first, (again, other), heights = from_bytes(to_bytes(value), TYPES)
    assert first == one
    assert first.run == one.run
    assert first is again
    assert other == person("B")
    assert heights["TH01", "6"] == 812.5
    assert math.isnan(heights["vWA", "17"])


@pytest.mark.parametrize("kind", ["f8", "f4", "i8", "u2", "u1", "?", ">f8", ">u2"])
def test_arrays_come_back_with_their_type_and_shape(kind: str) -> None:
    value = np.array([[0, 1, 200], [3, 0, 7]]).astype(kind)[:, ::-1]  # not in one piece either
    back = from_bytes(to_bytes((value, np.zeros((0, 3)))), ())
    assert back[0].dtype == value.dtype.newbyteorder("=")
    assert (back[0] == value).all()
    assert back[1].shape == (0, 3)
    back[0][0, 0] = 1  # nobody else's memory


def test_arrays_of_objects_are_neither_written_nor_read() -> None:
    with pytest.raises(TypeError, match="not kept"):
        to_bytes(np.array([print], dtype=object))
    plain = {"@array": "|O", "shape": [1], "data": "AAAAAAAAAAA="}
    with pytest.raises(UnreadableFile, match="cannot be read"):
        from_bytes(compress(json.dumps(plain).encode()), ())


@pytest.mark.parametrize("data", [b"", b"not compressed", to_bytes(person("A"))[:-7]])
def test_other_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(UnreadableFile, match="cannot be read"):
        from_bytes(data, TYPES)


def test_only_listed_types_are_made() -> None:
    with pytest.raises(UnreadableFile):
        from_bytes(to_bytes(Reference("P", {})), TYPES)
