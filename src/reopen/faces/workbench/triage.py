"""How far a cold case promises to be solved, by a plain rule whose points say what they rest on.

What is not recorded is neither yes nor no: it leaves the score open, from `low` to `high`. The rule
is our own arrangement of what NIJ, RAND and dna.gov name (docs/triage.md); its points are an order
of work, not a chance of success. Not here: reading the records (`case_file`), words for a page
(`triage_shown`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache

from reopen.errors import ReopenError
from reopen.faces.workbench.case_file import CaseFile
from reopen.faces.workbench.case_times import time_of
from reopen.faces.workbench.custody_shown import when
from reopen.records.base import Record, Ref
from reopen.records.cases import PresenceKind, Role
from reopen.records.custody import CustodyEvent, EventKind
from reopen.records.results import ResultKind
from reopen.records.statements import State, Statement
from reopen.records.times import Interval

ESS = frozenset(
    ("TH01", "VWA", "FGA", "D21S11", "D3S1358", "D8S1179", "D18S51", "D1S1656", "D2S441",
     "D10S1248", "D12S391", "D22S1045")
)  # fmt: skip
"""The European Standard Set (Council Resolution 2009/C 296/01), which the twenty loci of CODIS of
2017 hold too: a kit of today types all of them."""
SINCE = datetime(2009, 11, 30, tzinfo=UTC)
"""When the Council took them up. A test before that day was with an older method."""

ALIVE_DAYS = 3 * 365.25
"""So long after somebody was last confirmed alive they count as living, unless they died."""
_OLDEST = 115  # years that a witness may reach

_DNA = frozenset(("dna", "str", "strs", "y", "profile", "profiling", "typing"))
_SUSPECTED = (Role.SUSPECT, Role.PERSON_OF_INTEREST, Role.CONVICTED)
_CLOSED = ("cleared", "closed", "convicted", "solved")
_GONE = {
    EventKind.DISPOSED: "destroyed", EventKind.LOST: "lost", EventKind.RETURNED: "given back",
}  # fmt: skip


class Answer(StrEnum):
    YES = "yes"
    NO = "no"
    UNKNOWN = "not recorded"


@dataclass(frozen=True, slots=True)
class Criterion:
    """A question of the rule. source: who names it as what solves cold cases, or what asks it."""

    name: str
    asks: str
    points: int
    source: str


@dataclass(frozen=True, slots=True)
class Reason:
    """How a criterion is answered in a case, and the records that say so."""

    criterion: Criterion
    answer: Answer
    says: str
    records: tuple[Ref, ...] = ()

    @property
    def low(self) -> int:
        return self.criterion.points if self.answer is Answer.YES else 0

    @property
    def high(self) -> int:
        return 0 if self.answer is Answer.NO else self.criterion.points


class Held(StrEnum):
    """Whether an exhibit is still there."""

    THERE = "there"
    GONE = "gone"
    UNKNOWN = "not recorded"


@dataclass(frozen=True, slots=True)
class ExhibitState:
    """says: in store since ..., destroyed on ...; last: the time of it."""

    id: str
    held: Held
    says: str
    last: Interval | None
    records: tuple[Ref, ...]


@dataclass(frozen=True, slots=True)
class Tried:
    """A test of an exhibit or what is from it. today: with a kit of today; None: not recorded."""

    exhibit: str
    says: str
    at: Interval | None
    today: bool | None
    record: Ref


@dataclass(frozen=True, slots=True)
class Asked:
    """A priority that somebody asked for."""

    value: str
    speaker: str
    said: str
    source: str


@dataclass(frozen=True, slots=True)
class Limit:
    """When the time limit ends. over: it has passed for certain; None: that is open."""

    ends: Interval | None
    says: str
    over: bool | None
    records: tuple[Ref, ...]


@dataclass(frozen=True, slots=True)
class Triage:
    """What the rule says of a case.

    closed  its last status where that says so: cleared, convicted; '' while it is open
    """

    id: str
    title: str
    agency: str
    reasons: tuple[Reason, ...]
    exhibits: tuple[ExhibitState, ...]
    tried: tuple[Tried, ...]
    asked: tuple[Asked, ...]
    limit: Limit
    closed: str

    @property
    def low(self) -> int:
        return sum(reason.low for reason in self.reasons)

    @property
    def high(self) -> int:
        return sum(reason.high for reason in self.reasons)

    @property
    def still_there(self) -> int:
        return sum(each.held is Held.THERE for each in self.exhibits)

    @property
    def gone(self) -> int:
        return sum(each.held is Held.GONE for each in self.exhibits)


class Order(StrEnum):
    """By rule: open cases first, those with most points that nothing can take away. By limitation:
    what ends soonest first, then what has none, then what is over. By number of the case."""

    RULE = "rule"
    LIMITATION = "limitation"
    NUMBER = "number"


NIJ = "NIJ and dna.gov, guidance on cold cases"
RAND = "RAND (Davis, Jensen and Kitchens 2011), cold-case investigations"
CRITERIA = tuple(
    Criterion(*each)
    for each in (
        ("evidence", "Is there an exhibit that is still held?", 15, NIJ),
        ("suitable", "Is one of them fit for a DNA test?", 10, NIJ),
        ("untested", "Is one of them untested with a kit of today?", 15, NIJ),
        ("suspect", "Was somebody suspected before?", 10, RAND),
        ("witness", "Is a witness still living?", 10, RAND),
        ("unheard", "Was somebody named whom nobody heard?", 5, RAND),
        ("why cold", "Is it recorded why it went cold?", 5, NIJ),
        ("linked", "Is it linked with another case, or with somebody known?", 10, NIJ),
        ("offender", "Did the first report know an offender?", 5, RAND),
        ("victim", "Is the victim identified?", 5, NIJ),
        ("complete", "Is every item that documents mention an exhibit here?", 5, NIJ),
        ("limitation", "Can it still be prosecuted?", 5, NIJ),
    )
)
"""The rule: twelve questions, a hundred points."""

_BY_NAME = {each.name: each for each in CRITERIA}


def triage(file: CaseFile, now: datetime) -> Triage:
    """What the rule says of a case at a moment."""
    exhibits = tuple(_states(file))
    tried = tuple(_tried(file))
    limit = _limit(file, now)
    answers: Sequence[Reason] = (
        _evidence(exhibits),
        _suitable(file, exhibits),
        _untested(exhibits, tried),
        _suspect(file),
        _witness(file, now),
        _unheard(file),
        _why_cold(file),
        _linked(file),
        _offender(file),
        _victim(file),
        _complete(file),
        _prosecuted(limit),
    )
    return Triage(
        file.id, file.title, file.agency, tuple(answers), exhibits, tried,
        tuple(_asked(file)), limit, _closed(file),
    )  # fmt: skip


def ordered(found: Iterable[Triage], order: Order) -> tuple[Triage, ...]:
    """In an order; what is equal in it, by number."""
    return tuple(sorted(sorted(found, key=lambda each: each.id), key=_ORDERS[order]))


def places_by_rule(found: Iterable[Triage]) -> Mapping[str, int]:
    """Case -> its place by the rule, from 1; cases of equal points share one."""
    places: dict[str, int] = {}
    before: tuple[object, ...] | None = None
    place = 0
    for n, each in enumerate(ordered(found, Order.RULE), start=1):
        here = _by_rule(each)
        place = place if here == before else n
        places[each.id], before = place, here
    return places


def _by_rule(each: Triage) -> tuple[object, ...]:
    return bool(each.closed), -each.low, -each.high


def _by_limit(each: Triage) -> tuple[object, ...]:
    limit = each.limit
    if limit.over:
        return (3, 0.0)
    if limit.ends is None or limit.ends.earliest is None:
        return (2 if limit.over is None else 1, 0.0)
    return (0, limit.ends.earliest.timestamp())


_ORDERS: Mapping[Order, Callable[[Triage], tuple[object, ...]]] = {
    Order.RULE: _by_rule,
    Order.LIMITATION: _by_limit,
    Order.NUMBER: lambda each: (),
}


# --- evidence ------------------------------------------------------------------------------------


def _states(file: CaseFile) -> Iterator[ExhibitState]:
    events: dict[str, list[CustodyEvent]] = {}
    for event in file.events:
        events.setdefault(event.item, []).append(event)
    for exhibit in file.exhibits:
        said = [one for one in file.of_items.get(exhibit.id, ()) if one.field == "exists_now"]
        yield _state(exhibit.id, events.get(exhibit.id, []), said)


def _state(id: str, events: Sequence[CustodyEvent], said: Sequence[Statement]) -> ExhibitState:
    """By the last that is recorded of it: an event, or a statement."""
    last = max((one for one in events if _end(one.at)), key=lambda one: _end(one.at), default=None)
    told = max((one for one in said if one.value), key=lambda one: _end(one.said), default=None)
    if told is not None and (last is None or _end(told.said) >= _end(last.at)):
        if any(one.value != told.value and _end(one.said) == _end(told.said) for one in said):
            return ExhibitState(id, Held.UNKNOWN, "statements disagree", told.said, _refs(said))
        held = Held.THERE if told.value == "seen" else Held.GONE
        at = f", {when(told.said)}" if told.said else ""
        return ExhibitState(id, held, f"stated: {told.value}{at}", told.said, (told.ref,))
    if last is None:
        return ExhibitState(id, Held.UNKNOWN, "nothing recorded of its custody", None, ())
    if last.event in _GONE:
        says = f"{_GONE[last.event]}, {when(last.at)}"
        return ExhibitState(id, Held.GONE, says, last.at, (last.ref,))
    if last.amount_after == 0:
        return ExhibitState(id, Held.GONE, f"used up, {when(last.at)}", last.at, (last.ref,))
    where = last.store or last.receiver or last.place
    says = f"{'last with ' + where if where else 'last recorded'}, {when(last.at)}"
    return ExhibitState(id, Held.THERE, says, last.at, (last.ref,))


def _evidence(exhibits: Sequence[ExhibitState]) -> Reason:
    there = [each for each in exhibits if each.held is Held.THERE]
    if there:
        says = f"{len(there)} of {len(exhibits)}, by their last record"
        return _reason("evidence", Answer.YES, says, _of_states(there))
    if exhibits and all(each.held is Held.GONE for each in exhibits):
        says = "every exhibit is destroyed, lost, used up or given back"
        return _reason("evidence", Answer.NO, says, _of_states(exhibits))
    says = "no custody is recorded" if exhibits else "no exhibit is recorded"
    return _reason("evidence", Answer.UNKNOWN, says)


def _suitable(file: CaseFile, exhibits: Sequence[ExhibitState]) -> Reason:
    """As somebody graded it (dna.gov's three tiers), or as a profile that it once gave shows."""
    held = {each.id for each in exhibits if each.held is not Held.GONE}
    if exhibits and not held:
        return _reason("suitable", Answer.NO, "no exhibit is left", _of_states(exhibits))
    belongs = _exhibit_of(file)
    graded = [
        one
        for item, some in file.of_items.items()
        if belongs.get(item) in held
        for one in some
        if one.field == "dna_suitability" and one.value
    ]
    good = [one for one in graded if one.value != "doubtful"]
    if good:
        return _reason("suitable", Answer.YES, f"graded {good[0].value!r}", _refs(good))
    gave = [one for one in file.profiles if belongs.get(one.sample or "") in held]
    if gave:
        return _reason("suitable", Answer.YES, "one gave a profile before", _refs(gave))
    if graded and {belongs[one.subject.id] for one in graded} == held:
        return _reason("suitable", Answer.NO, "all are graded 'doubtful'", _refs(graded))
    return _reason("suitable", Answer.UNKNOWN, "nobody graded them")


def _untested(exhibits: Sequence[ExhibitState], tried: Sequence[Tried]) -> Reason:
    held = [each for each in exhibits if each.held is not Held.GONE]
    if exhibits and not held:
        return _reason("untested", Answer.NO, "no exhibit is left", _of_states(exhibits))
    tests = {each.id: [one for one in tried if one.exhibit == each.id] for each in held}
    older = {id: some for id, some in tests.items() if some and all(t.today is False for t in some)}
    if older:
        says = f"{len(older)} of {len(held)}: what is recorded of them is by older methods only"
        return _reason(
            "untested", Answer.YES, says, (one.record for some in older.values() for one in some)
        )
    if held and all(any(one.today for one in some) for some in tests.values()):
        records = (one.record for some in tests.values() for one in some if one.today)
        return _reason("untested", Answer.NO, "all were tested with a kit of today", records)
    says = (
        "no test of them is recorded, or not with which kit" if held else "no exhibit is recorded"
    )
    return _reason("untested", Answer.UNKNOWN, says)


def _tried(file: CaseFile) -> Iterator[Tried]:
    """What was asked for and answered, results, and profiles, each with what shows its method."""
    belongs = _exhibit_of(file)
    kits = {one.sample: one.kit for one in file.profiles if one.sample and one.kit}
    for profile in file.profiles:
        if profile.sample in belongs:
            today = is_of_today(profile.kit) if profile.kit else None
            says = f"profile with {profile.kit}" if profile.kit else "profile, kit not recorded"
            yield Tried(belongs[profile.sample], says, None, today, profile.ref)
    for result in file.results:
        if result.sample in belongs and result.kind is not ResultKind.FAILED:
            kit = kits.get(result.sample, "")
            today = False if _before(result.at) else is_of_today(kit) if kit else None
            yield Tried(
                belongs[result.sample], f"result: {result.kind}", result.at, today, result.ref
            )
    for request in file.requests:
        done = request.answered
        if done is not None and request.item in belongs:
            today = False if _before(done) else None
            if _is_dna(request.test):
                says = f"{request.test or 'test'}, answered"
                yield Tried(belongs[request.item], says, done, today, request.ref)


def _is_dna(test: str) -> bool:
    """A request that does not say what for counts as one."""
    return not test or not _DNA.isdisjoint(test.casefold().replace("-", " ").split())


def _before(at: Interval) -> bool:
    return at.latest is not None and at.latest < SINCE


@cache
def is_of_today(kit: str) -> bool | None:
    """Whether a kit of the library types the European Standard Set; None for another kit."""
    from reopen.formats.library import find_kit, kit_name

    try:
        name = kit_name(kit)
        loci = {locus.upper() for locus in find_kit(name).loci} if name else None
    except ReopenError:
        loci = None
    return None if loci is None else loci >= ESS


def _exhibit_of(file: CaseFile) -> dict[str, str]:
    """Exhibit or sample -> the exhibit that it is or comes from."""
    found = {one.id: one.id for one in file.exhibits}
    samples = {one.id: one for one in file.samples}
    for id in samples:
        at, seen = id, {id}
        while at in samples and not samples[at].exhibit:
            parent = samples[at].parent
            if not parent or parent in seen:
                break
            at = parent
            seen.add(at)
        exhibit = samples[at].exhibit if at in samples else None
        if exhibit in found:
            found[id] = exhibit
    return found


# --- people --------------------------------------------------------------------------------------


def _suspect(file: CaseFile) -> Reason:
    roles = [one for one in file.involvements if one.role in _SUSPECTED]
    if roles or file.names_known:
        known = (one.person for one in file.names_known if one.person)
        named = {*(one.person for one in roles), *known}
        says = f"{len(named)} named" if named else "a name was known to the laboratory"
        return _reason("suspect", Answer.YES, says, _refs([*roles, *file.names_known]))
    return _reason("suspect", Answer.UNKNOWN, "no suspect is recorded; files may be missing")


def _witness(file: CaseFile, now: datetime) -> Reason:
    roles = [one for one in file.involvements if one.role is Role.WITNESS]
    people = dict.fromkeys([*(one.person for one in roles),
                            *(one.person for one in file.interviews)])  # fmt: skip
    if not people:
        return _reason("witness", Answer.UNKNOWN, "no witness is recorded")
    alive = {person: _alive(file, person, now) for person in people}
    living = [person for person, (answer, _) in alive.items() if answer is Answer.YES]
    if living:
        records = (ref for person in living for ref in alive[person][1])
        return _reason("witness", Answer.YES, f"{len(living)} of {len(people)}", records)
    if all(answer is Answer.NO for answer, _ in alive.values()):
        records = (ref for _, refs in alive.values() for ref in refs)
        return _reason("witness", Answer.NO, f"all {len(people)} have died", records)
    says = f"of {len(people)} named it is not recorded whether they live"
    return _reason("witness", Answer.UNKNOWN, says)


def _alive(file: CaseFile, person: str, now: datetime) -> tuple[Answer, tuple[Ref, ...]]:
    said = file.of_people.get(person, ())
    died = [one for one in said if one.field == "died" and one.state is State.PRESENT]
    dead = [
        one for one in file.presences
        if one.person == person and one.presence is PresenceKind.DEAD
    ]  # fmt: skip
    if died or dead:
        return Answer.NO, _refs([*died, *dead])
    for one in said:
        time = time_of(one)
        if time is None:
            continue
        if one.field == "born" and time.latest and (now - time.latest).days > _OLDEST * 365.25:
            return Answer.NO, (one.ref,)
        confirmed = one.field == "last_confirmed_alive" and time.earliest is not None
        if confirmed and time.earliest and (now - time.earliest).days <= ALIVE_DAYS:
            return Answer.YES, (one.ref,)
    return Answer.UNKNOWN, ()


def _unheard(file: CaseFile) -> Reason:
    heard = {one.person for one in file.interviews if one.held is not None}
    never = [one for one in file.interviews if one.held is None and one.person not in heard]
    if never:
        who = len({one.person for one in never})
        return _reason("unheard", Answer.YES, f"{who} named, no interview recorded", _refs(never))
    if file.interviews:
        return _reason(
            "unheard", Answer.NO, "all who were named were heard", _refs(file.interviews)
        )
    return _reason("unheard", Answer.UNKNOWN, "no interview is recorded")


def _victim(file: CaseFile) -> Reason:
    victims = [one for one in file.involvements if one.role is Role.VICTIM]
    named = [
        one
        for victim in victims
        for one in file.of_people.get(victim.person, ())
        if one.field == "name" and one.state is State.PRESENT
    ]
    if victims and len({one.subject.id for one in named}) == len({one.person for one in victims}):
        return _reason("victim", Answer.YES, "the name is recorded", _refs(named))
    kinds = [one for one in file.on("case_kind") if one.value == "unidentified dead"]
    if kinds:
        return _reason("victim", Answer.NO, "filed as unidentified dead", _refs(kinds))
    return _reason("victim", Answer.UNKNOWN, "no name of the victim is recorded")


# --- the case ------------------------------------------------------------------------------------


def _why_cold(file: CaseFile) -> Reason:
    said = [one for one in file.on("why_cold") if one.value]
    if said:
        words = "; ".join(one.value for one in said)
        return _reason("why cold", Answer.YES, words, _refs(said))
    return _reason("why cold", Answer.UNKNOWN, "nobody wrote it down")


def _linked(file: CaseFile) -> Reason:
    links = [each for each in file.links if each.cases or each.names]
    stated = [one for one in file.on("series") if one.value]
    if links or stated:
        cases = len({case for each in links for case in each.cases})
        known = sum(each.names for each in links)
        parts = [f"with {cases} other case{'' if cases == 1 else 's'}"] if cases else []
        parts += [f"with {known} known {'person' if known == 1 else 'people'}"] if known else []
        parts += ["stated: " + "; ".join(one.value for one in stated)] if stated else []
        records = [*(each.link for each in links), *stated]
        return _reason("linked", Answer.YES, ", ".join(parts), _refs(records))
    if file.profiles and len(file.searched) == len(file.profiles):
        says = "searched, and nothing was found"
        return _reason("linked", Answer.NO, says, _refs(file.profiles))
    says = "not every profile was searched" if file.profiles else "there is no profile to search"
    return _reason("linked", Answer.UNKNOWN, says)


def _offender(file: CaseFile) -> Reason:
    said = [one for one in file.on("offender_identified_at_report") if one.value]
    values = {one.value for one in said}
    if len(values) == 1:
        answer = Answer.YES if values == {"yes"} else Answer.NO
        return _reason("offender", answer, "as stated", _refs(said))
    says = "statements disagree" if values else "nobody says"
    return _reason("offender", Answer.UNKNOWN, says, _refs(said))


def _complete(file: CaseFile) -> Reason:
    without = [one for one in file.mentions if one.exhibit is None]
    if without:
        says = f"no exhibit here for {len(without)} of {len(file.mentions)} mentioned"
        return _reason("complete", Answer.NO, says, _refs(without))
    if file.mentions:
        says = f"{len(file.mentions)} mentioned, each an exhibit here"
        return _reason("complete", Answer.YES, says, _refs(file.mentions))
    return _reason("complete", Answer.UNKNOWN, "no document was compared with the exhibits")


def _limit(file: CaseFile, now: datetime) -> Limit:
    """The limits that are recorded; where they differ, from the first to the last."""
    said = list(file.on("limitation"))
    none = [one for one in said if one.state in (State.ABSENT, State.NOT_APPLICABLE)]
    times = [time for one in said if (time := time_of(one))]
    times += [one.limitation for one in file.retention if one.limitation]
    records = _refs([*said, *(one for one in file.retention if one.limitation)])
    if not times:
        over = False if none else None
        return Limit(None, "no time limit" if none else "not recorded", over, records)
    firsts, lasts = [one.earliest for one in times], [one.latest for one in times]
    ends = Interval(
        min((one for one in firsts if one), default=None) if all(firsts) else None,
        max((one for one in lasts if one), default=None) if all(lasts) and not none else None,
    )
    over = _passed(ends, now)
    open_ = "; another statement says there is none" if none else ""
    return Limit(ends, f"{when(ends)}{open_}", over, records)


def _passed(ends: Interval, now: datetime) -> bool | None:
    if ends.latest is not None and ends.latest < now:
        return True
    return False if ends.earliest is not None and ends.earliest >= now else None


def _prosecuted(limit: Limit) -> Reason:
    if limit.over is None:
        return _reason("limitation", Answer.UNKNOWN, limit.says, limit.records)
    answer = Answer.NO if limit.over else Answer.YES
    if limit.ends is None:
        return _reason("limitation", answer, limit.says, limit.records)
    says = f"the limit {'was' if limit.over else 'is'} {limit.says}"
    return _reason("limitation", answer, says, limit.records)


def _asked(file: CaseFile) -> Iterator[Asked]:
    for one in file.on("priority"):
        if one.value:
            at = when(one.said) if one.said else ""
            yield Asked(one.value, one.speaker, at, one.source)


def _closed(file: CaseFile) -> str:
    said = [one for one in (*file.on("status"), *file.on("disposition")) if one.value]
    last = max(said, key=lambda one: _end(one.said), default=None)
    is_closed = last is not None and last.value.casefold().startswith(_CLOSED)
    return last.value if is_closed and last else ""


def _end(at: Interval | None) -> float:
    """When something was at the latest; what has no time comes first."""
    moment = (at.latest or at.earliest) if at else None
    return moment.timestamp() if moment else float("-inf")


def _reason(name: str, answer: Answer, says: str, records: Iterable[Ref] = ()) -> Reason:
    return Reason(_BY_NAME[name], answer, says, tuple(dict.fromkeys(records)))


def _refs(records: Iterable[Record]) -> tuple[Ref, ...]:
    return tuple(one.ref for one in records)


def _of_states(states: Iterable[ExhibitState]) -> tuple[Ref, ...]:
    return tuple(dict.fromkeys(ref for each in states for ref in each.records))
