"""`reopen power`: what a family of a missing person can show, and whom to sample next."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

import reopen
from reopen.faces.cli import _options as options
from reopen.faces.cli import _pedigree_options as given
from reopen.faces.cli._ways import DONE, show, tell, tell_of_compiling, told, width

Case = Annotated[
    str,
    typer.Argument(
        metavar="CASE",
        help="File of a family: our own pedigree file (TOML), Familias, PED, GEDCOM, or "
        "kinship-case/1 (JSON).",
        show_default=False,
    ),
]
Missing = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAMES...",
        help="Members sought; all the missing of the case if none is named.",
        show_default=False,
    ),
]
Available = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAMES...",
        help="Relatives who can give a sample; all who are not typed if none is named.",
        show_default=False,
    ),
]
Unavailable = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAMES...",
        help="Relatives who cannot: dead, unknown, unwilling.",
        show_default=False,
    ),
]
Others = Annotated[
    list[str] | None,
    typer.Option(
        "--mistaken-for",
        metavar="RELATIVES...",
        help='Whom a false candidate may be beside an unrelated person: "full sibling" (if none '
        'is named), "paternal half sibling", "maternal half sibling", "child", or a member.',
        show_default=False,
    ),
]
Threshold = Annotated[
    float,
    typer.Option(metavar="LR", help="Likelihood ratio from which the missing person is found."),
]
Kit = Annotated[
    str,
    typer.Option(
        metavar="KIT",
        help="Kit that everybody will be typed with, beside the loci that relatives have.",
        show_default=False,
    ),
]
Out = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR",
        help="Write report.html and power.json into this folder.",
        show_default=False,
    ),
]


class PowerFiles(options.ManyFiles):
    """A command whose options take all names up to the next option."""

    many = ("--missing", "--available", "--unavailable", "--mistaken-for")


@told
def power(
    case: Case,
    missing: Missing = None,
    available: Available = None,
    unavailable: Unavailable = None,
    mistaken_for: Others = None,
    threshold: Threshold = 10_000,
    kit: Kit = "",
    population: given.Population = "",
    theta: given.Theta = None,
    mutation: given.Mutations = None,
    rates: given.MutationRates = "0.002,0.0005",
    step_range: given.MutationRange = 0.1,
    microvariants: given.MicrovariantRate = 1e-6,
    stationary: given.Stationary = "",
    out: Out = None,
    json: options.Json = False,
) -> int:
    """Show what a family can tell of its missing, and whom to sample next.

    Before there is any candidate: how probable it is that the missing person would be found, that
    an unrelated person or a brother would be taken for them, and how many people are excluded. All
    of it again with each relative who could give a sample, ranked.

    \b
    Example:
      reopen power family.toml --missing Ana --unavailable grandfather --out power
    """
    model = given.mutation_of(mutation, rates, step_range, microvariants, stationary)
    tell_of_compiling()
    found = reopen.measure_power(
        case,
        missing=missing or (),
        available=available or (),
        unavailable=unavailable or (),
        others=mistaken_for or ("full sibling",),
        threshold=threshold,
        kit=kit,
        population=population,
        theta=theta,
        mutation=model,
    )
    report = None
    if out is not None:
        report, _ = reopen.write_results(found, out)
    show(reopen.to_json(found) if json else reopen.to_text(found, width=width()))
    if report is not None:
        tell(f"Report: {report}")
    return DONE
