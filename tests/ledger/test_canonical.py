"""Canonical JSON: RFC 8785's own documents, an independent writer, and what is refused."""

from __future__ import annotations

import json
import math
import struct

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st
from tests.ledger.vectors_of import SHARED, needs_shared

from reopen.errors import InvalidRecord
from reopen.ledger.canonical import canonical, parse

DOCUMENTS = ("arrays", "french", "structures", "unicode", "values", "weird")
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


class TestVectors:
    pytestmark = needs_shared

    @pytest.mark.parametrize("name", DOCUMENTS)
    def test_documents_of_the_rfc(self, name: str) -> None:
        value = parse((SHARED / "jcs" / "input" / f"{name}.json").read_bytes())
        wanted = bytes.fromhex((SHARED / "jcs" / "outhex" / f"{name}.txt").read_text())
        assert canonical(value) == wanted
        assert wanted == (SHARED / "jcs" / "output" / f"{name}.json").read_bytes()


# RFC 8785, appendix B: the bits of a double, and how it is written.
NUMBERS = {
    "0000000000000000": "0",
    "8000000000000000": "0",
    "0000000000000001": "5e-324",
    "8000000000000001": "-5e-324",
    "7fefffffffffffff": "1.7976931348623157e+308",
    "ffefffffffffffff": "-1.7976931348623157e+308",
    "4340000000000000": "9007199254740992",
    "c340000000000000": "-9007199254740992",
    "4430000000000000": "295147905179352830000",
    "44b52d02c7e14af5": "9.999999999999997e+22",
    "44b52d02c7e14af6": "1e+23",
    "44b52d02c7e14af7": "1.0000000000000001e+23",
    "444b1ae4d6e2ef4e": "999999999999999700000",
    "444b1ae4d6e2ef4f": "999999999999999900000",
    "444b1ae4d6e2ef50": "1e+21",
    "3eb0c6f7a0b5ed8c": "9.999999999999997e-7",
    "3eb0c6f7a0b5ed8d": "0.000001",
    "41b3de4355555553": "333333333.3333332",
    "41b3de4355555554": "333333333.33333325",
    "41b3de4355555555": "333333333.3333333",
    "41b3de4355555556": "333333333.3333334",
    "41b3de4355555557": "333333333.33333343",
    "becbf647612f3696": "-0.0000033333333333333333",
    "43143ff3c1cb0959": "1424953923781206.2",
}


@pytest.mark.parametrize("bits", NUMBERS)
def test_numbers_of_the_rfc(bits: str) -> None:
    (number,) = struct.unpack(">d", bytes.fromhex(bits))
    assert canonical(number) == NUMBERS[bits].encode()


@given(VALUES)
def test_an_independent_writer_agrees(value: object) -> None:
    assert canonical(value) == rfc8785.dumps(value)  # type: ignore[arg-type]


@given(VALUES)
def test_what_was_written_reads_back_and_writes_the_same(value: object) -> None:
    written = canonical(value)  # type: ignore[arg-type]
    assert canonical(parse(written)) == written


def test_keys_are_sorted_by_utf_16_units() -> None:
    """U+1F600 begins with the unit D83D, which comes before U+FB33, though its number is larger."""
    assert canonical({"\ufb33": 1, "\U0001f600": 2}) == '{"\U0001f600":2,"\ufb33":1}'.encode()


def test_tuples_are_lists() -> None:
    assert canonical({"alleles": ("9.3", "10")}) == b'{"alleles":["9.3","10"]}'


@pytest.mark.parametrize(
    ("value", "seen"),
    [
        (math.nan, "nan"),
        (math.inf, "inf"),
        (2**53, "9007199254740992"),
        ("\ud800", "surrogate"),
        ({"\udc00": 1}, "surrogate"),
        ({1: "a"}, "as a key"),
        (b"bytes", "JSON value"),
        ({"a": {1, 2}}, "JSON value"),
        ({"a": object()}, "JSON value"),
    ],
)
def test_what_has_no_form_is_refused(value: object, seen: str) -> None:
    with pytest.raises(InvalidRecord, match=seen):
        canonical(value)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("data", "seen"),
    [
        (b'{"sex":"F","sex":"M"}', "'sex' stands twice"),
        (b'{"a":{"b":1,"b":1}}', "'b' stands twice"),
        (b"[NaN]", "NaN"),
        (b"[-Infinity]", "Infinity"),
        (b"[1", "Not JSON"),
        (b'"\xff"', "Not JSON"),
        (b"[" * 100_000, "Not JSON"),
    ],
)
def test_what_has_more_than_one_reading_is_refused(data: bytes, seen: str) -> None:
    with pytest.raises(InvalidRecord, match=seen):
        parse(data)


def test_escapes_are_json_s_own() -> None:
    text = '\x00\x1f\x7f"\\/\b\f\n\r\t\u2028é'
    assert json.loads(canonical(text)) == text
    assert canonical(text) == b'"\\u0000\\u001f\x7f\\"\\\\/\\b\\f\\n\\r\\t\xe2\x80\xa8\xc3\xa9"'
