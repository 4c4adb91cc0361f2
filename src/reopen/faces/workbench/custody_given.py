"""A custody event from what somebody says of it in words: a command's options, a form's fields.

Not here: keeping it (`custody`), scanned codes (`custody_scan`).
"""

from __future__ import annotations

from datetime import UTC, datetime

from reopen.errors import InvalidRecord
from reopen.records.custody import CustodyEvent, EventKind
from reopen.records.times import Interval


def event_of(
    id: str, item: str, event: str, from_: str, to: str, at: str, place: str, store: str,
    found: str, closed: str, photo: str, amount: str, amount_error: float | None, note: str, *,
    by: str | None, now: datetime,
) -> CustodyEvent:  # fmt: skip
    """The event that is said. amount: "120/15/105 mg", before, used and after."""
    if event not in tuple(EventKind):
        raise InvalidRecord(
            f"{event!r} is no event.",
            rule=f"Events are: {', '.join(EventKind)}.",
            way_on="Choose one of them.",
        )
    before, used, after, measure = _amounts(amount)
    return CustodyEvent(
        id=id,
        item=item,
        event=EventKind(event),
        at=Interval.parse(at) if at else Interval.at(now),
        giver=from_ or None,
        receiver=to or None,
        by=by,
        place=place or None,
        store=store or None,
        seal_before=found or None,
        seal_after=closed or None,
        photo=photo or None,
        amount_before=before,
        amount_used=used,
        amount_after=after,
        amount_error=amount_error,
        unit=measure,
        entered=Interval.at(now.astimezone(UTC)),
        note=note,
    )


def _amounts(text: str) -> tuple[float | None, float | None, float | None, str]:
    """From "120/15/105 mg"."""
    if not text:
        return None, None, None, ""
    numbers, _, measure = text.strip().partition(" ")
    parts = numbers.split("/")
    try:
        if len(parts) != 3 or not measure:
            raise ValueError
        before, used, after = (float(part) if part else None for part in parts)
    except ValueError:
        raise InvalidRecord(
            f"{text!r} as amounts.",
            rule='They are three numbers and their unit: "120/15/105 mg", before, used and after.',
            way_on='Leave empty what was not measured: "//105 mg".',
        ) from None
    return before, used, after, measure.strip()
