"""How often each rule of the audit finds a planted fault, and how often it asks about nothing.

    python -m verification.audit_rates

Invented units of one year (about 2,000 samples, 12 analysts; docs/audit-simulation.md) are audited
as they are, and with faults planted in them. A finding on an honest unit is a false alarm unless it
names something irregular that did happen there (a seal typed wrongly, a colleague's DNA on a swab):
such findings are true, and counted apart.
"""

from __future__ import annotations

import argparse
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import process_time

import numpy as np
from scipy.stats import chi2

from reopen.prove import RULES, Holdings, RuleClass
from reopen.prove.audit import Audit, audit, in_order
from reopen.prove.simulate import (
    FAULTS,
    Altered,
    CannotPlant,
    Fault,
    Planted,
    Simulated,
    plant_in,
    simulate,
)
from reopen.records.base import Record
from reopen.records.findings import Severity
from reopen.records.stored import StoredProfile
from verification.common import RESULTS, Column, Json, Progress, made_with, table, write_table
from verification.pedigree_checks import wilson

UNITS, PLANTED_UNITS, AT_ONCE, BUDGET = 24, 4, 2, 1.0
COMPARED, LONG_YEARS = ("P1", "P2", "P3", "P4", "P5"), 3.0
STATISTICAL = tuple(r.id for r in RULES.values() if r.kind is RuleClass.STATISTICAL)


@dataclass(slots=True)
class Honest:
    """What the audit said of units in which nobody meant harm."""

    years: float = 0.0
    false: Counter[str] = field(default_factory=Counter)
    false_grave: Counter[str] = field(default_factory=Counter)
    true: Counter[str] = field(default_factory=Counter)
    silent: Counter[str] = field(default_factory=Counter)
    examples: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0

    def add(self, unit: Simulated, audited: Audit) -> None:
        self.years += unit.years
        for finding in audited.findings:
            if unit.incidents_of(finding):
                self.true[finding.rule] += 1
                continue
            self.false[finding.rule] += 1
            self.false_grave[finding.rule] += finding.severity is Severity.A
            self.examples.setdefault(finding.rule, finding.sentence)
        self.silent.update(answer.rule for answer in audited.cannot_tell)


@dataclass(slots=True)
class Detected:
    """Of how many planted faults one finding at least named what shows it."""

    planted: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    not_possible: Counter[str] = field(default_factory=Counter)

    def of_rule(self, rule: str) -> tuple[int, int]:
        own = [name for name in self.planted if FAULTS[name].rule == rule]
        return sum(self.found[name] for name in own), sum(self.planted[name] for name in own)


def audited(records: Sequence[Record], unit: Simulated, rules: Sequence[str] | None) -> Audit:
    """The audit as an asker without the class STAFF has it made."""
    staff = [r for r in records if isinstance(r, StoredProfile) and r.staff]
    seen = [r for r in records if not (isinstance(r, StoredProfile) and r.staff)]
    return audit(Holdings(seen, now=unit.now), looks=(), staff=staff, only=rules)


def measure(
    seeds: Sequence[int], planted: int, at_once: int, rules: Sequence[str], progress: Progress
) -> tuple[Honest, Detected]:
    """Every unit as it is; the first of them also with faults, those of one rule at a time."""
    honest, detected = Honest(), Detected()
    steps, done = len(seeds) + planted * len(rules), 0
    for k, seed in enumerate(seeds):
        progress("audits", done, steps)
        unit = simulate(seed)
        started = process_time()
        said = audited(unit.records, unit, None)
        honest.add(unit, said)
        honest.seconds += process_time() - started
        done += 1
        for rule in rules if k < planted else ():
            progress("audits", done, steps)
            done += 1
            for faults in _together([f for f in FAULTS.values() if f.rule == rule], at_once):
                plant_and_ask(unit, faults, detected, before=said)
    progress("audits", steps, steps)
    return honest, detected


def over_years(seeds: Sequence[int], rules: Sequence[str], progress: Progress) -> Detected:
    """Faults of rules that compare people, in units of three years: a year holds little of each."""
    detected = Detected()
    for k, seed in enumerate(seeds):
        progress("units of three years", k, len(seeds))
        unit = simulate(seed, years=LONG_YEARS)
        said = audited(unit.records, unit, STATISTICAL)
        for fault in FAULTS.values():
            if fault.rule in COMPARED and fault.rule in rules:
                plant_and_ask(unit, [fault], detected, before=said)
    progress("units of three years", len(seeds), len(seeds))
    return detected


def _together(faults: Sequence[Fault], at_once: int) -> Iterator[list[Fault]]:
    alike = [fault for fault in faults if not fault.alone]
    if alike:
        yield alike * at_once
    yield from ([fault] for fault in faults if fault.alone)


def plant_and_ask(
    unit: Simulated, faults: Sequence[Fault], result: Detected, *, before: Audit
) -> None:
    """Faults of one rule. One is found where a finding that the honest unit does not have names
    it; statistical rules are asked together, since they share the budget."""
    rule = faults[0].rule
    key = [unit.seed, *(ord(letter) for letter in faults[0].name)]
    altered = Altered(unit.records, unit.now, np.random.default_rng(key))
    planted: list[Planted] = []
    for fault in faults:
        try:
            planted.append(plant_in(altered, fault))
        except CannotPlant:
            result.not_possible[fault.name] += 1
    records = altered.records
    asked = STATISTICAL if rule in STATISTICAL else (rule,)
    known = {finding.id for finding in before.findings}
    said = audited(records, unit, asked)
    new = [f for f in said.findings if f.id not in known]
    by_ref = {record.ref: record for record in (*records, *said.sealed)}
    for one in planted:
        result.planted[one.fault.name] += 1
        result.found[one.fault.name] += one.is_named(new, by_ref)


def poisson(k: int, years: float) -> tuple[float, float]:
    """95 % interval of a yearly rate (Garwood 1936)."""
    low = float(chi2.ppf(0.025, 2 * k)) / 2 if k else 0.0
    return low / years, float(chi2.ppf(0.975, 2 * k + 2)) / 2 / years


def by_rule(of: Honest, found: Detected) -> str:
    columns = [
        Column("rule", False), Column("title", False), Column("kind", False),
        Column("faults found"), Column("95 % interval"), Column("false alarms a year"),
        Column("95 % interval"), Column("true, honest, a year"), Column("could not tell"),
    ]  # fmt: skip
    lines = []
    for rule in in_order(RULES):
        k, n = found.of_rule(rule)
        low, high = wilson(k, n) if n else (0.0, 1.0)
        share = [f"{k} of {n}", f"{100 * low:.0f} to {100 * high:.0f} %"] if n else ["none", ""]
        false = of.false[rule]
        rate = [f"{false / of.years:.2f}", "{:.2f} to {:.2f}".format(*poisson(false, of.years))]
        true = f"{of.true[rule] / of.years:.1f}"
        silent = f"{of.silent[rule]} of {of.years:.0f}"
        lines.append([rule, RULES[rule].title, RULES[rule].kind, *share, *rate, true, silent])
    return table(columns, lines)


def by_fault(found: Detected, long: Detected) -> str:
    columns = [
        Column("fault", False), Column("what was done", False), Column("found"),
        Column("in three years"),
    ]  # fmt: skip
    lines = []
    for name, n in sorted(found.planted.items(), key=lambda item: _order(item[0])):
        later = f"{long.found[name]} of {long.planted[name]}" if long.planted[name] else ""
        lines.append([name, FAULTS[name].told, f"{found.found[name]} of {n}", later])
    return table(columns, lines)


def _order(name: str) -> tuple[int, int, str]:
    rule, _, word = name.partition(".")
    return "CLRXPS".find(rule[0]), int(rule[1:]), word


def totals(of: Honest) -> dict[str, Json]:
    """All false alarms together, those of statistical rules, and those of severity A."""
    parts = {
        "all": sum(of.false.values()),
        "statistical": sum(n for rule, n in of.false.items() if rule in STATISTICAL),
        "severity A": sum(of.false_grave.values()),
    }
    return {
        name: {"count": n, "a_year": n / of.years, "interval": list(poisson(n, of.years))}
        for name, n in parts.items()
    }


def in_words(of: Honest) -> str:
    parts = totals(of)
    lines = []
    for name, part in parts.items():
        assert isinstance(part, Mapping)
        low, high = part["interval"]  # type: ignore[misc]
        lines.append(
            f"{name}: {part['count']} in {of.years:.0f} laboratory-years, {part['a_year']:.2f} a "
            f"year (95 % interval {low:.2f} to {high:.2f})"
        )
    return "False alarms at the default budget. " + "; ".join(lines) + "."


def written(of: Honest, found: Detected, long: Detected) -> str:
    missed = ", ".join(sorted(found.not_possible)) or "none"
    examples = [f"{rule}: {told}" for rule, told in sorted(of.examples.items())]
    shown = "\n\n".join(["First false alarm of each rule that raised any:", *examples])
    return "\n\n".join([
        in_words(of), by_rule(of, found), by_fault(found, long),
        f"Could not be planted in some unit, for want of records: {missed}.",
        shown if examples else "No rule raised a false alarm.",
    ])  # fmt: skip


def main() -> None:
    """Simulate, audit, count, and write the results."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--units", type=int, default=UNITS, help="honest laboratory-years")
    parser.add_argument(
        "--planted", type=int, default=PLANTED_UNITS, help="of these, units that get faults too"
    )
    parser.add_argument("--at-once", type=int, default=AT_ONCE, help="of each fault in a unit")
    parser.add_argument("--rules", nargs="+", default=list(in_order(RULES)), metavar="ID")
    parser.add_argument("--seed", type=int, default=1000)
    parser.add_argument("--out", type=Path, default=RESULTS)
    asked = parser.parse_args()
    progress = Progress()
    seeds = range(asked.seed, asked.seed + asked.units)
    of, found = measure(seeds, asked.planted, asked.at_once, asked.rules, progress)
    later = range(asked.seed + 10_000, asked.seed + 10_000 + asked.planted)
    long = over_years(later, asked.rules, progress)
    rows: dict[str, dict[str, Json]] = defaultdict(dict)
    for rule in in_order(RULES):
        k, n = found.of_rule(rule)
        rows[rule] = {"rule": rule, "found": k, "planted": n, "false": of.false[rule],
                      "true": of.true[rule], "silent": of.silent[rule]}  # fmt: skip
    data: dict[str, Json] = {
        "made": made_with(),
        "seed": asked.seed,
        "laboratory_years": of.years,
        "budget": BUDGET,
        "false_alarms": totals(of),
        "rules": list(rows.values()),
        "faults": [
            {
                "fault": name,
                "planted": n,
                "found": found.found[name],
                "planted_3_years": long.planted[name],
                "found_3_years": long.found[name],
            }
            for name, n in found.planted.items()
        ],
        "audit_cpu_seconds_a_year": round(of.seconds / of.years, 1) if of.years else None,
    }
    write_table(asked.out, "audit_rates", written(of, found, long), data)


if __name__ == "__main__":
    main()
