"""Between parameters and the unbounded coordinates in which they are climbed or integrated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from reopen.kernels.shapes import Floats
from reopen.records import Frozen
from reopen.weigh.encode import EncodedMixture
from reopen.weigh.mixture import Gradient
from reopen.weigh.model import PeakModel, PeakParameters
from reopen.weigh.stutter import StutterKind

_LOGIT_EDGE = 12.0
_MOST_HEIGHT = 1e7
VARIABILITY_LIMITS = (0.02, 5.0)
DEGRADATION_LIMITS = (1e-4, 10.0)
LEAST_STUTTER = 1e-7
MOST_STUTTER: Mapping[StutterKind, float] = {  # together below 1
    "back": 0.45, "forward": 0.25, "double_back": 0.15, "two_base": 0.1,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Coordinates:
    """Between parameters and the unbounded coordinates that are climbed: logits of proportions
    against the last contributor's, and logarithms of the others that the model fits.

    kinds         of stutter that are fitted
    most_stutter  kind -> largest share, where it is not the usual limit
    least_height  half the lowest threshold. Below it nobody would leave peaks and all would be
                  drop-in: with few peaks such a fit can win, and excludes the true donor
    least_scale   of the gamma law, mu omega^2 in RFU; 0 is no limit. Below it all copies of one
                  person would be seen or none: with few peaks such a fit makes each a homozygote's
    """

    n: int
    degradation: bool
    kinds: tuple[StutterKind, ...]
    least_height: float = 1.0
    least_scale: float = 0.0
    most_stutter: Mapping[StutterKind, float] = Frozen()

    @classmethod
    def of(cls, encoded: EncodedMixture, model: PeakModel) -> Coordinates:
        """Those of the parameters that a model fits to a stain under a proposition."""
        threshold = min(marker.threshold_rfu for marker in encoded.markers)
        return cls(
            len(encoded.proposition.contributors),
            model.degradation,
            model.stutter.kinds,
            threshold / 2,
            model.conventions.least_scale * threshold,
            Frozen(
                (kind, MOST_STUTTER[kind] / max(1.0, model.stutter.max_relative(kind)))
                for kind in model.stutter.kinds
            ),
        )

    def highest(self, kind: StutterKind) -> float:
        """The largest share of a kind of stutter: no allele loses more than the limit."""
        return self.most_stutter.get(kind, MOST_STUTTER[kind])

    @property
    def heights(self) -> tuple[float, float]:
        return self.least_height, _MOST_HEIGHT

    def below_least_scale(self, point: Floats) -> float:
        """By how much the logarithm of the scale falls short of the least; at most 0 where not."""
        if self.least_scale <= 0.0:
            return -np.inf
        ln_scale = point[self.n - 1] + 2.0 * point[self.n]
        return float(np.log(self.least_scale) - ln_scale)

    def to_point(self, p: PeakParameters) -> Floats:
        shares = np.log(np.maximum(p.proportions, 1e-6))
        tail = [np.log(p.height_rfu), np.log(p.variability)]
        tail += [np.log(p.degradation)] if self.degradation else []
        tail += [np.log(max(p.stutter[kind], LEAST_STUTTER)) for kind in self.kinds]
        return np.concatenate([shares[:-1] - shares[-1], tail])

    def to_parameters(self, point: Floats) -> PeakParameters:
        logits = np.append(point[: self.n - 1], 0.0)
        shares = np.exp(logits - logits.max())
        shares /= shares.sum()
        rest = iter(np.exp(point[self.n - 1 :]))
        return PeakParameters(
            proportions=tuple(float(s) for s in shares),
            height_rfu=float(next(rest)),
            variability=float(next(rest)),
            degradation=float(next(rest)) if self.degradation else 1.0,
            **{f"{kind}_stutter": float(next(rest)) for kind in self.kinds},
        )

    def gradient(self, p: PeakParameters, g: Gradient) -> Floats:
        """Chain rule into these coordinates."""
        shares = np.array(p.proportions)
        logits = shares * (g.proportions - shares @ g.proportions)
        tail = [g.ln_height, g.ln_variability]
        tail += [g.ln_degradation] if self.degradation else []
        tail += [g.stutter[kind] * p.stutter[kind] for kind in self.kinds]
        return np.concatenate([logits[:-1], tail])

    @property
    def scales(self) -> Floats:
        """About how far each coordinate has to move for the likelihood to feel it."""
        shares = [0.4] * (self.n - 1)
        return np.array(shares + [0.1, 0.15] + [0.1] * self.degradation + [0.3] * len(self.kinds))

    @property
    def bounds(self) -> list[tuple[float, float]]:
        logs = [self.heights, VARIABILITY_LIMITS]
        logs += [DEGRADATION_LIMITS] if self.degradation else []
        logs += [(LEAST_STUTTER, self.highest(kind)) for kind in self.kinds]
        edges = [(-_LOGIT_EDGE, _LOGIT_EDGE)] * (self.n - 1)
        return edges + [(float(np.log(low)), float(np.log(high))) for low, high in logs]
