"""R9: never asked for, never answered, declined; limitation, kits, and the victim's wish."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.prove.laboratory_records import asked, day, gravest, named

import reopen.prove.results_waiting  # noqa: F401
from reopen.records.cases import Exhibit, Sample
from reopen.records.custody import Retention
from reopen.records.findings import Verdict
from reopen.records.results import LabResult, Request, ResultKind
from reopen.records.times import Interval

SWAB = Exhibit(id="E1", case="K1", description="swab of the door", collected=day(0))
OTHER = Exhibit(id="E9", case="K9", description="knife", collected=day(0))
ASKED = Request(
    id="q1", case="K1", item="E1", asked=day(5), sent=day(9), answered=day(60), limit_days=90
)
ELSEWHERE = replace(ASKED, id="q9", case="K9", item="E9")
NEAR = Retention(
    id="t1", case="K1", until=None, law="Penal Code 9", limitation=Interval.parse("2022-08-01")
)
FAR = replace(NEAR, limitation=Interval.parse("2035"))


def test_asked_for_and_answered_holds_and_shows_the_wait():
    answer = asked("R9", SWAB, ASKED)
    assert (answer.verdict, answer.looked_at) == (Verdict.HOLDS, 2)
    told = "Of 1 requests, 0 of them open: half within 55 days; 0% wait for more than a year"
    assert answer.notes[0].startswith(told)


@pytest.mark.parametrize(("retention", "severity"), [(FAR, "B"), (NEAR, "A")])
def test_a_case_of_which_nothing_was_asked(retention: Retention, severity: str):
    answer = asked("R9", SWAB, replace(SWAB, id="E2"), ELSEWHERE, OTHER, retention)
    assert gravest(answer) == [severity]
    assert named(answer)[0][:3] == ("K1", "E1", "E2")
    assert ("limitation is 2022-08-01" in answer.findings[0].sentence) == (severity == "A")


def test_a_passed_limitation_is_told_and_is_no_longer_urgent():
    past = replace(NEAR, limitation=Interval.parse("2001-12"))
    answer = asked("R9", SWAB, ELSEWHERE, past)
    assert gravest(answer) == ["B"]
    assert "its limitation passed on 2001-12" in answer.findings[0].sentence


def test_things_without_dna_and_things_just_collected_are_not_asked_for():
    fresh = replace(SWAB, collected=day(350))
    answer = asked("R9", fresh, OTHER, replace(OTHER, id="E8", case="K8"), ELSEWHERE)
    assert answer.findings == ()


def test_one_that_stayed_behind_is_told_if_it_is_a_kit():
    left = replace(SWAB, id="E2")
    assert asked("R9", SWAB, ASKED, left).findings == ()  # C11 asks
    kit = replace(left, description="sexual assault evidence kit")
    assert named(asked("R9", SWAB, ASKED, kit)) == [("K1", "E2")]


def test_what_was_made_of_an_exhibit_stands_for_it():
    made = [Sample(id="S1", exhibit="E1"), Sample(id="X1", parent="S1")]
    request = replace(ASKED, item="X1")
    assert asked("R9", SWAB, made, request).findings == ()
    result = LabResult(
        id="r", result="R", case="K1", sample="X1", kind=ResultKind.NO_PROFILE, at=day(50)
    )
    assert asked("R9", SWAB, made, result, ELSEWHERE).findings == ()


@pytest.mark.parametrize(
    ("limit", "retention", "severities"),
    [(90, FAR, ["B"]), (90, NEAR, ["A"]), (400, FAR, []), (400, NEAR, ["A"]), (None, NEAR, ["A"])],
)
def test_an_open_request(limit: int | None, retention: Retention, severities: list[str]):
    waiting = replace(ASKED, answered=None, limit_days=limit)  # 6 March to 1 March
    assert gravest(asked("R9", SWAB, waiting, retention)) == severities


def test_an_open_request_says_how_long_and_whether_the_item_left():
    waiting = replace(ASKED, answered=None, sent=None)
    sentence = asked("R9", SWAB, waiting).findings[0].sentence
    assert "no answer for 359 days (limit 90); the item has not been sent" in sentence


def test_without_a_limit_it_cannot_tell_but_counts():
    waiting = replace(ASKED, answered=None, limit_days=None)
    answer = asked("R9", SWAB, waiting)
    assert answer.could_not[0] == (
        "request q1",
        "open for 359 days; no legal limit is recorded",
    )
    assert "1 of them open: fewer than half have an answer" in answer.notes[0]


DECLINED = Request(
    id="q1",
    case="K1",
    item="E1",
    asked=day(1),
    by="P1",
    declined=day(3),
    decline_reason="duplicate of E2",
    decline_second="P2",
)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, ""),
        ({"victims_wish": True, "decline_reason": "", "decline_second": None}, ""),
        ({"decline_reason": ""}, "gives no reason"),
        ({"decline_reason": "no budget"}, "gives 'no budget' as its reason"),
        ({"decline_second": None}, "has no second signature"),
        ({"decline_second": "P1"}, "is signed twice by one person"),
    ],
)
def test_a_refusal_and_what_it_lacks(changes: dict[str, object], words: str):
    answer = asked("R9", SWAB, replace(DECLINED, **changes))  # type: ignore[arg-type]
    assert len(answer.findings) == (1 if words else 0)
    assert all(words in each.sentence for each in answer.findings)


def test_a_kit_is_no_duplicate():
    kit = replace(SWAB, description="sexual assault evidence kit")
    answer = asked("R9", kit, DECLINED)
    assert "as its reason" in answer.findings[0].sentence
    allowed = replace(DECLINED, decline_reason="No crime was committed")
    assert asked("R9", kit, allowed).findings == ()


def test_without_requests_it_cannot_tell():
    assert asked("R9", SWAB).verdict is Verdict.CANNOT_TELL
