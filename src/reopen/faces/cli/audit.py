"""`reopen audit` and `reopen dispose`: what does not fit in a unit, and how it ended.

What they need is imported when they run: the rules bring libraries that no other command waits for.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from reopen.errors import UnknownName
from reopen.faces.cli import _options as options
from reopen.faces.cli._unit import As, Purpose, Supervisor, UnitFile, acting
from reopen.faces.cli._ways import DONE, FAILED, progress_bar, show, tell, told, width
from reopen.records.findings import Outcome


@told
def audit(
    unit: UnitFile,
    rules: Annotated[
        list[str] | None,
        typer.Option(
            "--rule",
            metavar="RULE",
            help="Ask this rule only (C1 ... S6); may be given several times.",
            show_default=False,
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Write audit.html and audit.json into this folder.",
            show_default=False,
        ),
    ] = None,
    keep: Annotated[
        bool,
        typer.Option(
            "--keep/--no-keep",
            help="Keep findings and this look in the unit, or only show them.",
        ),
    ] = True,
    actor: As = "",
    supervisor: Supervisor = "",
    purpose: Purpose = "audit",
    json: options.Json = False,
) -> int:
    """Ask every rule whether the unit's records fit together.

    Each rule holds, fails with its records, or cannot tell. Findings of severity A stop what they
    are about from being reported until somebody disposes of them (`reopen dispose`). Rules on staff
    run blind: names are for those granted the class STAFF. The exit code is 1 while such findings
    are open.

    \b
    Examples:
      reopen audit harbour.reopen --out audit
      reopen audit harbour.reopen --rule C1 --rule X4 --no-keep
    """
    from reopen.faces.report.render import write_whole
    from reopen.faces.workbench.audit import audit_unit
    from reopen.faces.workbench.audit_page import audit_page
    from reopen.faces.workbench.audit_shown import audit_json, audit_text

    only = None if rules is None else [_known(each) for each in rules]
    with acting(unit, actor) as (opened, who), progress_bar() as progress:
        done = audit_unit(
            opened,
            who,
            only=only,
            purpose=purpose,
            supervisor=supervisor,
            keep=keep,
            progress=progress,
        )
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        write_whole(audit_page(done), out / "audit.html")
        write_whole(audit_json(done) + "\n", out / "audit.json")
    show(audit_json(done) if json else audit_text(done, width()))
    if out is not None:
        tell(f"Report: {out / 'audit.html'}")
    return FAILED if done.audit.stopping else DONE


@told
def dispose(
    unit: UnitFile,
    finding: Annotated[
        str, typer.Argument(metavar="FINDING", help="The finding's id.", show_default=False)
    ],
    outcome: Annotated[
        Outcome,
        typer.Option(
            metavar="OUTCOME",
            help="How it ended: explained, corrected, referred (open with others), or open (opened "
            "again).",
            show_default=False,
        ),
    ],
    reason: Annotated[
        str, typer.Option(metavar="TEXT", help="Why; kept with it.", show_default=False)
    ],
    actor: As = "",
    supervisor: Supervisor = "",
    purpose: Purpose = "disposition",
    json: options.Json = False,
) -> int:
    """Record how a finding ended: explained, corrected, open or referred, with the reason.

    Only somebody who did not make the finding's records may; the finding itself stays.

    \b
    Example:
      reopen dispose harbour.reopen C1-0c5f7a1be2d4 --outcome explained \\
          --reason "the bench book of 3 May, page 12, has the handover" --as tomas
    """
    from reopen.faces.workbench.audit import dispose as dispose_of
    from reopen.faces.workbench.audit_shown import disposed_json, disposed_text

    with acting(unit, actor) as (opened, who):
        done = dispose_of(
            opened,
            who,
            finding,
            outcome=outcome,
            reason=reason,
            purpose=purpose,
            supervisor=supervisor,
        )
    show(disposed_json(done) if json else disposed_text(done))
    return DONE


def _known(rule: str) -> str:
    from reopen.prove import RULES

    if rule.upper() in RULES:
        return rule.upper()
    raise UnknownName(
        f"{rule!r} is no rule of the audit.",
        rule=f"The rules are {', '.join(sorted(RULES))}.",
        way_on="Choose one of them; each is explained in docs/audit.md.",
    )
