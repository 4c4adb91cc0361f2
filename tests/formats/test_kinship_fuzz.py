"""No bytes whatever raise anything but our own errors, in any form of pedigrees."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.formats.test_familias import BY_HIS_MOTHER, MOTHER, PATERNITY, family, typed
from tests.formats.test_gedcom import TREE
from tests.formats.test_kinship_json import CASE, DVI
from tests.formats.test_linkage import ROWS
from tests.formats.test_pedigree_file import FILE

from reopen.errors import ReopenError, Where
from reopen.formats.kinship import parse_kinship

FAMILIAS = "\n".join(
    map(
        str,
        [*PATERNITY, "[DVI]", "[[Unidentified persons]]", *typed("V1", "Male", "14", "15"),
         "[[Reference Families]]", *family("F1", [MOTHER], BY_HIS_MOTHER)],
    )
)  # fmt: skip
TOML = FILE.replace('[profiles]\nfiles = ["family.csv"]\n', "").replace("sample", "# sample")
WHOLE = {
    "familias": FAMILIAS,
    "json": json.dumps(CASE),
    "dvi": json.dumps(DVI),
    "gedcom": TREE,
    "linkage": "FID IID PAT MAT SEX STATUS D1S1656 TH01\n" + ROWS,
    "toml": TOML,
}
SCRAPS = st.sampled_from(
    ["0", "-1", "1e999", "nan", '""', "9,3", "\0", "[", "]]", "{}", "null", "true", "99999999",
     "\n", "\r\n", "=", "@I1@", '"a"', "12/12", "#TRUE#", "∞", "é"]
)  # fmt: skip


def read(data: bytes) -> None:
    try:
        parse_kinship("case", data)
    except ReopenError as error:
        told = error
    else:
        return
    assert isinstance(told.where, Where)
    assert told.seen


@settings(max_examples=80, deadline=None)
@given(st.data())
@pytest.mark.parametrize("form", WHOLE)
def test_damage_raises_nothing_but_our_errors(form: str, data: st.DataObject) -> None:
    text = WHOLE[form]
    start = data.draw(st.integers(0, len(text)))
    cut = data.draw(st.integers(0, 30))
    scrap = data.draw(SCRAPS)
    read((text[:start] + scrap + text[start + cut :]).encode())


@settings(max_examples=60, deadline=None)
@given(st.data())
@pytest.mark.parametrize("form", WHOLE)
def test_lines_out_of_order_raise_nothing_but_our_errors(form: str, data: st.DataObject) -> None:
    lines = WHOLE[form].replace(", ", ",\n").splitlines()
    one, other = (data.draw(st.integers(0, len(lines) - 1)) for _ in range(2))
    lines[one], lines[other] = lines[other], lines[one]
    if data.draw(st.booleans()):
        del lines[data.draw(st.integers(0, len(lines) - 1))]
    read("\n".join(lines).encode())


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200))
def test_bytes_raise_nothing_but_our_errors(data: bytes) -> None:
    read(data)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.text(max_size=5), inside),
    max_leaves=6,
)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from([CASE, DVI]), st.data())
def test_any_value_anywhere_in_json(case: dict[str, object], data: st.DataObject) -> None:
    tree = json.loads(json.dumps(case))
    at = tree
    while True:
        keys = list(at) if isinstance(at, dict) else list(range(len(at)))
        key = data.draw(st.sampled_from(keys))
        if not (isinstance(at[key], dict | list) and at[key]) or data.draw(st.booleans()):
            break
        at = at[key]
    at[key] = data.draw(VALUES)
    read(json.dumps(tree).encode())
