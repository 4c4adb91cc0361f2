"""Records that were read lately, so that the same bytes are not taken apart at every look.

An entry never changes, and what is kept is given back for the very bytes that it was read from:
nothing is given that reading them anew would not give. Who may see a record is asked before, of the
database, each time. For programs that stay open and are asked the same again and again; what is
expunged is asked for no more, and leaves with what was not asked for longest, or with the program.
Not here: which zones an actor may see (`seen`).
"""

from __future__ import annotations

from threading import Lock

from reopen.store.body import Version, read_body

MOST_BYTES = 32 * 2**20
"""Of entries that are kept: the records made of them take some four times as much."""


class Kept:
    """Versions by their entries, for the connections of one unit; threads may share it.

    Half of what fits is of lately: what is asked for again moves there, and when that half is full
    the other is let go.
    """

    def __init__(self, most_bytes: int = MOST_BYTES):
        self._half = most_bytes // 2
        self._lately: dict[int, tuple[bytes, Version]] = {}
        self._before: dict[int, tuple[bytes, Version]] = {}
        self._bytes = 0
        self._lock = Lock()

    def version(self, entry: int, body: bytes | None, *, current: bool) -> Version:
        """As `read_body`. Raises LogBroken."""
        found = self._lately.get(entry)
        if found is None:
            found = self._before.get(entry)
            if found is not None and found[0] == body:
                self._keep(entry, found)
        if found is not None and found[0] == body and found[1].current == current:
            return found[1]
        version = read_body(entry, body, current=current)
        self._keep(entry, (bytes(body or b""), version))
        return version

    def __len__(self) -> int:
        return len(self._lately.keys() | self._before.keys())

    def _keep(self, entry: int, found: tuple[bytes, Version]) -> None:
        with self._lock:
            if self._bytes + len(found[0]) > self._half:
                self._before, self._lately, self._bytes = self._lately, {}, 0
            self._lately[entry] = found
            self._bytes += len(found[0])
