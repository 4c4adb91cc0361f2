"""What a unit holds, as text that reads at 80 characters and as JSON.

Not here: finding it (`unit_views`), what commands did (`unit_shown`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from reopen.faces.report.chance_words import odds_text, posterior_text, prior_text
from reopen.faces.report.wording import chance_text, log10_text
from reopen.faces.workbench.plain_values import odds_plain
from reopen.faces.workbench.tables import WIDTH, bullets, paragraph, table
from reopen.faces.workbench.unit_views import CaseRow, CaseView, LinkRow, LinkView
from reopen.records.access import ReadEvent
from reopen.records.base import Record
from reopen.records.plain import to_plain
from reopen.records.statements import Disagreement, State, Statement
from reopen.store.body import Version
from reopen.store.reader import Entry
from reopen.weigh.words import relation_in_words

NOT_FOR_YOU = "not for you"


def cases_text(rows: Sequence[CaseRow]) -> str:
    """The list of cases."""
    if not rows:
        return "No case that you may see."
    header = ("Case", "Exhibits", "Profiles", "Links", "Disagreements", "What")
    return table(
        header,
        [
            (row.id, str(row.exhibits), str(row.profiles), str(row.links),
             str(row.disagreements), ", ".join(filter(None, (row.title, row.agency))))
            for row in rows
        ],
        right="lrrrrl",
    )  # fmt: skip


def cases_plain(rows: Iterable[CaseRow]) -> object:
    names = ("id", "title", "agency", "exhibits", "profiles", "links", "disagreements")
    return [{name: getattr(row, name) for name in names} for row in rows]


def case_text(view: CaseView, width: int = WIDTH) -> str:
    """One case: what is said of it and by whom, people, exhibits, links."""
    parts = [f"{view.case.id}: {view.case.title or 'no title'} ({view.case.agency or 'no agency'})"]
    if view.statements:
        parts.append("Said of it:\n" + bullets([_said(one) for one in view.statements], width))
    if view.disagreements:
        parts.append(disagreements_text(view.disagreements, width))
    if view.involvements:
        people = [f"{one.person}: {one.role}" for one in view.involvements]
        parts.append("People:\n" + bullets(people, width))
    if view.exhibits:
        rows = [(one.id, str(one.collected or ""), one.description) for one in view.exhibits]
        parts.append(table(("Exhibit", "Collected", "What"), rows, width=width))
    if view.profiles:
        profiles = [(one.id, one.purpose, one.kit) for one in view.profiles]
        parts.append(table(("Profile", "Kept as", "Kit"), profiles, width=width))
    parts.append(links_text(view.links, width))
    return "\n\n".join(parts)


def case_plain(view: CaseView) -> object:
    return {
        "case": record_plain(view.case),
        "statements": [record_plain(one) for one in view.statements],
        "disagreements": disagreements_plain(view.disagreements),
        "involvements": [record_plain(one) for one in view.involvements],
        "exhibits": [record_plain(one) for one in view.exhibits],
        "profiles": [record_plain(one) for one in view.profiles],
        "links": links_plain(view.links),
    }


def links_text(rows: Sequence[LinkRow], width: int = WIDTH) -> str:
    """The list of links, the strongest first; those found on other terms only stand apart."""
    if not rows:
        return "No link that you may see."
    now = [row for row in rows if row.standing]
    before = [row for row in rows if not row.standing]
    parts = [_links(now, width)] if now else []
    if before:
        told = "Found on the terms of earlier searches only, not on those of the last one:"
        parts.append(f"{paragraph(told, width=width)}\n{_links(before, width)}")
    return "\n\n".join(parts)


def _links(rows: Sequence[LinkRow], width: int) -> str:
    """With a column of odds after the DNA where the unit's terms state those before it."""
    told = any(row.prior is not None for row in rows)
    odds = ("Odds after",) if told else ()
    return table(
        ("Link", "log10 LR", *odds, "By chance", "Found", "Kind"),
        [
            (
                row.link.id,
                log10_text(row.link.weight_log10),
                *((_odds_after(row),) if told else ()),
                "" if row.expected_chance is None else chance_text(row.expected_chance),
                row.found,
                row.link.link,
            )
            for row in rows
        ],
        right="lrrrll" if told else "lrrll",
        width=width,
    )


def _odds_after(row: LinkRow) -> str:
    return "" if row.prior is None else odds_text(row.prior.after_log10(row.link.weight_log10))


def links_plain(rows: Iterable[LinkRow]) -> object:
    return [link_plain(row) for row in rows]


def link_plain(row: LinkRow) -> dict[str, object]:
    """A link of the list."""
    return {
        **record_plain(row.link),
        "expected_chance": row.expected_chance,
        "found": row.found,
        "standing": row.standing,
        "posterior": None if row.prior is None else odds_plain(row.prior, row.link.weight_log10),
    }


def why_text(view: LinkView, width: int = WIDTH) -> str:
    """A link with its terms locus by locus, as the search kept them."""
    link, terms = view.row.link, view.terms
    parts = [
        f"{link.id}: {link.link}",
        paragraph(relation_in_words(link.weight_log10, link.relation), width=width),
        _numbers(view, width),
    ]
    if terms:
        parts.append(_terms_table(terms, width))
    remarks = [str(each) for each in _list(terms.get("remarks"))]
    if remarks:
        parts.append("To know:\n" + bullets(remarks, width))
    if view.series:
        series = [
            f"{one.id}: {len(one.profiles)} profiles, holds by {log10_text(one.holds_by_log10)}"
            for one in view.series
        ]
        parts.append("In series:\n" + bullets(series, width))
    if view.findings:
        told = [f"{one.rule} ({one.severity}): {one.sentence}" for one in view.findings]
        parts.append("The audit found:\n" + bullets(told, width))
    parts.append(_origin(view, width))
    return "\n\n".join(parts)


def _numbers(view: LinkView, width: int) -> str:
    link, terms = view.row.link, view.terms
    rows = [("log10 LR, the lower of the two that follow", log10_text(link.weight_log10))]
    for name, words in (("log10", "in the search"), ("log10_in_full", "weighed in full")):
        value = _number(terms.get(name))
        if value is not None:
            rows.append((f"  {words}", log10_text(value)))
    if view.row.expected_chance is not None:
        by_chance = "such links expected by chance, at most, among all pairs compared"
        rows.append((by_chance, chance_text(view.row.expected_chance)))
    if view.row.prior is not None:
        odds = f"odds after the DNA, from {prior_text(view.row.prior)} before it as stated"
        rows.append((odds, posterior_text(view.row.prior, link.weight_log10)))
    return table(("What", "Value"), rows, right="lr", width=width)


def _terms_table(terms: Mapping[str, object], width: int) -> str:
    search = _table(terms.get("per_locus"))
    in_full = _table(_mapping(terms.get("in_full")).get("per_locus"))
    rows = [
        (locus, *(_cell(each.get(locus)) for each in (search, in_full)))
        for locus in {**search, **in_full}
    ]
    rows += [
        (name, log10_text(value), "") for name, value in _table(terms.get("other_terms")).items()
    ]
    if in_full:
        return table(("Locus", "In the search", "In full"), rows, right="lrr", width=width)
    return table(("Locus", "log10 LR"), [row[:2] for row in rows], right="lr", width=width)


def _origin(view: LinkView, width: int) -> str:
    told = []
    if view.run is not None:
        told.append(f"Found by {view.run.id} with {view.run.program}; `reopen redo` repeats it.")
    if view.cases:
        told.append(f"Cases: {', '.join(view.cases)}.")
    for version in view.versions:
        weight = getattr(version.record, "weight_log10", 0.0)
        why = f": {version.reason}" if version.reason else ""
        told.append(
            f"Version {version.version}, {log10_text(weight)}, entry {version.entry} of "
            f"{version.time:%Y-%m-%d %H:%M} UTC by {version.actor}{why}"
        )
    return bullets(told, width)


def why_plain(view: LinkView) -> object:
    return {
        "link": link_plain(view.row),
        "terms": view.terms,
        "cases": list(view.cases),
        "run": None if view.run is None else record_plain(view.run),
        "versions": [_version_plain(version) for version in view.versions],
        "findings": [record_plain(one) for one in view.findings],
        "series": [one.id for one in view.series],
    }


def disagreements_text(found: Sequence[Disagreement], width: int = WIDTH) -> str:
    """Statements that cannot all hold, field by field."""
    if not found:
        return "No statements that you may see contradict each other."
    parts = []
    for each in found:
        said = bullets([_said(one, named=False) for one in each.statements], width)
        parts.append(f"{each.subject}, {each.field}: these cannot all hold\n{said}")
    return "\n\n".join(parts)


def disagreements_plain(found: Iterable[Disagreement]) -> object:
    return [
        {
            "subject": {"kind": each.subject.kind, "id": each.subject.id},
            "field": each.field,
            "statements": [record_plain(one) for one in each.statements],
        }
        for each in found
    ]


def log_text(entries: Sequence[Entry], names: Mapping[str, str], width: int = WIDTH) -> str:
    """Entries of the log; what is not for the reader is there as such."""
    rows = []
    for entry in entries:
        version, when = entry.version, f"{entry.time:%Y-%m-%d %H:%M:%S}"
        if version is None:
            what = "expunged by order" if entry.gone else NOT_FOR_YOU
            rows.append((str(entry.number), when, "", what))
            continue
        number = f", version {version.version}" if version.version > 1 else ""
        why = version.reason or version.purpose
        what = f"{_named(version.record)}{number}" + (f" ({why})" if why else "")
        rows.append((str(entry.number), when, names.get(version.actor, version.actor), what))
    return table(("Entry", "Time (UTC)", "Who", "What"), rows, right="rlll", width=width)


def _named(record: Record) -> str:
    if isinstance(record, ReadEvent):
        return f"{record.action}: {record.target}, {record.count} shown"
    return str(record.ref)


def log_plain(entries: Iterable[Entry]) -> object:
    return [
        {
            "entry": entry.number,
            "time": entry.time.isoformat(),
            "leaf": entry.leaf.hex(),
            "gone": entry.gone,
            **({"for_you": False} if entry.version is None else
               {"for_you": True, **_version_plain(entry.version)}),
        }
        for entry in entries
    ]  # fmt: skip


def record_plain(record: Record) -> dict[str, object]:
    """A record as JSON holds it."""
    return {"kind": record.KIND, **to_plain(record)}


def _version_plain(version: Version) -> dict[str, object]:
    return {
        "version": version.version,
        "by": version.actor,
        "reason": version.reason,
        "purpose": version.purpose,
        "record": record_plain(version.record),
    }


def _said(one: Statement, *, named: bool = True) -> str:
    value = one.value if one.state is State.PRESENT else one.state.value
    who = one.speaker or one.source or "source not recorded"
    when = f", {one.said}" if one.said else ""
    also = f" ({one.source})" if one.speaker and one.source else ""
    return f"{one.field + ': ' if named else ''}{value}, says {who}{also}{when}"


def _cell(value: float | None) -> str:
    return "" if value is None else log10_text(value)


def _number(value: object) -> float | None:
    return None if value is None else float(str(value))


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}


def _table(value: object) -> dict[str, float]:
    return {str(name): float(str(each)) for name, each in _mapping(value).items()}


def _list(value: object) -> Sequence[object]:
    return value if isinstance(value, list) else []
