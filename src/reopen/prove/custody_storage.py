"""Whether stores kept their temperature, and whether every case was told where they did not: C9.

Excursions are read from the sensor's own readings. Not here: who went in (`custody_access`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby, zip_longest

from reopen.prove.custody_stays import Stay, stays_by_store
from reopen.prove.holdings import Holdings
from reopen.prove.rules import Settings, answer, finding, rule
from reopen.records.custody import StorageLimit, StorageNote, StoreReading
from reopen.records.findings import Finding, RuleAnswer, Severity
from reopen.records.times import Interval

_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class _Excursion:
    """Readings of one sensor outside the limits, one after the other.

    extreme  the furthest from the limits, in degrees Celsius
    """

    sensor: str
    readings: tuple[StoreReading, ...]
    extreme: float

    @property
    def during(self) -> Interval:
        return Interval(self.readings[0].at.earliest, self.readings[-1].at.latest)

    @property
    def minutes(self) -> float:
        """At least so long."""
        start, end = self.readings[0].at.latest, self.readings[-1].at.earliest
        return (end - start) / _MINUTE if start and end else 0.0


@rule(
    "C9",
    "Storage conditions",
    severity=Severity.A,
    needs=(StorageLimit, StoreReading),
    asks="Was each store within its limits, with a working sensor, and was each case told if not?",
    checks=(
        "A door left open while loading: compare the store's entries of that hour.",
        "A sensor that failed or was moved: read its calibration, and a second sensor.",
        "Items that were out of the store at the time: look at their events.",
        "A note that was written in another system: ask the quality manager.",
    ),
    learnt="Austin: a freezer failed for eight days and nobody was told; Houston",
)
def storage_conditions(holdings: Holdings, settings: Settings) -> RuleAnswer:
    del settings
    findings: list[Finding] = []
    unable: list[tuple[str, str]] = []
    stays = stays_by_store(holdings)
    readings = holdings.by(StoreReading, "store")
    limits = holdings.of(StorageLimit)
    for limit in limits:
        of_store = readings.get(limit.store, ())
        if not any(reading.celsius is not None for reading in of_store):
            unable.append((limit.store, "No sensor's readings are held for it."))
            continue
        inside = stays.get(limit.store, ())
        for excursion in _too_long(limit, of_store):
            other = _contradicts(limit, of_store, excursion)
            if other:
                why = f"Sensors {excursion.sensor} and {other} of {limit.store} disagree."
                unable.append((str(excursion.readings[0].ref), why))
            else:
                findings.append(_outside(holdings, limit, excursion, inside, unable))
        findings += _silent(holdings, limit, of_store, inside)
    unable += [
        (str(store), "Its limits are not recorded.")
        for store in readings
        if store not in {limit.store for limit in limits}
    ]
    read = sum(1 for limit in limits if readings.get(limit.store))
    return answer("C9", findings, looked_at=read, could_not=unable)


def _too_long(limit: StorageLimit, readings: Sequence[StoreReading]) -> Iterator[_Excursion]:
    """Runs outside the limits that certainly lasted longer than allowed."""
    by_sensor: Mapping[str, list[StoreReading]] = defaultdict(list)
    for reading in readings:
        if reading.celsius is not None:
            by_sensor[reading.sensor].append(reading)
    for sensor, every in by_sensor.items():
        for outside, together in groupby(every, lambda each: _degrees_outside(limit, each) > 0):
            run = tuple(together)
            excursion = _Excursion(sensor, run, _worst(limit, run))
            if outside and excursion.minutes > limit.longest_outside_min:
                yield excursion


def _worst(limit: StorageLimit, run: Sequence[StoreReading]) -> float:
    worst = max(run, key=lambda each: _degrees_outside(limit, each))
    return worst.celsius or 0.0


def _degrees_outside(limit: StorageLimit, reading: StoreReading) -> float:
    celsius = reading.celsius
    return 0.0 if celsius is None else max(limit.low_c - celsius, celsius - limit.high_c)


def _contradicts(
    limit: StorageLimit, readings: Sequence[StoreReading], excursion: _Excursion
) -> str:
    """Another sensor of the store that was within the limits all that time."""
    others: dict[str, bool] = {}
    for reading in readings:
        if reading.sensor == excursion.sensor or reading.celsius is None:
            continue
        if reading.at.certainly_within(excursion.during):
            well = _degrees_outside(limit, reading) <= 0
            others[reading.sensor] = others.get(reading.sensor, True) and well
    return next((sensor for sensor, well in others.items() if well), "")


def _outside(
    holdings: Holdings,
    limit: StorageLimit,
    excursion: _Excursion,
    inside: Sequence[Stay],
    unable: list[tuple[str, str]],
) -> Finding:
    during = excursion.during
    untold = _cases_not_told(holdings, limit.store, inside, during)
    if not inside:
        unable.append((str(limit.ref), "Which items were in it is not recorded."))
    sentence = (
        f"Store {limit.store} was outside {limit.low_c:g} to {limit.high_c:g} °C for at least "
        f"{excursion.minutes:.0f} minutes (up to {limit.longest_outside_min:g} are allowed), "
        f"{during}, reaching {excursion.extreme:g} °C.{_told_nobody(untold)}"
    )
    first, last = excursion.readings[0], excursion.readings[-1]
    records = dict.fromkeys(
        (first.ref, last.ref, limit.ref, *(stay.entered.ref for stay in untold))
    )
    return finding(
        "C9",
        Severity.A if untold else Severity.B,
        sentence,
        records,
        known_by=(limit, first),
        helps_defence=bool(untold),
    )


def _cases_not_told(
    holdings: Holdings, store: str, inside: Sequence[Stay], during: Interval
) -> list[Stay]:
    """A stay for each case that had an item in the store and has no note of it."""
    notes = holdings.by(StorageNote, "store").get(store, ())
    told = {note.case for note in notes if note.excursion.may_meet(during)}
    untold: dict[str, Stay] = {}
    for stay in inside:
        case = holdings.case_of(stay.item)
        if case and case not in told and stay.certainly_meets(during):
            untold.setdefault(case, stay)
    return list(untold.values())


def _told_nobody(untold: Sequence[Stay]) -> str:
    if not untold:
        return ""
    return f" {len(untold)} cases with items inside carry no note of it."


def _silent(
    holdings: Holdings,
    limit: StorageLimit,
    readings: Sequence[StoreReading],
    inside: Sequence[Stay],
) -> Iterator[Finding]:
    """Times without a value from any sensor of the store, up to now."""
    valued = [reading for reading in readings if reading.celsius is not None]
    for one, other in zip_longest(valued, valued[1:]):
        start = one.at.latest
        end: datetime | None = holdings.now if other is None else other.at.earliest
        if start is None or end is None or (end - start) / _MINUTE <= limit.longest_gap_min:
            continue
        if other is None and inside and not any(stay.left is None for stay in inside):
            continue  # the store was emptied
        until = "until now" if other is None else f"until {other.at}"
        sentence = (
            f"No sensor of store {limit.store} gave a value from {one.at} {until}: "
            f"{(end - start) / _MINUTE:.0f} minutes, where {limit.longest_gap_min:g} are allowed."
        )
        records = (one, *([other] if other else []), limit)
        known = (one, limit)
        yield finding("C9", Severity.B, sentence, records, known_by=known, aspect="silent")
