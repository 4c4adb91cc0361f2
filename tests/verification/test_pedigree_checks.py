"""Families with something wrong: the script's errors are what they say, and are named."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest

from reopen.formats import library
from reopen.records import Population
from verification import pedigree_checks as script

POPULATION = Population(library.population(script.POPULATION), script.THETA)
LOCI = [m.locus for m in library.kit("GlobalFiler").markers if m.kind == "autosomal"]
PLANTED = {one.name: one for one in script.PLANTED}


def test_one_step_fits_no_parent_and_is_one_step() -> None:
    rng = np.random.default_rng(2)
    people = script.draw_people(rng, POPULATION, LOCI)
    changed = script.one_step(rng, POPULATION, people)
    (at,) = [at for at in LOCI if changed["anna"].genotypes[at] != people["anna"].genotypes[at]]
    new = changed["anna"].genotypes[at].pair
    parents = {*people["father"].genotypes[at].pair, *people["mother"].genotypes[at].pair}
    assert len([allele for allele in new if allele not in parents]) == 1
    assert {k: p for k, p in changed.items() if k != "anna"} == {
        k: p for k, p in people.items() if k != "anna"
    }


@pytest.mark.parametrize(
    "name",
    [
        "samples of mother and uncle exchanged",
        "ben has another father",
        "ben's sample is one of anna",
    ],
)
def test_what_no_family_hides_is_named(name: str) -> None:
    (found,) = script.measure(PLANTED[name], LOCI, POPULATION, 1, seed=1)
    assert found.noticed
    assert found.named


def test_wilson_interval_of_none_in_a_hundred() -> None:
    """Brown, Cai and DasGupta 2001: with 0 of n the upper end is z^2 / (n + z^2)."""
    low, high = script.wilson(0, 100)
    assert low == 0
    assert high == pytest.approx(1.959964**2 / (100 + 1.959964**2))


def test_the_script_writes_what_it_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(script, "KITS", ("Identifiler",))
    few = [PLANTED["nothing wrong, siblings only"], PLANTED["ben's sample is one of anna"]]
    monkeypatch.setattr(script, "PLANTED", few)
    options = ["--families", "1", "--right", "2", "--out", str(tmp_path)]
    monkeypatch.setattr(sys, "argv", ["script", *options])
    script.main()
    data = json.loads((tmp_path / "pedigree_checks.json").read_text(encoding="utf-8"))
    assert [(one["families"], one["loci"]) for one in data["planted"]] == [(2, 15), (1, 15)]
    assert data["planted"][1]["named"] == 1
