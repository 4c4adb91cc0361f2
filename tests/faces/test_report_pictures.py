"""The pictures: what is drawn where, and for whom cannot see it, what is said."""

from __future__ import annotations

import math
import re
from itertools import pairwise

import pytest
from lxml import etree

from reopen.faces.report import DyePanel, LocusSpan, MatrixBlock, PeakView
from reopen.faces.report.electropherogram import COLOURS, electropherogram, legend
from reopen.faces.report.pictures import SHADES, bars, matrix, matrix_scale
from reopen.records import Allele, Locus

TH01, FGA = Locus("TH01"), Locus("FGA")


def parsed(markup: str) -> etree._Element:
    """The picture as XML: it must be well formed, not merely readable."""
    return etree.fromstring(markup)


def peak(label: str, place: float, height: float | None, expected: float, at: int = 0) -> PeakView:
    return PeakView(TH01, Allele(label), place, height, expected, at)


def panel(*peaks: PeakView, dye: str = "yellow", replicates: tuple[str, ...] = ("",)) -> DyePanel:
    spans = (LocusSpan(TH01, 160, 200, (0,)), LocusSpan(FGA, 230, 290, (0, 1)))
    return DyePanel(dye, "NED", spans, peaks, replicates, (100, 300), True, 50.0)


def says(picture: etree._Element) -> list[str]:
    return [node.text for node in picture.iterfind(".//g/title")]


def test_each_peak_says_what_was_seen_and_what_the_model_expects() -> None:
    drawn = parsed(electropherogram(panel(peak("6", 170, 612.4, 450), peak("8", 178, 0, 41)), "A"))
    assert says(drawn) == [
        "TH01 6: 612 RFU, expected 450",
        "TH01 8: not observed, expected 41 RFU",
    ]
    assert len(drawn.findall(".//path")) == 1
    assert len(drawn.findall(".//circle")) == 2
    words = [node.text for node in drawn.iter("text")]
    assert "(41)" in words
    assert "612" in words


def test_a_stronger_peak_stands_higher_and_a_longer_fragment_further_right() -> None:
    drawn = parsed(electropherogram(panel(peak("6", 170, 300, 0), peak("8", 178, 600, 0)), "A"))
    low, high = (re.findall(r"-?[\d.]+", path.get("d")) for path in drawn.iter("path"))
    assert float(low[0]) < float(high[0])
    assert float(high[5]) == pytest.approx(2 * float(low[5]), abs=0.11)


@pytest.mark.parametrize("dye", sorted(COLOURS))
def test_dyes_can_be_read_on_white_paper(dye: str) -> None:
    red, green, blue = (int(COLOURS[dye][i : i + 2], 16) / 255 for i in (1, 3, 5))
    parts = [
        c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in (red, green, blue)
    ]
    luminance = 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]
    assert 1.05 / (luminance + 0.05) >= 3.0  # WCAG 2.1, 1.4.11: graphical objects


def test_replicates_stand_apart_and_a_locus_not_typed_is_said() -> None:
    two = panel(peak("6", 170, 300, 0), replicates=("r1", "r2"))
    drawn = parsed(electropherogram(two, "A"))
    words = [node.text for node in drawn.iter("text")]
    assert {"r1", "r2", "not typed"} <= set(words)
    assert drawn.findtext("desc") == ("r1: TH01 6, FGA no peak. r2: TH01 not typed, FGA no peak.")


def test_an_allele_without_a_height_has_a_box_and_no_peak() -> None:
    drawn = parsed(electropherogram(panel(peak("6", 170, None, 0)), "A"))
    assert "no RFU" in [node.text for node in drawn.iter("text")]
    assert not drawn.findall(".//path")


def test_an_empty_panel_is_a_picture_too() -> None:
    drawn = parsed(electropherogram(panel(), "A"))
    assert not drawn.findall(".//path")
    assert parsed(legend()).findtext("title")


def test_bars_lie_on_their_side_of_zero_and_infinity_has_an_arrow() -> None:
    drawn = parsed(bars({TH01: 2.0, FGA: -1.0}, 1.0, "bars"))
    zero = float(drawn.findall("line")[0].get("x1"))
    right, left = drawn.findall(".//rect")
    assert float(right.get("x")) == zero
    assert float(left.get("x")) + float(left.get("width")) == pytest.approx(zero, abs=0.11)
    assert float(right.get("width")) == pytest.approx(2 * float(left.get("width")), abs=0.3)
    endless = parsed(bars({TH01: -math.inf, FGA: 1.0}, -math.inf, "bars"))
    assert len(endless.findall(".//path")) == 1
    assert [t.text for t in endless.findall("g[@class='total']/text")] == [
        "Total", "\N{MINUS SIGN}∞",
    ]  # fmt: skip


def test_bars_of_no_locus_and_of_nothing_for_or_against_are_drawn() -> None:
    assert parsed(bars({}, 0.0, "none")).findtext("desc") == "log10 LR by locus; total 0.00."
    assert not parsed(bars({TH01: 0.0}, 0.0, "zero")).findall(".//rect")


def test_the_matrix_is_symmetric_and_numbers_its_cells() -> None:
    block = MatrixBlock(("K-1", "K-2", "R & Co"), {(0, 1): 8.25, (1, 2): 2.0})
    drawn = parsed(matrix(block, "matrix"))
    told = [t for t in says(drawn) if "log10" in t]
    assert sorted(told) == sorted([
        "K-1 and K-2: log10 LR 8.25", "K-2 and K-1: log10 LR 8.25",
        "K-2 and R & Co: log10 LR 2.00", "R & Co and K-2: log10 LR 2.00",
    ])  # fmt: skip
    words = [node.text for node in drawn.iter("text")]
    assert words.count("8.2") == 2
    assert words.count("2.0") == 2


def test_a_crowded_matrix_leaves_numbers_out_but_says_every_pair() -> None:
    names = tuple(f"K-{i}" for i in range(80))
    block = MatrixBlock(names, {(i, i + 1): 5.0 for i in range(79)})
    drawn = parsed(matrix(block, "matrix"))
    assert sum("log10" in t for t in says(drawn)) == 158
    assert "5.0" not in [node.text for node in drawn.iter("text")]


def test_a_cell_too_narrow_for_decimals_keeps_the_whole_number() -> None:
    names = tuple(f"K-{i}" for i in range(28))
    drawn = parsed(matrix(MatrixBlock(names, {(0, 1): 21.4, (2, 3): 3.4}), "matrix"))
    words = [node.text for node in drawn.iter("text")]
    assert words.count("21") - 2 == 2  # beside the row and column of that number
    assert words.count("3.4") == 2


def test_shades_darken_with_strength_so_that_they_read_without_colour() -> None:
    greys = [
        sum(w * int(fill[i : i + 2], 16) for w, i in ((0.299, 1), (0.587, 3), (0.114, 5)))
        for _, fill, _ in SHADES
    ]
    assert all(b < a - 15 for a, b in pairwise(greys))
    assert len(parsed(matrix_scale()).findall("rect")) == len(SHADES)
