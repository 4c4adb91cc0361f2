"""Each table here is broken in the way its name says; this is exactly what the user is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from reopen.errors import UnreadableFile
from reopen.formats.case_tables import Refused, read_case_table

HERE = Path(__file__).parent / "case_tables"
TIMES = (
    "Times are ISO 8601: 1987, 1987-03, 1987-03-14, 1987-03-14T10:00+01:00, or two of them with a "
    "slash, '..' for an end that is not known. Write it so; leave the cell empty where nothing was "
    "recorded."
)
NUMBERS = "Numbers are written with a point, as in 0.5"
OBSERVED = (
    "A statement has a value exactly where something was observed present. Give the value, or say "
    "absent, not recorded or not applicable."
)

WHOLE_FILES = {
    "exhibits_empty.csv": (
        "The file is empty. (exhibits_empty.csv)\nA table has a header and rows.\nExport it again."
    ),
    "exhibits_header_only.csv": (
        "The table has a header and no rows. (exhibits_header_only.csv, line 1)\n"
        "A table has one row at least: an export that failed looks like this.\n"
        "Check that the export is complete."
    ),
    "exhibits_workbook.csv": (
        "The file is a workbook or ZIP archive. (exhibits_workbook.csv)\n"
        "Tables are read as text.\n"
        "Save the sheet as CSV, or unpack it."
    ),
    "exhibits_open_quote.csv": (
        "The quotation marks do not pair up (unexpected end of data). "
        "(exhibits_open_quote.csv, line 2)\n"
        "A quoted cell ends with a quotation mark before the next separator.\n"
        "Correct the row that starts here, or export the table without quotation marks."
    ),
    "exhibits_slip.csv": (
        "Column 'descripton' is nearly 'description'. "
        "(exhibits_slip.csv, line 1, field 'descripton')\n"
        "A column of another name becomes a field of its own.\n"
        "Write 'description', or choose a name that cannot be taken for it."
    ),
    "statements_no_subject.csv": (
        "No column 'subject'; there are id, field, value. (statements_no_subject.csv, line 1)\n"
        "Every statement has: id, subject, field.\n"
        "Add the column, or say which records these are: the file's name (statements.csv), or a "
        "column 'record_kind'."
    ),
}

ROWS = {
    "exhibits_two_separators.csv": [
        (
            "exhibit E1;K-1: case is empty. Every exhibit has: id, case. Give it, or leave the row "
            "out. (exhibits_two_separators.csv, line 2, field 'case')"
        )
    ],
    "exhibits_contradiction.csv": [
        f"exhibit E1: This row contradicts line {other}. A record stands once in a table; which "
        "row is right cannot be known. None of them was taken. Keep one row, or give each its own "
        f"id. (exhibits_contradiction.csv, line {line}, field 'case')"
        for line, other in ((2, 3), (3, 2))
    ],
    "custody_events_times.csv": [
        (
            "custody_event C1: '14.3.1987 10:00' may be day and month or month and day. Times are "
            "ISO 8601: 1987, 1987-03, 1987-03-14, 1987-03-14T10:00+01:00. Export the table again "
            "with dates in that form. (custody_events_times.csv, line 2, field 'at')"
        ),
        (
            "custody_event C2: 1987-03-14T10:00:00 has no time zone. A time is stored in UTC, so "
            "that two clocks can be compared. Add the offset: 1987-03-14T10:00+01:00, or Z for "
            "UTC. (custody_events_times.csv, line 3, field 'at')"
        ),
        (
            f"custody_event C3: '1987-02-30' is not a time. {TIMES} "
            "(custody_events_times.csv, line 4, field 'at')"
        ),
        (
            "custody_event C4: 1990-01-01T00:00:00+00:00 to 1989-12-31T23:59:59.999999+00:00 ends "
            "before it begins. An interval is given as earliest/latest. Exchange the two, or "
            "correct one of them. (custody_events_times.csv, line 5, field 'at')"
        ),
    ],
    "custody_events_numbers.csv": [
        (
            f"custody_event C1: '0,25' may be a decimal comma or a thousands mark. {NUMBERS}, and "
            "without other marks. Write the column with points. "
            "(custody_events_numbers.csv, line 2, field 'amount_used')"
        ),
        (
            f"custody_event C2: '1 mg' is not a number. {NUMBERS}; an empty cell is not recorded. "
            "Correct the cell; leave it empty where nothing was recorded. "
            "(custody_events_numbers.csv, line 3, field 'amount_used')"
        ),
    ],
    "people_rows.csv": [
        (
            "person: id is empty. Every person has: id. Give it, or leave the row out. "
            "(people_rows.csv, line 3, field 'id')"
        ),
        (
            "person P2: The row has cells without a title: extra. Each cell stands below the "
            "title of its column. Correct the row; text with a separator in it needs quotation "
            "marks. (people_rows.csv, line 4)"
        ),
    ],
}


def kind_of(name: str) -> str:
    return name.partition("_")[0] if not name.startswith("custody") else "custody_events"


@pytest.mark.parametrize("name", WHOLE_FILES)
def test_a_table_that_cannot_be_read_says_why(name: str) -> None:
    with pytest.raises(UnreadableFile) as told:
        read_case_table(HERE / name, kind=kind_of(name))
    assert str(told.value) == WHOLE_FILES[name]


@pytest.mark.parametrize("name", ROWS)
def test_a_row_that_is_refused_says_why(name: str) -> None:
    table = read_case_table(HERE / name, kind=kind_of(name))
    assert [str(row.why) for row in table.rows() if isinstance(row, Refused)] == ROWS[name]


def test_a_column_that_is_no_field_is_told_with_the_one_it_may_be() -> None:
    with pytest.raises(UnreadableFile) as told:
        read_case_table(HERE / "custody_events_slip.csv", kind="custody_event")
    first, _, last = str(told.value).split("\n")
    assert first == (
        "Column 'reciever' is no field of a custody event. "
        "(custody_events_slip.csv, line 1, field 'reciever')"
    )
    assert last == "Did you mean 'receiver'?"


def test_a_statement_says_what_was_observed_or_that_it_was_not() -> None:
    table = read_case_table(HERE / "statements_states.csv", kind="statement")
    first, second, third = (row.why for row in table.rows() if isinstance(row, Refused))
    assert first.reason == f"Field 'hair' of person P1 is present with the value ''. {OBSERVED}"
    assert (
        second.reason == f"Field 'hair' of person P1 is absent with the value 'brown'. {OBSERVED}"
    )
    assert third.reason.startswith("'P1' names no record.")


def test_every_file_here_is_tested() -> None:
    others = {"custody_events_slip.csv", "statements_states.csv"}
    assert {path.name for path in HERE.iterdir()} == {*WHOLE_FILES, *ROWS, *others}
