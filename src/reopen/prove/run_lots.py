"""L8: an unknown profile that turns up wherever one lot or supplier was used.

Each case of the profile is compared with the other cases of its time: how many of them used the
lot. So a series of one summer, when one lot was in use, is not held against the lot. A supplier of
nearly all work cannot be told apart from an offender by this; that is said, with what can.
Not here: single use and expiry (`run_consumables`), staff of manufacturers (`links_staff`).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil, log, prod

from reopen.prove.exact import sum_tail
from reopen.prove.holdings import Holdings
from reopen.prove.linked import profile_links
from reopen.prove.provenance import case_of_profile, is_stain
from reopen.prove.rules import Settings, rule
from reopen.prove.tally import Tally
from reopen.records.findings import RuleAnswer, Severity
from reopen.records.laboratory import Consumable, ConsumableUse, Well
from reopen.records.results import FoundLink

LEAST_CASES = 3
LEAST_LOG10 = 6.0
WINDOW_DAYS = 90.0
LEAST_PEERS = 20
TAIL = 0.001
_REPORTED = 0.05
"""P-values above this are never told; what the budget allows is decided by the audit."""

Source = tuple[str, str, str]
"""'lot' or 'supplier', the kind of consumable, and its name."""


@rule(
    "L8",
    "Lot follows the profile",
    severity=Severity.A,
    needs=(FoundLink, Consumable, ConsumableUse),
    statistical=True,
    share=0.1,
    asks="Does an unknown profile turn up in unconnected cases that share a lot or supplier far "
    "more often than that lot's share of the work?",
    checks=(
        "Compare with the elimination profiles of the manufacturer's staff first.",
        "Type blank swabs and reagents of the lot.",
        "One region may be served by one supplier: compare with other cases of the same sites.",
    ),
    learnt="Phantom of Heilbronn",
    numbers={
        "L8.least_cases": (float(LEAST_CASES), "cases that a profile has to turn up in"),
        "L8.least_log10": (LEAST_LOG10, "log10 LR from which two traces count as one profile"),
        "L8.window_days": (WINDOW_DAYS, "days before and after a case in which others compare"),
        "L8.least_peers": (float(LEAST_PEERS), "cases to compare with"),
        "L8.tail": (TAIL, "probability that a profile's cases must be able to reach"),
    },
)
def lot_follows_profile(holdings: Holdings, settings: Settings) -> RuleAnswer:
    tally = Tally("L8")
    work = _Work(holdings, settings)
    least, met = settings.number("L8.least_cases", LEAST_CASES), False
    for links in _unknown_profiles(holdings, settings, tally):
        cases = work.cases_of(links)
        if len(cases) < least:
            continue
        met = True
        used = [case for case in cases if case in work.sources]
        if len(used) < least:
            tally.unable(links[0], "what was used in its cases is not recorded")
            continue
        sources = sorted({each for case in used for each in work.sources[case]})
        shared = [
            each
            for source in sources
            if (each := _judge(source, used, links, work, settings, tally))
        ]
        if shared:
            _tell(min(shared, key=lambda each: each.p), shared, links, tally)
    if not met:
        tally.notes.append(f"No unknown profile turns up in {least:g} unconnected cases.")
    return tally.answer()


def _unknown_profiles(
    holdings: Holdings, settings: Settings, tally: Tally
) -> Iterator[list[FoundLink]]:
    """Links of traces that hang together, lead to nobody known, and join cases that nothing else
    joins."""
    least = settings.number("L8.least_log10", LEAST_LOG10)
    by_profile: dict[str, list[FoundLink]] = defaultdict(list)
    for link in profile_links(holdings):
        if link.weight_log10 >= least and not link.known_reason:
            by_profile[link.one].append(link)
            by_profile[link.other].append(link)
    seen: set[str] = set()
    for start in by_profile:
        if start in seen:
            continue
        waiting, group = [start], dict[str, FoundLink]()
        seen.add(start)
        members = {start}
        while waiting:
            for link in by_profile[waiting.pop()]:
                group[link.id] = link
                for end in (link.one, link.other):
                    if end not in seen:
                        seen.add(end)
                        members.add(end)
                        waiting.append(end)
        known = [end for end in members if is_stain(holdings, end) is False]
        if not known:
            yield list(group.values())


@dataclass(frozen=True, slots=True)
class _Use:
    at: datetime
    source: Source


class _Work:
    """What was used for each case, and when."""

    def __init__(self, holdings: Holdings, settings: Settings):
        self.holdings = holdings
        self.window = timedelta(days=settings.number("L8.window_days", WINDOW_DAYS))
        uses: dict[str, list[_Use]] = defaultdict(list)
        for use in holdings.of(ConsumableUse):
            consumable = holdings.one(Consumable, use.item)
            if consumable is None or use.at.earliest is None:
                continue
            for source in _sources(consumable):
                for case in self._cases(use):
                    uses[case].append(_Use(use.at.earliest, source))
        self.sources: Mapping[str, set[Source]] = {
            case: {each.source for each in made} for case, made in uses.items()
        }
        self.kinds = {case: {each[:2] for each in held} for case, held in self.sources.items()}
        self.times = {case: min(each.at for each in made) for case, made in uses.items()}
        self.in_order: dict[tuple[str, ...], list[datetime]] = defaultdict(list)
        for case, when in sorted(self.times.items(), key=lambda pair: pair[1]):
            for used in (*self.sources[case], *self.kinds[case]):
                self.in_order[used].append(when)

    def _cases(self, use: ConsumableUse) -> set[str]:
        if use.case:
            return {use.case}
        if use.sample:
            case = self.holdings.case_of(use.sample)
            return {case} if case else set()
        wells = self.holdings.by(Well, "batch").get(use.batch, ()) if use.batch else ()
        cases = (well.case or self.holdings.case_of(well.sample) for well in wells)
        return {case for case in cases if case}

    def cases_of(self, links: Sequence[FoundLink]) -> list[str]:
        ends = (end for link in links for end in (link.one, link.other))
        found = (case_of_profile(self.holdings, end) for end in ends)
        return list(dict.fromkeys(case for case in found if case))

    def share(self, source: Source, case: str, apart_from: Sequence[str]) -> tuple[float, int]:
        """The source's share of the other cases around this one, by Laplace's rule, and of how
        many cases."""
        start, end = self.times[case] - self.window, self.times[case] + self.window
        own = [other for other in apart_from if start <= self.times[other] <= end]
        peers = self._between(source[:2], start, end)
        peers -= sum(source[:2] in self.kinds[other] for other in own)
        having = self._between(source, start, end)
        having -= sum(source in self.sources[other] for other in own)
        return (having + 1) / (peers + 2), peers

    def _between(self, used: tuple[str, ...], start: datetime, end: datetime) -> int:
        """Cases of that time that used it."""
        times = self.in_order[used]
        return bisect_right(times, end) - bisect_left(times, start)


def _sources(consumable: Consumable) -> Iterator[Source]:
    if consumable.lot:
        yield "lot", consumable.consumable, consumable.lot
    if consumable.supplier:
        yield "supplier", consumable.consumable, consumable.supplier


@dataclass(frozen=True, slots=True)
class _Shared:
    """A lot or supplier that a profile's cases share. having, of: cases with it, and compared;
    chances: its share of the other cases around each; peers: how many those were, at least."""

    told: str
    having: int
    of: int
    chances: tuple[float, ...]
    peers: int
    p: float


def _judge(
    source: Source,
    cases: Sequence[str],
    links: Sequence[FoundLink],
    work: _Work,
    settings: Settings,
    tally: Tally,
) -> _Shared | None:
    what, kind, name = source
    told = f"{what} {name} of {kind}" if kind else f"{what} {name}"
    compared = [case for case in cases if source[:2] in work.kinds[case]]
    having = sum(source in work.sources[case] for case in compared)
    enough = having >= settings.number("L8.least_cases", LEAST_CASES)
    found = [work.share(source, case, cases) for case in compared]
    peers = min(count for _, count in found)
    if peers < settings.number("L8.least_peers", LEAST_PEERS):
        if enough:
            reason = f"{told}: only {peers} other cases of that time to compare with"
            tally.unable(links[0], reason)
        return None
    chances = tuple(share for share, _ in found)
    tail = settings.number("L8.tail", TAIL)
    if prod(chances) > tail:
        if enough:
            mean = sum(chances) / len(chances)
            tally.unable(
                links[0],
                f"{told} is used for {mean:.0%} of the work of that time: "
                f"{ceil(log(tail) / log(mean))} cases would be needed; blank swabs and the "
                "manufacturer's staff can tell",
            )
        return None
    tally.looked_at += 1  # too few cases with it is a test as well: it was looked for
    p = sum_tail(chances, having)
    if not enough or p > _REPORTED:
        return None
    return _Shared(told, having, len(compared), chances, peers, p)


def _tell(
    most: _Shared, shared: Sequence[_Shared], links: Sequence[FoundLink], tally: Tally
) -> None:
    """One finding for a profile, by the lot or supplier that stands out most."""
    others = sorted(each.told for each in shared if each is not most)
    also = (f"also shared, each with more probability: {', '.join(others)}",) if others else ()
    mean = sum(most.chances) / len(most.chances)
    tally.found(
        Severity.A,
        f"An unknown profile turns up in {most.of} cases; {most.told} was used in "
        f"{most.having} of them, and in {mean:.0%} of other cases of their time.",
        links,
        known_by=[min(links, key=lambda each: each.id)],
        p_value=most.p,
        figures=(
            f"raw: {most.having} of {most.of} cases with it",
            f"adjusted for time: expected {sum(most.chances):.2f}, each by {most.peers} or more",
            f"probability of so many by chance {most.p:.2g} (Poisson binomial)",
            *also,
        ),
    )
