"""Whether those who entered stores and handled items had a reason on record: rule C10.

A person's entries without any event are compared with those of others in the same role. Findings
name records, not people. Not here: looks at records (`system_reads`).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from scipy.stats import betabinom

from reopen.prove.grants_read import Granted
from reopen.prove.holdings import Holdings
from reopen.prove.rules import Settings, answer, finding, rule
from reopen.records.access import Action, Actor, Grant
from reopen.records.base import Ref
from reopen.records.cases import Involvement
from reopen.records.custody import CustodyEvent, EventKind, StoreEntry
from reopen.records.findings import Finding, RuleAnswer, Severity
from reopen.records.results import Amendment

_HANDS_ON = frozenset((EventKind.OPENED, EventKind.EXAMINED, EventKind.SAMPLED, EventKind.CONSUMED))
_REPORTED_P = 0.05
_FEWEST_PEERS = 20  # entries of others, without which there is no usual rate


@dataclass(slots=True)
class _Entries:
    """A person's unplanned entries of a year in one role."""

    every: list[StoreEntry] = field(default_factory=list)
    empty: list[StoreEntry] = field(default_factory=list)


@rule(
    "C10",
    "Unexplained access",
    severity=Severity.B,
    needs=(CustodyEvent,),
    asks="Does an item's event explain each entry to a store, and a grant each handling?",
    checks=(
        "Cleaning, repair or a tour: ask for the work order.",
        "Events entered by a colleague: ask the pair of them.",
        "A search for a misplaced item: ask the storekeeper.",
        "A grant given by telephone: ask whoever gave it, and have it recorded.",
    ),
    statistical=True,
    learnt="Farak",
    share=0.05,
    numbers={
        "C10.minutes": (60.0, "minutes around an entry within which an event explains it"),
        "C10.least": (5.0, "entries without an event, below which nobody is looked at"),
        "C10.spread": (0.5, "standard deviation of honest people's shares, over the usual share"),
        "C10.amended_days": (30.0, "days after an entry in which an amendment weighs"),
    },
)
def unexplained_access(holdings: Holdings, settings: Settings) -> RuleAnswer:
    findings: list[Finding] = []
    unable: list[tuple[str, str]] = []
    groups = _by_role_and_year(holdings, settings)
    tests = 0
    for (role, year), people in groups.items():
        for person, entries in people.items():
            others_n = sum(len(each.every) for who, each in people.items() if who != person)
            if others_n < _FEWEST_PEERS:
                why = f"Too few entries of others in role {role or 'not recorded'} in {year}."
                unable.append((f"entries of {year}", why))
                continue
            tests += 1
            others_empty = sum(len(each.empty) for who, each in people.items() if who != person)
            usual = (others_empty + 0.5) / (others_n + 1)
            findings += _often(holdings, settings, entries, usual, year)
    if not holdings.holds(StoreEntry):
        unable.append(("stores", "No entries to stores are recorded."))
    ungranted, judged = _handled_without_grant(holdings, unable)
    findings += ungranted
    # Tests made, which the budget of false alarms counts; a handling without a grant needs none.
    return answer("C10", findings, looked_at=tests or min(judged, 1), could_not=unable)


def _by_role_and_year(
    holdings: Holdings, settings: Settings
) -> Mapping[tuple[str, int], Mapping[str, _Entries]]:
    window = timedelta(minutes=settings.number("C10.minutes", 60.0))
    active = _activity(holdings)
    groups: dict[tuple[str, int], dict[str, _Entries]] = defaultdict(lambda: defaultdict(_Entries))
    for entry in holdings.of(StoreEntry):
        start, end = entry.at.earliest, entry.at.latest
        if entry.planned or start is None or end is None:
            continue
        entries = groups[entry.role, start.year][entry.person]
        entries.every.append(entry)
        times = active.get(entry.person, [])
        first = bisect_left(times, start - window)
        if first == bisect_right(times, end + window):
            entries.empty.append(entry)
    return groups


def _activity(holdings: Holdings) -> Mapping[str, list[datetime]]:
    """When each person took part in an event, in order: both ends of each event's time."""
    times: dict[str, list[datetime]] = defaultdict(list)
    people = {entry.person for entry in holdings.of(StoreEntry)}
    if not people:
        return times
    for event in holdings.of(CustodyEvent):
        for person in {event.giver, event.receiver, event.by, event.confirmed} & people:
            times[person or ""] += [end for end in (event.at.earliest, event.at.latest) if end]
    for every in times.values():
        every.sort()
    return times


def _often(
    holdings: Holdings, settings: Settings, entries: _Entries, usual: float, year: int
) -> Iterator[Finding]:
    n, empty = len(entries.every), len(entries.empty)
    if empty < settings.number("C10.least", 5.0):
        return
    p_value = _tail(empty, n, usual, settings.number("C10.spread", 0.5))
    if p_value >= _REPORTED_P:
        return
    days = timedelta(days=settings.number("C10.amended_days", 30.0))
    amended = _amended_after(holdings, entries.empty, days)
    sentence = (
        f"One person entered stores {n} times in {year}, {empty} times without an event of any "
        f"item, where {usual:.1%} is usual in that role."
    )
    if amended:
        sentence += f" {len(amended)} amendments by the same person followed."
    yield finding(
        "C10",
        Severity.B if amended else Severity.C,
        sentence,
        [*(entry.ref for entry in entries.empty), *(each.ref for each in amended)],
        known_by=(entries.every[0].ref, Ref("year", str(year))),
        p_value=p_value,
        figures=(
            f"without an event: {empty} of {n} ({empty / n:.1%})",
            f"probability of as many or more: {p_value:.2g} (beta-binomial)",
        ),
    )


def _tail(k: int, n: int, mean: float, spread: float) -> float:
    """P(at least k of n) where honest shares scatter around the mean like a beta distribution.

    spread  their standard deviation over the mean
    """
    scale = max(1.0, (1.0 - mean) / (mean * spread**2) - 1.0)
    return float(betabinom.sf(k - 1, n, mean * scale, (1 - mean) * scale))


def _amended_after(
    holdings: Holdings, entries: Sequence[StoreEntry], days: timedelta
) -> list[Amendment]:
    amendments = holdings.by(Amendment, "by").get(entries[0].person, ())
    return [each for each in amendments if any(_follows(each, entry, days) for entry in entries)]


def _follows(amendment: Amendment, entry: StoreEntry, days: timedelta) -> bool:
    start, at = entry.at.latest, amendment.at.earliest
    return start is not None and at is not None and timedelta(0) <= at - start <= days


def _handled_without_grant(
    holdings: Holdings, unable: list[tuple[str, str]]
) -> tuple[list[Finding], int]:
    """Items of a case received or worked on by a user of the system who had no grant on it and no
    role in it."""
    if not holdings.holds(Grant, Actor):
        unable.append(("handling", "No grants are recorded."))
        return [], 0
    granted = Granted(holdings)
    involved = {(each.person, each.case) for each in holdings.of(Involvement)}
    handled: dict[tuple[str, str], list[CustodyEvent]] = defaultdict(list)
    judged = 0
    for event in holdings.of(CustodyEvent):
        handler = event.receiver or (event.by if event.event in _HANDS_ON else None)
        actor = granted.actor(handler) if handler else None
        case = holdings.case_of(event.item) if actor is not None else None
        if actor is None or case is None or (handler, case) in involved:
            continue
        judged += 1
        if not granted.covers(actor, case, event.item, event.at, Action.READ):
            handled[actor.id, case].append(event)
    findings = [
        finding(
            "C10",
            Severity.C,
            f"{len(events)} events of items of case {case} name somebody who had no grant on "
            "that case and no role in it.",
            events,
            known_by=(events[0],),
            case=case,
            aspect="no grant",
        )
        for (_, case), events in handled.items()
    ]
    return findings, judged
