"""`verify.py`, copied to an empty folder and run by an interpreter that has no `reopen`."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.ledger.logs import TIME, Log
from tests.ledger.test_policy import WITNESSES, policy_of

from reopen.ledger import verify
from reopen.ledger.cosignature import cosign
from reopen.ledger.note import Note, with_signatures
from reopen.ledger.proof import parse_proof, write_growth, write_proof
from reopen.ledger.verify import Growth, Proof

SOURCE = Path(verify.__file__)
Run = Callable[..., subprocess.CompletedProcess[str]]

# An interpreter in which `reopen` cannot be imported, though it is installed beside it.
WITHOUT_REOPEN = """
import runpy, sys
class No:
    def find_spec(self, name, path=None, target=None):
        if name.partition('.')[0] == 'reopen':
            raise ImportError('reopen is not here')
sys.meta_path.insert(0, No())
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name='__main__')
"""


@pytest.fixture
def log() -> Log:
    made = Log()
    made.grow(20)
    return made


@pytest.fixture
def folder(tmp_path: Path, log: Log) -> Path:
    (tmp_path / "verify.py").write_bytes(SOURCE.read_bytes())
    (tmp_path / "policy.txt").write_bytes(policy_of(log))
    (tmp_path / "alone.txt").write_bytes(policy_of(log, "none"))
    (tmp_path / "receipt.tlog-proof").write_bytes(log.receipt(7, cosigned(log)))
    return tmp_path


@pytest.fixture
def run(folder: Path) -> Run:
    def run(*arguments: str, policy: str = "policy.txt") -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-I", "-c", WITHOUT_REOPEN, "verify.py", *arguments]
        return subprocess.run(
            [*command, "--policy", policy],
            cwd=folder, capture_output=True, text=True, encoding="utf-8", timeout=60, check=False,
        )  # fmt: skip

    return run


def cosigned(log: Log, size: int | None = None, names: str = "AC") -> Note:
    note = log.note(size)
    return with_signatures(note, [cosign(note, WITNESSES[name], TIME + 60) for name in names])


def test_it_needs_the_standard_library_and_cryptography_alone() -> None:
    imported = set()
    for node in ast.walk(ast.parse(SOURCE.read_text())):
        if isinstance(node, ast.Import):
            imported |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add((node.module or "").partition(".")[0])
    others = imported - set(sys.stdlib_module_names)
    assert others == {"cryptography", "reopen"}  # the latter only where it is part of it


def test_a_receipt(run: Run) -> None:
    done = run("receipt.tlog-proof")
    assert done.returncode == 0, done.stderr
    assert done.stdout == (
        """\
HOLDS: entry 7 of the log example.org/log.

What was checked
  The record below is entry 7 (counted from 0) of the log as it stood at 20 entries. Not one
    character of it was changed since.

Who signed
  example.org/log, the log itself: Ed25519 key ID-1
  example.org/log, the log itself: ML-DSA-44 key ID-2, at 2023-11-14 22:13:20 UTC

Who cosigned (your policy wants 2 of (A, B, C))
  A (A.example, Ed25519 cosignature), at 2023-11-14 22:14:20 UTC
  C (C.example, ML-DSA-44), at 2023-11-14 22:14:20 UTC
  not B

The record
  {
    "kind": "record",
    "number": 7
  }

What this does not prove
  That the record is true. Only that it stood in the log in these words.
  That it is the last word: a later entry may amend it. Ask for the record's later versions.
  That it is all there is: what was never entered leaves no trace in a log.
  Who made it: the name in the record is the log owner's word, and so is the time in it.
  That the witnesses are independent of the log's owner: your policy says whom you trust.
  How long before 2023-11-14 22:14:20 UTC, the first cosignature, it was entered.
""".replace("ID-1", Log().public[0].id.hex()).replace("ID-2", Log().public[1].id.hex())
    )


def test_without_witnesses_it_says_what_is_missing(run: Run, folder: Path, log: Log) -> None:
    (folder / "r").write_bytes(log.receipt(7))
    assert run("r").returncode == 1
    done = run("r", policy="alone.txt")
    assert done.returncode == 0
    assert "no witness cosigned" in done.stdout
    assert "the log's owner could have made it anew" in done.stdout.replace("\n    ", " ")


@pytest.mark.parametrize(
    ("damage", "code", "said"),
    [
        (lambda data: data.replace(b"index 7", b"index 8"), 1, "NOT PROVEN"),
        (lambda data: data.replace(b"extra AAAA", b"extra AAAB"), 1, "another root"),
        (lambda data: data.replace(b"\n20\n", b"\n21\n"), 1, "does not hold"),
        (lambda data: data[:300], 2, "NOT CHECKED"),
        (lambda data: b"", 2, "NOT CHECKED"),
        (lambda data: b"\xff" * 100, 2, "NOT CHECKED"),
        (lambda data: b"old 3\n", 2, "Not a consistency proof"),
    ],
)
def test_damaged_receipts(
    damage: Callable[[bytes], bytes], code: int, said: str, run: Run, folder: Path
) -> None:
    data = (folder / "receipt.tlog-proof").read_bytes()
    (folder / "r").write_bytes(damage(data))
    done = run("r")
    assert (done.returncode, done.stderr) == (code, "")
    assert said in done.stdout
    assert "HOLDS" not in done.stdout


def test_missing_files_and_bad_policies(run: Run, folder: Path) -> None:
    done = run("nothing")
    assert done.returncode == 2
    assert "nothing cannot be read: No such file" in done.stdout
    (folder / "bad.txt").write_text("quorum most\n")
    done = run("receipt.tlog-proof", policy="bad.txt")
    assert done.returncode == 2
    assert "Line 1 of the policy: The quorum 'most' is not defined above." in done.stdout


def test_every_key(run: Run, folder: Path, log: Log) -> None:
    """A thief of one key, and who can break one scheme, has not the other."""
    one = with_signatures(log.note(keys=log.keys[:1]), cosigned(log).signatures[2:])
    (folder / "r").write_bytes(log.receipt(3, one))
    done = run("r")
    assert done.returncode == 0
    assert f"not with its ML-DSA-44 key {log.public[1].id.hex()}" in done.stdout
    assert run("r", "--every-key").returncode == 1
    assert run("receipt.tlog-proof", "--every-key").returncode == 0


def test_growth_and_old_checkpoints(run: Run, folder: Path, log: Log) -> None:
    (folder / "old").write_bytes(bytes(log.note(12)))
    note = cosigned(log)
    (folder / "growth").write_bytes(write_growth(Growth(12, log.proof_from(12), note)))
    done = run("growth", "--old", "old")
    assert done.returncode == 0
    assert done.stdout.startswith("HOLDS: the log example.org/log only grew, from 12 to 20")
    assert run("growth").returncode == 2

    other = Log(prefix="rewritten")
    other.grow(12)
    (folder / "other").write_bytes(bytes(other.note()))
    done = run("growth", "--old", "other")
    assert done.returncode == 1
    assert "Keep both checkpoints: together they are evidence." in done.stdout

    done = run("receipt.tlog-proof", "--old", "old")
    assert "Not compared with your old checkpoint of 12 entries" in done.stdout
    other.grow(8)
    (folder / "other").write_bytes(bytes(other.note()))
    assert run("receipt.tlog-proof", "--old", "other").returncode == 1
    (folder / "same").write_bytes(bytes(log.note()))
    assert "same state of the log" in run("receipt.tlog-proof", "--old", "same").stdout


def test_a_checkpoint_alone(run: Run, folder: Path, log: Log) -> None:
    (folder / "checkpoint").write_bytes(bytes(cosigned(log)))
    done = run("checkpoint")
    assert done.returncode == 0
    assert "A checkpoint alone says nothing about any record." in done.stdout


def test_a_sealed_entry_by_its_leaf(run: Run, folder: Path, log: Log) -> None:
    proof = parse_proof(log.receipt(5, cosigned(log)))
    (folder / "r").write_bytes(write_proof(Proof(proof.index, proof.hashes, proof.checkpoint)))
    assert run("r").returncode == 2
    done = run("r", "--leaf", log.leaves(5, 6)[0].hex())
    assert done.returncode == 0
    assert "The record\n" not in done.stdout
    assert run("r", "--leaf", log.leaves(6, 7)[0].hex()).returncode == 1


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (json.dumps({"note": "\x1b[2J\u202e\x9b"}, ensure_ascii=False).encode(), "\\u202e\\u009b"),
        (b'{"sex":"F","sex":"M"}', "not JSON"),
        (b"\xff\x00", "ff00"),
        ('{"place":"K\u00f6ln"}'.encode(), "Köln"),
    ],
)
def test_records_cannot_play_tricks(body: bytes, shown: str, run: Run, folder: Path) -> None:
    log = Log()
    log.grow(2)
    log.bodies[1] = body
    log.rebuild()
    (folder / "r").write_bytes(log.receipt(1, cosigned(log)))
    done = run("r")
    assert done.returncode == 0, done
    assert shown in done.stdout
    assert all(c.isprintable() or c == "\n" for c in done.stdout)
