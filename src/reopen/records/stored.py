"""Files, profiles, families and searches as a unit keeps them: by hash, read again when needed.

A profile's peaks stay in the file they came in, which is kept whole; the record says which file
and what it holds, so that a number can be redone from the very bytes that were given.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
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
    """A search as it was run. parameters and inputs as in `Run`, in text; links: those found;
    not_weighed: what could not be, with the reason; results: file with every term."""

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
