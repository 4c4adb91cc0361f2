"""Every report says where the log stands and who cosigned it; what cannot be told is said too."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from reopen.faces.workbench.ledger import make_keys, policy_of
from reopen.faces.workbench.ledger_state import log_state, state_lines
from reopen.ledger.cosignature import cosign
from reopen.ledger.keys import SigningKey
from reopen.ledger.policy import with_quorum, with_witness
from reopen.records.access import Actor, Standing
from reopen.records.cases import Case
from reopen.store import checkpoints
from reopen.store.unit import Unit, create_unit

WITNESS = SigningKey("archive.example", "ed25519-cosignature", bytes([7]) * 32)


@pytest.fixture
def unit(tmp_path: Path) -> Iterator[Unit]:
    lead = Actor(id="mara", name="Mara", standing=Standing.LEAD)
    with create_unit(tmp_path / "u.reopen", name="U", actor=lead, origin="u.example") as made:
        yield made


def policy(unit: Unit) -> Path:
    path = Path(f"{unit.where}.keys") / "policy.txt"
    named = with_witness(policy_of(unit), "archive", WITNESS.public)
    path.write_bytes(with_quorum(named, "archive"))
    return path


def test_never_signed(unit: Unit) -> None:
    lines = state_lines(log_state(unit))
    assert lines == (
        "Log u.example: 2 entries.",
        "Who cosigned cannot be told: The log was never signed.",
    )


def test_signed_by_the_log_alone(unit: Unit) -> None:
    checkpoints.make(unit.db, make_keys(unit, "mara"), unit.clock())
    state = log_state(unit)
    assert state.met
    assert "Cosigned by nobody; wanted: no witness." in state_lines(state)
    assert state_lines(state)[-1].startswith("Without a witness the log proves nothing")


def test_cosigned_and_grown_since(unit: Unit) -> None:
    keys = make_keys(unit, "mara")
    policy(unit)
    stored = checkpoints.make(unit.db, keys, unit.clock())
    assert state_lines(log_state(unit))[-2] == "THE POLICY'S QUORUM IS NOT MET."
    assert "Not cosigned by archive." in state_lines(log_state(unit))
    line = cosign(stored.note, WITNESS, 1_900_000_000)
    checkpoints.add_signatures(unit.db, stored.number, [line], unit.clock())
    with unit.writing("mara") as writer:
        writer.put(Case(id="K1"))
    state = log_state(unit)
    assert state.met
    assert state_lines(state) == (
        "Log u.example: 5 entries.",
        f"Newest signed checkpoint: 4 entries, root {stored.checkpoint.root.hex()}.",
        "1 entries came after it and are not signed yet.",
        "Cosigned by archive (archive.example, 2030-03-17 17:46:40 UTC); wanted: archive.",
    )


def test_no_policy_and_bad_signatures_are_said(unit: Unit) -> None:
    keys = make_keys(unit, "mara")
    stored = checkpoints.make(unit.db, keys, unit.clock())
    path = policy(unit)
    forged = SigningKey(WITNESS.name, WITNESS.kind, bytes(32))
    line = cosign(stored.note, forged, 1_900_000_000)
    line = type(line)(line.name, WITNESS.public.id, line.signature)
    checkpoints.add_signatures(unit.db, stored.number, [line], unit.clock())
    assert "does not hold" in log_state(unit).trouble
    path.unlink()
    assert "There is no policy" in log_state(unit).trouble
    assert log_state(unit).checkpoint is not None
