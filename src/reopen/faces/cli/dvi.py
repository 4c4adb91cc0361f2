"""`reopen dvi`: victims of a disaster or a mass grave identified with families of the missing."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

import reopen
from reopen.faces.cli import _options as options
from reopen.faces.cli import _pedigree_options as given
from reopen.faces.cli._ways import (
    DONE,
    progress_bar,
    show,
    tell,
    tell_of_compiling,
    told,
    width,
)

Case = Annotated[
    str,
    typer.Argument(
        metavar="CASE",
        help="File of victims and families: Familias with [DVI], our own pedigree file (TOML), or "
        "kinship-case/1 (JSON).",
        show_default=False,
    ),
]
Threshold = Annotated[
    float,
    typer.Option(metavar="LR", help="Likelihood ratio from which two people are one."),
]
MostExcluded = Annotated[
    int,
    typer.Option(
        "--most-mutations",
        metavar="N",
        help="Loci at which a pair may need a mutation before it is excluded.",
    ),
]
Strict = Annotated[
    bool,
    typer.Option("--strict", help="Undisputed only if every other LR of both is 1 or less."),
]
Listed = Annotated[
    float | None,
    typer.Option(
        metavar="P",
        help="Prior probability that a victim is one of the missing listed; if not set, all "
        "assignments are as probable as each other.",
        show_default=False,
    ),
]
Closed = Annotated[
    bool, typer.Option("--closed", help="Every victim is one of the missing listed.")
]
OtherEvidence = Annotated[
    str | None,
    typer.Option(
        "--evidence",
        metavar="FILE",
        help="Likelihood ratios of age, stature, teeth, place: a table of victim, missing, lr.",
        show_default=False,
    ),
]
KeepApart = Annotated[
    bool,
    typer.Option(
        "--keep-parts-apart",
        help="Do not put remains together that are parts of one person by their DNA.",
    ),
]
Top = Annotated[int, typer.Option(metavar="N", help="Likeliest assignments to list.")]
Out = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR",
        help="Write report.html and identifications.json into this folder.",
        show_default=False,
    ),
]


@told
def dvi(
    case: Case,
    population: given.Population = "",
    theta: given.Theta = None,
    mutation: given.Mutations = None,
    rates: given.MutationRates = "0.002,0.0005",
    step_range: given.MutationRange = 0.1,
    microvariants: given.MicrovariantRate = 1e-6,
    stationary: given.Stationary = "",
    threshold: Threshold = 10_000,
    most_mutations: MostExcluded = 2,
    strict: Strict = False,
    listed: Listed = None,
    closed: Closed = False,
    evidence: OtherEvidence = None,
    keep_parts_apart: KeepApart = False,
    top: Top = 20,
    out: Out = None,
    json: options.Json = False,
) -> int:
    """Identify many victims with many families, all at once.

    Every victim is weighed as every missing person, what is beyond dispute is fixed, and the rest
    is weighed jointly: who is who, with probabilities over all assignments. Exclusions, people
    without relatives, and missing people whom no DNA tells apart are said to be that.

    \b
    Example:
      reopen dvi disaster.fam --theta 0.01 --evidence teeth.csv --out disaster
    """
    model = given.mutation_of(mutation, rates, step_range, microvariants, stationary)
    tell_of_compiling()
    report = None
    with progress_bar() as progress:
        identifying = reopen.identify_victims(
            case,
            population=population,
            theta=theta,
            mutation=model,
            threshold=threshold,
            most_impossible=most_mutations,
            strict=strict,
            listed=listed,
            closed=closed,
            evidence=evidence,
            join_parts=not keep_parts_apart,
            most_listed=top,
            progress=progress,
        )
        if out is not None:
            report, _ = reopen.write_results(identifying, out)
    if json:
        show(reopen.to_json(identifying))
    else:
        show(reopen.to_text(identifying, width=width()))
    if report is not None:
        tell(f"Report: {report}")
    return DONE
