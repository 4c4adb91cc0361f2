"""The one file that says how kernels are compiled.

Kernels are plain Python over NumPy arrays, compiled by Numba on first use and kept on disk. Set
REOPEN_UNCOMPILED=1 to run them as they stand (slow; for debugging). Compiled code is kept in
REOPEN_CACHE, or the user's cache folder, under a name made from the text of all kernels: a changed
kernel never meets old machine code, whichever file it stands in.
"""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar, cast

Function = TypeVar("Function", bound=Callable[..., object])

UNCOMPILED = os.environ.get("REOPEN_UNCOMPILED", "") not in ("", "0")


def kernel(function: Function) -> Function:
    """Compile a kernel: no Python objects, no interpreter lock, cached on disk."""
    if UNCOMPILED:
        return function
    from numba import config, njit

    settings = vars(config)  # Numba reads its cache folder when a function is wrapped
    kept = settings["CACHE_DIR"]
    settings["CACHE_DIR"] = str(cache_folder())
    try:
        return cast(Function, njit(cache=True, nogil=True, error_model="numpy")(function))
    finally:
        settings["CACHE_DIR"] = kept


def cache_folder() -> Path:
    """Where compiled kernels of this version are kept."""
    return _user_cache() / f"kernels-{_fingerprint()}"


def is_compiled() -> bool:
    """Whether a run before this one has left compiled kernels behind."""
    return UNCOMPILED or any(cache_folder().glob("**/*.nbi"))


def _user_cache() -> Path:
    if chosen := os.environ.get("REOPEN_CACHE"):
        return Path(chosen)
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "reopen"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "reopen"


def _fingerprint() -> str:
    digest = hashlib.sha256(sys.version.encode())
    for file in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]
