"""What a caller gives, a value or its name, as the value: stains, references, populations.

Not for: reading many files at once (`profiles`), or what is computed from them (`bench`).
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from reopen.faces.workbench.profiles import Profiles, open_profiles, split_name
from reopen.faces.workbench.settings import Settings
from reopen.formats import find_kit, find_population, guess_kit
from reopen.records import Kit, NotWeighed, Population, Reference, Stain


class ReadStain(NamedTuple):
    """A stain as it was read, its kit, what could not be read of it, and the rest of its file."""

    stain: Stain
    kit: Kit | None
    not_read: tuple[NotWeighed, ...] = ()
    beside: Profiles = Profiles()


AnyStain = Stain | ReadStain | str | Path
AnyReference = Reference | str | Path


def stain_of(
    stain: AnyStain,
    kit: str,
    replicates: str,
    decimal_comma: bool | None,
    *,
    with_heights: bool = True,
) -> ReadStain:
    """A stain, given as a value, as it was read before, a file, or `FILE#NAME`.

    with_heights  a profile without heights is taken for a reference; else it is a stain as well
    """
    if isinstance(stain, ReadStain):
        return stain
    if isinstance(stain, Stain):
        named = kit or stain.kit
        return ReadStain(stain, find_kit(named) if named else guess_kit(stain.loci))
    path, name = split_name(stain)
    profiles = open_profiles(
        path,
        kit=kit,
        replicates=replicates,
        decimal_comma=decimal_comma,
        as_stains=not with_heights,
    )
    found = profiles.stain(name)
    refused = tuple(
        item for item in profiles.not_weighed if f"{item.what} ".startswith(f"{found.id} ")
    )
    return ReadStain(found, profiles.kit_of(found), refused, profiles)


def reference_of(reference: AnyReference, decimal_comma: bool | None) -> Reference:
    """A person's profile, given as a value, a file, or `FILE#NAME`."""
    if isinstance(reference, Reference):
        return reference
    path, name = split_name(reference)
    return open_profiles(references=[path], decimal_comma=decimal_comma).reference(name)


def population_of(population: str | Population, settings: Settings) -> Population:
    """A population, given as a value, a name in the library, or a file of frequencies."""
    if isinstance(population, Population):
        return population
    return settings.population(find_population(population))
