"""Lines of stutter ratios in allele length: fitted with censoring, and drawn towards a common one.

Arrays and estimates only. Not for: which loci and alleles carry rates (`stutter_rates`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize, minimize_scalar

from reopen.kernels.shapes import Floats
from reopen.weigh.stutter_pairs import PairTable

RATIOS = (1e-4, 0.6)
_STEP = 1e-3


@dataclass(frozen=True, slots=True)
class Line:
    """A ratio in the middle of the lengths, and its change by length.

    lengths     shortest and longest parent
    estimate    (level, slope)
    covariance  (2, 2); by runs, so that a run of much stutter counts once, not at each peak
    """

    lengths: tuple[float, float]
    estimate: Floats
    covariance: Floats

    @property
    def middle(self) -> float:
        return sum(self.lengths) / 2

    def at(self, length: Floats) -> Floats:
        """Ratios at lengths."""
        ratio: Floats = self.estimate[0] + self.estimate[1] * (length - self.middle)
        return ratio

    def error_at(self, length: float) -> float:
        design = np.array([1.0, length - self.middle])
        return float(np.sqrt(design @ self.covariance @ design))


def fit_line(pairs: PairTable, concentration: float) -> Line:
    """The line of highest likelihood that is positive at both ends."""
    low, high = float(pairs.length.min()), float(pairs.length.max())
    if high - low < 0.5:
        level, variance = fit_level(pairs, concentration)
        return Line((low, high), np.array([level, 0.0]), np.diag([variance, 0.0]))
    upper = (pairs.length - low) / (high - low)
    ends, covariance = _fit(pairs, np.column_stack([1 - upper, upper]), concentration)
    turn = np.array([[0.5, 0.5], [-1 / (high - low), 1 / (high - low)]])
    return Line((low, high), turn @ ends, turn @ covariance @ turn.T)


def fit_level(pairs: PairTable, concentration: float) -> tuple[float, float]:
    """One ratio for all pairs, and its variance."""
    level, covariance = _fit(pairs, np.ones((len(pairs.share), 1)), concentration)
    return float(level[0]), float(covariance[0, 0])


def fit_concentration(lines: Sequence[tuple[PairTable, Line]]) -> float:
    """How much shares vary around their lines: see `PairTable.ln_density`."""

    def down(ln_k: float) -> float:
        k = float(np.exp(ln_k))
        return -sum(
            float(pairs.ln_density(line.at(pairs.length), k).sum()) for pairs, line in lines
        )

    best = minimize_scalar(down, bounds=(np.log(0.02), np.log(50.0)), method="bounded")
    return float(np.exp(best.x))


def _fit(pairs: PairTable, design: Floats, concentration: float) -> tuple[Floats, Floats]:
    """Ratios design @ estimate of highest likelihood, each estimate within RATIOS."""

    def down(ln_estimate: Floats) -> float:
        return -float(pairs.ln_density(design @ np.exp(ln_estimate), concentration).sum())

    mean = np.clip(np.mean(pairs.share[pairs.is_seen == 1]), 1e-3, 0.3)
    start = np.full(design.shape[1], np.log(mean))
    best = minimize(down, start, method="L-BFGS-B", bounds=[tuple(np.log(RATIOS))] * len(start))
    estimate = np.exp(best.x)
    return estimate, _covariance(
        lambda x: pairs.ln_density(design @ x, concentration), estimate, pairs.run
    )


def _covariance(ln_density: Callable[[Floats], Floats], at: Floats, run: object) -> Floats:
    """Sandwich covariance with scores added up by run (White 1982)."""
    steps = np.diag(np.maximum(at, 1e-3) * _STEP)

    def scores(x: Floats) -> Floats:
        columns = [(ln_density(x + h) - ln_density(x - h)) / (2 * h.sum()) for h in steps]
        return np.column_stack(columns)

    rows = [scores(at + h).sum(axis=0) - scores(at - h).sum(axis=0) for h in steps]
    hessian = -np.array(rows) / (2 * np.diag(steps)[:, None])
    values, vectors = np.linalg.eigh((hessian + hessian.T) / 2)
    bread = vectors @ np.diag(1 / np.maximum(values, 1.0)) @ vectors.T
    number = np.asarray(run)
    by_run = np.zeros((int(number.max()) + 1, len(at)))
    np.add.at(by_run, number, scores(at))
    n = len(by_run)
    covariance: Floats = bread @ (by_run.T @ by_run) @ bread * n / max(n - len(at), 1)
    return covariance


@dataclass(frozen=True, slots=True)
class CommonLine:
    """The law of the loci's lines.

    estimate    mean level in the middle of a locus's lengths, and mean slope
    covariance  of that estimate
    spread      standard deviations of level and slope around them
    """

    estimate: Floats
    covariance: Floats
    spread: Floats

    def drawn(self, line: Line) -> Line:
        """A locus's line drawn towards the common one as far as its errors say."""
        if line.lengths[0] == line.lengths[1]:
            return line
        prior = np.diag(self.spread**2)
        gain = prior @ np.linalg.inv(prior + line.covariance)
        estimate = self.estimate + gain @ (line.estimate - self.estimate)
        away = np.eye(2) - gain  # how far it hangs on the common line, itself an estimate
        covariance = prior - gain @ prior + away @ self.covariance @ away.T
        return Line(line.lengths, estimate, covariance)


def common_line(lines: Sequence[Line]) -> CommonLine:
    """The normal law of lines, by restricted maximum likelihood of their estimates with errors."""

    def down(point: Floats) -> float:
        spread = np.exp(2 * point[2:])
        total, information = 0.0, np.zeros((2, 2))
        for line in lines:
            law = line.covariance + np.diag(spread)
            off = line.estimate - point[:2]
            total += off @ np.linalg.solve(law, off) + np.linalg.slogdet(law)[1]
            information += np.linalg.inv(law)
        return float(total + np.linalg.slogdet(information)[1]) / 2

    estimates = np.array([line.estimate for line in lines])
    start = [*np.median(estimates, axis=0), *np.log(np.std(estimates, axis=0) / 2 + 1e-3)]
    options = {"maxiter": 4000, "xatol": 1e-7, "fatol": 1e-7}
    best = minimize(down, start, method="Nelder-Mead", options=options)
    spread = np.exp(best.x[2:])
    information = sum(np.linalg.inv(line.covariance + np.diag(spread**2)) for line in lines)
    return CommonLine(best.x[:2], np.linalg.inv(information), spread)
