"""L7: single use, expiry and recall; ids typed by hand weigh less."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.prove.laboratory_records import asked, day, gravest, named

import reopen.prove.run_consumables  # noqa: F401
from reopen.records.findings import Verdict
from reopen.records.laboratory import Batch, Consumable, ConsumableUse, Well, WellKind
from reopen.records.times import Interval

TRAY = Consumable(id="T1", consumable="tray", single_use=True)
USE = ConsumableUse(id="u1", item="T1", batch="B1", at=day(1))
AGAIN = replace(USE, id="u2", batch="B2", at=day(9))


def test_one_use_holds_however_many_samples_it_had():
    uses = [replace(USE, id=f"u{each}", sample=f"S{each}") for each in range(4)]
    answer = asked("L7", TRAY, uses)
    assert (answer.verdict, answer.looked_at) == (Verdict.HOLDS, 4)


def test_a_tray_of_two_batches_is_named_with_its_uses():
    answer = asked("L7", TRAY, USE, AGAIN)
    assert named(answer) == [("T1", "u1", "u2")]
    assert gravest(answer) == ["A"]
    assert "batch B1 and batch B2" in answer.findings[0].sentence


def test_a_tube_of_two_samples_is_used_twice():
    tube = Consumable(id="T1", consumable="tube", single_use=True)
    uses = [ConsumableUse(id=f"u{each}", item="T1", sample=each, at=day(1)) for each in "XY"]
    assert named(asked("L7", tube, uses)) == [("T1", "uX", "uY")]


def test_what_may_be_used_often_is_not_counted():
    assert asked("L7", replace(TRAY, single_use=False), USE, AGAIN).verdict is Verdict.HOLDS


def test_one_plate_that_goes_through_two_stages_is_one_use():
    batches = [Batch(id=each, plate="T1") for each in ("B1", "B2")]
    wells = [
        Well(id=f"{b}{s}", batch=b, well="A1", content=WellKind.SAMPLE, sample=s)
        for b in ("B1", "B2")
        for s in ("S1", "S2")
    ]
    assert asked("L7", TRAY, USE, AGAIN, batches, wells).verdict is Verdict.HOLDS
    other = replace(wells[-1], sample="S9")
    assert len(asked("L7", TRAY, USE, AGAIN, batches, wells[:-1], other).findings) == 1


def test_an_id_typed_by_hand_may_be_a_slip():
    by_hand = replace(AGAIN, typed_by_hand=True)
    assert gravest(asked("L7", TRAY, USE, by_hand)) == ["B"]
    checked = replace(by_hand, second="P2")
    assert gravest(asked("L7", TRAY, USE, checked)) == ["A"]


@pytest.mark.parametrize(("expires", "found"), [("2021-03-01", 1), ("2021-03-02", 0)])
def test_a_lot_is_in_date_until_the_end_of_its_day(expires: str, found: int):
    kit = Consumable(id="T1", consumable="kit", lot="L9", expires=Interval.parse(expires))
    answer = asked("L7", kit, USE)  # used on 2 March
    assert gravest(answer) == ["B"] * found


def test_a_use_on_an_unsure_day_is_not_called_late():
    kit = Consumable(id="T1", consumable="kit", expires=Interval.parse("2021-03-01"))
    assert asked("L7", kit, replace(USE, at=Interval.parse("2021-03"))).verdict is Verdict.HOLDS


def test_a_recalled_lot_is_told_of_before_and_after():
    kit = Consumable(id="T1", consumable="kit", lot="L9", recalled=Interval.parse("2021-03-05"))
    answer = asked("L7", kit, USE, AGAIN)
    assert [("before" in each.sentence, "after" in each.sentence) for each in answer.findings] == [
        (True, False),
        (False, True),
    ]
    assert gravest(answer) == ["B", "B"]


def test_a_consumable_nobody_entered_cannot_be_judged():
    answer = asked("L7", TRAY, replace(USE, item="T2"))
    assert answer.verdict is Verdict.CANNOT_TELL
    assert answer.could_not == (("consumable_use u1", "consumable T2 is not in the record"),)
