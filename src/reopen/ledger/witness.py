"""A witness (c2sp.org/tlog-witness): remembers of each log the last state it vouched for.

It cosigns a checkpoint only when the log's key signed it and a proof shows that the log begins
with the state remembered. So it never vouches for two histories of one log. What is remembered is
on disk before the answer goes out. Not here: HTTP (`witness_http`), where it is kept
(`witness_state`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from time import time as seconds_since_1970

from reopen.ledger.cosignature import cosign
from reopen.ledger.note import Note, Signer, with_signatures
from reopen.ledger.verify import (
    Checkpoint,
    Growth,
    Malformed,
    MalformedSignature,
    NotProven,
    VerifierKey,
    check_consistency,
    check_signatures,
    parse_checkpoint,
    parse_growth,
)
from reopen.ledger.witness_state import Evidence, WitnessState

__all__ = ["SIZE_TYPE", "TEXT_TYPE", "Answer", "Witness"]

TEXT_TYPE = "text/plain; charset=utf-8"
SIZE_TYPE = "text/x.tlog.size"


@dataclass(frozen=True)
class Answer:
    """What a witness answers, as HTTP says it."""

    status: int
    body: bytes
    type: str = TEXT_TYPE


class _Refused(Exception):
    """A request that a witness answers with anything but cosignatures."""

    def __init__(self, status: int, why: str, type: str = TEXT_TYPE) -> None:
        self.answer = Answer(status, f"{why}\n".encode(), type)


class Witness:
    """A witness with its keys, the logs it knows, and its memory.

    signers  its keys; each adds a line to the answer
    logs     the keys of each log it vouches for, by origin
    state    where it remembers
    clock    seconds since 1970
    """

    def __init__(
        self,
        signers: Sequence[Signer],
        logs: Mapping[str, Sequence[VerifierKey]],
        state: WitnessState,
        clock: Callable[[], float] = seconds_since_1970,
    ) -> None:
        if not signers:
            raise Malformed("A witness without a key.", way_on="Make one first.")
        self.signers = tuple(signers)
        self.logs = {origin: tuple(keys) for origin, keys in logs.items()}
        self.state = state
        self.clock = clock

    def add_checkpoint(self, request: bytes) -> Answer:
        """Answer a request to vouch for a checkpoint. Never raises for what was sent."""
        try:
            try:
                growth = parse_growth(request)
                checkpoint = parse_checkpoint(growth.checkpoint)
            except MalformedSignature as error:
                raise _Refused(403, f"invalid signature: {error.seen}") from None
            except Malformed as error:
                raise _Refused(400, error.seen) from None
            note = self._of_known_log(growth.checkpoint, checkpoint)
            if growth.old > checkpoint.size:
                raise _Refused(400, "the old size is larger than the checkpoint's")
            with self.state.exclusive():
                self._follows(replace(growth, checkpoint=note), checkpoint)
                lines = [cosign(note, signer, int(self.clock())) for signer in self.signers]
                self.state.remember(checkpoint.origin, with_signatures(note, lines))
        except _Refused as refused:
            return refused.answer
        return Answer(200, "".join(map(str, lines)).encode())

    def checkpoint(self, origin_hash: str) -> Answer:
        """The last checkpoint of a log, with the log's and this witness's signatures."""
        for origin in self.logs:
            note = self.state.latest(origin)
            if note is not None and self.state.name(origin) == origin_hash:
                return Answer(200, bytes(note))
        return Answer(404, b"no such log, or none of its checkpoints was cosigned\n")

    def _of_known_log(self, note: Note, checkpoint: Checkpoint) -> Note:
        """The note with the log's own signatures alone."""
        keys = self.logs.get(checkpoint.origin)
        if not keys:
            raise _Refused(404, "unknown log")
        try:
            signed = check_signatures(note, keys)
        except (NotProven, Malformed) as error:
            raise _Refused(403, f"invalid signature: {error.seen}") from None
        if not signed:
            raise _Refused(403, "no signature by a known key of the log")
        by = {(checked.key.name, checked.key.id) for checked in signed}
        return Note(
            note.text, tuple(line for line in note.signatures if (line.name, line.key_id) in by)
        )

    def _follows(self, growth: Growth, checkpoint: Checkpoint) -> None:
        """That the checkpoint follows what is remembered of its log."""
        latest = self.state.latest(checkpoint.origin)
        known = None if latest is None else parse_checkpoint(latest)
        size = known.size if known else 0
        if growth.old != size:
            raise _Refused(409, str(size), SIZE_TYPE)
        if known and checkpoint.size == size and checkpoint.root != known.root:
            self.state.keep(Evidence.FORK, growth)
            raise _Refused(409, str(size), SIZE_TYPE)
        try:
            if known and size:
                check_consistency(size, known.root, checkpoint.size, checkpoint.root, growth.hashes)
            elif growth.hashes:
                raise NotProven("hashes, though nothing needs proof")
        except (NotProven, Malformed) as error:
            self.state.keep(Evidence.UNPROVEN, growth)
            raise _Refused(422, f"the consistency proof does not hold: {error.seen}") from None
