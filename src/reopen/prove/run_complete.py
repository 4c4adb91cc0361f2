"""L1: the record of a run is complete, measured by the instrument's own list.

Not here: whether its controls were run and are clean (`run_controls`, `run_clean`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise

from reopen.prove.holdings import Holdings
from reopen.prove.rules import Settings, rule
from reopen.prove.run_controls import QUANTIFICATION
from reopen.prove.tally import Tally
from reopen.records.findings import RuleAnswer, Severity
from reopen.records.laboratory import (
    Batch,
    Injection,
    InstrumentLine,
    Quantification,
    Status,
    Stop,
    Well,
    WellKind,
)
from reopen.records.results import LabResult
from reopen.records.times import Interval

Place = tuple[str, int]
"""An instrument and a number of its own list."""


@rule(
    "L1",
    "Complete run",
    severity=Severity.A,
    needs=(InstrumentLine,),
    asks="Is everything on the instrument's own list in the record, under its number and sample, "
    "and has each injection and result the hash of its raw file?",
    checks=(
        "The import may have left a file out: compare its counts (S6).",
        "The instrument may skip numbers after a restart: ask for its service log.",
        "A failed run may be kept elsewhere: ask for it, since it belongs in the record.",
    ),
    learnt="Woods; Blake",
)
def complete_run(holdings: Holdings, settings: Settings) -> RuleAnswer:
    tally = Tally("L1")
    by_place = _lines(holdings, tally)
    recorded, unnumbered = _injections(holdings, tally)
    for place, line in by_place.items():
        tally.looked_at += 1
        _on_the_record(line, recorded.get(place, ()), unnumbered, tally)
    _gaps(by_place, tally)
    _quantification_wells(holdings, tally)
    _raw_files(holdings, tally)
    _raw_files_of_injections(holdings, tally)
    return tally.answer()


def _lines(holdings: Holdings, tally: Tally) -> dict[Place, InstrumentLine]:
    """Lines by place; two lines of one number cannot be told apart, so they are not judged."""
    groups: dict[Place, list[InstrumentLine]] = defaultdict(list)
    for line in holdings.of(InstrumentLine):
        groups[line.instrument, line.sequence].append(line)
    for (instrument, sequence), lines in groups.items():
        if len(lines) > 1:
            reason = f"{len(lines)} lines of {instrument} have the number {sequence}"
            tally.unable(lines[0], reason)
    return {place: lines[0] for place, lines in groups.items() if len(lines) == 1}


def _injections(
    holdings: Holdings, tally: Tally
) -> tuple[dict[Place, list[Injection]], dict[tuple[str, str], Injection]]:
    """Injections by place, and those without a number by instrument and sample."""
    placed: dict[Place, list[Injection]] = defaultdict(list)
    unnumbered: dict[tuple[str, str], Injection] = {}
    for injection in holdings.of(Injection):
        if injection.reanalysis_of:
            continue
        if injection.sequence is None:
            tally.unable(injection, "its number on the instrument's list is not recorded")
            unnumbered[injection.instrument, injection.sample or ""] = injection
        else:
            placed[injection.instrument, injection.sequence].append(injection)
    return placed, unnumbered


def _on_the_record(
    line: InstrumentLine,
    injections: Sequence[Injection],
    unnumbered: dict[tuple[str, str], Injection],
    tally: Tally,
) -> None:
    run = f"run {line.sequence} of instrument {line.instrument}"
    if not injections:
        if (line.instrument, line.sample) in unnumbered:
            tally.unable(line, "an injection of the same sample has no number: it may be this one")
            return
        of = f" (sample {line.sample})" if line.sample else ""
        tally.found(
            Severity.A, f"The record has no injection for {run}{of}, which is on its list.", [line]
        )
        return
    names = {each.sample for each in injections} - {None}
    if line.sample and names and line.sample not in names:
        tally.found(
            Severity.A,
            f"The list has sample {line.sample} as {run}; the record has "
            f"{', '.join(sorted(str(name) for name in names))} there.",
            [line, *injections],
            aspect="sample",
        )
    if line.status is Status.FAILED and all(each.status is Status.DONE for each in injections):
        tally.found(
            Severity.A,
            f"The list has {run} as failed; the record does not mark it so.",
            [line, *injections],
            case=injections[0].case,
            aspect="failed",
        )


def _gaps(by_place: dict[Place, InstrumentLine], tally: Tally) -> None:
    for (one, first), (other, second) in pairwise(sorted(by_place)):
        if one != other or second == first + 1:
            continue
        lacking = (
            f"number {first + 1}" if second == first + 2 else f"numbers {first + 1} to {second - 1}"
        )
        tally.found(
            Severity.A,
            f"The list of instrument {one} lacks {lacking}.",
            [by_place[one, first], by_place[one, second]],
            aspect="gap",
        )


def _quantification_wells(holdings: Holdings, tally: Tally) -> None:
    """Samples on a quantification plate whose value is not in the record."""
    plates = [batch for batch in holdings.of(Batch) if batch.stage == QUANTIFICATION]
    for batch in plates:
        measured = {each.sample for each in holdings.by(Quantification, "batch").get(batch.id, ())}
        for well in holdings.by(Well, "batch").get(batch.id, ()):
            if well.content is not WellKind.SAMPLE or well.sample is None:
                continue
            tally.looked_at += 1
            if well.sample not in measured:
                tally.found(
                    Severity.A,
                    f"Sample {well.sample} is in well {well.well} of quantification batch "
                    f"{batch.id}; the record has no quantification of it from there.",
                    [well, batch],
                    case=well.case or holdings.case_of(well.sample),
                )


def _raw_files(holdings: Holdings, tally: Tally) -> None:
    """Results made while instrument lists were kept need their raw file's hash."""
    since = _since(holdings.of(InstrumentLine))
    for result in holdings.of(LabResult):
        if holdings.by(Stop, "sample").get(result.sample):
            continue
        if result.raw_hash:
            tally.looked_at += 1
        elif since is None or not since.before(result.at):
            tally.unable(result, "made before the first instrument list that the unit holds")
        else:
            tally.looked_at += 1
            tally.found(
                Severity.A,
                f"Result {result.result} (version {result.version}) has no hash of a raw file.",
                [result],
                case=result.case,
            )


def _raw_files_of_injections(holdings: Holdings, tally: Tally) -> None:
    """An injection that ran left a raw file; where the instrument's others have theirs."""
    for instrument, injections in holdings.by(Injection, "instrument").items():
        ran = [each for each in injections if each.status is Status.DONE]
        if not any(each.raw_hash for each in ran):
            if ran:
                tally.unable(ran[0], f"no injection of {instrument} has the hash of its raw file")
            continue
        for each in ran:
            tally.looked_at += 1
            if not each.raw_hash:
                tally.found(
                    Severity.A,
                    f"{each.ref} of instrument {instrument} has no hash of a raw file.",
                    [each],
                    case=each.case,
                    aspect="raw file",
                )


def _since(lines: Sequence[InstrumentLine]) -> Interval | None:
    """The moment of the first line; None where no line has a time."""
    times = [line.at.earliest for line in lines if line.at and line.at.earliest]
    return Interval.at(min(times)) if times else None
