"""Whether consumed plus left is what was there: rule C6, with small steady losses of standards.

One weighing is judged against five standard errors; a series of small losses against a CUSUM
(Page 1954). Not here: how much a test needs (laboratory).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from math import sqrt

from reopen.prove.custody_order import TooMany, best, groups
from reopen.prove.custody_times import (
    between,
    declared,
    legacy_by_item,
    longest_apart,
    thing,
    years_of,
)
from reopen.prove.holdings import Holdings
from reopen.prove.rules import Settings, answer, finding, rule
from reopen.records.custody import CustodyEvent, EventKind
from reopen.records.findings import Finding, RuleAnswer, Severity

_MICRO: dict[str, tuple[str, float]] = {
    "kg": ("mass", 1e9),
    "g": ("mass", 1e6),
    "mg": ("mass", 1e3),
    "ug": ("mass", 1.0),
    "µg": ("mass", 1.0),
    "ng": ("mass", 1e-3),
    "l": ("volume", 1e6),
    "ml": ("volume", 1e3),
    "ul": ("volume", 1.0),
    "µl": ("volume", 1.0),
}
_TAKES = frozenset((EventKind.SAMPLED, EventKind.CONSUMED))
_CUSUM_SLACK, _CUSUM_LIMIT = 0.5, 10.0
_CUSUM_RATE = 7e-6  # false signals per weighing at that slack and limit (Siegmund 1985)
_STEP_RATE = 5.7e-7  # beyond five standard errors, either side, normal errors
_MOST_EVAPORATED = 0.5  # of a volume, however long it stood


@dataclass(frozen=True, slots=True)
class _Step:
    """What one amount should have been and was, in micrograms, microlitres or pieces.

    error    standard error of the difference
    allowed  what may have evaporated in between
    """

    before: CustodyEvent
    after: CustodyEvent
    expected: float
    found: float
    error: float
    allowed: float

    @property
    def missing(self) -> float:
        """Over what may have evaporated; negative where more was found than was left."""
        short = self.expected - self.found
        return max(0.0, short - self.allowed) if short > 0 else short

    def is_large(self, errors: float) -> bool:
        """Whether it is beyond so many standard errors."""
        return abs(self.missing) > errors * self.error


@dataclass(frozen=True, slots=True)
class _Level:
    """An amount as it is known after an event."""

    event: CustodyEvent
    kind: str
    amount: float
    variance: float


@rule(
    "C6",
    "Amount adds up",
    severity=Severity.A,
    needs=(CustodyEvent,),
    asks="Is what was used and what is left, together, what was there before?",
    checks=(
        "A balance of another resolution, or not calibrated: weigh again on both.",
        "Drying or evaporation: look at the seal, the material and the temperature.",
        "A use written in another book, or a tube's dead volume: ask the analyst.",
        "A unit or a decimal point mistaken: look at the original sheet.",
    ),
    learnt="Farak",
    numbers={
        "C6.errors": (5.0, "standard errors that one difference may be"),
        "C6.volume_percent_per_day": (0.2, "percent of a volume that may evaporate in a day"),
        "C6.mass_percent_per_day": (0.0, "percent of a mass that may be lost by drying in a day"),
        "C6.cusum": (_CUSUM_LIMIT, "standard errors of a cumulative loss, from 0.5 per weighing"),
        "C6.order_minutes": (2.0, "minutes within which two events may be in either order"),
    },
)
def amounts_add_up(holdings: Holdings, settings: Settings) -> RuleAnswer:
    errors = settings.number("C6.errors", 5.0)
    limit = settings.number("C6.cusum", _CUSUM_LIMIT)
    legacy = legacy_by_item(holdings)
    findings: list[Finding] = []
    unable: list[tuple[str, str]] = []
    looked_at = 0
    weighed: list[CustodyEvent] = []
    for item, events in holdings.by(CustodyEvent, "item").items():
        measured = [event for event in events if _has_amount(event)]
        if not measured:
            continue
        weighed += measured
        followed = _followed(measured, settings)
        unable += followed.unable
        steps: list[_Step] = []
        for step in followed.steps:
            stated = declared(legacy.get(item, ()), between(step.before.at, step.after.at))
            if stated and step.before is not step.after:
                unable.append((str(step.after.ref), f"It follows a stated gap: {stated.why}."))
            else:
                steps.append(step)
        looked_at += len(steps)
        large = [step for step in steps if step.is_large(errors)]
        findings += [_does_not_add_up(holdings, str(item), step) for step in large]
        small = [step for step in steps if step not in large]
        findings += _steady_loss(holdings, str(item), small, limit)
    per_year = looked_at * (_STEP_RATE + _CUSUM_RATE) / years_of(weighed)
    return answer("C6", findings, looked_at=looked_at, could_not=unable, expected_false=per_year)


def _has_amount(event: CustodyEvent) -> bool:
    amounts = (event.amount_before, event.amount_used, event.amount_after)
    return any(amount is not None for amount in amounts)


@dataclass(slots=True)
class _Amounts:
    """An item's amounts followed through its events in one order.

    usual   kind of unit -> error of a weighing that records none
    level   as it is known after the last event; None where it is not
    used    so far, known level or not: a use counts wherever it stands in the order
    steps   each amount against the one that should follow from the records before it
    """

    settings: Settings
    usual: Mapping[str, float]
    level: _Level | None = None
    used: float = 0.0
    steps: list[_Step] = field(default_factory=list)
    unable: list[tuple[str, str]] = field(default_factory=list)

    def follow(self, events: Sequence[CustodyEvent]) -> _Amounts:
        """A new value, after these events."""
        after = replace(self, steps=list(self.steps), unable=list(self.unable))
        for event in events:
            after._event(event)
        return after

    def n_large(self) -> int:
        errors = self.settings.number("C6.errors", 5.0)
        return sum(step.is_large(errors) for step in self.steps)

    def _event(self, event: CustodyEvent) -> None:
        kind, scale = _MICRO.get(event.unit.strip().lower(), (event.unit.strip(), 1.0))
        error = _balance_error(event, kind, scale, self.usual)
        if error is None:
            self._unknown(event, "The balance's error is not recorded.")
            return
        if self.level is not None and self.level.kind != kind:
            self._unknown(event, f"Its unit {event.unit!r} is not that of the last.")
        if event.amount_before is not None:
            self._seen(event, kind, event.amount_before * scale, error**2)
        self.used += (event.amount_used or 0.0) * scale
        if event.amount_used is not None and self.level is not None:
            left = self.level.amount - event.amount_used * scale
            self.level = replace(self.level, amount=left, variance=self.level.variance + error**2)
        elif event.event in _TAKES and event.amount_used is None and event.amount_after is not None:
            self._unknown(event, "How much was taken is not recorded.")
        if event.amount_after is not None:
            self._seen(event, kind, event.amount_after * scale, error**2)

    def _seen(self, event: CustodyEvent, kind: str, amount: float, variance: float) -> None:
        if self.level is not None:
            self.steps.append(_step(self.level, event, amount, variance, self.settings))
        self.level = _Level(event, kind, amount, variance)

    def _unknown(self, event: CustodyEvent, why: str) -> None:
        self.unable.append((str(event.ref), why))
        self.level = None


def _followed(events: Sequence[CustodyEvent], settings: Settings) -> _Amounts:
    """Amounts in the order recorded; where they do not add up, in the order that the times allow
    best."""
    start = _Amounts(settings, _largest_errors(events))
    in_order = start.follow(events)
    if not in_order.n_large():
        return in_order
    tolerance = timedelta(minutes=settings.number("C6.order_minutes", 2.0))
    amounts = start
    parts = list(groups(events, tolerance))
    for place, group in enumerate(parts):
        following = parts[place + 1][:1] if place + 1 < len(parts) else ()
        try:
            amounts = best(
                amounts, group, following, tolerance, _Amounts.follow, _Amounts.n_large, _matters
            )
        except TooMany:
            amounts = amounts.follow(group)
            why = f"One of {len(group)} events whose times do not say which came first."
            amounts._unknown(group[0], why)
    return amounts


def _matters(amounts: _Amounts) -> object:
    return amounts.level, amounts.used


def _largest_errors(events: Sequence[CustodyEvent]) -> dict[str, float]:
    """Kind of unit -> the largest error that an item's events record for it."""
    largest: dict[str, float] = {}
    for event in events:
        if event.amount_error is not None:
            kind, scale = _MICRO.get(event.unit.strip().lower(), (event.unit.strip(), 1.0))
            largest[kind] = max(largest.get(kind, 0.0), event.amount_error * scale)
    return largest


def _balance_error(
    event: CustodyEvent, kind: str, scale: float, usual: Mapping[str, float]
) -> float | None:
    """As recorded; none where whole things are counted; else the item's largest."""
    if event.amount_error is not None:
        return event.amount_error * scale
    amounts = (event.amount_before, event.amount_used, event.amount_after)
    whole = all(amount is None or amount == int(amount) for amount in amounts)
    counted = whole and kind not in ("mass", "volume")
    return 0.0 if counted else usual.get(kind)


def _step(
    level: _Level, event: CustodyEvent, found: float, variance: float, settings: Settings
) -> _Step:
    error = sqrt(level.variance + variance)
    allowed = _evaporated(level, event, settings)
    return _Step(level.event, event, level.amount, found, error, allowed)


def _evaporated(level: _Level, event: CustodyEvent, settings: Settings) -> float:
    """What may have evaporated since: by material where that is set, else by kind of unit."""
    if level.event is event or level.kind not in ("mass", "volume"):
        return 0.0
    apart = longest_apart(level.event.at, event.at)
    days = (apart or timedelta()) / timedelta(days=1)
    usual = settings.number(
        f"C6.{level.kind}_percent_per_day", 0.2 if level.kind == "volume" else 0.0
    )
    material = event.material or level.event.material
    percent = settings.number(f"C6.percent_per_day.{material}", usual)
    return max(0.0, level.amount) * min(_MOST_EVAPORATED, percent / 100 * days)


def _does_not_add_up(holdings: Holdings, item: str, step: _Step) -> Finding:
    about = thing(holdings, item)
    unit, scale = step.after.unit, _MICRO.get(step.after.unit.strip().lower(), ("", 1.0))[1]
    expected, found, error = (x / scale for x in (step.expected, step.found, step.error))
    more = "more" if step.missing < 0 else "less"
    sentence = (
        f"{about} should hold {expected:.4g} {unit} by event {step.before.id} and was found with "
        f"{found:.4g} {unit} at event {step.after.id}: {more} than its error of {error:.2g} "
        f"{unit} allows."
    )
    records = dict.fromkeys((about, step.before.ref, step.after.ref))
    return finding(
        "C6",
        Severity.A,
        sentence,
        records,
        case=holdings.case_of(item),
        expected_false=_STEP_RATE,
        figures=(f"difference {step.missing / step.error:+.1f} standard errors",)
        if step.error
        else ("counted, so without error",),
        aspect=more,
    )


def _steady_loss(
    holdings: Holdings, item: str, steps: Sequence[_Step], limit: float
) -> Iterator[Finding]:
    """The first time that losses too small to see one by one add up: a one-sided CUSUM."""
    total, since = 0.0, 0
    for place, step in enumerate(steps):
        if not step.error:
            continue
        total = max(0.0, total + step.missing / step.error - _CUSUM_SLACK)
        if total == 0.0:
            since = place + 1
        if total > limit:
            run = steps[since : place + 1]
            about = thing(holdings, item)
            sentence = (
                f"{about} lost more than its records explain, a little at each of {len(run)} "
                f"weighings from event {run[0].before.id} to event {step.after.id}."
            )
            events = dict.fromkeys(each.after.ref for each in run)
            yield finding(
                "C6",
                Severity.A,
                sentence,
                (about, *events),
                known_by=(about, run[0].after.ref),
                case=holdings.case_of(item),
                expected_false=_CUSUM_RATE * len(steps),
                figures=(f"cumulative loss {total:.1f} standard errors, limit {limit:g}",),
                aspect="steady loss",
            )
            return
