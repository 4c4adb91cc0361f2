"""A mutation model from its name and rates, as a user gives them.

Not for: models of files (`formats`), matrices (`weigh.mutation`).
"""

from __future__ import annotations

from reopen.errors import UnknownName
from reopen.records import Mutation, MutationKind, MutationModel, Stationary

MODELS = tuple(kind.value for kind in MutationKind if kind is not MutationKind.CUSTOM)
RATE_OF_FATHERS, RATE_OF_MOTHERS, STEP_RANGE, MICROVARIANT_RATE = 0.002, 0.0005, 0.1, 1e-6


def mutation_model(
    name: str = "stepwise",
    *,
    fathers: float = RATE_OF_FATHERS,
    mothers: float = RATE_OF_MOTHERS,
    step_range: float = STEP_RANGE,
    microvariant_rate: float = MICROVARIANT_RATE,
    stationary: str = "",
) -> Mutation:
    """Mutation in fathers and mothers at every locus.

    name               none, equal, proportional, stepwise, onestep or dawid
    fathers, mothers   probability of a mutation in one transmission
    step_range         stepwise and dawid: a change by one step more is so many times as likely
    microvariant_rate  stepwise: of a change to another microgroup, 9.3 to 10
    stationary         PM, MH, BA or PR: how the model is made stationary; empty for not

    Raises UnknownName for another name, InvalidRecord for a rate that is none.
    """
    kind = next((one for one in MutationKind if one.value == name.lower()), None)
    if kind is None or kind is MutationKind.CUSTOM:
        raise UnknownName(
            f"No mutation model is called {name!r}.",
            rule=f"Models are: {', '.join(MODELS)}.",
            way_on="Name one of these; a matrix of your own is given in a pedigree file.",
        )
    way = next((one for one in Stationary if one.value == stationary.upper()), None)
    if way is None:
        raise UnknownName(
            f"No way to make a model stationary is called {stationary!r}.",
            rule="Ways are: PM, MH, BA, PR.",
            way_on="Name one of these, or leave it out.",
        )
    if kind is MutationKind.NONE:
        return Mutation()
    stepwise = kind is MutationKind.STEPWISE
    steps = stepwise or kind is MutationKind.DAWID

    def of(rate: float) -> MutationModel:
        return MutationModel(
            kind,
            rate=rate,
            rate2=microvariant_rate if stepwise else 0.0,
            step_range=step_range if steps else STEP_RANGE,
            stationary=way,
        )

    return Mutation(female=of(mothers), male=of(fathers))


USUAL_MUTATION = mutation_model()
