"""Peaks of invented injections: sizes that a donor's alleles have, read with a little error.

Enough for rules that compare signals; not a model of mixtures (`weigh.simulate` is).
"""

from __future__ import annotations

import numpy as np

from reopen.kernels.shapes import Floats
from reopen.prove.simulate.book import Book

SIZING_SD_BP = 0.04  # of one fragment between injections
THRESHOLD_RFU, NOISE_RFU, NOISE_SD_LN = 50.0, 12.0, 0.25
HEIGHT_SD_LN = 0.3
_LADDER = 60


class Peaks:
    """Sizes by donor, drawn once; an injection reads them again each time."""

    def __init__(self, book: Book):
        self.book = book
        self._sizes: dict[str, Floats] = {}

    def noise(self) -> float:
        """The highest point of a baseline without peaks, in RFU."""
        drawn = NOISE_RFU * np.exp(NOISE_SD_LN * self.book.rng.standard_normal())
        return min(round(float(drawn), 1), THRESHOLD_RFU - 1)

    def of(
        self, donor: str, quantity: float, age_years: float = 0.0
    ) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """Sizes in base pairs and heights in RFU, as an export rounds them. Weak extracts lose
        peaks under 50 RFU, and old ones their long fragments first."""
        rng = self.book.rng
        if donor not in self._sizes:
            n = _LADDER if donor == "ladder" else int(rng.integers(30, 44))
            self._sizes[donor] = np.sort(rng.uniform(90, 450, n))
        true = self._sizes[donor]
        sizes = np.round(true + SIZING_SD_BP * rng.standard_normal(true.size), 2)
        level = min(4000.0, 800.0 * max(quantity, 0.003) / 0.1)
        decay = age_years * self.book.rates["decay_year"] * np.exp(0.4 * rng.standard_normal())
        noise = HEIGHT_SD_LN * rng.standard_normal(true.size)
        heights = np.round(level * np.exp(noise - decay * (true - true[0]) / 10))
        kept = heights >= THRESHOLD_RFU
        return tuple(sizes[kept].tolist()), tuple(heights[kept].tolist())
