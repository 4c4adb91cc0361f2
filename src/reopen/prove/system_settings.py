"""Whether somebody turned the alarms down (S5), or an import left something behind (S6).

Not here: which rules are in force (`audit`).
"""

from __future__ import annotations

from collections.abc import Iterator

from reopen.prove.holdings import Holdings
from reopen.prove.rules import RULES, Settings, answer, finding, rule
from reopen.records.access import Actor
from reopen.records.findings import Finding, RuleAnswer, Severity
from reopen.records.organisation import ImportCount, KeyChange, RuleSetting
from reopen.records.times import Interval


@rule(
    "S5",
    "Somebody turned the alarms down",
    severity=Severity.A,
    needs=(),
    asks="Was each muted rule, changed limit and new key approved by a second, unconcerned person?",
    checks=(
        "A unit of one at that time: ask somebody outside to review the change.",
        "An approval by letter: have it recorded.",
        "A limit that had to change with a new method: look at the validation.",
    ),
    learnt="Randox: outside audits had passed",
    numbers={"S5.muted_share": (0.1, "share of all rules that may be muted at a time")},
)
def alarms_turned_down(holdings: Holdings, settings: Settings) -> RuleAnswer:
    findings: list[Finding] = []
    unable: list[tuple[str, str]] = []
    lowered = [each for each in holdings.of(RuleSetting) if each.muted or each.setting]
    changes: tuple[RuleSetting | KeyChange, ...] = (*lowered, *holdings.of(KeyChange))
    people = {actor.id: actor.person or actor.id for actor in holdings.of(Actor)}
    for change in changes:
        by = people.get(change.by, change.by)
        approved = change.approved_by and people.get(change.approved_by, change.approved_by)
        if isinstance(change, RuleSetting):
            concerned = {people.get(name, name) for name in change.concerns}
            if by in concerned or approved in concerned:
                findings.append(_change(change, "by somebody it concerns", "concerned"))
        if approved == by:
            findings.append(_change(change, "and approved by one person", "one person"))
        elif approved is None and _alone(holdings, change.at):
            unable.append((str(change.ref), "The unit had one user then; ask for a look outside."))
        elif approved is None:
            findings.append(_change(change, "without a second person's approval", "one person"))
    findings += _too_many_muted(holdings, settings.number("S5.muted_share", 0.1))
    if not changes and not people:
        unable.append(("settings", "Neither changes nor users are recorded."))
    # A unit with users and without any change has answered: its log would hold the change.
    looked_at = len(changes) or len(people)
    return answer("S5", findings, looked_at=looked_at, could_not=unable)


def _change(change: RuleSetting | KeyChange, how: str, aspect: str) -> Finding:
    if isinstance(change, KeyChange):
        what = f"A change of {change.what[:60]}{'...' if len(change.what) > 60 else ''}"
    elif change.setting:
        what = f"A change of {change.setting} from {change.before} to {change.after}"
    else:
        what = f"The muting of rule {change.rule}"
    return finding(
        "S5", Severity.A, f"{what} ({change.at}) was made {how}.", (change,), aspect=aspect
    )


def _alone(holdings: Holdings, at: Interval) -> bool:
    """The unit certainly had at most one user at that time, as far as it records users."""
    actors = holdings.of(Actor)
    present = [
        actor
        for actor in actors
        if not (actor.joined and at.before(actor.joined))
        and not (actor.left and actor.left.before(at))
    ]
    return bool(actors) and len(present) <= 1


def _too_many_muted(holdings: Holdings, share: float) -> Iterator[Finding]:
    last = {each.rule: each for each in holdings.of(RuleSetting) if not each.setting}
    muted = [each for each in last.values() if each.muted]
    if RULES and len(muted) > share * len(RULES):
        sentence = f"{len(muted)} of {len(RULES)} rules are muted; up to {share:.0%} is usual."
        yield finding("S5", Severity.A, sentence, muted, aspect="share")


@rule(
    "S6",
    "An import left something behind",
    severity=Severity.A,
    needs=(ImportCount,),
    asks="Was every row of every import taken or refused, and every refused row dealt with?",
    checks=(
        "A heading or a total counted as a row: open the file.",
        "The sender's count is that of another version: compare the hashes.",
        "Refused rows that were corrected in a later file: dispose of them by name.",
    ),
    learnt="Orange County: three systems without a connection",
)
def import_left_behind(holdings: Holdings, settings: Settings) -> RuleAnswer:
    del settings
    findings: list[Finding] = []
    unable: list[tuple[str, str]] = []
    counts = holdings.of(ImportCount)
    for count in counts:
        findings += _left_behind(count)
        if count.expected is None:
            why = f"How many rows the sender of {count.file} sent is not recorded."
            unable.append((str(count.ref), why))
    return answer("S6", findings, looked_at=len(counts), could_not=unable)


def _left_behind(count: ImportCount) -> Iterator[Finding]:
    dealt_with = count.accepted + count.unchanged + count.refused
    for differs, lacks, aspect in (
        (
            dealt_with != count.rows,
            f"has {count.rows} rows, of which {dealt_with} were taken or refused",
            "rows",
        ),
        (
            count.expected is not None and count.expected != count.rows,
            f"has {count.rows} rows, while its sender sent {count.expected}",
            "sender",
        ),
        (
            count.refused > count.refused_disposed,
            f"left {count.refused - count.refused_disposed} refused rows that nobody dealt with",
            "refused",
        ),
    ):
        if differs:
            sentence = f"The import of {count.file} ({count.at}) {lacks}."
            yield finding("S6", Severity.A, sentence, (count,), aspect=aspect)
