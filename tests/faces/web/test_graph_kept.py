"""A graph out of memory is what reading it anew gives, and its looks are in the log as then."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import sleep

import pytest

from reopen.errors import InvalidRecord
from reopen.faces.web.graph_kept import kept_graph
from reopen.faces.web.looks import Look, Units
from reopen.faces.web.sessions import Session
from reopen.faces.workbench.unit_graph import Graph, GraphAsked, UnitGraph
from reopen.records.access import Actor, Grant, Revocation, Standing
from reopen.records.base import Record, Ref
from reopen.records.cases import Case, Exhibit, Involvement, Person, Role, Sample
from reopen.records.results import FoundLink
from reopen.records.statements import Statement
from reopen.records.stored import StoredProfile
from reopen.records.times import Interval
from reopen.store.unit import create_unit, open_unit

OPEN = Interval(None, None)
ASKED = (
    GraphAsked(), GraphAsked(least=8.5), GraphAsked(words="crowbar"), GraphAsked(words="K2"),
    GraphAsked(first="1990", last="1994"), GraphAsked(first="2001"), GraphAsked(roles=True),
)  # fmt: skip


def link(one: str, other: str, log10: float) -> FoundLink:
    return FoundLink(
        id=f"{one} x {other}", link="stain with stain", one=one, other=other, weight_log10=log10
    )


def of_case(n: int, year: str) -> tuple[Record, ...]:
    return (
        Case(id=f"K{n}", title=f"Case {n}"),
        Exhibit(id=f"E{n}", case=f"K{n}", description="crowbar" if n == 1 else "cloth"),
        Sample(id=f"A{n}", exhibit=f"E{n}"),
        StoredProfile(
            id=f"F{n}", purpose="stain", file="f", content_hash="h", case=f"K{n}", sample=f"A{n}"
        ),
        Statement(id=f"S{n}", subject=Ref("case", f"K{n}"), field="offence", value=year),
        Person(id=f"P{n}"),
        Involvement(id=f"I{n}", person=f"P{n}", case=f"K{n}", role=Role.SUSPECT),
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Three cases, of which 'bo' has the first two."""
    path = tmp_path / "harbour.reopen"
    lead = Actor(id="mara", name="Mara", standing=Standing.LEAD)
    with create_unit(path, name="Harbour", actor=lead) as unit, unit.writing("mara") as writer:
        writer.put_many(
            [
                Actor(id="bo", name="Bo", standing=Standing.ANALYST),
                *(Grant(id=f"G{n}", actor="bo", case=f"K{n}", purpose="any work", during=OPEN,
                        given_by="mara") for n in (1, 2)),
                *of_case(1, "1991-05"), *of_case(2, "1993"), *of_case(3, "2002-07-01"),
                link("F1", "F2", 9.0), link("F2", "F3", 8.0),
            ]
        )  # fmt: skip
    return path


@pytest.fixture
def units(path: Path) -> Iterator[Units]:
    units = Units(str(path))
    yield units
    units.close()


def look_of(units: Units, actor: str) -> Look:
    return Look(Session(b"", actor, b""), units)


Looked = set[tuple[str, str, int]]


def kept(look: Look, asked: GraphAsked) -> tuple[Graph, Looked]:
    """As a page of the board reads it; and what the log tells of it."""
    with look.reading() as reader, kept_graph(look, reader, whole=asked.reads_all) as graph:
        return graph.asked(asked), {
            (one.target, one.rule, one.count) for one in reader.looks.events()
        }


def anew(look: Look, asked: GraphAsked) -> tuple[Graph, Looked]:
    with look.reading() as reader:
        return UnitGraph(reader).asked(asked), {
            (one.target, one.rule, one.count) for one in reader.looks.events()
        }


def put(path: Path, *records: Record) -> None:
    with open_unit(path) as unit, unit.writing("mara", reason="misread") as writer:
        writer.put_many(records)


@pytest.mark.parametrize("actor", ["mara", "bo"])
@pytest.mark.parametrize("asked", ASKED, ids=str)
def test_looking_again_shows_the_same_and_is_told_the_same(
    units: Units, actor: str, asked: GraphAsked
) -> None:
    look = look_of(units, actor)
    expected = anew(look, asked)
    assert expected[1], "something is looked at"
    for _ in range(3):
        assert kept(look, asked) == expected


def test_what_others_asked_for_before_makes_no_difference_to_what_is_shown(units: Units) -> None:
    look = look_of(units, "mara")
    for asked in (*ASKED, *reversed(ASKED)):
        found, looks = kept(look, asked)
        expected, least = anew(look, asked)
        assert found == expected
        assert {what for what, _, _ in least} <= {what for what, _, _ in looks}


def test_dates_are_told_as_looked_at_only_where_a_time_was_asked_for(units: Units) -> None:
    look = look_of(units, "mara")
    statements = ("every statement", "listing", 3)
    for asked in (GraphAsked(first="1990"), GraphAsked(words="cloth"), GraphAsked(last="1995")):
        assert (statements in kept(look, asked)[1]) == bool(asked.time)


def test_it_is_kept_and_not_made_anew(units: Units, monkeypatch: pytest.MonkeyPatch) -> None:
    look, other = look_of(units, "mara"), look_of(units, "bo")
    first = {who.actor: kept(who, GraphAsked())[0] for who in (look, other)}

    def refuse(*_: object) -> None:
        raise AssertionError("made anew")

    monkeypatch.setattr(UnitGraph, "__init__", refuse)
    for who in (look, other, look):  # looks are in the log, and change nothing
        assert kept(who, GraphAsked())[0] == first[who.actor]
    with pytest.raises(AssertionError, match="made anew"):
        kept(look, GraphAsked(words="cloth"))


@pytest.mark.parametrize(
    "came",
    [
        (link("F1", "F3", 12.0),),
        (Case(id="K1", title="Renamed"),),
        (Exhibit(id="E1", case="K1", description="knife"),),
        (Statement(id="S2", subject=Ref("case", "K2"), field="offence", value="1980"),),
        (Grant(id="G3", actor="bo", case="K3", purpose="any work", during=OPEN,
               given_by="mara"),),
        (Revocation(id="R1", grant="G2", at=Interval.parse("2020"), by="mara"),),
    ],
    ids=lambda came: came[0].KIND,
)  # fmt: skip
def test_after_a_change_it_is_made_anew(path: Path, units: Units, came: tuple[Record, ...]) -> None:
    differ = 0
    looks = [look_of(units, actor) for actor in ("mara", "bo")]
    before = {(look.actor, asked): kept(look, asked)[0] for look in looks for asked in ASKED}
    put(path, *came)
    for look in looks:
        for asked in ASKED:
            found = kept(look, asked)[0]
            assert found == anew(look, asked)[0]
            differ += found != before[look.actor, asked]
    assert differ


def test_a_grant_that_ends_takes_it_away_though_nothing_came_in(path: Path, units: Units) -> None:
    ends = datetime.now(UTC) + timedelta(seconds=1.5)
    put(path, Grant(id="G3", actor="bo", case="K3", purpose="any work", given_by="mara",
                    during=Interval(None, ends)))  # fmt: skip
    look = look_of(units, "bo")
    while datetime.now(UTC) < ends - timedelta(seconds=0.3):
        assert len(kept(look, GraphAsked())[0].links) == 2
    while datetime.now(UTC) <= ends + timedelta(seconds=0.05):
        sleep(0.05)
    assert [each.link.one for each in kept(look, GraphAsked())[0].links] == ["F1"]


def test_two_at_once_each_have_their_own(units: Units) -> None:
    look = look_of(units, "mara")
    with (
        look.reading() as reader,
        kept_graph(look, reader, whole=False) as one,
        kept_graph(look, reader, whole=False) as other,
    ):
        assert one is not other
        assert one.asked(GraphAsked()) == other.asked(GraphAsked())


def test_after_an_error_it_is_not_kept(units: Units) -> None:
    look = look_of(units, "mara")
    with look.reading() as reader:
        with kept_graph(look, reader, whole=False) as spoilt:
            pass
        with (
            pytest.raises(InvalidRecord, match="no time"),
            kept_graph(look, reader, whole=False) as again,
        ):
            again.asked(GraphAsked(first="1990", last="1980"))
        with kept_graph(look, reader, whole=False) as fresh:
            assert fresh is not spoilt
