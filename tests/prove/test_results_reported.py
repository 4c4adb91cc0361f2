"""R1 and R2: results in no report; exclusions kept out more often than inclusions."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.prove.laboratory_records import asked, day, gravest, named

import reopen.prove.results_reported  # noqa: F401
from reopen.records.findings import Verdict
from reopen.records.results import Disclosure, LabResult, Report, ResultKind


def result(number: int, kind: ResultKind = ResultKind.PROFILE, **rest: object) -> LabResult:
    base = LabResult(
        id=f"r{number}", result=f"R{number}", case="K1", sample="S1", kind=kind, at=day(number)
    )
    return replace(base, **rest)  # type: ignore[arg-type]


REPORT = Report(id="rep", case="K1", issued=day(20), results=("R1", "R2"))
BOTH = (result(1), result(2, ResultKind.EXCLUSION))


@pytest.mark.parametrize("names", [("R1", "R2"), ("r1", "r2")])
def test_results_in_a_report_by_number_or_id_hold(names: tuple[str, ...]):
    answer = asked("R1", BOTH, replace(REPORT, results=names))
    assert (answer.verdict, answer.looked_at) == (Verdict.HOLDS, 2)


def test_an_exclusion_in_no_report_is_named_and_helps_the_defence():
    answer = asked("R1", BOTH, replace(REPORT, results=("R1",), issued=day(60)))
    assert named(answer) == [("r2", "rep")]
    assert gravest(answer) == ["A"]
    assert answer.findings[0].helps_defence
    assert "Result R2 (exclusion, sample S1) is in no report" in answer.findings[0].sentence


def test_left_out_needs_a_reason():
    left = replace(REPORT, results=("R1",), left_out={"R2": "not asked for"})
    assert asked("R1", BOTH, left).verdict is Verdict.HOLDS
    bare = replace(left, left_out={"R2": " "})
    assert "left out of report rep without a reason" in asked("R1", BOTH, bare).findings[0].sentence


def test_only_the_last_of_several_is_reported():
    first, last = result(1, ResultKind.INCONCLUSIVE), result(2, repeat_of="R1")
    answer = asked("R1", first, last, replace(REPORT, results=("R2",)))
    assert named(answer) == [("r1", "r2")]
    assert "its repeat R2 is" in answer.findings[0].sentence


def test_a_version_made_after_its_report_needs_another():
    second = replace(BOTH[0], id="r1b", version=2, at=day(80))
    answer = asked("R1", BOTH, second, REPORT, numbers={"R1.wait_days": 100})
    assert named(answer) == [("r1b", "rep")]
    assert "version 2 was made after report rep" in answer.findings[0].sentence
    again = replace(REPORT, id="rep2", issued=day(90), results=("R1",))
    assert asked("R1", BOTH, second, REPORT, again).verdict is Verdict.HOLDS


def test_what_a_report_was_too_early_for_waits_for_the_next():
    # made ten days before the issue, and nothing in the report was made later
    late = result(10)
    answer = asked("R1", BOTH, late, REPORT, now=day(40).latest)  # type: ignore[arg-type]
    assert answer.verdict is Verdict.HOLDS
    assert answer.could_not[0][0] == "lab_result r10"


def test_a_result_passed_over_by_later_ones_is_due():
    late = result(10)
    passing = replace(REPORT, results=("R1", "R2", "R12"))
    answer = asked("R1", BOTH, late, result(12), passing, now=day(40).latest)  # type: ignore[arg-type]
    assert named(answer) == [("r10", "rep")]


def test_of_several_made_at_once_none_waits():
    answer = asked(
        "R1",
        result(10),
        result(11, at=day(10)),
        replace(REPORT, results=("R10",)),
        now=day(40).latest,
    )  # type: ignore[arg-type]
    assert named(answer) == [("r11", "rep")]


def test_no_report_for_a_year_is_told_and_half_a_year_is_not():
    other = Report(id="other", case="K2", issued=day(5))
    assert named(asked("R1", result(-100), other)) == [("r-100",)]
    recent = asked("R1", result(200), other)
    assert recent.verdict is Verdict.CANNOT_TELL
    assert recent.could_not[0][0] == "lab_result r200"


def test_what_the_parties_were_given_weighs_less():
    given = Disclosure(id="d", case="K1", at=day(90), to="defence", results=("R2",))
    answer = asked("R1", BOTH, replace(REPORT, results=("R1",), issued=day(60)), given)
    assert gravest(answer) == ["B"]
    assert "disclosure list to defence" in answer.findings[0].sentence


def unit(cases: int, exclusions_out: int, inclusions_out: int) -> list[LabResult | Report]:
    """Cases with two exclusions and two inclusions each; so many of each kind are in no report,
    at most one per case."""
    records: list[LabResult | Report] = []
    for case in range(cases):
        kinds = [ResultKind.EXCLUSION] * 2 + [ResultKind.INCLUSION] * 2
        results = [
            result(1, kind, id=f"{case}-{k}", result=f"{case}-{k}", case=f"K{case}", unit="DNA")
            for k, kind in enumerate(kinds)
        ]
        out = set()
        if case < exclusions_out:
            out.add(f"{case}-0")
        if cases - case <= inclusions_out:
            out.add(f"{case}-2")
        reported = tuple(each.id for each in results if each.id not in out)
        records += results
        records.append(Report(id=f"rep{case}", case=f"K{case}", issued=day(90), results=reported))
    return records


def test_exclusions_left_out_ten_times_by_hand():
    # ten cases with one of two exclusions out and no inclusion: each has probability 1/2
    answer = asked("R2", unit(30, 10, 0))
    assert answer.verdict is Verdict.FAILS
    assert answer.findings[0].p_value == pytest.approx(0.5**10)
    assert "10 of 60 excluding or inconclusive results are in no report, against 0 of 60" in (
        answer.findings[0].sentence
    )
    assert not any("P1" in each for each in answer.findings[0].figures)


def test_one_of_each_kind_out_is_as_chance_has_it():
    # 10 and 10 out, in different cases: at least 10 of 20 fair coins
    answer = asked("R2", unit(30, 10, 10))
    assert (answer.verdict, answer.looked_at) == (Verdict.HOLDS, 1)


def test_a_case_without_any_report_says_nothing():
    reportless = {f"rep{each}" for each in range(10)}
    records = [each for each in unit(30, 10, 0) if each.id not in reportless]
    answer = asked("R2", records)
    assert (answer.verdict, answer.looked_at) == (Verdict.HOLDS, 1)


def test_few_results_cannot_be_compared():
    answer = asked("R2", unit(5, 3, 0))
    assert answer.verdict is Verdict.CANNOT_TELL
    assert answer.could_not == (("unit DNA", "10 excluding and 10 including results are too few"),)
