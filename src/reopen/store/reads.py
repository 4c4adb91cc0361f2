"""The read log: what an actor looked at in one block, as `ReadEvent`s of the unit's log.

Looks at the same thing in one block are one event with their number. What an actor asks for and may
not see is entered whether it is there or not, since they see their own looks. Not here: what an
unusual look is (`alerts`).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from secrets import token_hex

from reopen.records.access import ReadEvent
from reopen.records.base import Ref
from reopen.records.times import Interval
from reopen.store.grants import Asker
from reopen.store.naming import OPEN_KINDS

REFUSED = "refused"
LISTED = "listing"


@dataclass(frozen=True, slots=True)
class _Look:
    target: str
    rule: str
    case: str | None = None


@dataclass(slots=True)
class Looks:
    """Looks of one block, counted."""

    asker: Asker
    _seen: dict[_Look, int] = field(default_factory=dict)
    _beside: list[Looks] = field(default_factory=list)

    def at(self, ref: Ref, *, rule: str, case: str | None = None) -> None:
        """One record was shown."""
        self._add(_Look(str(ref), rule, case), 1)

    def refused(self, id: str, *kinds: str) -> None:
        """Something was asked for that is not there or not for the actor, who must not learn which,
        nor its case. What everybody may read is not there, and nobody refused it."""
        if not OPEN_KINDS.issuperset(kinds):
            what = " or ".join(kinds)
            self._add(_Look(f"{what} {id}", REFUSED, id if kinds == ("case",) else None), 0)

    def listed(
        self,
        kind: str | None,
        shown: int,
        *,
        case: str | None = None,
        item: str | None = None,
        person: str | None = None,
        cases: int = 0,
    ) -> None:
        """A listing was shown, of so many records. cases: of so many cases together."""
        what = f"every {kind.replace('_', ' ')}" if kind else "every record"
        given = (("case", case), ("item", item), ("person", person))
        parts = [f"{word} {name}" for word, name in given if name]
        parts += [f"{cases} cases"] if cases else []
        target = f"{what} of {' and '.join(parts)}" if parts else what
        self._add(_Look(target, LISTED, case), shown)

    def listed_cases(self, words: str, shown: int) -> None:
        """So many cases were shown, of all or of those that have these words."""
        self._add(_Look(f"cases with {words}" if words else "every case", LISTED), shown)

    def apart(self) -> Looks:
        """None yet, of the same actor."""
        return Looks(self.asker)

    @contextmanager
    def noted_in(self, other: Looks) -> Iterator[None]:
        """Looks inside are counted in others too, for whoever keeps what they showed."""
        self._beside.append(other)
        try:
            yield
        finally:
            self._beside.remove(other)

    def again(self, before: Looks) -> None:
        """What was looked at before, and kept, is shown once more."""
        for look, count in before._seen.items():
            self._add(look, count)

    def events(self) -> Iterator[ReadEvent]:
        """For the log, in the order of the looks."""
        for look, count in self._seen.items():
            yield ReadEvent(
                id=f"look-{token_hex(8)}",
                actor=self.asker.actor,
                action=self.asker.action,
                target=look.target,
                at=Interval.at(self.asker.moment),
                count=count,
                rule=look.rule,
                purpose=self.asker.purpose,
                case=look.case,
                supervised_by=self.asker.supervisor or None,
            )

    def _add(self, look: _Look, count: int) -> None:
        self._seen[look] = self._seen.get(look, 0) + count
        for other in self._beside:
            other._add(look, count)
