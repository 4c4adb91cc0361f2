"""Stains taken apart, kept so that the next search need not do it again.

What is kept follows from a stain's peaks and the terms of the search, bit by bit: one file for each
case, which belongs where the case does. A search done again (`unit_redo`) does not read it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from reopen.errors import UnreadableFile, Where
from reopen.faces.workbench.unit_search import Found, Kept
from reopen.faces.workbench.values_json import from_bytes, to_bytes
from reopen.link import SolvedStain
from reopen.records import (
    Ending,
    Fit,
    Frozen,
    GenotypeLikelihoods,
    IntegralEnding,
    Locus,
    LocusLikelihoods,
    NotWeighed,
    Run,
)
from reopen.weigh.averaged import AveragedContributors
from reopen.weigh.deconvolve import Deconvolution
from reopen.weigh.number import NumberOfContributors


@dataclass(frozen=True, slots=True)
class Apart:
    """A stain's part of the file. token: of the stain, so that another by its name is not taken."""

    stain: str
    token: str
    number: NumberOfContributors
    deconvolution: Deconvolution
    expected: Mapping[tuple[Locus, str], float]
    averaged: AveragedContributors | None


_TYPES = (
    Apart, NumberOfContributors, Deconvolution, AveragedContributors, GenotypeLikelihoods,
    LocusLikelihoods, Fit, Ending, IntegralEnding, Run, NotWeighed, Where,
)  # fmt: skip


def name_of(same: str) -> str:
    """The name of files of stains taken apart on terms of this signature."""
    return f"stains taken apart on {same[:32]}"


def solved_file(solved: Iterable[SolvedStain], found: Found) -> bytes:
    """The bytes to keep of stains taken apart."""
    return to_bytes(
        tuple(
            Apart(
                item.stain.id,
                found.tokens[f"profile {item.stain.id}"],
                item.number,
                item.deconvolution,
                item.expected,
                item.averaged,
            )
            for item in solved
        )
    )


def solved_before(kept: Kept, same: str, found: Found) -> dict[str, SolvedStain]:
    """Stains that earlier runs took apart on the same terms, by id. same: their signature."""
    stains = {stain.id: stain for stain in found.profiles.stains}
    held: dict[str, SolvedStain] = {}
    for file in [id for id, name in kept.names.items() if name == name_of(same)]:
        try:
            every = from_bytes(kept.files(file), _TYPES, file)
        except UnreadableFile:  # of another version: it is computed again
            continue
        for apart in every:
            stain = stains.get(apart.stain)
            if stain is not None and found.tokens.get(f"profile {stain.id}") == apart.token:
                held[stain.id] = SolvedStain(
                    stain,
                    found.profiles.kit_of(stain),
                    apart.number,
                    apart.deconvolution,
                    Frozen(apart.expected),
                    apart.averaged,
                )
    return held
