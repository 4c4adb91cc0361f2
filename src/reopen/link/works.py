"""The works of a search that take long, and each done for all of its items.

A work is a frozen value that is called with one item's parts; its numbers depend on nothing but
those and what it holds. Not here: where and in which order works are done (`how`, the engine).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from reopen.errors import ReopenError
from reopen.link.among_typed import among_typed
from reopen.link.how import How, Item
from reopen.link.stains import LinkOptions, Models, Progress, SolvedStain, model_of, solve
from reopen.records import (
    Kit,
    LikelihoodRatio,
    Link,
    NotWeighed,
    Population,
    Propositions,
    Reference,
    Stain,
    proposition,
)
from reopen.weigh.evaluate import weigh
from reopen.weigh.fit import FitOptions
from reopen.weigh.model import PeakModel
from reopen.weigh.relations import TypedPeople
from reopen.weigh.sifting import Found


@dataclass(frozen=True, slots=True)
class Solve:
    """Takes a stain apart: the number of contributors, the fit, their genotypes."""

    population: Population
    options: LinkOptions

    def __call__(self, stain: Stain, kit: Kit | None, model: PeakModel) -> SolvedStain | NotWeighed:
        try:
            return solve(stain, self.population, kit, model, self.options)
        except ReopenError as error:
            return NotWeighed(stain.id, str(error), stain.where)


def solve_all(
    stains: Sequence[Stain],
    population: Population,
    kits: Mapping[str, Kit],
    model: Models,
    options: LinkOptions,
    how: How,
    progress: Progress,
    before: Mapping[str, SolvedStain] | None = None,
) -> tuple[list[SolvedStain], list[NotWeighed]]:
    """Every stain taken apart, and what could not be. before: those solved already, by id."""
    held = before or {}
    items = [
        Item(stain.id, (stain, kits.get(stain.kit), model_of(stain, model)))
        for stain in stains
        if stain.id not in held
    ]
    work = Solve(population, _of_solving(options))
    outcomes = iter(list(how(work, items, "weighing stains", progress)))
    solved: list[SolvedStain] = []
    refused: list[NotWeighed] = []
    for stain in stains:
        outcome = held[stain.id] if stain.id in held else next(outcomes)
        if isinstance(outcome, NotWeighed):
            refused.append(outcome)
        else:
            solved.append(outcome)
            refused += outcome.deconvolution.not_weighed
    return solved, refused


def _of_solving(options: LinkOptions) -> LinkOptions:
    """What a stain's solution depends on, all else as usual."""
    return LinkOptions(
        contributors=options.contributors,
        most_contributors=options.most_contributors,
        averaging=options.averaging,
        fit=options.fit,
    )


@dataclass(frozen=True, slots=True)
class AmongTyped:
    """Finds the typed people who reach the threshold as a stain's contributor.

    draws  over which LRs are averaged: those of the stain with most
    """

    typed: TypedPeople
    least_log10: float
    draws: int

    def __call__(self, item: SolvedStain) -> Found:
        return among_typed(item, self.typed, self.least_log10, self.draws)


def every_among_typed(
    solved: Sequence[SolvedStain],
    typed: TypedPeople,
    least_log10: float,
    how: How,
    progress: Progress,
) -> tuple[list[Found], list[NotWeighed]]:
    """`among_typed` of each stain, all averaged over as many draws as the one with most; nobody
    where a stain could not be compared, which is listed."""
    nobody = Found(np.zeros(0, np.int64), np.zeros(0), np.zeros(0, np.int64))
    if not typed.numbers.size:
        return [nobody] * len(solved), []
    draws = max((item.draws for item in solved), default=1)
    items = [Item(f"{item.stain.id} with references", (item,)) for item in solved]
    work = AmongTyped(typed, least_log10, draws)
    outcomes = list(how(work, items, "comparing with references", progress))
    found = [nobody if isinstance(one, NotWeighed) else one for one in outcomes]
    return found, [one for one in outcomes if isinstance(one, NotWeighed)]


@dataclass(frozen=True, slots=True)
class InFull:
    """Weighs a reference as contributor of a stain, both propositions fitted."""

    population: Population
    fit: FitOptions

    def __call__(
        self, stain: Stain, kit: Kit | None, model: PeakModel, people: int, reference: Reference
    ) -> LikelihoodRatio | NotWeighed:
        try:
            return as_contributor(stain, kit, model, people, reference, self.population, self.fit)
        except ReopenError as error:
            return NotWeighed(f"{stain.id} with {reference.id}, in full", str(error))


def as_contributor(
    stain: Stain,
    kit: Kit | None,
    model: PeakModel,
    people: int,
    reference: Reference,
    population: Population,
    fit: FitOptions,
) -> LikelihoodRatio:
    """The evaluative LR of a reference as one of so many contributors."""
    return weigh(
        stain,
        Propositions(
            proposition(reference, unknowns=people - 1),
            proposition(unknowns=people, non_contributors=(reference,)),
        ),
        population,
        kit,
        model if kit is not None else model.without_degradation(),
        fit,
    )


def every_in_full(
    links: Sequence[Link],
    solved: Mapping[str, SolvedStain],
    references: Mapping[str, Reference],
    population: Population,
    model: Models,
    options: LinkOptions,
    how: How,
    progress: Progress,
) -> list[LikelihoodRatio | NotWeighed]:
    """Links of stains with references weighed in full. solved, references: by id."""
    items = []
    for link in links:
        item = solved[link.one.profile]
        people = len(item.deconvolution.fit.proportions)
        parts = (
            item.stain, item.kit, model_of(item.stain, model), people,
            references[link.other.profile],
        )  # fmt: skip
        items.append(Item(f"{link.one} with {link.other}, in full", parts))
    work = InFull(population, options.fit)
    outcomes = list(how(work, items, "weighing links in full", progress))
    return [
        replace(outcome, what=item.label) if isinstance(outcome, NotWeighed) else outcome
        for item, outcome in zip(items, outcomes, strict=True)
    ]
