"""Reference cases of disasters (`kind: dvi`) computed again: every expected number beside ours.

Numbers are compared as log10, probabilities too; conclusions by their names. Not for: reading the
files (`reference_kinship`), other kinds of case (`validate_kinship`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import inf, isnan, log10
from typing import Any

from reopen.faces.workbench.checks import Check, check
from reopen.faces.workbench.dvi import Identifying, identify_victims
from reopen.faces.workbench.reference_kinship import KinshipReference, number, quantities
from reopen.formats import read_kinship
from reopen.link.dvi_conclusions import Conclusion
from reopen.records import NotWeighed

_LISTED = 500  # enough to find an assignment among its equals
_WHOLE = 0.0
Computed = tuple[list[Check], list[NotWeighed]]


def dvi_checks(case: KinshipReference) -> Computed:
    """Every expected number and conclusion of a case beside ours."""
    return _Disaster(case).computed()


class _Disaster:
    def __init__(self, reference: KinshipReference):
        self.reference = reference
        read = read_kinship(reference.path)
        if read.population is None:
            raise reference.refusal("The case has no allele frequencies.")
        solve = reference.expected.get("solve")
        threshold = number(solve.get("threshold")) if isinstance(solve, Mapping) else 1e4
        self.ours: Identifying = identify_victims(
            read, threshold=threshold, join_parts=False, most_listed=_LISTED
        )
        self.found = self.ours.found
        self.checks: list[Check] = []
        self.unsupported: list[NotWeighed] = [*self.ours.not_weighed]

    def computed(self) -> Computed:
        counts = {
            "joint_n_assignments": [float(self.found.assignments)],
            "joint_n_assignments_evaluated": [
                float(self.found.assignments), self.found.of_possible,
            ],
            "joint_n_assignments_possible": [self.found.joint.possible],
        }  # fmt: skip
        for key, value in self.reference.expected.items():
            match key:
                case "pairwise_log10_lr":
                    self.pairs(key, value)
                case "exclusion_counts_no_mutation":
                    self.exclusions(key, value)
                case "joint_top":
                    self.top(key, value)
                case "posterior_pairing_flat":
                    self.posteriors(key, value)
                case "solve":
                    self.conclusions(value)
                case _ if key in counts:
                    expected = number(value)
                    got = min(counts[key], key=lambda n: abs(n - expected))
                    self.checks.append(check(key, expected, got, _WHOLE))
                case _:
                    self.left_out(quantities(value, key), "not computed by this version")
        return self.checks, self.unsupported

    def left_out(self, names: Iterator[str], reason: str) -> None:
        self.unsupported += [NotWeighed(name, reason) for name in names]

    def compared(self, what: str, expected: float, got: float | None) -> None:
        if isnan(expected):
            self.left_out(iter([what]), "the file gives no number")
        elif got is None:
            self.left_out(iter([what]), "no number of ours stands for it")
        else:
            self.checks.append(check(what, expected, got, self.reference.tolerance))

    def table(self, value: Any) -> Iterator[tuple[str, str, float]]:
        """Rows of {victim: {missing: number}}."""
        for victim, row in value.items():
            for missing, expected in row.items():
                yield str(victim), str(missing), number(expected)

    def pairs(self, key: str, value: Any) -> None:
        ours = {(pair.victim, pair.missing): pair.log10_lr for pair in self.found.pairs}
        for victim, missing, expected in self.table(value):
            self.compared(f"{key}: {victim} as {missing}", expected, ours.get((victim, missing)))

    def exclusions(self, key: str, value: Any) -> None:
        ours = {(p.victim, p.missing): float(len(p.impossible)) for p in self.found.pairs}
        for victim, missing, expected in self.table(value):
            self.compared(f"{key}: {victim} as {missing}", expected, ours.get((victim, missing)))

    def posteriors(self, key: str, value: Any) -> None:
        for victim, missing, expected in self.table(value):
            got = self.found.joint.posterior.get(victim, {}).get(missing, 0.0)
            self.compared(f"{key}: {victim} as {missing}", _log10(expected), _log10(got))

    def top(self, key: str, value: Any) -> None:
        """Assignments in their order; those of equal weight in any order among themselves."""
        listed = list(self.found.joint.top)
        for place, row in enumerate(value, 1):
            what = f"{key}: {place}"
            wanted = {str(v): str(m) for v, m in row["assignment"].items()}
            ours = next((r for r in listed if dict(r.assignment) == wanted), None)
            if ours is None:
                self.compared(f"{what}, log10 LR", number(row.get("log10_lr_vs_null")), -inf)
                continue
            self.compared(f"{what}, log10 LR", number(row.get("log10_lr_vs_null")), ours.log10_lr)
            if "posterior_flat" in row:
                self.compared(
                    f"{what}, probability", _log10(number(row["posterior_flat"])),
                    _log10(ours.posterior),
                )  # fmt: skip

    def conclusions(self, value: Any) -> None:
        sides = (
            ("AM", "Missing", "Sample", self.found.of_missing),
            ("PM", "Sample", "Missing", self.found.of_victims),
        )
        for side, person, other, ours in sides:
            by_name = {conclusion.person: conclusion for conclusion in ours}
            for row in value.get(side, ()):
                name = str(row[person])
                self.conclusion(f"conclusion on {name}", row, row.get(other), by_name.get(name))

    def conclusion(
        self, what: str, row: Mapping[str, Any], other: Any, ours: Conclusion | None
    ) -> None:
        if ours is None:
            self.left_out(iter([what]), "nobody of this name is sought")
            return
        said = str(row.get("Conclusion", ""))
        same = said.lower() == ours.kind.value.lower()
        self.checks.append(check(f"{what}: {said} (1 if the same)", 1.0, float(same), _WHOLE))
        named = "/".join(ours.others)
        same = named == (other or "")
        self.checks.append(
            check(f"{what}: {other or 'nobody'} (1 if the same)", 1.0, float(same), _WHOLE)
        )
        for key, got in (("LR", ours.log10_lr), ("GLR", ours.log10_glr)):
            if row.get(key) is not None:
                self.compared(f"{what}: log10 {key}", _log10(number(row[key])), got)


def _log10(value: float) -> float:
    if isnan(value):
        return value
    return log10(value) if value > 0 else -inf
