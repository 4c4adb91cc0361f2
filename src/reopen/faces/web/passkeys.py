"""Passkeys (WebAuthn): signing in by a key that the person's own device holds."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from secrets import token_urlsafe
from threading import Lock
from typing import Any

from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import base64url_to_bytes, options_to_json_dict
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from reopen.errors import NotAllowed
from reopen.faces.web.state import State

ASKED_S = 300.0
_MOST_ASKED = 20_000  # more than one computer may ask for within their time

Clock = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Passkey:
    """One of a person's passkeys. id: as the browser names it; name: as the person does."""

    id: bytes
    name: str
    since: float


class Passkeys:
    """Passkeys in the board's state.

    site    the domain they are for, such as localhost
    origin  where pages come from, such as http://localhost:8000
    """

    def __init__(self, state: State, site: str, origin: str, clock: Clock = time.time):
        self._state, self._site, self._origin, self._clock = state, site, origin, clock
        self._registering, self._signing_in = _Asked(clock), _Asked(clock)

    def of(self, actor: str) -> list[Passkey]:
        rows = self._state.rows(
            "SELECT id, name, since FROM passkey WHERE actor = ? ORDER BY since", (actor,)
        )
        return [Passkey(row["id"], row["name"], row["since"]) for row in rows]

    def ask_to_register(self, actor: str, name: str) -> dict[str, Any]:
        """What the browser needs to make a passkey, with the ticket under which it answers."""
        options = generate_registration_options(
            rp_id=self._site,
            rp_name="reopen",
            user_id=actor.encode(),
            user_name=actor,
            user_display_name=name,
            exclude_credentials=[PublicKeyCredentialDescriptor(each.id) for each in self.of(actor)],
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED,
                user_verification=UserVerificationRequirement.REQUIRED,
            ),
        )
        ticket = self._registering.keep(options.challenge, actor)
        return {"ticket": ticket, "options": options_to_json_dict(options)}

    def register(self, actor: str, ticket: str, answer: dict[str, Any], name: str) -> None:
        """Keep a new passkey. Raises NotAllowed for an answer that does not hold."""
        challenge, asked = self._registering.take(ticket)
        try:
            made = verify_registration_response(
                credential=answer,
                expected_challenge=challenge,
                expected_rp_id=self._site,
                expected_origin=self._origin,
                require_user_verification=True,
            )
        except (WebAuthnException, ValueError, KeyError, TypeError) as error:
            raise _does_not_hold(error) from error
        if asked != actor:
            raise _does_not_hold("it was asked for by somebody else")
        plain = name.encode("utf-8", "replace").decode().strip()[:60]
        kept = self._state.run(
            "INSERT INTO passkey (id, actor, public_key, uses, name, since)"
            " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING",
            (made.credential_id, actor, made.credential_public_key, made.sign_count,
             plain or "passkey", self._clock()),
        )  # fmt: skip
        if not kept:
            raise _does_not_hold("this passkey is registered already")

    def ask_to_sign_in(self) -> dict[str, Any]:
        options = generate_authentication_options(
            rp_id=self._site, user_verification=UserVerificationRequirement.REQUIRED
        )
        ticket = self._signing_in.keep(options.challenge, "")
        return {"ticket": ticket, "options": options_to_json_dict(options)}

    def signed_in(self, ticket: str, answer: dict[str, Any]) -> str:
        """Whose passkey answered. Raises NotAllowed."""
        challenge, _ = self._signing_in.take(ticket)
        try:
            row = self._state.one(
                "SELECT * FROM passkey WHERE id = ?", (base64url_to_bytes(str(answer["rawId"])),)
            )
            if row is None:
                raise _does_not_hold("no passkey of that name is known here")
            seen = verify_authentication_response(
                credential=answer,
                expected_challenge=challenge,
                expected_rp_id=self._site,
                expected_origin=self._origin,
                credential_public_key=row["public_key"],
                credential_current_sign_count=row["uses"],
                require_user_verification=True,
            )
        except (WebAuthnException, ValueError, KeyError, TypeError) as error:
            raise _does_not_hold(error) from error
        self._state.run(
            "UPDATE passkey SET uses = ? WHERE id = ?", (seen.new_sign_count, row["id"])
        )
        return str(row["actor"])

    def forget(self, actor: str, id: bytes) -> None:
        self._state.run("DELETE FROM passkey WHERE actor = ? AND id = ?", (actor, id))


class _Asked:
    """Challenges under their tickets, each answered once. Anybody may ask to sign in; so those for
    a new passkey are kept apart, where no stranger crowds them out."""

    def __init__(self, clock: Clock):
        self._clock = clock
        self._kept: dict[str, tuple[bytes, str, float]] = {}
        self._lock = Lock()

    def keep(self, challenge: bytes, actor: str) -> str:
        now, ticket = self._clock(), token_urlsafe(24)
        with self._lock:
            oldest = next(iter(self._kept), None)
            while oldest is not None and (
                self._kept[oldest][2] <= now or len(self._kept) >= _MOST_ASKED
            ):
                del self._kept[oldest]
                oldest = next(iter(self._kept), None)
            self._kept[ticket] = (challenge, actor, now + ASKED_S)
        return ticket

    def take(self, ticket: str) -> tuple[bytes, str]:
        with self._lock:
            challenge, actor, until = self._kept.pop(ticket, (b"", "", 0.0))
        if until < self._clock():
            raise _does_not_hold("it came too late")
        return challenge, actor


def _does_not_hold(why: object) -> NotAllowed:
    return NotAllowed(
        f"The passkey's answer does not hold: {why}.",
        rule="It is signed by the person's own device, for this site, within five minutes.",
        way_on="Try again, or sign in with the password.",
    )
