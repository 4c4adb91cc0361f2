"""Files of families and remains, and the relations to be tested, as what a search looks for.

Not for: forms of files (`formats`), the search (`link`), one disaster weighed jointly (`dvi`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from reopen.errors import ReopenError, Where
from reopen.faces.workbench.kinship_words import mutation_in_words
from reopen.faces.workbench.mutation_given import USUAL_MUTATION
from reopen.faces.workbench.profiles import Source, in_one_line
from reopen.formats import read_kinship
from reopen.link import Sought
from reopen.records import (
    KinshipCase,
    KinshipModel,
    Locus,
    Mutation,
    NotWeighed,
    Relation,
    Run,
    relation_named,
)

USUAL = KinshipModel(USUAL_MUTATION)


@dataclass(frozen=True, slots=True)
class SoughtFiles:
    """What files of families hold, ready to be searched for.

    unreadable  paths of files that could not be read; they are in not_weighed too
    """

    sought: Sought
    sources: tuple[Source, ...] = ()
    unreadable: tuple[str, ...] = ()
    not_weighed: tuple[NotWeighed, ...] = ()
    notices: tuple[str, ...] = ()


def open_sought(
    families: Iterable[str | Path | KinshipCase] = (),
    relatives: Iterable[str | Relation] = (),
    *,
    most_chance: float = 1.0,
) -> SoughtFiles:
    """Read files of families and remains, in any form that `formats.read_kinship` knows.

    relatives    relations of a stain's donor to people in the database, to be tested
    most_chance  chance hits allowed in the whole search for them

    A file's own mutation model holds for its families; without one, the usual model. One
    unreadable file does not stop the others. Raises UnknownName for a relation that is not known,
    InvalidRecord for two families or remains by one name.
    """
    relations = tuple(
        one if isinstance(one, Relation) else relation_named(one) for one in relatives
    )
    cases: list[KinshipCase] = []
    sources: list[Source] = []
    refused: list[NotWeighed] = []
    unreadable: list[str] = []
    for given in families:
        if isinstance(given, KinshipCase):
            cases.append(given)
            continue
        try:
            case = read_kinship(given)
        except ReopenError as error:
            where = error.where or Where(str(given))
            refused.append(NotWeighed(str(given), in_one_line(error), where))
            unreadable.append(str(given))
            continue
        cases.append(case)
        sources.append(Source(str(given), case.format, case.sha256))
    models: dict[str, KinshipModel] = {}
    partial: dict[str, frozenset[Locus]] = {}
    for case in cases:
        model = case.model or USUAL
        models |= {family.id: model for family in case.families}
        partial |= {
            one.id: model.partial[one.id] for one in case.remains if one.id in model.partial
        }
    sought = Sought(
        families=tuple(family for case in cases for family in case.families),
        remains=tuple(one for case in cases for one in case.remains),
        relations=relations,
        model=USUAL,
        models=models,
        partial=partial,
        most_chance=most_chance,
    )
    return SoughtFiles(
        sought,
        tuple(sources),
        tuple(unreadable),
        (*refused, *(item for case in cases for item in case.not_weighed), *_empty(cases)),
        tuple(notice for case in cases for notice in _notices(case)),
    )


def _empty(cases: Iterable[KinshipCase]) -> list[NotWeighed]:
    reason = (
        "no family with a missing member and no remains: mark who is missing, or compare its "
        "pedigrees with `reopen kin`"
    )
    return [
        NotWeighed(case.file or "pedigrees", reason)
        for case in cases
        if not case.families and not case.remains
    ]


def _notices(case: KinshipCase) -> list[str]:
    named = f"{case.file}: " if case.file else ""
    told = [f"{named}{notice}" for notice in case.notices]
    if case.population is not None and (case.families or case.remains):
        told.append(
            f"{named}its allele frequencies are not used in a search; those of the search are."
        )
    return told


def assumptions_of_sought(sought: Sought) -> tuple[str, ...]:
    """Assumptions of a search for kin, as sentences; none where there was none."""
    told = []
    if sought.families:
        told.append(
            "Families are as their pedigrees say, and a missing person is weighed against an "
            "unrelated person of the same population."
        )
        told += _mutation("in families", [sought.model_of(one) for one in sought.families])
    if sought.relations:
        named = ", ".join(relation.name for relation in sought.relations)
        told.append(
            "Relatives of the donors of stains, of the dead and of people looked for are sought "
            f"among people on file as: {named}. Listed are those whose LR no more than "
            f"{sought.most_chance:g} unrelated people are expected to reach, all stains (or all "
            "remains) of one relation together."
        )
        told += _mutation("between a parent and a child who are looked for so", [sought.model])
        told.append("Other relatives looked for so are weighed without mutation.")
    if any(one.dropout for one in sought.remains):
        told.append("Alleles of degraded remains drop out independently of each other.")
    return tuple(told)


def _mutation(where: str, models: Iterable[KinshipModel]) -> list[str]:
    words = dict.fromkeys(
        mutation_in_words(model.mutation)
        if isinstance(model.mutation, Mutation)
        else "as the file gives it, locus by locus"
        for model in models
    )
    return [f"Mutation {where}: {one}." for one in words]


def with_inputs(run: Run, files: SoughtFiles) -> Run:
    """The run of a search with what it looked for, by the hash of each file."""
    sought = files.sought
    if not (sought.families or sought.remains or sought.relations):
        return run
    parameters = {
        "families": len(sought.families),
        "remains": len(sought.remains),
        "relations": ", ".join(relation.name for relation in sought.relations) or None,
        "chance hits allowed": sought.most_chance,
    }
    return replace(
        run,
        parameters={**run.parameters, **parameters},
        inputs={**run.inputs, **{source.path: source.sha256 for source in files.sources}},
    )
