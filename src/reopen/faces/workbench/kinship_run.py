"""How a kinship weighing was made, in full, so that it can be made again.

Not for: sentences (`kinship_words`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from hashlib import sha256

from reopen import __version__
from reopen.faces.workbench.assumptions import libraries
from reopen.faces.workbench.profiles import Source
from reopen.records import (
    KinshipCase,
    KinshipModel,
    Mutation,
    MutationModel,
    Pedigree,
    Population,
    Reference,
    Run,
)
from reopen.weigh.hashes import hash_of_frequencies, hash_of_reference

MODEL = "pedigree likelihood, exact sum over all descents, version 1"

_MOST_WRITTEN = 50

Parameters = dict[str, str | float | int | bool | None]


def run_of_kinship(
    case: KinshipCase,
    hypotheses: Mapping[str, Pedigree],
    profiles: Mapping[str, Reference],
    files: Sequence[Source],
    populations: Sequence[Population],
    model: KinshipModel,
) -> Run:
    """Every assumption as a parameter, every file and table by its SHA-256."""
    parameters: Parameters = {}
    for population in populations:
        of = f", {population.name}" if len(populations) > 1 else ""
        theta = population.theta
        parameters |= {
            f"theta{of}": _json(dict(theta)) if isinstance(theta, Mapping) else theta,
            f"minimum_frequency{of}": population.floor,
            f"rescale{of}": population.rescale,
        }
    parameters["mutation"] = _json(_mutation(model))
    for name, table in (("silent alleles", model.silent), ("dropout", model.dropout)):
        parameters[name] = _json(dict(table)) if table else None
    partial = {id: sorted(loci) for id, loci in model.partial.items()}
    parameters["read in part"] = _json(partial) if partial else None
    parameters["loci on X"] = ", ".join(sorted(model.x_linked)) or None
    errors = model.typing_error
    parameters["typing error"] = _json(dict(errors)) if isinstance(errors, Mapping) else errors
    parameters["positions"] = _positions(model)
    parameters["linked"] = _json([asdict(pair) for pair in model.linked]) if model.linked else None
    parameters |= {f"hypothesis {name}": _json(_pedigree(p)) for name, p in hypotheses.items()}
    return Run(
        program=f"reopen {__version__}",
        model=MODEL,
        parameters=parameters,
        inputs={
            **({case.file: case.sha256} if case.sha256 else {}),
            **{source.path: source.sha256 for source in files},
            **{f"profile {id}": hash_of_reference(p) for id, p in profiles.items()},
            **{f"population {p.name}": hash_of_frequencies(p) for p in populations},
        },
        libraries=libraries(),
    )


def _mutation(model: KinshipModel) -> object:
    """Both sexes' models, or those of each locus where they differ."""
    if isinstance(model.mutation, Mutation):
        return {"female": _one(model.mutation.female), "male": _one(model.mutation.male)}
    if len(set(model.mutation.values())) == 1:
        return _mutation(replace(model, mutation=next(iter(model.mutation.values()))))
    return {
        locus: {"female": _one(at.female), "male": _one(at.male)}
        for locus, at in model.mutation.items()
    }


def _positions(model: KinshipModel) -> str | None:
    """Every place, or of many loci how many and the SHA-256 of these places."""
    placed = {locus: [at.chromosome, at.cm] for locus, at in model.positions.items()}
    written = _json(placed)
    if len(placed) <= _MOST_WRITTEN:
        return written if placed else None
    chromosomes = len({at.chromosome for at in model.positions.values()})
    digest = sha256(written.encode()).hexdigest()
    return f"{len(placed)} loci on {chromosomes} chromosomes, SHA-256 {digest}"


def _one(model: MutationModel) -> object:
    """The fields that say something."""
    said = {name: value for name, value in asdict(model).items() if value not in ((), "", 0.0)}
    return {name: str(value) if name == "kind" else value for name, value in said.items()}


def _pedigree(pedigree: Pedigree) -> object:
    members = [[m.id, m.sex.value, *(m.parents or (None, None))] for m in pedigree.members]
    return {
        "members": members,
        **({"twins": [list(group) for group in pedigree.twins]} if pedigree.twins else {}),
        **(
            {"founder_inbreeding": dict(pedigree.founder_inbreeding)}
            if pedigree.founder_inbreeding
            else {}
        ),
    }


def _json(value: object) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False)
