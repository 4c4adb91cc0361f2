"""Search LRs averaged over a stain's parameters: against the integrated LR, weighed by itself."""

from __future__ import annotations

from math import log10

import numpy as np
import pytest

from reopen.errors import InvalidRecord
from reopen.formats import find_kit, find_population
from reopen.records import IntegralEnding, Population, Propositions, proposition
from reopen.weigh.averaged import Averaging, _taken, averaged_contributors
from reopen.weigh.compare import compare, reference_likelihoods
from reopen.weigh.evaluate import fit_proposition
from reopen.weigh.evidence import Evidence
from reopen.weigh.importance import Draws
from reopen.weigh.integrated import integrate_ratio
from reopen.weigh.model import PeakModel, PeakParameters
from reopen.weigh.simulate import draw_references, draw_stain

KIT = find_kit("SGM Plus")
POPULATION = Population(find_population("NIST 1036 Caucasian"), theta=0.0)
MODEL = PeakModel()


@pytest.fixture(scope="module")
def scene():  # type: ignore[no-untyped-def]
    rng = np.random.default_rng(3)
    people = draw_references(rng, POPULATION, ["major", "minor", "stranger"])
    how = PeakParameters((0.75, 0.25), 500.0, 0.3, 0.8)
    drawn = draw_stain(rng, people[:2], POPULATION, KIT, how, MODEL, id="mixed")
    fitted = fit_proposition(drawn, proposition(unknowns=2), POPULATION, KIT, MODEL)
    return drawn, people, fitted


def test_the_mean_over_draws_is_the_integrated_ratio(scene) -> None:  # type: ignore[no-untyped-def]
    """Two ways to the same number: a mean of ratios under the denominator's posterior, and a ratio
    of two integrals, each by importance sampling with its own proposal."""
    stain, people, fitted = scene
    found = averaged_contributors(fitted, MODEL, Averaging(draws=400))
    assert found is not None
    assert found.ending is IntegralEnding.REACHED
    for person in people[:2]:
        known = reference_likelihoods(person)
        ratios = np.array(
            [
                np.mean([10 ** compare(one, known, POPULATION).log10 for one in contributors])
                for contributors in found.draws
            ]
        )
        pair = Propositions(
            proposition(person, unknowns=1), proposition(unknowns=2, non_contributors=(person,))
        )
        whole = integrate_ratio(stain, pair, POPULATION, KIT, MODEL)
        error = float(ratios.std() / ratios.mean() / np.sqrt(len(ratios))) + 0.05
        assert log10(ratios.mean()) == pytest.approx(whole.log10, abs=4 * error / np.log(10))


def test_the_same_seed_gives_the_same_draws_and_repeats_are_shared(scene) -> None:  # type: ignore[no-untyped-def]
    _, _, fitted = scene
    one = averaged_contributors(fitted, MODEL, Averaging(draws=8))
    again = averaged_contributors(fitted, MODEL, Averaging(draws=8))
    other = averaged_contributors(fitted, MODEL, Averaging(draws=8, seed=2))
    assert one == again
    assert one != other


def test_draws_are_taken_as_often_as_their_weight_says() -> None:
    weights = np.array([0.5, 0.0, 0.3, 0.2])
    with np.errstate(divide="ignore"):
        ln = np.log(weights)
    draws = Draws(np.zeros((4, 1)), ln, np.zeros(4), 0.0, 0.0, 4.0, 4)
    taken = _taken(Evidence(marginal=None, coordinates=None, draws=draws), 10)  # type: ignore[arg-type]
    assert np.bincount(taken, minlength=4).tolist() == [5, 0, 3, 2]


def test_no_draw_is_no_average() -> None:
    with pytest.raises(InvalidRecord, match="0 draws of a stain's parameters"):
        Averaging(draws=0)
