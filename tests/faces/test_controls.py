"""Controls are counted, and a negative control that holds DNA is told in every output."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.faces.unit_files import ANNA, LOCI, population, references

import reopen
from reopen.faces.workbench.controls import of_controls
from reopen.faces.workbench.settings import read_settings

WARNING = "Negative control NC-1 in batch.csv, line 8 shows 3 peaks of up to 700 RFU"
COUNT = "4 controls were set aside: 1 allelic ladder, 1 positive control, 2 negative controls."


def batch(folder: Path, *, tallest: int = 700) -> Path:
    """A stain of Anna, a ladder, a positive control, and a negative one with three peaks."""
    rows = [f"S-1,{locus},{','.join(ANNA[locus])},1000,1000" for locus in LOCI]
    rows += ["Ladder,TH01,10,11,900,900", "Positive control,TH01,9,9.3,900,900"]
    rows += ["RB-1,TH01,,,,"]
    rows += [f"NC-1,TH01,6,7,{tallest},120", "NC-1,vWA,15,16,49,50"]
    path = folder / "batch.csv"
    header = "SampleName,Marker,Allele 1,Allele 2,Height 1,Height 2"
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


def test_count_and_warning_stand_in_text_json_and_report(tmp_path: Path) -> None:
    people = references(tmp_path / "people.csv", {"Anna": ANNA})
    linking = reopen.find_links(
        reopen.open_profiles(batch(tmp_path), references=[people]),
        population=str(population(tmp_path)),
    )
    count, *warnings = linking.controls
    assert count == COUNT
    assert warnings == [f"{WARNING}: check the batch for contamination."]
    assert f"- {COUNT}\n- {WARNING[:40]}" in reopen.to_text(linking, width=200)
    assert json.loads(reopen.to_json(linking))["controls"] == [count, *warnings]
    reopen.write_report(linking, tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert f"<p>{COUNT}</p>" in page
    assert f'<p class="warning">{warnings[0]}</p>' in page


@pytest.mark.parametrize(
    ("settings", "peaks"),
    [
        ("threshold_rfu = 701", None),
        ("threshold_rfu = 700", "1 peak of 700 RFU"),
        ("[threshold_rfu]\nTH01 = 701\nvWA = 50", "1 peak of 50 RFU"),
        ("[threshold_rfu]\nTH01 = 701", "2 peaks of up to 50 RFU"),
    ],
)
def test_the_threshold_is_that_of_the_locus(
    tmp_path: Path, settings: str, peaks: str | None
) -> None:
    file = tmp_path / "laboratory.toml"
    file.write_text(settings, encoding="utf-8")
    _, *warnings = of_controls(reopen.open_profiles(batch(tmp_path)), read_settings(file))
    assert len(warnings) == (peaks is not None)
    assert all(f"shows {peaks}:" in warning for warning in warnings)


def test_without_controls_nothing_is_told(tmp_path: Path) -> None:
    people = references(tmp_path / "people.csv", {"Anna": ANNA})
    assert of_controls(reopen.open_profiles(people), reopen.Settings()) == ()


def test_weigh_and_deconvolve_tell_of_the_controls_in_the_stains_file(tmp_path: Path) -> None:
    people = references(tmp_path / "people.csv", {"Anna": ANNA})
    stain, where = f"{batch(tmp_path)}#S-1", str(population(tmp_path))
    weighing = reopen.weigh_stain(stain, people, contributors=1, population=where)
    found = reopen.deconvolve_stain(stain, contributors=1, population=where)
    for result in (weighing, found):
        assert result.controls == (COUNT, f"{WARNING}: check the batch for contamination.")
        assert f"- {COUNT}\n- {WARNING[:40]}" in reopen.to_text(result, width=200)
        assert json.loads(reopen.to_json(result))["controls"] == list(result.controls)
        assert any("Kit not known" in notice for notice in result.notices)
        assert "Read so" in reopen.to_text(result)
    reopen.write_report(weighing, tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert f'<p class="warning">{weighing.controls[1]}</p>' in page
