"""Bundles: a case's records in a folder that a stranger can check, and that nobody can alter."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from reopen.ledger import tiles
from reopen.ledger.bundle import given_line, kept_back_line, write_bundle
from reopen.ledger.checkpoint import sign_checkpoint
from reopen.ledger.keys import SigningKey
from reopen.ledger.verify import (
    Checkpoint,
    Malformed,
    NotProven,
    Policy,
    check_bundle,
    commitment,
    leaf_hash,
    parse_policy,
)

ORIGIN = "unit.example/log"
SALTS = [bytes([n]) * 32 for n in range(5)]
BODIES = [f'{{"record":"number {n}, Müller"}}'.encode() for n in range(5)]
KEYS = [SigningKey.generate(kind, ORIGIN) for kind in ("ed25519", "ml-dsa-44")]


class Memory:
    """Tiles in memory."""

    def __init__(self) -> None:
        self.held: dict[tuple[int, int], bytes] = {}

    def get(self, level: int, index: int) -> bytes | None:
        return self.held.get((level, index))

    def put(self, level: int, index: int, data: bytes) -> None:
        self.held[level, index] = data


def make(folder: Path) -> Policy:
    store = Memory()
    leaves = [commitment(salt, body) for salt, body in zip(SALTS, BODIES, strict=True)]
    size = tiles.append(store, 0, [leaf_hash(leaf) for leaf in leaves])
    checkpoint = sign_checkpoint(Checkpoint(ORIGIN, size, tiles.root(store, size)), KEYS)
    proofs = [tiles.inclusion_proof(store, n, size) for n in range(size)]
    folder.mkdir(parents=True)
    (folder / "exhibits.csv").write_text("id,case\n", encoding="utf-8")
    lines = [given_line(n, proofs[n], SALTS[n], BODIES[n]) for n in (0, 2)]
    lines.append(kept_back_line(3, proofs[3], leaves[3], "order 12"))
    write_bundle(folder, checkpoint, lines, signers=KEYS, says={"case": "K-1"})
    text = "".join(f"log {key.public}\n" for key in KEYS) + "quorum none\n"
    (folder.parent / "policy.txt").write_text(text, encoding="utf-8")
    return parse_policy(text.encode())


def test_a_bundle_holds(tmp_path: Path) -> None:
    held = check_bundle(tmp_path / "bundle", make(tmp_path / "bundle"))
    assert held.given == (0, 2)
    assert held.kept_back == {3: "order 12"}
    assert set(held.files) == {"exhibits.csv", "checkpoint.note", "entries.jsonl", "verify.py"}
    assert held.manifest["case"] == "K-1"


def test_its_own_verifier_says_so_alone(tmp_path: Path) -> None:
    make(tmp_path / "bundle")
    ran = alone(tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.startswith(f"HOLDS: 2 records of the log {ORIGIN}.")
    assert "entry 3: order 12" in ran.stdout
    assert "That these are all the records of the case" in ran.stdout


def alone(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-I", "bundle/verify.py", "bundle", "--policy", "policy.txt"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def edit(name: str, old: str, new: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        text = (folder / name).read_text(encoding="utf-8")
        assert old in text
        (folder / name).write_text(text.replace(old, new, 1), encoding="utf-8")

    return change


def resign_files(folder: Path) -> None:
    """A manifest that fits the altered files, without the keys to sign it."""
    from hashlib import sha256

    edit("entries.jsonl", "number 2", "number 9")(folder)
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    manifest["files"]["entries.jsonl"] = sha256((folder / "entries.jsonl").read_bytes()).hexdigest()
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")


ATTACKS: dict[str, Callable[[Path], None]] = {
    "a record is changed": edit("entries.jsonl", "number 2", "number 9"),
    "a record is changed, the manifest too": resign_files,
    "a table is changed": edit("exhibits.csv", "case", "cases"),
    "a file is taken out": lambda folder: (folder / "exhibits.csv").unlink(),
    "a file is put in": lambda folder: (folder / "more.txt").write_text("x", encoding="utf-8"),
    "the manifest is changed": edit("manifest.json", "K-1", "K-2"),
    "the checkpoint is changed": edit("checkpoint.note", "\n5\n", "\n4\n"),
    "the verifier is changed": edit("verify.py", "HOLDS", "holds"),
    "the manifest's signature is another's": edit("manifest.note", "\n1\n", "\n2\n"),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_every_change_is_found(tmp_path: Path, attack: str) -> None:
    policy = make(tmp_path / "bundle")
    ATTACKS[attack](tmp_path / "bundle")
    with pytest.raises(NotProven):
        check_bundle(tmp_path / "bundle", policy)


def test_an_owner_who_alters_a_record_and_signs_again_is_found(tmp_path: Path) -> None:
    """With the keys in hand: the files fit the manifest, the record does not fit the log."""
    policy = make(tmp_path / "bundle")
    folder = tmp_path / "bundle"
    edit("entries.jsonl", "number 2", "number 9")(folder)
    checkpoint = (folder / "checkpoint.note").read_bytes()
    lines = (folder / "entries.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
    for name in ("manifest.json", "manifest.note", "entries.jsonl", "verify.py"):
        (folder / name).unlink()
    write_bundle(folder, checkpoint, lines, signers=KEYS, says={"case": "K-1"})
    with pytest.raises(NotProven, match=r"Entry 2 \(line 2 of entries.jsonl\)"):
        check_bundle(folder, policy)


def test_a_folder_that_is_no_bundle_is_not_checked(tmp_path: Path) -> None:
    policy = make(tmp_path / "bundle")
    with pytest.raises(Malformed, match=r"manifest\.json cannot be read"):
        check_bundle(tmp_path, policy)
    edit("manifest.json", "reopen/bundle/v1", "reopen/bundle/v9")(tmp_path / "bundle")
    with pytest.raises(Malformed, match="not that of a bundle"):
        check_bundle(tmp_path / "bundle", policy)
