"""What the commands of access say: words for a terminal, plain values for JSON.

Not here: what is computed (`access`).
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from reopen.faces.workbench.access import Access, Kept, ReadLog
from reopen.faces.workbench.tables import WIDTH, bullets, table
from reopen.records.access import Actor, FourEyes, Grant, ReadEvent
from reopen.records.base import Record
from reopen.records.plain import Plain, to_plain
from reopen.store.alerts import Alert
from reopen.store.grants import Why


def to_access_json(plain: Plain) -> str:
    return json.dumps(plain, indent=2, ensure_ascii=False)


def kept_plain(kept: Kept) -> Plain:
    return {"kind": kept.record.KIND, "entry": kept.entry, "record": to_plain(kept.record)}


def kept_text(kept: Kept) -> str:
    return f"{_sentence(kept.record)} Entry {kept.entry} of the log."


def _sentence(record: Record) -> str:
    if isinstance(record, Grant):
        return f"{record.id}: {_grant(record)}."
    if isinstance(record, Actor):
        return f"{record.id} ({record.name}) is {record.standing} in the unit."
    return f"{record.id} is kept."


def _grant(grant: Grant) -> str:
    does = "may not" if grant.deny else "may"
    acts = ", ".join(grant.actions)
    parts = [f"{grant.actor} {does} {acts} {grant_where(grant)}"]
    if grant.classes:
        which = ", ".join(grant.classes)
        parts.append(f"of the classes {which}" if grant.deny else f"with the classes {which}")
    if grant.supervised_by:
        parts.append(f"with {grant.supervised_by} beside them")
    parts.append(f"for: {grant.purpose}")
    return ", ".join(parts)


def grant_where(grant: Grant) -> str:
    """What a grant is on, in words."""
    if grant.item:
        return f"item {grant.item}" + (f" in case {grant.case}" if grant.case else "")
    return f"case {grant.case}" if grant.case else "everything"


def grants_plain(grants: Sequence[Grant]) -> Plain:
    return [to_plain(grant) for grant in grants]


def grants_text(grants: Sequence[Grant], width: int = WIDTH) -> str:
    if not grants:
        return "No grants that you may see."
    rows = [
        (
            grant.id,
            grant.actor,
            "deny" if grant.deny else "grant",
            grant_where(grant),
            str(grant.during),
            _state(grant),
        )
        for grant in grants
    ]
    header = ("Id", "Actor", "", "Where", "When", "What")
    return table(header, rows, width=width)


def _state(grant: Grant) -> str:
    parts = [", ".join(grant.actions)]
    if grant.classes:
        parts.append("classes " + ", ".join(grant.classes))
        if not grant.deny:
            parts.append(
                f"approved by {grant.approved_by}" if grant.approved_by else "not approved"
            )
    if grant.supervised_by:
        parts.append(f"beside {grant.supervised_by}")
    return "; ".join(parts)


def who_plain(every: Sequence[Access]) -> Plain:
    return [
        {
            "actor": each.actor.id,
            "name": each.actor.name,
            "may_read": each.why.allowed,
            "rule": each.why.rule,
            "bars": list(each.why.bars),
            "classes": list(each.why.classes),
            "cases": list(each.why.cases),
        }
        for each in every
    ]


def who_text(every: Sequence[Access], width: int = WIDTH) -> str:
    rows = [
        (each.actor.id, each.actor.name, "yes" if each.why.allowed else "no", why_text(each.why))
        for each in every
    ]
    return table(("Actor", "Name", "Reads", "Why"), rows, width=width)


def why_text(why: Why) -> str:
    """Why somebody may or may not, in a few words."""
    if why.allowed:
        return why.rule
    parts = []
    if why.bars:
        parts.append(", ".join(why.bars))
    if why.cases:
        parts.append("no grant on case " + ", ".join(why.cases))
    if why.classes:
        parts.append("nothing opens the class " + ", ".join(why.classes))
    return "; ".join(parts) or "no grant"


def reads_plain(log: ReadLog) -> Plain:
    return {
        "looks": [to_plain(look) for look in log.looks],
        "alerts": [_alert_plain(alert) for alert in log.alerts],
    }


def _alert_plain(alert: Alert) -> Plain:
    return {
        "about": alert.about,
        "actor": alert.actor,
        "at": alert.at.isoformat() if alert.at else None,
        "sentence": alert.sentence,
        "records": list(alert.records),
    }


def reads_text(log: ReadLog, width: int = WIDTH) -> str:
    parts = []
    if log.alerts:
        said = [f"{alert.about}: {alert.sentence}" for alert in log.alerts]
        parts.append(f"To ask about ({len(said)}):\n" + bullets(said, width))
    rows = [_look(look) for look in log.looks]
    if rows:
        header = ("When", "Actor", "Records", "Action", "Rule", "What")
        parts.append(table(header, rows, right="llrlll", width=width))
    return "\n\n".join(parts) or "No looks that you may see."


def _look(look: ReadEvent) -> tuple[str, ...]:
    when = f"{look.at.earliest:%Y-%m-%d %H:%M}" if look.at.earliest else ""
    return (when, look.actor, str(look.count), look.action.value, look.rule, look.target)


def requests_plain(every: Sequence[FourEyes]) -> Plain:
    return [to_plain(each) for each in every]


def requests_text(every: Sequence[FourEyes], width: int = WIDTH) -> str:
    if not every:
        return "Nothing was asked for that needs a second person."
    rows = [(each.id, each.act, each.target, each.asked_by, _answer(each)) for each in every]
    return table(("Id", "Act", "What", "Asked by", "Answer"), rows, width=width)


def _answer(each: FourEyes) -> str:
    if each.confirmed_by is None:
        return "open"
    return f"{'refused' if each.refused else 'confirmed'} by {each.confirmed_by}"
