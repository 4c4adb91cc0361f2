"""Peaks by fragment size, linked profiles in order, and how numbers are worded."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reopen.errors import InvalidRecord
from reopen.faces.report import DyePanel, MatrixBlock, matrix_view, stain_view
from reopen.faces.report.layout import size_of
from reopen.faces.report.svg import rows_without_overlap, ticks
from reopen.faces.report.wording import (
    chance_text,
    log10_text,
    percent_text,
    probability_text,
    ratio_text,
)
from reopen.records import (
    REST,
    Allele,
    End,
    Kit,
    Link,
    LinkKind,
    Locus,
    Marker,
    Peak,
    Replicate,
    Stain,
)

TH01, FGA, AMEL, PENTA = Locus("TH01"), Locus("FGA"), Locus("AMEL"), Locus("Penta E")
KIT = Kit(
    "Three loci",
    (
        Marker(TH01, "yellow", {Allele("6"): 170.0, Allele("8"): 178.0, Allele("10"): 186.0}),
        Marker(AMEL, "green", {Allele("X"): 106.0, Allele("Y"): 112.0}, kind="sex"),
        Marker(FGA, "yellow", {Allele("20"): 240.0, Allele("24"): 256.0}),
    ),
    source="invented",
)


def stain(*replicates: dict[Locus, tuple[Peak, ...]], kit: str = "Three loci") -> Stain:
    return Stain("K-17/A2", tuple(Replicate(f"r{i}", p) for i, p in enumerate(replicates)), kit)


def peak(label: str, height: float | None = 500.0, size: float | None = None) -> Peak:
    return Peak(Allele(label), height, size)


def panel_of(panels: tuple[DyePanel, ...], dye: str) -> DyePanel:
    (found,) = (p for p in panels if p.dye == dye)
    return found


@pytest.mark.parametrize(
    ("label", "size"),
    [
        ("8", 178.0),  # listed
        ("7", 174.0),  # one repeat of four bases above 6
        ("9.3", 185.0),  # one base short of 10
        ("5", 166.0),  # below the table, by the repeat's length
        ("11.1", 191.0),  # above the table: one repeat and one base over 10
        ("7_5", 174.0),  # LUS, by its repeat number
    ],
)
def test_sizes_that_are_not_listed_follow_their_neighbours(label: str, size: float) -> None:
    assert size_of(Allele(label), KIT.markers[0]) == pytest.approx(size)


def test_an_allele_without_a_number_has_no_size_by_its_neighbours() -> None:
    assert size_of(Allele("Z"), KIT.markers[1]) is None


def test_peaks_stand_by_dye_and_size_with_what_the_model_expects() -> None:
    expected = {(TH01, Allele("6")): 450.0, (TH01, Allele("9.3")): 40.0, (FGA, Allele("20")): 0.0}
    view = stain_view(
        stain({TH01: (peak("6", 612.0),), FGA: (peak("24"),)}), KIT, None, expected, 50.0, []
    )
    yellow = panel_of(view.panels, "yellow")
    told = {(p.locus, p.allele): (p.place, p.height_rfu, p.expected_rfu) for p in yellow.peaks}
    assert told == {
        (TH01, "6"): (170.0, 612.0, 450.0),
        (TH01, "9.3"): (185.0, 0.0, 40.0),
        (FGA, "24"): (256.0, 500.0, 0.0),
    }
    assert [p.is_unseen for p in yellow.peaks] == [False, True, False]
    assert yellow.tallest_rfu == 612.0
    assert [p.axis for p in view.panels] == [yellow.axis] * 2
    assert yellow.axis[0] < 106.0
    assert yellow.axis[1] > 256.0


def test_not_typed_and_no_peak_differ() -> None:
    view = stain_view(
        stain({TH01: (peak("6"),), FGA: ()}, {TH01: ()}), KIT, None, {(TH01, Allele("6")): 90.0},
        50.0, [],
    )  # fmt: skip
    typed = {s.locus: s.typed_in for panel in view.panels for s in panel.loci}
    assert typed == {TH01: (0, 1), AMEL: (), FGA: (0,)}
    seen = [(p.replicate, p.height_rfu) for p in panel_of(view.panels, "yellow").peaks]
    assert seen == [(0, 500.0), (1, 0.0)]
    assert any("FGA" in note and "no peak" in note for note in view.notes)


def test_without_a_kit_every_peak_stands_by_locus_and_that_is_said() -> None:
    typed = {Locus(f"D{i}S{i}"): (peak("11"), peak("12"), peak("13")) for i in range(1, 21)}
    view = stain_view(stain(typed, kit="Own"), None, None, {}, 50.0, [])
    assert not any(panel.in_base_pairs for panel in view.panels)
    shown = [(p.locus, p.allele) for panel in view.panels for p in panel.peaks]
    assert shown == [(locus, p.allele) for locus, peaks in typed.items() for p in peaks]
    for panel in view.panels:
        places = [p.place for p in panel.peaks]
        assert len(set(places)) == len(places)
        assert panel.axis[0] <= min(places) <= max(places) <= panel.axis[1]
    assert "'Own' has no table of fragment sizes" in view.notes[0]


def test_a_locus_or_allele_the_kit_does_not_size_is_shown_and_named() -> None:
    typed = {TH01: (peak("6"),), AMEL: (peak("Z"),), PENTA: (peak("5"),)}
    view = stain_view(stain(typed), KIT, None, {}, 0.0, [])
    apart = [p for p in view.panels if not p.in_base_pairs]
    assert [s.locus for panel in apart for s in panel.loci] == [AMEL, PENTA]
    assert any("AMEL, Penta E" in note for note in view.notes)


def test_a_measured_size_serves_where_the_kit_has_none() -> None:
    typed = {AMEL: (peak("Z", size=109.2),), TH01: (peak("6", size=170.4),)}
    view = stain_view(stain(typed), KIT, None, {}, 0.0, [])
    assert [p.place for panel in view.panels for p in panel.peaks] == [170.0, 109.2]


def test_what_has_no_place_in_the_picture_is_told() -> None:
    typed = {TH01: (peak("6", None),)}
    expected = {(TH01, REST): 33.0, (PENTA, Allele("5")): 80.0}
    notes = " ".join(stain_view(stain(typed), KIT, None, expected, 50.0, []).notes)
    assert "TH01 (33 RFU)" in notes
    assert "not typed here: Penta E" in notes
    assert "without peak heights" in notes


@pytest.mark.parametrize("height", [-1.0, math.nan, math.inf])
def test_an_impossible_expected_height_is_refused(height: float) -> None:
    with pytest.raises(InvalidRecord, match="expected height"):
        stain_view(stain({TH01: ()}), KIT, None, {(TH01, Allele("6")): height}, 50.0, [])


def link(one: str, other: str, log10: float) -> Link:
    terms = {TH01: log10}
    kind = LinkKind.STAIN_STAIN
    return Link(kind, End(one, 1, 1), End(other, 1, 1), "same person", log10, terms, 0.1)


def test_profiles_that_links_connect_stand_together_strongest_first() -> None:
    links = [link("a", "b", 3.0), link("x", "y", 9.0), link("b", "c", 5.0), link("a", "b", 4.0)]
    (block,) = matrix_view(links, 12).blocks
    assert block.profiles == ("x", "y", "b", "c", "a")
    assert block.log10 == {(0, 1): 9.0, (2, 3): 5.0, (2, 4): 4.0}
    assert matrix_view(links, 12).unlinked == 7


def test_the_matrix_does_not_depend_on_the_order_of_links() -> None:
    links = [link(f"p{i}", f"p{i * 7 % 40}", float(i % 5)) for i in range(1, 40)]
    assert matrix_view(links, 40) == matrix_view(links[::-1], 40)


@given(st.lists(st.tuples(st.integers(0, 99), st.integers(0, 99), st.floats(1, 30)), max_size=80))
def test_every_linked_pair_has_one_cell_and_every_profile_one_row(
    pairs: list[tuple[int, int, float]],
) -> None:
    links = [link(f"p{a}", f"p{b}", x) for a, b, x in pairs if a != b]
    blocks = matrix_view(links, 100).blocks
    rows = [name for block in blocks for name in block.profiles]
    assert len(rows) == len(set(rows))
    shown = {frozenset(_names(block, pair)) for block in blocks for pair in block.log10}
    assert shown == {frozenset((one.one.profile, one.other.profile)) for one in links}


def _names(block: MatrixBlock, pair: tuple[int, int]) -> tuple[str, str]:
    return block.profiles[pair[0]], block.profiles[pair[1]]


@given(st.lists(st.tuples(st.floats(0, 500), st.floats(1, 40)), max_size=40))
def test_labels_of_one_row_do_not_overlap(starts: list[tuple[float, float]]) -> None:
    spans = [(low, low + width) for low, width in starts]
    rows = rows_without_overlap(spans)
    for row in set(rows):
        line = sorted(span for span, at in zip(spans, rows, strict=True) if at == row)
        assert all(a[1] < b[0] for a, b in pairwise(line))


def test_ticks_are_round_and_within_the_axis() -> None:
    assert ticks(0, 3700) == (0, 1000, 2000, 3000)
    assert ticks(73, 451, about=8) == (100, 150, 200, 250, 300, 350, 400, 450)
    assert ticks(-1, 2) == (-1, 0, 1, 2)
    assert ticks(5, 5) == (5,)


def test_numbers_are_worded_as_they_are_read() -> None:
    assert [log10_text(x) for x in (9.416, -0.314, -0.001, -math.inf)] == [
        "9.42", "\N{MINUS SIGN}0.31", "0.00", "\N{MINUS SIGN}∞",
    ]  # fmt: skip
    assert [log10_text(x, signed=True) for x in (0.314, 0.0)] == ["+0.31", "0.00"]
    assert [ratio_text(x) for x in (2.0, 9.416, 5.9999, -1.0, -6.0)] == [
        "100", "2.6 × 10⁹", "1.0 × 10⁶", "0.1", "1.0 × 10⁻⁶",
    ]  # fmt: skip
    assert [chance_text(x) for x in (0.0, 0.04, 3.14, 5.2e-6)] == ["0", "0.04", "3.1", "5 × 10⁻⁶"]
    assert [probability_text(x) for x in (1.0, 0.99949, 0.0)] == ["> 0.999", "0.999", "< 0.001"]
    assert [percent_text(x) for x in (0.71, 0.001, 0.0)] == ["71%", "< 1%", "0%"]
