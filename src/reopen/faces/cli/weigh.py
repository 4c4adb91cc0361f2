"""`reopen weigh` and `reopen deconvolve`: one stain, looked at closely."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

import reopen
from reopen.errors import InvalidRecord, UnknownName
from reopen.faces.cli import _options as options
from reopen.faces.cli._ways import DONE, progress_bar, show, tell, tell_of_compiling, told, width

Stain = Annotated[
    str,
    typer.Argument(
        metavar="STAIN",
        help="File of the stain, or FILE#NAME where it holds several.",
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

Sensitivity = Annotated[
    bool,
    typer.Option("--sensitivity", help="Weigh again with one assumption changed at a time."),
]
OtherPopulations = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAMES...",
        help="With --sensitivity: populations to weigh with as well.",
        show_default=False,
    ),
]
NonContributors = Annotated[
    int | None,
    typer.Option(
        metavar="[N]",
        min=0,
        help="What random people would score in the suspect's place, exactly with parameters "
        "kept; and N of them with parameters fitted for each.",
        show_default=False,
    ),
]
Integrated = Annotated[
    bool,
    typer.Option(
        "--integrated", help="Average over the parameters as well, and tell what that does."
    ),
]
Quantile = Annotated[
    float,
    typer.Option(
        metavar="P",
        help="With --integrated: at which quantile over the parameters log10 LR is conservative.",
    ),
]
Seed = Annotated[int, typer.Option(metavar="N", min=0, help="Of what is drawn at random.")]
Out = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR",
        help="Write report.html and weighing.json into this folder.",
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
    known: options.Known = None,
    model: Model = "heights",
    dropout: Dropout = "",
    contributors: options.Contributors = "auto",
    population: options.Population = None,
    kit: options.Kit = "",
    out: Out = None,
    json: options.Json = False,
    integrated: Integrated = False,
    quantile: Quantile = 0.05,
    sensitivity: Sensitivity = False,
    other_populations: OtherPopulations = None,
    non_contributors: NonContributors = None,
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
    """Weigh whether a person contributed to a stain.

    The likelihood ratio of two propositions: the person is one of the contributors, or an unknown
    person unrelated to them is instead. Both are fitted; the terms by locus, how each fit ended and
    what was assumed are shown, and the verbal equivalent of ENFSI 2015.

    Without heights (CODIS exports, old cases) --model qualitative weighs which alleles were seen.

    --integrated, --sensitivity and --non-contributors look closer at the number; --out draws it
    all.

    \b
    Example:
      reopen weigh stain.csv#K-17-A2 --suspect persons.csv#P-3 \\
          --known victim.csv --contributors 2 --population nist1036-cauc
    """
    chosen = options.settings_of(settings, threshold_rfu, drop_in, theta, stutter, no_degradation)
    number = options.number_of(contributors)
    closer = sensitivity or non_contributors is not None
    if other_populations and not sensitivity:
        raise InvalidRecord(
            "--other-populations without --sensitivity.",
            rule="Other populations are among the assumptions that are changed.",
            way_on="Add --sensitivity.",
        )
    if _is_qualitative(model, dropout):
        if closer or integrated or out is not None:
            raise InvalidRecord(
                "--integrated, --sensitivity, --non-contributors or --out, with --model "
                "qualitative.",
                rule="They look at the fit of heights.",
                way_on="Leave them out, or weigh with heights.",
            )
        tell_of_compiling()
        alleles_only = reopen.weigh_without_heights(
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
        show(reopen.to_json(alleles_only) if json else reopen.to_text(alleles_only, width=width()))
        return DONE
    tell_of_compiling()
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
    if integrated:
        with progress_bar() as progress:
            weighing = reopen.integrate_weighing(
                weighing,
                priors=chosen.priors,
                quantile=quantile,
                seed=seed,
                progress=progress,
            )
    if closer:
        with progress_bar() as progress:
            weighing = reopen.look_closer(
                weighing,
                sensitivity=sensitivity,
                other_populations=other_populations or (),
                non_contributors=non_contributors is not None,
                refits=non_contributors or 0,
                seed=seed,
                progress=progress,
            )
    _show_and_write(weighing, out, json)
    return DONE


def _show_and_write(weighing: reopen.Weighing, out: Path | None, json: bool) -> None:
    report = None
    if out is not None:
        report, _ = reopen.write_results(weighing, out)
    show(reopen.to_json(weighing) if json else reopen.to_text(weighing, width=width()))
    if report is not None:
        tell(f"Report: {report}")


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


Joint = Annotated[
    int,
    typer.Option(
        metavar="K",
        min=0,
        help="At each locus, the K most probable genotypes of all contributors together.",
        show_default=False,
    ),
]
WholeProfiles = Annotated[
    int,
    typer.Option(
        "--profiles",
        metavar="K",
        min=0,
        help="Of each unknown contributor, the K most probable whole profiles.",
        show_default=False,
    ),
]
Draws = Annotated[
    int,
    typer.Option(
        metavar="N",
        min=0,
        help="N draws of all contributors' genotypes; in full with --json.",
        show_default=False,
    ),
]
DrawsSeed = Annotated[int, typer.Option("--seed", metavar="S", min=0, help="Of the draws.")]


@told
def deconvolve(
    stain: Stain,
    known: options.Known = None,
    contributors: options.Contributors = "auto",
    joint: Joint = 0,
    profiles: WholeProfiles = 0,
    draws: Draws = 0,
    seed: DrawsSeed = 1,
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
        joint=joint,
        profiles=profiles,
        draws=draws,
        seed=seed,
    )
    show(reopen.to_json(found) if json else reopen.to_text(found, width=width()))
    return DONE
