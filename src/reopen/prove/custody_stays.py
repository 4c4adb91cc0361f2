"""When each item was in which registered store, as custody events say.

Not here: any rule.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reopen.prove.holdings import Holdings
from reopen.records.custody import CustodyEvent, EventKind
from reopen.records.times import Interval

_AWAY = frozenset((EventKind.DISPOSED, EventKind.LOST))


@dataclass(frozen=True, slots=True)
class Stay:
    """An item in a store from one event to another. left None: it is still there."""

    item: str
    store: str
    entered: CustodyEvent
    left: CustodyEvent | None

    def certainly_meets(self, during: Interval) -> bool:
        """It was there at some moment of an interval, whatever the moments within the events."""
        if self.entered.at.latest is None or during.latest is None:
            return False
        if self.entered.at.latest > during.latest:
            return False
        if self.left is None:
            return True
        gone = self.left.at.earliest
        return gone is not None and during.earliest is not None and gone > during.earliest

    def may_hold(self, at: Interval) -> bool:
        """It may have been there at a time."""
        if at.before(self.entered.at):
            return False
        return self.left is None or not self.left.at.before(at)


def stays_by_store(holdings: Holdings) -> Mapping[str, Sequence[Stay]]:
    stays: dict[str, list[Stay]] = defaultdict(list)
    for item, events in holdings.by(CustodyEvent, "item").items():
        inside: CustodyEvent | None = None
        for event in events:
            if _stays(event) or (inside is not None and event.store == inside.store):
                continue
            if inside is not None and inside.store:
                stays[inside.store].append(Stay(str(item), inside.store, inside, event))
            inside = event if event.store else None
        if inside is not None and inside.store:
            stays[inside.store].append(Stay(str(item), inside.store, inside, None))
    return stays


def _stays(event: CustodyEvent) -> bool:
    """An event that moves nothing."""
    moved = event.store or event.receiver or event.place or event.event in _AWAY
    return not moved


def all_stays(holdings: Holdings) -> Mapping[str, Sequence[Stay]]:
    """The stays of each item."""
    by_item: dict[str, list[Stay]] = defaultdict(list)
    for every in stays_by_store(holdings).values():
        for stay in every:
            by_item[stay.item].append(stay)
    return by_item
