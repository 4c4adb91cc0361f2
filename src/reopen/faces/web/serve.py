"""Serving a board: the server, where it listens, and the first way in."""

from __future__ import annotations

import gc
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from ipaddress import ip_address
from pathlib import Path
from threading import Timer
from typing import Any

from reopen.errors import CannotRun, InvalidRecord, UnknownName
from reopen.faces.web.accounts import Accounts
from reopen.faces.web.oidc import Provider
from reopen.faces.web.state import State
from reopen.store.database import is_server
from reopen.store.unit import open_unit

_CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20"  # of TLS 1.2; all of TLS 1.3 are as good

_TAKES_LONG = "reopen.faces.workbench.unit_stain"
"""Pages of stains need it, and it takes seconds to load: that begins behind the first pages."""
_BEHIND_S = 3.0


@dataclass(frozen=True, slots=True)
class Serving:
    """How a board is served.

    host, port   where it listens; the loopback address by default
    origin       where browsers reach it, if that is another: behind a proxy that does TLS
    certificate, key  files for TLS by the server itself
    provider     an organisation's own sign-in
    """

    host: str = "127.0.0.1"
    port: int = 8000
    origin: str = ""
    certificate: Path | None = None
    key: Path | None = None
    provider: Provider | None = None

    @property
    def is_loopback(self) -> bool:
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"

    @property
    def is_everywhere(self) -> bool:
        """Whether it listens on every address of this computer, as 0.0.0.0 and :: ask for; nobody
        opens a page at such an address."""
        try:
            return ip_address(self.host).is_unspecified
        except ValueError:
            return False

    @property
    def address(self) -> str:
        """Where browsers reach it; a passkey needs a name, so this computer is called localhost."""
        if self.origin:
            return self.origin.rstrip("/")
        scheme = "https" if self.certificate else "http"
        name = f"[{self.host}]" if ":" in self.host else self.host
        if self.is_loopback or self.is_everywhere:
            name = "localhost"
        return f"{scheme}://{name}:{self.port}"

    @property
    def hosts(self) -> tuple[str, ...]:
        """The names under which it answers, beside that of its address."""
        here = ("localhost", "127.0.0.1", "::1")
        return here if self.is_loopback or self.is_everywhere else (self.host,)

    def warnings(self) -> list[str]:
        """What whoever starts it has to know."""
        if self.is_loopback:
            return []
        told = [f"The board listens on {self.host}: other computers can ask for its sign-in page."]
        if self.is_everywhere and not self.origin:
            told[0] = (
                f"The board listens on every address of this computer ({self.host}), and answers "
                "as localhost alone. Say under which address others open it: --origin "
                "https://board.example.org"
            )
        if not self.address.startswith("https:"):
            told.append(
                "It is served without TLS: passwords and evidence can be read on the way. Give "
                "--certificate and --key, or put a proxy that does TLS before it (--origin)."
            )
        return told


def provider_of(issuer: str, client: str, secret_file: Path | None) -> Provider | None:
    """The other sign-in that is asked for. Its secret is in a file or in REOPEN_OIDC_SECRET: what
    stands on a command line is seen by everybody on the computer. Raises InvalidRecord, CannotRun.
    """
    if not issuer:
        if client or secret_file:
            raise InvalidRecord(
                "A client of another sign-in, and no address of it.",
                rule="Both are said together.",
                way_on="Add the address: --oidc https://id.example.org",
            )
        return None
    try:
        secret = secret_file.read_text(encoding="utf-8").strip() if secret_file else ""
    except (OSError, ValueError) as error:
        raise InvalidRecord(
            f"{secret_file} cannot be read: {error}.",
            rule="It holds the secret that the other sign-in gave this board.",
            way_on="Check the name, and that whoever runs the board may read it.",
        ) from error
    if find_spec("joserfc") is None:
        raise CannotRun(
            "Another sign-in needs the library joserfc, which is not installed.",
            way_on='Install it: pip install "reopen[oidc]"',
        )
    return Provider(issuer, client, secret or os.environ.get("REOPEN_OIDC_SECRET", ""))


def state_of(unit: str, given: Path | None) -> Path:
    """The board's own file: as given, else beside the unit. Raises InvalidRecord where there is no
    beside."""
    if given is not None:
        return given
    if is_server(unit):
        raise InvalidRecord(
            f"{unit.split('@')[-1]} is on a server.",
            rule="The board keeps sign-ins in a file of its own, beside the unit's.",
            way_on="Name one: --state harbour.board",
        )
    return Path(unit).with_suffix(".board")


def invitation(unit: str, state: Path, actor: str, address: str) -> str:
    """A link by which an actor comes in for the first time, or again. Raises UnknownName."""
    with open_unit(unit) as opened:
        known = {one.id: one.name for one in opened.actors()}
    if actor not in known:
        listed = ", ".join(known)
        raise UnknownName(
            f"{actor!r} is no actor of this unit.",
            rule=f"Its actors are: {listed}.",
            way_on="The unit's lead adds actors with `reopen access actor`.",
        )
    kept = State(state)
    try:
        return f"{address}/invitation/{Accounts(kept).invite(actor, 'the server')}"
    finally:
        kept.close()


def first_way_in(unit: str, state: Path, address: str) -> tuple[str, str] | None:
    """Where nobody can sign in yet: the unit's first lead, and their invitation."""
    with open_unit(unit) as opened:
        actors = opened.actors()
    kept = State(state)
    try:
        accounts = Accounts(kept)
        if any(accounts.has_way_in(actor.id) for actor in actors):
            return None
    finally:
        kept.close()
    lead = next((one for one in actors if one.standing.value == "lead"), actors[0])
    return lead.name, invitation(unit, state, lead.id, address)


def _then(lifespan: Any, began: Callable[[], None]) -> Any:
    """The application's life, with a word when it has begun."""

    @asynccontextmanager
    async def lives(app: Any) -> AsyncIterator[None]:
        async with lifespan(app):
            began()
            yield

    return lives


def keep_much() -> None:
    """Rarely look through everything that the process keeps for what nobody needs: records read
    lately are many and stay, and one such look takes as long as a page."""
    gc.set_threshold(20_000, 20, 100)


def serve(unit: str, state: Path, how: Serving, began: Callable[[], None]) -> None:
    """Serve until Ctrl-C; `began` is called when browsers are answered."""
    import uvicorn

    from reopen.faces.web.app import Settings, board
    from reopen.faces.web.sign_in_log import begin_log

    keep_much()
    begin_log()
    app = board(unit, state, Settings(how.address, how.hosts, provider=how.provider))
    config = uvicorn.Config(
        app, host=how.host, port=how.port, log_level="warning", access_log=False,
        server_header=False, date_header=True, timeout_graceful_shutdown=5,
        ssl_certfile=how.certificate, ssl_keyfile=how.key, ssl_ciphers=_CIPHERS,
        proxy_headers=bool(how.origin),  # else anybody here could name another address as theirs
    )  # fmt: skip

    def ready() -> None:
        began()
        loads = Timer(_BEHIND_S, import_module, (_TAKES_LONG,))
        loads.daemon = True
        loads.start()

    app.router.lifespan_context = _then(app.router.lifespan_context, ready)
    uvicorn.Server(config).run()
