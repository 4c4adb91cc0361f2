"""A kinship weighing as text and as what JSON holds.

Rounding happens here and nowhere before. Not for: the report (`assemble_kinship`).
"""

from __future__ import annotations

from reopen.faces.report.pedigree_part import joining_part
from reopen.faces.report.wording import log10_text
from reopen.faces.workbench.as_plain import population_use, run_plain
from reopen.faces.workbench.checks_shown import hypotheses_check_plain, nothing_found, pair_row
from reopen.faces.workbench.kinship import Finding, KinshipWeighing, LocusFinding, PedigreeRatio
from reopen.faces.workbench.kinship_words import pedigree_in_words
from reopen.faces.workbench.plain_values import Plain, not_weighed_plain
from reopen.faces.workbench.tables import WIDTH, bullets, paragraph, table
from reopen.records import Pedigree
from reopen.weigh.words import SOURCE, in_words

EXCLUDED = "excluded"
NOT_COUNTED = "not counted"
MOST_SAID = 60
_MOST_PAIRS = 15


def kinship_text(weighing: KinshipWeighing, *, width: int = WIDTH) -> str:
    """Every ratio with its terms, and what it rests on."""
    parts = [_hypotheses(weighing, width), *_checked(weighing, width)]
    for name in weighing.numerators:
        parts += _ratio(weighing, name, width)
    parts.append(paragraph(f"The words are those of: {SOURCE}.", width=width))
    parts.append(f"Assumptions\n{bullets(weighing.assumptions, width)}")
    if weighing.gaps:
        told = "Not typed: a gap says nothing, for or against"
        parts.append(f"{told}\n{bullets(weighing.gaps, width)}")
    if weighing.notices:
        parts.append(f"Read so\n{bullets(weighing.notices, width)}")
    refused = [" ".join(str(item).split()) for item in weighing.not_weighed]
    parts.append(
        f"Not weighed ({len(refused)})\n{bullets(refused, width)}"
        if refused
        else "Not weighed: nothing; every record took part."
    )
    return "\n\n".join(parts)


def _hypotheses(weighing: KinshipWeighing, width: int) -> str:
    lines = [
        paragraph(
            f"{name}: {pedigree_said(pedigree, weighing)}",
            indent="    ", first="  ", width=width,
        )
        for name, pedigree in weighing.hypotheses.items()
    ]  # fmt: skip
    return "\n".join(["Hypotheses", *lines])


def _checked(weighing: KinshipWeighing, width: int) -> list[str]:
    """What the genotypes say of how the typed people are stated to be related."""
    check = weighing.check
    if check is None:
        return []
    findings = check.findings or (nothing_found(check),)
    title = "In doubt under every hypothesis" if check.in_doubt else "Checked first"
    parts = [f"{title}\n{bullets(findings, width)}"]
    if 0 < len(check.pairs) <= _MOST_PAIRS:
        rows = [
            [row.name if k == 0 else "", row.kappa if k == 0 else "", told, p]
            for row in map(pair_row, check.pairs)
            for k, (told, p) in enumerate(row.stated)
        ]
        parts.append(table(["Pair", "k0, k1, k2", "Stated", "p"], rows, right="lllr", width=width))
    return parts


def pedigree_said(pedigree: Pedigree, weighing: KinshipWeighing) -> str:
    """The pedigree in words; of a large one the part that joins the typed people."""
    part = joining_part(pedigree, tuple(weighing.profiles))
    left_out = len(pedigree.members) - len(part.members)
    if len(pedigree.members) <= MOST_SAID or not left_out:
        return pedigree_in_words(pedigree, weighing.profiles)
    told = pedigree_in_words(part, weighing.profiles)
    return f"{told} Not said: {left_out} people who join nobody typed."


def _ratio(weighing: KinshipWeighing, name: str, width: int) -> list[str]:
    """One hypothesis against the reference."""
    lowest = weighing.lowest(name)
    several = len(weighing.of(name)) > 1
    named = f", lowest with {lowest.population.name}" if several else ""
    against = f"{name} (first) against {weighing.denominator} (second)"
    parts = [
        paragraph(f"{against}: log10 LR {log10_plain(lowest.log10)}{named}", width=width),
        paragraph(in_words(lowest.log10), width=width),
    ]
    parts += [paragraph(told, width=width) for told in warnings_of(weighing, lowest)]
    if several:
        rows = [[one.population.name, log10_plain(one.log10)] for one in weighing.of(name)]
        parts.append(table(["Population", "log10 LR"], rows, right="lr", width=width))
    header = ["Locus", "log10 P, first", "log10 P, second", "log10 LR", "Remarks"]
    rows = [
        [
            found.locus,
            probability_plain(found.log10_numerator),
            probability_plain(found.log10_denominator),
            NOT_COUNTED if found.log10 is None else log10_plain(found.log10),
            remark(found),
        ]
        for found in lowest.findings
    ]
    rows.append(["All", "", "", log10_plain(lowest.log10), ""])
    parts.append(table(header, rows, right="lrrrl", width=width))
    return parts


def warnings_of(weighing: KinshipWeighing, ratio: PedigreeRatio) -> tuple[str, ...]:
    """What has to be looked at before the number is relied on, the samples included."""
    told = warnings(ratio)
    if weighing.check is None or not weighing.check.in_doubt:
        return told
    return (
        f"What all hypotheses say is in doubt, and so is this number. {weighing.check.findings[0]}",
        *told,
    )


def warnings(ratio: PedigreeRatio) -> tuple[str, ...]:
    """What has to be looked at before the number is relied on."""
    told = []
    excluded = [found.locus for found in ratio.with_finding(Finding.EXCLUDED)]
    if excluded:
        told.append(
            f"Excluded at {', '.join(excluded)}: the first hypothesis cannot have given these "
            "genotypes under this model. If a mutation is possible, weigh with a mutation model."
        )
    other = [found.locus for found in ratio.with_finding(Finding.OTHER_EXCLUDED)]
    if other:
        told.append(f"The second hypothesis cannot have given the genotypes at {', '.join(other)}.")
    neither = [found.locus for found in ratio.with_finding(Finding.IMPOSSIBLE)]
    if neither:
        told.append(
            f"Neither hypothesis can have given the genotypes at {', '.join(neither)}: these loci "
            "are not counted. Look for a wrong pedigree, a swapped sample or a mutation."
        )
    needed = ratio.with_finding(Finding.MUTATION)
    if needed:
        loci = "; ".join(f"{found.locus} ({remark(found)})" for found in needed)
        told.append(f"Mutation has to be assumed at {loci}.")
    return tuple(told)


def remark(found: LocusFinding) -> str:
    """What a locus says beside its number; empty where there is nothing to say."""
    match found.finding:
        case Finding.EXCLUDED:
            said = "first excluded"
        case Finding.OTHER_EXCLUDED:
            said = "second excluded"
        case Finding.IMPOSSIBLE:
            said = "impossible under both"
        case _:
            said = ""
    needs = [
        f"{side} needs {needed}"
        for side, needed in (("first", found.numerator_needs), ("second", found.denominator_needs))
        if needed
    ]
    return "; ".join([said, *needs] if said else needs)


def log10_plain(value: float) -> str:
    """As `log10_text`, with signs that every terminal reads."""
    return log10_text(value).replace("\N{MINUS SIGN}", "-").replace("∞", "inf")


def probability_plain(log10: float) -> str:
    """log10 of a probability; 0 is said in words, so that no gap looks like it."""
    return "impossible" if log10 == float("-inf") else f"{log10:.4f}"


def kinship_plain(weighing: KinshipWeighing) -> Plain:
    """Every ratio in full, with its likelihoods, assumptions and how it was made."""
    return {
        "made_at": weighing.made_at.isoformat(timespec="seconds"),
        "case": weighing.case.file,
        "hypotheses": {
            name: _pedigree(pedigree, weighing) for name, pedigree in weighing.hypotheses.items()
        },
        "typed": list(weighing.profiles),
        "check": None if weighing.check is None else hypotheses_check_plain(weighing.check),
        "ratios": [_plain_ratio(ratio) for ratio in weighing.ratios],
        "lowest": [
            {
                "numerator": name,
                "denominator": weighing.denominator,
                "population": weighing.lowest(name).population.name,
                "log10": weighing.lowest(name).log10,
                "in_words": in_words(weighing.lowest(name).log10),
            }
            for name in weighing.numerators
        ],
        "words_from": SOURCE,
        "assumptions": list(weighing.assumptions),
        "gaps": list(weighing.gaps),
        "notices": list(weighing.notices),
        "not_weighed": not_weighed_plain(weighing.not_weighed),
        "run": run_plain(weighing.run),
    }


def _pedigree(pedigree: Pedigree, weighing: KinshipWeighing) -> Plain:
    return {
        "says": pedigree_in_words(pedigree, weighing.profiles),
        "members": [
            {
                "id": member.id,
                "sex": member.sex.value,
                "father": member.father,
                "mother": member.mother,
            }
            for member in pedigree.members
        ],
        "twins": [list(group) for group in pedigree.twins],
        "founder_inbreeding": dict(pedigree.founder_inbreeding),
    }


def _plain_ratio(ratio: PedigreeRatio) -> Plain:
    return {
        "numerator": ratio.numerator,
        "denominator": ratio.denominator,
        "population": population_use(ratio.population),
        "log10": ratio.log10,
        "loci": [
            {
                "locus": found.locus,
                "log10_numerator": found.log10_numerator,
                "log10_denominator": found.log10_denominator,
                "log10": found.log10,
                "finding": found.finding.value or "normal",
                "numerator_needs": found.numerator_needs or None,
                "denominator_needs": found.denominator_needs or None,
            }
            for found in ratio.findings
        ],
    }
