"""A block done: inputs by name -> the bytes of its result. The same bytes wherever it is done.

Not here: processes, machines and what happens when they fail (`local`, `cluster`).
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import Any

from reopen.engine.kept import Kept
from reopen.engine.plan import Block, made_with
from reopen.engine.value_types import types_of
from reopen.engine.values import from_bytes, to_bytes
from reopen.errors import CannotRun
from reopen.link.stain_slabs import MayReach
from reopen.link.works import AmongTyped, InFull, Solve
from reopen.weigh.fit import one_blas_thread

WORKS = (Solve, AmongTyped, MayReach, InFull)
"""All that a block may be: nothing else is ever called, whatever the bytes say."""

_AT_HAND = 16  # inputs that a process holds ready, above all the work that its blocks share

Bytes = Callable[[str], bytes]
"""An input's bytes by its name."""


def input_of(kept: Kept) -> Bytes:
    """Inputs as a folder keeps them."""

    def read(name: str) -> bytes:
        data = kept.read(name)
        if data is None:
            raise CannotRun(
                f"Input {name[:16]} of a block is missing, or was damaged.",
                rule="Inputs are kept before the blocks that use them are done.",
                way_on="Start the run again: it keeps them anew.",
            )
        return data

    return read


def do(block: Block, inputs: Bytes) -> bytes:
    """The bytes of a block's result. Raises CannotRun, and what its work raises."""
    if block.made_with != made_with():
        raise CannotRun(
            f"A block for {block.made_with} met {made_with()}.",
            rule="All who do one plan's blocks have the same program and libraries.",
            way_on="Install the same versions on every machine.",
        )
    work = _value(block.work, inputs)
    if type(work) not in WORKS:
        raise CannotRun(f"{type(work).__name__} is no work.", rule="A block calls a listed work.")
    parts = [_value(name, inputs) for name in block.parts]
    with one_blas_thread():  # how sums are split must not depend on the machine's cores
        return to_bytes(work(*parts))


def result_of(data: bytes) -> Any:
    """The value of a result's bytes. Raises UnreadableFile."""
    return from_bytes(data, types_of(WORKS))


_at_hand: OrderedDict[str, object] = OrderedDict()
_lock = Lock()


def _value(name: str, inputs: Bytes) -> Any:
    """An input, read once while it is used again and again."""
    with _lock:
        if name in _at_hand:
            _at_hand.move_to_end(name)
            return _at_hand[name]
    value = from_bytes(inputs(name), types_of(WORKS), f"input {name[:16]}")
    with _lock:
        _at_hand[name] = value
        while len(_at_hand) > _AT_HAND:
            _at_hand.popitem(last=False)
    return value
