"""The one door from records to the arrays of `kernels.mixtures`, and back.

Nothing is computed here that depends on a parameter; see `mixture` for that.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log

import numpy as np

from reopen.errors import CannotWeigh
from reopen.kernels.shapes import Floats, Ints, Sums
from reopen.records import Allele, Kit, Locus, NotWeighed, Population, Proposition, Stain
from reopen.weigh.chains import Moves, moves
from reopen.weigh.markers import (
    Component,
    PreparedMarker,
    components,
    prepare_marker,
    typed_counts,
)
from reopen.weigh.model import PeakModel

MAX_UNKNOWNS = 6


@dataclass(frozen=True, slots=True)
class EncodedMixture:
    """A stain under one proposition, as arrays. Axes as in `kernels.shapes`.

    markers       the loci weighed, in order
    not_weighed   loci left out, with the reason
    marker_of     (sum,) index of each sum's marker
    ln_constant   (sum,) ln of its component's weight and of its drawers' orders
    carries       (sum, drawer, contributor) 1 where the contributor carries the drawer's alleles
    fixed         (position, contributor) copies of typed or shared alleles
    scaled_length (position,) (size - 125) / 100
    efficiency    (position,) of the locus
    loses_back, loses_forward  (position,) 1 where an allele loses stutter that way
    is_allele     (position,) 1 where genotypes may hold the allele
    above, below  (position,) index of the allele one repeat above or below that stutters onto this
                  one, or -1
    """

    stain: Stain
    proposition: Proposition
    markers: tuple[PreparedMarker, ...]
    not_weighed: tuple[NotWeighed, ...]
    sums: Sums
    marker_of: Ints
    ln_constant: Floats
    carries: Floats
    fixed: Floats
    silent: Floats
    scaled_length: Floats
    efficiency: Floats
    loses_back: Floats
    loses_forward: Floats
    is_allele: Floats
    above: Ints
    below: Ints

    @property
    def loci(self) -> tuple[Locus, ...]:
        return tuple(marker.locus for marker in self.markers)


def encode(
    stain: Stain,
    proposition: Proposition,
    population: Population,
    kit: Kit | None,
    model: PeakModel,
) -> EncodedMixture:
    """Encode a stain under a proposition.

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
            marker = prepare_marker(stain, locus, population, kit, model)
            parts = components(marker, proposition)
            counts = typed_counts(marker, proposition)
            _check_unknowns(marker, parts)
        except CannotWeigh as error:
            told = " ".join(part for part in (error.seen, error.rule, error.way_on) if part)
            refused.append(NotWeighed(f"{stain.id} {locus}", told, error.where or stain.where))
            seen.append(error.seen)
            continue
        for part in parts:
            builder.add(len(markers), marker, part, counts, model)
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
                "known_reach", "scaled_length", "efficiency", "loses_back", "loses_forward",
                "is_allele",
            )
        }  # fmt: skip
        self.first_position, self.first_subset, self.first_lost = [0], [0], [0]
        self.lost_threshold: list[float] = []
        self.lost_count: list[int] = []
        self.subset_mask: list[int] = []
        self.subset_weight: list[float] = []
        self.drawers: list[Component] = []
        self.steps: list[tuple[tuple[Moves, ...], ...]] = []  # sum -> drawer -> position
        self.ln_urn: list[list[float]] = []
        self.fixed: list[list[float]] = []
        self.silent: list[list[float]] = []
        self.above: list[int] = []
        self.below: list[int] = []
        self.marker_of: list[int] = []
        self.ln_constant: list[float] = []

    def add(
        self,
        index: int,
        marker: PreparedMarker,
        part: Component,
        counts: list[int],
        model: PeakModel,
    ) -> None:
        start = self.first_position[-1]
        layout = marker.chains
        n = len(layout.labels)
        fixed = np.zeros((n, self.n_contributors))
        for place, position, copies in part.fixed:
            fixed[position, place] += copies
        silent = np.zeros_like(fixed)
        if not model.conventions.third_allele_stutters and marker.forward:
            fixed, silent = _silence_third_alleles(marker, part, fixed)
        above = [start + p + 1 if marker.back and layout.linked[p] and layout.is_allele[p + 1]
                 else -1 for p in range(n)]  # fmt: skip
        below = [start + p - 1 if p > 0 and marker.forward and layout.linked[p - 1]
                 and layout.is_allele[p - 1] else -1 for p in range(n)]  # fmt: skip
        reach = fixed.sum(axis=1) > 0
        told = self._add_heights(marker)
        for p in range(n):
            known = (
                reach[p]
                or silent[p].any()
                or any(q >= 0 and reach[q - start] for q in (above[p], below[p]))
            )
            self.position["known_reach"].append(float(known))
            self.position["scaled_length"].append(marker.scaled_length[p])
            self.position["efficiency"].append(marker.efficiency)
            stutters = marker.stutters and layout.is_allele[p] and layout.labels[p] is not None
            self.position["loses_back"].append(float(stutters and marker.back))
            self.position["loses_forward"].append(float(stutters and marker.forward))
            self.position["is_allele"].append(float(layout.is_allele[p]))
        self.above += above
        self.below += below
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
        self.lost_threshold += counts.keys()
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
        self.steps.append(
            tuple(
                moves(layout.is_allele, layout.linked, d.copies, marker.back, marker.forward)
                for d in part.drawers
            )
        )

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
        tables = _move_arrays(self.steps, self.first_position, width)
        sums = Sums(
            first_position=np.array(self.first_position, dtype=np.int64),
            n_drawers=np.array([len(part.drawers) for part in self.drawers], dtype=np.int64),
            first_subset=np.array(self.first_subset, dtype=np.int64),
            subset_mask=np.array(self.subset_mask, dtype=np.int64),
            subset_weight=np.array(self.subset_weight, dtype=np.float64),
            first_lost=np.array(self.first_lost, dtype=np.int64),
            lost_threshold=np.array(self.lost_threshold, dtype=np.float64),
            lost_count=np.array(self.lost_count, dtype=np.int64),
            n_seen=ints["n_seen"],
            sum_ln_height=floats["sum_ln_height"],
            sum_height=floats["sum_height"],
            seen_mask=ints["seen_mask"],
            ln_dropin=floats["ln_dropin"],
            known_reach=ints["known_reach"],
            ln_urn=urn,
            first_move=tables["first_move"],
            n_moves=tables["n_moves"],
            first_dose=tables["first_dose"],
            n_doses=tables["n_doses"],
            n_before=tables["n_before"],
            n_after=tables["n_after"],
            move_before=tables["move_before"],
            move_after=tables["move_after"],
            move_dose=tables["move_dose"],
            dose_below=tables["dose_below"],
            dose_here=tables["dose_here"],
            dose_above=tables["dose_above"],
        )
        return EncodedMixture(
            stain=stain,
            proposition=proposition,
            markers=markers,
            not_weighed=refused,
            sums=sums,
            marker_of=np.array(self.marker_of, dtype=np.int64),
            ln_constant=np.array(self.ln_constant),
            carries=carries,
            fixed=np.array(self.fixed),
            silent=np.array(self.silent),
            scaled_length=floats["scaled_length"],
            efficiency=floats["efficiency"],
            loses_back=floats["loses_back"],
            loses_forward=floats["loses_forward"],
            is_allele=floats["is_allele"],
            above=np.array(self.above, dtype=np.int64),
            below=np.array(self.below, dtype=np.int64),
        )


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


def _move_arrays(
    steps: list[tuple[tuple[Moves, ...], ...]], first_position: list[int], width: int
) -> dict[str, Ints]:
    """Flat move and dose tables, each distinct table stored once."""
    n = first_position[-1]
    grid = {
        name: np.zeros((n, width), dtype=np.int64)
        for name in ("first_move", "n_moves", "first_dose", "n_doses", "n_before", "n_after")
    }
    rows: list[tuple[int, int, int]] = []
    doses: list[tuple[int, int, int]] = []
    stored: dict[Moves, tuple[int, int]] = {}
    for i, by_drawer in enumerate(steps):
        for j, by_position in enumerate(by_drawer):
            for k, table in enumerate(by_position):
                if table not in stored:
                    stored[table] = (len(rows), len(doses))
                    rows += table.moves
                    doses += table.doses
                p = first_position[i] + k
                grid["first_move"][p, j], grid["first_dose"][p, j] = stored[table]
                grid["n_moves"][p, j] = len(table.moves)
                grid["n_doses"][p, j] = len(table.doses)
                grid["n_before"][p, j] = table.n_before
                grid["n_after"][p, j] = table.n_after
    move = np.array(rows, dtype=np.int64).reshape(-1, 3)
    dose = np.array(doses, dtype=np.int64).reshape(-1, 3)
    return {
        **grid,
        "move_before": np.ascontiguousarray(move[:, 0]),
        "move_after": np.ascontiguousarray(move[:, 1]),
        "move_dose": np.ascontiguousarray(move[:, 2]),
        "dose_below": np.ascontiguousarray(dose[:, 0]),
        "dose_here": np.ascontiguousarray(dose[:, 1]),
        "dose_above": np.ascontiguousarray(dose[:, 2]),
    }
