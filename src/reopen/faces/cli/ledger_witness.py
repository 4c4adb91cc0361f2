"""`reopen ledger witness`: vouching for other units' logs, by file or over the network."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from reopen.faces.cli import _options as options
from reopen.faces.cli._ledger import Out, print_json, write
from reopen.faces.cli._options import PlainHelp
from reopen.faces.cli._ways import DONE, FAILED, show, tell, told
from reopen.faces.workbench import ledger_shown as shown
from reopen.faces.workbench.ledger_witness import (
    answer_request,
    begin_witness,
    remembered,
    server_of,
    trust_log,
)

Folder = Annotated[
    Path,
    typer.Argument(
        metavar="FOLDER", help="The witness: its keys, logs and memory.", show_default=False
    ),
]


@told
def init(
    folder: Folder,
    name: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="The witness's name, best a web address without https://.",
            show_default=False,
        ),
    ],
    json: options.Json = False,
) -> int:
    """Make a witness: keys, and a memory that is never lost or copied back.

    A witness vouches that a log only grew. It sees hashes, never records. It should be run by
    somebody whom the log's owner cannot direct.

    \b
    Example:
      reopen ledger witness init witness --name archive.example/witness
    """
    keys = begin_witness(folder, name)
    if json:
        print_json(shown.keys_plain(keys, folder))
    else:
        show(shown.keys_text(keys, folder))
    return DONE


@told
def trust(
    folder: Folder,
    vkeys: Annotated[
        list[str],
        typer.Argument(metavar="VKEYS", help="The log's keys, as lines.", show_default=False),
    ],
    json: options.Json = False,
) -> int:
    """Vouch for a log from now on, known by its keys; for all of its keys name all.

    \b
    Example:
      reopen ledger witness trust witness "harbour.example+1a2b3c4d+ARpc2Q..."
    """
    keys = [trust_log(folder, vkey) for vkey in vkeys]
    if json:
        print_json([str(key) for key in keys])
    else:
        show("\n".join(f"{key.name}: vouched for by its {key.type} key." for key in keys))
    return DONE


@told
def answer(
    folder: Folder,
    request: Annotated[
        Path,
        typer.Argument(
            metavar="REQUEST", help="A file of `reopen ledger prove --since`.", show_default=False
        ),
    ],
    out: Out = None,
    json: options.Json = False,
) -> int:
    """Answer a request that came as a file: cosign the checkpoint, or say why not.

    The answer goes back to the unit, for `reopen ledger checkpoint UNIT --answer FILE`.

    \b
    Example:
      reopen ledger witness answer witness request.txt --out answer.txt
    """
    given = answer_request(folder, request)
    text = given.body.decode()
    if json:
        print_json({"status": given.status, "body": text})
    elif given.status != 200:
        tell(f"NOT COSIGNED ({given.status}): {text.strip()}")
        if given.status == 409:
            tell("That is how many entries this witness remembers: prove from that state on.")
    elif out is None:
        show(text.removesuffix("\n"))
    if given.status == 200 and out is not None:
        write(out, given.body)
    return DONE if given.status == 200 else FAILED


@told
def serve(
    folder: Folder,
    host: Annotated[str, typer.Option(metavar="ADDRESS", help="Where to listen.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(metavar="N", help="The port; 0 takes a free one.")] = 8080,
    json: options.Json = False,
) -> int:
    """Answer logs over HTTP until it is stopped (tlog-witness).

    Put a web server with TLS in front of it. Requests are told on standard error.

    \b
    Example:
      reopen ledger witness serve witness --port 8080
    """
    server = server_of(folder, host, port, tell)
    address = f"http://{server.server_address[0]!s}:{server.server_address[1]}"
    if json:
        print_json({"address": address})
    else:
        show(f"Witnessing at {address}; stop with Ctrl-C.")
    try:
        server.serve_forever()
    finally:
        server.server_close()
    return DONE


@told
def memory(folder: Folder, json: options.Json = False) -> int:
    """Show what a witness remembers of each log.

    \b
    Example:
      reopen ledger witness memory witness
    """
    found = remembered(folder)
    if json:
        print_json(shown.remembered_plain(found))
    else:
        show(shown.remembered_text(found))
    return DONE


def group() -> typer.Typer:
    """The commands of a witness."""
    witness = typer.Typer(
        help="Vouch for other units' logs.", no_args_is_help=True, rich_markup_mode=None
    )
    witness.command(cls=PlainHelp)(init)
    witness.command(cls=PlainHelp)(trust)
    witness.command(cls=PlainHelp)(answer)
    witness.command(cls=PlainHelp)(serve)
    witness.command(cls=PlainHelp)(memory)
    return witness
