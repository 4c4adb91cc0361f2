"""One mixture: the sum over genotypes, its gradient, a fit, a deconvolution."""

from __future__ import annotations

import numpy as np

from reopen.formats import library
from reopen.records import Population, proposition
from reopen.weigh.deconvolve import deconvolve
from reopen.weigh.encode import encode
from reopen.weigh.fit import fit, given
from reopen.weigh.mixture import MixtureLikelihood
from reopen.weigh.model import PeakModel, PeakParameters
from reopen.weigh.simulate import draw_references, draw_stain

SHARES = {1: (1.0,), 2: (0.7, 0.3), 3: (0.6, 0.3, 0.1), 4: (0.45, 0.3, 0.15, 0.1)}


class Mixture:
    """GlobalFiler, back stutter and degradation, all contributors unknown."""

    params = ([1, 2, 3, 4],)
    param_names = ("contributors",)
    timeout = 300

    def setup(self, contributors: int) -> None:
        rng = np.random.default_rng(contributors)
        population = Population(library.population("nist1036-cauc"))
        kit = library.kit("GlobalFiler")
        self.model = PeakModel()
        people = draw_references(rng, population, [f"R{k}" for k in range(contributors)])
        self.parameters = PeakParameters(SHARES[contributors], 1500.0, 0.25, 0.8, 0.06)
        stain = draw_stain(
            rng, people, population, kit, self.parameters, self.model, id="benchmark"
        )
        unknown = proposition(unknowns=contributors)
        self.likelihood = MixtureLikelihood(encode(stain, unknown, population, kit, self.model))
        self.record = given(self.likelihood, self.parameters)
        self.likelihood.with_gradient(self.parameters)
        deconvolve(self.likelihood, self.parameters, self.record)

    def time_ln_likelihood(self, contributors: int) -> None:
        self.likelihood.ln_likelihood(self.parameters)

    def time_with_gradient(self, contributors: int) -> None:
        self.likelihood.with_gradient(self.parameters)

    def time_fit(self, contributors: int) -> None:
        fit(self.likelihood, self.model)

    def time_deconvolve(self, contributors: int) -> None:
        deconvolve(self.likelihood, self.parameters, self.record)
