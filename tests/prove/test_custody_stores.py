"""C7, C9, C10: shelves, temperatures, and entries to stores."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from scipy.stats import beta, betabinom
from tests.prove.custody_records import event, exhibit, judged, moment, named, reasons

from reopen.prove.custody_stocktake import sample_size
from reopen.records.access import Actor, Emergency, Grant, Revocation, Standing
from reopen.records.base import Ref
from reopen.records.cases import Involvement, Role
from reopen.records.custody import (
    Stocktake,
    StorageLimit,
    StorageNote,
    StoreEntry,
    StoreReading,
)
from reopen.records.findings import Severity, Verdict
from reopen.records.results import Amendment
from reopen.records.times import Interval

ITEM = Ref("exhibit", "E1")
BOOKED = event("booked", 0, giver="Ito", receiver="Keeper", store="S1")
DAY = Interval.parse("2024-09-01")


def stocktake(seen: tuple[str, ...], **fields: object) -> Stocktake:
    given = {"expected": ("E1",), "second_look": ("E1",), "planned": 1, "at": DAY, **fields}
    return Stocktake(id="T1", store="S1", seen=seen, **given)


def test_a_shelf_with_everything_on_it_holds():
    answer = judged("C7", exhibit(), BOOKED, stocktake(("E1",)))
    assert answer.verdict is Verdict.HOLDS
    assert answer.could_not == ()


def test_an_item_not_met_at_either_look_is_a_finding():
    answer = judged("C7", exhibit(), BOOKED, stocktake(()))
    assert named(answer) == [(ITEM, Ref("stocktake", "T1"), BOOKED.ref)]
    (finding,) = answer.findings
    assert (finding.severity, finding.case, finding.helps_defence) == (Severity.A, "C1", True)


def test_an_item_not_yet_looked_for_again_cannot_be_told():
    answer = judged("C7", exhibit(), BOOKED, stocktake((), second_look=()))
    assert answer.findings == ()
    assert "not yet looked for again" in reasons(answer)


def test_what_should_be_there_is_read_from_events_where_nothing_is_listed():
    answer = judged("C7", exhibit(), BOOKED, stocktake((), expected=()))
    assert len(answer.findings) == 1
    gone = event("moved", 500, giver="Keeper", receiver="Chu")
    answer = judged("C7", exhibit(), BOOKED, gone, stocktake((), expected=(), planned=0))
    assert answer.verdict is Verdict.CANNOT_TELL


def test_a_listed_item_that_events_place_elsewhere_cannot_be_told():
    gone = event("moved", 500, giver="Keeper", receiver="Chu", place="Court")
    answer = judged("C7", exhibit(), BOOKED, gone, stocktake(()))
    assert "custody events place it elsewhere" in reasons(answer)


def test_an_item_moved_on_that_day_cannot_be_told():
    gone = event("moved", "2024-09-01", giver="Keeper", receiver="Chu")
    answer = judged("C7", exhibit(), BOOKED, gone, stocktake(()))
    assert "It was moved on the day of" in reasons(answer)
    assert answer.findings == ()


def test_an_unexpected_item():
    there = event("booked", 0, "E2", giver="Ito", store="S2")
    answer = judged("C7", exhibit(), exhibit("E2"), BOOKED, there, stocktake(("E1", "E2")))
    assert named(answer) == [(Ref("exhibit", "E2"), Ref("stocktake", "T1"), there.ref)]
    assert answer.findings[0].severity is Severity.B
    unlisted = event("booked", 0, "E2", giver="Ito", store="S1")
    assert judged("C7", exhibit(), BOOKED, unlisted, stocktake(("E1", "E2"))).findings == ()


def test_a_sample_smaller_than_its_plan_says_what_it_leaves_open():
    answer = judged("C7", exhibit(), BOOKED, stocktake(("E1",), planned=150))
    (finding,) = answer.findings
    assert finding.severity is Severity.C
    assert "looked for 1 items; its plan asked for 150" in finding.sentence
    assert finding.figures[0] == "with none missing, up to 95.0% may still be, at 95% confidence"


def test_a_plan_not_recorded_cannot_be_told():
    answer = judged("C7", exhibit(), BOOKED, stocktake(("E1",), planned=None))
    assert answer.verdict is Verdict.HOLDS
    assert "Its sampling plan is not recorded." in reasons(answer)


def test_the_sample_that_finds_one_in_fifty():
    assert sample_size(0.05, 0.95) == 59  # the textbook value: 0.95 ** 59 is 0.0485
    assert sample_size(0.01, 0.95) == 299


LIMIT = StorageLimit(
    id="L1", store="S1", low_c=-25, high_c=-15, longest_outside_min=60, longest_gap_min=30
)
NIGHT = datetime(2025, 12, 31, 20, tzinfo=UTC)


def readings(celsius: list[float | None], sensor: str = "a", every: int = 10) -> list[StoreReading]:
    """Readings up to a minute before the audit's moment, every ten minutes."""
    last = datetime(2025, 12, 31, 23, 59, tzinfo=UTC)
    n = len(celsius)
    return [
        StoreReading(
            id=f"{sensor}{i}",
            store="S1",
            at=Interval.at(last - timedelta(minutes=every * (n - 1 - i))),
            celsius=value,
            sensor=sensor,
        )
        for i, value in enumerate(celsius)
    ]


WARM = [-20.0] * 5 + [-4.0] * 8 + [-20.0] * 5  # 70 minutes outside
NOTE = StorageNote(
    id="N1", store="S1", case="C1", at=Interval.at(NIGHT), excursion=Interval.parse("2025-12-31")
)


def test_a_store_within_its_limits_holds():
    assert judged("C9", exhibit(), BOOKED, LIMIT, readings([-20.0] * 20)).verdict is Verdict.HOLDS


def test_an_open_door_is_ignored():
    opened = [-20.0] * 5 + [-4.0] * 7 + [-20.0] * 5  # 60 minutes, as allowed
    assert judged("C9", exhibit(), BOOKED, LIMIT, readings(opened)).verdict is Verdict.HOLDS


def test_an_excursion_written_to_each_case_is_shown_beside_its_use():
    answer = judged("C9", exhibit(), BOOKED, LIMIT, NOTE, readings(WARM))
    (finding,) = answer.findings
    assert finding.severity is Severity.B
    assert finding.records == (
        Ref("store_reading", "a5"),
        Ref("store_reading", "a12"),
        LIMIT.ref,
    )
    assert "at least 70 minutes" in finding.sentence
    assert "reaching -4 °C" in finding.sentence


def test_an_excursion_that_no_case_was_told_of_is_graver():
    answer = judged("C9", exhibit(), BOOKED, LIMIT, readings(WARM))
    (finding,) = answer.findings
    assert finding.severity is Severity.A
    assert BOOKED.ref in finding.records
    assert "1 cases with items inside carry no note of it." in finding.sentence


def test_items_that_were_elsewhere_need_no_note():
    gone = event("moved", 500, giver="Keeper", receiver="Chu")
    answer = judged("C9", exhibit(), BOOKED, gone, LIMIT, readings(WARM))
    assert [finding.severity for finding in answer.findings] == [Severity.B]


def test_sensors_that_disagree_cannot_be_told():
    well = readings([-20.0] * 18, "b")
    answer = judged("C9", exhibit(), BOOKED, LIMIT, readings(WARM), well)
    assert answer.findings == ()
    assert "Sensors a and b of S1 disagree." in reasons(answer)


def test_a_silent_sensor():
    silent = [*([-20.0] * 5), None, None, None, None, *([-20.0] * 3)]
    answer = judged("C9", exhibit(), BOOKED, LIMIT, readings(silent))
    (finding,) = answer.findings
    assert finding.severity is Severity.B
    assert "50 minutes, where 30 are allowed" in finding.sentence
    second = readings([-20.0] * 12, "b")
    assert judged("C9", exhibit(), BOOKED, LIMIT, readings(silent), second).findings == ()


def test_a_sensor_that_stopped():
    early = readings([-20.0] * 20)[:10]
    answer = judged("C9", exhibit(), BOOKED, LIMIT, early)
    assert "until now" in answer.findings[0].sentence


def test_a_store_without_readings_or_limits_cannot_be_told():
    other = StoreReading(id="x", store="S2", at=DAY, celsius=4.0)
    answer = judged("C9", exhibit(), BOOKED, LIMIT, other)
    assert "S1: No sensor's readings are held for it." in reasons(answer)
    assert "S2: Its limits are not recorded." in reasons(answer)
    assert judged("C9", exhibit(), BOOKED, LIMIT, readings([None] * 4)).findings == ()
    assert judged("C9", exhibit(), BOOKED, LIMIT).verdict is Verdict.CANNOT_TELL


def entries(person: str, n: int, empty: int, role: str = "analyst") -> list[object]:
    """A person's entries, one a day, the first `empty` of which have no event near them."""
    records: list[object] = []
    for i in range(n):
        at = moment(days=i, minutes=len(person))
        records.append(StoreEntry(id=f"{person}{i}", store="S1", person=person, at=at, role=role))
        if i >= empty:
            records.append(event("seen", moment(days=i, minutes=20), "E1", by=person))
    return records


def test_entries_with_events_hold():
    answer = judged("C10", exhibit(), entries("Ito", 30, 1), entries("Berg", 30, 1))
    assert answer.verdict is Verdict.HOLDS


def test_many_entries_without_events_are_a_finding_that_names_nobody():
    honest = [*entries("Berg", 100, 2), *entries("Dahl", 100, 3)]
    answer = judged("C10", exhibit(), honest, entries("Ito", 40, 12))
    (finding,) = answer.findings
    assert finding.severity is Severity.C
    assert "Ito" not in finding.sentence + "".join(finding.figures)
    assert "12 times without an event" in finding.sentence
    assert finding.records == tuple(Ref("store_entry", f"Ito{i}") for i in range(12))
    mean = 5.5 / 201  # of the others, with half an entry added
    alpha = (1 - mean) / 0.25 - mean  # a beta distribution with that mean and half of it as sd
    assert beta(alpha, alpha * (1 - mean) / mean).std() == pytest.approx(mean / 2)
    tail = betabinom(40, alpha, alpha * (1 - mean) / mean)
    assert finding.p_value == pytest.approx(1 - sum(tail.pmf(k) for k in range(12)), rel=1e-6)


def test_an_amendment_by_the_same_person_afterwards_weighs():
    honest = entries("Berg", 200, 4)
    changed = Amendment(
        id="A1", result="R1", before=1, after=2, at=moment(days=11, minutes=60), by="Ito"
    )
    answer = judged("C10", exhibit(), honest, entries("Ito", 40, 12), changed)
    assert answer.findings[0].severity is Severity.B
    assert answer.findings[0].records[-1] == changed.ref


def test_planned_entries_and_other_roles_are_left_alone():
    planned = [
        StoreEntry(id=f"p{i}", store="S1", person="Ito", at=moment(days=i), planned=True)
        for i in range(40)
    ]
    assert judged("C10", exhibit(), BOOKED, planned).findings == ()
    guards = [*entries("G1", 60, 55, "guard"), *entries("G2", 60, 56, "guard")]
    assert judged("C10", exhibit(), entries("Berg", 100, 2), guards).findings == ()


def test_too_few_entries_of_others_cannot_be_told():
    answer = judged("C10", exhibit(), entries("Ito", 40, 12), entries("Berg", 5, 0))
    assert "Too few entries of others" in reasons(answer)
    assert answer.findings == ()


ANALYST = Actor(id="chu", name="Chu", standing=Standing.ANALYST, person="Chu")
ALWAYS = Interval.parse("2020/..")


def grant(case: str, during: Interval = ALWAYS) -> Grant:
    return Grant(
        id=f"G-{case}", actor="chu", case=case, purpose="work", during=during, given_by="lead"
    )


HANDED = event("moved", 500, giver="Keeper", receiver="Chu")


def test_handled_by_a_user_without_a_grant():
    answer = judged("C10", exhibit(), BOOKED, HANDED, ANALYST, grant("C2"))
    (finding,) = answer.findings
    assert finding.records == (HANDED.ref,)
    assert (finding.severity, finding.case, finding.p_value) == (Severity.C, "C1", None)


@pytest.mark.parametrize(
    "reason",
    [
        grant("C1"),
        Involvement(id="I1", person="Chu", case="C1", role=Role.LABORATORY),
        Emergency(id="M1", actor="chu", case="C1", at=moment(400), until=moment(900), reason="x"),
    ],
)
def test_a_grant_a_role_or_an_emergency_explains_the_handling(reason: object):
    answer = judged("C10", exhibit(), BOOKED, HANDED, ANALYST, grant("C2"), reason)
    assert answer.findings == ()


def test_work_on_an_item_is_handling_too():
    worked = event("examined", 500, by="Chu")
    answer = judged("C10", exhibit(), BOOKED, worked, ANALYST, grant("C2"))
    assert named(answer) == [(worked.ref,)]


def test_a_grant_that_was_revoked_or_over_does_not():
    over = grant("C1", Interval.parse("2020/2023"))
    assert len(judged("C10", exhibit(), BOOKED, HANDED, ANALYST, over).findings) == 1
    revoked = Revocation(id="V1", grant="G-C1", at=Interval.parse("2023"), by="lead")
    answer = judged("C10", exhibit(), BOOKED, HANDED, ANALYST, grant("C1"), revoked)
    assert len(answer.findings) == 1


def test_without_entries_and_grants_it_cannot_tell():
    answer = judged("C10", exhibit(), BOOKED, HANDED)
    assert answer.verdict is Verdict.CANNOT_TELL
    assert "No entries to stores are recorded." in reasons(answer)
    assert "No grants are recorded." in reasons(answer)
