"""A closer look at a weighing: how it hangs on its assumptions, and what random people would score.

Not for: how either is computed (`weigh.sensitivity`, `weigh.noncontributors`).
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import replace

from reopen.errors import CannotWeigh
from reopen.faces.workbench.peak_checks import parameters_of
from reopen.faces.workbench.results import NonContributorTest, Weighing
from reopen.formats import find_population
from reopen.link import Progress
from reopen.link.stains import quiet
from reopen.records import AlleleFrequencies, Ending
from reopen.weigh.noncontributors import non_contributors as exact_test
from reopen.weigh.noncontributors_refitted import refitted_non_contributors
from reopen.weigh.sensitivity import Basis, Variant, usual_variants
from reopen.weigh.sensitivity import sensitivity as vary

_UNEXPLAINED = (
    "The first proposition cannot produce all peaks; random people are weighed with parameters "
    "that explain the peaks. An exclusion needs no such test."
)


def look_closer(
    weighing: Weighing,
    *,
    sensitivity: bool | Iterable[Variant] = True,
    other_populations: Iterable[str | AlleleFrequencies] = (),
    non_contributors: bool = True,
    refits: int = 0,
    seed: int = 1,
    workers: int | None = None,
    progress: Progress = quiet,
) -> Weighing:
    """The same weighing with its sensitivity and its non-contributor test.

    sensitivity        the usual changes of assumptions, or one's own
    other_populations  names in the library, paths or tables, each one more change
    non_contributors   the exact distribution of random people's log10 LR, parameters kept
    refits             how many random people are weighed with parameters fitted for each as well
    seed               of the random people
    workers            threads, one for each core if None; the numbers do not depend on it
    progress           called with (step, done, of)

    What cannot be weighed is told in the result with its reason. Raises UnknownName for a
    population, InvalidRecord for a number of people below 0.
    """
    basis = Basis(
        weighing.stain,
        weighing.ratio.propositions,
        weighing.population,
        weighing.kit,
        weighing.model,
    )
    threads = workers or os.cpu_count() or 1
    if sensitivity is not False:
        others = [
            find_population(other) if isinstance(other, str) else other
            for other in other_populations
        ]
        variants = usual_variants(basis, others) if sensitivity is True else tuple(sensitivity)
        found = vary(
            basis,
            weighing.ratio,
            variants,
            workers=threads,
            progress=lambda done, of: progress("changing assumptions", done, of),
        )
        weighing = replace(weighing, sensitivity=found)
    if non_contributors or refits:
        tested = _test(basis, weighing, refits, seed, threads, progress)
        weighing = replace(weighing, non_contributors=tested)
    return weighing


def _test(
    basis: Basis, weighing: Weighing, refits: int, seed: int, threads: int, progress: Progress
) -> NonContributorTest:
    ratio = weighing.ratio
    if ratio.numerator.ending is Ending.UNEXPLAINED:
        return NonContributorTest(untested=_UNEXPLAINED)
    try:
        exact = exact_test(
            basis.stain,
            basis.propositions,
            weighing.suspect,
            basis.population,
            basis.kit,
            basis.model,
            parameters_of(ratio.numerator),
        )
    except CannotWeigh as error:
        return NonContributorTest(untested=" ".join((error.seen, error.rule)))
    if not refits:
        return NonContributorTest(exact)
    refitted = refitted_non_contributors(
        basis.stain,
        basis.propositions,
        weighing.suspect,
        basis.population,
        basis.kit,
        basis.model,
        exact,
        ratio.log10,
        people=refits,
        seed=seed,
        workers=threads,
        progress=lambda done, of: progress("weighing random people", done, of),
    )
    return NonContributorTest(exact, refitted)
