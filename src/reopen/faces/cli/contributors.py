"""`reopen contributors`: how many people left each stain."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

import reopen
from reopen.faces.cli import _options as options
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

Stains = Annotated[
    list[str],
    typer.Argument(
        metavar="STAINS...",
        help="Files of stains, or FILE#NAME for one of them.",
        show_default=False,
    ),
]
Most = Annotated[
    int, typer.Option(metavar="N", min=1, max=6, help="Numbers above this are not computed.")
]
Seed = Annotated[int, typer.Option(metavar="N", min=0, help="Of the draws of the integration.")]
Out = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR",
        help="Write report.html and contributors.json into this folder.",
        show_default=False,
    ),
]


@told
def contributors(
    stains: Stains,
    known: options.Known = None,
    most: Most = 6,
    population: options.Population = None,
    kit: options.Kit = "",
    out: Out = None,
    json: options.Json = False,
    seed: Seed = 1,
    settings: options.SettingsFile = None,
    threshold_rfu: options.Threshold = None,
    drop_in: options.DropIn = None,
    theta: options.Theta = None,
    stutter: options.Stutter = None,
    no_degradation: options.NoDegradation = False,
    replicates: options.Replicates = "none",
    decimal_comma: options.DecimalComma = None,
) -> int:
    """Show how many people left each stain, with the probability of every number.

    Likelihoods of 1 to 6 contributors, averaged over the parameters of the peak heights. Numbers
    are computed upwards until the rest no longer matters; five and six take minutes.

    \b
    Example:
      reopen contributors stains.txt --kit "SGM Plus" --most 3
    """
    chosen = options.settings_of(settings, threshold_rfu, drop_in, theta, stutter, no_degradation)
    tell_of_compiling()
    with progress_bar() as progress:
        counting = reopen.count_contributors(
            *stains,
            known=known or (),
            most=most,
            population=population or reopen.DEFAULT_POPULATION,
            kit=kit,
            settings=chosen,
            seed=seed,
            replicates=replicates,
            decimal_comma=decimal_comma,
            progress=progress,
        )
    report = None
    if out is not None:
        report, _ = reopen.write_results(counting, out)
    show(reopen.to_json(counting) if json else reopen.to_text(counting, width=width()))
    if report is not None:
        tell(f"Report: {report}")
    return DONE if counting.counted else FAILED
