"""Cases in the list and one by one: triage, hidden names, and what somebody without grants gets."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.faces.web.conftest import Browser

from reopen.faces.workbench.access import approve, give
from reopen.records.access import Actor, Marking, ReadEvent, Sensitivity, Standing
from reopen.records.base import Ref
from reopen.records.cases import Case, Exhibit, Interview, Involvement, Mention, Person, Role
from reopen.records.custody import CustodyEvent, EventKind
from reopen.records.results import Request
from reopen.records.statements import Statement
from reopen.records.times import Interval
from reopen.store.unit import open_unit

at = Interval.parse
K7 = Ref("case", "K7")
NAME = "Maria Testperson"


@pytest.fixture
def held(unit_file: Path) -> Path:
    """A case with much in it, whose victim is a survivor of a sexual offence. Anna may see that."""
    with open_unit(unit_file) as unit:
        with unit.writing("mara") as writer:
            writer.put_many(HELD)
        given = give(
            unit, "mara", "anna", purpose="any work of the unit", case="K7",
            classes=[Sensitivity.SEXUAL],
        )  # fmt: skip
        approve(unit, "second", given.record.id)
    return unit_file


HELD = (
    Actor(id="second", name="Second Pair", standing=Standing.LEAD),
    Actor(id="anna", name="Anna Ek", standing=Standing.DETECTIVE),
    Case(id="K7", title="The quarry", agency="Harbour"),
    Person(id="V7"),
    Person(id="W7"),
    Involvement(id="I7", case="K7", person="V7", role=Role.VICTIM),
    Involvement(id="I8", case="K7", person="W7", role=Role.WITNESS),
    Statement(id="N7", subject=Ref("person", "V7"), field="name", value=NAME),
    Statement(id="N8", subject=Ref("person", "W7"), field="name", value="Bo Witness"),
    Statement(id="A1", subject=K7, field="cause_of_death", value="stabbing", speaker="Dr Farrow"),
    Statement(id="A2", subject=K7, field="cause_of_death", value="a fall", speaker="Dr Grey"),
    Statement(id="A3", subject=K7, field="limitation", value="2011-05"),
    Statement(id="A4", subject=K7, field="priority", value="high", speaker="the family"),
    Statement(id="A5", subject=K7, field="next_review", value="2027-01"),
    Statement(id="A6", subject=K7, field="offence", value="1987-03"),
    Exhibit(id="E7", case="K7", description="a rope"),
    CustodyEvent(id="C7", item="E7", event=EventKind.DISPOSED, at=at("1999")),
    Request(id="Q7", case="K7", item="E7", test="STR", asked=at("1998")),
    Interview(id="H7", case="K7", person="W7", named=at("1987")),
    Mention(id="M7", case="K7", document="Scene log", text="a cigarette end"),
    Marking(
        id="X7", subject=Ref("person", "V7"), classes=(Sensitivity.SEXUAL,), at=at("2026-01-01"),
        by="mara",
    ),
)  # fmt: skip


def worked_out(browser: Browser, query: str = "") -> Any:
    """The list's twin, once triage is worked out behind it."""
    for _ in range(200):
        page = browser.json(f"/cases{query}")
        if page["ready"]:
            return page
        time.sleep(0.02)
    raise AssertionError("Triage was never worked out.")


def test_the_list_has_points_limits_and_who_asked(held: Path, client: Browser) -> None:
    """K7: nothing is left of its exhibit, so 40 of 100 points are lost; so are 5 of the limit and
    5 of the mention that is no exhibit; 5 are certain: somebody was named and not heard."""
    page = worked_out(client)
    row = next(each for each in page["cases"] if each["id"] == "K7")["triage"]
    assert (row["low"], row["high"]) == (5, 50)
    assert row["limitation"] == "2011-05"
    assert row["over"] is True
    assert row["evidence"] == "0 of 1 there, 1 gone"
    assert row["asked"] == ["high, asked by the family"]
    assert row["speaks_for"] == ["unheard"]
    text = client.get("/cases").text
    assert "5 to 50" in text
    assert "high, asked by the family" in text


def test_the_list_is_found_by_words_and_sorts(held: Path, client: Browser) -> None:
    worked_out(client)
    assert [each["id"] for each in client.json("/cases?words=quarry")["cases"]] == ["K7"]
    by_number = [each["id"] for each in client.json("/cases?order=number")["cases"]]
    assert by_number == ["K 2/3", "K1", "K7"]
    assert [each["id"] for each in client.json("/cases?order=limitation")["cases"]][-1] == "K7"
    assert client.get("/cases?order=beauty").status_code == 422


def test_a_change_is_in_the_list_of_the_next_look(held: Path, client: Browser) -> None:
    worked_out(client)
    with open_unit(held) as unit, unit.writing("mara") as writer:
        writer.put(Statement(id="Z1", subject=K7, field="status", value="cleared by arrest"))
    rows = {each["id"]: each["triage"] for each in worked_out(client)["cases"]}
    assert rows["K7"]["closed"] == "cleared by arrest"


def test_a_large_unit_is_read_in_pieces_to_the_same_end(
    held: Path, client: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In looks of two records each, so that nobody waits for a long one to end."""
    at_once = worked_out(client)
    monkeypatch.setattr("reopen.faces.web.triage_kept._AT_ONCE", 0)
    monkeypatch.setattr("reopen.faces.web.in_pieces.AT_ONCE", 2)
    with open_unit(held) as unit, unit.writing("mara") as writer:
        writer.put(Case(id="K8", title="Nothing recorded"))
    in_pieces = worked_out(client)
    assert [row for row in in_pieces["cases"] if row["id"] == "K7"] == [
        row for row in at_once["cases"] if row["id"] == "K7"
    ]
    assert in_pieces["total"] == at_once["total"] + 1


def test_a_survivors_name_is_hidden_until_it_is_asked_for(
    held: Path, signed_in: Callable[[str], Browser]
) -> None:
    client = signed_in("anna")
    page, twin = client.get("/cases/K7").text, client.get("/api/cases/K7").text
    assert NAME not in page
    assert NAME not in twin
    assert "Bo Witness" in page
    assert client.json("/cases/K7")["names_kept"] == 1
    shown = client.get("/cases/K7?names=true").text
    assert NAME in shown


def test_showing_a_name_is_a_look_of_its_own(
    held: Path, signed_in: Callable[[str], Browser]
) -> None:
    client = signed_in("anna")
    client.get("/cases/K7")
    assert "statement N7" not in looks(held)
    client.get("/cases/K7?names=true")
    assert "statement N7" in looks(held)


def looks(path: Path) -> set[str]:
    with open_unit(path) as unit, unit.reading("mara") as reader:
        return {each.target for each in reader.all(ReadEvent)}


def test_a_case_shows_what_is_said_and_what_waits(held: Path, client: Browser) -> None:
    page = client.json("/cases/K7")
    assert [each["field"] for each in page["opposed"]] == ["cause of death"]
    assert [each["speaker"] for each in page["opposed"][0]["sides"]] == ["Dr Farrow", "Dr Grey"]
    assert page["exhibits"][0]["state"] == "destroyed, 1999"
    assert [each["what"] for each in page["waiting"]] == [
        "Review", "STR asked for, no answer recorded", "Named, no interview recorded",
        "Mentioned in Scene log, no exhibit here",
    ]  # fmt: skip
    assert page["timeline"].startswith("<svg")
    assert "style=" not in page["timeline"]
    assert page["times"][0]["what"] == "W7 named, not heard"


def test_an_empty_case_says_what_to_do(client: Browser) -> None:
    text = client.get("/cases/K%202%2F3").text
    assert "Nothing is said of it yet" in text
    assert "<script>alert(1)" not in text


def words(page: str) -> str:
    """Without the tokens of its forms, which differ each time."""
    return re.sub("[0-9a-f]{64,}", "", page)


def test_who_has_no_grant_sees_and_learns_nothing(
    held: Path, client: Browser, signed_in: Callable[[str], Browser]
) -> None:
    worked_out(client)
    stranger = signed_in("stranger")
    page = worked_out(stranger)
    assert page["cases"] == []
    assert page["total"] == 0
    for path in ("/cases/K7", "/api/cases/K7", "/cases/K7?names=true"):
        gone = stranger.get(path)
        there_is_none = stranger.get(path.replace("K7", "K9"))
        assert gone.status_code == there_is_none.status_code == 404
        assert words(gone.text) == words(there_is_none.text).replace("K9", "K7")
        assert NAME not in gone.text
    assert "quarry" not in stranger.get("/cases").text
