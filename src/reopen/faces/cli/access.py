"""`reopen access`: who may see and do what in a unit.

Not here: who looked, and acts that need two people (`access_looks`).
"""

from __future__ import annotations

from importlib import import_module
from typing import Annotated

import typer

from reopen.faces.cli import _access_options as given
from reopen.faces.cli import _options as options
from reopen.faces.cli import _unit as shared
from reopen.faces.cli._options import PlainHelp
from reopen.faces.cli._ways import DONE, show, told, width
from reopen.records.access import Action, Standing
from reopen.records.base import Ref

access = typer.Typer(
    help="Need to know: who may see and do what, and who looked.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Everything = Annotated[bool, typer.Option("--everything", help="On everything in the unit.")]
GrantId = Annotated[
    str, typer.Argument(metavar="GRANT", help="The grant's id.", show_default=False)
]


@access.command(cls=PlainHelp)
@told
def actor(
    unit: shared.UnitFile,
    whom: given.Whom,
    name: Annotated[
        str, typer.Option(metavar="TEXT", help="Their full name.", show_default=False)
    ] = "",
    standing: Annotated[
        Standing | None,
        typer.Option(
            metavar="STANDING",
            help="lead, detective, volunteer, reservist, student, analyst, quality manager, "
            "reviewer, defence, auditor or program.  [default: detective]",
            show_default=False,
        ),
    ] = None,
    person: Annotated[
        str,
        typer.Option(
            metavar="PERSON",
            help="The person of the unit who is the same human being, so that they are recused "
            "where they have to be.",
            show_default=False,
        ),
    ] = "",
    left: Annotated[
        str, typer.Option(metavar="TIME", help="When they left.", show_default=False)
    ] = "",
    as_: shared.As = "",
    reason: shared.Reason = "",
    json: options.Json = False,
) -> int:
    """Add an actor, or change what the unit knows of them.

    \b
    Examples:
      reopen access actor unit.reopen berg --name "Nora Berg" --standing detective --person P-041
      reopen access actor unit.reopen berg --left 2026-06-30 --reason "Transferred"
    """
    from reopen.faces.workbench import access as workbench

    with shared.acting(unit, as_) as (opened, by):
        kept = workbench.change_actor(
            opened, by, whom, name=name, standing=standing, person=person,
            left=given.interval(left), reason=reason,
        )  # fmt: skip
        show(given.told_of(kept, json))
    return DONE


@access.command(cls=PlainHelp)
@told
def grant(
    unit: shared.UnitFile,
    whom: given.Whom,
    case: given.OnCase = "",
    item: given.OnItem = "",
    everything: Everything = False,
    action: given.Actions = None,
    class_: given.Classes = None,
    for_: Annotated[
        str,
        typer.Option(
            "--for",
            metavar="TEXT",
            help="The purpose: a look that states another is not let through.",
        ),
    ] = "any work of the unit",
    until: given.Until = "",
    supervised_by: Annotated[
        str,
        typer.Option(metavar="NAME", help="Only with this actor beside them.", show_default=False),
    ] = "",
    as_: shared.As = "",
    json: options.Json = False,
) -> int:
    """Let an actor see or do something from now on.

    Classes count once a third person has approved the grant, unless you are the unit's only actor.

    \b
    Example:
      reopen access grant unit.reopen berg --case K-1987-114 --action read --action add \\
          --for "review of 1987" --until 2026-12-31
    """
    from reopen.faces.workbench import access as workbench

    given.must_say("A grant", case, item, everything)
    with shared.acting(unit, as_) as (opened, by):
        kept = workbench.give(
            opened, by, whom, purpose=for_, case=case, item=item, actions=action or (),
            classes=class_ or (), until=given.interval(until), supervisor=supervised_by,
        )  # fmt: skip
    show(given.told_of(kept, json))
    return DONE


@access.command(cls=PlainHelp)
@told
def deny(
    unit: shared.UnitFile,
    whom: given.Whom,
    why: given.Why,
    case: given.OnCase = "",
    item: given.OnItem = "",
    everything: Everything = False,
    action: given.Actions = None,
    class_: given.Classes = None,
    until: given.Until = "",
    as_: shared.As = "",
    json: options.Json = False,
) -> int:
    """Bar an actor from something; this beats every grant. Barring reading bars every action.

    \b
    Example:
      reopen access deny unit.reopen berg --case K-1987-114 --why "Worked on the first inquiry"
    """
    from reopen.faces.workbench import access as workbench

    given.must_say("A denial", case, item, everything)
    with shared.acting(unit, as_) as (opened, by):
        kept = workbench.give(
            opened, by, whom, purpose=why, case=case, item=item, actions=action or (),
            classes=class_ or (), until=given.interval(until), deny=True,
        )  # fmt: skip
    show(given.told_of(kept, json))
    return DONE


@access.command(cls=PlainHelp)
@told
def recuse(
    unit: shared.UnitFile,
    why: given.Why,
    case: given.OnCase = "",
    item: given.OnItem = "",
    whom: Annotated[
        str,
        typer.Option(
            "--actor", metavar="ACTOR", help="Somebody else than yourself.", show_default=False
        ),
    ] = "",
    as_: shared.As = "",
    json: options.Json = False,
) -> int:
    """Step back from a case or an item: from now on it is barred.

    Everybody may step back themselves. Recusals that follow from the records (parties, relatives,
    traces) need no command. To end one needs two people (reopen access ask).

    \b
    Example:
      reopen access recuse unit.reopen --case K-1987-114 --why "The victim was my teacher"
    """
    from reopen.faces.workbench import access as workbench

    given.must_say("A recusal", case, item, everything=False)
    with shared.acting(unit, as_) as (opened, by):
        kept = workbench.give(
            opened, by, whom or by, purpose=why, case=case, item=item, actions=(Action.READ,),
            deny=True,
        )  # fmt: skip
    show(given.told_of(kept, json))
    return DONE


@access.command(cls=PlainHelp)
@told
def approve(
    unit: shared.UnitFile, grant: GrantId, as_: shared.As = "", json: options.Json = False
) -> int:
    """Approve a grant of sensitive classes, as somebody who neither gave it nor gets it.

    \b
    Example:
      reopen access approve unit.reopen grant-1f0c9a7e --as quist
    """
    from reopen.faces.workbench import access as workbench

    with shared.acting(unit, as_) as (opened, by):
        kept = workbench.approve(opened, by, grant)
    show(given.told_of(kept, json))
    return DONE


@access.command(cls=PlainHelp)
@told
def revoke(
    unit: shared.UnitFile,
    grant: GrantId,
    why: given.Why,
    as_: shared.As = "",
    json: options.Json = False,
) -> int:
    """End a grant now. To end a denial needs two people (reopen access ask).

    \b
    Example:
      reopen access revoke unit.reopen grant-1f0c9a7e --why "The review is done"
    """
    from reopen.faces.workbench import access as workbench

    with shared.acting(unit, as_) as (opened, by):
        kept = workbench.revoke(opened, by, grant, reason=why)
    show(given.told_of(kept, json))
    return DONE


@access.command(cls=PlainHelp)
@told
def mark(
    unit: shared.UnitFile,
    kind: given.OfKind,
    id: given.OfId,
    class_: given.Classes,
    why: given.Why,
    lift: Annotated[bool, typer.Option("--lift", help="Lift the classes instead.")] = False,
    as_: shared.As = "",
    json: options.Json = False,
) -> int:
    """Put a case, item, person or other record into sensitive classes.

    Everything that belongs to it is of the class too. To lift 'sealed' needs two people.

    \b
    Example:
      reopen access mark unit.reopen person P-017 --class minor --why "Born 1979"
    """
    from reopen.faces.workbench import access as workbench

    with shared.acting(unit, as_) as (opened, by):
        kept = workbench.mark(opened, by, Ref(kind, id), class_ or (), reason=why, lifted=lift)
    show(given.told_of(kept, json))
    return DONE


@access.command(cls=PlainHelp)
@told
def grants(
    unit: shared.UnitFile,
    whom: given.OfActor = "",
    case: shared.OfCase = "",
    as_: shared.As = "",
    json: options.Json = False,
) -> int:
    """List grants and denials: your own, or all where you see everything.

    \b
    Example:
      reopen access grants unit.reopen --actor berg
    """
    from reopen.faces.workbench import access as workbench
    from reopen.faces.workbench.access_shown import grants_plain, grants_text, to_access_json

    with shared.acting(unit, as_) as (opened, by):
        found = workbench.granted(opened, by, actor=whom, case=case)
    show(to_access_json(grants_plain(found)) if json else grants_text(found, width()))
    return DONE


def group() -> typer.Typer:
    """All commands of access."""
    import_module("reopen.faces.cli.access_looks")  # registers its commands
    return access
