"""docs/fields.md says what the records are: it is written from them, and read back here."""

from __future__ import annotations

import re
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

from reopen.formats.case_kinds import kind_of_file
from reopen.formats.case_tables import parse_case_table
from reopen.records.kinds import KINDS
from reopen.records.plain import field_types

PROJECT = Path(__file__).resolve().parents[2]
PAGE = (PROJECT / "docs" / "fields.md").read_text(encoding="utf-8")


def writer() -> ModuleType:
    spec = spec_from_file_location("write_fields", PROJECT / "tools" / "write_fields.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_is_what_the_records_say() -> None:
    assert writer().page() == PAGE, "run: python tools/write_fields.py"


@pytest.mark.parametrize("kind", KINDS)
def test_every_column_of_every_kind_is_there(kind: str) -> None:
    sections = dict(re.findall(r"^### (\S+\.csv)\n(.*?)(?=^##|\Z)", PAGE, re.M | re.S))
    (name,) = [name for name in sections if kind_of_file(name) is KINDS[kind]]
    columns = re.findall(r"^\| (?:\*\*)?`(\w+)`", sections[name], re.M)
    of_all = ("source", "note")
    assert columns == [f.name for f in field_types(KINDS[kind]) if f.name not in of_all]


def test_the_example_is_read() -> None:
    (example,) = re.findall(r"^```csv\n(.*?)^```$", PAGE, re.M | re.S)
    table = parse_case_table("people.csv", example.encode())
    assert table.statements == ("hair", "born")
    assert len(list(table.rows())) == 2
