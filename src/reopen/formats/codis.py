"""CODIS Common Message Format (CMF): the XML in which laboratories send profiles to CODIS.

Read: import files of header version 2.0 to 3.3, and the Rapid Import message 1.0. Each specimen
is checked as the schema does; one that breaks a rule is refused and the others go on. The file
holds allele names only, no peak heights. Its category makes a specimen a stain or a reference.
Written by `codis_writer`.

Not kept, since no record holds them: who read a locus and when, batches, booking identifiers.
Obligate alleles, partial profiles and comments are told in the notices.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath

from reopen.errors import InvalidRecord, UnreadableFile, Where
from reopen.formats import _codis_schema as schema
from reopen.formats._xml import Element, looks_like, read_xml
from reopen.formats.imported import Imported
from reopen.formats.library import kit_name
from reopen.formats.samples import Options, Role
from reopen.formats.text import sha256
from reopen.records import (
    Allele,
    Genotype,
    Locus,
    NotWeighed,
    Peak,
    Purpose,
    Reference,
    Replicate,
    Stain,
    alleles,
    canonical_locus,
)

_TOLD = {
    "obligate": "Alleles marked as required (obligate) are kept like the others",
    "partial": "Marked as a partial profile",
    "source": "SOURCEID is Yes (the specimen's source is said to be known), which is not kept",
    "case": "The case of a reference is not kept",
    "comment": "Comments are not kept",
    "twice": "A stain's allele listed twice at a locus is kept once",
    "unsorted": "The category does not say why the profile is on file; taken as database",
    "purpose": "The category says another purpose; kept as the importer says",
    "kits": "Typed with several kits; no kit is recorded",
}


def recognises(head: bytes) -> bool:
    """Whether a file that starts so is a CODIS import or rapid import file."""
    return looks_like(head, schema.ROOT) or looks_like(head, schema.RAPID_ROOT)


def read(
    path_name: str,
    data: bytes,
    *,
    role: Role = "auto",
    kit: str = "",
    purpose: Purpose = Purpose.DATABASE,
) -> Imported:
    """The specimens of a CMF file.

    role     "stains" or "references": specimens of the other kind are listed as refused
    kit      the typing kit, where the file names none
    purpose  other than DATABASE, it takes the place of the purpose a category has
    Raises UnreadableFile where the file as a whole breaks the schema.
    """
    file = PurePath(path_name).name
    root = read_xml(file, data)
    reading = Reading(root, Options(role, kit, purpose=purpose), file)
    for element in root.all("SPECIMEN"):
        reading.take(element)
    return Imported(
        file=file,
        format=reading.form,
        sha256=sha256(data),
        stains=tuple(reading.stains),
        references=tuple(reading.references),
        refused=tuple(reading.refused),
        notices=tuple(notice(mark, list(names)) for mark, names in reading.told.items()),
    )


def notice(mark: str, names: Sequence[str], others: int = 0) -> str:
    """What is told of specimens: these, and so many others."""
    more = f" and {others:,} more" if others else ""
    return f"{_TOLD[mark]}: {', '.join(names)}{more}."


class Reading:
    """One file on its way to records, specimen by specimen.

    references, stains, refused  what the specimens taken so far have become
    told   mark -> names of those it is told of, see `notice`
    seen   SPECIMENIDs so far
    """

    def __init__(self, root: Element, options: Options, file: str):
        self.file = file
        self.options = options
        self.rapid = root.name == schema.RAPID_ROOT
        self._check_file(root)
        version = root.text_of("HEADERVERSION")
        self.form = f"CODIS CMF {'Rapid Import 1.0' if self.rapid else version}"
        self.locus_parts = schema.RAPID_LOCUS if self.rapid else schema.locus_parts(version)
        self.file_kit = root.text_of("KIT")
        self.seen: set[str] = set()
        self.stains: list[Stain] = []
        self.references: list[Reference] = []
        self.refused: list[NotWeighed] = []
        self.told: dict[str, dict[str, None]] = {}

    def _check_file(self, root: Element) -> None:
        if root.name not in (schema.ROOT, schema.RAPID_ROOT):
            raise UnreadableFile(
                f"The root element is {root.name}.",
                rule=f"A CMF file's root is {schema.ROOT} or {schema.RAPID_ROOT}.",
                way_on="Check that this is the CODIS export.",
                where=Where(self.file, root.line),
            )
        parts = schema.RAPID_FILE if self.rapid else schema.HEADER
        try:
            schema.check(root, parts, {}, self.file, "The file")
            for header in root.all("HEADER"):
                schema.check(header, schema.RAPID_HEADER, {}, self.file, "The file")
            for device in root.all("DEVICE"):
                schema.check(device, schema.RAPID_DEVICE, {}, self.file, "The file")
        except InvalidRecord as error:
            raise UnreadableFile(
                error.seen, rule=error.rule, way_on=error.way_on, where=error.where
            ) from error

    def take(self, element: Element) -> None:
        """Sort one specimen into stains, references or refusals."""
        name = element.text_of("SPECIMENID")
        owner = f"Specimen {name}" if name else f"Specimen on line {element.line}"
        try:
            self._check(element, owner)
            self._sort(element, name, owner)
        except InvalidRecord as error:
            self._refuse(owner, error, element)
        self.seen.add(name)

    def _check(self, element: Element, owner: str) -> None:
        parts = schema.RAPID_SPECIMEN if self.rapid else schema.SPECIMEN
        schema.check(element, parts, schema.SPECIMEN_ATTRIBUTES, self.file, owner)
        loci: set[Locus] = set()
        for child in element.all("LOCUS"):
            locus = self.check_locus(child, owner)
            if locus in loci:
                raise schema.broken(
                    f"{owner}: {locus} is there twice",
                    self.file,
                    child,
                    "each locus of a specimen is there once",
                )
            loci.add(locus)
        if element.text_of("SPECIMENID") in self.seen:
            raise schema.broken(
                f"{owner} is there twice", self.file, element, "each SPECIMENID is there once"
            )

    def check_locus(self, element: Element, owner: str) -> Locus:
        """The locus an element names. Raises InvalidRecord where the element breaks the schema."""
        name = element.text_of("LOCUSNAME")
        at_locus = f"{owner}, {name or 'a locus without a name'}"
        schema.check(element, self.locus_parts, schema.LOCUS_ATTRIBUTES, self.file, at_locus)
        for one in element.all("ALLELE"):
            schema.check(one, schema.ALLELE, schema.ALLELE_ATTRIBUTES, self.file, at_locus)
        return canonical_locus(name)

    def _sort(self, element: Element, name: str, owner: str) -> None:
        category = element.text_of("SPECIMENCATEGORY")
        role = "stains" if category in schema.STAIN_CATEGORIES else "references"
        if self.options.role not in ("auto", role):
            raise InvalidRecord(
                f"{category!r} is a category of {role}.",
                rule=f"The file was read for its {self.options.role} only.",
                way_on="Read it without a role to have both.",
                where=Where(self.file, element.line),
            )
        where = Where(self.file, element.line)
        kit = self.kit(
            {
                locus.attributes.get("KIT") or locus.text_of("KIT") or self.file_kit
                for locus in element.all("LOCUS")
            },
            name,
        )
        if role == "stains":
            replicate = Replicate("1", self._peaks(element, name, owner))
            case = element.attributes.get("CASEID", "")
            self.stains.append(Stain(name, (replicate,), kit=kit, case=case, where=where))
        else:
            genotypes = self._genotypes(element, owner)
            purpose = self.purpose(category, name)
            if "CASEID" in element.attributes:
                self.tell("case", f"{name} ({element.attributes['CASEID']})")
            self.references.append(Reference(name, genotypes, purpose, kit=kit, where=where))
        self._tell_marks(element, name)

    def kit(self, named: set[str], name: str) -> str:
        """The one kit all loci were typed with, by the library's name where it has one."""
        if len(named) > 1:
            self.tell("kits", name)
            return self.options.kit
        (kit,) = named
        return kit_name(kit) or kit or self.options.kit

    def purpose(self, category: str, name: str) -> Purpose:
        """Why a specimen of this category is on file."""
        said = schema.PURPOSES.get(category, Purpose.DATABASE)
        wanted = self.options.purpose
        if wanted not in (Purpose.DATABASE, said):
            self.tell("purpose", f"{name} ({category})")
            return wanted
        if category in schema.UNSORTED:
            self.tell("unsorted", f"{name} ({category})")
        return said

    def _peaks(self, element: Element, name: str, owner: str) -> dict[Locus, tuple[Peak, ...]]:
        peaks: dict[Locus, tuple[Peak, ...]] = {}
        for locus, labels in self._labels(element, owner).items():
            once = tuple(dict.fromkeys(labels))
            if len(once) < len(labels):
                self.tell("twice", f"{name} {locus}")
            peaks[locus] = tuple(Peak(label) for label in once)
        return peaks

    def _genotypes(self, element: Element, owner: str) -> dict[Locus, Genotype]:
        genotypes: dict[Locus, Genotype] = {}
        for locus, labels in self._labels(element, owner).items():
            try:
                genotypes[locus] = Genotype(labels)
            except InvalidRecord as error:
                self._refuse(f"{owner}, {locus}", error, element)
        if not genotypes:
            raise _no_locus(owner, self.file, element)
        return genotypes

    def _labels(self, element: Element, owner: str) -> dict[Locus, tuple[Allele, ...]]:
        """Alleles of each locus; a locus with one that is no label (OL, ">27") is refused."""
        labels: dict[Locus, tuple[Allele, ...]] = {}
        for child in element.all("LOCUS"):
            locus = canonical_locus(child.text_of("LOCUSNAME"))
            try:
                labels[locus] = labels_of(child)
            except InvalidRecord as error:
                self._refuse(f"{owner}, {locus}", error, child)
        if not labels:
            raise _no_locus(owner, self.file, element)
        return labels

    def _tell_marks(self, element: Element, name: str) -> None:
        if schema.is_true(element.attributes.get("PARTIAL", "")):
            self.tell("partial", name)
        if element.attributes.get("SOURCEID") == "Yes":
            self.tell("source", name)
        if element.text_of("SPECIMENCOMMENT"):
            self.tell("comment", name)
        if any(map(has_obligate, element.all("LOCUS"))):
            self.tell("obligate", name)

    def tell(self, mark: str, name: str) -> None:
        """Note something of a specimen, once."""
        self.told.setdefault(mark, {})[name] = None

    def _refuse(self, what: str, error: InvalidRecord, element: Element) -> None:
        reason = " ".join(part for part in (error.seen, error.rule, error.way_on) if part)
        where = error.where or Where(self.file, element.line, element.name)
        self.refused.append(NotWeighed(what, reason, where))


def labels_of(locus: Element) -> tuple[Allele, ...]:
    """The alleles of a LOCUS. Raises InvalidRecord for one that is no label (OL, ">27")."""
    return alleles(one.text_of("ALLELEVALUE") for one in locus.all("ALLELE"))


def has_obligate(locus: Element) -> bool:
    """Whether an allele of a LOCUS is marked as required."""
    required = (one.attributes.get("ALLELEREQUIRED", "") for one in locus.all("ALLELE"))
    return any(map(schema.is_true, required))


def _no_locus(owner: str, file: str, element: Element) -> InvalidRecord:
    return InvalidRecord(
        f"{owner} has no locus that can be used.",
        rule="A profile has one locus at least.",
        way_on="See the reasons given for its loci.",
        where=Where(file, element.line),
    )
