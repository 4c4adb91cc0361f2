"""`reopen deconvolve --joint --profiles --draws`: two people whose genotypes are plain."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from tests.faces.command import Said, run
from tests.faces.unit_files import ANNA, BERT, PLAIN, population, references, stains

import reopen
from reopen.errors import InvalidRecord


def deconvolved(folder: Path, *options: object) -> Said:
    trace = stains(folder / "mixed.csv", {"S-1": (ANNA, BERT)}, 1000)
    chosen = ("--contributors", 2, "--population", population(folder), *PLAIN)
    return run("deconvolve", trace, *chosen, *options)


def test_joint_genotypes_add_up_to_each_persons_own(tmp_path: Path) -> None:
    said = deconvolved(tmp_path, "--joint", 1000, "--json")
    assert said.code == 0
    for locus, found in said.json["joint"].items():
        assert found["contributors"] == [1, 2]
        together = sum(row["probability"] for row in found["genotypes"])
        assert together == pytest.approx(1, abs=1e-9)
        for place in (0, 1):
            own: Counter[tuple[str, ...]] = Counter()
            for row in found["genotypes"]:
                own[tuple(row["alleles"][place])] += row["probability"]
            for row in said.json["unknown"][place]["genotypes"][locus][:5]:
                assert own[tuple(row["alleles"])] == pytest.approx(row["probability"], abs=1e-9)


def test_the_plain_answer_comes_first(tmp_path: Path) -> None:
    said = deconvolved(tmp_path, "--joint", 2, "--profiles", 2, "--json")
    first = {locus: rows["genotypes"][0] for locus, rows in said.json["joint"].items()}
    for locus, row in first.items():
        assert row["alleles"] == [sorted(ANNA[locus]), sorted(BERT[locus])]
    for ranked, person in zip(said.json["profiles"], (ANNA, BERT), strict=True):
        best, second = ranked["profiles"]
        assert best["genotypes"] == {locus: sorted(pair) for locus, pair in person.items()}
        assert best["probability"] >= second["probability"]
    assert said.json["draws"] is None


def test_draws_are_as_frequent_as_they_are_probable(tmp_path: Path) -> None:
    said = deconvolved(tmp_path, "--joint", 1, "--draws", 2000, "--seed", 3, "--json")
    assert said.json["draws"]["seed"] == 3
    for locus, found in said.json["draws"]["loci"].items():
        assert len(found["draws"]) == 2000
        best = said.json["joint"][locus]["genotypes"][0]
        share = sum(draw == best["alleles"] for draw in found["draws"]) / 2000
        assert share == pytest.approx(best["probability"], abs=0.05)
    again = deconvolved(tmp_path, "--draws", 2000, "--seed", 3, "--json")
    assert again.json["draws"] == said.json["draws"]


def test_known_people_condition_the_others(tmp_path: Path) -> None:
    person = references(tmp_path / "a.csv", {"R-1": ANNA})
    said = deconvolved(tmp_path, "--known", person, "--joint", 1, "--json")
    assert {tuple(found["contributors"]) for found in said.json["joint"].values()} == {(2,)}


def test_text_shows_them_and_reads_at_80_characters(tmp_path: Path) -> None:
    said = deconvolved(tmp_path, "--joint", 2, "--profiles", 1, "--draws", 1)
    told = " ".join(said.out.split())
    assert "Genotypes of all contributors together, most probable first" in told
    assert "TH01 (1, 2)" in told
    assert "10/12 + 11/15" in told
    assert "Whole profiles of contributor 2, most probable first" in told
    assert "1 draw of all contributors' genotypes with seed 1" in told
    assert max(map(len, said.out.splitlines())) <= 80
    assert "together" not in deconvolved(tmp_path).out


def test_what_is_not_asked_for_is_null(tmp_path: Path) -> None:
    said = deconvolved(tmp_path, "--json")
    assert [said.json[key] for key in ("joint", "profiles", "draws")] == [None, None, None]


@pytest.mark.parametrize("option", ["--joint", "--profiles"])
def test_more_than_can_be_listed_is_refused(tmp_path: Path, option: str) -> None:
    said = deconvolved(tmp_path, option, 1001)
    assert said.code == 2
    assert "From 1 to 1000." in said.err


def test_numbers_below_zero_are_refused_in_python(tmp_path: Path) -> None:
    trace = stains(tmp_path / "mixed.csv", {"S-1": (ANNA, BERT)}, 1000)
    with pytest.raises(InvalidRecord, match="joint = -1"):
        reopen.deconvolve_stain(trace, joint=-1)
