"""CODIS files (CMF) of many specimens into a database, specimen by specimen.

A LOCUS element is read once by the ordinary reader and then known by its text, apart from the time
of its reading: a million people have the same few thousand of them. A specimen that is odd in any
way is read by `codis` itself, so that rules and messages are the same.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import NamedTuple, cast

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from reopen.errors import InvalidRecord, UnreadableFile
from reopen.formats import _codis_schema as schema
from reopen.formats import codis
from reopen.formats._cmf_stream import CmfStream, Piece
from reopen.formats._database_people import UNTYPED, People, people_of, text_column
from reopen.formats._names import among, met_twice, name_numbers
from reopen.formats._xml import read_xml
from reopen.formats.database_builder import DatabaseBuilder
from reopen.formats.genotype_codes import Codes, code
from reopen.formats.samples import Options
from reopen.records import Genotype, Locus

_PIECES = 1 << 8  # specimens that are in memory as text, and stay in a processor's cache
_AT_ONCE = 1 << 16  # specimens that are handed on together
_MOST_KNOWN = 1 << 18  # texts of loci, and times, that are remembered
_MOST_TOLD = 20  # names in a notice
_ODD = -1

_TEXT = r"[^<>&\x00-\x1f\ufffe\uffff]"
_SPECIMEN = re.compile(
    rf"\s*(?P<start><SPECIMEN)(?P<said>(?: +(?:SOURCEID|CASEID|PARTIAL)=\"[^\"<&\s]*\")*) *>\s*"
    rf"<SPECIMENID>(?P<name>[!-%'-;=?-~](?:{_TEXT}{{0,22}}[!-%'-;=?-~])?)</SPECIMENID>\s*"
    rf"<SPECIMENCATEGORY>(?P<category>{_TEXT}+)</SPECIMENCATEGORY>\s*"
    rf"(?:<SPECIMENCOMMENT>(?P<comment>{_TEXT}{{0,255}})</SPECIMENCOMMENT>\s*)?(?=<LOCUS[\s>])"
)
_SAID = re.compile(r"(\w+)=\"([^\"]*)\"")
_LOCUS_END, _SPECIMEN_END = "</LOCUS>", "</SPECIMEN>"
_TIME, _TIME_END = "<READINGDATETIME>", "</READINGDATETIME>"
_AT = "\0"  # in no XML


class _Typed(NamedTuple):
    """What the text of a LOCUS says. kit: as it is named there, else for the whole file."""

    locus: Locus
    code: int
    once: bool
    kit: str


class _Known:
    """Texts of LOCUS elements that were read, each with a number, and what each says.

    of  text, with _AT in the place of its time of reading -> number, _ODD where it is odd
    """

    def __init__(self) -> None:
        self.of: dict[str, int] = {}
        self.typed: list[_Typed] = []
        self.loci: list[Locus] = []
        self.kits: list[str] = []

    def add(self, key: str, typed: _Typed | None) -> None:
        self.of[key] = _ODD if typed is None else len(self.typed)
        if typed is not None:
            self.typed.append(typed)
            self.loci.append(typed.locus)
            self.kits.append(typed.kit)


@dataclass(slots=True)
class _Specimen:
    """A specimen of which nothing is odd. loci: numbers of `_Known`."""

    name: str
    line: int
    purpose: str
    kit: str
    loci: list[int]


class CmfImport:
    """One file on its way into a database.

    Raises UnreadableFile where the file as a whole breaks the schema.
    """

    def __init__(self, stream: CmfStream, builder: DatabaseBuilder, options: Options):
        self._stream, self._builder = stream, builder
        root = stream.around("<SPECIMEN/>")
        self._reading = codis.Reading(root, options, stream.path.name)
        self._options = options
        self._twice = met_twice(stream.names)
        self._known = _Known()
        self._times: set[str] = set()
        self._kits: dict[str, str] = {}
        self._told: dict[str, list[str]] = {}
        self._others: Counter[str] = Counter()
        self._plain_ones: list[_Specimen] = []

    def run(self, progress: Callable[[int], None]) -> None:
        """Take every specimen, in order."""
        pieces = self._stream.pieces(progress)
        while some := list(islice(pieces, _PIECES)):
            self._take(some)
            many = len(self._known.of) >= _MOST_KNOWN
            if many or len(self._plain_ones) + len(self._reading.references) >= _AT_ONCE:
                self._hand_on()
            if many:
                self._known = _Known()
        self._hand_on()
        notices = [
            codis.notice(mark, names, self._others[mark]) for mark, names in self._told.items()
        ]
        self._builder.end(self._stream.sha256, self._reading.form, notices)

    def _take(self, pieces: Sequence[Piece]) -> None:
        heads = [_SPECIMEN.match(piece.text) for piece in pieces]
        twice = self._named_twice(heads)
        for k, (piece, head) in enumerate(zip(pieces, heads, strict=True)):
            specimen = self._plain(piece, head) if head and k not in twice else None
            if specimen is None:
                self._by_codis(piece)
            else:
                self._plain_ones.append(specimen)

    def _hand_on(self) -> None:
        self._builder.take(_people(self._plain_ones, self._known))
        self._plain_ones.clear()
        people, too_many = people_of(self._reading.references, self._builder.numbers)
        self._builder.take(people)
        self._builder.refuse((*self._reading.refused, *too_many))
        self._reading.references.clear()
        self._reading.refused.clear()

    def _named_twice(self, heads: Sequence[re.Match[str] | None]) -> set[int]:
        """Places of those whose name the file has more than once."""
        if not len(self._twice):
            return set()
        names = pa.array([head["name"] if head else "" for head in heads])
        return set(among(name_numbers(names), self._twice).tolist())

    def _by_codis(self, piece: Piece) -> None:
        root = self._stream.parsed(piece)
        codis.Reading(root, self._options, self._stream.path.name)  # for what else may stand there
        for element in root.all("SPECIMEN"):
            self._reading.take(element)
        self._collect_told()

    def _plain(self, piece: Piece, head: re.Match[str]) -> _Specimen | None:
        """A specimen of which nothing is odd; None where anything is."""
        body, known = piece.text[head.end() :], self._known
        loci = self._at_once(body)
        if loci is None:
            *texts, end = body.split(_LOCUS_END)
            if end.strip() != _SPECIMEN_END or len(texts) > schema.LARGEST_LOCI:
                return None
            loci = [*map(self._number, texts)]
        if _ODD in loci:
            return None
        said = _SAID.findall(head["said"])
        if (
            len(set(map(known.loci.__getitem__, loci))) < len(loci)
            or head["category"] not in _OF_REFERENCES
            or len(dict(said)) < len(said)
            or any(schema.SPECIMEN_ATTRIBUTES[name](value) for name, value in said)
        ):
            return None
        specimen = _Specimen(
            head["name"],
            piece.line + piece.text.count("\n", 0, head.start("start")),
            self._reading.purpose(head["category"], head["name"]),
            self._kit(set(map(known.kits.__getitem__, loci)), head["name"]),
            loci,
        )
        self._tell(head["name"], dict(said), head["comment"])
        return specimen

    def _kit(self, named: set[str], name: str) -> str:
        if len(named) > 1:
            return self._reading.kit(named, name)
        (kit,) = named
        if kit not in self._kits:
            self._kits[kit] = self._reading.kit(named, name)
        return self._kits[kit]

    def _tell(self, name: str, said: dict[str, str], comment: str | None) -> None:
        if "CASEID" in said:
            self._note("case", f"{name} ({said['CASEID']})")
        if schema.is_true(said.get("PARTIAL", "")):
            self._note("partial", name)
        if said.get("SOURCEID") == "Yes":
            self._note("source", name)
        if comment and comment.strip():
            self._note("comment", name)
        self._collect_told()

    def _collect_told(self) -> None:
        for mark, names in self._reading.told.items():
            for name in names:
                self._note(mark, name)
        self._reading.told.clear()

    def _note(self, mark: str, name: str) -> None:
        names = self._told.setdefault(mark, [])
        if len(names) < _MOST_TOLD:
            names.append(name)
        else:
            self._others[mark] += 1

    # loci

    def _at_once(self, body: str) -> list[int] | None:
        """The loci of a specimen that were all read at one time, where each was met before, and at
        that time too, as it is with nearly all; else None."""
        time = body.partition(_TIME)[2].partition(_TIME_END)[0]
        if time not in self._times or _AT in body:
            return None
        *texts, end = body.replace(f"{_TIME}{time}{_TIME_END}", _AT).split(_LOCUS_END)
        if end.strip() != _SPECIMEN_END or len(texts) > schema.LARGEST_LOCI:
            return None
        loci = [*map(self._known.of.get, texts)]
        return None if None in loci else cast("list[int]", loci)

    def _number(self, text: str) -> int:
        """What a locus is known by, read where it was not met before; _ODD where it is odd."""
        before, found, rest = text.partition(_TIME)
        time, _, after = rest.partition(_TIME_END)
        if time not in self._times:
            if schema.moment(time):
                return _ODD
            _remember(self._times, time)
        key = f"{before}{_AT}{after}" if found else text
        if key not in self._known.of:
            self._known.add(key, self._read_locus(text))
        return self._known.of[key]

    def _read_locus(self, text: str) -> _Typed | None:
        """What the ordinary reader makes of a locus; None where it is odd or has three alleles."""
        file = self._stream.path.name
        try:
            root = read_xml(file, f"<SPECIMEN>{text}{_LOCUS_END}</SPECIMEN>".encode())
            if [child.name for child in root.children] != ["LOCUS"]:
                return None
            (element,) = root.children
            locus, labels = self._reading.check_locus(element, ""), codis.labels_of(element)
            if codis.has_obligate(element):
                return None
            pair = Genotype(labels).pair
            a, b = (self._builder.numbers.number(locus, label) for label in pair)
        except (InvalidRecord, UnreadableFile):
            return None
        kit = element.attributes.get("KIT") or element.text_of("KIT") or self._reading.file_kit
        return _Typed(locus, int(code(np.array(a), np.array(b))), len(labels) == 1, kit)


_OF_REFERENCES = schema.CATEGORIES - schema.STAIN_CATEGORIES


def _remember(known: set[str], text: str) -> None:
    if len(known) >= _MOST_KNOWN:
        known.clear()
    known.add(text)


def _people(specimens: Sequence[_Specimen], known: _Known) -> People:
    n = len(specimens)
    person = np.repeat(np.arange(n), [len(specimen.loci) for specimen in specimens])
    loci = chain.from_iterable(specimen.loci for specimen in specimens)
    number = np.fromiter(loci, dtype=np.int64, count=len(person))
    names = sorted(set(known.loci))
    at = np.array([names.index(locus) for locus in known.loci], dtype=np.int64)[number]
    code_of = np.array([typed.code for typed in known.typed], dtype=np.uint16)
    once_of = np.array([typed.once for typed in known.typed], dtype=bool)
    codes: dict[Locus, Codes] = {}
    once: dict[Locus, NDArray[np.bool_]] = {}
    for k, locus in enumerate(names):
        who, what = person[at == k], number[at == k]
        if len(who):
            codes[locus] = np.full(n, UNTYPED, dtype=np.uint16)
            codes[locus][who] = code_of[what]
            once[locus] = np.zeros(n, dtype=bool)
            once[locus][who] = once_of[what]
    return People(
        pa.array([specimen.name for specimen in specimens], pa.string()),
        np.array([specimen.line for specimen in specimens], dtype=np.int64),
        text_column(str(specimen.purpose) for specimen in specimens),
        text_column(specimen.kit for specimen in specimens),
        codes,
        once,
    )
