"""What has a time in a case, in lanes for its timeline and as rows: said, people, custody,
laboratory.

Not here: drawing (`report.case_timeline`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from reopen.errors import ReopenError
from reopen.faces.report.case_timeline import Lane, Spell
from reopen.faces.workbench.case_file import CaseFile
from reopen.records.base import Ref
from reopen.records.fields import Holds, field_of
from reopen.records.statements import State, Statement
from reopen.records.times import Interval

MOST_ROWS = 60
LANES = ("Said of the case", "Said of people", "People", "Custody", "Laboratory")


@dataclass(frozen=True, slots=True)
class Timed:
    """Something with a time. row: what it is drawn in a row with; '' for a row of its own."""

    lane: str
    told: str
    at: Interval
    by: str
    record: Ref
    row: str = ""


def times_of(file: CaseFile) -> tuple[Timed, ...]:
    """Everything of a case that has a time, the earliest first."""
    found = [*_said(file), *_people(file), *_custody(file), *_laboratory(file)]
    return tuple(sorted(found, key=_start))


def lanes_of(times: Iterable[Timed]) -> tuple[Lane, ...]:
    """For the picture: what belongs together in one row; at most so many rows."""
    lanes: dict[str, dict[str, list[Interval]]] = {name: {} for name in LANES}
    rows = 0
    for n, each in enumerate(times):
        lane = lanes[each.lane]
        key = each.row or f"{n}\0{each.told}"
        if key not in lane:
            if rows >= MOST_ROWS:
                continue
            rows += 1
        lane.setdefault(key, []).append(each.at)
    return tuple(
        Lane(
            name,
            tuple(Spell(key.partition("\0")[2] or key, tuple(some)) for key, some in lane.items()),
        )
        for name, lane in lanes.items()
    )


def _start(each: Timed) -> tuple[float, float, str]:
    at = each.at
    first = at.earliest or at.latest
    last = at.latest or at.earliest
    return (
        first.timestamp() if first else float("inf"),
        last.timestamp() if last else float("inf"),
        each.told,
    )


def _said(file: CaseFile) -> Iterator[Timed]:
    yield from _statements(LANES[0], file.statements, "")
    for person, some in file.of_people.items():
        yield from _statements(LANES[1], some, f"{person}: ")


def _statements(lane: str, some: Iterable[Statement], whose: str) -> Iterator[Timed]:
    for one in some:
        if field_of(one.subject.kind, one.field).holds is Holds.TIME:
            at = time_of(one)
            if at is not None:
                words = one.field.replace("_", " ")
                yield Timed(lane, f"{whose}{words}", at, one.speaker or one.source, one.ref)


def time_of(one: Statement) -> Interval | None:
    """The time that a statement gives; None where it gives none that can be read."""
    if one.state is not State.PRESENT:
        return None
    try:
        return Interval.parse(one.value)
    except ReopenError:
        return None


def _people(file: CaseFile) -> Iterator[Timed]:
    lane = LANES[2]
    for each in file.involvements:
        if each.during:
            yield Timed(lane, f"{each.person}: {each.role}", each.during, "", each.ref)
    for one in file.interviews:
        if one.held:
            yield Timed(lane, f"{one.person} heard", one.held, one.by or "", one.ref)
        elif one.named:
            yield Timed(lane, f"{one.person} named, not heard", one.named, one.by or "", one.ref)
    for there in file.presences:
        yield Timed(
            lane, f"{there.person}: {there.presence}", there.during, there.source, there.ref
        )
    for known in file.names_known:
        yield Timed(lane, "a name known to the laboratory", known.at, known.how, known.ref)


def _custody(file: CaseFile) -> Iterator[Timed]:
    for each in file.exhibits:
        if each.collected:
            yield Timed(
                LANES[3], f"{each.id}: collected", each.collected, each.collected_by or "",
                each.ref, each.id,
            )  # fmt: skip
    for event in file.events:
        yield Timed(
            LANES[3], f"{event.item}: {event.event}", event.at, event.by or "", event.ref,
            event.item,
        )  # fmt: skip


def _laboratory(file: CaseFile) -> Iterator[Timed]:
    lane = LANES[4]
    for each in file.requests:
        what = f"{each.test or 'test'} of {each.item}"
        if each.asked:
            yield Timed(lane, f"{what} asked for", each.asked, each.by or "", each.ref)
        if each.answered:
            yield Timed(lane, f"{what} answered", each.answered, "", each.ref)
        if each.declined:
            yield Timed(lane, f"{what} declined", each.declined, "", each.ref)
    for result in file.results:
        told = f"{result.sample}: {result.kind}"
        yield Timed(lane, told, result.at, result.analyst or "", result.ref)
