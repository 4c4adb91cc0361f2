"""Work as blocks with content names: the same block has the same name on every machine and night.

A block is a work and the parts it is called with, each a value that is kept by the hash of its
text, or the result of an earlier block by that block's name. Its own name is the hash of those
names and of the program and libraries that would do it, so that a result is taken over only where
it would come out the same. Not here: doing blocks (`work`), where (`local`, `cluster`), which works
there are (`link.works`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from hashlib import sha256
from importlib.metadata import version

from reopen import __version__
from reopen.engine.kept import Kept
from reopen.engine.values import to_bytes, to_text
from reopen.link.how import Item
from reopen.weigh.evaluate import MODEL

_NUMBERS_REST_ON = ("numpy", "scipy", "numba")


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of work that needs nothing but its inputs.

    work, parts  names of the inputs: what is called, and what it is called with
    made_with    program, model and libraries; nothing else may do it
    label        what it is, for people; not in the name
    """

    work: str
    parts: tuple[str, ...]
    made_with: str
    label: str

    @property
    def name(self) -> str:
        named = {"work": self.work, "parts": self.parts, "made_with": self.made_with}
        return sha256(json.dumps(named, sort_keys=True).encode()).hexdigest()

    @property
    def inputs(self) -> tuple[str, ...]:
        """Each once."""
        return tuple(dict.fromkeys((self.work, *self.parts)))

    def to_line(self) -> str:
        """The block as a line of text, for a process that does it."""
        return json.dumps(asdict(self))

    @classmethod
    def of_line(cls, line: str) -> Block:
        said = json.loads(line)
        return cls(**{**said, "parts": tuple(said["parts"])})


@dataclass(frozen=True, slots=True)
class Plan:
    """Blocks that do not wait for each other, in the order of their items."""

    blocks: tuple[Block, ...]

    @property
    def distinct(self) -> tuple[Block, ...]:
        """One of each name."""
        return tuple({block.name: block for block in self.blocks}.values())


def planned(
    work: Callable[..., object],
    items: Sequence[Item],
    kept: Kept,
    results: Mapping[int, str] | None = None,
) -> Plan:
    """A block for each item; their inputs are kept. Raises CannotStore.

    results  values that earlier blocks gave, by `id` -> the block's name
    """
    names: dict[int, str] = {**(results or {})}

    def name(value: object) -> str:
        if id(value) not in names:  # items hold their parts, so that no id is used twice
            names[id(value)] = keep_input(value, kept)
        return names[id(value)]

    called, made = name(work), made_with()
    return Plan(
        tuple(Block(called, tuple(map(name, item.parts)), made, item.label) for item in items)
    )


def keep_input(value: object, kept: Kept) -> str:
    """Keep a value by the hash of its text, which is returned."""
    name = sha256(to_text(value)).hexdigest()
    if kept.read(name) is None:
        kept.write(name, to_bytes(value))
    return name


@cache
def made_with() -> str:
    """Program, model and the libraries whose versions may change a last digit."""
    libraries = ", ".join(f"{name} {version(name)}" for name in _NUMBERS_REST_ON)
    return f"reopen {__version__}, {MODEL}, {libraries}"
