"""What the report of numbers of contributors shows, as frozen values, computed elsewhere.

Not here: drawing (`number_bars`).
"""

from __future__ import annotations

from dataclasses import dataclass

from reopen.faces.report.number_bars import NumberBar
from reopen.records import NotWeighed, Population, Run


@dataclass(frozen=True, slots=True)
class CountedView:
    """One stain: its most probable number, a bar for each number, and a warning if there is one."""

    stain: str
    kit: str
    most_probable: int
    bars: tuple[NumberBar, ...]
    warning: str = ""


@dataclass(frozen=True, slots=True)
class CountingView:
    """Everything that the report of numbers of contributors shows.

    known  people taken to have contributed to every stain
    run    of the first stain; the others differ in their inputs, which stand in the JSON
    """

    title: str
    made_at: str
    counted: tuple[CountedView, ...]
    known: tuple[str, ...]
    controls: tuple[str, ...]
    notices: tuple[str, ...]
    not_weighed: tuple[NotWeighed, ...]
    assumptions: tuple[str, ...]
    populations: tuple[Population, ...]
    run: Run
    references_cited: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class IntegratedView:
    """The integrated ratio in the report of a weighing.

    told  sentences; rows  number of contributors, its probability under each proposition, log10 LR
    bars  of the numbers under the second proposition; none where the number was given
    """

    told: tuple[str, ...]
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    bars: tuple[NumberBar, ...]
