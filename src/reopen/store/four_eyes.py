"""Irreversible acts: asked for by one actor, confirmed by another, then done.

Not here: the acts (`expunging`, markings and revocations through the `gate`).
"""

from __future__ import annotations

from collections.abc import Iterator

from reopen.errors import NotAllowed
from reopen.records.access import Action, FourEyes
from reopen.records.base import Ref
from reopen.store import held
from reopen.store.check_entries import EXPUNGE as EXPUNGE
from reopen.store.database import Database
from reopen.store.held import Asked

UNSEAL = "unseal"
END_DENIAL = "end a denial"
ACTS = {
    EXPUNGE: "take a record's bytes out of the unit for good, by a lawful order",
    UNSEAL: "lift the class 'sealed' from a record",
    END_DENIAL: "revoke a denial before its time",
}
"""Acts that need a second person, and what each is."""
NEEDS = {EXPUNGE: Action.EXPUNGE, UNSEAL: Action.SEAL, END_DENIAL: Action.GRANT}
"""What both people need where the record belongs."""


def confirmed(db: Database, act: str, target: Ref) -> Iterator[FourEyes]:
    """Confirmations of an act on a record, oldest first."""
    for version in held.select(db, held.EVERYTHING, Asked(kind="four_eyes")):
        asked = version.record
        if not isinstance(asked, FourEyes) or (asked.act, asked.target) != (act, str(target)):
            continue
        if asked.confirmed_by and not asked.refused and asked.confirmed_by != asked.asked_by:
            yield asked


def must_be_confirmed(db: Database, act: str, target: Ref, actor: str) -> FourEyes:
    """The confirmation of an act that this actor asked for or confirmed. Raises NotAllowed."""
    for asked in confirmed(db, act, target):
        if actor in (asked.asked_by, asked.confirmed_by):
            return asked
    raise NotAllowed(
        f"Nobody has confirmed that {actor} may {act} {target}.",
        rule="What cannot be undone needs two people: one asks, another confirms.",
        way_on=f'Ask for it: reopen access four-eyes UNIT ask "{act}" "{target}"; another actor '
        "then confirms it.",
    )
