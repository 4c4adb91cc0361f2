"""`reopen ledger`: the log's keys, checkpoints, receipts and mirrors."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from reopen.errors import InvalidRecord
from reopen.faces.cli import _options as options
from reopen.faces.cli import ledger_verify, ledger_witness
from reopen.faces.cli._ledger import (
    Keys,
    Out,
    PolicyFile,
    judged,
    old_checkpoint,
    print_json,
    write,
)
from reopen.faces.cli._options import PlainHelp
from reopen.faces.cli._unit import As, Purpose, Supervisor, UnitFile, acting
from reopen.faces.cli._ways import DONE, FAILED, show, tell, told
from reopen.faces.workbench import ledger_shown as shown
from reopen.faces.workbench.ledger import (
    POLICY,
    add_answer,
    approve_keys,
    key_folder,
    make_keys,
    policy_of,
    read_file,
    read_policy,
    sign_and_ask,
    signers_of,
)
from reopen.faces.workbench.ledger_proofs import (
    code_of,
    growth_since,
    mirrored,
    published,
    receipt_for,
    write_code,
)
from reopen.faces.workbench.unit import casefile, names_unit
from reopen.ledger.mirror import Copied
from reopen.ledger.verify import parse_policy
from reopen.records.base import Ref


@told
def keys(
    unit: UnitFile,
    folder: Keys = None,
    who: As = "",
    json: options.Json = False,
) -> int:
    """Make the keys that sign for a unit's log, once, and show their public lines.

    Two keys, Ed25519 and ML-DSA-44, which is safe from quantum computers too. Each new key is
    entered in the log. The folder also gets a policy file that names them.

    \b
    Example:
      reopen ledger keys harbour.reopen
    """
    with acting(unit, who) as (opened, actor):
        made = make_keys(opened, actor, folder)
        place = key_folder(opened, folder)
    if json:
        print_json(shown.keys_plain(made, place))
    else:
        show(shown.keys_text(made, place, str(place / POLICY)))
    return DONE


@told
def approve(
    unit: UnitFile,
    ids: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="IDS", help="Changes of keys; all that wait if none.", show_default=False
        ),
    ] = None,
    who: As = "",
    json: options.Json = False,
) -> int:
    """Approve keys that somebody else brought, so that no one person changes them alone.

    Compare the id with the person who made the key before you approve it.

    \b
    Example:
      reopen ledger approve harbour.reopen key-1a2b3c4d --as jonas
    """
    with acting(unit, who) as (opened, actor):
        approved = approve_keys(opened, actor, ids or ())
    if json:
        print_json([{"id": change.id, "what": change.what} for change in approved])
    else:
        show("\n".join(f"{each.id}: {each.what}" for each in approved) or "No key waits for it.")
    return DONE


@told
def checkpoint(
    unit: UnitFile,
    policy: PolicyFile = None,
    answer: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Add a witness's answer that came as a file, in place of signing anew.",
            show_default=False,
        ),
    ] = None,
    out: Out = None,
    seconds: Annotated[
        float, typer.Option(metavar="S", help="How long to wait for each witness.")
    ] = 10.0,
    folder: Keys = None,
    who: As = "",
    json: options.Json = False,
) -> int:
    """Sign the log as it stands, and ask the policy's witnesses to cosign.

    What a witness said is entered in the log. No answer is not a wrong answer; an inconsistent
    one is. The exit code is 1 where the policy's quorum is not met or a witness contradicts.

    \b
    Examples:
      reopen ledger checkpoint harbour.reopen --out checkpoint.txt
      reopen ledger checkpoint harbour.reopen --answer answer.txt
    """
    with acting(unit, who) as (opened, actor):
        trust = parse_policy(policy_of(opened, policy, keys=folder))
        if answer is not None:
            made = add_answer(opened, read_file(answer), trust)
        else:
            signers = signers_of(opened, folder)
            made = sign_and_ask(opened, actor, signers, trust, timeout_seconds=seconds)
    if out is not None:
        write(out, made.stored.note)
    if json:
        print_json(shown.witnessing_plain(made))
    else:
        show(shown.witnessing_text(made))
    return DONE if made.met and not made.accused else FAILED


@told
def prove(
    unit: UnitFile,
    kind: Annotated[
        str | None, typer.Argument(metavar="KIND", help="The record's kind.", show_default=False)
    ] = None,
    id: Annotated[
        str | None, typer.Argument(metavar="ID", help="The record's id.", show_default=False)
    ] = None,
    since: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="An old checkpoint or receipt: prove that the log only grew since.",
            show_default=False,
        ),
    ] = None,
    request: Annotated[
        bool,
        typer.Option("--request", help="Write a request for a witness that has seen no state yet."),
    ] = False,
    out: Out = None,
    qr: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Also write the receipt as a QR code (.svg, .png, .pdf, .txt).",
            show_default=False,
        ),
    ] = None,
    purpose: Purpose = "",
    supervisor: Supervisor = "",
    who: As = "",
    json: options.Json = False,
) -> int:
    """Write a receipt: a file that proves to a stranger that a record is in the log.

    With --since, a proof that the log only grew since an old checkpoint; the same file asks a
    witness to cosign the newest one.

    \b
    Examples:
      reopen ledger prove harbour.reopen case K-1994-030 --out k-1994-030.tlog-proof
      reopen ledger prove harbour.reopen case K-1994-030 --qr k-1994-030.svg
      reopen ledger prove harbour.reopen --since checkpoint.txt --out grown.txt
    """
    with acting(unit, who) as (opened, actor):
        if since is not None or request:
            old = None if since is None else old_checkpoint(since)
            data = growth_since(opened, old)
        elif kind is None or id is None:
            raise InvalidRecord(
                "It is not said what to prove.",
                way_on="Name a record by kind and id, or an old checkpoint with --since.",
            )
        else:
            ref = Ref(kind, id)
            data = receipt_for(opened, actor, ref, purpose=purpose, supervisor=supervisor)
    if out is not None:
        write(out, data)
    if qr is not None:
        _write_code(data, qr)
    if json:
        print_json({"proof": data.decode()})
    elif out is None and qr is None:
        show(data.decode().removesuffix("\n"))
    return DONE


def _write_code(receipt: bytes, path: Path) -> None:
    code = code_of(receipt)
    write_code(code, path)
    if not code.with_record:
        tell(
            "The record is too long for one code: it proves the entry with this leaf, to be given "
            f"as --leaf\n{code.leaf.hex()}"
        )


@told
def mirror(
    source: Annotated[
        str,
        typer.Argument(
            metavar="SOURCE",
            help="A unit, to show its log; or a folder or web address, to copy one.",
            show_default=False,
        ),
    ],
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="The mirror.", show_default=False)
    ],
    policy: PolicyFile = None,
    keys: Keys = None,
    json: options.Json = False,
) -> int:
    """Copy a log into a folder that any web server can show, or bring the copy up to date.

    It holds hashes, never records. A log that shrank or changed is refused, the mirror stays as
    it was, and the log's own checkpoint is kept in it as evidence.

    \b
    Examples:
      reopen ledger mirror harbour.reopen public/log
      reopen ledger mirror https://harbour.example/log copy --policy policy.txt
    """

    def copied() -> Copied:
        if names_unit(source):
            with casefile(source) as unit:
                trust = parse_policy(policy_of(unit, policy, keys=keys))
                return published(unit, folder, trust)
        if policy is None:
            raise InvalidRecord(
                "A copy needs to know whose signature counts.", way_on="Name --policy FILE"
            )
        return mirrored(source, folder, read_policy(policy))

    return judged(copied, lambda found: shown.copied_text(found, folder), shown.copied_plain, json)


def group() -> typer.Typer:
    """The commands of the log, and those of a witness below them."""
    log = typer.Typer(
        help="The log nobody can edit unseen: sign it, prove from it, check it, vouch for it.",
        no_args_is_help=True,
        rich_markup_mode=None,
    )
    log.command(cls=PlainHelp)(keys)
    log.command(cls=PlainHelp)(approve)
    log.command(cls=PlainHelp)(checkpoint)
    log.command(cls=PlainHelp)(prove)
    log.command(cls=PlainHelp)(ledger_verify.verify)
    log.command(cls=PlainHelp)(ledger_verify.policy)
    log.command(cls=PlainHelp)(mirror)
    log.add_typer(ledger_witness.group(), name="witness")
    return log
