"""Each stain by itself: the number of contributors, the fit, and the contributors' genotypes.

Also how a batch is worked through: threads, progress, and what happens when somebody stops it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TypeVar

from reopen.records import GenotypeLikelihoods, Kit, Locus, Population, Stain
from reopen.weigh.averaged import AveragedContributors, Averaging, averaged_contributors
from reopen.weigh.deconvolve import Deconvolution, deconvolve, expected_doses
from reopen.weigh.evaluate import expected_heights
from reopen.weigh.fit import FitOptions, one_blas_thread
from reopen.weigh.model import PeakModel
from reopen.weigh.number import NumberOfContributors, choose_contributors

Item = TypeVar("Item")
Outcome = TypeVar("Outcome")
Progress = Callable[[str, int, int], None]
Models = PeakModel | Mapping[str, PeakModel]


def quiet(step: str, done: int, of: int) -> None:
    """No progress shown."""


@dataclass(frozen=True, slots=True)
class LinkOptions:
    """contributors: of every stain; None chooses for each, up to `most_contributors`.
    least_log10: of links to list. most_chance: links are listed from the LR on that no more
    unrelated people than this are expected to reach; None lists every one. averaging: search at
    draws of each stain's parameters; None searches at its fit alone. in_full: weigh links of stains
    with references again, both propositions fitted. workers: threads; None is one for each core.
    """

    contributors: int | None = None
    most_contributors: int = 4
    least_log10: float = 3.0
    averaging: Averaging | None = field(default_factory=Averaging)
    in_full: bool = True
    workers: int | None = None
    fit: FitOptions = field(default_factory=FitOptions)
    most_chance: float | None = None


@dataclass(frozen=True, slots=True)
class SolvedStain:
    """A stain with its fit and the genotypes of its contributors.

    expected  (locus, allele) -> height the fitted model expects, RFU
    averaged  the contributors at draws of the parameters; None where the fit alone is used
    """

    stain: Stain
    kit: Kit | None
    number: NumberOfContributors
    deconvolution: Deconvolution
    expected: Mapping[tuple[Locus, str], float]
    averaged: AveragedContributors | None = None

    @property
    def draws(self) -> int:
        """Draws of the parameters; 1 where the fit alone is used."""
        return 1 if self.averaged is None else len(self.averaged.draws)

    def at_draw(self, draw: int) -> tuple[GenotypeLikelihoods, ...]:
        """The contributors' likelihoods at a draw of the parameters, or at the fit.

        Stains of fewer draws than others go round.
        """
        if self.averaged is None:
            return self.deconvolution.likelihoods
        return self.averaged.draws[draw % self.draws]


def solve(
    stain: Stain,
    population: Population,
    kit: Kit | None,
    model: PeakModel,
    options: LinkOptions | None = None,
) -> SolvedStain:
    """Fit a stain as left by unknown people, and read off their genotypes."""
    options = options or LinkOptions()
    if kit is None:
        model = model.without_degradation()
    number, fitted = choose_contributors(
        stain,
        population,
        kit,
        model,
        number=options.contributors,
        most=options.most_contributors,
        options=options.fit,
    )
    found = deconvolve(fitted.likelihood, fitted.parameters, fitted.fit)
    expected = expected_heights(fitted, expected_doses(found))
    averaged = (
        averaged_contributors(fitted, model, options.averaging) if options.averaging else None
    )
    return SolvedStain(stain, kit, number, found, expected, averaged)


def model_of(stain: Stain, model: Models) -> PeakModel:
    if isinstance(model, PeakModel):
        return model
    return model.get(stain.kit, PeakModel())


def each(
    work: Callable[[Item], Outcome],
    items: Sequence[Item],
    options: LinkOptions,
    step: str,
    progress: Progress,
) -> Iterator[Outcome]:
    """Outcomes in the order of the items. Kernels run without the interpreter's lock, so threads
    use all cores. When the caller stops, what is not begun is dropped and nobody waits for what is
    at work, which may take a minute; its outcome is dropped too."""
    progress(step, 0, len(items))
    with one_blas_thread():
        yield from _in_threads(work, items, options, step, progress)


def _in_threads(
    work: Callable[[Item], Outcome],
    items: Sequence[Item],
    options: LinkOptions,
    step: str,
    progress: Progress,
) -> Iterator[Outcome]:
    pool = ThreadPoolExecutor(options.workers or os.cpu_count() or 1)
    try:
        futures = [pool.submit(work, item) for item in items]
        for done, future in enumerate(futures, start=1):
            outcome = future.result()
            progress(step, done, len(items))
            yield outcome
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
