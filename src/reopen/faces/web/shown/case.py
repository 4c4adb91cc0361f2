"""One case: what is said of it and by whom, when everything was, who is in it, what was taken, what
it is linked with, and what waits to be done.

Not here: the list (`cases`), exhibits and people on their own.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from reopen.faces.report.case_timeline import case_timeline
from reopen.faces.report.points_bar import points_bar
from reopen.faces.web.looks import Look
from reopen.faces.web.pages import Pages
from reopen.faces.web.shown.places import PlaceLine, place_lines
from reopen.faces.web.shown.rows import LinkLine, link_line
from reopen.faces.web.shown.tasks import TaskLine, owners, task_lines
from reopen.faces.web.words import interval
from reopen.faces.workbench.case_file import CaseFile, case_file
from reopen.faces.workbench.case_places import places_named, places_of
from reopen.faces.workbench.case_times import MOST_ROWS, Timed, lanes_of, time_of, times_of
from reopen.faces.workbench.series_views import whole_series
from reopen.faces.workbench.shielded import shielded, tells_who
from reopen.faces.workbench.tasks import TaskRow, tasks_in, waiting
from reopen.faces.workbench.triage import Reason, Triage, triage
from reopen.faces.workbench.triage_shown import asked_text, points_text
from reopen.faces.workbench.unit_views import link_rows
from reopen.records.base import Ref
from reopen.records.cases import Person
from reopen.records.disagreements import disagreements
from reopen.records.fields import Holds, field_of
from reopen.records.statements import Disagreement, Statement
from reopen.records.stored import StoredFile
from reopen.store.reader import Reader

pages = Pages("Cases")
router = pages.router

HIDDEN = "name hidden"
TAKEN_APART = "stains taken apart on "  # how a search names the files it keeps


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody said. doubted: other statements cannot hold beside it; hidden: the value, and
    what is noted of it, are kept back until they are asked for."""

    field: str
    value: str
    state: str
    speaker: str
    said: str
    source: str
    note: str
    doubted: bool
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Opposed:
    """Statements on one field that cannot all hold, side by side."""

    of: str
    field: str
    sides: tuple[Said, ...]


@dataclass(frozen=True, slots=True)
class ReasonLine:
    asks: str
    answer: str
    points: str
    says: str
    source: str
    records: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TriageBlock:
    low: int
    high: int
    points: str
    bar: str
    closed: str
    limitation: str
    asked: tuple[str, ...]
    reasons: tuple[ReasonLine, ...]


@dataclass(frozen=True, slots=True)
class TimeLine:
    when: str
    what: str
    by: str
    lane: str


@dataclass(frozen=True, slots=True)
class Involved:
    """Somebody in the case. name: as stated; hidden: it is kept back until it is asked for."""

    person: str
    name: str
    hidden: bool
    role: str
    during: str


@dataclass(frozen=True, slots=True)
class Taken:
    """An exhibit of the case. held: there, gone or not recorded; state: in words; tried: tests."""

    id: str
    description: str
    collected: str
    held: str
    state: str
    tried: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Typed:
    """A profile of the case."""

    id: str
    purpose: str
    kit: str
    sample: str


@dataclass(frozen=True, slots=True)
class Mentioned:
    """An item that a document mentions. exhibit: '' where nobody matched it."""

    document: str
    text: str
    when: str
    exhibit: str


@dataclass(frozen=True, slots=True)
class FileLine:
    """A file that came in. may_export: the actor may take it out."""

    sha256: str
    name: str
    bytes: int
    may_export: bool = False


@dataclass(frozen=True, slots=True)
class WaitingLine:
    """Something that waits of itself. as_task: in the words of a task; subject: the record it
    follows from; task: one that somebody made of it."""

    what: str
    since: str
    about: str
    as_task: str
    subject: str
    task: str


@dataclass(frozen=True, slots=True)
class SeriesLine:
    id: str
    traces: int
    holds_by_log10: float


@dataclass(frozen=True, slots=True)
class CasePage:
    """One case.

    timeline    as SVG; times: the same as rows; rows_left_out: whether the picture lacks some
    tasks       that are open; waiting: what the records show to be waiting; owners, task_subjects:
                whom a task can be for, and what it can be about
    places      of the case; those with a point are on the map
    names_kept  how many values are kept back because they tell who a survivor or a child is
    names       whether those are shown, since they were asked for
    """

    id: str
    title: str
    agency: str
    triage: TriageBlock
    said: tuple[Said, ...]
    opposed: tuple[Opposed, ...]
    timeline: str
    times: tuple[TimeLine, ...]
    rows_left_out: bool
    involved: tuple[Involved, ...]
    exhibits: tuple[Taken, ...]
    profiles: tuple[Typed, ...]
    links: tuple[LinkLine, ...]
    series: tuple[SeriesLine, ...]
    mentions: tuple[Mentioned, ...]
    files: tuple[FileLine, ...]
    tasks: tuple[TaskLine, ...]
    waiting: tuple[WaitingLine, ...]
    owners: tuple[tuple[str, str], ...]
    task_subjects: tuple[tuple[str, str], ...]
    places: tuple[PlaceLine, ...]
    names_kept: int
    names: bool


@pages.page("/cases/{id}", "case.html.j2")
def case_page(look: Look, id: str, names: bool = False) -> CasePage:
    """One case. names: those of survivors and children too; each is then a look of its own."""
    with look.reading() as reader:
        file = case_file(reader, id)
        kept = shielded(reader, file.involvements)
        secret = [one for some in file.of_people.values() for one in some if tells_who(one, kept)]
        if names:
            for one in secret:
                reader.get(Statement, one.id)  # its own line in the log of looks
        page = _case(reader, file, frozenset() if names else kept, len(secret), names)
    may = look.may_export(Ref(StoredFile.KIND, each.sha256) for each in page.files)
    lines = (
        replace(each, may_export=Ref(StoredFile.KIND, each.sha256) in may) for each in page.files
    )
    return replace(page, files=tuple(lines))


def _case(
    reader: Reader, file: CaseFile, kept: frozenset[str], secret: int, names: bool
) -> CasePage:
    people = [one for some in file.of_people.values() for one in some]
    found = disagreements([*file.statements, *people])
    doubted = {one.id for each in found for one in each.statements}
    times = times_of(file)
    lanes = lanes_of(times)
    rows = sum(len(lane.spells) for lane in lanes)
    judged = triage(file, reader.asker.moment)
    series = whole_series(reader, case=file.id)
    tasks = tasks_in(reader, case=file.id)
    return CasePage(
        id=file.id,
        title=file.title,
        agency=file.agency,
        triage=triage_block(judged),
        said=tuple(said(one, one.id in doubted) for one in file.statements),
        opposed=tuple(opposed(each, kept) for each in found),
        timeline=str(case_timeline(f"Timeline of {file.id}", lanes)),
        times=tuple(_timed(each) for each in times),
        rows_left_out=rows >= MOST_ROWS,
        involved=tuple(_involved(file, kept)),
        exhibits=tuple(_taken(file, judged)),
        profiles=tuple(
            Typed(each.id, each.purpose, each.kit, each.sample or "") for each in file.profiles
        ),
        links=tuple(link_line(each) for each in link_rows(reader, case=file.id)),
        series=tuple(SeriesLine(one.id, len(one.profiles), one.holds_by_log10) for one in series),
        mentions=tuple(
            Mentioned(one.document, one.text, interval(one.at), one.exhibit or "")
            for one in file.mentions
        ),
        files=tuple(_files(reader, file, {one.terms for one in series})),
        tasks=task_lines(reader, tasks),
        waiting=tuple(_waiting(file, tasks)),
        owners=owners(reader),
        task_subjects=tuple(_subjects(file)),
        places=place_lines(places_of(reader, places_named(file))),
        names_kept=secret,
        names=names,
    )


def triage_block(found: Triage) -> TriageBlock:
    return TriageBlock(
        low=found.low,
        high=found.high,
        points=points_text(found),
        bar=str(points_bar(found.low, found.high)),
        closed=found.closed,
        limitation=found.limit.says,
        asked=tuple(asked_text(one) for one in found.asked),
        reasons=tuple(_reason(one) for one in found.reasons),
    )


def _reason(one: Reason) -> ReasonLine:
    most = one.criterion.points
    points = f"{one.low} of {most}" if one.low == one.high else f"0 to {one.high} of {most}"
    return ReasonLine(
        one.criterion.asks, one.answer.value, points, one.says, one.criterion.source,
        tuple(map(str, one.records)),
    )  # fmt: skip


def said(statement: Statement, doubted: bool = False, hidden: bool = False) -> Said:
    """A statement as a row."""
    return Said(
        statement.field.replace("_", " "),
        HIDDEN if hidden and statement.value else _value(statement),
        statement.state.value,
        statement.speaker,
        interval(statement.said),
        statement.source or str(statement.where or ""),
        HIDDEN if hidden and statement.note else statement.note,
        doubted,
        hidden,
    )


def _value(statement: Statement) -> str:
    """As stated; a time in the words in which the board tells times."""
    holds_time = field_of(statement.subject.kind, statement.field).holds is Holds.TIME
    return interval(time_of(statement)) or statement.value if holds_time else statement.value


def opposed(each: Disagreement, kept: frozenset[str]) -> Opposed:
    sides = tuple(said(one, True, tells_who(one, kept)) for one in each.statements)
    return Opposed(str(each.subject), each.field.replace("_", " "), sides)


def _timed(each: Timed) -> TimeLine:
    return TimeLine(interval(each.at), each.told, each.by, each.lane)


def _involved(file: CaseFile, kept: frozenset[str]) -> Iterator[Involved]:
    for each in file.involvements:
        name = name_of(file.of_people.get(each.person, ()))
        hidden = bool(name) and each.person in kept
        yield Involved(
            each.person, HIDDEN if hidden else name, hidden, each.role.value,
            interval(each.during),
        )  # fmt: skip


def name_of(statements: Iterable[Statement]) -> str:
    """Names as stated, '' where none is."""
    return " / ".join(one.value for one in statements if one.field == "name" and one.value)


def _taken(file: CaseFile, judged: Triage) -> Iterator[Taken]:
    states = {each.id: each for each in judged.exhibits}
    tried: Mapping[str, list[str]] = {each.id: [] for each in file.exhibits}
    for test in judged.tried:
        at = f", {interval(test.at)}" if test.at else ""
        tried[test.exhibit].append(f"{test.says}{at}")
    for each in file.exhibits:
        state = states[each.id]
        yield Taken(
            each.id, each.description, interval(each.collected), state.held.value, state.says,
            tuple(tried[each.id]),
        )  # fmt: skip


def _files(reader: Reader, file: CaseFile, own: Container[str | None]) -> Iterator[FileLine]:
    """Files that came in; not those in which the program keeps the terms of links and series."""
    terms = {each.link.terms for each in file.links}
    for one in reader.of_cases(StoredFile, [file.id]):
        is_own = one.id in own or one.id in terms or one.name.startswith(TAKEN_APART)
        if not is_own:
            yield FileLine(one.id, one.name, one.bytes)


def _waiting(file: CaseFile, tasks: Iterable[TaskRow]) -> Iterator[WaitingLine]:
    for one in waiting(file, (row.task for row in tasks)):
        as_task = f"{one.what} ({one.about})" if one.about else one.what
        yield WaitingLine(one.what, one.since, one.about, as_task, str(one.subject), one.task)


def _subjects(file: CaseFile) -> Iterator[tuple[str, str]]:
    """What a task of the case may be about, as a form takes it and in words."""
    for each in file.exhibits:
        said = f"{each.id}, {each.description}" if each.description else each.id
        yield str(each.ref), said
    for person in file.people:
        yield str(Ref(Person.KIND, person)), person
