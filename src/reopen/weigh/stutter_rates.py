"""Stutter rates by locus and allele length from single-source runs, with their errors.

For each locus a line by maximum likelihood, peaks not seen censored; then the lines of one kind are
drawn towards the kit's common line as far as their errors say (docs/methods.md, section 14).
Not for: which pairs of peaks are used (`stutter_pairs`), the shares of one stain (`fit`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from scipy.special import ndtri

from reopen.records import Allele, Locus
from reopen.weigh.stutter import StutterKind, StutterRates
from reopen.weigh.stutter_lines import (
    CommonLine,
    Line,
    common_line,
    fit_concentration,
    fit_level,
    fit_line,
)
from reopen.weigh.stutter_pairs import PairTable, StutterPair

LEAST_PARENTS, LEAST_SEEN, LEAST_DONORS = 30, 10, 3  # of a locus, for a line of its own
LEAST_OWN = 10  # stutter peaks seen of an allele, to look whether it leaves the line
OWN_LEVEL = 0.01  # chance that any allele of a kind is said to leave its line and does not
LEAST_LOCI = 4  # for a common line
_LEAST_END = 0.1  # of a line's middle: a share never falls lower at its ends


@dataclass(frozen=True, slots=True)
class AlleleRate:
    """The share of one allele's stutter, apart from its locus's line.

    on_line  what the line says
    is_used  it leaves the line, and stands in `by_allele`
    """

    allele: Allele
    share: float
    error: float
    on_line: float
    seen: int
    donors: int
    is_used: bool


@dataclass(frozen=True, slots=True)
class LocusRates:
    """What was learnt of one kind of stutter at one locus.

    parents, seen  parent peaks looked at, and how many had a stutter peak
    lengths        shortest and longest of them
    level, slope   of the line: the share in the middle of the lengths, and its change by length;
                   standard errors beside them
    reason         why there are no rates, or ""
    """

    kind: StutterKind
    locus: Locus
    parents: int
    seen: int
    donors: int
    lengths: tuple[float, float] = (0.0, 0.0)
    level: float = 0.0
    level_error: float = 0.0
    slope: float = 0.0
    slope_error: float = 0.0
    alleles: tuple[AlleleRate, ...] = ()
    reason: str = ""

    @property
    def rates(self) -> StutterRates | None:
        """As the model takes them; None where the data do not carry any."""
        if self.reason:
            return None
        own = {a.allele: a.share for a in self.alleles if a.is_used}
        middle = sum(self.lengths) / 2
        return StutterRates(self.level - self.slope * middle, self.slope, self.lengths, own)


@dataclass(frozen=True, slots=True)
class KindRates:
    """One kind of stutter at all loci.

    common         mean level (in the middle of a locus's lengths) and mean slope of the kit's loci;
                   None with too few
    spread         standard deviations of the loci's levels and slopes around them
    concentration  1 where shares vary as the runs' allele peaks do, less where they vary more
    """

    kind: StutterKind
    loci: tuple[LocusRates, ...]
    common: tuple[float, float] | None = None
    spread: tuple[float, float] | None = None
    concentration: float = 1.0

    @property
    def rates(self) -> Mapping[Locus, StutterRates]:
        """Of the loci that have any."""
        return {row.locus: row.rates for row in self.loci if row.rates is not None}


def learn_rates(pairs: Sequence[StutterPair], kind: StutterKind) -> KindRates:
    """Rates of one kind at every locus that the pairs hold, as ratios of stutter to its parent.

    `as_shares` makes shares of the parent before its loss of them.
    """
    groups: dict[Locus, list[StutterPair]] = {}
    for pair in pairs:
        if pair.kind == kind:
            groups.setdefault(pair.locus, []).append(pair)
    rows = [_counted(kind, locus, its) for locus, its in groups.items()]
    enough = {row.locus: groups[row.locus] for row in rows if not row.reason}
    if not enough:
        return KindRates(kind, tuple(rows))
    tables = {locus: PairTable.of(its) for locus, its in enough.items()}
    concentration = 1.0
    for _ in range(2):
        lines = {locus: fit_line(table, concentration) for locus, table in tables.items()}
        concentration = fit_concentration([(tables[locus], lines[locus]) for locus in lines])
    own = _leaving(enough, lines, concentration)
    for locus, its in enough.items():
        left = {rate.allele for rate in own[locus] if rate.is_used}
        kept = [pair for pair in its if pair.parent not in left]
        lines[locus] = fit_line(PairTable.of(kept if sum(p.is_seen for p in kept) else its),
                                concentration)  # fmt: skip
    common = common_line(list(lines.values())) if len(lines) >= LEAST_LOCI else None
    told = [
        row if row.reason else _row(row, lines[row.locus], common, own[row.locus]) for row in rows
    ]
    if common is None:
        return KindRates(kind, tuple(told), concentration=concentration)
    mean = (float(common.estimate[0]), float(common.estimate[1]))
    spread = (float(common.spread[0]), float(common.spread[1]))
    return KindRates(kind, tuple(told), mean, spread, concentration)


def as_shares(learnt: Mapping[StutterKind, KindRates]) -> dict[StutterKind, KindRates]:
    """Ratios to the peak that is left as shares of the peak before its stutter: divided by 1 plus
    the ratios of all kinds at the locus."""
    lost: dict[Locus, float] = {}
    for rates in learnt.values():
        for row in rates.loci:
            lost[row.locus] = lost.get(row.locus, 0.0) + row.level
    mean = sum(lost.values()) / max(sum(total > 0 for total in lost.values()), 1)
    shares = {}
    for kind, rates in learnt.items():
        loci = tuple(_divided(row, 1 + lost[row.locus]) for row in rates.loci)
        common, spread = (
            None if pair is None else (pair[0] / (1 + mean), pair[1] / (1 + mean))
            for pair in (rates.common, rates.spread)
        )
        shares[kind] = replace(rates, loci=loci, common=common, spread=spread)
    return shares


def _divided(row: LocusRates, by: float) -> LocusRates:
    alleles = tuple(
        replace(a, share=a.share / by, error=a.error / by, on_line=a.on_line / by)
        for a in row.alleles
    )
    numbers = ("level", "level_error", "slope", "slope_error")
    return replace(row, alleles=alleles, **{n: getattr(row, n) / by for n in numbers})


def _counted(kind: StutterKind, locus: Locus, pairs: Sequence[StutterPair]) -> LocusRates:
    """A row that says how much there is, and whether it is too little."""
    parents, seen, donors = len(pairs), sum(p.is_seen for p in pairs), len({p.donor for p in pairs})
    reason = ""
    for count, least, what in (
        (parents, LEAST_PARENTS, "parent peaks"),
        (seen, LEAST_SEEN, "stutter peaks seen"),
        (donors, LEAST_DONORS, "donors"),
    ):
        if count < least and not reason:
            reason = f"fewer than {least} {what}"
    lengths = [p.length for p in pairs]
    return LocusRates(
        kind, locus, parents, seen, donors, (min(lengths), max(lengths)), reason=reason
    )


def _leaving(
    groups: Mapping[Locus, Sequence[StutterPair]], lines: Mapping[Locus, Line], concentration: float
) -> dict[Locus, tuple[AlleleRate, ...]]:
    """Each locus's alleles with a share of their own, and whether it leaves the line.

    It does where the two differ by more standard errors than chance gives to any of the alleles
    looked at (Bonferroni).
    """
    looked_at: dict[Locus, list[AlleleRate]] = {locus: [] for locus in groups}
    for locus, pairs in groups.items():
        line = lines[locus]
        for label in dict.fromkeys(pair.parent for pair in pairs):
            its = [pair for pair in pairs if pair.parent == label]
            seen, donors = sum(p.is_seen for p in its), len({p.donor for p in its})
            if seen < LEAST_OWN or donors < LEAST_DONORS:
                continue
            level, variance = fit_level(PairTable.of(its), concentration)
            table = PairTable.of(its[:1])
            on_line = float(line.at(table.length)[0])
            looked_at[locus].append(
                AlleleRate(label, level, variance**0.5, on_line, seen, donors, False)
            )
    tested = sum(map(len, looked_at.values()))
    least = float(-ndtri(OWN_LEVEL / 2 / max(tested, 1)))
    return {
        locus: tuple(
            replace(rate, is_used=_differs(rate, lines[locus], groups[locus], least))
            for rate in found
        )
        for locus, found in looked_at.items()
    }


def _differs(rate: AlleleRate, line: Line, pairs: Sequence[StutterPair], least: float) -> bool:
    length = next(pair.length for pair in pairs if pair.parent == rate.allele)
    error = (rate.error**2 + line.error_at(length) ** 2) ** 0.5
    return bool(abs(rate.share - rate.on_line) > least * error)


def _row(
    row: LocusRates, line: Line, common: CommonLine | None, own: tuple[AlleleRate, ...]
) -> LocusRates:
    """A locus's line, drawn to the common one, and flattened where it would reach zero."""
    drawn = common.drawn(line) if common is not None else line
    low, high = drawn.lengths
    level, slope = map(float, drawn.estimate)
    half = (high - low) / 2
    if half > 0:
        steepest = (1 - _LEAST_END) * level / half
        slope = min(max(slope, -steepest), steepest)
    errors = [float(drawn.covariance[i, i]) ** 0.5 for i in (0, 1)]
    return replace(
        row,
        lengths=drawn.lengths,
        level=level,
        level_error=errors[0],
        slope=slope,
        slope_error=errors[1],
        alleles=own,
    )
