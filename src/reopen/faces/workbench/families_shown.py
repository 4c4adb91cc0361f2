"""Families of a search, for JSON and for the report: who is typed, who is missing, what checks say.

Not for: links (`as_text`, `as_json`, `assemble`).
"""

from __future__ import annotations

from reopen.faces.report.family_views import FamilyView
from reopen.faces.workbench.checks_shown import check_plain, pair_point
from reopen.faces.workbench.plain_values import Plain
from reopen.faces.workbench.results import Linking
from reopen.records import Family


def family_plain(linking: Linking, family: Family) -> Plain:
    """A family; its check is null where it has no link."""
    check = linking.family_checks.get(family.id)
    return {
        "id": family.id,
        "typed": list(family.profiles),
        "missing": list(family.missing),
        "check": None if check is None else check_plain(check),
    }


def family_views(linking: Linking) -> tuple[FamilyView, ...]:
    """The families that have links, in the order they were read."""
    return tuple(
        FamilyView(
            family.id,
            family.pedigree,
            tuple(family.profiles),
            family.missing,
            tuple(pair_point(pair) for pair in check.pairs),
            check.findings,
            _candidates(linking, family),
        )
        for family in linking.files.sought.families
        if (check := linking.family_checks.get(family.id)) is not None
    )


def _candidates(linking: Linking, family: Family) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Who may be each missing member; members without a link are left out."""
    found: dict[str, list[str]] = {}
    for link in linking.links:
        for mine, theirs in ((link.one, link.other), (link.other, link.one)):
            if mine.profile == family.id and mine.member in family.missing:
                found.setdefault(mine.member, []).append(f"{theirs} (log10 LR {link.weight:.1f})")
    return tuple((member, tuple(who)) for member, who in found.items())
