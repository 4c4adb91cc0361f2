"""A unit of many cases to measure with: the demo's own records, and invented ones in any number.

What pages read again from kept files (peaks, a link's terms, a series, a family) are the demo's
files under new names, so that pages of invented records are as long as real ones. Nobody in it
exists, and no number in it means anything. Not here: measuring (`board_speed`).
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import combinations
from pathlib import Path
from shutil import copyfile
from typing import TypeVar

from reopen.records.base import Record, Ref
from reopen.records.cases import Case, Exhibit, Involvement, Person, Role, Sample
from reopen.records.custody import CustodyEvent, EventKind
from reopen.records.findings import Finding, Severity
from reopen.records.results import FoundLink
from reopen.records.series import FoundSeries
from reopen.records.statements import Statement
from reopen.records.stored import StoredFamily, StoredFile, StoredProfile, StoredRun, veiled
from reopen.records.tasks import Task
from reopen.records.times import Interval
from reopen.store.database import in_parts
from reopen.store.reader import Reader
from reopen.store.unit import Unit, open_unit
from reopen.store.writer import Writer

ACTOR = "mara"
SEARCHES = 12
_BEGIN = datetime(1970, 1, 5, 8, 0, tzinfo=UTC)
_TOWNS = ("Harrowgate", "Quay", "Saltmarsh", "Northfield", "Århus", "Millbrook", "Stonebridge")
_THINGS = ("swab of a door handle", "crimson umbrella", "cigarette end", "glove", "blood on a wall")
_NAMES = ("Quillfeather", "Ek", "Lind", "Marsh", "Öberg", "Tanner", "Whitlow", "Straße", "Abbot")

Kind = TypeVar("Kind", bound=Record)


@dataclass(frozen=True, slots=True)
class Pattern:
    """What the demo's unit holds of each kind that others are made after. text: of a file."""

    stain: StoredProfile
    stains: tuple[str, ...]
    person: StoredProfile
    remains: StoredProfile
    family: StoredFamily
    run: StoredRun
    of_stains: FoundLink
    of_person: FoundLink
    of_family: FoundLink
    small: FoundSeries
    large: FoundSeries
    text: Callable[[str], str]


def pattern_of(reader: Reader) -> Pattern:
    """Raises StopIteration where the unit is not the demo's, linked."""
    profiles = {one.id: one for one in reader.all(StoredProfile)}
    links = tuple(reader.all(FoundLink))
    series = sorted(reader.all(FoundSeries), key=lambda one: len(one.profiles))
    stain = next(one for one in profiles.values() if one.kit == "GlobalFiler")
    return Pattern(
        stain=stain,
        stains=tuple(one.id for one in profiles.values() if one.file == stain.file),
        person=next(one for one in profiles.values() if one.purpose == "database"),
        remains=next(one for one in profiles.values() if one.purpose == "unidentified"),
        family=next(reader.all(StoredFamily)),
        run=next(run for run in reader.all(StoredRun) if run.parameters.get("about") == "search"),
        of_stains=next(one for one in links if one.link == "stain with stain"),
        of_person=next(one for one in links if one.link == "stain with reference"),
        of_family=next(one for one in links if one.link == "remains with family"),
        small=series[0],
        large=series[-1],
        text=lambda file: reader.file(file).decode(),
    )


def casework(cases: int) -> Iterator[Record]:
    """Cases with people, what was said of both, exhibits, samples and custody."""
    for n in range(cases):
        case, begun = case_id(n), _BEGIN + timedelta(hours=43 * n)
        yield Case(id=case, title=f"{_THINGS[n % 5].title()} at {_TOWNS[n % 7]}", agency="Harbour")
        yield _said(f"{case}-S1", Ref("case", case), "offence", f"{begun:%Y-%m-%dT%H:%M:%SZ}")
        yield _said(f"{case}-S2", Ref("case", case), "town", _TOWNS[n % 7])
        yield Person(id=f"P{n}")
        name = f"{chr(65 + n % 26)}. {_NAMES[n % 9]} {n}"
        yield _said(f"P{n}-S1", Ref("person", f"P{n}"), "name", name)
        yield Involvement(id=f"I{n}", person=f"P{n}", case=case, role=Role.VICTIM)
        for k in range(2):
            other = f"P{(7 * n + k) % cases}"
            yield Involvement(id=f"J{n}-{k}", person=other, case=case, role=Role.WITNESS)
        for k in range(2):
            item = f"{case}-E{k}"
            yield Exhibit(id=item, case=case, description=_THINGS[(n + k) % 5])
            yield Sample(id=f"{item}-S", exhibit=item, kind="swab")
        if n % 10 == 0:
            due = Interval.at(datetime(2026, 1 + n % 12, 1, tzinfo=UTC))
            yield Task(
                id=f"{case}-T", case=case, what=f"Hear P{(7 * n) % cases} again", owner=ACTOR,
                due=due,
            )  # fmt: skip
        yield CustodyEvent(
            id=f"{case}-C", item=f"{case}-E0", event=EventKind.COLLECTED, at=Interval.at(begun),
            receiver=f"P{n % 40}", by=f"P{n % 40}", store=f"store {n % 6}",
        )  # fmt: skip


def case_id(n: int) -> str:
    return f"B-{1970 + n % 50}-{n:05}"


def _said(id: str, subject: Ref, field: str, value: str) -> Statement:
    return Statement(id=id, subject=subject, field=field, value=value, source="Old index")


class Laboratory:
    """Profiles, families, searches, links and series of a unit of so many cases."""

    def __init__(self, writer: Writer, pattern: Pattern, cases: int):
        self._writer, self._pattern, self._cases = writer, pattern, cases
        self.stains = [n for n in range(cases) if n % 5 < 3]
        self._hashes: dict[str, str] = {}

    def keep(self) -> None:
        self._writer.put_many(self._profiles())
        self._writer.put_many(self._people())
        self._writer.put_many(self._families())
        inputs = {veiled(f"profile {id}"): hash for id, hash in self._hashes.items()}
        self._writer.put_many(self._searches(inputs))
        self._writer.put_many(self._links_and_series())
        self._writer.put_many(_finding(n) for n in range(0, self._cases, 30))

    def _profiles(self) -> Iterator[StoredProfile]:
        pattern = self._pattern
        for some in in_parts(self.stains, len(pattern.stains)):
            names = dict(zip(pattern.stains, map(_stain, some), strict=False))
            file = self._file(pattern.text(pattern.stain.file), names, f"plate-{some[0]}.txt")
            for n in some:
                id, case = _stain(n), case_id(n)
                yield replace(
                    pattern.stain, id=id, case=case, sample=f"{case}-E0-S", file=file.id,
                    content_hash=self._hash(id),
                )  # fmt: skip

    def _people(self) -> Iterator[StoredProfile]:
        pattern = self._pattern
        text = pattern.text(pattern.person.file)
        for part in range(max(1, self._cases // 3333)):
            file = self._writer.put_file(
                text.replace("DB-", f"R{part}-").encode(), f"people-{part}.csv"
            )
            for n in range(1, 1 + min(1000, self._cases)):
                id = f"R{part}-{n:04}"
                yield replace(
                    pattern.person, id=id, file=file.id, content_hash=self._hash(id),
                    person=f"P{n}",
                )  # fmt: skip

    def _families(self) -> Iterator[Record]:
        pattern = self._pattern
        text = pattern.text(pattern.family.file)
        for n in range(self._cases // 33):
            names = {pattern.family.id: f"Family-{n}", pattern.remains.id: f"Remains-{n}"}
            file = self._file(text, names, f"family-{n}.toml")
            hash = self._hash(f"Remains-{n}")
            yield replace(pattern.family, id=f"Family-{n}", file=file.id)
            yield replace(
                pattern.remains, id=f"Remains-{n}", file=file.id, content_hash=hash, person=None
            )

    def _searches(self, inputs: Mapping[str, str]) -> Iterator[StoredRun]:
        """Each a search of everything that there was: they came one a month."""
        every = list(inputs.items())
        for k in range(SEARCHES):
            part = dict(every[: len(every) * (k + 1) // SEARCHES])
            at = Interval.at(datetime(2025, k + 1, 1, tzinfo=UTC))
            yield replace(self._pattern.run, id=f"search-{k:02}", at=at, inputs=part)

    def _links_and_series(self) -> Iterator[Record]:
        pattern, left = self._pattern, list(self.stains)
        few, many = len(pattern.small.profiles), len(pattern.large.profiles)
        for k in range(max(1, self._cases // 16)):
            like = pattern.large if k % 20 == 0 else pattern.small
            size = many if like is pattern.large else few
            if len(left) < size:
                break
            group, left = left[:size], left[size:]
            for one, other in combinations(group, 2):
                yield self._link(pattern.of_stains, _stain(one), _stain(other), k)
            yield self._series(like, group, k)
        for k in range(self._cases // 8):
            person = f"R0-{1 + k % min(1000, self._cases):04}"
            yield self._link(pattern.of_person, _stain(self.stains[-1 - k]), person, k)
        for k in range(self._cases // 33):
            yield self._link(pattern.of_family, f"Remains-{k}", f"Family-{k}", k)

    def _link(self, like: FoundLink, one: str, other: str, k: int) -> FoundLink:
        names = {like.one: one, like.other: other}
        assert like.terms
        file = self._file(self._pattern.text(like.terms), names, f"terms of {one} x {other}")
        id = like.id.replace(like.one, one).replace(like.other, other)
        return replace(
            like, id=id, one=one, other=other, terms=file.id, run=f"search-{k % SEARCHES:02}",
            weight_log10=3 + sha256(id.encode()).digest()[0] / 10,
        )  # fmt: skip

    def _series(self, like: FoundSeries, group: Sequence[int], k: int) -> FoundSeries:
        names = dict(zip(like.profiles, map(_stain, group), strict=True))
        assert like.terms
        file = self._file(self._pattern.text(like.terms), names, f"terms of series {k}")
        return replace(
            like, id=f"series-{k:06}", profiles=tuple(names.values()), terms=file.id,
            run=f"search-{k % SEARCHES:02}", joints=(),
        )  # fmt: skip

    def _file(self, text: str, names: Mapping[str, str], name: str) -> StoredFile:
        for old, new in names.items():
            text = text.replace(old, new)
        return self._writer.put_file(text.encode(), name)

    def _hash(self, id: str) -> str:
        self._hashes[id] = sha256(id.encode()).hexdigest()
        return self._hashes[id]


def _finding(n: int) -> Finding:
    item = f"{case_id(n)}-E0"
    return Finding(
        id=f"C2-{n:06}", rule="C2", records=(Ref("exhibit", item),), severity=Severity.B,
        sentence=f"Exhibit {item} lacks a place after it was collected.", case=case_id(n),
    )  # fmt: skip


def _stain(n: int) -> str:
    return f"{case_id(n)}-A1"


def make_large(demo: Path, out: Path, cases: int) -> Unit:
    """The demo's unit with so many more cases."""
    copyfile(demo, out)
    unit = open_unit(out)
    with unit.reading(ACTOR) as reader:
        pattern = pattern_of(reader)
        kept: dict[str, str] = {}
        for each in (pattern.stain, pattern.person, pattern.family):
            kept[each.file] = pattern.text(each.file)
        for one in (pattern.of_stains, pattern.of_person, pattern.of_family, pattern.small,
                    pattern.large):  # fmt: skip
            assert one.terms
            kept[one.terms] = pattern.text(one.terms)
    with unit.writing(ACTOR, purpose="import of the old index") as writer:
        writer.put_many(casework(cases))
        Laboratory(writer, replace(pattern, text=kept.__getitem__), cases).keep()
    return unit


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("demo", type=Path, help="the demo's unit, linked")
    parser.add_argument("out", type=Path, help="a file that is not there yet")
    parser.add_argument("--cases", type=int, default=10_000)
    given = parser.parse_args()
    with make_large(given.demo, given.out, given.cases) as unit, unit.reading(ACTOR) as reader:
        counts = reader.counts()
    print(f"{sum(counts.values()):,} records:")
    for kind, number in counts.items():
        print(f"{number:10,} {kind}")


if __name__ == "__main__":
    main()
