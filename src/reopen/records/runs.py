"""How a number was made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from reopen.records._frozen import Frozen


@dataclass(frozen=True, slots=True)
class Run:
    """Everything needed to redo a number.

    program     name and version of this program
    model       name of the model, with its version
    parameters  every setting that the number depends on, by name
    inputs      name -> SHA-256 of the input's bytes or canonical form
    seed        of all random draws; None where nothing is random
    libraries   library -> version
    """

    program: str
    model: str
    parameters: Mapping[str, str | float | int | bool | None]
    inputs: Mapping[str, str] = field(default_factory=dict)
    seed: int | None = None
    libraries: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("parameters", "inputs", "libraries"):
            object.__setattr__(self, name, Frozen(getattr(self, name)))
