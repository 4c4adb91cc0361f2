"""Custody events from scanned codes, or from the same words typed: one code a line.

A scanner types what a label says and presses Enter. A code may say what it is ("to:Berg",
"store:S1", "closed:K1044"); a bare one is what the unit knows by that name, and is refused where
that is nothing or more than one thing. Not here: keeping the events (`custody`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime

from reopen.records.custody import CustodyEvent, EventKind
from reopen.records.times import Interval

Known = Callable[[str], Collection[str]]
"""Kinds of thing that the unit knows by a code: 'item', 'person', 'place'."""

TAKES = ("item", "event", "from", "to", "place", "store", "found", "closed", "photo")
ACTS = ("ok", "clear", "done")


@dataclass(slots=True)
class Scanning:
    """What has been scanned since the last `ok`.

    known   what the unit knows by a code
    name    makes an event's id from an item and a moment
    by      who scans
    """

    known: Known
    name: Callable[[str, datetime], str]
    by: str
    items: list[str] = field(default_factory=list)
    said: dict[str, str] = field(default_factory=dict)
    people: list[str] = field(default_factory=list)
    done: bool = False

    def read(self, code: str, now: datetime) -> tuple[str, tuple[CustodyEvent, ...]]:
        """Take one code. Returns what to tell the person, and the events that `ok` completed."""
        code = code.strip()
        if code.lower() in ACTS:
            return self._act(code.lower(), now)
        what, colon, value = code.partition(":")
        if colon and what.strip().lower() in TAKES:
            return self._take(what.strip().lower(), value.strip()), ()
        if code.lower() in tuple(EventKind):
            return self._take("event", code.lower()), ()
        return self._bare(code), ()

    def _bare(self, code: str) -> str:
        kinds = sorted(self.known(code))
        if not kinds:
            return (
                f"Refused: the unit knows nothing by {code!r}. Say what it is: "
                f"{', '.join(f'{what}:{code}' for what in TAKES[:1] + TAKES[2:8])}."
            )
        if len(kinds) > 1:
            return f"Refused: {code!r} is a {' and a '.join(kinds)}. Say which: {kinds[0]}:{code}."
        return self._take(kinds[0], code)

    def _take(self, what: str, value: str) -> str:
        if not value:
            return f"Refused: {what} without a name."
        if what == "event" and value.lower() not in tuple(EventKind):
            return f"Refused: {value!r} is no event. Events: {', '.join(EventKind)}."
        if what == "item":
            if value in self.items:
                return f"Item {value} is there already."
            self.items.append(value)
            return f"Item {value} ({len(self.items)})."
        if what == "person":
            self.people.append(value)
            return f"Person {value} ({len(self.people)})."
        self.said[what] = value
        return f"{what.capitalize()} {value}."

    def _act(self, act: str, now: datetime) -> tuple[str, tuple[CustodyEvent, ...]]:
        if act == "clear":
            self._clear()
            return "Cleared.", ()
        if act == "done":
            self.done = True
            waits = bool(self.items or self.said or self.people)
            told = "Done; what was scanned since the last ok is not kept." if waits else "Done."
            return told, ()
        lacks = self._lacks()
        if lacks:
            return f"Refused: {lacks}", ()
        events = tuple(self._event(item, now) for item in self.items)
        self._clear()
        return f"{len(events)} events.", events

    def _lacks(self) -> str:
        if not self.items:
            return "no item has been scanned."
        if "event" not in self.said:
            return f"no event has been scanned: {', '.join(EventKind)}."
        if len(self.people) > 2:
            return f"{len(self.people)} people: one gives and one receives. Scan clear, and begin."
        return ""

    def _event(self, item: str, now: datetime) -> CustodyEvent:
        """One badge is the receiver's, with whoever scans as giver; two are giver and receiver."""
        giver, receiver = self.said.get("from"), self.said.get("to")
        if len(self.people) == 2:
            giver, receiver = giver or self.people[0], receiver or self.people[1]
        elif self.people:
            giver, receiver = giver or self.by, receiver or self.people[0]
        return CustodyEvent(
            id=self.name(item, now),
            item=item,
            event=EventKind(self.said["event"].lower()),
            at=Interval.at(now),
            giver=giver,
            receiver=receiver,
            by=self.by,
            place=self.said.get("place"),
            store=self.said.get("store"),
            seal_before=self.said.get("found"),
            seal_after=self.said.get("closed"),
            photo=self.said.get("photo"),
            entered=Interval.at(now),
        )

    def _clear(self) -> None:
        self.items, self.said, self.people = [], {}, []
