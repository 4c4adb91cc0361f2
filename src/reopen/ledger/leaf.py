"""A leaf of the log: a commitment to a record that tells nothing without its salt.

The salt is drawn for each entry and kept beside the body. While both are kept, anybody who is
given them can check the record; once both are destroyed, nobody can tell what the leaf meant,
and the tree above it still holds.
"""

from __future__ import annotations

import secrets

from reopen.ledger.verify import SALT_BYTES, commitment

__all__ = ["SALT_BYTES", "commitment", "new_salt"]


def new_salt() -> bytes:
    """A salt for one entry: 32 bytes that nobody can guess."""
    return secrets.token_bytes(SALT_BYTES)
