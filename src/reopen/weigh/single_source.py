"""Single-source runs: whose they are, and how the heights of one person's peaks behave.

Runs of one known donor tell what mixtures cannot: which peaks are alleles. Not for: stutter rates
from these runs (`stutter_rates`), thresholds and filters, which need no donor (`calibration`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize
from scipy.special import digamma, gammainc, gammaln

from reopen.kernels.shapes import Floats
from reopen.records import Allele, Frozen, Genotype, Kit, Locus, NotWeighed, Reference, Stain
from reopen.weigh.model import PeakModel, setting_at
from reopen.weigh.sizes import size_bp
from reopen.weigh.stutter import STUTTER_KINDS, StutterKind, stutter_product

LEAST_PEAKS = 8  # of a run, for a law of heights of its own
LEAST_EXPLAINED = 0.8  # share of a run's height at its donor's alleles; stutter takes a tenth
CLEAR = 10.0  # thresholds: a second allele of an only peak this high would have been seen
ALLELE, NO_ALLELE = 0.4, 0.25  # shares of the highest peak: alleles from, no allele up to


@dataclass(frozen=True, slots=True)
class SingleSource:
    """One amplification of one person's DNA.

    name       of the stain, and of the replicate where there are several
    genotypes  of the donor, at the loci that are used
    heights    locus -> allele -> RFU; peaks at or above the threshold
    """

    name: str
    donor: str
    genotypes: Mapping[Locus, Genotype]
    heights: Mapping[Locus, Mapping[Allele, float]]

    def __post_init__(self) -> None:
        for name in ("genotypes", "heights"):
            object.__setattr__(self, name, Frozen(getattr(self, name)))

    def copies(self, locus: Locus) -> dict[Allele, int]:
        """Copies of each of the donor's alleles."""
        one, other = self.genotypes[locus].pair
        return {one: 2} if one == other else {one: 1, other: 1}

    def products(self, locus: Locus) -> dict[Allele, list[tuple[Allele, StutterKind]]]:
        """Where the donor's alleles stutter to, and from which allele by which kind."""
        found: dict[Allele, list[tuple[Allele, StutterKind]]] = {}
        for parent in self.copies(locus):
            for kind in STUTTER_KINDS:
                product = stutter_product(parent, kind)
                if product is not None:
                    found.setdefault(product, []).append((parent, kind))
        return found


def single_sources(
    stains: Iterable[Stain], references: Sequence[Reference], kit: Kit, model: PeakModel
) -> tuple[tuple[SingleSource, ...], tuple[NotWeighed, ...]]:
    """The runs of stains whose donor is known, and what could not be used, with the reason.

    A stain is of the reference whose id it has, or begins with; of the only reference, where there
    is one. Without references the donor's alleles are read off the stain's own clear peaks
    (`clear_genotypes`). Autosomal loci of the kit only.
    """
    used: list[SingleSource] = []
    refused: list[NotWeighed] = []
    for stain in stains:
        person = donor_of(stain, references)
        if references and person is None:
            told = "No reference has this name, or a name that it begins with, and a separator."
            refused.append(NotWeighed(stain.id, told, stain.where))
            continue
        for name, heights in _replicates(stain, kit, model):
            typed = person.genotypes if person else clear_genotypes(heights, model)
            known = {locus: g for locus, g in typed.items()
                     if locus in heights and not g.is_triallelic}  # fmt: skip
            run = SingleSource(name, person.id if person else stain.id, known, heights)
            reason = _unusable(run)
            if reason:
                refused.append(NotWeighed(name, reason, stain.where))
            else:
                used.append(run)
    return tuple(used), tuple(refused)


def donor_of(stain: Stain, references: Sequence[Reference]) -> Reference | None:
    """The reference that a stain's name speaks of, the longest such name; the only one there is."""
    if len(references) == 1:
        return references[0]
    named = [
        person
        for person in references
        if stain.id == person.id
        or (stain.id.startswith(person.id) and not stain.id[len(person.id)].isalnum())
    ]
    return max(named, key=lambda person: len(person.id), default=None)


def clear_genotypes(
    heights: Mapping[Locus, Mapping[Allele, float]], model: PeakModel
) -> dict[Locus, Genotype]:
    """A donor's genotypes at the loci where the peaks leave no doubt.

    The highest peak is at least CLEAR thresholds high; one or two peaks have ALLELE of its height
    or more, and no other has more than NO_ALLELE of it.
    """
    found = {}
    for locus, seen in heights.items():
        top = max(seen.values(), default=0.0)
        if top < CLEAR * setting_at(model.threshold_rfu, locus, "threshold"):
            continue
        alleles = [label for label, height in seen.items() if height >= ALLELE * top]
        doubtful = any(NO_ALLELE * top < height < ALLELE * top for height in seen.values())
        if len(alleles) <= 2 and not doubtful:
            found[locus] = Genotype(tuple(alleles))
    return found


def _replicates(
    stain: Stain, kit: Kit, model: PeakModel
) -> Iterator[tuple[str, dict[Locus, dict[Allele, float]]]]:
    loci = {m.locus for m in kit.markers if m.kind == "autosomal" and m.sizes_bp}
    for replicate in stain.replicates:
        heights: dict[Locus, dict[Allele, float]] = {}
        for locus, peaks in replicate.peaks.items():
            if locus not in loci or not _has_threshold(model, locus):
                continue
            threshold = setting_at(model.threshold_rfu, locus, "threshold")
            tall = (p for p in peaks if p.height_rfu is not None and p.height_rfu >= threshold)
            heights[locus] = {p.allele: float(p.height_rfu or 0.0) for p in tall}
        alone = len(stain.replicates) == 1
        yield (stain.id if alone else f"{stain.id}, {replicate.name}"), heights


def _has_threshold(model: PeakModel, locus: Locus) -> bool:
    return not isinstance(model.threshold_rfu, Mapping) or locus in model.threshold_rfu


def _unusable(run: SingleSource) -> str:
    """Why a run tells nothing of one person's peaks, or ""."""
    total = explained = 0.0
    for locus in run.genotypes:
        alleles = run.copies(locus)
        total += sum(run.heights[locus].values())
        explained += sum(h for a, h in run.heights[locus].items() if a in alleles)
    if not total:
        return "No peak at a locus where the donor's alleles are known."
    if explained < LEAST_EXPLAINED * total:
        return (
            f"{explained / total:.0%} of its height is at alleles of {run.donor}; under "
            f"{LEAST_EXPLAINED:.0%} it is not taken for a run of that person alone."
        )
    return ""


def least_reported(run: SingleSource, locus: Locus, model: PeakModel) -> float:
    """The height, RFU, below which no peak of the locus is in the export."""
    top = max(run.heights[locus].values(), default=0.0)
    cutoff = setting_at(model.filters.locus_cutoff, locus, "locus cutoff") * top
    return max(setting_at(model.threshold_rfu, locus, "threshold"), cutoff)


def may_be_removed(
    run: SingleSource, locus: Locus, model: PeakModel, parent: Allele, kind: StutterKind
) -> bool:
    """Whether a stutter filter worked beside a parent peak, whatever was left there."""
    filters, heights = model.filters, run.heights[locus]
    if kind not in ("back", "forward"):
        return False
    share = filters.back if kind == "back" else filters.forward
    works = setting_at(share, locus, f"{kind} filter") > 0
    return works and not (filters.of_highest and heights[parent] < max(heights.values()))


@dataclass(frozen=True, slots=True)
class FittedRun:
    """The gamma law of one run's allele peaks.

    height_rfu, variability, degradation   as in `PeakParameters`, of the peak that is left when its
                          stutter is gone
    ln_variability_error  standard error of ln(variability)
    peaks                 allele peaks seen, and fitted
    shapes                locus -> allele -> shape of its gamma law
    """

    run: SingleSource
    height_rfu: float
    variability: float
    degradation: float
    ln_variability_error: float
    peaks: int
    shapes: Mapping[Locus, Mapping[Allele, float]]


def fit_run(run: SingleSource, kit: Kit, model: PeakModel) -> FittedRun | None:
    """Height, variability and degradation of a run by maximum likelihood; drop-out is censored.

    Alleles that the other allele's stutter falls on are left out. None with fewer than LEAST_PEAKS
    peaks. The variability is raised by sqrt(n / (n - 3)) for the three parameters fitted.
    """
    places = _allele_places(run, kit, model)
    seen = np.array([place.height > 0 for place in places])
    if seen.sum() < LEAST_PEAKS:
        return None
    amount, length, height, limit = np.array([place[2:] for place in places]).T

    def down(point: Floats) -> tuple[float, Floats]:
        shape, scale = _law(point, amount, length)
        by_shape, by_ln_scale = np.empty_like(shape), np.empty_like(shape)
        s, y = shape[seen], height[seen] / scale
        value = ((s - 1) * np.log(y) - y - gammaln(s) - np.log(scale)).sum()
        by_shape[seen], by_ln_scale[seen] = np.log(y) - digamma(s), y - s
        s, z = shape[~seen], limit[~seen] / scale
        value += _ln_below(s, z).sum()
        by_shape[~seen] = (_ln_below(s * 1.0001, z) - _ln_below(s * 0.9999, z)) / (0.0002 * s)
        by_ln_scale[~seen] = -np.exp(s * np.log(z) - z - gammaln(s) - _ln_below(s, z))
        inner = np.array([by_ln_scale, 2 * by_ln_scale - 2 * shape * by_shape,
                          length * shape * by_shape])  # fmt: skip
        return -float(value), -inner.sum(axis=1)

    start = np.array([np.log(np.mean(height[seen] / amount[seen])), np.log(0.3), 0.0])
    bounds = [(0.0, 16.0), (np.log(0.02), np.log(3.0)), (np.log(0.02), np.log(3.0))]
    best = minimize(down, start, jac=True, method="L-BFGS-B", bounds=bounds)
    n = len(places)
    lifted = best.x + np.array([0.0, 0.5 * np.log(n / (n - 3)), 0.0])
    error = _error_of_second(lambda point: down(point)[1], best.x)
    shape, _ = _law(lifted, amount, length)
    shapes: dict[Locus, dict[Allele, float]] = {}
    for place, its_shape in zip(places, shape, strict=True):
        shapes.setdefault(place.locus, {})[place.label] = float(its_shape)
    mu, omega, beta = np.exp(lifted)
    return FittedRun(run, float(mu), float(omega), float(beta), error, int(seen.sum()), shapes)


def _law(point: Floats, amount: Floats, length: Floats) -> tuple[Floats, float]:
    mu, omega, beta = np.exp(point)
    shape: Floats = amount * beta**length / omega**2
    return shape, float(mu * omega**2)


class _Place(NamedTuple):
    """An allele's place. amount: copies times efficiency; height: 0 where not seen; RFU."""

    locus: Locus
    label: Allele
    amount: float
    scaled_length: float
    height: float
    limit: float


def _allele_places(run: SingleSource, kit: Kit, model: PeakModel) -> list[_Place]:
    places = []
    for locus in run.genotypes:
        marker = kit.marker(locus)
        if marker is None:
            continue
        products = run.products(locus)
        efficiency = setting_at(model.locus_efficiency, locus, "locus efficiency")
        limit = least_reported(run, locus, model)
        for label, copies in run.copies(locus).items():
            if label in products:
                continue
            length = (size_bp(label, marker) - 125.0) / 100.0
            height = run.heights[locus].get(label, 0.0)
            places.append(_Place(locus, label, copies * efficiency, length, height, limit))
    return places


def _ln_below(shape: Floats, height: Floats) -> Floats:
    """ln of the gamma distribution function, scale 1."""
    below: Floats = np.log(np.maximum(gammainc(shape, height), 1e-300))
    return below


def _error_of_second(slope: Callable[[Floats], Floats], point: Floats) -> float:
    """Standard error of the second coordinate from the curvature at a minimum."""
    steps = np.eye(len(point)) * 1e-4
    hessian = np.array([(slope(point + h) - slope(point - h)) / 2e-4 for h in steps])
    return float(np.sqrt(max(np.linalg.pinv((hessian + hessian.T) / 2)[1, 1], 1e-6)))
