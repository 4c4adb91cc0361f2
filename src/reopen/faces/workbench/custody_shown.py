"""An exhibit's custody in words and as a picture, from its chain of events.

Not here: the chain (`prove.custody_chain`), the drawing (`report.custody_timeline`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, time
from itertools import zip_longest

from reopen.faces.report.custody_timeline import CustodyTimeline, Happening, Stretch
from reopen.prove.custody_chain import Chain, Step
from reopen.records.custody import CustodyEvent, EventKind, LegacyPeriod
from reopen.records.times import Interval

_HANDED_OVER = (EventKind.BOOKED, EventKind.MOVED, EventKind.RETURNED)
"""Events that take a giver; what is done to an item has none."""


def timeline_of(chain: Chain, title: str, now: datetime) -> CustodyTimeline:
    """The picture's rows and stretches. now: the end of what is held still."""
    rows: list[Happening | Stretch] = []
    beams: list[str] = []
    open_gaps = list(chain.declared)
    for step in chain.steps:
        for gap in [gap for gap in open_gaps if _comes_before(gap, step)]:
            open_gaps.remove(gap)
            rows.append(_declared(gap))
            beams.append("")
        if _is_gap(step):
            rows.append(_unexplained(step))
            beams.append("")
        rows.append(happening(step.event, step.doubt))
        beams.append(step.holder or "")
    rows += [_declared(gap) for gap in open_gaps]
    beams += ["" for _ in open_gaps]
    stores = frozenset(
        step.holder for step in chain.steps if step.holder and step.holder != step.event.receiver
        and _in_store(chain, step.holder)
    )  # fmt: skip
    return CustodyTimeline(title, tuple(rows), tuple(_stretches(chain, now)), tuple(beams), stores)


def _in_store(chain: Chain, holder: str) -> bool:
    return any(step.event.store == holder for step in chain.steps)


def _comes_before(gap: LegacyPeriod, step: Step) -> bool:
    """The gap began before the event, or is the one that its break lies in."""
    start, at = gap.during.earliest, step.event.at.earliest
    return gap is step.stated or start is None or (at is not None and start < at)


def _declared(gap: LegacyPeriod) -> Stretch:
    by = f" (declared by {gap.declared_by})" if gap.declared_by else ""
    told = f"{when(gap.during)}: {gap.why}{by}"
    return Stretch(gap.during.earliest, gap.during.latest, gap="declared", told=told)


def _unexplained(step: Step) -> Stretch:
    assert step.broken is not None
    during = step.broken.during
    told = f"{step.event.id} {step.broken.why}."
    return Stretch(during.earliest, during.latest, gap="unexplained", told=told)


def _stretches(chain: Chain, now: datetime) -> Iterator[Stretch]:
    """Who held it from when to when, cut where gaps lie; and the gaps."""
    gaps = [_declared(gap) for gap in chain.declared]
    gaps += [_unexplained_since(chain, n) for n, step in enumerate(chain.steps) if _is_gap(step)]
    for step, following in zip_longest(chain.steps, chain.steps[1:]):
        start, end = step.event.at.earliest, following.event.at.earliest if following else now
        if not step.holder or start is None or end is None:
            continue
        in_store = step.holder != step.event.receiver and _in_store(chain, step.holder)
        for left, right in _without(start, end, gaps):
            yield Stretch(left, right, step.holder, in_store)
    yield from gaps


def _is_gap(step: Step) -> bool:
    return step.broken is not None and step.stated is None


def _without(
    start: datetime, end: datetime, gaps: Iterable[Stretch]
) -> Iterator[tuple[datetime, datetime]]:
    """What is left of a time outside the gaps."""
    parts = [(start, end)]
    for gap in gaps:
        low, high = gap.start or start, gap.end or end
        cut = [
            piece
            for left, right in parts
            for piece in ((left, min(right, low)), (max(left, high), right))
        ]
        parts = [(left, right) for left, right in cut if left < right]
    yield from parts


def _unexplained_since(chain: Chain, n: int) -> Stretch:
    """From the last event before the break, of any kind, to the event that shows it."""
    step = chain.steps[n]
    before = chain.steps[n - 1].event.at.earliest if n else None
    gap = _unexplained(step)
    return Stretch(before or gap.start, step.event.at.earliest, gap="unexplained", told=gap.told)


def happening(event: CustodyEvent, doubt: str = "") -> Happening:
    """An event in words."""
    unsure = f"Cannot tell: {event.id} {doubt}." if doubt else ""
    return Happening(when(event.at), f"{event.event}{_way(event)}", tuple(_details(event)), unsure)


def when(at: Interval) -> str:
    """A moment to the minute; a day, month or interval as it is recorded."""
    if at.is_moment and at.earliest is not None:
        return f"{at.earliest:%Y-%m-%d %H:%M}"
    short = str(at)
    if "T" not in short:
        return short.replace("/", " to ").replace("..", "not known")
    return f"{_end(at.earliest)} to {_end(at.latest)}"


def _end(moment: datetime | None) -> str:
    """A day where the moment is its first or last, else to the minute."""
    if moment is None:
        return "not known"
    begins_or_ends = moment.time() in (time.min, time.max)
    return f"{moment:%Y-%m-%d}" if begins_or_ends else f"{moment:%Y-%m-%d %H:%M}"


def _way(event: CustodyEvent) -> str:
    receiver = event.receiver or (f"store {event.store}" if event.store else None)
    where = event.store if event.store and event.receiver else None
    parts = []
    if event.giver and event.giver != receiver:
        parts.append(f"{event.giver} → {receiver or 'nobody recorded'}")
    elif receiver and (event.giver or event.event not in _HANDED_OVER):
        parts.append(f"by {receiver}")
    elif receiver and event.receiver:
        parts.append(f"giver not recorded → {receiver}")
    elif event.by:
        parts.append(f"by {event.by}")
    if where or (event.store and not event.giver):
        parts.append(f"store {event.store}")
    elif event.place and event.place not in (event.store, event.giver):
        parts.append(f"at {event.place}")
    return ": " + ", ".join(parts) if parts else ""


def _details(event: CustodyEvent) -> Iterator[str]:
    seals = []
    if event.seal_before:
        seals.append(f"found under seal {event.seal_before}")
    if event.seal_after:
        seals.append(f"closed with seal {event.seal_after}")
    if seals:
        yield ", ".join(seals)
    amounts = [
        f"{name} {amount:g} {event.unit}".strip()
        for name, amount in (
            ("before", event.amount_before),
            ("used", event.amount_used),
            ("after", event.amount_after),
        )
        if amount is not None
    ]
    if amounts:
        yield ", ".join(amounts)
    if event.confirmed:
        yield f"confirmed by {event.confirmed}"
    if event.device and event.counter is not None:
        yield f"device {event.device}, its count {event.counter}"
