"""`reopen link UNIT`, `reopen watch` and `reopen redo`: what is new against everything, whenever it
comes in, and any search again."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from json import dumps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

import reopen
from reopen.errors import InvalidRecord, cannot_open
from reopen.faces.cli import _options as options
from reopen.faces.cli._machines import ClusterAddress, Keep, Workers, stopping, tell_of_works
from reopen.faces.cli._unit import As, Purpose, UnitFile, acting
from reopen.faces.cli._ways import (
    DONE,
    FAILED,
    progress_bar,
    show,
    tell,
    tell_of_compiling,
    told,
    width,
)
from reopen.formats import library
from reopen.weigh.prior_odds import read_prior_odds

if TYPE_CHECKING:
    from reopen.faces.workbench.unit_link import Asked
    from reopen.faces.workbench.unit_search import Terms

_NOT_FOR_UNITS = (
    "references", "staff", "families", "relatives", "chance", "kit", "replicates", "decimal_comma",
)  # fmt: skip


_NONE = "none"
"""What takes back prior odds or a database that the unit's last search had."""


@dataclass(frozen=True, slots=True)
class GivenTerms:
    """Terms of a search as the command line gives them.

    named  options that stand there; what does not is as in the unit's last search
    """

    named: frozenset[str]
    population: str | None = None
    settings: options.GivenSettings = field(default_factory=options.GivenSettings)
    contributors: int | None = None
    least: float = 3.0
    averaging: bool = True
    prior: str = ""
    database: str = ""

    def asked(self, purpose: str = "", machines: reopen.Machines | None = None) -> Asked:
        """The search that is asked for; files that it names are read now."""
        from reopen.faces.workbench.unit_link import Asked

        own = _own_population(self.population) if self.population else {}
        return Asked(
            partial(self._changed, own), own, purpose, machines=machines or reopen.Machines()
        )

    def _changed(self, own: Mapping[str, bytes], terms: Terms) -> Terms:
        from reopen.faces.workbench.unit_search import text_of_settings

        if self.population:
            name, file = _named_population(self.population, own)
            terms = replace(terms, population=name, population_file=file)
        if self.settings != options.GivenSettings():
            settings = self.settings.over(terms.settings())
            terms = replace(terms, settings_text=text_of_settings(settings))
        if "contributors" in self.named:
            terms = replace(terms, contributors=self.contributors)
        if "least" in self.named:
            terms = replace(terms, least_log10=self.least)
        if "averaging" in self.named:
            terms = replace(terms, averaging=self.averaging)
        if "prior" in self.named:
            terms = replace(terms, prior=_odds(_unless_none(self.prior)))
        if "database" in self.named:
            terms = replace(terms, database=_where(_unless_none(self.database)))
        return terms


def _unless_none(given: str) -> str:
    return "" if given.casefold() == _NONE else given


def _odds(stated: str) -> str:
    """As stated. Raises InvalidRecord for what is no odds."""
    if stated:
        read_prior_odds(stated)
    return stated


def _where(file: str) -> str:
    """Where a file lies, whatever folder the next search is started in."""
    return str(Path(file).resolve()) if file else ""


def link_in_unit(
    stains: Sequence[str],
    given: GivenTerms,
    machines: reopen.Machines,
    *,
    out: Path | None,
    purpose: str,
    actor: str,
    json: bool,
) -> int:
    """Link a unit; what is not given on the command line is as in the unit's last search."""
    # Imported here, since it loads the kernels' compiler, for which no help text should wait.
    from reopen.faces.workbench.ledger_state import log_state, state_lines
    from reopen.faces.workbench.unit_link import link_unit
    from reopen.faces.workbench.unit_shown import as_json, linked_plain, linked_text

    _refuse_files(stains, given.named)
    tell_of_compiling()
    asked = given.asked(purpose, machines)
    with acting(stains[0], actor) as (unit, who), progress_bar() as progress, stopping(machines):
        done = link_unit(unit, who, asked, progress)
        where = state_lines(log_state(unit))
    if out is not None and done.linking is not None:
        signed = replace(done.linking, assumptions=(*done.linking.assumptions, *where))
        report, _ = reopen.write_results(signed, out)
        tell(f"Report of this search: {report}")
    show(as_json(linked_plain(done)) if json else linked_text(done, width()))
    tell_of_works(machines, done.linking)
    return DONE


@told
def watch(
    context: typer.Context,
    unit: UnitFile,
    once: Annotated[bool, typer.Option("--once", help="Search what is new now, and end.")] = False,
    every: Annotated[
        float, typer.Option(metavar="SECONDS", min=0.1, help="Time between looks at the unit.")
    ] = 10.0,
    population: options.Population = None,
    settings: options.SettingsFile = None,
    least: options.Least = 3.0,
    workers: Workers = None,
    cluster: ClusterAddress = "",
    keep: Keep = None,
    purpose: Purpose = "",
    actor: As = "",
    json: options.Json = False,
) -> int:
    """Search a unit again whenever something comes in, and tell what is newly linked.

    Whoever imports profiles, families or samples, from whichever machine: what is new is compared
    with everything, on the terms of the unit's last search or those given here. A frequency file
    that is changed while it is watched is taken up, and everything is compared anew. Stop it with
    Ctrl-C; with --json it writes one line for each search.

    \b
    Example:
      reopen watch harbour.reopen --every 60
    """
    from reopen.faces.workbench.unit_shown import linked_plain, linked_text
    from reopen.faces.workbench.unit_watch import watch_unit

    tell_of_compiling()
    machines = reopen.Machines(workers, cluster, keep)
    terms = GivenTerms(
        options.given(context), population, options.GivenSettings(settings), least=least
    )

    def asked() -> Asked:
        return terms.asked(purpose, machines)

    with acting(unit, actor) as (opened, who), progress_bar() as progress, stopping(machines):
        for number, done in enumerate(
            watch_unit(opened, who, asked, every=every, progress=progress)
        ):
            if done.run is not None or number == 0:
                show(dumps(linked_plain(done)) if json else f"{linked_text(done, width())}\n")
                sys.stdout.flush()
                tell_of_works(machines, done.linking)
            if once:
                break
    return DONE


@told
def redo(
    unit: UnitFile,
    run: Annotated[
        str,
        typer.Argument(
            metavar="RUN", help="A search, as `reopen links` and `reopen why` name it; or `last`."
        ),
    ] = "last",
    database: Annotated[
        str,
        typer.Option(
            metavar="FILE",
            help="Where the database that the search looked in lies now, if it was moved.",
            show_default=False,
        ),
    ] = "",
    purpose: Purpose = "",
    actor: As = "",
    json: options.Json = False,
) -> int:
    """Do a search of a unit again from the kept bytes, and compare number by number.

    The exit code is 1 where a number is not what it was.

    \b
    Example:
      reopen redo harbour.reopen last
    """
    from reopen.faces.workbench.unit_redo import redo_run
    from reopen.faces.workbench.unit_shown import as_json, redone_plain, redone_text

    tell_of_compiling()
    with acting(unit, actor) as (opened, who), progress_bar() as progress:
        done = redo_run(opened, who, run, database=database, purpose=purpose, progress=progress)
    show(as_json(redone_plain(done)) if json else redone_text(done, width()))
    return DONE if done.same else FAILED


def _refuse_files(stains: Sequence[str], given: frozenset[str]) -> None:
    named = [f"--{name.replace('_', '-')}" for name in _NOT_FOR_UNITS if name in given]
    if len(stains) > 1 or named:
        raise InvalidRecord(
            f"A unit and {', '.join([*stains[1:], *named])}.",
            rule="A unit is linked with what it holds.",
            way_on="Bring files in first: reopen import UNIT FILES --references FILES.",
        )


def _named_population(given: str, own: Mapping[str, bytes]) -> tuple[str, str]:
    """What the terms say of a population: its name, and the id of its file with '#name'."""
    for name, data in own.items():
        part = f"#{given.partition('#')[2]}" if "#" in given else ""
        return name, f"{hashlib.sha256(data).hexdigest()}{part}"
    return given, ""


def _own_population(name: str) -> dict[str, bytes]:
    """A frequency file of the user's own: its name and bytes; none for one of the library."""
    library.find_population(name)  # refuses what is no population, before anything is done
    path = Path(name.partition("#")[0])
    if not path.is_file():
        return {}
    try:
        return {path.name: path.read_bytes()}
    except OSError as error:
        raise cannot_open(path, error) from None
