"""`reopen kin`: pedigrees weighed against each other."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

import reopen
from reopen.errors import InvalidRecord
from reopen.faces.cli import _options as options
from reopen.faces.cli import _pedigree_options as given
from reopen.faces.cli._ways import DONE, show, tell, tell_of_compiling, told, width

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
    theta: given.Theta = None,
    mutation: given.Mutations = None,
    rates: given.MutationRates = "0.002,0.0005",
    step_range: given.MutationRange = 0.1,
    microvariants: given.MicrovariantRate = 1e-6,
    stationary: given.Stationary = "",
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
    model = given.mutation_of(mutation, rates, step_range, microvariants, stationary)
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


def _dropout(text: str) -> tuple[str, float]:
    person, equals, value = text.rpartition("=")
    try:
        if equals:
            return person, float(value)
    except ValueError:
        pass
    raise InvalidRecord(
        f"--dropout {text}.",
        rule="A person's name, an equals sign and a probability.",
        way_on="Write, for instance, mother=0.1.",
    )
