"""`reopen disclose`, `reopen innocence`, `reopen export`, as a unit's people type them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.faces.command import run

from reopen.ledger.verify import check_bundle, parse_policy


@pytest.fixture
def unit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    Path("cases.csv").write_text("id,title\nK1,The quay\n", encoding="utf-8")
    Path("exhibits.csv").write_text("id,case,description\nE1,K1,a cord\n", encoding="utf-8")
    for words in (
        ["init", "u.reopen", "--as", "mara"],
        ["import", "u.reopen", "cases.csv", "exhibits.csv"],
        ["ledger", "keys", "u.reopen"],
    ):
        said = run(*words)
        assert said.code == 0, said.err
    return "u.reopen"


def test_a_bundle_is_written_and_holds(unit: str) -> None:
    said = run("disclose", unit, "K1", "--to", "Counsel", "--out", "b", "--json")
    assert said.code == 0, said.err
    assert (said.json["given"], said.json["kept_back"], said.json["helps"]) == (2, 0, 1)
    policy = parse_policy(Path("u.reopen.keys/policy.txt").read_bytes())
    held = check_bundle(Path("b"), policy)
    assert held.manifest["to"] == "Counsel"
    assert held.manifest["purpose"] == "disclosure"
    page = Path("b/index.html").read_text(encoding="utf-8")
    assert "Cosigned by nobody" in page
    assert "Without a witness the log proves nothing" in page
    assert "Read c/index.html" in run("disclose", unit, "K1", "--to", "x", "--out", "c").out


def test_a_folder_that_is_there_is_refused_and_left(unit: str) -> None:
    Path("b").mkdir()
    said = run("disclose", unit, "K1", "--to", "Counsel", "--out", "b")
    assert said.code == 2
    assert "b exists." in said.err
    assert not list(Path("b").iterdir())


@pytest.mark.parametrize("words", ["informant", "informant=", "colour=red"])
def test_nothing_is_kept_back_without_a_class_and_a_reason(unit: str, words: str) -> None:
    said = run("disclose", unit, "K1", "--to", "x", "--out", "b", "--keep-back", words)
    assert said.code == 2
    assert repr(words) in said.err
    assert not Path("b").exists()


def test_what_helps_is_shown(unit: str) -> None:
    said = run("innocence", unit, "K1")
    assert said.code == 0
    assert "exhibit E1\n  No test of it was ever asked for." in said.out
    [reason] = run("innocence", unit, "K1", "--json").json["helps"]
    assert reason["record"] == "exhibit E1"


def test_what_helps_goes_into_a_bundle(unit: str) -> None:
    said = run("innocence", unit, "K1", "--out", "b")
    assert said.code == 0, said.err
    assert "for the defence in b" in said.out


def test_case_uco_is_shown_or_written(unit: str) -> None:
    shown = json.loads(run("export", unit, "K1").out)
    said = run("export", unit, "K1", "--out", "case.jsonld")
    assert said.code == 0
    assert "Records: 2, kept back: 0" in said.err
    written = json.loads(Path("case.jsonld").read_text(encoding="utf-8"))
    assert written == shown


def test_a_case_that_is_not_there(unit: str) -> None:
    for command in ("innocence", "export"):
        said = run(command, unit, "K9")
        assert said.code == 2
        assert "'K9'" in said.err
