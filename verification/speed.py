"""CPU time and memory of a mixture whose contributors are all unknown, beside EuroForMix's.

    python -m verification.speed [--persons 2 3 4] [--stains 5] [--quick] [--picture]

Stains are drawn by the simulator from the model that they are fitted with, with as many donors as
contributors. A time is CPU seconds of one thread, compiled kernels ready; a fit is whole, from
encoding on. EuroForMix 4.2.4 was measured on a machine of this kind, on other mixtures of the same
16 loci. --quick: one stain a row, up to three persons. --picture: also renew docs/images.
"""

from __future__ import annotations

import argparse
import os
import platform
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

from reopen.errors import ReopenError
from reopen.records import Ending
from reopen.weigh.model import EUROFORMIX, Conventions
from verification.common import (
    PROJECT,
    RESULTS,
    Column,
    Json,
    Progress,
    made_with,
    model_settings,
    table,
    write,
    write_picture,
)
from verification.cost_picture import MOVES, drawing, points
from verification.timing import (
    KIT,
    POPULATION,
    SEED,
    THETA,
    FitCost,
    Row,
    RowCost,
    StutterModel,
    costs_apart,
    model_of,
    row_cost,
    truth_of,
)

NAME = "speed"
PICTURE = PROJECT / "docs" / "images" / "likelihood-cost.svg"
PERSONS = (2, 3, 4, 5, 6)
STAINS = {4: 2, 5: 1, 6: 1}  # of a row; five where fewer contribute
MEGABYTES = 2000.0  # goal: less
_NOT_FITTED = (6, "back and forward")
_SETTLED = tuple(ending.name.lower() for ending in Ending if ending.is_settled)


@dataclass(frozen=True, slots=True)
class Peer:
    """EuroForMix 4.2.4: CPU seconds of one likelihood and of one maximum-likelihood fit."""

    value: float
    fit: float


EUROFORMIX_SECONDS: Mapping[tuple[int, StutterModel], Peer] = {
    (2, "back"): Peer(0.0011, 0.57),
    (2, "back and forward"): Peer(0.0028, 2.3),
    (3, "back"): Peer(0.017, 3.6),
    (3, "back and forward"): Peer(0.039, 37.0),
    (4, "back"): Peer(0.82, 134.0),
    (4, "back and forward"): Peer(1.08, 542.0),
}
TIMES_FASTER = {2: 10.0, 3: 50.0, 4: 100.0}  # goal of the fit, by contributors
SECONDS: Mapping[tuple[int, StutterModel], float] = {  # goal of the fit where there is no peer
    (5, "back and forward"): 600.0,  # "in minutes": we take ten
    (6, "back"): 1800.0,
}


@dataclass(frozen=True, slots=True)
class Pair:
    """One row under EuroForMix's conventions, and under our own."""

    theirs: RowCost
    ours: RowCost

    @property
    def key(self) -> tuple[int, StutterModel]:
        return self.theirs.row.persons, self.theirs.row.stutter


def rows(persons: Sequence[int], stains: int | None) -> list[Row]:
    """Every row twice: EuroForMix's conventions, then ours."""
    return [
        Row(n, stutter, stains or STAINS.get(n, 5), conventions, (n, stutter) != _NOT_FITTED)
        for n in persons
        for stutter in MOVES
        for conventions in (EUROFORMIX, Conventions())
    ]


def pairs_of(costs: Sequence[RowCost]) -> list[Pair]:
    return [Pair(*both) for both in zip(costs[::2], costs[1::2], strict=True)]


@dataclass(frozen=True, slots=True)
class Judged:
    """What a row was to reach, and whether its median did."""

    what: str
    figure: str
    goal: str
    is_met: bool


def judged(pair: Pair) -> list[Judged]:
    """The goals of a row, under EuroForMix's conventions. Fits that did not settle meet none."""
    n, stutter = pair.key
    name = f"{n} persons, {stutter} stutter"
    found = []
    fits, settled = _fit_seconds(pair.theirs), not _unsettled(_fits(pair.theirs))
    if fits and n in TIMES_FASTER:
        faster = EUROFORMIX_SECONDS[pair.key].fit / median(fits)
        least = TIMES_FASTER[n]
        goal = f"{least:.0f} times EuroForMix's speed"
        met = settled and faster >= least
        found.append(Judged(f"fit, {name}", f"{faster:.0f} times", goal, met))
    if fits and pair.key in SECONDS:
        most, spent = SECONDS[pair.key], median(fits)
        told = f"under {most / 60:.0f} min"
        found.append(Judged(f"fit, {name}", f"{_seconds(spent)} s", told, settled and spent < most))
    if n >= 5:
        used = max(pair.theirs.megabytes, pair.ours.megabytes)
        goal = f"under {MEGABYTES / 1000:.0f} GB"
        found.append(Judged(f"memory, {name}", f"{used:.0f} MB", goal, used < MEGABYTES))
    return found


def against_euroformix(pairs: Sequence[Pair]) -> str:
    """One likelihood and one fit beside EuroForMix's, with the goals."""
    columns = [
        Column("persons"), Column("stutter", number=False), Column("one likelihood, s"),
        Column("EuroForMix"), Column("times faster"), Column("one fit, s"), Column("EuroForMix"),
        Column("times faster"), Column("goal"), Column("", number=False),
    ]  # fmt: skip
    return table(columns, [_beside(pair) for pair in pairs])


def _beside(pair: Pair) -> list[str]:
    n, stutter = pair.key
    values, fits = [one.value for one in pair.theirs.stains], _fit_seconds(pair.theirs)
    peer = EUROFORMIX_SECONDS.get(pair.key)
    goal = f"{TIMES_FASTER[n]:.0f} times" if n in TIMES_FASTER else ""
    if pair.key in SECONDS:
        goal = f"under {SECONDS[pair.key] / 60:.0f} min"
    met = [one.is_met for one in judged(pair) if one.what.startswith("fit")]
    return [
        str(n), stutter, _spread(values), f"{peer.value:g}" if peer else "",
        f"{peer.value / median(values):.0f}" if peer else "",
        _spread(fits) if fits else "not run", f"{peer.fit:g}" if peer else "",
        f"{peer.fit / median(fits):.0f}" if peer and fits else "", goal,
        "" if not met else "met" if met[0] else "not met",
    ]  # fmt: skip


def in_detail(pairs: Sequence[Pair]) -> str:
    """Gradient, evaluations, memory, endings, and the same under our own conventions."""
    columns = [
        Column("persons"), Column("stutter", number=False), Column("conventions", number=False),
        Column("stains"), Column("one likelihood, s"), Column("one gradient, s"),
        Column("one fit, s"), Column("likelihoods"), Column("gradients"), Column("memory, MB"),
        Column("fits ended", number=False),
    ]  # fmt: skip
    lines = []
    for pair in pairs:
        for name, cost in (("EuroForMix's", pair.theirs), ("our own", pair.ours)):
            fits = _fits(cost)
            lines.append([
                str(cost.row.persons), cost.row.stutter, name, str(len(cost.stains)),
                _spread([one.value for one in cost.stains]),
                _spread([one.gradient for one in cost.stains]),
                _spread(_fit_seconds(cost)) if fits else "not run",
                _whole(fits, lambda one: one.values), _whole(fits, lambda one: one.gradients),
                f"{cost.megabytes:.0f}", _endings(fits),
            ])  # fmt: skip
    return table(columns, lines)


def told(pairs: Sequence[Pair], load: float) -> str:
    """What was measured, on what, and what is to be doubted."""
    costs = [cost for pair in pairs for cost in (pair.theirs, pair.ours)]
    fits = [one for cost in costs for one in _fits(cost)]
    machine = f"{os.cpu_count()} cores ({platform.machine()}, {platform.system()})"
    words = [
        f"Median over stains, range in brackets; CPU seconds of one thread, {machine}.",
        f"{KIT}, {POPULATION} frequencies, theta {THETA:g}.",
        "Memory is the most that the whole process held, Python and its libraries included.",
    ]
    if load > 0.5:
        words.append(f"Others were at work on it (load {load:.1f} at the start): times are longer.")
    below = sum(one.above_truth < 0 for one in fits)
    words.append(
        f"{len(fits) - below} of {len(fits)} fits end at or above the parameters that their stain "
        "was drawn with."
    )
    if unsettled := _unsettled(fits):
        words.append(f"{unsettled} did not settle (last column of the next table).")
    return " ".join(words)


def _fits(cost: RowCost) -> list[FitCost]:
    return [one.fit for one in cost.stains if one.fit is not None]


def _unsettled(fits: Sequence[FitCost]) -> int:
    return sum(one.ending not in _SETTLED for one in fits)


def _fit_seconds(cost: RowCost) -> list[float]:
    return [one.seconds for one in _fits(cost)]


def _endings(fits: Sequence[FitCost]) -> str:
    names = [one.ending for one in fits]
    return ", ".join(f"{names.count(name)} {name}" for name in dict.fromkeys(names))


def _whole(fits: Sequence[FitCost], number: Callable[[FitCost], int]) -> str:
    return f"{median([number(one) for one in fits]):.0f}" if fits else ""


def _spread(values: Sequence[float]) -> str:
    middle = _seconds(median(values))
    if len(values) == 1:
        return middle
    return f"{middle} ({_seconds(min(values))} to {_seconds(max(values))})"


def _seconds(value: float) -> str:
    """Two digits, three from 100 on, never an exponent."""
    if value >= 10:
        return f"{value:.0f}"
    digits = 1 if value >= 1 else 2
    while value < 10.0 ** (1 - digits):
        digits += 1
    return f"{value:.{digits}f}"


def as_data(pairs: Sequence[Pair], load: float, quick: bool) -> dict[str, Json]:
    """Everything measured, and how."""
    settings: dict[str, Json] = {
        stutter: model_settings(model_of(Row(2, stutter, 1))) for stutter in MOVES
    }
    return {
        "made": made_with(),
        "machine": {
            "cores": os.cpu_count(), "architecture": platform.machine(),
            "system": platform.system(), "load_at_start": load,
        },
        "quick": quick,
        "kit": KIT, "population": POPULATION, "theta": THETA, "seed": SEED,
        "settings": settings,
        "drawn_with": {
            f"{n} persons, {stutter} stutter": asdict(truth_of(Row(n, stutter, 1)))
            for n, stutter in (pair.key for pair in pairs)
        },
        "euroformix": [
            {"persons": n, "stutter": stutter, **asdict(peer)}
            for (n, stutter), peer in EUROFORMIX_SECONDS.items()
        ],
        "goals": [asdict(one) for pair in pairs for one in judged(pair)],
        "rows": [asdict(cost) for pair in pairs for cost in (pair.theirs, pair.ours)],
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--persons", type=int, nargs="+", choices=PERSONS)
    parser.add_argument("--stains", type=int, help="of each row; 5, 2 for four persons, 1 above")
    parser.add_argument("--quick", action="store_true", help="one stain a row, to three persons")
    parser.add_argument("--picture", action="store_true", help=f"also docs/images/{PICTURE.name}")
    parser.add_argument("--out", type=Path, default=RESULTS)
    asked = parser.parse_args()
    if asked.stains is not None and asked.stains < 1:
        raise SystemExit("At least one stain a row.")
    persons = asked.persons or (PERSONS[:2] if asked.quick else PERSONS)
    listed = rows(persons, 1 if asked.quick else asked.stains)
    load = round(os.getloadavg()[0], 1)
    shown = Progress()
    try:
        pairs = pairs_of(costs_apart(row_cost, listed, lambda n: shown("rows", n, len(listed))))
    except ReopenError as error:
        raise SystemExit(str(error)) from None
    growth = points(4, 8) if asked.quick else points()
    text = "\n\n".join([against_euroformix(pairs), told(pairs, load), in_detail(pairs)])
    data = {**as_data(pairs, load, asked.quick), "growth": [asdict(one) for one in growth]}
    write(asked.out, NAME, text, drawing(growth), data)
    if asked.picture:
        write_picture(PICTURE, drawing(growth))


if __name__ == "__main__":
    main()
