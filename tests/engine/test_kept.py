"""A folder of results: whole files or none, and damage is noticed."""

from __future__ import annotations

from pathlib import Path

import pytest

from reopen.engine.kept import Kept, kept_in
from reopen.errors import CannotStore


def test_what_is_kept_comes_back(tmp_path: Path) -> None:
    kept = Kept(tmp_path / "night")
    assert kept.read("a") is None
    for data in (b"", b"\n", b"line\nline\n", bytes(range(256)) * 99):
        kept.write("a", data)
        assert kept.read("a") == data
    assert Kept(tmp_path / "night").read("a") == data


@pytest.mark.parametrize("cut", [0, 1, 40, 66, -1])
def test_a_file_cut_short_or_changed_is_as_good_as_absent(tmp_path: Path, cut: int) -> None:
    kept = Kept(tmp_path)
    kept.write("a", b"some bytes")
    path = tmp_path / "a"
    whole = path.read_bytes()
    path.write_bytes(whole[:cut])
    assert kept.read("a") is None
    path.write_bytes(whole[:-1] + b"S")
    assert kept.read("a") is None
    path.write_bytes(whole)
    assert kept.read("a") == b"some bytes"


def test_a_file_half_written_has_no_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The process ends before the bytes are on the disk: nothing is there under the name."""
    kept = Kept(tmp_path)

    def ended(_: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("reopen.engine.kept.os.fsync", ended)
    with pytest.raises(KeyboardInterrupt):
        kept.write("a", b"some bytes")
    assert kept.read("a") is None
    assert not list(tmp_path.iterdir())


def test_it_is_for_its_owner_alone(tmp_path: Path) -> None:
    Kept(tmp_path / "night").write("a", b"a profile")
    for path in (tmp_path / "night", tmp_path / "night" / "a"):
        assert path.stat().st_mode & 0o077 == 0


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(CannotStore, match="cannot be used"):
        Kept(tmp_path / "file" / "night")


def test_without_a_folder_nothing_stays() -> None:
    with kept_in(None) as kept:
        kept.write("a", b"some bytes")
        folder = kept.folder
        assert folder.exists()
    assert not folder.exists()
