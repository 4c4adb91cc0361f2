"""Who does the works of a search that take long: this process, several, or a cluster.

The numbers are the same, to the last bit. Not here: how works are cut and done (`engine`).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from reopen.engine.elsewhere import Engine, done_by
from reopen.engine.local import Local
from reopen.engine.outcome import Tally, Where
from reopen.errors import InvalidRecord


@dataclass(frozen=True, slots=True)
class Machines:
    """Who does a search, and where its results are kept on the way; by default threads of this
    process, and nowhere.

    workers  processes of this machine; 1 is this process alone
    cluster  address of a Dask scheduler, such as tcp://10.0.0.5:8786, instead of processes
    keep     folder of inputs and results, from which a stopped search goes on

    Raises InvalidRecord for workers and a cluster, and for fewer workers than one.
    """

    workers: int | None = None
    cluster: str = ""
    keep: str | Path | None = None

    def __post_init__(self) -> None:
        if self.cluster and self.workers is not None:
            raise InvalidRecord(
                f"{self.workers} workers of this machine, and the cluster {self.cluster}.",
                rule="A search is done by processes of this machine, or by a cluster.",
                way_on="Name one of them.",
            )
        if self.workers is not None and self.workers < 1:
            raise InvalidRecord(
                f"{self.workers} workers.",
                rule="A search is done by one process at least.",
                way_on="Give a number from 1.",
            )

    @contextmanager
    def working(self) -> Iterator[Engine | None]:
        """What a search takes as `how`. Raises CannotStore; what is done raises CannotRun too."""
        if self == Machines():
            yield None
            return
        with done_by(self._where(), None if self.keep is None else Path(self.keep)) as engine:
            yield engine

    def _where(self) -> Where:
        if not self.cluster:
            return Local(self.workers)
        # Imported here, since no search on one machine should wait for it.
        from reopen.engine.cluster import Cluster

        return Cluster(self.cluster)


def tallies_of(engine: Engine | None) -> tuple[Tally, ...]:
    """What an engine took over and did, step by step; nothing where there was none."""
    return () if engine is None else tuple(engine.tallies)


def tallies_text(machines: Machines, tallies: tuple[Tally, ...]) -> str:
    """What was taken over, done and failed, as lines for the terminal; '' for threads alone."""
    if not tallies:
        return ""
    where = f" from {machines.keep}" if machines.keep is not None else ""
    return "\n".join(_told(tally, where) for tally in tallies)


def _told(tally: Tally, where: str) -> str:
    said = [f"{tally.done:,} done now"]
    if tally.before:
        said.insert(0, f"{tally.before:,} taken over{where}")
    if tally.failed:
        said.append(f"{tally.failed:,} not done, which are listed")
    return f"{tally.step[:1].upper()}{tally.step[1:]}: {', '.join(said)}."
