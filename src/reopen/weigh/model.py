"""What is assumed of peak heights: the parts of the model and its laboratory settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from math import isfinite
from typing import Literal

from reopen.errors import CannotWeigh, InvalidRecord
from reopen.records import Frozen, Locus
from reopen.weigh.stutter import Stutter, StutterKind

PerLocus = float | Mapping[Locus, float]

_PROBABILITY = "A probability, from 0 to below 1."
_SHARE = "A share, from 0 to below 1."


def _hold(
    part: object, setting: str, rule: str, holds: Callable[[float], bool], name: str = ""
) -> None:
    """Freeze a part's setting and check it at every locus; named as settings files name it."""
    given: PerLocus = getattr(part, setting)
    if isinstance(given, Mapping):
        object.__setattr__(part, setting, Frozen(given))
    for value in given.values() if isinstance(given, Mapping) else (given,):
        if not (isfinite(value) and holds(value)):
            raise InvalidRecord(
                f"{name or setting} = {value}.",
                rule=rule,
                way_on="Correct the laboratory's settings.",
            )


@dataclass(frozen=True, slots=True)
class Dropin:
    """Peaks of nobody's DNA.

    probability  of a drop-in at a locus of a replicate
    rate         lambda of the exponential law of their heights above the threshold, 1/RFU
    """

    probability: PerLocus = 0.05
    rate: PerLocus = 0.01

    def __post_init__(self) -> None:
        _hold(self, "probability", _PROBABILITY, lambda v: 0 <= v < 1, "dropin_probability")
        _hold(self, "rate", "A rate above 0.", lambda v: v > 0, "dropin_rate")


@dataclass(frozen=True, slots=True)
class Filters:
    """What the laboratory's software removed before it exported.

    back, forward  shares of a parent peak below which peaks in stutter position are gone; 0 where
                   the export still holds stutter. An allele there may have been removed, not missed
    locus_cutoff   share of the locus's highest peak below which any peak is gone; 0 is no such rule
    of_highest     stutter was removed beside the locus's highest peak only
    """

    back: PerLocus = 0.0
    forward: PerLocus = 0.0
    locus_cutoff: PerLocus = 0.0
    of_highest: bool = False

    def __post_init__(self) -> None:
        names = {"back": "back_filter", "forward": "forward_filter", "locus_cutoff": "locus_cutoff"}
        for setting, name in names.items():
            _hold(self, setting, _SHARE, lambda v: 0 <= v < 1, name)


@dataclass(frozen=True, slots=True)
class Conventions:
    """Where programs that implement this model differ, and the reader has to know which was used.

    third_allele_stutters  the third allele of a tri-allelic person stutters as the others do
    rest_size       fragment length of alleles not seen: the kit's largest, or their mean
    unseen_alleles  each has a peak of its own below the threshold, but for the two of one person
                    that are the same; or all together are one peak, the sum of their copies
    untyped_relative  where an unknown contributor is related to a person not typed at a locus: the
                    relation is left out there, or taken to be between the last two unknown ones
    least_scale     in fits, of the gamma scale mu omega^2, in thresholds: heights vary at least so
                    much. A few peaks alone say nothing of how much they vary
    """

    third_allele_stutters: bool = True
    rest_size: Literal["largest", "mean"] = "mean"
    unseen_alleles: Literal["apart", "one peak"] = "apart"
    untyped_relative: Literal["left out", "last two"] = "left out"
    least_scale: float = 0.2


EUROFORMIX = Conventions(False, "largest", "one peak", "last two", 0.0)
"""Those of EuroForMix (Bleka, Storvik and Gill 2016), whose numbers `validate` compares with."""


@dataclass(frozen=True, slots=True)
class PeakModel:
    """The gamma model of peak heights: its parts, and the laboratory's settings.

    degradation       heights change with fragment length
    stutter           which kinds are modelled, and how they differ between alleles
    threshold_rfu     analytical threshold; lower peaks are as if not seen
    dropin, filters   peaks of nobody's, and peaks taken away
    locus_efficiency  how well a locus amplifies compared with the kit's mean, learnt from a
                      laboratory's own runs; 1 everywhere is the plain model
    conventions       where programs differ

    Settings are one number, or one for each locus.
    Source: Cowell, Graversen, Lauritzen and Mortera 2015; Bleka, Storvik and Gill 2016. The
    filters, the efficiency and stutter by allele are our own additions (docs/methods.md).
    """

    degradation: bool = True
    stutter: Stutter = field(default_factory=Stutter)
    threshold_rfu: PerLocus = 50.0
    dropin: Dropin = Dropin()
    filters: Filters = Filters()
    locus_efficiency: PerLocus = 1.0
    conventions: Conventions = Conventions()

    def __post_init__(self) -> None:
        _hold(self, "threshold_rfu", "A threshold is above 0 RFU.", lambda v: v > 0)
        _hold(self, "locus_efficiency", "A factor above 0.", lambda v: v > 0)

    def without_degradation(self) -> PeakModel:
        """The same model with fragment lengths left out."""
        return replace(self, degradation=False)


def setting_at(setting: PerLocus, locus: Locus, name: str) -> float:
    """A setting's value at a locus. Raises CannotWeigh where the setting leaves this locus out."""
    if not isinstance(setting, Mapping):
        return float(setting)
    if locus not in setting:
        raise CannotWeigh(
            f"No {name} is given for {locus}.",
            rule="A setting given by locus names every locus that is weighed.",
            way_on=f"Add {locus} to it, or give one number for all loci.",
        )
    return float(setting[locus])


@dataclass(frozen=True, slots=True)
class PeakParameters:
    """Parameters of the peak-height model.

    proportions  of each contributor in the proposition's order, summing to 1
    height_rfu   mu: expected height of one allele copy of a contributor of proportion 1 at 125 bp
    variability  omega: coefficient of variation of that height
    degradation  beta: factor by which heights change for each 100 bp
    back_stutter, forward_stutter, double_back_stutter, two_base_stutter
                 xi: expected share of a parent peak, of the kit's mean allele where the model has
                 learnt rates
    """

    proportions: tuple[float, ...]
    height_rfu: float
    variability: float
    degradation: float = 1.0
    back_stutter: float = 0.0
    forward_stutter: float = 0.0
    double_back_stutter: float = 0.0
    two_base_stutter: float = 0.0

    def __post_init__(self) -> None:
        if not (min(self.proportions, default=-1) >= 0 and abs(sum(self.proportions) - 1) <= 1e-6):
            raise InvalidRecord(
                f"Mixture proportions {self.proportions}.",
                rule="Proportions are not negative and sum to 1.",
                way_on="Divide them by their sum.",
            )
        factors = (self.height_rfu, self.variability, self.degradation)
        if not all(isfinite(factor) and factor > 0 for factor in factors):
            raise InvalidRecord(
                f"{self}.",
                rule="Height, variability and degradation are above 0.",
                way_on="Correct the parameters.",
            )
        shares = self.stutter.values()
        if not (all(share >= 0 for share in shares) and sum(shares) < 1):
            raise InvalidRecord(
                f"Stutter proportions {', '.join(map(str, shares))}.",
                rule="Stutter proportions are not negative and sum to less than 1.",
                way_on="Correct the parameters.",
            )

    @property
    def stutter(self) -> Mapping[StutterKind, float]:
        """The share of each kind of stutter."""
        return {
            "back": self.back_stutter,
            "forward": self.forward_stutter,
            "double_back": self.double_back_stutter,
            "two_base": self.two_base_stutter,
        }
