"""The links of a unit's last search, computed again for a report.

A unit keeps what was found with every term; the report's pictures and lists need the search itself.
Stains that were taken apart are taken over, so that most of the time is spent on comparing. Not
here: searching what is new (`unit_link`), comparing number by number (`unit_redo`).
"""

from __future__ import annotations

from dataclasses import replace

from reopen.errors import CannotWeigh
from reopen.faces.workbench.bench import link_profiles, with_prior
from reopen.faces.workbench.found_series import with_series
from reopen.faces.workbench.ledger_state import log_state, state_lines
from reopen.faces.workbench.machines import Machines
from reopen.faces.workbench.results import Linking
from reopen.faces.workbench.series_views import taken
from reopen.faces.workbench.unit_link import kept_in, link_id, only_seen, people_in_database
from reopen.faces.workbench.unit_runs import searches
from reopen.faces.workbench.unit_search import Terms, read_again, signature
from reopen.faces.workbench.unit_series import beside
from reopen.faces.workbench.unit_solved import solved_before
from reopen.faces.workbench.unit_terms import terms_now
from reopen.link import Progress
from reopen.link.stains import quiet
from reopen.records import Frozen
from reopen.records.access import Action
from reopen.records.results import FoundLink
from reopen.store.unit import Unit


def links_for_report(
    unit: Unit,
    actor: str,
    *,
    purpose: str = "",
    supervisor: str = "",
    machines: Machines | None = None,
    progress: Progress = quiet,
) -> Linking:
    """The search on the terms of the last one, with the links that the unit keeps and that the
    actor may take out of it. A look with the action `export`.

    Raises CannotWeigh where nothing was searched yet, NotAllowed, and as `link_unit`.
    """
    progress("reading the unit", 0, 1)
    with unit.reading(
        actor, purpose=purpose, action=Action.EXPORT, supervisor=supervisor
    ) as reader:
        runs = searches(reader)
        if not runs:
            raise CannotWeigh(
                "Nothing was searched yet that you may take out of the unit.",
                rule="A report of links is that of a search.",
                way_on="Link the unit first, on the page Runs.",
            )
        kept = kept_in(reader)
        terms, database = terms_now(Terms.of(runs[-1].parameters))
        population = terms.frequencies(kept.files)
        found = read_again(kept)
        apart = solved_before(kept, signature(terms, population, of_stains=True), found)
        known = beside(reader, found, terms.odds)
        when = taken(reader, [stain.id for stain in found.profiles.stains])
        seen = {link.id for link in reader.all(FoundLink)}
        progress("reading the unit", 1, 1)
    with (machines or Machines()).working() as how:
        linking = link_profiles(
            found.profiles,
            found.sought,
            population,
            terms.settings(),
            terms.options,
            progress,
            solved_before=apart,
            database=database,
            how=how,
        )
    linking = replace(linking, when=Frozen(when))
    linking = only_seen(linking, seen)
    linking = with_series(
        linking,
        context=known.context,
        without=people_in_database(linking),
        prior=terms.odds,
        progress=progress,
    )
    linking = linking if terms.odds is None else with_prior(linking, terms.odds)
    where = state_lines(log_state(unit))
    return replace(linking, assumptions=(*linking.assumptions, *where))


def ids_of(linking: Linking) -> tuple[str, ...]:
    """The names that its links have in the unit."""
    return tuple(link_id(link) for link in linking.links)
