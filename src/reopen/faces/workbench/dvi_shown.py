"""Identifications as text and as what JSON holds.

Rounding happens here and nowhere before. Exclusions, gaps and impossible families are said in
words of their own. Not for: the report (`assemble_dvi`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import inf

from reopen.faces.report.wording import log10_text, probability_text
from reopen.faces.workbench.as_plain import population_use, run_plain
from reopen.faces.workbench.checks_shown import (
    check_plain,
    families_told,
    one_person_plain,
    told_of_one_person,
)
from reopen.faces.workbench.dvi import Identifying
from reopen.faces.workbench.plain_values import Plain, not_weighed_plain
from reopen.faces.workbench.tables import WIDTH, bullets, paragraph, table
from reopen.link.dvi_conclusions import Conclusion, Kind
from reopen.link.dvi_joint import NOBODY, Joint
from reopen.link.dvi_pairs import Pair
from reopen.link.dvi_people import may_be

_MOST_ASSIGNMENTS = 5
NOBODY_OF_THEM = "none of them"


def dvi_text(identifying: Identifying, *, width: int = WIDTH) -> str:
    """Who is who, pair by pair and together, and what it rests on."""
    found = identifying.found
    parts = [paragraph(summary(identifying), width=width)]
    if to_look_at := warnings(identifying):
        parts.append(bullets(to_look_at, width))
    parts.append(paragraph(families_told(identifying.checks), width=width))
    if doubts := family_doubts(identifying):
        parts.append(f"What is seen in families in doubt\n{bullets(doubts, width)}")
    parts += [
        f"Missing people\n{_conclusions(identifying, found.of_missing, 'Victim', width)}",
        f"Victims\n{_conclusions(identifying, found.of_victims, 'Missing', width)}",
        f"log10 LR of every pair\n{_pairs(identifying, width)}",
        paragraph(PAIRS_LEGEND, width=width),
        f"Probabilities of all pairs together\n{_posterior(found.joint, width)}",
        paragraph(found.joint.told, width=width),
        f"Likeliest assignments\n{_assignments(found.joint, width)}",
    ]
    if told := sequential_told(identifying):
        parts.append(paragraph(told, width=width))
    parts.append(f"Assumptions\n{bullets(identifying.assumptions, width)}")
    if identifying.notices:
        parts.append(f"Read so\n{bullets(identifying.notices, width)}")
    refused = [" ".join(str(item).split()) for item in identifying.not_weighed]
    parts.append(
        f"Not weighed ({len(refused)})\n{bullets(refused, width)}"
        if refused
        else "Not weighed: nothing; every record took part."
    )
    return "\n\n".join(parts)


OTHER_SEX, NOT_WEIGHED = "sex", "gap"
PAIRS_LEGEND = (
    "excl 3: excluded, for mutations would be needed at 3 loci. 2.1 (1): log10 LR with a mutation "
    f"at 1 locus. {OTHER_SEX}: of another sex. {NOT_WEIGHED}: not weighed, for the family says "
    "nothing of this person."
)


def summary(identifying: Identifying) -> str:
    """How many people, how many ways, how many names found."""
    found = identifying.found
    named = [one for one in found.of_victims if one.kind.names_somebody]
    alike = sum(one.kind is Kind.SYMMETRIC for one in named)
    beside = f", {alike} of them as one of several who are alike" if alike else ""
    return (
        f"{_count(len(found.victims), 'victim')}, {_count(len(found.missing), 'missing person')} "
        f"of {_count(len(identifying.families), 'family')}: {found.assignments:,} assignments. "
        f"{_count(len(named), 'victim')} {'is' if len(named) == 1 else 'are'} identified{beside}."
    )


def warnings(identifying: Identifying) -> list[str]:
    """What has to be looked at before a name is relied on."""
    told = []
    for family, loci in identifying.found.inconsistent.items():
        told.append(
            f"Family {family} cannot be what its pedigree says at {', '.join(loci)}; it took no "
            "part. Look for a wrong pedigree, a swapped sample or a mutation."
        )
    for family in identifying.checks.by_family:
        if doubts := identifying.checks.doubts(family):
            told.append(f"Family {family} is in doubt. {doubts[0]}")
    for family, loci in identifying.mutating.items():
        is_told = family in identifying.found.inconsistent or identifying.checks.doubts(family)
        if not is_told:
            told.append(f"Family {family} itself needs a mutation at {', '.join(loci)}.")
    for same in identifying.checks.same:
        told.append(told_of_one_person(same))
    for match in identifying.grouped.matches:
        told.append(
            f"{match.one} and {match.other} match as one person, log10 LR "
            f"{log10_plain(match.log10_lr)} (identical twins would too)."
        )
    for pair in identifying.grouped.contradictions:
        at = f" (at {', '.join(pair.against)})" if pair.against else " (another sex)"
        told.append(
            f"{pair.one} and {pair.other} are joined by matches and contradict each other{at}: "
            "none of their group was put together. Look for a mixed-up sample."
        )
    for kin in identifying.related:
        told.append(
            f"{kin.one} and {kin.other} look like {kin.relation}, log10 LR "
            f"{log10_plain(kin.log10_lr)}, and are in no one family here. Victims are taken as "
            "unrelated unless a family relates them."
        )
    for victim, missing in identifying.found.left_out:
        told.append(
            f"{victim} as {missing} was left out of the joint weighing: its family can be filled "
            "in too many ways. Probabilities are those given that this pair is wrong."
        )
    return told


def family_doubts(identifying: Identifying) -> list[str]:
    """What was seen in families in doubt, beside what explains it best (`warnings`)."""
    return [
        f"{family}: {told}"
        for family in identifying.checks.by_family
        for told in identifying.checks.doubts(family)[1:]
    ]


def sequential_told(identifying: Identifying) -> str:
    """What identifying one after the other would have given, where it differs."""
    best = {v: m for v, m in identifying.found.joint.best.assignment.items() if m != NOBODY}
    outcomes = identifying.found.sequential
    if any(all(best.get(v) == m for v, m in one.items()) for one in outcomes):
        return ""
    one = ", ".join(f"{v} as {m}" for v, m in outcomes[0].items())
    return (
        f"One after the other, the largest LR first, would have named {one}: not the likeliest "
        "assignment of all together, which counts."
    )


def _conclusions(
    identifying: Identifying, conclusions: Sequence[Conclusion], other: str, width: int
) -> str:
    header = ["Person", "Conclusion", other, "log10 LR", "log10 GLR", "Prob."]
    rows = [
        [
            one.person,
            one.kind.value,
            " / ".join(one.others) or "-",
            "" if one.log10_lr is None else log10_plain(one.log10_lr),
            "" if one.log10_glr is None else log10_plain(one.log10_glr),
            "" if (p := probability_of(identifying, one)) is None else probability_plain(p),
        ]
        for one in conclusions
    ]
    lines = table(header, rows, right="lllrrr", width=width).split("\n")
    told = lines[:2]
    for line, one in zip(lines[2:], conclusions, strict=True):
        told += [line, paragraph(evidence_told(identifying, one), indent="    ", width=width)]
    return "\n".join(told)


def evidence_told(identifying: Identifying, conclusion: Conclusion) -> str:
    """The evidence of a conclusion: numbers, loci, mutations."""
    parts = [conclusion.told]
    pair = conclusion.pair
    if pair is not None:
        parts.append(f"{_count(pair.loci, 'locus')}.")
        if pair.impossible:
            needs = identifying.needed.get((pair.victim, pair.missing), {})
            named = [f"{at} ({needs[at]})" if needs.get(at) else at for at in pair.impossible]
            parts.append(f"Mutation needed at {', '.join(named)}.")
    family_of = {person.name: person.family for person in identifying.found.missing}
    family = pair.family if pair is not None else family_of.get(conclusion.person, "")
    if identifying.checks.doubts(family):
        parts.append(f"Family {family} is in doubt.")
    return " ".join(part for part in parts if part)


def probability_of(identifying: Identifying, conclusion: Conclusion) -> float | None:
    """Posterior probability of what is concluded; of all alike, where the match is symmetric."""
    table_of = identifying.found.joint.posterior
    if not table_of or not conclusion.others:
        return None
    of_victim = conclusion.person in table_of
    pairs = [
        (conclusion.person, other) if of_victim else (other, conclusion.person)
        for other in conclusion.others
    ]
    return sum(table_of.get(victim, {}).get(missing, 0.0) for victim, missing in pairs)


def _pairs(identifying: Identifying, width: int) -> str:
    """Pairs in tables of as many columns as fit."""
    header, *rows = pair_table(identifying)
    widths = [max(len(row[k]) for row in (header, *rows)) + 2 for k in range(len(header))]
    blocks: list[list[int]] = [[]]
    for column in range(1, len(header)):
        used = widths[0] + sum(widths[k] for k in blocks[-1]) - 2
        if blocks[-1] and used + widths[column] > width:
            blocks.append([])
        blocks[-1].append(column)
    tables = []
    for block in blocks:
        columns = [0, *block]
        cells = [[row[k] for k in columns] for row in (header, *rows)]
        tables.append(table(cells[0], cells[1:], right="l" + "r" * len(block), width=width))
    return "\n\n".join(tables)


def pair_table(identifying: Identifying) -> list[list[str]]:
    """Missing people as columns, a row for each victim; the first row names the columns."""
    found = identifying.found
    cells = {(pair.victim, pair.missing): pair_cell(identifying, pair) for pair in found.pairs}
    rows = [["Victim", *(person.name for person in found.missing)]]
    for victim, sex in found.victims.items():
        row = [victim]
        for person in found.missing:
            gap = NOT_WEIGHED if may_be(sex, person.sex) else OTHER_SEX
            row.append(cells.get((victim, person.name), gap))
        rows.append(row)
    return rows


def pair_cell(identifying: Identifying, pair: Pair) -> str:
    """A pair in a few characters."""
    n = len(pair.impossible)
    if pair.log10_lr == -inf or not identifying.found.options.rules.is_open(pair):
        return f"excl {n}"
    return log10_plain(pair.log10_lr) + (f" ({n})" if n else "")


def _posterior(joint: Joint, width: int) -> str:
    if not joint.posterior:
        return "Not computed."
    rows = []
    for victim, row in joint.posterior.items():
        ranked = sorted(row.items(), key=lambda item: -item[1])
        likely = [item for item in ranked if item[1] >= 5e-4] or ranked[:1]
        named = ", ".join(f"{who_named(m)} {probability_plain(p)}" for m, p in likely)
        rows.append([victim, named])
    return table(["Victim", "Is, with the probability"], rows, width=width)


def who_named(missing: str) -> str:
    return NOBODY_OF_THEM if missing == NOBODY else missing


def _assignments(joint: Joint, width: int) -> str:
    rows = [
        [
            log10_plain(ranked.log10_lr),
            ("" if joint.is_exact else ">= ") + probability_plain(ranked.posterior),
            assignment_told(ranked.assignment),
        ]
        for ranked in joint.top[:_MOST_ASSIGNMENTS]
    ]
    return table(["log10 LR", "Prob.", "Who is who"], rows, right="rrl", width=width)


def assignment_told(assignment: Mapping[str, str]) -> str:
    named = [f"{victim} = {m}" for victim, m in assignment.items() if m != NOBODY]
    return ", ".join(named) or "nobody is identified"


def log10_plain(value: float) -> str:
    """As `log10_text`, with signs that every terminal reads."""
    return log10_text(value).replace("\N{MINUS SIGN}", "-").replace("∞", "inf")


def probability_plain(value: float) -> str:
    return probability_text(value)


def _count(n: int, noun: str) -> str:
    plural = {"missing person": "missing people", "family": "families", "locus": "loci"}
    return f"{n:,} {noun if n == 1 else plural.get(noun, noun + 's')}"


def dvi_plain(identifying: Identifying) -> Plain:
    """Everything in full: pairs, probabilities, conclusions with their evidence."""
    found = identifying.found
    return {
        "made_at": identifying.made_at.isoformat(timespec="seconds"),
        "case": identifying.case.file,
        "population": population_use(identifying.population),
        "victims": [
            {"id": v.id, "sex": v.sex.value, "parts": [part.id for part in v.parts]}
            for v in identifying.grouped.victims
        ],
        "missing": [
            {"name": p.name, "family": p.family, "member": p.member, "sex": p.sex.value}
            for p in found.missing
        ],
        "warnings": warnings(identifying),
        "of_missing": [_conclusion(identifying, one) for one in found.of_missing],
        "of_victims": [_conclusion(identifying, one) for one in found.of_victims],
        "pairs": [_pair(identifying, pair) for pair in found.pairs],
        "pairs_given_undisputed": [_pair(identifying, pair) for pair in found.final],
        "undisputed": [
            {"victim": d.pair.victim, "missing": d.pair.missing, "step": d.step}
            for d in found.undisputed
        ],
        "joint": _joint(found.joint),
        "joint_given_undisputed": None if found.remaining is None else _joint(found.remaining),
        "sequential": [dict(one) for one in found.sequential],
        "number_of_assignments": found.assignments,
        "number_of_assignments_of_possible_pairs": found.of_possible,
        "prior": found.options.prior.told,
        "left_out": [list(pair) for pair in found.left_out],
        "related_victims": [
            {"one": k.one, "other": k.other, "relation": k.relation, "log10_lr": k.log10_lr}
            for k in identifying.related
        ],
        "parts_matched": [
            {"one": m.one, "other": m.other, "log10_lr": m.log10_lr}
            for m in identifying.grouped.matches
        ],
        "parts_contradicting": [
            {"one": m.one, "other": m.other, "log10_lr": m.log10_lr, "loci": list(m.against)}
            for m in identifying.grouped.contradictions
        ],
        "families": [
            {"id": family, "check": check_plain(check)}
            for family, check in identifying.checks.by_family.items()
        ],
        "one_person": [one_person_plain(same) for same in identifying.checks.same],
        "families_inconsistent": {f: list(loci) for f, loci in found.inconsistent.items()},
        "families_needing_mutation": {f: list(at) for f, at in identifying.mutating.items()},
        "assumptions": list(identifying.assumptions),
        "notices": list(identifying.notices),
        "not_weighed": not_weighed_plain(identifying.not_weighed),
        "run": run_plain(identifying.run),
    }


def _conclusion(identifying: Identifying, one: Conclusion) -> Plain:
    return {
        "person": one.person,
        "conclusion": one.kind.value,
        "others": list(one.others),
        "log10_lr": one.log10_lr,
        "log10_glr": one.log10_glr,
        "probability": probability_of(identifying, one),
        "step": one.step,
        "identified": one.kind.names_somebody and one.kind is not Kind.SYMMETRIC,
        "evidence": evidence_told(identifying, one),
    }


def _pair(identifying: Identifying, pair: Pair) -> Plain:
    needs = identifying.needed.get((pair.victim, pair.missing), {})
    return {
        "victim": pair.victim,
        "missing": pair.missing,
        "family": pair.family,
        "log10_lr": pair.log10_lr,
        "loci": pair.loci,
        "excluded": not identifying.found.options.rules.is_open(pair),
        "impossible_without_mutation": [
            {"locus": at, "needs": needs.get(at) or None} for at in pair.impossible
        ],
    }


def _joint(joint: Joint) -> Plain:
    return {
        "exact": joint.is_exact,
        "error": joint.error,
        "told": joint.told,
        "possible_assignments": joint.possible,
        "top": [
            {
                "assignment": [{"victim": v, "missing": m} for v, m in r.assignment.items()],
                "log10_lr": r.log10_lr,
                "probability": r.posterior,
            }
            for r in joint.top
        ],
        "posterior": [
            {"victim": v, "missing": m, "probability": p}
            for v, row in joint.posterior.items()
            for m, p in row.items()
        ],
        "log10_glr": [
            {"victim": v, "missing": m, "log10": x} for (v, m), x in joint.log10_glr.items()
        ],
    }
