"""What one mixture costs: CPU seconds, memory, evaluations, all contributors unknown, one thread.

Each row is measured in a process of its own, so that no row's memory counts for another. Clocks
start when kernels are compiled. Not here: tables, and what is compared with (`speed`).
"""

from __future__ import annotations

import resource
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from time import process_time
from typing import Literal, TypeVar

import numpy as np

from reopen.formats import find_kit, find_population
from reopen.kernels.shapes import Floats
from reopen.records import Population, Stain, proposition
from reopen.weigh.encode import EncodedMixture, encode
from reopen.weigh.fit import fit, one_blas_thread
from reopen.weigh.mixture import Gradient, MixtureLikelihood
from reopen.weigh.model import EUROFORMIX, Conventions, Dropin, PeakModel, PeakParameters
from reopen.weigh.simulate import draw_references, draw_stain
from reopen.weigh.stutter import Stutter

KIT, POPULATION, THETA = "PowerPlex ESX 17", "NIST 1036 Caucasian", 0.01
THRESHOLD, DROPIN = 50.0, Dropin(0.05, 0.01)
SHARES = {
    1: (1.0,),
    2: (0.7, 0.3),
    3: (0.5, 0.35, 0.15),
    4: (0.45, 0.3, 0.17, 0.08),
    5: (0.4, 0.25, 0.18, 0.12, 0.05),
    6: (0.35, 0.25, 0.16, 0.11, 0.08, 0.05),
}
SEED = 1
_LEAST = 0.2  # CPU seconds for which a short computation is repeated

StutterModel = Literal["back", "back and forward"]
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Row:
    """What to measure. fitted: whether fits are, or only a likelihood and a gradient."""

    persons: int
    stutter: StutterModel
    stains: int
    conventions: Conventions = EUROFORMIX
    fitted: bool = True


@dataclass(frozen=True, slots=True)
class FitCost:
    """A fit with the encoding of its stain. evaluations: likelihoods, and those with gradient.

    above_truth  ln L of the fit less that of the parameters the stain was drawn with: below 0 the
                 optimum was missed
    """

    seconds: float
    values: int
    gradients: int
    ending: str
    above_truth: float


@dataclass(frozen=True, slots=True)
class StainCost:
    """CPU seconds of one stain. peaks: of all loci."""

    peaks: int
    value: float
    gradient: float
    fit: FitCost | None


@dataclass(frozen=True, slots=True)
class RowCost:
    """The stains of a row, and the most memory of their process, libraries included, MB."""

    row: Row
    stains: tuple[StainCost, ...]
    megabytes: float


@dataclass(frozen=True, slots=True)
class Counted(MixtureLikelihood):
    """A likelihood that counts how often it is asked."""

    asked: Counter[str] = field(default_factory=Counter, compare=False)

    def ln_by_locus(self, parameters: PeakParameters) -> Floats:
        self.asked["values"] += 1
        return MixtureLikelihood.ln_by_locus(self, parameters)

    def with_gradient(self, parameters: PeakParameters) -> tuple[float, Gradient]:
        self.asked["gradients"] += 1
        return MixtureLikelihood.with_gradient(self, parameters)


def model_of(row: Row) -> PeakModel:
    """Degradation, and the stutter of the row."""
    stutter = Stutter(back=True, forward=row.stutter == "back and forward")
    return PeakModel(
        stutter=stutter, threshold_rfu=THRESHOLD, dropin=DROPIN, conventions=row.conventions
    )


def truth_of(row: Row) -> PeakParameters:
    """The parameters that stains are drawn with."""
    forward = 0.01 if row.stutter == "back and forward" else 0.0
    return PeakParameters(SHARES[row.persons], 1000.0, 0.25, 0.8, 0.06, forward)


def draw(row: Row) -> list[Stain]:
    """Stains of as many invented donors as contributors; the same for the same row."""
    rng = np.random.default_rng((SEED, row.persons))
    population, kit = Population(find_population(POPULATION), THETA), find_kit(KIT)
    stains = []
    for number in range(1, row.stains + 1):
        donors = draw_references(rng, population, [f"D{k + 1}" for k in range(row.persons)])
        stain = draw_stain(
            rng, donors, population, kit, truth_of(row), model_of(row), id=f"S{number}"
        )
        stains.append(stain)
    return stains


def seconds_of(work: Callable[[], object], least: float = _LEAST) -> float:
    """CPU seconds of one call, the mean of as many as take `least` seconds together."""
    calls, started = 0, process_time()
    while True:
        work()
        calls += 1
        spent = process_time() - started
        if spent >= least:
            return spent / calls


def row_cost(row: Row) -> RowCost:
    """Measure the stains of a row in this process."""
    with one_blas_thread():
        _compile()
        stains = tuple(_stain_cost(row, stain) for stain in draw(row))
    return RowCost(row, stains, _most_megabytes())


def costs_apart(
    work: Callable[[Row], Result], rows: Sequence[Row], done: Callable[[int], None]
) -> list[Result]:
    """`work` on each row, one after the other, each in a fresh process."""
    found = []
    for number, row in enumerate(rows, 1):
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            found.append(pool.submit(work, row).result())
        done(number)
    return found


def _compile() -> None:
    """Have all kernels of a fit compiled, or read from where compiled ones are kept."""
    row = Row(1, "back and forward", stains=1)
    (stain,) = draw(row)
    fit(MixtureLikelihood(_encoded(stain, row)), model_of(row))


def _encoded(stain: Stain, row: Row) -> EncodedMixture:
    unknown = proposition(unknowns=row.persons)
    population = Population(find_population(POPULATION), THETA)
    return encode(stain, unknown, population, find_kit(KIT), model_of(row))


def _stain_cost(row: Row, stain: Stain) -> StainCost:
    fitted = _fit_cost(row, stain) if row.fitted else None  # first: nothing of it is prepared
    likelihood, truth = MixtureLikelihood(_encoded(stain, row)), truth_of(row)
    return StainCost(
        peaks=sum(len(peaks) for peaks in stain.replicates[0].peaks.values()),
        value=seconds_of(lambda: likelihood.ln_likelihood(truth)),
        gradient=seconds_of(lambda: likelihood.with_gradient(truth)),
        fit=fitted,
    )


def _fit_cost(row: Row, stain: Stain) -> FitCost:
    started = process_time()
    likelihood = Counted(_encoded(stain, row))
    _, found = fit(likelihood, model_of(row))
    spent = process_time() - started
    asked = dict(likelihood.asked)
    above = found.ln_likelihood - likelihood.ln_likelihood(truth_of(row))
    return FitCost(spent, asked["values"], asked["gradients"], found.ending.name.lower(), above)


def _most_megabytes() -> float:
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / 1e6 if sys.platform == "darwin" else most * 1024 / 1e6
