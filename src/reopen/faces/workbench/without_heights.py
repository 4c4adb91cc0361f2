"""One stain and one person, weighed by the alleles seen alone: the qualitative model in one call.

For stains whose heights are not known. Not for: stains with heights (`bench`), which tell more.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from math import nan

from reopen.errors import CannotWeigh, InvalidRecord
from reopen.faces.workbench.assumptions import DEFAULT_POPULATION, assumptions, libraries
from reopen.faces.workbench.given import (
    AnyReference,
    AnyStain,
    population_of,
    reference_of,
    stain_of,
)
from reopen.faces.workbench.settings import Settings
from reopen.records import NotWeighed, Population, Propositions, Reference, Stain, proposition
from reopen.weigh.dropout import (
    Dropout,
    DropoutOfEach,
    QualitativeRatio,
    choose_number_seen,
    weigh_seen,
)
from reopen.weigh.encode import MAX_UNKNOWNS
from reopen.weigh.number import NumberOfContributors
from reopen.weigh.qualitative import QualitativeModel


@dataclass(frozen=True, slots=True)
class WeighingWithoutHeights:
    """The likelihood ratio of one person as a contributor to one stain, by alleles seen or not.

    number  of contributors, and how it was come by
    """

    stain: Stain
    suspect: Reference
    known: tuple[Reference, ...]
    number: NumberOfContributors
    ratio: QualitativeRatio
    population: Population
    assumptions: tuple[str, ...]
    not_weighed: tuple[NotWeighed, ...]
    notices: tuple[str, ...] = ()

    @property
    def log10(self) -> float:
        return self.ratio.log10

    def __str__(self) -> str:
        from reopen.faces.workbench.without_heights_shown import without_heights_text

        return without_heights_text(self)


def weigh_without_heights(
    stain: AnyStain,
    suspect: AnyReference,
    *,
    known: Iterable[AnyReference] = (),
    contributors: int | None = None,
    dropout: float | str | DropoutOfEach = "estimate",
    population: str | Population = DEFAULT_POPULATION,
    settings: Settings | None = None,
    replicates: str = "none",
    decimal_comma: bool | None = None,
) -> WeighingWithoutHeights:
    """The LR by alleles seen or not: the suspect contributed, against an unknown person instead.

    contributors  in all; None takes the number that makes what was seen most likely
    dropout       probability that a copy of an allele is not seen in a replicate: one number, one
                  of each contributor, "estimate" (the most likely under each proposition) or
                  "integrate" (summed over, all values alike)

    Other arguments and errors as for `weigh_stain`. Of the settings only the threshold, drop-in
    and theta are used.
    """
    chance = _dropout(dropout)
    person = reference_of(suspect, decimal_comma)
    others = tuple(reference_of(one, decimal_comma) for one in known)
    read = stain_of(stain, "", replicates, decimal_comma, with_heights=False)
    settings = settings or Settings()
    frequencies = population_of(population, settings)
    of_heights = settings.model_for(read.kit.name if read.kit else "")
    model = QualitativeModel(of_heights.dropin.probability, of_heights.threshold_rfu)
    number = _number(read.stain, frequencies, model, contributors, len(others))
    pair = Propositions(
        proposition(person, *others, unknowns=number.chosen - 1 - len(others)),
        proposition(*others, unknowns=number.chosen - len(others), non_contributors=(person,)),
    )
    ratio = weigh_seen(read.stain, pair, frequencies, model, chance)
    return WeighingWithoutHeights(
        stain=read.stain,
        suspect=person,
        known=others,
        number=number,
        ratio=replace(ratio, run=replace(ratio.run, libraries=libraries())),
        population=frequencies,
        assumptions=(*assumptions(frequencies, {}), *_of_model(model, chance)),
        not_weighed=(*read.not_read, *ratio.not_weighed),
        notices=read.beside.notices,
    )


def _number(
    stain: Stain, population: Population, model: QualitativeModel, given: int | None, known: int
) -> NumberOfContributors:
    """The number of contributors; not below those who are named with the person in question."""
    least = 1 + known
    if given is not None and given < least:
        raise CannotWeigh(
            f"{given} contributors asked for in stain {stain.id!r}.",
            rule=f"With the people named there are {least} at least.",
            way_on=f"Ask for {least} or more, or name fewer people.",
        )
    if given is not None and given - known > MAX_UNKNOWNS:
        raise InvalidRecord(
            f"{given - known} unknown contributors in stain {stain.id!r}.",
            rule=f"At most {MAX_UNKNOWNS} unknown contributors can be summed over.",
            way_on="Ask for fewer contributors, or name people known to have contributed.",
        )
    number = choose_number_seen(stain, population, model, number=given)
    return replace(number, chosen=max(number.chosen, least))


def _of_model(model: QualitativeModel, dropout: Dropout) -> tuple[str, ...]:
    said = {
        "estimate": "It is the most likely one under each proposition",
        "integrate": "It is summed over, all values from 0 to 1 alike",
    }
    how = said.get(str(dropout), f"It is given: {dropout}")
    chances = model.dropin_probability
    values = [chances] if isinstance(chances, float | int) else list(chances.values())
    low, high = min(values), max(values)
    dropin = f"{low:g}" if low == high else f"{low:g} to {high:g} by locus"
    return (
        "Heights are not looked at; a peak with one counts from the analytical threshold on.",
        f"Every copy of an allele is missed in a replicate with one probability, drop-out. {how}.",
        f"An allele of nobody is seen with the drop-in probability, {dropin}, times its frequency.",
        "Stutter is not modelled: a stutter peak that is listed counts as an allele.",
    )


def _dropout(said: float | str | DropoutOfEach) -> Dropout:
    """Drop-out as said: a probability, also as text, "estimate" or "integrate", or one of each."""
    if isinstance(said, DropoutOfEach):
        return said
    if said == "estimate":
        return "estimate"
    if said == "integrate":
        return "integrate"
    try:
        chance = float(said)
    except ValueError:
        chance = nan
    if not 0 <= chance <= 1:
        raise InvalidRecord(
            f"Drop-out {said}.",
            rule="It is a probability from 0 to 1, or estimate, or integrate.",
            way_on="Give one of these.",
        )
    return chance
