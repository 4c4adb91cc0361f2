"""`reopen link UNIT` and `reopen redo`: what is new against everything, and any search again."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

import reopen
from reopen.errors import InvalidRecord, UnreadableFile, Where
from reopen.faces.cli import _options as options
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

if TYPE_CHECKING:
    from reopen.faces.workbench.unit_search import Terms

_NOT_FOR_UNITS = (
    "references", "staff", "families", "relatives", "chance", "kit", "replicates", "decimal_comma",
)  # fmt: skip
_OVERRIDES = ("threshold_rfu", "drop_in", "theta", "stutter", "no_degradation")


def link_in_unit(
    stains: Sequence[str],
    *,
    given: frozenset[str],
    population: str | None,
    settings_file: Path | None,
    overrides: tuple[float | None, float | None, float | None, str | None, bool],
    contributors: int | None,
    least: float,
    averaging: bool,
    out: Path | None,
    purpose: str,
    actor: str,
    json: bool,
) -> int:
    """Link a unit; what is not given on the command line is as in the unit's last search."""
    # Imported here, since it loads the kernels' compiler, for which no help text should wait.
    from reopen.faces.workbench.ledger_state import log_state, state_lines
    from reopen.faces.workbench.unit_link import Asked, link_unit
    from reopen.faces.workbench.unit_search import text_of_settings
    from reopen.faces.workbench.unit_shown import as_json, linked_plain, linked_text

    _refuse_files(stains, given)
    tell_of_compiling()
    own = _own_population(population) if population else {}

    def change(terms: Terms) -> Terms:
        if population:
            sha = next((hashlib.sha256(data).hexdigest() for data in own.values()), "")
            part = f"#{population.partition('#')[2]}" if "#" in population else ""
            file = f"{sha}{part}" if sha else ""
            name = next(iter(own), population)
            terms = replace(terms, population=name, population_file=file)
        if settings_file is not None or given & {*_OVERRIDES}:
            base = reopen.read_settings(settings_file) if settings_file else terms.settings()
            terms = replace(terms, settings_text=text_of_settings(_changed(base, overrides)))
        if "contributors" in given:
            terms = replace(terms, contributors=contributors)
        if "least" in given:
            terms = replace(terms, least_log10=least)
        return replace(terms, averaging=averaging) if "averaging" in given else terms

    with acting(stains[0], actor) as (unit, who), progress_bar() as progress:
        done = link_unit(unit, who, Asked(change, own, purpose), progress)
        where = state_lines(log_state(unit))
    if out is not None and done.linking is not None:
        signed = replace(done.linking, assumptions=(*done.linking.assumptions, *where))
        report, _ = reopen.write_results(signed, out)
        tell(f"Report of this search: {report}")
    show(as_json(linked_plain(done)) if json else linked_text(done, width()))
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
        done = redo_run(opened, who, run, purpose=purpose, progress=progress)
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


def _own_population(name: str) -> dict[str, bytes]:
    """A frequency file of the user's own: its name and bytes; none for one of the library."""
    library.find_population(name)  # refuses what is no population, before anything is done
    path = Path(name.partition("#")[0])
    if not path.is_file():
        return {}
    try:
        return {path.name: path.read_bytes()}
    except OSError as error:
        raise UnreadableFile(
            f"The file cannot be opened: {error.strerror or error}.",
            way_on="Check that you may read it.",
            where=Where(str(path)),
        ) from None


def _changed(
    settings: reopen.Settings,
    overrides: tuple[float | None, float | None, float | None, str | None, bool],
) -> reopen.Settings:
    threshold_rfu, drop_in, theta, stutter, no_degradation = overrides
    return settings.changed(
        threshold_rfu=threshold_rfu,
        dropin_probability=drop_in,
        theta=theta,
        stutter=stutter,
        degradation=False if no_degradation else None,
    )
