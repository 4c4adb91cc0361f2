"""What an actor may write: where they have a grant, and never in another's name."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reopen.errors import NotAllowed
from reopen.records.access import (
    Action,
    Actor,
    Emergency,
    FourEyes,
    Grant,
    Marking,
    Revocation,
    Sensitivity,
    Standing,
)
from reopen.records.base import Record, Ref
from reopen.records.cases import Case, Exhibit, Involvement, Person, Role
from reopen.records.findings import Disposition, Outcome
from reopen.records.times import Interval
from reopen.store.grants import first_grant
from reopen.store.unit import Unit

ALWAYS = Interval(None, None)
BO = Grant(
    id="G-bo", actor="bo", case="K1", actions=(Action.READ, Action.ADD, Action.AMEND),
    purpose="any work of the unit", during=ALWAYS, given_by="mara",
)  # fmt: skip


@pytest.fixture
def team(unit: Unit) -> Unit:
    """Two cases; bo works on K1; ute holds everything; kim nothing."""
    with unit.writing("mara") as writer:
        writer.put_many(
            [
                *(Actor(id=n, name=n, standing=Standing.DETECTIVE) for n in ("bo", "ute", "kim")),
                Case(id="K1"), Case(id="K2"), Exhibit(id="E1", case="K1"),
                Exhibit(id="E2", case="K2"), Person(id="P1"), BO,
                Involvement(id="I2", person="P1", case="K2", role=Role.WITNESS),
                replace(first_grant("ute"), given_by="mara"),
            ]
        )  # fmt: skip
    return unit


def put(unit: Unit, actor: str, *records: Record) -> None:
    with unit.writing(actor, reason="as it is") as writer:
        for record in records:
            writer.put(record)


def refused(unit: Unit, actor: str, *records: Record, match: str | None = None) -> None:
    before = unit.db.rows("SELECT COUNT(*) FROM entry")
    with pytest.raises(NotAllowed, match=match):
        put(unit, actor, *records)
    assert unit.db.rows("SELECT COUNT(*) FROM entry") == before


def test_adding_needs_a_grant_where_the_record_belongs(team: Unit) -> None:
    put(team, "bo", Exhibit(id="E3", case="K1"))
    refused(team, "bo", Exhibit(id="E4", case="K2"), match="may not add an exhibit")
    refused(team, "bo", Exhibit(id="E4", case="K1", parent="E2"))
    refused(team, "kim", Exhibit(id="E4", case="K1"))


def test_one_refused_record_takes_its_block_along(team: Unit) -> None:
    refused(team, "bo", Exhibit(id="E5", case="K1"), Exhibit(id="E6", case="K2"))


def test_amending_needs_it_where_the_record_belonged_too(team: Unit) -> None:
    put(team, "bo", Exhibit(id="E1", case="K1", description="a coat"))
    words = "may not add an exhibit where exhibit E2 belongs"  # as for a new one: it is not for bo
    refused(team, "bo", Exhibit(id="E2", case="K1"), match=words)
    refused(team, "bo", Exhibit(id="E1", case="K2"))


def test_a_new_person_may_be_named_but_not_one_of_another_case(team: Unit) -> None:
    new = Involvement(id="I9", person="P9", case="K1", role=Role.SUSPECT)
    put(team, "bo", Person(id="P9"), new)
    other = Involvement(id="I1", person="P1", case="K1", role=Role.SUSPECT)
    refused(team, "bo", other, match="would open their record")
    put(team, "ute", other)


def test_a_disposition_is_a_decision(team: Unit) -> None:
    end = Disposition(
        id="D1", finding="none", outcome=Outcome.EXPLAINED, reason="r", by="bo", at=ALWAYS
    )
    refused(team, "bo", end, match="may not decide")
    put(team, "mara", end)


@pytest.mark.parametrize(
    "record",
    [
        replace(BO, id="G1", given_by="ute"),
        replace(BO, id="G1", approved_by="ute"),
        Revocation(id="V1", grant="G-bo", at=ALWAYS, by="ute"),
        Emergency(id="M1", actor="bo", case="K2", at=ALWAYS, until=ALWAYS, reason="r"),
        FourEyes(id="Q1", act="unseal", target="case K1", asked_by="ute", asked=ALWAYS),
        Marking(id="X1", subject=Ref("case", "K1"), classes=(), at=ALWAYS, by="ute"),
    ],
    ids=lambda record: record.KIND,
)
def test_nobody_signs_for_another(team: Unit, record: Record) -> None:
    refused(team, "mara", record)


def test_granting_needs_a_grant_of_it(team: Unit) -> None:
    refused(team, "bo", replace(BO, id="G2", actor="kim", given_by="bo"))
    refused(team, "bo", replace(BO, id="G2", case=None, given_by="bo"))
    put(team, "mara", replace(BO, id="G3", actions=(Action.GRANT,)))
    put(team, "bo", replace(BO, id="G4", actor="kim", given_by="bo"))
    put(team, "bo", replace(BO, id="G5", actor="kim", case=None, item="E1", given_by="bo"))
    refused(team, "bo", replace(BO, id="G6", actor="kim", case=None, item="E2", given_by="bo"))
    refused(team, "bo", replace(BO, id="G6", actor="kim", case=None, given_by="bo"))


def test_classes_are_approved_by_a_third_person(team: Unit) -> None:
    given = replace(BO, id="G7", classes=(Sensitivity.MINOR,))
    put(team, "mara", given)
    put(team, "mara", Marking(
        id="X1", subject=Ref("case", "K1"), classes=(Sensitivity.MINOR,), at=ALWAYS, by="mara"
    ))  # fmt: skip
    with team.reading("bo") as reader:
        assert reader.get(Case, "K1") is None
    refused(team, "mara", replace(given, approved_by="mara"), match="may not approve")
    refused(team, "bo", replace(given, approved_by="bo"), match="may not approve")
    refused(team, "kim", replace(given, approved_by="kim", case=None))
    put(team, "kim", replace(given, approved_by="kim"))
    refused(team, "ute", replace(given, approved_by="ute"), match="was approved by kim")
    with team.reading("bo") as reader:
        assert reader.get(Case, "K1") is not None


def test_everybody_may_bar_themselves_and_nobody_lift_it(team: Unit) -> None:
    own = replace(BO, id="D1", deny=True, given_by="bo", actions=(Action.READ,))
    put(team, "bo", own)
    with team.reading("bo") as reader:
        assert reader.get(Exhibit, "E1") is None
    refused(team, "bo", replace(own, during=Interval.parse("2030")))
    refused(team, "bo", Revocation(id="V1", grant="D1", at=ALWAYS, by="bo"))
    end = Revocation(id="V1", grant="D1", at=ALWAYS, by="mara")
    refused(team, "mara", end, match="Nobody has confirmed")
    asked = FourEyes(id="Q1", act="end a denial", target="grant D1", asked_by="mara", asked=ALWAYS)
    put(team, "mara", asked)
    refused(team, "mara", replace(asked, confirmed_by="mara", confirmed=ALWAYS))
    put(team, "ute", replace(asked, confirmed_by="ute", confirmed=ALWAYS))
    again = replace(asked, confirmed_by="ute", confirmed=ALWAYS, refused=True)
    refused(team, "ute", again, match="was answered by ute")
    put(team, "mara", end)
    with team.reading("bo") as reader:
        assert reader.get(Exhibit, "E1") is not None


def test_an_emergency_opens_a_case_and_somebody_else_reviews_it(team: Unit) -> None:
    now = team.clock()
    taken = Emergency(
        id="M1", actor="kim", case="K2", at=Interval.at(now), until=ALWAYS, reason="a life"
    )
    put(team, "kim", taken)
    with team.reading("kim") as reader:
        assert reader.get(Exhibit, "E2") is not None
        assert reader.get(Exhibit, "E1") is None
    done = replace(taken, reviewed=ALWAYS, reviewed_by="kim", review="fine")
    refused(team, "kim", done)
    refused(team, "bo", replace(done, reviewed_by="bo"))
    refused(team, "ute", replace(done, reviewed_by="ute", case="K1"), match="only be reviewed")
    put(team, "ute", replace(done, reviewed_by="ute"))
    other = replace(done, reviewed_by="ute", review="not fine")
    refused(team, "ute", other, match="was reviewed by ute")


def test_nobody_changes_who_they_are(team: Unit) -> None:
    refused(team, "mara", Actor(id="mara", name="Mara", standing=Standing.LEAD, person="P9"))
    put(team, "ute", Actor(id="mara", name="Mara", standing=Standing.LEAD, person="P9"))
    refused(team, "bo", Actor(id="kim", name="Kim", standing=Standing.LEAD))


def test_unsealing_needs_two(team: Unit) -> None:
    seal = Marking(
        id="X1", subject=Ref("case", "K2"), classes=(Sensitivity.SEALED,),
        at=Interval.at(team.clock()), by="mara",
    )  # fmt: skip
    put(team, "mara", seal)
    lift = replace(seal, id="X2", lifted=True, at=Interval.at(team.clock()))
    refused(team, "mara", lift)


def test_what_is_over_may_be_taken_over(team: Unit) -> None:
    old = replace(BO, id="G9", given_by="somebody", during=Interval.parse("1999"))
    put(team, "mara", old)
    refused(team, "bo", replace(old, id="G10"))


def test_who_has_left_writes_and_reads_nothing(team: Unit) -> None:
    gone = Actor(id="bo", name="bo", standing=Standing.DETECTIVE, left=Interval.parse("2026-01"))
    put(team, "mara", gone)
    with pytest.raises(NotAllowed):
        put(team, "bo", Exhibit(id="E7", case="K1"))
    with pytest.raises(NotAllowed), team.reading("bo"):
        pass
