"""`reopen init` and `reopen import`: a unit begins, and files come into it."""

from __future__ import annotations

import getpass
import hashlib
from pathlib import Path
from typing import Annotated, Literal

import typer

from reopen.errors import UnreadableFile, Where
from reopen.faces.cli import _options as options
from reopen.faces.cli._unit import As, Purpose, Reason, UnitFile, acting
from reopen.faces.cli._ways import DONE, FAILED, progress_bar, show, tell, told, width
from reopen.faces.workbench.unit import begin_unit
from reopen.faces.workbench.unit_files import Given, files_of
from reopen.faces.workbench.unit_import import Wish, import_files
from reopen.faces.workbench.unit_profiles import ReadAs
from reopen.faces.workbench.unit_shown import (
    as_json,
    importing_plain,
    importing_text,
    unit_plain,
    unit_text,
)
from reopen.formats import library
from reopen.records import Purpose as ProfilePurpose


@told
def init(
    unit: UnitFile,
    name: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="What the unit is called; the file's name if not given.",
            show_default=False,
        ),
    ] = "",
    lead: Annotated[
        str,
        typer.Option(
            "--as",
            metavar="NAME",
            help="The unit's first actor, its lead; your name on this computer if not given.",
            show_default=False,
        ),
    ] = "",
    full_name: Annotated[
        str,
        typer.Option(
            "--full-name",
            metavar="NAME",
            help="The lead's full name, as others of the unit see it.",
            show_default=False,
        ),
    ] = "",
    json: options.Json = False,
) -> int:
    """Make a unit: one file that keeps everything, with a log that shows every change.

    The first actor is the unit's lead, who sees everything and lets others in.

    \b
    Example:
      reopen init harbour.reopen --name "Harbour cold case unit" --as mara
    """
    with begin_unit(unit, name=name, actor=lead or getpass.getuser(), actor_name=full_name) as made:
        show(as_json(unit_plain(made)) if json else unit_text(made))
    return DONE


@told
def import_(
    unit: UnitFile,
    paths: Annotated[
        list[str] | None,
        typer.Argument(metavar="PATHS", help="Files, and folders of files.", show_default=False),
    ] = None,
    references: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FILES...",
            help="Files of reference profiles: of people on file.",
            show_default=False,
        ),
    ] = None,
    suspects: Annotated[
        list[str] | None,
        typer.Option(metavar="FILES...", help="Profiles of suspects.", show_default=False),
    ] = None,
    victims: Annotated[
        list[str] | None,
        typer.Option(metavar="FILES...", help="Profiles of victims.", show_default=False),
    ] = None,
    staff: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FILES...",
            help="Profiles of the staff elimination database; a sealed class.",
            show_default=False,
        ),
    ] = None,
    attach: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FILES...", help="Files to keep as they are: scans, films.", show_default=False
        ),
    ] = None,
    kind: Annotated[
        str,
        typer.Option(
            metavar="KIND",
            help="What the rows of tables are, where neither the file's name nor a column says.",
            show_default=False,
        ),
    ] = "",
    case: Annotated[
        str,
        typer.Option(
            metavar="CASE", help="The case of what names none itself.", show_default=False
        ),
    ] = "",
    kit: options.Kit = "",
    replicates: options.Replicates = "none",
    decimal_comma: options.DecimalComma = None,
    accept_partial: Annotated[
        bool,
        typer.Option(
            "--accept-partial",
            help="Keep what is good where something is refused. Without it nothing is kept then.",
        ),
    ] = False,
    expected: Annotated[
        int | None,
        typer.Option(
            metavar="N", min=0, help="Rows that the sender says there are.", show_default=False
        ),
    ] = None,
    reason: Reason = "",
    purpose: Purpose = "",
    actor: As = "",
    json: options.Json = False,
) -> int:
    """Bring files into a unit: all of them, or nothing where something is refused.

    Tables of records (exhibits.csv, custody_events.csv, people.csv), files of profiles, pedigrees.
    Importing twice changes nothing. A record that differs from what the unit holds needs --reason,
    and becomes its next version.

    \b
    Examples:
      reopen import harbour.reopen records/ stains.txt --references database.csv --staff staff.csv
      reopen import harbour.reopen exhibits.csv --reason "substrate read from the label again"
    """
    kits = _own_kit(kit)
    how = ReadAs(
        kit="" if kits else kit,
        kit_file=next((f"{sha}{_part(kit)}" for sha in kits), ""),
        replicates=replicates,
        decimal_comma=decimal_comma,
    )
    given = [Given(path, how, kind) for path in files_of(paths or ())]
    for files, purpose_of in (
        (references, ProfilePurpose.DATABASE),
        (suspects, ProfilePurpose.SUSPECT),
        (victims, ProfilePurpose.VICTIM),
        (staff, ProfilePurpose.STAFF),
    ):
        given += [Given(path, _as_references(how, purpose_of)) for path in files_of(files or ())]
    given += [Given(path, attach=True) for path in files_of(attach or ())]
    if not given:
        raise UnreadableFile(
            "No files to import.",
            rule="An import brings one file at least.",
            way_on="Name files or folders after the unit.",
        )
    wish = Wish(purpose, reason, case, accept_partial, expected, kits)
    with acting(unit, actor) as (opened, who), progress_bar() as progress:
        done = import_files(opened, who, given, wish, progress)
    show(as_json(importing_plain(done)) if json else importing_text(done, width()))
    if not done.kept:
        tell("Nothing was imported. Correct what is listed, or accept the rest: --accept-partial.")
    return DONE if done.clean else FAILED


class ImportFiles(options.ManyFiles):
    """A command whose options take all names up to the next option."""

    many = ("--references", "--suspects", "--victims", "--staff", "--attach")


def _as_references(how: ReadAs, purpose: ProfilePurpose) -> ReadAs:
    role: Literal["references"] = "references"
    return ReadAs(role, purpose, how.kit, how.kit_file, how.replicates, how.decimal_comma)


def _own_kit(kit: str) -> dict[str, Path]:
    """A kit file of the user's own by its hash; none where the kit is one of the library."""
    path = Path(kit.partition("#")[0])
    if not kit or library.kit_name(kit) is not None:
        return {}
    try:
        return {hashlib.sha256(path.read_bytes()).hexdigest(): path}
    except OSError as error:
        raise UnreadableFile(
            f"No kit of the library is called {kit!r}, and no file can be opened: "
            f"{error.strerror or error}.",
            way_on="Name a kit of `reopen kits`, or a kit file.",
            where=Where(kit),
        ) from None


def _part(kit: str) -> str:
    _, mark, name = kit.partition("#")
    return f"{mark}{name}"
