"""C1 and C2: breaks in possession, two places at once, and what must not look like either."""

from __future__ import annotations

from itertools import pairwise, permutations

import pytest
from tests.prove.custody_records import START, event, exhibit, judged, named, reasons

from reopen.prove.custody_places import distance_km
from reopen.records.base import Ref
from reopen.records.cases import Place
from reopen.records.custody import LegacyPeriod, TravelTime
from reopen.records.findings import Severity, Verdict
from reopen.records.times import Interval

COLLECTED = event("collected", 0, receiver="Ito")
BOOKED = event("booked", 120, giver="Ito", receiver="Berg", store="S1")
SENT = event("moved", 3000, giver="Berg", receiver="Chu")
ITEM = Ref("exhibit", "E1")


def test_each_handover_starts_where_the_last_ended():
    answer = judged("C1", exhibit(), COLLECTED, BOOKED, SENT)
    assert answer.verdict is Verdict.HOLDS
    assert answer.looked_at == 1


def test_what_is_done_to_an_item_changes_no_holder():
    worked_on = [event(kind, 200, by="Lab") for kind in ("sealed", "opened", "sampled", "seen")]
    assert judged("C1", exhibit(), COLLECTED, BOOKED, *worked_on, SENT).verdict is Verdict.HOLDS


def test_a_giver_who_was_not_the_holder_is_a_finding_with_both_events():
    taken = event("moved", 3000, giver="Olsen", receiver="Chu")
    answer = judged("C1", exhibit(), COLLECTED, BOOKED, taken)
    assert answer.verdict is Verdict.FAILS
    assert named(answer) == [(ITEM, BOOKED.ref, taken.ref)]
    (finding,) = answer.findings
    assert finding.severity is Severity.A
    assert finding.case == "C1"
    assert "takes it from Olsen, while the last record left it with Berg or S1" in finding.sentence


def test_a_handover_to_nobody_is_a_time_without_holder():
    given_away = event("moved", 3000, giver="Berg")
    answer = judged("C1", exhibit(), COLLECTED, BOOKED, given_away)
    assert named(answer) == [(ITEM, given_away.ref)]
    assert "nobody who received it" in answer.findings[0].sentence


def test_a_lost_item_has_no_holder_and_a_disposed_one_does_not_move():
    lost = event("lost", 3000)
    assert named(judged("C1", exhibit(), COLLECTED, BOOKED, lost)) == [(ITEM, BOOKED.ref, lost.ref)]
    gone = event("disposed", 3000, giver="Berg")
    later = event("moved", 9000, giver="Berg", receiver="Chu")
    answer = judged("C1", exhibit(), COLLECTED, BOOKED, gone, later)
    assert named(answer) == [(ITEM, gone.ref, later.ref)]


def test_whoever_collected_an_exhibit_is_its_first_holder():
    taken = exhibit(collected=Interval.at(START), collected_by="Ito")
    booked = event("booked", 300, giver="Olsen", store="S1")
    assert named(judged("C1", taken, booked)) == [(ITEM, booked.ref)]
    assert judged("C1", taken, event("booked", 300, giver="Ito", store="S1")).findings == ()


def test_a_giver_not_recorded_cannot_be_told():
    answer = judged("C1", exhibit(), COLLECTED, event("moved", 300, receiver="Chu"))
    assert answer.verdict is Verdict.HOLDS
    assert "does not record who gave it" in reasons(answer)


def test_a_store_that_names_no_person_cannot_be_told():
    stored = event("booked", 120, giver="Ito", store="S1")
    answer = judged("C1", exhibit(), COLLECTED, stored, event("moved", 300, giver="Keeper"))
    assert "store S1 named no person" in reasons(answer)
    assert [f.sentence for f in answer.findings if "takes it from" in f.sentence] == []


def test_an_exhibit_without_events_cannot_be_told():
    answer = judged("C1", exhibit(), exhibit("E2"), event("collected", 0, "E2", receiver="Ito"))
    assert answer.could_not == (("exhibit E1", "It has no custody events."),)


def test_without_custody_events_the_rule_cannot_tell():
    answer = judged("C1", exhibit())
    assert answer.verdict is Verdict.CANNOT_TELL
    assert answer.missing == ("custody_event",)


def test_a_stated_gap_gives_cannot_tell_and_names_its_reason():
    found = event("moved", Interval.parse("2024-09"), giver="Museum", receiver="Chu")
    gap = LegacyPeriod(id="G1", item="E1", during=Interval.parse("2024-06/2024-08"), why="fire")
    elsewhere = LegacyPeriod(id="G2", item="E1", during=Interval.parse("2025"), why="fire")
    answer = judged("C1", exhibit(), COLLECTED, BOOKED, found, gap)
    assert answer.findings == ()
    assert "stated gap of E1 (2024-06-01/2024-08-31): fire." in reasons(answer)
    assert len(judged("C1", exhibit(), COLLECTED, BOOKED, found, elsewhere).findings) == 1


@pytest.mark.parametrize("apart", [10, 29])
def test_two_events_of_one_shift_may_be_in_either_order(apart: float):
    first = event("moved", 300 + apart, giver="Berg", receiver="Chu")
    then = event("moved", 300, giver="Chu", receiver="Dahl")
    assert judged("C1", exhibit(), COLLECTED, BOOKED, first, then).verdict is Verdict.HOLDS


def test_events_further_apart_than_the_tolerance_keep_their_order():
    first = event("moved", 345, giver="Berg", receiver="Chu")
    then = event("moved", 300, giver="Chu", receiver="Dahl")
    holders = (exhibit(), COLLECTED, BOOKED, first, then)
    assert len(judged("C1", *holders).findings) == 2
    assert judged("C1", *holders, same_shift_minutes=60).findings == ()


@pytest.mark.parametrize("order", tuple(permutations(range(4))))
def test_events_of_one_day_are_read_in_any_order_that_fits(order: tuple[int, ...]):
    day = Interval.parse("2024-06-01")
    names = ["Berg", "Chu", "Dahl", "Ek", "Falk"]
    moves = [event("moved", day, giver=a, receiver=b) for a, b in pairwise(names)]
    after = event("moved", "2024-07-01", giver="Falk", receiver="Gil")
    answer = judged("C1", exhibit(), COLLECTED, BOOKED, *(moves[i] for i in order), after)
    assert answer.verdict is Verdict.HOLDS


def test_a_break_within_a_day_is_found_in_every_order():
    day = Interval.parse("2024-06-01")
    one = event("moved", day, giver="Berg", receiver="Chu")
    other = event("moved", day, giver="Olsen", receiver="Dahl")
    answer = judged("C1", exhibit(), COLLECTED, BOOKED, one, other)
    assert named(answer) == [(ITEM, one.ref, other.ref)]


def test_a_day_with_much_work_still_shows_its_break():
    day = Interval.parse("2024-06-01")
    work = [event("examined", day, by="Berg") for _ in range(30)]
    taken = event("moved", day, giver="Olsen", receiver="Chu")
    answer = judged("C1", exhibit(), COLLECTED, BOOKED, *work, taken)
    assert named(answer) == [(ITEM, BOOKED.ref, taken.ref)]


def test_too_many_handovers_of_one_day_cannot_be_told():
    day = Interval.parse("2024-06-01")
    back_and_forth = [
        event("moved", day, giver=a, receiver=b) for a, b in (("Berg", "Chu"), ("Chu", "Berg")) * 8
    ]
    taken = event("moved", day, giver="Olsen", receiver="Dahl")
    answer = judged("C1", exhibit(), COLLECTED, BOOKED, *back_and_forth, taken)
    assert answer.findings == ()
    assert "one of 17 events whose times do not say which came first" in reasons(answer)


HERE = event("moved", 300, giver="Berg", receiver="Chu", place="Leiden", clock_error_s=60)
THERE = event("moved", 330, giver="Chu", receiver="Dahl", place="Maastricht", clock_error_s=60)
WAY = TravelTime(id="T1", one="Maastricht", other="Leiden", minutes=120)


def test_an_item_faster_than_travel_is_a_finding_with_both_events():
    answer = judged("C2", exhibit(), HERE, THERE, WAY)
    assert named(answer) == [(ITEM, HERE.ref, THERE.ref)]
    assert "at most 32 minutes apart" in answer.findings[0].sentence
    assert answer.findings[0].severity is Severity.A


def test_a_person_holding_two_items_in_two_places_is_not_named_in_the_sentence():
    other = event("moved", 310, "E9", giver="X", receiver="Chu", place="Maastricht")
    answer = judged("C2", exhibit(), exhibit("E9"), HERE, other, WAY)
    assert named(answer) == [(Ref("person", "Chu"), HERE.ref, other.ref)]
    assert "Chu" not in answer.findings[0].sentence


def test_time_enough_to_travel_holds():
    later = event("moved", 430, giver="Chu", receiver="Dahl", place="Maastricht")
    assert judged("C2", exhibit(), HERE, later, WAY).verdict is Verdict.HOLDS


def test_clocks_that_were_wrong_are_allowed_for():
    unsure = event("moved", 330, giver="Chu", place="Maastricht", clock_error_s=5400)
    assert judged("C2", exhibit(), HERE, unsure, WAY).verdict is Verdict.HOLDS
    unknown = event("moved", 416, giver="Chu", place="Maastricht")  # 4 minutes short
    assert judged("C2", exhibit(), HERE, unknown, WAY).verdict is Verdict.HOLDS
    assert len(judged("C2", exhibit(), HERE, unknown, WAY, clock_minutes=2).findings) == 1


def test_a_batch_entry_with_its_time_of_entry_alone_cannot_be_told():
    typed = event("moved", 330, giver="Chu", place="Maastricht", batch_entry=True)
    answer = judged("C2", exhibit(), HERE, typed, WAY)
    assert answer.verdict is Verdict.CANNOT_TELL
    assert "1 custody events" in reasons(answer)
    dated = event(
        "moved", 330, place="Maastricht", batch_entry=True, entered=Interval.parse("2024-08")
    )
    assert len(judged("C2", exhibit(), HERE, dated, WAY).findings) == 1


def test_places_without_a_way_between_them_cannot_be_told():
    answer = judged("C2", exhibit(), HERE, THERE)
    assert answer.verdict is Verdict.CANNOT_TELL
    assert answer.could_not == (
        ("Leiden and Maastricht", "No travel time and no coordinates, for 1 moves."),
    )


def test_places_with_coordinates_use_the_straight_line():
    london = Place(id="Leiden", latitude=51.5, longitude=0.0)
    paris = Place(id="Maastricht", latitude=48.86, longitude=2.35)
    assert distance_km(london, paris) == pytest.approx(337.6, abs=1.0)  # by hand, 3.04 degrees
    assert len(judged("C2", exhibit(), HERE, THERE, london, paris).findings) == 1
    near = Place(id="Maastricht", latitude=48.86, longitude=2.35, radius_km=320)
    assert judged("C2", exhibit(), HERE, THERE, london, near).verdict is Verdict.HOLDS


def test_an_event_known_to_a_day_puts_nobody_in_two_places():
    vague = event("moved", "2024-05-06", place="Maastricht")
    assert judged("C2", exhibit(), HERE, vague, WAY).findings == ()


def test_the_way_may_be_recorded_from_either_end_and_the_shortest_counts():
    back = TravelTime(id="T2", one="Leiden", other="Maastricht", minutes=20)
    assert judged("C2", exhibit(), HERE, THERE, WAY, back).verdict is Verdict.HOLDS
