"""`reopen kin`: pedigrees weighed against each other."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

import reopen
from reopen.errors import InvalidRecord
from reopen.faces.cli import _options as options
from reopen.faces.cli._ways import DONE, show, tell, tell_of_compiling, told, width
from reopen.records import Mutation

Case = Annotated[
    str,
    typer.Argument(
        metavar="CASE",
        help="File of pedigrees: our own (TOML), Familias, PED, GEDCOM, or kinship-case/1 (JSON).",
        show_default=False,
    ),
]
Profiles = Annotated[
    list[str] | None,
    typer.Option(
        metavar="FILES...",
        help="Genotypes of members, named as in the pedigrees, beside those of the case.",
        show_default=False,
    ),
]
Populations = Annotated[
    list[str] | None,
    typer.Option(
        "--population",
        metavar="NAMES...",
        help="Allele frequencies: names of `reopen populations`, or files. With several every LR "
        "is shown, and the lowest counts. The case's own if none is named.",
        show_default=False,
    ),
]
Theta = Annotated[
    float | None,
    typer.Option(metavar="THETA", help="Coancestry; the case's own, or 0.01.", show_default=False),
]
Model = Annotated[
    str | None,
    typer.Option(
        "--mutation",
        metavar="MODEL",
        help="none, equal, proportional, stepwise, onestep or dawid; the case's own if not set, "
        "else stepwise.",
        show_default=False,
    ),
]
Rate = Annotated[
    str,
    typer.Option(
        "--mutation-rates",
        metavar="FATHERS,MOTHERS",
        help="With --mutation: probability of a mutation in one transmission.",
    ),
]
Range = Annotated[
    float,
    typer.Option(
        "--mutation-range",
        metavar="R",
        help="With --mutation stepwise or dawid: one step more is so many times as likely.",
    ),
]
Microvariants = Annotated[
    float,
    typer.Option(
        "--microvariant-rate",
        metavar="P",
        help="With --mutation stepwise: of a change such as 9.3 to 10.",
    ),
]
Stationary = Annotated[
    str,
    typer.Option(
        metavar="PM|MH|BA|PR",
        help="With --mutation: how the model is made stationary; it is not if not set.",
        show_default=False,
    ),
]
Dropout = Annotated[
    list[str] | None,
    typer.Option(
        metavar="PERSON=P...",
        help="Probability that an allele of this person's profile was not seen.",
        show_default=False,
    ),
]
Linked = Annotated[
    bool,
    typer.Option(
        "--linked",
        help="Weigh loci of common kits that lie near each other together: vWA with D12S391, "
        "D5S818 with CSF1PO, D21S11 with Penta D.",
    ),
]
Numerator = Annotated[
    str,
    typer.Option(
        metavar="NAME",
        help="The first hypothesis; all but the second, one after another, if not set.",
        show_default=False,
    ),
]
Denominator = Annotated[
    str,
    typer.Option(
        metavar="NAME",
        help='The second hypothesis; the case\'s reference if not set. "unrelated" is always one.',
        show_default=False,
    ),
]
Out = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR",
        help="Write report.html and kinship.json into this folder.",
        show_default=False,
    ),
]


class KinFiles(options.ManyFiles):
    """A command whose options take all names up to the next option."""

    many = ("--profiles", "--population", "--dropout")


@told
def kin(
    case: Case,
    profiles: Profiles = None,
    population: Populations = None,
    theta: Theta = None,
    mutation: Model = None,
    rates: Rate = "0.002,0.0005",
    step_range: Range = 0.1,
    microvariants: Microvariants = 1e-6,
    stationary: Stationary = "",
    dropout: Dropout = None,
    linked: Linked = False,
    numerator: Numerator = "",
    denominator: Denominator = "",
    out: Out = None,
    json: options.Json = False,
) -> int:
    """Weigh how people are related.

    Compares the pedigrees of a case: how probable are the genotypes of all typed people under one
    of them and under the other. Any pedigree: with people who are not typed, loops, twins. A case
    with one pedigree is weighed against nobody being related.

    \b
    Example:
      reopen kin paternity.toml --population "NIST 1036 Caucasian" --out paternity
    """
    model = mutation_of(mutation, rates, step_range, microvariants, stationary)
    tell_of_compiling()
    weighing = reopen.weigh_pedigrees(
        case,
        profiles=profiles or (),
        populations=population or (),
        theta=theta,
        mutation=model,
        dropout=dict(_dropout(one) for one in dropout or ()),
        linked=linked,
        numerator=numerator,
        denominator=denominator,
    )
    report = None
    if out is not None:
        report, _ = reopen.write_results(weighing, out)
    show(reopen.to_json(weighing) if json else reopen.to_text(weighing, width=width()))
    if report is not None:
        tell(f"Report: {report}")
    return DONE


def mutation_of(
    name: str | None, rates: str, step_range: float, microvariants: float, stationary: str
) -> Mutation | None:
    """The model that the options give; None leaves it to the case."""
    if name is None:
        return None
    try:
        fathers, mothers = (float(part) for part in rates.split(","))
    except ValueError:
        raise InvalidRecord(
            f"--mutation-rates {rates}.",
            rule="Two rates with a comma: of fathers, of mothers.",
            way_on="Write, for instance, 0.002,0.0005.",
        ) from None
    return reopen.mutation_model(
        name,
        fathers=fathers,
        mothers=mothers,
        step_range=step_range,
        microvariant_rate=microvariants,
        stationary=stationary,
    )


def _dropout(given: str) -> tuple[str, float]:
    person, equals, value = given.rpartition("=")
    try:
        if equals:
            return person, float(value)
    except ValueError:
        pass
    raise InvalidRecord(
        f"--dropout {given}.",
        rule="A person's name, an equals sign and a probability.",
        way_on="Write, for instance, mother=0.1.",
    )
