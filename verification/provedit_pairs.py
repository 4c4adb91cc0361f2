"""Degraded and low-template stains linked to each other: how many pairs of one donor are found.

    python -m verification.provedit_pairs

Stains are a sample of the PROVEDIt single-source profiles, the same number from each amount and
treatment, and all two-person mixtures. Every pair of stains is scored; the threshold is where one
in 10,000 pairs without a common donor passes. Number of contributors given. Beside it, on the
same pairs: the share of alleles in common. Not here: searches of references.
"""

from __future__ import annotations

import argparse
import gzip
import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import combinations, pairwise, product
from math import floor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from reopen.errors import CannotWeigh, ReopenError
from reopen.formats import find_kit, find_population, read_profiles
from reopen.kernels.shapes import Floats
from reopen.link import LinkOptions, SolvedStain, solve
from reopen.link.stains import each
from reopen.records import Kit, Population, Stain
from reopen.weigh.calibration import learn_model
from reopen.weigh.model import Dropin, Filters, PeakModel
from reopen.weigh.stutter import Stutter
from verification.charts import BLUE, ORANGE, RED, Axis, sheet, side_by_side
from verification.common import (
    DATA,
    RESULTS,
    Column,
    Json,
    Progress,
    made_with,
    model_settings,
    rows,
    table,
    write,
)
from verification.pair_scores import curve, link_scores, overlaps, threshold

KIT = "GlobalFiler"
POPULATION = "NIST 1036 Caucasian"
THETA = 0.01
FALSE_RATE = 1e-4
SEED = 1
AMOUNTS = (0.0, 0.012, 0.024, 0.048, 0.096, 0.19, 0.38, 2.0)  # ng; edges of the strata
TREATMENTS = {  # by the letter in a sample's name
    "a": "untreated",
    "bcde": "b to e",
    "-": "-15 to -45",
    "U": "ultraviolet",
    "S": "sonicated",
    "I": "I15 to I35",
}
# Share found by overlap of alleles, as the goal was set.
GOAL = {"single with single": 0.61, "single with mixture": 0.18, "mixture with mixture": 0.29}
CLASSES = tuple(GOAL)


@dataclass(frozen=True, slots=True)
class Known:
    """A stain and what is known of it.

    treatment  the letter of the sample's name
    """

    stain: Stain
    donors: frozenset[str]
    nanograms: float
    treatment: str

    @property
    def persons(self) -> int:
        return len(self.donors)


@dataclass(frozen=True, slots=True)
class Pairs:
    """Scores of all pairs of stains of one class.

    is_same  (pair,) whether the two have a donor in common
    log10_lr, overlap  (pair,); -inf where a stain cannot be weighed
    """

    name: str
    is_same: NDArray[np.bool_]
    log10_lr: Floats
    overlap: Floats


@dataclass(frozen=True, slots=True)
class Found:
    """Pairs found where at most a share of FALSE_RATE of the false pairs passes.

    allowed    false pairs that may pass: whole pairs, rounded down
    threshold  score that a pair has to exceed
    over_1000, false_over_1000  pairs with an LR over 1,000, whatever the false rate
    true_under  pairs of one donor with an LR under 1/1,000: wrong exclusions
    """

    name: str
    true_pairs: int
    false_pairs: int
    allowed: int
    threshold: float
    share: float
    overlap_share: float
    over_1000: float
    false_over_1000: int
    true_under: int


def load(folder: Path) -> tuple[list[Known], list[Known], list[Stain]]:
    """Single-source stains and two-person mixtures with their donors, and all stains."""
    stains = {stain.id: complete(stain) for stain in read(folder / "peaks_long.csv.gz")}
    known = []
    for row in rows(folder / "samples.csv"):
        treatment = re.fullmatch(r"[dM]\d?(\D)\d*", row["treatment"])
        if row["noc"] in ("1.0", "2.0") and treatment and row["sample"] in stains:
            donors = frozenset(row["donors"].split())
            known.append(Known(stains[row["sample"]], donors, float(row["ng"]), treatment[1]))
    singles = [stain for stain in known if stain.persons == 1]
    return singles, [stain for stain in known if stain.persons == 2], list(stains.values())


def read(path: Path) -> tuple[Stain, ...]:
    with tempfile.TemporaryDirectory() as folder:
        unpacked = Path(folder) / path.stem
        unpacked.write_bytes(gzip.decompress(path.read_bytes()))
        return read_profiles(unpacked, role="stains", kit=KIT).stains


def complete(stain: Stain) -> Stain:
    """With every autosomal locus of the kit: the table lists peaks, so that a locus it leaves out
    was typed and showed none."""
    loci = [marker.locus for marker in find_kit(KIT).markers if marker.kind == "autosomal"]
    replicates = tuple(
        replace(r, peaks={locus: r.peaks.get(locus, ()) for locus in loci})
        for r in stain.replicates
    )
    return replace(stain, replicates=replicates)


def sample(singles: Sequence[Known], each_stratum: int, seed: int) -> list[Known]:
    """So many single-source stains from every stratum of amount and treatment, or all it has."""
    rng = np.random.default_rng(seed)
    chosen: list[Known] = []
    for (low, high), letters in product(pairwise(AMOUNTS), TREATMENTS):
        stratum = [s for s in singles if low <= s.nanograms < high and s.treatment in letters]
        order = rng.permutation(len(stratum))[:each_stratum]
        chosen += [stratum[k] for k in sorted(order)]
    return chosen


def laboratory(stains: Sequence[Stain], kit: Kit) -> dict[str, PeakModel]:
    """Settings to choose from. Locus efficiencies are learnt from stains that are not linked."""
    learnt = learn_model(stains, kit)
    efficiency = learnt.locus_efficiency
    filtered = PeakModel(filters=Filters(back=0.15))
    learnt_too = replace(filtered, locus_efficiency=efficiency)
    chosen = replace(learnt_too, dropin=Dropin(probability=0.01))
    return {
        "no stutter": PeakModel(stutter=Stutter(back=False)),
        "back stutter": PeakModel(),
        "filter 15 %, no stutter": replace(filtered, stutter=Stutter(back=False)),
        "all settings learnt": learnt,
        "back stutter, filter 15 %": filtered,
        "the same, efficiency learnt": learnt_too,
        CHOSEN: chosen,
        "the same, forward stutter": replace(chosen, stutter=Stutter(forward=True)),
    }


CHOSEN = "the same, drop-in 0.01"


def compare_settings(
    known: Sequence[Known], models: Mapping[str, PeakModel], population: Population, kit: Kit
) -> str:
    """Sum of maximised ln likelihoods of stains under each setting, as a table."""
    lines = []
    for name, model in models.items():
        solved, _ = solve_known(known, population, kit, model)
        total = sum(item.deconvolution.fit.ln_likelihood for item in solved.values())
        settled = sum(item.deconvolution.fit.ending.is_settled for item in solved.values())
        lines.append([name, f"{total:.1f}", f"{settled} of {len(solved)}"])
    return table([Column("settings", False), Column("ln likelihood"), Column("settled")], lines)


def solve_known(
    known: Sequence[Known],
    population: Population,
    kit: Kit,
    model: PeakModel,
    workers: int | None = None,
    *,
    given: bool = True,
) -> tuple[dict[int, SolvedStain], dict[int, str]]:
    """Solved stains, and reasons of those that cannot be, by their place."""

    def work(item: Known) -> SolvedStain | str:
        options = LinkOptions(contributors=item.persons if given else None)
        try:
            return solve(item.stain, population, kit, model, options)
        except CannotWeigh as error:
            return error.seen

    options = LinkOptions(workers=workers)
    solved, refused = {}, {}
    for k, outcome in enumerate(each(work, known, options, "weighing stains", Progress())):
        if isinstance(outcome, str):
            refused[k] = outcome
        else:
            solved[k] = outcome
    return solved, refused


def pairs(known: Sequence[Known], log10_lr: Floats, overlap: Floats) -> list[Pairs]:
    """Every two stains, by class."""
    one, other = np.triu_indices(len(known), 1)
    same = np.array([bool(a.donors & b.donors) for a, b in combinations(known, 2)])
    persons = np.array([k.persons for k in known])
    mixtures = (persons[one] > 1).astype(int) + (persons[other] > 1)
    lr, common = log10_lr[one, other], overlap[one, other]
    return [
        Pairs(name, same[mixtures == k], lr[mixtures == k], common[mixtures == k])
        for k, name in enumerate(CLASSES)
    ]


def found(item: Pairs) -> Found:
    false, true = ~item.is_same, item.log10_lr[item.is_same]
    if not true.size or not false.any():
        raise CannotWeigh(
            f"Of the pairs {item.name}, {true.size} have a donor in common and {false.sum()} not.",
            rule="A share found needs pairs of both sorts.",
            way_on="Take more stains, with --each and --mixtures.",
        )
    allowed = floor(FALSE_RATE * false.sum())
    limit = threshold(item.log10_lr[false], allowed)
    overlap_limit = threshold(item.overlap[false], allowed)
    return Found(
        name=item.name,
        true_pairs=int(item.is_same.sum()),
        false_pairs=int(false.sum()),
        allowed=allowed,
        threshold=limit,
        share=float((true > limit).mean()),
        overlap_share=float((item.overlap[item.is_same] > overlap_limit).mean()),
        over_1000=float((true > 3).mean()),
        false_over_1000=int((item.log10_lr[false] > 3).sum()),
        true_under=int((np.isfinite(true) & (true < -3)).sum()),
    )


def as_table(results: Sequence[Found]) -> str:
    columns = [
        Column("pairs", False), Column("same donor"), Column("no common donor"),
        Column("found by LR"), Column("by allele overlap"), Column("goal to beat"),
        Column("log10 LR at the threshold"), Column("found at LR > 1,000"),
        Column("false at LR > 1,000"), Column("same donor at LR < 1/1,000"),
    ]  # fmt: skip
    lines = [
        [
            r.name, f"{r.true_pairs}", f"{r.false_pairs}", f"{r.share:.1%}",
            f"{r.overlap_share:.1%}", f"{GOAL[r.name]:.0%}", f"{r.threshold:.1f}",
            f"{r.over_1000:.1%}", f"{r.false_over_1000}", f"{r.true_under}",
        ]
        for r in results
    ]  # fmt: skip
    return table(columns, lines)


def drawing(all_pairs: Sequence[Pairs]) -> str:
    x = Axis("share of false pairs that pass", 1e-5, 1.0, True)
    y = Axis("share of true pairs found", 0.0, 1.0)
    panels = side_by_side([p.name for p in all_pairs], [x] * len(all_pairs), y)
    marks: list[str] = []
    for item, panel in zip(all_pairs, panels, strict=True):
        marks.append(panel.curve([(FALSE_RATE, 0.0), (FALSE_RATE, 1.0)], RED, "5 3"))
        marks.append(panel.curve(curve(item.overlap, item.is_same), ORANGE, "3 3"))
        marks.append(panel.curve(curve(item.log10_lr, item.is_same), BLUE))
    return sheet(
        panels,
        "Share of pairs of one donor found, by share of false pairs",
        "Likelihood ratio and overlap of alleles on the same pairs of PROVEDIt stains.",
        marks,
        "Blue: likelihood ratio; orange, dotted: allele overlap; red: 1 false pair in 10,000.",
    )


@dataclass(frozen=True, slots=True)
class Measured:
    """All pairs with their scores, the stains, and those that could not be weighed."""

    known: tuple[Known, ...]
    pairs: tuple[Pairs, ...]
    refused: Mapping[str, str]
    model: PeakModel


def measure(
    data: Path,
    *,
    each_stratum: int = 15,
    mixtures: int | None = None,
    seed: int = SEED,
    workers: int | None = None,
    given: bool = True,
) -> Measured:
    """Score every pair of a sample of stains."""
    singles, twos, everything = load(data / "provedit_gf_5s")
    known = [*sample(singles, each_stratum, seed), *twos[:mixtures]]
    linked = {item.stain.id for item in known}
    kit, population = find_kit(KIT), Population(find_population(POPULATION), THETA)
    model = laboratory([s for s in everything if s.id not in linked], kit)[CHOSEN]
    solved, refused = solve_known(known, population, kit, model, workers, given=given)
    by_overlap = overlaps([item.stain for item in known])
    scored = pairs(known, link_scores(solved, len(known), population), by_overlap)
    reasons = {known[k].stain.id: reason for k, reason in refused.items()}
    return Measured(tuple(known), tuple(scored), reasons, model)


def choose_settings(data: Path, seed: int, each_stratum: int) -> str:
    """The table by which the settings were chosen: stains that the measurement does not link."""
    singles, twos, everything = load(data / "provedit_gf_5s")
    linked = {item.stain.id for item in sample(singles, each_stratum, seed)}
    others = [item for item in singles if item.stain.id not in linked]
    rng = np.random.default_rng(seed)
    known = [others[k] for k in rng.choice(len(others), 60, replace=False)]
    known += [twos[k] for k in rng.choice(len(twos), 20, replace=False)]
    rest = [s for s in everything if s.id not in linked]
    kit, population = find_kit(KIT), Population(find_population(POPULATION), THETA)
    return compare_settings(known, laboratory(rest, kit), population, kit)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--each", type=int, default=15, help="single stains of each stratum")
    parser.add_argument("--mixtures", type=int, help="at most so many mixtures")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--auto", action="store_true", help="choose the number of contributors")
    parser.add_argument("--settings", action="store_true", help="compare settings, link nothing")
    parser.add_argument("--workers", type=int, help="threads; one for each core by default")
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the public data")
    parser.add_argument("--out", type=Path, default=RESULTS)
    asked = parser.parse_args()
    try:
        if asked.settings:
            print(choose_settings(asked.data, asked.seed, asked.each))
            return
        result = measure(
            asked.data, each_stratum=asked.each, mixtures=asked.mixtures, seed=asked.seed,
            workers=asked.workers, given=not asked.auto,
        )  # fmt: skip
    except ReopenError as error:
        raise SystemExit(str(error)) from None
    results = [found(item) for item in result.pairs]
    name = "provedit_pairs_auto" if asked.auto else "provedit_pairs"
    data = as_data(result, results, asked.seed)
    write(asked.out, name, as_table(results), drawing(result.pairs), data)


def rounded(points: Sequence[tuple[float, float]]) -> list[list[float]]:
    """Points of a curve to four digits."""
    return [[float(f"{x:.4g}"), float(f"{y:.4g}")] for x, y in points]


def as_data(result: Measured, results: Sequence[Found], seed: int) -> dict[str, Json]:
    return {
        "made": made_with(),
        "seed": seed,
        "kit": KIT,
        "population": POPULATION,
        "theta": THETA,
        "model": model_settings(result.model),
        "false_rate": FALSE_RATE,
        "results": [asdict(r) for r in results],
        "curves": {
            p.name: {
                "log10_lr": rounded(curve(p.log10_lr, p.is_same)),
                "overlap": rounded(curve(p.overlap, p.is_same)),
            }
            for p in result.pairs
        },
        "not_weighed": dict(result.refused),
        "stains": [k.stain.id for k in result.known],
    }


if __name__ == "__main__":
    main()
