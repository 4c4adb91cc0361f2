"""Triage after records came in for some cases is what reading every case anew gives."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from tests.store.random_unit import Draw, stream
from tests.store.test_access_twin import store

from reopen.faces.web.looks import Look, Units
from reopen.faces.web.sessions import Session
from reopen.faces.web.triage_kept import _PLAIN, Sorted, renewed, sorted_anew
from reopen.records.access import Actor, Grant, Marking, Revocation, Sensitivity, Standing
from reopen.records.base import Record, Ref
from reopen.records.cases import Case, Exhibit, Interview, Involvement, Mention, Person, Role
from reopen.records.custody import CustodyEvent, EventKind, Retention
from reopen.records.findings import Finding, Severity
from reopen.records.results import FoundLink, NameKnown, Request
from reopen.records.statements import Statement
from reopen.records.stored import StoredProfile
from reopen.records.tasks import Task
from reopen.records.times import Interval
from reopen.store import ties
from reopen.store.unit import create_unit, open_unit

AT = Interval.parse("1994-05-06")
OPEN = Interval(None, None)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Three cases, of which 'bo' has the first, and one exhibit of the second."""
    path = tmp_path / "harbour.reopen"
    lead = Actor(id="mara", name="Mara", standing=Standing.LEAD)
    with create_unit(path, name="Harbour", actor=lead) as unit, unit.writing("mara") as writer:
        writer.put_many(
            [
                Actor(id="bo", name="Bo", standing=Standing.ANALYST),
                Grant(id="G1", actor="bo", case="K1", purpose="any work of the unit", during=OPEN,
                      given_by="mara"),
                Grant(id="G2", actor="bo", item="E2", purpose="any work of the unit", during=OPEN,
                      given_by="mara"),
                *(Case(id=f"K{n}", title=f"Case {n}") for n in (1, 2, 3)),
                *(Exhibit(id=f"E{n}", case=f"K{n}") for n in (1, 2, 3)),
                *(Person(id=f"P{n}") for n in (1, 2, 3)),
                *(Involvement(id=f"I{n}", person=f"P{n}", case=f"K{n}", role=Role.WITNESS)
                  for n in (1, 2, 3)),
                Statement(id="S0", subject=Ref("person", "P1"), field="died", value="2001"),
                StoredProfile(id="F1", purpose="stain", file="f", content_hash="h", case="K1"),
                StoredProfile(id="F2", purpose="stain", file="f", content_hash="h", case="K2"),
                FoundLink(id="F1 x F2", link="stain with stain", one="F1", other="F2",
                          weight_log10=9.0),
            ]
        )  # fmt: skip
    return path


def look_of(units: Units, actor: str) -> Look:
    return Look(Session(b"", actor, b""), units)


def same(one: Sorted, other: Sorted) -> None:
    assert one.found == other.found
    assert (one.orders, one.places, one.scenes) == (other.orders, other.places, other.scenes)
    assert (one.change, one.until) == (other.change, other.until)


def newest(path: Path) -> int:
    with open_unit(path) as unit:
        return int(unit.db.rows("SELECT MAX(entry) FROM record WHERE kind <> 'read_event'")[0][0])


CAME: tuple[tuple[Record, ...], ...] = (
    (CustodyEvent(id="C1", item="E1", event=EventKind.DISPOSED, at=AT),),
    (CustodyEvent(id="C2", item="E2", event=EventKind.COLLECTED, at=AT, store="vault"),),
    (Interview(id="V1", case="K1", person="P9", named=AT), Interview(id="V2", case="K3",
     person="P1", held=AT)),
    (Mention(id="M1", case="K2", document="log", text="a knife"),),
    (NameKnown(id="N1", case="K3", person="P2", at=AT),),
    (Request(id="Q1", case="K1", item="E1", test="STR", asked=AT),),
    (Retention(id="R1", case="K2", until=None, law="Act 7", limitation=AT),),
    (Statement(id="S1", subject=Ref("case", "K1"), field="status", value="cleared"),),
    (Statement(id="S2", subject=Ref("exhibit", "E3"), field="exists_now", value="no"),),
    (Finding(id="D1", rule="C1", records=(Ref("exhibit", "E1"),), severity=Severity.B,
             sentence="Look."),),
    (Task(id="T1", case="K2", what="Hear P2"),),
    (),
)  # fmt: skip


@pytest.mark.parametrize("came", CAME, ids=lambda came: came[0].KIND if came else "nothing")
def test_what_came_in_for_some_cases_changes_those_alone(
    path: Path, came: tuple[Record, ...]
) -> None:
    units = Units(str(path))
    before = {who: sorted_anew(look_of(units, who), newest(path)) for who in ("mara", "bo")}
    with open_unit(path) as unit, unit.writing("mara") as writer:
        writer.put_many(came)
    change = newest(path)
    for who, earlier in before.items():
        look = look_of(units, who)
        found = renewed(look, change, earlier)
        assert found is not None
        same(found, sorted_anew(look, change))
    units.close()


@pytest.mark.parametrize(
    "came",
    [
        Case(id="K4"), Exhibit(id="E9", case="K1"), Person(id="P8"),
        Involvement(id="I8", case="K1", person="P2", role=Role.SUSPECT),
        Statement(id="S8", subject=Ref("person", "P1"), field="born", value="1950"),
        Statement(id="S9", subject=Ref("case", "K1"), field="town", value="Quay",
                  supersedes=("S0",)),
        Statement(id="S0", subject=Ref("person", "P1"), field="died", value="2003"),
        Marking(id="X1", subject=Ref("case", "K1"), classes=(Sensitivity.MEDICAL,), at=AT,
                by="mara"),
        Task(id="T9", case="K9", what="A case known from this alone"),
    ],
    ids=lambda one: f"{one.KIND} {one.id}",
)  # fmt: skip
def test_after_anything_else_every_case_is_read(path: Path, came: Record) -> None:
    units = Units(str(path))
    look = look_of(units, "mara")
    before = sorted_anew(look, newest(path))
    with open_unit(path) as unit, unit.writing("mara", reason="misread") as writer:
        writer.put(came)
    assert renewed(look, newest(path), before) is None
    units.close()


def test_another_day_or_another_grant_in_force_is_another_triage(path: Path) -> None:
    units = Units(str(path))
    look = look_of(units, "bo")
    before = sorted_anew(look, newest(path))
    past = datetime.now(UTC) - timedelta(days=1)
    for earlier in (replace(before, at=past), replace(before, until=past)):
        assert renewed(look, before.change, earlier) is None
    assert renewed(look, before.change, before) is not None
    units.close()


def test_it_holds_until_anything_that_opens_or_bars_begins_or_ends(path: Path) -> None:
    """Each of these is nearer than the one before: an end of a grant, a revocation that was entered
    ahead of its time, and a denial of whoever is beside the actor, which the actor may not see."""
    now = datetime.now(UTC).replace(microsecond=0)
    at = [now + timedelta(hours=hours) for hours in (0, 1, 2, 3)]
    units = Units(str(path))
    ahead: tuple[Record, ...] = (
        Grant(id="G3", actor="bo", case="K2", purpose="any work of the unit", given_by="mara",
              during=Interval(None, at[3])),
        Revocation(id="R1", grant="G1", at=Interval.at(at[2]), by="mara"),
        Grant(id="D1", actor="ute", case="K1", purpose="a relative", given_by="mara", deny=True,
              during=Interval(at[1], None)),
    )  # fmt: skip
    with open_unit(path) as unit, unit.writing("mara") as writer:
        writer.put(Actor(id="ute", name="Ute", standing=Standing.DETECTIVE))
    looks = (look_of(units, "bo"), Look(Session(b"", "bo", b"", supervisor="ute"), units))
    for record, alone, beside in zip(ahead, (3, 2, 2), (3, 2, 1), strict=True):
        with open_unit(path) as unit, unit.writing("mara") as writer:
            writer.put(record)
        until = [sorted_anew(look, newest(path)).until for look in looks]
        ends = timedelta(microseconds=alone == 3)  # a grant's last moment is in it
        assert until == [at[alone] + ends, at[beside] + ends]
    units.close()


@pytest.mark.parametrize("seed", range(70, 76))
def test_in_random_units_it_is_what_reading_all_anew_gives(tmp_path: Path, seed: int) -> None:
    path = tmp_path / "random.reopen"
    lead = Actor(id="mara", name="Mara", standing=Standing.LEAD)
    draw, chance = Draw(seed), Random(seed)
    units, kept = Units(str(path)), 0
    with create_unit(path, name="Random", actor=lead) as unit:
        store(unit, stream(draw, 60))
        admitted = [name for name in ("mara", "bo", "ute") if _admits(units, name)]
        before = {who: sorted_anew(look_of(units, who), newest(path)) for who in admitted}
        for _ in range(6):
            plain = [one for one in stream(draw, 40) if one.KIND in _PLAIN]
            store(unit, chance.sample(plain, min(2, len(plain))))
            change = newest(path)
            for who in admitted:
                look = look_of(units, who)
                found, anew = renewed(look, change, before[who]), sorted_anew(look, change)
                if found is not None:
                    kept += 1
                    same(found, anew)
                before[who] = anew
    units.close()
    assert kept or not admitted


def _admits(units: Units, actor: str) -> bool:
    try:
        with look_of(units, actor).reading():
            return True
    except Exception:
        return False


def test_none_of_these_kinds_decides_who_may_see_what() -> None:
    assert not {kind.KIND for kind in ties.KEPT} & set(_PLAIN)
    assert not {"exhibit", "sample", "person", "case", "place"} & set(_PLAIN)
