"""`reopen kits` and `reopen populations`: what is built in, and a file of one's own."""

from __future__ import annotations

from typing import Annotated

import typer

import reopen
from reopen.faces.cli import _options as options
from reopen.faces.cli._ways import DONE, show, told, width


@told
def kits(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME", help="One kit: its name, or a kit file.", show_default=False
        ),
    ] = "",
    json: options.Json = False,
) -> int:
    """List the built-in typing kits, or show one.

    Each with the source of its tables.

    \b
    Examples:
      reopen kits
      reopen kits GlobalFiler
    """
    from reopen.faces.workbench.library_text import kit_text, kits_text
    from reopen.formats import library

    if name:
        kit = reopen.find_kit(name)
        show(reopen.to_json(kit) if json else kit_text(kit, width=width()))
    else:
        found = library.kits()
        show(reopen.to_json(found) if json else kits_text(found, width=width()))
    return DONE


@told
def populations(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME",
            help="One population: its name, or a frequency file.",
            show_default=False,
        ),
    ] = "",
    json: options.Json = False,
) -> int:
    """List the built-in populations, or show one.

    Each with the source of its allele frequencies.

    \b
    Examples:
      reopen populations
      reopen populations nist1036-cauc
    """
    from reopen.faces.workbench.library_text import population_text, populations_text
    from reopen.formats import library

    if name:
        population = reopen.find_population(name)
        show(reopen.to_json(population) if json else population_text(population, width=width()))
    else:
        found = library.populations()
        show(reopen.to_json(found) if json else populations_text(found, width=width()))
    return DONE
