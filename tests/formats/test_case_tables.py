"""Tables of records: every kind goes out and comes back; what is not understood is refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reopen.errors import InvalidRecord, UnknownName, UnreadableFile
from reopen.formats.case_cells import NOTHING
from reopen.formats.case_kinds import kind_of_file, plural
from reopen.formats.case_tables import CaseTable, Refused, Taken, is_case_table, parse_case_table
from reopen.formats.case_tables_writer import write_case_table, write_refused
from reopen.records.base import Record, Ref
from reopen.records.cases import Exhibit, Person, Sample
from reopen.records.custody import CustodyEvent, EventKind, Retention
from reopen.records.kinds import KINDS
from reopen.records.organisation import CorrectiveAction
from reopen.records.plain import FieldType, field_types
from reopen.records.statements import State, Statement
from reopen.records.tasks import Task, TaskState
from reopen.records.times import Interval


def table_of(text: str, file: str = "exhibits.csv", kind: str = "") -> CaseTable:
    return parse_case_table(file, text.encode(), kind=kind)


def taken(table: CaseTable) -> list[Record]:
    rows = list(table.rows())
    assert not [row for row in rows if isinstance(row, Refused)], rows
    return [record for row in rows if isinstance(row, Taken) for record in row.records]


def refused(text: str, file: str = "exhibits.csv") -> list[tuple[int, str, str]]:
    return [
        (row.line, row.why.where.field, row.why.reason)
        for row in table_of(text, file).rows()
        if isinstance(row, Refused) and row.why.where
    ]


# every kind, out and in

TEXT = (
    st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1, max_size=12)
    .map(str.strip)
    .filter(lambda text: text not in ("", NOTHING))
)
MOMENTS = st.datetimes(datetime(1950, 1, 1), datetime(2040, 1, 1)).map(
    lambda moment: moment.replace(tzinfo=UTC)
)
INTERVALS = st.builds(
    lambda first, days: Interval(first, first + timedelta(days=days)), MOMENTS, st.integers(0, 900)
) | st.sampled_from(["1987", "1987-03", "../1987-03-14", "1987-03-14/.."]).map(Interval.parse)


def values(field: FieldType) -> st.SearchStrategy[Any]:
    one: dict[type, st.SearchStrategy[Any]] = {
        str: TEXT,
        int: st.integers(-(10**12), 10**12),
        float: st.floats(allow_nan=False, allow_infinity=False),
        bool: st.booleans(),
        Interval: INTERVALS,
        Ref: st.builds(Ref, st.sampled_from(sorted(KINDS)), TEXT),
    }
    if field.mapping:
        return st.dictionaries(TEXT, TEXT, max_size=3)
    if issubclass(field.holds, StrEnum):
        single: st.SearchStrategy[Any] = st.sampled_from(list(field.holds))
    else:
        single = one[field.holds]
    return st.lists(single, max_size=3).map(tuple) if field.many else single


@st.composite
def records(draw: st.DrawFn, kind: type[Record]) -> Record:
    given_values = {
        field.name: draw(values(field))
        for field in field_types(kind)
        if field.required or draw(st.booleans())
    }
    if kind is Statement:
        given_values["state"] = State.PRESENT
        given_values.setdefault("value", "said")
    if kind is Task:
        given_values["what"] = "look again"
        if given_values.get("state", TaskState.OPEN) is TaskState.OPEN:
            given_values.pop("ended", None)
    return kind(**given_values)


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_records_of_every_kind_come_back_as_they_were(kind: str, data: st.DataObject) -> None:
    of = KINDS[kind]
    some = data.draw(st.lists(records(of), min_size=1, max_size=3, unique_by=lambda each: each.id))
    text = write_case_table(some)
    assert taken(table_of(text, "anything.csv")) == some
    assert is_case_table("anything.csv", text.encode())


@pytest.mark.parametrize("kind", KINDS)
def test_a_table_is_known_by_its_name(kind: str) -> None:
    for name in (f"{kind}.csv", f"{plural(kind)}.csv", f"2024-03 {plural(kind)}.CSV"):
        assert kind_of_file(name) is KINDS[kind]
    assert kind_of_file(f"{kind} of somebody.csv") is None


# cells


def test_a_row_says_what_its_cells_say() -> None:
    table = table_of(
        "ID;Item;Event;At;Giver;Amount used;Batch-entry;note\n"
        'C1;E1;Sampled;1987-03-14T10:00+01:00;;0.25;yes;"cut; from the seam"\n',
        "Custody events 1987.csv",
    )
    assert taken(table) == [
        CustodyEvent(
            id="C1",
            item="E1",
            event=EventKind.SAMPLED,
            at=Interval.at(datetime(1987, 3, 14, 9, 0, tzinfo=UTC)),
            amount_used=0.25,
            batch_entry=True,
            note="cut; from the seam",
        )
    ]
    assert taken(table)[0].where is not None
    assert table.fields == (
        "id", "note", "item", "event", "at", "giver", "amount_used", "batch_entry"
    )  # fmt: skip


def test_an_empty_cell_is_not_recorded_which_is_not_no() -> None:
    (sample,) = taken(table_of("id,staff,person\nS1,,\n", "samples.csv"))
    assert sample == Sample(id="S1", person=None)
    (event,) = taken(table_of("id,item,event,at\nC1,E1,moved,1987\n", "custody_event.csv"))
    assert isinstance(event, CustodyEvent)
    assert event.amount_used is None


def test_lists_and_pairs_keep_their_marks() -> None:
    action = CorrectiveAction(
        id="A1",
        opened=Interval.parse("2001-02"),
        scope={"lot": "7;8", "a=b": "c\\d"},
        outcomes={"K-1": "x = y"},
    )
    text = write_case_table([action])
    assert taken(table_of(text)) == [action]
    (plain,) = taken(
        table_of("id,opened,scope\nA1,2001,analyst=A7; lot = 12\n", "corrective_actions.csv")
    )
    assert isinstance(plain, CorrectiveAction)
    assert plain.scope == {"analyst": "A7", "lot": "12"}


def test_what_is_empty_on_purpose_differs_from_what_is_not_recorded() -> None:
    (for_ever,) = taken(table_of("id,case,law,until\nR1,K-1,law 7,(none)\n", "retentions.csv"))
    assert isinstance(for_ever, Retention)
    assert for_ever.until is None
    ((line, field, _),) = refused("id,case,law,until\nR1,K-1,law 7,\n", "retentions.csv")
    assert (line, field) == (2, "until")


def test_text_that_a_cell_cannot_hold_is_not_written() -> None:
    with pytest.raises(InvalidRecord, match="blanks"):
        write_case_table([Exhibit(id="E1", case="K-1", description=" knife")])
    with pytest.raises(InvalidRecord, match="one kind"):
        write_case_table([Exhibit(id="E1", case="K-1"), Person(id="P1")])
    with pytest.raises(InvalidRecord, match="at least one"):
        write_case_table([])


@pytest.mark.parametrize(
    ("column", "cell", "told"),
    [
        ("at", "14.03.1987", "'14.03.1987' may be day and month or month and day."),
        ("at", "3/4/87", "'3/4/87' may be day and month or month and day."),
        ("at", "1987-03-14T10:00", "has no time zone"),
        ("at", "last week", "'last week' is not a time."),
        ("at", "", "at is empty."),
        ("event", "eaten", "'eaten' as event."),
        ("amount_used", "0,5", "'0,5' may be a decimal comma"),
        ("amount_used", "much", "'much' is not a number."),
        ("amount_used", "nan", "'nan' is not a number."),
        ("counter", "1.5", "'1.5' is not a whole number."),
        ("batch_entry", "perhaps", "'perhaps' is neither yes nor no."),
    ],
)
def test_a_cell_is_refused_with_its_line_and_field(column: str, cell: str, told: str) -> None:
    cells = {"id": "C2", "item": "E1", "event": "moved", "at": "1987", column: cell}
    header, row = ",".join(cells), ",".join(f'"{each}"' for each in cells.values())
    good = ",".join("1987" if name == "at" else "" for name in cells)
    rows = f"{header}\n{row}\n{good}\n"
    (first, second) = refused(rows, "custody_events.csv")
    assert (first[0], first[1]) == (2, column)
    assert told in first[2]
    assert second[:2] == (3, "id")  # an event without an id: the column is there, the cell empty


def test_a_reference_names_a_kind_that_is_there() -> None:
    header = "id,subject,field,value\n"
    (row,) = taken(table_of(f"{header}S1,exhibit K 1,colour,red\n", "statements.csv"))
    assert isinstance(row, Statement)
    assert row.subject == Ref("exhibit", "K 1")
    ((line, field, told),) = refused(f"{header}S1,thing K1,colour,red\n", "statements.csv")
    assert (line, field) == (2, "subject")
    assert "names no record" in told


# rows


def test_rows_of_one_id_that_differ_are_all_refused() -> None:
    rows = refused("id,case,substrate\nE1,K-1,wool\nE2,K-1,\nE1,K-1,silk\n")
    assert [(line, field) for line, field, _ in rows] == [(2, "substrate"), (4, "substrate")]
    assert "contradicts line 4" in rows[0][2]
    assert "contradicts line 2" in rows[1][2]


def test_rows_that_repeat_are_told_and_change_nothing() -> None:
    table = table_of("id,case\nE1,K-1\nE1,K-1\n")
    assert taken(table) == [Exhibit(id="E1", case="K-1")] * 2
    assert "1 rows repeat another row word for word." in table.notices


def test_a_row_with_too_many_cells_is_refused() -> None:
    ((line, _, told),) = refused("id,case\nE1,K-1,wool\n")
    assert line == 2
    assert "without a title: wool" in told


def test_events_without_an_id_get_one_from_their_content() -> None:
    text = "store,at,celsius\nF1,2001-02-03T04:05Z,-20\nF1,2001-02-03T04:06Z,-20\n"
    table = table_of(text, "store_readings.csv")
    first, second = taken(table)
    assert first.id != second.id
    other_order = "at,celsius,store\n2001-02-03T04:05Z,-20,F1\n"
    assert taken(table_of(other_order, "store_readings.csv")) == [first]
    assert any("made from its content" in notice for notice in table.notices)


def test_refused_rows_are_written_so_that_they_can_be_corrected() -> None:
    table = table_of("id,case,collected\nE1,K-1,1987\nE2,K-1,14/03/87\nE3\n")
    bad = [row for row in table.rows() if isinstance(row, Refused)]
    text = write_refused(table, bad)
    assert text.startswith("id,case,collected,refused_line,refused_field,refused_because\n")
    assert "E2,K-1,14/03/87,3,collected," in text
    assert "E3,,,4,case," in text
    corrected = text.replace("14/03/87", "1987-03-14").replace("E3,,", "E3,K-2,")
    assert [record.id for record in taken(table_of(corrected))] == ["E2", "E3"]


# headers


@pytest.mark.parametrize(
    ("header", "told"),
    [
        ("id,case,colected", "is nearly 'collected'"),
        ("id,case,case", "is there twice"),
        ("id,description", "No column 'case'"),
        ("case,description", "No column 'id'"),
    ],
)
def test_a_header_is_refused_by_its_column(header: str, told: str) -> None:
    with pytest.raises(UnreadableFile) as error:
        table_of(f"{header}\nE1,K-1,x\n")
    assert told in str(error.value)
    assert error.value.where is not None
    assert error.value.where.file == "exhibits.csv"


def test_a_kind_that_is_not_known_is_told() -> None:
    with pytest.raises(UnknownName, match="Neither the file's name"):
        table_of("id,case\nE1,K-1\n", "list.csv")
    with pytest.raises(UnknownName, match="'thing' is no kind"):
        table_of("id,case\nE1,K-1\n", kind="thing")
    assert taken(table_of("id,case\nE1,K-1\n", "list.csv", kind="Exhibits"))


def test_a_table_holds_one_kind() -> None:
    text = "record_kind,id,case\nexhibit,E1,K-1\nsample,S1,K-1\n"
    assert isinstance(next(table_of(text, "list.csv").rows()), Taken)
    ((line, field, _),) = refused(text, "list.csv")
    assert (line, field) == (3, "record_kind")


@pytest.mark.parametrize(
    ("file", "text", "is_one"),
    [
        ("exhibits.csv", "id,case\nE1,K-1\n", True),
        ("people.csv", "Name,TH01,vWA\nP-1,6,16\n", False),
        ("samples.csv", "Sample Name,Marker,Allele 1\nS,TH01,6\n", False),
        ("store_readings.csv", "store,at\nF1,2001\n", True),
        ("list.csv", "id,case\nE1,K-1\n", False),
        ("list.csv", "record_kind,id,case\nexhibit,E1,K-1\n", True),
        ("exhibits.csv", "PK\x03\x04", False),
    ],
)
def test_profiles_are_not_taken_for_records(file: str, text: str, is_one: bool) -> None:
    assert is_case_table(file, text.encode()) is is_one
