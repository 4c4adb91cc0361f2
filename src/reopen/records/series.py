"""A series: traces of several cases that one donor may have left, and what else would explain them.

`FoundSeries` is what a unit keeps of one. Not here: the weighing (`weigh.one_donor`), which links
make a series (`link.series`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import ClassVar

from reopen.records._frozen import Frozen
from reopen.records.base import Record
from reopen.records.genetics import Locus
from reopen.records.links import End
from reopen.records.profiles import NotWeighed

Groups = tuple[tuple[End, ...], ...]
"""Who left what: the traces of each donor."""


@dataclass(frozen=True, slots=True)
class WeakestSplit:
    """The two unrelated donors who would explain a series best, and what speaks against them.

    log10   log10 LR of one donor against these two: what holds the series together
    bridge  the strongest of the links that join the two parts; None where none does directly
    links   number of links that join them
    """

    one: tuple[End, ...]
    other: tuple[End, ...]
    log10: float
    bridge: tuple[End, End] | None = None
    links: int = 0


@dataclass(frozen=True, slots=True)
class Membership:
    """A trace, or a typed person, in a series; every number is a log10 LR.

    case       the trace's case; '' where it has none
    adds       left by the donor of all others, against somebody unrelated
    brother    left by the donor of all others, against a full brother or sister of that donor
    without    all others left by one donor, against one each; None where fewer than two are left,
               and in large series where links join the others anyway
    remains    what the others fall into without it; one group where they hold together
    holds_by   what holds the others together: one donor of them against the best two; None as above
    """

    end: End
    case: str
    adds: float
    brother: float
    without: float | None
    remains: Groups
    holds_by: float | None

    @property
    def is_joint(self) -> bool:
        """Without this trace the others would be no series: they fall apart."""
        return len(self.remains) > 1


class ExplanationKind(StrEnum):
    ONE_DONOR = "one donor"
    TWO_DONORS = "two unrelated donors"
    TWO_BROTHERS = "two full brothers or sisters"
    CHANCE = "different donors who are alike by chance"
    CONTAMINATION = "contamination in one batch"


@dataclass(frozen=True, slots=True)
class Explanation:
    """One way in which the traces of a series may have come about.

    log10      log10 of its weight over that of one donor: below 0 it explains less. Of two donors
               or brothers, the best split's; of contamination, the stated odds alone, since DNA
               cannot tell it from one donor, and None where no odds were stated
    groups     who left what
    batch      where the contamination would have happened
    expected   series of as many traces, at least this strong, that chance would give in this
               search: an upper bound
    remaining  what still speaks for one donor if it is true: log10 LR of the traces outside the
               batch and one of it, whichever leaves least; None where none is outside
    remark     what else is known of the batch, in words
    """

    kind: ExplanationKind
    groups: Groups
    log10: float | None
    batch: str = ""
    expected: float | None = None
    remaining: float | None = None
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Divided:
    """A way to divide the traces among unrelated donors.

    log10        log10 LR against a donor for each trace
    probability  after the stated prior
    """

    groups: Groups
    log10: float
    probability: float


class AlertKind(StrEnum):
    NOT_THE_DONOR = "the person convicted or charged is not the donor"
    ANOTHER_PERSON = "another person's profile fits the donor"


@dataclass(frozen=True, slots=True)
class SeriesAlert:
    """A wrongful conviction to be looked at: a question, never an accusation.

    case, person  the solved case, and who was convicted or charged in it, as `role` says
    traces    of that case in the series
    log10     log10 LR that the person is the donor; None where no profile is held
    others    profiles of other people in the series
    elsewhere log10 LR that the person is another contributor of one of these stains; None where
              there is none, or no profile
    """

    kind: AlertKind
    case: str
    person: str
    role: str
    traces: tuple[End, ...]
    log10: float | None
    others: tuple[str, ...] = ()
    elsewhere: float | None = None


class WhyApart(StrEnum):
    TWO_DONORS = "two unrelated donors explain them as well"
    BROTHERS = "two brothers or sisters explain them as well"
    ONE_STAIN = "two contributors of one stain are two people"
    SEEN_TWICE = "both contributors of a stain fit the donor of the larger series"


@dataclass(frozen=True, slots=True)
class KeptApart:
    """Two groups of traces that a link joins and that did not become one series.

    link         the link's ends; log10 its log10 LR for these two contributors
    over_two     log10 LR of one donor of both groups against two; None where not weighed
    over_brothers  the same against two brothers
    """

    link: tuple[End, End]
    log10: float
    why: WhyApart
    groups: Groups
    over_two: float | None = None
    over_brothers: float | None = None


@dataclass(frozen=True, slots=True)
class Series:
    """Traces that one donor explains better than two, related or not.

    log10        log10 LR of one donor against a different, unrelated one for each trace; the sum
                 of per_locus and other_terms
    error        its standard error from the number of draws of the stains' parameters
    weakest      what holds the series together
    pairs        log10 LR of every two of its traces that reach the threshold, strongest first
    explanations competing ones side by side, one donor first, then the strongest first
    divisions    ways to divide the traces among donors, most probable first; `others` is the
                 probability of all that are not told; all_divided: whether all ways were weighed
    undecided    people convicted or charged of whom the DNA does not tell, or nothing is held
    """

    members: tuple[Membership, ...]
    log10: float
    per_locus: Mapping[Locus, float]
    other_terms: Mapping[str, float]
    error: float
    weakest: WeakestSplit
    explanations: tuple[Explanation, ...]
    divisions: tuple[Divided, ...]
    others: float
    all_divided: bool
    alerts: tuple[SeriesAlert, ...] = ()
    undecided: tuple[NotWeighed, ...] = ()
    not_weighed: tuple[NotWeighed, ...] = ()
    pairs: Mapping[tuple[End, End], float] = Frozen()

    def __post_init__(self) -> None:
        object.__setattr__(self, "pairs", Frozen(self.pairs))
        object.__setattr__(self, "per_locus", Frozen(self.per_locus))
        object.__setattr__(self, "other_terms", Frozen(self.other_terms))

    @property
    def ends(self) -> tuple[End, ...]:
        return tuple(member.end for member in self.members)

    @property
    def traces(self) -> tuple[End, ...]:
        """Its ends that are contributors of stains, and not typed people."""
        return tuple(end for end in self.ends if end.contributor is not None)

    @property
    def cases(self) -> tuple[str, ...]:
        """Cases of its traces, each once, in their order."""
        return tuple(dict.fromkeys(member.case for member in self.members if member.case))

    def explained(self, kind: ExplanationKind) -> Explanation:
        """The first explanation of a kind; every series has all kinds but contamination."""
        return next(one for one in self.explanations if one.kind is kind)

    @property
    def weakest_member(self) -> Membership:
        """The trace that the others support least."""
        return min(self.members, key=lambda member: (member.adds, str(member.end)))

    @property
    def joints(self) -> tuple[Membership, ...]:
        """Traces without which the series falls apart."""
        return tuple(member for member in self.members if member.is_joint)


TYPED = "typed"
"""In the place of a contributor, of somebody typed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundSeries(Record):
    """A series as a search found it: the stored form of `Series`, without its terms. Its name
    follows from its traces. Solved cases that it speaks on are findings, which name the people.

    profiles       ids of its traces and of typed people in it
    contributors   which contributor each is, in the order of profiles: '2 of 3'; 'typed' people
    weight_log10   one donor against one for each trace
    holds_by_log10  one donor against the best two: what a reader may rely on
    over_brothers_log10  one donor against the best two brothers
    expected_chance  series as strong that chance would give in this search, at most
    joints         profiles without which it falls apart
    batches        batches of the laboratory that several of its traces were worked on in
    run            id of the search's run
    terms          id of the file with its terms
    ended          id of the run that found it no more; '' while it stands
    """

    KIND: ClassVar[str] = "found_series"

    profiles: tuple[str, ...]
    contributors: tuple[str, ...] = ()
    weight_log10: float
    holds_by_log10: float
    over_brothers_log10: float | None = None
    expected_chance: float | None = None
    joints: tuple[str, ...] = ()
    batches: tuple[str, ...] = ()
    run: str = ""
    terms: str | None = None
    ended: str = ""

    @classmethod
    def of(cls, series: Series, run: str = "", terms: str | None = None) -> FoundSeries:
        """What a unit keeps of a series."""
        brothers = series.explained(ExplanationKind.TWO_BROTHERS)
        chance = series.explained(ExplanationKind.CHANCE)
        return cls(
            id=series_id(series.ends),
            profiles=tuple(end.profile for end in series.ends),
            contributors=tuple(_place(end) for end in series.ends),
            weight_log10=series.log10,
            holds_by_log10=series.weakest.log10,
            over_brothers_log10=None if brothers.log10 is None else -brothers.log10,
            expected_chance=chance.expected,
            joints=tuple(joint.end.profile for joint in series.joints),
            batches=tuple(one.batch for one in series.explanations if one.batch),
            run=run,
            terms=terms,
        )

    @property
    def ends(self) -> frozenset[tuple[str, str]]:
        """Its traces, each with which contributor it is."""
        return frozenset(zip(self.profiles, self.contributors, strict=True))


def series_id(ends: Sequence[End]) -> str:
    """The name of a series: the same traces and contributors have the same name."""
    named = "\n".join(sorted(f"{end.profile}\t{_place(end)}" for end in ends))
    return f"series-{sha256(named.encode()).hexdigest()[:12]}"


def _place(end: End) -> str:
    return f"{end.contributor} of {end.of}" if end.contributor else TYPED
