"""What a unit holds as a graph: cases, exhibits, people and families, and the links between them.

A link joins what its profiles were made of: the exhibit of a stain, the person of a reference. Not
here: where nodes lie and how they are drawn (`faces.web`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from reopen.errors import InvalidRecord, UnknownName
from reopen.faces.workbench.series_views import samples_of, whole_series
from reopen.records.base import Record, Ref
from reopen.records.cases import Case, Exhibit, Involvement, Role, Sample
from reopen.records.results import IN_DATABASE, FoundLink
from reopen.records.series import FoundSeries
from reopen.records.statements import State, Statement, standing
from reopen.records.stored import StoredProfile
from reopen.records.times import Interval
from reopen.store.reader import Reader

MOST_NODES = 2000
"""More than these cannot be looked at; the strongest links come first."""
ROLES_UNASKED = 5000
"""Where a unit holds more roles of people in cases, they are shown only when asked for."""

CASE, EXHIBIT, PERSON, FAMILY, DATABASE, PROFILE = (
    "case", "exhibit", "person", "family", IN_DATABASE, "profile",
)  # fmt: skip

TAKEN_IN = "taken in"
_ROLES = {Role.VICTIM, Role.SUSPECT, Role.PERSON_OF_INTEREST, Role.CONVICTED}
_WHEN = ("offence", "reported")
_OF_WHEN = (*(f'"field":"{field}"'.encode() for field in _WHEN), b'"supersedes":')
"""What statements on these fields have, and those that take the place of others."""
_AT_ONCE = 500  # links whose ends are read together

Kind = TypeVar("Kind", bound=Record)


@dataclass(frozen=True, slots=True)
class GraphNode:
    """ref: what it is; says: in a few words, '' where nothing is recorded."""

    ref: Ref
    says: str = ""


@dataclass(frozen=True, slots=True)
class GraphLink:
    """A link, and the two nodes that it joins."""

    link: FoundLink
    one: Ref
    other: Ref


@dataclass(frozen=True, slots=True)
class Tie:
    """What a record says of two nodes: taken in a case, victim in it. says: in a word or two."""

    one: Ref
    other: Ref
    says: str


@dataclass(frozen=True, slots=True)
class Grouped:
    """A series and those of its traces that are shown, each with what it was made of."""

    series: FoundSeries
    nodes: tuple[Ref, ...]


@dataclass(frozen=True, slots=True)
class Graph:
    """left_out: links that were asked for and are too many to show; left_out_log10: the log10 LR of
    the strongest of them. roles_left_out: whether there are too many roles to show them unasked.
    undated: cases of links that were not asked for since nothing says when they happened."""

    nodes: tuple[GraphNode, ...]
    links: tuple[GraphLink, ...]
    ties: tuple[Tie, ...]
    series: tuple[Grouped, ...]
    left_out: int = 0
    left_out_log10: float | None = None
    roles_left_out: bool = False
    undated: int = 0


@dataclass(frozen=True, slots=True)
class GraphAsked:
    """Which links.

    least, relation  at least this log10 LR; of this relation
    first, last      one of its cases may have happened from `first` to `last`, each as a time
    series           between two traces of this series
    words            that one of its ends or their cases have in their number or name
    roles            of people in cases; None where there are not too many
    """

    least: float | None = None
    relation: str = ""
    first: str = ""
    last: str = ""
    series: str = ""
    words: str = ""
    roles: bool | None = None

    @property
    def reads_all(self) -> bool:
        """Whether every link is read to find those that were asked for."""
        return bool(self.words.split() or self.first.strip() or self.last.strip())

    @property
    def time(self) -> Interval | None:
        """Raises InvalidRecord."""
        if not (self.first.strip() or self.last.strip()):
            return None
        first = Interval.parse(self.first).earliest if self.first.strip() else None
        last = Interval.parse(self.last).latest if self.last.strip() else None
        if first and last and last < first:
            raise InvalidRecord(
                f"From {self.first} to {self.last} is no time.",
                rule="A time begins before it ends.",
                way_on="Exchange the two.",
            )
        return Interval(first, last)


class UnitGraph:
    """Everything of a unit that links join; `asked` chooses from it. What a profile was made of is
    read once, and only of those that are asked about."""

    def __init__(self, reader: Reader):
        self._reader = reader
        self._looks, self._looks_at_times = reader.looks.apart(), reader.looks.apart()
        with reader.looks.noted_in(self._looks):
            links = reader.all(FoundLink)
            self.links = sorted(links, key=lambda link: (-link.weight_log10, link.id))
            self._series = whole_series(reader)
        self._read: set[str] = set()
        self._profiles: dict[str, StoredProfile] = {}
        self._samples: dict[str, Sample] = {}
        self._exhibits: dict[str, Exhibit] = {}
        self._cases: set[str] = set()
        self._ends: dict[str, Ref] = {}
        self._titles: dict[str, str] = {}
        self._said: Mapping[str, Sequence[Statement]] | None = None
        self._said_to = reader
        self._dates: dict[str, tuple[Interval, ...]] = {}

    def look_again(self, reader: Reader) -> None:
        """Go on in another block of the same actor's, to whom the unit is as it was: what is kept
        here is looked at once more."""
        self._reader = reader
        reader.looks.again(self._looks)

    @property
    def relations(self) -> tuple[str, ...]:
        return tuple(sorted({link.relation for link in self.links}))

    @property
    def series(self) -> tuple[FoundSeries, ...]:
        return self._series

    def around(self, ref: Ref) -> Graph:
        """One node with everything that it hangs on; a case with the links of its exhibits. Raises
        UnknownName where no link that the actor may see leads to it."""
        joined = self._every_joined(self.links)
        ends = dict.fromkeys(end for link in joined for end in (link.one, link.other))
        nodes = dict.fromkeys(each for end in ends for each in self._with_case(end))
        roles, _ = self._roles(nodes, None, len(nodes) + ROLES_UNASKED)
        if ref not in nodes:
            raise UnknownName(
                f"There is no {ref} that {self._reader.actor} may see.",
                rule="The board shows what a link leads to.",
                way_on="Open it from the board.",
            )
        own = {ref, *(end for end in ends if ref.kind == CASE and self._case_of(end) == ref.id)}
        links = tuple(link for link in joined if link.one in own or link.other in own)
        taken_in = self._taken_in(end for end in ends if end in own)
        ties = (*taken_in, *(tie for tie in roles if ref in (tie.one, tie.other)))
        near = {ref, *(each for link in links for each in (link.one, link.other))}
        near |= {each for tie in ties for each in (tie.one, tie.other)}
        return Graph(
            nodes=self._told(node for node in nodes if node in near),
            links=links,
            ties=ties,
            series=tuple(one for one in self._grouped(nodes) if own & {*one.nodes}),
        )

    def asked(self, asked: GraphAsked, most: int = MOST_NODES) -> Graph:
        """The strongest links that were asked for, with all that they hang on. Raises
        InvalidRecord for a time that is none."""
        wanted = self._wanted(asked)
        nodes: dict[Ref, None] = {}
        shown: list[GraphLink] = []
        for link in self._joined(wanted):
            ends = (ref for end in (link.one, link.other) for ref in self._with_case(end))
            fresh = dict.fromkeys(ref for ref in ends if ref not in nodes)
            if len(nodes) + len(fresh) > most:
                break
            nodes.update(fresh)
            shown.append(link)
        left = wanted[len(shown) :]
        roles, too_many = self._roles(nodes, asked.roles, most)
        return Graph(
            nodes=self._told(nodes),
            links=tuple(shown),
            ties=(*self._taken_in(nodes), *roles),
            series=tuple(self._grouped(nodes)),
            left_out=len(left),
            left_out_log10=left[0].weight_log10 if left else None,
            roles_left_out=too_many,
            undated=self._undated(asked),
        )

    def _wanted(self, asked: GraphAsked) -> list[FoundLink]:
        time, words = asked.time, asked.words.casefold().split()
        inside = self._inside(asked.series)
        found = [
            link
            for link in self.links
            if (asked.least is None or link.weight_log10 >= asked.least)
            and (not asked.relation or link.relation == asked.relation)
            and (not asked.series or {link.one, link.other} <= inside)
        ]
        if not words and time is None:
            return found
        joined = self._every_joined(found)
        if words:
            joined = self._having(words, joined)
        if time is not None:
            self._read_ends(_profiles_of(self.links) | _traces_of(self._series))
            then = {case for case in self._cases if self._happened(time, case)}
            joined = [
                each
                for each in joined
                if self._case_of(each.one) in then or self._case_of(each.other) in then
            ]
        return [each.link for each in joined]

    def _joined(self, links: Sequence[FoundLink]) -> Iterator[GraphLink]:
        """Links with their nodes, of which no more is read than is taken."""
        for start in range(0, len(links), _AT_ONCE):
            some = links[start : start + _AT_ONCE]
            self._read_ends(_profiles_of(some))
            for link in some:
                one = self._end(link.one_kind, link.one)
                yield GraphLink(link, one, self._end(link.other_kind, link.other))

    def _every_joined(self, links: Sequence[FoundLink]) -> list[GraphLink]:
        self._read_ends(_profiles_of(links))
        return list(self._joined(links))

    def _inside(self, series: str) -> set[str]:
        found = next((one for one in self._series if one.id == series), None)
        return set(found.profiles) if found else set()

    def _having(self, words: Sequence[str], links: Sequence[GraphLink]) -> list[GraphLink]:
        """Those that have all of these words."""
        ends = dict.fromkeys(end for link in links for end in (link.one, link.other))
        own = {end: self._with_case(end) for end in ends}
        self._read_titles(ref for refs in own.values() for ref in refs)
        text = {
            end: " ".join(f"{ref.id} {self._says(ref)}" for ref in refs).casefold()
            for end, refs in own.items()
        }
        return [
            link
            for link in links
            if all(word in text[link.one] or word in text[link.other] for word in words)
        ]

    def _happened(self, time: Interval, case: str) -> bool:
        return any(date.may_meet(time) for date in self._when(case))

    def _undated(self, asked: GraphAsked) -> int:
        if asked.time is None:
            return 0
        return sum(not self._when(case) for case in self._cases)

    def _when(self, case: str) -> tuple[Interval, ...]:
        """When a case happened, else was reported, as far as statements say, and as each of them
        says."""
        said = self._said_when()
        if case not in self._dates:
            own = said.get(case, ())
            times = ([_time(one) for one in own if one.field == field] for field in _WHEN)
            told = (tuple(filter(None, each)) for each in times)
            self._dates[case] = next(filter(None, told), ())
        return self._dates[case]

    def _said_when(self) -> Mapping[str, Sequence[Statement]]:
        """Case -> what is said of when; read only where time is asked for."""
        if self._said is None:
            with self._reader.looks.noted_in(self._looks_at_times):
                self._said = _of_cases(self._reader.all(Statement, having=_OF_WHEN))
        elif self._said_to is not self._reader:
            self._reader.looks.again(self._looks_at_times)
        self._said_to = self._reader
        return self._said

    def _read_ends(self, ids: Iterable[str]) -> None:
        """What these profiles were made of: samples, exhibits, cases."""
        fresh = set(ids) - self._read
        if not fresh:
            return
        self._read |= fresh
        read = self._reader
        with read.looks.noted_in(self._looks):
            profiles = _by_id(read.some(StoredProfile, sorted(fresh)))
            samples = samples_of(read, (one.sample or one.id for one in profiles.values()))
            exhibits = {one.exhibit for one in samples.values() if one.exhibit}
            made_of = _by_id(read.some(Exhibit, sorted(exhibits - self._exhibits.keys())))
        cases = {one.case for one in profiles.values()}
        cases |= {one.case for one in made_of.values()}
        cases |= {one.case for one in samples.values()}
        self._profiles |= profiles
        self._samples |= samples
        self._exhibits |= made_of
        self._cases |= {case for case in cases if case}

    def _end(self, kind: str, id: str) -> Ref:
        """The node of a link's end."""
        if kind != PROFILE:
            return Ref(kind, id)
        if id not in self._ends:
            self._ends[id] = self._made_of(id)
        return self._ends[id]

    def _made_of(self, id: str) -> Ref:
        """The person or exhibit that a profile is of, else itself."""
        profile = self._profiles.get(id)
        if profile is None:
            return Ref(PROFILE, id)
        if profile.person:
            return Ref(PERSON, profile.person)
        sample = self._samples.get(profile.sample or profile.id)
        while sample is not None and sample.exhibit is None and sample.parent in self._samples:
            sample = self._samples[sample.parent]
        if sample is not None and sample.person:
            return Ref(PERSON, sample.person)
        if sample is not None and sample.exhibit:
            return Ref(EXHIBIT, sample.exhibit)
        return Ref(PROFILE, id)

    def _case_of(self, node: Ref) -> str:
        if node.kind == EXHIBIT:
            exhibit = self._exhibits.get(node.id)
            return exhibit.case if exhibit else ""
        if node.kind == PROFILE and node.id in self._profiles:
            return self._profiles[node.id].case or ""
        return ""

    def _with_case(self, node: Ref) -> tuple[Ref, ...]:
        case = self._case_of(node)
        return (node, Ref(CASE, case)) if case else (node,)

    def _told(self, refs: Iterable[Ref]) -> tuple[GraphNode, ...]:
        """Nodes with what is recorded of them."""
        nodes = tuple(refs)
        self._read_titles(nodes)
        return tuple(GraphNode(ref, self._says(ref)) for ref in nodes)

    def _read_titles(self, refs: Iterable[Ref]) -> None:
        wanted = {ref.id for ref in refs if ref.kind == CASE} - self._titles.keys()
        if not wanted:
            return
        self._titles |= dict.fromkeys(wanted, "")
        with self._reader.looks.noted_in(self._looks):
            self._titles |= {one.id: one.title for one in self._reader.some(Case, sorted(wanted))}

    def _says(self, ref: Ref) -> str:
        if ref.kind == CASE:
            return self._titles[ref.id]
        if ref.kind == EXHIBIT and ref.id in self._exhibits:
            return self._exhibits[ref.id].description
        if ref.kind == PROFILE and ref.id in self._profiles:
            return self._profiles[ref.id].purpose
        return ""

    def _taken_in(self, nodes: Iterable[Ref]) -> Iterator[Tie]:
        for node in nodes:
            case = self._case_of(node)
            if case:
                yield Tie(node, Ref(CASE, case), TAKEN_IN)

    def _roles(
        self, nodes: dict[Ref, None], asked: bool | None, most: int
    ) -> tuple[list[Tie], bool]:
        """Roles of people in cases that are shown: suspects and convicted join the graph by them
        as long as there is room, victims where a link has brought them."""
        if asked is None and self._reader.count(Involvement) > ROLES_UNASKED:
            return [], True
        if asked is False:
            return [], False
        found = []
        cases = {ref.id: ref for ref in nodes if ref.kind == CASE}
        for one in self._reader.of_cases(Involvement, cases):
            case, person = cases.get(one.case), Ref(PERSON, one.person)
            if case is None or one.role not in _ROLES:
                continue
            if person not in nodes and (one.role is Role.VICTIM or len(nodes) >= most):
                continue
            nodes[person] = None
            found.append(Tie(person, case, one.role.value))
        return found, False

    def _grouped(self, nodes: Mapping[Ref, None]) -> Iterator[Grouped]:
        self._read_ends(_traces_of(self._series))
        for series in self._series:
            own = dict.fromkeys(self._end(PROFILE, id) for id in series.profiles)
            shown = tuple(ref for ref in own if ref in nodes)
            if len(shown) > 1:
                yield Grouped(series, shown)


def _profiles_of(links: Iterable[FoundLink]) -> set[str]:
    """Those that are ends of the links."""
    return {
        id
        for link in links
        for kind, id in ((link.one_kind, link.one), (link.other_kind, link.other))
        if kind == PROFILE
    }


def _of_cases(every: Iterable[Statement]) -> dict[str, list[Statement]]:
    """Case -> what is said of when it happened, and stands."""
    found: dict[str, list[Statement]] = {}
    for one in standing(each for each in every if each.subject.kind == CASE):
        if one.field in _WHEN:
            found.setdefault(one.subject.id, []).append(one)
    return found


def _traces_of(every: Iterable[FoundSeries]) -> set[str]:
    return {id for series in every for id in series.profiles}


def _by_id(records: Iterable[Kind]) -> dict[str, Kind]:
    return {one.id: one for one in records}


def _time(said: Statement) -> Interval | None:
    """None where it says no time."""
    try:
        return Interval.parse(said.value) if said.state is State.PRESENT else None
    except InvalidRecord:
        return None
