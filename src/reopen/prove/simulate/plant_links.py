"""Links that should not be (X1 to X11)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from reopen.prove.simulate.book import at
from reopen.prove.simulate.faults import Altered, Shown, fault
from reopen.prove.simulate.plant_custody import life, resting, when
from reopen.prove.simulate.plant_run import link, run_after
from reopen.prove.simulate.world import LAB, POLICE_STORE
from reopen.records.base import Record, Ref
from reopen.records.cases import (
    Contact,
    Examination,
    Exhibit,
    Involvement,
    Person,
    Presence,
    PresenceKind,
    Role,
    Sample,
)
from reopen.records.custody import CustodyEvent, EventKind
from reopen.records.laboratory import Injection, Quantification
from reopen.records.results import FoundLink, LabResult
from reopen.records.statements import Statement
from reopen.records.stored import StoredProfile
from reopen.records.times import Interval


def stains(altered: Altered) -> list[StoredProfile]:
    return altered.where(StoredProfile, "purpose", "stain")


def taken_at(altered: Altered, profile: StoredProfile) -> Record:
    return altered.one(Sample, str(profile.sample).removesuffix("-X"))


@fault("X1.staff", "A trace carries the DNA of an officer who was never near it.")
def staff(altered: Altered) -> Shown:
    stain = altered.pick(stains(altered))
    own = altered.pick(p for p in altered.where(StoredProfile, "staff", True) if "-PO-" in p.id)
    moment = max(when(r.at) for r in altered.where(LabResult, "sample", stain.sample))
    found = altered.add(
        FoundLink(
            id=f"LK-{stain.id}-{own.id}", link="profile", one=stain.id, other=own.id,
            one_contributor=1, weight_log10=8.0, expected_chance=1e-4,
            run=run_after(altered, moment),
        )
    )  # fmt: skip
    return [found, stain, Ref("sample", str(stain.sample)), own]


@fault("X2.same_days", "Traces of two unconnected cases, examined by one analyst on the same day, "
       "share a donor.")  # fmt: skip
def same_days(altered: Altered) -> Shown:
    by_day: dict[tuple[object, object], list[StoredProfile]] = {}
    for stain in stains(altered):
        sample = altered.one(Sample, str(stain.sample).removesuffix("-X"))
        by_day.setdefault((when(sample.taken).date(), sample.taken_by), []).append(stain)
    pairs = [
        (one, other)
        for own in by_day.values()
        for one in own
        for other in own
        if str(one.case) < str(other.case)
    ]
    one, other = altered.pick(pairs)
    return link(altered, str(one.sample), str(other.sample), 8.0)


@fault("X3.same_room", "Clinic cases a day apart share a room nobody cleaned, and a trace.")
def same_room(altered: Altered) -> Shown:
    seen = {stain.case for stain in stains(altered)}
    clinic = [c for c in altered.where(Contact, "contact", "room") if c.case in seen]
    one = altered.pick(clinic)
    other = altered.pick(c for c in clinic if c.case != one.case)
    start = (one.during.latest or altered.now) + timedelta(hours=20)
    for contact in altered.where(Contact, "what", one.what):
        if contact.cleaned and when(one.during) <= when(contact.cleaned) <= start:
            altered.change(contact, cleaned=None)
    shown: list[Record | Ref] = [Ref("contact", one.id), Ref("case", one.case)]
    for contact in altered.where(Contact, "case", other.case):
        during = Interval(start, start + timedelta(hours=3))
        what = one.what if contact.contact == "room" else contact.what
        shown.append(altered.change(contact, during=during, what=what, cleaned=None))
    one = altered.one(Contact, one.id)
    first = altered.pick(s for s in stains(altered) if s.case == one.case)
    second = altered.pick(s for s in stains(altered) if s.case == other.case)
    return [*shown, *link(altered, str(first.sample), str(second.sample), 7.0)]


def suspect_of(altered: Altered) -> tuple[Involvement, FoundLink]:
    """A suspect whose reference a trace of the case is linked with."""
    people = {p.id: p for p in altered.where(StoredProfile, "purpose", "suspect")}
    roles = {(i.case, i.person): i for i in altered.where(Involvement, "role", Role.SUSPECT)}
    links = [k for k in altered.of(FoundLink) if k.other in people]
    named = {p.id: roles.get((str(p.case), str(p.person))) for p in people.values()}
    found = altered.pick(k for k in links if named[k.other])
    role = named[found.other]
    assert role is not None
    return role, found


def offence(altered: Altered, case: str) -> Interval:
    return Interval.parse(altered.one(Statement, f"{case}/offence").value)


@fault("X4.in_prison", "The linked person was in prison when it happened.")
def in_prison(altered: Altered) -> Shown:
    role, found = suspect_of(altered)
    moment = offence(altered, role.case)
    assert moment.earliest is not None
    during = Interval(moment.earliest - timedelta(days=200), moment.earliest + timedelta(days=90))
    stay = Presence(id=f"PR-{role.person}", person=role.person, presence=PresenceKind.PRISON,
                    during=during, place="prison", grade=1)  # fmt: skip
    return [altered.add(stay), found, role, Ref("person", role.person)]


@fault("X4.too_young", "The linked person was four years old when it happened.")
def too_young(altered: Altered) -> Shown:
    role, found = suspect_of(altered)
    moment = offence(altered, role.case).earliest
    assert moment is not None
    born = altered.one(Statement, f"{role.person}/born")
    changed = altered.change(born, value=str(moment.year - 4))
    return [changed, found, role, Ref("person", role.person)]


@fault("X4.dead", "The linked person had died the year before.")
def dead(altered: Altered) -> Shown:
    role, found = suspect_of(altered)
    moment = offence(altered, role.case).earliest
    assert moment is not None
    stay = Presence(id=f"PR-{role.person}-d", person=role.person, presence=PresenceKind.DEAD,
                    during=Interval(moment - timedelta(days=300), None), grade=1)  # fmt: skip
    return [altered.add(stay), found, role, Ref("person", role.person)]


@fault("X5.all_against", "One trace links two cases while place, time and behaviour weigh against.")
def all_against(altered: Altered) -> Shown:
    one = altered.pick(stains(altered))
    other = altered.pick(s for s in stains(altered) if s.case != one.case)
    return link(altered, str(one.sample), str(other.sample), 6.5, place=-2.5, behaviour=-2.0)


@fault("X6.second_search", "A trace is found alone, by who sought it, where a search found none.")
def second_search(altered: Altered) -> Shown:
    first = altered.pick(e for e in altered.of(Examination) if e.target.startswith("TOWN"))
    later = when(first.at) + timedelta(days=12)
    nothing = altered.change(first, found=False, sought="blood")
    second = altered.add(
        replace(first, id=f"{first.id}-again", at=at(later), found=True, sought="blood",
                alone=True, asked_for_by=first.examiner, method="usual search",
                method_recorded_before=False, decisive=True)
    )  # fmt: skip
    return [nothing, second]


@fault("X7.same_bench", "The suspect's reference is opened on the bench of the traces, an hour "
       "before them, by the same analyst.")  # fmt: skip
def same_bench(altered: Altered) -> Shown:
    held = {s.sample for s in stains(altered)}
    role, found = suspect_of(altered)
    reference = altered.one(StoredProfile, found.other)
    item = str(reference.sample).removesuffix("-X")
    stain = str(altered.one(StoredProfile, found.one).sample)
    assert stain in held
    exhibit = stain.split("-S")[0]
    opened = next(e for e in life(altered, exhibit) if e.event is EventKind.OPENED)
    shift = when(opened.at) - timedelta(minutes=50)
    shown: list[Record | Ref] = [opened, found, reference, role, Ref("exhibit", exhibit),
                                 Ref("sample", item), Ref("sample", stain)]  # fmt: skip
    bench = [e for e in life(altered, item) if e.place == "LAB-REFERENCE"]
    delay = shift - when(bench[0].at)
    for event in life(altered, item):
        lab = event.place == "LAB-REFERENCE"
        early = event.event in (EventKind.COLLECTED, EventKind.BOOKED, EventKind.MOVED) and not lab
        if early and when(event.at) + delay < altered.now:
            altered.change(event, at=at(when(event.at) + delay), entered=None)
    for event in bench:
        hands = {name: opened.by for name in ("giver", "receiver") if getattr(event, name)}
        shown.append(
            altered.change(event, at=at(when(event.at) + delay), place=LAB, by=opened.by,
                           entered=None, **hands)
        )  # fmt: skip
    return shown


@fault("X8.too_rich", "A touched object gives a full single profile from 40 ng/uL.")
def too_rich(altered: Altered) -> Shown:
    touched = {e.id: e for e in altered.of(Exhibit) if e.substrate.startswith("touched")}
    stain = altered.pick(s for s in stains(altered) if str(s.sample).split("-S")[0] in touched)
    exhibit = touched[str(stain.sample).split("-S")[0]]
    shown: list[Record | Ref] = [stain, exhibit, Ref("sample", str(stain.sample))]
    for q in altered.where(Quantification, "sample", stain.sample):
        shown.append(altered.change(q, total_ng_ul=40.0, exported_total_ng_ul=40.0))
    for result in altered.where(LabResult, "sample", stain.sample):
        shown.append(altered.change(result, contributors=1))
    return shown


@fault("X9.same_finder", "One examiner makes the decisive find at 60 % of the scenes.", alone=True)
def same_finder(altered: Altered) -> Shown:
    examiner = altered.pick(sorted({e.examiner for e in altered.of(Examination) if e.scene_kind}))
    shown: list[Record | Ref] = [Ref("person", examiner)]
    for search in altered.where(Examination, "examiner", examiner):
        shown.append(altered.change(search, decisive=altered.chance(0.6)))
    return shown


@fault("X11.suspect_held_it", "A person of interest in the case was alone with the exhibit.")
def suspect_held_it(altered: Altered) -> Shown:
    exhibit = resting(altered)
    keeper = altered.pick(p.id for p in altered.of(Person) if p.id.startswith("PO-"))
    booked = next(e for e in life(altered, exhibit.id) if e.event is EventKind.BOOKED)
    role = altered.add(
        Involvement(id=f"{exhibit.case}/{keeper}", person=keeper, case=exhibit.case,
                    role=Role.PERSON_OF_INTEREST, during=Interval(when(booked.at), None))
    )  # fmt: skip
    moment = when(booked.at) + 0.5 * (altered.now - when(booked.at))
    out, back = (
        altered.add(
            CustodyEvent(
                id=f"EV-{exhibit.id}-{name}", item=exhibit.id, event=EventKind.MOVED,
                at=at(moment + timedelta(minutes=wait)), by=keeper, place=POLICE_STORE,
                giver=POLICE_STORE if name == "out" else keeper,
                receiver=keeper if name == "out" else None,
                store=None if name == "out" else POLICE_STORE, device="scanner",
                clock_error_s=2.0,
            )
        )
        for name, wait in (("out", 0), ("back", 45))
    )  # fmt: skip
    return [Ref("exhibit", exhibit.id), role, out, back, Ref("person", keeper)]


@fault("X10.too_clean", "Exhibits of a murder 30 years ago give profiles like fresh ones.")
def too_clean(altered: Altered) -> Shown:
    fresh = [i for i in altered.of(Injection) if "-2023-" in str(i.sample) and len(i.sizes_bp) > 30]
    old = [i for i in altered.of(Injection) if "K-19" in str(i.sample) and len(i.sizes_bp) > 5]
    shown: list[Record | Ref] = []
    case = altered.pick(old).case
    for injection in old:
        if injection.case == case:
            other = altered.pick(fresh)
            sizes = tuple(round(size + 0.37, 2) for size in other.sizes_bp)
            heights = tuple(height + 1 for height in other.heights_rfu)
            shown.append(
                altered.change(
                    injection,
                    sizes_bp=sizes,
                    heights_rfu=heights,
                    over_threshold=len(sizes),
                    highest_rfu=max(heights),
                )
            )
            shown.append(Ref("sample", str(injection.sample)))
    return [*shown, Ref("case", str(case))]
