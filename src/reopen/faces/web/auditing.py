"""The audit as work behind the pages: done, kept, and told as far as its asker may know.

Not here: the rules (`prove`), the pages (`shown.auditing`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from reopen.faces.report.render import write_whole
from reopen.faces.web.doing import Doing
from reopen.faces.web.made_files import folder_for_files, tells_of, told
from reopen.faces.workbench.audit import Audited, as_told, audit_unit
from reopen.faces.workbench.audit_page import audit_page, audit_view
from reopen.faces.workbench.audit_shown import audit_json, summary
from reopen.records.access import Sensitivity
from reopen.records.cases import Case
from reopen.records.findings import Finding
from reopen.store.grants import Asker, opens_everywhere

_SHOWN = ("summary", "counts", "rules", "unable", "notes", "budget", "log")


def audit(doing: Doing) -> dict[str, Any]:
    """Every rule asked of what the asker may see; findings are kept, and read on their page."""
    done, about = _audited(doing, keep=True)
    view = asdict(audit_view(done))
    return {name: view[name] for name in _SHOWN} | tells_of(about)


def audit_report(doing: Doing) -> dict[str, Any]:
    """The page of an audit as of now; nothing of it is kept in the unit. Findings on staff are in
    it where the unit keeps them already and the asker may see them."""
    done, about = _audited(doing, keep=False)
    out = folder_for_files(doing.folder)
    write_whole(audit_page(done), out / "audit.html")
    write_whole(audit_json(done) + "\n", out / "audit.json")
    return {"said": [summary(done)], **told(doing.folder, about)}


def _audited(doing: Doing, *, keep: bool) -> tuple[Audited, dict[str, Sequence[str]]]:
    """The audit as its asker may know it, and what it tells of."""
    unit, actor, supervisor = doing.unit, doing.work.actor, doing.supervisor
    purpose = doing.work.asked.get("purpose", "")
    done = audit_unit(
        unit, actor, purpose=purpose, supervisor=supervisor, keep=keep, progress=doing.progress
    )
    with unit.reading(actor, purpose=purpose, supervisor=supervisor) as reader:
        seen = {each.id for each in reader.all(Finding)}
        about: dict[str, list[str]] = {Case.KIND: list(reader.cases())}
    asker = Asker(actor, unit.clock(), purpose=purpose, supervisor=supervisor)
    staff = opens_everywhere(unit.db, asker, Sensitivity.STAFF)
    done = as_told(done, seen, staff=staff)
    for finding in done.audit.findings:
        refs = (finding.ref,) if finding.id in seen else finding.records
        for ref in refs:
            about.setdefault(ref.kind, []).append(ref.id)
    return done, {kind: tuple(ids) for kind, ids in about.items()}
