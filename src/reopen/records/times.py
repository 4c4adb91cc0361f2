"""When: an interval between the earliest and the latest moment that something may have happened.

Old files say "March 1987" or "between Friday and Sunday". A moment is a short interval. Not here:
how a reader likes to see dates (`faces`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from reopen.errors import InvalidRecord

_STEP = timedelta(microseconds=1)
_DAY = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?")
_DAY_LENGTH = len("1987-03-14")


@dataclass(frozen=True, slots=True, order=True)
class Interval:
    """[earliest, latest], both inclusive and in UTC; an end that is not known is None.

    Ordered by earliest, then latest, only to sort: use `before` and `may_meet` to compare.
    """

    earliest: datetime | None
    latest: datetime | None

    def __post_init__(self) -> None:
        for name in ("earliest", "latest"):
            moment = getattr(self, name)
            if moment is None:
                continue
            if moment.tzinfo is None:
                raise InvalidRecord(
                    f"{moment.isoformat()} has no time zone.",
                    rule="A time is stored in UTC, so that two clocks can be compared.",
                    way_on="Add the offset: 1987-03-14T10:00+01:00, or Z for UTC.",
                )
            if moment.tzinfo is not UTC:
                object.__setattr__(self, name, moment.astimezone(UTC))
        if self.earliest and self.latest and self.latest < self.earliest:
            raise InvalidRecord(
                f"{self.earliest.isoformat()} to {self.latest.isoformat()} ends before it begins.",
                rule="An interval is given as earliest/latest.",
                way_on="Exchange the two, or correct one of them.",
            )

    @classmethod
    def at(cls, moment: datetime) -> Interval:
        """A moment that is known."""
        return cls(moment, moment)

    @classmethod
    def parse(cls, text: str) -> Interval:
        """From '1987', '1987-03', '1987-03-14', '1987-03-14T10:00Z', or two of them as 'a/b',
        where '..' leaves an end open. Raises InvalidRecord."""
        first, slash, last = text.strip().partition("/")
        if not slash:
            return cls(*_ends(first))
        return cls(
            None if first.strip() == ".." else _ends(first)[0],
            None if last.strip() == ".." else _ends(last)[1],
        )

    def __str__(self) -> str:
        if self.earliest is not None and self.earliest == self.latest:
            return _text(self.earliest)
        for written in self._short():
            if Interval.parse(written) == self:
                return written
        ends = (_text(end) if end else ".." for end in (self.earliest, self.latest))
        return "/".join(ends)

    def _short(self) -> tuple[str, ...]:
        if self.earliest is None or self.latest is None:
            return ()
        day, last = f"{self.earliest:%Y-%m-%d}", f"{self.latest:%Y-%m-%d}"
        return (day[:4], day[:7], day, f"{day}/{last}")

    @property
    def is_moment(self) -> bool:
        return self.earliest is not None and self.earliest == self.latest

    @property
    def length(self) -> timedelta | None:
        """None where an end is open."""
        if self.earliest is None or self.latest is None:
            return None
        return self.latest - self.earliest

    def before(self, other: Interval) -> bool:
        """Certainly before: the latest moment of this is earlier than the earliest of the other."""
        if self.latest is None or other.earliest is None:
            return False
        return self.latest < other.earliest

    def may_meet(self, other: Interval) -> bool:
        """Some moment may belong to both."""
        return not (self.before(other) or other.before(self))

    def certainly_within(self, other: Interval) -> bool:
        starts = other.earliest is None or (
            self.earliest is not None and other.earliest <= self.earliest
        )
        ends = other.latest is None or (self.latest is not None and self.latest <= other.latest)
        return starts and ends


def _text(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def _ends(text: str) -> tuple[datetime, datetime]:
    text = text.strip()
    calendar = _DAY.fullmatch(text) if len(text) <= _DAY_LENGTH else None
    try:
        if calendar is None:
            moment = datetime.fromisoformat(text)
            if moment.tzinfo is None:
                Interval(moment, moment)  # refuses it
            return moment, moment
        year, month, day = (int(part) if part else None for part in calendar.groups())
        assert year is not None
        first = date(year, month or 1, day or 1)
        return _midnight(first), _midnight(_next(year, month, day)) - _STEP
    except (ValueError, OverflowError) as error:
        raise InvalidRecord(
            f"{text!r} is not a time.",
            rule="Times are ISO 8601: 1987, 1987-03, 1987-03-14, 1987-03-14T10:00+01:00, or two "
            "of them with a slash, '..' for an end that is not known.",
            way_on="Write it so; leave the cell empty where nothing was recorded.",
        ) from error


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _next(year: int, month: int | None, day: int | None) -> date:
    if month is None:
        return date(year + 1, 1, 1)
    if day is None:
        return date(year + month // 12, month % 12 + 1, 1)
    return date(year, month, day) + timedelta(days=1)
