"""The 24 public reference cases computed with EuroForMix 4.2.4 in double precision.

The folder `shared` beside the project folder holds them, with a README on how they were made; they
are no part of the project, and these tests are skipped where it is absent.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from math import isclose
from pathlib import Path
from typing import Any

import pytest

from reopen.records import (
    REST,
    UNKNOWN,
    UNRELATED,
    Allele,
    AlleleFrequencies,
    Contributor,
    Genotype,
    Kit,
    Locus,
    Marker,
    Peak,
    Population,
    Proposition,
    Reference,
    Relation,
    Replicate,
    Stain,
    allele,
    canonical_locus,
)
from reopen.weigh.deconvolve import deconvolve
from reopen.weigh.encode import encode
from reopen.weigh.fit import fit, given
from reopen.weigh.mixture import MixtureLikelihood
from reopen.weigh.model import EUROFORMIX, Dropin, PeakModel, PeakParameters
from reopen.weigh.stutter import Stutter

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "reference" / "efm"
CASES = [f"P{number:02d}" for number in range(1, 25)]
FITTED = CASES[:22]  # P23 and P24 have fixed parameters only

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(
        not FOLDER.is_dir(),
        reason="needs the reference cases in the folder `shared` beside the project folder",
    ),
]


@cache
def kits() -> dict[str, Kit]:
    sizes: dict[str, dict[Locus, dict[Allele, float]]] = {}
    with (FOLDER / "kits" / "kit_sizes.csv").open() as lines:
        for row in csv.DictReader(lines):
            markers = sizes.setdefault(row["kit"], {})
            at_locus = markers.setdefault(canonical_locus(row["marker"]), {})
            at_locus[Allele(row["allele"])] = float(row["size"])
    return {
        name: Kit(name, tuple(Marker(k, "", v) for k, v in markers.items()), "EuroForMix")
        for name, markers in sizes.items()
    }


@dataclass
class Case:
    """One file: its stain, model and propositions as records, and the program's results."""

    model: PeakModel
    likelihoods: dict[str, MixtureLikelihood]
    results: dict[str, Any]

    def __iter__(self) -> Iterator[tuple[str, MixtureLikelihood, Any]]:
        for name, likelihood in self.likelihoods.items():
            yield name, likelihood, self.results[name]


def by_locus(setting: Any) -> Any:
    if not isinstance(setting, dict):
        return setting
    return {canonical_locus(name): value for name, value in setting.items()}


def read(name: str) -> Case:
    case = json.loads((FOLDER / "cases" / f"{name}.json").read_text())
    settings, parts = case["settings"], case["model"]
    tables = {
        canonical_locus(locus): {allele(a): f for a, f in table.items()}
        for locus, table in case["freq"].items()
    }
    population = Population(
        AlleleFrequencies(name, tables, "EuroForMix"),
        by_locus(settings["fst"]),
        settings["minF"],
        settings["normalize"],
    )
    model = PeakModel(
        parts["DEG"],
        Stutter(parts["BWS"], parts["FWS"]),
        by_locus(settings["AT"]),
        Dropin(by_locus(settings["pC"]), by_locus(settings["lambda"])),
        conventions=replace(EUROFORMIX, rest_size="mean" if settings["adjQbp"] else "largest"),
    )
    replicates = [
        Replicate(label, {canonical_locus(k): _peaks(v) for k, v in loci.items()})
        for label, loci in case["evidence"].items()
    ]
    stain = Stain(name, tuple(replicates))
    references = {
        label: Reference(label, {canonical_locus(k): Genotype(tuple(v)) for k, v in g.items() if v})
        for label, g in case["references"].items()
    }
    kit = kits().get(case["kit"])
    likelihoods = {
        label: MixtureLikelihood(
            encode(stain, _proposition(said, references), population, kit, model)
        )
        for label, said in case["hypotheses"].items()
    }
    return Case(model, likelihoods, case["results"])


def _peaks(listed: list[tuple[str, float]]) -> tuple[Peak, ...]:
    """A height of 0 stands for no peak in these files."""
    return tuple(Peak(allele(a), float(height)) for a, height in listed if height > 0)


def _proposition(said: Any, references: dict[str, Reference]) -> Proposition:
    people = [Contributor(references[name]) for name in said["known"]]
    people += [UNKNOWN] * (said["NOC"] - len(said["known"]))
    if related := said["relation"]:
        relation = Relation("as in the case file", tuple(related["ibd"]))
        people[-1] = Contributor(None, relation, references.get(related["to"]))
    return Proposition(tuple(people), tuple(references[n] for n in said["noncontributors"]))


def parameters(theta: list[float], likelihood: MixtureLikelihood) -> PeakParameters:
    n = len(likelihood.encoded.proposition.contributors)
    return PeakParameters(tuple(theta[:n]), *theta[n:])


@pytest.mark.parametrize("name", CASES)
def test_likelihoods_at_given_parameters(name: str) -> None:
    for label, likelihood, results in read(name):
        assert not likelihood.encoded.not_weighed
        for letter, expected in results["fixed"].items():
            found = dict(
                zip(
                    likelihood.encoded.loci,
                    likelihood.ln_by_locus(parameters(expected["theta"], likelihood)).tolist(),
                    strict=True,
                )
            )
            where = f"{name} {label} {letter}"
            assert len(found) == len(expected["loglik_marker"]), where
            for marker, value in expected["loglik_marker"].items():
                near = found[canonical_locus(marker)]
                assert isclose(near, value, rel_tol=1e-7, abs_tol=1e-6), f"{where} {marker}"
            total = sum(found.values())
            assert isclose(total, expected["loglik"], rel_tol=1e-7, abs_tol=1e-6), where


@pytest.mark.parametrize("name", CASES)
def test_genotype_probabilities_at_given_parameters(name: str) -> None:
    """Unknown contributors are numbered marker by marker, people not typed there among them."""
    compared = 0
    for _, likelihood, results in read(name):
        proposition = likelihood.encoded.proposition
        if proposition.contributors[-1].relation != UNRELATED:
            continue
        for expected in results["fixed"].values():
            p = parameters(expected["theta"], likelihood)
            found = deconvolve(likelihood, p, given(likelihood, p))
            for marker, unknowns in expected.get("genotypes", {}).items():
                locus = canonical_locus(marker)
                missing = [k for k in proposition.known if locus not in k.genotypes]
                people = [loci[locus] for loci in found.probabilities if locus in loci]
                if missing or not people:
                    continue
                for number, ranked in unknowns.items():
                    mine = {
                        frozenset("99" if a == REST else a for a in pair): share
                        for pair, share in people[int(number[1:]) - 1]
                    }
                    for pair, share in ranked:
                        assert abs(mine.get(frozenset(pair.split("/")), 0.0) - share) < 1e-8
                        compared += 1
    has_unknowns = any(likelihood.encoded.proposition.unknowns for _, likelihood, _ in read(name))
    assert compared > 0 or not has_unknowns


@pytest.mark.parametrize("name", FITTED)
def test_fits_are_no_lower_than_the_best_known(name: str) -> None:
    case = read(name)
    for label, likelihood, results in case:
        best = results["mle"]["best"]["loglik"]
        _, found = fit(likelihood, case.model)
        assert found.ln_likelihood > best - 1e-3, f"{name} {label}: {found.ending}"
