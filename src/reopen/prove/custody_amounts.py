"""Whether consumed plus left is what was there: rule C6, with small steady losses of standards.

One weighing is judged against five standard errors; a series of small losses against a CUSUM
(Page 1954). Not here: how much a test needs (laboratory).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from math import sqrt

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
        steps: list[_Step] = []
        for step in _steps(measured, settings, unable):
            stated = declared(legacy.get(item, ()), between(step.before.at, step.after.at))
            if stated and step.before is not step.after:
                unable.append((str(step.after.ref), f"It follows a stated gap: {stated.why}."))
            else:
                steps.append(step)
        looked_at += len(steps)
        large = [step for step in steps if abs(step.missing) > errors * step.error]
        findings += [_does_not_add_up(holdings, str(item), step) for step in large]
        small = [step for step in steps if step not in large]
        findings += _steady_loss(holdings, str(item), small, limit)
    per_year = looked_at * (_STEP_RATE + _CUSUM_RATE) / years_of(weighed)
    return answer("C6", findings, looked_at=looked_at, could_not=unable, expected_false=per_year)


def _has_amount(event: CustodyEvent) -> bool:
    amounts = (event.amount_before, event.amount_used, event.amount_after)
    return any(amount is not None for amount in amounts)


def _steps(
    events: Sequence[CustodyEvent], settings: Settings, unable: list[tuple[str, str]]
) -> Iterator[_Step]:
    """Each amount against the one that should follow from the records before it."""
    level: _Level | None = None
    usual = _largest_errors(events)
    for event in events:
        kind, scale = _MICRO.get(event.unit.strip().lower(), (event.unit.strip(), 1.0))
        error = _balance_error(event, kind, scale, usual)
        if error is None:
            unable.append((str(event.ref), "The balance's error is not recorded."))
            level = None
            continue
        variance = error**2
        if level is not None and level.kind != kind:
            unable.append((str(event.ref), f"Its unit {event.unit!r} is not that of the last."))
            level = None
        if event.amount_before is not None:
            before = event.amount_before * scale
            if level is not None:
                yield _step(level, event, before, variance, settings)
            level = _Level(event, kind, before, variance)
        used = None if event.amount_used is None else event.amount_used * scale
        if used is None and event.event in _TAKES and event.amount_after is not None:
            unable.append((str(event.ref), "How much was taken is not recorded."))
            level = None
        elif used is not None and level is not None:
            level = _Level(level.event, kind, level.amount - used, level.variance + variance)
        if event.amount_after is not None:
            after = event.amount_after * scale
            if level is not None:
                yield _step(level, event, after, variance, settings)
            level = _Level(event, kind, after, variance)


def _largest_errors(events: Sequence[CustodyEvent]) -> dict[str, float]:
    """Kind of unit -> the largest error that an item's events record for it."""
    largest: dict[str, float] = {}
    for event in events:
        if event.amount_error is not None:
            kind, scale = _MICRO.get(event.unit.strip().lower(), (event.unit.strip(), 1.0))
            largest[kind] = max(largest.get(kind, 0.0), event.amount_error * scale)
    return largest


def _balance_error(
    event: CustodyEvent, kind: str, scale: float, usual: dict[str, float]
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
