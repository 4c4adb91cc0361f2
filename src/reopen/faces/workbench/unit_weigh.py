"""A person of a unit weighed as a contributor to one of its stains, both read from kept bytes.

Not here: how anything is weighed (`bench`), reading one profile (`unit_stain`).
"""

from __future__ import annotations

from dataclasses import dataclass

from reopen.errors import InvalidRecord, UnknownName
from reopen.faces.workbench.bench import weigh_stain
from reopen.faces.workbench.integrating import integrate_weighing
from reopen.faces.workbench.results import Weighing
from reopen.faces.workbench.unit_stain import profile_in
from reopen.formats import library
from reopen.link import Progress
from reopen.link.stains import quiet
from reopen.records import UNRELATED
from reopen.store.unit import Unit


@dataclass(frozen=True, slots=True)
class WeighingAsked:
    """What is to be weighed, by the names that the unit has.

    contributors  in all; None takes the most probable number
    relation      of the unknown person to the suspect
    population    of the library; '' is that of the unit's last search
    """

    stain: str
    suspect: str
    known: tuple[str, ...] = ()
    contributors: int | None = None
    relation: str = UNRELATED.name
    population: str = ""
    integrated: bool = False


def weigh_in_unit(
    unit: Unit,
    actor: str,
    asked: WeighingAsked,
    *,
    purpose: str = "",
    supervisor: str = "",
    progress: Progress = quiet,
) -> Weighing:
    """Weigh it, with the settings of the unit's last search.

    Raises UnknownName for profiles that the actor may not see and populations that the library
    does not have, and as `weigh_stain`.
    """
    if asked.suspect in asked.known:
        raise InvalidRecord(
            f"{asked.suspect} is the person in question and a known contributor.",
            rule="Who is known to have contributed is not in question.",
            way_on="Name the person once.",
        )
    if asked.population and asked.population not in library.population_names():
        raise UnknownName(
            f"No population of the library is called {asked.population!r}.",
            rule=f"There are: {', '.join(library.population_names())}.",
            way_on="Choose one of them, or that of the unit's last search.",
        )
    progress("reading the profiles", 0, 1)
    with unit.reading(actor, purpose=purpose, supervisor=supervisor) as reader:
        held = profile_in(reader, asked.stain, apart=False)
        stain, settings = held.as_read(), held.terms.settings()
        suspect, *known = (
            profile_in(reader, id, apart=False).as_reference()
            for id in (asked.suspect, *asked.known)
        )
        population = asked.population or held.terms.frequencies(reader.file)
    progress("weighing both propositions", 0, 1)
    weighing = weigh_stain(
        stain,
        suspect,
        known=known,
        contributors=asked.contributors,
        relation=asked.relation,
        population=population,
        settings=settings,
    )
    if asked.integrated:
        weighing = integrate_weighing(weighing, priors=settings.priors, progress=progress)
    progress("weighing both propositions", 1, 1)
    return weighing
