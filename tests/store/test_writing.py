"""Keeping records: versions, amendments, blocks that are kept whole or not at all."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.store.conftest import Clock

from reopen.errors import CannotStore, InvalidRecord, NotAllowed
from reopen.records.access import Actor, Standing
from reopen.records.base import Ref
from reopen.records.cases import Case, Exhibit, Sample
from reopen.records.custody import CustodyEvent, EventKind
from reopen.records.times import Interval
from reopen.store import check, held, log
from reopen.store.held import EVERYTHING, Asked
from reopen.store.unit import Unit, create_unit, open_unit
from reopen.store.writer import Counts, PutState

MORNING = Interval.at(datetime(1987, 3, 14, 9, 0, tzinfo=UTC))
EXHIBIT = Exhibit(id="E1", case="K1", description="a coat")


def moved(id: str, item: str) -> CustodyEvent:
    return CustodyEvent(id=id, item=item, event=EventKind.MOVED, at=MORNING, receiver="P1")


def of_case(unit: Unit, case: str) -> list[str]:
    return [str(v.record.ref) for v in held.select(unit.db, EVERYTHING, Asked(case=case))]


def test_a_record_comes_back_as_it_was_put(unit: Unit) -> None:
    with unit.writing("mara", purpose="index of 1987") as writer:
        put = writer.put(EXHIBIT)
    found = held.get(unit.db, EVERYTHING, EXHIBIT.ref)
    assert found is not None
    assert (found.record, found.version, found.actor) == (EXHIBIT, 1, "mara")
    assert (found.entry, found.purpose) == (put.entry, "index of 1987")


def test_the_first_entry_is_the_first_actor(unit: Unit) -> None:
    first = next(held.select(unit.db, EVERYTHING, Asked()))
    assert first.record == Actor(id="mara", name="Mara Lind", standing=Standing.LEAD)
    assert (first.entry, first.actor) == (0, "mara")
    assert unit.actors() == (first.record,)


def test_the_same_again_changes_nothing(unit: Unit) -> None:
    with unit.writing("mara") as writer:
        writer.put(EXHIBIT)
    before = log.size(unit.db), log.root(unit.db)
    with unit.writing("mara") as writer:
        assert writer.put(EXHIBIT).state is PutState.UNCHANGED
        assert writer.put_many([EXHIBIT, EXHIBIT]) == Counts(unchanged=2)
    assert (log.size(unit.db), log.root(unit.db)) == before


def test_an_amendment_is_the_next_version_and_the_first_stays(unit: Unit) -> None:
    changed = Exhibit(id="E1", case="K1", description="a blue coat")
    with unit.writing("mara") as writer:
        writer.put(EXHIBIT)
    with unit.writing("mara", reason="seen by daylight") as writer:
        assert writer.put(changed).state is PutState.AMENDED
    first, second = held.versions(unit.db, EVERYTHING, EXHIBIT.ref)
    assert (first.record, first.version, first.reason, first.current) == (EXHIBIT, 1, "", False)
    assert (second.record, second.version) == (changed, 2)
    assert (second.reason, second.current) == ("seen by daylight", True)


def test_a_change_is_made_to_the_version_that_its_author_saw(unit: Unit) -> None:
    one, other = (replace(EXHIBIT, description=text) for text in ("a blue coat", "a hat"))
    with unit.writing("mara", reason="seen by daylight") as writer:
        writer.put(EXHIBIT)
        assert writer.put(one, at_version=1).version == 2
    before = log.size(unit.db)
    for late in (other, one, EXHIBIT):  # the same as what is held is no change that was seen
        with (
            pytest.raises(InvalidRecord, match="exhibit E1 was changed by mara since"),
            unit.writing("mara", reason="measured") as writer,
        ):
            writer.put(late, at_version=1)
    with pytest.raises(InvalidRecord, match="not there"), unit.writing("mara") as writer:
        writer.put(replace(EXHIBIT, id="E9"), at_version=1)
    with pytest.raises(InvalidRecord, match="was changed"), unit.writing("mara") as writer:
        writer.put(EXHIBIT, at_version=0)
    assert log.size(unit.db) == before
    with unit.writing("mara") as writer:
        assert writer.put(replace(EXHIBIT, id="E9"), at_version=0).version == 1


def test_going_back_to_earlier_content_is_a_third_version(unit: Unit) -> None:
    changed = Exhibit(id="E1", case="K1", description="a hat")
    with unit.writing("mara", reason="typed again") as writer:
        assert writer.put_many([EXHIBIT, changed, EXHIBIT]) == Counts(new=1, amended=2)
    current = held.get(unit.db, EVERYTHING, EXHIBIT.ref)
    assert current is not None
    assert (current.record, current.version) == (EXHIBIT, 3)


def test_an_amendment_needs_a_reason_and_without_it_nothing_is_kept(unit: Unit) -> None:
    with unit.writing("mara") as writer:
        writer.put(EXHIBIT)
    before = log.size(unit.db)

    def without_a_reason() -> None:
        with unit.writing("mara") as writer:
            writer.put(Case(id="K9"))
            writer.put(Exhibit(id="E1", case="K2"))

    with pytest.raises(InvalidRecord, match=r"exhibit E1 differs .* no reason"):
        without_a_reason()
    assert held.get(unit.db, EVERYTHING, Ref("case", "K9")) is None
    assert log.size(unit.db) == before


def test_a_block_whose_step_failed_is_not_kept_even_if_somebody_goes_on(
    unit: Unit, monkeypatch: pytest.MonkeyPatch
) -> None:
    def go_on_regardless() -> None:
        with unit.writing("mara") as writer:
            writer.put(Case(id="K1"))
            with monkeypatch.context() as patched:
                patched.setattr("reopen.store.index.add", lambda db, placed: db.execute("nonsense"))
                with suppress(CannotStore):
                    writer.put(Case(id="K2"))

    with pytest.raises(CannotStore, match="earlier step"):
        go_on_regardless()
    assert held.get(unit.db, EVERYTHING, Ref("case", "K1")) is None
    check.verify(unit.db)


@pytest.mark.parametrize("dialect", ["PostgreSQL"], indirect=True)
def test_a_failed_statement_takes_its_block_along(unit: Unit) -> None:
    """PostgreSQL turns the commit of such a block into a rollback without an error."""

    def go_on_regardless() -> None:
        with unit.db.writing():
            unit.db.execute("DELETE FROM unit")
            with suppress(CannotStore):
                unit.db.execute("nonsense")

    with pytest.raises(CannotStore, match="earlier step"):
        go_on_regardless()
    assert unit.db.rows("SELECT value FROM unit WHERE key = 'name'") == [("Cold cases",)]


def test_who_is_unknown_or_has_left_does_not_write(unit: Unit) -> None:
    gone = Actor(
        id="otto", name="Otto", standing=Standing.RESERVIST, left=Interval.parse("2020-01-01")
    )
    with unit.writing("mara") as writer:
        writer.put(gone)
    for actor, words in (("nobody", "is no actor"), ("otto", "left the unit")):
        with pytest.raises(NotAllowed, match=words), unit.writing(actor):
            raise AssertionError
    with unit.writing("mara") as writer:  # the lock was given back
        writer.put(EXHIBIT)


def test_a_nul_character_is_refused_and_a_backslash_is_not(unit: Unit) -> None:
    with unit.writing("mara") as writer:
        writer.put(Case(id="K1", title="a path: C:\\u0000"))
        with pytest.raises(InvalidRecord, match="NUL"):
            writer.put(Case(id="K2", title="a\0b"))


def test_an_entry_is_canonical_json_of_who_what_and_when(unit: Unit, clock: Clock) -> None:
    clock.moment = datetime(2026, 3, 2, 8, 0, 1, tzinfo=UTC)
    with unit.writing("mara", purpose="p\u00fcrpose") as writer:
        entry = writer.put(EXHIBIT).entry
    row = unit.db.one("SELECT body FROM entry WHERE idx = ?", (entry,))
    assert row is not None
    body = bytes(row[0])
    said = json.loads(body)
    assert (
        body == json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    )
    assert said == {
        "kind": "exhibit", "id": "E1", "version": 1, "actor": "mara", "purpose": "p\u00fcrpose",
        "time": "2026-03-02T08:00:03.000000Z",
        "record": {"id": "E1", "case": "K1", "description": "a coat"},
    }  # fmt: skip


class TestCasesOfARecord:
    """The cases it names, and those of the items it names, however late these arrive."""

    def test_items_first(self, unit: Unit) -> None:
        with unit.writing("mara") as writer:
            writer.put_many([EXHIBIT, Sample(id="S1", parent="E1"), moved("M1", "S1")])
        assert of_case(unit, "K1") == ["exhibit E1", "sample S1", "custody_event M1"]

    def test_events_first(self, unit: Unit) -> None:
        with unit.writing("mara") as writer:
            writer.put(moved("M1", "S1"))
            writer.put(Sample(id="S1", exhibit="E1"))
        assert of_case(unit, "K1") == []
        with unit.writing("mara") as writer:
            writer.put(EXHIBIT)
        assert of_case(unit, "K1") == ["custody_event M1", "sample S1", "exhibit E1"]

    def test_an_exhibit_that_goes_to_another_case_takes_its_events_along(self, unit: Unit) -> None:
        with unit.writing("mara", reason="wrong file") as writer:
            writer.put_many([EXHIBIT, Sample(id="S1", parent="E1"), moved("M1", "S1")])
            writer.put(Exhibit(id="E1", case="K2"))
        assert of_case(unit, "K1") == []
        assert of_case(unit, "K2") == ["sample S1", "custody_event M1", "exhibit E1"]

    def test_parents_in_a_circle_have_no_case_and_end(self, unit: Unit) -> None:
        with unit.writing("mara") as writer:
            writer.put_many([Sample(id="A", parent="B"), Sample(id="B", parent="A")])
            writer.put(moved("M1", "A"))
        assert of_case(unit, "K1") == []


def test_lists_come_in_pages_without_loss(unit: Unit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(held, "PAGE", 7)
    with unit.writing("mara") as writer:
        writer.put_many(moved(f"M{n}", "E1") for n in range(50))
    every = list(held.select(unit.db, EVERYTHING, Asked(kind="custody_event")))
    assert [v.record.id for v in every] == [f"M{n}" for n in range(50)]
    some = held.select(
        unit.db, EVERYTHING, Asked(kind="custody_event"), after=every[9].entry, limit=10
    )
    assert [v.record.id for v in some] == [f"M{n}" for n in range(10, 20)]
    assert held.count(unit.db, EVERYTHING, Asked(item="E1")) == 50


def test_a_unit_is_never_made_in_the_place_of_another(unit: Unit, place: str | Path) -> None:
    with pytest.raises(CannotStore, match="already"):
        create_unit(place, name="Another", actor=Actor(id="x", name="X", standing=Standing.LEAD))
    with open_unit(place) as again:
        assert (again.name, again.origin) == (unit.name, unit.origin)
        assert log.root(again.db) == log.root(unit.db)


def test_where_no_unit_is_none_is_opened(new_place: object) -> None:
    assert callable(new_place)
    with pytest.raises(CannotStore, match=r"holds no unit|cannot be read"):
        open_unit(new_place())
