"""The rules of the CODIS Common Message Format: its elements, their order and what they may hold.

Source: FBI, CMF import schema of 2017 (header version 3.2); for the Rapid DNA message, CODIS Rapid
Import CMF, version 1.0, revisions 16 and 17. Versions 2.0 and 3.0 use the same elements; 3.3 adds
the locus D6S1043. Not here: what a specimen becomes (`codis`).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from reopen.errors import InvalidRecord, Where
from reopen.records import Purpose

if TYPE_CHECKING:  # writers need the rules and no parser, which is slow to load
    from reopen.formats._xml import Element

NAMESPACE = "urn:CODISImportFile-schema"
ROOT = "CODISImportFile"
RAPID_ROOT = "CODISRapidImportFile"
VERSIONS = ("2.0", "3.0", "3.1", "3.2", "3.3")
LARGEST_LOCI = 64
LARGEST_ALLELES = 8

STAIN_CATEGORIES = frozenset(
    {"Forensic Mixture", "Forensic Partial", "Forensic Targeted", "Forensic, Unknown"}
)

PURPOSES: dict[str, Purpose] = {
    "Suspect, Known": Purpose.SUSPECT, "Deduced Suspect": Purpose.SUSPECT,
    "Victim, Known": Purpose.VICTIM,
    "Staff": Purpose.STAFF, "Elimination, Known": Purpose.STAFF,
    "Unidentified Person": Purpose.UNIDENTIFIED,
    "Missing Person": Purpose.FAMILY, "Deduced Missing Person": Purpose.FAMILY,
    "Alleged Father": Purpose.FAMILY, "Alleged Mother": Purpose.FAMILY,
    "Biological Child": Purpose.FAMILY, "Biological Father": Purpose.FAMILY,
    "Biological Mother": Purpose.FAMILY, "Biological Sibling": Purpose.FAMILY,
    "Maternal Relative": Purpose.FAMILY, "Paternal Relative": Purpose.FAMILY,
    "Spouse": Purpose.FAMILY,
    "Arrestee": Purpose.DATABASE, "CO Duplicate": Purpose.DATABASE,
    "Convicted Offender": Purpose.DATABASE, "Detainee": Purpose.DATABASE,
    "Juvenile": Purpose.DATABASE, "Legal": Purpose.DATABASE,
    "Multi-allelic Offender": Purpose.DATABASE, "Unreviewed Offender": Purpose.DATABASE,
}  # fmt: skip
"""Purpose of a known person's profile by specimen category."""

UNSORTED = frozenset({"Deceased", "Other", "Population", "Proficiency", "Volunteer"})
"""Categories that say nothing of why a profile is on file: taken as database, and told."""

CATEGORIES = STAIN_CATEGORIES | UNSORTED | frozenset(PURPOSES)

LOCI = (
    "AMEL", "Amelogenin", "CSF1PO", "D10S1248", "D12S391", "D13S317", "D16S539", "D18S51",
    "D19S433", "D1S1656", "D21S11", "D22S1045", "D2S1338", "D2S441", "D3S1358", "D5S818",
    "D7S820", "D8S1179", "FGA", "Penta D", "Penta E", "SE33", "TH01", "THO1", "TP0X", "TPOX",
    "vWA", "DYF387S1", "DYS19", "DYS385", "DYS389 I", "DYS389 II", "DYS390", "DYS391", "DYS392",
    "DYS393", "DYS437", "DYS438", "DYS439", "DYS448", "DYS449", "DYS456", "DYS458", "DYS460",
    "DYS481", "DYS518", "DYS533", "DYS549", "DYS570", "DYS576", "DYS627", "DYS635", "DYS643",
    "YGATAH4", "Yindel",
)  # fmt: skip

KITS = (
    "AmpFLSTR NGM", "AmpFLSTR NGM SElect", "AmpFlSTR Yfiler Plus", "COfiler", "GlobalFiler",
    "GlobalFiler Express", "Identifiler", "Identifiler Direct", "Identifiler Plus",
    "Investigator 24plex GO! Kit", "Investigator 24plex QS Kit", "MiniFiler", "Monoplex CSF1PO",
    "Monoplex D13S317", "Monoplex D16S539", "Monoplex D5S818", "Monoplex D7S820", "Monoplex TH01",
    "Monoplex TPOX", "Monoplex vWA", "PowerPlex 1.1", "PowerPlex 1.2", "PowerPlex 16",
    "PowerPlex 16 HS", "PowerPlex 2.1", "PowerPlex ESI 16", "PowerPlex ESI 17 Pro",
    "PowerPlex ESX 16", "PowerPlex ESX 17", "PowerPlex Fusion", "PowerPlex Fusion 6C",
    "Powerplex Y", "Powerplex Y23", "Profiler Plus", "SGM Plus", "Y-PLEX 5", "Y-PLEX 6", "Yfiler",
)  # fmt: skip

# A rule looks at a text and returns what it must be where it is not so, else nothing.
Rule = Callable[[str], str]


def length(least: int, most: int) -> Rule:
    return lambda text: "" if least <= len(text) <= most else f"it has {least} to {most} characters"


def one_of(values: tuple[str, ...]) -> Rule:
    said = f"it is one of: {'; '.join(values)}"
    return lambda text: "" if text in values else said


def moment(text: str) -> str:
    """A date and time of XML Schema, after 1900-01-01 and before 2079-06-06, both at midnight."""
    said = "it is a date and time as in 2024-01-05T10:00:00, from 1900 to 2079"
    match = re.fullmatch(
        r"\s*(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)?\s*", text
    )
    try:
        when = datetime.fromisoformat(match[1]) if match else datetime.min
    except ValueError:
        return said
    return "" if datetime(1900, 1, 1) < when < datetime(2079, 6, 6) else said


def boolean(text: str) -> str:
    return "" if text.strip() in ("true", "false", "1", "0") else "it is true or false"


def is_true(text: str) -> bool:
    return text.strip() in ("true", "1")


@dataclass(frozen=True, slots=True)
class Part:
    """A child element: how often it may stand, and the rule of its text (None: it has children)."""

    name: str
    rule: Rule | None
    least: int = 1
    most: int = 1


_USER = length(1, 20)
_LAB = length(1, 10)
_BATCH = length(0, 32)
_DEVICE = length(0, 32)

HEADER = (
    Part("HEADERVERSION", one_of(VERSIONS)),
    Part("MESSAGETYPE", one_of(("Import",))),
    Part("DESTINATIONORI", _LAB),
    Part("SOURCELAB", _LAB),
    Part("SUBMITBYUSERID", _USER),
    Part("SUBMITDATETIME", moment),
    Part("BATCHID", _BATCH, least=0),
    Part("KIT", one_of(KITS), least=0),
    Part("SPECIMEN", None, most=1_000_000_000),
)
SPECIMEN = (
    Part("SPECIMENID", length(1, 24)),
    Part("SPECIMENCATEGORY", one_of(tuple(sorted(CATEGORIES)))),
    Part("SPECIMENCOMMENT", length(0, 255), least=0),
    Part("LOCUS", None, most=LARGEST_LOCI),
)
ALLELE = (Part("ALLELEVALUE", length(1, 10)),)

RAPID_FILE = (
    Part("HEADER", None),
    Part("DEVICE", None),
    Part("SPECIMEN", None, most=1_000_000_000),
)
RAPID_HEADER = (
    Part("MESSAGEVERSION", one_of(("1.0",))),
    Part("MESSAGETYPE", one_of(("Rapid Import",))),
    Part("MESSAGEID", length(1, 36)),
    Part("MESSAGEDATETIME", moment),
    Part("MSGCREATORUSERID", _USER),
    Part("DESTINATIONORI", _LAB),
    Part("SOURCEORI", _LAB),
)
RAPID_DEVICE = (
    Part("INSTRUMENTID", _DEVICE),
    Part("MANUFACTURER", _DEVICE, least=0),
    Part("MODEL", _DEVICE, least=0),
    Part("SOFTWAREVERSION", _DEVICE, least=0),
)
RAPID_SPECIMEN = (
    Part("SPECIMENID", length(1, 24)),
    Part("SPECIMENCATEGORY", one_of(tuple(sorted(CATEGORIES)))),
    Part("SID", length(0, 32), least=0),
    Part("FBI_NUMBER_UCN", length(0, 9), least=0),
    Part("UNIQUEEVENTID", length(1, 32)),
    Part("BOOKINGCUSTOMID", length(0, 32), least=0),
    Part("ARRESTINGCUSTOMID", length(0, 32), least=0),
    Part("ARRESTDATE", moment, least=0),
    Part("FINGERPRINTDATE", moment),
    Part("ARRESTOFFENSECATEGORY", length(1, 300)),
    Part("SPECIMENCOMMENT", length(0, 512), least=0),
    Part("LOCUS", None, most=LARGEST_LOCI),
)

SPECIMEN_ATTRIBUTES: dict[str, Rule] = {
    "SOURCEID": one_of(("Yes", "No", "N/A")),
    "CASEID": length(0, 32),
    "PARTIAL": boolean,
}
LOCUS_ATTRIBUTES: dict[str, Rule] = {"BATCHID": _BATCH, "KIT": one_of(KITS)}
ALLELE_ATTRIBUTES: dict[str, Rule] = {"ALLELEREQUIRED": boolean}


def locus_parts(version: str) -> tuple[Part, ...]:
    """Children of LOCUS in a message of this version."""
    names = (*LOCI, "D6S1043") if version == "3.3" else LOCI
    return (
        Part("LOCUSNAME", one_of(names)),
        Part("READINGBY", _USER),
        Part("READINGDATETIME", moment),
        Part("ALLELE", None, most=LARGEST_ALLELES),
    )


RAPID_LOCUS = (
    Part("LOCUSNAME", one_of((*LOCI, "D6S1043"))),
    Part("KIT", _DEVICE, least=0),
    Part("BATCHID", _BATCH, least=0),
    Part("READINGBY", _USER, least=0),
    Part("READINGDATETIME", moment, least=0),
    Part("ALLELE", None, most=LARGEST_ALLELES),
)


def check(
    element: Element, parts: tuple[Part, ...], attributes: dict[str, Rule], file: str, owner: str
) -> None:
    """Raise InvalidRecord where an element breaks the order, number or content it must have.

    owner  how the message names the element ("Specimen 1987-114-E2")
    """
    position = 0
    counts = dict.fromkeys((part.name for part in parts), 0)
    names = [part.name for part in parts]
    for child in element.children:
        if child.name not in counts:
            raise broken(f"{owner}: {element.name} has a {child.name}", file, child,
                         f"{element.name} holds, in this order: {', '.join(names)}")  # fmt: skip
        if names.index(child.name) < position:
            raise broken(f"{owner}: {child.name} comes after {names[position]}", file, child,
                         f"{element.name} holds, in this order: {', '.join(names)}")  # fmt: skip
        position = names.index(child.name)
        counts[child.name] += 1
        rule = parts[position].rule
        if rule and (child.children or (said := rule(child.text))):
            seen = "other elements" if child.children else repr(child.text)
            said = "it holds text" if child.children else said
            raise broken(f"{owner}: {child.name} is {seen}", file, child, said)
    for part in parts:
        if not part.least <= counts[part.name] <= part.most:
            raise broken(f"{owner}: {counts[part.name]} {part.name} in {element.name}", file,
                         element, f"there are {part.least} to {part.most}")  # fmt: skip
    for name, rule in attributes.items():
        if name in element.attributes and (said := rule(element.attributes[name])):
            seen = f"{owner}: attribute {name} of {element.name} is {element.attributes[name]!r}"
            raise broken(seen, file, element, said)


def broken(seen: str, file: str, element: Element, said: str) -> InvalidRecord:
    return InvalidRecord(
        f"{seen[:300]}.",
        rule=f"By the CODIS import schema, {said}.",
        way_on="Correct it where the file was made, and export again.",
        where=Where(file, element.line, element.name),
    )
