"""L3: controls there and finished, on the conditions of their samples; declared sharing is fine."""

from __future__ import annotations

from dataclasses import replace

from tests.prove.laboratory_records import asked, named

import reopen.prove.run_controls  # noqa: F401
from reopen.records.cases import Sample
from reopen.records.findings import Severity, Verdict
from reopen.records.laboratory import Batch, Injection, Status, Well, WellKind

BATCH = Batch(id="B1", stage="amplification", required=(WellKind.NEGATIVE, WellKind.POSITIVE))


def well(place: str, content: WellKind, batch: str = "B1", **rest: object) -> Well:
    return replace(
        Well(id=f"{batch}{place}", batch=batch, well=place, content=content),
        **rest,  # type: ignore[arg-type]
    )


def injected(of: Well, status: Status = Status.DONE, conditions: str = "5 s, 3 kV") -> Injection:
    return Injection(
        id=f"i-{of.id}",
        instrument="CE1",
        batch=of.batch,
        well=of.well,
        content=of.content,
        status=status,
        conditions=conditions,
    )


SAMPLE = well("A1", WellKind.SAMPLE, sample="S1")
NEGATIVE = well("H1", WellKind.NEGATIVE)
POSITIVE = well("G1", WellKind.POSITIVE)
WELLS = (SAMPLE, NEGATIVE, POSITIVE)


def test_controls_injected_with_their_samples_hold():
    answer = asked("L3", BATCH, WELLS, [injected(each) for each in WELLS])
    assert (answer.verdict, answer.looked_at, answer.could_not) == (Verdict.HOLDS, 1, ())


def test_a_control_that_is_not_there_is_named():
    answer = asked("L3", BATCH, SAMPLE, POSITIVE, [injected(each) for each in (SAMPLE, POSITIVE)])
    assert named(answer) == [("B1",)]
    assert "no negative" in answer.findings[0].sentence
    assert answer.findings[0].severity is Severity.A


def test_two_controls_that_are_not_there_are_two_questions():
    answer = asked("L3", BATCH, SAMPLE)
    assert len({each.id for each in answer.findings}) == 2


def test_a_control_never_injected_is_unfinished_even_where_it_is_called_finished():
    called = replace(NEGATIVE, carried_to_end=True)
    answer = asked("L3", BATCH, SAMPLE, called, POSITIVE, injected(SAMPLE), injected(POSITIVE))
    assert named(answer) == [("B1", "B1H1")]
    assert "never injected" in answer.findings[0].sentence


def test_a_failed_injection_finishes_no_control_and_a_second_one_does():
    failed = injected(NEGATIVE, Status.FAILED)
    base = (BATCH, WELLS, injected(SAMPLE), injected(POSITIVE), failed)
    assert named(asked("L3", *base)) == [("B1", "B1H1")]
    again = replace(injected(NEGATIVE), id="again")
    assert asked("L3", *base, again).verdict is Verdict.HOLDS


def test_before_injection_the_record_of_the_bench_counts():
    assert (
        asked(
            "L3",
            BATCH,
            SAMPLE,
            replace(NEGATIVE, carried_to_end=True),
            replace(POSITIVE, carried_to_end=True),
        ).verdict
        is Verdict.HOLDS
    )
    stopped = asked(
        "L3",
        BATCH,
        SAMPLE,
        replace(NEGATIVE, carried_to_end=False),
        replace(POSITIVE, carried_to_end=True),
    )
    assert named(stopped) == [("B1", "B1H1")]
    unknown = asked("L3", BATCH, WELLS)
    assert unknown.verdict is Verdict.HOLDS
    assert len(unknown.could_not) == 2


def test_an_extraction_blank_is_finished_by_what_was_made_of_it():
    batch = Batch(id="X1", stage="extraction", required=(WellKind.EXTRACTION_BLANK,))
    sample = well("A1", WellKind.SAMPLE, "X1", sample="S1")
    blank = well("H1", WellKind.EXTRACTION_BLANK, "X1", sample="EB1")
    made = [Sample(id="S1-amp", parent="S1"), Sample(id="EB1-amp", parent="EB1")]
    runs = [Injection(id=f"i{each.id}", instrument="CE1", sample=each.id) for each in made]
    assert asked("L3", batch, sample, blank, made, runs).verdict is Verdict.HOLDS
    assert named(asked("L3", batch, sample, blank, made, runs[:1])) == [("X1", "X1H1")]


def test_a_quantifications_controls_end_on_its_own_instrument():
    batch = Batch(id="Q1", stage="quantification", required=(WellKind.NEGATIVE,))
    sample = well("A1", WellKind.SAMPLE, "Q1", sample="S1")
    control = well("H1", WellKind.NEGATIVE, "Q1", sample="NTC", carried_to_end=True)
    run = Injection(id="i", instrument="CE1", sample="S1")
    assert asked("L3", batch, sample, control, run).verdict is Verdict.HOLDS


def test_declared_blanks_of_another_batch_stand_in_but_its_positive_does_not():
    own = replace(BATCH, shares_blanks=("B2",))
    other = [well("H1", WellKind.NEGATIVE, "B2"), well("G1", WellKind.POSITIVE, "B2")]
    runs = [injected(each) for each in (SAMPLE, *other)]
    answer = asked("L3", own, SAMPLE, other, runs)
    assert named(answer) == [("B1",)]
    assert "Batch B1 has no positive control" in answer.findings[0].sentence


def test_a_control_on_other_conditions_protects_nothing():
    longer = replace(injected(SAMPLE), id="longer", conditions="15 s, 3 kV")
    answer = asked("L3", BATCH, WELLS, [injected(each) for each in WELLS], longer)
    assert len(answer.findings) == 2  # negative and positive
    assert named(answer)[0] == ("B1", "i-B1H1", "longer")
    assert "15 s, 3 kV" in answer.findings[0].sentence


def test_conditions_that_are_not_recorded_leave_it_open():
    runs = [replace(injected(each), conditions="") for each in WELLS]
    answer = asked("L3", BATCH, WELLS, runs)
    assert answer.verdict is Verdict.HOLDS
    assert len(answer.could_not) == 2


def test_a_batch_that_does_not_say_what_it_requires_cannot_be_judged():
    answer = asked("L3", Batch(id="B1"), WELLS)
    assert answer.verdict is Verdict.CANNOT_TELL
    assert answer.could_not[0][0] == "batch B1"
