"""Search: words in everything that the actor may see; and somebody looked for among many."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from math import isfinite
from typing import Annotated

from fastapi import Form, Query, Request
from starlette.responses import Response

from reopen.errors import InvalidRecord
from reopen.faces.web.looks import Look
from reopen.faces.web.names_in_paths import name_in_path
from reopen.faces.web.pages import Pages
from reopen.faces.web.shared import Changing
from reopen.faces.web.shown.begun import begin, must_see
from reopen.faces.web.shown.case import HIDDEN
from reopen.faces.workbench.people import families
from reopen.faces.workbench.shielded import FIELDS, shielded, tells_who
from reopen.faces.workbench.unit_look_for import OWN_PEOPLE, databases_beside, is_family
from reopen.faces.workbench.unit_runs import searches
from reopen.records.base import Record, Ref
from reopen.records.cases import Exhibit, Involvement, Person
from reopen.records.propositions import FULL_SIBLINGS, HALF_SIBLINGS, PARENT_CHILD
from reopen.records.statements import Statement
from reopen.records.stored import StoredProfile
from reopen.store.reader import Reader

pages = Pages("Search")
router = pages.router

MOST = 20
_LOOKED_THROUGH = 5000
_RELATIONS = (PARENT_CHILD.name, FULL_SIBLINGS.name, HALF_SIBLINGS.name)
_PAGES = {
    "case": "/cases/", "exhibit": "/evidence/", "sample": "/evidence/", "person": "/people/",
    "profile": "/stains/",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Hit:
    """Something that has the words. page: where it is shown, '' where it has no page; hidden: what
    is said would tell who a survivor or a child is."""

    name: str
    told: str
    page: str
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """Hits of one kind. more: there are others, or may be: not all of the kind was looked through.

    looked  at so many
    """

    kind: str
    hits: tuple[Hit, ...]
    looked: int
    more: bool


@dataclass(frozen=True, slots=True)
class SearchPage:
    """What has the words, by kind; and where somebody can be looked for.

    whole      everything was to be looked through, however long it takes
    names      whether what tells who a survivor or a child is, is shown
    profile    who is to be looked for, where another page named one
    families   whose missing members can be looked for
    """

    words: str
    whole: bool
    names: bool
    groups: tuple[Group, ...]
    profile: str
    families: tuple[str, ...]
    databases: tuple[str, ...]
    relations: tuple[str, ...]


@pages.page("/search", "search.html.j2")
def search_page(
    look: Look,
    words: Annotated[str, Query(max_length=200)] = "",
    whole: bool = False,
    names: bool = False,
    profile: Annotated[str, Query(max_length=300)] = "",
) -> SearchPage:
    """Cases, exhibits, people, profiles and statements that have all of these words. names: those
    of survivors and children too; each is then a look of its own."""
    wanted = words.casefold().split()
    with look.reading() as reader:
        groups = tuple(_groups(reader, words, wanted, whole, names)) if wanted else ()
        runs = searches(reader)
        missed = tuple(one.id for one in families(reader))
    beside = databases_beside(look.units.where, runs)
    return SearchPage(
        words,
        whole,
        names,
        groups,
        profile,
        missed,
        (*(each.name for each in beside), OWN_PEOPLE),
        _RELATIONS,
    )


def _groups(
    reader: Reader, words: str, wanted: list[str], whole: bool, names: bool
) -> Iterator[Group]:
    cases = reader.find_cases(words, limit=MOST)
    yield Group(
        "Cases",
        tuple(Hit(one.id, one.title, _page(Ref("case", one.id))) for one in cases.cases),
        cases.total,
        cases.total > MOST,
    )
    yield _among(reader, "Exhibits", Exhibit, words, wanted, whole)
    yield _among(reader, "People", Person, words, wanted, whole)
    yield _among(reader, "Profiles", StoredProfile, words, wanted, whole)
    yield _among(reader, "Statements", Statement, words, wanted, whole, names)


def _among(
    reader: Reader,
    name: str,
    kind: type[Record],
    words: str,
    wanted: list[str],
    whole: bool,
    names: bool = False,
) -> Group:
    exact = list(reader.some(kind, [words.strip()]))
    hits = [_hit(reader, record, names) for record in exact]
    looked = 0
    limit = None if whole else _LOOKED_THROUGH
    for _, record in reader.look_through(kind, wanted, limit=limit):
        if len(hits) == MOST:
            return Group(name, tuple(hits), looked, True)
        looked += 1
        if record is None or record in exact:
            continue
        text = _text(record).casefold()
        if all(word in text for word in wanted):
            hits.append(_hit(reader, record, names))
    return Group(name, tuple(hits), looked, looked == limit)


def _text(record: Record) -> str:
    """Where words are looked for in a record."""
    told: tuple[str | None, ...]
    if isinstance(record, Exhibit):
        told = (record.id, record.case, record.description, record.substrate)
    elif isinstance(record, StoredProfile):
        told = (record.id, record.case, record.sample, record.person, record.kit, record.purpose)
    elif isinstance(record, Statement):
        told = (record.subject.id, record.field, record.value, record.speaker)
    else:
        told = (record.id,)
    return " ".join(filter(None, (*told, record.note)))


def _hit(reader: Reader, record: Record, names: bool) -> Hit:
    if isinstance(record, Statement):
        return _said(reader, record, names)
    told = ""
    if isinstance(record, Exhibit):
        told = f"{record.description} (case {record.case})"
    elif isinstance(record, StoredProfile):
        told = " ".join(filter(None, (record.purpose, record.kit)))
    return Hit(record.id, told, _page(record.ref))


def _said(reader: Reader, one: Statement, names: bool) -> Hit:
    about = reader.all(Involvement, person=one.subject.id) if one.field in FIELDS else ()
    secret = tells_who(one, shielded(reader, about))
    if secret and names:
        reader.get(Statement, one.id)  # its own line in the log of looks
    hidden = secret and not names
    value = HIDDEN if hidden else one.value or one.state.value
    by = f", said by {one.speaker}" if one.speaker else ""
    named = f"{one.subject.kind} {one.subject.id}"
    return Hit(named, f"{one.field}: {value}{by}", _page(one.subject), hidden)


def _page(ref: Ref) -> str:
    return _PAGES[ref.kind] + name_in_path(ref.id) if ref.kind in _PAGES else ""


@pages.form("/search/look-for")
def look_for(
    request: Request,
    look: Changing,
    profile: Annotated[str, Form(max_length=300)],
    database: Annotated[str, Form(max_length=300)],
    relations: Annotated[list[str] | None, Form()] = None,
    least: Annotated[float, Form()] = 3.0,
) -> Response:
    """Begin to look for a stain's donors, a person or the missing of a family."""
    profile = profile.strip()
    with look.reading() as reader:
        of_family = is_family(reader, profile)
        must_see(reader, () if of_family else [profile])
        runs = searches(reader)
    known = (*(each.name for each in databases_beside(look.units.where, runs)), OWN_PEOPLE)
    kin = relations or []
    if database not in known or not set(kin) <= set(_RELATIONS) or not isfinite(least):
        raise InvalidRecord(
            "This is not among what can be chosen.",
            rule="Databases and relations are chosen from the lists of the page.",
            way_on="Open the page again and choose.",
        )
    if of_family and kin:
        raise InvalidRecord(
            f"The relatives ({kin[0]}) of somebody who is missing.",
            rule="Of a family, its missing member is looked for in person.",
            way_on="Leave the relations out.",
        )
    asked = {
        "profile": profile,
        "database": database,
        "relations": json.dumps(kin),
        "least": repr(least),
    }
    return begin(request, look, "search", f"Look for {profile} in {database}", asked)
