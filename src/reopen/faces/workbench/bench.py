"""The Python face: link, weigh and deconvolve, each in one call, with everything that was assumed.

Values and files in, frozen results out. Not for: how anything is computed (`weigh`, `link`), the
report (`assemble`), reading many files (`profiles`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING

from reopen.errors import CannotWeigh, InvalidRecord
from reopen.faces.report.chance_words import prior_text
from reopen.faces.workbench.assumptions import (
    DEFAULT_POPULATION,
    NO_RELATIVES,
    assumptions,
    assumptions_of_links,
    libraries,
    run_of_links,
    run_of_stain,
)
from reopen.faces.workbench.controls import of_controls
from reopen.faces.workbench.family_checks import check_families
from reopen.faces.workbench.fit_errors import fit_errors
from reopen.faces.workbench.found_series import with_series
from reopen.faces.workbench.given import (
    AnyReference,
    AnyStain,
    ReadStain,
    population_of,
    reference_of,
    stain_of,
)
from reopen.faces.workbench.link_checks import check_links
from reopen.faces.workbench.machines import Machines, tallies_of
from reopen.faces.workbench.peak_checks import check_model
from reopen.faces.workbench.profiles import Profiles
from reopen.faces.workbench.results import Deconvolving, Linking, Weighing
from reopen.faces.workbench.searched_database import (
    assumptions_of_database,
    opened,
    with_database,
)
from reopen.faces.workbench.settings import Settings
from reopen.faces.workbench.sought_files import (
    SoughtFiles,
    assumptions_of_sought,
    open_sought,
    with_inputs,
)
from reopen.faces.workbench.together import TogetherOptions, together
from reopen.link import LinkOptions, Progress, SolvedStain, link
from reopen.link.compared import Before
from reopen.link.stains import quiet
from reopen.records import (
    UNRELATED,
    Contributor,
    KinshipCase,
    LikelihoodRatio,
    NotWeighed,
    Population,
    Proposition,
    Propositions,
    Reference,
    Relation,
    Run,
    proposition,
    relation_named,
)
from reopen.weigh.averaged import Averaging
from reopen.weigh.deconvolve import deconvolve
from reopen.weigh.encode import MAX_UNKNOWNS, encode
from reopen.weigh.evaluate import fit_proposition, weigh
from reopen.weigh.importance import Sizes
from reopen.weigh.integrated import Integration, integral_parameters
from reopen.weigh.mixture import MixtureLikelihood
from reopen.weigh.model import PeakModel
from reopen.weigh.number import NumberOfContributors
from reopen.weigh.number_posterior import Setting, number_posterior
from reopen.weigh.prior_odds import PriorOdds, read_prior_odds

if TYPE_CHECKING:
    from reopen.engine.elsewhere import Engine
    from reopen.faces.workbench.searched_database import Searched

LEAST_LOG10 = 3.0
MOST_CONTRIBUTORS = 4
_ROUGH = Sizes(most=1024, target=0.1)  # enough to tell which number is the most probable


def find_links(
    profiles: Profiles,
    *,
    population: str | Population = DEFAULT_POPULATION,
    settings: Settings | None = None,
    contributors: int | None = None,
    most_contributors: int = MOST_CONTRIBUTORS,
    least_log10: float = LEAST_LOG10,
    averaging: bool = True,
    in_full: bool = True,
    families: Iterable[str | Path | KinshipCase] = (),
    relatives: Iterable[str | Relation] = (),
    most_chance: float = 1.0,
    prior: str | float | None = None,
    database: str | Path | None = None,
    machines: Machines | None = None,
    progress: Progress = quiet,
) -> Linking:
    """Compare every stain contributor with every reference and every other stain's contributors.

    population    name in the library, path of a frequency file, or a Population
    contributors  of every stain; None chooses for each, up to most_contributors
    least_log10   of links to list
    averaging     search at draws of each stain's parameters, with the settings' priors; without,
                  at its best parameters alone
    in_full       weigh links of stains with references again, both propositions fitted
    families      files of families that miss somebody, and of unidentified remains
    relatives     relations of a stain's donor to look for in the database, as "full siblings"
    most_chance   such relatives are listed if no more unrelated people than this are expected to
                  come as close
    prior         odds of every link before the DNA, as "1/5000"; None tells no odds after it
    database      file of people, as `build_database` makes it: stains, families and remains are
                  compared with them too, and relatives looked for among them
    machines      processes or a cluster that do it; None is threads of this process
    progress      called with (step, done, of); an exception it raises stops the work

    Raises UnknownName for a population or relation that is not known, and InvalidRecord for more
    contributors than can be summed over, a least_log10 that is not a number, or a prior that is no
    odds; CannotRun and CannotStore where machines cannot do it. Profiles that cannot be compared,
    or have none to be compared with, are a result without links.
    """
    _check_unknowns(max(contributors or 0, most_contributors), "in each stain")
    if isnan(least_log10):
        raise InvalidRecord(
            "A least log10 LR that is not a number.",
            rule="Links are listed from a log10 LR on.",
            way_on="Give a number, such as 3.",
        )
    odds = None if prior is None else read_prior_odds(str(prior))
    settings = settings or Settings()
    frequencies = population_of(population, settings)
    files = open_sought(families, relatives, most_chance=most_chance)
    options = LinkOptions(
        contributors=contributors,
        most_contributors=most_contributors,
        least_log10=least_log10,
        averaging=Averaging(priors=settings.priors) if averaging else None,
        in_full=in_full,
    )
    people = None if database is None else opened(database)
    with (machines or Machines()).working() as how:
        linking = link_profiles(
            profiles, files, frequencies, settings, options, progress, database=people, how=how
        )
    linking = linking if odds is None else with_prior(linking, odds)
    return with_series(linking, progress=progress)


def with_prior(linking: Linking, prior: PriorOdds) -> Linking:
    """A search with odds after the DNA, from odds before it that somebody stated."""
    stated = f"Prior odds of {prior_text(prior)} for every link, as stated for this search."
    return replace(linking, prior=prior, assumptions=(*linking.assumptions, stated))


def link_profiles(
    profiles: Profiles,
    files: SoughtFiles,
    population: Population,
    settings: Settings,
    options: LinkOptions,
    progress: Progress = quiet,
    *,
    before: Before | None = None,
    solved_before: Mapping[str, SolvedStain] | None = None,
    database: Searched | None = None,
    how: Engine | None = None,
) -> Linking:
    """A search of what was read. before, solved_before: of earlier searches, as for `link`."""
    models = settings.models(dict.fromkeys(stain.kit for stain in profiles.stains))
    made_at = datetime.now(UTC)
    result = link(
        profiles.stains,
        profiles.references,
        population,
        profiles.kits,
        models,
        options,
        progress,
        files.sought,
        before,
        solved_before,
        how,
        database,
    )
    result, checks = check_links(result, population, models, progress)
    result, family_checks = check_families(result, files.sought, population, progress)
    return Linking(
        result=result,
        profiles=profiles,
        population=population,
        settings=settings,
        options=options,
        assumptions=(
            *assumptions_of_links(population, models, options),
            *assumptions_of_sought(files.sought),
            *assumptions_of_database(database),
        ),
        run=with_database(
            with_inputs(run_of_links(profiles, population, models, options), files), database
        ),
        made_at=made_at,
        checks=checks,
        files=files,
        family_checks=family_checks,
        tallies=tallies_of(how),
    )


def weigh_stain(
    stain: AnyStain,
    suspect: AnyReference,
    *,
    known: Iterable[AnyReference] = (),
    contributors: int | None = None,
    relation: str | Relation = UNRELATED,
    population: str | Population = DEFAULT_POPULATION,
    kit: str = "",
    settings: Settings | None = None,
    replicates: str = "none",
    decimal_comma: bool | None = None,
) -> Weighing:
    """The evaluative LR: the suspect is one of the contributors, against an unknown person instead.

    stain, suspect, known  values, or files: `FILE`, or `FILE#NAME` where it holds several
    known         people taken to have contributed under both propositions
    contributors  in all; None takes the most probable number, up to MOST_CONTRIBUTORS
    relation      of the unknown person to the suspect, as "full siblings"
    population, kit   names in the library, or paths of files
    replicates, decimal_comma   of files, as for `open_profiles`

    Raises CannotWeigh where a proposition cannot produce the peaks; UnknownName and UnreadableFile
    for names and files.
    """
    person = reference_of(suspect, decimal_comma)
    others = tuple(reference_of(one, decimal_comma) for one in known)
    case = _Case(stain_of(stain, kit, replicates, decimal_comma), population, settings)
    number = case.number(contributors, others)
    kin = relation_named(relation) if isinstance(relation, str) else relation
    pair = Propositions(
        proposition(person, *others, unknowns=number.chosen - 1 - len(others)),
        _instead(person, others, number.chosen, kin),
    )
    ratio = weigh(case.stain, pair, case.population, case.kit, case.model)
    first, second = case.likelihood(pair.numerator), case.likelihood(pair.denominator)
    return Weighing(
        stain=case.stain,
        kit=case.kit,
        suspect=person,
        known=others,
        number=number,
        ratio=replace(ratio, run=case.run(replace(ratio.run, libraries=libraries()), number)),
        numerator_check=check_model(first, ratio.numerator),
        denominator_check=check_model(second, ratio.denominator),
        numerator_errors=fit_errors(first, case.model, ratio.numerator),
        denominator_errors=fit_errors(second, case.model, ratio.denominator),
        population=case.population,
        model=case.model,
        assumptions=_with_relative(case.assumptions, person, kin),
        not_weighed=(*case.not_read, *ratio.not_weighed, *_untyped(person, others, ratio)),
        made_at=datetime.now(UTC),
        controls=case.controls,
        notices=case.notices,
    )


def deconvolve_stain(
    stain: AnyStain,
    *,
    known: Iterable[AnyReference] = (),
    contributors: int | None = None,
    population: str | Population = DEFAULT_POPULATION,
    kit: str = "",
    settings: Settings | None = None,
    replicates: str = "none",
    decimal_comma: bool | None = None,
    joint: int = 0,
    profiles: int = 0,
    draws: int = 0,
    seed: int = 1,
) -> Deconvolving:
    """The genotypes of a stain's unknown contributors, with probabilities.

    joint     how many of the most probable genotypes of all contributors together, at each locus
    profiles  how many of the most probable whole profiles of each unknown contributor
    draws     how many draws of all contributors' genotypes; seed: theirs
    Other arguments, and errors, as for `weigh_stain`.
    """
    asked = TogetherOptions(joint, profiles, draws, seed)
    others = tuple(reference_of(one, decimal_comma) for one in known)
    case = _Case(stain_of(stain, kit, replicates, decimal_comma), population, settings)
    number = case.number(contributors, others)
    who = proposition(*others, unknowns=number.chosen - len(others))
    fitted = fit_proposition(case.stain, who, case.population, case.kit, case.model)
    run = run_of_stain(case.stain, others, number.chosen, case.population, case.kit, case.model)
    run = case.run(run, number)
    found = deconvolve(fitted.likelihood, fitted.parameters, fitted.fit, run=run)
    told = together(fitted.likelihood, fitted.parameters, found, asked)
    left_out = told.joint.not_weighed if told.joint else ()
    return Deconvolving(
        stain=case.stain,
        kit=case.kit,
        known=others,
        number=number,
        found=found,
        check=check_model(fitted.likelihood, fitted.fit),
        errors=fit_errors(fitted.likelihood, case.model, fitted.fit),
        population=case.population,
        assumptions=case.assumptions,
        not_weighed=(*case.not_read, *found.not_weighed, *left_out),
        together=told,
        run=run,
        controls=case.controls,
        notices=case.notices,
    )


class _Case:
    """One stain with all that it is weighed under."""

    def __init__(self, read: ReadStain, population: str | Population, settings: Settings | None):
        settings = settings or Settings()
        self.stain, self.kit, self.not_read, beside = read
        self.controls, self.notices = of_controls(beside, settings), beside.notices
        self.population = population_of(population, settings)
        name = self.kit.name if self.kit else ""
        model = settings.model_for(name)
        self.model: PeakModel = model if self.kit else model.without_degradation()
        self.how = Integration(settings.priors, _ROUGH)
        self.assumptions = assumptions(self.population, {name: model})

    def likelihood(self, side: Proposition) -> MixtureLikelihood:
        """Of the stain's peaks under a proposition."""
        return MixtureLikelihood(encode(self.stain, side, self.population, self.kit, self.model))

    def number(self, given: int | None, named: tuple[Reference, ...]) -> NumberOfContributors:
        """The number of contributors: as given, or the most probable.

        named   contributors, the person in question apart
        """
        known = len(named)
        least = 1 + known
        if given is not None and given < least:
            raise CannotWeigh(
                f"{given} asked for as the number of contributors of stain {self.stain.id!r}.",
                rule=f"With the people named there are {least} at least.",
                way_on=f"Ask for {least} or more, or name fewer people.",
            )
        if given is not None:
            _check_unknowns(given - known, f"in stain {self.stain.id!r}")
            return NumberOfContributors({}, given, True)
        most = max(MOST_CONTRIBUTORS, least)
        setting = Setting(self.stain, self.population, self.kit, self.model, self.how, most=most)
        posterior = number_posterior(setting, named, least)
        return NumberOfContributors({}, posterior.most_probable, False, posterior)

    def run(self, run: Run, number: NumberOfContributors) -> Run:
        """With what the choice of the number of contributors rests on."""
        if number.posterior is None:
            return run
        integrals = integral_parameters(self.how, MOST_CONTRIBUTORS)
        added = {"contributors_most_tried": MOST_CONTRIBUTORS, **integrals}
        return replace(run, parameters={**run.parameters, **added}, seed=self.how.seed)


def _instead(
    person: Reference, others: tuple[Reference, ...], number: int, kin: Relation
) -> Proposition:
    """The second proposition: an unknown person, perhaps a relative, instead of the suspect."""
    unknowns = number - len(others)
    if kin == UNRELATED:
        return proposition(*others, unknowns=unknowns, non_contributors=(person,))
    unrelated = proposition(*others, unknowns=unknowns - 1).contributors if number > 1 else ()
    relative = Contributor(relation=kin, related_to=person)
    return Proposition((*unrelated, relative), (person,))


def _with_relative(told: tuple[str, ...], person: Reference, kin: Relation) -> tuple[str, ...]:
    """The assumptions, where the second proposition names a relative of the suspect."""
    if kin == UNRELATED:
        return told
    of = f"but for the unknown person and {person.id} in the second proposition ({kin.name})."
    return tuple(f"{one.rstrip('.')}, {of}" if one == NO_RELATIVES else one for one in told)


def _untyped(
    person: Reference, others: tuple[Reference, ...], ratio: LikelihoodRatio
) -> tuple[NotWeighed, ...]:
    """Loci that say less than they could, since somebody was not typed there."""
    says = {person.id: "it says nothing of this person"}
    return tuple(
        NotWeighed(
            f"{who.id} {locus}",
            f"not typed at this locus of the stain; {says.get(who.id, 'taken for unknown there')}",
            who.where,
        )
        for who in (person, *others)
        for locus in ratio.per_locus
        if locus not in who.genotypes
    )


def _check_unknowns(unknowns: int, where: str) -> None:
    if unknowns > MAX_UNKNOWNS:
        raise InvalidRecord(
            f"{unknowns} unknown contributors {where}.",
            rule=f"At most {MAX_UNKNOWNS} unknown contributors can be summed over.",
            way_on="Ask for fewer contributors, or name people known to have contributed.",
        )
