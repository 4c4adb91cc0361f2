"""What a unit holds, as one actor may see it: cases, links with reasons, disagreements, the log.

Values only; text and JSON are made in `unit_told`. Not here: linking, importing, auditing.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
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
from reopen.store.reader import Entry, Reader
from reopen.weigh.prior_odds import PriorOdds

_PAGE = 1000


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A case in the list of cases, with how much of it the actor may see."""

    id: str
    title: str
    agency: str
    exhibits: int
    profiles: int
    links: int
    disagreements: int


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
    known = {case.id: case for case in reader.all(Case)}
    exhibits = Counter(one.case for one in reader.all(Exhibit))
    said = Counter(
        found.subject.id
        for found in disagreements(reader.all(Statement))
        if found.subject.kind == "case"
    )
    return tuple(
        CaseRow(
            id=id,
            title=known[id].title if id in known else "",
            agency=known[id].agency if id in known else "",
            exhibits=exhibits[id],
            profiles=reader.count(StoredProfile, case=id),
            links=reader.count(FoundLink, case=id),
            disagreements=said[id],
        )
        for id in reader.cases()
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


def link_rows(
    reader: Reader, *, case: str = "", least: float | None = None, since: str = ""
) -> tuple[LinkRow, ...]:
    """Links, the strongest first.

    since  a search: links that it and later ones found. `last`: the last one. Raises UnknownName.
    """
    runs = searches(reader)
    wanted = _since(runs, since) if since else None
    rows = [
        _row(link, runs)
        for link in reader.all(FoundLink, case=case or None)
        if (least is None or link.weight_log10 >= least) and (wanted is None or link.run in wanted)
    ]
    return tuple(sorted(rows, key=lambda row: (-row.link.weight_log10, row.link.id)))


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
    terms = json.loads(reader.file(link.terms)) if link.terms else {}
    return LinkView(
        row=_row(link, runs),
        run=next((run for run in runs if run.id == link.run), None),
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


def _row(link: FoundLink, runs: Sequence[StoredRun]) -> LinkRow:
    own = next((run for run in runs if run.id == link.run), None)
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
