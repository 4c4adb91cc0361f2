"""`reopen database`: reference databases of any size, built, shown and exported."""

from __future__ import annotations

from json import dumps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

import reopen
from reopen.errors import InvalidRecord
from reopen.faces.cli import _options as options
from reopen.faces.cli._ways import DONE, progress_bar, show, tell, told, width

if TYPE_CHECKING:
    from reopen.formats.reference_database import ReferenceDatabase

Database = Annotated[Path, typer.Argument(metavar="DB", help="A database that was built.")]
Replace = Annotated[
    bool, typer.Option("--replace", help="Write over the file of this name, if there is one.")
]


@told
def build(
    context: typer.Context,
    out: Annotated[
        Path, typer.Argument(metavar="OUT", help="The database to make; its name ends in .arrow.")
    ],
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="FILES",
            help="Files of typed people: SmartRank and other tables, CODIS, Parquet.",
            show_default=False,
        ),
    ] = None,
    simulate: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            min=1,
            help="Invent N unrelated people, to try a search on.",
            show_default=False,
        ),
    ] = None,
    population: options.Population = None,
    kit: options.Kit = "",
    seed: Annotated[int, typer.Option(metavar="N", min=0, help="Of the invented people.")] = 1,
    kept_as: Annotated[
        str,
        typer.Option(
            metavar="PURPOSE",
            help="Why the people are on file: database, suspect, victim, staff, family or "
            "unidentified.",
        ),
    ] = "database",
    replace: Replace = False,
    decimal_comma: options.DecimalComma = None,
    json: options.Json = False,
) -> int:
    """Build a reference database that a search reads where it lies.

    What could not be taken is listed in OUT.refused.csv, with file, line and reason. The database
    is written whole or not at all.

    \b
    Examples:
      reopen database build convicted.arrow export.csv older.xml
      reopen database build invented.arrow --simulate 1000000 --kit GlobalFiler
    """
    from reopen.faces.workbench.databases import build_database, simulate_database

    if (simulate is None) == (not files):
        raise InvalidRecord(
            "Files and --simulate." if files else "Neither files nor --simulate.",
            rule="A database is built from files, or its people are invented.",
            way_on="Give one of the two.",
        )
    if simulate is None and (useless := options.given(context) & {"population", "seed"}):
        raise InvalidRecord(
            f"--{min(useless)} without --simulate.",
            rule="It says which people to invent.",
            way_on="Leave it out; frequencies are chosen when the database is searched.",
        )
    with progress_bar() as progress:
        if simulate is None:
            database = build_database(
                out,
                *(files or ()),
                kit=kit,
                decimal_comma=decimal_comma,
                kept_as=kept_as,
                replace=replace,
                progress=progress,
            )
        else:
            database = simulate_database(
                out,
                simulate,
                population=population or reopen.DEFAULT_POPULATION,
                kit=kit or "GlobalFiler",
                seed=seed,
                kept_as=kept_as,
                replace=replace,
                progress=progress,
            )
    _show(database, checked=False, json=json)
    tell(f"Database: {out}")
    return DONE


@told
def show_database(
    database: Database,
    check: Annotated[
        bool, typer.Option("--check", help="Read everything and compare it with the hash.")
    ] = False,
    json: options.Json = False,
) -> int:
    """Show what a database holds and where it came from.

    \b
    Example:
      reopen database show convicted.arrow --check
    """
    from reopen.formats.reference_database import open_database

    opened = open_database(database)
    if check:
        opened.check()
    _show(opened, checked=check, json=json)
    return DONE


@told
def export(
    database: Database,
    out: Annotated[
        Path, typer.Argument(metavar="OUT", help="The table to write: .csv or .parquet.")
    ],
    replace: Replace = False,
    json: options.Json = False,
) -> int:
    """Write a database as a table that other programs read.

    \b
    Example:
      reopen database export convicted.arrow convicted.parquet
    """
    from reopen.faces.workbench.databases import export_database

    with progress_bar() as progress:
        people = export_database(database, out, replace=replace, progress=progress)
    if json:
        show(dumps({"table": str(out), "people": people}, indent=2, ensure_ascii=False))
    tell(f"Table: {out}, {people:,} people")
    return DONE


def _show(database: ReferenceDatabase, *, checked: bool, json: bool) -> None:
    from reopen.faces.workbench.databases_shown import database_json, database_text

    if json:
        show(database_json(database, checked=checked))
    else:
        show(database_text(database, checked=checked, width=width()))


def group() -> typer.Typer:
    """`reopen database ...`."""
    app = typer.Typer(
        help="Reference databases: build, show, export.",
        no_args_is_help=True,
        rich_markup_mode=None,
    )
    app.command("build", cls=options.PlainHelp)(build)
    app.command("show", cls=options.PlainHelp)(show_database)
    app.command("export", cls=options.PlainHelp)(export)
    return app
