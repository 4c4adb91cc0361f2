"""`reopen link`: everything compared with everything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
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
from reopen.faces.cli.unit_link import GivenTerms, link_in_unit
from reopen.faces.workbench.unit import names_unit


@told
def link(
    context: typer.Context,
    stains: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="STAINS",
            show_default=False,
            help="Files of stains; they come before the options that take files. None are needed "
            "with --families. Or one unit (NAME.reopen, postgresql://...).",
        ),
    ] = None,
    references: Annotated[
        list[str] | None,
        typer.Option(metavar="FILES...", help="Files of reference profiles.", show_default=False),
    ] = None,
    staff: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FILES...", help="Files of the staff elimination database.", show_default=False
        ),
    ] = None,
    database: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="A database of any size, as `reopen database build` makes it: stains are compared "
            "with everybody in it.",
            show_default=False,
        ),
    ] = None,
    families: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FILES...",
            help="Files of families that miss somebody, and of remains: pedigree files (TOML), "
            "Familias, kinship-case/1.",
            show_default=False,
        ),
    ] = None,
    relatives: Annotated[
        list[str] | None,
        typer.Option(
            metavar="RELATIONS...",
            help='Relatives of a stain\'s donor to look for in the database: "full siblings", '
            '"parent and child".',
            show_default=False,
        ),
    ] = None,
    chance: Annotated[
        float,
        typer.Option(
            metavar="N",
            help="With --relatives: list those that no more than N unrelated people would match.",
        ),
    ] = 1.0,
    population: options.Population = None,
    kit: options.Kit = "",
    contributors: options.Contributors = "auto",
    out: options.LinksFolder = None,
    json: options.Json = False,
    least: options.Least = 3.0,
    terms: options.Terms = True,
    averaging: options.Averaging = True,
    prior: options.PriorOdds = "",
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
    """Link stains with references and with each other.

    STAINS are files in any supported form. Each stain's contributors are compared with every
    reference and with every other stain's contributors; references are compared among themselves.
    Families of the missing are compared with remains, references, stains and each other.
    What could not be weighed is listed with its reason.
    A unit is linked by what is new in it: everything that was not compared yet.

    \b
    Examples:
      reopen link plates/*.txt --references database.csv victims.csv \\
          --staff staff.csv --population nist1036-cauc --out links
      reopen link plates/*.txt --database nation.arrow --least 6
      reopen link harbour.reopen
    """
    machines = reopen.Machines(workers, cluster, keep)
    number = options.number_of(contributors)
    chosen = options.GivenSettings(settings, threshold_rfu, drop_in, theta, stutter, no_degradation)
    if stains and names_unit(stains[0]):
        return link_in_unit(
            stains,
            GivenTerms(
                options.given(context),
                population,
                chosen,
                number,
                least,
                averaging,
                prior,
                database or "",
            ),
            machines,
            out=out,
            purpose=purpose,
            actor=actor,
            json=json,
        )
    if not stains and not families:
        raise InvalidRecord(
            "No files of stains, and none of families.",
            rule="A search compares stains, families of the missing, and remains with profiles.",
            way_on="Name a file of stains, or files of families after --families.",
        )
    profiles = reopen.open_profiles(
        *(stains or ()),
        references=references or (),
        staff=staff or (),
        kit=kit,
        replicates=replicates,
        decimal_comma=decimal_comma,
    )
    linking = link_and_show(
        profiles,
        population=population or reopen.DEFAULT_POPULATION,
        settings=chosen.over(reopen.Settings()),
        contributors=number,
        least_log10=least,
        kin=Kin(families or (), relatives or (), chance),
        out=out,
        json=json,
        terms=terms,
        averaging=averaging,
        database=database,
        prior=prior or None,
        machines=machines,
    )
    unreadable = profiles.unreadable or linking.files.unreadable
    return FAILED if unreadable or not linking.result.n_comparisons else DONE


class LinkFiles(options.ManyFiles):
    """A command whose options take all names up to the next option."""

    many = (*options.ManyFiles.many, "--families", "--relatives")


@dataclass(frozen=True, slots=True)
class Kin:
    """Files of families, and relations to look for, as the command line gives them."""

    families: Sequence[str | Path] = ()
    relatives: Sequence[str] = ()
    most_chance: float = 1.0


def link_and_show(
    profiles: reopen.Profiles,
    *,
    population: str,
    settings: reopen.Settings,
    contributors: int | None = None,
    least_log10: float = 3.0,
    kin: Kin | None = None,
    out: Path | None,
    json: bool,
    terms: bool,
    averaging: bool = True,
    database: str | None = None,
    prior: str | None = None,
    machines: reopen.Machines | None = None,
) -> reopen.Linking:
    """Link profiles, write the results if a folder is given, and show them."""
    tell_of_compiling()
    report = None
    kin = kin or Kin()
    machines = machines or reopen.Machines()
    with progress_bar() as progress, stopping(machines):
        linking = reopen.find_links(
            profiles,
            population=population,
            settings=settings,
            contributors=contributors,
            least_log10=least_log10,
            families=kin.families,
            relatives=kin.relatives,
            most_chance=kin.most_chance,
            averaging=averaging,
            prior=prior,
            database=database,
            machines=machines,
            progress=progress,
        )
        if out is not None:
            progress("writing the report", 0, 1)
            report, _ = reopen.write_results(linking, out)
            progress("writing the report", 1, 1)
    if json:
        show(reopen.to_json(linking))
    else:
        show(reopen.to_text(linking, width=width(), terms=terms))
    tell_of_works(machines, linking)
    if report is not None:
        tell(f"Report: {report}")
    return linking
