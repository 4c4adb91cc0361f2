"""Stutter: which kinds are modelled, and how much of it each locus and allele makes.

Not for: the share of one stain (`fit`), learning rates from single-source runs (`stutter_rates`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import isfinite
from typing import Literal, get_args

from reopen.errors import InvalidRecord
from reopen.records import Allele, Frozen, Locus, repeat_number
from reopen.weigh.chains import one_repeat_from

StutterKind = Literal["back", "forward", "double_back", "two_base"]
STUTTER_KINDS: tuple[StutterKind, ...] = get_args(StutterKind)

_STEPS: Mapping[StutterKind, int] = {"back": -1, "forward": +1, "double_back": -2}
_BASES = 4  # of a repeat: labels count bases in quarters of one, x.1 to x.3
_ONLY_WHERE_LEARNT = ("double_back", "two_base")


def stutter_product(label: Allele, kind: StutterKind) -> Allele | None:
    """The allele that an allele stutters to; None where its name does not tell.

    Two bases below: 14 -> 13.2, 13.2 -> 13, for loci of four-base repeats; an LUS name does not
    tell what is lost.
    """
    if kind != "two_base":
        return one_repeat_from(label, _STEPS[kind])
    if repeat_number(label) is None or not label.replace(".", "").isdigit():
        return None
    whole, _, part = label.partition(".")
    repeats, bases = divmod(int(whole) * _BASES + int(part or 0) - 2, _BASES)
    return Allele(f"{repeats}.{bases}" if bases else str(repeats)) if repeats > 0 else None


def stutter_length(label: Allele) -> float | None:
    """What stutter grows with: an allele's repeats (9.3 is 9 and three quarters), or the longest
    uninterrupted stretch, which an LUS name tells in its second field ("10_8": 8). None for text.
    """
    if repeat_number(label) is None or ":" in label:
        return None
    fields = label.split("_")
    whole, _, part = fields[min(1, len(fields) - 1)].partition(".")
    return int(whole) + int(part or 0) / _BASES


@dataclass(frozen=True, slots=True)
class StutterRates:
    """Expected share of the parent peak at one locus: a line in the parent's stutter length.

    intercept, slope  of the line intercept + slope * length
    lengths    shortest and longest parent it was learnt from; beyond them its ends hold
    by_allele  shares of single parent alleles, in place of the line
    """

    intercept: float
    slope: float
    lengths: tuple[float, float]
    by_allele: Mapping[Allele, float] = Frozen()

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_allele", Frozen(self.by_allele))
        low, high = self.lengths
        shares = {f"at length {length:g}": self.on_line(length) for length in (low, high)}
        shares |= {f"of allele {label}": share for label, share in self.by_allele.items()}
        for whose, share in shares.items():
            if not (isfinite(share) and 0 < share < 1):
                raise InvalidRecord(
                    f"A stutter rate of {share:g} {whose}.",
                    rule="A stutter rate is a share of the parent peak, above 0 and below 1.",
                    way_on="Correct the rates, or the lengths for which they hold.",
                )
        if not low <= high:
            raise InvalidRecord(
                f"Stutter rates for lengths from {low:g} to {high:g}.",
                rule="The shortest length comes first.",
                way_on="Exchange the two.",
            )

    def on_line(self, length: float) -> float:
        """The line's share at a stutter length, not extrapolated."""
        low, high = self.lengths
        return self.intercept + self.slope * min(max(length, low), high)

    def at(self, label: Allele) -> float:
        """Expected share of a parent allele's peak; the middle of the line for a text name."""
        length = stutter_length(label)
        own = self.by_allele.get(label)
        if own is not None:
            return own
        return self.mean if length is None else self.on_line(length)

    @property
    def mean(self) -> float:
        """Mean of the line over its lengths."""
        return self.intercept + self.slope * (self.lengths[0] + self.lengths[1]) / 2

    @property
    def highest(self) -> float:
        return max(*map(self.on_line, self.lengths), *self.by_allele.values())


Rates = Mapping[StutterKind, Mapping[Locus, StutterRates]]


@dataclass(frozen=True, slots=True)
class Stutter:
    """Which kinds of stutter are modelled, and how their shares differ between alleles.

    back         one repeat below the parent
    forward      one repeat above
    double_back  two repeats below
    two_base     two bases below, half a repeat of four
    rates        kind -> locus -> expected shares learnt from single-source runs; without any for a
                 kind, the fitted share is the same for all loci and alleles
    """

    back: bool = True
    forward: bool = False
    double_back: bool = False
    two_base: bool = False
    rates: Rates = field(default_factory=Frozen)
    _means: Mapping[StutterKind, float] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        for kind in STUTTER_KINDS:
            if getattr(self, kind) and not self.back:
                raise InvalidRecord(
                    f"{kind.replace('_', ' ').capitalize()} stutter without backward stutter.",
                    rule="Other stutter is modelled beside backward stutter, never alone.",
                    way_on="Switch backward stutter on as well.",
                )
        unknown = [kind for kind in self.rates if kind not in STUTTER_KINDS]
        if unknown:
            raise InvalidRecord(
                f"Rates of stutter of the kind {unknown[0]!r}.",
                rule=f"Kinds of stutter are: {', '.join(STUTTER_KINDS)}.",
                way_on="Name one of them.",
            )
        rates = Frozen((kind, Frozen(by_locus)) for kind, by_locus in self.rates.items())
        means = Frozen(
            (kind, sum(r.mean for r in by_locus.values()) / len(by_locus))
            for kind, by_locus in rates.items()
            if by_locus
        )
        object.__setattr__(self, "rates", rates)
        object.__setattr__(self, "_means", means)

    @property
    def kinds(self) -> tuple[StutterKind, ...]:
        """The kinds that are modelled."""
        return tuple(kind for kind in STUTTER_KINDS if getattr(self, kind))

    def relative(self, kind: StutterKind, locus: Locus, label: Allele) -> float:
        """How much more an allele stutters than the kit's mean; multiplies the stain's share.

        The rate over the mean of all learnt rates of the kind (over loci, the mean of each
        locus's line over its lengths). 1 where none are learnt for the kind. Of a locus without
        learnt rates 1 for back and forward, which all loci have, and 0 for the other two.
        """
        mean = self._means.get(kind)
        if mean is None:
            return 1.0
        rates = self.rates[kind].get(locus)
        if rates is None:
            return 0.0 if kind in _ONLY_WHERE_LEARNT else 1.0
        return rates.at(label) / mean

    def max_relative(self, kind: StutterKind) -> float:
        """The largest that `relative` can be: bounds the shares that can be fitted."""
        mean = self._means.get(kind)
        if mean is None:
            return 1.0
        highest = max(rates.highest for rates in self.rates[kind].values()) / mean
        return highest if kind in _ONLY_WHERE_LEARNT else max(1.0, highest)
