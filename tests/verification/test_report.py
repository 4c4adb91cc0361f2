"""The validation report: what is there is shown, what is missing is said, goals are judged."""

from __future__ import annotations

import json
from pathlib import Path

from markupsafe import escape
from verification.goals import Goal, goals
from verification.report import SECTIONS, from_markdown, page


def test_an_empty_folder_gives_a_page_that_says_so(tmp_path: Path) -> None:
    shown = str(page(tmp_path))
    assert shown.count("Not run: no result") == len(SECTIONS)
    for section in SECTIONS:
        assert str(escape(section.title)) in shown
        assert section.command in shown


def test_a_result_is_shown_with_its_picture_and_goal(tmp_path: Path) -> None:
    data = {"made": {"date": "2026-01-02", "numpy": "2"}, "furthest": 1.3, "failure_from": 4.5}
    (tmp_path / "mean_lr.json").write_text(json.dumps(data), encoding="utf-8")
    (tmp_path / "mean_lr.md").write_text("Told.\n\n| a | b |\n| --- | ---: |\n| x<y | 3 |\n")
    (tmp_path / "mean_lr.svg").write_text("<svg><title>seen</title></svg>")
    shown = str(page(tmp_path))
    assert "Made on 2026-01-02 with numpy 2" in shown
    assert '<td>x&lt;y</td><td class="number">3</td>' in shown
    assert "<figure><svg><title>seen</title></svg></figure>" in shown
    assert '1.3 standard errors</td><td>at most 4.5</td><td class="met">met' in shown
    assert shown.count("Not run: no result") == len(SECTIONS) - 1


def test_goals_of_the_mixtures() -> None:
    counts = [
        {"persons": 2, "found": 58, "donors": 58, "false_per_search": 0.02},
        {"persons": 3, "found": 88, "donors": 90, "false_per_search": 0.0},
        {"persons": 4, "found": 12, "donors": 12, "false_per_search": 0.0},
        {"persons": 5, "found": 1, "donors": 150, "false_per_search": 0.0},
    ]
    judged = {goal.what: goal.is_met for goal in goals("nfi_mixtures", {"counts": counts})}
    assert judged == {
        "donors found, 2 persons": True, "false links per search, 2 persons": False,
        "donors found, 3 persons": False, "false links per search, 3 persons": True,
        "donors found, 4 persons": None, "false links per search, 4 persons": True,
        "false links per search, 5 persons": True,
    }  # fmt: skip


def test_goals_of_the_others() -> None:
    assert list(goals("no such result", {})) == []
    cases = {"held": 5, "failed": 0, "not_computed": 1}
    assert list(goals("reference_cases", cases)) == [
        Goal("numbers", "5 hold, 0 do not, 1 not computed", "all hold", False)
    ]
    differ = {"agreed": 8, "compared": 10, "differ": [{"reason": "known"}]}
    assert [goal.is_met for goal in goals("lrmix_cases", differ)] == [True]
    fits = [{"good": 99, "ln_likelihoods": [0.0] * 100}]
    seeds = {"fits": fits, "left_out": [], "takes_seed": True}
    assert [goal.is_met for goal in goals("seeds", seeds)] == [True]
    assert [goal.is_met for goal in goals("seeds", {**seeds, "left_out": ["P22"]})] == [None]
    assert [goal.is_met for goal in goals("seeds", {**seeds, "takes_seed": False})] == [None]
    fits[0]["good"] = 98
    assert [goal.is_met for goal in goals("seeds", seeds)] == [False]
    pairs = {"results": [{"name": "single with single", "share": 0.6}]}
    assert [goal.is_met for goal in goals("provedit_pairs", pairs)] == [False]


def test_goals_of_the_fourteen_are_for_ten_thousand_cases_and_twenty_seeds() -> None:
    rows = [{"parts": 1, "strangers": [], "brother": False}] * 20
    whole = {"cases": 10_000, "rows": rows}
    assert [goal.is_met for goal in goals("the_fourteen", whole)] == [True, True]
    for less in ({**whole, "cases": 9_999}, {**whole, "rows": rows[1:]}):
        assert [goal.is_met for goal in goals("the_fourteen", less)] == [None, None]
    split = {**rows[0], "parts": 2}
    merged = {**rows[0], "brother": True}
    judged = list(goals("the_fourteen", {**whole, "rows": [*rows[2:], split, merged]}))
    assert [goal.is_met for goal in judged] == [False, False]
    assert [goal.figure for goal in judged] == ["19 of 20 seeds"] * 2


def test_text_and_tables_of_the_scripts() -> None:
    shown = str(from_markdown("one & two\n\n| a | b |\n| ---: | --- |\n| 1 | x |\n"))
    assert "<p>one &amp; two</p>" in shown
    assert '<th class="number">a</th><th>b</th>' in shown
