"""A witness: what it remembers, what it refuses, how it is asked, and what it never does."""

from __future__ import annotations

import http.client
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.ledger.logs import TIME, Log

from reopen.errors import UnreadableFile
from reopen.ledger import witness_state
from reopen.ledger.cosignature import cosign
from reopen.ledger.keys import SigningKey
from reopen.ledger.note import parse_signature_line
from reopen.ledger.verify import (
    Malformed,
    NotProven,
    check_growth,
    check_signature,
    check_signatures,
    parse_checkpoint,
    parse_growth,
    parse_note,
)
from reopen.ledger.witness import Answer, Witness
from reopen.ledger.witness_http import Reply, Said, ask, remembered_by, serve
from reopen.ledger.witness_state import WitnessState

ED25519 = SigningKey("example.net/w", "ed25519-cosignature", bytes([3]) * 32)
ML_DSA = SigningKey("example.net/w", "ml-dsa-44", bytes([4]) * 32)


@pytest.fixture
def log() -> Log:
    made = Log()
    made.grow(10)
    return made


@pytest.fixture
def witness(log: Log, tmp_path: Path) -> Witness:
    return made_witness(log, WitnessState.create(tmp_path / "memory"))


def made_witness(log: Log, state: WitnessState) -> Witness:
    return Witness([ED25519, ML_DSA], {log.origin: log.public}, state, clock=lambda: TIME)


class TestAnswers:
    def test_it_cosigns_with_each_of_its_keys(self, log: Log, witness: Witness) -> None:
        answer = witness.add_checkpoint(log.request(0))
        assert answer.status == 200
        lines = [parse_signature_line(line) for line in answer.body.decode().splitlines()]
        for key, line in zip((ED25519, ML_DSA), lines, strict=True):
            signed = check_signature(key.public, log.note().text, line.signature)
            assert signed.time == TIME

    def test_an_empty_log_can_be_cosigned(self, witness: Witness) -> None:
        empty = Log()
        assert witness.add_checkpoint(empty.request(0)).status == 200
        assert witness.add_checkpoint(empty.request(0)).status == 200
        empty.grow(4)
        assert witness.add_checkpoint(empty.request(0)).status == 200

    def test_a_rewritten_history_is_not_cosigned_and_kept(
        self, log: Log, witness: Witness, tmp_path: Path
    ) -> None:
        witness.add_checkpoint(log.request(0))
        other = Log(prefix="rewritten")
        other.grow(10)
        assert witness.add_checkpoint(other.request(10)).status == 409
        other.grow(10)
        assert witness.add_checkpoint(other.request(10)).status == 422
        kept = sorted(path.name for path in (tmp_path / "memory" / "evidence").iterdir())
        assert [name.split("-")[0] for name in kept] == ["fork", "unproven"]
        growth = parse_growth((tmp_path / "memory" / "evidence" / kept[0]).read_bytes())
        known = witness.state.latest(log.origin)
        assert known is not None
        assert check_signatures(growth.checkpoint, log.public)
        with pytest.raises(NotProven, match="not shown to begin"):
            check_growth(growth, parse_checkpoint(known))

    def test_evidence_has_a_limit(
        self, log: Log, witness: Witness, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(witness_state, "_MOST_EVIDENCE", 3)
        witness.add_checkpoint(log.request(0))
        for number in range(6):
            other = Log(prefix=f"rewritten {number}")
            other.grow(10)
            assert witness.add_checkpoint(other.request(10)).status == 409
        assert len(os.listdir(tmp_path / "memory" / "evidence")) == 3

    def test_a_witness_needs_a_key(self, witness: Witness) -> None:
        with pytest.raises(Malformed, match="without a key"):
            Witness([], {}, witness.state)

    def test_a_log_s_key_cannot_cosign(self, log: Log, witness: Witness) -> None:
        forgetful = Witness([log.keys[0]], witness.logs, witness.state)
        with pytest.raises(Malformed, match="cannot cosign"):
            forgetful.add_checkpoint(log.request(0))
        assert witness.state.latest(log.origin) is None


class TestMemory:
    def test_it_is_remembered_across_starts(
        self, log: Log, witness: Witness, tmp_path: Path
    ) -> None:
        witness.add_checkpoint(log.request(0))
        again = made_witness(log, WitnessState(tmp_path / "memory"))
        assert again.add_checkpoint(log.request(0)).body == b"10\n"
        note = again.state.latest(log.origin)
        assert note is not None
        assert len(check_signatures(note, [ED25519.public, ML_DSA.public])) == 2
        assert len(check_signatures(note, log.public)) == 2

    def test_no_folder_is_no_empty_memory(self, tmp_path: Path) -> None:
        with pytest.raises(UnreadableFile, match="no witness's memory"):
            WitnessState(tmp_path / "nowhere")
        (tmp_path / "empty").mkdir()
        with pytest.raises(UnreadableFile, match="no witness's memory"):
            WitnessState(tmp_path / "empty")
        with pytest.raises(UnreadableFile, match="exists already"):
            WitnessState.create(tmp_path / "empty")

    @pytest.mark.parametrize("damage", [b"", b"example.org/log\n", b"\xff"])
    def test_a_damaged_memory_is_no_empty_one(
        self, log: Log, witness: Witness, damage: bytes
    ) -> None:
        witness.add_checkpoint(log.request(0))
        path = witness.state.folder / witness.state.name(log.origin)
        path.write_bytes(damage or path.read_bytes()[:-30])
        with pytest.raises(UnreadableFile, match="cannot be read"):
            witness.add_checkpoint(log.request(0))

    def test_another_log_s_memory_is_refused(self, log: Log, witness: Witness) -> None:
        witness.add_checkpoint(log.request(0))
        other = Log("example.org/other")
        os.rename(
            witness.state.folder / witness.state.name(log.origin),
            witness.state.folder / witness.state.name(other.origin),
        )
        with pytest.raises(UnreadableFile, match="of another log"):
            witness.state.latest(other.origin)

    @pytest.mark.parametrize("step", ["open", "fsync", "replace"])
    def test_it_answers_only_what_the_disk_has(
        self, log: Log, witness: Witness, step: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A disk that fails at any step of writing: no answer, and the old state stays."""
        assert witness.add_checkpoint(log.request(0, 4)).status == 200

        def fails(*_: Any, **__: Any) -> Any:
            raise OSError(28, "No space left on device")

        with monkeypatch.context() as patch:
            if step == "fsync":
                patch.setattr(witness_state.os, "fsync", fails)
            elif step == "replace":
                patch.setattr(Path, "replace", fails)
            else:
                opened = Path.open

                def only_reading(path: Path, mode: str = "r", **more: Any) -> Any:
                    return fails() if "w" in mode else opened(path, mode, **more)

                patch.setattr(Path, "open", only_reading)
            with pytest.raises(OSError, match="No space"):
                witness.add_checkpoint(log.request(4))
        latest = witness.state.latest(log.origin)
        assert latest is not None
        assert parse_checkpoint(latest).size == 4
        assert witness.add_checkpoint(log.request(4)).status == 200

    def test_many_at_once_never_go_back(self, log: Log, witness: Witness) -> None:
        """Threads that each try to bring the witness from 0 on: sizes in cosignatures only grow."""
        log.grow(40)
        requests = [log.request(old, old + 10) for old in range(0, 50, 10)]
        answers: list[Answer] = []

        def submit() -> None:
            for request in requests:
                answers.append(witness.add_checkpoint(request))

        threads = [threading.Thread(target=submit) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sum(answer.status == 200 for answer in answers) == 5
        assert {answer.status for answer in answers} == {200, 409}
        latest = witness.state.latest(log.origin)
        assert latest is not None
        assert parse_checkpoint(latest).size == 50


@contextmanager
def serving(witness: Witness, told: list[str] | None = None) -> Iterator[str]:
    server = serve(witness, told=(told if told is not None else []).append)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def asked(url: str, log: Log, size: int | None = None, **more: Any) -> Reply:
    return ask(
        url,
        [ED25519.public, ML_DSA.public],
        log.note(size),
        lambda old: log.proof_from(old, size),
        log_keys=log.public,
        timeout_seconds=5,
        **more,
    )


class TestOverHttp:
    def test_cosigned_with_and_without_knowing_what_it_remembers(
        self, log: Log, witness: Witness
    ) -> None:
        told: list[str] = []
        with serving(witness, told) as url:
            first = asked(url, log)
            log.grow(7)
            second = asked(url, log)
            log.grow(7)
            third = asked(f"{url}/", log, remembered=17)
        assert [reply.said for reply in (first, second, third)] == [Said.COSIGNED] * 3
        assert len(first.lines) == 2
        posts = [line for line in told if "add-checkpoint" in line]
        assert [line.rpartition('"')[2].split()[0] for line in posts] == [
            "200",
            "409",
            "200",
            "200",
        ]

    def test_what_it_remembers_can_be_read(self, log: Log, witness: Witness) -> None:
        with serving(witness) as url:
            assert remembered_by(url, log.origin, log.public) is None
            asked(url, log)
            note = remembered_by(url, log.origin, log.public)
            assert note is not None
            assert parse_checkpoint(note) == log.state()
            assert len(check_signatures(note, [ED25519.public])) == 1
            strange = SigningKey(log.origin, "ed25519", bytes(32))
            assert remembered_by(url, log.origin, [strange.public]) is None

    def test_a_log_that_shrank_is_told_with_evidence(self, log: Log, witness: Witness) -> None:
        with serving(witness) as url:
            asked(url, log)
            reply = asked(url, log, 6)
        assert (reply.said, reply.size) == (Said.INCONSISTENT, 10)
        assert "vouched for 10 entries" in reply.why
        assert reply.evidence is not None
        assert parse_checkpoint(reply.evidence) == log.state(10)

    @pytest.mark.parametrize("longer", [0, 5])
    def test_a_rewritten_log_is_told_with_evidence(
        self, longer: int, log: Log, witness: Witness
    ) -> None:
        other = Log(prefix="rewritten")
        other.grow(10 + longer)
        with serving(witness) as url:
            asked(url, log)
            reply = asked(url, other)
        assert reply.said is Said.INCONSISTENT
        assert reply.evidence is not None
        assert parse_checkpoint(reply.evidence) == log.state(10)

    def test_an_unknown_log_is_refused(self, witness: Witness) -> None:
        other = Log("example.org/other")
        other.grow(2)
        with serving(witness) as url:
            reply = asked(url, other)
        assert (reply.said, reply.why) == (Said.REFUSED, "404: unknown log")

    def test_trouble_is_no_answer(self, log: Log, witness: Witness) -> None:
        """Nobody listens; its disk is full; it hangs; it talks nonsense: nothing of it accuses."""
        with socket.socket() as closed:
            closed.bind(("127.0.0.1", 0))
            reply = asked(f"http://127.0.0.1:{closed.getsockname()[1]}", log)
            assert reply.said is Said.NO_ANSWER
            assert "refused" in reply.why
        with serving(witness) as url:
            asked(url, log)
            path = witness.state.folder / witness.state.name(log.origin)
            path.write_bytes(b"damaged")
            reply = asked(url, log)
        assert (reply.said, reply.why[:4]) == (Said.NO_ANSWER, "500:")
        assert asked("ftp://example.org", log).said is Said.NO_ANSWER
        with socket.create_server(("127.0.0.1", 0)) as silent:
            reply = ask(
                f"http://127.0.0.1:{silent.getsockname()[1]}",
                [ED25519.public], log.note(), log.proof_from, timeout_seconds=0.2,
            )  # fmt: skip
            assert reply.said is Said.NO_ANSWER
            assert "timed out" in reply.why

    @pytest.mark.parametrize(
        ("answer", "said", "why"),
        [
            (Answer(200, b"thank you\n"), Said.NO_ANSWER, "not a cosignature"),
            (Answer(200, b""), Said.NO_ANSWER, "not a cosignature"),
            (Answer(409, b"many\n"), Said.NO_ANSWER, "but not of its size"),
            (Answer(409, b"11\n"), Said.INCONSISTENT, "vouched for 11"),
            (Answer(429, b"later\n"), Said.NO_ANSWER, "429: later"),
            (Answer(503, b"later\n"), Said.NO_ANSWER, "503: later"),
            (Answer(403, b"no\n"), Said.REFUSED, "403: no"),
        ],
    )
    def test_odd_answers(
        self, answer: Answer, said: Said, why: str, log: Log, witness: Witness,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:  # fmt: skip
        monkeypatch.setattr(witness, "add_checkpoint", lambda request: answer)
        with serving(witness) as url:
            reply = asked(url, log)
        assert reply.said is said
        assert why in reply.why
        assert reply.evidence is None  # its word alone

    def test_another_s_cosignature_is_none(self, log: Log, witness: Witness) -> None:
        stranger = Witness(
            [SigningKey("example.net/w", "ed25519-cosignature", bytes(32))],
            witness.logs, witness.state,
        )  # fmt: skip
        with serving(stranger) as url:
            reply = asked(url, log)
        assert (reply.said, reply.lines) == (Said.NO_ANSWER, ())
        assert "none of its known keys" in reply.why

    @pytest.mark.parametrize(
        ("method", "path", "headers", "body", "status"),
        [
            ("POST", "/add-checkpoint", {"Content-Length": "2000000"}, b"", 413),
            ("POST", "/add-checkpoint", {"Content-Length": "-1"}, b"", 411),
            ("POST", "/add-checkpoint", {"Content-Length": "x"}, b"", 411),
            ("POST", "/elsewhere", {}, b"x", 404),
            ("POST", "/prefix/add-checkpoint", {}, b"x", 400),
            ("GET", "/", {}, b"", 404),
            ("GET", "/" + "0" * 64 + "/checkpoint", {}, b"", 404),
            ("GET", "/../" + "0" * 64 + "/checkpoint", {}, b"", 404),
            ("PUT", "/add-checkpoint", {}, b"", 501),
        ],
    )
    def test_requests_that_are_none(
        self, method: str, path: str, headers: dict[str, str], body: bytes, status: int,
        witness: Witness,
    ) -> None:  # fmt: skip
        with serving(witness) as url:
            connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=5)
            connection.request(method, path, body, headers)
            assert connection.getresponse().status == status
            connection.close()

    def test_connections_are_kept_open(self, log: Log, witness: Witness) -> None:
        with serving(witness) as url:
            connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=5)
            for size in (3, 5):
                old = 0 if size == 3 else 3
                connection.request("POST", "/add-checkpoint", log.request(old, size))
                answer = connection.getresponse()
                assert (answer.status, answer.read()[:3]) == (200, "\u2014".encode())
            connection.close()


def test_a_note_with_foreign_signatures_is_remembered_without_them(
    log: Log, witness: Witness
) -> None:
    stranger = SigningKey("example.com/x", "ed25519-cosignature", bytes(32))
    request = log.request(0) + str(cosign(log.note(), stranger, TIME)).encode()
    assert witness.add_checkpoint(request).status == 200
    latest = witness.state.latest(log.origin)
    assert latest is not None
    assert check_signatures(parse_note(bytes(latest)), [stranger.public]) == ()
    assert len(latest.signatures) == 4
