"""What chance gives: against every person one by one, against each row's convolution, by hand."""

from __future__ import annotations

from math import inf, log, log10

import numpy as np
import pytest
from tests.twins.chance import probability

from reopen.errors import CannotWeigh
from reopen.kernels.compare import unrelated_given_each
from reopen.kernels.genotypes import probabilities
from reopen.kernels.shapes import Floats
from reopen.records import Locus
from reopen.weigh.chance import Convolved, Method, Sampled, bounded, chance, tail_of
from reopen.weigh.sides import Side, side_of
from reopen.weigh.tilted import tilted_sample

VALUES = np.array([0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0])


def _loci(n: int) -> list[Locus]:
    return [Locus(f"L{k}") for k in range(n)]


def _random_side(seed: int, rows: int, loci: int = 4, theta: float = 0.0) -> Side:
    """Rows like those of a stain: genotypes seen through random likelihoods."""
    rng = np.random.default_rng(seed)
    ratios, chances = {}, {}
    for locus in _loci(loci):
        frequency = rng.dirichlet(np.full(4, 2.0))
        likely = rng.dirichlet(np.full(10, 0.2), size=rows)
        likely[rng.random(likely.shape) < 0.1] = 0.0
        likely[:, 0] += 1e-3
        unrelated = unrelated_given_each(likely, frequency, theta)
        with np.errstate(divide="ignore"):
            ratios[locus] = np.log(likely) - np.log(unrelated)
        chances[locus] = np.log(unrelated) + np.log(probabilities(frequency, theta))
    return side_of(ratios, chances, rng.dirichlet(np.full(rows, 3.0)))


def _by_enumeration(side: Side, log10_lr: float) -> float:
    ratios = [side.ln_ratio[locus].tolist() for locus in side.ln_ratio]
    chances = [side.chance[locus].tolist() for locus in side.ln_ratio]
    return probability(ratios, chances, side.share.tolist(), 10**log10_lr)


@pytest.mark.parametrize("theta", [0.0, 0.03])
@pytest.mark.parametrize("seed", range(4))
def test_one_row_is_exact(seed: int, theta: float) -> None:
    side = _random_side(seed, rows=1, theta=theta)
    tail = tail_of(side)
    assert tail.method is Method.EXACT
    found = tail.at(VALUES)
    for value, low, high in zip(VALUES, found.low, found.high, strict=True):
        truth = _by_enumeration(side, float(value))
        assert low - 1e-12 <= truth <= high + 1e-12
        # no further off than values a hundredth of log10 LR away
        assert high <= _by_enumeration(side, float(value) - 0.01) + 1e-12


@pytest.mark.parametrize("theta", [0.0, 0.03])
@pytest.mark.parametrize("seed", range(4))
def test_a_mean_over_rows_is_sampled_without_bias(seed: int, theta: float) -> None:
    side = _random_side(seed, rows=5, theta=theta)
    truth = np.array([_by_enumeration(side, float(value)) for value in VALUES])
    inside, estimates = [], []
    for draw in range(60):
        found = Sampled(side, 1500, draw).at(VALUES)
        inside.append((found.low <= truth) & (truth <= found.high))
        estimates.append(found.probability)
    assert np.mean(inside) >= 0.97  # promised: 0.99 of them
    error = np.std(estimates, axis=0) / np.sqrt(60)
    assert (np.abs(np.mean(estimates, axis=0) - truth) <= 4 * error + 1e-12).all()


@pytest.mark.parametrize("seed", range(4))
def test_a_mean_lies_between_what_its_rows_prove(seed: int) -> None:
    """LR >= t needs a row with as much, and a row with t / share is enough."""
    side = _random_side(seed, rows=6, loci=12)
    rows = [
        Side({at: r[k : k + 1] for at, r in side.ln_ratio.items()}, side.chance, np.ones(1))
        for k in range(6)
    ]
    found = tail_of(side, seed=seed).at(VALUES)
    above = sum(tail_of(row).at(VALUES).high for row in rows)
    enough = [
        tail_of(row).at(VALUES - log10(share)).low
        for row, share in zip(rows, side.share.tolist(), strict=True)
    ]
    assert (found.high >= np.max(enough, axis=0)).all()
    assert (found.low <= above).all()


def test_far_tails_are_found_with_few_draws() -> None:
    """A person who matches a full profile at 20 loci: 1 in 10^17, from 8,000 draws."""
    p, rng = np.array([0.1, 0.2, 0.3, 0.4]), np.random.default_rng(5)
    ratios, chances = {}, {}
    for locus in _loci(20):
        likely = np.full((3, 10), 1e-6)
        likely[:, rng.integers(10)] = 1.0
        likely[1] += 1e-4  # draws of another drop-in
        likely[2] += 1e-5
        ratios[locus] = np.log(likely) - np.log(unrelated_given_each(likely, p, 0.0))
        chances[locus] = np.broadcast_to(np.log(probabilities(p, 0.0)), likely.shape)
    side = side_of(ratios, chances)
    one = Side({at: r[:1] for at, r in side.ln_ratio.items()}, side.chance, np.ones(1))
    reached = tail_of(one).at(np.array([10.0]))
    found = tail_of(side).at(np.array([10.0]))
    assert found.high[0] < 1.5 * found.low[0]
    assert reached.low[0] / 3 < found.high[0]
    assert found.high[0] < 1e-10


@pytest.mark.parametrize("seed", range(4))
def test_where_few_come_so_far_the_limit_is_a_proven_one(seed: int) -> None:
    side = _random_side(seed, rows=5)
    few = Sampled(side, 20, seed).at(VALUES)
    truth = np.array([_by_enumeration(side, float(value)) for value in VALUES])
    assert (truth <= few.high + 1e-12).all()


def test_by_hand_one_locus_typed_for_certain() -> None:
    """Alleles of 0.2 and 0.8; the stain's donor is {1, 1}: 0.04 match, with an LR of 25."""
    p = np.array([0.2, 0.8])
    likely = np.array([[1.0, 0.0, 0.0]])
    unrelated = unrelated_given_each(likely, p, 0.0)
    with np.errstate(divide="ignore"):
        ratio = {Locus("A"): np.log(likely) - np.log(unrelated)}
    side = side_of(ratio, {Locus("A"): np.log(probabilities(p, 0.0))[None]})
    tail = tail_of(side)
    matches = chance(tail, log10(25))
    assert matches.probability == pytest.approx(0.04)
    assert matches.method is Method.EXACT
    assert chance(tail, 0.0).probability == pytest.approx(0.04)
    assert chance(tail, log10(25) + 0.01).probability == 0.0
    assert chance(tail, -1.0).interval == (0.0, 1.0)


def test_genotypes_that_no_row_tells_apart_and_equal_rows_are_one() -> None:
    table = np.log(np.array([[2.0, 2.0, 0.5, 1.0], [2.0, 2.0, 0.5, 1.0]]))
    prior = np.log(np.array([[0.1, 0.2, 0.4, 0.3], [0.1, 0.2, 0.4, 0.3]]))
    side = side_of({Locus("A"): table}, {Locus("A"): prior}, np.array([1.0, 3.0]))
    assert side.share.tolist() == [1.0]
    assert side.chance[Locus("A")].tolist() == pytest.approx([0.3, 0.4, 0.3])
    assert tail_of(side).method is Method.EXACT


@pytest.mark.parametrize("theta", [0.0, 0.03])
def test_the_mean_lr_of_unrelated_people_is_one(theta: float) -> None:
    assert _random_side(1, rows=1, theta=theta).mean == pytest.approx(1.0, abs=1e-12)
    if not theta:
        assert _random_side(1, rows=5).mean == pytest.approx(1.0, abs=1e-12)


def test_loci_that_people_lack_count_nothing() -> None:
    side = _random_side(2, rows=4, loci=4)
    two = side.at(_loci(2))
    assert two.loci == frozenset(_loci(2))
    found = tail_of(two).at(VALUES)
    truth = np.array([_by_enumeration(two, float(value)) for value in VALUES])
    assert (found.low <= truth + 1e-12).all()
    assert (truth <= found.high + 1e-12).all()
    nobody = tail_of(side.at(()))
    assert chance(nobody, 0.0).probability == 1.0
    assert chance(nobody, 0.01).probability == 0.0


def test_rows_that_exclude_everybody_add_nothing() -> None:
    ratio: Floats = np.array([[-inf, -inf], [log(2.0), -inf], [log(1.5), log(0.1)]])
    prior = np.log(np.full((3, 2), 0.5))
    side = side_of({Locus("A"): ratio}, {Locus("A"): prior})
    found = Sampled(side, 500, 1).at(np.array([0.0, log10(3.5 / 3), 0.2]))
    assert found.probability.tolist() == pytest.approx([0.5, 0.5, 0.0], abs=0.1)
    never = side_of({Locus("A"): ratio[:1].repeat(2, 0) - [[1.0], [2.0]]}, {Locus("A"): prior[:2]})
    assert chance(tail_of(never), 0.0).probability == 0.0


def test_weights_are_no_larger_than_promised() -> None:
    side = _random_side(3, rows=5, theta=0.02)
    sample = tilted_sample(side, 4000, np.random.default_rng(1))
    assert (sample.weight * np.exp(sample.ln_lr) <= sample.most * (1 + 1e-9)).all()
    assert (np.diff(sample.ln_lr) >= 0).all()


def test_the_same_seed_draws_the_same_people() -> None:
    side = _random_side(4, rows=5)
    one, again, other = (Sampled(side, 800, seed).at(VALUES) for seed in (1, 1, 2))
    assert one.probability.tolist() == again.probability.tolist()
    assert one.probability.tolist() != other.probability.tolist()


def test_the_bound_is_turings() -> None:
    assert bounded(np.array([0.0, 3.0])).high.tolist() == pytest.approx([1.0, 1e-3])
    assert isinstance(tail_of(_random_side(1, rows=1)), Convolved)


def test_what_is_no_logarithm_of_an_lr_is_refused() -> None:
    with pytest.raises(CannotWeigh, match="no logarithm of an LR"):
        side_of({Locus("A"): np.array([[np.nan]])}, {Locus("A"): np.zeros((1, 1))})
