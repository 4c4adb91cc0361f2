"""EuroForMix's public reference cases computed again: how many of their numbers hold.

    python -m verification.reference_cases

The same as `reopen validate`, with its tolerances, in one table: a line for each case.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import reopen
from reopen.errors import ReopenError
from reopen.faces.workbench.checks import CaseChecks
from verification.common import PROJECT, RESULTS, Column, Json, made_with, table, write_table

CASES = PROJECT.parent / "shared" / "reference" / "efm" / "cases"


def as_table(cases: Sequence[CaseChecks]) -> str:
    columns = [
        Column("case", number=False), Column("numbers"), Column("hold"), Column("do not hold"),
        Column("not computed"), Column("what does not hold", number=False),
    ]  # fmt: skip
    lines = []
    for case in cases:
        wrong = [check.quantity for check in case.checks if check.fails]
        told = ", ".join(wrong[:3]) + (f" and {len(wrong) - 3} more" if len(wrong) > 3 else "")
        lines.append(
            [case.id, str(len(case.checks)), str(len(case.checks) - len(wrong)), str(len(wrong)),
             str(len(case.unsupported)), told or "nothing"]
        )  # fmt: skip
    return table(columns, lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--cases", type=Path, default=CASES, help="folder of cases, or one case")
    parser.add_argument("--out", type=Path, default=RESULTS)
    asked = parser.parse_args()
    try:
        found = reopen.validate_cases(asked.cases)
    except ReopenError as error:
        raise SystemExit(str(error)) from None
    text = as_table(found.cases)
    text += (
        f"\n\n{found.held} numbers hold, {found.failed} do not, {found.unsupported} were not "
        "computed. A maximum above the other program's is no failure."
    )
    data: dict[str, Json] = {
        "made": made_with(),
        "held": found.held,
        "failed": found.failed,
        "not_computed": found.unsupported,
        "unreadable": [item.what for item in found.unreadable],
        "do_not_hold": [
            {"case": case.id, "quantity": c.quantity, "expected": c.expected, "got": c.got}
            for case in found.cases for c in case.checks if c.fails
        ],
    }  # fmt: skip
    write_table(asked.out, "reference_cases", text, data)


if __name__ == "__main__":
    main()
