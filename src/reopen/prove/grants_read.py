"""What the grants on record allowed an actor at a time, as far as a rule needs to know.

A reading after the event, for rules that ask whether a handling or a look had a grant. The filter
that decides what may be seen is `store.grants` alone; this decides nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from reopen.prove.holdings import Holdings
from reopen.records.access import Action, Actor, Emergency, Grant, Revocation, Standing
from reopen.records.times import Interval


class Granted:
    """Grants, revocations and emergencies by actor."""

    def __init__(self, holdings: Holdings):
        self._actors = {actor.id: actor for actor in holdings.of(Actor)}
        self._people = {actor.person: actor for actor in holdings.of(Actor) if actor.person}
        self._grants: dict[str, list[Grant]] = defaultdict(list)
        for grant in holdings.of(Grant):
            self._grants[grant.actor].append(grant)
        self._revoked = {each.grant: each for each in holdings.of(Revocation)}
        self._emergencies: dict[str, list[Emergency]] = defaultdict(list)
        for each in holdings.of(Emergency):
            self._emergencies[each.actor].append(each)

    def actor(self, name: str) -> Actor | None:
        """The actor of that id, or who is that person."""
        return self._actors.get(name) or self._people.get(name)

    def grants(self, actor: Actor, case: str) -> Sequence[Grant]:
        """Grants, not denials, that reach a case."""
        every = self._grants.get(actor.id, ())
        return [each for each in every if not each.deny and each.case in (None, case)]

    def covers(
        self, actor: Actor, case: str, item: str | None, at: Interval, action: Action
    ) -> bool:
        """Some grant or emergency may have covered it at that time; a lead needs none."""
        if actor.standing is Standing.LEAD:
            return True
        for grant in self.grants(actor, case):
            reaches = grant.item in (None, item) and action in grant.actions
            if reaches and grant.during.may_meet(at) and not self.ended(grant, at):
                return True
        return any(
            each.case == case and Interval(each.at.earliest, each.until.latest).may_meet(at)
            for each in self._emergencies.get(actor.id, ())
        )

    def ended(self, grant: Grant, at: Interval) -> bool:
        """It had certainly run out or been revoked by then."""
        revoked = self._revoked.get(grant.id)
        return grant.during.before(at) or (revoked is not None and revoked.at.before(at))
