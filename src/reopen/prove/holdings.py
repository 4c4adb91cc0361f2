"""What a unit holds, as the rules read it: records by kind, by field and in the order of time.

Values only: made from records by the workbench (from a store) or by a test. Not here: any rule.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from operator import attrgetter
from typing import TypeVar, cast

from reopen.records.base import Record, Ref
from reopen.records.cases import Exhibit, Sample
from reopen.records.statements import Statement, standing

Kind = TypeVar("Kind", bound=Record)
_NEVER = datetime.max.replace(tzinfo=UTC)


class Holdings:
    """The current version of every record of a unit that the asker may see.

    now       the moment of the audit; rules measure waiting times up to it
    versions  earlier versions of records, where the unit has them: ref -> oldest first
    """

    def __init__(
        self,
        records: Iterable[Record],
        *,
        now: datetime,
        versions: Mapping[Ref, tuple[Record, ...]] | None = None,
    ):
        self.now = now
        self.versions = dict(versions or {})
        self._records: dict[type[Record], list[Record]] = defaultdict(list)
        for record in records:
            self._records[type(record)].append(record)
        for every in self._records.values():
            every.sort(key=_time)
        self._grouped: dict[tuple[type[Record], str], dict[object, tuple[Record, ...]]] = {}

    def of(self, kind: type[Kind]) -> tuple[Kind, ...]:
        """All records of a kind, earliest first where the kind has a time `at`."""
        return cast("tuple[Kind, ...]", tuple(self._records.get(kind, ())))

    def holds(self, *kinds: type[Record]) -> bool:
        """Whether there is at least one record of each kind."""
        return all(self._records.get(kind) for kind in kinds)

    def by(self, kind: type[Kind], field: str) -> Mapping[object, tuple[Kind, ...]]:
        """Records of a kind by the value of a field, each group earliest first."""
        key = (kind, field)
        if key not in self._grouped:
            groups: dict[object, list[Record]] = defaultdict(list)
            value = attrgetter(field)
            for record in self._records.get(kind, ()):
                groups[value(record)].append(record)
            self._grouped[key] = {name: tuple(group) for name, group in groups.items()}
        return cast("Mapping[object, tuple[Kind, ...]]", self._grouped[key])

    def with_records(self, more: Iterable[Record]) -> Holdings:
        """These holdings and more records, for a rule that may read them."""
        held = [record for every in self._records.values() for record in every]
        return Holdings((*held, *more), now=self.now, versions=self.versions)

    def one(self, kind: type[Kind], id: str | None) -> Kind | None:
        """The record of that id; None where the unit does not hold it."""
        found = self.by(kind, "id").get(id, ())
        return found[0] if found else None

    def case_of(self, item: str | None) -> str | None:
        """The case of an exhibit or sample, by its parents where it names none itself."""
        seen: set[str] = set()
        while item is not None and item not in seen:
            seen.add(item)
            held = self.one(Exhibit, item) or self.one(Sample, item)
            if held is None:
                return None
            if held.case:
                return held.case
            item = held.parent or (held.exhibit if isinstance(held, Sample) else None)
        return None

    def said(self, subject: Ref, field: str) -> tuple[Statement, ...]:
        """The standing statements on a field of a subject."""
        about = self.by(Statement, "subject").get(subject, ())
        return tuple(each for each in standing(about) if each.field == field)


def _time(record: Record) -> datetime:
    at = getattr(record, "at", None)
    moment = getattr(at, "earliest", None) or getattr(at, "latest", None)
    return moment if isinstance(moment, datetime) else _NEVER
