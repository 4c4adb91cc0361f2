"""C6: amounts that do not add up, small steady losses, and what a balance or the air explains."""

from __future__ import annotations

import random

from tests.prove.custody_records import event, exhibit, judged, moment, named, reasons

from reopen.records.base import Ref
from reopen.records.custody import CustodyEvent, LegacyPeriod
from reopen.records.findings import Severity, Verdict
from reopen.records.times import Interval

ITEM = Ref("exhibit", "E1")


def weighed(at: float, amount: float, **fields: object) -> CustodyEvent:
    given = {"amount_after": amount, "amount_error": 0.5, "unit": "mg", **fields}
    return event("measured", at, **given)


def used(at: float, before: float, taken: float | None, after: float, **fields: object):
    given = {"amount_error": 0.5, "unit": "mg", **fields}
    return event(
        "consumed", at, amount_before=before, amount_used=taken, amount_after=after, **given
    )


RECEIVED = weighed(0, 500.0)


def test_consumed_and_left_are_what_was_received():
    answer = judged("C6", exhibit(), RECEIVED, used(100, 500.4, 120.0, 379.9), weighed(200, 380.3))
    assert answer.verdict is Verdict.HOLDS
    assert answer.looked_at == 3
    assert answer.expected_false is not None


def test_less_than_the_records_leave_is_a_finding():
    found = weighed(200, 450.0)
    answer = judged("C6", exhibit(), RECEIVED, found)
    assert named(answer) == [(ITEM, RECEIVED.ref, found.ref)]
    (finding,) = answer.findings
    assert finding.severity is Severity.A
    assert "should hold 500 mg" in finding.sentence
    assert "with 450 mg" in finding.sentence
    # 50 mg over an error of sqrt(0.5^2 + 0.5^2) = 0.7071 mg
    assert finding.figures == ("difference +70.7 standard errors",)


def test_more_than_was_left_is_a_finding_too():
    found = weighed(200, 520.0)
    answer = judged("C6", exhibit(), RECEIVED, found)
    assert "more than its error" in answer.findings[0].sentence


def test_an_events_own_sum_is_checked():
    wrong = used(100, 500.0, 20.0, 400.0)
    answer = judged("C6", exhibit(), RECEIVED, wrong)
    assert named(answer) == [(ITEM, wrong.ref)]


def test_the_balances_error_is_allowed_for():
    coarse = weighed(200, 495.0, amount_error=2.0)  # 5 mg over an error of 2.06
    assert judged("C6", exhibit(), RECEIVED, coarse).verdict is Verdict.HOLDS
    assert len(judged("C6", exhibit(), RECEIVED, coarse, errors=2).findings) == 1


def test_units_are_converted_and_strange_ones_cannot_be_told():
    grams = weighed(200, 0.5, unit="g", amount_error=0.0005)
    assert judged("C6", exhibit(), RECEIVED, grams).verdict is Verdict.HOLDS
    drops = weighed(200, 12.0, unit="drops")
    answer = judged("C6", exhibit(), RECEIVED, drops)
    assert answer.verdict is Verdict.CANNOT_TELL
    assert "'drops' is not that of the last" in reasons(answer)


def test_a_liquid_may_evaporate_and_a_powder_does_not():
    def after_50_days(unit: str, **fields: object) -> list[CustodyEvent]:
        given = {"unit": unit, "amount_error": 0.5, **fields}
        start = event("measured", 0, amount_after=100.0, **given)
        return [start, event("measured", moment(days=50), amount_before=91.0, **given)]

    assert judged("C6", exhibit(), after_50_days("ul")).verdict is Verdict.HOLDS  # 10% allowed
    assert judged("C6", exhibit(), after_50_days("mg")).verdict is Verdict.FAILS
    leaves = after_50_days("mg", material="leaves")
    setting = {"percent_per_day.leaves": 0.2}
    assert judged("C6", exhibit(), leaves, **setting).verdict is Verdict.HOLDS


def test_counted_swabs_need_no_error():
    start = event("booked", 0, amount_after=4, unit="swabs", giver="A", store="S")
    taken = event("sampled", 50, amount_before=4, amount_used=1, amount_after=3, unit="swabs")
    short = event("seen", 90, amount_before=2, unit="swabs")
    assert judged("C6", exhibit(), start, taken).verdict is Verdict.HOLDS
    answer = judged("C6", exhibit(), start, taken, short)
    assert named(answer) == [(ITEM, taken.ref, short.ref)]


def test_without_the_balances_error_or_the_amount_taken_it_cannot_tell():
    unknown = [weighed(t, m, amount_error=None) for t, m in ((0, 500.0), (200, 450.0))]
    answer = judged("C6", exhibit(), unknown)
    assert answer.verdict is Verdict.CANNOT_TELL
    assert "The balance's error is not recorded." in reasons(answer)
    taken = event("consumed", 100, amount_after=300.0, amount_error=0.5, unit="mg")
    answer = judged("C6", exhibit(), RECEIVED, taken)
    assert answer.findings == ()
    assert "How much was taken is not recorded." in reasons(answer)


def test_an_error_not_recorded_is_taken_as_the_items_largest():
    poured = event("consumed", 50, amount_used=20.0, unit="mg")
    assert judged("C6", exhibit(), RECEIVED, poured, weighed(99, 480.5)).verdict is Verdict.HOLDS
    assert len(judged("C6", exhibit(), RECEIVED, poured, weighed(99, 460.0)).findings) == 1


def test_an_amount_after_a_stated_gap_cannot_be_told():
    gap = LegacyPeriod(id="G1", item="E1", during=Interval.parse("2024-05-06"), why="paper")
    answer = judged("C6", exhibit(), RECEIVED, weighed(200, 450.0), gap)
    assert answer.findings == ()
    assert "stated gap" in reasons(answer)


def test_two_events_within_their_clocks_errors_may_be_in_either_order():
    """A tube begun with 500 at 100, by a clock 150 s off; its first use has the time before it."""
    filled = event("measured", 100.0, amount_after=500.0, amount_error=0.4, unit="ul",
                   clock_error_s=150.0)  # fmt: skip
    first = event("consumed", 99.8, amount_used=10.0, unit="ul", clock_error_s=2.0)
    later = weighed(1500, 489.9, unit="ul", amount_error=0.4)
    assert judged("C6", exhibit(), filled, first, later).verdict is Verdict.HOLDS
    early = event("consumed", 80.0, amount_used=10.0, unit="ul", clock_error_s=2.0)
    assert len(judged("C6", exhibit(), filled, early, later).findings) == 1


def standard(loss: float, n: int, seed: int) -> list[CustodyEvent]:
    """A standard of 2 g used 10 mg at a time, each weighing with an error of 0.5 mg."""
    draw = random.Random(seed)
    level, events = 2000.0, []
    for i in range(n):
        before = level + draw.gauss(0, 0.5)
        taken = 10.0 + draw.gauss(0, 0.5)
        level -= 10.0 + loss
        events.append(used(i * 1440, before, taken, level + draw.gauss(0, 0.5)))
    return events


def test_a_little_missing_each_time_adds_up():
    answer = judged("C6", exhibit(), standard(1.5, 60, seed=5))
    (finding,) = answer.findings
    assert "lost more than its records explain, a little at each of" in finding.sentence
    assert finding.records[0] == ITEM
    assert finding.expected_false is not None
    assert finding.expected_false < 0.001


def test_honest_weighings_raise_no_alarm():
    assert all(
        judged("C6", exhibit(), standard(0.0, 100, seed)).findings == () for seed in range(40)
    )
