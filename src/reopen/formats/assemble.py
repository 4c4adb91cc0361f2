"""Gathered samples to records: stains, references and controls, and the reasons of refusals.

A locus with an unreadable cell is refused whole, in a stain as in a reference: what is left of it
would look like another typing. Only peaks without a name (OL) or of height zero are left out one
by one. Each refusal is listed.
Not for: finding columns and rows (the readers).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from reopen.errors import InvalidRecord, Where
from reopen.formats.cells import AMEL, NOTHING, Cells, OffLadder
from reopen.formats.imported import Imported
from reopen.formats.samples import Entry, Gathering, Sample, Typing, control_kind, reason
from reopen.records import (
    Allele,
    Control,
    Genotype,
    Locus,
    NotWeighed,
    Peak,
    Reference,
    Replicate,
    Stain,
)

MIXED_SHARE = 0.25
"""From this share of mixed-looking samples on, a file without heights is taken for stains."""


@dataclass(slots=True)
class _Records:
    stains: list[Stain]
    references: list[Reference]
    controls: list[Control]


def assemble(gathering: Gathering, sha256: str, form: str, *, persons: bool = False) -> Imported:
    """The records of a file.

    form     what the form is called
    persons  the form holds one person per record (a database), whatever the content looks like
    """
    return _Assembly(gathering, form, persons).run(sha256)


class _Assembly:
    def __init__(self, gathering: Gathering, form: str, persons: bool):
        self.gathering = gathering
        self.form = form
        self.options = gathering.options
        self.cells = Cells(self.options.decimal_comma)
        self.notices = list(gathering.notices)
        said = self.options.amel_as_numbers
        self.sexes = _one_two(gathering.samples.values()) if said is None else said
        self._genotypes: dict[tuple[Typing, bool], Genotype | None] = {}
        samples = list(gathering.samples.values())
        self.as_references = self._are_references(samples, persons)
        for sample in samples:
            sample.kind = sample.kind or control_kind(sample.name, initials=not self.as_references)

    def run(self, sha256: str) -> Imported:
        controls: list[Control] = []
        people: list[Sample] = []
        for sample in self.gathering.samples.values():
            if sample.kind is None:
                people.append(sample)
            else:
                controls.append(self._control(sample))
        references = self._references(people) if self.as_references else []
        stains = [] if self.as_references else self._stains(people)
        self._tell()
        return Imported(
            file=self.gathering.file,
            format=self.form,
            sha256=sha256,
            stains=tuple(stains),
            references=tuple(references),
            controls=tuple(controls),
            refused=tuple(self.gathering.refused),
            notices=tuple(self.notices),
        )

    def _are_references(self, samples: list[Sample], persons: bool) -> bool:
        if self.options.role != "auto":
            return self.options.role == "references"
        typings = (e.typing for s in samples for e in s.loci.values() if e is not None)
        if any(h.upper() not in NOTHING for t in typings for h in t.heights):
            return False
        if persons:
            return True
        counted: dict[Typing, int] = {}
        mixed = [sample for sample in samples if _looks_mixed(sample, counted)]
        if len(mixed) < MIXED_SHARE * len(samples) or not mixed:
            self.notices.append(
                "Read as references, since there are no heights and few loci of more than two "
                "alleles. Stains are weighed with their peak heights: if these are stains, export "
                "the heights, or weigh which alleles were seen "
                "(`reopen weigh --model qualitative`)."
            )
            return True
        self.notices.append(
            f"Read as stains, since {mixed[0].name} has more than two alleles at several loci or "
            "more than three at one; if they are persons, give the file with --references."
        )
        return False

    # references

    def _references(self, samples: list[Sample]) -> list[Reference]:
        by_name: dict[str, list[Sample]] = {}
        for sample in samples:
            by_name.setdefault(sample.name, []).append(sample)
        references = []
        for same in by_name.values():
            sample = same[0]
            if len(same) > 1 and not self._agree(same):
                continue
            if (reference := self._reference(sample)) is not None:
                references.append(reference)
        return references

    def _agree(self, same: list[Sample]) -> bool:
        """Whether records of one name hold the same; the later ones are refused, or all are."""
        first = same[0]
        agree = all(_content(other) == _content(first) for other in same[1:])
        for sample in same[1:] if agree else same:
            self.gathering.refuse(
                sample.name,
                InvalidRecord(
                    f"This record repeats the one of line {first.line}."
                    if agree
                    else f"{len(same)} records with different alleles are named {sample.name!r}.",
                    rule="A reference is listed once.",
                    way_on="The first was taken." if agree else "Give each person a name.",
                ),
                sample.line,
            )
        return agree

    def _reference(self, sample: Sample) -> Reference | None:
        genotypes: dict[Locus, Genotype] = {}
        refused_before = len(self.gathering.refused)
        for locus, entry in sample.loci.items():
            if entry is None:
                continue
            key = (entry.typing, locus == AMEL)
            if key not in self._genotypes:
                try:
                    self._genotypes[key] = self._genotype(locus, entry)
                except InvalidRecord as error:
                    self._refuse_locus(sample, locus, entry, error)
                    continue
            found = self._genotypes[key]
            if found is not None:
                genotypes[locus] = found
        if not genotypes:
            seen = "No allele was typed, or none could be taken (see the reasons by locus)."
            if len(self.gathering.refused) == refused_before and None not in sample.loci.values():
                seen = "No allele was typed."
            self.gathering.refuse(
                sample.name,
                InvalidRecord(seen, rule="A reference has a genotype at one locus at least."),
                sample.line,
            )
            return None
        return Reference(
            id=sample.name,
            genotypes=genotypes,
            purpose=self.options.purpose,
            kit=sample.kit or self.options.kit,
            where=Where(self.gathering.file, sample.line),
        )

    def _genotype(self, locus: Locus, entry: Entry) -> Genotype | None:
        labels = [label for _, label in self._named(locus, entry) if label is not None]
        return Genotype(tuple(labels)) if labels else None

    def _named(self, locus: Locus, entry: Entry) -> Iterable[tuple[int, Allele | None]]:
        for index, text in enumerate(entry.typing.labels):
            try:
                label = self.cells.label(text)
            except InvalidRecord as error:
                raise _at_field(error, entry, index) from None
            if label is not None and self.sexes and locus == AMEL:
                label = Allele("X" if label == "1" else "Y")
            yield index, label

    # stains and controls

    def _stains(self, samples: list[Sample]) -> list[Stain]:
        by_name: dict[str, dict[str, list[Sample]]] = {}
        for sample in samples:
            kit = sample.kit or self.options.kit
            by_name.setdefault(sample.name, {}).setdefault(kit, []).append(sample)
        stains = []
        for name, by_kit in by_name.items():
            for kit, runs in by_kit.items():
                id_ = name if len(by_kit) == 1 else f"{name} ({kit or 'kit not named'})"
                stains.append(self._stain(id_, kit, runs))
        return stains

    def _stain(self, id_: str, kit: str, runs: list[Sample]) -> Stain:
        if len(runs) > 1 and not runs[0].replicate:
            self.notices.append(
                f"{id_} has {len(runs)} runs ({', '.join(run.run for run in runs)}), read as "
                "replicates of one stain."
            )
        return Stain(
            id=id_,
            replicates=tuple(
                self._replicate(run, run.replicate or (run.run if len(runs) > 1 else run.name))
                for run in runs
            ),
            kit=kit,
            case=runs[0].case,
            where=Where(self.gathering.file, runs[0].line),
        )

    def _control(self, sample: Sample) -> Control:
        assert sample.kind is not None
        where = Where(self.gathering.file, sample.line)
        replicate = self._replicate(sample, sample.run or sample.name)
        return Control(sample.name, sample.kind, replicate, where)

    def _replicate(self, sample: Sample, name: str) -> Replicate:
        peaks: dict[Locus, tuple[Peak, ...]] = {}
        for locus, entry in sample.loci.items():
            if entry is None:
                continue
            try:
                peaks[locus] = self._peaks(sample, locus, entry)
            except InvalidRecord as error:
                self._refuse_locus(sample, locus, entry, error)
        return Replicate(name, peaks)

    def _peaks(self, sample: Sample, locus: Locus, entry: Entry) -> tuple[Peak, ...]:
        """Named peaks of a locus; raises where a cell is unreadable or peaks contradict."""
        found: dict[Allele, Peak] = {}
        left_out: list[tuple[int, str]] = []
        for index, text in enumerate(entry.typing.labels):
            height = self._number(entry.typing.heights, index)
            try:
                label = self._label(text, locus)
            except OffLadder:
                left_out.append((index, text + (f" of {height:g} RFU" if height else "")))
                continue
            except InvalidRecord as error:
                raise _at_field(error, entry, index) from None
            if label is None:
                if height:
                    left_out.append((index, f"a peak of {height:g} RFU without a name"))
                continue
            if height == 0:
                left_out.append((index, f"allele {label} of 0 RFU"))
                continue
            peak = Peak(label, height, self._number(entry.typing.sizes, index))
            if label in found and not (found[label] == peak and height is None):
                raise _at_field(_named_twice(found[label], peak), entry, index)
            found[label] = peak
        if left_out:
            self._refuse_peaks(sample, locus, entry, left_out)
        return tuple(found.values())

    def _label(self, text: str, locus: Locus) -> Allele | None:
        label = self.cells.label(text)
        if label is not None and self.sexes and locus == AMEL:
            return Allele("X" if label == "1" else "Y")
        return label

    def _number(self, texts: tuple[str, ...], index: int) -> float | None:
        return self.cells.number(texts[index]) if index < len(texts) else None

    # refusals and notices

    def _refuse_peaks(
        self, sample: Sample, locus: Locus, entry: Entry, peaks: list[tuple[int, str]]
    ) -> None:
        titles = dict.fromkeys(_title(entry, index) for index, _ in peaks)
        self.gathering.refuse(
            f"{sample.name}, {locus}",
            InvalidRecord(
                f"Left out: {', '.join(peak for _, peak in peaks)}.",
                rule="A peak has a name on the ladder and a height above zero.",
                way_on="The other peaks of the locus were taken.",
            ),
            entry.line,
            ", ".join(titles),
        )

    def _refuse_locus(
        self, sample: Sample, locus: Locus, entry: Entry, error: InvalidRecord
    ) -> None:
        title = error.where.field if error.where else ""
        self.gathering.refused.append(
            NotWeighed(
                f"{sample.name}, {locus}",
                reason(error) + " The locus was left out of this record.",
                Where(self.gathering.file, entry.line, title),
            )
        )

    def _tell(self) -> None:
        named = {s.kit for s in self.gathering.samples.values() if s.kit}
        self.notices += understood(
            self.gathering.respelt(), self.cells.rounded, named, self.options.kit, self.sexes
        )


def understood(
    respelt: Mapping[str, Locus],
    rounded: Mapping[str, str],
    named_kits: Collection[str],
    kit: str,
    amel_as_numbers: bool,
) -> list[str]:
    """Notices of what a file writes otherwise than we do.

    named_kits  kits that the file names; kit: the one that its importer named, or ""
    """
    notices = []
    if respelt:
        names = ", ".join(f"{old} -> {new}" for old, new in sorted(respelt.items()))
        notices.append(f"Locus names respelt: {names}.")
    if rounded:
        names = ", ".join(f"{old} -> {new}" for old, new in sorted(rounded.items()))
        notices.append(f"Spreadsheet rounding taken back: {names}.")
    if kit and set(named_kits) - {kit}:
        notices.append(
            f"The file names the kit {', '.join(sorted(named_kits))}, which was kept to, and not "
            f"{kit}."
        )
    if amel_as_numbers:
        notices.append("Amelogenin is written 1 and 2 in this file: read as X and Y.")
    return notices


def _title(entry: Entry, index: int) -> str:
    """Title of the column that a label came from."""
    return entry.fields[min(index, len(entry.fields) - 1)] if entry.fields else ""


def _at_field(error: InvalidRecord, entry: Entry, index: int) -> InvalidRecord:
    placed = error.at(Where(line=entry.line, field=_title(entry, index)))
    assert isinstance(placed, InvalidRecord)
    return placed


def _named_twice(first: Peak, second: Peak) -> InvalidRecord:
    heights = " and ".join(f"{p.height_rfu:g}" if p.height_rfu else "none" for p in (first, second))
    return InvalidRecord(
        f"Allele {first.allele} is listed twice, with heights {heights}.",
        rule="An allele is listed once at a locus.",
        way_on="Keep the peak that was meant.",
    )


def _looks_mixed(sample: Sample, counted: dict[Typing, int]) -> bool:
    """More than three alleles at a locus, or three at more than two loci."""
    threes = 0
    for entry in sample.loci.values():
        if entry is None:
            continue
        count = counted.get(entry.typing)
        if count is None:
            distinct = {text for text in entry.typing.labels if text.upper() not in NOTHING}
            count = counted[entry.typing] = len(distinct)
        if count > 3:
            return True
        threes += count == 3
    return threes > 2


def _content(sample: Sample) -> dict[Locus, Typing | None]:
    return {locus: entry and entry.typing for locus, entry in sample.loci.items()}


def _one_two(samples: Iterable[Sample]) -> bool:
    return amel_as_numbers(
        text
        for sample in samples
        if (entry := sample.loci.get(AMEL)) is not None
        for text in entry.typing.labels
    )


def amel_as_numbers(cells: Iterable[str]) -> bool:
    """Whether a file whose amelogenin cells these are writes X and Y as 1 and 2."""
    seen = {text.upper() for text in cells}
    labels = {text for text in seen if text not in NOTHING and not text.startswith("OL")}
    return bool(labels) and labels <= {"1", "2"} and "1" in labels
