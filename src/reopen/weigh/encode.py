"""The one door from records to the arrays of `kernels.mixtures`, and back.

Nothing is computed here that depends on a parameter; see `mixture` for that.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from math import log
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reopen.errors import CannotWeigh
from reopen.kernels.shapes import Floats, Ints, Layout, Sums
from reopen.records import Allele, Frozen, Kit, Locus, NotWeighed, Population, Proposition, Stain
from reopen.weigh.chains import Moves, moves
from reopen.weigh.components import Component, components, typed_counts, unseen_peaks
from reopen.weigh.markers import PreparedMarker, prepare_marker
from reopen.weigh.model import PeakModel
from reopen.weigh.move_arrays import move_arrays

MAX_UNKNOWNS = 6


@dataclass(frozen=True, slots=True)
class EncodedMixture:
    """A stain under one proposition, as arrays. Axes as in `kernels.shapes`.

    markers       the loci weighed, in order
    not_weighed   loci left out, with the reason
    marker_of     (sum,) index of each sum's marker
    ln_constant   (sum,) ln of its component's weight and of its drawers' orders
    layout        what turns parameters into shapes
    """

    stain: Stain
    proposition: Proposition
    markers: tuple[PreparedMarker, ...]
    not_weighed: tuple[NotWeighed, ...]
    sums: Sums
    marker_of: Ints
    ln_constant: Floats
    layout: Layout

    @property
    def loci(self) -> tuple[Locus, ...]:
        return tuple(marker.locus for marker in self.markers)


def encode(
    stain: Stain,
    proposition: Proposition,
    population: Population,
    kit: Kit | None,
    model: PeakModel,
    also: Mapping[Locus, Collection[Allele]] = Frozen(),
) -> EncodedMixture:
    """Encode a stain under a proposition.

    also  locus -> alleles to tell apart though this stain does not show them

    Raises CannotWeigh if no locus can be weighed, no peak reaches the threshold, or there are more
    unknown contributors than can be summed over.
    """
    if proposition.unknowns > MAX_UNKNOWNS:
        raise CannotWeigh(
            f"{proposition.unknowns} unknown contributors in stain {stain.id!r}.",
            rule=f"At most {MAX_UNKNOWNS} unknown contributors can be summed over.",
            way_on="Condition on people known to have contributed, or ask for fewer.",
        )
    builder = _Builder(len(proposition.contributors))
    markers: list[PreparedMarker] = []
    refused: list[NotWeighed] = []
    seen: list[str] = []
    for locus in stain.loci:
        try:
            marker = prepare_marker(stain, locus, population, kit, model, also.get(locus, ()))
            parts = components(marker, proposition)
            counts = typed_counts(marker, proposition)
            _check_unknowns(marker, parts)
        except CannotWeigh as error:
            told = " ".join(part for part in (error.seen, error.rule, error.way_on) if part)
            refused.append(NotWeighed(f"{stain.id} {locus}", told, error.where or stain.where))
            seen.append(error.seen)
            continue
        for part in parts:
            unseen = unseen_peaks(marker, part, proposition) if marker.alike < 1 else []
            builder.add(len(markers), marker, part, counts, model, unseen)
        markers.append(marker)
    if not markers:
        raise CannotWeigh(
            f"No locus of stain {stain.id!r} can be weighed. " + " ".join(dict.fromkeys(seen)),
            rule="At least one locus is typed, in the population, and in the kit.",
            way_on="Check the kit, the population, and that heights were imported.",
            where=stain.where,
        )
    if not any(marker.alleles for marker in markers):
        raise CannotWeigh(
            f"Stain {stain.id!r} has no peak at or above the threshold.",
            rule="A stain without a peak says nothing about who left it.",
            way_on="Check the threshold, or list the stain as blank.",
            where=stain.where,
        )
    return builder.build(stain, proposition, tuple(markers), tuple(refused))


def _check_unknowns(marker: PreparedMarker, parts: list[Component]) -> None:
    """Refuse a marker at which too many are unknown, counting known people not typed there."""
    copies = max(sum(drawer.copies for drawer in part.drawers) for part in parts)
    if copies > 2 * MAX_UNKNOWNS:
        raise CannotWeigh(
            f"{copies // 2} contributors are unknown at {marker.locus}, where some of the known "
            "ones were not typed.",
            rule=f"At most {MAX_UNKNOWNS} unknown contributors can be summed over.",
            way_on=f"Type the known contributors at {marker.locus}, or weigh without it.",
        )


class _Builder:
    """Collects flat arrays, sum by sum."""

    def __init__(self, n_contributors: int):
        self.n_contributors = n_contributors
        self.position: dict[str, list[float]] = {
            name: []
            for name in (
                "n_seen", "sum_ln_height", "sum_height", "seen_mask", "ln_dropin",
                "known_reach", "scaled_length", "efficiency", "alike",
            )
        }  # fmt: skip
        self.first_position, self.first_subset, self.first_lost = [0], [0], [0]
        self.lost_threshold: list[int] = []
        self.lost_count: list[int] = []
        self.thresholds: dict[float, int] = {}
        self.subset_mask: list[int] = []
        self.subset_weight: list[float] = []
        self.drawers: list[Component] = []
        self.steps: list[tuple[tuple[Moves, ...], ...]] = []  # sum -> drawer -> position
        self.ln_urn: list[list[float]] = []
        self.fixed: list[list[float]] = []
        self.silent: list[list[float]] = []
        self.sources: list[list[int]] = []
        self.unseen: list[tuple[int, int, int]] = []  # position, contributor, copies
        self.rate: list[list[float]] = []
        self.marker_of: list[int] = []
        self.ln_constant: list[float] = []

    def add(
        self,
        index: int,
        marker: PreparedMarker,
        part: Component,
        counts: list[int],
        model: PeakModel,
        unseen: list[tuple[int, int]],
    ) -> None:
        start = self.first_position[-1]
        layout = marker.chains
        n = len(layout.labels)
        fixed = np.zeros((n, self.n_contributors))
        for place, position, copies in part.fixed:
            fixed[position, place] += copies
        self.unseen += [(start + n - 1, *peak) for peak in unseen]
        silent = np.zeros_like(fixed)
        if (
            not model.conventions.third_allele_stutters
            and model.stutter.forward
            and marker.stutters
        ):
            fixed, silent = _silence_third_alleles(marker, part, fixed)
        if unseen:
            fixed[-1] = silent[-1] = 0.0
        stuttering = fixed.sum(axis=1) > 0
        told = self._add_heights(marker)
        for p, row in enumerate(layout.sources):
            known = silent[p].any() or any(q >= 0 and stuttering[q] for q in row)
            self.position["known_reach"].append(float(known))
            self.position["scaled_length"].append(marker.scaled_length[p])
            self.position["efficiency"].append(marker.efficiency)
            self.position["alike"].append(marker.alike if layout.labels[p] is None else 1.0)
            self.sources.append([start + q if q >= 0 else -1 for q in row])
            self.rate.append([1.0, *marker.rates[p]])
        self.fixed += fixed.tolist()
        self.silent += silent.tolist()
        self._add_subsets(marker, told, start)
        self._add_draws(marker, part, counts)
        self.marker_of.append(index)
        self.first_position.append(start + n)

    def _add_heights(self, marker: PreparedMarker) -> list[int]:
        """Peak summaries of each position; returns bit masks of replicates with a peak there."""
        frequency = dict(zip(marker.alleles, marker.frequencies, strict=False))
        masks = []
        for label in marker.chains.labels:
            seen = {} if label is None else {
                r: heights[label] for r, heights in enumerate(marker.heights) if label in heights
            }  # fmt: skip
            mask = sum(1 << r for r in seen)
            ln_dropin = 0.0
            if label is not None and seen:
                if marker.dropin_probability > 0:
                    ln_dropin = sum(
                        log(marker.dropin_probability * frequency[label] * marker.dropin_rate)
                        - marker.dropin_rate * (height - marker.threshold_rfu)
                        for height in seen.values()
                    )
                else:
                    ln_dropin = -np.inf
            self.position["n_seen"].append(len(seen))
            self._add_lost(marker, label, mask)
            self.position["sum_ln_height"].append(sum(log(h) for h in seen.values()))
            self.position["sum_height"].append(sum(seen.values()))
            self.position["seen_mask"].append(mask)
            self.position["ln_dropin"].append(ln_dropin)
            masks.append(mask)
        return masks

    def _add_lost(self, marker: PreparedMarker, label: Allele | None, seen: int) -> None:
        """Replicates without a peak, grouped by the height above which it would be reported."""
        counts: dict[float, int] = {}
        for r, removed in enumerate(marker.filtered):
            if not seen >> r & 1:
                limit = marker.limits[r]
                if label is not None:
                    limit = removed.get(label, limit)
                counts[limit] = counts.get(limit, 0) + 1
        self.lost_threshold += [
            self.thresholds.setdefault(limit, len(self.thresholds)) for limit in counts
        ]
        self.lost_count += counts.values()
        self.first_lost.append(len(self.lost_count))

    def _add_subsets(self, marker: PreparedMarker, masks: list[int], start: int) -> None:
        """A replicate without drop-in counts (1 - pC): inclusion and exclusion over replicates."""
        reached = self.position["known_reach"][start:]
        pc = marker.dropin_probability
        can_drop_in = 0
        for mask, known in zip(masks, reached, strict=True):
            if not known:
                can_drop_in |= mask
        never = sum(not can_drop_in >> r & 1 for r in range(len(marker.heights)))
        subset = can_drop_in
        while True:
            weight = (1 - pc) ** never * (-pc) ** subset.bit_count()
            if weight != 0:
                self.subset_mask.append(subset)
                self.subset_weight.append(weight)
            if subset == 0:
                break
            subset = (subset - 1) & can_drop_in
        self.first_subset.append(len(self.subset_mask))

    def _add_draws(self, marker: PreparedMarker, part: Component, counts: list[int]) -> None:
        """Urn of the unknowns' alleles and the moves of each drawer."""
        layout, theta = marker.chains, marker.theta
        total = sum(drawer.copies for drawer in part.drawers)
        frequency = dict(zip((*marker.alleles, None), marker.frequencies, strict=False))
        for label, count in zip(layout.labels, counts, strict=True):
            row, ln = [0.0], 0.0
            for drawn in range(total):
                weight = theta * (count + drawn) + (1 - theta) * frequency.get(label, 0.0)
                ln = ln + log(weight) if weight > 0 else -np.inf
                row.append(ln)
            self.ln_urn.append(row)
        typed = sum(counts)
        ln = part.ln_weight + sum(log(2) for drawer in part.drawers if drawer.copies == 2)
        for drawn in range(total):
            ln -= log(1 + (typed + drawn - 1) * theta)
        self.ln_constant.append(ln)
        self.drawers.append(part)
        self.steps.append(tuple(moves(layout.sources, drawer.copies) for drawer in part.drawers))

    def build(
        self,
        stain: Stain,
        proposition: Proposition,
        markers: tuple[PreparedMarker, ...],
        refused: tuple[NotWeighed, ...],
    ) -> EncodedMixture:
        n_sums = len(self.drawers)
        width = max(1, *(len(part.drawers) for part in self.drawers))
        carries = np.zeros((n_sums, width, self.n_contributors))
        for i, part in enumerate(self.drawers):
            for j, drawer in enumerate(part.drawers):
                carries[i, j, list(drawer.contributors)] = 1
        columns = max(len(row) for row in self.ln_urn)
        urn = np.full((len(self.ln_urn), columns), -np.inf)
        for p, row in enumerate(self.ln_urn):
            urn[p, : len(row)] = row
        floats = {name: np.array(values) for name, values in self.position.items()}
        whole = ("n_seen", "seen_mask", "known_reach")
        ints = {name: floats[name].astype(np.int64) for name in whole}
        tables = move_arrays(self.steps, self.first_position, width)
        unseen = np.array(self.unseen, dtype=np.int64).reshape(-1, 3)
        positions = np.arange(len(self.ln_urn) + 1)
        sums = Sums(
            first_position=np.array(self.first_position, dtype=np.int64),
            n_drawers=np.array([len(part.drawers) for part in self.drawers], dtype=np.int64),
            first_subset=np.array(self.first_subset, dtype=np.int64),
            subset_mask=np.array(self.subset_mask, dtype=np.int64),
            subset_weight=np.array(self.subset_weight, dtype=np.float64),
            first_lost=np.array(self.first_lost, dtype=np.int64),
            lost_threshold=np.array(self.lost_threshold, dtype=np.int64),
            lost_count=np.array(self.lost_count, dtype=np.int64),
            threshold=np.array(list(self.thresholds)),
            threshold_doses=self._threshold_doses(tables["n_doses"]),
            n_seen=ints["n_seen"],
            sum_ln_height=floats["sum_ln_height"],
            sum_height=floats["sum_height"],
            seen_mask=ints["seen_mask"],
            ln_dropin=floats["ln_dropin"],
            known_reach=ints["known_reach"],
            alike=floats["alike"],
            first_unseen=np.searchsorted(unseen[:, 0], positions).astype(np.int64),
            ln_urn=urn,
            **tables,
            **self._priors(urn, tables),
        )
        return EncodedMixture(
            stain=stain,
            proposition=proposition,
            markers=markers,
            not_weighed=refused,
            sums=sums,
            marker_of=np.array(self.marker_of, dtype=np.int64),
            ln_constant=np.array(self.ln_constant),
            layout=Layout(
                first_position=sums.first_position,
                carries=carries,
                fixed=np.array(self.fixed),
                silent=np.array(self.silent),
                scaled_length=floats["scaled_length"],
                efficiency=floats["efficiency"],
                sources=np.array(self.sources, dtype=np.int64),
                rate=np.array(self.rate),
                unseen=unseen,
            ),
        )

    def _priors(self, urn: Floats, tables: dict[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        """The urn's weight of every joint dose, and where those of each position begin."""
        found = []
        copies = tables["dose_copies"][:, 0]
        drawers = np.repeat(
            [len(part.drawers) for part in self.drawers], np.diff(self.first_position)
        )
        for p, n in enumerate(drawers):
            here, orders = np.zeros(1, dtype=np.int64), np.ones(1)
            for j in range(n):
                first = tables["first_dose"][p, j]
                own = copies[first : first + tables["n_doses"][p, j]]
                here = (own[:, None] + here).ravel()
                orders = (np.where(own == 2, 0.5, 1.0)[:, None] * orders).ravel()
            found.append(np.exp(urn[p])[here] * orders)
        first_joint = np.cumsum([0, *map(len, found)]).astype(np.int64)
        return {"first_joint": first_joint, "prior": np.concatenate(found)}

    def _threshold_doses(self, n_doses: Ints) -> Ints:
        """Joint doses of all positions at which a peak may be below each threshold."""
        joint = np.prod(np.maximum(n_doses, 1), axis=1)
        total = np.zeros(len(self.thresholds), dtype=np.int64)
        position = np.repeat(np.arange(len(joint)), np.diff(self.first_lost))
        np.add.at(total, np.array(self.lost_threshold, dtype=np.int64), joint[position])
        return total


def _silence_third_alleles(
    marker: PreparedMarker, part: Component, fixed: Floats
) -> tuple[Floats, Floats]:
    """EuroForMix's convention with forward stutter on: a third allele has a peak and no stutter."""
    silent = np.zeros_like(fixed)
    fixed = fixed.copy()
    by_person: dict[int, list[int]] = {}
    for place, position, _ in part.fixed:
        by_person.setdefault(place, []).append(position)
    for place, positions in by_person.items():
        for position in positions[2:]:
            fixed[position, place] -= 1
            silent[position, place] += 1
    return fixed, silent
