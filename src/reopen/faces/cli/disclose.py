"""`reopen disclose`, `reopen innocence`, `reopen export`: a case for the other side."""

from __future__ import annotations

import json as as_json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reopen.errors import UnknownName
from reopen.faces.cli import _options as options
from reopen.faces.cli._ledger import Keys
from reopen.faces.cli._unit import As, OneCase, Purpose, Supervisor, UnitFile, acting
from reopen.faces.cli._ways import DONE, show, tell, told
from reopen.faces.workbench.ledger import signers_of
from reopen.records.access import Sensitivity
from reopen.store.unit import Unit

if TYPE_CHECKING:  # imported where it is used, since help should not wait for it
    from reopen.faces.workbench.disclosing import Bundled, Owed

To = Annotated[
    str,
    typer.Option(metavar="NAME", help="Whom it is for; entered in the log.", show_default=False),
]
Folder = Annotated[
    Path,
    typer.Option(metavar="DIR", help="A folder that is not there yet.", show_default=False),
]
KeepBack = Annotated[
    list[str] | None,
    typer.Option(
        "--keep-back",
        metavar="CLASS=REASON",
        help='Withhold a sensitive class, with the reason or order: "informant=order 12". '
        "May be given several times.",
        show_default=False,
    ),
]


@told
def disclose(
    unit: UnitFile,
    case: OneCase,
    to: To,
    out: Folder,
    keep_back: KeepBack = None,
    actor: As = "",
    supervisor: Supervisor = "",
    purpose: Purpose = "disclosure",
    keys: Keys = None,
    json: options.Json = False,
) -> int:
    """Everything of a case for the other side: signed, with proofs, and what was kept back.

    The folder holds tables, files, every version of every record with the proof that it stands in
    the log, what helps the defence, what was kept back and why, and the verifier. That it was
    given, and to whom, is entered in the log.

    \b
    Example:
      reopen disclose harbour.reopen K-1995-033 --to "Defence counsel" --out bundle/
    """
    ask = _Asked(unit, case, keep_back, actor, supervisor, purpose, only_helpful=False)
    return _bundle(ask, to, out, keys, json)


@told
def innocence(
    unit: UnitFile,
    case: OneCase,
    to: To = "",
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Write a bundle with proofs into this folder; without it, only a list is shown.",
            show_default=False,
        ),
    ] = None,
    keep_back: KeepBack = None,
    actor: As = "",
    supervisor: Supervisor = "",
    purpose: Purpose = "review of innocence",
    keys: Keys = None,
    json: options.Json = False,
) -> int:
    """What of a case helps the defence, and from whom it was withheld.

    \b
    Example:
      reopen innocence harbour.reopen K-1995-033
    """
    from reopen.faces.workbench.disclosing import helps_text

    ask = _Asked(unit, case, keep_back, actor, supervisor, purpose, only_helpful=True)
    if out is not None:
        return _bundle(ask, to or "the defence", out, keys, json)
    with acting(unit, actor) as (opened, who):
        given = ask.read(opened, who)
    show(as_json.dumps(_helps(given), indent=2) if json else helps_text(given))
    return DONE


@told
def export(
    unit: UnitFile,
    case: OneCase,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write it here; else it is shown.", show_default=False),
    ] = None,
    keep_back: KeepBack = None,
    actor: As = "",
    supervisor: Supervisor = "",
    purpose: Purpose = "export",
    json: options.Json = False,
) -> int:
    """A case as CASE/UCO (JSON-LD), which other evidence systems read.

    \b
    Example:
      reopen export harbour.reopen K-1995-033 --out case.jsonld
    """
    from reopen.faces.report.render import write_whole
    from reopen.faces.workbench.disclosing import export_case_uco

    with acting(unit, actor) as (opened, who):
        ask = _Asked(unit, case, keep_back, actor, supervisor, purpose, only_helpful=False)
        given = ask.read(opened, who)
        text = export_case_uco(opened, given)
    if out is None:
        show(text.rstrip())
        return DONE
    write_whole(text, out)
    counts = {"file": str(out), "records": len(given.versions), "kept_back": len(given.withheld)}
    if json:
        show(as_json.dumps(counts, indent=2))
    else:
        tell(f"Written to {out}. Records: {len(given.versions)}, kept back: {len(given.withheld)}.")
    return DONE


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a command asks of a unit."""

    unit: str
    case: str
    keep_back: list[str] | None
    actor: str
    supervisor: str
    purpose: str
    only_helpful: bool

    def read(self, opened: Unit, who: str) -> Owed:
        from reopen.faces.workbench.disclosing import owed

        return owed(
            opened,
            who,
            self.case,
            purpose=self.purpose,
            supervisor=self.supervisor,
            keep_back=_reasons(self.keep_back),
            only_helpful=self.only_helpful,
        )


def _bundle(ask: _Asked, to: str, out: Path, keys: Path | None, json: bool) -> int:
    from reopen.faces.workbench.disclosing import write_disclosure

    with acting(ask.unit, ask.actor) as (opened, who):
        signers = signers_of(opened, keys)
        given = ask.read(opened, who)
        made = write_disclosure(opened, given, out, to=to, purpose=ask.purpose, signers=signers)
    show(as_json.dumps(_made(made), indent=2) if json else _made_text(made, to))
    return DONE


def _reasons(given: list[str] | None) -> dict[Sensitivity, str]:
    reasons: dict[Sensitivity, str] = {}
    for text in given or ():
        name, found, reason = text.partition("=")
        if name not in tuple(Sensitivity) or not found or not reason.strip():
            raise UnknownName(
                f"{text!r} does not say what is kept back, and why.",
                rule=f"Nothing is kept back without a reason. Classes: {', '.join(Sensitivity)}.",
                way_on='Write it so: --keep-back "informant=order of 3 May"',
            )
        reasons[Sensitivity(name)] = reason.strip()
    return reasons


def _helps(given: Owed) -> dict[str, object]:
    return {
        "case": given.case,
        "helps": [
            {"record": str(each.ref), "why": each.why, "given_to": list(each.given_to)}
            for each in given.helps
        ],
        "kept_back": len(given.withheld),
    }


def _made(made: Bundled) -> dict[str, object]:
    return {
        "folder": str(made.folder),
        "given": made.given,
        "kept_back": made.withheld,
        "helps": made.helps,
        "manifest_sha256": made.manifest_sha256,
    }


def _made_text(made: Bundled, to: str) -> str:
    return (
        f"Bundle for {to} in {made.folder}. Records given: {made.given}, kept back: "
        f"{made.withheld}; reasons found that help the defence: {made.helps}.\n"
        f"Read {made.folder / 'index.html'}. Check it without the unit:\n"
        f"  python {made.folder / 'verify.py'} {made.folder} --policy policy.txt\n"
        f"In the log: the bundle's manifest has the SHA-256 {made.manifest_sha256}."
    )
