"""Results put together in the order of the plan, whoever gave them and in which order they came.

Not here: running a plan (`run`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from reopen.engine.kept import Kept
from reopen.engine.outcome import Outcome
from reopen.engine.plan import Plan
from reopen.engine.values import to_text
from reopen.engine.work import result_of
from reopen.records import Link, NotWeighed


def merged(plan: Plan, outcome: Outcome, kept: Kept) -> Iterator[Any]:
    """The value of each block in the order of the plan; a NotWeighed with the reason for one that
    failed, so that it is never taken for "no"."""
    failed = outcome.reasons
    for block in plan.blocks:
        if block.name in failed:
            one = failed[block.name]
            tries = "once" if one.attempts == 1 else f"{one.attempts} times"
            yield NotWeighed(block.label, f"not done: tried {tries}; {one.reason}. {kept.way_on}")
            continue
        data = kept.read(block.name)
        if data is None:
            yield NotWeighed(
                block.label, f"its result was damaged after it was kept. {kept.way_on}"
            )
        else:
            yield result_of(data)


def table_of_links(links: Iterable[Link]) -> bytes:
    """Links as lines of text in an order of their own, every number to its last digit: equal bytes
    are equal links."""
    lines = sorted(to_text(link) for link in links)
    return b"".join(line + b"\n" for line in lines)
