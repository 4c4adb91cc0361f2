"""People's work, concerns, tests of the laboratory, and the system's own events.

Not here: who may see what (`access`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from reopen.records._frozen import Frozen
from reopen.records.base import Record, Ref
from reopen.records.times import Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class Output(Record):
    """A person's month of work with one method and case type."""

    KIND: ClassVar[str] = "output"

    person: str
    month: Interval
    method: str = ""
    case_type: str = ""
    hours: float | None = None
    completed: int = 0
    repeats: int | None = None
    failed_batches: int | None = None
    positive: int | None = None
    negative: int | None = None
    inconclusive: int | None = None
    automated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Concern(Record):
    """Somebody raised a concern. by None: anonymous. about: a person, method or instrument."""

    KIND: ClassVar[str] = "concern"

    about: str
    raised: Interval
    by: str | None = None
    decided: Interval | None = None
    decision: str = ""
    deadline_days: int = 30
    restricted: Interval | None = None
    lifted: Interval | None = None
    past_work_reviewed: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectiveAction(Record):
    """A look-back. scope: field -> value ('analyst' -> 'A7', 'lot', 'method', 'instrument'), within
    `during`; outcomes: case -> outcome."""

    KIND: ClassVar[str] = "corrective_action"

    opened: Interval
    scope: Mapping[str, str] = field(default_factory=dict)
    during: Interval | None = None
    outcomes: Mapping[str, str] = field(default_factory=dict)
    deadline: Interval | None = None

    def __post_init__(self) -> None:
        Record.__post_init__(self)
        object.__setattr__(self, "scope", Frozen(self.scope))
        object.__setattr__(self, "outcomes", Frozen(self.outcomes))


@dataclass(frozen=True, slots=True, kw_only=True)
class ProficiencyTest(Record):
    KIND: ClassVar[str] = "proficiency_test"

    method: str
    at: Interval
    person: str | None = None
    blind: bool = False
    passed: bool | None = None
    look_back: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSetting(Record):
    """A rule of the audit muted, or one of its thresholds changed."""

    KIND: ClassVar[str] = "rule_setting"

    rule: str
    at: Interval
    by: str
    approved_by: str | None = None
    muted: bool = False
    setting: str = ""
    before: float | None = None
    after: float | None = None
    concerns: tuple[str, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyChange(Record):
    """A signing key or witness added, replaced or removed."""

    KIND: ClassVar[str] = "key_change"

    what: str
    at: Interval
    by: str
    approved_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportCount(Record):
    """What an import saw, took, and refused.

    expected      rows the sender says it sent
    refused_rows  id of the kept file that lists the refused rows
    read_as       what was said of the file when it was read: kind, role, kit
    case          where all of it belongs to one
    """

    KIND: ClassVar[str] = "import_count"

    file: str
    sha256: str
    at: Interval
    by: str | None = None
    rows: int
    accepted: int
    unchanged: int = 0
    refused: int = 0
    refused_disposed: int = 0
    expected: int | None = None
    refused_rows: str | None = None
    read_as: Mapping[str, str] = field(default_factory=dict)
    case: str | None = None

    def __post_init__(self) -> None:
        Record.__post_init__(self)
        object.__setattr__(self, "read_as", Frozen(self.read_as))


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckpointSeen(Record):
    """A checkpoint or receipt met outside the log: at a witness, in a report, with a stranger.

    answer    'consistent', 'inconsistent', or 'no answer'; the last is not a wrong answer
    cosigned  the holder is a witness and signed it, so its own checkpoints may never shrink
    """

    KIND: ClassVar[str] = "checkpoint_seen"

    origin: str
    size: int
    root: str
    at: Interval
    held_by: str = ""
    answer: str = "consistent"
    cosigned: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LogCheck(Record):
    """Rows compared with the log's entries, byte by byte, as the store did it.

    size, root           of the log that was compared
    compared             how many pairs of row and entry
    rows_without_entry   records whose row has no entry
    entries_without_row  places in the log, from 0, whose entry has no row
    other_bytes          records whose row does not say what its entry says
    expunged             entries emptied by an order that a later entry names
    """

    KIND: ClassVar[str] = "log_check"

    at: Interval
    size: int
    root: str
    compared: int
    rows_without_entry: tuple[Ref, ...] = ()
    entries_without_row: tuple[int, ...] = ()
    other_bytes: tuple[Ref, ...] = ()
    expunged: int = 0
