"""What the commands of pedigrees have in common: the case's own terms, and how alleles mutate."""

from __future__ import annotations

from typing import Annotated

import typer

import reopen
from reopen.errors import InvalidRecord
from reopen.records import Mutation

Population = Annotated[
    str,
    typer.Option(
        metavar="NAME",
        help="Allele frequencies: a name of `reopen populations`, or a file. The case's own if "
        "none is named.",
        show_default=False,
    ),
]
Theta = Annotated[
    float | None,
    typer.Option(metavar="THETA", help="Coancestry; the case's own, or 0.01.", show_default=False),
]
Mutations = Annotated[
    str | None,
    typer.Option(
        "--mutation",
        metavar="MODEL",
        help="none, equal, proportional, stepwise, onestep or dawid; the case's own if not set, "
        "else stepwise.",
        show_default=False,
    ),
]
MutationRates = Annotated[
    str,
    typer.Option(
        "--mutation-rates",
        metavar="FATHERS,MOTHERS",
        help="With --mutation: probability of a mutation in one transmission.",
    ),
]
MutationRange = Annotated[
    float,
    typer.Option(
        "--mutation-range",
        metavar="R",
        help="With --mutation stepwise or dawid: one step more is so many times as likely.",
    ),
]
MicrovariantRate = Annotated[
    float,
    typer.Option(
        "--microvariant-rate",
        metavar="P",
        help="With --mutation stepwise: of a change such as 9.3 to 10.",
    ),
]
Stationary = Annotated[
    str,
    typer.Option(
        metavar="PM|MH|BA|PR",
        help="With --mutation: how the model is made stationary; it is not if not set.",
        show_default=False,
    ),
]


def mutation_of(
    name: str | None, rates: str, step_range: float, microvariants: float, stationary: str
) -> Mutation | None:
    """The model that the options give; None leaves it to the case."""
    if name is None:
        return None
    try:
        fathers, mothers = (float(part) for part in rates.split(","))
    except ValueError:
        raise InvalidRecord(
            f"--mutation-rates {rates}.",
            rule="Two rates with a comma: of fathers, of mothers.",
            way_on="Write, for instance, 0.002,0.0005.",
        ) from None
    return reopen.mutation_model(
        name,
        fathers=fathers,
        mothers=mothers,
        step_range=step_range,
        microvariant_rate=microvariants,
        stationary=stationary,
    )
