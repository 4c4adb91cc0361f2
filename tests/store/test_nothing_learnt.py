"""What is not for somebody, and what is not there, are the same to them: in every answer, in every
refusal, and in what they may read afterwards of their own looks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pytest
from tests.store.conftest import MARA, Clock
from tests.store.random_unit import Draw, questions, stream
from tests.store.test_access_twin import held, store
from tests.twins import access as twin

from reopen.errors import NotAllowed, ReopenError, UnknownName
from reopen.records.access import Action, Actor, Grant, Marking, Revocation, Sensitivity, Standing
from reopen.records.base import Record, Ref
from reopen.records.cases import Case, Exhibit, Involvement, Person, Role
from reopen.records.kinds import KINDS, kind_of
from reopen.records.times import Interval
from reopen.store import expunging
from reopen.store.alerts import alerts
from reopen.store.naming import ORDINARY, nature
from reopen.store.reader import Reader
from reopen.store.unit import Unit, create_unit

ABSENT = "absent-1"
SUFFIX = "-absent"
NOTHING_GRANTED = Actor(id="stranger", name="Sten Ek", standing=Standing.VOLUNTEER)
Places = Callable[[], str | Path]


class Asker(NamedTuple):
    actor: str
    purpose: str = ""


def seen_by(unit: Unit, asker: Asker) -> str:
    """Everything that the store shows them, with their looks by number instead of by name.

    But for alerts on looks at relatives, which follow from whose name was typed.
    """
    with unit.reading(asker.actor, purpose=asker.purpose) as reader:
        shown: list[object] = [
            reader.cases(),
            reader.counts(),
            reader.count(),
            [(kind, reader.count(kind_of(kind))) for kind in KINDS],
            [version.record for version in reader.listing()],
            list(reader.holdings()),
            [(e.number, e.time, e.gone, e.version and e.version.record) for e in reader.entries()],
            [alert for alert in alerts(reader) if alert.about != "close to home"],
        ]
        looks = [version.record.id for version in reader.listing("read_event")]
    text = repr(shown)
    for number, look in enumerate(looks):
        text = text.replace(look, f"look {number}")
    return text


def ask_for(reader: Reader, ref: Ref) -> str:
    """What every way of reading that takes a name says of it."""
    kind = kind_of(ref.kind)
    said: list[object] = [
        reader.get(kind, ref.id),
        reader.version(ref),
        reader.versions(ref),
        reader.rule(ref),
        reader.cases_of(ref),
        reader.classes_of(ref),
        reader.named(ref.id, kind, Case),
        list(reader.some(kind, [ref.id])),
    ]
    try:
        reader.file(ref.id)
    except UnknownName as error:
        said.append(str(error))
    return repr(said)


def units(new_place: Places, seed: int) -> tuple[list[Unit], dict[Ref, Record]]:
    """Two units that are the same, and what they hold."""
    made, current = [], {}
    for _ in range(2):
        unit = create_unit(new_place(), name="Cold cases", actor=MARA, clock=Clock())
        records = [*stream(Draw(seed), 60), NOTHING_GRANTED]
        current = held(unit) | store(unit, records)
        made.append(unit)
    return made, current


@pytest.mark.parametrize("seed", [80, 81])
def test_a_hidden_record_and_none_are_the_same_to_every_asker(new_place: Places, seed: int) -> None:
    (one, other), current = units(new_place, seed)
    plain = twin.Unit(current.values())
    asked = 0
    askers = [Asker(q.actor, q.purpose) for q in questions(Draw(seed), 8)]
    for asker in [Asker("stranger"), *askers]:
        now = twin.Question(asker.actor, Action.READ, one.clock(), asker.purpose)
        other.clock()
        if not plain.belongs(asker.actor, now.moment):
            continue
        hidden = [ref for ref, record in current.items() if not plain.may(record, now)]
        there, absent = answers(one, asker, hidden), answers(other, asker, not_there(hidden))
        assert there == absent.replace(SUFFIX, ""), asker
        asked += len(hidden)
    assert asked > 50
    one.close()
    other.close()


def not_there(refs: list[Ref]) -> list[Ref]:
    return [Ref(ref.kind, ref.id + SUFFIX) for ref in refs]


def answers(unit: Unit, asker: Asker, refs: list[Ref]) -> str:
    with unit.reading(asker.actor, purpose=asker.purpose) as reader:
        said = [ask_for(reader, ref) for ref in refs]
    return "\n".join([*said, seen_by(unit, asker)])


@pytest.mark.parametrize("seed", [90])
def test_who_may_write_nothing_is_refused_the_same_for_what_is_there(
    new_place: Places, seed: int
) -> None:
    """The same record again, other words for it, and a new one like it."""
    (one, other), current = units(new_place, seed)
    for record in current.values():
        if nature(record) != ORDINARY or isinstance(record, Marking):
            continue
        new = replace(record, id=ABSENT)
        for note in (record.note, "other words"):
            there = refusal(one, replace(record, note=note))
            absent = refusal(other, replace(new, note=note))
            assert there == absent.replace(ABSENT, record.id)
    one.close()
    other.close()


def refusal(unit: Unit, record: Record) -> str:
    """A refusal, without a reason for an amendment, which would be asked for of who may amend."""
    with pytest.raises(NotAllowed) as told, unit.writing("stranger") as writer:
        writer.put(record)
    return str(told.value)


ALWAYS = Interval(None, None)
TEAM = (
    Actor(id="kim", name="Kim Roe", standing=Standing.DETECTIVE),
    NOTHING_GRANTED,
    Exhibit(id="E1", case="K1"),
    Person(id="P1"),
    Involvement(id="I1", case="K1", person="P1", role=Role.WITNESS),
    Grant(id="G1", actor="kim", case="K1", purpose="x", during=ALWAYS, given_by="mara"),
)


def revoke(id: str) -> Revocation:
    return Revocation(id="R1", grant=id, at=ALWAYS, by="stranger", reason="spite")


def mark(ref: Ref) -> Marking:
    return Marking(
        id="M1", subject=ref, classes=(Sensitivity.SEALED,), at=ALWAYS, by="stranger",
        reason="spite",
    )  # fmt: skip


def deny(item: str) -> Grant:
    return Grant(
        id="G2", actor="kim", item=item, purpose="x", during=ALWAYS, given_by="stranger", deny=True
    )


def involve(person: str) -> Involvement:
    return Involvement(id="I2", case="K7", person=person, role=Role.WITNESS)


ACTS: dict[str, tuple[str, Callable[[str], Record]]] = {
    "revoke a grant": ("G1", revoke),
    "mark a record": ("E1", lambda id: mark(Ref("exhibit", id))),
    "deny an item": ("E1", deny),
    "put a person into a case": ("P1", involve),
    "add under a number that is taken": ("E1", lambda id: Exhibit(id=id, case="K7")),
    "add to a case": ("K1", lambda id: Exhibit(id="E7", case=id)),
    "say a title": ("K1", lambda id: Case(id=id, title="a guess")),
}


@pytest.mark.parametrize("act", ACTS)
def test_an_act_that_is_refused_does_not_say_what_is_there(unit: Unit, act: str) -> None:
    with unit.writing("mara") as writer:
        writer.put_many(TEAM)
    there, make = ACTS[act]
    assert refusal(unit, make(there)) == refusal(unit, make(ABSENT)).replace(ABSENT, there)


def test_a_table_that_begins_with_something_new_is_refused_for_that(unit: Unit) -> None:
    with unit.writing("mara") as writer:
        writer.put_many(TEAM)

    def told(*ids: str) -> str:
        with pytest.raises(NotAllowed) as told, unit.writing("stranger") as writer:
            writer.put_many([Exhibit(id=id, case=f"K-{id}") for id in ids])
        return str(told.value)

    assert "E7" in told("E7", "E1") == told("E7", ABSENT)


def test_a_hidden_record_is_never_taken_for_one_that_is_kept(unit: Unit) -> None:
    """Even where the same block gives itself what it lacked, nothing of it is kept."""
    with unit.writing("mara") as writer:
        writer.put_many(TEAM)
        writer.put(replace(TEAM[-1], id="G9", actor="stranger", deny=True, case=None, item="E1"))
        whole = Grant(
            id="G8", actor="stranger", actions=tuple(Action), purpose="x", during=ALWAYS,
            given_by="mara",
        )  # fmt: skip
        writer.put(whole)
    size = unit.db.rows("SELECT COUNT(*) FROM entry")
    refusal(unit, Exhibit(id="E1", case="K2"))
    assert unit.db.rows("SELECT COUNT(*) FROM entry") == size


def test_expunging_is_refused_the_same(unit: Unit) -> None:
    with unit.writing("mara") as writer:
        writer.put_many(TEAM)

    def told(ref: Ref) -> str:
        with pytest.raises(ReopenError) as told:
            expunging.ask(unit, "stranger", ref, id=f"ask {ref}", order="none")
        return f"{type(told.value).__name__} {told.value}"

    assert told(Ref("exhibit", "E1")) == told(Ref("exhibit", ABSENT)).replace(ABSENT, "E1")
