"""How many people contributed to each stain: probabilities of every number.

Not for: how they are computed (`weigh.number_posterior`), showing them (`counting_shown`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from reopen.errors import CannotWeigh, InvalidRecord
from reopen.faces.workbench.assumptions import (
    DEFAULT_POPULATION,
    assumptions,
    libraries,
    run_of_stain,
)
from reopen.faces.workbench.controls import of_controls
from reopen.faces.workbench.given import (
    AnyReference,
    AnyStain,
    ReadStain,
    population_of,
    reference_of,
    stain_of,
)
from reopen.faces.workbench.profiles import open_profiles, split_name
from reopen.faces.workbench.settings import Settings
from reopen.link import Progress
from reopen.link.stains import quiet
from reopen.records import (
    Kit,
    NotWeighed,
    NumberPosterior,
    Population,
    Reference,
    Run,
    Stain,
)
from reopen.weigh.integrated import Integration, integrated_run
from reopen.weigh.number_posterior import MOST, UNIFORM, Setting, number_posterior


@dataclass(frozen=True, slots=True)
class CountedStain:
    """One stain with the probabilities of its number of contributors."""

    stain: Stain
    kit: Kit | None
    posterior: NumberPosterior
    run: Run


@dataclass(frozen=True, slots=True)
class Counting:
    """Probabilities of the number of contributors, stain by stain.

    known   people taken to have contributed to every one of them
    most    numbers above this were not computed
    made_at when, UTC
    """

    counted: tuple[CountedStain, ...]
    known: tuple[Reference, ...]
    most: int
    population: Population
    assumptions: tuple[str, ...]
    not_weighed: tuple[NotWeighed, ...]
    made_at: datetime
    controls: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()

    def __str__(self) -> str:
        from reopen.faces.workbench.counting_shown import counting_text

        return counting_text(self)


def count_contributors(
    *stains: AnyStain,
    known: Iterable[AnyReference] = (),
    most: int = MOST,
    prior: Mapping[int, float] | None = None,
    population: str | Population = DEFAULT_POPULATION,
    kit: str = "",
    settings: Settings | None = None,
    seed: int = 1,
    replicates: str = "none",
    decimal_comma: bool | None = None,
    progress: Progress = quiet,
) -> Counting:
    """How probable each number of contributors is, given a stain's peaks.

    stains   values, or files: `FILE` for all its stains, `FILE#NAME` for one
    known    people taken to have contributed to each
    most     numbers above this are not computed, and listed as that
    prior    number -> probability before the peaks were seen; all of 1 to 6 alike if None
    seed     of the draws of the integration
    progress is called with (step, done, of)

    Other arguments and errors as for `weigh_stain`. A stain that cannot be weighed is listed.
    """
    if not 1 <= most <= MOST:
        raise InvalidRecord(
            f"Up to {most} contributors.",
            rule=f"Numbers from 1 to {MOST} can be computed.",
            way_on=f"Ask for {MOST} at most.",
        )
    settings = settings or Settings()
    people = tuple(reference_of(one, decimal_comma) for one in known)
    frequencies = population_of(population, settings)
    how = Integration(settings.priors, seed=seed)
    read = [one for given in stains for one in _read(given, kit, replicates, decimal_comma)]
    counted: list[CountedStain] = []
    refused: list[NotWeighed] = [item for one in read for item in one.not_read]
    for place, one in enumerate(read):
        progress("counting contributors", place, len(read))
        own = settings.model_for(one.kit.name if one.kit else "")
        model = own if one.kit else own.without_degradation()
        setting = Setting(one.stain, frequencies, one.kit, model, how, prior or UNIFORM, most)
        try:
            posterior = number_posterior(setting, people)
        except CannotWeigh as error:
            refused.append(NotWeighed(one.stain.id, str(error), error.where or one.stain.where))
            continue
        chosen = posterior.most_probable
        run = run_of_stain(one.stain, people, chosen, frequencies, one.kit, model)
        run = replace(integrated_run(run, how, most), libraries=libraries())
        counted.append(CountedStain(one.stain, one.kit, posterior, run))
    progress("counting contributors", len(read), len(read))
    kits = {one.kit.name if one.kit else "" for one in counted}
    return Counting(
        counted=tuple(counted),
        known=people,
        most=most,
        population=frequencies,
        assumptions=assumptions(frequencies, {name: settings.model_for(name) for name in kits}),
        not_weighed=tuple(refused),
        made_at=datetime.now(UTC),
        controls=tuple(dict.fromkeys(t for one in read for t in of_controls(one.beside, settings))),
        notices=tuple(dict.fromkeys(told for one in read for told in one.beside.notices)),
    )


def _read(
    given: AnyStain, kit: str, replicates: str, decimal_comma: bool | None
) -> list[ReadStain]:
    """The stains that a value or a file's name stands for."""
    if isinstance(given, Stain | ReadStain) or split_name(given)[1]:
        return [stain_of(given, kit, replicates, decimal_comma)]
    path, _ = split_name(given)
    profiles = open_profiles(path, kit=kit, replicates=replicates, decimal_comma=decimal_comma)
    found = [ReadStain(one, profiles.kit_of(one), (), profiles) for one in profiles.stains]
    if not found:
        raise CannotWeigh(
            f"{path} holds no stain.",
            rule="Contributors are counted in stains, which have peak heights.",
            way_on="Name a file of stains.",
        )
    return [found[0]._replace(not_read=profiles.not_weighed), *found[1:]]
