"""What an import would do, worked out before anything is kept: every row new, same or amended.

The preview has a digest of each row's fate, so that keeping does what was shown or says that the
unit changed. A table that is not understood is offered with its columns, to say which field each
is. Not here: keeping (`unit_import`), files from a browser (`faces.web.uploads`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import islice

from reopen.errors import ReopenError
from reopen.faces.workbench.unit import Progress, quiet
from reopen.faces.workbench.unit_files import Given, ReadFile, bytes_of
from reopen.faces.workbench.unit_holds import found_samples, kept_records
from reopen.faces.workbench.unit_import import (
    NEVER_FROM_FILES,
    Came,
    Fate,
    LookedAt,
    Wish,
    came_of,
    look_at_files,
)
from reopen.formats.case_columns import NAMED_BY_OTHERS
from reopen.formats.case_kinds import kind_called, kind_of_file, plain_title
from reopen.formats.text import read_table
from reopen.ledger.canonical import canonical
from reopen.records import NotWeighed
from reopen.records.base import Record, Ref
from reopen.records.fields import FIELDS
from reopen.records.kinds import KINDS
from reopen.records.plain import field_types, to_plain
from reopen.store.reader import Reader
from reopen.store.unit import Unit
from reopen.store.writer import Counts

_BATCH = 2000


@dataclass(frozen=True, slots=True)
class Offer:
    """A table whose columns are to be told apart by somebody.

    kind     what its rows are, as far as that is known; '' if not
    titles   its columns as they stand
    fields   that a column of this kind may be, those that every row has to give first
    needed   those
    guessed  title -> field, where the title is nearly one
    """

    kind: str
    titles: tuple[str, ...]
    fields: tuple[str, ...]
    needed: tuple[str, ...]
    guessed: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What a file would become.

    read   None where it was not understood, or is held already
    offer  its columns, where it was not understood or they were told apart
    """

    given: Given
    came: Came
    read: ReadFile | None = None
    why: NotWeighed | None = None
    offer: Offer | None = None


@dataclass(frozen=True, slots=True)
class Preview:
    """What an import would do.

    files      in the order in which they would be kept; then those held already, those refused
    not_taken  everything refused, with its place and reason
    stopped    nothing is kept unless the rest is accepted
    samples    profiles of the unit that get their sample by this
    digest     of the files and of each row's fate
    """

    files: tuple[Foreseen, ...]
    not_taken: tuple[NotWeighed, ...]
    stopped: bool
    samples: int
    digest: str

    @property
    def counts(self) -> tuple[Counts, ...]:
        """Of the files that would be kept, for `Wish.foreseen`."""
        return tuple(each.came.counts for each in self.files if each.read is not None)

    @property
    def amends(self) -> bool:
        """Whether records that the unit holds would get another version, so that a reason is
        needed."""
        return any(counts.amended for counts in self.counts)


def preview_files(
    unit: Unit,
    actor: str,
    given: Iterable[Given],
    wish: Wish | None = None,
    progress: Progress = quiet,
) -> Preview:
    """Look at files as an import would, and keep nothing. Raises NotAllowed, CannotStore."""
    wish, every = wish or Wish(), list(given)
    with unit.reading(actor, purpose=wish.purpose) as reader:
        found = look_at_files(reader, every, wish, progress)
        fates = _Fates(reader)
        files = []
        of = sum(file.rows for file in found.read)
        for file in found.read:
            counts = fates.of(kept_records(file, found.held, wish.case), progress, of)
            offer = offer_of(file.given) if file.given.columns else None
            files.append(Foreseen(file.given, came_of(file, Fate.KEPT, counts), file, None, offer))
        samples = fates.of(found_samples(found.held), quiet, 0).amended
    return Preview(
        files=(*files, *_not_read(found, every)),
        not_taken=found.not_taken,
        stopped=found.stopped,
        samples=samples,
        digest=fates.digest([file.given.said for file in found.read], found.read),
    )


class _Fates:
    """What rows become, beside what the actor sees and what came earlier in the same import."""

    def __init__(self, reader: Reader):
        self._reader = reader
        self._coming: dict[Ref, bytes] = {}
        self._hash = hashlib.sha256()
        self._done = 0

    def of(self, records: Iterable[Record], progress: Progress, of: int) -> Counts:
        new = same = amended = 0
        for batch in _batches(records):
            before = self._before(batch)
            for record in batch:
                own = _content(record)
                known = self._coming.get(record.ref) or before.get(record.ref)
                self._coming[record.ref] = own
                self._hash.update(canonical([str(record.ref), own.hex(), (known or b"").hex()]))
                new += known is None
                same += known == own
                amended += known is not None and known != own
            self._done += len(batch)
            progress("comparing rows", min(self._done, of), of)
        return Counts(new, same, amended)

    def digest(self, said: Sequence[Mapping[str, str]], read: Sequence[ReadFile]) -> str:
        for how, file in zip(said, read, strict=True):
            self._hash.update(canonical([file.name, file.sha256, dict(how)]))
        return self._hash.hexdigest()

    def _before(self, batch: Sequence[Record]) -> dict[Ref, bytes]:
        ids: dict[type[Record], list[str]] = {}
        for record in batch:
            ids.setdefault(type(record), []).append(record.id)
        return {
            held.ref: _content(held)
            for kind, some in ids.items()
            for held in self._reader.some(kind, some)
        }


def _content(record: Record) -> bytes:
    return hashlib.sha256(canonical(to_plain(record))).digest()


def _batches(records: Iterable[Record]) -> Iterator[list[Record]]:
    left = iter(records)
    while batch := list(islice(left, _BATCH)):
        yield batch


def _not_read(found: LookedAt, every: Sequence[Given]) -> Iterator[Foreseen]:
    """Files held already, and those that are not understood."""
    others = iter(found.already)
    read = {id(file.given) for file in found.read}
    unread = {id(given): why for given, why in found.unread}
    for given in every:
        if id(given) in unread:
            came = Came(given.name, "", "", Fate.REFUSED)
            why = unread[id(given)]
            yield Foreseen(given, came, why=why, offer=offer_of(given))
        elif id(given) not in read:
            yield Foreseen(given, next(others))


def offer_of(given: Given) -> Offer | None:
    """The columns of a file that is a table, whatever it holds; None where it is none."""
    try:
        table = read_table(given.name, bytes_of(given.path))
        kind = kind_called(given.kind) if given.kind else kind_of_file(given.name)
    except ReopenError:
        return None
    titles = tuple(dict.fromkeys(title for title in table.header if title))
    if kind is None or kind.KIND in NEVER_FROM_FILES:
        return Offer("", titles, (), (), {})
    types = field_types(kind)
    needed = tuple(
        each.name
        for each in types
        if each.required and (each.name != "id" or kind.KIND in NAMED_BY_OTHERS)
    )
    others = sorted({each.name for each in types} - set(needed))
    said = sorted(set(FIELDS.get(kind.KIND, ())) - {each.name for each in types})
    fields = (*needed, *others, *said)
    guessed = {title: name for title in titles if (name := _near(title, fields))}
    return Offer(kind.KIND, titles, fields, needed, guessed)


def _near(title: str, fields: Sequence[str]) -> str:
    plain = plain_title(title)
    if plain in fields:
        return plain
    return next(iter(get_close_matches(plain, fields, 1, cutoff=0.75)), "")


def kinds_from_files() -> tuple[str, ...]:
    """Kinds of record that a table may hold."""
    return tuple(sorted(set(KINDS) - NEVER_FROM_FILES))
