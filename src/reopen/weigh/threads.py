"""One work done for many items on several threads. Kernels run without the interpreter's lock."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from reopen.weigh.fit import one_blas_thread

Item = TypeVar("Item")
Outcome = TypeVar("Outcome")


def each(work: Callable[[Item], Outcome], items: Iterable[Item], workers: int) -> Iterator[Outcome]:
    """Outcomes in the order of the items; what is not begun is dropped when the caller stops."""
    pool = ThreadPoolExecutor(workers)
    try:
        with one_blas_thread():
            yield from pool.map(work, items)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
