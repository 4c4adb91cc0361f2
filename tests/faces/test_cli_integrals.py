"""`reopen contributors` and `reopen weigh --integrated`: by hand, as text, JSON and report."""

from __future__ import annotations

import json
from math import log10
from pathlib import Path

import pytest
from lxml import html
from tests.faces.command import Said, run
from tests.faces.unit_files import (
    ANNA,
    BERT,
    LOG10_LR,
    PLAIN,
    population,
    references,
    stain,
    stains,
)

import reopen
from reopen.errors import InvalidRecord


def weigh(folder: Path, *words: object, people: tuple[object, ...] = (ANNA,)) -> Said:
    return run(
        "weigh", stain(folder, "S-1", *people),  # type: ignore[arg-type]
        "--suspect", references(folder / "a.csv", {"R-1": ANNA, "R-2": BERT}).as_posix() + "#R-1",
        "--population", population(folder), *PLAIN, *words,
    )  # fmt: skip


def count(folder: Path, *words: object) -> Said:
    both = stains(folder / "both.csv", {"ONE": (ANNA,), "TWO": (ANNA, BERT)}, 1000)
    return run("contributors", both, "--population", population(folder), *PLAIN, *words)


def test_a_clean_stain_of_one_has_the_inverse_match_probability(tmp_path: Path) -> None:
    """Whatever the parameters are, only the donor's genotype explains it: the LR is the same at
    all of them, and so is their average and every quantile."""
    found = weigh(tmp_path, "--contributors", 1, "--integrated", "--json").json["integrated"]
    assert found["log10"] == pytest.approx(LOG10_LR, abs=0.03)
    assert found["interval"][0] < LOG10_LR < found["interval"][1]
    assert found["contributors"] == 1
    assert found["over_numbers"] is None
    assert found["numerator_marginal"]["ending"] == "reached"
    assert found["run_of_integration"]["seed"] == 1
    assert "prior_variability" in found["run_of_integration"]["parameters"]


def test_an_unknown_number_is_averaged_over(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    said = weigh(tmp_path, "--integrated", "--json", "--out", folder, people=(ANNA, BERT))
    over = said.json["integrated"]["over_numbers"]
    shares = {
        one["number"]: one["probability"]
        for one in over["denominator_numbers"]
        if one["probability"] is not None
    }
    by_number = {one["number"]: one["log10"] for one in over["by_number"]}
    averaged = log10(sum(shares[n] * 10**value for n, value in by_number.items()))
    assert over["log10"] == pytest.approx(averaged, abs=0.02)
    assert shares[1] < 1e-6
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "Parameters integrated over" in page
    assert "Averaged over the number of contributors" in page
    assert "Owen 1997" in page


def test_other_seeds_and_quantiles_are_used(tmp_path: Path) -> None:
    words = ("--contributors", 2, "--integrated", "--json")
    people = (ANNA, BERT)
    one, again, other, median = (
        weigh(tmp_path, *words, *more, people=people).json["integrated"]
        for more in (("--seed", 3), ("--seed", 3), ("--seed", 4), ("--quantile", 0.5))
    )
    assert one == again
    assert one["log10"] != other["log10"]
    spread = median["distribution"]
    assert spread["level"] == 0.5
    assert spread["quantile"] == pytest.approx(spread["median"])


def test_the_number_of_clean_stains(tmp_path: Path) -> None:
    said = count(tmp_path, "--most", 3, "--json")
    found = {one["id"]: one for one in said.json["stains"]}
    assert {name: one["contributors"] for name, one in found.items()} == {"ONE": 1, "TWO": 2}
    for one in found.values():
        computed = [n["probability"] for n in one["numbers"] if n["probability"] is not None]
        assert sum(computed) == pytest.approx(1.0)
        left = [n for n in one["numbers"] if n["probability"] is None]
        assert all(n["at_most"] > 0 and n["marginal"] is None for n in left)
        assert [n["number"] for n in one["numbers"]] == [1, 2, 3, 4, 5, 6]
        assert one["run"]["seed"] == 1


def test_a_known_person_is_counted_in(tmp_path: Path) -> None:
    anna = references(tmp_path / "anna.csv", {"A": ANNA})
    found = count(tmp_path, "--known", anna, "--most", 2, "--json").json
    assert found["known"] == ["A"]
    assert [one["contributors"] for one in found["stains"]] == [1, 2]


def test_the_table_and_the_report(tmp_path: Path) -> None:
    said = count(tmp_path, "--most", 2, "--out", tmp_path / "out")
    assert said.code == 0
    assert [line.split()[0] for line in said.out.splitlines() if "%" in line] == ["ONE", "TWO"]
    assert max(map(len, said.out.splitlines())) <= 80
    page = html.fromstring((tmp_path / "out" / "report.html").read_text(encoding="utf-8"))
    assert len(page.xpath("//figure/*[local-name()='svg']")) == 2
    assert "ONE" in page.text_content()
    data = json.loads((tmp_path / "out" / "contributors.json").read_text(encoding="utf-8"))
    assert [one["id"] for one in data["stains"]] == ["ONE", "TWO"]


def test_the_text_of_an_integrated_weighing(tmp_path: Path) -> None:
    said = weigh(tmp_path, "--contributors", 2, "--integrated", people=(ANNA, BERT))
    assert "conservative quantile of 5%" in " ".join(said.out.split())
    assert "Averaged" not in said.out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--integrated", "--quantile", "2", "--contributors", "1"), "A quantile at 2."),
        (("--integrated", "--model", "qualitative"), "--model qualitative"),
    ],
)
def test_what_cannot_be_asked_of_a_weighing(
    words: tuple[str, ...], told: str, tmp_path: Path
) -> None:
    said = weigh(tmp_path, *words)
    assert said.code == 2
    assert told in said.err


def test_what_cannot_be_counted(tmp_path: Path) -> None:
    assert count(tmp_path, "--most", 7).code == 2
    people = references(tmp_path / "people.csv", {"A": ANNA})
    said = run("contributors", people, "--population", population(tmp_path))
    assert said.code == 1
    assert "holds no stain" in said.err
    with pytest.raises(InvalidRecord, match="Up to 9"):
        reopen.count_contributors(most=9)


def test_a_stain_that_cannot_be_weighed_is_listed(tmp_path: Path) -> None:
    said = count(tmp_path, "--threshold-rfu", 5000)
    assert said.code == 1
    assert said.out.count("has no peak at or above the threshold") == 2
