"""`reopen calibrate`: from files of invented runs to settings, text, JSON and the page."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from tests.faces.command import run

import reopen
from reopen.formats import library
from reopen.formats.euroformix import write_references
from reopen.records import Locus, Population, Reference, Stain
from reopen.weigh.model import Dropin, PeakModel, PeakParameters
from reopen.weigh.priors import LogNormal
from reopen.weigh.simulate import draw_references, draw_stain
from reopen.weigh.stutter import Stutter, StutterRates

KIT = library.kit("GlobalFiler")
POPULATION = Population(library.population("nist1036-cauc"))
RATES = {
    marker.locus: StutterRates(0.05 + 0.001 * place, 0.0, (5.0, 35.0))
    for place, marker in enumerate(KIT.markers)
    if marker.kind == "autosomal"
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Runs of sixty invented people, their references, and too few runs of a second kit."""
    home = tmp_path_factory.mktemp("laboratory")
    rng = np.random.default_rng(8)
    people = draw_references(rng, POPULATION, [f"D{k:02}" for k in range(60)])
    model = PeakModel(
        stutter=Stutter(rates={"back": RATES}), threshold_rfu=40.0, dropin=Dropin(0.04)
    )
    law = PeakParameters((1.0,), 1500.0, 0.2, 0.9, 0.06)
    stains = [
        draw_stain(rng, [person], POPULATION, KIT, law, model, id=f"{person.id}-0.5ng")
        for person in people
    ]
    write_peaks(home / "runs.csv", stains)
    write_peaks(home / "few.csv", stains[:3])
    (home / "donors.csv").write_text(write_references(people), encoding="utf-8")
    return home


def write_peaks(path: Path, stains: Iterable[Stain]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(["sample", "marker", "allele", "height"])
        for stain in stains:
            for locus, peaks in stain.replicates[0].peaks.items():
                for peak in peaks:
                    table.writerow([stain.id, locus, peak.allele, round(peak.height_rfu or 0, 1)])


@pytest.fixture(scope="module")
def calibrating(folder: Path) -> reopen.Calibrating:
    return reopen.calibrate_stains(
        folder / "runs.csv", references=[folder / "donors.csv"], kit="GlobalFiler"
    )


def test_settings_are_written_and_read_back(folder: Path, tmp_path: Path) -> None:
    out, html = tmp_path / "laboratory.toml", tmp_path / "calibration.html"
    said = run(
        "calibrate", folder / "runs.csv", "--references", folder / "donors.csv",
        "--kit", "GlobalFiler", "--out", out, "--html", html,
    )  # fmt: skip
    assert said.code == 0
    assert "GlobalFiler: 60 stains, 60 runs of a known donor, 60 fitted, 60 donors." in said.out
    assert f"Written: {out}" in said.err
    settings = reopen.read_settings(out)
    model = settings.model_for("GlobalFiler")
    rates = model.stutter.rates["back"]
    assert model.stutter.kinds == ("back",)
    assert set(rates) <= set(RATES)
    off = [rates[locus].mean - RATES[locus].mean for locus in rates]
    assert abs(np.mean(off)) < 0.005
    assert isinstance(settings.priors.back_stutter, LogNormal)
    assert abs(settings.priors.back_stutter.centre - 0.06) < 0.01
    assert html.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_json_holds_every_locus_in_full(folder: Path, calibrating: reopen.Calibrating) -> None:
    said = run(
        "calibrate", folder / "runs.csv", "--references", folder / "donors.csv",
        "--kit", "GlobalFiler", "--json",
    ).json  # fmt: skip
    (kit,) = said["kits"]
    (laboratory,) = calibrating.laboratories
    assert kit["donors"] == 60
    told = {row["locus"]: row for row in kit["stutter"]["back"]["loci"]}
    for row in laboratory.stutter["back"].loci:
        assert (told[row.locus]["share"] is None) == bool(row.reason)
        assert told[row.locus]["parents"] == row.parents
    assert kit["stutter"]["back"]["in_settings"]
    assert kit["settings"]["back_stutter"]
    assert kit["dropin"]["loci"] == 60 * len(RATES)


def test_without_references_the_runs_tell_their_donors(folder: Path) -> None:
    found = reopen.calibrate_stains(folder / "runs.csv", kit="GlobalFiler")
    (laboratory,) = found.laboratories
    assert laboratory.donors == 60
    assert "alleles are read off" in found.assumptions[0]
    assert found.settings.priors.variability == reopen.Settings().priors.variability


def test_too_few_runs_are_refused(folder: Path) -> None:
    said = run("calibrate", folder / "few.csv", "--kit", "GlobalFiler")
    assert said.code == 1
    assert "3 stains to learn a laboratory's settings from" in said.err


def test_what_took_no_part_is_listed(folder: Path, tmp_path: Path) -> None:
    strangers = tmp_path / "strangers.csv"
    strangers.write_text(
        write_references([Reference("D05", draw_references(
            np.random.default_rng(99), POPULATION, ["X"])[0].genotypes)]), encoding="utf-8"
    )  # fmt: skip
    text = (folder / "donors.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    kept = tmp_path / "donors.csv"
    kept.write_text("".join(line for line in text if "D05" not in line), encoding="utf-8")
    found = reopen.calibrate_stains(
        folder / "runs.csv", references=[kept, strangers], kit="GlobalFiler"
    )
    (item,) = found.not_used
    assert item.what == "D05-0.5ng"
    assert "of its height is at alleles of D05" in item.reason
    assert "D05-0.5ng: " in str(found)


class Page(HTMLParser):
    """Tags that are opened, and what is loaded from elsewhere."""

    def __init__(self, text: str):
        super().__init__()
        self.tags: list[str] = []
        self.loaded: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.loaded += [v or "" for k, v in attrs if k in ("src", "href") and v and v[0] != "#"]


def test_the_page_draws_each_locus(calibrating: reopen.Calibrating, tmp_path: Path) -> None:
    reopen.write_calibration(calibrating, tmp_path / "page.html")
    text = (tmp_path / "page.html").read_text(encoding="utf-8")
    page = Page(text)
    assert page.loaded == []
    assert page.tags.count("svg") >= 1
    (laboratory,) = calibrating.laboratories
    seen = [pair for pair in laboratory.pairs if pair.kind == "back"]
    assert page.tags.count("circle") >= len(seen) / 2
    for row in laboratory.stutter["back"].loci:
        assert f">{row.locus}<" in text
    assert Locus("AMEL") not in laboratory.model.stutter.rates["back"]
