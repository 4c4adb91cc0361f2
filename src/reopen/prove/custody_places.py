"""Whether nobody and nothing was in two places faster than anybody travels: rule C2.

An item is where its event says it is afterwards, and so is whoever received it. Not here: who held
it (`custody_possession`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from itertools import pairwise
from math import asin, cos, radians, sin, sqrt

from reopen.prove.custody_times import longest_apart, thing, widened
from reopen.prove.holdings import Holdings
from reopen.prove.rules import Settings, answer, finding, rule
from reopen.records.base import Ref
from reopen.records.cases import Person, Place
from reopen.records.custody import CustodyEvent, TravelTime
from reopen.records.findings import Finding, RuleAnswer, Severity
from reopen.records.times import Interval

_EARTH_KM = 6371.0
_PRECISE = timedelta(hours=12)  # a longer interval can show nobody in two places
_Pair = frozenset[str]


class _Travel:
    """The shortest minutes between two places: as recorded, else from the straight line."""

    def __init__(self, holdings: Holdings, kmh: float):
        self._minutes: dict[_Pair, float | None] = {}
        for each in holdings.of(TravelTime):
            pair = frozenset((each.one, each.other))
            known = self._minutes.get(pair)
            self._minutes[pair] = each.minutes if known is None else min(known, each.minutes)
        self._places = {place.id: place for place in holdings.of(Place)}
        self._kmh = kmh

    def minutes(self, one: str, other: str) -> float | None:
        pair = frozenset((one, other))
        if pair not in self._minutes:
            self._minutes[pair] = self._straight(one, other)
        return self._minutes[pair]

    def _straight(self, one: str, other: str) -> float | None:
        here, there = self._places.get(one), self._places.get(other)
        if here is None or there is None:
            return None
        km = distance_km(here, there)
        return None if km is None else 60.0 * km / self._kmh


def distance_km(one: Place, other: Place) -> float | None:
    """The shortest distance that two uncertain points allow, over a sphere (haversine)."""
    if one.latitude is None or one.longitude is None:
        return None
    if other.latitude is None or other.longitude is None:
        return None
    north, east = radians(other.latitude - one.latitude), radians(other.longitude - one.longitude)
    across = cos(radians(one.latitude)) * cos(radians(other.latitude))
    half = sin(north / 2) ** 2 + across * sin(east / 2) ** 2
    km = 2 * _EARTH_KM * asin(min(1.0, sqrt(half)))
    return max(0.0, km - (one.radius_km or 0.0) - (other.radius_km or 0.0))


@rule(
    "C2",
    "Nobody is in two places",
    severity=Severity.A,
    needs=(CustodyEvent,),
    asks="Could each item and each person have travelled between the places of two events?",
    checks=(
        "A clock that was wrong, or summer time: compare both devices with a good clock.",
        "An event entered later with the time of entry: ask who typed it, and from what.",
        "A colleague who signed for another: ask both, and compare the shift's list.",
        "A place named by its old or wider name: look at the list of places.",
    ),
    learnt="NISTIR 7928",
    numbers={
        "C2.clock_minutes": (5.0, "minutes a clock may be wrong where its error was not recorded"),
        "C2.kmh": (250.0, "km/h in a straight line, where no travel time is recorded"),
    },
)
def nobody_in_two_places(holdings: Holdings, settings: Settings) -> RuleAnswer:
    clock_s = 60.0 * settings.number("C2.clock_minutes", 5.0)
    travel = _Travel(holdings, settings.number("C2.kmh", 250.0))
    findings: dict[tuple[str, str], Finding] = {}
    unknown: Counter[tuple[str, str]] = Counter()
    looked_at = 0
    for about, events in _series(holdings):
        for one, other in _placed(events):
            here, there = one.place or "", other.place or ""
            needed = 0.0 if here == there else travel.minutes(here, there)
            if needed is None:
                first, second = sorted((here, there))
                unknown[first, second] += 1
                continue
            looked_at += 1
            if not needed:
                continue
            had = longest_apart(_by_its_clock(one, clock_s), _by_its_clock(other, clock_s))
            if had is not None and had < timedelta(minutes=needed):
                found = _two_places(holdings, about, one, other, needed, had)
                findings.setdefault((one.id, other.id), found)
    unable = [
        (f"{one} and {other}", f"No travel time and no coordinates, for {count} moves.")
        for (one, other), count in unknown.items()
    ]
    unable += _without_time(holdings)
    return answer("C2", findings.values(), looked_at=looked_at, could_not=unable)


def _series(holdings: Holdings) -> Iterator[tuple[Ref, Sequence[CustodyEvent]]]:
    """The events of each item, and those that left something with each person."""
    for item, events in holdings.by(CustodyEvent, "item").items():
        yield thing(holdings, str(item)), events
    for person, events in holdings.by(CustodyEvent, "receiver").items():
        if person is not None:
            yield Ref(Person.KIND, str(person)), events


def _placed(events: Sequence[CustodyEvent]) -> Iterator[tuple[CustodyEvent, CustodyEvent]]:
    """Successive events with places, whose times are recorded to the half day."""
    return pairwise(event for event in events if event.place and not _is_vague(event))


def _is_vague(event: CustodyEvent) -> bool:
    if event.at.is_moment:
        return _has_only_time_of_entry(event)
    length = event.at.length
    return length is None or length > _PRECISE or _has_only_time_of_entry(event)


def _has_only_time_of_entry(event: CustodyEvent) -> bool:
    return event.batch_entry and (event.entered is None or event.entered == event.at)


def _by_its_clock(event: CustodyEvent, clock_s: float) -> Interval:
    """When it was, as far as the clock that told it can be trusted."""
    return widened(event.at, clock_s if event.clock_error_s is None else event.clock_error_s)


def _without_time(holdings: Holdings) -> Iterable[tuple[str, str]]:
    vague = sum(1 for event in holdings.of(CustodyEvent) if event.place and _is_vague(event))
    if vague:
        hours = _PRECISE / timedelta(hours=1)
        why = f"Recorded to no better than {hours:g} hours, or with the time of a batch entry only."
        yield f"{vague} custody events", why


def _two_places(
    holdings: Holdings,
    about: Ref,
    one: CustodyEvent,
    other: CustodyEvent,
    minutes: float,
    had: timedelta,
) -> Finding:
    who = "one person" if about.kind == Person.KIND else str(about)
    sentence = (
        f"The records place {who} at {one.place} ({one.at}) and at {other.place} "
        f"({other.at}): at most {had / timedelta(minutes=1):.0f} minutes apart with both "
        f"clocks' errors, while the way takes {minutes:.0f}."
    )
    records = (about, one.ref, other.ref)
    return finding("C2", Severity.A, sentence, records, case=holdings.case_of(one.item))
