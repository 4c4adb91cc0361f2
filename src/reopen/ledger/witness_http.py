"""Witnesses over HTTP (c2sp.org/tlog-witness), with the standard library: serving, and asking.

    POST <prefix>/add-checkpoint           a checkpoint with its proof, for a cosignature
    GET  <prefix>/<origin hash>/checkpoint  the last checkpoint that was cosigned

TLS, and who may connect, are the work of a web server in front. Asking tells four answers apart:
cosigned, inconsistent, refused, and none at all; only the second accuses the log.
"""

from __future__ import annotations

import http.client
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from reopen.errors import ReopenError
from reopen.ledger.checkpoint import check_checkpoint
from reopen.ledger.note import Note, parse_note
from reopen.ledger.proof import write_growth
from reopen.ledger.verify import (
    MOST_NOTE_BYTES,
    Growth,
    Malformed,
    NotProven,
    SignatureLine,
    VerifierKey,
    check_signature,
    decimal,
    parse_checkpoint,
    parse_signature_line,
)
from reopen.ledger.witness import TEXT_TYPE, Answer, Witness

_MOST_BYTES = MOST_NOTE_BYTES + 4096
_PATIENCE_SECONDS = 30


def serve(
    witness: Witness,
    host: str = "127.0.0.1",
    port: int = 0,
    told: Callable[[str], None] = lambda line: None,
) -> ThreadingHTTPServer:
    """A server for a witness; call its `serve_forever`. Port 0 takes a free one.

    told  is called with one line per request: method, path and status, no content
    """

    class Handler(_Handler):
        pass

    Handler.witness = witness
    Handler.told = staticmethod(told)
    return ThreadingHTTPServer((host, port), Handler)


class _Handler(BaseHTTPRequestHandler):
    witness: Witness
    told: Callable[[str], None]
    protocol_version = "HTTP/1.1"  # connections are kept open
    timeout = _PATIENCE_SECONDS

    def do_POST(self) -> None:
        if not self.path.endswith("/add-checkpoint"):
            self._send(Answer(404, b"only add-checkpoint\n"), close=True)
            return
        length = self.headers.get("Content-Length", "")
        if not re.fullmatch("[0-9]{1,9}", length):
            self._send(Answer(411, b"say the length of the request\n"), close=True)
        elif int(length) > _MOST_BYTES:
            self._send(Answer(413, b"the request is too long\n"), close=True)
        else:
            self._send(self._answered(self.rfile.read(int(length))))

    def do_GET(self) -> None:
        found = re.fullmatch(r"(?:/.*)?/([0-9a-f]{64})/checkpoint", self.path)
        if found:
            self._send(self.witness.checkpoint(found[1]))
        else:
            self._send(Answer(404, b"only checkpoints\n"))

    def _answered(self, request: bytes) -> Answer:
        try:
            return self.witness.add_checkpoint(request)
        except (ReopenError, OSError) as error:  # its memory cannot be read or written
            self.told(f"NO ANSWER GIVEN: {error}")
            return Answer(500, b"the witness cannot use its memory\n")

    def _send(self, answer: Answer, *, close: bool = False) -> None:
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.type)
        self.send_header("Content-Length", str(len(answer.body)))
        if close:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(answer.body)

    def log_message(self, format: str, *args: object) -> None:
        self.told(format % args)


# --- Asking ---


class Said(Enum):
    """What came of asking a witness."""

    COSIGNED = "cosigned"
    INCONSISTENT = "inconsistent"  # it remembers another history of this log, or a longer one
    REFUSED = "refused"  # it does not know the log or its key, or found the request faulty
    NO_ANSWER = "no answer"  # the network, or the witness's own trouble: says nothing of the log


@dataclass(frozen=True)
class Reply:
    """A witness's reply about one checkpoint.

    lines     its cosignatures, checked; empty unless it cosigned
    why       in words, for the other three
    size      how many entries of the log the witness remembers, where it said so
    evidence  the checkpoint it remembers, where the log's own key signed it; without it, the
              witness's word that the log is inconsistent is only that
    """

    said: Said
    lines: tuple[SignatureLine, ...] = ()
    why: str = ""
    size: int | None = None
    evidence: Note | None = None


Proofs = Callable[[int], Sequence[bytes]]  # old size -> consistency proof to the checkpoint


def ask(
    url: str,
    keys: Sequence[VerifierKey],
    note: Note,
    proof_from: Proofs,
    *,
    log_keys: Sequence[VerifierKey] = (),
    remembered: int = 0,
    timeout_seconds: float = 10.0,
) -> Reply:
    """Ask the witness at `url` (its submission prefix) to cosign a checkpoint.

    keys        the witness's, at least one of which must have cosigned
    proof_from  makes the consistency proof from a size that the witness remembers
    log_keys    the log's, by which a contradiction is told from a mere claim of one
    remembered  the size it is thought to remember; if it says another, it is asked once more
    """
    reply = _asked(url, keys, note, proof_from, remembered, timeout_seconds)
    if reply.said is Said.INCONSISTENT and log_keys:
        origin = parse_checkpoint(note).origin
        evidence = remembered_by(url, origin, log_keys, timeout_seconds=timeout_seconds)
        return replace(reply, evidence=evidence)
    return reply


def remembered_by(
    url: str, origin: str, log_keys: Sequence[VerifierKey], *, timeout_seconds: float = 10.0
) -> Note | None:
    """The log's last checkpoint that a witness cosigned, if the log's key signed it; else None."""
    path = f"{url.rstrip('/')}/{sha256(origin.encode()).hexdigest()}/checkpoint"
    try:
        answer = _sent(Request(path), timeout_seconds)
        note = parse_note(answer.body)
        check_checkpoint(note, log_keys)
    except (OSError, http.client.HTTPException, ReopenError, ValueError):
        return None
    return note if parse_checkpoint(note).origin == origin else None


def _asked(
    url: str,
    keys: Sequence[VerifierKey],
    note: Note,
    proof_from: Proofs,
    remembered: int,
    timeout_seconds: float,
) -> Reply:
    size = parse_checkpoint(note).size
    for _ in range(2):
        proof = tuple(proof_from(remembered)) if remembered else ()
        try:
            answer = _post(url, write_growth(Growth(remembered, proof, note)), timeout_seconds)
        except (OSError, http.client.HTTPException, ValueError) as error:
            return Reply(Said.NO_ANSWER, why=_reason(error))
        if answer.status != 409:
            return _judged(answer, keys, note, remembered)
        try:
            has = decimal(answer.body.decode("ascii").removesuffix("\n"), "its size")
        except (UnicodeDecodeError, Malformed):
            return Reply(Said.NO_ANSWER, why="it tells of a conflict, but not of its size")
        if has > size:
            why = f"it has vouched for {has} entries of this log, which now shows {size}"
            return Reply(Said.INCONSISTENT, why=why, size=has)
        if has == remembered:
            why = f"it remembers another history of {has} entries"
            return Reply(Said.INCONSISTENT, why=why, size=has)
        remembered = has
    return Reply(Said.NO_ANSWER, why="its memory moved while it was asked; ask again")


def _judged(answer: Answer, keys: Sequence[VerifierKey], note: Note, remembered: int) -> Reply:
    words = answer.body.decode(errors="replace").strip()[:200]
    if answer.status == 200:
        try:
            return Reply(Said.COSIGNED, _by(keys, note, answer.body))
        except (Malformed, NotProven) as error:
            return Reply(Said.NO_ANSWER, why=f"its answer is not a cosignature: {error.seen}")
    if answer.status == 422:
        return Reply(
            Said.INCONSISTENT,
            why=f"the log does not begin with the {remembered} entries it remembers ({words})",
            size=remembered,
        )
    if 400 <= answer.status < 500 and answer.status != 429:
        return Reply(Said.REFUSED, why=f"{answer.status}: {words}")
    return Reply(Said.NO_ANSWER, why=f"{answer.status}: {words}")


def _by(keys: Sequence[VerifierKey], note: Note, body: bytes) -> tuple[SignatureLine, ...]:
    """The lines of the answer by these keys, each checked; lines of other keys are ignored."""
    text = body.decode(errors="replace")
    lines = map(parse_signature_line, text.removesuffix("\n").split("\n"))
    known = {(key.name, key.id): key for key in keys}
    found = []
    for line in lines:
        key = known.get((line.name, line.key_id))
        if key is not None:
            check_signature(key, note.text, line.signature)
            found.append(line)
    if not found:
        raise NotProven("none of its known keys signed")
    return tuple(found)


def _post(url: str, request: bytes, timeout_seconds: float) -> Answer:
    call = Request(
        f"{url.rstrip('/')}/add-checkpoint", request, {"Content-Type": TEXT_TYPE}, method="POST"
    )
    return _sent(call, timeout_seconds)


def _sent(call: Request, timeout_seconds: float) -> Answer:
    if call.type not in {"http", "https"}:
        raise ValueError(f"{call.full_url!r} is not a web address")
    try:
        with urlopen(call, timeout=timeout_seconds) as answer:
            return Answer(answer.status, answer.read(_MOST_BYTES))
    except HTTPError as error:
        with error:
            return Answer(error.code, error.read(_MOST_BYTES))


def _reason(error: Exception) -> str:
    if isinstance(error, URLError):
        return str(error.reason)
    return str(error) or type(error).__name__
