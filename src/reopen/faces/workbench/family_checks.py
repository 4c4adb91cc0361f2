"""Families that have links, checked before anybody is identified with their help.

Not for: how a family is checked (`weigh.pedigree_check`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from reopen.errors import ReopenError
from reopen.link import LinkResult, Progress, Sought
from reopen.records import Frozen, Link, NotWeighed, Population
from reopen.weigh.pedigree_check import PedigreeCheck, check_pedigree

_SIMULATED = 1000


def check_families(
    result: LinkResult, sought: Sought, population: Population, progress: Progress
) -> tuple[LinkResult, Mapping[str, PedigreeCheck]]:
    """The result with remarks on links of doubtful families, and the checks by the family's id."""
    linked = {end.profile for link in result.links for end in (link.one, link.other) if end.member}
    families = [family for family in sought.families if family.id in linked]
    checks: dict[str, PedigreeCheck] = {}
    refused: list[NotWeighed] = []
    for done, family in enumerate(families, start=1):
        try:
            checks[family.id] = check_pedigree(
                family.pedigree,
                family.profiles,
                population,
                sought.model_of(family),
                simulated=_SIMULATED,
            )
        except ReopenError as error:
            refused.append(NotWeighed(f"check of family {family.id}", str(error)))
        progress("checking families", done, len(families))
    links = tuple(_with_remarks(link, checks) for link in result.links)
    return (
        replace(result, links=links, not_weighed=(*result.not_weighed, *refused)),
        Frozen(checks),
    )


def _with_remarks(link: Link, checks: Mapping[str, PedigreeCheck]) -> Link:
    remarks = list(link.remarks)
    for end in (link.one, link.other):
        if end.member and end.profile in checks and checks[end.profile].findings:
            remarks.append(f"family {end.profile} is in doubt: see what its relatives say of it")
    return replace(link, remarks=tuple(remarks)) if len(remarks) > len(link.remarks) else link
