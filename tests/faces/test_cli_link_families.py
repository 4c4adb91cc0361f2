"""`reopen link --families --relatives`: numbers worked out by hand, what is shown and refused."""

from __future__ import annotations

from math import log10
from pathlib import Path

import pytest
from tests.faces.command import Said, run
from tests.faces.unit_files import ANNA, BERT, PLAIN, population, references, stains

# A mother's alleles at TH01, vWA, FGA are Anna's; her child shares one at each. All have p = 0.1:
# 1 / (4 p) where both are heterozygous, 1 / (2 p) where the mother is homozygous.
CHILD = {"TH01": ("10", "11"), "vWA": ("13", "14"), "FGA": ("12", "16")}
LOG10_CHILD = log10(2.5 * 2.5 * 5)
NO_MUTATION = '[mutation]\nmodel = "none"\n'


def family(folder: Path, *, missing: str = ", missing = true", typed: object = ANNA) -> Path:
    assert isinstance(typed, dict)
    genotypes = "\n".join(f'{at} = ["{a}", "{b}"]' for at, (a, b) in typed.items())
    path = folder / "family.toml"
    path.write_text(
        f"""{NO_MUTATION}
[families.North]
mother = {{ sex = "female" }}
father = {{ sex = "male" }}
child = {{ father = "father", mother = "mother"{missing} }}

[genotypes.mother]
{genotypes}
""",
        encoding="utf-8",
    )
    return path


def link(folder: Path, *words: object) -> Said:
    return run("link", *words, "--population", population(folder), *PLAIN, "--least", "1")


@pytest.fixture
def known(tmp_path: Path) -> Path:
    return references(tmp_path / "known.csv", {"R-1": CHILD, "R-2": BERT})


def test_a_reference_is_the_missing_child(tmp_path: Path, known: Path) -> None:
    said = link(tmp_path, "--references", known, "--families", family(tmp_path), "--json")
    assert said.code == 0
    (found,) = said.json["links"]
    assert found["kind"] == "reference with family"
    assert found["one"]["profile"] == "R-1"
    assert (found["other"]["profile"], found["other"]["missing_member"]) == ("North", "child")
    assert found["log10"] == pytest.approx(LOG10_CHILD, abs=1e-9)
    assert found["per_locus"]["FGA"] == pytest.approx(log10(5))
    assert found["in_words"].endswith("for the missing member, relative to unrelated people.")
    # Two people were compared; 1 in 31.25 at most comes so close.
    assert 0 < found["expected_chance"] <= 2 / 31.25
    (told,) = said.json["families"]
    assert told["check"]["findings"] == []
    assert said.json["comparisons"]["reference with family"] == 2


def test_the_text_and_the_report_name_the_family(tmp_path: Path, known: Path) -> None:
    out = tmp_path / "links"
    said = link(tmp_path, "--references", known, "--families", family(tmp_path), "--out", out)
    assert "References with families of the missing" in said.out
    assert "R-1  North: child" in said.out
    assert "1 family of the missing" in said.out
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "the person typed is child, missing from family North" in page
    assert "Families of the missing" in page
    assert f"May be <bdi>child</bdi>: R-1 (log10 LR {LOG10_CHILD:.1f})." in page


def test_a_relative_of_the_donor_is_in_the_database(tmp_path: Path, known: Path) -> None:
    trace = stains(tmp_path / "stains.csv", {"S-1": (ANNA,)}, 1000)
    said = link(
        tmp_path, trace, "--references", known, "--relatives", "Parent and child", "--chance", "5",
        "--json",
    )  # fmt: skip
    (found,) = said.json["links"]
    assert found["kind"] == "stain with a relative of its donor"
    assert (found["relation"], found["other"]["profile"]) == ("parent and child", "R-1")
    # The usual mutation takes a little off.
    assert found["log10"] == pytest.approx(LOG10_CHILD, abs=0.02)


def test_an_exclusion_is_no_link(tmp_path: Path) -> None:
    known = references(tmp_path / "known.csv", {"R-2": BERT})
    said = link(tmp_path, "--references", known, "--families", family(tmp_path))
    assert said.code == 0
    assert "No link was strong enough" in said.out


def test_a_file_without_anybody_missing_is_listed(tmp_path: Path, known: Path) -> None:
    said = link(tmp_path, "--references", known, "--families", family(tmp_path, missing=""))
    assert "mark who is missing" in " ".join(said.out.split())


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--families", "FAMILY", "--relatives", "brothers"), "Relation 'brothers'"),
        (("--families", "FAMILY", "--chance", "0"), "0.0 chance hits allowed"),
        (("--families", "FAMILY", "FAMILY"), "Two families called North"),
        ((), "No files of stains, and none of families"),
    ],
)
def test_wrong_usage_is_told(
    words: tuple[str, ...], told: str, tmp_path: Path, known: Path
) -> None:
    path = family(tmp_path)
    said = link(tmp_path, *(path if word == "FAMILY" else word for word in words),
                "--references", known)  # fmt: skip
    assert said.code == 2
    assert told in " ".join(said.err.split())
    assert "Traceback" not in said.err


def test_a_broken_file_of_families_does_not_stop_the_others(tmp_path: Path, known: Path) -> None:
    broken = tmp_path / "broken.toml"
    broken.write_text("[families.X]\nchild = { father = 'nobody' }\n", encoding="utf-8")
    said = link(tmp_path, "--references", known, "--families", family(tmp_path), broken)
    assert said.code == 1
    assert "R-1  North: child" in said.out
    assert "broken.toml" in said.out
