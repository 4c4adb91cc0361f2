"""Attachments: kept whole, once, and never given back changed; files that appear whole or not."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from reopen.errors import CannotStore, LogBroken, UnknownName, UnreadableFile
from reopen.records.stored import StoredFile
from reopen.store import check, files, held, log
from reopen.store.held import EVERYTHING
from reopen.store.places import new_file
from reopen.store.unit import Unit


@pytest.mark.parametrize("length", [0, 1, 9, 10, 11, 25])
def test_any_length_comes_back(unit: Unit, length: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "PART", 10)
    data = bytes(range(length))
    with unit.writing("mara") as writer:
        stored = writer.put_file(data, "scan.png", case="K1", media="image/png")
    assert stored == StoredFile(
        id=hashlib.sha256(data).hexdigest(), name="scan.png", bytes=length, media="image/png",
        case="K1",
    )  # fmt: skip
    assert files.read(unit.db, stored.id) == data
    assert held.get(unit.db, EVERYTHING, stored.ref) is not None
    check.verify(unit.db)


def test_from_disk_and_from_memory_are_the_same_file(unit: Unit, tmp_path: Path) -> None:
    (tmp_path / "scan.png").write_bytes(b"scan" * 1000)
    with unit.writing("mara") as writer:
        first = writer.put_file(tmp_path / "scan.png", "scan.png")
        size = writer.size
        second = writer.put_file(b"scan" * 1000, "scan-2.png")
        assert (first.id, writer.size) == (second.id, size)
    assert unit.db.rows("SELECT COUNT(*) FROM file") == [(1,)]


def test_what_cannot_be_read_is_told_and_nothing_is_kept(unit: Unit, tmp_path: Path) -> None:
    size = log.size(unit.db)
    with pytest.raises(UnreadableFile, match=r"nowhere\.png"), unit.writing("mara") as writer:
        writer.put_file(tmp_path / "nowhere.png", "nowhere.png")
    assert log.size(unit.db) == size


def test_a_file_that_is_not_kept_and_one_that_changed(unit: Unit) -> None:
    with pytest.raises(UnknownName, match="keeps no file"):
        files.read(unit.db, "0" * 64)
    with unit.writing("mara") as writer:
        stored = writer.put_file(b"scan", "scan.png")
    unit.db.execute("UPDATE file SET data = ?", (b"scam",))
    with pytest.raises(LogBroken, match="have the hash"):
        files.read(unit.db, stored.id)


class TestNewFile:
    def test_it_appears_at_the_end_and_whole(self, tmp_path: Path) -> None:
        with new_file(tmp_path / "new") as unfinished:
            unfinished.write_text("all of it")
            assert not (tmp_path / "new").exists()
        assert (tmp_path / "new").read_text() == "all of it"
        assert [each.name for each in tmp_path.iterdir()] == ["new"]

    def test_after_an_error_nothing_is_left(self, tmp_path: Path) -> None:
        def fail() -> None:
            with new_file(tmp_path / "new") as unfinished:
                unfinished.write_text("half")
                raise RuntimeError

        with pytest.raises(RuntimeError):
            fail()
        assert list(tmp_path.iterdir()) == []

    def test_a_name_taken_meanwhile_is_not_overwritten(self, tmp_path: Path) -> None:
        def race() -> None:
            with new_file(tmp_path / "new") as unfinished:
                unfinished.write_text("mine")
                (tmp_path / "new").write_text("theirs")

        with pytest.raises(CannotStore, match="there already"):
            race()
        assert (tmp_path / "new").read_text() == "theirs"

    def test_on_file_systems_without_links(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def no_links(*_: object) -> None:
            raise PermissionError(1, "Operation not permitted")

        monkeypatch.setattr("os.link", no_links)
        with new_file(tmp_path / "new") as unfinished:
            unfinished.write_text("all of it")
        assert [each.name for each in tmp_path.iterdir()] == ["new"]

    def test_a_folder_that_is_not_there_is_told(self, tmp_path: Path) -> None:
        with (
            pytest.raises(CannotStore, match="cannot be written"),
            new_file(tmp_path / "no" / "new") as unfinished,
        ):
            unfinished.write_text("all of it")
