"""L6: linked samples of one batch or tray, weighed and never vetoed; cases sent together."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.prove.laboratory_records import asked, day, named

import reopen.prove.run_batch_mates  # noqa: F401
from reopen.records.base import Record
from reopen.records.cases import Exhibit, Sample
from reopen.records.findings import Severity, Verdict
from reopen.records.laboratory import Batch, ConsumableUse, Well, WellKind
from reopen.records.results import FoundLink
from reopen.records.stored import StoredProfile

LINK = FoundLink(id="l1", link="l1", one="P1", other="P2", weight_log10=9.0)


def unit(*, case: str = "K2", **of_sample: tuple[str, ...]) -> list[Record]:
    """Two traces of two cases, each a swab with an extract that carries the profile."""
    return [
        Exhibit(id="E1", case="K1"),
        Exhibit(id="E2", case=case),
        Sample(id="S1", exhibit="E1", **of_sample),
        Sample(id="S2", exhibit="E2"),
        Sample(id="X1", parent="S1"),
        Sample(id="X2", parent="S2"),
        StoredProfile(id="P1", purpose="stain", file="f", content_hash="1", sample="X1"),
        StoredProfile(id="P2", purpose="stain", file="f", content_hash="2", sample="X2"),
        LINK,
    ]


def well(sample: str, batch: str, place: str, days: float = 0.0) -> Well:
    return Well(
        id=f"{batch}{place}",
        batch=batch,
        well=place,
        content=WellKind.SAMPLE,
        sample=sample,
        at=day(days),
    )


def full(batch: str, taken: int) -> list[Well]:
    """Other samples, so that the batch has 96."""
    return [well(f"{batch}-{each}", batch, f"Z{each}") for each in range(96 - taken)]


def test_linked_samples_of_other_batches_hold():
    answer = asked("L6", unit(), well("X1", "B1", "A1"), well("X2", "B2", "A1"))
    assert (answer.verdict, answer.looked_at) == (Verdict.HOLDS, 1)


def test_batch_mates_are_shown_with_the_documents_odds():
    mates = [well("X1", "B1", "A1"), well("X2", "B1", "B2")]
    answer = asked("L6", unit(), mates, full("B1", 2))
    assert named(answer) == [("l1", "B1A1", "B1B2")]
    found = answer.findings[0]
    assert found.severity is Severity.A
    assert "batch B1, wells A1 and B2, side by side" in found.sentence
    # 96 of 5,000 a year: 0.9 / 0.0192 = 46.9
    assert any("odds of contamination times 46.9" in each for each in found.figures)
    assert sum("chance match" in each for each in found.figures) == 3


def test_wells_apart_are_not_called_neighbours():
    mates = [well("X1", "B1", "A1"), well("X2", "B1", "A3")]
    assert "side by side" not in asked("L6", unit(), mates).findings[0].sentence


def test_the_laboratorys_own_numbers_are_counted_where_its_wells_cover_a_quarter():
    # 10 batches of 50 over 365 days, 500 samples a year; a batch of 50: chance 0.1, odds 9
    wells = [
        well(f"s{batch}-{each}", f"B{batch}", f"Z{each}", days=batch * 365 / 9)
        for batch in range(10)
        for each in range(50)
    ]
    wells[0] = replace(wells[0], sample="X1")
    wells[1] = replace(wells[1], sample="X2")
    answer = asked("L6", unit(), wells)
    assert any(
        "odds of contamination times 9;" in f"{each};" for each in answer.findings[0].figures
    )


def test_swabs_that_met_before_extraction_met_too():
    answer = asked("L6", unit(), well("S1", "B1", "A1"), well("S2", "B1", "A2"))
    assert len(answer.findings) == 1


def test_a_tray_used_again_is_a_meeting():
    batches = [Batch(id=each, plate="T7") for each in ("B1", "B2")]
    answer = asked("L6", unit(), batches, well("X1", "B1", "A1"), well("X2", "B2", "A1"))
    assert "tray T7 in batches B1 and B2" in answer.findings[0].sentence
    uses = [
        ConsumableUse(id=f"u{each}", item="T9", sample=f"X{each}", at=day(each)) for each in (1, 2)
    ]
    again = asked("L6", unit(), uses, well("X1", "B1", "A1"), well("X2", "B2", "A1"))
    assert "tray T9" in again.findings[0].sentence


MATES = [well("X1", "B1", "A1"), well("X2", "B1", "A2")]


@pytest.mark.parametrize(
    "records",
    [
        unit(case="K1"),  # one case
        unit(requested_with=("S2",)),  # sent together on purpose
        [*unit()[:-1], replace(LINK, known_reason="same series, confession")],
        [*unit()[:-1], replace(LINK, weight_log10=2.0)],
        [*unit()[:-1], replace(LINK, relation="siblings")],
    ],
)
def test_what_a_meeting_says_nothing_about(records: list[Record]):
    answer = asked("L6", records, MATES)
    assert answer.findings == ()


def test_a_meeting_on_purpose_is_told_beside():
    answer = asked("L6", unit(requested_with=("S2",)), MATES)
    assert answer.verdict is Verdict.HOLDS
    assert "asked for together" in answer.notes[0]


def test_place_and_time_move_the_prior_that_was_stated():
    # prior 0.01, place and time +2: odds 100/99, prior 100/199 = 0.5025
    joined = replace(LINK, place_time_log10=2.0)
    answer = asked("L6", unit()[:-1], joined, MATES, numbers={"L6.prior_link": 0.01})
    told = [each for each in answer.findings[0].figures if "chance match" in each]
    assert len(told) == 1
    assert "50.3%" in told[0]


def test_without_wells_it_cannot_tell():
    answer = asked("L6", unit(), well("X1", "B1", "A1"))
    assert answer.verdict is Verdict.CANNOT_TELL
    assert answer.could_not[0][0] == "found_link l1"


def second_traces() -> list[Record]:
    return [
        *(Sample(id=f"S{n}", exhibit=f"E{n - 2}") for n in (3, 4)),
        *(Sample(id=f"X{n}", parent=f"S{n}") for n in (3, 4)),
        *(
            StoredProfile(
                id=f"P{n}", purpose="stain", file="f", content_hash=str(n), sample=f"X{n}"
            )
            for n in (3, 4)
        ),
    ]


def test_two_cases_are_one_question_whatever_links_of_one_batch_they_have():
    wells = [well(f"X{n}", "B1", f"A{n}") for n in (1, 2, 3)]
    also = replace(LINK, id="l2", link="l2", one="P3", weight_log10=8.0)
    answer = asked("L6", unit(), second_traces(), also, wells)
    assert named(answer) == [("l1", "B1A1", "B1A2", "l2")]


def test_other_traces_that_were_never_in_one_batch_link_the_cases_besides():
    wells = [well("X1", "B1", "A1"), well("X2", "B1", "A2")]
    wells += [well("X3", "B2", "A1"), well("X4", "B3", "A1")]
    apart = replace(LINK, id="l2", link="l2", one="P3", other="P4")
    answer = asked("L6", unit(), second_traces(), apart, wells)
    assert answer.verdict is Verdict.HOLDS
    assert "found_link l2 links the cases by other traces" in answer.notes[0]
    same_trace = replace(LINK, id="l2", link="l2", one="P1", other="P4")
    assert named(asked("L6", unit(), second_traces(), same_trace, wells)) == [
        ("l1", "B1A1", "B1A2")
    ]
