"""The count of people listed by chance: a small run, and when it holds."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from verification.listed_by_chance import Row

from verification import listed_by_chance


def test_a_count_holds_within_the_law_of_poisson() -> None:
    """Of 100 allowed, 99.5% of Poisson numbers are 127 or fewer; of 90, 0.5% are under 67."""
    assert Row("a person", "full siblings", 10, 100.0, 127, 0).holds
    assert not Row("a person", "full siblings", 10, 100.0, 128, 0).holds
    assert Row("a person", "full siblings", 10, 100.0, 67, 0).holds
    assert not Row("a person", "full siblings", 10, 100.0, 65, 0).holds


@pytest.mark.slow
def test_every_sort_of_search_is_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    words = ["x", "--who", "1", "--people", "3000", "--most-chance", "3", "--out", str(tmp_path)]
    monkeypatch.setattr(sys, "argv", words)
    listed_by_chance.main()
    data = json.loads((tmp_path / "listed_by_chance.json").read_text(encoding="utf-8"))
    sorts = {(row["who"], row["relation"]): row for row in data["rows"]}
    assert len(sorts) == 7
    assert all(row["searches"] + row["without"] == 1 for row in sorts.values())
    assert sorts["a person", "half siblings"]["searches"] == 1
