"""The script that identifies simulated remains by simulated families, on a few of each."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from verification.families import Named

from verification import families


def test_outcomes_by_hand() -> None:
    named = [
        Named("F1", "mother", False, ("F1", 4.0)),
        Named("F2", "mother", True, ("F1", 3.5)),
        Named("", "", False, ("F3", 1.0)),
    ]
    assert [one.outcome(3.0) for one in named] == ["identified", "wrong", "nothing"]
    assert families.rates(named, 3.0) == (1, 2, 1, 3)
    assert families.rates(named, 3.75) == (1, 2, 0, 3)


def test_the_script_writes_its_results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(families, "N_FAMILIES", 14)
    monkeypatch.setattr(families, "N_REMAINS", 10)
    monkeypatch.setattr(sys, "argv", ["script", "--out", str(tmp_path)])
    families.main()
    data = json.loads((tmp_path / "families.json").read_text(encoding="utf-8"))
    assert len(data["remains"]) == 10
    assert sum(one["family"] == "" for one in data["remains"]) == 1
    own = [one["log10"] for one in data["remains"] if one["strongest_link"] == one["family"]]
    assert len(own) >= 6
    assert (tmp_path / "families.svg").read_text(encoding="utf-8").startswith("<svg")
