"""Whether looks at records had a need: rule S4.

A look that the access rule refused showed nothing and is not judged here. Not here: who may see
what (`store.grants`), entries to stores (`custody_access`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from statistics import median

from reopen.prove.grants_read import Granted
from reopen.prove.holdings import Holdings
from reopen.prove.rules import Settings, answer, finding, rule
from reopen.records.access import Action, Actor, Emergency, ReadEvent, Standing
from reopen.records.cases import Involvement, Person, Relation
from reopen.records.findings import Finding, RuleAnswer, Severity
from reopen.records.times import Interval

REFUSED = "refused"
_FEWEST_PEERS = 5  # exports of others in the role, without which the set number alone counts


@rule(
    "S4",
    "Reading without need",
    severity=Severity.B,
    needs=(ReadEvent,),
    asks="Had each look a grant that reached it, and each emergency its review?",
    checks=(
        "A task given by word of mouth: ask whoever leads the case.",
        "An export for disclosure or a backup: look for the order of that day.",
        "Two people of one name: look at who was meant.",
        "A grant that ended by its date though the work went on: ask for a new one.",
    ),
    learnt="ISO/IEC 17025, confidentiality",
    numbers={
        "S4.export_records": (1000.0, "records in an export that is always shown"),
        "S4.export_times": (10.0, "times the usual export of the role"),
        "S4.review_hours": (72.0, "hours within which an emergency is to be reviewed"),
    },
)
def reading_without_need(holdings: Holdings, settings: Settings) -> RuleAnswer:
    granted = Granted(holdings)
    reads = [each for each in holdings.of(ReadEvent) if each.rule != REFUSED]
    unknown: dict[str, int] = defaultdict(int)
    known: list[tuple[ReadEvent, Actor]] = []
    for read in reads:
        actor = granted.actor(read.actor)
        if actor is None:
            unknown[read.actor] += 1
        else:
            known.append((read, actor))
    findings = [
        *_bulk_exports(known, settings),
        *_close_people(holdings, known),
        *_after_leaving(granted, known),
        *_not_reviewed(holdings, settings),
    ]
    unable = [
        (f"{count} looks", f"Who {name} is, is not recorded among the actors.")
        for name, count in unknown.items()
    ]
    looked_at = len(known) + len(holdings.of(Emergency))
    return answer("S4", findings, looked_at=looked_at, could_not=unable)


def _bulk_exports(
    known: Sequence[tuple[ReadEvent, Actor]], settings: Settings
) -> Iterator[Finding]:
    """Exports over the set number, or far over what others in that role export."""
    most = settings.number("S4.export_records", 1000.0)
    times = settings.number("S4.export_times", 10.0)
    exports = [(read, actor) for read, actor in known if read.action is Action.EXPORT]
    by_role: Mapping[Standing, list[tuple[str, int]]] = defaultdict(list)
    for read, actor in exports:
        by_role[actor.standing].append((actor.id, read.count))
    for read, actor in exports:
        peers = [count for who, count in by_role[actor.standing] if who != actor.id]
        usual = median(peers) if len(peers) >= _FEWEST_PEERS else None
        if read.count > most or (usual is not None and read.count > max(times * usual, times)):
            told = "" if usual is None else f", where {usual:g} is usual in that role"
            sentence = f"An export of {read.count} records ({read.at}){told}."
            yield finding("S4", Severity.B, sentence, (read,), case=read.case, aspect="export")


def _close_people(
    holdings: Holdings, known: Sequence[tuple[ReadEvent, Actor]]
) -> Iterator[Finding]:
    """Looks at the reader, at somebody close to the reader, or at a colleague in no case."""
    close = _relations(holdings)
    staff = {actor.person for actor in holdings.of(Actor) if actor.person}
    involved = {(each.person, each.case) for each in holdings.of(Involvement)}
    for read, actor in known:
        person = _person(read)
        if person is None or actor.person is None:
            continue
        relation = "the reader" if person == actor.person else close.get((actor.person, person))
        colleague = person in staff and (person, read.case) not in involved
        if relation is None and not colleague:
            continue
        whom = relation or "a colleague who has no role in the case"
        sentence = f"A look ({read.at}) at a person who is {_told(whom)}."
        yield finding("S4", Severity.B, sentence, (read,), case=read.case, aspect="person")


def _told(whom: str) -> str:
    return whom if whom.startswith(("the ", "a ")) else f"on record as {whom} of the reader"


def _relations(holdings: Holdings) -> Mapping[tuple[str, str], str]:
    close: dict[tuple[str, str], str] = {}
    for each in holdings.of(Relation):
        close[each.one, each.other] = close[each.other, each.one] = each.relation
    return close


def _person(read: ReadEvent) -> str | None:
    kind, _, id = read.target.partition(" ")
    return id if kind == Person.KIND and id else None


def _after_leaving(granted: Granted, known: Sequence[tuple[ReadEvent, Actor]]) -> Iterator[Finding]:
    """Looks after the reader left the unit, or after every grant on the case had ended."""
    looks: dict[tuple[str, str], list[ReadEvent]] = defaultdict(list)
    for read, actor in known:
        if actor.left is not None and actor.left.before(read.at):
            yield finding(
                "S4",
                Severity.B,
                f"A look ({read.at}) under the name of somebody who had left the unit "
                f"({actor.left}).",
                (read, actor),
                case=read.case,
                aspect="left",
            )
        elif read.case is not None and _has_left_case(granted, actor, read.case, read.at):
            looks[actor.id, read.case].append(read)
    for (_, case), reads in looks.items():
        sentence = (
            f"{len(reads)} looks at case {case}, the first {reads[0].at}, after every grant of the "
            "reader on it had ended."
        )
        yield finding(
            "S4", Severity.B, sentence, reads, known_by=reads[:1], case=case, aspect="after"
        )


def _has_left_case(granted: Granted, actor: Actor, case: str, at: Interval) -> bool:
    """There were grants on the case, and all had ended; without any, the grants are elsewhere."""
    grants = granted.grants(actor, case)
    ended = bool(grants) and all(granted.ended(grant, at) for grant in grants)
    return ended and not granted.covers(actor, case, None, at, Action.READ)


def _not_reviewed(holdings: Holdings, settings: Settings) -> Iterator[Finding]:
    limit = timedelta(hours=settings.number("S4.review_hours", 72.0))
    for each in holdings.of(Emergency):
        start = each.at.latest
        if start is None:
            continue
        reviewed = each.reviewed.earliest if each.reviewed else None
        if each.reviewed_by is not None and each.reviewed_by == each.actor:
            lacks = "was reviewed by whoever took it"
        elif reviewed is None and holdings.now - start > limit:
            lacks = f"has no review after {limit / timedelta(hours=1):g} hours"
        elif reviewed is not None and reviewed - start > limit:
            lacks = f"was reviewed after {(reviewed - start) / timedelta(hours=1):.0f} hours"
        else:
            continue
        sentence = f"Emergency access to case {each.case} ({each.at}) {lacks}."
        yield finding("S4", Severity.B, sentence, (each,), case=each.case, aspect="review")
