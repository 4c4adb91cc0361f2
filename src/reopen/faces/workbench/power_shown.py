"""The power of families as text and as what JSON holds.

Rounding happens here and nowhere before. Not for: the report (`assemble_power`).
"""

from __future__ import annotations

from collections.abc import Mapping

from reopen.faces.report.wording import log10_text, one_in_text, probability_text, share_text
from reopen.faces.workbench.as_plain import population_use, run_plain
from reopen.faces.workbench.checks_shown import (
    check_plain,
    findings_told,
    one_person_plain,
    told_of_one_person,
)
from reopen.faces.workbench.plain_values import Plain, not_weighed_plain
from reopen.faces.workbench.power import MissingPower, PowerOfFamilies
from reopen.faces.workbench.tables import WIDTH, bullets, paragraph, table
from reopen.weigh.exclusion_power import ExclusionPower
from reopen.weigh.family_power import FamilyPower
from reopen.weigh.next_relative import PowerWith
from reopen.weigh.other_relatives import OtherRelative
from reopen.weigh.sum_distribution import SumDistribution

STEPS = (0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)
THE_MISSING, UNRELATED = "the missing person", "unrelated"


def power_text(result: PowerOfFamilies, *, width: int = WIDTH) -> str:
    """What each family can show, whom to sample next, and what it rests on."""
    parts = []
    for one in result.found:
        parts.append(paragraph(title_of(one), width=width))
        if doubts := result.checks.doubts(one.family.id):
            told = "In doubt: the power below is that of the pedigree as stated"
            parts.append(f"{told}\n{bullets(doubts, width)}")
        parts.append(bullets(summary_of(one, result.threshold), width))
        check = result.checks.by_family.get(one.family.id)
        if check is not None and check.pairs and not check.in_doubt:
            parts += [paragraph(said, width=width) for said in findings_told(check)]
        if one.power.loci:
            parts.append(
                f"Share of candidates who reach a log10 LR\n{_reached(one, result, width)}"
            )
        parts.append(f"{ranking_title(one)}\n{_ranking(one.plan.now, one.plan.ranked, width)}")
    if result.checks.same:
        parts.append(f"Samples that look like one\n{bullets(filed_twice(result), width)}")
    parts.append(f"Assumptions\n{bullets(result.assumptions, width)}")
    if result.notices:
        parts.append(f"Read so\n{bullets(result.notices, width)}")
    refused = [" ".join(str(item).split()) for item in result.not_weighed]
    parts.append(
        f"Not weighed ({len(refused)})\n{bullets(refused, width)}"
        if refused
        else "Not weighed: nothing; every locus took part."
    )
    return "\n\n".join(parts)


def filed_twice(result: PowerOfFamilies) -> list[str]:
    """Profiles of two families that look like one person's."""
    return [told_of_one_person(same) for same in result.checks.same]


def title_of(one: MissingPower) -> str:
    return f"{one.member}, missing from family {one.family.id}"


def summary_of(one: MissingPower, threshold: float) -> list[str]:
    """The family as it stands, in sentences."""
    power = one.power
    typed = ", ".join(one.family.profiles) or "nobody"
    loci = "1 locus counts" if len(power.loci) == 1 else f"{len(power.loci)} loci count"
    told = [f"Typed: {typed}; {loci}."]
    if not power.loci:
        return [*told, "Without a typed relative no candidate can be told from another."]
    t = log10_text(threshold)
    inclusion, false = power.inclusion(threshold), power.false_inclusion(threshold)
    told.append(
        f"If the candidate is {one.member}, a log10 LR of {t} or more comes with probability "
        f"{probability_text(_middle(inclusion))}; it is {log10_text(power.expected_log10)} in the "
        "mean."
    )
    told.append(
        f"An unrelated candidate reaches it by chance: {_rare(_middle(false))}. "
        f"{_capital(excluded_told(power.exclusion))}"
    )
    for name, spread in power.if_other.items():
        told.append(
            f"A candidate who is {called(name, one.member)} reaches it with probability "
            f"{probability_text(_middle(spread.at_least(threshold)))}."
        )
    ratio = power.if_unrelated.mean_power
    told.append(f"Check: the mean LR of unrelated candidates is {ratio:.6f}; it should be 1.")
    told.append(f"log10 LRs are off by {power.if_missing.error:g} at most.")
    return told


def ranking_title(one: MissingPower) -> str:
    return "Whom to sample next" + ("" if one.plan.with_theta else " (theta 0)")


def excluded_told(exclusion: ExclusionPower) -> str:
    if exclusion.total == 0:
        return "no genotype of an unrelated person is impossible without a mutation."
    return (
        f"without mutation {share_text(exclusion.total)} of unrelated people are excluded, at "
        f"{exclusion.expected_mismatches:.1f} loci in the mean; at two loci or more "
        f"{share_text(exclusion.at_least(2))}."
    )


def called(name: str, member: str) -> str:
    """A relative by a word ("full sibling"), or a member by name."""
    return f"a {name} of {member}" if name in set(OtherRelative) else name


def candidates_of(power: FamilyPower) -> Mapping[str, SumDistribution]:
    """Distributions by who the candidate is."""
    others = {called(name, power.member): spread for name, spread in power.if_other.items()}
    return {THE_MISSING: power.if_missing, UNRELATED: power.if_unrelated, **others}


def steps_of(one: MissingPower, threshold: float) -> list[float]:
    """log10 LRs of the table: round ones and the threshold, as far as the LR may go."""
    largest = one.power.if_missing.largest
    return sorted({*(t for t in STEPS if t <= max(largest, 4.0)), threshold})


def reached_by(spread: SumDistribution, log10: float) -> str:
    return _rare(_middle(spread.at_least(log10)))


def _rare(probability: float) -> str:
    return one_in_text(probability) if probability > 0 else "nobody"


def _middle(bounds: tuple[float, float]) -> float:
    return sum(bounds) / 2


def _capital(sentence: str) -> str:
    return sentence[0].upper() + sentence[1:]


def _reached(one: MissingPower, result: PowerOfFamilies, width: int) -> str:
    by_candidate = candidates_of(one.power)
    rows = [
        (log10_text(t), *(reached_by(spread, t) for spread in by_candidate.values()))
        for t in steps_of(one, result.threshold)
    ]
    header = ("log10 LR", *by_candidate)
    return table(header, rows, right="r" * len(header), width=width)


def _ranking(now: PowerWith, ranked: tuple[PowerWith, ...], width: int) -> str:
    rows = [
        (
            ", ".join(one.relatives) or "(nobody more)",
            share_text(_middle(one.inclusion)),
            _rare(_middle(one.false_inclusion)),
            share_text(one.exclusion.total),
            log10_text(one.expected_log10),
        )
        for one in (now, *ranked)
    ]
    header = ("Sampled next", "found", "found by chance", "excluded", "expected log10")
    ranking = table(header, rows, right="lrrrr", width=width)
    return ranking if ranked else f"{ranking}\nNobody else of the pedigree can be sampled."


# as JSON


def power_plain(result: PowerOfFamilies) -> Plain:
    """Everything, in full precision; bounds are pairs, lower first."""
    return {
        "made_at": result.made_at.isoformat(),
        "threshold_log10": result.threshold,
        "population": population_use(result.population),
        "families": [_family(one, result) for one in result.found],
        "one_person": [one_person_plain(same) for same in result.checks.same],
        "assumptions": list(result.assumptions),
        "notices": list(result.notices),
        "not_weighed": not_weighed_plain(result.not_weighed),
        "run": run_plain(result.run),
    }


def _family(one: MissingPower, result: PowerOfFamilies) -> Plain:
    power = one.power
    check = result.checks.by_family.get(one.family.id)
    return {
        "family": one.family.id,
        "missing": one.member,
        "typed": list(one.family.profiles),
        "check": None if check is None else check_plain(check),
        "loci": list(power.loci),
        "error_log10": power.if_missing.error,
        "expected_log10": power.expected_log10,
        "mean_lr_unrelated": power.if_unrelated.mean_power,
        "exclusion": _exclusion(power.exclusion),
        "candidates": [
            {
                "candidate": name,
                "excluded": spread.impossible,
                "largest_log10": spread.largest,
                "reached": [
                    {"log10": t, "probability": list(spread.at_least(t))}
                    for t in steps_of(one, result.threshold)
                ],
            }
            for name, spread in candidates_of(power).items()
        ],
        "next": {
            "with_theta": one.plan.with_theta,
            "loci": list(one.plan.loci),
            "now": _with(one.plan.now),
            "ranked": [_with(gain) for gain in one.plan.ranked],
        },
    }


def _exclusion(found: ExclusionPower) -> Plain:
    return {
        "total": found.total,
        "by_locus": {str(locus): power for locus, power in found.by_locus.items()},
        "expected_mismatches": found.expected_mismatches,
        "mismatches": list(found.mismatches),
    }


def _with(one: PowerWith) -> Plain:
    return {
        "relatives": list(one.relatives),
        "inclusion": list(one.inclusion),
        "false_inclusion": list(one.false_inclusion),
        "expected_log10": one.expected_log10,
        "exclusion": _exclusion(one.exclusion),
    }
