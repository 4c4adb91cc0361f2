"""One marker of a stain, prepared for weighing: modelled alleles, frequencies, sizes, typed counts.

From records to plain values; `encode` turns these into arrays.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from reopen.errors import CannotWeigh
from reopen.records import (
    Allele,
    Kit,
    Locus,
    Population,
    Stain,
    allele_order,
    repeat_number,
)
from reopen.weigh.chains import Chains, chains, one_repeat_from
from reopen.weigh.model import PeakModel, setting_at
from reopen.weigh.sizes import size_bp
from reopen.weigh.stutter import STUTTER_KINDS, Stutter, StutterKind, stutter_product

_NO_REST = 1e-12


@dataclass(frozen=True, slots=True)
class PreparedMarker:
    """What the likelihood of one marker depends on besides parameters and contributors.

    alleles      the modelled ones, sorted: observed at or above the threshold in any replicate, and
                 those that a stutter filter may have removed
    frequencies  of these, then (if has_rest) of all other alleles together
    heights      replicate -> observed allele -> height, RFU; only those at or above the threshold
    limits       replicate -> height below which no peak is reported at the locus
    filtered     replicate -> allele not seen -> height below which the stutter filter removes it
    scaled_length  position -> (size - 125) / 100 of the peak there, 0 without degradation
    rates        position -> kind of stutter -> how much more than the kit's mean the allele there
                 loses to it; 0 where it does not stutter so
    alike        probability that two unseen alleles of one person are the same; 1 where all unseen
                 alleles count as one
    relates_last_two   a relation to a person not typed here is one between the last two unknown
                 contributors (`Conventions.untyped_relative`)
    """

    locus: Locus
    alleles: tuple[Allele, ...]
    frequencies: tuple[float, ...]
    has_rest: bool
    heights: tuple[Mapping[Allele, float], ...]
    limits: tuple[float, ...]
    filtered: tuple[Mapping[Allele, float], ...]
    chains: Chains
    scaled_length: tuple[float, ...]
    stutters: bool
    rates: tuple[tuple[float, ...], ...]
    alike: float
    threshold_rfu: float
    dropin_probability: float
    dropin_rate: float
    efficiency: float
    theta: float
    relates_last_two: bool

    @property
    def n_positions(self) -> int:
        return len(self.chains.labels)

    def position_of(self, label: Allele) -> int:
        """Where a reference's allele stands: its own position, or the rest if it was not seen."""
        if label in self.alleles:
            return self.chains.labels.index(label)
        if not self.has_rest:
            raise CannotWeigh(
                f"Allele {label} at {self.locus} is neither seen in the stain nor left over in "
                "the population's table, whose alleles were all seen.",
                rule="A person's allele has a frequency above zero.",
                way_on="Use a population whose table lists this allele.",
            )
        return len(self.chains.labels) - 1


def prepare_marker(
    stain: Stain,
    locus: Locus,
    population: Population,
    kit: Kit | None,
    model: PeakModel,
    also: Collection[Allele] = (),
) -> PreparedMarker:
    """Prepare one locus of a stain. Raises CannotWeigh where it cannot be weighed.

    also  alleles to tell apart though this stain does not show them
    """
    threshold = setting_at(model.threshold_rfu, locus, "threshold")
    heights = tuple(_heights(stain, locus, threshold))
    observed = {a for replicate in heights for a in replicate}
    cutoff = setting_at(model.filters.locus_cutoff, locus, "locus cutoff")
    limits = tuple(max(threshold, cutoff * max(seen.values(), default=0.0)) for seen in heights)
    filtered = tuple(
        _filtered(seen, locus, population, model, limit)
        for seen, limit in zip(heights, limits, strict=True)
    )
    modelled = tuple(sorted(observed.union(*filtered, also), key=allele_order))
    apart = model.conventions.unseen_alleles == "apart"
    frequencies, has_rest = frequencies_with_rest(modelled, locus, population)
    numeric = all(repeat_number(a) is not None and ":" not in a for a in modelled)
    shares = _rates(modelled, locus, model.stutter) if numeric else {}
    layout = chains(modelled, rest=has_rest, products=_products(shares))
    return PreparedMarker(
        locus=locus,
        alleles=modelled,
        frequencies=frequencies,
        has_rest=has_rest,
        heights=heights,
        limits=limits,
        filtered=filtered,
        chains=layout,
        scaled_length=_scaled_lengths(layout, locus, population, kit, model),
        stutters=bool(shares),
        rates=tuple(_rates_at(label, shares) for label in layout.labels),
        alike=_alike(modelled, frequencies[-1], locus, population) if apart and has_rest else 1.0,
        threshold_rfu=threshold,
        dropin_probability=setting_at(model.dropin.probability, locus, "drop-in probability"),
        dropin_rate=setting_at(model.dropin.rate, locus, "drop-in rate"),
        efficiency=setting_at(model.locus_efficiency, locus, "locus efficiency"),
        theta=population.theta_at(locus),
        relates_last_two=model.conventions.untyped_relative == "last two",
    )


_Shares = Mapping[StutterKind, Mapping[Allele, float]]


def _rates(alleles: tuple[Allele, ...], locus: Locus, stutter: Stutter) -> _Shares:
    """Kind -> allele that has a place to stutter to -> relative rate, where it is above zero."""
    return {
        kind: {
            label: rate
            for label in alleles
            if stutter_product(label, kind) is not None
            and (rate := stutter.relative(kind, locus, label)) > 0
        }
        for kind in stutter.kinds
    }


def _products(shares: _Shares) -> list[dict[Allele, Allele]]:
    """For each kind, parents and where their stutter stands."""
    return [
        {
            label: product
            for label in shares.get(kind, {})
            if (product := stutter_product(label, kind)) is not None
        }
        for kind in STUTTER_KINDS
    ]


def _rates_at(label: Allele | None, shares: _Shares) -> tuple[float, ...]:
    if label is None:
        return (0.0,) * len(STUTTER_KINDS)
    return tuple(shares.get(kind, {}).get(label, 0.0) for kind in STUTTER_KINDS)


def _alike(
    modelled: tuple[Allele, ...], rest: float, locus: Locus, population: Population
) -> float:
    """Probability that two alleles drawn for one person, both not modelled, are the same one."""
    table = population.frequencies.by_locus.get(locus, {})
    unseen = [f for label, f in table.items() if label not in modelled and f > 0]
    theta = population.theta_at(locus)
    if len(unseen) < 2:
        return 1.0
    scale = rest / sum(unseen)
    same = sum(f * scale * (theta + (1 - theta) * f * scale) for f in unseen)
    return same / (rest * (theta + (1 - theta) * rest))


def _heights(stain: Stain, locus: Locus, threshold: float) -> list[dict[Allele, float]]:
    """Heights at or above the threshold, of the replicates that typed the locus."""
    found = []
    for replicate in stain.replicates:
        if locus not in replicate.peaks:
            continue
        seen = {}
        for peak in replicate.peaks[locus]:
            if peak.height_rfu is None:
                raise CannotWeigh(
                    f"Peak {peak.allele} at {locus} of stain {stain.id!r} has no height.",
                    rule="The peak-height model weighs heights.",
                    way_on="Import the instrument's table with heights, or weigh which alleles "
                    "were seen (`reopen weigh --model qualitative`).",
                )
            if peak.height_rfu >= threshold:
                seen[peak.allele] = peak.height_rfu
        found.append(seen)
    return found


def _filtered(
    seen: Mapping[Allele, float],
    locus: Locus,
    population: Population,
    model: PeakModel,
    reported_above: float,
) -> dict[Allele, float]:
    """Alleles that a stutter filter may have removed from a replicate, and up to which height.

    Only alleles that the population lists: others are too rare to tell apart from the rest.
    """
    shares = {
        -1: setting_at(model.filters.back, locus, "back filter"),
        +1: setting_at(model.filters.forward, locus, "forward filter"),
    }
    removed: dict[Allele, float] = {}
    top = max(seen.values(), default=0.0)
    for parent, height in seen.items():
        if model.filters.of_highest and height < top:
            continue
        for step, share in shares.items():
            child = one_repeat_from(parent, step)
            limit = share * height
            if limit <= reported_above or child is None or child in seen:
                continue
            if population.frequencies.by_locus.get(locus, {}).get(child, 0.0) > 0:
                removed[child] = max(limit, removed.get(child, 0.0))
    return removed


def frequencies_with_rest(
    observed: tuple[Allele, ...], locus: Locus, population: Population
) -> tuple[tuple[float, ...], bool]:
    """Frequencies of observed alleles, then of all others together (mixture model, section 2)."""
    table = population.frequencies.by_locus.get(locus)
    if table is None:
        raise CannotWeigh(
            f"Population {population.name} has no frequencies at {locus}.",
            rule="A locus is weighed with allele frequencies of the population.",
            way_on="Choose a population that lists it, or weigh without this locus.",
        )
    known = dict(table)
    for label in observed:
        if known.get(label, 0.0) <= 0:
            known[label] = population.floor
    total = sum(known.values()) if population.rescale and observed else 1.0
    frequencies = tuple(known[label] / total for label in observed)
    rest = 1.0 - sum(frequencies)
    if rest < _NO_REST:
        return frequencies, False
    return (*frequencies, rest), True


def _scaled_lengths(
    layout: Chains, locus: Locus, population: Population, kit: Kit | None, model: PeakModel
) -> tuple[float, ...]:
    """(size - 125) / 100 at each position (mixture model, section 3)."""
    if not model.degradation:
        return (0.0,) * len(layout.labels)
    if kit is None:
        raise CannotWeigh(
            "Degradation is modelled, and no kit is named.",
            rule="Degradation depends on fragment lengths, which the kit's table gives.",
            way_on="Name the kit (see `reopen kits`), or switch degradation off.",
        )
    marker = kit.marker(locus)
    if marker is None:
        raise CannotWeigh(
            f"Kit {kit.name} has no marker for {locus}.",
            rule="Degradation depends on fragment lengths, which the kit's table gives.",
            way_on="Name the kit that typed this stain (see `reopen kits`).",
        )
    if not marker.sizes_bp:
        raise CannotWeigh(
            f"Kit {kit.name} lists no fragment length at {locus}.",
            rule="Degradation depends on fragment lengths, which the kit's table gives.",
            way_on="Use a kit table with sizes, or switch degradation off.",
        )
    sizes = [size_bp(label, marker) if label is not None else None for label in layout.labels]
    if None in sizes:
        if model.conventions.rest_size == "largest":
            rest = marker.range_bp[1]
        else:
            table = population.frequencies.by_locus[locus]
            places = zip(layout.labels, layout.is_allele, strict=True)
            modelled = {label for label, is_allele in places if is_allele}
            unseen = {a: f for a, f in table.items() if a not in modelled}
            weight = sum(unseen.values())
            rest = (
                sum(f * size_bp(a, marker) for a, f in unseen.items()) / weight
                if weight > 0
                else marker.range_bp[1]
            )
        sizes[-1] = rest
    return tuple((size - 125.0) / 100.0 for size in sizes if size is not None)
