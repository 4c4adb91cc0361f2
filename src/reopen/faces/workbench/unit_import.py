"""Files into a unit, in one transaction: all of it is kept, or nothing.

Importing the same bytes again changes nothing. A table with a refused row, or a file that is not
understood, keeps everything out, unless the user accepts what is good; either way the refused rows
are kept as a list, and the import is counted. Loci and peaks of profiles that cannot be used are
listed, and do not stop anything: the file is kept whole.
Not here: what a file is (`unit_files`), showing what came of it (`unit_shown`).
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from reopen.errors import CannotStore, NotAllowed, ReopenError, Where
from reopen.faces.workbench.profiles import in_one_line
from reopen.faces.workbench.unit import Progress, quiet
from reopen.faces.workbench.unit_files import Given, ReadFile, bytes_of, read_file
from reopen.faces.workbench.unit_holds import Held, found_samples, kept_records
from reopen.formats.case_tables_writer import write_refused
from reopen.records import NotWeighed
from reopen.records.base import Record
from reopen.records.organisation import ImportCount
from reopen.records.times import Interval
from reopen.store.reader import Reader
from reopen.store.unit import Unit
from reopen.store.writer import Counts, Writer

NEVER_FROM_FILES = frozenset({
    "actor", "grant", "revocation", "emergency", "read_event", "four_eyes", "sealed_name", "file",
    "profile", "family", "run", "found_link", "found_series", "import_count", "checkpoint_seen",
    "log_check", "audit_run", "finding", "disposition",
})  # fmt: skip
"""Kinds that the program makes itself, or that have commands of their own."""


class Fate(StrEnum):
    """What became of a file."""

    KEPT = "kept"
    HELD = "held already"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Came:
    """A file that was to come into the unit. refused: rows, profiles or families of it."""

    file: str
    form: str
    sha256: str
    fate: Fate
    rows: int = 0
    counts: Counts = field(default_factory=Counts)
    refused: int = 0
    notices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Importing:
    """What an import did. not_taken: everything refused, with its place and reason."""

    files: tuple[Came, ...]
    not_taken: tuple[NotWeighed, ...]
    kept: bool

    @property
    def clean(self) -> bool:
        """Nothing was refused."""
        return self.kept and not any(each.refused for each in self.files)


@dataclass(frozen=True, slots=True)
class Wish:
    """How an import is to be made.

    purpose, reason  why, and why records that the unit holds already are amended
    case             of what names none itself
    accept_partial   keep what is good of files that are refused in part
    expected         rows that the sender says the files have
    kits             kit files of the user's own, by the hash of their bytes
    foreseen         what a preview said that rows become, file by file, that came in
    """

    purpose: str = ""
    reason: str = ""
    case: str = ""
    accept_partial: bool = False
    expected: int | None = None
    kits: Mapping[str, Path] | None = None
    foreseen: Sequence[Counts] | None = None


@dataclass(frozen=True, slots=True)
class LookedAt:
    """Files that are to come into a unit, read, beside what it holds; nothing is kept yet.

    read     in the order of keeping
    unread   files that were not understood, each with why
    already  files that the unit holds already
    against  why the import as a whole is not what the sender said; None where it is
    """

    read: tuple[ReadFile, ...]
    unread: tuple[tuple[Given, NotWeighed], ...]
    already: tuple[Came, ...]
    held: Held
    against: NotWeighed | None

    @property
    def stopped(self) -> bool:
        """Whether something is refused, so that nothing is kept unless the rest is accepted."""
        return bool(self.unread or self.against or any(file.bad_rows for file in self.read))

    @property
    def not_taken(self) -> tuple[NotWeighed, ...]:
        """Everything refused, with its place and reason."""
        whole = [why for _, why in self.unread] + ([self.against] if self.against else [])
        return (*whole, *(item for file in self.read for item in file.refused))


def look_at_files(
    reader: Reader, given: Sequence[Given], wish: Wish, progress: Progress = quiet
) -> LookedAt:
    """Read files that are to come in, beside what the actor sees of the unit."""
    before = {count.id: count for count in reader.all(ImportCount)}
    read, unread, already = _read(given, before, wish, progress)
    against = _unexpected(read, already, wish)
    return LookedAt(tuple(read), tuple(unread), tuple(already), Held.of(reader, read), against)


def import_files(
    unit: Unit,
    actor: str,
    given: Iterable[Given],
    wish: Wish | None = None,
    progress: Progress = quiet,
) -> Importing:
    """Bring files into a unit. Raises InvalidRecord for an amendment without a reason, NotAllowed,
    CannotStore."""
    wish = wish or Wish()
    every = list(given)
    with unit.reading(actor, purpose=wish.purpose) as reader:
        found = look_at_files(reader, every, wish, progress)
    read = found.read
    if found.stopped and not wish.accept_partial:
        _count_refused(unit, actor, read, wish)
        came = [came_of(file, Fate.REFUSED, Counts()) for file in read]
        return Importing((*found.already, *came), found.not_taken, kept=False)
    came = _keep(unit, actor, read, found.held, wish, progress) if read else []
    return Importing((*found.already, *came), found.not_taken, kept=True)


def _read(
    given: Sequence[Given], before: Mapping[str, ImportCount], wish: Wish, progress: Progress
) -> tuple[list[ReadFile], list[tuple[Given, NotWeighed]], list[Came]]:
    """Files read, those not understood, and those that the unit holds already."""
    kits = wish.kits or {}
    read: list[ReadFile] = []
    unread: list[tuple[Given, NotWeighed]] = []
    already: list[Came] = []
    for done, each in enumerate(given):
        progress("reading files", done, len(given))
        try:
            data = bytes_of(each.path)
            count = before.get(_import_id(each, data))
            if count is not None and not count.refused and count.accepted + count.unchanged:
                already.append(_held(each, count))
                continue
            file = read_file(each, data, lambda sha: kits[sha].read_bytes())
            _must_come_from_files(file)
            read.append(file)
        except ReopenError as error:
            name = each.label
            why = NotWeighed(name, in_one_line(error), error.where or Where(name))
            unread.append((each, why))
    progress("reading files", len(given), len(given))
    return sorted(read, key=lambda file: file.rank), unread, already


def _must_come_from_files(file: ReadFile) -> None:
    kind = file.table.kind.KIND if file.table else ""
    if kind in NEVER_FROM_FILES:
        raise NotAllowed(
            f"A table of {kind}.",
            rule="What the program makes itself, and who may see what, does not come from files.",
            way_on="Grants are given with `reopen access`; links are found with `reopen link`.",
            where=Where(file.given.label),
        )


def _import_id(given: Given, data: bytes) -> str:
    """The same for the same bytes read in the same way."""
    said = "\n".join(f"{name}={value}" for name, value in sorted(given.said.items()))
    own, how = hashlib.sha256(data).hexdigest(), hashlib.sha256(said.encode()).hexdigest()
    return f"{own[:16]}-{how[:8]}"


def _held(given: Given, count: ImportCount) -> Came:
    told = f"The same bytes were imported on {count.at}."
    return Came(given.name, "", count.sha256, Fate.HELD, count.rows, notices=(told,))


def _unexpected(read: Sequence[ReadFile], already: Sequence[Came], wish: Wish) -> NotWeighed | None:
    rows = sum(file.rows for file in read) + sum(came.rows for came in already)
    if wish.expected is None or rows == wish.expected:
        return None
    return NotWeighed(
        "this import",
        f"{rows} rows where {wish.expected} were expected. What arrives is what was sent. "
        "Ask the sender for the whole export.",
    )


def _keep(
    unit: Unit,
    actor: str,
    read: Sequence[ReadFile],
    held: Held,
    wish: Wish,
    progress: Progress,
) -> list[Came]:
    came: list[Came] = []
    of = sum(file.rows for file in read)
    done = 0
    with unit.writing(actor, purpose=wish.purpose, reason=wish.reason) as writer:
        for sha, path in (wish.kits or {}).items():
            assert writer.put_file(path, path.name).id == sha
        for file in read:
            case = _only_case(file, wish)
            writer.put_file(file.data, file.name, case=case)
            for name, data in file.beside.items():
                writer.put_file(data, name, case=case)
            told = _told(kept_records(file, held, wish.case), progress, done, of)
            counts = writer.put_many(told)
            done += file.rows
            outcome = came_of(file, Fate.KEPT, counts)
            _count(writer, file, actor, outcome, wish)
            came.append(outcome)
        if wish.foreseen is not None and [each.counts for each in came] != [*wish.foreseen]:
            raise changed_meanwhile()
        writer.put_many(found_samples(held), reason="Its sample came into the unit.")
    return came


def _told(records: Iterable[Record], progress: Progress, done: int, of: int) -> Iterator[Record]:
    for n, record in enumerate(records, start=done):
        if n % 1000 == 0:
            progress("keeping rows", min(n, of), of)
        yield record
    progress("keeping rows", of, of)


def _count_refused(unit: Unit, actor: str, read: Sequence[ReadFile], wish: Wish) -> None:
    """Keep the refused rows, and that nothing was taken."""
    bad = [file for file in read if file.bad_rows]
    if not bad:
        return
    with unit.writing(actor, purpose=wish.purpose) as writer:
        for file in bad:
            writer.put_file(file.data, file.name, case=_only_case(file, wish))
            _count(writer, file, actor, came_of(file, Fate.REFUSED, Counts()), wish)


def _count(writer: Writer, file: ReadFile, actor: str, came: Came, wish: Wish) -> None:
    case = _only_case(file, wish)
    refused = came.refused if came.fate is Fate.KEPT else came.rows
    rows = came.rows - refused
    changed = min(came.counts.new + came.counts.amended, rows)
    listed = None
    if file.refused:
        name = f"refused of {file.name}"
        listed = writer.put_file(refused_table(file).encode(), name, case=case, media="text/csv")
    writer.put(
        ImportCount(
            id=_import_id(file.given, file.data),
            file=file.name,
            sha256=file.sha256,
            at=Interval.at(datetime.now(UTC)),
            by=actor,
            rows=file.rows,
            accepted=changed,
            unchanged=rows - changed,
            refused=refused,
            expected=wish.expected,
            refused_rows=listed.id if listed else None,
            read_as=file.given.said,
            case=case,
        ),
        reason="The file was imported again.",
    )


def refused_table(file: ReadFile) -> str:
    """What was refused of a file: rows as they stood, to be corrected; else a list."""
    if file.table is not None:
        return write_refused(file.table, file.bad_rows)
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(("what", "reason", "line", "field"))
    for item in file.refused:
        where = item.where or Where()
        rows.writerow((item.what, item.reason, where.line or "", where.field))
    return out.getvalue()


def _only_case(file: ReadFile, wish: Wish) -> str | None:
    """The case of a file, where all of it belongs to one."""
    if wish.case:
        return wish.case if file.cases <= {wish.case} else None
    return next(iter(file.cases)) if len(file.cases) == 1 and file.table is None else None


def came_of(file: ReadFile, fate: Fate, counts: Counts) -> Came:
    return Came(
        file.name, file.form, file.sha256, fate, file.rows, counts, file.lost, file.notices
    )  # fmt: skip


def changed_meanwhile() -> CannotStore:
    """What was previewed is not what would be kept now."""
    return CannotStore(
        "The unit has changed since the preview, so that other rows would be new or amended now.",
        rule="What is kept is what the preview showed; nothing was kept.",
        way_on="Make the preview again, and look at it.",
    )
