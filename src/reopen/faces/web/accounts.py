"""Passwords and invitations: who somebody at the keyboard is.

A person is invited by a link that opens once; with it they set a password or a passkey. Nobody has
a password that somebody else gave them. Not here: passkeys (`passkeys`), sessions.
"""

from __future__ import annotations

import time
from collections import defaultdict, deque
from collections.abc import Callable
from hashlib import sha256
from secrets import token_urlsafe
from threading import Lock, Semaphore
from unicodedata import normalize

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from reopen.errors import InvalidRecord, NotAllowed
from reopen.faces.web.state import State

LEAST = 12
MOST = 256
INVITED_S = 72 * 3600
_TRIES = 5
_WINDOW_S = 15 * 60
_AT_ONCE = 4  # each takes 64 MiB
_TOO_COMMON = (
    "password", "passwort", "motdepasse", "qwertyuiop", "1234567890", "letmein", "iloveyou",
    "administrator",
)  # fmt: skip

Clock = Callable[[], float]


class Throttle:
    """Lets somebody try a few times in a quarter of an hour, then makes them wait."""

    def __init__(self, most: int, within_s: float = _WINDOW_S, clock: Clock = time.monotonic):
        self._most, self._within_s, self._clock = most, within_s, clock
        self._tried: dict[str, deque[float]] = defaultdict(deque)
        self._lock = Lock()
        self._swept = clock()

    def wait_s(self, who: str) -> float:
        """How long until the next try; 0 where one is free."""
        with self._lock:
            tried = self._recent(who)
            return 0.0 if len(tried) < self._most else self._within_s - (self._clock() - tried[0])

    def failed(self, who: str) -> None:
        with self._lock:
            self._recent(who).append(self._clock())

    def begins(self, who: str) -> float:
        """As `wait_s`, and where one is free, it counts as failed until it has succeeded: many at
        once are as many."""
        with self._lock:
            tried = self._recent(who)
            if len(tried) >= self._most:
                return self._within_s - (self._clock() - tried[0])
            tried.append(self._clock())
            return 0.0

    def succeeded(self, who: str) -> None:
        with self._lock:
            self._tried.pop(who, None)

    def _recent(self, who: str) -> deque[float]:
        self._sweep()
        tried = self._tried[who]
        while tried and self._clock() - tried[0] > self._within_s:
            tried.popleft()
        return tried

    def _sweep(self) -> None:
        """Forget who has not tried for a while, so that strangers do not fill the memory."""
        if self._clock() - self._swept > self._within_s:
            self._swept = self._clock()
            oldest = self._swept - self._within_s
            every = self._tried.items()
            for who in [who for who, tried in every if not tried or tried[-1] < oldest]:
                del self._tried[who]


class Accounts:
    """Passwords (argon2id) and invitations in the board's state."""

    def __init__(
        self, state: State, clock: Clock = time.time, hasher: PasswordHasher | None = None
    ):
        self._state, self._clock = state, clock
        self._hasher = hasher or PasswordHasher()  # RFC 9106's second choice: 64 MiB, 3 passes
        self._nobody = self._hasher.hash(token_urlsafe(16))
        self._by_actor = Throttle(_TRIES)
        self._at_once = Semaphore(_AT_ONCE)

    def has_way_in(self, actor: str) -> bool:
        """Whether somebody has a password, a passkey or a sign-in elsewhere."""
        found = self._state.one(
            "SELECT 1 FROM password WHERE actor = ?"
            " UNION ALL SELECT 1 FROM passkey WHERE actor = ?"
            " UNION ALL SELECT 1 FROM identity WHERE actor = ?",
            (actor, actor, actor),
        )
        return found is not None

    def invite(self, actor: str, by: str) -> str:
        """The secret of a link that lets an actor set a password, once, within three days."""
        token = token_urlsafe(32)
        with self._state.together():
            self._state.run(
                "DELETE FROM invitation WHERE actor = ? OR until < ?", (actor, self._clock())
            )
            self._state.run(
                "INSERT INTO invitation (hash, actor, invited_by, until) VALUES (?, ?, ?, ?)",
                (_hash(token), actor, by, self._clock() + INVITED_S),
            )
        return token

    def invited(self, token: str) -> str:
        """Whom an invitation is for. Raises NotAllowed where it is none, used or too old."""
        row = self._state.one(
            "SELECT actor FROM invitation WHERE hash = ? AND until >= ?",
            (_hash(token), self._clock()),
        )
        if row is None:
            raise NotAllowed(
                "This invitation is not open.",
                rule="A link opens once, within three days, and a newer one takes its place.",
                way_on="Ask whoever invited you for a new link.",
            )
        return str(row["actor"])

    def accept(self, token: str) -> str:
        """Use an invitation up. Raises NotAllowed."""
        actor = self.invited(token)
        if not self._state.run("DELETE FROM invitation WHERE hash = ?", (_hash(token),)):
            return self.invited(token)  # two at once: the second is told
        return actor

    def set_password(self, actor: str, password: str) -> None:
        """Raises InvalidRecord for a password that is too short, too long or too common."""
        self.check_form(password, actor)
        hashed = self._hasher.hash(normalize("NFKC", password))
        self._state.run(
            "INSERT INTO password (actor, hash, since) VALUES (?, ?, ?)"
            " ON CONFLICT (actor) DO UPDATE SET hash = excluded.hash, since = excluded.since",
            (actor, hashed, self._clock()),
        )

    def check_form(self, password: str, actor: str) -> None:
        """Whether this may be a password. Raises InvalidRecord."""
        _check(password, actor)

    def check(self, actor: str, password: str) -> bool:
        """Whether this is the actor's password; as slow for somebody unknown.

        Raises NotAllowed after too many wrong ones: then also for the right one.
        """
        wait = self._by_actor.begins(actor)
        if wait > 0:
            raise NotAllowed(
                "Too many wrong passwords.",
                rule=f"{_TRIES} may be tried in {_WINDOW_S // 60} minutes.",
                way_on=f"Wait {max(1, round(wait / 60))} min, or sign in with a passkey.",
            )
        row = self._state.one("SELECT hash FROM password WHERE actor = ?", (actor,))
        right = self._verify(row["hash"] if row else self._nobody, password) and row is not None
        if right:
            self._by_actor.succeeded(actor)
        return right

    def _verify(self, hashed: str, password: str) -> bool:
        try:
            with self._at_once:
                return self._hasher.verify(hashed, normalize("NFKC", password[:MOST]))
        except (VerificationError, InvalidHashError):
            return False


def _check(password: str, actor: str) -> None:
    plain = password.casefold()
    if not LEAST <= len(password) <= MOST:
        seen = f"A password of {len(password)} characters."
    elif any(
        word in plain and len(plain) < len(word) + 6 for word in (*_TOO_COMMON, actor.casefold())
    ):
        seen = "A password that is easily guessed."
    elif len(set(plain)) < 5:
        seen = "A password of few different characters."
    else:
        return
    raise InvalidRecord(
        seen,
        rule=f"A password has {LEAST} to {MOST} characters, of any kind; longer is better.",
        way_on="Take four words that nobody else would put together.",
    )


def _hash(token: str) -> bytes:
    return sha256(token.encode()).digest()
