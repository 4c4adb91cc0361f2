"""What in the read log somebody should look at: questions about looks, never accusations.

Computed from the looks, grants and people that the asker may see. The audit's rule S4 asks some of
the same of any unit's looks (`prove`); these are for the day after. Not here: the looks (`reads`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median

from reopen.records.access import Action, Actor, Emergency, Grant, ReadEvent
from reopen.records.cases import Relation
from reopen.records.kinds import KINDS
from reopen.records.statements import Statement
from reopen.store.grants import first_grant
from reopen.store.reader import Reader
from reopen.store.reads import REFUSED

REVIEW_WITHIN = timedelta(hours=72)


@dataclass(frozen=True, slots=True)
class Limits:
    """What a unit may set.

    exported   records exported by one actor in a day, over which it is a bulk export
    usual      times the actor's own usual day of exports, over which it is one too
    refused    refused looks of one actor in a day
    """

    exported: int = 1000
    usual: float = 10.0
    refused: int = 3


@dataclass(frozen=True, slots=True)
class Alert:
    """Something to ask an actor about. about: 'unassigned case', 'bulk export', 'close to home',
    'refused looks', 'emergency not reviewed', 'grant to oneself'."""

    about: str
    actor: str
    at: datetime | None
    sentence: str
    records: tuple[str, ...]


def alerts(reader: Reader, limits: Limits | None = None) -> tuple[Alert, ...]:
    """All alerts that follow from what the reader may see, earliest first."""
    limits = limits or Limits()
    looks = list(reader.all(ReadEvent))
    found = [
        *_unassigned(reader, looks),
        *_bulk(looks, limits),
        *_close_to_home(reader, looks),
        *_refused(looks, limits),
        *_not_reviewed(reader),
        *_to_oneself(reader),
    ]
    return tuple(sorted(found, key=lambda each: (each.at is not None, str(each.at), each.actor)))


def _unassigned(reader: Reader, looks: list[ReadEvent]) -> Iterator[Alert]:
    named = {(grant.actor, grant.case) for grant in reader.all(Grant) if not grant.deny}
    of_case: dict[tuple[str, str], list[ReadEvent]] = defaultdict(list)
    for look in looks:
        if look.case and look.rule != REFUSED:
            of_case[look.actor, look.case].append(look)
    for (actor, case), some in of_case.items():
        if (actor, case) not in named and not reader.works_in(actor, case):
            sentence = (
                f"{actor} looked at case {case} {_times(len(some))}, has no grant that names it, "
                "and has kept no record of it."
            )
            yield Alert("unassigned case", actor, _at(some[0]), sentence, _ids(some))


def _bulk(looks: list[ReadEvent], limits: Limits) -> Iterator[Alert]:
    days: dict[str, dict[date, list[ReadEvent]]] = defaultdict(lambda: defaultdict(list))
    for look in looks:
        if look.action is Action.EXPORT and (day := _day(look)):
            days[look.actor][day].append(look)
    for actor, by_day in days.items():
        counts = {day: sum(look.count for look in some) for day, some in by_day.items()}
        for day, count in counts.items():
            others = [other for on, other in counts.items() if on != day]
            usual = median(others) if len(others) >= 3 else None
            if count > limits.exported or (usual and count > limits.usual * usual):
                own = f"; their usual day is {usual:g}" if usual is not None else ""
                sentence = f"{actor} exported {count} records on {day}{own}."
                some = by_day[day]
                yield Alert("bulk export", actor, _at(some[0]), sentence, _ids(some))


def _close_to_home(reader: Reader, looks: list[ReadEvent]) -> Iterator[Alert]:
    actors = {actor.id: actor for actor in reader.all(Actor)}
    near = _near(reader, actors)
    names = _names(reader, actors)
    for look in looks:
        for person in near.get(look.actor, ()):
            if _is_about(look.target, person, names.get(person, ())):
                who = "themselves" if actors[look.actor].person == person else f"person {person}"
                sentence = (
                    f"{look.actor} looked at or searched for {who}, a relative, colleague or "
                    f"neighbour ({look.target})."
                    if who != "themselves"
                    else f"{look.actor} looked at or searched for themselves ({look.target})."
                )
                yield Alert("close to home", look.actor, _at(look), sentence, (look.id,))


def _near(reader: Reader, actors: dict[str, Actor]) -> dict[str, set[str]]:
    """Actor -> people who are themselves, related to them in any way, or another actor."""
    related: dict[str, set[str]] = defaultdict(set)
    for relation in reader.all(Relation):
        related[relation.one].add(relation.other)
        related[relation.other].add(relation.one)
    colleagues = {actor.person for actor in actors.values() if actor.person}
    return {
        actor.id: {actor.person, *related[actor.person], *colleagues}
        for actor in actors.values()
        if actor.person
    }


def _names(reader: Reader, actors: dict[str, Actor]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for statement in reader.all(Statement):
        if statement.subject.kind == "person" and statement.field == "name" and statement.value:
            found[statement.subject.id].add(statement.value.casefold())
    for actor in actors.values():
        if actor.person:
            found[actor.person].add(actor.name.casefold())
    return found


def _is_about(target: str, person: str, names: set[str] | tuple[str, ...]) -> bool:
    if target == f"person {person}" or target.endswith(f"person {person}"):
        return True
    first = target.partition(" ")[0]
    if first in KINDS or first == "every":
        return False
    words = target.casefold()  # of a search
    return any(name in words for name in names)


def _refused(looks: list[ReadEvent], limits: Limits) -> Iterator[Alert]:
    days: dict[tuple[str, date], list[ReadEvent]] = defaultdict(list)
    for look in looks:
        if look.rule == REFUSED and (day := _day(look)):
            days[look.actor, day].append(look)
    for (actor, day), some in days.items():
        if len(some) >= limits.refused:
            targets = ", ".join(sorted({look.target for look in some})[:5])
            sentence = (
                f"{actor} asked {len(some)} times on {day} for what is not there or not for them: "
                f"{targets}."
            )
            yield Alert("refused looks", actor, _at(some[0]), sentence, _ids(some))


def _not_reviewed(reader: Reader) -> Iterator[Alert]:
    for taken in reader.all(Emergency):
        begun = taken.at.earliest
        if taken.reviewed_by is None and begun and begun + REVIEW_WITHIN < reader.asker.moment:
            sentence = (
                f"{taken.actor} took case {taken.case} in an emergency on {begun:%Y-%m-%d}, and "
                "nobody has reviewed it within 72 hours."
            )
            yield Alert("emergency not reviewed", taken.actor, begun, sentence, (taken.id,))


def _to_oneself(reader: Reader) -> Iterator[Alert]:
    for grant in reader.all(Grant):
        own = grant.actor == grant.given_by and not grant.deny
        if own and grant.id != first_grant(grant.actor).id:
            where = f"case {grant.case}" if grant.case else grant.item or "everything"
            sentence = f"{grant.actor} gave themselves {grant.id} on {where}: {grant.purpose}."
            yield Alert(
                "grant to oneself", grant.actor, grant.during.earliest, sentence, (grant.id,)
            )


def _at(look: ReadEvent) -> datetime | None:
    return look.at.earliest


def _day(look: ReadEvent) -> date | None:
    return look.at.earliest.date() if look.at.earliest else None


def _ids(looks: list[ReadEvent]) -> tuple[str, ...]:
    return tuple(look.id for look in looks)


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number} times"
