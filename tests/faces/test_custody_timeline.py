"""An exhibit's custody as a picture: declared and unexplained gaps look and read differently."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from tests.prove.custody_records import event, exhibit

from reopen.faces.report.custody_timeline import CustodyTimeline, Happening, custody_timeline
from reopen.faces.workbench.custody_shown import timeline_of, when
from reopen.prove import Holdings
from reopen.prove.custody_chain import chain
from reopen.records.base import Record
from reopen.records.custody import LegacyPeriod
from reopen.records.times import Interval

NOW = datetime(2026, 1, 1, tzinfo=UTC)
FLOOD = LegacyPeriod(
    id="G1", item="E1", during=Interval.parse("1991/1999"), why="flood", declared_by="Okafor"
)
EVENTS = (
    event("collected", "1987-03-14T10:30Z", receiver="Ito", seal_after="K1"),
    event("booked", "1987-03-15", giver="Ito", receiver="Berg", store="S1", confirmed="Vale"),
    event("moved", "2010-06-01", giver="Olsen", receiver="Chu <lab>"),
)


def drawn(*records: Record) -> tuple[CustodyTimeline, ElementTree.Element]:
    holdings = Holdings([exhibit(), *records], now=NOW)
    timeline = timeline_of(chain(holdings, "E1"), "Custody of E1", NOW)
    return timeline, ElementTree.fromstring(str(custody_timeline(timeline)))


def texts(picture: ElementTree.Element) -> list[str]:
    return [each.text or "" for each in picture.iter("text")]


def test_a_break_is_drawn_as_an_unexplained_gap_with_its_reason():
    timeline, picture = drawn(*EVENTS)
    (gap,) = [each for each in timeline.stretches if each.gap]
    assert gap.gap == "unexplained"
    assert (gap.start, gap.end) == (EVENTS[1].at.earliest, EVENTS[2].at.earliest)
    assert "Unexplained gap" in texts(picture)
    assert "takes it from Olsen, while the last record left it with Berg or S1" in str(
        ElementTree.tostring(picture)
    )


def test_a_declared_gap_takes_the_place_of_the_break_it_explains():
    timeline, picture = drawn(*EVENTS, FLOOD)
    assert [each.gap for each in timeline.stretches if each.gap] == ["declared"]
    assert "Declared gap" in texts(picture)
    assert "1991-01-01 to 1999-12-31: flood (declared by Okafor)" in texts(picture)
    assert "Unexplained gap" not in texts(picture)


def test_the_two_kinds_of_gap_differ_without_colour():
    def look(*records: Record) -> tuple[int, int]:
        _, picture = drawn(*records)
        dotted = [box for box in picture.iter("rect") if box.get("stroke-dasharray")]
        hatched = [line for line in picture.iter("line") if line.get("stroke-width") == "0.9"]
        return len(dotted), len(hatched)

    assert look(*EVENTS[:2]) == (0, 0)
    dotted, hatched = look(*EVENTS, FLOOD)
    assert dotted >= 3  # on the strip, in the rows and in the key
    assert hatched == 0
    dotted, hatched = look(*EVENTS)
    assert dotted == 0
    assert hatched > 10


def test_holders_and_gaps_never_lie_over_each_other_on_the_strip():
    timeline, _ = drawn(*EVENTS, FLOOD)
    spans = sorted((each.start, each.end) for each in timeline.stretches if each.start and each.end)
    assert all(one[1] <= other[0] for one, other in pairwise(spans))
    assert [each.holder for each in timeline.stretches if not each.gap] == [
        "Ito",
        "Berg",
        "Berg",
        "Chu <lab>",
    ]


def test_every_event_has_its_row_with_what_it_records():
    timeline, picture = drawn(*EVENTS)
    rows = [row for row in timeline.rows if isinstance(row, Happening)]
    assert [row.told for row in rows] == [
        "collected: by Ito",
        "booked: Ito → Berg, store S1",
        "moved: Olsen → Chu <lab>",
    ]
    assert "closed with seal K1" in texts(picture)
    assert "confirmed by Vale" in texts(picture)


def test_what_cannot_be_judged_is_said_and_is_no_gap():
    timeline, _ = drawn(EVENTS[0], event("moved", "1988-01-01", receiver="Chu", id="V9"))
    last = timeline.rows[-1]
    assert isinstance(last, Happening)
    assert last.doubt == "Cannot tell: V9 does not record who gave it."
    assert not any(each.gap for each in timeline.stretches)


@pytest.mark.parametrize(
    "records",
    [(), (FLOOD,), EVENTS[:1], (event("moved", "../..", receiver="Chu"),), (*EVENTS, *EVENTS)],
    ids=["nothing", "only a gap", "one event", "no time", "twice"],
)
def test_any_exhibit_gives_a_picture(records: tuple[Record, ...]):
    _, picture = drawn(*records)
    height = float(picture.get("viewBox", "").split()[-1])
    for box in picture.iter("rect"):
        assert 0 <= float(box.get("y", "")) <= height
        assert 0 <= float(box.get("x", "")) <= 760
    assert all(0 <= float(each.get("y", "")) <= height for each in picture.iter("text"))


def test_times_are_written_as_precisely_as_they_are_known():
    assert when(Interval.parse("1987-03-14T10:30Z")) == "1987-03-14 10:30"
    assert when(Interval.parse("1987-03")) == "1987-03"
    assert when(Interval.parse("../1987-03-14T10:30Z")) == "not known to 1987-03-14 10:30"
    assert when(Interval.parse("1987/1987-03-14T10:30Z")) == "1987-01-01 to 1987-03-14 10:30"


def test_a_store_that_an_item_was_seen_in_holds_it():
    timeline, _ = drawn(FLOOD, event("seen", "2001-02-03", by="Vale", store="S1"))
    assert [each.holder for each in timeline.stretches if not each.gap] == ["S1"]
    assert timeline.stores == {"S1"}


def test_stores_are_told_apart():
    _, picture = drawn(
        *EVENTS[:2],
        event("moved", "1988-01-01", giver="Berg", store="S2"),
        event("moved", "1989-01-01", giver="S2", store="S3"),
    )
    key = [each.get("fill") for each in picture.iter("rect") if each.get("height") == "10"]
    assert len(key) == len(set(key)) == 4
