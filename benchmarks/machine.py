"""What this machine does at best, one core: what a search's speed is set against.

Also the memory that a run took, and figures written to a file for pictures and comparisons.
"""

from __future__ import annotations

import json
import platform
import resource
from collections.abc import Callable, Mapping
from pathlib import Path
from time import perf_counter
from typing import TypeAlias

import numpy as np

from reopen.weigh.fit import one_blas_thread

Figure: TypeAlias = (
    "str | int | float | Mapping[str, Figure] | list[Figure] | list[dict[str, Figure]]"
)

_SIDE = 2048  # of a matrix
_READ = 1 << 28  # bytes, beyond every cache


def best(work: Callable[[], object], times: int = 3) -> float:
    """Seconds that a work takes, the least of some times."""
    took = []
    for _ in range(times):
        start = perf_counter()
        work()
        took.append(perf_counter() - start)
    return min(took)


def matrix_flops() -> float:
    """Operations a second of a single-precision matrix product on one core."""
    one = np.random.default_rng(1).random((_SIDE, _SIDE), dtype=np.float32)
    with one_blas_thread():
        return 2 * _SIDE**3 / best(lambda: one @ one)


def bytes_read() -> float:
    """Bytes a second that one core reads from memory."""
    words = np.ones(_READ // 8, dtype=np.uint64)
    return _READ / best(words.sum, 5)


def peak_gib() -> float:
    """The most memory that this process has had."""
    unit = 2**30 if platform.system() == "Darwin" else 2**20
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


def write(figures: Mapping[str, Figure], file: str | None) -> None:
    """Figures as JSON, where a file was asked for."""
    if file:
        Path(file).write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
