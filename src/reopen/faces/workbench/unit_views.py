"""What a unit holds, as one actor may see it: cases, links with reasons, disagreements, the log.

Values only; text and JSON are made in `unit_told`. Not here: linking, importing, auditing.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from reopen.errors import UnknownName
from reopen.faces.workbench.series_views import series_with
from reopen.faces.workbench.unit_runs import PAIRS, prior_of, searches
from reopen.records.access import ReadEvent
from reopen.records.cases import Case, Exhibit, Involvement
from reopen.records.disagreements import disagreements
from reopen.records.findings import Finding
from reopen.records.results import FoundLink
from reopen.records.series import FoundSeries
from reopen.records.statements import Disagreement, Statement, standing
from reopen.records.stored import StoredProfile, StoredRun
from reopen.store.body import Version
from reopen.store.reader import CaseName, CaseOrder, Entry, Reader
from reopen.weigh.prior_odds import PriorOdds

_PAGE = 1000


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A case in the list of cases, with how much of it the actor may see: exhibits, profiles and
    links that belong to it, those by way of what they were made from too."""

    id: str
    title: str
    agency: str
    exhibits: int
    profiles: int
    links: int
    disagreements: int


@dataclass(frozen=True, slots=True)
class CasesFound:
    """Some of the cases that were asked for, and how many there are in all."""

    rows: tuple[CaseRow, ...]
    total: int


@dataclass(frozen=True, slots=True)
class CaseView:
    """One case: what is said of it, who is in it, what was taken, and what it is linked with."""

    case: Case
    statements: tuple[Statement, ...]
    disagreements: tuple[Disagreement, ...]
    involvements: tuple[Involvement, ...]
    exhibits: tuple[Exhibit, ...]
    profiles: tuple[StoredProfile, ...]
    links: tuple[LinkRow, ...]


@dataclass(frozen=True, slots=True)
class LinkRow:
    """A link in the list.

    expected_chance  at most so many such links would chance alone give among all pairs compared so
              far: what the link's own search worked out, and the bound for pairs compared since
    found     when, by the run that found it
    standing  found on the terms of the unit's last search; otherwise on earlier terms only
    prior     odds before the DNA that the unit's last search states for every link
    """

    link: FoundLink
    expected_chance: float | None
    found: str
    standing: bool
    prior: PriorOdds | None = None


@dataclass(frozen=True, slots=True)
class LinkView:
    """Why two profiles are linked.

    terms     of the kept file: by locus, fits, remarks
    versions  of the link, the first one first
    series    that hold both profiles
    """

    row: LinkRow
    run: StoredRun | None
    terms: Mapping[str, object]
    versions: tuple[Version, ...]
    cases: tuple[str, ...]
    findings: tuple[Finding, ...] = field(default=())
    series: tuple[FoundSeries, ...] = ()


def case_rows(reader: Reader) -> tuple[CaseRow, ...]:
    """Every case of which the actor may see something."""
    every = reader.find_cases().cases
    return _case_rows(every, reader.counts_by_case(*_COUNTED), reader.all(Statement))


def found_cases(
    reader: Reader,
    words: str = "",
    *,
    order: CaseOrder = CaseOrder.ID,
    limit: int | None = None,
    offset: int = 0,
) -> CasesFound:
    """Cases whose id, title or agency have these words, page by page: only what is on the page is
    counted."""
    found = reader.find_cases(words, order=order, limit=limit, offset=offset)
    ids = [case.id for case in found.cases]
    counts = reader.counts_by_case(*_COUNTED, cases=ids)
    said = reader.of_cases(Statement, ids)
    return CasesFound(_case_rows(found.cases, counts, said), found.total)


_COUNTED = (Exhibit, StoredProfile, FoundLink)


def _case_rows(
    cases: Sequence[CaseName],
    counts: Mapping[str, Counter[str]],
    said: Iterable[Statement],
) -> tuple[CaseRow, ...]:
    disagreeing = Counter(
        found.subject.id for found in disagreements(said) if found.subject.kind == "case"
    )
    none: Counter[str] = Counter()
    return tuple(
        CaseRow(
            id=case.id,
            title=case.title,
            agency=case.agency,
            exhibits=number[Exhibit.KIND],
            profiles=number[StoredProfile.KIND],
            links=number[FoundLink.KIND],
            disagreements=disagreeing[case.id],
        )
        for case in cases
        for number in (counts.get(case.id, none),)
    )


def case_view(reader: Reader, id: str) -> CaseView:
    """One case. Raises UnknownName where there is none that the actor may see."""
    case = next((one for one in reader.all(Case, case=id) if one.id == id), None)
    if case is None and id in reader.cases():
        case = Case(id=id)  # known from its exhibits alone
    if case is None:
        raise UnknownName(
            f"There is no case {id!r} that {reader.actor} may see.",
            rule="A case is named by its id.",
            way_on="`reopen cases UNIT` lists those that you may see.",
        )
    subject = case.ref
    said = [one for one in reader.all(Statement, case=id) if one.subject == subject]
    return CaseView(
        case,
        standing(said),
        disagreements(said),
        tuple(reader.all(Involvement, case=id)),
        tuple(reader.all(Exhibit, case=id)),
        tuple(reader.all(StoredProfile, case=id)),
        link_rows(reader, case=id),
    )


@dataclass(frozen=True, slots=True)
class LinksFound:
    """Some of the links that were asked for, the strongest first, and how many there are in all."""

    rows: tuple[LinkRow, ...]
    total: int


def link_rows(
    reader: Reader, *, case: str = "", least: float | None = None, since: str = ""
) -> tuple[LinkRow, ...]:
    """Links, the strongest first.

    since  a search: links that it and later ones found. `last`: the last one. Raises UnknownName.
    """
    return found_links(reader, case=case, least=least, since=since).rows


def found_links(
    reader: Reader,
    *,
    case: str = "",
    least: float | None = None,
    since: str = "",
    limit: int | None = None,
    offset: int = 0,
) -> LinksFound:
    """As `link_rows`, page by page: what was said of a link is told for those on the page alone."""
    runs = searches(reader)
    wanted = _since(runs, since) if since else None
    by_id = {run.id: run for run in runs}
    links = [
        link
        for link in reader.all(FoundLink, case=case or None)
        if (least is None or link.weight_log10 >= least) and (wanted is None or link.run in wanted)
    ]
    links.sort(key=lambda link: (-link.weight_log10, link.id))
    shown = links[offset : None if limit is None else offset + limit]
    return LinksFound(tuple(_row(link, by_id.get(link.run), runs) for link in shown), len(links))


def link_view(reader: Reader, name: str, other: str = "") -> LinkView:
    """A link by its name, or by the profiles it joins. Raises UnknownName."""
    link = reader.get(FoundLink, name) if not other else _between(reader, name, other)
    if link is None:
        asked = f"{name} x {other}" if other else name
        raise UnknownName(
            f"There is no link {asked!r} that {reader.actor} may see.",
            rule="A link is named as in the list, or by the two profiles that it joins.",
            way_on="`reopen links UNIT` lists those that you may see.",
        )
    runs = searches(reader)
    own = next((run for run in runs if run.id == link.run), None)
    terms = json.loads(reader.file(link.terms)) if link.terms else {}
    return LinkView(
        row=_row(link, own, runs),
        run=own,
        terms=terms,
        versions=reader.versions(link.ref),
        cases=reader.cases_of(link.ref),
        findings=tuple(one for one in reader.all(Finding) if link.ref in one.records),
        series=series_with(reader, link.one, link.other),
    )


def disagreements_in(reader: Reader, case: str = "") -> tuple[Disagreement, ...]:
    """Statements that cannot all hold."""
    return disagreements(reader.all(Statement, case=case or None))


def log_entries(
    reader: Reader, size: int, last: int, *, changes: bool = False
) -> tuple[Entry, ...]:
    """The last entries of a log of that size. changes: leave out looks."""
    found: list[Entry] = []
    start = size
    while start > 0 and len(found) < last:
        first = max(start - (_PAGE if changes else last), 0)
        page = reader.entries(after=first - 1, limit=start - first)
        found = [each for each in page if not (changes and _is_look(each))] + found
        start = first
    return tuple(found[-last:])


def _is_look(entry: Entry) -> bool:
    return entry.version is not None and isinstance(entry.version.record, ReadEvent)


def _between(reader: Reader, one: str, other: str) -> FoundLink | None:
    found = (link for link in reader.all(FoundLink) if {link.one, link.other} == {one, other})
    return max(found, key=lambda link: link.weight_log10, default=None)


def _since(runs: Sequence[StoredRun], since: str) -> set[str]:
    ids = [run.id for run in runs]
    if since == "last" and ids:
        return {ids[-1]}
    if since not in ids:
        raise UnknownName(
            f"There is no search {since!r} that you may see.",
            rule=f"Searches are: {', '.join(ids[-8:]) or 'none yet'}.",
            way_on="Name one of them, or `last`.",
        )
    return set(ids[ids.index(since) :])


def _row(link: FoundLink, own: StoredRun | None, runs: Sequence[StoredRun]) -> LinkRow:
    """own: the run that found it; runs: every search."""
    last = runs[-1] if runs else None
    chance = link.expected_chance
    if own is None or last is None:
        return LinkRow(link, chance, "", own is last)
    same = own.parameters.get("signature") == last.parameters.get("signature")
    then, now = _pairs(own, link), _pairs(last, link)
    if chance is not None and same and then:
        chance += max(now - then, 0) * 10.0**-link.weight_log10
    return LinkRow(link, chance, str(own.at)[:10], same, prior_of(last))


def _pairs(run: StoredRun, link: FoundLink) -> int:
    return int(run.parameters.get(f"{PAIRS}{link.link}", "0"))
