"""Random attacks on a unit's log, each checked by somebody who holds one old checkpoint.

    python -m verification.ledger_attacks --attacks 10000

An attacker changes the database, the published tiles or a receipt; some have the log's keys and
make everything consistent and signed again. The checker has a policy and one checkpoint from
before. What was entered after the last checkpoint that anybody else holds can be rewritten by
whoever has the keys: no log can tell. So attackers with keys change what the old one covers.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from time import perf_counter

from reopen.errors import ReopenError
from verification.attack_target import Target, Unchanged, target
from verification.attacks_on_database import CELLS, attack_database
from verification.attacks_on_published import FILES, PROOFS, attack_mirror, attack_proof
from verification.common import Column, Json, made_with, table, write_table

Attack = Callable[[str, Random, Target, Path], Callable[[], object]]
ATTACKS: dict[str, tuple[Attack, tuple[str, ...]]] = {
    "database": (attack_database, (*CELLS, "rollback, with keys")),
    "published log": (attack_mirror, FILES),
    "proofs": (attack_proof, PROOFS),
}


@dataclass(frozen=True)
class Outcome:
    """One attack: where and how, and the words with which it was found ('' if it was not)."""

    where: str
    how: str
    seed: int
    found: str


def attacks(aim: Target, folder: Path, count: int, seed: int = 1) -> Iterator[Outcome]:
    """That many attacks, each by its own seed, in turn over all kinds."""
    kinds = [(where, how) for where, (_, hows) in ATTACKS.items() for how in hows]
    for number in range(count):
        where, how = kinds[number % len(kinds)]
        yield one_attack(aim, folder, where, how, seed * 1_000_000 + number)


def one_attack(aim: Target, folder: Path, where: str, how: str, seed: int) -> Outcome:
    """One attack, and whether the checker found it. An error that is not ours is raised."""
    rng = Random(seed)
    attack = ATTACKS[where][0]
    while True:
        try:
            check = attack(how, rng, aim, folder)
        except Unchanged:
            continue
        try:
            check()
        except ReopenError as error:
            return Outcome(where, how, seed, error.seen)
        return Outcome(where, how, seed, "")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--attacks", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results")
    asked = parser.parse_args()
    made, found, missed = Counter[tuple[str, str]](), Counter[tuple[str, str]](), []
    begun = perf_counter()
    with tempfile.TemporaryDirectory() as name:
        aim = target(Path(name))
        for outcome in attacks(aim, Path(name), asked.attacks, asked.seed):
            made[outcome.where, outcome.how] += 1
            if outcome.found:
                found[outcome.where, outcome.how] += 1
            else:
                missed.append(outcome)
    data: dict[str, Json] = {
        "made_with": made_with(),
        "seed": asked.seed,
        "attacks": [
            {"on": on, "attack": how, "made": count, "found": found[on, how]}
            for (on, how), count in made.items()
        ],
        "missed": [f"{one.where}: {one.how}, seed {one.seed}" for one in missed],
    }
    columns = [Column("on", False), Column("attack", False), Column("made"), Column("found")]
    lines = [(on, how, f"{made[on, how]:,}", f"{found[on, how]:,}") for on, how in made]
    lines.append(("all", "", f"{made.total():,}", f"{found.total():,}"))
    write_table(asked.out, "ledger_attacks", table(columns, lines), data)
    print(f"{perf_counter() - begun:.0f} s")
    for line in data["missed"]:
        print("MISSED", line)


if __name__ == "__main__":
    main()
