"""The audit as work behind the pages: done, kept, and told as far as its asker may know.

Not here: the rules (`prove`), the pages (`shown.auditing`).
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from reopen.faces.web.doing import Doing
from reopen.faces.web.made_files import tells_of
from reopen.faces.workbench.audit import as_told, audit_unit
from reopen.faces.workbench.audit_page import audit_view
from reopen.records.access import Sensitivity
from reopen.records.cases import Case
from reopen.records.findings import Finding
from reopen.store.grants import Asker, opens_everywhere

_SHOWN = ("summary", "counts", "rules", "unable", "notes", "budget", "log")


def audit(doing: Doing) -> dict[str, Any]:
    """Every rule asked of what the asker may see; findings are kept, and read on their page."""
    asked, unit, actor = doing.work.asked, doing.unit, doing.work.actor
    purpose, supervisor = asked.get("purpose", ""), asked.get("supervisor", "")
    done = audit_unit(
        unit, actor, purpose=purpose, supervisor=supervisor, progress=doing.progress
    )  # fmt: skip
    with unit.reading(actor, purpose=purpose, supervisor=supervisor) as reader:
        seen = {each.id for each in reader.all(Finding)}
        cases = reader.cases()
    asker = Asker(actor, unit.clock(), purpose=purpose, supervisor=supervisor)
    staff = opens_everywhere(unit.db, asker, Sensitivity.STAFF)
    view = asdict(audit_view(as_told(done, seen, staff=staff)))
    found = [each.id for each in done.audit.findings if each.id in seen]
    return {name: view[name] for name in _SHOWN} | tells_of({Case.KIND: cases, Finding.KIND: found})
