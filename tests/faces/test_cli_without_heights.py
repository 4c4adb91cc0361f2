"""`reopen weigh --model qualitative`: alleles seen or not, by hand arithmetic, and its refusals."""

from __future__ import annotations

from math import log10
from pathlib import Path

import pytest
from tests.faces.command import run
from tests.faces.unit_files import ANNA, BERT, LOG10_LR, population, references, stain

import reopen

QUALITATIVE = ("--model", "qualitative", "--theta", "0")


def codis_style(folder: Path, alleles: dict[str, str]) -> Path:
    """A stain of allele names alone."""
    rows = [f"S-1,{locus},{','.join(labels.split())}" for locus, labels in alleles.items()]
    path = folder / "stain.csv"
    path.write_text("\n".join(["SampleName,Marker,Allele 1,Allele 2,Allele 3", *rows]) + "\n")
    return path


def weighed(folder: Path, trace: Path, *options: object) -> dict[str, object]:
    person = references(folder / "people.csv", {"R-1": ANNA})
    said = run("weigh", trace, "--suspect", person, "--population", population(folder),
               *QUALITATIVE, *options, "--json")  # fmt: skip
    assert said.code == 0, said.err
    found: dict[str, object] = said.json
    return found


def test_a_stain_without_heights_is_weighed(tmp_path: Path) -> None:
    """One of two copies of TH01 missed: D (1 - D) (1 - pC) against the sum over genotypes."""
    trace = codis_style(tmp_path, {"TH01": "10", "vWA": "14 17", "FGA": "16 16"})
    data = weighed(tmp_path, trace, "--contributors", 1, "--dropout", "0.2", "--drop-in", "0.05")
    ratio = data["ratio"]
    assert isinstance(ratio, dict)
    above = 0.8 * 0.2 * 0.95
    below = (
        0.1**2 * (1 - 0.2**2) * 0.95  # 10/10
        + 2 * 0.1 * 0.9 * 0.8 * 0.2 * 0.95  # 10 and another that dropped out
        + 0.9**2 * 0.2**2 * 0.05 * 0.1  # neither: both dropped out, 10 is a drop-in
    )
    assert ratio["per_locus"]["TH01"] == pytest.approx(log10(above / below))
    assert sum(ratio["per_locus"].values()) == pytest.approx(ratio["log10"])
    assert ratio["numerator"]["fit"]["dropout"] == [0.2]
    assert len(ratio["by_dropout"]) == 12


def test_with_everything_seen_it_weighs_what_the_profile_is_rare(tmp_path: Path) -> None:
    trace = codis_style(tmp_path, {"TH01": "10 12", "vWA": "14 17", "FGA": "16"})
    options = ("--contributors", 1, "--drop-in", "0", "--dropout")
    given = weighed(tmp_path, trace, *options, "0")["ratio"]
    assert isinstance(given, dict)
    assert given["log10"] == pytest.approx(LOG10_LR)
    estimated = weighed(tmp_path, trace, *options, "estimate")["ratio"]
    assert isinstance(estimated, dict)
    assert estimated["log10"] < LOG10_LR  # an unknown person may have lost an allele at FGA
    assert estimated["numerator"]["fit"]["remark"] == "nothing calls for drop-out"
    assert estimated["denominator"]["fit"]["dropout"][0] > 0


def test_the_page_says_what_the_number_rests_on(tmp_path: Path) -> None:
    person = references(tmp_path / "people.csv", {"R-1": ANNA, "R-2": BERT})
    trace = codis_style(tmp_path, {"TH01": "10 11 12", "vWA": "14 17 18", "FGA": "16 19"})
    said = run(
        "weigh",
        trace,
        "--suspect",
        f"{person}#R-1",
        "--known",
        f"{person}#R-2",
        "--population",
        population(tmp_path),
        *QUALITATIVE,
        "--dropout",
        "integrate",
    )
    assert said.code == 0, said.err
    told = " ".join(said.out.split())
    for words in (
        "Heights are not looked at", "First proposition: R-1 + R-2", "drop-out summed over",
        "one drop-out for all loci", "How much drop-out matters", "Stutter is not modelled",
        "support for the first proposition",
    ):  # fmt: skip
        assert words in told
    assert max(map(len, said.out.splitlines())) <= 80


def test_heights_count_from_the_threshold_on(tmp_path: Path) -> None:
    trace = stain(tmp_path, "S-1", ANNA, rfu=60)
    person = references(tmp_path / "people.csv", {"R-1": ANNA})
    options = ("weigh", trace, "--suspect", person, "--population", population(tmp_path),
               *QUALITATIVE, "--contributors", 1)  # fmt: skip
    assert run(*options, "--dropout", "0", "--drop-in", "0").code == 0
    high = run(*options, "--threshold-rfu", 5000)
    assert high.code == 1
    assert "no allele that can be weighed" in high.err


def test_an_exclusion_is_not_an_error(tmp_path: Path) -> None:
    trace = codis_style(tmp_path, {"TH01": "13 14", "vWA": "14 17", "FGA": "16"})
    data = weighed(tmp_path, trace, "--contributors", 1, "--dropout", "0", "--drop-in", "0")
    assert isinstance(data["ratio"], dict)
    assert data["ratio"]["log10"] == "-inf"
    assert data["ratio"]["numerator"]["fit"]["remark"] == "TH01"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--model", "quantitative"), "No model is called 'quantitative'"),
        (("--dropout", "0.1"), "takes no probability of it"),
        (("--model", "qualitative", "--dropout", "often"), "Drop-out often"),
        (("--model", "qualitative", "--dropout", "1.5"), "from 0 to 1"),
        (("--model", "qualitative", "--dropout", "nan"), "from 0 to 1"),
        (("--model", "qualitative", "--contributors", "9"), "At most 6 unknown"),
    ],
)
def test_what_is_refused(tmp_path: Path, options: tuple[str, ...], words: str) -> None:
    trace, person = stain(tmp_path, "S-1", ANNA), references(tmp_path / "a.csv", {"R-1": ANNA})
    said = run("weigh", trace, "--suspect", person, "--population", population(tmp_path), *options)
    assert said.code in (1, 2)
    assert words in " ".join(said.err.split())
    assert "Traceback" not in said.err


def test_the_model_of_heights_points_here_where_there_are_none(tmp_path: Path) -> None:
    trace = codis_style(tmp_path, {"TH01": "10", "vWA": "14 17", "FGA": "16"})
    person = references(tmp_path / "a.csv", {"R-1": ANNA})
    said = run("weigh", trace, "--suspect", person, "--population", population(tmp_path))
    assert said.code == 2  # a profile without heights is read as a reference
    assert "--model qualitative" in said.err


def test_python_says_the_same(tmp_path: Path) -> None:
    trace = codis_style(tmp_path, {"TH01": "10", "vWA": "14 17", "FGA": "16"})
    person = references(tmp_path / "a.csv", {"R-1": ANNA})
    found = reopen.weigh_without_heights(
        trace, person, contributors=1, dropout=0.1, population=str(population(tmp_path))
    )
    assert found.log10 == sum(found.ratio.per_locus.values())
    assert str(found) == reopen.to_text(found)
    assert dict(found.ratio.run.parameters)["dropout"] == "0.1"
