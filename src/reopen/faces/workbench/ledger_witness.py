"""Being a witness for other units' logs: a folder with keys, the logs trusted, and a memory.

    keys/        the witness's own keys
    logs.txt     the logs it vouches for, as a policy file
    memory/      what it cosigned last (`reopen.ledger.witness_state`)

A witness needs no unit, no database and no records: it sees checkpoints and hashes only.
"""

from __future__ import annotations

from collections.abc import Callable
from http.server import ThreadingHTTPServer
from pathlib import Path

from reopen.errors import UnreadableFile, Where
from reopen.faces.workbench.ledger import read_file, read_policy
from reopen.ledger.keys import KINDS, Kind, SigningKey, read_key, write_key
from reopen.ledger.policy import EMPTY, with_log
from reopen.ledger.verify import Checkpoint, VerifierKey, parse_checkpoint, parse_vkey
from reopen.ledger.witness import Answer, Witness
from reopen.ledger.witness_http import serve
from reopen.ledger.witness_state import WitnessState

WITNESS_KINDS: tuple[Kind, ...] = ("ed25519-cosignature", "ml-dsa-44")
_KEYS, _LOGS, _MEMORY = "keys", "logs.txt", "memory"


def begin_witness(folder: Path, name: str) -> tuple[SigningKey, ...]:
    """A new witness in a new folder; its keys. Raises UnreadableFile where the folder exists."""
    keys = tuple(SigningKey.generate(kind, name) for kind in WITNESS_KINDS)
    WitnessState.create(folder / _MEMORY)
    (folder / _KEYS).mkdir(mode=0o700)
    for key in keys:
        write_key(key, folder / _KEYS / f"{key.kind}.key")
    (folder / _LOGS).write_bytes(EMPTY)
    return keys


def trust_log(folder: Path, vkey: str) -> VerifierKey:
    """Vouch for a log from now on, by one of its keys. Raises Malformed."""
    key = parse_vkey(vkey)
    path = folder / _LOGS
    path.write_bytes(with_log(read_file(path), key))
    return key


def witness_in(folder: Path) -> Witness:
    """The witness of a folder. Raises UnreadableFile, Malformed."""
    keys = [
        read_key(folder / _KEYS / f"{kind}.key")
        for kind in KINDS
        if (folder / _KEYS / f"{kind}.key").exists()
    ]
    if not keys:
        raise UnreadableFile(
            "This is not the folder of a witness.",
            way_on=f"Make one: reopen ledger witness init {folder} --name NAME",
            where=Where(str(folder)),
        )
    logs: dict[str, list[VerifierKey]] = {}
    for log in read_policy(folder / _LOGS).logs:
        logs.setdefault(log.key.name, []).append(log.key)
    return Witness(keys, logs, WitnessState(folder / _MEMORY))


def answer_request(folder: Path, request: Path) -> Answer:
    """Answer a request that came as a file, as over the network."""
    return witness_in(folder).add_checkpoint(read_file(request))


def remembered(folder: Path) -> dict[str, Checkpoint | None]:
    """Of each log that the witness knows, what it cosigned last."""
    witness = witness_in(folder)
    notes = {origin: witness.state.latest(origin) for origin in witness.logs}
    return {
        origin: None if note is None else parse_checkpoint(note) for origin, note in notes.items()
    }


def server_of(
    folder: Path, host: str, port: int, told: Callable[[str], None]
) -> ThreadingHTTPServer:
    """The witness as a web server; it answers once `serve_forever` is called.

    Raises UnreadableFile where the address cannot be taken.
    """
    try:
        return serve(witness_in(folder), host, port, told)
    except OSError as error:
        raise UnreadableFile(
            f"{host}:{port} cannot be listened on: {error.strerror}.",
            way_on="Choose another --port, or stop what uses it.",
        ) from None
