"""What is assumed of peak heights: the parts of the model and its laboratory settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import isfinite
from typing import Literal

from reopen.errors import CannotWeigh, InvalidRecord
from reopen.records import Frozen, Locus

PerLocus = float | Mapping[Locus, float]


@dataclass(frozen=True, slots=True)
class PeakModel:
    """The gamma model of peak heights: which parts are on, and the laboratory's settings.

    degradation, back_stutter, forward_stutter   parts that are fitted when on
    threshold_rfu       analytical threshold; lower peaks are as if not seen
    dropin_probability  of a drop-in at a locus of a replicate
    dropin_rate         lambda of the exponential law of drop-in heights above the threshold, 1/RFU
    back_filter, forward_filter   shares of a parent peak below which the laboratory's software has
                        removed peaks in stutter position; 0 where the export still holds stutter.
                        An allele there may have been removed, not missed
    locus_cutoff        share of the locus's highest peak below which that software removes any
                        peak; 0 where there is no such rule
    locus_efficiency    how well a locus amplifies compared with the kit's mean, learnt from a
                        laboratory's own runs; 1 everywhere is the plain model
    rest_size           fragment length of alleles not seen: the kit's largest, or their mean
    third_allele_stutters   the third allele of a tri-allelic person stutters as the others do

    Settings are one number, or one for each locus.
    Source: Cowell, Graversen, Lauritzen and Mortera 2015; Bleka, Storvik and Gill 2016. The filters
    and the efficiency are our own additions (docs/methods.md).
    """

    degradation: bool = True
    back_stutter: bool = True
    forward_stutter: bool = False
    threshold_rfu: PerLocus = 50.0
    dropin_probability: PerLocus = 0.05
    dropin_rate: PerLocus = 0.01
    back_filter: PerLocus = 0.0
    forward_filter: PerLocus = 0.0
    locus_cutoff: PerLocus = 0.0
    locus_efficiency: PerLocus = 1.0
    rest_size: Literal["largest", "mean"] = "largest"
    third_allele_stutters: bool = True

    def __post_init__(self) -> None:
        if self.forward_stutter and not self.back_stutter:
            raise InvalidRecord(
                "Forward stutter without backward stutter.",
                rule="Forward stutter is modelled beside backward stutter, never alone.",
                way_on="Switch backward stutter on as well.",
            )
        self._check("threshold_rfu", "A threshold is above 0 RFU.", lambda v: v > 0)
        self._check("dropin_probability", "A probability, from 0 to below 1.", lambda v: 0 <= v < 1)
        self._check("dropin_rate", "A rate above 0.", lambda v: v > 0)
        for name in ("back_filter", "forward_filter", "locus_cutoff"):
            self._check(name, "A share, from 0 to below 1.", lambda v: 0 <= v < 1)
        self._check("locus_efficiency", "A factor above 0.", lambda v: v > 0)

    def _check(self, name: str, rule: str, holds: object) -> None:
        setting = getattr(self, name)
        if isinstance(setting, Mapping):
            object.__setattr__(self, name, Frozen(setting))
        for value in setting.values() if isinstance(setting, Mapping) else (setting,):
            if not (isfinite(value) and callable(holds) and holds(value)):
                raise InvalidRecord(
                    f"{name} = {value}.", rule=rule, way_on="Correct the laboratory's settings."
                )

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
    back_stutter, forward_stutter   xi: expected share of a parent peak
    """

    proportions: tuple[float, ...]
    height_rfu: float
    variability: float
    degradation: float = 1.0
    back_stutter: float = 0.0
    forward_stutter: float = 0.0

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
        shares = (self.back_stutter, self.forward_stutter)
        if not (all(share >= 0 for share in shares) and sum(shares) < 1):
            raise InvalidRecord(
                f"Stutter proportions {self.back_stutter}, {self.forward_stutter}.",
                rule="Stutter proportions are not negative and sum to less than 1.",
                way_on="Correct the parameters.",
            )
