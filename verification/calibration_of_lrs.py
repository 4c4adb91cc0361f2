"""Are the LRs of the searches as good as they say? Donors and non-donors of every mixture.

    python -m verification.nfi_mixtures --persons 2 3 4 5
    python -m verification.calibration_of_lrs

Reads what the searches left in `results/`; no other data are needed. Every donor of each stain, and
every other person of every database, has one search LR (whichever contributor). Cllr weighs both
kinds alike. People and mixtures come back in several stains, so the LRs are fewer independent
trials than their number says, and intervals are too narrow by as much.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from math import inf, isfinite, isinf, log10
from pathlib import Path

import numpy as np
from markupsafe import Markup

from reopen.errors import ReopenError, UnreadableFile
from verification.calibration import (
    Counts,
    Reliability,
    cllr,
    from_data,
    least_cllr,
    reliability,
    tippett,
)
from verification.charts import BLUE, ORANGE, RED, Axis, Panel, sheet
from verification.common import RESULTS, Column, Json, made_with, table, write

EDGES = (-inf, -10.0, -6.0, -4.0, -3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0, 4.0, 6.0, 10.0, 15.0, inf)
_SIZE = (290.0, 290.0)  # of a panel
_ENDS = (-30.0, 35.0)  # log10 LR at the edges of a Tippett plot


@dataclass(frozen=True, slots=True)
class Calibration:
    """The LRs of all stains of one number of persons.

    above_1000    non-donors with an LR above 1,000, as a share
    wrong_donors  donors with an LR below 1
    """

    persons: int
    donors: int
    others: int
    cllr: float
    least_cllr: float
    above_1000: float
    wrong_donors: int
    rows: tuple[Reliability, ...]


def load(path: Path) -> dict[int, tuple[list[float], Counts]]:
    """Persons -> log10 LR of each donor, and of all others as counts."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UnreadableFile(
            f"{path.name} cannot be read: {error}.",
            rule="The LRs are those that the searches left.",
            way_on="Run python -m verification.nfi_mixtures first.",
        ) from None
    if "others" not in data:
        raise UnreadableFile(
            f"{path.name} holds no LRs of non-donors.",
            rule="Calibration is of all LRs, not of hits alone.",
            way_on="Run python -m verification.nfi_mixtures again; older results kept hits only.",
        )
    found = {}
    for persons, counts in data["others"].items():
        mine = [hit for hit in data["hits"] if hit["persons"] == int(persons)]
        donors = [float(hit["search"]) for hit in mine if hit["is_donor"]]
        found[int(persons)] = (donors, from_data(counts))
    return found


def calibration(persons: int, donors: Sequence[float], others: Counts) -> Calibration:
    high = others.numbers[others.middles > log10(1000)].sum()
    return Calibration(
        persons=persons,
        donors=len(donors),
        others=others.number,
        cllr=cllr(donors, others),
        least_cllr=least_cllr(donors, others),
        above_1000=float(high / others.number),
        wrong_donors=sum(lr < 0 for lr in donors),
        rows=tuple(reliability(donors, others, EDGES)),
    )


def as_table(found: Sequence[Calibration]) -> str:
    first = table(
        [Column("persons"), Column("donors' LRs"), Column("others' LRs"), Column("Cllr"),
         Column("least Cllr"), Column("lost by calibration"), Column("others above LR 1,000"),
         Column("donors below LR 1")],
        [
            [str(c.persons), str(c.donors), f"{c.others:,}", f"{c.cllr:.4f}",
             f"{c.least_cllr:.4f}", f"{c.cllr - c.least_cllr:.4f}", f"{c.above_1000:.1e}",
             str(c.wrong_donors)]
            for c in found
        ],
    )  # fmt: skip
    second = table(
        [Column("persons"), Column("log10 LR", number=False), Column("donors"), Column("others"),
         Column("said"), Column("observed"), Column("95 % interval", number=False)],
        [
            [str(c.persons), _range(row), str(row.donors), f"{row.others:,}",
             _number(row.said), _number(row.observed),
             f"{_number(row.interval[0])} to {_number(row.interval[1])}"]
            for c in found for row in c.rows
        ],
    )  # fmt: skip
    return f"{first}\n\n{second}"


def _range(row: Reliability) -> str:
    if isinf(row.low):
        return f"below {row.high:g}"
    return f"{row.low:g} and more" if isinf(row.high) else f"{row.low:g} to {row.high:g}"


def _number(value: float) -> str:
    return f"{value:.2f}" if isfinite(value) else ("inf" if value > 0 else "-inf")


def drawing(lrs: Mapping[int, tuple[list[float], Counts]], found: Sequence[Calibration]) -> Markup:
    """For each number of persons: Tippett plot, the tail of the others, and reliability."""
    panels, marks = [], []
    for k, c in enumerate(found):
        donors, others = lrs[c.persons]
        row = list(_panels(c, k * _SIZE[1]))
        panels += row
        marks += [*_tippett(row[0], donors, others), *_tail(row[1], others), *_reliable(row[2], c)]
    return sheet(
        panels,
        "Calibration of all search LRs",
        "By number of persons: Tippett plot; share of non-donors above each LR with the bound of "
        "one over the LR; log10 LR observed against said.",
        marks,
        "Blue: donors. Red: non-donors; dashes: the most that is allowed. Right: bars are 95 %.",
    )


def _panels(c: Calibration, top: float) -> Iterator[Panel]:
    persons = f"{c.persons} persons"
    said, observed = (Axis(f"log10 LR {how}", -15.0, 20.0) for how in ("said", "observed"))
    axes = (
        (f"{persons}: Tippett plot", Axis("log10 LR", *_ENDS),
         Axis("share with this LR or more", 0.0, 1.0)),
        (f"{persons}: non-donors' tail", Axis("log10 LR", -1.0, 6.0),
         Axis("log10 share of non-donors", -7.0, 0.0)),
        (f"{persons}: reliability", said, observed),
    )  # fmt: skip
    for place, (title, x, y) in enumerate(axes):
        yield Panel(title, x, y, place * _SIZE[0], top, *_SIZE)


def _tippett(panel: Panel, donors: Sequence[float], others: Counts) -> list[Markup]:
    mine = np.sort(np.array(donors)).tolist()
    of_donors = [(x, 1 - k / len(mine)) for k, x in enumerate(mine)]
    return [panel.curve(_stairs(tippett(others)), RED), panel.curve(_stairs(of_donors), BLUE)]


def _stairs(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Steps of the share with an LR of x or more, from edge to edge of the picture."""
    low, high = _ENDS
    steps = [(low, 1.0)]
    for (x, share), (_, after) in pairwise([*points, (inf, 0.0)]):
        if x < low:
            steps = [(low, after)]
        elif x <= high:
            steps += [(x, share), (x, after)]
    return [*steps, (high, steps[-1][1])]


def _tail(panel: Panel, others: Counts) -> list[Markup]:
    bound = [(-1.0, 0.0), (0.0, 0.0), (panel.x.high, -panel.x.high)]
    seen = [(x, log10(y)) for x, y in tippett(others) if x >= panel.x.low]
    return [panel.curve(bound, RED, "5 3"), *([panel.curve(seen, RED)] if seen else [])]


def _reliable(panel: Panel, c: Calibration) -> list[Markup]:
    marks = [panel.curve([(panel.x.low, panel.y.low), (panel.x.high, panel.y.high)], ORANGE, "5 3")]
    for row in c.rows:
        told = f"{_range(row)}: {row.donors} donors, {row.others:,} others"
        marks.append(panel.span(row.said, *row.interval, BLUE))
        if isfinite(row.observed):
            marks.append(panel.dot(row.said, row.observed, BLUE, told))
    return marks


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--replicate", default="1", choices=["1", "2", "3"], help="searched")
    parser.add_argument("--out", type=Path, default=RESULTS, help="folder of results")
    asked = parser.parse_args()
    ending = "" if asked.replicate == "1" else f"_replicate_{asked.replicate}"
    try:
        lrs = load(asked.out / f"nfi_mixtures{ending}.json")
    except ReopenError as error:
        raise SystemExit(str(error)) from None
    found = [calibration(persons, *lrs[persons]) for persons in sorted(lrs)]
    data: dict[str, Json] = {
        "made": made_with(),
        "from": f"nfi_mixtures{ending}.json",
        "results": [_plain(c) for c in found],
    }
    name = f"calibration_of_lrs{ending}"
    write(asked.out, name, as_table(found), drawing(lrs, found), data)


def _plain(c: Calibration) -> Json:
    rows = [{k: _strict(v) for k, v in asdict(row).items()} for row in c.rows]
    return {**{k: v for k, v in asdict(c).items() if k != "rows"}, "rows": rows}


def _strict(value: object) -> Json:
    """JSON has no infinity."""
    if isinstance(value, tuple | list):
        return [_strict(item) for item in value]
    assert isinstance(value, int | float)
    return value if isfinite(value) else str(value)


if __name__ == "__main__":
    main()
