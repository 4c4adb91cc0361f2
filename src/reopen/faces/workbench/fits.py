"""Two descriptions of people side by side, field by field: may they be of one person?

Interval arithmetic on what is stated. Only what cannot be, if the statements hold, "does not fit";
what is missing, disagrees or may have changed is "cannot tell" (Doe matching that asks for equality
drops true pairs: hair, eyes and estimates differ). Not here: the DNA's weight.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from math import floor, inf

from reopen.errors import ReopenError
from reopen.faces.workbench.case_times import time_of
from reopen.faces.workbench.custody_shown import when
from reopen.records.disagreements import disagreements
from reopen.records.fields import range_of
from reopen.records.statements import State, Statement, standing
from reopen.records.times import Interval

YEAR = timedelta(days=365.25)
GROWN_YEARS = 21.0
"""Who was younger when last seen may have grown since."""
HEIGHT_CM = 5.0
"""Heights that people report, and statures from bones, are off by as much: ranges that miss each
other by less prove nothing."""


class Fit(StrEnum):
    FITS = "fits"
    CANNOT_TELL = "cannot tell"
    DOES_NOT_FIT = "does not fit"


@dataclass(frozen=True, slots=True)
class FieldFit:
    """One field of two descriptions. one, other: as stated; why: the arithmetic in words."""

    field: str
    one: str
    other: str
    fit: Fit
    why: str


@dataclass(frozen=True, slots=True)
class Described:
    """What is stated of somebody, without what others supersede; disputed: fields on which the
    statements cannot all hold."""

    id: str
    said: Mapping[str, tuple[Statement, ...]]
    disputed: frozenset[str]

    def values(self, field: str) -> tuple[str, ...]:
        return tuple(one.value for one in self.said.get(field, ()) if one.state is State.PRESENT)

    def text(self, field: str) -> str:
        return " / ".join(dict.fromkeys(self.values(field)))

    def time(self, field: str) -> Interval | None:
        """The time on which all statements agree; None where there is none."""
        times = [time_of(one) for one in self.said.get(field, ())]
        known = [each for each in times if each is not None]
        if not known or field in self.disputed:
            return None
        firsts = [each.earliest for each in known if each.earliest]
        lasts = [each.latest for each in known if each.latest]
        return Interval(max(firsts, default=None), min(lasts, default=None))

    def range(self, field: str) -> tuple[float, float] | None:
        """The range on which all statements agree."""
        known = []
        for value in self.values(field):
            try:
                known.append(range_of(value))
            except ReopenError:
                continue
        if not known or field in self.disputed:
            return None
        return max(low for low, _ in known), min(high for _, high in known)


def described(id: str, statements: Iterable[Statement]) -> Described:
    every = standing(statements)
    by_field: dict[str, list[Statement]] = {}
    for one in every:
        by_field.setdefault(one.field, []).append(one)
    return Described(
        id,
        {field: tuple(some) for field, some in by_field.items()},
        frozenset(each.field for each in disagreements(every)),
    )


# --- times of a life -----------------------------------------------------------------------------


def last_alive(who: Described) -> Interval | None:
    return who.time("last_confirmed_alive") or who.time("last_seen")


def death(who: Described) -> Interval | None:
    """When somebody died: as stated; else days before they were found; else before that."""
    stated, found = who.time("died"), who.time("found")
    if stated is not None or found is None or found.latest is None:
        return stated
    days = who.range("postmortem_days")
    if days is None:
        return Interval(None, found.latest)
    longest, shortest = days[1], days[0]
    first = found.earliest
    earliest = None if first is None or longest == inf else _before(first, timedelta(longest))
    latest = _before(found.latest, timedelta(shortest if shortest > 0 else 0))
    return Interval(earliest, latest)


def birth(who: Described, of_age_at: Interval | None) -> Interval | None:
    """As stated; else from the age at a time: somebody of 24 has had 24 birthdays, and not 25."""
    stated = who.time("born")
    if stated is not None:
        return stated
    age = who.range("age")
    if age is None or of_age_at is None:
        return None
    low, high = age
    first, last = of_age_at.earliest, of_age_at.latest
    earliest = None if first is None or high == inf else _before(first, (floor(high) + 1) * YEAR)
    latest = None if last is None else _before(last, max(low, 0.0) * YEAR)
    return None if earliest is None and latest is None else Interval(earliest, latest)


def birth_of(who: Described) -> Interval | None:
    """By the age when last seen, or that remains had at death."""
    return birth(who, last_alive(who) or death(who))


def age_today(who: Described, now: datetime) -> tuple[int, int | None] | None:
    """Years that somebody would have now: ages move on. None where nothing tells, or they died."""
    born = birth_of(who)
    if born is None or born.latest is None or who.time("died") or who.time("found"):
        return None
    low = max(floor((now - born.latest) / YEAR), 0)
    high = None if born.earliest is None else max(floor((now - born.earliest) / YEAR), low)
    return low, high


def _before(moment: datetime, length: timedelta) -> datetime | None:
    try:
        return moment - length
    except OverflowError:
        return None


# --- side by side --------------------------------------------------------------------------------


def side_by_side(missing: Described, remains: Described) -> tuple[FieldFit, ...]:
    """Somebody missing against remains, or any two descriptions of which the second may be of the
    first at a later time."""
    return tuple(compare(missing, remains) for compare in _COMPARE)


def excluded(one: Described, other: Described) -> tuple[Statement, ...]:
    """Statements that one is not the other."""
    return tuple(
        said
        for who, whom in ((one, other), (other, one))
        for said in who.said.get("exclusion", ())
        if whom.id.casefold() in said.value.casefold()
    )


def _sex(one: Described, other: Described) -> FieldFit:
    a, b = _agreed(one, "sex"), _agreed(other, "sex")
    if a is None or b is None or "undetermined" in (a, b):
        return _told(
            "sex", one.text("sex"), other.text("sex"), Fit.CANNOT_TELL, _why(one, other, "sex")
        )
    fit = Fit.FITS if a == b else Fit.DOES_NOT_FIT
    return _told("sex", a, b, fit, "stated alike" if a == b else "stated otherwise")


def _agreed(who: Described, field: str) -> str | None:
    values = {value.casefold() for value in who.values(field)}
    return next(iter(values)) if len(values) == 1 and field not in who.disputed else None


def _born(one: Described, other: Described) -> FieldFit:
    a, b = birth_of(one), birth_of(other)
    shown = (_life(one, a), _life(other, b))
    if a is None or b is None:
        return _told("birth and age", *shown, Fit.CANNOT_TELL, "not recorded of both")
    meet = a.may_meet(b)
    why = "the years of birth meet" if meet else "the years of birth cannot meet"
    return _told("birth and age", *shown, Fit.FITS if meet else Fit.DOES_NOT_FIT, why)


def _life(who: Described, born: Interval | None) -> str:
    stated = who.text("born") or (f"age {who.text('age')}" if who.text("age") else "")
    if born is None or who.text("born"):
        return stated
    return f"{stated}: born {_years(born)}"


def _years(time: Interval) -> str:
    first = f"{time.earliest:%Y}" if time.earliest else ""
    last = f"{time.latest:%Y}" if time.latest else ""
    if not first:
        return f"by {last}"
    return f"{first} or later" if not last else first if first == last else f"{first} to {last}"


def _dates(one: Described, other: Described) -> FieldFit:
    seen, died = last_alive(one), death(other)
    shown = (f"alive {when(seen)}" if seen else "", f"died {when(died)}" if died else "")
    if seen is None or died is None:
        return _told("dates", *shown, Fit.CANNOT_TELL, "not recorded of both")
    if died.before(seen):
        return _told("dates", *shown, Fit.DOES_NOT_FIT, "died before the other was last alive")
    return _told("dates", *shown, Fit.FITS, "the death may be after the last sign of life")


def _height(one: Described, other: Described) -> FieldFit:
    a, b = one.range("height"), other.range("height")
    shown = (_cm(one), _cm(other))
    if a is None or b is None:
        return _told("height", *shown, Fit.CANNOT_TELL, _why(one, other, "height"))
    apart = max(a[0] - b[1], b[0] - a[1])
    if apart <= 0:
        return _told("height", *shown, Fit.FITS, "the ranges meet")
    if apart <= HEIGHT_CM:
        why = f"{apart:g} cm apart; heights are off by up to {HEIGHT_CM:g}"
        return _told("height", *shown, Fit.CANNOT_TELL, why)
    if b[0] > a[1] and not _was_grown(one):
        why = "taller than when last seen, and may have grown"
        return _told("height", *shown, Fit.CANNOT_TELL, why)
    return _told("height", *shown, Fit.DOES_NOT_FIT, f"{apart:g} cm apart")


def _cm(who: Described) -> str:
    return f"{who.text('height')} cm" if who.text("height") else ""


def _was_grown(who: Described) -> bool:
    """Whether they were certainly grown when last seen."""
    age, seen, born = who.range("age"), last_alive(who), who.time("born")
    if age is not None and age[0] >= GROWN_YEARS:
        return True
    if born is None or born.latest is None or seen is None or seen.earliest is None:
        return False
    return seen.earliest - born.latest >= GROWN_YEARS * YEAR


def _in_words(field: str) -> Callable[[Described, Described], FieldFit]:
    """Fields that change or fade: alike is a fit, other words prove nothing."""

    def compare(one: Described, other: Described) -> FieldFit:
        a, b = one.text(field), other.text(field)
        alike = bool(a) and a.casefold() == b.casefold()
        why = "the same words" if alike else "it may change" if a and b else "not recorded of both"
        return _told(field.replace("_", " "), a, b, Fit.FITS if alike else Fit.CANNOT_TELL, why)

    return compare


_COMPARE: Sequence[Callable[[Described, Described], FieldFit]] = (
    _sex, _born, _dates, _height, _in_words("hair"), _in_words("eyes_left"), _in_words("feature"),
    _in_words("clothing"),
)  # fmt: skip


def _why(one: Described, other: Described, field: str) -> str:
    if field in one.disputed | other.disputed:
        return "statements disagree"
    if not (one.values(field) and other.values(field)):
        return "not recorded of both"
    return "undetermined"


def _told(field: str, one: str, other: str, fit: Fit, why: str) -> FieldFit:
    return FieldFit(field, one, other, fit, why)
