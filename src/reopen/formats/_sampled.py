"""Profiles of the people of a pedigree file, found in the files of profiles that it names."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from reopen.errors import InvalidRecord, UnknownName, Where
from reopen.formats._kinship_assembly import Assembly
from reopen.formats._tree import Node
from reopen.formats.profiles import read_profiles
from reopen.records import Purpose, Reference


@dataclass(slots=True)
class SampledPeople:
    """Who is called what in the files: person -> sample, where the two names differ."""

    found: Assembly
    samples: dict[str, Node] = field(default_factory=dict)
    people: dict[str, None] = field(default_factory=dict)

    def add(self, person: str, sample: Node | None, dropout: Node | None) -> None:
        """A person of the pedigree file, with the sample's name and the dropout, if told."""
        self.people[person] = None
        if sample is not None:
            told = self.samples.setdefault(person, sample)
            if told.text() != sample.text():
                raise sample.error(
                    f"{person} has the samples {told.text()!r} and {sample.text()!r}.",
                    "A person has one profile.",
                    "Keep one, or put the second into [genotypes].",
                )
        if dropout is not None:
            self.found.dropout[person] = dropout.number()

    def read(self, profiles: Node | None, folder: Path) -> None:
        """Enter the profiles of these people from the files.

        Raises UnknownName for a sample that no file has.
        """
        references: dict[str, list[Reference]] = {}
        for node in self._files(profiles):
            self._read_file(node, profiles, folder, references)
        wanted = {self._sample(person): person for person in self.people}
        for person in self.people:
            sample = self._sample(person)
            if wanted[sample] != person:
                raise self._shared(person, wanted[sample], sample)
            for reference in references.get(sample, ()):
                self._enter(person, reference)
            if person in self.samples and sample not in references:
                raise self._not_there(person, sample, references)
        others = [id for id in references if id not in wanted]
        if others:
            more = f" and {len(others) - 5} more" if len(others) > 5 else ""
            self.found.notices.append(
                f"In the files, and nobody in {self.found.file}: {', '.join(others[:5])}{more}."
            )

    def _sample(self, person: str) -> str:
        return self.samples[person].text() if person in self.samples else person

    def _files(self, profiles: Node | None) -> list[Node]:
        if profiles is None:
            return []
        profiles.only("files", "decimal_comma")
        files = profiles.entry("files")
        return files.list() if files.is_list() else [files]

    def _read_file(
        self,
        node: Node,
        profiles: Node | None,
        folder: Path,
        references: dict[str, list[Reference]],
    ) -> None:
        comma = profiles.get("decimal_comma") if profiles else None
        name = node.text()
        imported = node.made(
            lambda: read_profiles(
                folder / name,
                role="references",
                decimal_comma=comma.flag() if comma else None,
                purpose=Purpose.FAMILY,
            )
        )
        wanted = {self._sample(person) for person in self.people}
        for reference in imported.references:
            references.setdefault(reference.id, []).append(reference)
        self.found.not_weighed += [
            part for part in imported.refused if part.what.split(",")[0] in wanted
        ]
        rest = sum(part.what.split(",")[0] not in wanted for part in imported.refused)
        if rest:
            self.found.notices.append(f"{name}: refused of people who are not asked for: {rest}.")
        self.found.notices += [f"{name}: {notice}" for notice in imported.notices]

    def _enter(self, person: str, reference: Reference) -> None:
        self.found.typed.setdefault(person, {})
        single = []
        for locus, typed in reference.genotypes.items():
            where = reference.where or Where(self.found.file)
            self.found.type(person, locus, typed.alleles, where)
            if typed.one_allele_listed and locus not in self.found.x_linked:
                single.append(locus)
        if single:
            taken = "homozygous, or the other dropped out"
            self.found.notices.append(
                f"{person}: one allele is listed at {', '.join(single)}, taken as "
                f"{taken if self.found.dropout.get(person) else 'homozygous'}."
            )

    def _shared(self, one: str, other: str, sample: str) -> InvalidRecord:
        node = self.samples.get(one) or self.samples[other]
        return node.error(
            f"{one} and {other} have the same sample, {sample!r}.",
            "A profile is of one person.",
            "Correct one of the names; identical twins are said with twin_of.",
        )

    def _not_there(
        self, person: str, sample: str, references: dict[str, list[Reference]]
    ) -> UnknownName:
        known = ", ".join(list(references)[:12]) or "no reference profile"
        return UnknownName(
            f"The sample {sample!r} of {person} is in none of the files.",
            rule="A sample is named as in the files of profiles.",
            way_on=f"They hold: {known}{', ...' if len(references) > 12 else ''}.",
            where=self.samples[person].where,
        )
