"""Columns that are no field of a record become statements: who said it, when, how well known."""

from __future__ import annotations

import pytest
from tests.formats.test_case_tables import refused, table_of, taken

from reopen.errors import UnreadableFile
from reopen.formats.case_tables_writer import write_case_table
from reopen.records.base import Ref
from reopen.records.cases import Case, Exhibit, Person
from reopen.records.statements import InformationGrade, SourceGrade, State, Statement
from reopen.records.times import Interval


def said(text: str, file: str = "people.csv") -> list[Statement]:
    return [record for record in taken(table_of(text, file)) if isinstance(record, Statement)]


def test_a_column_says_who_said_it_and_how_it_is_known() -> None:
    (hair, eyes) = said(
        "id,hair,hair:speaker,hair: Information grade,eyes_left,source,speaker,said,source_grade\n"
        "P1,brown,Witness B,known indirectly,blue,file p. 9,Officer A,1987-04,reliable\n"
    )
    assert (hair.subject, hair.field, hair.value) == (Ref("person", "P1"), "hair", "brown")
    assert (hair.speaker, eyes.speaker) == ("Witness B", "Officer A")
    assert hair.information_grade is InformationGrade.KNOWN_INDIRECTLY
    assert eyes.information_grade is InformationGrade.NOT_GRADED
    for each in (hair, eyes):
        assert each.source == "file p. 9"
        assert each.said == Interval.parse("1987-04")
        assert each.source_grade is SourceGrade.RELIABLE


def test_the_four_states_are_kept_apart() -> None:
    rows = said(
        "id,feature,hair,dental,eyes_left,eyes_right\n"
        "P1,absent,not recorded,Not Applicable,unknown,blue\nP2,,,,,\n"
    )
    assert [(row.field, row.state, row.value) for row in rows] == [
        ("feature", State.ABSENT, ""),
        ("hair", State.NOT_RECORDED, ""),
        ("dental", State.NOT_APPLICABLE, ""),
        ("eyes_left", State.NOT_RECORDED, ""),
        ("eyes_right", State.PRESENT, "blue"),
    ]


def test_a_state_can_be_said_beside_the_value() -> None:
    (row,) = said("id,hair,hair:state,hair:note\nP1,,absent,shaved\n")
    assert (row.state, row.value, row.note) == (State.ABSENT, "", "shaved")
    ((line, field, told),) = refused("id,hair,hair:state\nP1,brown,absent\n", "people.csv")
    assert (line, field) == (2, "hair")
    assert "exactly where something was observed" in told


def test_several_people_may_speak_of_one() -> None:
    text = (
        "id,agency,weapon,speaker\nK-1,Sheriff,knife,A\nK-1,,rope,B\nK-1,Sheriff,knife,A\n"
        "K-2,Town,,\n"
    )
    records = taken(table_of(text, "cases.csv"))
    assert set(map(type, records)) == {Case, Statement}
    assert [r for r in records if isinstance(r, Case)] == [
        *[Case(id="K-1", agency="Sheriff")] * 3,
        Case(id="K-2", agency="Town"),
    ]
    knife, rope, again = (r for r in records if isinstance(r, Statement))
    assert knife == again
    assert knife.id != rope.id


def test_what_the_record_itself_says_must_not_differ_between_rows() -> None:
    rows = refused("id,agency,weapon\nK-1,Sheriff,knife\nK-1,Town,rope\n", "cases.csv")
    assert [(line, field) for line, field, _ in rows] == [(2, "agency"), (3, "agency")]


def test_the_same_words_are_the_same_statement_whatever_else_the_table_holds() -> None:
    (alone,) = said("id,hair\nP1,brown\n")
    (beside, _) = said("id,title,hair\nP1,x,brown\n".replace("title", "gender"))[::-1]
    assert alone.id == beside.id
    (other,) = said("id,hair,speaker\nP1,brown,B\n")
    assert other.id != alone.id


@pytest.mark.parametrize(
    ("column", "cell", "told"),
    [
        ("born", "3.4.1961", "is not a time"),
        ("height", "tall", "is not a range"),
        ("height", "190..160", "is not a range"),
        ("sex", "woman", "sex is one of: male, female, undetermined"),
    ],
)
def test_a_known_field_holds_what_it_holds(column: str, cell: str, told: str) -> None:
    ((line, field, why),) = refused(f"id,{column}\nP1,{cell}\n", "people.csv")
    assert (line, field) == (2, column)
    assert told in why


def test_a_code_of_another_list_is_kept_with_the_list_it_is_of() -> None:
    (row,) = said("id,sex,sex:code_list\nP1,F,SHR 1976\n")
    assert (row.value, row.code_list) == ("F", "SHR 1976")


@pytest.mark.parametrize(
    ("title", "told"),
    [
        ("agancy", "nearly 'agency'"),
        ("speeker", "nearly 'speaker'"),
        ("weapons", "nearly 'weapon'"),
        ("weather:speaker", "belongs to no column"),
        ("title:colour", "belongs to no column"),
    ],
)
def test_a_slip_of_the_pen_does_not_become_a_field(title: str, told: str) -> None:
    with pytest.raises(UnreadableFile, match=told):
        table_of(f"id,title,{title}\nK-1,a,b\n", "cases.csv")


def test_own_fields_are_told() -> None:
    table = table_of("id,case,horoscope\nE1,K-1,lion\n", "exhibits.csv")
    assert table.statements == ("horoscope",)
    assert "Columns read as statements: horoscope." in table.notices
    assert [type(record) for record in taken(table)] == [Exhibit, Statement]


def test_statements_come_back_through_a_table_of_their_own() -> None:
    rows = said("id,hair,born,note\nP1,brown,1961-02,both from one form\nP2,absent,,\n")
    assert taken(table_of(write_case_table(rows), "statements.csv")) == rows
    assert Person(id="P1", note="both from one form") in taken(
        table_of("id,hair,note\nP1,brown,both from one form\n", "people.csv")
    )
