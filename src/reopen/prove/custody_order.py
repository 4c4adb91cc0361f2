"""The order of an item's events, where their times leave more than one: that which fits best.

Two people write down "10:20" and "about ten", and one sets a clock two minutes late. A fault is
certain only where every order that the times allow has it. Not here: what a fault is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import TypeVar

from reopen.records.custody import CustodyEvent, EventKind

State = TypeVar("State")
_MOST_STEPS = 3000
_PLACE = {EventKind.COLLECTED: 0, EventKind.DISPOSED: 2}  # among events of one time; else 1


class TooMany(Exception):
    """More orders than can be tried."""


def groups(
    events: Sequence[CustodyEvent], tolerance: timedelta
) -> Iterator[tuple[CustodyEvent, ...]]:
    """Events cut where the order is certain."""
    group: list[CustodyEvent] = []
    for event in events:
        if group and all(certainly_first(before, event, tolerance) for before in group):
            yield tuple(group)
            group = []
        group.append(event)
    if group:
        yield tuple(group)


def certainly_first(one: CustodyEvent, other: CustodyEvent, tolerance: timedelta) -> bool:
    """The one was earlier by more than the tolerance and the errors that their clocks declare; or
    neither was, and the one begins the item's custody or the other ends it."""
    if _earlier(one, other, tolerance):
        return True
    if _earlier(other, one, tolerance):
        return False
    return _PLACE.get(one.event, 1) < _PLACE.get(other.event, 1)


def _earlier(one: CustodyEvent, other: CustodyEvent, tolerance: timedelta) -> bool:
    if one.at.latest is None or other.at.earliest is None:
        return False
    clocks = timedelta(seconds=(one.clock_error_s or 0.0) + (other.clock_error_s or 0.0))
    return one.at.latest + tolerance + clocks < other.at.earliest


def best(
    start: State,
    group: tuple[CustodyEvent, ...],
    following: Sequence[CustodyEvent],
    tolerance: timedelta,
    follow: Callable[[State, Sequence[CustodyEvent]], State],
    faults: Callable[[State], int],
    matters: Callable[[State], object],
) -> State:
    """The state after a group, in an order with the fewest faults up to the next event.

    follow   the state after events, as a new value
    matters  what of a state decides about later events; one that changes nothing comes when it may

    Raises TooMany where it is not known whether some order has none.
    """
    before = faults(start)
    in_order = follow(start, group)
    most = faults(follow(in_order, following)) - before
    if most == 0 or len(group) == 1:
        return in_order
    steps = [0]

    def search(state: State, left: tuple[CustodyEvent, ...], allowed: int) -> State | None:
        steps[0] += 1
        if steps[0] > _MOST_STEPS:
            raise TooMany
        if faults(state) - before > allowed:
            return None
        if not left:
            return state if faults(follow(state, following)) - before <= allowed else None
        for place, event in enumerate(left):
            others = left[:place] + left[place + 1 :]
            if any(certainly_first(other, event, tolerance) for other in others):
                continue
            after = follow(state, [event])
            found = search(after, others, allowed)
            changes_nothing = faults(after) == faults(state) and matters(after) == matters(state)
            if found is not None or changes_nothing:
                return found
        return None

    for allowed in range(most):
        try:
            found = search(start, group, allowed)
        except TooMany:
            if allowed == 0:
                raise
            return in_order  # some fault is certain; which order has fewest is not
        if found is not None:
            return found
    return in_order
