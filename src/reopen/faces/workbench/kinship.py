"""Pedigrees weighed against each other: the likelihood ratio with everything that was assumed.

Files and values in, a frozen result out. Not for: how it is computed (`weigh.kinship`), words
(`kinship_words`), showing it (`kinship_shown`, `assemble_kinship`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from math import inf, log
from pathlib import Path

from reopen.errors import CannotWeigh, InvalidRecord, ReopenError
from reopen.faces.workbench.kinship_assumed import model_for, population_for
from reopen.faces.workbench.kinship_linkage import (
    linkage_matters,
    linkage_notice,
    near_pairs,
)
from reopen.faces.workbench.kinship_run import run_of_kinship
from reopen.faces.workbench.kinship_words import assumptions_of_kinship
from reopen.faces.workbench.profiles import Source, open_profiles
from reopen.formats import read_kinship
from reopen.records import (
    Frozen,
    Genotype,
    KinshipCase,
    KinshipModel,
    KinshipRatio,
    Locus,
    Member,
    Mutation,
    NotWeighed,
    Pedigree,
    Population,
    Reference,
    Run,
)
from reopen.weigh.kinship import weigh_kinship
from reopen.weigh.mutation_steps import MutationsNeeded, mutations_needed
from reopen.weigh.pedigree_check import PedigreeCheck, check_hypotheses

UNRELATED = "unrelated"
_MOST_TOLD = 5
_LN_10 = log(10.0)


class Finding(StrEnum):
    """What a locus says beside its number."""

    NORMAL = ""
    MUTATION = "mutation needed"
    EXCLUDED = "excluded"
    OTHER_EXCLUDED = "second excluded"
    IMPOSSIBLE = "impossible under both"


@dataclass(frozen=True, slots=True)
class LocusFinding:
    """One locus, or a linked pair of them, under both hypotheses.

    log10_numerator, log10_denominator   log10 of the probability of the genotypes; -inf where the
            hypothesis cannot have given them
    log10   the term of the LR; None where both hypotheses are impossible: not counted
    numerator_needs, denominator_needs   mutations without which the hypothesis is impossible
    """

    locus: str
    log10_numerator: float
    log10_denominator: float
    log10: float | None
    finding: Finding
    numerator_needs: str = ""
    denominator_needs: str = ""


@dataclass(frozen=True, slots=True)
class PedigreeRatio:
    """One hypothesis against another, with the frequencies of one population."""

    ratio: KinshipRatio
    population: Population
    findings: tuple[LocusFinding, ...]

    @property
    def numerator(self) -> str:
        return self.ratio.numerator.hypothesis

    @property
    def denominator(self) -> str:
        return self.ratio.denominator.hypothesis

    @property
    def log10(self) -> float:
        return self.ratio.log10

    def with_finding(self, *kinds: Finding) -> tuple[LocusFinding, ...]:
        """Loci of these kinds."""
        return tuple(finding for finding in self.findings if finding.finding in kinds)


@dataclass(frozen=True, slots=True)
class KinshipWeighing:
    """All ratios that were asked of a case.

    ratios     by hypothesis in the numerator, then by population
    gaps       what was not typed, person by person; it says nothing, for or against
    notices    how the files were understood
    sources    files of profiles that were read beside the case
    check      what genotypes say of relations that all hypotheses share, and of those in dispute
    """

    case: KinshipCase
    hypotheses: Mapping[str, Pedigree]
    profiles: Mapping[str, Reference]
    model: KinshipModel
    ratios: tuple[PedigreeRatio, ...]
    gaps: tuple[str, ...]
    assumptions: tuple[str, ...]
    notices: tuple[str, ...]
    not_weighed: tuple[NotWeighed, ...]
    run: Run
    made_at: datetime
    sources: tuple[Source, ...] = ()
    check: PedigreeCheck | None = None

    @property
    def numerators(self) -> tuple[str, ...]:
        """Hypotheses in the numerator, in the order of the case."""
        return tuple(dict.fromkeys(ratio.numerator for ratio in self.ratios))

    @property
    def denominator(self) -> str:
        return self.ratios[0].denominator

    @property
    def populations(self) -> tuple[Population, ...]:
        return tuple({id(r.population): r.population for r in self.ratios}.values())

    def of(self, numerator: str) -> tuple[PedigreeRatio, ...]:
        """The ratios of a hypothesis, one for each population."""
        return tuple(ratio for ratio in self.ratios if ratio.numerator == numerator)

    def lowest(self, numerator: str = "") -> PedigreeRatio:
        """The ratio of the population with the lowest LR. numerator: the first, if not named."""
        return min(self.of(numerator or self.numerators[0]), key=lambda ratio: ratio.log10)

    @property
    def log10(self) -> float:
        """log10 LR of the first hypothesis, the lowest over the populations."""
        return self.lowest().log10

    def __str__(self) -> str:
        from reopen.faces.workbench.kinship_shown import kinship_text

        return kinship_text(self)


def weigh_pedigrees(
    case: KinshipCase | str | Path,
    *,
    profiles: Iterable[str | Path] = (),
    populations: Iterable[str | Population] = (),
    theta: float | None = None,
    mutation: Mutation | None = None,
    dropout: Mapping[str, float] | None = None,
    linked: bool = False,
    numerator: str = "",
    denominator: str = "",
) -> KinshipWeighing:
    """How much better one pedigree explains the genotypes than another.

    case          a file of pedigrees, or what was read from one
    profiles      files of genotypes of members, named as in the pedigrees, beside those of the case
    populations   names in the library, files, or values; the case's own if none is named. With
                  several, every LR is given and the lowest counts
    theta         coancestry; the case's own, or 0.01
    mutation      at every locus; the case's own, or the usual stepwise model
    dropout       member -> probability that an allele of the profile was not seen
    linked        weigh neighbours among the loci of common kits together, vWA with D12S391 for one,
                  beside the pairs that the case names
    numerator, denominator   names of hypotheses. All others against the case's reference if none
                  is named; "unrelated" is the hypothesis that nobody is related

    Raises CannotWeigh where there is nothing to compare, or a model does not fit the alleles;
    UnreadableFile and InvalidRecord for files.
    """
    read = case if isinstance(case, KinshipCase) else read_kinship(case)
    typed = _Profiles(read)
    for path in profiles:
        typed.add(path)
    model = _model(read, mutation, dropout or {}, typed.genotypes)
    chosen = [population_for(read, one, theta) for one in populations or ("",)]
    hypotheses, above, below = _hypotheses(read, typed.genotypes, numerator, denominator)
    compared = {name: hypotheses[name] for name in (*above, below)}
    near = near_pairs(typed.genotypes, model)
    if linked:
        model = replace(model, linked=(*model.linked, *near))
    elif near and linkage_matters(compared.values()):
        typed.notices.append(linkage_notice(near))
    made_at = datetime.now(UTC)
    check, unchecked = _check(compared, typed.genotypes, chosen[0], model)
    ratios = []
    for name in above:
        for population in chosen:
            ratio = weigh_kinship(
                hypotheses, typed.genotypes, population, model, numerator=name, denominator=below
            )
            _refuse_empty(ratio, population)
            findings = _findings(ratio, hypotheses, typed.genotypes, model)
            ratios.append(PedigreeRatio(ratio, population, findings))
    return KinshipWeighing(
        case=read,
        hypotheses=Frozen(compared),
        profiles=Frozen(typed.genotypes),
        model=model,
        ratios=tuple(ratios),
        gaps=_gaps(typed.genotypes),
        assumptions=assumptions_of_kinship(chosen, model, compared, typed.genotypes),
        notices=(*read.notices, *typed.notices, *_different_loci(ratios)),
        not_weighed=(*read.not_weighed, *typed.not_weighed, *_left_out(ratios), *unchecked),
        run=run_of_kinship(read, compared, typed.genotypes, typed.sources, chosen, model),
        made_at=made_at,
        sources=tuple(typed.sources),
        check=check,
    )


def _check(
    compared: Mapping[str, Pedigree],
    profiles: Mapping[str, Reference],
    population: Population,
    model: KinshipModel,
) -> tuple[PedigreeCheck | None, list[NotWeighed]]:
    """What could be weighed is so already: of the check's own only its failure is listed."""
    try:
        return check_hypotheses(compared, profiles, population, model), []
    except ReopenError as error:
        return None, [NotWeighed("check of stated relations", str(error))]


class _Profiles:
    """The profiles of members, of the case and of further files."""

    def __init__(self, case: KinshipCase):
        self.members = {id for pedigree in case.hypotheses.values() for id in pedigree.ids}
        self.genotypes: dict[str, Reference] = dict(case.profiles)
        self.sources: list[Source] = []
        self.notices: list[str] = []
        self.not_weighed: list[NotWeighed] = []

    def add(self, path: str | Path) -> None:
        """Profiles of a file; those of nobody in the pedigrees are listed as not weighed."""
        found = open_profiles(references=[path])
        self.sources += found.sources
        self.notices += found.notices
        self.not_weighed += found.not_weighed
        for profile in found.references:
            name = next((n for n in (profile.person, profile.id) if n in self.members), None)
            if name is None:
                self.not_weighed.append(
                    NotWeighed(
                        profile.id, "no pedigree of the case has a member of this name",
                        profile.where,
                    )
                )  # fmt: skip
            elif name in self.genotypes:
                raise InvalidRecord(
                    f"{name} has two profiles.",
                    rule="Each member has one profile, in the case or in a file beside it.",
                    way_on="Take one of the two out.",
                    where=profile.where,
                )
            else:
                self.genotypes[name] = profile


def _model(
    case: KinshipCase,
    mutation: Mutation | None,
    dropout: Mapping[str, float],
    profiles: Mapping[str, Reference],
) -> KinshipModel:
    model = model_for(case, mutation)
    strangers = [person for person in dropout if person not in profiles]
    if strangers:
        raise InvalidRecord(
            f"Dropout is given for {strangers[0]}, who has no profile.",
            rule="Dropout is a property of a typed profile.",
            way_on=f"Name one of: {', '.join(profiles)}.",
        )
    return replace(model, dropout={**model.dropout, **dropout}) if dropout else model


def _hypotheses(
    case: KinshipCase, profiles: Mapping[str, Reference], numerator: str, denominator: str
) -> tuple[dict[str, Pedigree], tuple[str, ...], str]:
    """All hypotheses, those in the numerator, and the one in the denominator."""
    if not case.hypotheses:
        raise CannotWeigh(
            f"{case.file or 'The case'} holds no pedigrees to compare.",
            rule="A kinship LR compares two hypotheses of how typed people are related.",
            way_on="Families of missing people are compared with remains by `reopen dvi` and "
            "`reopen link`."
            if case.families
            else "Add a pedigree for each hypothesis; docs/files.md has an example.",
        )
    if not profiles:
        raise CannotWeigh(
            "Nobody in the pedigrees has a profile.",
            rule="At least two people are typed.",
            way_on="Give their profiles with --profiles, or in the case.",
        )
    hypotheses = dict(case.hypotheses)
    if UNRELATED not in hypotheses:
        hypotheses[UNRELATED] = _unrelated(case, profiles)
    given = list(case.hypotheses)
    below = denominator or case.reference or (given[-1] if len(given) > 1 else UNRELATED)
    above = (numerator,) if numerator else tuple(name for name in given if name != below)
    for name in (*above, below):
        if name not in hypotheses:
            raise CannotWeigh(
                f"No hypothesis is called {name!r}.",
                rule="A ratio compares two hypotheses of the case.",
                way_on=f"Name one of: {', '.join(hypotheses)}.",
            )
    if not above or above == (below,):
        raise CannotWeigh(
            f"{below} would be compared with itself.",
            rule="A ratio compares two hypotheses.",
            way_on=f"Name two of: {', '.join(hypotheses)}.",
        )
    return hypotheses, above, below


def _unrelated(case: KinshipCase, profiles: Mapping[str, Reference]) -> Pedigree:
    first = next(iter(case.hypotheses.values()))
    sexes = {id: p.sex(id) for p in case.hypotheses.values() for id in p.ids}
    ids = [id for id in first.ids if id in profiles]
    ids += [id for id in profiles if id not in ids]
    return Pedigree(tuple(Member(id, sexes[id]) for id in ids), UNRELATED)


def _refuse_empty(ratio: KinshipRatio, population: Population) -> None:
    """No number where no locus counted: a ratio of 1 would look like a result."""
    if ratio.per_locus:
        return
    above, below = ratio.numerator.hypothesis, ratio.denominator.hypothesis
    if ratio.impossible:
        raise CannotWeigh(
            f"Neither {above} nor {below} can have given the genotypes at any locus.",
            rule="A ratio needs one hypothesis that is possible.",
            way_on="Look for swapped samples or a wrong pedigree, or weigh with a mutation model.",
        )
    reasons = "; ".join(dict.fromkeys(item.reason for item in ratio.not_weighed))
    raise CannotWeigh(
        f"No locus can be weighed with {population.name}{': ' if reasons else ''}{reasons}.",
        rule="A ratio needs genotypes at loci with allele frequencies.",
        way_on="Name a population that lists these loci, or give frequencies in the case.",
    )


def _different_loci(ratios: Sequence[PedigreeRatio]) -> tuple[str, ...]:
    if len({tuple(found.locus for found in one.findings) for one in ratios}) < 2:
        return ()
    told = (
        "The populations have frequencies for different loci, and their LRs differ for that reason "
        "as well: see what was not weighed."
    )
    return (told,)


def _findings(
    ratio: KinshipRatio,
    hypotheses: Mapping[str, Pedigree],
    profiles: Mapping[str, Reference],
    model: KinshipModel,
) -> tuple[LocusFinding, ...]:
    first, second = (hypotheses[side.hypothesis] for side in (ratio.numerator, ratio.denominator))
    mutating = {locus for name in ratio.needs_mutation for locus in (name, *ratio.loci_of(name))}
    found = []
    for name, ln in ratio.numerator.by_locus.items():
        below = ratio.denominator.by_locus[name]
        loci = ratio.loci_of(name)
        impossible = ln == -inf or not mutating.isdisjoint(loci)
        needs = [
            _needed(loci, first, profiles, model) if impossible else "",
            _needed(loci, second, profiles, model),
        ]
        found.append(
            LocusFinding(
                name, ln / _LN_10, below / _LN_10, ratio.per_locus.get(name),
                _kind(ln, below, *needs), *needs,
            )
        )  # fmt: skip
    return tuple(found)


def _kind(ln: float, below: float, needs: str, other_needs: str) -> Finding:
    if ln == -inf:
        return Finding.IMPOSSIBLE if below == -inf else Finding.EXCLUDED
    if below == -inf:
        return Finding.OTHER_EXCLUDED
    return Finding.MUTATION if needs or other_needs else Finding.NORMAL


def _needed(
    loci: Sequence[Locus],
    pedigree: Pedigree,
    profiles: Mapping[str, Reference],
    model: KinshipModel,
) -> str:
    """The fewest mutations that a pedigree needs at each of the loci; empty for none."""
    told = []
    for locus in loci:
        typed: dict[str, Genotype] = {
            id: profile.genotypes[locus]
            for id, profile in profiles.items()
            if locus in profile.genotypes and not profile.genotypes[locus].is_triallelic
        }
        unsure = {
            id
            for id in typed
            if locus in model.silent or model.dropout.get(id) or locus in model.partial.get(id, ())
        }
        found = mutations_needed(
            pedigree, typed, x_linked=locus in model.x_linked, second_unsure=unsure
        )
        told += [_told(locus, found, len(loci) > 1)] if found and found.mutations else []
    if len(told) > _MOST_TOLD:
        told = [*told[:_MOST_TOLD], f"and {len(told) - _MOST_TOLD} more loci"]
    mistyped = ", or an error of typing" if told and model.typing_error else ""
    return "; ".join(told) + mistyped


def _told(locus: Locus, needed: MutationsNeeded, named: bool) -> str:
    return f"{locus}: {needed}" if named else str(needed)


def _gaps(profiles: Mapping[str, Reference]) -> tuple[str, ...]:
    """Who was not typed at loci that others are typed at."""
    loci = dict.fromkeys(locus for profile in profiles.values() for locus in profile.genotypes)
    missing = {
        id: [locus for locus in loci if locus not in profile.genotypes]
        for id, profile in profiles.items()
    }
    return tuple(f"{id}: not typed at {', '.join(at)}" for id, at in missing.items() if at)


def _left_out(ratios: Sequence[PedigreeRatio]) -> tuple[NotWeighed, ...]:
    return tuple(dict.fromkeys(item for one in ratios for item in one.ratio.not_weighed))
