"""X6, X8, X9, X10: holds, fails with its records, cannot tell, false-alarm control."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.prove.link_records import asked, time

from reopen.records.base import Record
from reopen.records.cases import Examination, Exhibit, Sample
from reopen.records.findings import Severity, Verdict
from reopen.records.laboratory import Injection, Quantification
from reopen.records.results import LabResult, ResultKind

FIRST = Examination(
    id="T1",
    case="K1",
    target="car",
    at=time("2006-04-19"),
    examiner="ann",
    sought="blood",
    found=False,
    method="lamp",
)
SECOND = Examination(
    id="T2",
    case="K1",
    target="car",
    at=time("2006-04-27"),
    examiner="dave",
    sought="blood",
    found=True,
    alone=True,
    asked_for_by="dave",
    method="lamp",
)


# X6


def test_x6_a_lone_second_search_by_who_wanted_it() -> None:
    (finding,) = asked("X6", FIRST, SECOND).findings
    assert finding.severity is Severity.A
    assert finding.records == (SECOND.ref, FIRST.ref)
    assert "alone and by the person who had asked" in finding.sentence


@pytest.mark.parametrize(
    "change", [{"alone": False, "witness": "eve"}, {"asked_for_by": "eve"}, {"alone": None}]
)
def test_x6_less_than_all_three_is_shown_beside(change: dict[str, object]) -> None:
    (finding,) = asked("X6", FIRST, replace(SECOND, **change)).findings  # type: ignore[arg-type]
    assert finding.severity is Severity.B


def test_x6_a_new_method_recorded_before_lowers_it() -> None:
    better = replace(SECOND, method="luminol", method_recorded_before=True)
    (finding,) = asked("X6", FIRST, better).findings
    assert finding.severity is Severity.B
    after = replace(better, method_recorded_before=None)
    assert asked("X6", FIRST, after).findings[0].severity is Severity.A


def test_x6_holds_for_another_thing_another_trace_or_an_earlier_find() -> None:
    assert asked("X6", FIRST, replace(SECOND, target="door")).verdict is Verdict.HOLDS
    assert asked("X6", FIRST, replace(SECOND, sought="hair")).verdict is Verdict.HOLDS
    assert asked("X6", replace(FIRST, found=True), SECOND).verdict is Verdict.HOLDS
    same_day = replace(FIRST, at=time("2006-04"))
    assert asked("X6", same_day, SECOND).verdict is Verdict.HOLDS  # order not certain


def test_x6_cannot_tell_where_the_outcome_was_not_written_down() -> None:
    found = asked("X6", replace(FIRST, found=None))
    assert found.verdict is Verdict.CANNOT_TELL


# X9


def searches(examiner: str, kind: str, decisive: int, of: int) -> list[Examination]:
    return [
        replace(
            FIRST, id=f"{examiner}{kind}{n}", examiner=examiner, scene_kind=kind,
            target=f"{examiner}{n}", decisive=n < decisive,
        )
        for n in range(of)
    ]  # fmt: skip


HONEST = [each for n in range(7) for each in searches(f"e{n}", "burglary", 2, 40)]


def test_x9_names_nobody_and_shows_raw_and_expected() -> None:
    found = asked("X9", *HONEST, *searches("dave", "burglary", 20, 40))
    (finding,) = found.findings
    assert finding.p_value is not None
    assert finding.p_value < 1e-6
    assert "dave" not in finding.sentence + " ".join(finding.figures)
    assert found.sealed[0].person == "dave"
    assert "expected by the others at the same kinds of scene: 2.0" in finding.figures


def test_x9_many_finds_where_everybody_finds_much_hold() -> None:
    rich = [each for n in range(6) for each in searches(f"e{n}", "murder", 20, 40)]
    found = asked("X9", *HONEST, *rich, *searches("dave", "murder", 20, 40))
    assert found.verdict is Verdict.HOLDS


def test_x9_cannot_tell_among_few() -> None:
    found = asked("X9", *searches("a", "b", 1, 9), *searches("dave", "b", 9, 9))
    assert found.verdict is Verdict.CANNOT_TELL


# X8

TOUCHED = (
    Exhibit(id="E1", case="K1", substrate="touched door handle"),
    Sample(id="S1", exhibit="E1"),
    LabResult(
        id="r1",
        result="r1",
        case="K1",
        sample="S1",
        kind=ResultKind.PROFILE,
        at=time("2024-01"),
        contributors=1,
    ),
)


def quantified(amount: float | None, **more: bool) -> Quantification:
    return Quantification(id="q1", sample="S1", total_ng_ul=amount, **more)  # type: ignore[arg-type]


def test_x8_much_dna_of_one_donor_by_touch() -> None:
    (finding,) = asked("X8", *TOUCHED, quantified(12.0)).findings
    assert finding.severity is Severity.C
    assert [ref.id for ref in finding.records] == ["r1", "q1", "E1"]


def test_x8_holds_for_little_dna_blood_and_mixtures() -> None:
    assert asked("X8", *TOUCHED, quantified(0.1)).verdict is Verdict.HOLDS
    blood = replace(TOUCHED[0], substrate="blood on cotton")  # type: ignore[type-var]
    assert asked("X8", blood, *TOUCHED[1:], quantified(12.0)).verdict is Verdict.HOLDS


def test_x8_a_strong_profile_without_dna() -> None:
    strong = Injection(id="i1", instrument="A", sample="S1", highest_rfu=9000.0)
    (finding,) = asked("X8", *TOUCHED, quantified(None, undetermined=True), strong).findings
    assert strong.ref in finding.records
    weak = replace(strong, highest_rfu=300.0)
    assert asked("X8", *TOUCHED, quantified(0.0), weak).verdict is Verdict.HOLDS


def test_x8_cannot_tell_without_the_samples_quantification() -> None:
    other = Quantification(id="q9", sample="S9", total_ng_ul=1.0)
    assert asked("X8", *TOUCHED, other).verdict is Verdict.CANNOT_TELL


# X10


def old_profile(n: int, slope: float, collected: str = "1987") -> tuple[Record, ...]:
    sizes = np.arange(100.0, 400.0, 20.0)
    heights = 3000 * np.exp(slope * sizes / 100)
    return (
        Exhibit(id=f"E{n}", case=f"K{n}", collected=time(collected)),
        Sample(id=f"S{n}", exhibit=f"E{n}"),
        Injection(
            id=f"i{n}",
            instrument="A",
            sample=f"S{n}",
            kit="G",
            at=time("2024-05-01"),
            sizes_bp=tuple(sizes),
            heights_rfu=tuple(heights),
        ),
    )


DECAYED = [each for n in range(14) for each in old_profile(n, -1.0 - 0.02 * n)]


def test_x10_a_profile_without_the_decay_of_its_age() -> None:
    (finding,) = asked("X10", *DECAYED, *old_profile(99, -0.2)).findings
    assert finding.severity is Severity.C
    assert [ref.id for ref in finding.records] == ["i99", "E99"]
    assert finding.figures[0].startswith("ln height falls by 0.20 per 100 bp")
    assert "36 years" in finding.sentence


def test_x10_holds_among_its_like_and_for_young_exhibits() -> None:
    assert asked("X10", *DECAYED).verdict is Verdict.HOLDS
    young = old_profile(99, 0.0, collected="2023")
    assert asked("X10", *DECAYED, *young).verdict is Verdict.HOLDS


def test_x10_cannot_tell_among_few() -> None:
    found = asked("X10", *DECAYED[:9], *old_profile(99, 0.0))
    assert found.verdict is Verdict.CANNOT_TELL
    assert ("case K99", "3 other old profiles are too few") in found.could_not


def test_x10_several_profiles_of_a_case_say_more_than_one_and_age_is_taken_into_account() -> None:
    """One flat profile among uneven ones is nothing; four of a case are. And what is flatter
    because it is younger is no finding."""
    uneven = [each for n in range(20) for each in old_profile(n, -1.0 + 0.35 * (-1) ** n)]
    one = old_profile(99, -0.45)
    assert asked("X10", *uneven, *one).verdict is Verdict.HOLDS
    four = [
        replace(each, case="K99") if isinstance(each, Exhibit) else each
        for n in range(96, 100)
        for each in old_profile(n, -0.45)
    ]
    assert asked("X10", *uneven, *four).verdict is Verdict.FAILS
    aged = [
        each
        for n in range(20)
        for each in old_profile(n, -0.02 * (2024 - (1980 + n)), collected=str(1980 + n))
    ]
    younger = old_profile(99, -0.02 * 11, collected="2013")
    assert asked("X10", *aged, *younger).verdict is Verdict.HOLDS
