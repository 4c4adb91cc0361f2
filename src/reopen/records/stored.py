"""Files, profiles, families and searches as a unit keeps them: by hash, read again when needed.

A profile's peaks stay in the file they came in, which is kept whole; the record says which file
and what it holds, so that a number can be redone from the very bytes that were given.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import ClassVar

from reopen.records._frozen import Frozen
from reopen.records.base import Record
from reopen.records.times import Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile(Record):
    """A file kept whole. id: SHA-256 of its bytes, in lower-case hexadecimal."""

    KIND: ClassVar[str] = "file"

    name: str
    bytes: int
    media: str = ""
    case: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredProfile(Record):
    """A stain's or a reference's profile. id: its name in the file.

    purpose       'stain', or a reference's purpose as in `Purpose`
    file          id of the file it is in
    content_hash  SHA-256 of its canonical form: markers, alleles, heights
    kit           where the file or the user says
    read_as       what was said of the file when it was read: role, kit, replicates, decimal_comma
    beside        files that the file names, by name -> id (pedigree files)
    """

    KIND: ClassVar[str] = "profile"

    purpose: str
    file: str
    content_hash: str
    kit: str = ""
    case: str | None = None
    sample: str | None = None
    person: str | None = None
    staff: bool = False
    read_as: Mapping[str, str] = field(default_factory=dict)
    beside: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        Record.__post_init__(self)
        object.__setattr__(self, "read_as", Frozen(self.read_as))
        object.__setattr__(self, "beside", Frozen(self.beside))


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFamily(Record):
    """A family of somebody missing, in a kept file. beside: files that it names, by name -> id."""

    KIND: ClassVar[str] = "family"

    file: str
    content_hash: str
    case: str | None = None
    beside: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        Record.__post_init__(self)
        object.__setattr__(self, "beside", Frozen(self.beside))


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRun(Record):
    """A search as it was run.

    parameters    as in `Run`, in text; 'tables' where a search of a unit ended
    inputs        name -> hash, as in `Run`. A search of a unit has its names `veiled`, since it is
                  the unit's own while its profiles are not for everybody
    not_weighed   what could not be, by the same names, with the reason
    links, new_profiles, results  where they may be told: links found, profiles new to the search,
                  file with every term
    """

    KIND: ClassVar[str] = "run"

    program: str
    model: str
    at: Interval
    parameters: Mapping[str, str] = field(default_factory=dict)
    inputs: Mapping[str, str] = field(default_factory=dict)
    seed: int | None = None
    links: tuple[str, ...] = ()
    not_weighed: Mapping[str, str] = field(default_factory=dict)
    results: str | None = None
    new_profiles: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        Record.__post_init__(self)
        for name in ("parameters", "inputs", "not_weighed"):
            object.__setattr__(self, name, Frozen(getattr(self, name)))

    @property
    def ended(self) -> bool:
        """A search of a unit is kept when it begins, and again when it ends."""
        return "about" not in self.parameters or "tables" in self.parameters

    def had(self, profile: str) -> bool:
        """Whether the search compared this profile, or tried to."""
        name = f"profile {profile}"
        known = profile in self.new_profiles or name in self.inputs or veiled(name) in self.inputs
        return self.ended and known

    def why_not(self, profile: str) -> str:
        """Why it could not weigh this profile; '' where it could, or did not have it."""
        name = f"profile {profile}"
        found = (self.not_weighed.get(each) for each in (profile, name, veiled(name)))
        return next((reason for reason in found if reason), "")


def veiled(name: str) -> str:
    """A name as a search of a unit keeps it: who has it knows it again, others learn nothing."""
    return sha256(name.encode()).hexdigest()[:32]
