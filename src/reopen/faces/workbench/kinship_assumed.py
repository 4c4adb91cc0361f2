"""What a kinship case is weighed with: its own population and model, or what is named beside it.

Not for: mutation as words and rates (`mutation_given`), reading the case (`formats`).
"""

from __future__ import annotations

from dataclasses import replace

from reopen.faces.workbench.assumptions import DEFAULT_POPULATION
from reopen.faces.workbench.mutation_given import USUAL_MUTATION
from reopen.formats import find_population
from reopen.records import KinshipCase, KinshipModel, Mutation, Population

USUAL_THETA = 0.01


def population_for(
    case: KinshipCase, given: str | Population = "", theta: float | None = None
) -> Population:
    """The population named, else the case's, else the one used where none is named.

    theta  in place of the population's own; a population named by its name takes the case's theta
    """
    if isinstance(given, Population):
        return given if theta is None else replace(given, theta=theta)
    if not given and case.population is not None:
        return case.population if theta is None else replace(case.population, theta=theta)
    of_case = case.population.theta if case.population is not None else USUAL_THETA
    return Population(
        find_population(given or DEFAULT_POPULATION), of_case if theta is None else theta
    )


def model_for(case: KinshipCase, mutation: Mutation | None = None) -> KinshipModel:
    """The case's model, with the mutation named. One that says nothing of it gets usual rates."""
    model = case.model or KinshipModel()
    if mutation is not None or model.mutation == Mutation():
        return replace(model, mutation=mutation or USUAL_MUTATION)
    return model
