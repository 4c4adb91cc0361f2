"""A person of a unit weighed as a contributor to one of its stains, both read from kept bytes.

Not here: how anything is weighed (`bench`), reading one profile (`unit_stain`).
"""

from __future__ import annotations

from dataclasses import dataclass

from reopen.errors import InvalidRecord, UnknownName
from reopen.faces.workbench.bench import weigh_stain
from reopen.faces.workbench.closer_look import look_closer
from reopen.faces.workbench.given import ReadStain
from reopen.faces.workbench.integrating import integrate_weighing
from reopen.faces.workbench.results import Weighing
from reopen.faces.workbench.settings import Settings
from reopen.faces.workbench.unit_stain import profile_in
from reopen.faces.workbench.without_heights import WeighingWithoutHeights, weigh_without_heights
from reopen.formats import library
from reopen.link import Progress
from reopen.link.stains import quiet
from reopen.records import UNRELATED, Population, Reference
from reopen.store.unit import Unit
from reopen.weigh.integrated import QUANTILE


@dataclass(frozen=True, slots=True)
class WeighingAsked:
    """What is to be weighed, by the names that the unit has.

    contributors  in all; None takes the most probable number
    relation      of the unknown person to the suspect
    population    of the library; '' is that of the unit's last search
    theta, drop_in, threshold_rfu, stutter   in place of the last search's settings; None leaves
                  them, as for `Settings.changed`
    quantile      over the parameters, where they are averaged over; None takes the usual one
    sensitivity   weigh again with one assumption changed at a time; other_populations: and with
                  each of these
    non_contributors   what random people would score; refits: so many of them fitted each
    seed          of what is drawn at random
    """

    stain: str
    suspect: str
    known: tuple[str, ...] = ()
    contributors: int | None = None
    relation: str = UNRELATED.name
    population: str = ""
    integrated: bool = False
    quantile: float | None = None
    theta: float | None = None
    drop_in: float | None = None
    threshold_rfu: float | None = None
    stutter: str | None = None
    sensitivity: bool = False
    other_populations: tuple[str, ...] = ()
    non_contributors: bool = False
    refits: int = 0
    seed: int = 1

    @property
    def looks_closer(self) -> bool:
        return self.sensitivity or self.non_contributors or self.refits > 0


def weigh_in_unit(
    unit: Unit,
    actor: str,
    asked: WeighingAsked,
    *,
    purpose: str = "",
    supervisor: str = "",
    progress: Progress = quiet,
) -> Weighing:
    """Weigh it, with the settings of the unit's last search where no others are asked for.

    Raises UnknownName for profiles that the actor may not see and populations that the library
    does not have, and as `weigh_stain`.
    """
    given = _given(unit, actor, asked, purpose, supervisor, progress)
    progress("weighing both propositions", 0, 1)
    weighing = weigh_stain(
        given.stain,
        given.suspect,
        known=given.known,
        contributors=asked.contributors,
        relation=asked.relation,
        population=given.population,
        settings=given.settings,
    )
    if asked.integrated:
        weighing = integrate_weighing(
            weighing, priors=given.settings.priors, seed=asked.seed, progress=progress,
            quantile=QUANTILE if asked.quantile is None else asked.quantile,
        )  # fmt: skip
    if asked.looks_closer:
        weighing = look_closer(
            weighing, sensitivity=asked.sensitivity, other_populations=asked.other_populations,
            non_contributors=asked.non_contributors, refits=asked.refits, seed=asked.seed,
            progress=progress,
        )  # fmt: skip
    progress("weighing both propositions", 1, 1)
    return weighing


def weigh_seen_in_unit(
    unit: Unit,
    actor: str,
    asked: WeighingAsked,
    *,
    dropout: str = "estimate",
    purpose: str = "",
    supervisor: str = "",
    progress: Progress = quiet,
) -> WeighingWithoutHeights:
    """Weigh by which alleles were seen alone. dropout, and errors: as `weigh_without_heights`.

    Raises InvalidRecord where what looks at the fit of heights is asked for as well, or a relative.
    """
    if asked.looks_closer or asked.integrated or asked.relation != UNRELATED.name or asked.stutter:
        raise InvalidRecord(
            "A closer look, stutter or a relative, with alleles alone.",
            rule="They belong to the model of heights.",
            way_on="Leave them out, or weigh with heights.",
        )
    given = _given(unit, actor, asked, purpose, supervisor, progress)
    progress("weighing both propositions", 0, 1)
    weighing = weigh_without_heights(
        given.stain,
        given.suspect,
        known=given.known,
        contributors=asked.contributors,
        dropout=dropout,
        population=given.population,
        settings=given.settings,
    )
    progress("weighing both propositions", 1, 1)
    return weighing


@dataclass(frozen=True, slots=True)
class _Given:
    """What is weighed, as it was read."""

    stain: ReadStain
    suspect: Reference
    known: tuple[Reference, ...]
    population: str | Population
    settings: Settings


def _given(
    unit: Unit, actor: str, asked: WeighingAsked, purpose: str, supervisor: str, progress: Progress
) -> _Given:
    if asked.suspect in asked.known:
        raise InvalidRecord(
            f"{asked.suspect} is the person in question and a known contributor.",
            rule="Who is known to have contributed is not in question.",
            way_on="Name the person once.",
        )
    for name in filter(None, (asked.population, *asked.other_populations)):
        if name not in library.population_names():
            raise UnknownName(
                f"No population of the library is called {name!r}.",
                rule=f"There are: {', '.join(library.population_names())}.",
                way_on="Choose one of them, or that of the unit's last search.",
            )
    progress("reading the profiles", 0, 1)
    with unit.reading(actor, purpose=purpose, supervisor=supervisor) as reader:
        held = profile_in(reader, asked.stain, apart=False)
        stain = held.as_read()
        settings = held.terms.settings().changed(
            threshold_rfu=asked.threshold_rfu, dropin_probability=asked.drop_in,
            theta=asked.theta, stutter=asked.stutter,
        )  # fmt: skip
        suspect, *known = (
            profile_in(reader, id, apart=False).as_reference()
            for id in (asked.suspect, *asked.known)
        )
        population: str | Population = asked.population
        if not population:
            population = settings.population(held.terms.frequencies(reader.file).frequencies)
    return _Given(stain, suspect, tuple(known), population, settings)
