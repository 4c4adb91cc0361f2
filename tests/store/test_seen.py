"""What a connection keeps of who may see what is what it would work out anew, at every step."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path

import pytest
from tests.store.conftest import MARA
from tests.store.random_unit import ACTORS, CASES, MAKERS, PURPOSES, Draw, stream
from tests.store.test_access_twin import store

from reopen.errors import CannotStore
from reopen.records.access import (
    Action,
    Actor,
    FourEyes,
    Grant,
    Marking,
    ReadEvent,
    Revocation,
    Sensitivity,
    Standing,
)
from reopen.records.base import Record, Ref
from reopen.records.cases import Case, Exhibit, Involvement, Relation, Role
from reopen.records.findings import Finding, Severity
from reopen.records.times import Interval
from reopen.store import expunging, grants, migrations
from reopen.store.grants import Asker
from reopen.store.index import moment
from reopen.store.seen import ASKERS
from reopen.store.unit import Unit, create_unit, open_unit
from reopen.store.writer import Writer

SEEDS = int(os.environ.get("REOPEN_SEEN_SEEDS", "6"))
"""How many random units the long test goes through on each database."""
STEPS = 45
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


class SetClock:
    """Time that a test sets, forwards or back."""

    def __init__(self) -> None:
        self.moment = NOON

    def __call__(self) -> datetime:
        return self.moment


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


class Watched:
    """Asks a kept connection, and compares with what the same moment gives when asked anew."""

    def __init__(self, unit: Unit, monkeypatch: pytest.MonkeyPatch):
        self.unit = unit
        self.anew = self.kept = 0
        work_out = unit._seen._anew

        def counted(*given: object) -> object:
            self.anew += 1
            return work_out(*given)  # type: ignore[arg-type]

        monkeypatch.setattr(unit._seen, "_anew", counted)

    def ask(self, asker: Asker) -> set[int]:
        before = self.anew
        self.unit._seen.prepare()
        with self.unit.db.reading():
            view = self.unit._seen.take(asker)
            try:
                query = grants.visible(asker)
                expected = rows_of(
                    self.unit, f"SELECT zone FROM ({query.sql}) s", *query.parameters
                )
                kept = rows_of(self.unit, f"SELECT zone FROM {view.place}")
                assert kept == expected, asker
                cases = rows_of(self.unit, f"SELECT id FROM {self.unit._seen.cases(view)}")
                assert cases == rows_of(self.unit, CASES_OF.format(query.sql), *query.parameters)
            finally:
                self.unit._seen.leave(view)
        self.kept += self.anew == before
        return expected

    def was_kept(self, asker: Asker) -> bool:
        before = self.kept
        self.ask(asker)
        return self.kept > before


CASES_OF = """
    SELECT reached.id FROM ({}) s JOIN zone_reach reached ON reached.zone = s.zone
    JOIN zone ON zone.zone = s.zone JOIN record ON record.zone = s.zone
    WHERE reached.kind = 'case' AND zone.nature <> 'control' AND record.current = 1"""


def rows_of(unit: Unit, sql: str, *parameters: str | int | None) -> set[int]:
    return {value for (value,) in unit.db.rows(sql, parameters)}  # type: ignore[arg-type]


@pytest.fixture
def watched(unit: Unit, monkeypatch: pytest.MonkeyPatch) -> Watched:
    """A unit with two cases, of which 'bo' has K1."""
    store(
        unit,
        [
            Actor(id="bo", name="Bo", standing=Standing.ANALYST),
            Exhibit(id="E1", case="K1"), Exhibit(id="E2", case="K2"),
            grant("G1", "K1"),
        ],
    )  # fmt: skip
    return Watched(unit, monkeypatch)


def grant(id: str, case: str | None, during: Interval | None = None, **more: object) -> Grant:
    return Grant(
        id=id, actor="bo", case=case, purpose=grants.ANY_PURPOSE, given_by="mara",
        during=during or Interval(None, None), **more,  # type: ignore[arg-type]
    )  # fmt: skip


def bo(at: datetime = NOON, **more: object) -> Asker:
    return Asker("bo", at, **more)  # type: ignore[arg-type]


# --- At random ---

NAMING_LOOKS: tuple[Callable[[Draw, str], Record], ...] = (
    lambda d, n: ReadEvent(id=d.one("L1", "L2", n), actor=d.one(*ACTORS), action=Action.READ,
                           target="x", at=d.time(), case=d.maybe(CASES)),
    lambda d, n: Finding(id=d.one("W1", n), rule="S4", severity=Severity.B, sentence="s",
                         records=(Ref("read_event", d.one("L1", "L2", "L3")),)),
    lambda d, n: Marking(id=n, subject=Ref("read_event", d.one("L1", "L2", "L3")), by="mara",
                         classes=(Sensitivity.SEALED,), at=d.time(), lifted=d.chance(0.3)),
)  # fmt: skip


class Broken(Exception):
    pass


def write_records(draw: Draw, unit: Unit, other: Unit, n: int) -> None:
    makers = NAMING_LOOKS if draw.chance(0.15) else MAKERS
    record = draw.one(*makers)(draw, f"N{draw.one(n, n, draw.random.randint(0, n))}")
    store(draw.one(unit, other), [record])


def look(draw: Draw, unit: Unit, other: Unit, n: int) -> None:
    looks = [
        ReadEvent(id=f"look-{n}-{k}", actor=draw.one(*ACTORS), action=Action.READ, target="x",
                  at=draw.time(), case=draw.maybe((*CASES, "K9")))
        for k in range(3)
    ]  # fmt: skip
    store(draw.one(unit, other), looks)


def move_clock(draw: Draw, unit: Unit, other: Unit, n: int) -> None:
    """Anywhere, or to just before, at or after a moment at which something begins or ends."""
    turns = sorted(
        us
        for (us,) in unit.db.rows(
            "SELECT from_us FROM granted UNION SELECT until_us FROM granted"
            " UNION SELECT at_us FROM revoked UNION SELECT from_us FROM actor"
            " UNION SELECT until_us FROM actor"
        )
        if abs(us) < 2**61
    )
    assert isinstance(unit.clock, SetClock)
    if turns and draw.chance(0.7):
        unit.clock.moment = moment(draw.one(*turns) + draw.one(-1, 0, 1))
    else:
        unit.clock.moment = draw.moment()


def write_in_vain(draw: Draw, unit: Unit, other: Unit, n: int) -> None:
    record = draw.one(*MAKERS)(draw, f"N{n}")
    with suppress(Broken), unit.db.writing():
        store_within(unit, record)
        unit._seen.prepare()
        view = unit._seen.take(Asker(draw.one(*ACTORS), unit.clock()))
        unit._seen.cases(view)
        unit._seen.leave(view)
        raise Broken


def store_within(unit: Unit, record: Record) -> None:
    writer = Writer(unit.db, "mara", reason="as drawn", clock=unit.clock)
    writer.put(record)
    writer.finish()


def read_in_vain(draw: Draw, unit: Unit, other: Unit, n: int) -> None:
    """The block fails, or a statement in it, after zones were worked out."""
    unit._seen.prepare()
    with suppress(Broken, CannotStore), unit.db.reading():
        view = unit._seen.take(Asker(draw.one(*ACTORS), draw.moment(), purpose=draw.one(*PURPOSES)))
        unit._seen.cases(view)
        unit._seen.leave(view)
        if draw.chance(0.5):
            unit.db.execute("nonsense")
        elif draw.chance(0.5):
            unit.db.execute("ROLLBACK")
        raise Broken


def expunge(draw: Draw, unit: Unit, other: Unit, n: int) -> None:
    which = draw.one(unit, other)
    rows = which.db.rows("SELECT kind, id FROM record WHERE current = 1 ORDER BY entry")
    refs = [Ref(kind, id) for kind, id in rows if kind not in expunging.KEPT]
    if not refs:
        return
    ref = draw.one(*refs)
    with which.db.writing():
        entries = expunging._empty(which.db, ref)
        order = FourEyes(id=f"X{n}", act="expunge", target=str(ref), asked_by="bo",
                         asked=Interval.at(NOON), entries=tuple(entries))  # fmt: skip
        store_within(which, order)


STEPS_TAKEN = (
    *(write_records,) * 5, *(look,) * 5, *(move_clock,) * 3, write_in_vain, read_in_vain, expunge,
)  # fmt: skip


def askers(draw: Draw, number: int, at: datetime) -> Iterator[Asker]:
    for _ in range(number):
        yield Asker(
            draw.one("mara", "bo", "bo", "ute", "kim"), at,
            draw.one(Action.READ, Action.READ, Action.EXPORT),
            draw.one("", "", *PURPOSES[1:3]), draw.one("", "", "", "ute"),
        )  # fmt: skip


@pytest.mark.parametrize("seed", range(SEEDS))
def test_what_is_kept_is_what_would_be_worked_out(
    place: str | Path, clock: SetClock, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    draw = Draw(seed)
    with (
        create_unit(place, name="Cold cases", actor=MARA, clock=clock) as unit,
        open_unit(place, clock=clock) as other,
    ):
        store(unit, stream(draw, 25))
        watched = Watched(unit, monkeypatch)
        for n in range(100, 100 + STEPS):
            draw.one(*STEPS_TAKEN)(draw, unit, other, n)
            for asker in askers(draw, 4, clock()):
                watched.ask(asker)
        assert watched.kept > STEPS / 3
        assert watched.anew > STEPS / 3


# --- One by one ---


def test_looks_leave_it_as_it_is_and_are_shown_to_whom_they_concern(
    watched: Watched, place: str | Path
) -> None:
    before = watched.ask(bo())
    with open_unit(place) as other, other.reading("bo") as reader:
        assert reader.get(Exhibit, "E1")
        assert reader.get(Exhibit, "E2") is None
    with open_unit(place) as other, other.reading("mara") as reader:
        assert reader.get(Exhibit, "E2")
    assert watched.was_kept(bo())
    more = watched.ask(bo()) - before
    looks = {
        look
        for zone in more
        for look in rows_of(watched.unit, "SELECT id FROM record WHERE zone = ?", zone)
    }
    assert len(looks) == 2  # both of his, none of hers


@pytest.mark.parametrize(
    "record",
    [
        grant("G2", "K2"),
        grant("G2", "K1", deny=True),
        Revocation(id="R1", grant="G1", at=Interval.at(NOON), by="mara"),
        Marking(id="M1", subject=Ref("exhibit", "E1"), classes=(Sensitivity.MEDICAL,),
                at=Interval.at(NOON), by="mara"),
        Exhibit(id="E3", case="K1"),
        Exhibit(id="E1", case="K2"),
        Actor(id="bo", name="Bo", standing=Standing.ANALYST, left=Interval.at(NOON)),
        Involvement(id="I1", person="P1", case="K1", role=Role.SUSPECT),
    ],
    ids=lambda record: record.KIND,
)  # fmt: skip
def test_anything_else_that_another_enters_is_noticed(
    watched: Watched, place: str | Path, record: Record
) -> None:
    watched.ask(bo())
    with open_unit(place) as other:
        store(other, [record])
    assert not watched.was_kept(bo())
    assert watched.was_kept(bo())


def write_elsewhere(place: str | Path) -> None:
    with open_unit(place) as other:
        store(other, [grant("G2", "K2")])


def test_another_process_that_grants_is_noticed(watched: Watched, place: str | Path) -> None:
    before = watched.ask(bo())
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        pool.submit(write_elsewhere, place).result()
    assert watched.ask(bo()) > before


def test_a_recusal_closes_a_case_that_was_open(watched: Watched) -> None:
    store(watched.unit, [Relation(id="T1", one="P1", other="P2", relation="brother")])
    store(watched.unit, [Actor(id="bo", name="Bo", standing=Standing.ANALYST, person="P1")])
    before = watched.ask(bo())
    store(watched.unit, [Involvement(id="I1", person="P2", case="K1", role=Role.VICTIM)])
    assert not before <= watched.ask(bo())


@pytest.mark.parametrize(
    ("record", "first"),
    [
        (grant("G2", "K2", Interval(NOON, None)), NOON),
        (grant("G2", "K2", Interval(None, NOON - timedelta(microseconds=1))), NOON),
        (Revocation(id="R1", grant="G1", at=Interval.at(NOON), by="mara"), NOON),
        (grant("G2", "K1", Interval(NOON, None), deny=True), NOON),
        (Actor(id="bo", name="Bo", standing=Standing.ANALYST, left=Interval.at(NOON)), NOON),
        (Actor(id="ute", name="U", standing=Standing.LEAD, joined=Interval.at(NOON)), NOON),
    ],
    ids=("begins", "ends", "revoked", "denied", "left", "joined"),
)
def test_a_moment_at_which_something_begins_or_ends_is_not_passed_over(
    watched: Watched, record: Record, first: datetime
) -> None:
    """first: when it is otherwise for the first time. Before it and after it, zones are kept."""
    store(watched.unit, [record])
    last = first - timedelta(microseconds=1)
    watched.ask(bo(first - SECOND))
    assert watched.was_kept(bo(last))
    assert not watched.was_kept(bo(first))
    assert watched.was_kept(bo(first + SECOND))
    assert watched.was_kept(bo(first))
    assert not watched.was_kept(bo(last))  # a clock that was put back


def test_a_denial_of_the_supervisor_begins_for_whom_they_are_beside(watched: Watched) -> None:
    store(
        watched.unit,
        [
            Actor(id="ute", name="Ute", standing=Standing.LEAD),
            replace(grant("G2", "K1", Interval(NOON, None), deny=True), actor="ute"),
        ],
    )
    before = watched.ask(bo(NOON - SECOND, supervisor="ute"))
    assert not before <= watched.ask(bo(supervisor="ute"))


def test_what_is_kept_is_for_one_actor_action_purpose_and_supervisor(watched: Watched) -> None:
    store(watched.unit, [Actor(id="ute", name="Ute", standing=Standing.LEAD)])
    every = [
        bo(), bo(action=Action.EXPORT), bo(purpose="review"), bo(supervisor="ute"),
        Asker("mara", NOON), Asker("ute", NOON),
    ]  # fmt: skip
    assert [watched.was_kept(asker) for asker in every] == [False] * len(every)
    assert [watched.was_kept(asker) for asker in every] == [True] * len(every)
    assert watched.was_kept(bo(purpose="  Review "))


def test_for_more_askers_those_not_asked_for_longest_go(watched: Watched) -> None:
    purposes = [bo(purpose=f"matter {n}") for n in range(ASKERS + 1)]
    for asker in purposes:
        assert not watched.was_kept(asker)
    assert not watched.was_kept(purposes[0])
    assert watched.was_kept(purposes[-1])
    assert not watched.was_kept(purposes[1])


def test_a_log_that_holds_another_last_entry_is_another(watched: Watched) -> None:
    watched.ask(bo())
    watched.unit.db.execute(
        "UPDATE entry SET leaf = salt WHERE idx = (SELECT MAX(idx) FROM entry)"
    )  # as where the file was put back behind the program's back
    assert not watched.was_kept(bo())


def test_a_step_of_the_schema_is_noticed(watched: Watched) -> None:
    watched.ask(bo())
    number = len(migrations.known()) + 1
    watched.unit.db.execute(f"INSERT INTO migration VALUES ({number}, 'later', 'newer')")
    assert not watched.was_kept(bo())


def test_a_look_that_a_record_names_is_more_than_a_look(watched: Watched) -> None:
    """A finding about it lies where the look lies, as soon as the look is there."""
    finding = Finding(
        id="W1", rule="S4", severity=Severity.B, sentence="s", records=(Ref("read_event", "L1"),)
    )
    store(watched.unit, [finding])
    watched.ask(bo())
    for case in ("K1", "K2"):  # the second is an amendment
        store(watched.unit, [
            ReadEvent(id="L1", actor="mara", action=Action.READ, target="x", at=Interval.at(NOON),
                      case=case),
        ])  # fmt: skip
        assert not watched.was_kept(bo())


def test_a_block_that_fails_leaves_what_was_kept(watched: Watched) -> None:
    watched.ask(bo())
    with suppress(Broken), watched.unit.reading("bo") as reader:
        list(reader.all(Exhibit))
        raise Broken
    assert watched.was_kept(bo())
    with suppress(Broken), watched.unit.db.writing():
        store_within(watched.unit, grant("G2", "K2"))
        raise Broken
    assert watched.was_kept(bo())


def test_what_a_block_of_writing_saw_is_not_kept(watched: Watched) -> None:
    watched.ask(bo())
    with suppress(Broken), watched.unit.db.writing():
        store_within(watched.unit, grant("G2", "K2"))
        with reading_within(watched.unit, "bo") as seen:
            assert len(seen) > 1
        raise Broken
    watched.ask(bo())
    store(watched.unit, [Case(id="K9")])  # takes the number of the entry that was undone
    watched.ask(bo())


@contextmanager
def reading_within(unit: Unit, actor: str) -> Iterator[set[int]]:
    unit._seen.prepare()
    view = unit._seen.take(Asker(actor, NOON))
    yield rows_of(unit, f"SELECT zone FROM {view.place}")
    unit._seen.leave(view)


def test_blocks_within_each_other_see_what_is_for_their_own_actor(watched: Watched) -> None:
    watched.unit._seen.prepare()
    with watched.unit.db.reading(), opened(watched.unit, "bo") as his:
        assert his == {"E1"}
        with opened(watched.unit, "mara") as hers:
            assert hers == {"E1", "E2"}
        with opened(watched.unit, "bo", NOON + SECOND) as again:
            assert again == {"E1"}


@contextmanager
def opened(unit: Unit, actor: str, at: datetime = NOON) -> Iterator[set[str]]:
    """Exhibits, asked for again when blocks within this one are over."""
    view = unit._seen.take(Asker(actor, at))
    sql = (
        "SELECT id FROM record WHERE kind = 'exhibit' AND current = 1"
        f" AND zone IN (SELECT zone FROM {view.place})"
    )
    found: set[str] = {str(id) for id in rows_of(unit, sql)}
    yield found
    assert {str(id) for id in rows_of(unit, sql)} == found
    unit._seen.leave(view)


def test_an_inner_block_at_a_later_moment_leaves_the_outer_one_as_it_was(
    watched: Watched,
) -> None:
    store(watched.unit, [grant("G2", "K2", Interval(NOON, None))])
    watched.unit._seen.prepare()
    with (
        watched.unit.db.reading(),
        opened(watched.unit, "bo", NOON - SECOND) as earlier,
        opened(watched.unit, "bo", NOON) as later,
    ):
        assert (earlier, later) == ({"E1"}, {"E1", "E2"})


def test_no_more_blocks_within_each_other_than_there_is_room_for(watched: Watched) -> None:
    watched.unit._seen.prepare()
    with watched.unit.db.reading():
        views = [watched.unit._seen.take(bo(purpose=f"matter {n}")) for n in range(ASKERS)]
        with pytest.raises(CannotStore, match="within each other"):
            watched.unit._seen.take(bo(purpose="one more"))
        for view in views:
            watched.unit._seen.leave(view)
        watched.unit._seen.take(bo(purpose="one more"))


def test_nothing_is_read_when_the_block_is_over(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reopen.store.held.PAGE", 1)
    with watched.unit.reading("mara") as reader:
        found = reader.all(Exhibit)
        assert next(found).id == "E1"
    for read in (
        lambda: next(found), lambda: reader.get(Exhibit, "E2"), reader.cases, reader.counts,
    ):  # fmt: skip
        with pytest.raises(CannotStore, match="is over"):
            read()


def test_units_in_several_threads_keep_their_own(watched: Watched, place: str | Path) -> None:
    def rounds(actor: str) -> list[set[str]]:
        found = []
        with open_unit(place, clock=watched.unit.clock) as own:
            for _ in range(4):
                with own.reading(actor) as reader:
                    found.append({exhibit.id for exhibit in reader.all(Exhibit)})
        return found

    with ThreadPoolExecutor() as pool:
        hers, his = pool.map(rounds, ("mara", "bo"))
    assert hers == [{"E1", "E2"}] * 4
    assert his == [{"E1"}] * 4
