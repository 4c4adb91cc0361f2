"""Writes docs/fields.md from the records themselves: every kind, its table and its columns.

    python tools/write_fields.py

What a field means is taken from its record's docstring. tests/formats/test_fields_page.py fails
where the page is not what this writes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from enum import StrEnum
from inspect import cleandoc
from pathlib import Path

from reopen.faces.workbench.unit_import import NEVER_FROM_FILES
from reopen.formats.case_columns import NAMED_BY_OTHERS
from reopen.formats.case_kinds import plural
from reopen.records import (
    access,
    cases,
    custody,
    findings,
    laboratory,
    organisation,
    results,
    series,
    statements,
    stored,
    tasks,
)
from reopen.records.base import Record, Ref
from reopen.records.fields import FIELDS, CaseField, Holds
from reopen.records.kinds import KINDS
from reopen.records.plain import FieldType, field_types
from reopen.records.times import Interval

PAGE = Path(__file__).resolve().parents[1] / "docs" / "fields.md"

_ROOMS = {
    cases: "Cases, people, exhibits",
    statements: "Statements",
    tasks: "Tasks",
    custody: "Custody",
    laboratory: "Laboratory",
    results: "Results and what was told to whom",
    organisation: "Organisation",
    access: "Access",
    findings: "Findings",
    stored: "Files, profiles, searches",
    series: "Series",
}
_HOLDS = {
    str: "text", int: "whole number", float: "number", bool: "yes or no", Interval: "time",
    Ref: "kind and id",
}  # fmt: skip
_USUAL = {
    "id": "its own name, unique among records of its kind",
    "case": "the case it belongs to",
    "item": "the exhibit or sample",
    "exhibit": "the exhibit",
    "sample": "the sample",
    "batch": "the batch",
    "person": "whose it is, or who it was",
    "place": "the place",
    "store": "the store",
    "at": "when",
    "during": "from when to when",
    "by": "who did it",
    "reason": "why",
    "analyst": "who worked on it",
    "approved_by": "who else approved it",
    "unit": "unit of the amounts",
    "kit": "the typing kit",
    "description": "what it is",
    "collected": "when it was taken",
    "collected_by": "who took it",
    "collected_at": "where it was taken",
    "substrate": "what it is made of",
    "agency": "whose case it is",
    "title": "what it is called",
    "staff": "of somebody of the staff",
    "method": "the method, with its version",
    "instrument": "the instrument",
    "device": "the device the record was made on",
    "version": "its version, from 1",
    "results": "numbers of results",
    "items": "the exhibits or samples",
}
"""Of fields whose record says no more about them."""
_OF_ALL = ("source", "note")

_OPENING = """\
# Fields of records

Written from the records by `tools/write_fields.py`; do not edit this page.

A table holds records of one kind: one row each, columns titled as below, in any order. Its name
says the kind (`exhibits.csv`, `Custody events 2024.csv`), or a column `record_kind` does, or
`reopen import --kind`. Capitals, blanks and hyphens in titles do not matter. Tabs, semicolons or
commas part the cells.

- **Empty** is not recorded, which is neither zero nor no. `(none)` is a value that is empty on
  purpose.
- **time**: ISO 8601, as exact as it is known: `1987`, `1987-03`, `1987-03-14`,
  `1987-03-14T10:00+01:00`; between two of them with a slash, `..` for an end that is not known:
  `1987-03-14/1987-03-16`, `../1990`. A time of day needs its offset from UTC.
- **number**: with a point. **yes or no**: in these words.
- **kind and id**: `exhibit K-1987-114-E2`.
- **list**: parted by semicolons. **pairs**: `analyst=A7; lot=12`. `\\;`, `\\=` and `\\\\` stand
  for the marks.
- **Every table** may also have `source` (the document a row was taken from, with page, line or
  frame) and `note`.
- **Required** columns are bold. Where no `id` is required, a table without that column gets ids
  made from its rows; a corrected row is then another record.

A column that is no field is refused, with the nearest field's name. In tables of cases, people,
places, exhibits and samples it becomes a field of [statements](#fields-of-statements) instead.
"""

_STATEMENTS = """\
## Fields of statements

What is known of a case, person, place, exhibit or sample are statements: somebody said it,
somewhere, at some time, and another may say otherwise. In `cases.csv`, `people.csv`,
`places.csv`, `exhibits.csv` and `samples.csv` every column that is no field of the record makes
one statement per row. Several rows may speak of one subject.

```csv
id,hair,hair:speaker,born,source,said
P-7,brown,Officer Ada,1961-02,missing person form p. 1,1987-03-20
P-7,black,witness Bo,,statement 14 p. 2,1987-04-02
```

Beside a column `hair` may stand `hair:source`, `hair:speaker`, `hair:said`, `hair:source_grade`,
`hair:information_grade`, `hair:state`, `hair:code_list` and `hair:note`. The columns `source`,
`speaker`, `said`, `source_grade` and `information_grade` hold for the whole row. A value may be
`absent` (looked for, not there), `not recorded` (or `unknown`), or `not applicable`; an empty
cell says nothing at all.

The fields below are known: times and ranges (`160..165`, `..40`) are checked, and statements on
them that cannot all hold are listed by `reopen disagreements`. Other fields hold text. "Several"
may hold at once. With a code list (`weapon:code_list` = `SHR 1976`) a value is kept as that list
writes it.
"""


def page() -> str:
    """The whole page."""
    parts = [_OPENING]
    for room, title in _ROOMS.items():
        kinds = [kind for kind in KINDS.values() if kind.__module__ == room.__name__]
        parts += [f"## {title}\n", *map(_section, kinds)]
    parts += [_STATEMENTS, *_statement_tables()]
    return "\n".join(parts).rstrip("\n") + "\n"


def _section(kind: type[Record]) -> str:
    about, notes = _told(kind)
    lines = [f"### {plural(kind.KIND)}.csv\n", about, ""]
    if kind.KIND in NEVER_FROM_FILES:
        lines += ["Made by the program; no file of them is imported.", ""]
    lines += ["| column | holds | meaning |", "| --- | --- | --- |"]
    told = (field for field in field_types(kind) if field.name not in _OF_ALL)
    lines += [_row(kind, field, notes.get(field.name, "")) for field in told]
    return "\n".join(lines) + "\n"


def _row(kind: type[Record], field: FieldType, note: str) -> str:
    required = field.required and (field.name != "id" or kind.KIND in NAMED_BY_OTHERS)
    name = f"**`{field.name}`**" if required else f"`{field.name}`"
    meaning = note or _USUAL.get(field.name, "")
    usual = field.default
    if usual not in (None, "", (), False) and not field.mapping:
        shown = "; ".join(map(str, usual)) if isinstance(usual, tuple) else usual
        meaning = f"{meaning}; {shown} where empty".removeprefix("; ")
    return f"| {name} | {_holds(field)} | {meaning} |"


def _holds(field: FieldType) -> str:
    if field.mapping:
        return "pairs"
    if issubclass(field.holds, StrEnum):
        one = ", ".join(f"`{value}`" for value in field.holds)
    else:
        one = _HOLDS[field.holds]
    return f"list: {one}" if field.many else one


def _told(kind: type[Record]) -> tuple[str, Mapping[str, str]]:
    """What a record is, and what its docstring says of single fields."""
    first, _, rest = cleandoc(kind.__doc__ or "").partition("\n\n")
    if first.startswith(f"{kind.__name__}("):
        first = f"A {kind.KIND.replace('_', ' ')}."  # written by the dataclass, not by us
    notes = {
        field.name: note
        for names, note in _notes(rest)
        for field in field_types(kind)
        if any(re.fullmatch(name.replace("*", ".*"), field.name) for name in names)
    }
    return " ".join(first.split()), notes


def _notes(text: str) -> Iterator[tuple[list[str], str]]:
    names: list[str] = []
    words: list[str] = []
    for line in text.splitlines():
        found = re.fullmatch(r"([a-z_*0-9]+(?:, [a-z_*0-9]+)*)(?:  +|: )(\S.*)", line)
        if found:
            if names:
                yield names, " ".join(words)
            names, words = found[1].split(", "), [found[2]]
        elif line.strip():
            words.append(line.strip())
    if names:
        yield names, " ".join(words)


def _statement_tables() -> Iterator[str]:
    shown: dict[int, list[str]] = {}
    for kind, fields in FIELDS.items():
        shown.setdefault(hash(tuple(fields)), []).append(kind)
    for kinds in shown.values():
        names = " and ".join(plural(kind) for kind in kinds)
        rows = [_field(field) for field in FIELDS[kinds[0]].values()]
        head = ["| field | holds | several | what |", "| --- | --- | --- | --- |"]
        yield "\n".join([f"### Statements on {names}\n", *head, *rows]) + "\n"


def _field(field: CaseField) -> str:
    holds = {Holds.TEXT: "text", Holds.TIME: "time", Holds.RANGE: f"range, {field.unit}"}.get(
        field.holds, ", ".join(f"`{code}`" for code in field.codes)
    )
    return f"| `{field.name}` | {holds} | {'yes' if field.many else ''} | {field.says} |"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
