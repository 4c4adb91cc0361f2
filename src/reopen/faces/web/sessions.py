"""Who is signed in: sessions on the server, of which the browser holds only a random name."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from hmac import compare_digest
from secrets import token_bytes, token_urlsafe
from typing import Any

from reopen.faces.web.state import State

IDLE_S = 30 * 60
LONGEST_S = 12 * 3600
SUPERVISED_S = 30 * 60
_SEEN_EVERY_S = 15.0

Clock = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody signed in.

    purpose     what they said they work on; goes into the log with every look
    supervisor  the actor beside them, who signed for it a short while ago
    """

    name: bytes
    actor: str
    csrf: bytes
    purpose: str = ""
    supervisor: str = ""

    def token(self) -> str:
        """For forms: the session's secret, masked anew each time, so that a compressed page does
        not give it away (BREACH)."""
        mask = token_bytes(len(self.csrf))
        return (mask + bytes(a ^ b for a, b in zip(mask, self.csrf, strict=True))).hex()

    def confirms(self, token: str) -> bool:
        """Whether a form came from a page of this session."""
        try:
            given = bytes.fromhex(token)
        except ValueError:
            return False
        half = len(self.csrf)
        if len(given) != 2 * half:
            return False
        plain = bytes(a ^ b for a, b in zip(given[:half], given[half:], strict=True))
        return compare_digest(plain, self.csrf)


@dataclass(frozen=True, slots=True)
class Open:
    """One of somebody's open sessions: its name, since when, and when it was used last."""

    name: bytes
    began: float
    seen: float


class Sessions:
    """Sessions in the board's state. They end after a while without use, and after half a day."""

    def __init__(self, state: State, clock: Clock = time.time, idle_s: float = IDLE_S):
        self._state, self._clock, self._idle_s = state, clock, idle_s

    def begin(self, actor: str) -> str:
        """A new session's secret name, for the browser's cookie. Nothing of an earlier session of
        the same browser goes on in it."""
        token, now = token_urlsafe(32), self._clock()
        self._state.run("DELETE FROM session WHERE seen < ? OR began < ?", self._oldest(now))
        self._state.run(
            "INSERT INTO session (hash, actor, csrf, began, seen) VALUES (?, ?, ?, ?, ?)",
            (_hash(token), actor, token_bytes(32), now, now),
        )
        return token

    def of(self, token: str, *, used: bool = True) -> Session | None:
        """The session of that name, if it is still open. used: by a person, now; a page that asks
        by itself whether something came keeps no session open."""
        now = self._clock()
        row = self._state.one(
            "SELECT * FROM session WHERE hash = ? AND seen >= ? AND began >= ?",
            (_hash(token), *self._oldest(now)),
        )
        if row is None:
            return None
        if used and now - row["seen"] > _SEEN_EVERY_S:
            self._state.run("UPDATE session SET seen = ? WHERE hash = ?", (now, row["hash"]))
        return _session(row, now)

    def work_on(self, session: Session, purpose: str) -> None:
        """From now on, looks are for this purpose."""
        self._state.run(
            "UPDATE session SET purpose = ? WHERE hash = ?", (purpose.strip()[:200], session.name)
        )

    def beside(self, session: Session, supervisor: str) -> None:
        """A supervisor has just signed; '' where they leave."""
        self._state.run(
            "UPDATE session SET supervisor = ?, supervised_until = ? WHERE hash = ?",
            (supervisor, self._clock() + SUPERVISED_S, session.name),
        )

    def end(self, session: Session) -> None:
        self._state.run("DELETE FROM session WHERE hash = ?", (session.name,))

    def end_all(self, actor: str) -> None:
        """As where they have left, or come in by an invitation because somebody else knows their
        password."""
        self._state.run("DELETE FROM session WHERE actor = ?", (actor,))

    def every(self, actor: str) -> list[Open]:
        """An actor's open sessions, the one that was used last first."""
        rows = self._state.rows(
            "SELECT hash, began, seen FROM session WHERE actor = ? AND seen >= ? AND began >= ?"
            " ORDER BY seen DESC",
            (actor, *self._oldest(self._clock())),
        )
        return [Open(row["hash"], row["began"], row["seen"]) for row in rows]

    def end_others(self, session: Session) -> None:
        """As after a change of password."""
        self._state.run(
            "DELETE FROM session WHERE actor = ? AND hash <> ?", (session.actor, session.name)
        )

    def _oldest(self, now: float) -> tuple[float, float]:
        return now - self._idle_s, now - LONGEST_S


def _hash(token: str) -> bytes:
    return sha256(token.encode()).digest()


def _session(row: Any, now: float) -> Session:
    supervised = row["supervised_until"] > now
    return Session(
        row["hash"], row["actor"], row["csrf"], row["purpose"],
        row["supervisor"] if supervised else "",
    )  # fmt: skip
