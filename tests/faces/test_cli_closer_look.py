"""`reopen weigh --sensitivity --non-contributors --out`: numbers by hand, reasons, the report."""

from __future__ import annotations

from math import log10
from pathlib import Path

import pytest
from lxml import html
from tests.faces.command import Said, run
from tests.faces.unit_files import ANNA, BERT, LOCI, PLAIN, population, references, stain

OTHERS = ("--sensitivity", "--other-populations")


def weigh(folder: Path, *words: object, people: tuple[object, ...] = (ANNA,)) -> Said:
    return run(
        "weigh", stain(folder, "S-1", *people),  # type: ignore[arg-type]
        "--suspect", references(folder / "a.csv", {"R-1": ANNA}),
        "--contributors", 1, "--population", population(folder), *PLAIN, *words,
    )  # fmt: skip


def test_each_changed_assumption_has_its_number(tmp_path: Path) -> None:
    other = tmp_path / "other.csv"
    rows = [f"{locus},{label},{0.01 if label < 18 else 0.46}"
            for locus in LOCI for label in range(10, 20)]  # fmt: skip
    other.write_text("\n".join(["locus,allele,frequency", *rows]) + "\n")
    said = weigh(tmp_path, *OTHERS, other, "--json")
    found = said.json["sensitivity"]
    effects = {(e["assumption"], e["value"]): e for e in found["effects"]}
    match = 2 * (0.03 + 0.97 * 0.1) ** 2 / (1.03 * 1.06)  # NRC II, 4.10b
    same = (0.06 + 0.97 * 0.1) * (0.09 + 0.97 * 0.1) / (1.03 * 1.06)  # and 4.10a
    assert effects["theta", "0.03"]["log10"] == pytest.approx(
        -log10(match * match * same), abs=0.02
    )
    rare = 2 * 0.01**2 * 2 * 0.01**2 * 0.01**2
    assert effects["population", "other"]["log10"] == pytest.approx(-log10(rare), abs=0.02)
    fewer = effects["contributors", "one fewer"]
    assert fewer["log10"] is None
    assert "Nobody unknown" in fewer["reason"]
    low, high = found["range"]
    assert low <= said.json["ratio"]["log10"] == found["log10"] <= high
    assert said.json["non_contributors"] is None


def test_random_people_by_hand(tmp_path: Path) -> None:
    """Ten alleles of 0.1, a clean stain: whoever has the donor's genotype reaches the number, and
    nobody else does. At theta 0 that is the match probability."""
    said = weigh(tmp_path, "--non-contributors", "--json")
    assert said.json["sensitivity"] is None
    exact = said.json["non_contributors"]["exact"]
    match = 0.02 * 0.02 * 0.01
    assert exact["reach_observed"] == pytest.approx([match, match], rel=1e-6)
    assert exact["mean_lr"] == pytest.approx(1.0, abs=1e-9)
    assert exact["largest"] == pytest.approx(exact["observed"], abs=1e-9)
    assert said.json["non_contributors"]["refitted"] is None
    median = next(q["log10"] for q in exact["quantiles"] if q["probability"] == 0.5)
    assert median == ["-inf", -40.0]  # far below: between the bounds that are told apart


def test_random_people_refitted(tmp_path: Path) -> None:
    said = weigh(tmp_path, "--non-contributors", 3, "--seed", 5, "--json")
    refitted = said.json["non_contributors"]["refitted"]
    assert len(refitted["people"]) == 3
    assert refitted["seed"] == 5
    assert refitted["share_reached"] == 0
    assert refitted["interval"][0] == 0
    again = weigh(tmp_path, "--non-contributors", 3, "--seed", 5, "--json")
    assert again.json["non_contributors"] == said.json["non_contributors"]


def test_text_tells_numbers_and_reasons(tmp_path: Path) -> None:
    said = weigh(tmp_path, "--sensitivity", "--non-contributors")
    text = " ".join(said.out.split())
    assert "Changed assumptions As weighed, log10 LR is 5.40." in text
    assert "contributors one fewer not weighed Nobody unknown and unrelated is among: R-1." in text
    assert "Had a random unrelated person been typed in place of R-1" in text
    assert "Mean LR, which must be 1 1.000000" in text
    assert "not that R-1 is not a contributor" in text


def test_an_exclusion_needs_no_random_people(tmp_path: Path) -> None:
    said = run(
        "weigh", stain(tmp_path, "S-1", ANNA),
        "--suspect", references(tmp_path / "b.csv", {"R-2": BERT}),
        "--contributors", 1, "--population", population(tmp_path), "--drop-in", 0,
        "--stutter", "none", "--sensitivity", "--non-contributors", "--out", tmp_path / "out",
        "--json",
    )  # fmt: skip
    assert said.code == 0
    assert said.json["ratio"]["log10"] == "-inf"
    assert "An exclusion needs no such test." in said.json["non_contributors"]["untested"]
    assert said.json["non_contributors"]["exact"] is None
    theta = next(e for e in said.json["sensitivity"]["effects"] if e["assumption"] == "theta")
    assert theta["log10"] == "-inf"
    page = html.parse(str(tmp_path / "out" / "report.html"))
    assert "An exclusion under this model" in page.find(".//p[@class='warning']").text_content()


def test_the_report_holds_every_picture_with_its_table(tmp_path: Path) -> None:
    said = weigh(
        tmp_path, "--sensitivity", "--non-contributors", "--out", tmp_path / "out",
        people=(ANNA, BERT),
    )  # fmt: skip
    assert said.code == 0
    assert f"Report: {tmp_path / 'out' / 'report.html'}" in said.err
    assert (tmp_path / "out" / "weighing.json").exists()
    page = html.parse(str(tmp_path / "out" / "report.html"))
    pictures = page.findall(".//svg")
    assert all(drawn.findtext("title") and drawn.findtext("desc") for drawn in pictures)
    titles = [drawn.findtext("title") for drawn in pictures]
    assert [title for title in titles if title and "Probability plot" in title] == [
        "Probability plot of the peaks, first proposition",
        "Probability plot of the peaks, second proposition",
    ]
    assert "log10 LR with one assumption changed at a time" in titles
    assert "log10 LR of random people" in titles
    captions = [caption.text_content() for caption in page.findall(".//caption")]
    assert any(caption.startswith("Peaks to look at, first") for caption in captions)
    assert sum(caption.startswith("The same") for caption in captions) == 2
    ids = {node.get("id") for node in page.iter() if node.get("id")}
    links = [a.get("href")[1:] for a in page.findall(".//nav//a")]
    assert set(links) <= ids


def test_options_that_need_another_are_refused(tmp_path: Path) -> None:
    for words, told in (
        (("--other-populations", "nist1036-afam"), "Add --sensitivity."),
        (("--model", "qualitative", "--sensitivity"), "Leave them out, or weigh with heights."),
        ((*OTHERS, "Atlantis"), "No population of the library is called 'Atlantis'."),
    ):
        said = weigh(tmp_path, *words)
        assert said.code == 2
        assert told in said.err
    assert weigh(tmp_path, "--non-contributors=-1").code == 2
