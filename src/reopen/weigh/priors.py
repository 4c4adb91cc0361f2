"""What is believed of a stain's peak parameters before it is seen: proper, documented, replaceable.

docs/methods.md, section 13, says where the defaults come from.
Not for: what is believed of the number of contributors (`number`), or of genotypes (`encode`).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, inf, isfinite, lgamma, log, pi

import numpy as np
from scipy.special import ndtr, ndtri

from reopen.errors import InvalidRecord
from reopen.kernels.shapes import Floats
from reopen.weigh.coordinates import Coordinates
from reopen.weigh.mixture import Gradient
from reopen.weigh.model import PeakParameters
from reopen.weigh.stutter import StutterKind

_STUTTER = ("back_stutter", "forward_stutter", "double_back_stutter", "two_base_stutter")


@dataclass(frozen=True, slots=True)
class LogNormal:
    """A law whose logarithm is normal, cut off outside a range and rescaled to be proper.

    centre     its median, were it not cut
    spread     standard deviation of the natural logarithm: 0.7 is a factor of two either way
    low, high  the range
    """

    centre: float
    spread: float
    low: float = 0.0
    high: float = inf

    def __post_init__(self) -> None:
        _check(self, self.centre > 0 and self.spread > 0)

    def ln_density_of_ln(self, value: float) -> float:
        """ln of the density of ln(value), at the value; -inf outside the range."""
        if not self.low <= value <= self.high or value <= 0:
            return -inf
        z = (log(value) - log(self.centre)) / self.spread
        return -0.5 * z * z - log(self.spread) - 0.5 * log(2 * pi) - log(self._mass)

    def slope_in_ln(self, value: float) -> float:
        """Its derivative in ln(value)."""
        return -(log(value) - log(self.centre)) / self.spread**2

    def draw(self, rng: np.random.Generator) -> float:
        """A value at random."""
        low, high = self._ends
        z = float(ndtri(low + rng.random() * (high - low)))
        return self.centre * exp(self.spread * z)

    @property
    def _mass(self) -> float:
        """Share of the uncut law inside the range."""
        low, high = self._ends
        return high - low

    @property
    def _ends(self) -> tuple[float, float]:
        """Shares of the uncut law below the range's ends."""
        ends = (log(end) if end > 0 else -inf for end in (self.low, self.high))
        low, high = (float(ndtr((end - log(self.centre)) / self.spread)) for end in ends)
        return low, high

    def __str__(self) -> str:
        return f"log-normal, median {self.centre:g}, factor {exp(self.spread):.2g} either way"


@dataclass(frozen=True, slots=True)
class Uniform:
    """Every value of a range alike."""

    low: float
    high: float

    def __post_init__(self) -> None:
        _check(self, isfinite(self.high))

    def ln_density_of_ln(self, value: float) -> float:
        """As for `LogNormal`."""
        if not self.low <= value <= self.high or value <= 0:
            return -inf
        return log(value) - log(self.high - self.low)

    def slope_in_ln(self, value: float) -> float:
        """As for `LogNormal`."""
        return 1.0

    def draw(self, rng: np.random.Generator) -> float:
        """A value at random."""
        return float(rng.uniform(self.low, self.high))

    def __str__(self) -> str:
        return f"uniform from {self.low:g} to {self.high:g}"


Prior = LogNormal | Uniform


def _check(prior: Prior, holds: bool) -> None:
    if not (holds and 0 <= prior.low < prior.high):
        raise InvalidRecord(
            f"A prior {prior!r}.",
            rule="Centre and spread are above 0; a range begins at 0 or above and has a length.",
            way_on="Correct the prior.",
        )


@dataclass(frozen=True, slots=True)
class Priors:
    """Independent laws of the parameters of one stain.

    concentration  of the Dirichlet law of the proportions of all contributors, known or not: 1
                   makes all proportions alike, and no contributor differs from another
    height_in_thresholds   expected height of an allele copy, in units of the lowest analytical
                   threshold: instruments count differently, and set thresholds accordingly
    variability, degradation, and the stutter shares   as in `PeakParameters`

    A law that the model does not fit (stutter that is off) takes no part.
    """

    concentration: float = 1.0
    height_in_thresholds: Prior = LogNormal(30.0, 1.7, low=0.5, high=2e5)
    variability: Prior = LogNormal(0.25, 0.5, low=0.02, high=5.0)
    degradation: Prior = LogNormal(0.75, 0.5, low=1e-4, high=10.0)
    back_stutter: Prior = LogNormal(0.07, 0.5, high=0.45)
    forward_stutter: Prior = LogNormal(0.01, 0.8, high=0.25)
    double_back_stutter: Prior = LogNormal(0.005, 0.8, high=0.15)
    two_base_stutter: Prior = LogNormal(0.01, 1.0, high=0.1)

    def __post_init__(self) -> None:
        if not (isfinite(self.concentration) and self.concentration > 0):
            raise InvalidRecord(
                f"A Dirichlet concentration of {self.concentration}.",
                rule="It is a number above 0.",
                way_on="Give 1 where nothing is known of the proportions.",
            )

        most = sum(getattr(self, name).high for name in _STUTTER)
        if not most < 1:
            raise InvalidRecord(
                f"Stutter shares believed to be up to {most:g} together.",
                rule="The ranges of the stutter shares' priors end below 1 together.",
                way_on="Lower the upper ends of the ranges.",
            )

    def ln_density(self, parameters: PeakParameters, coordinates: Coordinates) -> float:
        """ln of the density on the natural scale: of all proportions but the last, of the height
        in RFU and of the other parameters that the coordinates hold. -inf outside the ranges."""
        shares = np.array(parameters.proportions)
        if self.concentration != 1.0 and not shares.all():
            return inf if self.concentration < 1 else -inf
        power = self.concentration - 1
        total = self._ln_dirichlet(len(shares)) + (power * np.log(shares).sum() if power else 0.0)
        for prior, value, unit in self._laws(parameters, coordinates).values():
            total += prior.ln_density_of_ln(value / unit) - log(value)
        return float(total)

    def ln_density_at(self, point: Floats, coordinates: Coordinates) -> float:
        """ln of the density of the unbounded coordinates, which is the natural one times the
        Jacobian: the product of the proportions and of the values whose logarithms are taken."""
        parameters = coordinates.to_parameters(point)
        logits = np.append(point[: coordinates.n - 1], 0.0)
        ln_shares = logits - np.logaddexp.reduce(logits)
        total = self._ln_dirichlet(coordinates.n) + self.concentration * ln_shares.sum()
        for prior, value, unit in self._laws(parameters, coordinates).values():
            total += prior.ln_density_of_ln(value / unit)
        return float(total)

    def gradient_at(self, point: Floats, coordinates: Coordinates) -> Floats:
        """The gradient of `ln_density_at`, inside the ranges."""
        parameters = coordinates.to_parameters(point)
        laws = self._laws(parameters, coordinates)
        slope = {name: law.slope_in_ln(value / unit) for name, (law, value, unit) in laws.items()}
        stutter: dict[StutterKind, float] = {
            kind: slope[f"{kind}_stutter"] / parameters.stutter[kind] for kind in coordinates.kinds
        }
        shares = np.array(parameters.proportions)
        return coordinates.gradient(
            parameters,
            Gradient(
                proportions=self.concentration / np.maximum(shares, 1e-300),
                ln_height=slope["height_rfu"],
                ln_variability=slope["variability"],
                ln_degradation=slope.get("degradation", 0.0),
                stutter=stutter,
            ),
        )

    def draw(self, rng: np.random.Generator, coordinates: Coordinates) -> PeakParameters:
        """Parameters at random, of what the coordinates hold."""
        shares = rng.dirichlet(np.full(coordinates.n, self.concentration))
        anywhere = coordinates.to_parameters(np.array(coordinates.bounds)[:, 0])
        laws = self._laws(anywhere, coordinates)
        values = {name: prior.draw(rng) * unit for name, (prior, _, unit) in laws.items()}
        return PeakParameters(tuple(map(float, shares)), **values)

    def ranges(self, coordinates: Coordinates) -> list[tuple[float, float]]:
        """Lowest and highest logarithm of each fitted parameter but the proportions."""
        anywhere = coordinates.to_parameters(np.array(coordinates.bounds)[:, 0])
        laws = self._laws(anywhere, coordinates).values()
        ends = ((prior.low * unit, prior.high * unit) for prior, _, unit in laws)
        return [(log(low) if low > 0 else -inf, log(high)) for low, high in ends]

    def _ln_dirichlet(self, n: int) -> float:
        """ln of the Dirichlet law's constant."""
        return lgamma(n * self.concentration) - n * lgamma(self.concentration)

    def _laws(
        self, parameters: PeakParameters, coordinates: Coordinates
    ) -> dict[str, tuple[Prior, float, float]]:
        """Law, value and unit of each fitted parameter but the proportions."""
        p = parameters
        unit = 2 * coordinates.least_height  # the lowest threshold
        laws: dict[str, tuple[Prior, float, float]] = {
            "height_rfu": (self.height_in_thresholds, p.height_rfu, unit),
            "variability": (self.variability, p.variability, 1.0),
        }
        if coordinates.degradation:
            laws["degradation"] = (self.degradation, p.degradation, 1.0)
        for kind in coordinates.kinds:
            laws[f"{kind}_stutter"] = (getattr(self, f"{kind}_stutter"), p.stutter[kind], 1.0)
        return laws


FLAT = Priors(
    height_in_thresholds=Uniform(0.5, 1e4),
    variability=Uniform(0.0, 5.0),
    degradation=Uniform(0.0, 1.0),
    back_stutter=Uniform(0.0, 0.45),
    forward_stutter=Uniform(0.0, 0.25),
    double_back_stutter=Uniform(0.0, 0.15),
    two_base_stutter=Uniform(0.0, 0.1),
)
"""Every value alike on the natural scale, as in EuroForMix's Markov chains (Bleka et al. 2016):
for comparison with its Bayes factors and conservative LRs, not for casework."""
