"""Series as text, JSON and picture: every number is told, and what is kept reads back."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from tests.link.solved import left_by
from tests.link.test_series import DONOR, LOCI, STRANGER, VICTIM, convicted, found, halves

from reopen.faces.report.found_series import TogetherView, series_view
from reopen.faces.report.render import _environment
from reopen.faces.report.series_picture import MARK, series_matrix
from reopen.faces.report.series_words import headline, held_by
from reopen.faces.report.wording import log10_text
from reopen.faces.workbench.as_json import series_json
from reopen.faces.workbench.series_beside import Known, beside_dna
from reopen.faces.workbench.series_plain import series_of_plain
from reopen.faces.workbench.series_shown import series_parts, series_text
from reopen.link.explanations import Context
from reopen.link.series import FoundTogether
from reopen.records import End, LinkKind
from reopen.records.series import KeptApart, Series, WhyApart

ROOT = Path(__file__).parents[2]
TAKEN = {"T0": "1987-03-14", "T1": "1985-06-01", "T2": "1991-01-02", "T3": "1978-11-30"}


@pytest.fixture(scope="module")
def series() -> Series:
    """Two halves that hang on one link, T1 with T2; T0 and T1 met in a batch."""
    together = Context(batches={"T0": ["P7"], "T1": ["P7"]}, odds={"P7": 0.02})
    return found(halves(), context=together).series[0]


def test_what_is_kept_reads_back(series: Series) -> None:
    assert series_of_plain(json.loads(series_json(series))) == series


def test_a_picture_parts_the_weakest_split_and_frames_its_link(series: Series) -> None:
    view = series_view(series, TAKEN)
    names = [row.name for row in view.rows]
    one, other = names[: view.matrix.cut], names[view.matrix.cut :]
    assert {frozenset(one), frozenset(other)} == {frozenset({"T0", "T1"}), frozenset({"T2", "T3"})}
    for part in (one, other):
        assert part == sorted(part, key=TAKEN.__getitem__)
    assert view.matrix.bridge is not None
    assert {names[k] for k in view.matrix.bridge} == {"T1", "T2"}
    drawn = str(series_matrix(view, "Series 1"))
    assert drawn.count(f'stroke="{MARK}"') == 3  # the line, and a frame on either side
    for (i, j), log10 in view.matrix.log10.items():
        assert f"{names[i]} and {names[j]}: log10 LR {log10_text(log10)}" in drawn


def test_every_number_of_a_series_is_in_its_text(series: Series) -> None:
    text = series_text(series, headline(series), when=TAKEN)
    for member in series.members:
        row = next(line for line in text.splitlines() if line.startswith(member.end.profile))
        assert TAKEN[member.end.profile] in row
        for value in (member.adds, member.brother, member.without, member.holds_by):
            assert log10_text(value or 0.0) in row
    for one in series.explanations:
        assert one.log10 is not None
        assert log10_text(one.log10) in text
    assert "batch P7 carried one trace into T0, T1" in " ".join(text.split())


def test_what_holds_a_series_is_said_with_its_bridge(series: Series) -> None:
    told = " ".join(held_by(series))
    bridge = series.weakest.bridge
    assert bridge is not None
    assert f"It holds by {log10_text(series.weakest.log10)}" in told
    assert f"the only link joins T1 with T2, log10 LR {log10_text(series.pairs[bridge])}" in told


def test_links_with_staff_and_relatives_stand_beside(series: Series) -> None:
    end = series.members[0].end
    staff = Known(LinkKind.STAIN_STAFF.value, "T0", end.contributor, "S-1", "same person", 7.0)
    brother = Known(LinkKind.STAIN_RELATIVE.value, "T0", end.contributor, "B", "full siblings", 4.0)
    elsewhere = replace(staff, stain="other")
    told = list(beside_dna(series, [staff, brother, elsewhere, replace(brother, contributor=9)]))
    assert len(told) == 2
    assert told[0].startswith("S-1 of the staff is linked with the donor's own part of it by T0")
    assert told[1].startswith("B is not in it, and may be a relative of its donor: full siblings")
    assert "with another part of it" in next(beside_dna(series, [replace(staff, contributor=2)]))


def test_what_was_linked_and_not_joined_is_told_with_the_reason() -> None:
    one, other = End("T0", 1, 2), End("T1", 1, 1)
    apart = KeptApart((one, other), 4.2, WhyApart.BROTHERS, ((one,), (other,)), 4.0, -0.3)
    (part,) = series_parts(FoundTogether((), (apart,), ()))
    assert "T0 1/2 with T1, log10 LR 4.20: two brothers or sisters explain them as well" in part
    assert "(one donor leads by \N{MINUS SIGN}0.30)" in " ".join(part.split())
    apart = replace(apart, why=WhyApart.TWO_DONORS, over_two=2.8)
    (part,) = series_parts(FoundTogether((), (apart,), ()))
    assert (
        "two unrelated donors explain them nearly as well (one donor leads by 2.80, a series takes "
        "more)"
    ) in " ".join(part.split())


def test_the_page_says_all_of_it_and_every_label_is_explained() -> None:
    stains = [left_by(DONOR, VICTIM, id="<T0>"), left_by(DONOR, id="T1"), left_by(DONOR, id="T2")]
    together = found(stains, context=convicted(STRANGER, "case of <T0>"))
    view = TogetherView((series_view(together.series[0], {"T1": "1987"}),), ("A with B: why",))
    page = _environment().from_string(
        '{% import "macros.html.j2" as show with context %}{% include "series.html.j2" %}'
    ).render(together=view, stain_anchors={})  # fmt: skip
    assert "A conviction to be looked at." in page
    assert "the man P2 was convicted in case case of &lt;T0&gt;" in page
    assert "<T0>" not in page
    assert "A with B: why" in page
    told = (ROOT / "docs" / "reading-a-report.md").read_text(encoding="utf-8")
    labels = re.findall(r'<th scope="col"[^>]*>([^<]+)</th>', page)
    assert "Adds" in labels
    for label in labels:
        assert f"**{label.replace('&nbsp;', ' ')}**" in told, label


def test_a_pair_has_no_picture_and_one_sentence() -> None:
    (pair,) = found([left_by(DONOR, id=f"T{k}", loci=LOCI[:9]) for k in range(2)]).series
    assert len(held_by(pair)) == 1
    assert "fall apart" not in series_text(pair, "pair")
