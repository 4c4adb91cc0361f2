"""Where loci lie, as files tell it: tables, maps beside, PLINK and MERLIN; errors of typing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from reopen.errors import ReopenError
from reopen.formats import read_kinship, write_familias, write_pedigree_file
from reopen.records import KinshipCase, KinshipModel, Locus, MapPosition

PEOPLE = """
[people]
father = "male"
child = { sex = "male", father = "father" }
[genotypes.father]
rs1 = "A/G"
[genotypes.child]
rs1 = "A/A"
rs2 = "C/C"
"""


def toml(folder: Path, head: str, **beside: str) -> KinshipCase:
    for name, text in beside.items():
        (folder / name.replace("_", ".")).write_text(text)
    path = folder / "case.toml"
    path.write_text(head + PEOPLE)
    return read_kinship(path)


def model(case: KinshipCase) -> KinshipModel:
    assert case.model is not None
    return case.model


def placed(case: KinshipCase) -> dict[str, tuple[str, float]]:
    return {locus: (at.chromosome, round(at.cm, 9)) for locus, at in model(case).positions.items()}


def test_a_table_of_the_pedigree_file(tmp_path: Path) -> None:
    head = '[positions]\nrs1 = { chromosome = "chr01", cm = 12.5 }\n'
    head += "rs2 = { chromosome = 1, mb = 40 }\n"
    case = toml(tmp_path, head)
    assert placed(case) == {"RS1": ("1", 12.5), "RS2": ("1", 40.0)}
    assert [n for n in case.notices if n.startswith("Distances in Mb count as 1 cM each")]


@pytest.mark.parametrize(
    "table",
    [
        "locus,chromosome,cM,Mb\nrs1,1,12.5,99\nrs2,1,,40\n",
        "SNP\tchr\tMb\nrs1\tchr1\t12.5\nrs2\tchr1\t40\n",
        "Marker;Chrom;CM\nrs1;1;12.5\nrs2;1;40\n",
    ],
)
def test_a_map_beside_it(tmp_path: Path, table: str) -> None:
    case = toml(tmp_path, 'map = "snps.csv"\n', snps_csv=table)
    assert placed(case) == {"RS1": ("1", 12.5), "RS2": ("1", 40.0)}
    assert any("Distances in Mb" in n for n in case.notices) == ("Mb" in table)


def test_loci_on_chromosome_x_are_on_x(tmp_path: Path) -> None:
    head = 'map = "snps.csv"\n'
    table = "locus,chromosome,cM\nrs2,X,5\nrs3,23,6\n"
    case = toml(tmp_path, head, snps_csv=table)
    assert model(case).x_linked == {"RS2", "RS3"}
    assert placed(case)["RS3"] == ("X", 6.0)


@pytest.mark.parametrize(
    ("head", "seen"),
    [
        ('map = "none.csv"\n', "cannot be opened"),
        ("[positions]\nrs1 = { cm = 5 }\n", "No 'chromosome' is given"),
        ("[positions]\nrs1 = { chromosome = 1 }\n", "RS1 is placed at no distance"),
        ("[positions]\nrs1 = { chromosome = 1, cm = 1, mb = 1 }\n", "by cM and by Mb"),
        ('[positions]\nrs1 = { chromosome = "Y", cm = 1 }\n', "RS1 is placed on Y"),
        ('[positions]\nrs1 = { chromosome = "X", cm = 1 }\n', "typed A/G at RS1 on the X"),
        ("[positions]\nrs1 = { chromosome = 1, cM = 1 }\n", "'cM' is not known here"),
        ('x_loci = ["rs2"]\n[positions]\nrs2 = { chromosome = 1, cm = 1 }\n', "is among the loci"),
        ("typing_error = 1.5\n", "typing error probability of 1.5"),
        ("[typing_error]\nuncle = 0.1\n", "A typing error of uncle, who is in no pedigree"),
    ],
)
def test_what_is_refused(tmp_path: Path, head: str, seen: str) -> None:
    with pytest.raises(ReopenError, match=seen) as caught:
        toml(tmp_path, head)
    assert caught.value.where is not None


@pytest.mark.parametrize(
    ("table", "seen"),
    [
        ("locus,where,cM\nrs1,1,5\n", "The columns are"),
        ("locus,chromosome\nrs1,1\n", "The columns are"),
        ("locus,chromosome,cM\nrs1,1,5\nrs1,1,6\n", "RS1 is placed twice"),
        ("locus,chromosome,cM\nrs1,1,far\n", "The distance 'far'"),
        ("locus,chromosome,cM\nrs1,1,nan\n", "A place at nan cM"),
        ("locus,chromosome,cM\nrs1,,5\n", "RS1 is placed on no chromosome"),
        ("locus,chromosome,cM\nrs1,0,5\n", "RS1 is placed on 0"),
        ("locus,chromosome,cM\nrs1,1,\n", "RS1 is placed at no distance"),
    ],
)
def test_mistakes_of_a_map_are_told_with_their_line(tmp_path: Path, table: str, seen: str) -> None:
    with pytest.raises(ReopenError, match=seen) as caught:
        toml(tmp_path, 'map = "snps.csv"\n', snps_csv=table)
    assert "snps.csv" in str(caught.value.where)


PED = "F f 0 0 1 0 A G C C A A\nF m 0 0 2 0 A G C T A A\nF c f m 1 0 A A C C A A\n"


def ped(folder: Path, lines: str) -> KinshipCase:
    (folder / "a.map").write_text(lines)
    (folder / "a.ped").write_text(PED)
    return read_kinship(folder / "a.ped")


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("1 rs1 1.5 900\n1 rs2 0 100\n2 rs3 7 5\n", {"RS1": 1.5, "RS2": 0.0, "RS3": 7.0}),
        ("1 rs1 0 9000000\n1 rs2 0 1500000\n0 rs3 0 0\n", {"RS1": 9.0, "RS2": 1.5}),
        ("1 rs1 9000000\n1 rs2 1500000\n1 rs3 -1\n", {"RS1": 9.0, "RS2": 1.5}),
        ("CHROMOSOME MARKER POSITION\n1 rs1 9\n1 rs2 1.5\n25 rs3 3\n", {"RS1": 9.0, "RS2": 1.5}),
        ("rs1\nrs2\nrs3\n", {}),
    ],
)
def test_plink_and_merlin(tmp_path: Path, lines: str, expected: dict[str, float]) -> None:
    case = ped(tmp_path, lines)
    found = {} if case.model is None else dict(case.model.positions)
    assert {locus: at.cm for locus, at in found.items()} == pytest.approx(expected)
    assert any("Distances in Mb" in n for n in case.notices) == ("00000" in lines)


def test_markers_on_y_and_mtdna_are_left_out_and_listed(tmp_path: Path) -> None:
    case = ped(tmp_path, "1 rs1 1 0\n23 rs2 2 0\n24 rs3 3 0\n".replace("23 rs2", "1 rs2"))
    assert [item.what for item in case.not_weighed] == ["RS3"]
    assert all("RS3" not in profile.genotypes for profile in case.profiles.values())


def test_chromosome_23_is_x(tmp_path: Path) -> None:
    case = ped(tmp_path, "1 rs1 1 0\n23 rs2 2 0\n1 rs3 3 0\n")
    assert model(case).x_linked == {"RS2"}


def marker(name: str, **more: object) -> dict[str, object]:
    return {"name": name, "alleles": ["A", "G"], "freqs": [0.5, 0.5], **more}


def kinship_json(folder: Path, markers: list[dict[str, object]], **settings: object) -> KinshipCase:
    people = [{"id": "a", "sex": "M"}, {"id": "b", "sex": "M"}]
    content = {
        "schema": "kinship-case/1", "kind": "lr", "settings": settings, "markers": markers,
        "hypotheses": {"H": people}, "genotypes": {"a": {m["name"]: ["A", "A"] for m in markers}},
    }  # fmt: skip
    (folder / "a.json").write_text(json.dumps(content))
    return read_kinship(folder / "a.json")


def test_markers_of_a_kinship_case(tmp_path: Path) -> None:
    markers = [
        marker("rs1", chrom="1", cm=3.5, mb=9),
        marker("rs2", chrom=1, mb=9),
        marker("rs3", chrom="X", type="X", cm=1),
        marker("rs4", chrom="7"),
        marker("rs5"),
    ]
    case = kinship_json(tmp_path, markers)
    assert placed(case) == {"RS1": ("1", 3.5), "RS2": ("1", 9.0), "RS3": ("X", 1.0)}
    assert any("at no distance" in n for n in case.notices)


def test_typing_errors_of_a_kinship_case(tmp_path: Path) -> None:
    assert model(kinship_json(tmp_path, [marker("rs1")], typing_error=0.01)).typing_error == 0.01
    one = kinship_json(tmp_path, [marker("rs1")], typing_error={"a": 0.02})
    assert model(one).typing_error_of("a") == 0.02
    assert model(one).typing_error_of("b") == 0


@pytest.mark.parametrize("head", ["typing_error = 0.01\n", "[typing_error]\nchild = 0.01\n"])
def test_places_and_errors_are_written_and_read_back(tmp_path: Path, head: str) -> None:
    places = (
        '[positions]\nrs1 = { chromosome = "1", cm = 12.5 }\n"rs 2" = { chromosome = 2, cm = 1 }\n'
    )
    case = toml(tmp_path, head + places)
    again = tmp_path / "again.toml"
    again.write_text(write_pedigree_file(case))
    assert model(read_kinship(again)) == model(case)
    assert model(case).positions[Locus("RS1")] == MapPosition("1", 12.5)


def test_familias_is_not_given_what_it_cannot_say(tmp_path: Path) -> None:
    frequencies = "[frequencies.rs1]\nA = 0.5\nG = 0.5\n[frequencies.rs2]\nC = 0.5\nT = 0.5\n"
    head = "[population]\nname = 'own'\ntheta = 0\n" + frequencies
    for more in ("typing_error = 0.01\n", "[positions]\nrs1 = { chromosome = 1, cm = 2 }\n"):
        case = toml(tmp_path, more + head)
        with pytest.raises(ReopenError, match=r"Errors of typing|Linked loci"):
            write_familias(case)
