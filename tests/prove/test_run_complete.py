"""L1: everything on the instrument's own list is in the record; what must not look like a hole."""

from __future__ import annotations

from dataclasses import replace

from tests.prove.laboratory_records import asked, day, named

import reopen.prove.run_complete  # noqa: F401
from reopen.records.findings import Severity, Verdict
from reopen.records.laboratory import (
    Batch,
    Injection,
    InstrumentLine,
    Quantification,
    Status,
    Stop,
    Well,
    WellKind,
)
from reopen.records.results import LabResult, ResultKind


def line(sequence: int, sample: str = "", status: Status = Status.DONE) -> InstrumentLine:
    return InstrumentLine(
        id=f"line{sequence}",
        instrument="CE1",
        sequence=sequence,
        sample=sample or f"S{sequence}",
        at=day(0, sequence),
        status=status,
    )


def injection(
    sequence: int | None, sample: str = "", status: Status = Status.DONE, id: str = ""
) -> Injection:
    return Injection(
        id=id or f"inj{sequence}",
        instrument="CE1",
        sequence=sequence,
        sample=sample or f"S{sequence}",
        status=status,
    )


LIST = [line(each) for each in (1, 2, 3)]
RECORD = [injection(each) for each in (1, 2, 3)]


def test_a_record_with_every_run_holds():
    answer = asked("L1", LIST, RECORD)
    assert answer.verdict is Verdict.HOLDS
    assert answer.looked_at == 3


def test_a_run_on_the_list_alone_is_named():
    answer = asked("L1", LIST, RECORD[:1], RECORD[2:])
    assert named(answer) == [("line2",)]
    assert answer.findings[0].severity is Severity.A
    assert "run 2 of instrument CE1 (sample S2)" in answer.findings[0].sentence


def test_a_hole_in_the_numbers_is_named_by_its_neighbours():
    answer = asked("L1", line(1), line(4), injection(1), injection(4))
    assert named(answer) == [("line1", "line4")]
    assert "numbers 2 to 3" in answer.findings[0].sentence


def test_another_instrument_starts_its_own_numbers():
    other = InstrumentLine(id="other", instrument="CE2", sequence=70, sample="S70")
    there = Injection(id="there", instrument="CE2", sequence=70, sample="S70")
    assert asked("L1", LIST, RECORD, other, there).verdict is Verdict.HOLDS


def test_another_sample_under_the_number_is_named():
    answer = asked("L1", LIST, RECORD[:2], injection(3, sample="S9"))
    assert named(answer) == [("line3", "inj3")]
    assert "S9" in answer.findings[0].sentence


def test_a_failed_run_is_present_and_marked():
    failed = line(4, status=Status.FAILED)
    marked = asked("L1", LIST, failed, RECORD, injection(4, status=Status.FAILED))
    assert marked.verdict is Verdict.HOLDS
    unmarked = asked("L1", LIST, failed, RECORD, injection(4))
    assert named(unmarked) == [("line4", "inj4")]


def test_a_run_called_failed_by_the_laboratory_alone_is_no_hole():
    answer = asked("L1", LIST, RECORD[:2], injection(3, status=Status.FAILED))
    assert answer.verdict is Verdict.HOLDS


def test_an_injection_without_its_number_leaves_it_open():
    loose = injection(None, sample="S3", id="loose")
    answer = asked("L1", LIST, RECORD[:2], loose)
    assert answer.verdict is Verdict.HOLDS
    assert {what for what, why in answer.could_not if "raw file" not in why} == {
        "injection loose", "instrument_line line3"
    }  # fmt: skip


def test_an_injection_without_a_raw_file_among_others_that_have_theirs():
    kept = [replace(each, raw_hash=f"{n:064x}") for n, each in enumerate(RECORD)]
    assert asked("L1", LIST, kept).verdict is Verdict.HOLDS
    answer = asked("L1", LIST, replace(kept[0], raw_hash=""), *kept[1:])
    assert [each.records for each in answer.findings] == [(kept[0].ref,)]
    assert "no hash of a raw file" in answer.findings[0].sentence
    never = asked("L1", LIST, RECORD)
    assert never.findings == ()
    assert any("no injection of CE1 has the hash" in why for _, why in never.could_not)


def test_two_lines_of_one_number_are_not_judged():
    again = InstrumentLine(id="again", instrument="CE1", sequence=2, sample="S8")
    answer = asked("L1", LIST, again, RECORD)
    assert answer.verdict is Verdict.FAILS  # 1 and 3 remain, with a hole between
    only = asked("L1", LIST[1], again)
    assert only.verdict is Verdict.CANNOT_TELL


def test_a_reanalysis_is_no_injection():
    again = Injection(id="again", instrument="CE1", sequence=2, sample="S2", reanalysis_of="inj2")
    answer = asked("L1", LIST, RECORD[:1], RECORD[2:], again)
    assert named(answer) == [("line2",)]


def test_without_an_instruments_list_it_cannot_tell():
    answer = asked("L1", RECORD)
    assert answer.verdict is Verdict.CANNOT_TELL
    assert answer.missing == ("instrument_line",)


def test_a_sample_on_a_quantification_plate_has_a_value():
    plate = Batch(id="Q1", stage="quantification")
    wells = [
        Well(id=f"w{each}", batch="Q1", well=f"A{each}", content=WellKind.SAMPLE, sample=f"S{each}")
        for each in (1, 2)
    ]
    standard = Well(id="neg", batch="Q1", well="H1", content=WellKind.NEGATIVE)
    values = [Quantification(id="q1", sample="S1", batch="Q1", total_ng_ul=0.1)]
    answer = asked("L1", LIST, RECORD, plate, wells, standard, values)
    assert named(answer) == [("w2", "Q1")]


def result(raw_hash: str = "", days: float = 1) -> LabResult:
    return LabResult(
        id="r1",
        result="R1",
        case="K1",
        sample="S1",
        kind=ResultKind.PROFILE,
        at=day(days),
        raw_hash=raw_hash,
    )


def test_a_result_has_the_hash_of_its_raw_file():
    assert asked("L1", LIST, RECORD, result("ab12")).verdict is Verdict.HOLDS
    answer = asked("L1", LIST, RECORD, result())
    assert named(answer) == [("r1",)]
    assert answer.findings[0].case == "K1"


def test_results_older_than_the_lists_cannot_be_judged():
    answer = asked("L1", LIST, RECORD, result(days=-400))
    assert answer.verdict is Verdict.HOLDS
    assert answer.could_not[0][0] == "lab_result r1"


def test_a_sample_stopped_at_quantification_has_no_raw_file():
    stop = Stop(id="stop", sample="S1")
    assert asked("L1", LIST, RECORD, result(), stop).verdict is Verdict.HOLDS
