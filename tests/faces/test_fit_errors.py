"""Standard errors beside a fit: by hand, as `curvature` gives them, and why there are none."""

from __future__ import annotations

from dataclasses import replace
from math import sqrt
from pathlib import Path

import pytest
from tests.faces.command import run
from tests.faces.unit_files import ANNA, BERT, PLAIN, population, references, stain
from tests.weigh.test_fit import MODEL, POPULATION, drawn, likelihood

import reopen
from reopen.faces.report.wording import with_error_text
from reopen.faces.workbench.fit_errors import MOST_UNKNOWNS, fit_errors
from reopen.faces.workbench.peak_checks import parameters_of
from reopen.records import Ending, proposition
from reopen.weigh.curvature import curvature
from reopen.weigh.encode import encode
from reopen.weigh.fit import fit
from reopen.weigh.mixture import MixtureLikelihood


def test_the_height_of_one_person_worked_out_by_hand(tmp_path: Path) -> None:
    """Six allele copies of one height mu, variability w at its edge of 0.02 and kept there. With c
    copies a height is gamma of shape c / w^2 and mean c mu, so ln L has the second derivative
    -(sum of c) / w^2 in ln mu at its maximum: the standard error is mu w / sqrt(6) = 8.16 RFU."""
    trace, person = stain(tmp_path, "S-1", ANNA), references(tmp_path / "a.csv", {"R-1": ANNA})
    asked = ("weigh", trace, "--suspect", person, "--contributors", 1,
             "--population", population(tmp_path), "--threshold-rfu", 1, *PLAIN)  # fmt: skip
    for side in ("numerator_errors", "denominator_errors"):
        errors = run(*asked, "--json").json[side]
        assert errors["untold"] is None
        height = errors["parameters"]["height_rfu"]
        assert height["value"] == pytest.approx(1000.0, abs=0.5)
        assert height["error"] == pytest.approx(1000 * 0.02 / sqrt(6), rel=0.01)
        assert errors["parameters"]["share 1"]["error"] is None
    told = " ".join(run(*asked).out.split())
    assert told.count("proportions 100%; height 1000 ± 8 RFU; variability 0.02 (not determined: "
                      "at the edge of what is allowed)") == 2  # fmt: skip
    assert told.count("A number after ± is one standard error") == 1


def test_both_propositions_show_what_their_curvature_tells() -> None:
    mixed, (first, second) = drawn(2, 0.7, 0.3)
    mixed = replace(mixed, kit="")
    weighing = reopen.weigh_stain(
        mixed, first, known=[second], contributors=2, population=POPULATION
    )
    sides = (
        (weighing.ratio.propositions.numerator, weighing.ratio.numerator),
        (weighing.ratio.propositions.denominator, weighing.ratio.denominator),
    )
    for (side, fitted), shown in zip(
        sides, (weighing.numerator_errors, weighing.denominator_errors), strict=True
    ):
        again = MixtureLikelihood(
            encode(mixed, side, weighing.population, weighing.kit, weighing.model)
        )
        expected = curvature(again, weighing.model, parameters_of(fitted))
        assert shown.curvature is not None
        assert {n: p.error for n, p in shown.curvature.parameters.items()} == pytest.approx(
            {n: p.error for n, p in expected.parameters.items()}
        )


def test_a_deconvolution_shows_its_errors(tmp_path: Path) -> None:
    said = run("deconvolve", stain(tmp_path, "S-1", ANNA, BERT), "--contributors", 2,
               "--population", population(tmp_path), *PLAIN, "--json")  # fmt: skip
    shares = [said.json["errors"]["parameters"][f"share {k}"] for k in (1, 2)]
    assert shares[0]["error"] == pytest.approx(shares[1]["error"], rel=1e-6)  # they add up to 1
    assert 0.001 < shares[0]["error"] < 0.05


def test_the_report_holds_the_errors(tmp_path: Path) -> None:
    trace, person = stain(tmp_path, "S-1", ANNA), references(tmp_path / "a.csv", {"R-1": ANNA})
    run("weigh", trace, "--suspect", person, "--contributors", 1,
        "--population", population(tmp_path), "--threshold-rfu", 1, *PLAIN,
        "--out", tmp_path / "out")  # fmt: skip
    page = (tmp_path / "out/report.html").read_text(encoding="utf-8")
    assert page.count("<dd>1000 ± 8 RFU</dd>") == 2
    assert page.count("A number after ± is one standard error") == 2


def test_no_errors_without_a_maximum_and_the_reason_is_told(tmp_path: Path) -> None:
    """An exclusion has no fit, a fit that ran out of steps no maximum."""
    trace, person = stain(tmp_path, "S-1", ANNA), references(tmp_path / "b.csv", {"R-2": BERT})
    asked = ("weigh", trace, "--suspect", person, "--contributors", 1, "--drop-in", 0,
             "--population", population(tmp_path), "--stutter", "none")  # fmt: skip
    errors = run(*asked, "--json").json["numerator_errors"]
    assert errors == {"parameters": {}, "untold": "no fit produces all peaks"}
    assert "No standard errors: no fit produces all peaks." in " ".join(run(*asked).out.split())
    mixed, (donor,) = drawn(3, 1.0)
    alone = likelihood(mixed, proposition(donor))
    _, record = fit(alone, MODEL)
    unsettled = fit_errors(alone, MODEL, replace(record, ending=Ending.STEPS))
    assert unsettled.curvature is None
    assert "did not settle" in unsettled.untold


def test_many_unknown_contributors_are_left_out_and_that_is_told() -> None:
    mixed, (donor,) = drawn(3, 1.0)
    _, record = fit(likelihood(mixed, proposition(donor)), MODEL)
    many = likelihood(mixed, proposition(unknowns=MOST_UNKNOWNS + 1))
    found = fit_errors(many, MODEL, record)
    assert found.curvature is None
    assert "5 unknown contributors" in found.untold


@pytest.mark.parametrize(
    ("value", "error", "unit", "told"),
    [
        (671.3, 38.2, "", "670 ± 40"),
        (45.2, 3.1, "%", "45% ± 3%"),
        (0.2134, 0.0118, "", "0.213 ± 0.012"),
        (1858.0, 96.0, "", "1860 ± 100"),
        (0.8, 0.03, "", "0.80 ± 0.03"),
        (0.02, 0.31, "", "0.02 ± 0.31"),
        (100.0, 9.97, "", "100 ± 10"),
    ],
)
def test_figures_end_where_the_error_begins(
    value: float, error: float, unit: str, told: str
) -> None:
    assert with_error_text(value, error, unit) == told
