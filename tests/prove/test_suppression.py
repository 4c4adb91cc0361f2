"""C11, R11, R12, P9: holds, fails with its records, cannot tell, false-alarm control."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.prove.link_records import asked, time

from reopen.records.base import Record
from reopen.records.cases import Exhibit, Interview, Involvement, Role, Sample
from reopen.records.custody import CustodyEvent, EventKind
from reopen.records.findings import Severity, Verdict
from reopen.records.laboratory import Stop
from reopen.records.results import LabResult, Request, ResultKind

SENT = Exhibit(id="E1", case="K1", collected=time("2024-02-01"))
KEPT = Exhibit(id="E2", case="K1", collected=time("2024-02-01"))
ASKED = Request(id="Q1", case="K1", item="E1", asked=time("2024-03-01"), sent=time("2024-03-02"))


# C11


def test_c11_fails_for_the_exhibit_that_stayed_on_the_shelf() -> None:
    (finding,) = asked("C11", SENT, KEPT, ASKED).findings
    assert [ref.id for ref in finding.records] == ["E2"]
    assert finding.severity is Severity.B
    assert finding.helps_defence


def test_c11_a_swab_or_its_extract_counts_as_sent() -> None:
    swab = Sample(id="S2", exhibit="E2")
    extract = Sample(id="X2", parent="S2")
    result = LabResult(
        id="r",
        result="r",
        case="K1",
        sample="X2",
        kind=ResultKind.NO_PROFILE,
        at=time("2024-06-01"),
    )
    assert asked("C11", SENT, KEPT, ASKED, swab, extract, result).verdict is Verdict.HOLDS


def test_c11_a_request_that_was_declined_is_an_answer() -> None:
    declined = Request(
        id="Q2", case="K1", item="E2", declined=time("2024-03-05"), decline_reason="degraded"
    )
    assert asked("C11", SENT, KEPT, ASKED, declined).verdict is Verdict.HOLDS


def test_c11_given_back_before_it_was_due() -> None:
    back = CustodyEvent(id="c", item="E2", event=EventKind.RETURNED, at=time("2024-04-01"))
    assert asked("C11", SENT, KEPT, ASKED, back).verdict is Verdict.HOLDS
    late = replace(back, at=time("2025-04-01"))
    assert asked("C11", SENT, KEPT, ASKED, late).verdict is Verdict.FAILS


def test_c11_not_yet_due_and_a_case_that_sent_nothing() -> None:
    new = replace(KEPT, collected=time("2025-12-20"))
    assert asked("C11", SENT, new, ASKED).verdict is Verdict.HOLDS
    other = Exhibit(id="E9", case="K9")
    assert asked("C11", SENT, other, ASKED).verdict is Verdict.HOLDS


def test_c11_cannot_tell_without_requests() -> None:
    assert asked("C11", SENT, KEPT).missing == ("request",)


# R11


def result(sample: str) -> LabResult:
    return LabResult(
        id=f"{sample} r",
        result="r",
        case="K1",
        sample=sample,
        kind=ResultKind.PROFILE,
        at=time("2024-06-01"),
    )


def test_r11_answered_and_no_result_held() -> None:
    answered = replace(ASKED, answered=time("2024-05-01"))
    (finding,) = asked("R11", answered).findings
    assert finding.severity is Severity.A
    assert finding.records == (answered.ref,)


def test_r11_sent_long_ago() -> None:
    (finding,) = asked("R11", ASKED).findings
    assert finding.severity is Severity.B
    recent = replace(ASKED, sent=time("2025-11-01"))
    assert asked("R11", recent).verdict is Verdict.CANNOT_TELL
    patient = replace(ASKED, limit_days=3650)
    assert asked("R11", patient).findings == ()


@pytest.mark.parametrize(
    "records",
    [
        (result("E1"),),
        (Sample(id="S1", exhibit="E1"), result("S1")),
        (Sample(id="S1", exhibit="E1"), Sample(id="X1", parent="S1"), result("X1")),
    ],
)
def test_r11_holds_with_a_result_of_the_item_its_swab_or_extract(
    records: tuple[Record, ...],
) -> None:
    assert asked("R11", SENT, ASKED, *records).verdict is Verdict.HOLDS


def test_r11_a_stop_by_a_declared_threshold_is_an_answer() -> None:
    swab = Sample(id="S1", exhibit="E1")
    stopped = Stop(id="T1", sample="S1", rule="testing ends below 0.0088 ng/uL")
    assert asked("R11", SENT, ASKED, swab, stopped).verdict is Verdict.HOLDS


def test_r11_a_declined_request_is_left_to_r9() -> None:
    declined = replace(ASKED, declined=time("2024-04-01"))
    assert asked("R11", declined).findings == ()


def test_r11_asked_for_long_ago_and_never_sent() -> None:
    unsent = replace(ASKED, sent=None)
    (finding,) = asked("R11", unsent).findings
    assert "never sent" in finding.sentence


def test_r11_cannot_tell_when_it_was_sent() -> None:
    vague = replace(ASKED, sent=time("2024/.."))
    assert asked("R11", vague).could_not == (
        (str(vague.ref), "not recorded when it was asked for, sent or answered"),
    )


# R12


def exhibits(*numbers: str) -> list[Exhibit]:
    return [Exhibit(id=f"K1-E{number}", case="K1") for number in numbers]


def test_r12_names_the_missing_numbers_and_their_neighbours() -> None:
    (finding,) = asked("R12", *exhibits("1", "2", "3", "5", "6", "8")).findings
    assert "K1-E4, K1-E7" in finding.sentence
    assert [ref.id for ref in finding.records] == ["K1-E3", "K1-E8"]


def test_r12_numbers_written_with_zeros() -> None:
    (finding,) = asked("R12", *exhibits("01", "02", "04", "05")).findings
    assert "K1-E03" in finding.sentence


def test_r12_the_first_number_counts_where_the_second_is_there() -> None:
    (finding,) = asked("R12", *exhibits("2", "3", "4", "5")).findings
    assert "K1-E1," in finding.sentence


def test_r12_holds_without_holes() -> None:
    assert asked("R12", *exhibits("7", "8", "9", "10")).verdict is Verdict.HOLDS


def result(number: int, case: str) -> LabResult:
    name = f"RES-{number:05d}"
    return LabResult(id=f"{name}/1", result=name, case=case, sample="S", kind=ResultKind.PROFILE,
                     at=time("2024-03-01"))  # fmt: skip


def test_r12_a_number_that_another_case_has_is_no_hole() -> None:
    """One row for the whole unit: 1, 4 and 6 are of another case."""
    cases = {1: "K2", 2: "K1", 3: "K1", 4: "K2", 5: "K1", 6: "K2", 7: "K1"}
    found = asked("R12", SENT, *(result(n, case) for n, case in cases.items()))
    assert found.verdict is Verdict.HOLDS


def test_r12_a_hole_in_the_row_of_the_unit() -> None:
    cases = {2: "K1", 3: "K1", 4: "K2", 6: "K2", 7: "K1", 8: "K2", 12: "K1", 13: "K2"}
    cases |= dict.fromkeys(range(14, 30), "K1")
    found = asked("R12", SENT, *(result(n, case) for n, case in cases.items())).findings
    assert [each.sentence.partition(" lack ")[2].partition(", between")[0] for each in found] == [
        "RES-00001", "RES-00005", "RES-00009, RES-00010, RES-00011",
    ]  # fmt: skip
    assert {ref.id for ref in found[1].records} | {ref.id for ref in found[2].records} == {
        "RES-00004/1", "RES-00006/1", "RES-00008/1", "RES-00012/1"
    }  # fmt: skip


def test_r12_numbers_that_begin_again_in_each_case_are_a_row_of_their_own() -> None:
    rows = [
        result(n, case) for case in ("K1", "K2") for n in (1, 2, 3, 4) if (case, n) != ("K2", 3)
    ]
    again = [replace(each, id=f"{each.case}/{each.id}") for each in rows]
    assert asked("R12", SENT, *again).verdict is Verdict.HOLDS  # K2 has three: too few
    more = [SENT, *again, replace(result(5, "K2"), id="K2/RES-00005/1")]
    (finding,) = asked("R12", *more).findings
    assert (finding.case, "RES-00003" in finding.sentence) == ("K2", True)


def test_r12_cannot_tell_of_few_or_scattered_numbers() -> None:
    assert asked("R12", *exhibits("1", "3", "4")).verdict is Verdict.CANNOT_TELL
    found = asked("R12", *exhibits("1003", "1340", "2122", "2871"))
    assert found.verdict is Verdict.CANNOT_TELL
    assert found.could_not == (("1 forms of numbers", "too few of one form, or no series"),)


# P9

WITNESS = Involvement(
    id="I1", person="wilma", case="K1", role=Role.WITNESS, during=time("2024-03-01")
)
OTHER = Interview(id="V9", case="K2", person="walter", held=time("2024-05-01"))


def test_p9_a_witness_who_was_never_heard() -> None:
    (finding,) = asked("P9", WITNESS, OTHER).findings
    assert finding.records == (WITNESS.ref,)
    assert "wilma" not in finding.sentence


def test_p9_an_interview_that_was_planned_and_not_held_is_none() -> None:
    planned = Interview(id="V1", case="K1", person="wilma", named=time("2024-03-02"))
    (finding,) = asked("P9", WITNESS, planned, OTHER).findings
    assert finding.records == (WITNESS.ref, planned.ref)


def test_p9_holds_when_heard_in_this_case_only() -> None:
    heard = Interview(id="V1", case="K1", person="wilma", held=time("2024-03-09"))
    assert asked("P9", WITNESS, heard, OTHER).verdict is Verdict.HOLDS
    elsewhere = replace(heard, case="K2")
    assert asked("P9", WITNESS, elsewhere, OTHER).verdict is Verdict.FAILS


def test_p9_a_name_of_last_week_can_wait() -> None:
    new = replace(WITNESS, during=time("2025-12-25"))
    assert asked("P9", new, OTHER).verdict is Verdict.HOLDS


def test_p9_cannot_tell_where_interviews_are_not_kept() -> None:
    assert asked("P9", WITNESS).missing == ("interview",)
