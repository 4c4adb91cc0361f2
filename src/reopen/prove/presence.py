"""Whether a person could have been at a case: age, death, custody, hospital, travel.

Only what is certain speaks: where a time is vague, every moment of it has to be impossible. Not
here: who is linked (`linked`), any rule.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from reopen.errors import ReopenError
from reopen.prove.holdings import Holdings
from reopen.records.base import Record, Ref
from reopen.records.cases import Presence, PresenceKind
from reopen.records.custody import TravelTime
from reopen.records.statements import InformationGrade, SourceGrade, State, Statement
from reopen.records.times import Interval

_YEAR_SECONDS = 365.25 * 86400
_HELD = frozenset(
    {
        PresenceKind.PRISON,
        PresenceKind.POLICE_CUSTODY,
        PresenceKind.HOSPITAL,
        PresenceKind.ABROAD,
        PresenceKind.DEAD,
        PresenceKind.UNBORN,
    }
)
"""Kinds of presence that exclude every other place."""


@dataclass(frozen=True, slots=True)
class Impossible:
    """A reason why the person could not have been there. grade: as of `Presence`."""

    words: str
    records: tuple[Record, ...]
    grade: int


@dataclass(slots=True)
class Known:
    """What is known of a person's whereabouts: how much was looked at, and what speaks against."""

    looked_at: int = 0
    reasons: list[Impossible] = field(default_factory=list)


def offence_of(holdings: Holdings, case: str) -> Interval | None:
    """The time of the offence: all that the standing statements allow; None where none says."""
    times = [time for _, time in _times(holdings, Ref("case", case), "offence")]
    return _hull(times)


def impossible(
    holdings: Holdings, person: str, case: str, offence: Interval, least_age: float
) -> Known:
    """Every certain reason why a person could not have been at a case."""
    known = Known()
    about = Ref("person", person)
    _by_birth(known, list(_times(holdings, about, "born")), offence, least_age)
    _by_death(known, list(_times(holdings, about, "died")), offence)
    sites = {each.value for each in holdings.said(Ref("case", case), "site") if each.value}
    for presence in holdings.by(Presence, "person").get(person, ()):
        known.looked_at += 1
        if presence.presence in _HELD:
            if offence.certainly_within(presence.during) and not _open(offence):
                words = f"{presence.presence} during {presence.during}"
                known.reasons.append(Impossible(words, (presence,), presence.grade))
        elif presence.place:
            _by_travel(known, holdings, presence, offence, sites)
    return known


def _open(time: Interval) -> bool:
    return time.earliest is None or time.latest is None


def _by_birth(
    known: Known, born: list[tuple[Statement, Interval]], offence: Interval, least_age: float
) -> None:
    """Too young by every statement on the birth."""
    known.looked_at += bool(born)
    births = [time.earliest for _, time in born]
    if not births or None in births or offence.latest is None:
        return
    oldest = (offence.latest - min(each for each in births if each)).total_seconds()
    age = oldest / _YEAR_SECONDS
    if age < least_age:
        words = f"aged at most {age:.0f}" if age >= 0 else "not yet born"
        statements = tuple(statement for statement, _ in born)
        known.reasons.append(Impossible(words, statements, _grade(statements)))


def _by_death(known: Known, died: list[tuple[Statement, Interval]], offence: Interval) -> None:
    """Dead before the offence by every statement on the death."""
    known.looked_at += bool(died)
    if died and all(time.before(offence) for _, time in died):
        statements = tuple(statement for statement, _ in died)
        words = f"died {', '.join(statement.value for statement in statements)}"
        known.reasons.append(Impossible(words, statements, _grade(statements)))


def _by_travel(
    known: Known, holdings: Holdings, presence: Presence, offence: Interval, sites: set[str]
) -> None:
    """Seen too far away: the longest time between the two is shorter than the way."""
    slack = _widest_minutes(presence.during, offence)
    if slack is None or not sites or presence.place in sites:
        return
    ways = [_way(holdings, presence.place, site) for site in sorted(sites)]
    if any(way is None or way.minutes <= slack for way in ways):
        return
    found = tuple(way for way in ways if way is not None)
    words = (
        f"{presence.presence} at {presence.place} on {presence.during}, "
        f"{min(way.minutes for way in found):.0f} minutes away with at most {slack:.0f} between"
    )
    known.reasons.append(Impossible(words, (presence, *found), presence.grade))


def _way(holdings: Holdings, one: str | None, other: str) -> TravelTime | None:
    ends = {one, other}
    ways = [each for each in holdings.of(TravelTime) if {each.one, each.other} == ends]
    return min(ways, key=lambda each: each.minutes, default=None)


def _widest_minutes(one: Interval, other: Interval) -> float | None:
    ends: list[datetime] = []
    for each in (one.earliest, one.latest, other.earliest, other.latest):
        if each is None:
            return None
        ends.append(each)
    widest = max(ends[1] - ends[2], ends[3] - ends[0])
    return max(0.0, widest.total_seconds() / 60)


def _times(holdings: Holdings, subject: Ref, field: str) -> Iterator[tuple[Statement, Interval]]:
    """Standing statements on a time. One that is no time is for `disagreements` to tell."""
    for statement in holdings.said(subject, field):
        if statement.state is not State.PRESENT:
            continue
        try:
            yield statement, Interval.parse(statement.value)
        except ReopenError:
            continue


def _hull(times: Iterable[Interval]) -> Interval | None:
    every = tuple(times)
    if not every:
        return None
    starts = [each.earliest for each in every]
    ends = [each.latest for each in every]
    return Interval(
        None if None in starts else min(each for each in starts if each),
        None if None in ends else max(each for each in ends if each),
    )


def _grade(statements: Iterable[Statement]) -> int:
    """The grade of the weakest statement: 1 reliable and known directly, 3 neither."""
    worst = 1
    for statement in statements:
        reliable = statement.source_grade is SourceGrade.RELIABLE
        direct = statement.information_grade is InformationGrade.KNOWN_DIRECTLY
        doubted = (
            statement.source_grade is SourceGrade.NOT_RELIABLE
            or statement.information_grade is InformationGrade.SUSPECTED_FALSE
        )
        worst = max(worst, 3 if doubted else 1 if reliable and direct else 2)
    return worst
