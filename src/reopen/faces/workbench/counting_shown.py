"""Numbers of contributors, and integrated ratios, as text and as what JSON holds.

Rounding happens here and nowhere before. Not for: the report (`assemble_counting`).
"""

from __future__ import annotations

from reopen.faces.report.wording import log10_text
from reopen.faces.workbench.counting import CountedStain, Counting
from reopen.faces.workbench.integrating import Integrating
from reopen.faces.workbench.plain_values import Plain, not_weighed_plain
from reopen.faces.workbench.tables import WIDTH, bullets, paragraph, table
from reopen.records import (
    IntegralEnding,
    IntegratedRatio,
    MarginalLikelihood,
    NumberPosterior,
    NumberProbability,
)
from reopen.weigh.number import NumberOfContributors

NOT_COMPUTED = "?"
_READING = (
    "Probabilities of each number, given the peaks, when all numbers are alike beforehand. "
    'A number with "≤" was not computed, and is at most as probable as that; '
    f'"{NOT_COMPUTED}" was not computed, and may be anything.'
)


def counting_text(counting: Counting, *, width: int = WIDTH) -> str:
    """A row for each stain, a column for each number."""
    numbers = sorted({one.number for c in counting.counted for one in c.posterior.numbers})
    rows = [
        [counted.stain.id, *(_cell(counted.posterior, n) for n in numbers)]
        for counted in counting.counted
    ]
    parts = []
    if counting.controls:
        parts.append(bullets(counting.controls, width))
    if rows:
        header = ["Stain", *(f"{n}" for n in numbers)]
        shown = table(header, rows, right="l" + "r" * len(numbers), width=width)
        parts += [f"Number of contributors\n{shown}", paragraph(_READING, width=width)]
    rough = [told for counted in counting.counted if (told := unsettled(counted.posterior))]
    parts += [bullets(rough, width)] if rough else []
    if counting.known:
        people = ", ".join(person.id for person in counting.known)
        parts.append(paragraph(f"Taken to have contributed: {people}.", width=width))
    parts.append(f"Assumptions\n{bullets(counting.assumptions, width)}")
    if counting.notices:
        parts.append(f"Read so\n{bullets(counting.notices, width)}")
    refused = [" ".join(str(item).split()) for item in counting.not_weighed]
    parts.append(
        f"Not weighed ({len(refused)})\n{bullets(refused, width)}"
        if refused
        else "Not weighed: nothing; every record took part."
    )
    return "\n\n".join(parts)


def _cell(posterior: NumberPosterior, number: int) -> str:
    found = next((one for one in posterior.numbers if one.number == number), None)
    return chance_of_number(found) if found else "0 (named)"


def chance_of_number(one: NumberProbability) -> str:
    """A probability, a bound, or that nothing is known of it."""
    if one.is_bound:
        return NOT_COMPUTED if one.probability >= 1 else f"≤ {max(one.probability, 1e-3):.1%}"
    if one.probability == 0:
        return "0"
    return "< 0.1%" if one.probability < 1e-3 else f"{one.probability:.1%}"


def unsettled(posterior: NumberPosterior) -> str:
    """Which numbers' integrals are not to be relied on, in a sentence; empty where all are."""
    few = [
        str(one.number)
        for one in posterior.numbers
        if one.marginal is not None and one.marginal.ending is IntegralEnding.FEW_DRAWS
    ]
    return f"At {', '.join(few)}: {IntegralEnding.FEW_DRAWS.value}" if few else ""


def integrating_told(found: Integrating) -> list[str]:
    """The integrated ratio in sentences."""
    told = [_ratio_told(found.ratio)]
    spread = found.ratio.distribution
    if spread is not None:
        low, high = spread.interval
        told.append(
            f"Over what the parameters may be, log10 LR is {_log10(spread.credible[0])} to "
            f"{_log10(spread.credible[1])} with probability 95 %, median {_log10(spread.median)}. "
            f"The conservative quantile of {spread.level:.0%} is {_log10(spread.quantile)} "
            f"({_log10(low)} to {_log10(high)})."
        )
    told += [
        f"{name}: {side.ending.value}"
        for name, side in (
            ("First proposition", found.ratio.numerator),
            ("Second proposition", found.ratio.denominator),
        )
        if side.ending not in (IntegralEnding.REACHED, IntegralEnding.UNEXPLAINED)
    ]
    over = found.over_numbers
    if over is None:
        return told
    low, high = over.interval
    told.append(
        f"Averaged over the number of contributors: {_log10(over.log10)} "
        f"({_log10(low)} to {_log10(high)})."
    )
    if over.number_matters:
        told.append(
            "The number of contributors matters: between plausible numbers the LR differs tenfold "
            "or more. Look at what speaks for each number before relying on one."
        )
    told += [note for side in (over.numerator, over.denominator) if (note := unsettled(side))]
    return told


def _ratio_told(ratio: IntegratedRatio) -> str:
    low, high = ratio.interval
    return (
        f"Integrated over the parameters, log10 LR {_log10(ratio.log10)} ({_log10(low)} to "
        f"{_log10(high)}, for the error of the integration)."
    )


def by_number_rows(found: Integrating) -> list[list[str]]:
    """Number, its probability under both propositions, and the integrated LR at it."""
    over = found.over_numbers
    if over is None:
        return []
    sides = [
        {one.number: one for one in side.numbers} for side in (over.numerator, over.denominator)
    ]
    rows = []
    for number in sorted({*sides[0], *sides[1]}):
        ratio = over.by_number.get(number)
        chances = [chance_of_number(s[number]) if number in s else NOT_COMPUTED for s in sides]
        rows.append([str(number), *chances, _log10(ratio.log10) if ratio else ""])
    return rows


BY_NUMBER = ("Contributors", "If the first holds", "If the second holds", "log10 LR")


def integrating_text(found: Integrating, width: int = WIDTH) -> list[str]:
    """Paragraphs and tables of an integrated ratio."""
    told = [paragraph(sentence, width=width) for sentence in integrating_told(found)]
    parts = ["\n".join(["Parameters integrated over", *told])]
    if rows := by_number_rows(found):
        parts.append(table(BY_NUMBER, rows, right="rrrr", width=width))
    return parts


def counting_plain(counting: Counting) -> Plain:
    """Probabilities with their errors, stain by stain."""
    return {
        "made_at": counting.made_at.isoformat(timespec="seconds"),
        "stains": [_counted(one) for one in counting.counted],
        "known": [person.id for person in counting.known],
        "most": counting.most,
        "controls": list(counting.controls),
        "notices": list(counting.notices),
        "assumptions": list(counting.assumptions),
        "not_weighed": not_weighed_plain(counting.not_weighed),
    }


def _counted(counted: CountedStain) -> Plain:
    run = counted.run
    return {
        "id": counted.stain.id,
        "kit": counted.kit.name if counted.kit else None,
        "contributors": counted.posterior.most_probable,
        "numbers": numbers_plain(counted.posterior),
        "run": {
            "program": run.program,
            "model": run.model,
            "parameters": dict(run.parameters),
            "inputs": dict(run.inputs),
            "seed": run.seed,
            "libraries": dict(run.libraries),
        },
    }


def numbers_plain(posterior: NumberPosterior) -> Plain:
    """Each number with its probability; at_most where it was not computed."""
    return [
        {
            "number": one.number,
            "prior": posterior.prior.get(one.number, 0.0),
            "probability": None if one.is_bound else one.probability,
            "at_most": one.probability if one.is_bound else None,
            "error": None if one.is_bound else one.error,
            "marginal": None if one.marginal is None else _marginal(one.marginal),
        }
        for one in posterior.numbers
    ]


def posterior_plain(number: NumberOfContributors) -> Plain:
    """Probabilities of the number, null where it was given."""
    return None if number.posterior is None else numbers_plain(number.posterior)


def integrating_plain(found: Integrating) -> Plain:
    """The integrated ratio with its distribution, and over numbers where they are not given."""
    over = found.over_numbers
    return {
        **_ratio(found.ratio),
        "contributors": found.number,
        "run_of_integration": {
            "parameters": dict(found.ratio.run.parameters),
            "seed": found.ratio.run.seed,
        },
        "over_numbers": None
        if over is None
        else {
            "log10": over.log10,
            "interval": list(over.interval),
            "number_matters": over.number_matters,
            "by_number": [
                {"number": number, **_ratio(ratio)} for number, ratio in over.by_number.items()
            ],
            "numerator_numbers": numbers_plain(over.numerator),
            "denominator_numbers": numbers_plain(over.denominator),
        },
    }


def _ratio(ratio: IntegratedRatio) -> dict[str, Plain]:
    spread = ratio.distribution
    return {
        "log10": ratio.log10,
        "interval": list(ratio.interval),
        "numerator_marginal": _marginal(ratio.numerator),
        "denominator_marginal": _marginal(ratio.denominator),
        "distribution": None
        if spread is None
        else {
            "median": spread.median,
            "credible": list(spread.credible),
            "level": spread.level,
            "quantile": spread.quantile,
            "interval": list(spread.interval),
        },
    }


def _marginal(marginal: MarginalLikelihood) -> Plain:
    return {
        "ln": marginal.ln,
        "relative_error": marginal.relative_error,
        "effective": marginal.effective,
        "evaluations": marginal.evaluations,
        "ending": marginal.ending.name.lower(),
    }


def _log10(value: float) -> str:
    return log10_text(value).replace("\N{MINUS SIGN}", "-").replace("∞", "inf")
