"""Mirrors: a copy stands only for what the log signed, and never goes back."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from tests.ledger.logs import Log
from tests.ledger.vectors_of import SHARED, document, needs_shared

from reopen.errors import ReopenError, UnreadableFile
from reopen.ledger import mirror
from reopen.ledger.keys import SigningKey
from reopen.ledger.mirror import Folder, Web, check, held_checkpoint, publish, update
from reopen.ledger.note import Note
from reopen.ledger.verify import NotProven, parse_checkpoint, parse_note, parse_vkey


@pytest.fixture
def log() -> Log:
    return Log()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "log"


def shown(log: Log, folder: Path, size: int | None = None) -> None:
    """The log as its owner publishes it."""
    publish(folder, log.note(size), log.public, log.leaves)


def files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and "evidence" not in path.parts
    }


@pytest.mark.parametrize("sizes", [(0,), (1,), (256,), (3, 255, 256, 257, 700), (0, 600, 601)])
def test_published_and_copied_step_by_step(
    sizes: tuple[int, ...], log: Log, folder: Path, tmp_path: Path
) -> None:
    before = 0
    for size in sizes:
        log.grow(size - before)
        shown(log, folder)
        copied = update(Folder(folder), tmp_path / "mirror", log.public)
        assert (copied.before, copied.checkpoint) == (before, log.state())
        assert check(tmp_path / "mirror", log.public) == log.state()
        before = size
    again = update(Folder(folder), tmp_path / "mirror", log.public)
    assert again.before == again.checkpoint.size
    assert files(folder) == files(tmp_path / "mirror")
    once = tmp_path / "once"
    shown(log, once)
    tree = {name: data for name, data in files(once).items() if name != "checkpoint"}
    assert tree.items() <= files(folder).items()  # the rest: partial tiles of earlier sizes


class TestOverTheWeb:
    @pytest.fixture
    def address(self, folder: Path) -> Iterator[str]:
        class Quiet(SimpleHTTPRequestHandler):
            def log_message(self, format: str, *args: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder))
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()
        server.server_close()

    def test_any_web_server_will_do(
        self, log: Log, folder: Path, address: str, tmp_path: Path
    ) -> None:
        log.grow(300)
        shown(log, folder)
        update(Web(address), tmp_path / "mirror", log.public)
        assert check(tmp_path / "mirror", log.public) == log.state()

    def test_no_answer_says_nothing_about_the_log(self, tmp_path: Path, log: Log) -> None:
        with pytest.raises(UnreadableFile, match="This says nothing about the log"):
            update(Web("http://127.0.0.1:9", 1), tmp_path / "mirror", log.public)


class TestAttacks:
    @pytest.fixture
    def copied(self, log: Log, folder: Path, tmp_path: Path) -> Path:
        log.grow(300)
        shown(log, folder)
        update(Folder(folder), tmp_path / "mirror", log.public)
        return tmp_path / "mirror"

    def refused(self, source: Path, copied: Path, log: Log, why: str) -> None:
        """The update is refused, the mirror as it was, and the evidence kept."""
        before = files(copied)
        with pytest.raises(NotProven, match=why):
            update(Folder(source), copied, log.public)
        after = {name: data for name, data in files(copied).items() if "unfinished" not in name}
        assert after == before
        assert check(copied, log.public) == log.state(300)
        kept = [path.read_bytes() for path in (copied / "evidence").iterdir()]
        assert (source / "checkpoint").read_bytes() in kept

    def test_an_earlier_state(self, log: Log, copied: Path, tmp_path: Path) -> None:
        shown(log, tmp_path / "other", 200)
        self.refused(tmp_path / "other", copied, log, "shows 200 entries; the mirror has 300")

    @pytest.mark.parametrize("longer", [0, 50])
    def test_a_rewritten_history(self, longer: int, log: Log, copied: Path, tmp_path: Path) -> None:
        other = Log()
        other.grow(300)
        other.bodies[17] = b"changed"
        other.rebuild()
        other.grow(longer)
        shown(other, tmp_path / "other")
        why = "do not give the root" if longer else "are not those of the mirror"
        self.refused(tmp_path / "other", copied, log, why)

    def test_after_an_attack_it_goes_on(
        self, log: Log, folder: Path, copied: Path, tmp_path: Path
    ) -> None:
        self.test_a_rewritten_history(50, log, copied, tmp_path)
        log.grow(100)
        shown(log, folder)
        update(Folder(folder), copied, log.public)
        assert check(copied, log.public) == log.state()

    def test_an_entry_that_is_not_the_log_s(self, log: Log, folder: Path, copied: Path) -> None:
        log.grow(20)
        shown(log, folder)
        bundle = folder / "tile/entries/001.p/64"
        data = bytearray(bundle.read_bytes())
        data[-1] ^= 1
        bundle.write_bytes(data)
        self.refused(folder, copied, log, "do not give the root")

    def test_another_log(self, log: Log, copied: Path, tmp_path: Path) -> None:
        other = Log("example.org/other")
        other.grow(400)
        shown(other, tmp_path / "other")
        with pytest.raises(NotProven, match="the mirror of example"):
            update(Folder(tmp_path / "other"), copied, other.public)

    def test_a_checkpoint_nobody_known_signed(self, log: Log, folder: Path, copied: Path) -> None:
        stranger = SigningKey(log.origin, "ed25519", bytes(32))
        with pytest.raises(NotProven, match="No known key"):
            update(Folder(folder), copied, [stranger.public])

    @pytest.mark.parametrize(
        "path",
        ["tile/0/000", "tile/0/001.p/44", "tile/1/000.p/1", "tile/entries/000",
         "tile/entries/001.p/44", "checkpoint"],
    )  # fmt: skip
    @pytest.mark.parametrize("how", ["changed", "cut", "gone"])
    def test_a_damaged_mirror_is_found(self, path: str, how: str, log: Log, copied: Path) -> None:
        place = copied / path
        data = place.read_bytes()
        if how == "gone":
            place.unlink()
        else:
            at = len(data) // 3
            changed = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
            place.write_bytes(data[:-40] if how == "cut" else changed)
        with pytest.raises(ReopenError):
            check(copied, log.public)


@pytest.mark.parametrize("step", range(1, 9))
def test_interrupted_at_any_file(
    step: int, log: Log, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever was written when the power went, the mirror is whole, and the next update too."""
    log.grow(200)
    shown(log, folder)
    copy = tmp_path / "mirror"
    update(Folder(folder), copy, log.public)
    log.grow(400)
    shown(log, folder)
    replaced, replace = 0, Path.replace

    def fails(path: Path, target: Path) -> Path:
        nonlocal replaced
        replaced += 1
        if replaced == step:
            raise OSError(5, "Input/output error")
        return replace(path, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", fails)
        with pytest.raises(OSError, match="Input/output error"):
            update(Folder(folder), copy, log.public)
    assert check(copy, log.public) == log.state(200)
    update(Folder(folder), copy, log.public)
    assert check(copy, log.public) == log.state()


def test_missing_entries_are_not_the_mirror_s_fault(log: Log, folder: Path, tmp_path: Path) -> None:
    log.grow(300)
    shown(log, folder)
    shutil.rmtree(folder / "tile/entries/001.p")
    with pytest.raises(UnreadableFile, match="Entries 256 to 299 are not there"):
        update(Folder(folder), tmp_path / "mirror", log.public)
    assert held_checkpoint(tmp_path / "mirror") is None
    with pytest.raises(UnreadableFile, match="There is no checkpoint"):
        update(Folder(tmp_path / "nowhere"), tmp_path / "mirror", log.public)
    with pytest.raises(UnreadableFile, match="This is no mirror"):
        check(tmp_path / "nowhere", log.public)


class TestAnotherProgramsLog:
    pytestmark = needs_shared

    def test_tessera_s_log_is_copied(self, tmp_path: Path) -> None:
        keys = [parse_vkey(document("tiles/tessera-log.json")["vkey"])]
        source = SHARED / "tiles" / "tessera-log"
        for size in range(16):
            note: Note = parse_note((source / f"checkpoint.{size}").read_bytes())
            entries = partial(mirror._entries, Folder(source))
            publish(tmp_path / "mirror", note, keys, entries)
            assert check(tmp_path / "mirror", keys) == parse_checkpoint(note)
        for path, data in files(source).items():
            if path.startswith("tile/"):
                assert (tmp_path / "mirror" / path).read_bytes() == data
