"""Rows of a file gathered by sample: what was written, before it is judged as stain or reference.

For: grouping, repeated rows, controls by name. Not for: making records (`assemble`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Literal, NamedTuple

from reopen.errors import InvalidRecord, ReopenError, Where
from reopen.records import ControlKind, Locus, NotWeighed, Purpose, canonical_locus

Role = Literal["auto", "stains", "references"]


@dataclass(frozen=True, slots=True)
class Options:
    """What the person importing a file says about it.

    role           whether its samples are stains or references; "auto" decides from the content
    kit            the typing kit, where the file names none
    decimal_comma  see `cells.Cells`
    purpose        why the references are on file
    amel_as_numbers  whether amelogenin is written 1 and 2 for X and Y; None: told by the content
    """

    role: Role = "auto"
    kit: str = ""
    decimal_comma: bool | None = None
    purpose: Purpose = Purpose.DATABASE
    amel_as_numbers: bool | None = None


class Typing(NamedTuple):
    """The cells of one locus of one sample as they stand: labels, heights and sizes side by side.

    heights and sizes are empty where the file has no such columns.
    """

    labels: tuple[str, ...]
    heights: tuple[str, ...] = ()
    sizes: tuple[str, ...] = ()


class Entry(NamedTuple):
    """A typing with its place: line, and the titles of the columns its labels came from."""

    line: int
    typing: Typing
    fields: tuple[str, ...]


@dataclass(slots=True)
class Sample:
    """One sample in one run of it.

    run        the instrument's file of this run, or "" where the table names none
    replicate  the name the table itself gives this replicate, or ""
    loci       None stands where two rows of the table contradict each other
    """

    name: str
    run: str
    line: int
    kit: str = ""
    case: str = ""
    replicate: str = ""
    kind: ControlKind | None = None
    loci: dict[Locus, Entry | None] = field(default_factory=dict)


class Gathering:
    """Collects the samples of one file, in order of appearance, and what had to be refused."""

    def __init__(self, file: str, options: Options):
        self.file = file
        self.options = options
        self.samples: dict[tuple[str, str], Sample] = {}
        self.refused: list[NotWeighed] = []
        self.notices: list[str] = []
        self._typings: dict[Typing, Typing] = {}
        self._loci: dict[str, Locus | None] = {}

    def sample(self, name: str, run: str, line: int) -> Sample:
        """The sample of this name and run, begun here if it is new."""
        key = (name, run)
        sample = self.samples.get(key)
        if sample is None:
            sample = self.samples[key] = Sample(name, run, line)
        return sample

    def locus(self, name: str, line: int, sample: str) -> Locus | None:
        """The locus a cell names; None, with a refusal, where it names none."""
        found = self._loci.get(name)
        if found is not None:
            return found
        try:
            self._loci[name] = locus = canonical_locus(name)
        except InvalidRecord as error:
            self.refuse(f"{sample or 'a row without a sample'}, marker {name!r}", error, line)
            return None
        return locus

    def respelt(self) -> dict[str, Locus]:
        """Locus names of the file that are spelt otherwise here."""
        return {name: locus for name, locus in self._loci.items() if locus and name != locus}

    def add(
        self, sample: Sample, locus: Locus, line: int, typing: Typing, fields: tuple[str, ...]
    ) -> Sample:
        """Enter one locus of a sample. A second row for it is refused, or both are if they differ.

        The sample comes back, or the run that was begun: a plate has several ladders and controls
        of one name. Equal typings are kept once, so that a large database fits in memory.
        """
        typing = self._typings.setdefault(typing, typing)
        if locus in sample.loci and (sample.kind or control_kind(sample.name)):
            sample = self._another_run(sample, line)
        if locus not in sample.loci:
            sample.loci[locus] = Entry(line, typing, fields)
        else:
            self._repeated(sample, locus, line, typing)
        return sample

    def _repeated(self, sample: Sample, locus: Locus, line: int, typing: Typing) -> None:
        before = sample.loci[locus]
        what = f"{sample.name}, {locus}"
        if before is not None and before.typing == typing:
            self.refuse(
                what,
                InvalidRecord(
                    f"This row repeats line {before.line}.",
                    rule="A locus is listed once for each sample.",
                    way_on="The first of the two was taken.",
                ),
                line,
            )
            return
        sample.loci[locus] = None
        earlier = f"line {before.line}" if before else "earlier lines"
        self.refuse(
            what,
            InvalidRecord(
                f"This row contradicts {earlier}.",
                rule="A locus is listed once for each sample; which row is right cannot be known.",
                way_on="Neither was taken. Keep one row, or give each replicate its own name.",
            ),
            line,
        )

    def _another_run(self, control: Sample, line: int) -> Sample:
        self.samples[control.name, f"{control.run} (line {control.line})"] = control
        another = replace(control, line=line, loci={})
        self.samples[control.name, control.run] = another
        return another

    def refuse(self, what: str, error: ReopenError, line: int | None, title: str = "") -> None:
        """List what could not be taken, with the reason and the place."""
        self.refused.append(NotWeighed(what, reason(error), Where(self.file, line, title)))


def reason(error: ReopenError) -> str:
    """An error as one sentence after the other, without its place."""
    return " ".join(part for part in (error.seen, error.rule, error.way_on) if part)


_LADDER = re.compile(r"(?:.*[\W_])?(?:allelic[\W_]*)?ladder(?:[\W_\d].*)?", re.IGNORECASE)
_CONTROL = r"(?:control|ctrl|ctl|ktr|kontroll?e?|kontrolle)"
_POSITIVE = re.compile(rf"(?:.*[\W_])?pos(?:itive?)?[\W_]*{_CONTROL}(?:[\W_\d].*)?", re.IGNORECASE)
_NEGATIVE = re.compile(
    rf"(?:.*[\W_])?(?:neg(?:ative?)?[\W_]*{_CONTROL}|(?:reagent|extraction)[\W_]*blank)"
    r"(?:[\W_\d].*)?",
    re.IGNORECASE,
)
_SHORT = re.compile(r"(PC|NC|RB)(?:[\W_]?\d+)?")
_OF_SHORT = {"PC": ControlKind.POSITIVE, "NC": ControlKind.NEGATIVE, "RB": ControlKind.NEGATIVE}


def control_kind(name: str, *, initials: bool = False) -> ControlKind | None:
    """Which control a name or a sample type tells of, if it does so clearly.

    initials  also take PC, NC and RB (not among references, where they may be a person's)
    """
    if _LADDER.fullmatch(name):
        return ControlKind.LADDER
    if _POSITIVE.fullmatch(name):
        return ControlKind.POSITIVE
    if _NEGATIVE.fullmatch(name):
        return ControlKind.NEGATIVE
    short = _SHORT.fullmatch(name) if initials else None
    return _OF_SHORT[short[1]] if short else None
