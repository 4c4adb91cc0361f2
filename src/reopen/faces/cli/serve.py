"""`reopen serve`: the unit's work in a browser."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from reopen.faces.cli import _options as options
from reopen.faces.cli._unit import UnitFile
from reopen.faces.cli._ways import DONE, show, tell, told
from reopen.faces.workbench.unit_shown import as_json

Host = Annotated[
    str,
    typer.Option(
        metavar="ADDRESS",
        help="Where to listen. Another than the default lets other computers in, which is said.",
    ),
]
Port = Annotated[int, typer.Option(metavar="PORT", min=1, max=65535, help="The port.")]
Origin = Annotated[
    str,
    typer.Option(
        metavar="URL",
        help="Where browsers reach it, if a proxy stands before it: https://board.example.org",
        show_default=False,
    ),
]
Certificate = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Certificate (PEM), to serve over TLS.", show_default=False),
]
Key = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="The certificate's private key (PEM).", show_default=False),
]
Oidc = Annotated[
    str,
    typer.Option(
        metavar="URL",
        help="An organisation's own sign-in (OpenID Connect) that people may link themselves with.",
        show_default=False,
    ),
]
OidcClient = Annotated[
    str, typer.Option(metavar="ID", help="What it calls this board.", show_default=False)
]
OidcSecret = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="Holds the secret it gave this board; or the variable REOPEN_OIDC_SECRET does.",
        show_default=False,
    ),
]
State = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="The board's own file: sign-ins and work under way. Beside the unit if not named.",
        show_default=False,
    ),
]
Invite = Annotated[
    str,
    typer.Option(
        metavar="NAME",
        help="Make a link by which this actor comes in, once, within three days; serve nothing.",
        show_default=False,
    ),
]


@told
def serve(
    unit: UnitFile,
    host: Host = "127.0.0.1",
    port: Port = 8000,
    origin: Origin = "",
    certificate: Certificate = None,
    key: Key = None,
    oidc: Oidc = "",
    oidc_client: OidcClient = "",
    oidc_secret_file: OidcSecret = None,
    state: State = None,
    invite: Invite = "",
    json: options.Json = False,
) -> int:
    """Open the board of a unit: its work in a browser, on this computer.

    The first time, it shows the link by which the unit's lead comes in. Ctrl-C ends it; work that
    is under way stops, and goes on when the board is back.

    \b
    Examples:
      reopen serve harbour.reopen
      reopen serve harbour.reopen --invite anna
    """
    from reopen.faces.web import serve as served

    provider = served.provider_of(oidc, oidc_client, oidc_secret_file)
    how = served.Serving(host, port, origin, certificate, key, provider)
    file = served.state_of(unit, state)
    if invite:
        link = served.invitation(unit, file, invite, how.address)
        show(as_json({"actor": invite, "link": link}) if json else link)
        return DONE
    for warning in how.warnings():
        tell(f"Warning: {warning}")
    first = served.first_way_in(unit, file, how.address)

    def began() -> None:
        if json:
            show(as_json({"address": how.address, "first": first[1] if first else None}))
            return
        show(f"The board is open at {how.address}. Ctrl-C closes it.")
        if first:
            show(f"Nobody can sign in yet. {first[0]} comes in by this link, once:\n{first[1]}")

    served.serve(unit, file, how, began)
    return DONE
