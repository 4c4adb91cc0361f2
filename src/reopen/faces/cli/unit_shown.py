"""`reopen cases|links|why|log|disagreements`: what a unit holds, as far as it is for the asker."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from reopen.faces.cli import _options as options
from reopen.faces.cli._unit import As, OfCase, Purpose, Supervisor, UnitFile, acting
from reopen.faces.cli._ways import DONE, show, told, width
from reopen.faces.workbench import unit_told as told_of
from reopen.faces.workbench.case_file import case_file, case_files
from reopen.faces.workbench.triage import Order, ordered, places_by_rule
from reopen.faces.workbench.triage import triage as triage_of
from reopen.faces.workbench.triage_shown import reasons_text, triage_plain, triage_text
from reopen.faces.workbench.unit_shown import as_json
from reopen.faces.workbench.unit_views import (
    case_rows,
    case_view,
    disagreements_in,
    link_rows,
    link_view,
    log_entries,
)
from reopen.store import log as store_log
from reopen.store.reader import Reader


@told
def cases(
    unit: UnitFile,
    case: Annotated[
        str, typer.Argument(metavar="CASE", help="One case in full.", show_default=False)
    ] = "",
    triage: Annotated[
        bool,
        typer.Option("--triage", help="How far each promises to be solved, by rule, and why."),
    ] = False,
    order: Annotated[
        Order,
        typer.Option(
            "--order", metavar="rule|limitation|number", help="Of the list with --triage."
        ),
    ] = Order.RULE,
    purpose: Purpose = "",
    supervisor: Supervisor = "",
    actor: As = "",
    json: options.Json = False,
) -> int:
    """List the cases of a unit, or show one: what is said of it and by whom, exhibits, links.

    \b
    Examples:
      reopen cases harbour.reopen
      reopen cases harbour.reopen K-1987-114
      reopen cases harbour.reopen --triage --order limitation
    """
    with reading(unit, actor, purpose, supervisor) as reader:
        if triage:
            show(_triaged(reader, case, order, json))
        elif case:
            view = case_view(reader, case)
            show(as_json(told_of.case_plain(view)) if json else told_of.case_text(view, width()))
        else:
            rows = case_rows(reader)
            show(as_json(told_of.cases_plain(rows)) if json else told_of.cases_text(rows))
    return DONE


def _triaged(reader: Reader, case: str, order: Order, json: bool) -> str:
    now = reader.asker.moment
    if case and not json:
        return reasons_text(triage_of(case_file(reader, case), now), width())
    every = [triage_of(one, now) for one in case_files(reader).values()]
    places = places_by_rule(every)
    found = [one for one in ordered(every, order) if case in ("", one.id)]
    if json:
        return as_json(triage_plain(found, places))
    return triage_text(found, places, width())


@told
def links(
    unit: UnitFile,
    case: OfCase = "",
    least: Annotated[
        float | None,
        typer.Option(metavar="LOG10", help="From this log10 LR on.", show_default=False),
    ] = None,
    since: Annotated[
        str,
        typer.Option(
            metavar="RUN",
            help="Newly linked since: by this search and later ones; `last` for the last one.",
            show_default=False,
        ),
    ] = "",
    purpose: Purpose = "",
    supervisor: Supervisor = "",
    actor: As = "",
    json: options.Json = False,
) -> int:
    """List the links that searches of a unit found, the strongest first.

    \b
    Example:
      reopen links harbour.reopen --since last
    """
    with reading(unit, actor, purpose, supervisor) as reader:
        rows = link_rows(reader, case=case, least=least, since=since)
        show(as_json(told_of.links_plain(rows)) if json else told_of.links_text(rows, width()))
    return DONE


@told
def why(
    unit: UnitFile,
    link: Annotated[
        str, typer.Argument(metavar="LINK", help="A link as listed, or one of its profiles.")
    ],
    other: Annotated[
        str, typer.Argument(metavar="OTHER", help="The other profile.", show_default=False)
    ] = "",
    purpose: Purpose = "",
    supervisor: Supervisor = "",
    actor: As = "",
    json: options.Json = False,
) -> int:
    """Say why two profiles are linked: the terms locus by locus, and every version of the number.

    \b
    Example:
      reopen why harbour.reopen "K-1987-114-A1 x DB-0941"
    """
    with reading(unit, actor, purpose, supervisor) as reader:
        view = link_view(reader, link, other)
        show(as_json(told_of.why_plain(view)) if json else told_of.why_text(view, width()))
    return DONE


@told
def disagreements(
    unit: UnitFile,
    case: OfCase = "",
    purpose: Purpose = "",
    supervisor: Supervisor = "",
    actor: As = "",
    json: options.Json = False,
) -> int:
    """List statements that cannot all hold.

    Times and ranges that do not meet, words that differ, present against absent. A statement that
    supersedes another (a table of statements, with --reason) settles it; nothing is deleted.

    \b
    Example:
      reopen disagreements harbour.reopen --case K-1987-114
    """
    with reading(unit, actor, purpose, supervisor) as reader:
        found = disagreements_in(reader, case)
        text = told_of.disagreements_text
        show(as_json(told_of.disagreements_plain(found)) if json else text(found, width()))
    return DONE


@told
def log(
    unit: UnitFile,
    last: Annotated[int, typer.Option(metavar="N", min=1, help="So many entries.")] = 20,
    changes: Annotated[
        bool, typer.Option("--changes", help="Leave out looks: what changed, and who changed it.")
    ] = False,
    purpose: Purpose = "",
    supervisor: Supervisor = "",
    actor: As = "",
    json: options.Json = False,
) -> int:
    """Show the last entries of a unit's log: who did what, when and why.

    Entries that are not for you are shown as such, never left out.

    \b
    Example:
      reopen log harbour.reopen --changes --last 50
    """
    with acting(unit, actor) as (opened, who):
        size = store_log.size(opened.db)
        with opened.reading(who, purpose=purpose, supervisor=supervisor) as reader:
            entries = log_entries(reader, size, last, changes=changes)
            names = reader.names(entry.version.actor for entry in entries if entry.version)
    text = told_of.log_text
    show(as_json(told_of.log_plain(entries)) if json else text(entries, names, width()))
    return DONE


@contextmanager
def reading(where: str, given: str, purpose: str, supervisor: str) -> Iterator[Reader]:
    """A look into a unit, in the name of the one who looks."""
    with (
        acting(where, given) as (unit, who),
        unit.reading(who, purpose=purpose, supervisor=supervisor) as reader,
    ):
        yield reader
