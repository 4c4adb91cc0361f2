"""`reopen ledger`: keys, checkpoints, witnesses, receipts, codes, mirrors, and what is refused."""

from __future__ import annotations

import json
import sqlite3
import stat
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.faces.command import run
from tests.twins.qr import read_svg

from reopen.faces.workbench.ledger import key_folder, signers_of
from reopen.faces.workbench.ledger_witness import server_of
from reopen.ledger.verify import (
    SignatureType,
    check_receipt,
    parse_checkpoint,
    parse_note,
    parse_policy,
    parse_proof,
)
from reopen.records.access import Actor, Standing
from reopen.records.cases import Case, Exhibit
from reopen.records.organisation import CheckpointSeen, KeyChange
from reopen.store.grants import first_grant
from reopen.store.unit import open_unit


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a unit of one case, and its keys."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("REOPEN_KEYS", raising=False)
    monkeypatch.delenv("REOPEN_ACTOR", raising=False)
    assert run("init", "unit.reopen", "--as", "mara").code == 0
    add("K-1994-030")
    assert run("ledger", "keys", "unit.reopen").code == 0
    return tmp_path


def add(*ids: str) -> None:
    with open_unit("unit.reopen") as unit, unit.writing("mara") as writer:
        writer.put_many(Case(id=id) for id in ids)


POLICY = "unit.reopen.keys/policy.txt"


class TestKeys:
    def test_made_once_and_entered(self, home: Path) -> None:
        folder = home / "unit.reopen.keys"
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        with open_unit("unit.reopen") as unit:
            assert key_folder(unit) == Path("unit.reopen.keys")
            before = signers_of(unit)
            with unit.reading("mara") as reader:
                changes = list(reader.all(KeyChange))
        assert [key.kind for key in before] == ["ed25519", "ml-dsa-44"]
        assert {key.name for key in before} == {unit.origin}
        assert {change.note for change in changes} == {str(key.public) for key in before}
        assert all(key.public.id.hex() in changes[0].what + changes[1].what for key in before)
        said = run("ledger", "keys", "unit.reopen", "--json").json
        assert [key["vkey"] for key in said["keys"]] == [str(key.public) for key in before]
        policy = parse_policy((home / POLICY).read_bytes())
        assert [entry.key for entry in policy.logs] == [key.public for key in before]

    def test_approved_by_somebody_else(self, home: Path) -> None:
        own = run("ledger", "approve", "unit.reopen", "--as", "mara")
        assert own.code == 2
        assert "did not bring it" in own.err
        with open_unit("unit.reopen") as unit, unit.writing("mara") as writer:
            writer.put(Actor(id="jonas", name="Jonas", standing=Standing.LEAD))
            writer.put(replace(first_grant("jonas"), given_by="mara"))
        words = ("ledger", "approve", "unit.reopen", "--as", "jonas")
        assert run(*words, "key-unknown").code == 2
        assert len(run(*words, "--json").json) == 2
        assert run(*words).out == "No key waits for it.\n"
        with open_unit("unit.reopen") as unit, unit.reading("mara") as reader:
            changes = list(reader.all(KeyChange))
        assert {(change.by, change.approved_by) for change in changes} == {("mara", "jonas")}

    def test_elsewhere(self, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (home / "unit.reopen.keys").rename(home / "stick")
        said = run("ledger", "checkpoint", "unit.reopen")
        assert said.code == 2
        assert run("ledger", "checkpoint", "unit.reopen", "--keys", "stick").code == 0
        monkeypatch.setenv("REOPEN_KEYS", "stick")
        assert run("ledger", "checkpoint", "unit.reopen").code == 0

    def test_of_another_unit(self, home: Path) -> None:
        run("init", "other.reopen", "--as", "mara")
        said = run("ledger", "checkpoint", "other.reopen", "--keys", "unit.reopen.keys")
        assert said.code == 2
        assert "These are the keys of" in said.err

    def test_missing(self, home: Path) -> None:
        run("init", "other.reopen", "--as", "mara")
        said = run("ledger", "checkpoint", "other.reopen", "--policy", POLICY)
        assert said.code == 2
        assert "reopen ledger keys other.reopen" in said.err


class TestReceipts:
    def test_a_record_and_a_stranger(self, home: Path) -> None:
        words = ("ledger", "prove", "unit.reopen", "case", "K-1994-030")
        assert "No checkpoint covers" in run(*words).err
        assert run("ledger", "checkpoint", "unit.reopen").code == 0
        assert run(*words, "--out", "r.tlog-proof").code == 0
        said = run("ledger", "verify", "r.tlog-proof", "--policy", POLICY)
        assert said.code == 0
        assert said.out.startswith("HOLDS: entry 2 of the log")
        assert '"id": "K-1994-030"' in said.out
        assert "What this does not prove" in said.out
        assert run("ledger", "verify", "r.tlog-proof", "--policy", POLICY, "--every-key").code == 0
        again = run(*words, "--json").json
        assert again["proof"] == Path("r.tlog-proof").read_text(encoding="utf-8")

    def test_what_does_not_hold_ends_with_1(self, home: Path) -> None:
        run("ledger", "checkpoint", "unit.reopen")
        run("ledger", "prove", "unit.reopen", "case", "K-1994-030", "--out", "r")
        Path("r").write_text(Path("r").read_text().replace("index 2", "index 1"))
        said = run("ledger", "verify", "r", "--policy", POLICY)
        assert (said.code, said.err) == (1, "")
        assert said.out.startswith("DOES NOT HOLD")
        assert run("ledger", "verify", "r", "--policy", POLICY, "--json").json["holds"] is False

    def test_trouble_ends_with_2(self, home: Path) -> None:
        for words in (
            ("ledger", "verify", "nothing", "--policy", POLICY),
            ("ledger", "verify", POLICY, "--policy", POLICY),
            ("ledger", "verify", POLICY),
            ("ledger", "prove", "unit.reopen"),
            ("ledger", "prove", "unit.reopen", "case", "unknown"),
            ("ledger", "verify", POLICY, "--policy", POLICY, "--leaf", "xyz"),
        ):
            said = run(*words)
            assert (said.code, said.out) == (2, ""), words
            assert said.err

    def test_a_record_that_is_not_for_the_actor(self, home: Path) -> None:
        """It looks as if there were no such record."""
        with open_unit("unit.reopen") as unit, unit.writing("mara") as writer:
            writer.put(Actor(id="kim", name="Kim", standing=Standing.VOLUNTEER))
        run("ledger", "checkpoint", "unit.reopen", "--as", "mara")
        words = ("ledger", "prove", "unit.reopen", "case")
        not_for_kim = run(*words, "K-1994-030", "--as", "kim")
        not_there = run(*words, "K-0000-000", "--as", "kim")
        assert not_for_kim.code == not_there.code == 2
        assert not_for_kim.err == not_there.err.replace("K-0000-000", "K-1994-030")
        assert run(*words, "K-1994-030", "--as", "mara").code == 0

    def test_that_it_only_grew(self, home: Path) -> None:
        run("ledger", "checkpoint", "unit.reopen", "--out", "old.txt")
        add("K-2", "K-3")
        run("ledger", "checkpoint", "unit.reopen")
        done = run("ledger", "prove", "unit.reopen", "--since", "old.txt", "--out", "grown.txt")
        assert done.code == 0
        words = ("ledger", "verify", "grown.txt", "--policy", POLICY, "--old", "old.txt")
        assert run(*words).out.startswith("HOLDS: the log unit.reopen/")
        assert run("ledger", "prove", "unit.reopen", "case", "K-2", "--out", "new.txt").code == 0
        said = run("ledger", "prove", "unit.reopen", "--since", "new.txt")
        assert said.code == 0


class TestCodes:
    def test_the_code_holds_the_receipt(self, home: Path) -> None:
        run("ledger", "checkpoint", "unit.reopen")
        done = run("ledger", "prove", "unit.reopen", "case", "K-1994-030", "--qr", "r.svg")
        assert (done.code, done.out, done.err) == (0, "", "")
        data = read_svg(Path("r.svg").read_text())
        proof = parse_proof(data)
        receipt = check_receipt(proof, parse_policy(Path(POLICY).read_bytes()))
        assert json.loads(receipt.body)["id"] == "K-1994-030"
        assert [s.key.type for s in receipt.witnessed.signed] == [SignatureType.ED25519]

    def test_a_long_record_is_left_out(self, home: Path) -> None:
        with open_unit("unit.reopen") as unit, unit.writing("mara") as writer:
            writer.put(Exhibit(id="E1", case="K-1994-030", description="coat " * 800))
        run("ledger", "checkpoint", "unit.reopen")
        done = run("ledger", "prove", "unit.reopen", "exhibit", "E1", "--qr", "r.svg")
        assert done.code == 0
        leaf = done.err.split()[-1]
        Path("r").write_bytes(read_svg(Path("r.svg").read_text()))
        assert run("ledger", "verify", "r", "--policy", POLICY).code == 2
        assert run("ledger", "verify", "r", "--policy", POLICY, "--leaf", leaf).code == 0
        assert run("ledger", "verify", "r", "--policy", POLICY, "--leaf", "00" * 32).code == 1

    def test_endings(self, home: Path) -> None:
        run("ledger", "checkpoint", "unit.reopen")
        words = ("ledger", "prove", "unit.reopen", "case", "K-1994-030", "--qr")
        for name in ("r.png", "r.pdf", "r.txt"):
            assert run(*words, name).code == 0
            assert Path(name).stat().st_size > 500
        assert run(*words, "r.exe").code == 2
        assert run(*words, "no/folder/r.svg").code == 2


class TestUnits:
    def test_a_whole_unit(self, home: Path) -> None:
        run("ledger", "checkpoint", "unit.reopen", "--out", "old.txt")
        add("K-2")
        said = run("ledger", "verify", "unit.reopen", "--old", "old.txt", "--policy", POLICY)
        assert said.code == 0
        assert "1 of them kept elsewhere" in said.out
        assert "signed by the log's keys" in said.out
        assert "No checkpoint from elsewhere" in run("ledger", "verify", "unit.reopen").out

    def test_an_edit_behind_the_program(self, home: Path) -> None:
        db = sqlite3.connect("unit.reopen")
        (body,) = db.execute("SELECT body FROM entry WHERE idx = 2").fetchone()
        db.execute("UPDATE entry SET body = ? WHERE idx = 2", (body.replace(b"1994", b"1995"),))
        db.commit()
        db.close()
        said = run("ledger", "verify", "unit.reopen")
        assert said.code == 1
        assert said.out.startswith("DOES NOT HOLD")

    def test_a_checkpoint_of_another_history(self, home: Path) -> None:
        Path("copy.reopen").write_bytes(Path("unit.reopen").read_bytes())
        add("K-2")
        run("ledger", "checkpoint", "unit.reopen", "--out", "theirs.txt")
        Path("unit.reopen").write_bytes(Path("copy.reopen").read_bytes())
        add("K-3")
        said = run("ledger", "verify", "unit.reopen", "--old", "theirs.txt")
        assert said.code == 1
        assert run("ledger", "verify", "unit.reopen").code == 0


class TestMirrors:
    def test_shown_and_copied(self, home: Path) -> None:
        run("ledger", "checkpoint", "unit.reopen", "--out", "old.txt")
        assert "holds 5 entries" in run("ledger", "mirror", "unit.reopen", "shown").out
        copy = run("ledger", "mirror", "shown", "copy", "--policy", POLICY, "--json").json
        assert (copy["before"], copy["size"]) == (0, 5)
        assert run("ledger", "verify", "copy", "--policy", POLICY).code == 0
        add("K-2")
        run("ledger", "checkpoint", "unit.reopen")
        run("ledger", "mirror", "unit.reopen", "shown")
        assert (
            run("ledger", "mirror", "shown", "copy", "--policy", POLICY, "--json").json["before"]
            == 5
        )
        words = ("ledger", "verify", "copy", "--policy", POLICY, "--old", "old.txt")
        assert run(*words).code == 0
        assert b"K-1994" not in b"".join(
            path.read_bytes() for path in Path("copy").rglob("*") if path.is_file()
        )

    def test_a_log_that_went_back_is_refused(self, home: Path) -> None:
        old = Path("unit.reopen").read_bytes()
        add("K-2")
        run("ledger", "checkpoint", "unit.reopen")
        run("ledger", "mirror", "unit.reopen", "copy")
        Path("unit.reopen").write_bytes(old)
        run("ledger", "checkpoint", "unit.reopen")
        said = run("ledger", "mirror", "unit.reopen", "copy")
        assert said.code == 1
        assert "shows 5 entries; the mirror has 6" in said.out

    def test_whose_signature_counts_must_be_said(self, home: Path) -> None:
        assert run("ledger", "mirror", "shown", "copy").code == 2


class TestWitnesses:
    @pytest.fixture
    def witness(self, home: Path) -> Path:
        keys = run("ledger", "witness", "init", "w", "--name", "archive.example/w", "--json").json
        trusted = [
            key["vkey"] for key in run("ledger", "keys", "unit.reopen", "--json").json["keys"]
        ]
        assert run("ledger", "witness", "trust", "w", *trusted).code == 0
        for name, key in zip(("archive", "archive-pq"), keys["keys"], strict=True):
            assert run("ledger", "policy", POLICY, "--witness", f"{name} {key['vkey']}").code == 0
        words = ("--group", "either 1 archive archive-pq", "--quorum", "either")
        assert run("ledger", "policy", POLICY, *words).code == 0
        return home / "w"

    def test_by_files(self, witness: Path) -> None:
        said = run("ledger", "checkpoint", "unit.reopen", "--out", "cp.txt")
        assert said.code == 1
        assert "archive: not asked, since the policy has no address" in said.out
        run("ledger", "prove", "unit.reopen", "--request", "--out", "request.txt")
        done = run("ledger", "witness", "answer", "w", "request.txt", "--out", "answer.txt")
        assert done.code == 0
        words = ("ledger", "checkpoint", "unit.reopen", "--answer")
        said = run(*words, "answer.txt", "--out", "cp.txt")
        assert said.code == 0
        assert "Cosigned by archive, archive-pq" in said.out
        assert len(parse_note(Path("cp.txt").read_bytes()).signatures) == 4
        assert run("ledger", "verify", "cp.txt", "--policy", POLICY).code == 0
        assert "5 entries" in run("ledger", "witness", "memory", "w").out
        add("K-2")
        run("ledger", "checkpoint", "unit.reopen")
        run("ledger", "prove", "unit.reopen", "--since", "cp.txt", "--out", "request.txt")
        assert run("ledger", "witness", "answer", "w", "request.txt", "--out", "a.txt").code == 0
        again = run("ledger", "witness", "answer", "w", "request.txt")
        assert again.code == 1
        assert "NOT COSIGNED (409): 6" in again.err
        old_answer = run(*words, "answer.txt")
        assert old_answer.code == 1
        assert "does not hold" in old_answer.err
        assert run(*words, "a.txt").code == 0

    @pytest.fixture
    def served(self, witness: Path) -> Iterator[str]:
        server = server_of(witness, "127.0.0.1", 0, lambda line: None)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        url = f"http://127.0.0.1:{server.server_address[1]}"
        text = Path(POLICY).read_text()
        lines = [
            f"{line} {url}" if line.startswith("witness ") else line for line in text.split("\n")
        ]
        Path(POLICY).write_text("\n".join(lines))
        yield url
        server.shutdown()
        thread.join()
        server.server_close()

    def test_over_the_network(self, served: str) -> None:
        said = run("ledger", "checkpoint", "unit.reopen", "--json").json
        assert said["quorum_met"] is True
        assert said["cosigned"] == ["archive", "archive-pq"]
        with open_unit("unit.reopen") as unit, unit.reading("mara") as reader:
            seen = list(reader.all(CheckpointSeen))
        assert {(one.held_by, one.answer, one.cosigned, one.size) for one in seen} == {
            ("archive", "consistent", True, 5),
            ("archive-pq", "consistent", True, 5),
        }
        assert run("ledger", "checkpoint", "unit.reopen").code == 0
        assert run("ledger", "prove", "unit.reopen", "case", "K-1994-030", "--out", "r").code == 0
        assert "archive (archive.example/w" in run("ledger", "verify", "r", "--policy", POLICY).out
        assert run("ledger", "verify", "unit.reopen", "--policy", POLICY).code == 0

    def test_a_rolled_back_unit_is_accused_and_no_answer_is_not(self, served: str) -> None:
        old = Path("unit.reopen").read_bytes()
        add("K-2", "K-3")
        assert run("ledger", "checkpoint", "unit.reopen").code == 0
        Path("unit.reopen").write_bytes(old)
        add("K-4")
        said = run("ledger", "checkpoint", "unit.reopen")
        assert said.code == 1
        assert "INCONSISTENT: it has vouched for 7 entries" in said.out
        assert "It showed a checkpoint that this log's own key signed." in said.out
        with open_unit("unit.reopen") as unit, unit.reading("mara") as reader:
            assert {one.answer for one in reader.all(CheckpointSeen)} == {"inconsistent"}

    def test_no_answer(self, witness: Path) -> None:
        text = Path(POLICY).read_text()
        lines = [
            f"{line} http://127.0.0.1:9" if line.startswith("witness ") else line
            for line in text.split("\n")
        ]
        Path(POLICY).write_text("\n".join(lines))
        said = run("ledger", "checkpoint", "unit.reopen", "--seconds", "2")
        assert said.code == 1
        assert "no answer (which says nothing about the log)" in said.out
        assert "INCONSISTENT" not in said.out
        with open_unit("unit.reopen") as unit, unit.reading("mara") as reader:
            assert {one.answer for one in reader.all(CheckpointSeen)} == {"no answer"}

    def test_folders_that_are_no_witness(self, home: Path) -> None:
        for words in (("memory", "x"), ("answer", "x", POLICY), ("trust", "x", "y")):
            assert run("ledger", "witness", *words).code == 2
        run("ledger", "witness", "init", "w", "--name", "a.example")
        assert run("ledger", "witness", "init", "w", "--name", "a.example").code == 2
        assert "no log yet" in run("ledger", "witness", "memory", "w").out


def test_a_policy_in_words(home: Path) -> None:
    said = run("ledger", "policy", POLICY)
    assert said.code == 0
    assert "ML-DSA-44 key" in said.out
    assert run("ledger", "policy", POLICY, "--quorum", "nobody").code == 2
    assert run("ledger", "policy", POLICY, "--group", "x").code == 2
    assert run("ledger", "policy", POLICY, "--witness", "x").code == 2
    assert run("ledger", "policy", "new.txt", "--quorum", "none").code == 0
    assert Path("new.txt").read_bytes() == b"quorum none\n"
    assert run("ledger", "policy", "absent.txt").code == 2


def test_who_has_no_keys_yet_is_told_how_to_make_them(home: Path) -> None:
    Path(POLICY).unlink()
    said = run("ledger", "checkpoint", "unit.reopen")
    assert said.code == 2
    assert "There is no policy beside the unit's keys." in said.err
    assert "reopen ledger keys unit.reopen" in said.err


def test_a_checkpoint_is_what_is_written(home: Path) -> None:
    run("ledger", "checkpoint", "unit.reopen", "--out", "cp.txt")
    said = run("ledger", "checkpoint", "unit.reopen", "--json").json
    found = parse_checkpoint(Path("cp.txt").read_bytes())
    assert (said["size"], said["root"]) == (found.size, found.root.hex())
