"""A stain's unknown contributors at many parameters, drawn from what its peaks leave possible.

A search that weighs genotypes at the one fit takes that fit for certain. Averaged over draws from
the posterior of the parameters, all contributors unknown, its LR is the integrated one:

    integral of L(person and N - 1 unknown) prior     = mean over the posterior under "N unknown" of
    ---------------------------------------------       L(person and N - 1 unknown) / L(N unknown)
    integral of L(N unknown) prior

so it is found for a whole database at once, and keeps what an integrated LR has: its mean over
unrelated people is 1. In the posterior all orders of the unknown contributors are alike; the mean
over their places is therefore the LR of a contributor, whichever.
Exact but for the number of draws and, where theta is above 0, for the person's own alleles, which
count at the comparison and not in the posterior.
Not for: one proposition weighed with its error (`integrated`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from zlib import crc32

import numpy as np

from reopen.errors import InvalidRecord
from reopen.kernels.shapes import Ints
from reopen.records import GenotypeLikelihoods, IntegralEnding
from reopen.weigh.deconvolve import deconvolve
from reopen.weigh.evidence import Evidence, Posterior, evidence
from reopen.weigh.model import PeakModel
from reopen.weigh.number import Fitted
from reopen.weigh.priors import Priors

DRAWS = 32
_FEWER = {5: 16, 6: 8}  # unknown contributors, whose genotypes take long to sum over -> draws


@dataclass(frozen=True, slots=True)
class Averaging:
    """How to average.

    draws  of the parameters of each stain; None is 32, and 16 or 8 with five or six unknown
           contributors
    seed   of the integration that they are taken from
    """

    draws: int | None = None
    priors: Priors = field(default_factory=Priors)
    seed: int = 1

    def __post_init__(self) -> None:
        if self.draws is not None and self.draws < 1:
            raise InvalidRecord(
                f"{self.draws} draws of a stain's parameters.",
                rule="An average is over one draw or more.",
                way_on=f"Give a number such as {DRAWS}, or search at the fits alone.",
            )

    def number(self, unknowns: int) -> int:
        """Draws for a stain of so many unknown contributors."""
        return self.draws if self.draws is not None else _FEWER.get(unknowns, DRAWS)


@dataclass(frozen=True, slots=True)
class AveragedContributors:
    """The contributors of a stain at each draw, all draws alike.

    draws   (draw, contributor); draws taken twice are the same object
    ending  of the integration: whether the draws can be relied on
    """

    draws: tuple[tuple[GenotypeLikelihoods, ...], ...]
    ending: IntegralEnding


def averaged_contributors(
    fitted: Fitted, model: PeakModel, how: Averaging
) -> AveragedContributors | None:
    """Genotype likelihoods of the unknown contributors at draws of the parameters.

    None where no draw explains the peaks. The same seed gives the same draws.
    """
    posterior = Posterior.of(fitted.likelihood, model, how.priors)
    found = evidence(posterior, fitted.parameters, seed=how.seed)
    if found.draws is None:
        return None
    encoded = fitted.likelihood.encoded
    taken = _taken(found, how.number(encoded.proposition.unknowns))
    chosen = _shuffled(taken, how.seed, encoded.stain.id)
    at = {
        draw: deconvolve(fitted.likelihood, found.parameters(draw), fitted.fit).likelihoods
        for draw in dict.fromkeys(chosen.tolist())
    }
    return AveragedContributors(tuple(at[k] for k in chosen.tolist()), found.marginal.ending)


def _taken(found: Evidence, number: int) -> Ints:
    """Draws in proportion to their weights: each as often as its share says, up to one.

    Source: Kitagawa 1996, J Comput Graph Stat 5, 1-25 (systematic resampling).
    """
    assert found.draws is not None
    weights = np.exp(found.draws.ln_weights - found.draws.ln_weights.max())
    ends = np.cumsum(weights) / weights.sum()
    taken = np.searchsorted(ends, (np.arange(number) + 0.5) / number)
    return np.minimum(taken, len(weights) - 1).astype(np.int64)


def _shuffled(draws: Ints, seed: int, stain: str) -> Ints:
    """In an order of the stain's own, so that draws of two stains can be taken side by side."""
    order = np.random.default_rng((seed, crc32(stain.encode()))).permutation(len(draws))
    return np.asarray(draws[order])
