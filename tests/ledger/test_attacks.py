"""Attacks on database, published log and proofs: all found by who holds one old checkpoint.

10,000 of them are in `verification/ledger_attacks.py`; here are a few of each kind.
"""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
from verification.attack_target import DATABASE_POLICY, Target, target
from verification.attacks_on_database import attack_database
from verification.ledger_attacks import ATTACKS, one_attack

from reopen.errors import ReopenError
from reopen.faces.workbench.ledger_proofs import check_unit
from reopen.store.unit import open_unit

KINDS = [(where, how) for where, (_, hows) in ATTACKS.items() for how in hows]
SEEDS = 12


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("attacked")


@pytest.fixture(scope="module")
def aim(place: Path) -> Target:
    return target(place)


def test_untouched_everything_holds(aim: Target) -> None:
    with open_unit(aim.unit) as unit:
        checked = check_unit(unit, earlier=[aim.old], policy=DATABASE_POLICY)
    assert checked.verified.size == len(aim.leaves) > aim.old.size > 256


@pytest.mark.parametrize(("where", "how"), KINDS)
def test_every_attack_is_found(where: str, how: str, aim: Target, place: Path) -> None:
    for seed in range(SEEDS):
        outcome = one_attack(aim, place, where, how, seed)
        assert outcome.found, outcome


@pytest.mark.parametrize("how", ["new salt, with keys", "rollback, with keys"])
def test_without_the_old_checkpoint_nobody_could_tell(how: str, aim: Target, place: Path) -> None:
    """What an owner with all keys rewrites is whole in itself. The old checkpoint is what tells."""
    told = 0
    for seed in range(4):
        check = attack_database(how, Random(seed), aim, place)
        with open_unit(place / "attacked.reopen") as unit:
            check_unit(unit, policy=DATABASE_POLICY)
        try:
            check()
        except ReopenError:
            told += 1
    assert told == 4
