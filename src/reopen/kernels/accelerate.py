"""The one file that says how kernels are compiled.

Kernels are plain Python over NumPy arrays, compiled by Numba on first use and kept on disk. Set
REOPEN_UNCOMPILED=1 to run them as they stand (slow; for debugging). Compiled code is kept in
REOPEN_CACHE, or the user's cache folder, under a name made from the text of the kernel's file and
of every kernel file that it imports, directly or not: a changed kernel never meets old machine
code, and leaves that of others alone.
"""

from __future__ import annotations

import hashlib
import os
import re
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TypeVar, cast

Function = TypeVar("Function", bound=Callable[..., object])

_HERE = Path(__file__).parent
_IMPORTED = re.compile(r"^from reopen\.kernels\.(\w+) import", re.MULTILINE)

UNCOMPILED = os.environ.get("REOPEN_UNCOMPILED", "") not in ("", "0")


def kernel(function: Function) -> Function:
    """Compile a kernel: no Python objects, no interpreter lock, cached on disk."""
    return _compiled(function, in_any_order=False)


def bounding_kernel(function: Function) -> Function:
    """The same where sums may be taken in any order and with fused steps, several times as fast.

    For bounds whose margin covers any order; never for numbers that are told. What is infinite or
    no number stays so.
    """
    return _compiled(function, in_any_order=True)


def _compiled(function: Function, *, in_any_order: bool) -> Function:
    if UNCOMPILED:
        return function
    from numba import config, njit

    settings = vars(config)  # Numba reads its cache folder when a function is wrapped
    kept = settings["CACHE_DIR"]
    settings["CACHE_DIR"] = str(cache_folder(function.__module__.rpartition(".")[2]))
    fast = {"reassoc", "contract"} if in_any_order else False
    try:
        compiled = njit(cache=True, nogil=True, error_model="numpy", fastmath=fast)(function)
        return cast(Function, compiled)
    finally:
        settings["CACHE_DIR"] = kept


def cache_folder(name: str) -> Path:
    """Where compiled kernels of a file (without its ending) and of this version are kept."""
    return _user_cache() / f"{name}-{_fingerprint(name)}"


def is_compiled(name: str = "mixtures") -> bool:
    """Whether a run before this one has left compiled kernels of a file behind."""
    return UNCOMPILED or any(cache_folder(name).glob("**/*.nbi"))


def _user_cache() -> Path:
    if chosen := os.environ.get("REOPEN_CACHE"):
        return Path(chosen)
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "reopen"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "reopen"


@cache
def _fingerprint(name: str) -> str:
    digest = hashlib.sha256(sys.version.encode())
    for needed in sorted(_needed(name)):
        digest.update((_HERE / f"{needed}.py").read_bytes())
    return digest.hexdigest()[:16]


def _needed(name: str) -> set[str]:
    """A kernel file, and all those it takes something from."""
    found: set[str] = set()
    waiting = {name}
    while waiting:
        at = waiting.pop()
        found.add(at)
        text = (_HERE / f"{at}.py").read_text(encoding="utf-8")
        waiting |= set(_IMPORTED.findall(text)) - found
    return found
