"""Whether what was collected or reported arrived (C4), and in time (C5).

Not here: who held it on the way (`custody_possession`), what was never tested (results).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from math import sqrt

from scipy.stats import binom

from reopen.prove.custody_times import declared, legacy_by_item, shortest_after
from reopen.prove.holdings import Holdings
from reopen.prove.rules import Settings, answer, finding, rule
from reopen.records.base import Ref
from reopen.records.cases import Case, Exhibit, Mention
from reopen.records.custody import CustodyEvent, EventKind
from reopen.records.findings import Finding, RuleAnswer, Severity
from reopen.records.times import Interval

_WILSON_Z = 3.09  # 99.8% limits, as on a funnel plot
_REPORTED_P = 0.05  # weaker patterns are not worth holding back
_SHORT_WORD = 3  # letters; shorter words tell no two items apart


@rule(
    "C4",
    "Everything collected arrived",
    severity=Severity.A,
    needs=(Mention, CustodyEvent),
    asks="Is there a booking for each item that a scene log or report names?",
    checks=(
        "Two names for one thing: match the text with the exhibit by hand.",
        "Several things booked as one exhibit: look at the exhibit's description.",
        "The thing was photographed and left: ask whoever wrote the log.",
        "It was booked by another agency: ask for its register.",
    ),
    learnt="Orange County",
    numbers={"C4.grace_hours": (24.0, "hours after the mention before a booking is missed")},
)
def everything_arrived(holdings: Holdings, settings: Settings) -> RuleAnswer:
    grace = timedelta(hours=settings.number("C4.grace_hours", 24.0))
    findings: list[Finding] = []
    unable: list[tuple[str, str]] = []
    for mention in holdings.of(Mention):
        why_not = _cannot_judge(holdings, mention, grace)
        if why_not:
            unable.append((str(mention.ref), why_not))
        elif mention.exhibit is None or not _booked(holdings, mention.exhibit):
            findings.append(_not_booked(mention))
    looked_at = len(holdings.of(Mention)) - len(unable)
    return answer("C4", findings, looked_at=looked_at, could_not=unable)


def _cannot_judge(holdings: Holdings, mention: Mention, grace: timedelta) -> str:
    at = mention.at
    if at is not None and at.latest is not None and holdings.now - at.latest < grace:
        return "Its booking is not due yet."
    if mention.exhibit is None:
        alike = [each.id for each in _alike(holdings, mention)]
        if alike:
            return f"A person has to say whether it is {' or '.join(alike)}."
        return ""
    if _booked(holdings, mention.exhibit):
        return ""
    stated = declared(legacy_by_item(holdings).get(mention.exhibit, ()), Interval(None, None))
    return f"It lies in a stated gap ({stated.during}): {stated.why}." if stated else ""


def _alike(holdings: Holdings, mention: Mention) -> Iterator[Exhibit]:
    """Exhibits of the case whose description or id shares a word with the text."""
    words = _words(mention.text)
    for exhibit in holdings.by(Exhibit, "case").get(mention.case, ()):
        if words & _words(f"{exhibit.description} {exhibit.id}"):
            yield exhibit


def _words(text: str) -> frozenset[str]:
    parts = "".join(sign if sign.isalnum() else " " for sign in text.lower()).split()
    return frozenset(word for word in parts if len(word) > _SHORT_WORD or word.isdigit())


def _booked(holdings: Holdings, item: str) -> bool:
    """Booked, or recorded in a store, itself or as part of what it was taken from."""
    seen: set[str] = set()
    while item not in seen:
        seen.add(item)
        events = holdings.by(CustodyEvent, "item").get(item, ())
        if any(event.event is EventKind.BOOKED or event.store for event in events):
            return True
        exhibit = holdings.one(Exhibit, item)
        item = (exhibit.parent if exhibit else None) or item
    return False


def _not_booked(mention: Mention) -> Finding:
    what = f'"{mention.text}"'
    if mention.exhibit is None:
        lacks = "is matched with no exhibit, and none of its case resembles it"
        records = [mention.ref]
    else:
        lacks = f"is exhibit {mention.exhibit}, and no record books that in"
        records = [mention.ref, Ref(Exhibit.KIND, mention.exhibit)]
    sentence = f"{what}, named in {mention.document}, {lacks}."
    return finding("C4", Severity.A, sentence, records, case=mention.case, helps_defence=True)


@dataclass(frozen=True, slots=True)
class _Booking:
    """An item's way from the scene to its booking. late: by at least so much, over the limit;
    None where it was in time."""

    exhibit: Exhibit
    event: CustodyEvent
    late: timedelta | None
    stored: bool


@rule(
    "C5",
    "Late booking",
    severity=Severity.B,
    needs=(Exhibit, CustodyEvent),
    asks="Was each item booked within a shift, and are late ones no pattern?",
    checks=(
        "A long scene or transport: look at the log of the scene.",
        "The store was closed, or the system was down: look at its book of that day.",
        "The collection time is that of the incident: ask whoever collected it.",
        "One event with many items: count the events, not the items.",
    ),
    statistical=True,
    learnt="Orange County: 30% of 27,000 bookings late",
    share=0.05,
    numbers={
        "C5.shift_hours": (12.0, "hours from collection within which an item is to be booked"),
        "C5.usual_share": (0.05, "share of late bookings that is no pattern"),
        "C5.lone_days": (7.0, "days late, in no registered store, from which one item is shown"),
    },
)
def late_booking(holdings: Holdings, settings: Settings) -> RuleAnswer:
    limit = timedelta(hours=settings.number("C5.shift_hours", 12.0))
    usual = settings.number("C5.usual_share", 0.05)
    lone = timedelta(days=settings.number("C5.lone_days", 7.0))
    bookings, unable = _bookings(holdings, limit)
    late = [each for each in bookings if each.late is not None]
    findings = [_kept(each) for each in late if _is_kept(each, lone)]
    groups = _by_agency_and_year(holdings, bookings)
    findings += list(_patterns(groups, usual))
    notes = [
        f"{each.exhibit.ref} was booked {_hours(each.late)} h later than the limit, by event "
        f"{each.event.id}."
        for each in late
        if each.late is not None
    ]
    return answer("C5", findings, looked_at=len(groups), could_not=unable, notes=notes)


def _bookings(holdings: Holdings, limit: timedelta) -> tuple[list[_Booking], list[tuple[str, str]]]:
    bookings: list[_Booking] = []
    unable: list[tuple[str, str]] = []
    legacy = legacy_by_item(holdings)
    for exhibit in holdings.of(Exhibit):
        events = holdings.by(CustodyEvent, "item").get(exhibit.id, ())
        booked = next((event for event in events if event.event is EventKind.BOOKED), None)
        collected = exhibit.collected or _collected(events)
        if booked is None:
            unable.append((str(exhibit.ref), "No booking is recorded (see C4)."))
            continue
        took = shortest_after(collected, booked.at) if collected else None
        if took is None:
            unable.append((str(exhibit.ref), "Its collection or booking has no time."))
        elif took > limit and declared(legacy.get(exhibit.id, ()), booked.at):
            unable.append((str(exhibit.ref), "Its booking lies in a stated gap."))
        else:
            stored = any(event.store for event in events[: events.index(booked)])
            late = took - limit if took > limit else None
            bookings.append(_Booking(exhibit, booked, late, stored))
    return bookings, unable


def _collected(events: Sequence[CustodyEvent]) -> Interval | None:
    return next((event.at for event in events if event.event is EventKind.COLLECTED), None)


def _is_kept(booking: _Booking, lone: timedelta) -> bool:
    return booking.late is not None and booking.late > lone and not booking.stored


def _kept(booking: _Booking) -> Finding:
    assert booking.late is not None
    about = booking.exhibit.ref
    days = booking.late / timedelta(days=1)
    sentence = (
        f"{about} was booked {days:.0f} days later than the limit, and no record places it in a "
        "registered store until then."
    )
    records = [about, booking.event.ref]
    return finding("C5", Severity.B, sentence, records, case=booking.exhibit.case)


def _hours(late: timedelta | None) -> str:
    return f"{(late or timedelta()) / timedelta(hours=1):.0f}"


_Groups = dict[tuple[str, int], list[_Booking]]


def _by_agency_and_year(holdings: Holdings, bookings: Sequence[_Booking]) -> _Groups:
    groups: _Groups = defaultdict(list)
    for booking in bookings:
        case = holdings.one(Case, booking.exhibit.case)
        start = booking.event.at.earliest
        assert start is not None  # else its delay could not be told
        groups[case.agency if case else "", start.year].append(booking)
    return groups


def _patterns(groups: _Groups, usual: float) -> Iterator[Finding]:
    """Agencies whose share of late bookings in a year is beyond the usual and the others'."""
    n_late = {key: sum(each.late is not None for each in group) for key, group in groups.items()}
    for (agency, year), group in groups.items():
        others = [key for key in groups if key[1] == year and key[0] != agency]
        others_n, others_late = (
            sum(len(groups[key]) for key in others),
            sum(n_late[key] for key in others),
        )
        others_share = others_late / others_n if others_n else 0.0
        n, late = len(group), n_late[agency, year]
        expected = max(usual, others_share)
        p_value = float(binom.sf(late - 1, n, expected))
        if p_value < _REPORTED_P:
            low, high = wilson(late, n)
            yield finding(
                "C5",
                Severity.B,
                f"{late} of {n} items of {agency or 'an agency not named'} were booked late in "
                f"{year}, where {expected:.1%} is usual.",
                [each.event.ref for each in group if each.late is not None],
                known_by=[Ref("agency", agency), Ref("year", str(year))],
                p_value=p_value,
                figures=(
                    f"late: {late / n:.1%}, Wilson 99.8% limits {low:.1%} to {high:.1%}",
                    f"other agencies that year: {others_late} of {others_n}",
                    f"probability of as many or more at {expected:.1%}: {p_value:.2g} (binomial)",
                ),
            )


def wilson(k: int, n: int, z: float = _WILSON_Z) -> tuple[float, float]:
    """Limits of a share k of n (Wilson 1927), 99.8% unless z is given."""
    centre, spread = k / n + z * z / (2 * n), z * sqrt(k * (n - k) / n**3 + z * z / (4 * n * n))
    scale = 1 + z * z / n
    return (centre - spread) / scale, (centre + spread) / scale
