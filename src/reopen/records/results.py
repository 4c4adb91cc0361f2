"""What was asked of a laboratory, what it found, how that changed, and what was told to whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar

from reopen.records._frozen import Frozen
from reopen.records.base import Record, Ref
from reopen.records.times import Interval


class ResultKind(StrEnum):
    INCLUSION = "inclusion"
    EXCLUSION = "exclusion"
    INCONCLUSIVE = "inconclusive"
    PROFILE = "profile"
    NO_PROFILE = "no profile"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request(Record):
    """A test asked for. sent None: the item never left; answered None: no result came."""

    KIND: ClassVar[str] = "request"

    case: str
    item: str
    test: str = ""
    asked: Interval | None = None
    by: str | None = None
    sent: Interval | None = None
    answered: Interval | None = None
    declined: Interval | None = None
    decline_reason: str = ""
    decline_second: str | None = None
    victims_wish: bool = False
    limit_days: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LabResult(Record):
    """One version of a result.

    result          its number in the laboratory; versions share it
    version         from 1
    kind            what it says
    compared_with   the person or sample it was compared with
    log10_lr        where it carries a likelihood ratio
    redone          whether our caller gets the same calls from the raw files; None: not tried
    removed_peaks   peaks over the threshold taken out by hand; removed_explained: with a reason
    """

    KIND: ClassVar[str] = "lab_result"

    result: str
    version: int = 1
    case: str
    sample: str
    kind: ResultKind
    at: Interval
    analyst: str | None = None
    unit: str = ""
    compared_with: str | None = None
    log10_lr: float | None = None
    contributors: int | None = None
    threshold_rfu: float | None = None
    input_ng: float | None = None
    proposition: str = ""
    alleles_hash: str = ""
    method: str | None = None
    raw_hash: str = ""
    settings: str = ""
    redone: bool | None = None
    removed_peaks: int | None = None
    removed_explained: int | None = None
    repeat_of: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Amendment(Record):
    """A change from one version of a result to the next."""

    KIND: ClassVar[str] = "amendment"

    result: str
    case: str | None = None
    before: int
    after: int
    at: Interval
    by: str | None = None
    reason: str = ""
    changed: tuple[str, ...] = ()
    new_data: bool | None = None
    registered_before: Interval | None = None
    log10_before: float | None = None
    log10_after: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NameKnown(Record):
    """When the laboratory, or a person of it, learnt of a suspect, reference or database hit."""

    KIND: ClassVar[str] = "name_known"

    case: str
    at: Interval
    person: str | None = None
    how: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report(Record):
    """A report as issued. results: those in it; left_out: result -> reason."""

    KIND: ClassVar[str] = "report"

    case: str
    issued: Interval
    author: str | None = None
    results: tuple[str, ...] = ()
    left_out: Mapping[str, str] = field(default_factory=dict)
    pages: int | None = None
    items: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        Record.__post_init__(self)
        object.__setattr__(self, "left_out", Frozen(self.left_out))


class ReviewKind(StrEnum):
    TECHNICAL = "technical"
    ADMINISTRATIVE = "administrative"


@dataclass(frozen=True, slots=True, kw_only=True)
class Review(Record):
    """A review of a report by another person."""

    KIND: ClassVar[str] = "review"

    report: str
    kind: ReviewKind
    by: str
    started: Interval | None = None
    ended: Interval | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Milestone(Record):
    """A date that work should not be changed just before: trial, disclosure, request for the file,
    audit."""

    KIND: ClassVar[str] = "milestone"

    milestone: str
    at: Interval
    case: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Disclosure(Record):
    """What was given to whom."""

    KIND: ClassVar[str] = "disclosure"

    case: str
    at: Interval
    to: str
    results: tuple[str, ...] = ()
    items: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit(Record):
    """A database hit and when the unit was told of it. duplicate_of: the same hit told before."""

    KIND: ClassVar[str] = "hit"

    case: str
    at: Interval
    person: str | None = None
    told: Interval | None = None
    limit_days: int = 30
    duplicate_of: str | None = None
    case_closed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseAction(Record):
    """Something done in a case: a lead followed, an interview, a decision."""

    KIND: ClassVar[str] = "case_action"

    case: str
    at: Interval
    action: str
    by: str | None = None


IN_DATABASE = "database"
"""The kind of a link's end that is somebody of a database, whom the unit does not hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundLink(Record):
    """A link as a search found it: the stored form of `Link`, without its terms.

    one, other      profiles' ids, contributors in one_contributor and other_contributor
    one_kind, other_kind  'profile'; 'family' where the end is somebody missing; 'database' where it
                    is somebody of a database that the search looked in, as DATABASE#NAME
    terms           id of the file with its terms by locus, fits and remarks
    weight_log10    what a reader may rely on
    run             id of the search's run
    requested_together  the cases were submitted together on purpose
    """

    KIND: ClassVar[str] = "found_link"

    link: str
    one: str
    other: str
    one_kind: str = "profile"
    other_kind: str = "profile"
    one_contributor: int | None = None
    other_contributor: int | None = None
    relation: str = "same person"
    weight_log10: float
    expected_chance: float | None = None
    run: str = ""
    known_reason: str = ""
    place_time_log10: float | None = None
    behaviour_log10: float | None = None
    terms: str | None = None

    @property
    def own_ends(self) -> tuple[Ref, ...]:
        """Those of its two ends that the unit holds."""
        ends = ((self.one_kind, self.one), (self.other_kind, self.other))
        return tuple(Ref(kind, id) for kind, id in ends if kind != IN_DATABASE)
