"""Bundles for the other side: a case's records with their proofs, what helps, what was kept back.

A bundle is a folder: tables, files, the CASE/UCO document, and every version of every record with
the proof that it stands in the log; `verify.py` in it, or better your own, checks all of it without
the unit. That it was given is itself an entry of the log. Not here: what is owed
(`prove.disclosure`).
"""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from secrets import token_hex

from reopen import __version__
from reopen.errors import ReopenError, UnknownName
from reopen.faces.report.disclosure_views import DisclosureView, HelpRow, KeptBackRow
from reopen.faces.report.render import render
from reopen.faces.workbench.ledger_state import log_state, state_lines
from reopen.formats.case_kinds import plural
from reopen.formats.case_tables_writer import write_case_table
from reopen.formats.case_uco import case_uco, write_case_uco
from reopen.ledger.bundle import given_line, kept_back_line, write_bundle
from reopen.ledger.note import Signer
from reopen.ledger.verify import MANIFEST, SALT_BYTES, commitment, parse_proof
from reopen.prove import Holdings
from reopen.prove.disclosure import Helpful, Withheld, accused, case_file, helpful
from reopen.records.access import Action, Sensitivity
from reopen.records.base import Record, Ref
from reopen.records.cases import Case, Exhibit, Presence
from reopen.records.results import Disclosure, FoundLink, LabResult
from reopen.records.statements import Statement
from reopen.records.stored import StoredFile, StoredProfile
from reopen.records.times import Interval
from reopen.store import checkpoints
from reopen.store.body import Version
from reopen.store.reader import Reader
from reopen.store.unit import Unit


@dataclass(frozen=True, slots=True)
class Owed:
    """What of a case an actor may give, as read at one moment.

    versions   of every record that is given, the first one first
    withheld   records kept back, with the reason
    helps      what helps the defence, with who was given it before
    """

    case: str
    title: str
    actor: str
    made: datetime
    versions: Mapping[Ref, tuple[Version, ...]]
    withheld: tuple[Withheld, ...]
    withheld_versions: Mapping[Ref, tuple[Version, ...]]
    helps: tuple[Helpful, ...]
    files: Mapping[StoredFile, bytes]

    @property
    def records(self) -> tuple[Record, ...]:
        """The current version of each record that is given."""
        return tuple(versions[-1].record for versions in self.versions.values())


@dataclass(frozen=True, slots=True)
class Bundled:
    """A bundle as written: where, how much is in it, and the hash its manifest has in the log."""

    folder: Path
    given: int
    withheld: int
    helps: int
    manifest_sha256: str


def owed(
    unit: Unit,
    actor: str,
    case: str,
    *,
    purpose: str = "",
    supervisor: str = "",
    keep_back: Mapping[Sensitivity, str] | None = None,
    only_helpful: bool = False,
) -> Owed:
    """Read what of a case may be given, and what helps. A look with the action `export`.

    keep_back     sensitive class -> reason or order it is withheld under
    only_helpful  what helps the defence, and no more

    Raises UnknownName for a case that the actor may not see, NotAllowed.
    """
    now = unit.clock()
    with unit.reading(
        actor, purpose=purpose, action=Action.EXPORT, supervisor=supervisor
    ) as reader:
        of_case = _case_of(reader, case)
        of_it = {version.record.ref: version.record for version in reader.listing(case=case)}
        every = of_it | {each.ref: each for each in _around(reader, of_it.values(), case)}
        helps = helpful(Holdings(every.values(), now=now), case)
        wanted = {each.ref for each in helps} | ({of_case.ref} if only_helpful else set(of_it))
        chosen = [record for ref, record in every.items() if ref in wanted]
        file = case_file(case, chosen, reader.classes_of, keep_back or {})
        stored = [each for each in file.given if isinstance(each, StoredFile)]
        kept = {each.ref for each in file.withheld}
        return Owed(
            case=case,
            title=of_case.title,
            actor=actor,
            made=now,
            versions={each.ref: reader.versions(each.ref) for each in file.given},
            withheld=file.withheld,
            withheld_versions={each.ref: reader.versions(each.ref) for each in file.withheld},
            helps=tuple(each for each in helps if each.ref not in kept),
            files={each: reader.file(each.id) for each in stored},
        )


def _case_of(reader: Reader, case: str) -> Case:
    found = reader.get(Case, case)
    if found is None:
        raise UnknownName(
            f"There is no case {case!r} that {reader.actor} may see.",
            way_on="List the cases: reopen cases",
        )
    return found


def _around(reader: Reader, of_case: Iterable[Record], case: str) -> Iterator[Record]:
    """Records of the case's people and linked profiles that belong to no case."""
    of_case = tuple(of_case)
    for person in sorted(accused(Holdings(of_case, now=reader.asker.moment), case)):
        yield from reader.all(Presence, person=person)
        yield from reader.all(Statement, person=person)
    links = (each for each in of_case if isinstance(each, FoundLink))
    yield from reader.some(StoredProfile, (end for link in links for end in (link.one, link.other)))


def write_disclosure(
    unit: Unit,
    given: Owed,
    folder: Path,
    *,
    to: str,
    purpose: str,
    signers: Sequence[Signer],
) -> Bundled:
    """Write a bundle, sign it with the log's keys, and enter in the log that it was given.

    The entry is made before the folder gets its name: no bundle is without one. Raises ReopenError
    where the folder exists or cannot be written.
    """
    checkpoint = checkpoints.make(unit.db, signers, unit.clock())
    with _new_folder(folder) as unfinished:
        _write_tables(unfinished, given.records)
        _write_files(unfinished, given.files)
        _write_lists(unfinished, given)
        page = render(disclosure_view(unit, given, to, purpose))
        (unfinished / "index.html").write_text(page, encoding="utf-8", newline="")
        uco = export_case_uco(unit, given)
        (unfinished / "case-uco.jsonld").write_text(uco, encoding="utf-8", newline="")
        write_bundle(
            unfinished,
            checkpoint.note,
            _lines(unit, given),
            signers=signers,
            says={
                "case": given.case,
                "to": to,
                "purpose": purpose,
                "made_by": given.actor,
                "made": given.made.isoformat(),
                "records": len(given.versions),
                "kept_back": len(given.withheld),
            },
            time=int(given.made.timestamp()),
        )
        digest = sha256((unfinished / MANIFEST).read_bytes()).hexdigest()
        _enter(unit, given, to, purpose, digest)
    return Bundled(
        folder, len(given.versions), len(given.withheld), len(given.helps), digest
    )  # fmt: skip


def export_case_uco(unit: Unit, given: Owed) -> str:
    """The case as a CASE/UCO document, each record with its entry in the log."""
    receipts = {ref: (unit.origin, versions[-1].entry) for ref, versions in given.versions.items()}
    base = f"https://{unit.origin}/kb/"
    return write_case_uco(case_uco(given.records, base=base, receipts=receipts))


@contextmanager
def _new_folder(folder: Path) -> Iterator[Path]:
    """A folder that is there whole or not at all."""
    if folder.exists():
        raise ReopenError(
            f"{folder} exists.",
            rule="A bundle is written once, into a folder of its own.",
            way_on="Name another folder.",
        )
    unfinished = folder.with_name(f".{folder.name}.{token_hex(4)}.unfinished")
    try:
        unfinished.mkdir(parents=True)
        yield unfinished
        unfinished.rename(folder)
    except OSError as error:
        raise ReopenError(
            f"{folder} cannot be written: {error.strerror or error}.",
            way_on="Name a folder that may be written, with room on its disk.",
        ) from None
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _write_tables(folder: Path, records: Iterable[Record]) -> None:
    by_kind: dict[str, list[Record]] = {}
    for record in records:
        by_kind.setdefault(record.KIND, []).append(record)
    (folder / "tables").mkdir()
    for kind, of_kind in by_kind.items():
        path = folder / "tables" / f"{plural(kind)}.csv"
        path.write_text(write_case_table(of_kind), encoding="utf-8", newline="")


def _write_files(folder: Path, files: Mapping[StoredFile, bytes]) -> None:
    if files:
        (folder / "files").mkdir()
    for stored, data in files.items():
        (folder / "files" / f"{stored.id[:16]}-{Path(stored.name).name}").write_bytes(data)


def _write_lists(folder: Path, given: Owed) -> None:
    helps = [(str(each.ref), each.why, _told(each)) for each in given.helps]
    kept = [(row.record, row.reason) for row in _kept_back(given)]
    lists: dict[str, list[tuple[str, ...]]] = {
        "helps-the-defence.csv": [("record", "why", "given before to"), *helps],
        "kept-back.csv": [("record", "reason"), *kept],
    }
    for name, rows in lists.items():
        (folder / name).write_text(_csv(rows), encoding="utf-8", newline="")


def disclosure_view(unit: Unit, given: Owed, to: str, purpose: str) -> DisclosureView:
    """The page of a bundle: what helps, what was kept back, how to check it, who cosigned."""
    return DisclosureView(
        title=f"Case {given.case}, as given to {to}",
        case=given.case,
        case_title=given.title,
        to=to,
        purpose=purpose,
        made_by=given.actor,
        made=f"{given.made:%Y-%m-%d %H:%M} UTC",
        program=f"reopen {__version__}",
        origin=unit.origin,
        log=state_lines(log_state(unit)),
        records=len(given.versions),
        files=len(given.files),
        helps=tuple(HelpRow(str(each.ref), each.why, _told(each)) for each in given.helps),
        kept_back=_kept_back(given),
    )


def helps_text(given: Owed) -> str:
    """What helps the defence, as text."""
    if not given.helps:
        return f"The rules found nothing in case {given.case} that helps the defence."
    lines = [f"Case {given.case}, what helps the defence: {len(given.helps)}", ""]
    for each in given.helps:
        lines += [f"{each.ref}", f"  {each.why}", f"  Given before to: {_told(each)}"]
    if given.withheld:
        lines += ["", f"Records kept back: {len(given.withheld)}."]
    return "\n".join(lines)


def _kept_back(given: Owed) -> tuple[KeptBackRow, ...]:
    """By kind and number in the log: an id may say what is kept back."""
    return tuple(
        KeptBackRow(_entries(given.withheld_versions[each.ref]), each.reason)
        for each in given.withheld
    )


def _entries(versions: Sequence[Version]) -> str:
    numbers = ", ".join(str(each.entry) for each in versions)
    kind = versions[0].record.KIND.replace("_", " ")
    return f"{kind}, entry {numbers}"


def _told(each: Helpful) -> str:
    return ", ".join(dict.fromkeys(each.given_to)) or "nobody on record"


def _lines(unit: Unit, given: Owed) -> Iterator[str]:
    """Every version of what is given, and of what is kept back, in the order of the log."""
    reasons = {each.ref: each.reason for each in given.withheld}
    told = [(each, "") for versions in given.versions.values() for each in versions]
    kept = [
        (each, reasons[ref])
        for ref, versions in given.withheld_versions.items()
        for each in versions
    ]
    for version, reason in sorted((*told, *kept), key=lambda each: each[0].entry):
        proof = parse_proof(checkpoints.receipt(unit.db, version.entry))
        assert proof.extra is not None
        salt, body = proof.extra[:SALT_BYTES], proof.extra[SALT_BYTES:]
        if reason:
            leaf = commitment(salt, body)
            yield kept_back_line(version.entry, proof.hashes, leaf, reason)
        else:
            yield given_line(version.entry, proof.hashes, salt, body)


def _enter(unit: Unit, given: Owed, to: str, purpose: str, digest: str) -> None:
    results = [each for each in given.records if isinstance(each, LabResult)]
    items = [each.id for each in given.records if isinstance(each, Exhibit)]
    record = Disclosure(
        id=f"{given.case}-{digest[:12]}",
        case=given.case,
        at=Interval.at(given.made),
        to=to,
        results=tuple(each.id for each in results),
        items=tuple(items),
        note=f"Bundle whose manifest has the SHA-256 {digest}",
    )
    with unit.writing(given.actor, purpose=purpose) as writer:
        writer.put(record)


def _csv(rows: Iterable[Sequence[str]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()
