"""C3: seals that clash, openings that nobody made, numbers used twice, and slips of the hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.prove.custody_records import event, exhibit, judged, named, reasons

from reopen.prove.misreading import one_slip, tidied
from reopen.records.base import Ref
from reopen.records.custody import LegacyPeriod
from reopen.records.findings import Severity, Verdict
from reopen.records.times import Interval

ITEM = Ref("exhibit", "E1")
CLOSED = event("sealed", 0, seal_after="K 1001", by="Ito")
OPENED = event("opened", 100, seal_before="K1001", by="Chu")
RESEALED = event("sealed", 200, seal_after="K1044", by="Chu")


def distance(one: str, other: str) -> int:
    """Optimal string alignment distance, cell by cell (Damerau 1964): the slow twin."""
    rows = [[max(i, j) for j in range(len(other) + 1)] for i in range(len(one) + 1)]
    for i in range(1, len(one) + 1):
        for j in range(1, len(other) + 1):
            same = one[i - 1] == other[j - 1]
            rows[i][j] = min(
                rows[i - 1][j] + 1, rows[i][j - 1] + 1, rows[i - 1][j - 1] + (not same)
            )
            if i > 1 and j > 1 and one[i - 1] == other[j - 2] and one[i - 2] == other[j - 1]:
                rows[i][j] = min(rows[i][j], rows[i - 2][j - 2] + 1)
    return rows[-1][-1]


numbers = st.text("12A", max_size=5)


@given(numbers, numbers)
def test_one_slip_agrees_with_the_distance_of_damerau(one: str, other: str):
    assert one_slip(one, other) == (distance(one, other) == 1)


def test_blanks_hyphens_and_capitals_are_no_difference():
    assert tidied("k-10 01") == tidied("K1001")


def test_opened_under_the_seal_it_was_closed_with_holds():
    later = event("opened", 300, seal_before="K1044", by="Dahl")
    answer = judged("C3", exhibit(), CLOSED, OPENED, RESEALED, later)
    assert answer.verdict is Verdict.HOLDS
    assert answer.looked_at == 4


def test_a_seal_seen_and_passed_on_is_not_a_new_closing():
    passed = [event("moved", t, seal_before="K1001", seal_after="K1001") for t in (20, 40)]
    again = event("booked", 60, seal_after="K1001", giver="A", receiver="B")
    assert judged("C3", exhibit(), CLOSED, *passed, again, OPENED).verdict is Verdict.HOLDS


def test_another_seal_than_the_one_it_was_closed_with():
    other = event("opened", 100, seal_before="P7730", by="Chu", photo="F12")
    answer = judged("C3", exhibit(), CLOSED, other)
    assert named(answer) == [(ITEM, CLOSED.ref, other.ref)]
    (finding,) = answer.findings
    assert finding.severity is Severity.A
    assert "finds seal P7730, while it was closed with K1001" in finding.sentence
    assert "Photograph: F12." in finding.sentence


@pytest.mark.parametrize("read", ["K1007", "K101", "K10001", "K0101"])
def test_one_slip_of_the_hand_is_a_possible_misreading(read: str):
    answer = judged("C3", exhibit(), CLOSED, event("opened", 100, seal_before=read, by="Chu"))
    (finding,) = answer.findings
    assert finding.severity is Severity.B
    assert "possibly a misreading" in finding.sentence


def test_after_a_misreading_either_number_may_be_the_right_one():
    """Found as K1007 once, then opened as K1001: one slip, asked about once."""
    misread = event("moved", 50, seal_before="K1007")
    answer = judged("C3", exhibit(), CLOSED, misread, OPENED)
    assert named(answer) == [(ITEM, CLOSED.ref, misread.ref)]
    assert answer.findings[0].severity is Severity.B
    mistyped = [event("moved", t, seal_before="K1007") for t in (50, 60)]
    assert len(judged("C3", exhibit(), CLOSED, *mistyped).findings) == 1


def test_a_possible_misreading_is_likelier_than_another_order_with_a_graver_clash():
    """Moved as K10011 a minute before the opening: not opened first, and taken from while shut."""
    moved = event("moved", 99, seal_before="K10011")
    sampled = event("sampled", 120, by="Chu")
    answer = judged("C3", exhibit(), CLOSED, moved, OPENED, sampled)
    assert [finding.severity for finding in answer.findings] == [Severity.B]


def test_opened_by_nobody():
    unnamed = event("opened", 100, seal_before="K1001")
    answer = judged("C3", exhibit(), CLOSED, unnamed)
    assert named(answer) == [(ITEM, CLOSED.ref, unnamed.ref)]
    assert "names nobody who opened it" in answer.findings[0].sentence


def test_sampled_while_closed():
    sampled = event("sampled", 100, by="Chu")
    answer = judged("C3", exhibit(), CLOSED, sampled)
    assert named(answer) == [(ITEM, CLOSED.ref, sampled.ref)]
    opening = event("sampled", 100, by="Chu", seal_before="K1001", seal_after="K1044")
    assert judged("C3", exhibit(), CLOSED, opening).verdict is Verdict.HOLDS


def test_a_seal_found_on_an_item_last_recorded_open():
    found = event("opened", 300, seal_before="K1044", by="Dahl")
    answer = judged("C3", exhibit(), CLOSED, OPENED, found)
    assert named(answer) == [(ITEM, OPENED.ref, found.ref)]


def test_one_number_on_two_things():
    second = event("sealed", 5000, "E2", seal_after="K1001")
    answer = judged("C3", exhibit(), exhibit("E2"), CLOSED, second)
    assert named(answer) == [(ITEM, CLOSED.ref, second.ref)]
    assert answer.findings[0].severity is Severity.A


def test_one_number_on_one_thing_twice():
    again = event("sealed", 200, seal_after="K1001")
    assert named(judged("C3", exhibit(), CLOSED, OPENED, again)) == [(ITEM, CLOSED.ref, again.ref)]


def test_a_number_used_twice_may_be_mistyped_where_the_next_reading_differs_by_one_sign():
    second = event("sealed", 5000, "E2", seal_after="K1001")
    read = event("opened", 6000, "E2", seal_before="K1002", by="Chu")
    answer = judged("C3", exhibit(), exhibit("E2"), CLOSED, second, read)
    assert [finding.severity for finding in answer.findings] == [Severity.B, Severity.B]


def test_things_of_one_case_closed_together_share_a_bag():
    together = event("sealed", 0, "E2", seal_after="K1001", by="Ito")
    answer = judged("C3", exhibit(), exhibit("E2"), CLOSED, together)
    assert answer.verdict is Verdict.HOLDS
    strangers = judged("C3", exhibit(), exhibit("E2", "C2"), CLOSED, together)
    assert strangers.verdict is Verdict.FAILS


def test_a_seal_no_record_put_on_cannot_be_told():
    answer = judged("C3", exhibit(), OPENED)
    assert answer.verdict is Verdict.CANNOT_TELL
    assert "No record says that seal K1001 was put on." in reasons(answer)


def test_an_opening_without_its_number_cannot_be_told():
    answer = judged("C3", exhibit(), CLOSED, event("opened", 100, by="Chu"))
    assert answer.findings == ()
    assert "number of the seal that was opened is not recorded" in reasons(answer)


def test_events_without_seals_cannot_tell():
    answer = judged("C3", exhibit(), event("moved", 0, giver="A", receiver="B"))
    assert answer.verdict is Verdict.CANNOT_TELL


def test_a_stated_gap_gives_cannot_tell():
    other = event("opened", Interval.parse("2025-02-03"), seal_before="P7730", by="Chu")
    gap = LegacyPeriod(id="G1", item="E1", during=Interval.parse("2024-06/2024-12"), why="flood")
    answer = judged("C3", exhibit(), CLOSED, other, gap)
    assert answer.findings == ()
    assert "stated gap (2024-06-01/2024-12-31): flood" in reasons(answer)


def test_two_events_of_one_minute_may_be_in_either_order():
    opened = event("opened", 10, seal_before="K1001", by="Chu")
    fetched = event("moved", 10.3, giver="S1", receiver="Chu", seal_before="K1001")
    sampled = event("sampled", 20, by="Chu")
    assert judged("C3", exhibit(), CLOSED, opened, fetched, sampled).verdict is Verdict.HOLDS
    later = event("moved", 14, giver="S1", receiver="Chu", seal_before="K1001")
    assert len(judged("C3", exhibit(), CLOSED, opened, later, sampled).findings) == 2
