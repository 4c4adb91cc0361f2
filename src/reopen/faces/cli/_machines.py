"""Options that say who does a search, and what is told of it: taken over, done, stopped.

Not here: doing it (`workbench.machines`, the engine).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

import reopen
from reopen.faces.cli._ways import tell

Workers = Annotated[
    int | None,
    typer.Option(
        metavar="N",
        min=1,
        help="Processes of this machine that do the search; 1 is this one alone. Threads of this "
        "one if not set. The numbers are the same.",
        show_default=False,
    ),
]
ClusterAddress = Annotated[
    str,
    typer.Option(
        "--cluster",
        metavar="ADDRESS",
        help="Have a Dask cluster do the search: its scheduler's address, tcp://10.0.0.5:8786. "
        "The numbers are the same.",
        show_default=False,
    ),
]
Keep = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR",
        help="Keep results on the way in this folder: a search that was stopped goes on from it. "
        "It holds profiles; delete it when the search is done.",
        show_default=False,
    ),
]


@contextmanager
def stopping(machines: reopen.Machines) -> Iterator[None]:
    """Say what is left of a search that is stopped."""
    try:
        yield
    except KeyboardInterrupt:
        if machines.keep is not None:
            tell(f"\nWhat is done is kept in {machines.keep}: the same command goes on from it.")
        raise


def tell_of_works(machines: reopen.Machines, linking: reopen.Linking | None) -> None:
    """Say what was taken over, and what was done."""
    from reopen.faces.workbench.machines import tallies_text

    told = tallies_text(machines, linking.tallies) if linking is not None else ""
    if told:
        tell(told)
