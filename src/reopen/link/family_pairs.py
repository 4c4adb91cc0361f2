"""Families with each other: relatives of one missing person, sampled in two cases.

Tables of both families, joined over the missing person's genotype, find the pairs; each is then
weighed in full, as one pedigree that joins both at the missing person against two apart. Not for:
remains that belong to both (they link to each).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from reopen.errors import ReopenError
from reopen.kernels.shapes import Floats
from reopen.link.families import end_of
from reopen.link.sought import MissingMembers, Sought
from reopen.records import (
    Family,
    KinshipModel,
    Link,
    LinkKind,
    Locus,
    Member,
    NotWeighed,
    Pedigree,
    Population,
    Sex,
)
from reopen.weigh.kinship import weigh_kinship

SAME_MISSING = "same missing person"
_SCREEN = 2.0  # log10 LR by which the tables may understate a pair that shares parents
_LEAST_SCREENED = 1.0  # of the tables; below, too many pairs would be weighed in full


def families_with_families(
    missing: MissingMembers, sought: Sought, population: Population, least_log10: float
) -> tuple[list[Link], list[NotWeighed]]:
    """Pairs of families that may miss one and the same person."""
    found, refused = [], []
    score = _screen(missing)
    enough = max(least_log10 - _SCREEN, _LEAST_SCREENED)
    for one, other in np.argwhere(np.triu(score >= enough, 1)):
        first, second = missing.who[one], missing.who[other]
        if first[0].id == second[0].id or not _may_be_one(first, second):
            continue
        try:
            link = _in_full(first, second, sought, population)
        except ReopenError as error:
            what = f"families {first[0].id} and {second[0].id}"
            refused.append(NotWeighed(what, str(error)))
            continue
        if link is not None and link.log10 >= least_log10:
            found.append(link)
    return found, refused


def count_pairs(missing: MissingMembers) -> int:
    """Pairs of missing members of different families."""
    n = len(missing.who)
    of_family: dict[str, int] = {}
    for family, _ in missing.who:
        of_family[family.id] = of_family.get(family.id, 0) + 1
    return (n * n - sum(k * k for k in of_family.values())) // 2


def _screen(missing: MissingMembers) -> Floats:
    """log10 of sum_g P1(g) P2(g) / P(g) over the two families' own sums; (row, row).

    Exact without theta if the missing person is a founder of one of the two pedigrees.
    """
    n = len(missing.who)
    total = np.zeros((n, n))
    for locus, table in missing.tables.items():
        given = _given_family(missing.ln_related[locus])
        with np.errstate(divide="ignore"):
            term = np.log10((given / table.prior) @ given.T)
        have = missing.present[locus]
        total += np.where(np.outer(have, have), term, 0.0)
    return total


def _given_family(ln: Floats) -> Floats:
    weight = np.exp(ln - ln.max(axis=1, keepdims=True))
    return np.asarray(weight / weight.sum(axis=1, keepdims=True))


_Missing = tuple[Family, str]


def _may_be_one(first: _Missing, second: _Missing) -> bool:
    sexes = {family.pedigree.sex(member) for family, member in (first, second)}
    return len(sexes - {Sex.UNKNOWN}) < 2


def _in_full(
    first: _Missing, second: _Missing, sought: Sought, population: Population
) -> Link | None:
    """The evaluative LR; None where the two missing people cannot be one."""
    both = first[0], second[0]
    profiles = {
        _own(family, id): profile for family in both for id, profile in family.profiles.items()
    }
    ratio = weigh_kinship(
        {"together": _together(first, second), "apart": _apart(*both)},
        profiles,
        population,
        _model(*both, sought),
        numerator="together",
        denominator="apart",
    )
    if not np.isfinite(ratio.log10):
        return None
    remarks = []
    if ratio.needs_mutation:
        remarks.append(f"a mutation is needed at {', '.join(ratio.needs_mutation)}")
    if sought.model_of(first[0]) != sought.model_of(second[0]):
        remarks.append(f"mutation as for family {first[0].id}")
    return Link(
        LinkKind.FAMILY_FAMILY,
        end_of(*first),
        end_of(*second),
        SAME_MISSING,
        ratio.log10,
        {Locus(name): value for name, value in ratio.per_locus.items()},
        0.0,
        tuple(remarks),
    )


def _own(family: Family, id: str) -> str:
    """A member's name in a pedigree of two families."""
    return f"{family.id}: {id}"


def _apart(first: Family, second: Family) -> Pedigree:
    return _pedigree((first, second), {}, {})


def _together(first: _Missing, second: _Missing) -> Pedigree:
    """Both families as one pedigree. Somebody of both who is typed in the second keeps that name
    too, as an identical twin: one genotype, two profiles."""
    same = _same_people(first, second)
    typed = {_own(second[0], id) for id in second[0].profiles}
    twins = {theirs: mine for theirs, mine in same.items() if theirs in typed}
    return _pedigree((first[0], second[0]), same, twins)


def _pedigree(
    families: tuple[Family, Family], same: Mapping[str, str], twins: Mapping[str, str]
) -> Pedigree:
    """same  name -> the name of the same person in the first family."""
    members: dict[str, Member] = {}
    groups: list[tuple[str, ...]] = []
    inbreeding: dict[str, float] = {}
    for family in families:
        called = {id: _own(family, id) for id in family.pedigree.ids}
        called = {id: same.get(own, own) for id, own in called.items()}
        for member in family.pedigree.members:
            name = called[member.id]
            if name not in members or (members[name].is_founder and member.parents):
                members[name] = Member(name, member.sex, *(called[id] for id in member.parents))
        groups += [tuple(called[id] for id in group) for group in family.pedigree.twins]
        inbreeding |= {called[id]: f for id, f in family.pedigree.founder_inbreeding.items()}
    for theirs, mine in twins.items():
        members[theirs] = replace(members[mine], id=theirs)
        groups = [(*group, theirs) if mine in group else group for group in groups]
        if not any(mine in group for group in groups):
            groups.append((mine, theirs))
    return Pedigree(
        tuple(members.values()),
        twins=tuple(dict.fromkeys(groups)),
        founder_inbreeding={id: f for id, f in inbreeding.items() if members[id].is_founder},
    )


def _same_people(first: _Missing, second: _Missing) -> dict[str, str]:
    """Who of the second pedigree is who of the first: the missing person, and ancestors of both."""
    same: dict[str, str] = {}
    waiting = [(first[1], second[1])]
    while waiting:
        mine, theirs = waiting.pop()
        same[_own(second[0], theirs)] = _own(first[0], mine)
        one, other = first[0].pedigree.member(mine), second[0].pedigree.member(theirs)
        waiting += zip(one.parents, other.parents, strict=False)
    return same


def _model(first: Family, second: Family, sought: Sought) -> KinshipModel:
    """The first family's, with what is said of people of both under their joined names."""
    named = [
        (_own(family, id), id, sought.model_of(family))
        for family in (first, second)
        for id in family.profiles
    ]
    return replace(
        sought.model_of(first),
        dropout={own: model.dropout[id] for own, id, model in named if id in model.dropout},
        partial={own: model.partial[id] for own, id, model in named if id in model.partial},
        typing_error={own: model.typing_error_of(id) for own, id, model in named},
    )
