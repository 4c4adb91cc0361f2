"""Options that several commands take, and options that take many files as the shell gives them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

import reopen
from reopen.errors import InvalidRecord

Population = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="Allele frequencies: a name of `reopen populations`, or a file of your own. "
        "NIST 1036 All where none is named.",
        show_default=False,
    ),
]
Kit = Annotated[
    str,
    typer.Option(
        metavar="NAME",
        help="Typing kit where a file names none: a name of `reopen kits`, or a file of your own.",
        show_default=False,
    ),
]
Contributors = Annotated[
    str, typer.Option(metavar="auto|N", help="How many people contributed to a stain.")
]
Known = Annotated[
    list[str] | None,
    typer.Option(
        metavar="REF...",
        help="People taken to have contributed, whoever else did: files, or FILE#NAME.",
        show_default=False,
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, every number in full.")]
SettingsFile = Annotated[
    Path | None,
    typer.Option(
        "--settings",
        metavar="FILE",
        help="Laboratory settings (TOML): thresholds, drop-in, theta; also by locus and kit.",
        show_default=False,
    ),
]
Threshold = Annotated[
    float | None,
    typer.Option(
        "--threshold-rfu",
        metavar="RFU",
        help="Analytical threshold; 50 if not set.",
        show_default=False,
    ),
]
DropIn = Annotated[
    float | None,
    typer.Option(
        "--drop-in",
        metavar="P",
        help="Probability of a drop-in at a locus; 0.05 if not set.",
        show_default=False,
    ),
]
Theta = Annotated[
    float | None,
    typer.Option(metavar="THETA", help="Coancestry; 0.01 if not set.", show_default=False),
]
Stutter = Annotated[
    str | None,
    typer.Option(
        metavar="none|back|both|all",
        help="Stutter that the export still holds; back if not set.",
        show_default=False,
    ),
]
NoDegradation = Annotated[
    bool, typer.Option("--no-degradation", help="Leave fragment lengths out of the model.")
]
Replicates = Annotated[
    str,
    typer.Option(
        metavar="none|suffix|prefix",
        help="How replicates of a stain are named: E2_rep1, E2_rep2 (suffix); 1_E2, 2_E2 (prefix).",
    ),
]
DecimalComma = Annotated[
    bool | None,
    typer.Option(
        "--decimal-comma/--no-decimal-comma",
        help='Whether "9,3" is 9.3; by default only where it can be nothing else.',
        show_default=False,
    ),
]
LinksFolder = Annotated[
    Path | None,
    typer.Option(
        "--out",
        metavar="DIR",
        help="Write report.html and links.json into this folder.",
        show_default=False,
    ),
]
Least = Annotated[
    float, typer.Option(metavar="LOG10", help="log10 LR from which links are listed.")
]
Terms = Annotated[bool, typer.Option("--terms/--no-terms", help="Show each link's terms by locus.")]
Averaging = Annotated[
    bool,
    typer.Option(
        "--averaging/--no-averaging",
        help="Average LRs over draws of a stain's parameters, or search at the best alone.",
    ),
]
PriorOdds = Annotated[
    str,
    typer.Option(
        "--prior",
        metavar="ODDS",
        help="Odds before the DNA that two profiles belong together, such as 1/5000: tells the "
        "odds after it beside each LR. None if not set.",
        show_default=False,
    ),
]


@dataclass(frozen=True, slots=True)
class GivenSettings:
    """Settings as the command line gives them: a file, and single ones."""

    file: Path | None = None
    threshold_rfu: float | None = None
    drop_in: float | None = None
    theta: float | None = None
    stutter: str | None = None
    no_degradation: bool = False

    def over(self, usual: reopen.Settings) -> reopen.Settings:
        """Those of the file, or else the usual ones, with the single ones in their place."""
        settings = reopen.read_settings(self.file) if self.file is not None else usual
        return settings.changed(
            threshold_rfu=self.threshold_rfu,
            dropin_probability=self.drop_in,
            theta=self.theta,
            stutter=self.stutter,
            degradation=False if self.no_degradation else None,
        )


def settings_of(
    file: Path | None,
    threshold_rfu: float | None,
    drop_in: float | None,
    theta: float | None,
    stutter: str | None,
    no_degradation: bool,
) -> reopen.Settings:
    """The settings of the file, with the options' own in their place."""
    given = GivenSettings(file, threshold_rfu, drop_in, theta, stutter, no_degradation)
    return given.over(reopen.Settings())


def number_of(contributors: str) -> int | None:
    """The number that --contributors gives, or None for auto."""
    if contributors.lower() == "auto":
        return None
    if contributors.isdecimal() and int(contributors) > 0:
        return int(contributors)
    raise InvalidRecord(
        f"--contributors {contributors}.",
        rule="The number of contributors is auto, or a whole number from 1.",
        way_on="Give one of these.",
    )


def given(context: typer.Context) -> frozenset[str]:
    """Names of the options that stand on the command line."""
    return frozenset(
        name
        for name in context.params
        if getattr(context.get_parameter_source(name), "name", "") == "COMMANDLINE"
    )


class PlainHelp(TyperCommand):
    """A command whose help names arguments as we do, without types of the programming language."""

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        return ["[OPTIONS]", *(_in_usage(p) for p in self.params if _is_argument(p))]

    def format_options(self, ctx: Any, formatter: Any) -> None:
        arguments, others = [], []
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is not None and _is_argument(parameter):
                arguments.append((_named(parameter), record[1]))
            elif record is not None:
                others.append(record)
        for title, rows in (("Arguments", arguments), ("Options", others)):
            if rows:
                with formatter.section(title):
                    formatter.write_dl(rows)


def _is_argument(parameter: Any) -> bool:
    return bool(parameter.param_type_name == "argument")


def _named(parameter: Any) -> str:
    return str(parameter.metavar or parameter.name.upper()).rstrip(".")


def _in_usage(parameter: Any) -> str:
    name = _named(parameter) + ("..." if parameter.nargs != 1 else "")
    return name if parameter.required else f"[{name}]"


class ManyFiles(PlainHelp):
    """A command whose file options take all names up to the next option, as a shell's * gives
    them: `--references a.csv b.csv`. What comes before the first option is the argument.

    And whose options with a number that may be left out can be given without it:
    `--non-contributors` is `--non-contributors 0`.
    """

    many: tuple[str, ...] = ("--references", "--staff", "--known", "--other-populations")
    number_may_be_left_out = ("--non-contributors",)

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        spread: list[str] = []
        option = ""
        for word, following in zip(args, [*args, ""][1:], strict=True):
            if word.startswith("-") and word != "-":
                option = word if word in self.many else ""
                if not option:
                    spread.append(word)
                if word in self.number_may_be_left_out and not following.isdecimal():
                    spread.append("0")
            elif option:
                spread += [option, word]
            else:
                spread.append(word)
        return super().parse_args(ctx, spread)
