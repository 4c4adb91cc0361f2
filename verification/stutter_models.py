"""Do learnt stutter rates, and more kinds of stutter, explain new stains of new people better?

    python -m verification.stutter_models

Settings are learnt from the PROVEDIt single-source runs of the donors who are in no mixture. On
runs of the others, and on their mixtures, each model's maximum of the log-likelihood with the true
donors is compared; and the donors of the mixtures are searched among strangers. No stain and no
donor tested is learnt from.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from reopen.errors import CannotWeigh
from reopen.formats import find_kit, find_population, read_profiles
from reopen.kernels.shapes import Floats
from reopen.link import LinkOptions, solve
from reopen.link.candidates import any_contributor, search_tables
from reopen.link.stains import each
from reopen.records import Allele, Kit, Locus, Population, Reference, proposition
from reopen.weigh.compare import against_references, contributors, genotype_numbers
from reopen.weigh.evaluate import fit_proposition
from reopen.weigh.laboratory import Laboratory, learn_laboratory
from reopen.weigh.model import Filters, PeakModel
from reopen.weigh.stutter import Stutter
from verification.charts import BLUE, ORANGE, Axis, sheet, side_by_side
from verification.common import (
    DATA,
    RESULTS,
    Column,
    Json,
    Progress,
    made_with,
    model_settings,
    rows,
    table,
    write,
)
from verification.provedit_pairs import KIT, POPULATION, SEED, THETA, Known, load

FILTER = 0.15  # beside a locus's highest peak, says the matrix's own preparation
THRESHOLD = 3.0  # log10 of 1,000
PLAIN = "back stutter, one share"


@dataclass(frozen=True, slots=True)
class Tested:
    """One model on one set of stains.

    gain        mean of ln L less that of the plain model, on stains that both explain; its
                standard error; `better` of `stains` are above
    parameters  fitted beyond the plain model's
    """

    model: str
    stains: int
    ln_likelihood: float
    gain: float
    error: float
    better: int
    parameters: int


@dataclass(frozen=True, slots=True)
class Found:
    """Donors of mixtures found with an LR over 1,000, and strangers so found."""

    model: str
    donors: int
    found: int
    mean_log10: float
    strangers: int
    false: int


def references(data: Path) -> dict[str, Reference]:
    found = read_profiles(data / "provedit_gf_5s" / "references_consensus.csv", role="references")
    return {person.id: person for person in found.references}


def donors_of_mixtures(data: Path) -> set[str]:
    """Everybody in a mixture of two or more."""
    listed = [row["donors"].split() for row in rows(data / "provedit_gf_5s" / "samples.csv")]
    return {name for names in listed if len(names) > 1 for name in names}


def laboratory(
    singles: Sequence[Known], people: Mapping[str, Reference], learning: set[str], most: int
) -> Laboratory:
    """Settings from the runs of some donors, each named for its donor."""
    mine = [known for known in singles if known.donors <= learning]
    order = np.random.default_rng(SEED).permutation(len(mine))[:most]
    stains = [replace(mine[k].stain, id=f"{min(mine[k].donors)}-{mine[k].stain.id}") for k in order]
    return learn_laboratory(stains, [people[name] for name in sorted(learning)], find_kit(KIT))


def models(learnt: Laboratory) -> dict[str, PeakModel]:
    """From the plain model up; filters, threshold and efficiencies are the same in all."""
    edges = learnt.model.filters.back
    if not isinstance(edges, Mapping):
        raise TypeError("the learning runs show no filter")
    back = {locus: FILTER if edge > 0 else 0.0 for locus, edge in edges.items()}
    plain = replace(learnt.model, stutter=Stutter(), filters=Filters(back=back, of_highest=True))
    rates = {"back": learnt.stutter["back"].rates}
    forward = {**rates, "forward": learnt.stutter["forward"].rates}
    named = {
        PLAIN: Stutter(),
        "back, by locus and allele": Stutter(rates=rates),
        "back and forward, one share each": Stutter(forward=True),
        "back by locus and allele, forward": Stutter(forward=True, rates=rates),
        "both by locus and allele": Stutter(forward=True, rates=forward),
        "four kinds, back by locus and allele": Stutter(True, True, True, True, rates),
    }
    return {name: replace(plain, stutter=stutter) for name, stutter in named.items()}


class Fits:
    """ln L of stains with their true donors under each model; -inf where it has none."""

    def __init__(self, people: Mapping[str, Reference], chosen: Mapping[str, PeakModel]):
        self.people, self.models = people, chosen
        self.kit: Kit = find_kit(KIT)
        self.population = Population(find_population(POPULATION), THETA)

    def __call__(self, known: Known) -> list[float]:
        donors = proposition(*(self.people[name] for name in sorted(known.donors)))
        values = []
        for model in self.models.values():
            try:
                fitted = fit_proposition(known.stain, donors, self.population, self.kit, model)
                values.append(fitted.fit.ln_likelihood)
            except CannotWeigh:
                values.append(-np.inf)
        return values


def compared(values: Floats, chosen: Mapping[str, PeakModel]) -> list[Tested]:
    """Each model against the first. values: (stain, model)."""
    kept = values[np.isfinite(values).all(axis=1)]
    told = []
    for k, (name, model) in enumerate(chosen.items()):
        gains = kept[:, k] - kept[:, 0]
        told.append(
            Tested(
                name,
                len(kept),
                float(kept[:, k].mean()),
                float(gains.mean()),
                float(gains.std(ddof=1) / len(kept) ** 0.5),
                int((gains > 0).sum()),
                len(model.stutter.kinds) - 1,
            )
        )
    return told


class Search:
    """log10 LR of every reference as a contributor to a mixture, under each model."""

    def __init__(
        self, people: Sequence[Reference], known: Sequence[Known], chosen: Mapping[str, PeakModel]
    ):
        self.models = chosen
        self.kit = find_kit(KIT)
        self.population = Population(find_population(POPULATION), THETA)
        met: dict[Locus, set[Allele]] = {}
        for person in people:
            for locus, typed in person.genotypes.items():
                met.setdefault(locus, set()).update(typed.alleles)
        for one in known:
            for locus, peaks in one.stain.replicates[0].peaks.items():
                met.setdefault(locus, set()).update(peak.allele for peak in peaks)
        self.tables = search_tables(list(met), self.population, met)
        self.numbers = genotype_numbers(people, self.tables)

    def __call__(self, known: Known) -> list[Floats]:
        found = []
        for model in self.models.values():
            options = LinkOptions(contributors=known.persons, averaging=None)
            solved = solve(known.stain, self.population, self.kit, model, options)
            likelihoods = solved.deconvolution.likelihoods
            weights, _ = contributors(likelihoods, self.tables)
            places = range(len(likelihoods))
            total, _ = any_contributor(against_references(weights, self.numbers), places)
            found.append(total)
        return found


def searched(
    known: Sequence[Known],
    people: Sequence[Reference],
    scores: Sequence[Sequence[Floats]],
    chosen: Mapping[str, PeakModel],
) -> list[Found]:
    told = []
    for k, name in enumerate(chosen):
        true, others = [], []
        for one, by_model in zip(known, scores, strict=True):
            for person, score in zip(people, by_model[k], strict=True):
                (true if person.id in one.donors else others).append(float(score))
        bounded = np.maximum(true, -10.0)
        told.append(
            Found(
                name,
                len(true),
                sum(score > THRESHOLD for score in true),
                float(np.mean(bounded)),
                len(others),
                sum(score > THRESHOLD for score in others),
            )
        )
    return told


def as_table(singles: Sequence[Tested], mixtures: Sequence[Tested], found: Sequence[Found]) -> str:
    columns = [
        Column("model", number=False),
        Column("more parameters"),
        Column(f"ln L, {singles[0].stains} runs of one"),
        Column("better on"),
        Column(f"ln L, {mixtures[0].stains} mixtures of two"),
        Column("better on"),
        Column("donors found"),
        Column("mean log10 LR"),
        Column("strangers found"),
    ]
    lines = []
    for one, two, search in zip(singles, mixtures, found, strict=True):
        first = one.model == PLAIN
        lines.append(
            [
                one.model,
                str(one.parameters),
                _gain(one, first),
                "" if first else f"{one.better}",
                _gain(two, first),
                "" if first else f"{two.better}",
                f"{search.found} of {search.donors}",
                f"{search.mean_log10:.2f}",
                f"{search.false} of {search.strangers:,}",
            ]
        )
    return table(columns, lines)


def _gain(tested: Tested, first: bool) -> str:
    if first:
        return f"{tested.ln_likelihood:.2f}"
    return f"{tested.gain:+.2f} ± {tested.error:.2f}"


def chart(singles: Sequence[Tested], mixtures: Sequence[Tested]) -> str:
    """Gain in ln L per stain less the number of further parameters, with two standard errors."""
    sets = [("Runs of one person", singles, BLUE), ("Mixtures of two", mixtures, ORANGE)]
    ends = [t.gain - t.parameters + s * 2 * t.error for _, told, _ in sets for t in told
            for s in (-1, 1)]  # fmt: skip
    y = Axis("ln L gained, less parameters", min(ends) - 0.5, max(ends) + 0.5)
    x = Axis("model, in the table's order", 0.5, len(singles) + 0.5,
             marks=tuple(range(1, len(singles) + 1)))  # fmt: skip
    panels = side_by_side([name for name, _, _ in sets], [x, x], y, width=360)
    marks = []
    for panel, (_, told, colour) in zip(panels, sets, strict=True):
        for place, one in enumerate(told, start=1):
            value = one.gain - one.parameters
            spread = 2 * one.error
            marks.append(panel.span(place, value - spread, value + spread, colour))
            marks.append(panel.dot(place, value, colour, f"{one.model}: {value:+.2f}"))
    return str(
        sheet(
            panels,
            "Stutter models on stains and people that were not learnt from",
            "Gain in log-likelihood per stain over one share of back stutter.",
            marks,
            "Bars: two standard errors over stains.",
        )
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--learning", type=int, default=700, help="runs learnt from at most")
    parser.add_argument("--singles", type=int, default=88, help="runs of one person tested")
    parser.add_argument("--mixtures", type=int, default=176, help="mixtures of two tested")
    parser.add_argument("--searched", type=int, default=60, help="of these mixtures")
    parser.add_argument("--workers", type=int, help="threads; one for each core by default")
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the public data")
    parser.add_argument("--out", type=Path, default=RESULTS)
    asked = parser.parse_args()
    singles, twos, _ = load(asked.data / "provedit_gf_5s")
    people = references(asked.data)
    in_mixtures = donors_of_mixtures(asked.data)
    learning = set(people) - in_mixtures
    learnt = laboratory(singles, people, learning, asked.learning)
    chosen = models(learnt)
    rng = np.random.default_rng(SEED)
    mine = [known for known in singles if known.donors <= in_mixtures]
    tested = [mine[k] for k in rng.permutation(len(mine))[: asked.singles]]
    mixed = [twos[k] for k in rng.permutation(len(twos))[: asked.mixtures]]
    options, progress = LinkOptions(workers=asked.workers), Progress()
    fits = Fits(people, chosen)
    on_singles = np.array(list(each(fits, tested, options, "runs of one person", progress)))
    on_mixtures = np.array(list(each(fits, mixed, options, "mixtures", progress)))
    nist = read_profiles(asked.data / "nist1036" / "nist1036_genotypes.csv", role="references")
    everybody = [*people.values(), *nist.references]
    asked_for = mixed[: asked.searched]
    search = Search(everybody, asked_for, chosen)
    scores = list(each(search, asked_for, options, "searches", progress))
    one, two = compared(on_singles, chosen), compared(on_mixtures, chosen)
    found = searched(asked_for, everybody, scores, chosen)
    data: dict[str, Json] = {
        **made_with(),
        "learnt_from": {
            "runs": learnt.runs,
            "fitted": learnt.fitted,
            "donors": learnt.donors,
            "concentration": learnt.stutter["back"].concentration,
        },
        "models": {name: model_settings(model) for name, model in chosen.items()},
        "singles": [asdict(row) for row in one],
        "mixtures": [asdict(row) for row in two],
        "found": [asdict(row) for row in found],
    }
    write(asked.out, "stutter_models", as_table(one, two, found), chart(one, two), data)


if __name__ == "__main__":
    main()
