"""A checkpoint as work behind the pages: witnesses may take their time to answer."""

from __future__ import annotations

from typing import Any

from reopen.errors import NotAllowed
from reopen.faces.web.doing import Doing
from reopen.faces.workbench.access import may_grant_everything
from reopen.faces.workbench.ledger import policy_of, sign_and_ask, signers_of
from reopen.faces.workbench.ledger_shown import witnessing_plain
from reopen.ledger.verify import parse_policy


def checkpoint(doing: Doing) -> dict[str, Any]:
    """A checkpoint signed, and the policy's witnesses asked to cosign it."""
    unit, actor = doing.unit, doing.work.actor
    if not may_grant_everything(unit, actor):
        raise NotAllowed(
            f"{actor} may not sign for the unit's log from the board.",
            rule="Whoever may grant on everything makes checkpoints here.",
            way_on="Ask the unit's lead; or on the server: reopen ledger checkpoint.",
        )
    doing.progress("signing, and asking witnesses", 0, 1)
    made = sign_and_ask(unit, actor, signers_of(unit), parse_policy(policy_of(unit)))
    doing.progress("signing, and asking witnesses", 1, 1)
    return {"told": dict(witnessing_plain(made))}
