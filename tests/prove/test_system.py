"""S1 to S6: the log, the clock, looks, alarms turned down, and imports."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.prove.custody_records import NOW, event, exhibit, judged, moment, named, reasons

from reopen.prove import RULES
from reopen.records.access import (
    Action,
    Actor,
    Emergency,
    Grant,
    ReadEvent,
    Standing,
)
from reopen.records.base import Ref
from reopen.records.cases import Involvement, Relation, Role
from reopen.records.custody import LegacyPeriod
from reopen.records.findings import Severity, Verdict
from reopen.records.organisation import (
    CheckpointSeen,
    ImportCount,
    KeyChange,
    LogCheck,
    RuleSetting,
)
from reopen.records.results import LabResult, Milestone, Report, ResultKind
from reopen.records.times import Interval


def ago(days: float) -> Interval:
    return Interval.at(NOW - timedelta(days=days))


def seen(id: str, size: int, root: str, days: float, **fields: object) -> CheckpointSeen:
    given = {"held_by": "witness A", "cosigned": True, **fields}
    return CheckpointSeen(id=id, origin="unit/log", size=size, root=root, at=ago(days), **given)


GROWING = [seen("K1", 10, "aa", 30), seen("K2", 20, "bb", 10), seen("K3", 30, "cc", 1)]


def test_a_log_that_grows_and_is_cosigned_holds():
    answer = judged("S1", GROWING)
    assert answer.verdict is Verdict.HOLDS
    assert answer.looked_at == 3


def test_a_checkpoint_that_does_not_fit():
    bad = seen("K4", 25, "dd", 0.5, held_by="", cosigned=False, answer="inconsistent")
    answer = judged("S1", GROWING, bad)
    assert named(answer) == [(bad.ref,)]
    assert answer.findings[0].severity is Severity.A


def test_two_roots_of_one_size():
    other = seen("K4", 20, "ee", 5, held_by="the defence", cosigned=False)
    answer = judged("S1", GROWING, other)
    assert named(answer) == [(GROWING[1].ref, other.ref)]
    assert "2 roots for size 20: at witness A and the defence" in answer.findings[0].sentence


def test_a_witness_that_saw_the_log_shrink():
    smaller = seen("K4", 15, "ff", 0.5)
    assert named(judged("S1", GROWING, smaller)) == [(GROWING[2].ref, smaller.ref)]


def test_a_stranger_may_show_an_old_receipt_late():
    receipts = [seen(f"Q{n}", n, str(n), 9 - n, held_by="x", cosigned=False) for n in (8, 7, 3)]
    assert judged("S1", GROWING, receipts).verdict is Verdict.HOLDS


def test_no_answer_is_not_a_wrong_answer():
    silent = seen("K4", 30, "", 0.1, answer="no answer", cosigned=False)
    answer = judged("S1", GROWING, silent)
    assert answer.verdict is Verdict.HOLDS
    assert "No answer from witness A; that is no wrong one." in reasons(answer)


def test_without_a_cosignature_for_the_set_time():
    silent = seen("K4", 30, "", 2, answer="no answer", cosigned=False)
    answer = judged("S1", GROWING[:2], silent)
    (finding,) = answer.findings
    assert finding.records == (GROWING[1].ref, silent.ref)
    assert "1 times a witness gave no answer since" in finding.sentence
    assert judged("S1", GROWING[:2], cosigned_days=14).findings == ()


def test_a_log_without_witnesses_proves_nothing_against_its_operator():
    answer = judged("S1", seen("K1", 10, "aa", 30, cosigned=False, held_by="reader"))
    assert "it proves nothing against its operator" in reasons(answer)


def check(**fields: object) -> LogCheck:
    return LogCheck(id="K", at=ago(1), size=40, root="aa", compared=40, **fields)


def test_rows_that_match_their_entries_hold():
    assert judged("S2", check()).verdict is Verdict.HOLDS
    assert judged("S2", exhibit()).verdict is Verdict.CANNOT_TELL


def test_each_way_in_which_rows_and_entries_differ_is_a_finding():
    one, other = Ref("lab_result", "R1"), Ref("custody_event", "V1")
    answer = judged(
        "S2", check(rows_without_entry=(one,), other_bytes=(other,), entries_without_row=(7,))
    )
    assert named(answer) == [(one, check().ref), (other, check().ref), (check().ref,)]
    assert {finding.severity for finding in answer.findings} == {Severity.A}
    assert len({finding.id for finding in answer.findings}) == 3
    assert "Entry 7 of the log has no row" in answer.findings[2].sentence


def test_a_report_without_a_comparison_before_it_cannot_be_told():
    old = Report(id="P1", case="C1", issued=ago(20))
    fresh = Report(id="P2", case="C1", issued=ago(0.5))
    answer = judged("S2", check(), old, fresh)
    assert [what for what, _ in answer.could_not] == ["report P1"]


def test_events_entered_in_time_hold():
    soon = event("moved", 0, entered=moment(600))
    answer = judged("S3", exhibit(), soon)
    assert answer.verdict is Verdict.HOLDS
    assert answer.could_not == ()


def test_dates_in_the_future():
    tomorrow = Interval.at(NOW + timedelta(days=1))
    result = LabResult(
        id="R1", result="R", case="C1", sample="S", kind=ResultKind.PROFILE, at=tomorrow
    )
    before_it_happened = event("moved", 600, entered=moment(0))
    answer = judged("S3", exhibit(), result, before_it_happened, event("seen", 0, entered=moment()))
    assert {refs[0] for refs in named(answer)} == {result.ref, before_it_happened.ref}
    assert {finding.severity for finding in answer.findings} == {Severity.B}
    slow_clock = event("moved", 600, entered=moment(0), clock_error_s=11 * 3600.0)
    assert judged("S3", exhibit(), slow_clock).verdict is Verdict.HOLDS


def test_an_event_entered_later_than_policy():
    late = event("moved", 0, entered=moment(days=5))
    answer = judged("S3", exhibit(), late)
    assert named(answer) == [(late.ref,)]
    assert (answer.findings[0].severity, answer.findings[0].case) == (Severity.B, "C1")
    assert judged("S3", exhibit(), late, backdating_hours=200).findings == ()


def test_back_dating_across_a_milestone_is_graver():
    trial = Milestone(id="T1", milestone="trial", at=moment(days=2), case="C1")
    late = event("moved", 0, entered=moment(days=5))
    answer = judged("S3", exhibit(), late, trial)
    assert named(answer) == [(late.ref, trial.ref)]
    assert answer.findings[0].severity is Severity.A
    elsewhere = Milestone(id="T1", milestone="trial", at=moment(days=2), case="C2")
    assert judged("S3", exhibit(), late, elsewhere).findings[0].severity is Severity.B


def test_a_device_with_a_counter_may_queue():
    queued = event("moved", 0, entered=moment(days=20), device="tablet", counter=1)
    assert judged("S3", exhibit(), queued).verdict is Verdict.HOLDS
    too_long = event("moved", 0, entered=moment(days=40), device="tablet", counter=1)
    assert len(judged("S3", exhibit(), too_long).findings) == 1


def counted(counter: int, at: float, **fields: object):
    return event("moved", at, device="tablet", counter=counter, entered=moment(at + 1), **fields)


def test_a_devices_count_and_clock_run_on():
    assert judged("S3", exhibit(), [counted(n, n * 10) for n in (1, 2, 3)]).findings == ()


@pytest.mark.parametrize(
    ("second", "says"),
    [
        (counted(4, 40), "No record holds counts 2 to 3 of device tablet"),
        (counted(1, 40), "counted two events as 1"),
        (counted(2, -60), "dated it 60 minutes earlier"),
    ],
)
def test_a_devices_count_with_a_hole_a_double_or_a_step_back(second, says: str):
    first = counted(1, 0)
    answer = judged("S3", exhibit(), first, second)
    assert says in answer.findings[0].sentence
    assert answer.findings[0].records == (second.ref, first.ref) or "two events" in says


def test_a_small_step_back_is_the_clocks_error():
    assert judged("S3", exhibit(), counted(1, 0), counted(2, -9)).findings == ()


def test_paper_and_missing_times_of_entry_cannot_be_told():
    gap = LegacyPeriod(id="G", item="E1", during=Interval.parse("2024"), why="paper")
    from_paper = event("moved", 0, entered=moment(days=300))
    in_batch = event("moved", 0, "E2", entered=moment(days=300), batch_entry=True)
    answer = judged("S3", exhibit(), gap, from_paper, in_batch, event("seen", 0, "E2"))
    assert answer.findings == ()
    assert "stated gap, entered from paper" in reasons(answer)
    assert "Entered in a batch" in reasons(answer)
    assert "1 custody events: When they were entered is not recorded." in reasons(answer)


ANN = Actor(id="ann", name="Ann", standing=Standing.DETECTIVE, person="PA")
BEN = Actor(id="ben", name="Ben", standing=Standing.DETECTIVE, person="PB")
ON_C1 = Grant(
    id="G1", actor="ann", case="C1", purpose="x", during=Interval.parse("2024/2025-06"),
    given_by="lead",
)  # fmt: skip


def read(target: str, days: float = 300, **fields: object) -> ReadEvent:
    given = {"actor": "ann", "action": Action.READ, "case": "C1", **fields}
    id = f"L{target}{days}{given['actor']}{given.get('count')}"
    return ReadEvent(id=id, target=target, at=ago(days), **given)


def test_looks_under_a_grant_hold():
    answer = judged("S4", ANN, BEN, ON_C1, read("case C1"), read("person P7"))
    assert answer.verdict is Verdict.HOLDS
    assert answer.looked_at == 2


def test_a_look_at_a_relative_a_colleague_or_oneself():
    sister = Relation(id="R1", one="P7", other="PA", relation="sister")
    looks = (read("person P7"), read("person PB"), read("person PA"))
    answer = judged("S4", ANN, BEN, ON_C1, sister, looks)
    told = sorted(finding.sentence.split("person who is ")[1] for finding in answer.findings)
    assert told == [
        "a colleague who has no role in the case.",
        "on record as sister of the reader.",
        "the reader.",
    ]
    assert not any("PB" in finding.sentence for finding in answer.findings)


def test_a_colleague_with_a_role_in_the_case_is_no_finding():
    attended = Involvement(id="I1", person="PB", case="C1", role=Role.SCENE_EXAMINER)
    assert judged("S4", ANN, BEN, ON_C1, attended, read("person PB")).findings == ()


def test_a_bulk_export_by_number_or_against_the_role():
    whole = read("unit", action=Action.EXPORT, count=5000, case=None)
    assert named(judged("S4", ANN, BEN, whole)) == [(whole.ref,)]
    peers = [read("case C1", n, actor="ben", action=Action.EXPORT, count=20) for n in range(6)]
    large = read("case C1", action=Action.EXPORT, count=250)
    answer = judged("S4", ANN, BEN, ON_C1, large, peers)
    assert named(answer) == [(large.ref,)]
    assert "where 20 is usual in that role" in answer.findings[0].sentence
    usual = read("case C1", action=Action.EXPORT, count=150)
    assert judged("S4", ANN, BEN, ON_C1, usual, peers).findings == ()


def test_looks_after_the_case_or_the_unit_was_left():
    after = [read("case C1", 20), read("case C1", 10)]
    answer = judged("S4", ANN, ON_C1, after, read("case C1", 300))
    assert named(answer) == [(after[0].ref, after[1].ref)]
    gone = Actor(id="ann", name="Ann", standing=Standing.DETECTIVE, left=Interval.parse("2025-07"))
    answer = judged("S4", gone, read("case C2", 10, case="C2"))
    assert "somebody who had left the unit" in answer.findings[0].sentence


def test_a_refused_look_showed_nothing():
    refused = read("person PB", rule="refused")
    assert judged("S4", ANN, BEN, refused).verdict is Verdict.CANNOT_TELL


def test_a_reader_who_is_no_actor_cannot_be_told():
    answer = judged("S4", ANN, read("case C1", actor="old-system"))
    assert answer.verdict is Verdict.CANNOT_TELL
    assert "Who old-system is, is not recorded among the actors." in reasons(answer)


def emergency(days: float, reviewed: float | None = None, by: str | None = "lead") -> Emergency:
    return Emergency(
        id="M1", actor="ann", case="C1", at=ago(days), until=ago(days - 1), reason="x",
        reviewed=None if reviewed is None else ago(reviewed),
        reviewed_by=None if reviewed is None else by,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("taken", "says"),
    [
        (emergency(10), "has no review after 72 hours"),
        (emergency(10, 2), "was reviewed after 192 hours"),
        (emergency(10, 9, "ann"), "was reviewed by whoever took it"),
    ],
)
def test_an_emergency_without_its_review(taken: Emergency, says: str):
    answer = judged("S4", ANN, read("case C1"), taken)
    assert named(answer) == [(taken.ref,)]
    assert says in answer.findings[0].sentence


def test_an_emergency_reviewed_in_time_or_not_due_holds():
    for taken in (emergency(10, 8), emergency(1)):
        assert judged("S4", ANN, read("case C1"), taken).verdict is Verdict.HOLDS


def setting(id: str = "Z1", **fields: object) -> RuleSetting:
    given = {"rule": "L2", "at": ago(50), "by": "ann", "muted": True, **fields}
    return RuleSetting(id=id, **given)


def test_changes_with_a_second_person_hold():
    approved = setting(approved_by="ben", concerns=("PC",))
    key = KeyChange(id="Y1", what="witness A", at=ago(40), by="ann", approved_by="ben")
    assert judged("S5", ANN, BEN, approved, key).verdict is Verdict.HOLDS


@pytest.mark.parametrize(
    "change",
    [
        setting(approved_by="ben", concerns=("PA",)),
        setting(approved_by="ben", concerns=("ben",)),
        setting(approved_by="ann"),
        setting(),
        setting(muted=False, setting="L2.least", before=1.0, after=9.0),
        KeyChange(id="Y1", what="signing key", at=ago(40), by="ann"),
    ],
)
def test_a_change_by_one_person_or_by_whom_it_concerns(change: RuleSetting | KeyChange):
    answer = judged("S5", ANN, BEN, change)
    assert named(answer) == [(change.ref,)]
    assert answer.findings[0].severity is Severity.A


def test_one_person_is_known_by_both_names():
    twin = Actor(id="ann2", name="Ann", standing=Standing.LEAD, person="PA")
    assert judged("S5", ANN, twin, BEN, setting(approved_by="ann2")).verdict is Verdict.FAILS


def test_a_unit_of_one_cannot_be_told():
    answer = judged("S5", ANN, setting())
    assert answer.findings == ()
    assert "ask for a look outside" in reasons(answer)


def test_a_rule_put_in_force_again_needs_nobody():
    assert judged("S5", ANN, BEN, setting(muted=False)).verdict is Verdict.HOLDS


def test_too_many_muted_rules():
    many = [setting(f"Z{n}", rule=f"L{n}", approved_by="ben") for n in range(len(RULES))]
    answer = judged("S5", ANN, BEN, many)
    (finding,) = answer.findings
    assert len(finding.records) == len(RULES)
    assert judged("S5", ANN, BEN, many, muted_share=1.0).verdict is Verdict.HOLDS


def test_without_users_it_cannot_tell():
    assert judged("S5").verdict is Verdict.CANNOT_TELL


def imported(**fields: int) -> ImportCount:
    given = {"rows": 100, "accepted": 90, "unchanged": 10, "expected": 100, **fields}
    return ImportCount(id="F1", file="events.csv", sha256="00", at=ago(3), **given)


def test_an_import_that_adds_up_holds():
    answer = judged("S6", imported(accepted=85, refused=5, refused_disposed=5))
    assert answer.verdict is Verdict.HOLDS
    assert answer.could_not == ()


@pytest.mark.parametrize(
    ("count", "says"),
    [
        (imported(accepted=80), "has 100 rows, of which 90 were taken or refused"),
        (imported(expected=140), "while its sender sent 140"),
        (imported(accepted=85, refused=5, refused_disposed=2), "left 3 refused rows"),
    ],
)
def test_an_import_that_left_something_behind(count: ImportCount, says: str):
    answer = judged("S6", count)
    assert named(answer) == [(count.ref,)]
    assert says in answer.findings[0].sentence
    assert answer.findings[0].severity is Severity.A


def test_a_sender_who_gave_no_count_cannot_be_told():
    unknown = ImportCount(id="F1", file="e.csv", sha256="00", at=ago(3), rows=2, accepted=2)
    assert "sender of e.csv sent is not recorded" in reasons(judged("S6", unknown))
