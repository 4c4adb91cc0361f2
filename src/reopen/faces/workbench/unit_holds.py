"""The records that a file becomes, beside what the unit holds already.

A table without a column says nothing about that field, so what the unit has of it stays. A profile
that the unit has already, from whatever file, stays as it is.
Not here: reading files (`unit_files`), keeping (`unit_import`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from reopen.faces.workbench.unit_files import ReadFile
from reopen.faces.workbench.unit_profiles import (
    STAIN,
    hash_of_family,
    hash_of_profile,
    hash_of_remains,
)
from reopen.formats.case_tables import CaseTable, Taken
from reopen.records import Purpose, Reference, Stain
from reopen.records.base import Record
from reopen.records.cases import Person, Sample
from reopen.records.plain import field_types
from reopen.records.stored import StoredFamily, StoredProfile
from reopen.store.reader import Reader


@dataclass(frozen=True, slots=True)
class Held:
    """What the unit holds, as far as an import has to know. All by id.

    samples, people  with those that the import brings
    current          kind -> records, for kinds whose tables leave out a field
    """

    profiles: Mapping[str, StoredProfile]
    families: Mapping[str, StoredFamily]
    samples: Mapping[str, Sample]
    people: frozenset[str]
    current: Mapping[str, Mapping[str, Record]]

    @classmethod
    def of(cls, reader: Reader, files: Sequence[ReadFile]) -> Held:
        """As far as these files need it: each listing is a look, which the log keeps."""
        tables = [file.table for file in files if file.table is not None]
        typed = any(file.profiles or file.families for file in files) or any(
            table.kind is Sample for table in tables
        )
        coming = [record for table in tables for record in _items(table)] if typed else []
        samples = {one.id: one for one in reader.all(Sample)} if typed else {}
        samples |= {one.id: one for one in coming if isinstance(one, Sample)}
        people = {one.id for one in reader.all(Person)} if typed else set()
        people |= {one.id for one in coming if isinstance(one, Person)}
        return cls(
            {one.id: one for one in reader.all(StoredProfile)} if typed else {},
            {one.id: one for one in reader.all(StoredFamily)} if typed else {},
            samples,
            frozenset(people),
            {
                table.kind.KIND: {one.id: one for one in reader.all(table.kind)}
                for table in tables
                if _missing(table)
            },
        )


def kept_records(file: ReadFile, held: Held, case: str) -> Iterator[Record]:
    """The records that a file becomes. case: of profiles that name none themselves."""
    if file.table is not None:
        yield from _of_table(file.table, held.current.get(file.table.kind.KIND, {}))
    elif file.profiles is not None:
        every: tuple[Stain | Reference, ...] = (*file.profiles.stains, *file.profiles.references)
        for profile in every:
            yield _profile(profile, file, held, case)
    elif file.families is not None:
        yield from _of_families(file, held, case)


def _items(table: CaseTable) -> Iterator[Record]:
    if issubclass(table.kind, Sample | Person):
        for row in table.rows():
            if isinstance(row, Taken):
                yield row.records[0]


def _missing(table: CaseTable) -> tuple[str, ...]:
    """Fields that the table says nothing about."""
    return tuple(f.name for f in field_types(table.kind) if f.name not in (*table.fields, "id"))


def _of_table(table: CaseTable, current: Mapping[str, Record]) -> Iterator[Record]:
    missing = _missing(table)
    for row in table.rows():
        if isinstance(row, Taken):
            record, *statements = row.records
            before = current.get(record.id)
            if before is not None:
                record = replace(record, **{name: getattr(before, name) for name in missing})
            yield record
            yield from statements


def _profile(profile: Stain | Reference, file: ReadFile, held: Held, case: str) -> StoredProfile:
    stain = isinstance(profile, Stain)
    purpose = STAIN if isinstance(profile, Stain) else profile.purpose.value
    sample = held.samples.get(profile.id)
    named = profile.case if isinstance(profile, Stain) else profile.person
    person = None if stain else named or (sample.person if sample else None)
    if not stain and person is None and profile.id in held.people:
        person = profile.id
    made = StoredProfile(
        id=profile.id,
        purpose=purpose,
        file=file.sha256,
        content_hash=hash_of_profile(profile),
        kit=profile.kit,
        case=(named if stain else "") or case or (sample.case if sample else None) or None,
        sample=sample.id if sample else None,
        person=person,
        staff=purpose == Purpose.STAFF.value,
        read_as=file.given.how.said(),
        where=profile.where,
    )
    return _same_profile(made, held.profiles.get(profile.id))


def _of_families(file: ReadFile, held: Held, case: str) -> Iterator[Record]:
    found = file.families
    assert found is not None
    for family in found.families:
        made = StoredFamily(
            id=family.id,
            file=file.sha256,
            content_hash=hash_of_family(family, found),
            case=case or None,
            beside=file.beside_ids,
            where=family.pedigree.where,
        )
        before = held.families.get(family.id)
        same = before is not None and before.content_hash == made.content_hash
        yield before if before is not None and same else made
    for one in found.remains:
        remains = StoredProfile(
            id=one.id,
            purpose=Purpose.UNIDENTIFIED.value,
            file=file.sha256,
            content_hash=hash_of_remains(one, found),
            kit=one.profile.kit,
            case=case or None,
            sample=one.id if one.id in held.samples else None,
            person=one.id if one.id in held.people else None,
            beside=file.beside_ids,
            where=one.profile.where,
        )
        yield _same_profile(remains, held.profiles.get(one.id))


def _same_profile(made: StoredProfile, before: StoredProfile | None) -> StoredProfile:
    """What the unit has already, where it is the same profile kept for the same purpose."""
    alike = before is not None and (before.content_hash, before.purpose) == (
        made.content_hash, made.purpose,
    )  # fmt: skip
    return before if before is not None and alike else made


def found_samples(held: Held) -> Iterator[StoredProfile]:
    """Profiles that the unit has without a sample or person, and that have one now."""
    for profile in held.profiles.values():
        sample = held.samples.get(profile.id)
        if sample is not None and profile.sample is None:
            person = profile.person or (None if profile.purpose == STAIN else sample.person)
            yield replace(
                profile, sample=sample.id, case=profile.case or sample.case, person=person
            )
