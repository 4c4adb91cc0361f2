"""The page: everything given is shown, nothing given can act, nothing is fetched."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from lxml import html

from reopen.errors import InvalidRecord, ReopenError, Where
from reopen.faces.report import (
    Counts,
    GenotypeCall,
    LinkView,
    ReportView,
    StainRow,
    matrix_view,
    render,
    stain_view,
    write,
)
from reopen.formats import library
from reopen.records import (
    REST,
    Allele,
    AlleleFrequencies,
    End,
    Ending,
    Fit,
    Kit,
    LikelihoodRatio,
    Link,
    LinkKind,
    Locus,
    Marker,
    NotWeighed,
    Peak,
    Population,
    Propositions,
    Reference,
    Replicate,
    Run,
    Stain,
    genotype,
    proposition,
)

TH01, FGA = Locus("TH01"), Locus("FGA")
NASTY = "<script>alert('x')</script>"
RUN = Run(
    "reopen 0.1.0",
    "peak heights, version 1",
    {"theta": 0.01, "degradation": True, "seed for starts": None},
    {"stains.csv": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"},
    seed=1987,
    libraries={"numpy": "2.1.0"},
)
FIT = Fit((0.7, 0.3), 1500.0, 0.17, 0.84, 0.07, 0.01, -31.4, {TH01: -31.4}, Ending.CONVERGED)
KIT = Kit(
    "Two loci",
    (
        Marker(TH01, "yellow", {Allele("6"): 170.0, Allele("9.3"): 185.0}, dye_name="NED"),
        Marker(FGA, "blue", {Allele("20"): 240.0, Allele("24"): 256.0}),
    ),
    source="invented",
)


def link(one: str, other: str, terms: dict[Locus, float]) -> Link:
    return Link(
        LinkKind.STAIN_REFERENCE,
        End(one, 1, 2, 0.7),
        End(other),
        "same person",
        sum(terms.values()),
        terms,
        0.0004,
        ("few loci",),
    )


def report(
    *links: Link,
    stain: str = "K-17/A2",
    title: str = "Cold cases",
    not_weighed: tuple[NotWeighed, ...] = (),
    views: tuple[LinkView, ...] | None = None,
) -> ReportView:
    trace = Stain(stain, (Replicate("", {TH01: (Peak(Allele("6"), 812.0),), FGA: ()}),), KIT.name)
    calls = [{TH01: GenotypeCall((Allele("6"), REST), 0.91)}, {}]
    shown = stain_view(trace, KIT, FIT, {(TH01, Allele("9.3")): 66.0}, 50.0, calls)
    table = AlleleFrequencies("Somewhere", {TH01: {Allele("6"): 0.25}}, "A paper, 2013")
    linked = views or tuple(LinkView(one, f"In words, {one.log10:.0f}.") for one in links)
    return ReportView(
        title=title,
        made_at="17 January 2026, 14:05 UTC",
        compared="1 stain against 2 references.",
        summary=Counts(1, 2, 2, 4, len(linked), len(not_weighed)),
        links=linked,
        matrix=matrix_view(links, 3),
        stains=(shown,),
        not_weighed=not_weighed,
        assumptions=("Contributors are unrelated.",),
        populations=(Population(table),),
        run=RUN,
        references_cited=("Bleka et al. 2016, https://doi.org/10.1016/j.fsigen.2015.11.008",),
    )


def words(node: html.HtmlElement) -> str:
    return " ".join(" ".join(node.itertext()).split())


def value(text: str) -> float:
    return float(text.replace("\N{MINUS SIGN}", "-"))


def test_every_link_is_in_the_table_and_has_its_details_strongest_first() -> None:
    weak, strong = link("K-17/A2", "R-1", {TH01: 2.5}), link("K-17/A2", "R-2", {TH01: 8.25})
    page = html.fromstring(render(report(weak, strong)))
    rows = [words(row) for row in page.xpath("//table[@id='links-table']/tbody/tr")]
    assert len(rows) == 2
    assert "R-2" in rows[0]
    assert "8.25" in rows[0]
    assert "R-1" in rows[1]
    assert "4 × 10⁻⁴" in rows[1]
    assert "few loci" in rows[1]
    details = [words(part) for part in page.xpath("//article[@class='link']")]
    assert "In words, 8." in details[0]
    assert "In words, 2." in details[1]


def test_bars_by_locus_add_up_to_the_total_they_show() -> None:
    page = html.fromstring(render(report(link("K-17/A2", "R-1", {TH01: 3.25, FGA: -1.5}))))
    (bars,) = page.xpath("//article[@class='link']//svg")
    total = value(bars.xpath(".//g[@class='total']/text")[1].text)
    terms = [value(t.text) for t in bars.xpath(".//g[not(@class) and not(@font-size)]/text[2]")]
    assert terms == [3.25, -1.5]
    assert total == sum(terms) == 1.75


def test_a_total_that_is_not_the_sum_of_its_loci_is_refused() -> None:
    wrong = replace(link("K-17/A2", "R-1", {TH01: 3.0}), log10=4.0)
    with pytest.raises(InvalidRecord, match="sum to 3"):
        LinkView(wrong, "")


def test_a_term_of_no_locus_is_drawn_and_counted() -> None:
    one = replace(
        link("K-17/A2", "R-1", {TH01: 3.25}),
        log10=2.95,
        other_terms={"which contributor it is": -0.3},
    )
    page = html.fromstring(render(report(one)))
    (bars,) = page.xpath("//article[@class='link']//svg")
    names = [t.text for t in bars.xpath(".//g[not(@class) and not(@font-size)]/text[1]")]
    assert names == ["TH01", "which contributor it is"]
    assert value(bars.xpath(".//g[@class='total']/text")[1].text) == 2.95


def test_the_lower_of_two_numbers_counts() -> None:
    first = replace(link("K-17/A2", "R-1", {TH01: 9.0}), in_full=4.0)
    second = replace(link("K-17/A2", "R-2", {TH01: 5.0}), in_full=6.0)
    page = html.fromstring(render(report(first, second)))
    rows = page.xpath("//table[@id='links-table']/tbody/tr")
    assert [words(row.xpath("td[2]")[0]) for row in rows] == ["R-2", "R-1"]
    strong = [words(cell) for row in rows for cell in row.xpath("td[contains(@class, 'strong')]")]
    assert strong == ["5.00", "4.00"]
    details = [words(part) for part in page.xpath("//article[@class='link']")]
    assert "the lower of 9.00 averaged over the parameters and 4.00 in full" in details[1]


def test_stains_without_a_link_are_listed() -> None:
    others = (StainRow("K-20/B", "K-20", "SGM Plus", 10, 2, "The fit converged."),)
    page = html.fromstring(render(replace(report(), other_stains=others)))
    (row,) = page.xpath("//section[@id='stains']/div/table/tbody/tr")
    assert words(row) == "K-20/B K-20 SGM Plus 10 2 The fit converged."


def test_a_stain_and_a_reference_of_one_name_are_two_profiles() -> None:
    view = matrix_view([link("A", "A", {TH01: 5.0})], 2)
    assert view.unlinked == 0
    assert [(block.profiles, dict(block.log10)) for block in view.blocks] == [
        (("A", "A"), {(0, 1): 5.0})
    ]


def test_every_item_not_weighed_stands_with_reason_and_place() -> None:
    left_out = (
        NotWeighed("K-9/B1", "9,3 is not an allele label.", Where("old.csv", 44, "Allele 2")),
        NotWeighed("R-8", "3 loci typed."),
    )
    page = html.fromstring(render(report(not_weighed=left_out)))
    rows = [words(row) for row in page.xpath("//section[@id='not-weighed']//tbody/tr")]
    assert rows == [
        "K-9/B1 9,3 is not an allele label. old.csv, line 44, field 'Allele 2'",
        "R-8 3 loci typed. not from a file",
    ]


def test_a_summary_that_counts_other_than_it_lists_is_refused() -> None:
    with pytest.raises(InvalidRecord, match="every item not weighed"):
        replace(report(), not_weighed=(NotWeighed("R-8", "3 loci typed."),))


def test_no_link_is_a_result_and_says_so() -> None:
    page = html.fromstring(render(report()))
    said = words(page.get_element_by_id("links"))
    assert "No link was found." in said
    assert "not an error" in said
    assert not page.xpath("//section[@id='matrix' or @id='details'] | //script")
    assert "Nothing was left out" in words(page.get_element_by_id("not-weighed"))


@pytest.mark.parametrize("text", [NASTY, "</style><b>", '"><img src=x>', "a'b\"c&amp;<x>", "\\22"])
def test_nothing_given_becomes_markup(text: str) -> None:
    plain = html.fromstring(render(_spelt("name")))
    page = html.fromstring(render(_spelt(text)))
    assert [node.tag for node in page.iter()] == [node.tag for node in plain.iter()]
    assert page.xpath("string(//title)") == text
    assert text in words(page.get_element_by_id("stain-1"))
    assert text in words(page.get_element_by_id("not-weighed"))


def _spelt(text: str) -> ReportView:
    one = link(text, f"R {text}", {TH01: 3.0})
    left_out = (NotWeighed(text, text, Where(text)),)
    return report(one, stain=text, title=text, not_weighed=left_out)


def test_the_page_loads_nothing_and_forbids_loading() -> None:
    source = render(report(link("K-17/A2", "R-1", {TH01: 3.0})))
    page = html.fromstring(source)
    assert all(at.startswith("#") for at in page.xpath("//@href"))
    assert not page.xpath("//@src | //@srcset | //@action | //link | //iframe | //img | //object")
    assert not re.search(r"url\(|@import", source)
    (policy,) = page.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
    assert policy.startswith("default-src 'none';")


def test_headings_tables_and_pictures_are_made_for_screen_readers() -> None:
    left_out = (NotWeighed("R-8", "3 loci typed."),)
    page = html.fromstring(
        render(report(link("K-17/A2", "R-1", {TH01: 3.0}), not_weighed=left_out))
    )
    levels = [int(node.tag[1]) for node in page.iter("h1", "h2", "h3", "h4")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert page.xpath("//th") == page.xpath("//th[@scope]")
    assert page.xpath("//table") == page.xpath("//table[caption]")
    pictures = page.xpath("//svg")
    assert len(pictures) > 3
    assert all(svg[0].tag == "title" and svg[1].tag == "desc" for svg in pictures)
    names = page.xpath("//@id")
    assert len(names) == len(set(names))
    assert {at[1:] for at in page.xpath("//@href")} <= set(names)


def test_fit_genotypes_and_run_are_told_in_full() -> None:
    page = html.fromstring(render(report()))
    stain = words(page.get_element_by_id("stain-1"))
    for said in ("70%, 30%", "1500 RFU", "0.84 for each 100 bp", "The fit converged.", "0.910"):
        assert said in stain
    assert "6/any other" in stain
    appendix = words(page.get_element_by_id("appendix"))
    for said in ("reopen 0.1.0", "1987", *RUN.inputs.values(), "theta 0.01", "A paper, 2013"):
        assert said in appendix
    assert "degradation yes" in appendix
    assert "seed for starts not set" in appendix


def test_a_link_weighed_in_full_shows_both_numbers_and_a_fit_that_did_not_settle() -> None:
    person = Reference("R-1", {TH01: genotype("6", "9.3")})
    asked = Propositions(proposition(person, unknowns=1), proposition(unknowns=2))
    unsettled = replace(FIT, ending=Ending.STEPS, remark="starts 3 and 4")
    full = LikelihoodRatio(3.5, {TH01: 3.5}, asked, FIT, unsettled, RUN, interval=(3.1, 3.75))
    one = link("K-17/A2", "R-1", {TH01: 3.25})
    page = html.fromstring(render(report(one, views=(LinkView(one, "In words.", full),))))
    said = words(page.get_element_by_id("link-1"))
    for part in ("3.25", "3.50 (interval 3.10 to 3.75)", "R-1 + 1 unknown person", "ran out of"):
        assert part in said
    assert "Do not rely on the number" in said
    assert "Fit not settled." in words(page.get_element_by_id("links"))


def test_the_same_view_gives_the_same_bytes(tmp_path: Path) -> None:
    def make() -> ReportView:
        return report(link("K-17/A2", "R-1", {TH01: 3.0}), link("K-17/A2", "R-2", {FGA: 3.0}))

    write(make(), tmp_path / "one.html")
    write(make(), tmp_path / "two.html")
    assert (tmp_path / "one.html").read_bytes() == (tmp_path / "two.html").read_bytes()
    swapped = report(link("K-17/A2", "R-2", {FGA: 3.0}), link("K-17/A2", "R-1", {TH01: 3.0}))
    assert render(swapped) == render(make())


def test_a_report_is_replaced_whole_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    target = tmp_path / "report.html"
    target.write_text("older")
    write(report(), target)
    assert target.read_text(encoding="utf-8").rstrip().endswith("</html>")
    assert [p.name for p in tmp_path.iterdir()] == ["report.html"]


@pytest.mark.parametrize("place", [lambda p: p / "no" / "report.html", lambda p: p])
def test_a_place_that_cannot_be_written_is_told(
    tmp_path: Path, place: Callable[[Path], Path]
) -> None:
    with pytest.raises(ReopenError, match="could not be written"):
        write(report(), place(tmp_path))
    assert not list(tmp_path.iterdir())


def test_a_name_that_is_not_text_is_written_as_its_escape(tmp_path: Path) -> None:
    write(report(title="file \udcff name"), tmp_path / "report.html")
    assert "file \\udcff name" in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_sixty_stains_of_five_dyes_stay_a_modest_file() -> None:
    kit = library.kit("GlobalFiler")
    seen = {m.locus: tuple(m.sizes_bp)[:6] for m in kit.markers}
    peaks = {at: tuple(Peak(a, 700.0) for a in labels[:4]) for at, labels in seen.items()}
    expected = {(at, a): 650.0 for at, labels in seen.items() for a in labels}
    calls = [{at: GenotypeCall((a[0], a[1]), 0.9) for at, a in seen.items() if len(a) > 1}] * 2
    stains = tuple(
        stain_view(
            Stain(f"K-{i}/A1", (Replicate("", peaks),), kit.name), kit, FIT, expected, 50.0, calls
        )
        for i in range(60)
    )
    page = render(replace(report(), stains=stains))
    assert len(page.encode()) < 8_000_000
    assert page.count("by fragment size;") == 60 * 5
