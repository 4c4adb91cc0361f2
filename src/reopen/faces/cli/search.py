"""`reopen search`: one stain, person or family looked for among millions."""

from __future__ import annotations

from typing import Annotated

import typer

import reopen
from reopen.errors import InvalidRecord
from reopen.faces.cli import _options as options
from reopen.faces.cli._machines import ClusterAddress, Keep, Workers, stopping, tell_of_works
from reopen.faces.cli._unit import As, Purpose
from reopen.faces.cli._ways import (
    DONE,
    FAILED,
    progress_bar,
    show,
    tell,
    tell_of_compiling,
    told,
    width,
)
from reopen.faces.workbench.unit import names_unit


@told
def search(
    who: Annotated[
        str,
        typer.Argument(
            metavar="WHO",
            help="Who is looked for: a file of a stain, of a typed person, or of a family that "
            "misses somebody; FILE#NAME where it holds several.",
            show_default=False,
        ),
    ],
    databases: Annotated[
        list[str],
        typer.Argument(
            metavar="DATABASES",
            help="Where: databases of `reopen database build`, files of typed people, or units.",
            show_default=False,
        ),
    ],
    relations: Annotated[
        list[str] | None,
        typer.Option(
            metavar="RELATIONS...",
            help='What to look for: "same person", which always takes part, and kin: '
            '"parent and child", "full siblings". The same person if not set.',
            show_default=False,
        ),
    ] = None,
    least: options.Least = 3.0,
    chance: Annotated[
        float | None,
        typer.Option(
            metavar="N",
            help="List only those that no more than N unrelated people would match; how many that "
            "leaves out is told. If not set, kin are listed so with N = 1.",
            show_default=False,
        ),
    ] = None,
    prior: options.PriorOdds = "",
    population: options.Population = None,
    kit: options.Kit = "",
    contributors: options.Contributors = "auto",
    out: options.LinksFolder = None,
    json: options.Json = False,
    terms: options.Terms = True,
    averaging: options.Averaging = True,
    settings: options.SettingsFile = None,
    threshold_rfu: options.Threshold = None,
    drop_in: options.DropIn = None,
    theta: options.Theta = None,
    stutter: options.Stutter = None,
    no_degradation: options.NoDegradation = False,
    replicates: options.Replicates = "none",
    decimal_comma: options.DecimalComma = None,
    workers: Workers = None,
    cluster: ClusterAddress = "",
    keep: Keep = None,
    purpose: Purpose = "",
    actor: As = "",
) -> int:
    """Look for a stain's donors, a person or somebody missing among many people.

    Every contributor of the stain is looked for, in person and, if asked, as a relative of
    somebody there. Everybody is looked at. How many links as strong chance alone would give is
    told with each.

    \b
    Examples:
      reopen search stains.txt#K-17-A2 nation.arrow --relations "full siblings" --out found
      reopen search bones.csv convicted.arrow volunteers.csv --least 6
      reopen search family.toml nation.arrow --prior 1/1000000
    """
    _refuse_looker_of_nothing(databases, {"--as": actor, "--purpose": purpose})
    tell_of_compiling()
    machines = reopen.Machines(workers, cluster, keep)
    chosen = options.GivenSettings(settings, threshold_rfu, drop_in, theta, stutter, no_degradation)
    report = None
    with progress_bar() as progress, stopping(machines):
        found = reopen.search(
            who,
            *databases,
            relations=relations or ("same person",),
            least_log10=least,
            most_chance=chance,
            prior=prior or None,
            population=population or reopen.DEFAULT_POPULATION,
            settings=chosen.over(reopen.Settings()),
            contributors=options.number_of(contributors),
            averaging=averaging,
            kit=kit,
            replicates=replicates,
            decimal_comma=decimal_comma,
            actor=actor,
            purpose=purpose,
            machines=machines,
            progress=progress,
        )
        if out is not None:
            progress("writing the report", 0, 1)
            report, _ = reopen.write_results(found, out)
            progress("writing the report", 1, 1)
    show(reopen.to_json(found) if json else reopen.to_text(found, width=width(), terms=terms))
    tell_of_works(machines, found.linking)
    if report is not None:
        tell(f"Report: {report}")
    return DONE if found.linking.result.n_comparisons else FAILED


def _refuse_looker_of_nothing(databases: list[str], told: dict[str, str]) -> None:
    named = [option for option, value in told.items() if value]
    if named and not any(names_unit(where) for where in databases):
        raise InvalidRecord(
            f"{named[0]} without a unit.",
            rule="It says who looks into a unit, and why.",
            way_on="Leave it out, or name a unit to search in.",
        )


class SearchFiles(options.ManyFiles):
    """A command whose option takes all relations up to the next option."""

    many = (*options.ManyFiles.many, "--relations")
