"""A plan run: what is kept already is taken over, the rest is done, what fails is listed.

Not here: where blocks are done (`local`, `cluster`), what comes of their results (`merge`).
"""

from __future__ import annotations

from reopen.engine.kept import Kept
from reopen.engine.outcome import Doers, Failed, Outcome
from reopen.engine.plan import Plan
from reopen.link.stains import Progress, quiet


def run_plan(
    plan: Plan, kept: Kept, doers: Doers, progress: Progress = quiet, step: str = "working"
) -> Outcome:
    """Do the blocks of a plan whose results are not kept yet.

    progress  called with (step, done, of); an exception it raises stops the run, and the results
              so far stay. Run again, the plan goes on from them
    Raises CannotRun where nobody does blocks, CannotStore where results cannot be kept.
    """
    every = plan.distinct
    left = [block for block in every if kept.read(block.name) is None]
    failed: list[Failed] = []
    done = len(every) - len(left)
    progress(step, done, len(every))

    def report(ended: Failed | None) -> None:
        nonlocal done
        done += 1
        if ended is not None:
            failed.append(ended)
        progress(step, done, len(every))

    if left:
        doers.run(left, report)
    names = {one.block.name for one in failed}
    return Outcome(
        tuple(block for block in every if block.name not in names),
        tuple(failed),
        len(every) - len(left),
    )
