"""C4 and C5: what was named and never booked, and what was booked late."""

from __future__ import annotations

from math import comb

import pytest
from tests.prove.custody_records import NOW, event, exhibit, judged, moment, named, reasons

from reopen.prove.custody_arrival import wilson
from reopen.records.base import Ref
from reopen.records.cases import Case, Exhibit, Mention
from reopen.records.custody import CustodyEvent, LegacyPeriod
from reopen.records.findings import Severity, Verdict
from reopen.records.times import Interval

BOOKED = event("booked", 120, giver="Ito", store="S1")


def mention(id: str = "M1", exhibit: str | None = "E1", **fields: object) -> Mention:
    text = str(fields.pop("text", "red scarf"))
    return Mention(id=id, case="C1", document="scene log", text=text, exhibit=exhibit, at=moment(0))


def test_what_was_named_and_booked_holds():
    answer = judged("C4", exhibit(), mention(), BOOKED)
    assert answer.verdict is Verdict.HOLDS
    assert answer.looked_at == 1


def test_an_item_in_a_store_has_arrived_and_so_has_what_came_with_it():
    stored = event("seen", 500, store="S1")
    part = exhibit("E2", parent="E1")
    assert judged("C4", exhibit(), mention(), stored).verdict is Verdict.HOLDS
    assert judged("C4", exhibit(), part, mention(exhibit="E2"), BOOKED).verdict is Verdict.HOLDS


def test_what_was_named_and_never_booked_is_a_finding():
    answer = judged("C4", exhibit(), mention(), event("collected", 0, receiver="Ito"))
    assert named(answer) == [(Ref("mention", "M1"), Ref("exhibit", "E1"))]
    (finding,) = answer.findings
    assert finding.severity is Severity.A
    assert finding.helps_defence
    assert '"red scarf", named in scene log, is exhibit E1' in finding.sentence


def test_what_resembles_no_exhibit_is_a_finding():
    answer = judged("C4", exhibit(description="blue glove"), mention(exhibit=None), BOOKED)
    assert named(answer) == [(Ref("mention", "M1"),)]
    assert "none of its case resembles it" in answer.findings[0].sentence


def test_what_resembles_an_exhibit_needs_a_persons_eye():
    scarf = exhibit(description="scarf, wool, red")
    answer = judged("C4", scarf, mention(exhibit=None), BOOKED)
    assert answer.verdict is Verdict.CANNOT_TELL
    assert "A person has to say whether it is E1." in reasons(answer)


def test_an_exhibit_of_another_case_is_no_match():
    elsewhere = exhibit("E7", "C2", description="red scarf")
    assert len(judged("C4", elsewhere, mention(exhibit=None), BOOKED).findings) == 1


def test_a_booking_not_due_yet_cannot_be_told():
    late = Mention(
        id="M1", case="C1", document="log", text="scarf", exhibit="E1", at=Interval.at(NOW)
    )
    answer = judged("C4", exhibit(), late, event("collected", 0, receiver="Ito"))
    assert "not due yet" in reasons(answer)
    assert answer.findings == ()


def test_an_item_in_a_stated_gap_cannot_be_told():
    gap = LegacyPeriod(id="G1", item="E1", during=Interval.parse("1990/1999"), why="paper lost")
    answer = judged("C4", exhibit(), mention(), event("collected", 0, receiver="Ito"), gap)
    assert answer.findings == ()
    assert "paper lost" in reasons(answer)


def bookings(
    n: int, late: int, case: str = "C1", hours: float = 20.0, first: int = 0
) -> list[Exhibit | CustodyEvent]:
    """n items collected at the start, of which `late` were booked so many hours later."""
    records: list[Exhibit | CustodyEvent] = []
    for i in range(first, first + n):
        item = f"{case}-{i}"
        after = hours * 60 if i - first < late else 300
        records.append(exhibit(item, case, collected=moment(0)))
        records.append(event("booked", after, item, giver="Ito", store="S1"))
    return records


def test_bookings_within_a_shift_hold():
    answer = judged("C5", bookings(40, 0))
    assert answer.verdict is Verdict.HOLDS
    assert answer.notes == ()


def test_one_late_item_is_a_note_and_no_finding():
    answer = judged("C5", bookings(40, 1))
    assert answer.verdict is Verdict.HOLDS
    assert answer.notes == (
        f"exhibit C1-0 was booked 8 h later than the limit, by event {_booking(answer.notes)}.",
    )


def _booking(notes: tuple[str, ...]) -> str:
    return notes[0].rsplit(" ", 1)[1].rstrip(".")


def test_a_pattern_of_late_items_is_a_finding_with_its_figures():
    fewer = sum(comb(40, k) * 0.05**k * 0.95 ** (40 - k) for k in range(8))
    answer = judged("C5", bookings(40, 8))
    (finding,) = answer.findings
    assert len(finding.records) == 8
    assert finding.severity is Severity.B
    assert finding.p_value == pytest.approx(1 - fewer, rel=1e-9)
    assert "8 of 40 items of an agency not named were booked late in 2024" in finding.sentence
    assert any("Wilson 99.8% limits" in figure for figure in finding.figures)


def test_the_same_pattern_keeps_its_id_when_one_more_is_late():
    one, other = judged("C5", bookings(40, 8)), judged("C5", bookings(40, 9))
    assert one.findings[0].id == other.findings[0].id


def test_what_all_agencies_do_is_no_pattern_of_one():
    cases = (Case(id="A", agency="North"), Case(id="B", agency="South"))
    both = judged("C5", cases, bookings(40, 8, "A"), bookings(400, 80, "B"))
    north = [finding for finding in both.findings if "North" in finding.sentence]
    assert north == []


def test_wilson_limits_agree_with_the_published_ones():
    # Newcombe 1998, table I: 81 of 263 at 95% is 0.2553 to 0.3662; 0 of 20 is 0 to 0.1611.
    assert wilson(81, 263, 1.959964) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert wilson(0, 20, 1.959964) == pytest.approx((0.0, 0.1611), abs=5e-5)


def test_weeks_outside_any_store_are_shown_for_one_item():
    kept = [
        exhibit(collected=moment(0)), event("collected", 0, receiver="Ito"),
        event("booked", moment(days=20), giver="Ito", store="S1"),
    ]  # fmt: skip
    answer = judged("C5", kept)
    (finding,) = answer.findings
    assert finding.records[0] == Ref("exhibit", "E1")
    assert "booked 20 days later than the limit" in finding.sentence
    elsewhere = event("moved", 60, giver="Ito", receiver="K", store="S2")
    assert judged("C5", kept, elsewhere).findings == ()


def test_days_that_may_have_been_one_are_not_late():
    vague = exhibit(collected=Interval.parse("2024-05-05/2024-05-06"))
    assert judged("C5", vague, event("booked", moment(days=0.4))).notes == ()


def test_what_has_no_times_or_lies_in_a_stated_gap_cannot_be_told():
    gap = LegacyPeriod(id="G1", item="E2", during=Interval.parse("2024"), why="paper")
    answer = judged(
        "C5",
        exhibit(),
        exhibit("E2", collected=moment(0)),
        exhibit("E3"),
        event("booked", 60),
        event("booked", moment(days=90), "E2"),
        event("moved", 60, "E3", receiver="X"),
        gap,
    )
    assert answer.verdict is Verdict.CANNOT_TELL
    assert "exhibit E1: Its collection or booking has no time." in reasons(answer)
    assert "exhibit E2: Its booking lies in a stated gap." in reasons(answer)
    assert "exhibit E3: No booking is recorded (see C4)." in reasons(answer)
