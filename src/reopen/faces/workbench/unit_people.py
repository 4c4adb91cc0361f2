"""The typed people of a unit whom somebody may be looked for among, as one actor may see them.

Every look is logged with its purpose. Staff are left out: who may see that a trace is compared with
one of them is decided where links are kept, by `reopen link UNIT`. Not here: linking (`unit_link`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from reopen.faces.workbench.unit_link import kept_in
from reopen.faces.workbench.unit_profiles import STAIN
from reopen.faces.workbench.unit_search import read_again
from reopen.records import NotWeighed, Purpose, Reference
from reopen.records.access import Actor
from reopen.records.cases import Sample
from reopen.records.stored import StoredProfile
from reopen.store.reader import Reader
from reopen.store.unit import Unit


def people_of_unit(
    unit: Unit, actor: str, purpose: str = ""
) -> tuple[tuple[Reference, ...], tuple[NotWeighed, ...]]:
    """References that the actor may see, staff apart; and what was left out of these.

    purpose  what the search is for, for the log
    """
    with unit.reading(actor, purpose=purpose) as reader:
        kept = kept_in(reader)
        staff = _staff(reader, kept.profiles, unit.actors())
        allowed = tuple(
            one for one in kept.profiles if one.purpose != STAIN and one.id not in staff
        )
        found = read_again(replace(kept, profiles=allowed, families=()))
    left_out = [NotWeighed(f"staff of the unit: {len(staff):,}",
                "they are compared by `reopen link`, whose links with staff are shown to whom the "
                "unit allows it")] if staff else []  # fmt: skip
    return found.profiles.references, (*left_out, *found.profiles.not_weighed)


def _staff(
    reader: Reader, profiles: Iterable[StoredProfile], actors: Iterable[Actor]
) -> frozenset[str]:
    """Profiles of staff, or of somebody who is one of the staff or acts in the unit."""
    samples = {one.id: one for one in reader.all(Sample)}
    people = {one.person for one in actors}
    people |= {one.person for one in samples.values() if one.staff}
    people |= {one.person for one in profiles if one.staff}
    people.discard(None)

    def is_staff(one: StoredProfile) -> bool:
        sample = samples.get(one.sample or "")
        whose = {one.person, sample.person if sample else None}
        is_marked = one.staff or one.purpose == Purpose.STAFF.value
        return is_marked or bool(sample and sample.staff) or bool(whose & people)

    return frozenset(one.id for one in profiles if is_staff(one))
