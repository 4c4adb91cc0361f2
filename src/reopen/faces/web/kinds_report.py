"""Reports as long work: the links of the last search, a case for the other side."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

from reopen.faces.web.doing import Doing
from reopen.faces.web.made_files import folder_for_files, told
from reopen.faces.web.work import DONE_FOLDER
from reopen.records.access import Sensitivity
from reopen.records.cases import Case
from reopen.records.results import FoundLink


def links_report(doing: Doing) -> dict[str, Any]:
    """The report of the links of the unit's last search, with its data."""
    from reopen.faces.workbench.assemble import write_results
    from reopen.faces.workbench.machines import Machines
    from reopen.faces.workbench.unit_report import ids_of, links_for_report

    linking = links_for_report(
        doing.unit,
        doing.work.actor,
        purpose=doing.work.asked.get("purpose", ""),
        supervisor=doing.supervisor,
        machines=Machines(keep=doing.folder / DONE_FOLDER),
        progress=doing.progress,
    )
    doing.progress("writing the report", 0, 1)
    write_results(linking, folder_for_files(doing.folder))
    doing.progress("writing the report", 1, 1)
    said = f"{len(linking.links)} links that may leave the unit."
    return {"said": [said], **told(doing.folder, {FoundLink.KIND: ids_of(linking)})}


def disclosure(doing: Doing) -> dict[str, Any]:
    """A case's bundle for the other side, in one file. That it was given is in the log."""
    from reopen.faces.workbench.disclosing import owed, write_disclosure
    from reopen.faces.workbench.ledger import signers_of

    asked = doing.work.asked
    signers = signers_of(doing.unit)
    doing.progress("reading the case", 0, 1)
    kept_back = json.loads(asked.get("keep_back", "{}"))
    given = owed(
        doing.unit,
        doing.work.actor,
        asked["case"],
        purpose=asked.get("purpose", ""),
        supervisor=doing.supervisor,
        keep_back={Sensitivity(name): reason for name, reason in kept_back.items()},
    )
    out = folder_for_files(doing.folder)
    doing.progress("writing the bundle", 0, 1)
    with TemporaryDirectory(dir=doing.folder) as folder:
        bundle = Path(folder) / _plain_name(asked["case"])
        made = write_disclosure(
            doing.unit, given, bundle, to=asked["to"], purpose=asked.get("purpose", ""),
            signers=signers,
        )  # fmt: skip
        _zip(bundle, out / f"{bundle.name}.zip")
    doing.progress("writing the bundle", 1, 1)
    counted = (
        f"Bundle for {asked['to']}. Records given: {made.given}, kept back: {made.withheld}; "
        f"reasons found that help the defence: {made.helps}."
    )
    said = [
        counted,
        f"In the log: the bundle's manifest has the SHA-256 {made.manifest_sha256}.",
    ]
    about: dict[str, list[str]] = {Case.KIND: [asked["case"]]}
    for ref in given.versions:
        about.setdefault(ref.kind, []).append(ref.id)
    return {"said": said, **told(doing.folder, about)}


def _plain_name(case: str) -> str:
    """A case's name as that of a file."""
    return re.sub(r"[^A-Za-z0-9_.-]+", "-", case).strip("-.") or "case"


def _zip(folder: Path, path: Path) -> None:
    with ZipFile(path, "w", ZIP_DEFLATED) as file:
        for each in sorted(folder.rglob("*")):
            if each.is_file():
                file.write(each, Path(folder.name) / each.relative_to(folder))
    shutil.rmtree(folder)
