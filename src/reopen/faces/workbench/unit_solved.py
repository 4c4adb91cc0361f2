"""Stains taken apart, kept so that the next search need not do it again.

What is kept follows from a stain's peaks and the terms of the search, bit by bit: one file for each
case, which belongs where the case does. A search done again (`unit_redo`) does not read it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from reopen.engine.values import from_bytes, to_bytes
from reopen.errors import UnreadableFile, Where
from reopen.faces.workbench.results import Linking
from reopen.faces.workbench.unit_profiles import hash_of_profile
from reopen.faces.workbench.unit_search import Found, Kept, Terms
from reopen.link import SolvedStain
from reopen.records import (
    Ending,
    Fit,
    Frozen,
    GenotypeLikelihoods,
    IntegralEnding,
    Kit,
    Locus,
    LocusLikelihoods,
    NotWeighed,
    Population,
    Run,
    Stain,
)
from reopen.weigh.averaged import AveragedContributors
from reopen.weigh.deconvolve import Deconvolution
from reopen.weigh.hashes import hash_of_frequencies, hash_of_kit
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


def solved_in_files(
    linking: Linking, terms: Terms, population: Population, found: Found
) -> dict[str, SolvedStain]:
    """Stains that a search of files took apart, by id: those that the unit holds with the same
    peaks and kit, if it is to search on the same terms."""
    if not _same_of_stains(linking, terms, population):
        return {}
    stains = {stain.id: stain for stain in found.profiles.stains}
    held: dict[str, SolvedStain] = {}
    for item in linking.result.stains:
        stain = stains.get(item.stain.id)
        if stain is None:
            continue
        kit = found.profiles.kit_of(stain)
        if _hashes(stain, kit) == _hashes(item.stain, item.kit):
            held[stain.id] = replace(item, stain=stain, kit=kit)
    return held


def _same_of_stains(linking: Linking, terms: Terms, population: Population) -> bool:
    """Whether stains are taken apart alike, as far as it is not their own peaks and kits."""
    ours = terms.options
    return (
        replace(linking.options, least_log10=ours.least_log10) == ours
        and replace(linking.settings, source="") == terms.settings()
        and hash_of_frequencies(linking.population) == hash_of_frequencies(population)
    )


def _hashes(stain: Stain, kit: Kit | None) -> tuple[str, str]:
    return hash_of_profile(stain), hash_of_kit(kit) if kit else ""
