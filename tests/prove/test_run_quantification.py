"""L2: quantification values as the instrument exported them; roundings and reasons are no holes."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.prove.laboratory_records import asked, day, gravest, named

import reopen.prove.run_quantification  # noqa: F401
from reopen.records.findings import Severity, Verdict
from reopen.records.laboratory import Quantification, Stop
from reopen.records.results import LabResult, ResultKind

VALUE = Quantification(
    id="q1",
    sample="S1",
    case="K1",
    batch="Q1",
    total_ng_ul=0.12,
    male_ng_ul=0.004,
    exported_total_ng_ul=0.12,
    exported_male_ng_ul=0.004,
    export_hash="aa",
)


def test_a_value_as_exported_holds():
    answer = asked("L2", VALUE)
    assert (answer.verdict, answer.looked_at) == (Verdict.HOLDS, 1)


def test_rounding_is_no_difference():
    rounded = replace(VALUE, total_ng_ul=0.1204, male_ng_ul=0.0044)
    assert asked("L2", rounded).verdict is Verdict.HOLDS


@pytest.mark.parametrize("male", [None, 0.0, 0.0001])
def test_a_male_value_that_is_blank_zero_or_other_is_named(male: float | None):
    answer = asked("L2", replace(VALUE, male_ng_ul=male, exported_male_ng_ul=0.02))
    assert named(answer) == [("q1",)]
    assert "male DNA" in answer.findings[0].sentence
    assert "0.02" in answer.findings[0].sentence
    assert gravest(answer) == ["A"]


def test_a_trace_set_to_zero_is_no_rounding():
    answer = asked("L2", replace(VALUE, male_ng_ul=0.0, exported_male_ng_ul=0.0003))
    assert answer.verdict is Verdict.FAILS


def test_empty_is_not_undetermined():
    empty = Quantification(id="q1", sample="S1")
    assert "undetermined would be a value" in asked("L2", empty).findings[0].sentence
    said = Quantification(id="q1", sample="S1", undetermined=True, export_hash="aa")
    assert asked("L2", said).verdict is Verdict.HOLDS


def test_without_an_export_it_cannot_tell():
    alone = Quantification(id="q1", sample="S1", total_ng_ul=0.1)
    answer = asked("L2", alone)
    assert answer.verdict is Verdict.CANNOT_TELL
    assert answer.could_not[0][0] == "quantification q1"


def test_an_edit_by_hand_weighs_less_with_its_reason():
    edited = Quantification(id="q1", sample="S1", total_ng_ul=0.1, edited_by="P1")
    assert gravest(asked("L2", edited)) == ["A"]
    assert gravest(asked("L2", replace(edited, edit_reason="dilution factor"))) == ["B"]


def test_a_value_gone_in_the_next_version_is_named_with_both():
    later = replace(VALUE, id="q2", version=2, male_ng_ul=None, exported_male_ng_ul=None)
    answer = asked("L2", VALUE, later)
    assert named(answer) == [("q2", "q1")]
    assert "was 0.004 ng/uL in version 1 and is no value in version 2" in (
        answer.findings[0].sentence
    )


def test_a_later_analysis_with_its_own_export_is_no_edit():
    later = replace(
        VALUE, id="q2", version=2, total_ng_ul=0.14, exported_total_ng_ul=0.14, export_hash="bb"
    )
    assert asked("L2", VALUE, later).verdict is Verdict.HOLDS


def test_an_upload_with_fewer_wells_names_those_lost_by_case():
    first = [replace(VALUE, id=f"q{each}", sample=f"S{each}") for each in (1, 2, 3)]
    second = [replace(VALUE, id="u1", sample="S1", upload=2)]
    answer = asked("L2", first, second)
    assert named(answer) == [("q2", "q3")]
    assert answer.findings[0].case == "K1"
    complete = [replace(each, id=f"u{each.id}", upload=2) for each in first]
    assert asked("L2", first, complete).verdict is Verdict.HOLDS


def test_each_upload_that_loses_wells_is_a_finding_of_its_own():
    def upload(number: int, *samples: int) -> list[Quantification]:
        return [
            replace(VALUE, id=f"q{number}-{each}", sample=f"S{each}", upload=number)
            for each in samples
        ]

    answer = asked("L2", upload(1, 1, 2, 3, 4), upload(2, 1, 2, 3), upload(3, 1, 2))
    assert named(answer) == [("q1-4",), ("q2-3",)]
    assert len({each.id for each in answer.findings}) == 2


def test_no_male_dna_reported_over_a_male_signal():
    told = LabResult(
        id="r1",
        result="R1",
        case="K1",
        sample="S1",
        kind=ResultKind.NO_PROFILE,
        at=day(3),
        note="No male DNA detected.",
    )
    answer = asked("L2", VALUE, told)
    assert named(answer) == [("q1", "r1")]
    assert answer.findings[0].severity is Severity.A
    stop = Stop(id="stop", sample="S1", wording="no male DNA was found")
    assert named(asked("L2", VALUE, stop)) == [("q1", "stop")]
    assert asked("L2", VALUE, told, numbers={"L2.male_floor_ng_ul": 0.005}).verdict is Verdict.HOLDS
    without = replace(VALUE, male_ng_ul=0.0, exported_male_ng_ul=0.0)
    assert asked("L2", without, told).verdict is Verdict.HOLDS
