"""X4, X7, X11: holds, fails with its records, cannot tell, false-alarm control."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.prove.link_records import asked, link, reference, said, time, trace

from reopen.records.access import Actor, Standing
from reopen.records.base import Record
from reopen.records.cases import (
    Involvement,
    Person,
    Presence,
    PresenceKind,
    Relation,
    Role,
    Sample,
)
from reopen.records.custody import CustodyEvent, EventKind, TravelTime
from reopen.records.findings import Severity, Verdict
from reopen.records.laboratory import Batch, Well, WellKind
from reopen.records.results import Hit, LabResult, ResultKind
from reopen.records.statements import InformationGrade, SourceGrade

LINK = link("K1-S.p", "paul.p", 9.0)
UNIT: tuple[Record, ...] = (*trace("K1"), *reference("paul"), Person(id="paul"), LINK)
OFFENCE = said("case", "K1", "offence", "1969-03-20")


# X4


def test_x4_too_young() -> None:
    """Mixer: the man was four when the trace was left."""
    born = said("person", "paul", "born", "1964-08")
    (finding,) = asked("X4", *UNIT, OFFENCE, born).findings
    assert finding.severity is Severity.A
    assert [ref.id for ref in finding.records] == [LINK.id, born.id]
    assert "aged at most 5" in finding.sentence  # 4.64 years, rounded
    assert finding.helps_defence


def test_x4_old_enough_holds_and_a_doubt_about_the_year_does_not_fail() -> None:
    born = said("person", "paul", "born", "1940")
    assert asked("X4", *UNIT, OFFENCE, born).verdict is Verdict.HOLDS
    unsure = said("person", "paul", "born", "1955/1964")
    assert asked("X4", *UNIT, OFFENCE, unsure).verdict is Verdict.HOLDS


def test_x4_dead_before() -> None:
    died = said("person", "paul", "died", "1968-12")
    (finding,) = asked("X4", *UNIT, OFFENCE, died).findings
    assert "died 1968-12" in finding.sentence
    same_day = said("person", "paul", "died", "1969-03-20")
    assert asked("X4", *UNIT, OFFENCE, same_day).verdict is Verdict.HOLDS


def held(kind: PresenceKind, during: str, grade: int = 1, place: str | None = None) -> Presence:
    return Presence(
        id=f"{kind} {during}",
        person="paul",
        presence=kind,
        during=time(during),
        grade=grade,
        place=place,
    )


@pytest.mark.parametrize("grade", [1, 2, 3])
def test_x4_in_hospital_by_the_strength_of_the_record(grade: int) -> None:
    ward = held(PresenceKind.HOSPITAL, "1969-03-18/1969-03-25", grade)
    (finding,) = asked("X4", *UNIT, OFFENCE, ward).findings
    assert finding.severity is (Severity.B if grade == 3 else Severity.A)


def test_x4_a_stay_that_covers_only_part_of_the_time_does_not_fail() -> None:
    ward = held(PresenceKind.HOSPITAL, "1969-03-20T08:00Z/1969-03-25")
    assert asked("X4", *UNIT, OFFENCE, ward).verdict is Verdict.HOLDS


def test_x4_too_far_away() -> None:
    """Seen at noon, an offence between 13:00 and 14:00, three hours of road."""
    offence = said("case", "K1", "offence", "1969-03-20T13:00Z/1969-03-20T14:00Z")
    site = said("case", "K1", "site", "mill")
    seen = held(PresenceKind.PHONE, "1969-03-20T12:00Z", 2, place="port")
    way = TravelTime(id="w", one="mill", other="port", minutes=180)
    (finding,) = asked("X4", *UNIT, offence, site, seen, way).findings
    assert "180 minutes away with at most 120 between" in finding.sentence
    near = replace(way, minutes=90)
    assert asked("X4", *UNIT, offence, site, seen, near).verdict is Verdict.HOLDS
    assert asked("X4", *UNIT, offence, site, seen).verdict is Verdict.HOLDS  # way not known


def test_x4_a_twin_is_shown() -> None:
    born = said("person", "paul", "born", "1964-08")
    twin = Relation(id="t", one="peter", other="paul", relation="identical twin")
    (finding,) = asked("X4", *UNIT, OFFENCE, born, twin).findings
    assert "a twin is recorded" in finding.figures
    assert twin.ref in finding.records


def test_x4_a_doubted_statement_is_shown_but_does_not_stop() -> None:
    born = replace(
        said("person", "paul", "born", "1964-08"),
        source_grade=SourceGrade.NOT_RELIABLE,
        information_grade=InformationGrade.NOT_KNOWN,
    )
    (finding,) = asked("X4", *UNIT, OFFENCE, born).findings
    assert finding.severity is Severity.B


def test_x4_cannot_tell_without_the_time_or_anything_on_the_person() -> None:
    found = asked("X4", *UNIT, OFFENCE)
    assert found.verdict is Verdict.CANNOT_TELL
    found = asked("X4", *UNIT, said("person", "paul", "born", "1964"))
    assert found.could_not == ((str(LINK.ref), "no time of the offence of case K1"),)


@pytest.mark.parametrize(
    "record",
    [
        Hit(id="h", case="K1", at=time("2002"), person="paul"),
        LabResult(
            id="r1",
            result="r1",
            case="K1",
            sample="K1-S",
            kind=ResultKind.INCLUSION,
            at=time("2002"),
            compared_with="paul-R",
        ),
    ],
)
def test_x4_hits_and_results_link_people_too(record: Record) -> None:
    born = said("person", "paul", "born", "1964-08")
    weak = link("K1-S.p", "other.p")
    found = asked("X4", *UNIT[:-1], weak, record, OFFENCE, born)
    assert [each.records[0] for each in found.findings] == [record.ref]


# X7


def opened(item: str, when: str, hand: str, place: str = "") -> CustodyEvent:
    return CustodyEvent(
        id=f"{item} {when}",
        item=item,
        event=EventKind.OPENED,
        at=time(when),
        receiver=hand,
        place=place,
    )


def test_x7_fails_on_one_day_by_the_same_hands() -> None:
    stain = opened("K1-E", "2002-05-06T11:00Z", "kim", "room 1")
    known = opened("paul-R", "2002-05-06T09:00Z", "kim", "room 2")
    (finding,) = asked("X7", *UNIT, stain, known).findings
    assert finding.severity is Severity.A
    assert [ref.id for ref in finding.records] == [LINK.id, known.id, stain.id]


def test_x7_a_witness_touches_nothing_and_a_reference_after_the_stain_does_not_reach_it() -> None:
    stain = replace(opened("K1-E", "2002-05-06T07:45Z", "lee", "room 1"), confirmed="kim")
    known = opened("paul-R", "2002-05-06T07:00Z", "kim", "room 2")
    assert asked("X7", *UNIT, stain, known).verdict is Verdict.HOLDS
    own = replace(stain, receiver="kim")
    assert asked("X7", *UNIT, own, known).verdict is Verdict.FAILS
    later = opened("paul-R", "2002-05-06T09:30Z", "kim", "room 2")
    assert asked("X7", *UNIT, own, later).verdict is Verdict.HOLDS


def test_x7_fails_in_one_room_when_the_reference_came_first() -> None:
    stain = opened("K1-E", "2002-05-06T11:00Z", "kim", "room 1")
    known = opened("paul-R", "2002-05-03T09:00Z", "kim", "room 1")
    assert asked("X7", *UNIT, stain, known).verdict is Verdict.FAILS


@pytest.mark.parametrize(
    ("when", "hand", "room"),
    [
        ("2002-05-03T09:00Z", "kim", "room 2"),  # another day and room
        ("2002-05-06T09:00Z", "lee", "room 1"),  # other hands
        ("2002-05-09T09:00Z", "kim", "room 1"),  # after the stain
        ("2002-01-03T09:00Z", "kim", "room 1"),  # months before
    ],
)
def test_x7_holds(when: str, hand: str, room: str) -> None:
    stain = opened("K1-E", "2002-05-06T11:00Z", "kim", "room 1")
    known = opened("paul-R", when, hand, room)
    assert asked("X7", *UNIT, stain, known).verdict is Verdict.HOLDS


def test_x7_a_sealed_bag_that_moves_meets_nothing() -> None:
    stain = opened("K1-E", "2002-05-06T11:00Z", "kim", "room 1")
    moved = replace(opened("paul-R", "2002-05-06T09:00Z", "kim"), event=EventKind.MOVED)
    later = opened("paul-R", "2002-05-09T09:00Z", "lee")
    assert asked("X7", *UNIT, stain, moved, later).verdict is Verdict.HOLDS


def test_x7_one_batch_is_one_day_and_the_same_hands() -> None:
    batch = Batch(id="B1", at=time("2002-05-06"))
    wells = (
        Well(id="w1", batch="B1", well="A1", content=WellKind.SAMPLE, sample="K1-S", analyst="kim"),
        Well(
            id="w2", batch="B1", well="A2", content=WellKind.SAMPLE, sample="paul-R", analyst="kim"
        ),
    )
    other = opened("K1-E", "2001-01-01T09:00Z", "lee")
    assert asked("X7", *UNIT, batch, *wells, other).verdict is Verdict.FAILS


def test_x7_cannot_tell_without_the_references_handling() -> None:
    stain = opened("K1-E", "2002-05-06T11:00Z", "kim")
    assert asked("X7", *UNIT, stain).verdict is Verdict.CANNOT_TELL


def test_x7_a_vague_time_does_not_fail() -> None:
    stain = opened("K1-E", "2002-05", "kim", "room 1")
    known = opened("paul-R", "2002-05-03T09:00Z", "kim", "room 1")
    assert asked("X7", *UNIT, stain, known).verdict is Verdict.HOLDS


# X11


def involved(person: str, role: Role) -> Involvement:
    return Involvement(id=f"{person} {role}", person=person, case="K1", role=role)


CASE = trace("K1")


def test_x11_a_suspect_who_held_the_evidence() -> None:
    event = opened("K1-E", "2002-05-06T11:00Z", "paul")
    suspect = involved("paul", Role.SUSPECT)
    (finding,) = asked("X11", *CASE, event, suspect).findings
    assert finding.severity is Severity.A
    assert [ref.id for ref in finding.records] == ["K1-E", event.id, suspect.id]
    assert "paul" not in finding.sentence


def test_x11_the_actor_of_the_system_is_the_person() -> None:
    event = opened("K1-E", "2002-05-06T11:00Z", "u17")
    actor = Actor(id="u17", name="P.", standing=Standing.RESERVIST, person="paul")
    found = asked("X11", *CASE, event, actor, involved("paul", Role.PERSON_OF_INTEREST))
    assert found.verdict is Verdict.FAILS


def test_x11_who_is_linked_by_dna_is_concerned() -> None:
    event = opened("K1-E", "2002-05-06T11:00Z", "paul")
    found = asked("X11", *UNIT, event, involved("eve", Role.VICTIM))
    assert found.findings[0].severity is Severity.A


def test_x11_family_and_witnesses_are_shown_beside() -> None:
    event = opened("K1-E", "2002-05-06T11:00Z", "eve")
    (finding,) = asked("X11", *CASE, event, involved("eve", Role.WITNESS)).findings
    assert finding.severity is Severity.B
    officer = involved("eve", Role.SCENE_EXAMINER)
    found = asked("X11", *CASE, event, involved("eve", Role.WITNESS), officer)
    assert found.verdict is Verdict.HOLDS


def test_x11_a_relative_of_a_suspect_is_shown_beside() -> None:
    event = opened("K1-E", "2002-05-06T11:00Z", "kim")
    cousins = Relation(id="c", one="kim", other="paul", relation="cousin")
    (finding,) = asked("X11", *CASE, event, involved("paul", Role.SUSPECT), cousins).findings
    assert finding.severity is Severity.B
    assert cousins.ref in finding.records


def test_x11_who_handed_it_over_or_got_it_back_is_left_out() -> None:
    suspect = involved("paul", Role.SUSPECT)
    taken = replace(
        opened("K1-E", "2002-05-06T11:00Z", "kim"), event=EventKind.COLLECTED, giver="paul"
    )
    back = replace(
        opened("K1-E", "2009-05-06T11:00Z", "paul"), event=EventKind.RETURNED, giver="kim"
    )
    assert asked("X11", *CASE, taken, back, suspect).verdict is Verdict.HOLDS


def test_x11_his_own_reference_sample_is_left_out() -> None:
    own = Sample(id="paul-R", person="paul", case="K1")
    event = opened("paul-R", "2002-05-06T11:00Z", "paul")
    found = asked("X11", *CASE, own, event, involved("paul", Role.SUSPECT))
    assert found.verdict is Verdict.HOLDS


def test_x11_cannot_tell_without_roles() -> None:
    event = opened("K1-E", "2002-05-06T11:00Z", "paul")
    assert asked("X11", *CASE, event).missing == ("involvement",)
