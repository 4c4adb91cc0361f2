"""A small invented unit, and a search of it done anywhere."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from reopen.engine.elsewhere import done_by
from reopen.engine.merge import table_of_links
from reopen.engine.outcome import Where
from reopen.formats import library
from reopen.link import LinkOptions, LinkResult, link
from reopen.link.how import How
from reopen.link.stains import Progress, quiet
from reopen.records import Population, Reference, Stain
from reopen.weigh.averaged import Averaging
from reopen.weigh.model import PeakModel, PeakParameters
from reopen.weigh.simulate import draw_references, draw_stain
from reopen.weigh.stutter import Stutter

KIT = library.kit("SGM Plus")
POPULATION = Population(library.population("nist1036-cauc"), theta=0.01)
MODEL = PeakModel(stutter=Stutter(back=False))
OPTIONS = LinkOptions(contributors=1, averaging=Averaging(draws=4), workers=1)


@dataclass(frozen=True, slots=True)
class Unit:
    stains: tuple[Stain, ...]
    references: tuple[Reference, ...]

    def linked(self, how: How | None = None, progress: Progress = quiet) -> LinkResult:
        return link(
            self.stains, self.references, POPULATION, {KIT.name: KIT}, MODEL, OPTIONS,
            progress, how=how,
        )  # fmt: skip


def invented(stains: int = 8) -> Unit:
    """Stains of one person each: every second one is by somebody on file, the first two are by the
    same stranger."""
    rng = np.random.default_rng(11)
    known = draw_references(rng, POPULATION, [f"known {k}" for k in range(stains)])
    stranger = draw_references(rng, POPULATION, ["stranger"])[0]
    how = PeakParameters((1.0,), 700.0, 0.2, 0.9)
    found = []
    for k in range(stains):
        nobody = draw_references(rng, POPULATION, ["nobody"])[0]
        donor = stranger if k < 2 else known[k] if k % 2 else nobody
        drawn = draw_stain(rng, [donor], POPULATION, KIT, how, MODEL, id=f"stain {k}")
        found.append(Stain(f"stain {k}", drawn.replicates, KIT.name))
    return Unit(tuple(found), tuple(known))


UNIT = invented()


def assert_same(found: LinkResult, expected: LinkResult) -> None:
    assert table_of_links(found.links) == table_of_links(expected.links)
    assert found.links == expected.links
    assert found.in_full == expected.in_full
    assert found.comparisons == expected.comparisons
    assert found.not_weighed == expected.not_weighed
    assert found.stains == expected.stains


def linked(where: Where, keep: Path | None = None, progress: Progress = quiet) -> LinkResult:
    with done_by(where, keep) as how:
        return UNIT.linked(how, progress)


class Stopped(Exception):
    """Somebody pressed Ctrl-C."""


def stop_at(step: str, done: int) -> Any:
    def progress(now: str, so_far: int, of: int) -> None:
        if now == step and so_far == done:
            raise Stopped

    return progress


def first_done(step: str, seen: list[int]) -> Any:
    """Notes how many blocks of a step are done when it begins."""

    def progress(now: str, so_far: int, of: int) -> None:
        if now == step and not seen:
            seen.append(so_far)

    return progress
