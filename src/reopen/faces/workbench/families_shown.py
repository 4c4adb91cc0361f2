"""Families of a search, for JSON and for the report: who is typed, who is missing, what checks say.

Not for: links (`as_text`, `as_json`, `assemble`).
"""

from __future__ import annotations

from reopen.faces.report.family_views import FamilyView
from reopen.faces.report.triangle import PairPoint
from reopen.faces.workbench.as_plain import Plain
from reopen.faces.workbench.results import Linking
from reopen.records import Family
from reopen.weigh.pedigree_check import PairCheck, PedigreeCheck


def family_plain(linking: Linking, family: Family) -> Plain:
    """A family; its check is null where it has no link."""
    check = linking.family_checks.get(family.id)
    return {
        "id": family.id,
        "typed": list(family.profiles),
        "missing": list(family.missing),
        "check": None if check is None else _check(check),
    }


def _check(check: PedigreeCheck) -> Plain:
    return {
        "findings": list(check.findings),
        "pairs": [_pair(pair) for pair in check.pairs],
        "mutation_needed": [
            {"locus": error.locus, "people": list(error.people)} for error in check.errors
        ],
        "explanations": [
            {"cause": one.cause.value, "told": one.told, "log10": one.log10}
            for one in check.explanations
        ],
    }


def _pair(pair: PairCheck) -> Plain:
    return {
        "one": pair.one,
        "other": pair.other,
        "stated": pair.relation,
        "kappa": list(pair.estimate.kappa),
        "log10_glr": pair.estimate.log10_glr,
        "p_value": pair.estimate.p_value,
        "doubtful": pair.doubtful,
        "duplicate": pair.duplicate,
    }


def family_views(linking: Linking) -> tuple[FamilyView, ...]:
    """The families that have links, in the order they were read."""
    return tuple(
        FamilyView(
            family.id,
            family.pedigree,
            tuple(family.profiles),
            family.missing,
            tuple(_point(pair) for pair in check.pairs),
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


def _point(pair: PairCheck) -> PairPoint:
    stated = pair.estimate.stated
    inbred = stated is None or stated.is_inbred
    return PairPoint(
        f"{pair.one} and {pair.other}",
        pair.estimate.kappa,
        None if inbred or stated is None else stated.kappa,
        pair.relation,
        pair.doubtful or pair.duplicate,
    )
