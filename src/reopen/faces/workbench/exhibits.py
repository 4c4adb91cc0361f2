"""Exhibits, as one actor may see them: found by words, and one with everything that names it.

Not here: its custody (`custody`), drawing, recording events.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from itertools import islice

from reopen.faces.report.wording import log10_text
from reopen.faces.workbench.custody import Item, ItemCustody, custody_in, held_item
from reopen.faces.workbench.custody_shown import when
from reopen.records.base import Record, Ref
from reopen.records.cases import Exhibit, Sample
from reopen.records.custody import CustodyEvent
from reopen.records.findings import Finding
from reopen.records.results import Amendment, LabResult, Request
from reopen.records.stored import StoredFile, StoredProfile
from reopen.records.times import Interval
from reopen.store.reader import Reader

_MOST_MADE = 200
_OF_RESULT = frozenset({"id", "where", "note", "source", "result", "version", "case", "sample"})


@dataclass(frozen=True, slots=True)
class Found:
    """Exhibits of a page. next: the entry behind which the next page begins; None on the last."""

    exhibits: tuple[Exhibit, ...]
    next: int | None


@dataclass(frozen=True, slots=True)
class Made:
    """An exhibit or sample that was taken from another. depth: 1 for what was taken from it."""

    item: Exhibit | Sample
    depth: int


@dataclass(frozen=True, slots=True)
class Told:
    """What the versions of a result say in one field. changed: they do not say the same."""

    field: str
    values: tuple[str, ...]
    changed: bool


@dataclass(frozen=True, slots=True)
class Result:
    """A laboratory's result with every version that it issued, and each as the unit got it.

    versions  '1', '2'; '2, as first entered' where the unit's own record of one was amended
    """

    number: str
    sample: str
    versions: tuple[str, ...]
    told: tuple[Told, ...]
    amendments: tuple[Amendment, ...]


@dataclass(frozen=True, slots=True)
class ItemView:
    """An exhibit, sample or standard with everything that names it.

    above     what it was taken from, the nearest first
    waiting   handovers that nobody has confirmed
    pictures  kept files that its events name
    """

    item: Item
    custody: ItemCustody
    above: tuple[str, ...]
    made: tuple[Made, ...]
    requests: tuple[Request, ...]
    results: tuple[Result, ...]
    profiles: tuple[StoredProfile, ...]
    findings: tuple[Finding, ...]
    waiting: tuple[CustodyEvent, ...]
    pictures: tuple[StoredFile, ...]
    cases: tuple[str, ...]


def find_exhibits(reader: Reader, words: str, *, after: int | None, most: int) -> Found:
    """Exhibits whose id, case, description or substrate have all these words, in the order in
    which they came; a case or exhibit by its own number at once."""
    wanted = words.casefold().split()
    if wanted and after is None:
        exact = reader.get(Exhibit, words.strip()) if _known(reader, words.strip()) else None
        of_case = tuple(reader.all(Exhibit, case=words.strip(), limit=most))
        if exact or of_case:
            return Found((*((exact,) if exact else ()), *of_case), None)
    seen = reader.look_through(Exhibit, wanted, after=after)
    fitting = ((entry, each) for entry, each in seen if each and _has(each, wanted))
    page = list(islice(fitting, most + 1))
    shown = page[:most]
    more = shown[-1][0] if len(page) > most else None
    return Found(tuple(each for _, each in shown), more)


def _known(reader: Reader, id: str) -> bool:
    return bool(reader.rule(Ref(Exhibit.KIND, id)))


def _has(record: Exhibit, words: list[str]) -> bool:
    text = f"{record.id} {record.case} {record.description} {record.substrate}".casefold()
    return all(word in text for word in words)


def item_view(reader: Reader, id: str) -> ItemView:
    """One item. Raises UnknownName where there is none that the actor may see."""
    custody = custody_in(reader, id)
    item = held_item(reader, id)
    assert item is not None
    made = tuple(_made(reader, id))
    near = {id: list(reader.listing(item=id))}
    near |= {each.item.id: list(reader.listing(item=each.item.id)) for each in made}
    every = {v.record.ref: v.record for some in near.values() for v in some}
    own = [v.record for v in near[id]]
    events = [each for each in own if isinstance(each, CustodyEvent) and each.item == id]
    results = [each for each in every.values() if isinstance(each, LabResult)]
    amendments = {
        each.id: each
        for case in sorted({one.case for one in results})
        for each in reader.all(Amendment, case=case)
    }
    about = {item.ref, *every, *(each.ref for each in amendments.values())}
    cases = reader.cases_of(item.ref)
    return ItemView(
        item=item,
        custody=custody,
        above=tuple(_above(reader, item)),
        made=made,
        requests=tuple(each for each in every.values() if isinstance(each, Request)),
        results=tuple(_results(reader, results, amendments.values())),
        profiles=tuple(each for each in every.values() if isinstance(each, StoredProfile)),
        findings=tuple(_findings(reader, cases, about)),
        waiting=tuple(
            each for each in events if each.giver and each.receiver and each.confirmed is None
        ),
        pictures=tuple(_pictures(reader, events)),
        cases=cases,
    )  # fmt: skip


def _above(reader: Reader, item: Item) -> Iterator[str]:
    seen = {item.id}
    at: Item | None = item
    while at is not None:
        parent = getattr(at, "parent", None) or getattr(at, "exhibit", None)
        if not parent or parent in seen:
            return
        seen.add(parent)
        at = next(iter(_items(reader.some(Sample, [parent]))), None) or next(
            iter(_items(reader.some(Exhibit, [parent]))), None
        )
        if at is not None:
            yield parent


def _items(found: Iterable[Record]) -> Iterator[Item]:
    return (each for each in found if isinstance(each, Exhibit | Sample))


def _made(reader: Reader, id: str) -> Iterator[Made]:
    """What was taken from it, and from that, each below what it was taken from."""
    seen = {id}

    def below(parent: str, depth: int) -> Iterator[Made]:
        children: list[Exhibit | Sample] = [
            each for each in reader.all(Exhibit, item=parent) if each.parent == parent
        ]
        children += [
            each
            for each in reader.all(Sample, item=parent)
            if parent in (each.parent, None if each.parent else each.exhibit)
        ]
        for child in children:
            if child.id not in seen and len(seen) <= _MOST_MADE:
                seen.add(child.id)
                yield Made(child, depth)
                yield from below(child.id, depth + 1)

    yield from below(id, 1)


def _results(
    reader: Reader, results: Iterable[LabResult], amendments: Iterable[Amendment]
) -> Iterator[Result]:
    by_number: dict[tuple[str, str], list[LabResult]] = defaultdict(list)
    for each in results:
        by_number[each.result, each.sample].append(each)
    changes = list(amendments)
    for (number, sample), some in sorted(by_number.items()):
        named: dict[str, LabResult] = {}
        for each in sorted(some, key=lambda one: one.version):
            *earlier, _ = reader.versions(each.ref)
            for n, before in enumerate(earlier, start=1):
                if isinstance(before.record, LabResult):
                    label = "as first entered" if n == 1 else f"as entered the {n}. time"
                    named[f"{each.version}, {label}"] = before.record
            named[str(each.version)] = each
        yield Result(
            number, sample, tuple(named), tuple(_told(named)),
            tuple(each for each in changes if each.result == number),
        )  # fmt: skip


def _told(versions: Mapping[str, LabResult]) -> Iterator[Told]:
    """Fields that any version gives, each with what all of them say."""
    for field in fields(LabResult):
        if field.name in _OF_RESULT:
            continue
        values = tuple(_text(field.name, getattr(each, field.name)) for each in versions.values())
        if any(values):
            yield Told(field.name, values, len(set(values)) > 1)


def _text(field: str, value: object) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, Interval):
        return when(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return log10_text(value) if field == "log10_lr" else f"{value:g}"
    return str(value)


def _findings(reader: Reader, cases: Iterable[str], refs: set[Ref]) -> Iterator[Finding]:
    found = {each.id: each for case in cases for each in reader.all(Finding, case=case)}
    yield from (each for each in found.values() if refs.intersection(each.records))


def _pictures(reader: Reader, events: Iterable[CustodyEvent]) -> Iterator[StoredFile]:
    named = dict.fromkeys(each.photo for each in events if each.photo)
    yield from reader.some(StoredFile, named)
