"""LINKAGE and PLINK pedigrees: names of markers, parents left out, several families."""

from __future__ import annotations

from pathlib import Path

import pytest

from reopen.errors import ReopenError, UnreadableFile
from reopen.formats import linkage, read_kinship
from reopen.records import KinshipCase, Sex

ROWS = """\
F1 gm 0 0 2 -9 12 14 6 9.3
F1 m 0 gm 2 -9 0 0 0 0
F1 f 0 0 1 -9 0 0 0 0
F1 c f m 1 2 12 0 6 6
"""


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text)
    return path


def genotypes(case: KinshipCase) -> dict[str, dict[str, str]]:
    return {id: {k: str(g) for k, g in one.genotypes.items()} for id, one in case.profiles.items()}


@pytest.mark.parametrize(
    ("sidecar", "text"),
    [
        ("a.map", "1 D1S1656 0 100\n2 THO1 0 100\n"),
        ("a.map", "1\tD1S1656\t100\n2\tTHO1\t100\n"),
        ("a.dat", "A status\nM D1S1656\nM TH01\n"),
        ("a.dat", "2 0 0 5 << loci\n3 12 # D1S1656\n0.1\n3 9 # TH01\n"),
    ],
)
def test_markers_are_named_by_a_file_beside(tmp_path: Path, sidecar: str, text: str) -> None:
    write(tmp_path, sidecar, text)
    case = read_kinship(write(tmp_path, "a.ped", ROWS))
    assert case.format == "LINKAGE or PLINK pedigree"
    assert genotypes(case) == {
        "gm": {"D1S1656": "12/14", "TH01": "6/9.3"},
        "c": {"D1S1656": "12/12", "TH01": "6/6"},
    }
    assert case.model is not None
    assert case.model.partial == {"c": frozenset({"D1S1656"})}


@pytest.mark.parametrize(
    "header",
    [
        "FID IID PAT MAT SEX PHENOTYPE D1S1656 TH01",
        "#FID\tIID\tPAT\tMAT\tSEX\tPHENO\tD1S1656.1\tD1S1656.2\tTH01.1\tTH01.2",
        "family id father mother sex status D1S1656 D1S1656 TH01 TH01",
    ],
)
def test_markers_are_named_by_a_header(tmp_path: Path, header: str) -> None:
    case = read_kinship(write(tmp_path, "a.ped", header + "\n" + ROWS))
    assert genotypes(case)["gm"] == {"D1S1656": "12/14", "TH01": "6/9.3"}


def test_one_parent_missing_is_added_and_told(tmp_path: Path) -> None:
    plink = "".join(" ".join(line.split()[:6]) + "\n" for line in ROWS.splitlines())
    case = read_kinship(write(tmp_path, "a.fam", plink))
    (pedigree,) = case.hypotheses.values()
    assert pedigree.member("m").parents == ("father of m", "gm")
    assert pedigree.sex("father of m") is Sex.MALE
    assert any("added father of m" in notice for notice in case.notices)
    assert case.profiles == {}


def test_half_siblings_are_told_apart_from_full() -> None:
    case = linkage.parse("a.fam", b"F m 0 0 2 0\nF a 0 m 1 0\nF b 0 m 1 0\n")
    (pedigree,) = case.hypotheses.values()
    assert pedigree.member("a").father != pedigree.member("b").father
    assert any("children of m are taken to have 2 different fathers" in n for n in case.notices)


def test_families_of_different_people_are_one_pedigree(tmp_path: Path) -> None:
    write(tmp_path, "a.dat", "M TH01\n")
    text = "1 a 0 0 1 0 6 7\n1 b a 0 1 0 6 8\n2 a 0 0 2 0 9 9\n"
    case = read_kinship(write(tmp_path, "a.ped", text))
    (pedigree,) = case.hypotheses.values()
    assert pedigree.ids == ("1: a", "b", "2: a", "mother of b")
    assert set(case.profiles) == {"1: a", "b", "2: a"}


def test_families_over_the_same_people_are_hypotheses(tmp_path: Path) -> None:
    write(tmp_path, "a.dat", "M TH01\n")
    text = "H1 a 0 0 1 0 6 7\nH1 b a x 2 0 6 8\nH1 x 0 0 2 0 0 0\n"
    text += "H2 a 0 0 1 0 6 7\nH2 b 0 0 2 0 6 8\n"
    case = read_kinship(write(tmp_path, "a.ped", text))
    assert {name: p.member("b").parents for name, p in case.hypotheses.items()} == {
        "H1": ("a", "x"), "H2": (),
    }  # fmt: skip


def test_loci_of_the_x_chromosome_are_known_by_their_names() -> None:
    header = "FID IID PAT MAT SEX STATUS DXS10103\n"
    text = header + "1 a 0 0 1 0 18 0\n1 b a c 2 0 18 19\n1 c 0 0 2 0 0 0\n"
    case = linkage.parse("x.ped", text.encode())
    assert case.model is not None
    assert case.model.x_linked == {"DXS10103"}
    assert case.model.partial == {}, "a man has one allele there, and it was read"
    with pytest.raises(ReopenError, match="a, male, is typed 18/19"):
        linkage.parse("x.ped", text.replace("18 0", "18 19").encode())


@pytest.mark.parametrize(
    ("text", "message", "line"),
    [
        (ROWS, "2 markers have no names", 1),
        ("F a 0 0 1 0\nF a 0 0 1 0\n", "a stands twice", 1),
        ("F a 0 0 1 0\nF b a a 1 0\n", "b has a as father and as mother", 2),
        ("F a b m 1 0\nF b a m 1 0\nF m 0 0 2 0\n", "own ancestor", None),
        ("F a 0 0 2 0\nF b a 0 1 0\n", "a, father of b, is female", 2),
        ("F b a m 1 0\n", "a, father of b, is not in", 1),
        ("F a 0 0 1 0\nF b 0 0 1 0 12\n", "7 columns, where 6", 2),
        ("F a 0 0 1 0\nF b 0 0 3 0\n", "The sex '3'", 2),
    ],
)
def test_broken_pedigrees_are_refused(text: str, message: str, line: int | None) -> None:
    with pytest.raises(ReopenError, match=message) as caught:
        linkage.parse("a.ped", text.encode())
    assert caught.value.where is not None
    assert caught.value.where.file == "a.ped"
    if line:
        assert caught.value.where.line == line


def test_two_markers_of_one_name_are_refused() -> None:
    text = "FID IID PAT MAT SEX STATUS TH01 THO1\n1 a 0 0 1 0 6 7 6 8\n"
    with pytest.raises(UnreadableFile, match="TH01 names two markers"):
        linkage.parse("a.ped", text.encode())
    with pytest.raises(UnreadableFile, match="no people"):
        linkage.parse("a.ped", b"FID IID PAT MAT SEX STATUS TH01\n")
