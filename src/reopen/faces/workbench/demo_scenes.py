"""The plot of the demo: which cases there are, who is in each stain, and how well it was preserved.

Not for: people and peaks, which `demo` draws for these scenes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, cycle, islice, repeat

import numpy as np

KITS = ("SGM Plus", "Identifiler", "GlobalFiler")
OFFENDER, VICTIM, BYSTANDER, STAFF = "offender", "victim", "bystander", "staff (contamination)"


@dataclass(frozen=True, slots=True)
class Scene:
    """A case to be: the year, the kit, who is in the stain with which share, and its peak heights.

    shares    of the offender, then of `second`, then of a bystander, as far as there are any
    offender  a name, given when the scene is cast
    height_rfu, variability, degradation   mu, omega and beta of the peak-height model
    """

    year: int
    kit: str
    shares: tuple[float, ...]
    height_rfu: float
    variability: float
    degradation: float
    offender: str = ""
    second: str = VICTIM


# One donor's fourteen: a clear single stain, a minor part of two or three, or a poor remainder.
SERIES = (
    Scene(1978, "SGM Plus", (1.0,), 90, 0.35, 0.30),
    Scene(1979, "SGM Plus", (1.0,), 900, 0.25, 0.75),
    Scene(1981, "SGM Plus", (0.30, 0.70), 1100, 0.20, 0.80),
    Scene(1983, "SGM Plus", (1.0,), 250, 0.30, 0.30),
    Scene(1984, "Identifiler", (0.25, 0.75), 1500, 0.20, 0.85),
    Scene(1986, "SGM Plus", (1.0,), 700, 0.25, 0.70),
    Scene(1988, "Identifiler", (0.20, 0.50, 0.30), 2200, 0.18, 0.85),
    Scene(1990, "Identifiler", (1.0,), 1400, 0.20, 0.80),
    Scene(1992, "Identifiler", (1.0,), 120, 0.35, 0.30),
    Scene(1995, "GlobalFiler", (0.15, 0.85), 2500, 0.18, 0.90),
    Scene(1998, "Identifiler", (0.35, 0.65), 800, 0.22, 0.75),
    Scene(2002, "GlobalFiler", (0.25, 0.45, 0.30), 2000, 0.18, 0.85),
    Scene(2005, "GlobalFiler", (1.0,), 1800, 0.15, 0.90),
    Scene(2009, "GlobalFiler", (1.0,), 150, 0.35, 0.45),
)
CONTAMINATED = Scene(1999, "GlobalFiler", (0.75, 0.25), 1500, 0.20, 0.85, second=STAFF)

_OTHERS = {1: 25, 2: 15, 3: 2}  # contributors -> cases
_SMALL_SERIES = (3, 2)
_OFFENDERS_ON_FILE = 3


def scenes(
    rng: np.random.Generator, donor: str, on_file: Sequence[str], strangers: Iterator[str]
) -> list[Scene]:
    """All cases in order of their years, each with its offender.

    donor      of the fourteen
    on_file    people some other offenders are drawn from
    strangers  names for the other offenders, who are not on file
    """
    contributors = [n for n, cases in _OTHERS.items() for _ in range(cases)]
    rng.shuffle(contributors)
    known = rng.choice(on_file, size=_OFFENDERS_ON_FILE, replace=False).tolist()
    series = [repeat(next(strangers), cases) for cases in _SMALL_SERIES]
    offenders = chain(*series, known, strangers)
    cast = [replace(scene, offender=donor) for scene in SERIES]
    cast += [
        replace(_other(rng, kit, n), offender=offender)
        for n, kit, offender in zip(
            contributors, cycle(KITS), islice(offenders, len(contributors)), strict=False
        )
    ]
    cast.append(replace(CONTAMINATED, offender=next(strangers)))
    return sorted(cast, key=lambda scene: scene.year)


def _other(rng: np.random.Generator, kit: str, contributors: int) -> Scene:
    share = round(rng.uniform(0.3, 0.7), 2)
    shares = {1: (1.0,), 2: (share, round(1 - share, 2)), 3: (0.35, 0.45, 0.20)}
    return Scene(
        year=int(rng.integers(1978, 2010)),
        kit=kit,
        shares=shares[contributors],
        height_rfu=float(np.exp(rng.uniform(np.log(400), np.log(2500)))),
        variability=rng.uniform(0.15, 0.30),
        degradation=rng.uniform(0.6, 0.95),
    )
