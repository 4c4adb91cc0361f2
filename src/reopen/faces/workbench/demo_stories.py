"""The demo's casefile at work: kept, linked, signed, looked at, audited; and its four stories told.

Everything is done as a unit's people would do it, through the same doors as the commands. Not here:
what was invented (`demo_casefile`), how it is printed (`cli.demo`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from reopen.errors import ReopenError
from reopen.faces.workbench.access import add_actor, approve, give, read_log
from reopen.faces.workbench.audit import audit_unit
from reopen.faces.workbench.demo import POPULATION, DemoUnit
from reopen.faces.workbench.demo_casefile import Stories, demo_casefile, demo_stories
from reopen.faces.workbench.disclosing import owed
from reopen.faces.workbench.ledger import approve_keys, make_keys, signers_of
from reopen.faces.workbench.results import Linking
from reopen.faces.workbench.unit import begin_unit, casefile
from reopen.faces.workbench.unit_files import Given
from reopen.faces.workbench.unit_import import import_files
from reopen.faces.workbench.unit_link import Asked, UnitLinking, link_unit
from reopen.faces.workbench.unit_profiles import ReadAs
from reopen.faces.workbench.unit_search import Terms
from reopen.faces.workbench.unit_series import KeptSeries
from reopen.formats.case_kinds import plural
from reopen.formats.case_tables_writer import write_case_table
from reopen.link import Progress
from reopen.link.stains import quiet
from reopen.records import Purpose
from reopen.records.access import Action, Actor, Sensitivity, Standing
from reopen.records.base import Record, Ref
from reopen.records.cases import Case, Exhibit, Interview
from reopen.records.custody import CustodyEvent
from reopen.records.findings import Finding
from reopen.records.results import FoundLink, LabResult
from reopen.records.tasks import Task, TaskState
from reopen.records.times import Interval
from reopen.store import checkpoints
from reopen.store.unit import Unit

NAME = "Harbour cold case unit (invented)"
LEAD, SECOND, REVIEWER, COLLEAGUE, RESERVIST = "mara", "noor", "ines", "theo", "jonas"


@dataclass(frozen=True, slots=True)
class Told:
    """A story of the demo: what it is, and the evidence for it, line by line."""

    title: str
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DemoCasefile:
    """The demo's unit at work: where it is, how much it holds, and its stories.

    entries  of the log, at its signed checkpoint
    """

    where: Path
    records: int
    links: int
    entries: int
    findings: int
    stories: tuple[Told, ...]
    case: str

    @property
    def commands(self) -> tuple[str, ...]:
        """What to type to see the same."""
        unit = self.where
        return (
            f"reopen cases {unit} --as {LEAD}",
            f"reopen series {unit} --as {REVIEWER}",
            f"reopen audit {unit} --as {REVIEWER} --out {unit.parent / 'audit'}",
            f"reopen innocence {unit} {self.case} --as {REVIEWER}",
            f"reopen access reads {unit} --as {LEAD}",
            f"reopen ledger verify {unit}",
        )


def work_demo_casefile(
    demo: DemoUnit, folder: Path, progress: Progress = quiet, *, in_files: Linking | None = None
) -> DemoCasefile:
    """Make the demo's unit in a folder that holds its profiles (`write_demo_unit`), and work it.

    in_files  a search of these files, so that stains need not be taken apart a second time
    Raises ReopenError where a unit that is not a demo's is there already.
    """
    where = folder / "demo.reopen"
    _make_room(where)
    tables = _write_tables(demo_casefile(demo), folder / "casefile")
    stories = demo_stories(demo)
    with begin_unit(where, name=NAME, actor=LEAD, actor_name="Mara Lind") as unit:
        _import(unit, folder, tables, progress)
        _let_in(unit, stories)
        _give_tasks(unit, stories)
        settings = (folder / "laboratory.toml").read_text(encoding="utf-8")
        terms = Terms(population=POPULATION, settings_text=settings)
        asked = Asked(lambda _: terms, purpose="nightly search", in_files=in_files)
        linked = link_unit(unit, REVIEWER, asked, progress)
        _look_around(unit, stories)
        make_keys(unit, LEAD)
        approve_keys(unit, SECOND)
        signed = checkpoints.make(unit.db, signers_of(unit), unit.clock())
        audited = audit_unit(unit, REVIEWER, progress=progress)
        return DemoCasefile(
            where=where,
            records=_count(unit),
            links=len(linked.links),
            entries=signed.checkpoint.size,
            findings=len(audited.audit.findings),
            stories=tuple(_told(unit, stories, audited.audit.findings, linked)),
            case=stories.framed_case,
        )


def _make_room(where: Path) -> None:
    """Take away what an earlier demo made, and nothing else."""
    keys = Path(f"{where}.keys")
    if where.exists():
        with casefile(where) as unit:
            name = unit.name
        if name != NAME:
            raise ReopenError(
                f"{where} is the unit {name!r}, not one of the demo's.",
                rule="The demo takes the place of an earlier demo only.",
                way_on="Name another folder: reopen demo --out OTHER",
            )
        where.unlink()
    if keys.is_dir():
        for key in keys.iterdir():
            key.unlink()
        keys.rmdir()


def _write_tables(records: Sequence[Record], folder: Path) -> list[Path]:
    """A table for each kind, as a unit would bring them along."""
    folder.mkdir(parents=True, exist_ok=True)
    by_kind: dict[str, list[Record]] = {}
    for record in records:
        by_kind.setdefault(record.KIND, []).append(record)
    paths = []
    for kind, of_kind in by_kind.items():
        path = folder / f"{plural(kind)}.csv"
        path.write_text(write_case_table(of_kind), encoding="utf-8", newline="")
        paths.append(path)
    return paths


_PROFILES = (("database.csv", Purpose.DATABASE), ("victims.csv", Purpose.VICTIM),
             ("children.csv", Purpose.DATABASE), ("staff.csv", Purpose.STAFF))  # fmt: skip


def _import(unit: Unit, folder: Path, tables: Sequence[Path], progress: Progress) -> None:
    given = [Given(path) for path in tables]
    given += [
        Given(folder / name, ReadAs(role="references", purpose=purpose))
        for name, purpose in _PROFILES
    ]
    given += [Given(path) for path in sorted(folder.glob("stains-*.txt"))]
    given.append(Given(folder / "families.toml"))
    done = import_files(unit, LEAD, given, progress=progress)
    if not done.kept:
        raise ReopenError(
            "The demo's own files were refused: " + "; ".join(map(str, done.not_taken[:3])),
            way_on="Please report this with the output of reopen --version.",
        )


def _let_in(unit: Unit, stories: Stories) -> None:
    """A second lead, a reviewer who may see staff, a detective whose own profile is on file, and a
    reservist. What opens sensitive classes is approved by a second pair of eyes."""
    for id, name, standing, person in (
        (SECOND, "Noor Hale", Standing.LEAD, None),
        (REVIEWER, "Ines Okoro", Standing.QUALITY, None),
        (COLLEAGUE, "Theo Varga", Standing.DETECTIVE, stories.colleague),
        (RESERVIST, "Jonas Feld", Standing.RESERVIST, None),
    ):
        add_actor(unit, LEAD, Actor(id=id, name=name, standing=standing, person=person))
    work = "any work of the unit"
    give(unit, LEAD, SECOND, purpose=work, actions=tuple(Action))
    everything = give(
        unit, LEAD, REVIEWER, purpose=work, actions=tuple(Action), classes=tuple(Sensitivity)
    )
    give(unit, LEAD, COLLEAGUE, purpose=work, actions=(Action.READ, Action.ADD))
    give(unit, LEAD, RESERVIST, purpose="transcribing", case=stories.suppressed_case)
    approve(unit, SECOND, everything.record.id)


def _give_tasks(unit: Unit, stories: Stories) -> None:
    """What there is to do in the stories' cases, and who does it."""
    suppressed, framed, other = stories.suppressed_case, stories.framed_case, stories.looked_at
    when = Interval.parse
    with unit.writing(LEAD, purpose="review of the year") as writer:
        writer.put_many([
            Task(id=f"{suppressed}-T1", case=suppressed, owner=LEAD, due=when("2027-03"),
                 what="Ask the store and the laboratory where this went",
                 subject=Ref(Exhibit.KIND, stories.suppressed)),
            Task(id=f"{suppressed}-T2", case=suppressed, owner=RESERVIST,
                 what="Transcribe the scene log"),
            Task(id=f"{framed}-T1", case=framed, owner=SECOND, due=when("2027-01-15"),
                 what="Have the profile read again by somebody who knows no name",
                 subject=Ref(LabResult.KIND, f"{stories.changed_result}/2")),
            Task(id=f"{framed}-T2", case=framed, what="Ask the hospital for its admission book"),
            Task(id=f"{other}-T1", case=other, owner=LEAD, due=when("2026-06"),
                 what="Find out whether the witness still lives in the town",
                 subject=Ref(Interview.KIND, f"{other}-W1")),
            Task(id=f"{other}-T2", case=other, owner=COLLEAGUE, due=when("2026-03"),
                 what="Look for the negatives of the scene photographs", state=TaskState.DONE,
                 ended=when("2026-02-20"), remark="with the photographer's widow, 24 of 36"),
        ])  # fmt: skip


def _look_around(unit: Unit, stories: Stories) -> None:
    """The reservist works on his case, and then asks four times for one that is not his."""
    with unit.reading(RESERVIST, purpose="transcribing") as reader:
        tuple(reader.listing(case=stories.suppressed_case))
    for _ in range(4):
        with unit.reading(RESERVIST) as reader:
            reader.get(Case, stories.looked_at)


def _told(
    unit: Unit, stories: Stories, findings: Sequence[Finding], linked: UnitLinking
) -> Iterator[Told]:
    suppressed = [each for each in findings if each.case == stories.suppressed_case]
    yield Told(
        f"An exhibit that was logged and never sent: {stories.suppressed}",
        (_last_seen(unit, stories.suppressed), *_questions(suppressed)),
    )
    changed = [each for each in findings if _names(each, stories.changed_result)]
    yield Told(
        f"A result changed after a name was known: {stories.changed_result}, now against "
        f"{stories.framed}",
        (*_questions(changed), *_of_series(linked.series), *_helps(unit, stories)),
    )
    yield Told(
        f"A colleague behind a trace of {stories.colleague_case}",
        tuple(_of_colleague(unit, stories, findings, linked.links)),
    )
    looks = read_log(unit, LEAD, actor=RESERVIST)
    yield Told(
        f"A reservist who looks at {stories.looked_at}, which is not his",
        tuple(f"Alert, {each.about}: {each.sentence}" for each in looks.alerts),
    )


def _names(finding: Finding, what: str) -> bool:
    return any(ref.id == what or ref.id.startswith(f"{what}/") or ref.id.startswith(f"{what}-")
               for ref in finding.records)  # fmt: skip


def _last_seen(unit: Unit, item: str) -> str:
    with unit.reading(LEAD) as reader:
        exhibit = reader.get(Exhibit, item)
        last = list(reader.all(CustodyEvent, item=item))[-1]
    what = exhibit.description if exhibit else item
    return f"Its custody: {what}, {last.event} on {last.at}; no event since."


def _questions(findings: Iterable[Finding]) -> Iterator[str]:
    for each in findings:
        yield f"The audit asks ({each.rule}, severity {each.severity}): {each.sentence}"


def _of_series(found: KeptSeries) -> Iterator[str]:
    """What series of traces say of convictions."""
    sizes = {series.ref: len(series.profiles) for series in found.series}
    for alert in found.findings:
        size = max(sizes.get(ref, 0) for ref in alert.records)
        yield f"A series of {size} traces says (alert {alert.id}): {alert.sentence}"


def _helps(unit: Unit, stories: Stories) -> Iterator[str]:
    """What of the case would help the man, in the bundle that the defence is owed."""
    owed_now = owed(unit, REVIEWER, stories.framed_case, only_helpful=True)
    for each in owed_now.helps:
        if each.ref.kind in ("lab_result", "amendment", "presence"):
            yield f"Helps the defence: {each.ref}. {each.why}"


def _of_colleague(
    unit: Unit, stories: Stories, findings: Sequence[Finding], links: Sequence[FoundLink]
) -> Iterator[str]:
    found = [each for each in links if stories.colleague in (each.one, each.other)]
    for each in found:
        yield (
            f"The search, for a named reviewer only: {each.one} with {each.other}, log10 LR "
            f"{each.weight_log10:.1f}"
        )
    yield from _questions(each for each in findings if each.blind)
    for who in (COLLEAGUE, REVIEWER):
        with unit.reading(who) as reader:
            sees = reader.get(Case, stories.colleague_case) is not None
            hits = sum(1 for each in reader.all(FoundLink) if each.id in {f.id for f in found})
        yield f"{who} sees the case: {_yes(sees)}; the hit: {_yes(hits > 0)}"


def _yes(holds: bool) -> str:
    return "yes" if holds else "no"


def _count(unit: Unit) -> int:
    with unit.reading(LEAD) as reader:
        return reader.count()
