"""A link between two profiles, with its reasons."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from reopen.records._frozen import Frozen
from reopen.records.genetics import Locus


class LinkKind(StrEnum):
    """Which sorts of profile a link joins."""

    STAIN_REFERENCE = "stain with reference"
    STAIN_STAIN = "stain with stain"
    REFERENCE_REFERENCE = "reference with reference"
    STAIN_STAFF = "stain with staff"
    REMAINS_FAMILY = "remains with family"
    REFERENCE_FAMILY = "reference with family"
    STAIN_FAMILY = "stain with family"
    FAMILY_FAMILY = "family with family"
    REMAINS_REFERENCE = "remains with reference"
    REMAINS_REMAINS = "remains with remains"
    STAIN_REMAINS = "stain with remains"
    STAIN_RELATIVE = "stain with a relative of its donor"
    REMAINS_RELATIVE = "remains with a relative"
    REFERENCE_RELATIVE = "reference with a relative"


@dataclass(frozen=True, slots=True)
class End:
    """One end of a link: a reference or remains, a contributor (counted from 1) of a stain, or the
    missing member of a family, whose id is then the profile."""

    profile: str
    contributor: int | None = None
    of: int | None = None
    proportion: float | None = None
    member: str = ""

    def __str__(self) -> str:
        if self.member:
            return f"{self.profile}: {self.member}"
        if self.contributor is None:
            return self.profile
        share = "" if self.proportion is None else f", {self.proportion:.0%}"
        return f"{self.profile} [{self.contributor} of {self.of}{share}]"


@dataclass(frozen=True, slots=True)
class ByChance:
    """How many links at least so strong chance alone would give among all comparisons of a search,
    if nobody were linked.

    expected   the best value known
    low, high  what it lies between: bounds where it is exact, a 99% interval where people were
               drawn, 0 and the bound where only a bound is known
    exact, sampled, bounded  comparisons whose probability was worked out in each of these ways
    """

    expected: float
    low: float
    high: float
    exact: int = 0
    sampled: int = 0
    bounded: int = 0


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Links that reach the least weight of a search and are not listed, since more unrelated people
    than allowed are expected to reach theirs.

    n            how many
    least_log10, highest_log10  log10 LR that all of them reach, and that of the strongest
    most_chance  chance links allowed in the whole search
    """

    kind: LinkKind
    relation: str
    n: int
    least_log10: float
    highest_log10: float
    most_chance: float


@dataclass(frozen=True, slots=True)
class Link:
    """Two ends that the evidence joins.

    relation         the relation tested ("same person"), against unrelated people
    log10            log10 LR, averaged over what the stains leave possible of their parameters; the
                     sum of per_locus and other_terms
    other_terms      terms that belong to no locus, by name: which of several contributors it is,
                     the mean over parameters
    in_full          log10 LR at the best parameters of each proposition, where that was done, less
                     log10 of the number of contributors; None where it was not
    expected_chance  upper bound of the number of links at least this strong that chance alone
                     would give among all comparisons of this search; where people were drawn at
                     random, one that holds with 99.5%
    by_chance        the same with its best value, its interval and how it was worked out; None
                     where that was not done
    remarks          what a reader must know: one allele listed, few loci, half-siblings possible
    """

    kind: LinkKind
    one: End
    other: End
    relation: str
    log10: float
    per_locus: Mapping[Locus, float]
    expected_chance: float
    remarks: tuple[str, ...] = ()
    other_terms: Mapping[str, float] = field(default_factory=dict)
    in_full: float | None = None
    by_chance: ByChance | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "per_locus", Frozen(self.per_locus))
        object.__setattr__(self, "other_terms", Frozen(self.other_terms))

    @property
    def terms(self) -> Mapping[str, float]:
        """Every term of log10, loci first."""
        terms: dict[str, float] = dict(self.per_locus.items())
        return Frozen({**terms, **self.other_terms})

    @property
    def weight(self) -> float:
        """The lower of the two numbers: what a reader may rely on."""
        return self.log10 if self.in_full is None else min(self.log10, self.in_full)

    @property
    def loci(self) -> int:
        return len(self.per_locus)
