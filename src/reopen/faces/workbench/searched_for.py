"""Who is looked for: a file, or a profile of it, as a stain, a person, or a family of the missing.

Not for: searching (`searching`), forms of files (`formats`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from reopen.errors import ReopenError, UnknownName, UnreadableFile
from reopen.faces.workbench.given import ReadStain, stain_of
from reopen.faces.workbench.profiles import Profiles, open_profiles, split_name
from reopen.faces.workbench.results import Linking
from reopen.faces.workbench.sought_files import SoughtFiles, open_sought
from reopen.records import KinshipCase, Locus, Reference, Remains, Stain


@dataclass(frozen=True, slots=True)
class Asked:
    """Who is looked for.

    name      in words
    profiles  a stain, as read; none for others
    person    typed, or none
    family    files of families or remains, read; or none
    """

    name: str
    profiles: Profiles
    person: Reference | None = None
    family: SoughtFiles | None = None

    @property
    def is_family(self) -> bool:
        return self.family is not None and bool(self.family.sought.families)

    def sought(self, kin: SoughtFiles) -> SoughtFiles:
        """What the search is for. kin: its relations."""
        if self.person is not None:
            return replace(kin, sought=replace(kin.sought, people=(self.person,)))
        if self.family is None:
            return kin
        found = self.family.sought
        return replace(
            self.family,
            sought=replace(
                found, relations=kin.sought.relations, most_chance=kin.sought.most_chance
            ),
        )

    def loci_of(self, linking: Linking) -> frozenset[Locus]:
        """Loci at which who is looked for is known, as the search could use them."""
        if self.person is not None:
            return _usable(self.person) & frozenset(linking.result.by_locus)
        if self.family is not None:
            found = self.family.sought
            typed = [one for family in found.families for one in family.profiles.values()]
            typed += [one.profile for one in found.remains]
            every = frozenset(locus for one in typed for locus in one.genotypes)
        else:
            every = frozenset(
                locus
                for solved in linking.result.stains
                for one in solved.deconvolution.likelihoods
                for locus in one.loci
            )
        return every & frozenset(linking.result.by_locus)


def asked_of(
    who: str | Path | Stain | ReadStain | Reference | KinshipCase,
    kit: str,
    replicates: str,
    decimal_comma: bool | None,
) -> Asked:
    """Who is looked for, from a value or a file: `FILE`, or `FILE#NAME` where it holds several.

    Raises UnreadableFile for a file in no form that is read, UnknownName where it does not hold
    just one of that name.
    """
    if isinstance(who, Stain | ReadStain):
        stain, known, *_ = stain_of(who, kit, replicates, decimal_comma)
        named = {known.name: known} if known else {}
        stain = replace(stain, kit=known.name) if known else stain
        return Asked(f"stain {stain.id}", Profiles(stains=(stain,), kits=named))
    if isinstance(who, Reference):
        return Asked(who.id, Profiles(), who)
    if isinstance(who, KinshipCase):
        return _of_family(open_sought([who]), "", who.file or "the case")
    path, name = split_name(who)
    try:
        profiles = open_profiles(path, kit=kit, replicates=replicates, decimal_comma=decimal_comma)
    except UnreadableFile as error:
        families = open_sought([path])
        if families.unreadable:
            raise _more_telling(error, path) from None
        return _of_family(families, name, path)
    return _of_profiles(profiles, name, path)


def _more_telling(error: UnreadableFile, path: str) -> ReopenError:
    """Why a file is neither profiles nor pedigrees: a pedigree file says what is wrong in it."""
    from reopen.formats import read_kinship

    try:
        read_kinship(path)
    except UnreadableFile:
        return error
    except ReopenError as other:
        return other
    return error


def _of_profiles(profiles: Profiles, name: str, path: str) -> Asked:
    stains = [one for one in profiles.stains if one.id == name or not name]
    people = [one for one in profiles.references if one.id == name or not name]
    if len(stains) + len(people) != 1:
        held = [*(one.id for one in profiles.stains), *(one.id for one in profiles.references)]
        raise UnknownName(
            f"{len(stains) + len(people)} profiles of {path}"
            + (f" are called {name!r}." if name else "."),
            rule=f"One is looked for at a time. There are: {_some(held)}.",
            way_on="Name the one that is meant, as in FILE#NAME.",
        )
    if stains:
        (stain,) = stains
        return Asked(f"stain {stain.id}", _alone(profiles, stain))
    (person,) = people
    own = _alone(profiles, person)
    return Asked(person.id, replace(own, references=()), person)


def _alone(profiles: Profiles, one: Stain | Reference) -> Profiles:
    """What was read of one profile, without the others of its file."""
    is_stain = isinstance(one, Stain)
    return replace(
        profiles,
        stains=(one,) if isinstance(one, Stain) else (),
        references=(),
        kits={name: kit for name, kit in profiles.kits.items() if is_stain and name == one.kit},
        not_weighed=tuple(
            item for item in profiles.not_weighed if f"{item.what} ".startswith(f"{one.id} ")
        ),
        notices=profiles.notices if is_stain else (),
    )


def _of_family(files: SoughtFiles, name: str, path: str) -> Asked:
    found = files.sought
    families = tuple(one for one in found.families if one.id == name or not name)
    remains = tuple(one for one in found.remains if one.id == name or not name)
    if len(families) + len(remains) != 1:
        held = [*(one.id for one in found.families), *(one.id for one in found.remains)]
        raise UnknownName(
            f"{len(families) + len(remains)} families or remains of {path}"
            + (f" are called {name!r}." if name else "."),
            rule=f"One is looked for at a time. There are: {_some(held)}."
            if held
            else "No family of the file misses somebody, and it holds no remains.",
            way_on="Name the one that is meant, as in FILE#NAME.",
        )
    named = f"the missing of family {families[0].id}" if families else _remains(remains)
    return Asked(
        named, Profiles(), family=replace(files, sought=replace(found, families=families,
        remains=remains)),
    )  # fmt: skip


def _remains(remains: Sequence[Remains]) -> str:
    return f"remains {remains[0].id}"


def _usable(person: Reference) -> frozenset[Locus]:
    """Loci with a pair of alleles: three have none, and take no part."""
    return frozenset(at for at, one in person.genotypes.items() if not one.is_triallelic)


def _some(names: Sequence[str], most: int = 8) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
