"""Cllr, its least value, reliability and intervals, against arithmetic by hand."""

from __future__ import annotations

import json
import sys
from math import inf, log2, log10
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from verification.calibration import (
    WIDTH,
    Counts,
    cllr,
    counted,
    from_data,
    least_cllr,
    reliability,
    tippett,
    together,
    wilson,
)

from verification import calibration_of_lrs


def others(*log10_lr: float) -> Counts:
    return counted(np.array(log10_lr))


def test_counts_keep_every_lr_in_its_bin() -> None:
    counts = others(0.01, 0.04, -0.01, 3.0, -inf)
    assert counts.by_bin == {0: 2, -1: 1, 60: 1}
    assert counts.minus_infinity == 1
    assert counts.number == 5
    assert together([counts, counts]).number == 10
    assert from_data(json.loads(json.dumps(counts.as_data()))) == counts
    with pytest.raises(ValueError, match="bins of 1"):
        from_data({"width": 1, "by_bin": {}, "minus_infinity": 0})


def test_cllr_of_saying_nothing_is_one() -> None:
    """An LR of 1 for everybody costs log2(1 + 1) either way."""
    nothing = Counts({0: 100})  # the bin's middle is WIDTH / 2, a little above an LR of 1
    assert cllr([0.0] * 10, nothing) == pytest.approx(1.0, abs=0.05)
    assert least_cllr([WIDTH / 2] * 10, nothing) == pytest.approx(1.0)


def test_cllr_by_hand() -> None:
    """Donors have LR 9, others 1/9: both cost log2(1 + 1/9)."""
    lr = log10(9.0)
    middle = (np.floor(-lr / WIDTH) + 0.5) * WIDTH
    expected = (log2(1 + 1 / 9) + log2(1 + 10**middle)) / 2
    assert cllr([lr], others(-lr, -lr)) == pytest.approx(expected)
    assert least_cllr([lr], others(-lr, -lr)) == 0.0
    assert cllr([-inf], others(-lr)) == inf


def test_least_cllr_by_hand() -> None:
    """A donor below, two others, a donor above: the lower three are pooled at 1/3."""
    pooled = (-log2(1 / 3) * 0.5 - log2(2 / 3)) / 2
    assert least_cllr([-1.0, 1.0], others(0.0, 0.0)) == pytest.approx(pooled)
    # an exclusion is the lowest of all, and is left to the others here
    assert least_cllr([1.0], others(-inf, 0.0)) == 0.0
    assert least_cllr([-1.0, 1.0], others(0.0, 0.0)) < cllr([-1.0, 1.0], others(0.0, 0.0))


def test_lrs_drawn_from_a_calibrated_law_are_reliable() -> None:
    """ln LR normal with means ±s²/2 and variance s² is calibrated (Good): no row is far off."""
    rng = np.random.default_rng(1)
    s2 = 8.0
    donors = rng.normal(s2 / 2, np.sqrt(s2), 20_000) / np.log(10)
    not_donors = rng.normal(-s2 / 2, np.sqrt(s2), 20_000) / np.log(10)
    rows = reliability(donors.tolist(), counted(not_donors), (-3.0, -2, -1, 0, 1, 2, 3))
    assert len(rows) == 6
    for row in rows:
        assert row.interval[0] - 0.1 < row.said < row.interval[1] + 0.1
        assert row.interval[0] < row.observed < row.interval[1]
    found = cllr(donors.tolist(), counted(not_donors))
    assert least_cllr(donors.tolist(), counted(not_donors)) == pytest.approx(found, abs=0.005)
    # and twice as strong as they should be, they are not
    rows = reliability((2 * donors).tolist(), counted(2 * not_donors), (1.0, 2, 3))
    assert all(row.said > row.interval[1] for row in rows)


def test_reliability_by_hand() -> None:
    """Three donors and one other at LR 10, one in four of all being donors: odds 3 over 1/2."""
    told = [1.01, 1.01, 1.01]
    (row,) = reliability(told, others(1.01, -5, -5, -5, -5, -inf), (0.0, 2.0))
    assert (row.donors, row.others) == (3, 1)
    assert row.observed == pytest.approx(log10(3 / (3 / 6)))
    assert row.said == pytest.approx(1.02, abs=0.02)
    (low,) = reliability([1.0], others(-5, -inf), (-inf, 0.0))
    assert (low.donors, low.others) == (0, 2)
    assert low.observed == -inf


def test_wilson_intervals_of_the_textbooks() -> None:
    assert wilson(0, 10) == (0.0, pytest.approx(0.2775, abs=1e-4))
    assert wilson(5, 10) == pytest.approx((0.2366, 0.7634), abs=1e-4)
    assert wilson(10, 10)[1] == 1.0


def test_tippett_counts_from_above() -> None:
    points = tippett(others(0.0, 1.0, 1.0, -inf))
    assert points == [(0.0, 0.75), (pytest.approx(1.0), 0.5)]


def test_the_script_reads_what_the_searches_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts = {"2": others(-3.0, -2.0, 0.5, -inf).as_data()}
    hits = [{"persons": 2, "is_donor": donor, "search": lr}
            for donor, lr in ((True, 4.0), (True, 0.2), (False, 3.5))]  # fmt: skip
    searched = tmp_path / "nfi_mixtures.json"
    monkeypatch.setattr(sys, "argv", ["script", "--out", str(tmp_path)])
    with pytest.raises(SystemExit, match=r"Run python -m verification\.nfi_mixtures first"):
        calibration_of_lrs.main()
    searched.write_text(json.dumps({"hits": hits}), encoding="utf-8")
    with pytest.raises(SystemExit, match="holds no LRs of non-donors"):
        calibration_of_lrs.main()
    searched.write_text(json.dumps({"hits": hits, "others": counts}), encoding="utf-8")
    calibration_of_lrs.main()
    data = json.loads((tmp_path / "calibration_of_lrs.json").read_text(encoding="utf-8"))
    (found,) = data["results"]
    assert (found["donors"], found["others"], found["wrong_donors"]) == (2, 4, 0)
    assert 0 < found["least_cllr"] < found["cllr"] < 1
    assert ElementTree.parse(tmp_path / "calibration_of_lrs.svg").getroot().tag.endswith("svg")
