"""L9: yields below a threshold with their interval (Queensland's figures), and the words used."""

from __future__ import annotations

from dataclasses import replace

from scipy.stats import binom
from tests.prove.laboratory_records import asked, day, named

import reopen.prove.run_thresholds  # noqa: F401
from reopen.records.base import Record
from reopen.records.findings import Verdict
from reopen.records.laboratory import Stop
from reopen.records.results import LabResult, ResultKind

STOP = Stop(
    id="t0",
    sample="S0",
    rule="DIFP",
    value_ng_ul=0.004,
    threshold_ng_ul=0.0088,
    declared_yield=0.0145,
    at=day(0),
)


def retested(of: int, profiles: int, declared: float | None = 0.0145) -> list[Record]:
    """So many stopped samples, all retested later; the first gave profiles."""
    records: list[Record] = []
    for each in range(of):
        records.append(replace(STOP, id=f"t{each}", sample=f"S{each}", declared_yield=declared))
        records.append(
            LabResult(
                id=f"r{each}",
                result=f"R{each}",
                case=f"K{each}",
                sample=f"S{each}",
                kind=ResultKind.PROFILE if each < profiles else ResultKind.NO_PROFILE,
                at=day(400),
            )
        )
    return records


def test_queenslands_figures():
    answer = asked("L9", retested(33, 10))
    assert len(answer.findings) == 1
    found = answer.findings[0]
    assert "10 of 33 retested samples gave a profile" in found.sentence
    low = float(found.figures[1].split()[5])
    assert abs(binom.sf(9, 33, low) - 0.005) < 2e-4  # the 99% interval begins there
    assert len(named(answer)[0]) == 20


def test_a_yield_as_declared_holds():
    answer = asked("L9", retested(33, 10, declared=0.3))
    assert answer.verdict is Verdict.HOLDS


def test_two_of_three_is_no_proof_of_more_than_a_tenth():
    # 99% interval of 2 of 3 begins at 4%
    assert asked("L9", retested(3, 2, declared=0.1)).findings == ()


def test_without_a_declared_yield_the_interval_is_shown_beside():
    answer = asked("L9", retested(33, 10, declared=None))
    assert answer.findings == ()
    assert any("no yield is declared; 10 of 33" in why for _, why in answer.could_not)


def test_results_from_before_the_stop_are_no_retests():
    earlier = replace(retested(1, 1)[1], at=day(-3))  # type: ignore[type-var]
    assert asked("L9", replace(STOP, declared_yield=0.0), earlier).findings == ()


def test_a_sample_above_the_threshold_is_not_ended_by_it():
    answer = asked("L9", replace(STOP, value_ng_ul=0.0091))
    assert named(answer) == [("t0",)]
    assert "above the threshold of 0.0088" in answer.findings[0].sentence


def test_a_value_rounded_to_the_threshold_is_not_above_it():
    assert asked("L9", replace(STOP, value_ng_ul=0.0088)).verdict is Verdict.HOLDS


def test_words_that_claim_more_than_the_rule():
    stops = [
        replace(STOP, id=f"t{each}", sample=f"S{each}", wording="Insufficient DNA for testing")
        for each in range(3)
    ]
    answer = asked("L9", stops)
    assert named(answer) == [("t0", "t1", "t2")]
    assert "3 samples with DNA were reported as 'Insufficient DNA for testing'" in (
        answer.findings[0].sentence
    )


def test_words_with_the_rules_number_hold():
    honest = replace(STOP, wording="Insufficient under our rule: below 0.0088 ng/uL")
    assert asked("L9", honest).verdict is Verdict.HOLDS
    plain = replace(STOP, wording="Testing ended by the quantification rule")
    assert asked("L9", plain).verdict is Verdict.HOLDS


def test_no_dna_said_of_none_is_right():
    none = replace(STOP, value_ng_ul=0.0, wording="No DNA detected")
    assert asked("L9", none).verdict is Verdict.HOLDS


def test_a_stop_without_its_numbers_cannot_be_judged():
    answer = asked("L9", Stop(id="t0", sample="S0"))
    assert answer.verdict is Verdict.CANNOT_TELL
