"""L4: clean controls. L12: blanks that grow dirtier slowly, against a twin and by simulation."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.prove.laboratory_records import asked, day, gravest, named
from tests.twins.trend import averages

import reopen.prove.run_clean
from reopen.prove.trend import rises
from reopen.records.findings import Verdict
from reopen.records.laboratory import Injection, Status, WellKind

BLANK = Injection(
    id="b1", instrument="CE1", batch="B1", content=WellKind.NEGATIVE, over_threshold=0
)
POSITIVE = Injection(id="p1", instrument="CE1", content=WellKind.POSITIVE, profile_right=True)


def test_empty_blanks_and_right_positives_hold():
    answer = asked("L4", BLANK, POSITIVE)
    assert (answer.verdict, answer.looked_at) == (Verdict.HOLDS, 2)


@pytest.mark.parametrize(
    ("peaks", "explained", "severity"), [(1, 0, "A"), (3, 2, "A"), (1, 1, "C"), (2, 2, "B")]
)
def test_peaks_in_a_blank(peaks: int, explained: int, severity: str):
    answer = asked("L4", replace(BLANK, over_threshold=peaks, explained=explained))
    assert named(answer) == [("b1",)]
    assert gravest(answer) == [severity]


def test_a_wrong_positive_control_is_named():
    assert named(asked("L4", replace(POSITIVE, profile_right=False))) == [("p1",)]


def test_what_is_not_recorded_or_failed_leaves_it_open():
    unknown = [
        replace(BLANK, over_threshold=None),
        replace(POSITIVE, profile_right=None),
        replace(BLANK, id="b2", status=Status.FAILED, over_threshold=4),
    ]
    answer = asked("L4", unknown)
    assert answer.verdict is Verdict.CANNOT_TELL
    assert len(answer.could_not) == 3


def test_peaks_of_samples_are_not_its_business():
    sample = replace(BLANK, content=WellKind.SAMPLE, over_threshold=40)
    assert asked("L4", sample, BLANK).verdict is Verdict.HOLDS


def blanks(heights: np.ndarray) -> list[Injection]:
    return [
        replace(BLANK, id=f"b{place:03}", at=day(place), highest_rfu=float(height))
        for place, height in enumerate(heights)
    ]


def test_a_slow_rise_is_found_with_the_blanks_that_made_it():
    rng = np.random.default_rng(4)
    heights = np.round(rng.gumbel(15, 4, 100))
    heights[70:] += 12
    answer = asked("L12", blanks(heights))
    assert gravest(answer) == ["B"]
    ids = named(answer)[0]
    assert ids[0] > "b070"  # the crossing
    assert set(ids) <= {f"b{place:03}" for place in range(60, 100)}
    assert answer.findings[0].figures[0].startswith("moving average")


def test_one_high_blank_is_no_rise():
    heights = np.round(np.random.default_rng(4).gumbel(15, 4, 100))
    heights[80] = 49
    assert asked("L12", blanks(heights)).verdict is Verdict.HOLDS


def test_a_series_no_longer_than_its_reference_is_not_judged():
    answer = asked("L12", blanks(np.linspace(10, 49, 50)))
    assert answer.verdict is Verdict.CANNOT_TELL
    assert "51 are needed" in answer.could_not[0][1]


def test_the_false_rises_to_expect_are_said():
    # 450 blanks behind the reference in 499 days
    answer = asked("L12", blanks(np.random.default_rng(4).gumbel(15, 4, 500)))
    assert answer.expected_false == pytest.approx(450 * 7e-5 / (499 / 365.25))


def test_the_average_agrees_with_its_twin():
    rng = np.random.default_rng(7)
    for _ in range(50):
        values = list(np.round(rng.gumbel(15, 4, 90) + rng.choice([0, 5])))
        limit = 0.4
        widths = limit / (0.2 / 1.8) ** 0.5
        slow = averages(values, 40, 0.2)
        first = next((place for place, each in enumerate(slow) if each > limit), None)
        fast = rises(values, reference=40, widths=widths)
        assert (fast[0].last - 40 if fast else None) == first
        if fast:
            assert fast[0].average == pytest.approx(slow[first or 0])


def test_false_rises_are_as_rare_as_stated():
    rng = np.random.default_rng(11)
    years = [rises(list(rng.gumbel(15, 4, 550))) for _ in range(400)]
    count, judged = sum(map(len, years)), 400 * 500
    # Poisson: the stated rate gives 14; more than 26 has probability 0.001
    assert count <= 26
    assert count >= 3  # and the limit is not so wide that nothing could cross it
    assert reopen.prove.run_clean.FALSE_RISES * judged == pytest.approx(14)
