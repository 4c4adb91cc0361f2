"""What the figures of the results are measured against.

Goals were set before the measurements they are for. Not here: how they are shown (`report`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from verification.provedit_pairs import GOAL

_DONORS = {2: (58, 58), 3: (89, 90), 4: (115, 120)}  # persons -> goal, of how many
_FALSE_LINKS = 0.01  # per search of 10,000
_FALSE_ALARMS = 1.0  # per laboratory-year, at the default budget


@dataclass(frozen=True, slots=True)
class Goal:
    """A figure with the goal it was measured for. is_met: None where only a part was measured."""

    what: str
    figure: str
    goal: str
    is_met: bool | None


def goals(name: str, data: Mapping[str, object]) -> Iterator[Goal]:
    """What the figures of a result are measured against."""
    made = {
        "nfi_mixtures": _of_mixtures,
        "provedit_pairs": _of_pairs,
        "mean_lr": _of_mean,
        "mean_integrated_lr": _of_mean,
        "reference_cases": _of_cases,
        "seeds": _of_seeds,
        "lrmix_cases": _of_lrmix,
        "audit_rates": _of_audit,
        "speed": _of_speed,
        "search_speed": _of_search_speed,
        "kinship_speed": _of_kinship_speed,
        "casefile_speed": _of_casefile_speed,
        "the_fourteen": _of_fourteen,
        "ledger_attacks": _of_attacks,
    }
    if name in made:
        yield from made[name](data)


def _of_mixtures(data: Mapping[str, object]) -> Iterator[Goal]:
    for row in _rows(data["counts"]):
        n, found = int(row["persons"]), f"{row['found']} of {row['donors']}"
        if n in _DONORS:
            least, of = _DONORS[n]
            met = int(row["found"]) >= least if int(row["donors"]) == of else None
            yield Goal(f"donors found, {n} persons", found, f"{least} of {of}", met)
        false, most = float(row["false_per_search"]), f"at most {_FALSE_LINKS}"
        what = f"false links per search, {n} persons"
        yield Goal(what, f"{false:.4f}", most, false <= _FALSE_LINKS)


def _of_pairs(data: Mapping[str, object]) -> Iterator[Goal]:
    for row in _rows(data["results"]):
        share, goal = float(row["share"]), GOAL[row["name"]]
        what = f"found at 1 in 10,000 false, {row['name']}"
        yield Goal(what, f"{share:.1%}", f"more than {goal:.0%}", share > goal)


def _of_mean(data: Mapping[str, object]) -> Iterator[Goal]:
    furthest, limit = float(str(data["furthest"])), float(str(data["failure_from"]))
    figure = f"{furthest:.1f} standard errors"
    yield Goal("furthest from expectation", figure, f"at most {limit:g}", furthest <= limit)


def _of_cases(data: Mapping[str, object]) -> Iterator[Goal]:
    failed, missing = int(str(data["failed"])), int(str(data["not_computed"]))
    figure = f"{data['held']} hold, {failed} do not, {missing} not computed"
    yield Goal("numbers", figure, "all hold", not failed + missing)


def _of_seeds(data: Mapping[str, object]) -> Iterator[Goal]:
    """Where fits make no random choice there are no seeds to judge by; where propositions were left
    out the goal, of every case, can be missed and not met."""
    fits = _rows(data["fits"])
    good = sum(int(row["good"]) >= 0.99 * len(row["ln_likelihoods"]) for row in fits)
    met = good == len(fits) if data["takes_seed"] else None
    met = None if met and data["left_out"] else met
    figure = f"{good} of {len(fits)} propositions"
    yield Goal("the same optimum in 99 of 100 seeds", figure, "all", met)


def _of_lrmix(data: Mapping[str, object]) -> Iterator[Goal]:
    unknown = sum(not row["reason"] for row in _rows(data["differ"]))
    figure = f"{data['agreed']} of {data['compared']} agree; {unknown} differ for no known reason"
    yield Goal("probabilities", figure, "none differs unexplained", unknown == 0)


def _of_audit(data: Mapping[str, object]) -> Iterator[Goal]:
    parts = data["false_alarms"]
    assert isinstance(parts, Mapping)
    for name, what in (("all", "all rules"), ("statistical", "statistical rules")):
        rate, (low, high) = float(parts[name]["a_year"]), parts[name]["interval"]
        figure = f"{rate:.2f} ({low:.2f} to {high:.2f})"
        told = f"false alarms per laboratory-year, {what}"
        yield Goal(told, figure, f"at most {_FALSE_ALARMS:g}", rate <= _FALSE_ALARMS)


def _of_speed(data: Mapping[str, object]) -> Iterator[Goal]:
    for row in _rows(data["goals"]):
        yield Goal(row["what"], row["figure"], row["goal"], bool(row["is_met"]))


def _of_search_speed(data: Mapping[str, object]) -> Iterator[Goal]:
    for row in _rows(data["rows"]):
        if row["goal_told"]:
            yield Goal(row["name"], row["figure"], row["goal_told"], bool(row["is_met"]))


def _of_kinship_speed(data: Mapping[str, object]) -> Iterator[Goal]:
    for row in _rows(data["rows"]):
        yield Goal(row["name"], row["figure"], row["goal_told"], bool(row["is_met"]))


def _of_casefile_speed(data: Mapping[str, object]) -> Iterator[Goal]:
    for row in _rows(data["rows"]):
        if row["goal_told"]:
            yield Goal(row["name"], row["figure"], row["goal_told"], bool(row["is_met"]))


def _of_fourteen(data: Mapping[str, object]) -> Iterator[Goal]:
    """The goals, of ten thousand cases and twenty seeds, can be missed on fewer and not met."""
    rows = _rows(data["rows"])
    is_whole = len(rows) >= 20 and int(str(data["cases"])) >= 10_000
    counts = {
        "one series of the fourteen": sum(int(row["parts"]) == 1 for row in rows),
        "nobody else's stain in it, no brother": sum(
            not row["strangers"] and not row["brother"] for row in rows
        ),
    }
    for what, count in counts.items():
        met = None if count == len(rows) and not is_whole else count == len(rows)
        yield Goal(what, f"{count} of {len(rows)} seeds", "all of 20", met)


def _rows(value: object) -> list[dict[str, str]]:
    assert isinstance(value, list)
    return value


def _of_attacks(data: Mapping[str, object]) -> Iterator[Goal]:
    rows = _rows(data["attacks"])
    made, found = (sum(int(row[key]) for row in rows) for key in ("made", "found"))
    met = found == made if made >= 10_000 else None
    yield Goal("attacks on the ledger found", f"{found} of {made}", "all of 10,000", met)
