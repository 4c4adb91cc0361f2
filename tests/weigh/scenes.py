"""Small random stains with propositions and parameters; the model's parts in all combinations."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from tests.twins.mixture import Scene

from reopen.records import (
    FIRST_COUSINS,
    FULL_SIBLINGS,
    PARENT_CHILD,
    UNKNOWN,
    Allele,
    AlleleFrequencies,
    Contributor,
    Genotype,
    Kit,
    Locus,
    Marker,
    Peak,
    Population,
    Proposition,
    Reference,
    Relation,
    Replicate,
    Stain,
)
from reopen.weigh.model import Conventions, Dropin, Filters, PeakModel, PeakParameters
from reopen.weigh.stutter import Stutter, StutterRates

REPEATS = ("8", "9", "9.3", "10", "10.3", "11", "12", "13")
LUS = ("9_7", "10_8", "11_9", "10_9", "11_8")
TEXT = ("A", "C", "G", "T")
LOCI = (Locus("REPEATS"), Locus("LUS"), Locus("TEXT"))
NAMES = dict(zip(LOCI, (REPEATS, LUS, TEXT), strict=True))
TWINS = Relation("identical twins", (0.0, 0.0, 1.0))
COUSINS_TWICE = Relation("double first cousins", (0.5625, 0.375, 0.0625))
RELATIONS = (PARENT_CHILD, FULL_SIBLINGS, FIRST_COUSINS, TWINS, COUSINS_TWICE)

RATES = {
    "back": {
        LOCI[0]: StutterRates(-0.04, 0.01, (8, 13), {Allele("9.3"): 0.02}),
        LOCI[1]: StutterRates(0.01, 0.008, (7, 9)),
    },
    "two_base": {LOCI[0]: StutterRates(0.01, 0.0, (8, 13))},
}

KIT = Kit(
    "Invented",
    tuple(
        Marker(
            locus,
            "blue",
            {Allele(a.split("_")[0]): start + 4.0 * k for k, a in enumerate(names)},
        )
        for (locus, names), start in zip(NAMES.items(), (90.0, 210.0, 300.0), strict=True)
    ),
    source="invented",
)


def scenes(seed: int, *, most_unknowns: int = 3, relatives: bool = True) -> list[Scene]:
    """A stain with its three loci, one scene for each; reproducible by its seed."""
    rng = Random(seed)
    model = _model(rng)
    population = _population(rng)
    n_unknown = rng.choice((0, 1, 1, 2, 2, 3)[: 2 * most_unknowns])
    n_known = rng.choice((0, 1, 2)) if n_unknown else rng.choice((1, 2))
    if n_known + n_unknown > 3:
        n_known = 3 - n_unknown
    people = [_person(rng, f"person {k}") for k in range(n_known + 2)]
    known, relative, bystander = people[:n_known], people[-2], people[-1]
    contributors = [Contributor(person) for person in known] + [UNKNOWN] * n_unknown
    if relatives and n_unknown and rng.random() < 0.4 and relative.genotypes:
        to = relative if n_unknown == 1 or rng.random() < 0.5 else None
        contributors[-1] = Contributor(None, rng.choice(RELATIONS), to)
        if to is None or model.conventions.untyped_relative == "last two":
            # the twin does not tell which unseen alleles two unknown relatives share
            one_peak = replace(model.conventions, unseen_alleles="one peak")
            model = replace(model, conventions=one_peak)
    proposition = Proposition(tuple(contributors), (bystander,) if rng.random() < 0.4 else ())
    n_seen = 4 if n_unknown < 2 else 3 if n_unknown == 2 else 2
    stain = Stain(
        f"seed {seed}",
        tuple(
            Replicate(str(r), {locus: _peaks(rng, locus, n_seen) for locus in LOCI})
            for r in range(rng.choice((1, 1, 2)))
        ),
    )
    parameters = _parameters(rng, len(contributors), model)
    return [Scene(stain, locus, proposition, population, KIT, model, parameters) for locus in LOCI]


def _model(rng: Random) -> PeakModel:
    back = rng.random() < 0.6
    filtered = not back and rng.random() < 0.5
    degradation = rng.random() < 0.5
    stutter = Stutter(
        back,
        forward=back and rng.random() < 0.5,
        double_back=back and rng.random() < 0.2,
        two_base=back and rng.random() < 0.2,
        rates=RATES if rng.random() < 0.3 else {},
    )
    threshold = rng.choice((50.0, {locus: 40.0 + 10 * k for k, locus in enumerate(LOCI)}))
    dropin = Dropin(rng.choice((0.05, 0.3, dict.fromkeys(LOCI, 0.01))), rng.choice((0.01, 0.05)))
    filters = Filters(
        back=rng.choice((0.0, 0.15)) if filtered else 0.0,
        forward=rng.choice((0.0, 0.1)) if filtered else 0.0,
        locus_cutoff=rng.choice((0.0, 0.0, 0.1)),
        of_highest=filtered and not degradation,
    )
    efficiency = rng.choice((1.0, {LOCI[0]: 0.7, LOCI[1]: 1.2, LOCI[2]: 1.0}))
    rest_size = rng.choice(("largest", "mean"))
    unseen = rng.choice(("apart", "one peak"))
    conventions = Conventions(rng.random() < 0.5, rest_size, unseen)
    if isinstance(threshold, float):  # no draw of its own, which would change all scenes
        conventions = replace(conventions, untyped_relative="last two")
    return PeakModel(degradation, stutter, threshold, dropin, filters, efficiency, conventions)


def _population(rng: Random) -> Population:
    tables = {
        locus: {
            Allele(name): rng.uniform(0.02, 0.4) / len(names) * 4
            for name in names
            if rng.random() < 0.9 or name == names[1]
        }
        for locus, names in NAMES.items()
    }
    for table in tables.values():  # sums a little below 1, as printed tables do
        total = sum(table.values()) * 1.02
        table |= {name: value / total for name, value in table.items()}
    theta = rng.choice((0.0, 0.01, 0.03, {LOCI[0]: 0.0, LOCI[1]: 0.02, LOCI[2]: 0.1}))
    return Population(
        AlleleFrequencies("Invented people", tables, "invented"),
        theta,
        minimum_frequency=rng.choice((None, 0.005)),
        rescale=rng.random() < 0.7,
    )


def _person(rng: Random, name: str) -> Reference:
    """Mostly diploid, sometimes one allele listed, tri-allelic (contributors) or not typed."""
    typed = {}
    for locus, names in NAMES.items():
        n = rng.choices((0, 1, 2, 3), (0.12, 0.1, 0.7, 0.08))[0]
        if n == 3 and name.endswith(("0", "1")) and locus != LOCI[2]:
            typed[locus] = Genotype(tuple(Allele(a) for a in rng.sample(names[:5], 3)))
        elif n:
            typed[locus] = Genotype(tuple(Allele(a) for a in rng.choices(names, k=min(n, 2))))
    return Reference(name, typed)


def _peaks(rng: Random, locus: Locus, most: int) -> tuple[Peak, ...]:
    names = rng.sample(NAMES[locus], min(rng.choice((0, 1, most, most)), len(NAMES[locus])))
    return tuple(Peak(Allele(name), round(rng.uniform(30, 900), 1)) for name in names)


def _parameters(rng: Random, n: int, model: PeakModel) -> PeakParameters:
    shares = [rng.uniform(0.1, 1) for _ in range(n)]
    return PeakParameters(
        tuple(share / sum(shares) for share in shares),
        height_rfu=rng.uniform(100, 900),
        variability=rng.uniform(0.1, 0.7),
        degradation=rng.uniform(0.5, 1.1) if model.degradation else 1.0,
        back_stutter=rng.uniform(0.02, 0.15) if model.stutter.back else 0.0,
        forward_stutter=rng.uniform(0.005, 0.05) if model.stutter.forward else 0.0,
        double_back_stutter=rng.uniform(0.005, 0.03) if model.stutter.double_back else 0.0,
        two_base_stutter=rng.uniform(0.005, 0.03) if model.stutter.two_base else 0.0,
    )
