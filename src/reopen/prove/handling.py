"""Who handled a thing: the hands named by its custody events, wells, injections and examinations.

Not here: what to make of it (rules).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from reopen.prove.holdings import Holdings
from reopen.records.access import Actor
from reopen.records.base import Record
from reopen.records.cases import Examination, Exhibit, Sample
from reopen.records.custody import CustodyEvent, EventKind
from reopen.records.laboratory import Batch, Injection, Quantification, Well
from reopen.records.times import Interval


@dataclass(frozen=True, slots=True)
class Handling:
    """One time that somebody handled a thing.

    hands    everybody named: who gave, took, confirmed, wrote it down, stood by
    touched  who had it open in their hands; nobody where it stayed closed
    event    of a custody event, else None
    """

    at: Interval
    hands: frozenset[str]
    record: Record
    place: str = ""
    event: EventKind | None = None
    touched: frozenset[str] = frozenset()

    @property
    def is_open(self) -> bool:
        """The thing lay open: searched, sampled, on the bench."""
        return self.event is None or self.event in BARE


BARE = frozenset({EventKind.COLLECTED, EventKind.OPENED, EventKind.EXAMINED, EventKind.SAMPLED})
"""What brings DNA to the air: a sealed bag that moves meets nothing."""


def handlings(holdings: Holdings, thing: str) -> Iterator[Handling]:
    """Every recorded handling of an exhibit or sample that has a time."""
    yield from _custody(holdings, thing)
    yield from _taking(holdings, thing)
    yield from _bench(holdings, thing)


def _custody(holdings: Holdings, thing: str) -> Iterator[Handling]:
    for event in holdings.by(CustodyEvent, "item").get(thing, ()):
        hands = _names(event.giver, event.receiver, event.confirmed, event.by)
        touched = _names(event.receiver or event.by) if event.event in BARE else frozenset()
        place = event.place or event.store or ""
        yield Handling(event.at, hands, event, place, event.event, touched)
    for search in holdings.by(Examination, "target").get(thing, ()):
        hands = _names(search.examiner, search.witness)
        yield Handling(search.at, hands, search, touched=_names(search.examiner))


def _taking(holdings: Holdings, thing: str) -> Iterator[Handling]:
    exhibit, sample = holdings.one(Exhibit, thing), holdings.one(Sample, thing)
    if exhibit is not None and exhibit.collected is not None:
        hands = _names(exhibit.collected_by)
        place = exhibit.collected_at or ""
        yield Handling(exhibit.collected, hands, exhibit, place, EventKind.COLLECTED, hands)
    if sample is not None and sample.taken is not None:
        hands = _names(sample.taken_by)
        yield Handling(sample.taken, hands, sample, "", EventKind.SAMPLED, hands)


def _bench(holdings: Holdings, thing: str) -> Iterator[Handling]:
    for well in holdings.by(Well, "sample").get(thing, ()):
        batch = holdings.one(Batch, well.batch)
        at = well.at or (batch.at if batch else None)
        if at is not None:
            hands = _names(well.analyst)
            yield Handling(at, hands, well, well.bench, touched=hands)
    lines: tuple[Injection | Quantification, ...] = (
        *holdings.by(Injection, "sample").get(thing, ()),
        *holdings.by(Quantification, "sample").get(thing, ()),
    )
    for line in lines:
        if line.at is not None:
            hands = _names(line.analyst)
            yield Handling(line.at, hands, line, touched=hands)


def _names(*people: str | None) -> frozenset[str]:
    return frozenset(each for each in people if each)


def actor_people(holdings: Holdings) -> Mapping[str, str]:
    """Actor of the system -> the person of the unit who is the same human being."""
    return {each.id: each.person for each in holdings.of(Actor) if each.person}
