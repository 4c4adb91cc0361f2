"""Files of profiles and pedigrees as a unit keeps them: read again from their bytes, as they were
read when they came in.

Not here: tables of records (`formats.case_tables`), keeping (`unit_import`), searching
(`unit_link`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePath
from tempfile import TemporaryDirectory
from typing import Literal

from reopen.engine.values import plain_value
from reopen.errors import UnreadableFile, Where
from reopen.faces.workbench.profiles import Profiles, parse_profile_file
from reopen.formats.kinship import parse_kinship
from reopen.records import Family, Frozen, KinshipCase, Purpose, Reference, Remains, Stain
from reopen.weigh.hashes import hash_of_reference, hash_of_stain

Files = Callable[[str], bytes]
"""A kept file's bytes by its id."""

STAIN = "stain"
OWN_KIT = "kit_file"


@dataclass(frozen=True, slots=True)
class ReadAs:
    """What was said of a file of profiles.

    role      'auto', or 'references'
    purpose   why references of it are on file
    kit       a kit of the library, where the file names none
    kit_file  or the id of a kept kit file, with '#name' where it holds several
    """

    role: Literal["auto", "references"] = "auto"
    purpose: Purpose = Purpose.DATABASE
    kit: str = ""
    kit_file: str = ""
    replicates: str = "none"
    decimal_comma: bool | None = None

    def said(self) -> Mapping[str, str]:
        """As text, without what is usual."""
        comma = {None: "", True: "yes", False: "no"}[self.decimal_comma]
        every = {
            "role": self.role if self.role != "auto" else "",
            "purpose": self.purpose.value if self.purpose is not Purpose.DATABASE else "",
            "kit": self.kit,
            OWN_KIT: self.kit_file,
            "replicates": self.replicates if self.replicates != "none" else "",
            "decimal_comma": comma,
        }
        return {name: value for name, value in every.items() if value}

    @classmethod
    def of(cls, said: Mapping[str, str]) -> ReadAs:
        return cls(
            "references" if said.get("role") == "references" else "auto",
            Purpose(said.get("purpose", Purpose.DATABASE)),
            said.get("kit", ""),
            said.get(OWN_KIT, ""),
            said.get("replicates", "none"),
            {"yes": True, "no": False}.get(said.get("decimal_comma", "")),
        )


def read_profile_file(name: str, data: bytes, how: ReadAs, files: Files) -> Profiles:
    """The profiles of a kept file. Raises UnreadableFile where its form is not known."""
    with as_paths(files, {"kit": how.kit_file}) as paths:
        return parse_profile_file(
            PurePath(name).name,
            data,
            role=how.role,
            purpose=how.purpose,
            kit=paths.get("kit", how.kit),
            replicates=how.replicates,
            decimal_comma=how.decimal_comma,
        )


def read_family_file(
    name: str, data: bytes, beside: Mapping[str, str], files: Files
) -> KinshipCase:
    """The families and remains of a kept file. beside: files that it names, by name -> id."""
    with TemporaryDirectory() as folder:
        home = Path(folder)
        for other, id in beside.items():
            place = home / other
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(files(id))
        return parse_kinship(PurePath(name).name, data, home / PurePath(name).name)


def named_beside(name: str, data: bytes, others: Mapping[str, Path]) -> Mapping[str, Path]:
    """Those of the other files, by name, that a file of pedigrees names, or that go with it by
    their name."""
    own = PurePath(name)
    return Frozen(
        (other, path)
        for other, path in others.items()
        if other != name
        and (
            f'"{other}"'.encode() in data
            or (PurePath(other).stem == own.stem and PurePath(other).suffix in (".map", ".dat"))
        )
    )


@contextmanager
def as_paths(files: Files, ids: Mapping[str, str]) -> Iterator[Mapping[str, str]]:
    """Kept files on disk for as long as the block lasts: what for -> path, '#name' kept."""
    with TemporaryDirectory() as folder:
        paths: dict[str, str] = {}
        for use, id in ids.items():
            if id:
                sha, mark, part = id.partition("#")
                place = Path(folder) / f"{use}.csv"
                place.write_bytes(files(sha))
                paths[use] = f"{place}{mark}{part}"
        yield paths


def hash_of_profile(profile: Stain | Reference, kit: str = "") -> str:
    """SHA-256 of what a profile holds: markers, alleles, heights, and its kit."""
    own = hash_of_stain(profile) if isinstance(profile, Stain) else hash_of_reference(profile)
    return _hash([own, profile.kit or kit])


def hash_of_remains(one: Remains, case: KinshipCase) -> str:
    """SHA-256 of remains: profile, sex, dropout, and loci where one allele was read."""
    partial = case.model.partial.get(one.id, frozenset()) if case.model else frozenset()
    return _hash([hash_of_reference(one.profile), one.sex, one.dropout, sorted(partial)])


def hash_of_family(family: Family, case: KinshipCase) -> str:
    """SHA-256 of a family: pedigree, profiles, who is missing, and how genotypes are handed on."""
    profiles = {id: hash_of_reference(one) for id, one in sorted(family.profiles.items())}
    pedigree = family.pedigree
    return _hash(
        [
            [plain_value(member) for member in pedigree.members],
            [list(group) for group in pedigree.twins],
            dict(pedigree.founder_inbreeding),
            profiles,
            list(family.missing),
            repr(case.model),
        ]
    )


def _hash(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def not_understood(name: str, tried: list[str]) -> UnreadableFile:
    """The refusal of a file that is neither records nor profiles nor pedigrees."""
    return UnreadableFile(
        f"{name} is not understood. {' '.join(tried)}",
        rule="Files are tables of records (docs/fields.md), profiles or pedigrees (docs/files.md).",
        way_on="Name a table after its kind (exhibits.csv); to keep another file as it is, give "
        "--attach.",
        where=Where(name),
    )
