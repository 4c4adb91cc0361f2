"""What every record of a unit has: a kind, a name of its own, and where it was read.

A record's fields hold text, numbers, `Interval`s, enumerations, tuples of text and mappings of text
to text, so that it can be written as canonical JSON (`plain`) and as a row of a table. None means
"not recorded", which is neither zero nor no.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from reopen.errors import InvalidRecord, Where


@dataclass(frozen=True, slots=True, order=True)
class Ref:
    """A record by kind and id: 'exhibit K-1987-114-E2'."""

    kind: str
    id: str

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """Base of the records that a unit keeps.

    id      its own name, unique among records of its kind in the unit
    source  the document it was taken from, with page, line or frame
    note    whatever else the source says
    where   the file, line and field it was read from; not part of what the record says
    """

    KIND: ClassVar[str] = ""

    id: str
    source: str = ""
    note: str = ""
    where: Where | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        if not self.id.strip() or self.id != self.id.strip():
            raise InvalidRecord(
                f"{self.id!r} as an id ({self.KIND.replace('_', ' ')}).",
                rule="Every record has an id of its own, without blanks around it.",
                way_on="Give one: the number on the label or in the laboratory's system.",
                where=self.where,
            )

    @property
    def ref(self) -> Ref:
        return Ref(self.KIND, self.id)
