"""`reopen kin` of loci along a chromosome, and of genotypes that may be mistaken: by hand."""

from __future__ import annotations

from math import log10
from pathlib import Path
from typing import Any

import pytest
from tests.faces.command import run
from tests.faces.kinship_files import paternity, written

import reopen

SIBS = """
map = "map.csv"
[population]
name = "own"
theta = 0
[mutation]
model = "none"
[frequencies.rs1]
A = 0.2
G = 0.8
[frequencies.rs2]
A = 0.2
G = 0.8
[frequencies.rs3]
A = 0.2
G = 0.8
[people]
father = "male"
mother = "female"
one = { sex = "male", father = "father", mother = "mother" }
other = "male"
[hypotheses.siblings]
other = { sex = "male", father = "father", mother = "mother" }
[hypotheses.unrelated]
[genotypes.one]
rs1 = "A/A"
rs2 = "A/A"
rs3 = "A/A"
[genotypes.other]
rs1 = "A/A"
rs2 = "A/A"
rs3 = "A/A"
"""


def siblings(folder: Path, places: str) -> Path:
    (folder / "map.csv").write_text("locus,chromosome,cM\n" + places)
    case = folder / "sibs.toml"
    case.write_text(SIBS)
    return case


def test_siblings_at_two_loci_of_one_place_and_one_elsewhere(tmp_path: Path) -> None:
    """Homozygous sibs: LR 1/4 + 1/(2 p) + 1/(4 p^2) at one locus with p 0.2, and the same with p^2
    for two loci in one place, which are one of haplotypes."""
    case = siblings(tmp_path, "rs1,4,30\nrs2,4,30\nrs3,5,10\n")
    alone = 0.25 + 0.5 / 0.2 + 0.25 / 0.04
    together = 0.25 + 0.5 / 0.04 + 0.25 / 0.0016
    said = run("kin", case)
    assert said.code == 0
    assert f"log10 LR {log10(alone * together):.2f}" in said.out
    assert "Linked: 2 loci along 1 chromosome, by their positions" in " ".join(said.out.split())
    shown = run("kin", case, "--json").json
    rows = {row["locus"]: row["log10"] for row in shown["ratios"][0]["loci"]}
    assert rows == {
        "chromosome 4 (2 loci)": pytest.approx(log10(together)),
        "RS3": pytest.approx(log10(alone)),
    }
    assert shown["run"]["parameters"]["positions"] is not None


def test_loci_half_a_genome_apart_count_as_independent(tmp_path: Path) -> None:
    case = siblings(tmp_path, "rs1,4,0\nrs2,4,100000\n")
    alone = 0.25 + 0.5 / 0.2 + 0.25 / 0.04
    assert reopen.weigh_pedigrees(case).log10 == pytest.approx(3 * log10(alone))


def test_the_report_has_a_row_for_a_chromosome(tmp_path: Path) -> None:
    case = siblings(tmp_path, "rs1,4,30\nrs2,4,31\nrs3,5,10\n")
    assert run("kin", case, "--out", tmp_path / "out").code == 0
    assert "chromosome 4 (2 loci)" in (tmp_path / "out" / "report.html").read_text()


def test_too_many_transmissions_are_told_with_a_way_on(tmp_path: Path) -> None:
    case = siblings(tmp_path, "rs1,4,30\nrs2,4,31\n")
    names = [f"child{k}" for k in range(9)]
    children = "".join(f'{n} = {{ father = "father", mother = "mother" }}\n' for n in names)
    typed = "".join(f'[genotypes.{n}]\nrs1 = "A/A"\nrs2 = "A/G"\n' for n in names)
    case.write_text(SIBS.replace("[hypotheses.sib", children + "[hypotheses.sib") + typed)
    said = run("kin", case)
    assert said.code == 1
    told = " ".join(said.err.split())
    assert "transmissions" in told
    assert "loci whose positions are left out are weighed as independent" in told


def test_mutations_along_a_chromosome_are_told_locus_by_locus(tmp_path: Path) -> None:
    """The father has 9/9 and 22/22 where the child needs 10 and 20."""
    case = paternity({"model": "equal", "rate": 0.001})
    for marker, cm in zip(case["markers"], (1, 2), strict=True):
        marker |= {"chrom": "2", "cm": cm}
    case["genotypes"]["AF"] = {"TH01": ["9", "9"], "FGA": ["22", "22"]}
    said = " ".join(run("kin", written(tmp_path, case)).out.split())
    assert "chromosome 2 (2 loci)" in said
    assert "first needs TH01: 1 mutation, 1 step; FGA: 1 mutation, 2 steps" in said


def mistyped(error: Any) -> dict[str, Any]:
    """The father is 9/9, the child's 10 comes from the father: a mistake, or not the father."""
    case = paternity()
    case["genotypes"]["AF"]["TH01"] = ["9", "9"]
    case["settings"]["typing_error"] = error
    return case


def test_an_error_of_typing_takes_the_place_of_an_exclusion(tmp_path: Path) -> None:
    """P(9) = 0.95. The father is 9/10 (0.095, hands on 10 with 1/2) or 10/10 (0.0025), and was
    taken for 9/9 (0.9025) with 0.01 times 0.9025 / (1 - P(what he is))."""
    homozygous, both, other = 0.9025, 0.095, 0.0025
    as_heterozygous = both * 0.01 * homozygous / (1 - both)
    as_homozygous = other * 0.01 * homozygous / (1 - other)
    stranger = (0.99 * homozygous + as_heterozygous + as_homozygous) * 0.05
    expected = log10((as_heterozygous / 2 + as_homozygous) / stranger)
    case = written(tmp_path, mistyped({"AF": 0.01}))
    rows = {row["locus"]: row for row in run("kin", case, "--json").json["ratios"][0]["loci"]}
    assert rows["TH01"]["log10"] == pytest.approx(expected)
    said = " ".join(run("kin", case).out.split())
    assert "first needs 1 mutation, 1 step, or an error of typing" in said
    assert "Probability that a genotype was taken for another, drawn by p: AF 0.01." in said


def test_without_it_the_father_is_excluded(tmp_path: Path) -> None:
    assert "log10 LR -inf" in run("kin", written(tmp_path, mistyped(0))).out
