"""The one way to read a unit: for an actor, through the filter of `grants`, and logged.

    with unit.reading("mara", purpose="review of K-1987-114") as reader:
        for event in reader.all(CustodyEvent, case="K-1987-114"):
            ...

A record that is not for the actor looks like one that does not exist, in the log of looks too: both
are logged as refused. Not here: the rule (`grants`), where records belong (`zoning`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from operator import attrgetter
from typing import TypeVar, cast

from reopen.errors import CannotStore, NotAllowed, UnknownName
from reopen.records.access import Actor, Sensitivity
from reopen.records.base import Record, Ref
from reopen.records.cases import Case
from reopen.records.kinds import KINDS
from reopen.records.results import FoundLink
from reopen.records.stored import StoredProfile
from reopen.store import files, grants, held
from reopen.store.body import Version, read_body
from reopen.store.database import AT_ONCE, Database, Row, in_parts, marks
from reopen.store.grants import Asker
from reopen.store.held import Asked, Filter
from reopen.store.index import moment
from reopen.store.log import CHANGES, newest
from reopen.store.reads import Looks
from reopen.store.seen import Seen, View, turns
from reopen.store.ties import AFTER

Kind = TypeVar("Kind", bound=Record)

_RECORD = attrgetter("record")


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of the log as an actor may see it.

    version  the record with who kept it, when and why; None where it is not for the actor
    gone     it was lawfully expunged: there is nothing left to see
    leaf     what the log's tree holds of it, which everybody may see
    """

    number: int
    time: datetime
    leaf: bytes
    version: Version | None
    gone: bool = False


class CaseOrder(StrEnum):
    """In which order cases are found: by id, by title, or those entered last first."""

    ID = "id"
    TITLE = "title"
    NEWEST = "newest"


@dataclass(frozen=True, slots=True)
class CaseName:
    """What a case is called. Known from what belongs to it alone, it has neither title nor entry.

    entry  that holds its record; -1 for none that the actor may see
    """

    id: str
    title: str = ""
    agency: str = ""
    entry: int = -1


@dataclass(frozen=True, slots=True)
class FoundCases:
    """Some cases in their order, and how many there are in all."""

    cases: tuple[CaseName, ...]
    total: int


class Reader:
    """What one actor may see at one moment. Comes from `Unit.reading`, and ends with that block.

    asker  who looks, when, for what, and with whom beside them
    looks  what was looked at, for the log
    """

    def __init__(self, db: Database, asker: Asker, seen: Seen):
        self.asker = asker
        self.looks = Looks(asker)
        self._open_db: Database | None = db
        self._seen = seen
        self._view: View | None = None

    @property
    def actor(self) -> str:
        return self.asker.actor

    def end(self) -> None:
        """The block is over: nothing is read any more, which no look would tell of."""
        self._open_db = None
        if self._view:
            self._seen.leave(self._view)

    def until(self) -> datetime | None:
        """When the actor may see something else though nothing came in: a grant, denial, emergency
        or revocation of theirs or their supervisor's begins or ends, somebody joins or leaves. None
        where nothing of that lies ahead."""
        _, next = turns(self._db, self.asker)
        return None if next >= AFTER else moment(next)

    def change(self) -> int:
        """Number of the newest entry that is no look. While it stays, and `until` has not come, the
        actor may see what they saw; it says only that something came."""
        return newest(self._db, CHANGES)

    @property
    def _db(self) -> Database:
        return self._must_be_open()

    def _must_be_open(self) -> Database:
        if self._open_db is None:
            raise CannotStore(
                "This block of reading is over.",
                rule="Looks are entered in the log when their block ends.",
                way_on="Read inside the block.",
            )
        return self._open_db

    def _every(self, kind: type[Record]) -> Iterator[Version]:
        for version in held.select(self._db, held.EVERYTHING, Asked(kind=kind.KIND)):
            yield version
            self._must_be_open()

    def get(self, kind: type[Kind], id: str) -> Kind | None:
        """The record of that id; None where there is none that the actor may see."""
        version = self.version(Ref(kind.KIND, id))
        return None if version is None else cast("Kind", version.record)

    def version(self, ref: Ref) -> Version | None:
        """The current version of a record, with who kept it, when and why."""
        found = self._reached(ref)
        if found:
            zone, rule = found
            self.looks.at(ref, rule=rule, case=self._only_case(zone))
            return held.get(self._db, held.EVERYTHING, ref)
        self.looks.refused(ref.id, ref.kind)
        return None

    def named(self, id: str, *kinds: type[Record]) -> tuple[Record, ...]:
        """The records of that id, of any of these kinds, that the actor may see."""
        refs = [Ref(kind.KIND, id) for kind in kinds]
        versions = [self.version(ref) for ref in refs if self.rule(ref)]
        if not versions:
            self.looks.refused(id, *(ref.kind for ref in refs))
        return tuple(version.record for version in versions if version)

    def some(self, kind: type[Kind], ids: Iterable[str]) -> Iterator[Kind]:
        """The records of these ids that the actor may see; a listing, which leaves out the rest."""
        shown = 0
        for version in held.get_all(self._db, self._among(), kind.KIND, dict.fromkeys(ids)):
            shown += 1
            yield cast("Kind", version.record)
            if self._open_db is None:
                self._must_be_open()
        self.looks.listed(kind.KIND, shown)

    def of_these(self, kind: str, ids: Iterable[str]) -> set[str]:
        """Those of these ids that name something which the actor may see. Nothing of it is shown:
        it is no look."""
        found: set[str] = set()
        for part in in_parts(dict.fromkeys(ids)):
            named = f"id IN ({marks(part)})"
            if kind == Case.KIND:
                rows = self._db.rows(f"SELECT id FROM {self._cases()} WHERE {named}", part)
            else:
                rows = self._db.rows(
                    "SELECT record.id FROM record WHERE record.kind = ? AND record.current = 1"
                    f" AND record.{named} AND {self._among().sql}",
                    (kind, *part),
                )
            found.update(id for (id,) in rows)
        return found

    def rule(self, ref: Ref) -> str:
        """The rule that lets the actor see a record; '' where none does or there is none."""
        found = self._reached(ref)
        return found[1] if found else ""

    def _reached(self, ref: Ref) -> tuple[int, str] | None:
        query = grants.one_record(self.asker, ref)
        row = self._db.one(query.sql, query.parameters)
        return None if row is None else (row[0], row[1])

    def _only_case(self, zone: int) -> str | None:
        """For the log: the case that a record belongs to, where there is just one."""
        rows = self._db.rows("SELECT id FROM zone_reach WHERE zone = ? AND kind = 'case'", (zone,))
        return str(rows[0][0]) if len(rows) == 1 else None

    def all(
        self,
        kind: type[Kind],
        *,
        case: str | None = None,
        item: str | None = None,
        person: str | None = None,
        limit: int | None = None,
        after: int | None = None,
        having: Sequence[bytes] = (),
    ) -> Iterator[Kind]:
        """Current records of a kind that the actor may see, in the order they were entered.

        case, item, person  only those that belong to it or name it
        after               entry to begin behind
        having              only those with any of these bytes in their canonical JSON, somewhere
        """
        found = self.listing(
            kind.KIND, case=case, item=item, person=person, limit=limit, after=after, having=having
        )
        return cast("Iterator[Kind]", map(_RECORD, found))

    def listing(
        self,
        kind: str | None = None,
        *,
        case: str | None = None,
        item: str | None = None,
        person: str | None = None,
        limit: int | None = None,
        after: int | None = None,
        having: Sequence[bytes] = (),
    ) -> Iterator[Version]:
        """As `all`, with who kept each record, when and why; of every kind where none is named."""
        shown = 0
        asked = Asked(kind=kind, item=item, person=person, having=having)
        begin = item is None and person is None
        seen = self._inside(case) if case is not None else self._among(begin=begin)
        found = held.select(self._db, seen, asked, after=after, limit=limit)
        try:
            for version in found:
                shown += 1
                yield version
                if self._open_db is None:  # the block may be over when the next one is wanted
                    self._must_be_open()
        finally:
            self.looks.listed(kind, shown, case=case, item=item, person=person)

    def look_through(
        self,
        kind: type[Kind],
        words: Sequence[str],
        *,
        after: int | None = None,
        limit: int | None = None,
    ) -> Iterator[tuple[int, Kind | None]]:
        """As `all`, each with its entry; None in the place of a record that does not have all of
        these words, in no capitals, in any of its fields: those are not shown, and not made. What
        has them somewhere may be something else than what is looked for."""
        shown = 0
        seen = self._among(begin=True)
        asked = Asked(kind=kind.KIND)
        found = held.look_through(self._db, seen, asked, words, after=after, limit=limit)
        try:
            for entry, version in found:
                if version is None:
                    yield entry, None
                else:
                    shown += 1
                    yield entry, cast("Kind", version.record)
                if self._open_db is None:
                    self._must_be_open()
        finally:
            self.looks.listed(kind.KIND, shown)

    def count(self, kind: type[Record] | None = None, *, case: str | None = None) -> int:
        """How many current records the actor may see."""
        seen = self._inside(case) if case is not None else self._among(begin=True)
        return held.count(self._db, seen, Asked(kind=kind.KIND if kind else None))

    def counts(self) -> dict[str, int]:
        """How many current records of each kind the actor may see."""
        seen = self._among(begin=True)
        rows = self._db.rows(
            f"SELECT record.kind, COUNT(*) FROM {seen.start}"
            f" WHERE record.current = 1 AND {seen.sql} GROUP BY record.kind"
        )
        return dict(sorted(rows))

    def counts_by_case(
        self, *kinds: type[Record], cases: Iterable[str] | None = None
    ) -> dict[str, Counter[str]]:
        """Case -> kind -> how many current records of it the actor may see, as `count` says.

        kinds  of these; of every kind where none is named
        cases  of these; else of all. Cases without such records are left out
        """
        named = [kind.KIND for kind in kinds]
        of_kinds = f" AND record.kind IN ({marks(named)})" if named else ""
        found: dict[str, Counter[str]] = {}
        for start, which, values in self._of_cases(cases):
            rows = self._db.rows(
                f"SELECT inside.id, record.kind, COUNT(*) FROM {start} WHERE {which}{of_kinds}"
                " AND record.current = 1 GROUP BY inside.id, record.kind",
                (*values, *named),
            )
            for case, kind, number in rows:
                found.setdefault(case, Counter())[kind] = number
        return found

    def _of_cases(self, cases: Iterable[str] | None) -> Iterator[tuple[str, str, tuple[str, ...]]]:
        """Tables to start from, and a condition with its values, for records with their cases."""
        seen = f"+record.zone IN (SELECT zone FROM {self._list().place})"
        joined = f"inside.kind = 'case' AND record.zone = inside.zone AND {seen}"
        if cases is None:
            yield "record CROSS JOIN zone_reach inside", joined, ()
            return
        for part in in_parts(dict.fromkeys(cases)):
            some = f"{joined} AND inside.id IN ({marks(part)})"
            yield "zone_reach inside CROSS JOIN record", some, tuple(part)

    def of_cases(self, kind: type[Kind], cases: Iterable[str]) -> tuple[Kind, ...]:
        """Current records of a kind that belong to any of these cases, as `all`."""
        ids = list(dict.fromkeys(cases))
        found: dict[int, Version] = {}
        for part in in_parts(ids):
            start = (
                "(SELECT DISTINCT zone FROM zone_reach WHERE kind = 'case'"
                f" AND id IN ({marks(part)})) inside CROSS JOIN record"
            )
            sql = f"record.zone = inside.zone AND {self._among().sql}"
            versions = held.select(self._db, Filter(sql, tuple(part), start), Asked(kind=kind.KIND))
            found.update((version.entry, version) for version in versions)
        self.looks.listed(kind.KIND, len(found), cases=len(ids))
        return tuple(cast("Kind", found[entry].record) for entry in sorted(found))

    def versions(self, ref: Ref) -> tuple[Version, ...]:
        """Every version of a record that the actor may see, the first one first."""
        if self.version(ref) is None:
            return ()
        return held.versions(self._db, self._among(), ref)

    def cases(self) -> tuple[str, ...]:
        """Cases that the actor may see something of. Grants and looks make no case: one may be
        asked for that is not there."""
        rows = self._db.rows(f"SELECT id FROM {self._cases()} ORDER BY id")
        self.looks.listed("case", len(rows))
        return tuple(case for (case,) in rows)

    def find_cases(
        self,
        words: str = "",
        *,
        order: CaseOrder = CaseOrder.ID,
        limit: int | None = None,
        offset: int = 0,
    ) -> FoundCases:
        """Cases of `cases` by what they are called, page by page.

        words  each of which is in the id, the title or the agency; capitals do not matter

        Bodies of the cases alone are read, and only of those on the page where neither the words
        nor the order need more.
        """
        ids = [case for (case,) in self._db.rows(f"SELECT id FROM {self._cases()} ORDER BY id")]
        end = None if limit is None else offset + limit
        wanted = words.casefold().split()
        if order is CaseOrder.ID and not wanted:
            total, page = len(ids), self._called(ids[offset:end])
        else:
            every = [one for one in self._called(ids, wanted) if _has(one, wanted)]
            every.sort(key=_ORDERS[order])
            total, page = len(every), every[offset:end]
        self.looks.listed_cases(" ".join(words.split()), len(page))
        return FoundCases(tuple(page), total)

    def _called(self, ids: Sequence[str], words: Sequence[str] = ()) -> list[CaseName]:
        """What these cases are called; those that lack one of the words may be left out."""
        if not ids:
            return []
        page = len(ids) <= AT_ONCE
        seen = self._among(begin=not page)
        fields = ("title", "agency")
        found = held.fields(self._db, seen, Case.KIND, fields, ids if page else None, words)
        called = {
            id: None if told is None else CaseName(id, str(told[0]), str(told[1]), entry)
            for entry, id, told in found
        }
        every = (called[id] if id in called else CaseName(id) for id in ids)
        return [each for each in every if each is not None]

    def cases_of(self, ref: Ref) -> tuple[str, ...]:
        """Cases that a record belongs to, where the actor may see it."""
        if not self.rule(ref):
            return ()
        rows = self._db.rows(
            "SELECT reached.id FROM record CROSS JOIN zone_reach reached"
            " WHERE record.kind = ? AND record.id = ? AND record.current = 1"
            " AND reached.zone = record.zone AND reached.kind = 'case' ORDER BY reached.id",
            (ref.kind, ref.id),
        )
        return tuple(case for (case,) in rows)

    def classes_of(self, ref: Ref) -> frozenset[Sensitivity]:
        """Sensitive classes of a record, its own and those of what it is about, where the actor
        may see it."""
        if not self.rule(ref):
            return frozenset()
        rows = self._db.rows(
            "SELECT marked.class FROM record CROSS JOIN zone_class marked"
            " WHERE record.kind = ? AND record.id = ? AND record.current = 1"
            " AND marked.zone = record.zone",
            (ref.kind, ref.id),
        )
        return frozenset(Sensitivity(name) for (name,) in rows)

    def holdings(self, *kinds: type[Record]) -> Iterator[Record]:
        """Every current record that the actor may see, of these kinds or of all."""
        for kind in kinds or tuple(KINDS.values()):
            yield from self.all(kind)

    def staff_for_rules(self) -> Iterator[Record]:
        """Staff profiles that the actor may not see, and links from them to profiles that he may.

        For rules of the audit that run blind, which give back no name; for nothing else. The look
        is logged under what it was for.
        """
        seen = {profile.id for profile in self.all(StoredProfile)}
        staff: set[str] = set()
        shown = 0
        for version in self._every(StoredProfile):
            profile = version.record
            if isinstance(profile, StoredProfile) and profile.staff and profile.id not in seen:
                staff.add(profile.id)
                shown += 1
                yield profile
        for version in self._every(FoundLink):
            link = version.record
            if isinstance(link, FoundLink):
                ends = {link.one, link.other}
                if ends & staff and ends & seen:
                    shown += 1
                    yield link
        self.looks.listed("staff record, for a rule that runs blind", shown)

    def entries(self, after: int = -1, limit: int | None = None) -> Iterator[Entry]:
        """The log behind entry `after`, in order. What is not for the actor is there as such."""
        sql = _LOG.format(place=self._list().place)
        last, left, shown = after, limit, 0
        while left is None or left > 0:
            page = held.PAGE if left is None else min(held.PAGE, left)
            rows = self._db.rows(sql, (last, page))
            shown += sum(1 for row in rows if row[6])
            yield from (_entry(row) for row in rows)
            if len(rows) < page:
                break
            last = rows[-1][0]
            left = None if left is None else left - page
        self.looks.listed("entry of the log", shown)

    def file(self, sha256: str) -> bytes:
        """A kept file's bytes. Raises UnknownName where the actor may see none of that hash."""
        if self.version(Ref("file", sha256)) is None:
            raise UnknownName(
                f"There is no file {sha256} that {self.actor} may see.",
                rule="A file is for those who may see everything that it holds.",
                way_on="Ask the unit's lead for a grant where you need it.",
            )
        return files.read(self._db, sha256)

    def works_in(self, actor: str, case: str) -> bool:
        """Whether an actor has kept any record of a case, looks apart."""
        found = self._db.one(
            "SELECT 1 FROM zone_reach inside CROSS JOIN record WHERE inside.kind = 'case'"
            " AND inside.id = ? AND record.zone = inside.zone AND record.actor = ?"
            " AND record.kind <> 'read_event'",
            (case, actor),
        )
        return found is not None

    def names(self, actors: Iterable[str]) -> dict[str, str]:
        """Actors' names by their ids: the unit's own people are known to all of them."""
        found: dict[str, str] = {}
        for part in in_parts(dict.fromkeys(actors)):
            versions = held.get_all(self._db, held.EVERYTHING, "actor", part)
            found.update(
                (each.record.id, each.record.name)
                for each in versions
                if isinstance(each.record, Actor)
            )
        return found

    def _list(self) -> View:
        """The zones that this actor may see, found once for all listings of the block."""
        if self._view is None:
            self._view = self._seen.take(self.asker)
        return self._view

    def _cases(self) -> str:
        """The table of cases that this actor may see something of."""
        return self._seen.cases(self._list())

    def _among(self, *, begin: bool = False) -> Filter:
        """Records that the actor may see. begin: with the zones, where they are few."""
        view = self._list()
        if begin and view.few:
            return Filter("record.zone = seen.zone", (), f"{view.place} seen CROSS JOIN record")
        return Filter(f"+record.zone IN (SELECT zone FROM {view.place})")

    def _inside(self, case: str) -> Filter:
        """Those that belong to a case."""
        sql = _OF_CASE.format(place=self._list().place)
        return Filter(sql, (case,), "zone_reach inside CROSS JOIN record")


def _has(case: CaseName, words: Sequence[str]) -> bool:
    text = f"{case.id} {case.title} {case.agency}".casefold()
    return all(word in text for word in words)


_ORDERS: dict[CaseOrder, Callable[[CaseName], tuple[object, ...]]] = {
    CaseOrder.ID: lambda case: (case.id,),
    CaseOrder.TITLE: lambda case: (not case.title, case.title.casefold(), case.id),
    CaseOrder.NEWEST: lambda case: (-case.entry, case.id),
}

# A plus before a column: zones are asked whether they may be seen, not all of these zones for it.
_OF_CASE = (
    "inside.kind = 'case' AND inside.id = ? AND record.zone = inside.zone"
    " AND +inside.zone IN (SELECT zone FROM {place})"
)

_LOG = """
    SELECT entry.idx, entry.time, entry.leaf, entry.body, record.entry, record.current,
        CASE WHEN +record.zone IN (SELECT zone FROM {place}) AND (record.current = 1
            OR EXISTS (SELECT 1 FROM record latest WHERE latest.kind = record.kind
                AND latest.id = record.id AND latest.current = 1
                AND +latest.zone IN (SELECT zone FROM {place}))) THEN 1 ELSE 0 END
    FROM entry LEFT JOIN record ON record.entry = entry.idx
    WHERE entry.idx > ? ORDER BY entry.idx LIMIT ?"""


def _entry(row: Row) -> Entry:
    number, time, leaf, body, placed, current, seen = row
    version = read_body(number, body, current=bool(current)) if seen else None
    return Entry(number, moment(time), bytes(leaf), version, gone=placed is None)


def must_be_here(db: Database, asker: Asker) -> None:
    """Raises NotAllowed for somebody who does not belong to the unit now."""
    for name in filter(None, (asker.actor, asker.supervisor)):
        query = grants.visible(
            Asker(name, asker.moment), "SELECT 0 AS zone", then=" SELECT actor FROM asking"
        )
        if db.one(query.sql, query.parameters) is None:
            raise NotAllowed(
                f"{name!r} is no actor of this unit now.",
                rule="Whoever reads is known to the unit, has joined it, and has not left.",
                way_on="Check the name (--as); the unit's lead adds actors: reopen access actor",
            )
    if asker.supervisor == asker.actor:
        raise NotAllowed(
            f"{asker.actor!r} as their own supervisor.",
            rule="A supervisor is somebody else.",
            way_on="Name the actor who is beside you.",
        )
