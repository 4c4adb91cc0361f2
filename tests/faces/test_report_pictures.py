"""The pictures: what is drawn where, and for whom cannot see it, what is said."""

from __future__ import annotations

import math
import re
from itertools import pairwise

import pytest
from lxml import etree

from reopen.faces.report import (
    ChangeView,
    DyePanel,
    LocusSpan,
    MatrixBlock,
    PeakView,
    PlotPoint,
    ProbabilityPlot,
    SensitivityView,
    SpreadView,
)
from reopen.faces.report.electropherogram import COLOURS, electropherogram, legend
from reopen.faces.report.pictures import SHADES, bars, matrix, matrix_scale
from reopen.faces.report.pp_plot import probability_plot
from reopen.faces.report.spread import spread
from reopen.faces.report.tornado import tornado
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


def test_a_term_that_is_no_locus_is_told_whole_and_a_longer_name_is_cut() -> None:
    term = "mean over the peak parameters"
    assert f">{term}<" in bars({TH01: 2.0, term: -0.1}, 1.9, "bars")
    assert "…" in bars({term * 2: 2.0}, 2.0, "bars")


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


# pictures of one weighing


def plot(*observed: float, flagged: tuple[int, ...] = ()) -> ProbabilityPlot:
    n = len(observed)
    points = tuple(
        PlotPoint((i + 0.5) / n, value, f"TH01 {i}", i in flagged)
        for i, value in enumerate(observed)
    )
    band = tuple((0.0, 1.0) for _ in observed)
    return ProbabilityPlot(points, band, band)


def test_peaks_on_the_diagonal_lie_on_it_and_only_flagged_ones_are_named() -> None:
    drawn = parsed(probability_plot(plot(0.25, 0.75), "plot"))
    low, high = drawn.findall(".//circle")
    side = float(high.get("cx")) - float(low.get("cx"))
    assert float(low.get("cy")) - float(high.get("cy")) == pytest.approx(side, abs=0.11)
    assert "TH01 0" not in [node.text for node in drawn.iter("text")]
    assert drawn.findtext("desc") == "2 peaks; outside the limit: none."
    named = parsed(probability_plot(plot(0.25, 0.99, flagged=(1,)), "plot"))
    assert "TH01 1" in [node.text for node in named.iter("text")]
    assert "outside the limit: TH01 1" in named.findtext("desc")
    assert says(named)[1] == "TH01 1: observed 0.990, expected 0.750"


def test_many_flagged_peaks_do_not_write_over_each_other() -> None:
    n = 60
    drawn = parsed(probability_plot(plot(*(0.5 + 0.001 * i for i in range(n)),
                                         flagged=tuple(range(n))), "plot"))  # fmt: skip
    names = [node for node in drawn.iter("text") if (node.text or "").startswith(("TH01", "and "))]
    places = [float(node.get("y")) for node in names]
    assert len(set(places)) == len(places)
    assert all(b - a >= 9 for a, b in pairwise(sorted(places)))
    height = float(drawn.get("viewBox").split()[3])
    assert max(places) <= height
    assert any(re.fullmatch(r"and \d+ more", node.text or "") for node in names)


def test_an_empty_plot_is_a_picture_too() -> None:
    assert parsed(probability_plot(ProbabilityPlot((), (), ()), "plot")).findtext("title") == "plot"


def changes(*values: float | None) -> SensitivityView:
    rows = tuple(
        ChangeView("theta", str(i), value, "" if value is not None else "no reason")
        for i, value in enumerate(values)
    )
    return SensitivityView(5.0, rows, "")


def test_bars_of_a_tornado_begin_at_the_number_weighed() -> None:
    drawn = parsed(tornado(changes(6.0, 3.0), "tornado"))
    more, less = drawn.findall(".//rect")
    at = float(more.get("x"))
    assert float(less.get("x")) + float(less.get("width")) == pytest.approx(at, abs=0.11)
    assert float(less.get("width")) == pytest.approx(2 * float(more.get("width")), abs=0.3)
    assert more.get("fill") != less.get("fill")


def test_what_was_not_weighed_has_no_bar_and_an_exclusion_an_arrow() -> None:
    drawn = parsed(tornado(changes(None), "tornado"))
    assert not drawn.findall(".//rect")
    assert "not weighed" in [node.text for node in drawn.iter("text")]
    assert "theta 0: not weighed" in drawn.findtext("desc")
    excluded = parsed(tornado(changes(-math.inf), "tornado"))
    assert len(excluded.findall(".//path")) == 1
    assert "\N{MINUS SIGN}∞" in [node.text for node in excluded.iter("text")]
    assert parsed(tornado(changes(), "none")).findtext("title") == "none"


def test_random_people_and_the_suspect_share_an_axis() -> None:
    view = SpreadView(
        bars=((-2.0, -1.0, 0.6), (-1.0, 0.0, 0.2), (0.0, 1.0, 0.05)),
        excluded=0.1,
        below=0.05,
        tail=((-2.0, 0.85, 0.86), (0.0, 0.04, 0.05), (1.0, 0.001, 0.002), (3.0, 1e-5, 2e-5)),
        observed=3.0,
    )
    drawn = parsed(spread(view, "spread"))
    first, second, _ = drawn.findall(".//rect")
    assert float(first.get("height")) == pytest.approx(3 * float(second.get("height")), abs=0.3)
    words = [node.text for node in drawn.iter("text")]
    assert "the suspect 3.00" in words
    assert "Random people: 10% cannot have contributed, 5% lie lower" in words
    assert drawn.findtext("desc").endswith(
        "So much or more has 1 in 50\N{NARROW NO-BREAK SPACE}000."
    )


def test_expected_heights_have_their_range_and_a_peak_to_look_at_is_framed() -> None:
    seen = PeakView(TH01, Allele("6"), 170, 600.0, 450.0, 0, (200.0, 800.0), "taken for drop-in")
    drawn = parsed(electropherogram(panel(seen), "A"))
    assert says(drawn)[0] == "TH01 6: 600 RFU, expected 450 (200 to 800); taken for drop-in"
    frames = [box for box in drawn.iter("rect") if box.get("stroke") == "#b00020"]
    assert len(frames) == 1
    whiskers = [line for line in drawn.iter("line") if line.get("x1") == line.get("x2")]
    spans = [abs(float(line.get("y1")) - float(line.get("y2"))) for line in whiskers]
    nearest = min(spans, key=lambda span: abs(span - 66.7))
    assert nearest == pytest.approx(96.0 * 600 / (800 * 1.08), abs=0.2)
    assert len(parsed(legend(checked=True)).findall(".//text")) == 6
