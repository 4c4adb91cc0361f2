"""Drawers' moves as the flat arrays that kernels walk over. Axes as in `kernels.shapes`."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reopen.kernels.shapes import LANES, SLOTS, Ints
from reopen.weigh.chains import Moves


def move_arrays(
    steps: list[tuple[tuple[Moves, ...], ...]], first_position: list[int], width: int
) -> dict[str, NDArray[Any]]:
    """Dose tables and joint moves, each distinct one stored once."""
    n = first_position[-1]
    first_dose = np.zeros((n, width), dtype=np.int64)
    n_doses = np.ones((n, width), dtype=np.int64)
    pattern = np.zeros(n, dtype=np.int64)
    doses: dict[tuple[tuple[int, ...], ...], int] = {}
    patterns: dict[tuple[Moves, ...], int] = {}
    n_stored = 0
    single = {
        name: np.ones((n, width), dtype=np.int64)
        for name in ("first_move", "n_moves", "states_before", "states_after")
    }
    rows: dict[tuple[tuple[int, int, int], ...], int] = {}
    n_rows = 0
    for i, by_drawer in enumerate(steps):
        start, end = first_position[i], first_position[i + 1]
        for p, tables in zip(range(start, end), zip(*by_drawer, strict=True), strict=False):
            pattern[p] = patterns.setdefault(tables, len(patterns))
            for j, table in enumerate(tables):
                if table.doses not in doses:
                    doses[table.doses] = n_stored
                    n_stored += len(table.doses)
                first_dose[p, j], n_doses[p, j] = doses[table.doses], len(table.doses)
                if table.moves not in rows:
                    rows[table.moves] = n_rows
                    n_rows += len(table.moves)
                single["first_move"][p, j] = rows[table.moves]
                single["n_moves"][p, j] = len(table.moves)
                single["states_before"][p, j] = table.n_before
                single["states_after"][p, j] = table.n_after
        if not by_drawer:
            pattern[start:end] = patterns.setdefault((), len(patterns))
    joint = [_joint_moves(tables) for tables in patterns]
    copies = [row for table in doses for row in table]
    move = np.array([row for table in rows for row in table], dtype=np.int64).reshape(-1, 3)
    return {
        **single,
        "move_before": np.ascontiguousarray(move[:, 0]),
        "move_after": np.ascontiguousarray(move[:, 1]),
        "move_dose": np.ascontiguousarray(move[:, 2]),
        "first_dose": first_dose,
        "n_doses": n_doses,
        "n_before": np.array([prod(t.n_before for t in tables) for tables in patterns])[pattern],
        "n_after": np.array([prod(t.n_after for t in tables) for tables in patterns])[pattern],
        "pattern": pattern,
        **_flat_moves("inner", [parts[0] for parts in joint]),
        **_flat_moves("outer", [parts[1] for parts in joint]),
        **_flat_moves("nothing", [parts[2] for parts in joint]),
        "dose_copies": np.array(copies, dtype=np.int64).reshape(-1, SLOTS),
    }


def _joint_moves(tables: tuple[Moves, ...]) -> tuple[Ints, Ints, Ints]:
    """Moves of the first drawer, joint moves of the others, and those of all without a copy; each
    (move, 3): state before and after in lanes, and dose."""
    step = np.array([LANES, LANES, 1])
    inner = outer = nothing = np.zeros((1, 3), dtype=np.int64)
    for j, table in enumerate(tables):
        rows = np.array(table.moves, dtype=np.int64).reshape(-1, 3) * step
        if j == 0:
            inner = rows
        else:
            outer = (rows[:, None] + outer[None]).reshape(-1, 3)
        still = rows[rows[:, 2] == 0]
        nothing = (still[:, None] + nothing[None]).reshape(-1, 3)
        step = step * (table.n_before, table.n_after, len(table.doses))
    return inner, outer, nothing


def _flat_moves(name: str, of_pattern: list[Ints]) -> dict[str, NDArray[Any]]:
    first = np.cumsum([0, *map(len, of_pattern)])
    rows = np.concatenate(of_pattern) if of_pattern else np.zeros((0, 3))
    columns = ("before", "after") if name == "nothing" else ("before", "after", "dose")
    return {
        f"first_{name}": first.astype(np.int64),
        **{
            f"{name}_{column}": np.ascontiguousarray(rows[:, k], dtype=np.uint32)
            for k, column in enumerate(columns)
        },
    }
