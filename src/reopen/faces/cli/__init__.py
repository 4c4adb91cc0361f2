"""The command line: one file for each group of commands.

Commands read files, call the workbench and show what it returns; they compute nothing.
"""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from reopen import __version__
from reopen.faces.cli import (
    access,
    audit,
    calibrate,
    contributors,
    custody,
    database,
    demo,
    disclose,
    dvi,
    kin,
    ledger,
    library,
    link,
    power,
    search,
    series,
    serve,
    task,
    unit,
    unit_care,
    unit_link,
    unit_shown,
    validate,
    weigh,
)
from reopen.faces.cli._options import ManyFiles, PlainHelp
from reopen.faces.cli._ways import STOPPED

__all__ = ["app", "main"]

app = typer.Typer(
    name="reopen",
    help="Open cold cases: link, weigh and deconvolve DNA profiles.",
    epilog="Example: reopen demo --out demo",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command(cls=link.LinkFiles)(link.link)
app.command(cls=search.SearchFiles)(search.search)
app.command(cls=ManyFiles)(weigh.weigh)
app.command(cls=ManyFiles)(weigh.deconvolve)
app.command(cls=ManyFiles)(calibrate.calibrate)
app.command(cls=ManyFiles)(contributors.contributors)
app.command(cls=kin.KinFiles)(kin.kin)
app.command(cls=PlainHelp)(dvi.dvi)
app.command(cls=power.PowerFiles)(power.power)
app.command(cls=PlainHelp)(validate.validate)
app.command(cls=PlainHelp)(library.kits)
app.command(cls=PlainHelp)(library.populations)
app.command(cls=PlainHelp)(demo.demo)
app.command(cls=PlainHelp)(unit.init)
app.command("import", cls=unit.ImportFiles)(unit.import_)
app.command(cls=PlainHelp)(unit_link.watch)
app.command(cls=PlainHelp)(unit_link.redo)
app.command(cls=PlainHelp)(unit_shown.cases)
app.command(cls=PlainHelp)(unit_shown.links)
app.command(cls=PlainHelp)(series.series)
app.command(cls=PlainHelp)(unit_shown.why)
app.command(cls=PlainHelp)(unit_shown.disagreements)
app.command(cls=PlainHelp)(unit_shown.log)
app.command(cls=PlainHelp)(serve.serve)
app.command(cls=PlainHelp)(unit_care.doctor)
app.command(cls=PlainHelp)(unit_care.backup)
app.command(cls=PlainHelp)(unit_care.restore)
app.command(cls=PlainHelp)(audit.audit)
app.command(cls=PlainHelp)(audit.dispose)
app.command(cls=PlainHelp)(disclose.disclose)
app.command(cls=PlainHelp)(disclose.innocence)
app.command(cls=PlainHelp)(disclose.export)


app.add_typer(access.group(), name="access")
app.add_typer(custody.group(), name="custody")
app.add_typer(database.group(), name="database")
app.add_typer(ledger.group(), name="ledger")
app.add_typer(task.group(), name="task")


def _version(wanted: bool) -> None:
    if wanted:
        print(f"reopen {__version__}")
        raise typer.Exit


@app.callback()
def reopen(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """Open cold cases: link, weigh and deconvolve DNA profiles."""


def main() -> None:
    """Run the command line."""
    try:
        app(prog_name="reopen")
    except SystemExit as ended:
        if ended.code == STOPPED:  # Python would wait for threads at work, a minute or more
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(STOPPED)
        raise
