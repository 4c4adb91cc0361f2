"""`reopen calibrate`: a laboratory's settings from its single-source runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

import reopen
from reopen.faces.cli import _options as options
from reopen.faces.cli._ways import DONE, FAILED, show, tell, told, width


@told
def calibrate(
    runs: Annotated[
        list[str],
        typer.Argument(
            metavar="SINGLE_SOURCE...",
            help="Files of single-source stains, with heights.",
            show_default=False,
        ),
    ],
    references: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FILES...",
            help="The donors' profiles. A stain's name is, or begins with, its donor's.",
            show_default=False,
        ),
    ] = None,
    kit: options.Kit = "",
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Write the settings (TOML), for --settings.", show_default=False
        ),
    ] = None,
    html: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write the report with pictures.", show_default=False),
    ] = None,
    json: options.Json = False,
    replicates: options.Replicates = "none",
    decimal_comma: options.DecimalComma = None,
) -> int:
    """Learn a laboratory's settings from its single-source runs.

    Thresholds, filters, locus efficiency, drop-in, stutter rates by locus and allele length, and
    how runs differ, each with its error; loci without enough data are listed. Twenty or more stains
    of one kit are needed, some hundred for stutter rates.

    \b
    Example:
      reopen calibrate positive-controls/*.txt --references donors.csv \\
          --out laboratory.toml --html calibration.html
    """
    found = reopen.calibrate_stains(
        *runs, references=references or (), kit=kit, replicates=replicates,
        decimal_comma=decimal_comma,
    )  # fmt: skip
    if out is not None:
        reopen.write_settings(found.settings, out)
        tell(f"Written: {out}")
    if html is not None:
        reopen.write_calibration(found, html)
        tell(f"Written: {html}")
    show(reopen.to_json(found) if json else reopen.to_text(found, width=width()))
    return FAILED if found.profiles.unreadable else DONE
