"""Ledger: the log's last entries, its checkpoints, keys and witnesses; receipts of records."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Annotated

import segno
from fastapi import Form, Query, Request
from starlette.responses import RedirectResponse, Response

from reopen.errors import ReopenError, UnknownName
from reopen.faces.web.looks import Look
from reopen.faces.web.pages import Looking, Pages, view
from reopen.faces.web.shared import Changing, session_of, shared_of
from reopen.faces.web.words import interval, moment
from reopen.faces.workbench.access import may_grant_everything
from reopen.faces.workbench.ledger import approve_keys, policy_of
from reopen.faces.workbench.ledger_proofs import code_of, receipt_for
from reopen.faces.workbench.ledger_state import log_state, state_lines
from reopen.faces.workbench.unit_views import log_entries
from reopen.ledger.note import parse_note
from reopen.ledger.verify import Policy, VerifierKey, parse_policy
from reopen.records.access import ReadEvent
from reopen.records.base import Ref
from reopen.records.kinds import kind_of
from reopen.records.organisation import KeyChange
from reopen.store import checkpoints, log
from reopen.store.reader import Entry
from reopen.store.unit import Unit

pages = Pages("Ledger")
router = pages.router

Kind = Annotated[str, Query(max_length=60)]
Id = Annotated[str, Query(max_length=300)]
LAST = 50
_CHECKPOINTS = 20


@dataclass(frozen=True, slots=True)
class EntryLine:
    """An entry of the log. kind and id are '' where it is not for the actor, or expunged."""

    number: int
    time: str
    kind: str
    id: str
    version: int | None
    actor: str
    why: str
    is_look: bool
    gone: bool


@dataclass(frozen=True, slots=True)
class CheckpointLine:
    """A signed checkpoint. names: under which it was signed and cosigned, which is not checked
    here but in the state of the log."""

    number: int
    time: str
    size: int
    root: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class KeyLine:
    """A key of the policy beside the unit's keys. role: the log's, or a witness under its name."""

    role: str
    type: str
    id: str
    vkey: str


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """A change of keys. can_approve: it waits for a second person, who may be the viewer."""

    id: str
    what: str
    at: str
    by: str
    approved_by: str
    can_approve: bool


@dataclass(frozen=True, slots=True)
class LedgerPage:
    """The unit's log.

    state    where it stands, in sentences
    before   the entries shown are those before this one
    trouble  why there is no policy
    """

    state: tuple[str, ...]
    entries: tuple[EntryLine, ...]
    changes: bool
    before: int
    size: int
    checkpoints: tuple[CheckpointLine, ...]
    keys: tuple[KeyLine, ...]
    quorum: str
    trouble: str
    key_changes: tuple[ChangeLine, ...]
    may_sign: bool
    most: int = LAST


@dataclass(frozen=True, slots=True)
class VersionLine:
    version: int
    entry: int
    time: str
    actor: str
    purpose: str
    reason: str


@dataclass(frozen=True, slots=True)
class RecordPage:
    """A record's versions in the log. covered: a signed checkpoint covers the current one;
    may_export: the actor may take its receipt out."""

    kind: str
    id: str
    versions: tuple[VersionLine, ...]
    covered: bool
    may_export: bool


@dataclass(frozen=True, slots=True)
class VerifyPage:
    """The page that verifies receipts in the browser shows nothing of the unit."""


@pages.page("/ledger", "ledger.html.j2")
def ledger_page(
    look: Look,
    before: Annotated[int | None, Query(ge=0, le=2**53)] = None,
    changes: bool = False,
) -> LedgerPage:
    """The log's last entries, its checkpoints, keys and witnesses."""
    with look.lent() as unit:
        size = log.size(unit.db)
        state = state_lines(log_state(unit))
        kept = checkpoints.every(unit.db)[-_CHECKPOINTS:]
        may_sign = may_grant_everything(unit, look.actor)
        policy, trouble = _policy(unit)
    end = size if before is None else min(before, size)
    with look.reading() as reader:
        entries = log_entries(reader, end, LAST, changes=changes)
        key_changes = list(reader.all(KeyChange))
    return LedgerPage(
        state=state,
        entries=tuple(_entry(each) for each in reversed(entries)),
        changes=changes,
        before=entries[0].number if entries else 0,
        size=size,
        checkpoints=tuple(_checkpoint(each) for each in reversed(kept)),
        keys=tuple(_keys(policy)) if policy else (),
        quorum=policy.wants() if policy else "",
        trouble=trouble,
        key_changes=tuple(
            ChangeLine(e.id, e.what, interval(e.at), e.by or "", e.approved_by or "",
                       e.approved_by is None and e.by != look.actor)
            for e in key_changes
        ),
        may_sign=may_sign,
    )  # fmt: skip


def _policy(unit: Unit) -> tuple[Policy | None, str]:
    try:
        return parse_policy(policy_of(unit)), ""
    except ReopenError as error:
        told = f"{error.seen} {error.way_on}".strip()
        return None, told.replace(str(unit.where), "UNIT")  # where it lies is not for a page


def _keys(policy: Policy) -> list[KeyLine]:
    def line(role: str, key: VerifierKey) -> KeyLine:
        return KeyLine(role, str(key.type), key.id.hex(), str(key))

    logs = [line("the log itself", each.key) for each in policy.logs]
    return logs + [line(f"witness {each.name}", each.key) for each in policy.witnesses]


def _entry(entry: Entry) -> EntryLine:
    time, version = moment(entry.time.timestamp()), entry.version
    if version is None:
        return EntryLine(entry.number, time, "", "", None, "", "", False, entry.gone)
    record = version.record
    what = f"{record.action.value}: {record.target}" if isinstance(record, ReadEvent) else ""
    return EntryLine(
        entry.number, time, record.KIND, record.id, version.version, version.actor,
        what or version.reason or version.purpose, isinstance(record, ReadEvent), entry.gone,
    )  # fmt: skip


def _checkpoint(stored: checkpoints.StoredCheckpoint) -> CheckpointLine:
    names = dict.fromkeys(each.name for each in parse_note(stored.note).signatures)
    state = stored.checkpoint
    return CheckpointLine(
        stored.number, moment(stored.time.timestamp()), state.size, state.root.hex(), tuple(names)
    )


@pages.page("/ledger/record", "ledger_record.html.j2")
def record_page(look: Look, kind: Kind, id: Id) -> RecordPage:
    """A record's versions in the log, and its receipt."""
    ref = Ref(kind_of(kind).KIND, id)
    with look.lent() as unit:
        last = checkpoints.latest(unit.db)
    with look.reading() as reader:
        versions = reader.versions(ref)
    if not versions:
        raise UnknownName(
            f"There is no {kind} {id!r} that you may see.",
            rule="A record is named by its kind and id.",
            way_on="Look for it on its own page.",
        )
    return RecordPage(
        ref.kind, ref.id,
        tuple(
            VersionLine(
                e.version, e.entry, moment(e.time.timestamp()), e.actor, e.purpose, e.reason
            )
            for e in reversed(versions)
        ),
        last is not None and last.checkpoint.size > versions[-1].entry,
        ref in look.may_export([ref]),
    )  # fmt: skip


@pages.file("/ledger/receipt", "text/plain")
def receipt(look: Looking, kind: Kind, id: Id) -> Response:
    """A record's receipt as a file: it holds the record, so it needs a grant to export it."""
    name = "".join(c if c.isascii() and (c.isalnum() or c in "-._") else "_" for c in id)[:80]
    headers = {"Content-Disposition": f'attachment; filename="{name}.tlog-proof"'}
    return Response(_receipt(look, kind, id), media_type="text/plain", headers=headers)


@pages.file("/ledger/code.svg", "image/svg+xml")
def code(look: Looking, kind: Kind, id: Id) -> Response:
    """The receipt as a QR code."""
    small = code_of(_receipt(look, kind, id))
    out = io.BytesIO()
    segno.make_qr(small.data, mode="byte", error="l").save(out, kind="svg", scale=4)
    return Response(out.getvalue(), media_type="image/svg+xml")


def _receipt(look: Look, kind: str, id: str) -> bytes:
    asked = look.session
    with look.lent() as unit:
        return receipt_for(
            unit, look.actor, Ref(kind_of(kind).KIND, id), purpose=asked.purpose,
            supervisor=asked.supervisor,
        )  # fmt: skip


@pages.file("/ledger/policy.txt", "text/plain")
def policy(look: Looking) -> Response:
    """Whom a verifier is to trust: the public keys of the log, and its witnesses."""
    with look.lent() as unit:
        data = policy_of(unit)
    headers = {"Content-Disposition": 'attachment; filename="policy.txt"'}
    return Response(data, media_type="text/plain", headers=headers)


@pages.form("/ledger/checkpoint")
def make_checkpoint(request: Request, look: Changing) -> Response:
    works = shared_of(request).works
    id = works.begin(look.actor, "checkpoint", "Make a checkpoint of the log", {})
    return RedirectResponse(f"/runs/{id}", 303)


@pages.form("/ledger/keys/approve")
def approve(look: Changing, id: Annotated[str, Form(max_length=300)]) -> Response:
    with look.lent() as unit:
        approve_keys(unit, look.actor, [id])
    return RedirectResponse("/ledger", 303)


@router.get("/verify", include_in_schema=False)
def verify_page(request: Request) -> Response:
    """Nobody needs to be signed in: whoever holds a receipt may check it."""
    session = session_of(request)
    look = Look(session, shared_of(request).units) if session else None
    return view(request, look, "verify.html.j2", VerifyPage())
