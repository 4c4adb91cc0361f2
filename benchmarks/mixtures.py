"""One mixture: the sum over genotypes, its gradient, a fit, deconvolution, integration.

PowerPlex ESX 17, degradation, all contributors unknown; CPU seconds of one thread.
"""

from __future__ import annotations

from time import process_time

import numpy as np

from reopen.formats import library
from reopen.records import Population, proposition
from reopen.weigh.deconvolve import deconvolve
from reopen.weigh.draws import draw_genotypes
from reopen.weigh.encode import encode
from reopen.weigh.evidence import Posterior, evidence
from reopen.weigh.fit import fit, given, one_blas_thread
from reopen.weigh.importance import Sizes
from reopen.weigh.joint import joint_genotypes
from reopen.weigh.mixture import MixtureLikelihood
from reopen.weigh.model import PeakModel, PeakParameters
from reopen.weigh.priors import Priors
from reopen.weigh.simulate import draw_references, draw_stain
from reopen.weigh.stutter import Stutter

SHARES = {
    2: (0.7, 0.3),
    3: (0.5, 0.35, 0.15),
    4: (0.45, 0.3, 0.17, 0.08),
    5: (0.4, 0.25, 0.18, 0.12, 0.05),
    6: (0.35, 0.25, 0.16, 0.11, 0.08, 0.05),
}


class Mixture:
    """A stain of as many invented donors as contributors; kernels compiled."""

    param_names = ("contributors", "stutter")
    timer = process_time
    timeout = 1800

    def setup(self, contributors: int, stutter: str) -> None:
        rng = np.random.default_rng(contributors)
        population, kit = Population(library.population("nist1036-cauc")), library.kit("ESX17")
        forward = stutter == "back and forward"
        self.model = PeakModel(stutter=Stutter(back=True, forward=forward))
        self.parameters = PeakParameters(
            SHARES[contributors], 1000.0, 0.25, 0.8, 0.06, 0.01 if forward else 0.0
        )
        donors = draw_references(rng, population, [f"D{k}" for k in range(contributors)])
        stain = draw_stain(rng, donors, population, kit, self.parameters, self.model, id="S")
        unknown = proposition(unknowns=contributors)
        self.likelihood = MixtureLikelihood(encode(stain, unknown, population, kit, self.model))
        self.likelihood.with_gradient(self.parameters)
        self.likelihood.ln_likelihood(self.parameters)


class Likelihood(Mixture):
    params = ([2, 3, 4, 5, 6], ["back", "back and forward"])

    def time_ln_likelihood(self, contributors: int, stutter: str) -> None:
        self.likelihood.ln_likelihood(self.parameters)

    def time_with_gradient(self, contributors: int, stutter: str) -> None:
        self.likelihood.with_gradient(self.parameters)

    def peakmem_with_gradient(self, contributors: int, stutter: str) -> None:
        self.likelihood.with_gradient(self.parameters)


class Fit(Mixture):
    """Seconds for two, minutes for six; six with both stutters is left out."""

    params = ([2, 3, 4, 5, 6], ["back", "back and forward"])
    number, repeat, warmup_time = 1, 1, 0.0

    def setup(self, contributors: int, stutter: str) -> None:
        if (contributors, stutter) == (6, "back and forward"):
            raise NotImplementedError  # asv's way to leave a combination out
        super().setup(contributors, stutter)

    def time_fit(self, contributors: int, stutter: str) -> None:
        fit(self.likelihood, self.model)


class Genotypes(Mixture):
    params = ([2, 3, 4], ["back", "back and forward"])

    def setup(self, contributors: int, stutter: str) -> None:
        super().setup(contributors, stutter)
        self.record = given(self.likelihood, self.parameters)
        deconvolve(self.likelihood, self.parameters, self.record)
        joint_genotypes(self.likelihood, self.parameters)
        draw_genotypes(self.likelihood, self.parameters, 1, seed=1)

    def time_deconvolve(self, contributors: int, stutter: str) -> None:
        deconvolve(self.likelihood, self.parameters, self.record)

    def time_joint_genotypes(self, contributors: int, stutter: str) -> None:
        joint_genotypes(self.likelihood, self.parameters, top=10)

    def time_draw_genotypes(self, contributors: int, stutter: str) -> None:
        draw_genotypes(self.likelihood, self.parameters, 1000, seed=1)


class Evidence(Mixture):
    """A marginal likelihood of a set number of draws, from the fit on."""

    params = ([2, 3], ["back", "back and forward"])
    number, repeat, warmup_time = 1, 1, 0.0

    def setup(self, contributors: int, stutter: str) -> None:
        super().setup(contributors, stutter)
        self.fitted, _ = fit(self.likelihood, self.model)
        self.posterior = Posterior.of(self.likelihood, self.model, Priors())

    def time_evidence(self, contributors: int, stutter: str) -> None:
        with one_blas_thread():
            evidence(self.posterior, self.fitted, Sizes(points=128, most=1024))
