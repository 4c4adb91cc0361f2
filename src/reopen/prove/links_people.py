"""X4, X7, X11: linked people who could not have been there, whose reference met the stain, or who
stand in the custody path.

Not here: links to staff (`links_staff`), links between cases (`links_cases`).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from reopen.prove.handling import Handling, actor_people, handlings
from reopen.prove.holdings import Holdings
from reopen.prove.linked import PersonLink, people_linked, reference_samples
from reopen.prove.meetings import things_of
from reopen.prove.presence import Impossible, impossible, offence_of
from reopen.prove.rules import Settings, rule
from reopen.prove.tally import Tally
from reopen.records.base import Record
from reopen.records.cases import Exhibit, Involvement, Relation, Role, Sample
from reopen.records.custody import CustodyEvent, EventKind
from reopen.records.findings import RuleAnswer, Severity
from reopen.records.times import Interval

_OFFICIAL_GRADE = 2
"""Grades up to this are records made at the time, or documents and devices; above: a word."""


@rule(
    "X4",
    "Impossible presence",
    severity=Severity.A,
    needs=(),  # a link, a result or a hit: any of them names a person
    asks="Could the linked person have been there: old enough, alive, at liberty, in reach?",
    checks=(
        "An identical twin or a near relative left it.",
        "The alibi is weak or of the wrong person: see its grade and ask for the record itself.",
        "The time of the offence is recorded wrongly, or the trace is older than the offence.",
        "Contamination: see X1, X2, X3 and L6.",
    ),
    learnt="Mixer (aged four); Scott (phone); Anderson (hospital)",
    numbers={"X4.least_age": (10.0, "years below which a person is too young")},
)
def impossible_presence(holdings: Holdings, settings: Settings) -> RuleAnswer:
    tally = Tally("X4")
    links = people_linked(holdings)
    if not links:
        tally.unable("links", "no link, result or hit of the unit names a person")
    for link in links:
        offence = offence_of(holdings, link.case)
        if offence is None:
            tally.unable(link.record, f"no time of the offence of case {link.case}")
            continue
        known = impossible(
            holdings, link.person, link.case, offence, settings.number("X4.least_age", 10.0)
        )
        if not known.looked_at:
            tally.unable(link.record, "neither birth, death nor whereabouts of the person")
            continue
        tally.looked_at += 1
        for reason in known.reasons:
            _tell_of_presence(tally, holdings, link, reason)
    return tally.answer()


def _tell_of_presence(
    tally: Tally, holdings: Holdings, link: PersonLink, reason: Impossible
) -> None:
    relations = [
        each
        for each in holdings.of(Relation)
        if link.person in (each.one, each.other) and "twin" in each.relation
    ]
    weight = () if link.weight_log10 is None else (f"log10 LR {link.weight_log10:.1f}",)
    twin = ("a twin is recorded",) if relations else ()
    tally.found(
        Severity.A if reason.grade <= _OFFICIAL_GRADE else Severity.B,
        f"{link.record.ref} lacks a way for the person linked to be there: {reason.words}.",
        [link.record, *reason.records, *relations],
        known_by=[link.record, *reason.records],
        case=link.case,
        figures=(*weight, f"grade of the record {reason.grade}", *twin),
    )


@rule(
    "X7",
    "Reference and stain met",
    severity=Severity.A,
    needs=(CustodyEvent,),
    asks="Was the reference sample handled before or with the stain it matches, by the same hands?",
    checks=(
        "Another room and new gloves: ask for the bench records of both.",
        "The order of two records of one day: see which was opened first.",
        "Somebody else typed the stain before: an earlier result with the same alleles clears it.",
    ),
    learnt="Kofoed; Scott; Mixer",
    numbers={
        "X7.same_room_days": (7.0, "days a reference may come before the stain in one room"),
    },
)
def reference_met_stain(holdings: Holdings, settings: Settings) -> RuleAnswer:
    tally = Tally("X7")
    window = timedelta(days=settings.number("X7.same_room_days", 7.0))
    judged: set[tuple[str, str]] = set()
    for link in people_linked(holdings):
        pair = (link.sample or link.record.id, link.person)
        if link.sample is None or pair in judged:
            continue
        judged.add(pair)
        taken = reference_samples(holdings, link.person)
        references = (link.reference,) if link.reference else taken
        known = _opened(holdings, *references), _opened(holdings, link.sample)
        if not all(known):
            tally.unable(link.record, "no handling recorded of the stain, or of the reference")
            continue
        tally.looked_at += 1
        met = next((pair for pair in _pairs(*known) if _met(*pair, window)), None)
        if met is not None:
            _tell_of_meeting(tally, link, *met)
    return tally.answer()


_WITH = timedelta(hours=1)
"""Within so long of each other, two things were on the bench together."""


def _opened(holdings: Holdings, *samples: str) -> tuple[Handling, ...]:
    things = dict.fromkeys(thing for each in samples for thing in things_of(holdings, each))
    found = (each for thing in things for each in handlings(holdings, thing))
    return tuple(each for each in found if each.is_open and each.touched)


def _pairs(
    references: tuple[Handling, ...], stains: tuple[Handling, ...]
) -> Iterator[tuple[Handling, Handling]]:
    for reference in references:
        for stain in stains:
            if reference.touched & stain.touched:
                yield reference, stain


def _met(reference: Handling, stain: Handling, window: timedelta) -> bool:
    """The reference came before the stain or with it, and not on another day in another room.

    Times that leave the order open by more than a day are no certain answer.
    """
    gap = _gap(reference.at, stain.at)
    if gap is None or gap < -_WITH:
        return False
    same_day = gap < timedelta(days=1) and _date(reference.at) == _date(stain.at)
    same_room = bool(reference.place) and reference.place == stain.place
    return same_day or (same_room and gap <= window)


def _gap(reference: Interval, stain: Interval) -> timedelta | None:
    """How long after the reference the stain was handled, by the middle of both times; None where
    an end is open or a time is vaguer than a day."""
    middles: list[datetime] = []
    for each in (reference, stain):
        if each.earliest is None or each.latest is None:
            return None
        if each.latest - each.earliest > timedelta(days=1):
            return None
        middles.append(each.earliest + (each.latest - each.earliest) / 2)
    return middles[1] - middles[0]


def _date(time: Interval) -> date | None:
    return None if time.earliest is None else time.earliest.date()


def _tell_of_meeting(tally: Tally, link: PersonLink, reference: Handling, stain: Handling) -> None:
    where = f" at {stain.place}" if reference.place == stain.place and stain.place else ""
    tally.found(
        Severity.A,
        f"{link.record.ref} lacks a separation: the reference was handled on "
        f"{reference.at} and the stain on {stain.at}{where} by the same hands.",
        [link.record, reference.record, stain.record],
        case=link.case,
    )


_SUSPECTED = frozenset({Role.SUSPECT, Role.PERSON_OF_INTEREST, Role.CONVICTED})
_CONCERNED = frozenset({Role.VICTIM, Role.FAMILY, Role.WITNESS, Role.INFORMANT})


@rule(
    "X11",
    "Person of interest in the custody path",
    severity=Severity.A,
    needs=(CustodyEvent, Involvement),
    asks="Did somebody who is a suspect, a witness or family in a case, or whose DNA is linked "
    "with it, hold its evidence?",
    checks=(
        "The person handed it over, or got it back: that is left out where the record says so.",
        "Another person of the same name or number.",
        "A witness who is an officer: record the role 'investigator' as well.",
    ),
    learnt="our own: the issue's list of links that should not be",
)
def interest_in_custody(holdings: Holdings, settings: Settings) -> RuleAnswer:
    tally = Tally("X11")
    concerned = _concerned(holdings)
    people = actor_people(holdings)
    told: set[tuple[str, str]] = set()
    with_roles = {*concerned, *(each.case for each in holdings.of(Involvement))}
    without: set[str] = set()
    for item in _items(holdings):
        case = holdings.case_of(item.id)
        if case is None or case not in with_roles:
            without.add(case or "")
            continue
        tally.looked_at += 1
        for handling in handlings(holdings, item.id):
            for hand in sorted(handling.hands - _own(handling)):
                person = people.get(hand, hand)
                role = concerned.get(case, {}).get(person)
                own = isinstance(item, Sample) and item.person == person
                if role is not None and not own and (item.id, person) not in told:
                    told.add((item.id, person))
                    _tell_of_hands(tally, item, handling, role, case)
    for case in sorted(without):
        tally.unable(f"case {case}" if case else "items of no case", "no roles of people recorded")
    return tally.answer()


def _concerned(holdings: Holdings) -> dict[str, dict[str, tuple[str, Severity, Record]]]:
    """Case -> person -> what the person is in it, how grave, and the record that says so."""
    found: dict[str, dict[str, tuple[str, Severity, Record]]] = {}
    official = {
        (each.person, each.case)
        for each in holdings.of(Involvement)
        if each.role not in _SUSPECTED | _CONCERNED
    }
    for link in people_linked(holdings):
        found.setdefault(link.case, {})[link.person] = (
            "linked with it by DNA", Severity.A, link.record,
        )  # fmt: skip
    for each in holdings.of(Involvement):
        if each.role in _SUSPECTED:
            found.setdefault(each.case, {})[each.person] = (each.role, Severity.A, each)
        elif each.role in _CONCERNED and (each.person, each.case) not in official:
            found.setdefault(each.case, {}).setdefault(each.person, (each.role, Severity.B, each))
    for relation in holdings.of(Relation):
        for near, handler in (
            (relation.one, relation.other),
            (relation.other, relation.one),
        ):
            for people in found.values():
                if near in people and people[near][1] is Severity.A:
                    people.setdefault(
                        handler, (f"{relation.relation} of a suspect", Severity.B, relation)
                    )
    return found


def _items(holdings: Holdings) -> Iterator[Exhibit | Sample]:
    yield from holdings.of(Exhibit)
    yield from holdings.of(Sample)


def _own(handling: Handling) -> frozenset[str]:
    """Who an item was taken from, or given back to: no part of the custody path."""
    record = handling.record
    if not isinstance(record, CustodyEvent):
        return frozenset()
    own = {
        EventKind.COLLECTED: record.giver,
        EventKind.RETURNED: record.receiver,
    }.get(record.event)
    return frozenset() if own is None else frozenset({own})


def _tell_of_hands(
    tally: Tally,
    item: Exhibit | Sample,
    handling: Handling,
    role: tuple[str, Severity, Record],
    case: str,
) -> None:
    words, severity, why = role
    tally.found(
        severity,
        f"{item.ref} lacks a custody path free of people concerned: somebody who is {words} in "
        f"case {case} held it on {handling.at}.",
        [item, handling.record, why],
        case=case,
    )
