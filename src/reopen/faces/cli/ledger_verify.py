"""`reopen ledger verify` and `policy`: what holds, and whom one trusts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from reopen.errors import InvalidRecord
from reopen.faces.cli import _options as options
from reopen.faces.cli._ledger import PolicyFile, judged, old_checkpoint, print_json, write
from reopen.faces.cli._ways import DONE, show, told
from reopen.faces.workbench import ledger_shown as shown
from reopen.faces.workbench.ledger import read_file, read_policy
from reopen.faces.workbench.ledger_proofs import check_unit, examined
from reopen.faces.workbench.unit import casefile, names_unit
from reopen.ledger.policy import EMPTY, with_group, with_log, with_quorum, with_witness
from reopen.ledger.verify import parse_policy, parse_vkey


@told
def verify(
    what: Annotated[
        str,
        typer.Argument(
            metavar="WHAT",
            help="A unit; or a receipt, a checkpoint, a consistency proof; or a folder with a "
            "bundle or a mirror.",
            show_default=False,
        ),
    ],
    policy: PolicyFile = None,
    old: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE",
            help="A checkpoint or receipt that was kept elsewhere: the log must begin with it. "
            "May be given several times for a unit.",
            show_default=False,
        ),
    ] = None,
    leaf: Annotated[
        str,
        typer.Option(
            metavar="HEX",
            help="The entry's leaf, for receipts that hold no record.",
            show_default=False,
        ),
    ] = "",
    every_key: Annotated[
        bool,
        typer.Option(
            "--every-key", help="Every key that the policy lists for the log must have signed."
        ),
    ] = False,
    json: options.Json = False,
) -> int:
    """Check a unit, or what a log handed out, and say what was checked and what is not proven.

    A unit is checked whole: rows, entries, files, tree, checkpoints. Everything else needs
    nothing but the file and the policy; `verify.py` of this program does the same, alone.

    \b
    Examples:
      reopen ledger verify harbour.reopen --old checkpoint.txt
      reopen ledger verify k-1994-030.tlog-proof --policy policy.txt
    """
    earlier = [old_checkpoint(path) for path in old or ()]
    if names_unit(what):
        with casefile(what) as unit:
            trust = None if policy is None else read_policy(policy)
            return judged(
                lambda: check_unit(unit, earlier=earlier, policy=trust),
                lambda found: shown.unit_checked_text(found, len(earlier)),
                shown.unit_checked_plain,
                json,
            )
    if policy is None:
        raise InvalidRecord(
            "Signatures cannot be judged without a policy.",
            rule="A policy says whom you trust. Get it from somebody you trust.",
            way_on="Name it: --policy FILE",
        )
    if len(earlier) > 1:
        raise InvalidRecord("Several old checkpoints.", rule="One, for anything but a unit.")
    trust = read_policy(policy)
    return judged(
        lambda: examined(
            Path(what), trust, old=next(iter(earlier), None), leaf=_leaf(leaf), every_key=every_key
        ),
        "\n".join,
        lambda lines: {"holds": True, "said": lines},
        json,
    )


def _leaf(hexadecimal: str) -> bytes | None:
    try:
        return bytes.fromhex(hexadecimal) or None
    except ValueError:
        raise InvalidRecord(
            f"--leaf {hexadecimal!r} is not hexadecimal.", rule="64 digits: 0 to 9, a to f."
        ) from None


@told
def policy(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="The policy file.", show_default=False)
    ],
    log: Annotated[
        list[str] | None,
        typer.Option(metavar='"VKEY [URL]"', help="Add a log's key.", show_default=False),
    ] = None,
    witness: Annotated[
        list[str] | None,
        typer.Option(metavar='"NAME VKEY [URL]"', help="Add a witness.", show_default=False),
    ] = None,
    group: Annotated[
        list[str] | None,
        typer.Option(
            metavar='"NAME K NAME..."',
            help="Add a group, which has witnessed what K of its members have.",
            show_default=False,
        ),
    ] = None,
    quorum: Annotated[
        str,
        typer.Option(
            metavar="NAME", help="What is wanted: a witness, a group, or none.", show_default=False
        ),
    ] = "",
    json: options.Json = False,
) -> int:
    """Show a policy in words, or add to it: whom you trust to sign and to witness.

    Comments and order of the file stay. A file that is not there yet is begun.

    \b
    Examples:
      reopen ledger policy policy.txt
      reopen ledger policy policy.txt --group "both 2 university archive" --quorum both
    """
    adds = bool(log or witness or group or quorum)
    data = EMPTY if adds and not file.exists() else read_file(file)
    for line in log or ():
        vkey, url = _words(line, 1, 2)
        data = with_log(data, parse_vkey(vkey), url)
    for line in witness or ():
        name, vkey, url = _words(line, 2, 3)
        data = with_witness(data, name, parse_vkey(vkey), url)
    for line in group or ():
        data = with_group(data, *_group(line))
    if quorum:
        data = with_quorum(data, quorum)
    found = parse_policy(data)
    if adds:
        write(file, data)
    if json:
        print_json(shown.policy_plain(found))
    else:
        show(shown.policy_text(found))
    return DONE


def _words(line: str, least: int, most: int) -> tuple[str, ...]:
    """The words of an option that stands for a line; those left out are empty."""
    words = line.split()
    if not least <= len(words) <= most:
        raise InvalidRecord(
            f"{line!r} has {len(words)} words.",
            rule=f"{least} or {most}, in one pair of quotation marks.",
        )
    return (*words, *[""] * (most - len(words)))


def _group(line: str) -> tuple[str, int, list[str]]:
    words = line.split()
    if len(words) < 3 or not words[1].isdecimal():
        raise InvalidRecord(f"{line!r} is not a group.", rule='As in "both 2 university archive".')
    return words[0], int(words[1]), words[2:]
