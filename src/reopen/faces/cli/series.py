"""`reopen series`: the series of traces that a unit's searches found."""

from __future__ import annotations

from typing import Annotated

import typer

from reopen.faces.cli import _options as options
from reopen.faces.cli._unit import As, OfCase, Purpose, Supervisor, UnitFile
from reopen.faces.cli._ways import DONE, show, told, width
from reopen.faces.cli.unit_shown import reading
from reopen.faces.workbench import series_told as told_of
from reopen.faces.workbench.series_views import series_in_unit, series_rows
from reopen.faces.workbench.unit_shown import as_json


@told
def series(
    unit: UnitFile,
    name: Annotated[
        str,
        typer.Argument(
            metavar="SERIES", help="One in full: its name, or a profile in it.", show_default=False
        ),
    ] = "",
    case: OfCase = "",
    purpose: Purpose = "",
    supervisor: Supervisor = "",
    actor: As = "",
    json: options.Json = False,
) -> int:
    """List the series of traces that one donor explains best, or show one and what would break it.

    Solved cases whose convicted person did not leave the traces come first, as alerts.

    \b
    Examples:
      reopen series harbour.reopen
      reopen series harbour.reopen K-1987-114-A1
    """
    with reading(unit, actor, purpose, supervisor) as reader:
        if name:
            view = series_in_unit(reader, name)
            plain, text = told_of.series_in_unit_plain, told_of.series_in_unit_text
            show(as_json(plain(view)) if json else text(view, width()))
        else:
            rows = series_rows(reader, case=case)
            listed, lines = told_of.series_list_plain, told_of.series_list_text
            show(as_json(listed(rows)) if json else lines(rows, width()))
    return DONE
