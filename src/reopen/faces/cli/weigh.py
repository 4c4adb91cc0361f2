"""`reopen weigh` and `reopen deconvolve`: one stain, looked at closely."""

from __future__ import annotations

from typing import Annotated

import typer

import reopen
from reopen.errors import InvalidRecord, UnknownName
from reopen.faces.cli import _options as options
from reopen.faces.cli._ways import DONE, show, tell_of_compiling, told, width

Stain = Annotated[
    str,
    typer.Argument(
        metavar="STAIN",
        help="File of the stain, or FILE#NAME where it holds several.",
        show_default=False,
    ),
]
Known = Annotated[
    list[str] | None,
    typer.Option(
        metavar="REF...",
        help="People taken to have contributed, whoever else did: files, or FILE#NAME.",
        show_default=False,
    ),
]
Model = Annotated[
    str,
    typer.Option(
        metavar="heights|qualitative",
        help="What is weighed: the heights of peaks, or only which alleles were seen.",
    ),
]
Dropout = Annotated[
    str,
    typer.Option(
        metavar="estimate|integrate|P",
        help="With --model qualitative: the probability that a copy of an allele is not seen; "
        "estimate if not set.",
        show_default=False,
    ),
]


@told
def weigh(
    stain: Stain,
    suspect: Annotated[
        str,
        typer.Option(
            metavar="REF",
            help="The person in question: a file, or FILE#NAME.",
            show_default=False,
        ),
    ],
    known: Known = None,
    model: Model = "heights",
    dropout: Dropout = "",
    contributors: options.Contributors = "auto",
    population: options.Population = None,
    kit: options.Kit = "",
    json: options.Json = False,
    settings: options.SettingsFile = None,
    threshold_rfu: options.Threshold = None,
    drop_in: options.DropIn = None,
    theta: options.Theta = None,
    stutter: options.Stutter = None,
    no_degradation: options.NoDegradation = False,
    replicates: options.Replicates = "none",
    decimal_comma: options.DecimalComma = None,
) -> int:
    """Weigh whether a person contributed to a stain.

    The likelihood ratio of two propositions: the person is one of the contributors, or an unknown
    person unrelated to them is instead. Both are fitted; the terms by locus, how each fit ended and
    what was assumed are shown, and the verbal equivalent of ENFSI 2015.

    Without heights (CODIS exports, old cases) --model qualitative weighs which alleles were seen.

    \b
    Example:
      reopen weigh stain.csv#K-17-A2 --suspect persons.csv#P-3 \\
          --known victim.csv --contributors 2 --population nist1036-cauc
    """
    chosen = options.settings_of(settings, threshold_rfu, drop_in, theta, stutter, no_degradation)
    number = options.number_of(contributors)
    without_heights = _is_qualitative(model, dropout)
    tell_of_compiling()
    weighing: reopen.Weighing | reopen.WeighingWithoutHeights
    if not without_heights:
        weighing = reopen.weigh_stain(
            stain,
            suspect,
            known=known or (),
            contributors=number,
            population=population or reopen.DEFAULT_POPULATION,
            kit=kit,
            settings=chosen,
            replicates=replicates,
            decimal_comma=decimal_comma,
        )
    else:
        weighing = reopen.weigh_without_heights(
            stain,
            suspect,
            known=known or (),
            contributors=number,
            dropout=dropout or "estimate",
            population=population or reopen.DEFAULT_POPULATION,
            settings=chosen,
            replicates=replicates,
            decimal_comma=decimal_comma,
        )
    show(reopen.to_json(weighing) if json else reopen.to_text(weighing, width=width()))
    return DONE


def _is_qualitative(model: str, dropout: str) -> bool:
    """Whether heights are left out. Raises where a model is not known, or takes no drop-out."""
    if model == "qualitative":
        return True
    if model != "heights":
        raise UnknownName(
            f"No model is called {model!r}.",
            rule="There are: heights, qualitative.",
            way_on="Name one of them.",
        )
    if dropout:
        raise InvalidRecord(
            f"--dropout {dropout}, with heights.",
            rule="Heights tell of drop-out; the model of heights takes no probability of it.",
            way_on="Leave --dropout out, or weigh with --model qualitative.",
        )
    return False


@told
def deconvolve(
    stain: Stain,
    known: Known = None,
    contributors: options.Contributors = "auto",
    population: options.Population = None,
    kit: options.Kit = "",
    json: options.Json = False,
    settings: options.SettingsFile = None,
    threshold_rfu: options.Threshold = None,
    drop_in: options.DropIn = None,
    theta: options.Theta = None,
    stutter: options.Stutter = None,
    no_degradation: options.NoDegradation = False,
    replicates: options.Replicates = "none",
    decimal_comma: options.DecimalComma = None,
) -> int:
    """Show the genotypes of a stain's people.

    Each unknown contributor's most probable genotypes by locus, the largest share first. "other"
    is any allele that was not seen.

    \b
    Example:
      reopen deconvolve stain.csv#K-17-A2 --contributors 2 --known victim.csv
    """
    chosen = options.settings_of(settings, threshold_rfu, drop_in, theta, stutter, no_degradation)
    number = options.number_of(contributors)
    tell_of_compiling()
    found = reopen.deconvolve_stain(
        stain,
        known=known or (),
        contributors=number,
        population=population or reopen.DEFAULT_POPULATION,
        kit=kit,
        settings=chosen,
        replicates=replicates,
        decimal_comma=decimal_comma,
    )
    show(reopen.to_json(found) if json else reopen.to_text(found, width=width()))
    return DONE
