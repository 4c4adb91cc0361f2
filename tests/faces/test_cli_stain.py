"""`reopen weigh` and `reopen deconvolve`: hand arithmetic, endings, words, and who is named."""

from __future__ import annotations

from pathlib import Path

import pytest
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


def test_a_clean_stain_weighs_what_the_profile_is_rare(tmp_path: Path) -> None:
    trace, person = stain(tmp_path, "S-1", ANNA), references(tmp_path / "a.csv", {"R-1": ANNA})
    said = run("weigh", trace, "--suspect", person, "--contributors", 1,
               "--population", population(tmp_path), *PLAIN, "--json")  # fmt: skip
    assert said.code == 0
    ratio = said.json["ratio"]
    assert ratio["log10"] == pytest.approx(LOG10_LR, abs=0.01)
    assert sum(ratio["per_locus"].values()) == pytest.approx(ratio["log10"], abs=1e-9)
    assert ratio["settled"]
    assert "very strong support for the first proposition" in said.json["in_words"]
    assert "ENFSI" in said.json["words_from"]


def test_everything_that_a_court_asks_for_is_shown(tmp_path: Path) -> None:
    trace, person = stain(tmp_path, "S-1", ANNA), references(tmp_path / "a.csv", {"R-1": ANNA})
    said = run("weigh", trace, "--suspect", person, "--population", population(tmp_path),
               "--threshold-rfu", 1, *PLAIN)  # fmt: skip
    for words in (
        "First proposition: R-1", "Second proposition: 1 unknown person", "log10 LR 5.40",
        "very strong support", "ENFSI guideline for evaluative reporting",
        "The best fit lies on the edge", "(variability at 0.02)", "TH01 1.70",
        "Coancestry theta is 0.", "Contributors: 1, the most probable (1: 9",
    ):  # fmt: skip
        assert words in " ".join(said.out.split())
    assert max(map(len, said.out.splitlines())) <= 80


def test_people_known_to_have_contributed_stand_on_both_sides(tmp_path: Path) -> None:
    trace = stains(tmp_path / "mixed.csv", {"S-1": (ANNA, BERT), "S-2": (BERT,)}, 1000)
    people = references(tmp_path / "people.csv", {"R-1": ANNA, "R-2": BERT})
    said = run("weigh", f"{trace}#S-1", "--suspect", f"{people}#R-2",
               "--known", f"{people}#R-1", "--contributors", 2,
               "--population", population(tmp_path), *PLAIN, "--json")  # fmt: skip
    ratio = said.json["ratio"]
    assert ratio["numerator"]["proposition"] == "R-2 + R-1"
    assert ratio["denominator"]["proposition"] == "R-1 + 1 unknown person"
    assert ratio["log10"] == pytest.approx(3 * 1.69897, abs=0.1)


def test_one_of_several_must_be_named(tmp_path: Path) -> None:
    people = references(tmp_path / "people.csv", {"R-1": ANNA, "R-2": BERT})
    said = run("weigh", stain(tmp_path, "S-1", ANNA), "--suspect", people)
    assert said.code == 2
    assert "There are 2 references, not one." in said.err
    assert "R-1, R-2" in said.err
    said = run("weigh", stain(tmp_path, "S-1", ANNA), "--suspect", f"{people}#R-3")
    assert "No reference is called 'R-3'." in said.err


def test_fewer_contributors_than_people_named(tmp_path: Path) -> None:
    people = references(tmp_path / "people.csv", {"R-1": ANNA, "R-2": BERT})
    said = run("weigh", stain(tmp_path, "S-1", ANNA), "--suspect", f"{people}#R-1",
               "--known", f"{people}#R-2", "--contributors", 1)  # fmt: skip
    assert said.code == 1
    assert "there are 2 at least" in said.err


def test_an_exclusion_is_a_number_and_said_to_be_one(tmp_path: Path) -> None:
    trace, person = stain(tmp_path, "S-1", ANNA), references(tmp_path / "b.csv", {"R-2": BERT})
    said = run("weigh", trace, "--suspect", person, "--contributors", 1, "--drop-in", 0,
               "--population", population(tmp_path), "--stutter", "none")  # fmt: skip
    assert said.code == 0
    assert "log10 LR -inf" in said.out
    assert "An exclusion under this model" in said.out
    assert "peaks at TH01, vWA, FGA" in said.out
    data = run("weigh", trace, "--suspect", person, "--contributors", 1, "--drop-in", 0,
               "--population", population(tmp_path), "--stutter", "none", "--json")  # fmt: skip
    assert data.json["ratio"]["log10"] == "-inf"


def test_peaks_that_nobody_can_have_left_have_no_ratio(tmp_path: Path) -> None:
    trace, person = (
        stain(tmp_path, "S-1", ANNA, BERT),
        references(tmp_path / "b.csv", {"R-2": BERT}),
    )
    said = run("weigh", trace, "--suspect", person, "--contributors", 1, "--drop-in", 0,
               "--population", population(tmp_path), "--stutter", "none")  # fmt: skip
    assert said.code == 1
    assert "Cannot be weighed: Stain 'S-1' cannot come from 1 unknown person" in said.err
    assert "Allow drop-in" in said.err


def test_deconvolution_reads_the_donors_off_a_mixture(tmp_path: Path) -> None:
    trace = stain(tmp_path, "S-1", ANNA, BERT, rfu=3000)
    said = run("deconvolve", trace, "--contributors", 2, "--population", population(tmp_path),
               *PLAIN, "--json")  # fmt: skip
    major, minor = said.json["unknown"]
    assert major["proportion"] > minor["proportion"]
    for person, donor in ((major, ANNA), (minor, BERT)):
        for locus, labels in donor.items():
            best = person["genotypes"][locus][0]
            assert tuple(sorted(best["alleles"])) == labels
            assert best["probability"] > 0.9
    shown = run(
        "deconvolve", trace, "--contributors", 2, "--population", population(tmp_path), *PLAIN
    )
    assert "Contributor 1 of 2" in shown.out
    assert "10/12 > 0.999" in shown.out


def test_deconvolution_with_a_known_person_leaves_the_other(tmp_path: Path) -> None:
    trace = stain(tmp_path, "S-1", ANNA, BERT, rfu=3000)
    known = references(tmp_path / "a.csv", {"R-1": ANNA})
    said = run("deconvolve", trace, "--known", known, "--contributors", 2,
               "--population", population(tmp_path), *PLAIN, "--json")  # fmt: skip
    (other,) = said.json["unknown"]
    assert other["contributor"] == 2
    assert other["genotypes"]["TH01"][0]["alleles"] == ["11", "15"]


def weighed_as_one(folder: Path, *words: object) -> Said:
    """Two people's stain, weighed as Anna's alone: none of Bert's peaks is hers."""
    trace = stain(folder, "S-1", ANNA, BERT)
    person = references(folder / "a.csv", {"R-1": ANNA})
    return run("weigh", trace, "--suspect", person, "--contributors", 1,
               "--population", population(folder), *PLAIN, *words)  # fmt: skip


def test_a_model_that_does_not_explain_the_peaks_is_said_to_fail(tmp_path: Path) -> None:
    said = weighed_as_one(tmp_path, "--json").json
    dropins = {(peak["locus"], peak["allele"]) for peak in said["numerator_check"]["dropins"]}
    assert dropins == {(locus, label) for locus, labels in BERT.items() for label in labels}
    assert said["numerator_check"]["expected_dropins"] == pytest.approx(3 * 0.001)
    assert said["denominator_check"]["model_fails"]
    shown = " ".join(weighed_as_one(tmp_path).out.split())
    assert "Even under the second proposition the fitted model does not explain" in shown
    assert "TH01 11, 510 RFU; TH01 15, 490 RFU" in shown


def test_a_model_that_explains_the_peaks_is_said_to(tmp_path: Path) -> None:
    trace, person = stain(tmp_path, "S-1", ANNA), references(tmp_path / "a.csv", {"R-1": ANNA})
    words = ("weigh", trace, "--suspect", person, "--contributors", 1,
             "--population", population(tmp_path), *PLAIN)  # fmt: skip
    shown = " ".join(run(*words).out.split())
    assert shown.count("none of a height not explained; none taken for drop-in") == 2
    assert "does not explain the peaks" not in shown
    check = run(*words, "--json").json["denominator_check"]
    assert check["peaks_checked"] == 5
    assert not check["model_fails"]


def test_an_exclusion_comes_without_advice_to_undo_it(tmp_path: Path) -> None:
    trace, person = stain(tmp_path, "S-1", ANNA), references(tmp_path / "b.csv", {"R-2": BERT})
    said = run("weigh", trace, "--suspect", person, "--contributors", 1, "--drop-in", 0,
               "--population", population(tmp_path), "--stutter", "none")  # fmt: skip
    shown = " ".join(said.out.split())
    assert "The proposition cannot produce some of the peaks: its likelihood is zero." in shown
    assert "Allow drop-in" not in shown
    assert "Under the first proposition: not checked: no fit produces all peaks" in shown


def test_replicates_and_decimal_commas_are_read_as_said(tmp_path: Path) -> None:
    """Two amplifications of one stain, with 9,3 for 9.3, are weighed together."""
    rows = [
        "SampleName;Marker;Allele1;Allele2;Height1;Height2",
        "E2_rep1;TH01;6;9,3;812;700",
        "E2_rep1;D3S1358;15;17;600;640",
        "E2_rep2;TH01;6;9,3;780;610",
        "E2_rep2;D3S1358;15;17;590;655",
    ]
    person = ["SampleName;Marker;Allele1;Allele2", "P;TH01;6;9,3", "P;D3S1358;15;17"]
    stain, reference = tmp_path / "stain.csv", tmp_path / "person.csv"
    stain.write_text("\n".join(rows) + "\n")
    reference.write_text("\n".join(person) + "\n")
    how = ["--replicates", "suffix", "--decimal-comma", "--json", "--no-degradation"]
    asked = ["weigh", f"{stain}#E2", "--suspect", str(reference), "--contributors", "1", *how]
    said = run(*asked)
    assert said.code == 0, said.err
    assert set(said.json["ratio"]["per_locus"]) == {"TH01", "D3S1358"}
    assert said.json["ratio"]["log10"] > 1
