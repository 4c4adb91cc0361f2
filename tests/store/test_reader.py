"""Every way of reading a unit shows what the rule lets through, and no more."""

from __future__ import annotations

from collections import Counter

import pytest
from tests.store.random_unit import CASES, ITEMS, Draw, questions, stream
from tests.store.test_access_twin import held, store
from tests.twins import access as twin

from reopen.errors import LogBroken, NotAllowed, UnknownName
from reopen.records.access import Action, Actor, Grant, ReadEvent, Standing
from reopen.records.base import Record, Ref
from reopen.records.cases import Case, Exhibit, Sample
from reopen.records.kinds import KINDS, kind_of
from reopen.records.stored import StoredProfile
from reopen.records.times import Interval
from reopen.store.kept import Kept
from reopen.store.reader import CaseOrder, Reader
from reopen.store.unit import Unit

PROVEN_BY = {
    "end": "ends the block; test_nothing_is_read_when_the_block_is_over",
    "actor": "says who asks, and nothing of a record",
    "until": "says when grants turn, and nothing of a record",
    "change": "says that something came, and nothing of a record",
    "get": "test_what_is_read_is_what_the_twin_lets_through",
    "version": "test_what_is_read_is_what_the_twin_lets_through",
    "named": "test_what_is_read_is_what_the_twin_lets_through",
    "some": "test_what_is_read_is_what_the_twin_lets_through",
    "of_these": "test_what_is_read_is_what_the_twin_lets_through",
    "rule": "test_what_is_read_is_what_the_twin_lets_through",
    "all": "test_what_is_read_is_what_the_twin_lets_through",
    "listing": "test_what_is_read_is_what_the_twin_lets_through",
    "look_through": "test_what_is_read_is_what_the_twin_lets_through",
    "count": "test_what_is_read_is_what_the_twin_lets_through",
    "counts": "test_what_is_read_is_what_the_twin_lets_through",
    "counts_by_case": "test_what_is_read_is_what_the_twin_lets_through",
    "of_cases": "test_what_is_read_is_what_the_twin_lets_through",
    "find_cases": "test_what_is_read_is_what_the_twin_lets_through",
    "versions": "test_what_is_read_is_what_the_twin_lets_through",
    "cases": "test_what_is_read_is_what_the_twin_lets_through",
    "classes_of": "test_what_is_read_is_what_the_twin_lets_through",
    "cases_of": "test_what_is_read_is_what_the_twin_lets_through",
    "staff_for_rules": "test_raw_tables.py: for the audit alone; what it then says is tested in "
    "tests/faces/test_access_routes.py",
    "holdings": "test_what_is_read_is_what_the_twin_lets_through",
    "entries": "test_what_is_read_is_what_the_twin_lets_through",
    "file": "test_a_file_is_for_those_who_see_all_that_it_holds",
    "names": "names of actors, which are open to the unit",
    "works_in": "test_alerts.py, for those who see the looks",
}
"""Way of reading -> the test that proves that it respects grants."""


def test_every_way_of_reading_is_in_the_list() -> None:
    public = {name for name in vars(Reader) if not name.startswith("_")}
    assert public == set(PROVEN_BY)
    tests = {test.split(",")[0] for test in PROVEN_BY.values() if test.startswith("test_what")}
    assert tests <= set(globals())


ADMITTING = (61, 62, 63, 65, 66, 67)
"""Seeds of random units in which somebody may ask at all; those of 60 and 64 admit nobody."""


@pytest.mark.parametrize("seed", ADMITTING)
def test_what_is_read_is_what_the_twin_lets_through(unit: Unit, seed: int) -> None:
    draw = Draw(seed)
    unit.db.kept = Kept(3000) if seed % 2 else None
    current = held(unit) | store(unit, stream(draw, 70))
    plain = twin.Unit(current.values())
    asked = 0
    for question in questions(draw, 12):
        try:
            with unit.reading(
                question.actor, purpose=question.purpose, action=question.action,
                supervisor=question.supervisor,
            ) as reader:  # fmt: skip
                now = twin.Question(
                    question.actor, question.action, reader.asker.moment, question.purpose,
                    question.supervisor,
                )  # fmt: skip
                looks = {
                    version.record.ref: version.record
                    for version in reader.listing("read_event")
                    if version.record.ref not in current
                }
                seen = {ref for ref, record in current.items() if plain.may(record, now)}
                must_show_only(reader, current, seen, looks)
                asked += 1
        except NotAllowed:
            assert not plain.belongs(question.actor, unit.clock()) or question.supervisor
    assert asked


def must_show_only(
    reader: Reader, current: dict[Ref, Record], seen: set[Ref], looks: dict[Ref, Record]
) -> None:
    """looks: those of the blocks before, which `current` does not have."""

    def known(found: set[Ref]) -> set[Ref]:
        return found - set(looks)

    def of(kind: str) -> set[Ref]:
        return {ref for ref in seen if ref.kind == kind}

    for ref, record in current.items():
        expected = record if ref in seen else None
        assert reader.get(type(record), ref.id) == expected
        assert (reader.version(ref) is not None) == (ref in seen) == bool(reader.rule(ref))
        assert bool(reader.versions(ref)) == (ref in seen)
        assert ref in seen or not reader.cases_of(ref)
        assert ref in seen or not reader.classes_of(ref)
    assert known({version.record.ref for version in reader.listing()}) == seen
    assert known({record.ref for record in reader.holdings()}) == seen
    for kind in KINDS:
        assert known({each.ref for each in reader.all(kind_of(kind))}) == of(kind)
        having = reader.all(kind_of(kind), having=(b'"id":',))  # as every entry has
        assert known({each.ref for each in having}) == of(kind)
        looked = reader.look_through(kind_of(kind), ["k1"])
        assert known({each.ref for _, each in looked if each}) <= of(kind)
        more = sum(1 for ref in looks if ref.kind == kind)
        assert reader.count(kind_of(kind)) == len(of(kind)) + more
        assert reader.counts().get(kind, 0) == len(of(kind)) + more
    for case in CASES:
        assert known({version.record.ref for version in reader.listing(case=case)}) <= seen
    must_count_by_case(reader)
    for item in ITEMS:
        assert known({version.record.ref for version in reader.listing(item=item)}) <= seen
    for ref in current:
        found = [record.ref for record in reader.named(ref.id, kind_of(ref.kind))]
        assert found == [ref] * (ref in seen)
    for kind in KINDS:
        ids = [ref.id for ref in current if ref.kind == kind]
        assert {record.ref for record in reader.some(kind_of(kind), ids)} == of(kind)
        if kind != "case":
            assert reader.of_these(kind, ids) == {ref.id for ref in of(kind)}
    assert reader.of_these("case", CASES) == {*CASES} & {*reader.cases()}
    belongs = {ref for ref in seen if not isinstance(current[ref], twin.CONTROL)}
    assert set(reader.cases()) == {case for ref in belongs for case in reader.cases_of(ref)}
    in_log = {e.version.record.ref for e in reader.entries() if e.version and e.version.current}
    assert known(in_log) == seen


def must_count_by_case(reader: Reader) -> None:
    """All cases at once give what each gives alone."""
    alone = {
        case: Counter(version.record.KIND for version in reader.listing(case=case))
        for case in CASES
    }
    expected = {case: numbers for case, numbers in alone.items() if numbers}
    assert reader.counts_by_case(cases=CASES) == expected
    assert {case: expected[case] for case in expected} == {
        case: numbers for case, numbers in reader.counts_by_case().items() if case in CASES
    }
    some = reader.counts_by_case(Exhibit, Sample, cases=CASES[:2])
    for case, numbers in expected.items():
        own = {kind: numbers[kind] for kind in ("exhibit", "sample") if kind in numbers}
        assert some.get(case, {}) == (own if case in CASES[:2] else {})
    for kind in (Exhibit, StoredProfile):
        both = {each.id for case in CASES[:2] for each in reader.all(kind, case=case)}
        assert {each.id for each in reader.of_cases(kind, CASES[:2])} == both
    found = reader.find_cases()
    assert tuple(case.id for case in found.cases) == reader.cases()
    assert {case.id for case in found.cases if case.entry >= 0} == {
        case.id for case in reader.all(Case)
    } & set(reader.cases())


@pytest.fixture
def called(unit: Unit) -> Unit:
    """Four cases, of which 'bo' has K1 and an exhibit of K2, whose title is not for him."""
    with unit.writing("mara") as writer:
        writer.put_many(
            [
                Case(id="K1", title="Quay robbery", agency="Harbour"),
                Case(id="K2", title="Alder Street", agency="County"),
                Case(id="K3", title="quarry", agency="Harbour"),
                Exhibit(id="E1", case="K1"), Exhibit(id="E2", case="K2"),
                Exhibit(id="E4", case="K4"),
                Actor(id="bo", name="Bo", standing=Standing.ANALYST),
                Grant(id="G1", actor="bo", case="K1", purpose="x", during=Interval(None, None),
                      given_by="mara"),
                Grant(id="G2", actor="bo", item="E2", purpose="x", during=Interval(None, None),
                      given_by="mara"),
            ]
        )  # fmt: skip
    return unit


@pytest.mark.parametrize("at_once", [500, 1])
def test_cases_are_found_by_words_in_an_order_and_page_by_page(
    called: Unit, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    """at_once: how many are asked for by their ids; more are picked out of all."""
    monkeypatch.setattr("reopen.store.reader.AT_ONCE", at_once)

    def found(words: str = "", **how: object) -> str:
        some = reader.find_cases(words, **how)  # type: ignore[arg-type]
        return " ".join(case.id for case in some.cases) + f" of {some.total}"

    with called.reading("mara") as reader:
        assert found() == "K1 K2 K3 K4 of 4"
        assert found(limit=2, offset=1) == "K2 K3 of 4"
        assert found(limit=2, offset=3) == "K4 of 4"
        assert found("HARBOUR") == "K1 K3 of 2"
        assert found("harbour qua") == "K1 K3 of 2"
        assert found("harbour k3") == "K3 of 1"
        assert found("nothing of it") == " of 0"
        assert found(order=CaseOrder.TITLE) == "K2 K3 K1 K4 of 4"
        assert found(order=CaseOrder.NEWEST, limit=3) == "K3 K2 K1 of 4"
    with called.reading("mara") as reader:
        looks = {look.target: look.count for look in reader.all(ReadEvent)}
    assert looks["cases with harbour k3"] == 1
    assert looks["every case"] == 4 + 2 + 1 + 4 + 3


def test_a_title_is_for_those_who_see_the_case(called: Unit) -> None:
    with called.reading("bo") as reader:
        names = [(case.id, case.title) for case in reader.find_cases().cases]
        assert names == [("K1", "Quay robbery"), ("K2", "")]
        assert reader.find_cases("alder").total == 0
        assert reader.find_cases("k2").total == 1


def test_a_body_that_is_another_record_is_not_shown_as_this_one(called: Unit) -> None:
    called.db.execute(
        "UPDATE entry SET body = (SELECT body FROM entry other WHERE other.idx = entry.idx + 1)"
        " WHERE idx = (SELECT entry FROM record WHERE id = 'K1')"
    )
    with called.reading("mara") as reader, pytest.raises(LogBroken, match="its row says case K1"):
        reader.find_cases()


def test_the_log_has_a_place_for_what_is_not_shown(unit: Unit) -> None:
    store(unit, stream(Draw(5), 30))
    with unit.writing("mara") as writer:
        writer.put(Actor(id="new", name="New", standing=Standing.STUDENT))
        size = writer.size
    with unit.reading("new") as reader:
        entries = list(reader.entries())
        assert [entry.number for entry in entries] == list(range(size))
        assert any(entry.version is None for entry in entries)
        assert all(entry.leaf for entry in entries)
        assert [e.number for e in reader.entries(after=4, limit=3)] == [5, 6, 7]


def test_a_file_is_for_those_who_see_all_that_it_holds(unit: Unit) -> None:

    with unit.writing("mara") as writer:
        stored = writer.put_file(b"peaks", "plate.txt")
        writer.put_many(
            [
                Exhibit(id="E1", case="K1"), Exhibit(id="E2", case="K2"),
                Sample(id="S1", exhibit="E1"), Sample(id="S2", exhibit="E2"),
                Actor(id="bo", name="Bo", standing=Standing.ANALYST),
                Grant(id="G1", actor="bo", case="K1", purpose="x", during=Interval(None, None),
                      given_by="mara"),
                StoredProfile(id="F1", purpose="stain", file=stored.id, content_hash="1",
                              sample="S1"),
            ]
        )  # fmt: skip
    with unit.reading("bo") as reader:
        assert reader.file(stored.id) == b"peaks"
    with unit.writing("mara") as writer:
        writer.put(
            StoredProfile(id="F2", purpose="stain", file=stored.id, content_hash="2", sample="S2")
        )
    with unit.reading("bo") as reader, pytest.raises(UnknownName):
        reader.file(stored.id)
    with unit.reading("mara") as reader:
        assert reader.file(stored.id) == b"peaks"


def test_looks_are_entered_in_the_log_also_where_a_block_fails(unit: Unit) -> None:
    class Broken(Exception):
        pass

    def look() -> None:
        with unit.reading("mara", purpose="review", action=Action.READ) as reader:
            reader.get(kind_of("actor"), "mara")
            reader.get(kind_of("actor"), "nobody")
            raise Broken

    with pytest.raises(Broken):
        look()
    with unit.reading("mara") as reader:
        (event,) = reader.all(ReadEvent)
    assert (event.actor, event.target, event.count) == ("mara", "actor mara", 1)
    assert (event.rule, event.purpose) == ("grant first-mara", "review")


def test_a_look_in_vain_is_logged_and_says_nothing_of_the_case(unit: Unit) -> None:
    """Nor whether there is such a record: whoever looks sees their own looks."""

    with unit.writing("mara") as writer:
        writer.put_many(
            [Exhibit(id="E1", case="K1"), Actor(id="bo", name="Bo", standing=Standing.STUDENT)]
        )
    with unit.reading("bo") as reader:
        assert reader.get(Exhibit, "E1") is None
        assert reader.get(Exhibit, "E9") is None
    with unit.reading("bo") as reader:
        events = list(reader.all(ReadEvent))
    found = [(event.target, event.rule, event.count, event.case) for event in events]
    assert found == [(f"exhibit {id}", "refused", 0, None) for id in ("E1", "E9")]
