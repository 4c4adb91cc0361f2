"""C8: disposals without an order, too early, while a matter was open, or by one person."""

from __future__ import annotations

from tests.prove.custody_records import event, exhibit, judged, named, reasons

from reopen.records.base import Ref
from reopen.records.custody import DisposalOrder, MatterKind, OpenMatter, Retention
from reopen.records.findings import Severity, Verdict
from reopen.records.times import Interval

ITEM = Ref("exhibit", "E1")
GONE = event("disposed", "2025-03-04T10:00Z", by="Keeper", confirmed="Clerk")
ORDER = DisposalOrder(
    id="O1",
    items=("E1",),
    at=Interval.parse("2025-02-01"),
    ordered_by="Judge",
    approved_by="Prosecutor",
)
KEPT = Retention(id="R1", case="C1", until=Interval.parse("2024"), law="Evidence Act 12")


def matter(during: str, kind: MatterKind = MatterKind.APPEAL) -> OpenMatter:
    return OpenMatter(id="X1", case="C1", matter=kind, during=Interval.parse(during))


def test_a_disposal_with_its_order_after_its_time_holds():
    closed = matter("2019/2021")
    answer = judged("C8", exhibit(), GONE, ORDER, KEPT, closed)
    assert answer.verdict is Verdict.HOLDS
    assert answer.could_not == ()


def test_without_an_order():
    answer = judged("C8", exhibit(), GONE, KEPT)
    assert named(answer) == [(ITEM, GONE.ref)]
    (finding,) = answer.findings
    assert finding.severity is Severity.A
    assert finding.helps_defence
    assert "without an order that names it and was given before" in finding.sentence


def test_an_order_for_another_item_or_given_after_is_none():
    other = DisposalOrder(id="O2", items=("E2",), at=Interval.parse("2025-02-01"))
    late = DisposalOrder(id="O3", items=("E1",), at=Interval.parse("2025-04"))
    for order in (other, late):
        assert "without an order" in judged("C8", exhibit(), GONE, order, KEPT).findings[0].sentence


def test_an_order_of_the_same_day_may_have_come_first():
    same_day = DisposalOrder(
        id="O4", items=("E1",), at=Interval.parse("2025-03-04"), ordered_by="J", approved_by="P"
    )
    assert judged("C8", exhibit(), GONE, same_day, KEPT).verdict is Verdict.HOLDS


def test_before_its_retention_or_limitation_date():
    early = Retention(
        id="R1", case="C1", until=Interval.parse("2030"), law="Evidence Act 12",
        limitation=Interval.parse("2027-05-06"),
    )  # fmt: skip
    answer = judged("C8", exhibit(), GONE, ORDER, early)
    assert named(answer) == [(ITEM, GONE.ref, early.ref)]
    sentence = answer.findings[0].sentence
    assert "before 2030, until when Evidence Act 12 keeps it" in sentence
    assert "before the limitation date 2027-05-06" in sentence


def test_what_is_kept_for_ever():
    ever = Retention(id="R1", case="C1", until=None, law="Homicide rule")
    answer = judged("C8", exhibit(), GONE, ORDER, ever)
    assert "for ever (Homicide rule)" in answer.findings[0].sentence


def test_while_an_appeal_or_sentence_was_open():
    open_still = matter("2024/..")
    answer = judged("C8", exhibit(), GONE, ORDER, KEPT, open_still)
    assert named(answer) == [(ITEM, GONE.ref, open_still.ref)]
    assert "while an appeal was open" in answer.findings[0].sentence


def test_a_matter_that_ended_on_that_day_cannot_be_told():
    ended = matter("2024/2025-03-04T10:00Z", MatterKind.SENTENCE)
    vague = event("disposed", "2025-03-04", by="Keeper")
    answer = judged("C8", exhibit(), vague, ORDER, KEPT, ended)
    assert answer.findings == ()
    assert "Whether the sentence was still open is not recorded to the day." in reasons(answer)


def test_two_roles_held_by_one_person():
    own = DisposalOrder(
        id="O1", items=("E1",), at=ORDER.at, ordered_by="Judge", approved_by="Keeper"
    )
    answer = judged("C8", exhibit(), GONE, own, KEPT)
    assert named(answer) == [(ITEM, GONE.ref, own.ref)]
    assert "approved and carried out by one person" in answer.findings[0].sentence


def test_many_at_once_need_two_signatures():
    items = [f"E{i}" for i in range(25)]
    bulk = DisposalOrder(id="O9", items=tuple(items), at=ORDER.at, ordered_by="Judge")
    records = [exhibit(item) for item in items]
    records += [event("disposed", "2025-03-04T10:00Z", item, by="Keeper") for item in items]
    answer = judged("C8", records, bulk, KEPT)
    assert named(answer) == [(Ref("disposal_order", "O9"),)]
    assert "disposed of 25 items" in answer.findings[0].sentence
    assert judged("C8", records, bulk, KEPT, bulk=30).findings == ()


def test_a_case_or_retention_not_recorded_cannot_be_told():
    answer = judged("C8", exhibit(), GONE, ORDER)
    assert answer.findings == ()
    assert "No retention is recorded for case C1." in reasons(answer)
    assert "case is not recorded" in reasons(judged("C8", GONE, ORDER))


def test_without_disposals_it_cannot_tell():
    answer = judged("C8", exhibit(), event("booked", 0, store="S1"))
    assert answer.verdict is Verdict.CANNOT_TELL
