"""Whether the log only grew (S1) and the rows say what its entries say (S2).

Reads what was met outside the log (`CheckpointSeen`) and the store's own comparison (`LogCheck`).
Not here: proofs and signatures (`ledger`), the comparison itself (`store`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import timedelta

from reopen.prove.holdings import Holdings
from reopen.prove.rules import Settings, answer, finding, rule
from reopen.records.base import Ref
from reopen.records.findings import Finding, RuleAnswer, Severity
from reopen.records.organisation import CheckpointSeen, LogCheck
from reopen.records.results import Report

CONSISTENT, INCONSISTENT, NO_ANSWER = "consistent", "inconsistent", "no answer"


@rule(
    "S1",
    "The log only grows",
    severity=Severity.A,
    needs=(CheckpointSeen,),
    asks="Does every checkpoint met outside the log fit into it, and do witnesses sign?",
    checks=(
        "A network or a witness that was down: ask the witness for its own record.",
        "A unit restored from a backup: look for entries after the backup's checkpoint.",
        "A checkpoint of another log with the same name: compare its key.",
        "A witness whose set time is too short: compare how often checkpoints are made.",
    ),
    learnt="RFC 9162; C2SP tlog-witness",
    numbers={"S1.cosigned_days": (7.0, "days within which a witness is to have cosigned")},
)
def log_only_grows(holdings: Holdings, settings: Settings) -> RuleAnswer:
    days = timedelta(days=settings.number("S1.cosigned_days", 7.0))
    findings: list[Finding] = []
    unable: list[tuple[str, str]] = []
    looked_at = 0
    for origin, seen in holdings.by(CheckpointSeen, "origin").items():
        answered = [each for each in seen if each.answer != NO_ANSWER]
        unable += [
            (str(each.ref), f"No answer from {each.held_by or 'its holder'}; that is no wrong one.")
            for each in seen
            if each.answer == NO_ANSWER
        ]
        looked_at += len(answered)
        findings += _not_consistent(answered)
        findings += _two_roots(answered)
        findings += _shrunk(answered)
        findings += _not_cosigned(holdings, str(origin), seen, days, unable)
    return answer("S1", findings, looked_at=looked_at, could_not=unable)


def _not_consistent(seen: Sequence[CheckpointSeen]) -> Iterator[Finding]:
    for each in seen:
        if each.answer == INCONSISTENT:
            sentence = (
                f"The checkpoint of size {each.size}, held by {_holder(each)} ({each.at}), does "
                "not fit into the log."
            )
            yield _about_log(sentence, each)


def _two_roots(seen: Sequence[CheckpointSeen]) -> Iterator[Finding]:
    """Two trees of one size."""
    by_size: dict[int, dict[str, CheckpointSeen]] = defaultdict(dict)
    for each in seen:
        by_size[each.size].setdefault(each.root, each)
    for size, roots in by_size.items():
        if len(roots) > 1:
            holders = " and ".join(_holder(each) for each in roots.values())
            sentence = f"The log shows {len(roots)} roots for size {size}: at {holders}."
            yield _about_log(sentence, *roots.values())


def _shrunk(seen: Sequence[CheckpointSeen]) -> Iterator[Finding]:
    """A witness's later checkpoint that is smaller; a stranger may show an old receipt late."""
    last: dict[str, CheckpointSeen] = {}
    for each in seen:
        if not each.cosigned:
            continue
        before = last.get(each.held_by)
        if before is not None and each.size < before.size and before.at.before(each.at):
            sentence = (
                f"Witness {_holder(each)} cosigned size {before.size} ({before.at}) and then "
                f"{each.size} ({each.at})."
            )
            yield _about_log(sentence, before, each)
        last[each.held_by] = each


def _not_cosigned(
    holdings: Holdings,
    origin: str,
    seen: Sequence[CheckpointSeen],
    days: timedelta,
    unable: list[tuple[str, str]],
) -> Iterator[Finding]:
    cosigned = [each for each in seen if each.cosigned and each.at.latest is not None]
    if not cosigned:
        unable.append((origin, "No witness cosigns it: it proves nothing against its operator."))
        return
    last = max(cosigned, key=lambda each: each.at)
    assert last.at.latest is not None
    if holdings.now - last.at.latest <= days:
        return
    silent = [each for each in seen if each.answer == NO_ANSWER and last.at.before(each.at)]
    since = f"; {len(silent)} times a witness gave no answer since" if silent else ""
    sentence = (
        f"Log {origin} was last cosigned at {last.at}, over {days / timedelta(days=1):g} days "
        f"ago{since}."
    )
    records = (last, *silent)
    yield finding(
        "S1", Severity.A, sentence, records, known_by=(last,), helps_defence=True, aspect="cosigned"
    )


def _holder(seen: CheckpointSeen) -> str:
    return seen.held_by or seen.source or "somebody not named"


def _about_log(sentence: str, *seen: CheckpointSeen) -> Finding:
    return finding("S1", Severity.A, sentence, seen, helps_defence=True)


@rule(
    "S2",
    "Rows match the log",
    severity=Severity.A,
    needs=(LogCheck,),
    asks="Has every row its entry, every entry its row, and do both say the same?",
    checks=(
        "A file copied while it was written: check the original, and how it was copied.",
        "A damaged disk: run the database's own integrity check.",
        "A program that wrote to the tables beside the log: ask who has the password.",
    ),
    learnt="immudb: client-side checks that failed silently, twice",
    numbers={"S2.days": (1.0, "days before a report in which rows are to have been compared")},
)
def rows_match_log(holdings: Holdings, settings: Settings) -> RuleAnswer:
    checks = holdings.of(LogCheck)
    last = checks[-1]
    findings = list(_differences(last))
    days = timedelta(days=settings.number("S2.days", 1.0))
    unable = [
        (str(report.ref), "No comparison of rows and log is recorded in the time before it.")
        for report in holdings.of(Report)
        if not any(_shortly_before(check, report, days) for check in checks)
    ]
    return answer("S2", findings, looked_at=last.compared, could_not=unable)


def _shortly_before(check: LogCheck, report: Report, days: timedelta) -> bool:
    at, issued = check.at.latest, report.issued.earliest
    return at is not None and issued is not None and timedelta(0) <= issued - at <= days


def _differences(check: LogCheck) -> Iterator[Finding]:
    for refs, lacks, aspect in (
        (check.rows_without_entry, "has a row, and no entry in the log", "no entry"),
        (check.other_bytes, "does not say what its entry in the log says", "other bytes"),
    ):
        for ref in refs:
            sentence = f"Record {ref} {lacks} (compared {check.at}, size {check.size})."
            yield finding(
                "S2", Severity.A, sentence, (ref, check.ref), known_by=(ref,), aspect=aspect,
                helps_defence=True,
            )  # fmt: skip
    for place in check.entries_without_row:
        sentence = f"Entry {place} of the log has no row (compared {check.at}, size {check.size})."
        known = (Ref("entry", str(place)),)
        yield finding(
            "S2", Severity.A, sentence, (check,), known_by=known, aspect="no row",
            helps_defence=True,
        )  # fmt: skip
