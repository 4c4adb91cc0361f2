"""Profiles written as a CODIS Common Message Format file, version 3.2.

The format holds names of alleles, at most eight at a locus, and loci and kits of its own list.
What it cannot hold stops the writing with the reason, except for three things: peak heights are
left out, and a kit that is not on the list and loci typed without a peak go into the comment.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from io import BytesIO
from xml.etree import ElementTree

from reopen.errors import InvalidRecord
from reopen.formats import _codis_schema as schema
from reopen.records import Allele, Locus, Purpose, Reference, Stain, canonical_locus

_KIT_NAMES = {
    "NGM": "AmpFLSTR NGM",
    "NGM SElect": "AmpFLSTR NGM SElect",
    "Yfiler Plus": "AmpFlSTR Yfiler Plus",
    "PowerPlex Y": "Powerplex Y",
    "PowerPlex Y23": "Powerplex Y23",
    "Investigator 24plex": "Investigator 24plex QS Kit",
}
_CATEGORIES = {
    Purpose.SUSPECT: "Suspect, Known",
    Purpose.VICTIM: "Victim, Known",
    Purpose.STAFF: "Staff",
    Purpose.UNIDENTIFIED: "Unidentified Person",
}
_LOCUS_NAMES = {canonical_locus(name): name for name in reversed(schema.LOCI)}
_LOCUS_NAMES |= {Locus("TH01"): "TH01", Locus("TPOX"): "TPOX", Locus("AMEL"): "Amelogenin"}

_WAY_ON = "Take it out of what is exported, or correct it."


def write_cmf(
    stains: Iterable[Stain],
    references: Iterable[Reference],
    *,
    destination: str,
    source_lab: str,
    user: str,
    submitted: datetime,
    categories: Mapping[str, str] | None = None,
    read_by: str | None = None,
    read_at: datetime | None = None,
) -> str:
    """The profiles as CMF text.

    destination, source_lab  identifiers (ORI) of the two laboratories, up to 10 characters
    user, submitted          who sends the file, and when
    categories               profile id -> specimen category. Needed for references kept as
                             DATABASE or FAMILY, since an offender, an arrestee and a volunteer
                             differ in law; stains are "Forensic, Unknown", or "Forensic Mixture"
                             where a locus has more than two alleles, unless it says otherwise
    read_by, read_at         who read the alleles, and when; else user and submitted

    Raises InvalidRecord where a profile holds what the format cannot.
    """
    root = ElementTree.Element(schema.ROOT, xmlns=schema.NAMESPACE)
    _put(root, "HEADERVERSION", "3.2", "the file")
    _put(root, "MESSAGETYPE", "Import", "the file")
    _put(root, "DESTINATIONORI", _fits(destination, schema.length(1, 10), "destination"), "")
    _put(root, "SOURCELAB", _fits(source_lab, schema.length(1, 10), "source_lab"), "")
    _put(root, "SUBMITBYUSERID", _fits(user, schema.length(1, 20), "user"), "")
    _put(root, "SUBMITDATETIME", _moment(submitted), "")
    reader = _fits(read_by or user, schema.length(1, 20), "read_by")
    reading = (reader, _moment(read_at or submitted))
    chosen = categories or {}
    for stain in stains:
        category = chosen.get(stain.id) or _stain_category(stain)
        _check_category(stain.id, category, schema.STAIN_CATEGORIES)
        _specimen(root, stain.id, category, _stain_alleles(stain), stain.kit, reading, stain.case)
    for reference in references:
        category = chosen.get(reference.id) or _category(reference)
        _check_category(reference.id, category, schema.CATEGORIES - schema.STAIN_CATEGORIES)
        typed = {locus: genotype.alleles for locus, genotype in reference.genotypes.items()}
        _specimen(root, reference.id, category, typed, reference.kit, reading)
    _check_ids(root)
    ElementTree.indent(root, " ")
    text = BytesIO()
    ElementTree.ElementTree(root).write(text, encoding="utf-8", xml_declaration=True)
    return text.getvalue().decode() + "\n"


def _specimen(
    root: ElementTree.Element,
    name: str,
    category: str,
    typed: Mapping[Locus, tuple[Allele, ...]],
    kit: str,
    reading: tuple[str, str],
    case: str = "",
) -> None:
    specimen = ElementTree.SubElement(root, "SPECIMEN")
    empty = [locus for locus, labels in typed.items() if not labels]
    if case:
        specimen.set("CASEID", _fits(case, schema.length(0, 32), f"case of {name}"))
    if empty:
        specimen.set("PARTIAL", "true")
    _put(specimen, "SPECIMENID", _fits(name, schema.length(1, 24), f"name of {name}"), name)
    _put(specimen, "SPECIMENCATEGORY", category, name)
    cmf_kit = _KIT_NAMES.get(kit, kit)
    comment = _comment(kit if cmf_kit not in schema.KITS else "", empty)
    if comment:
        _put(specimen, "SPECIMENCOMMENT", comment, name)
    listed = {locus: labels for locus, labels in typed.items() if labels}
    if not 1 <= len(listed) <= schema.LARGEST_LOCI:
        raise _cannot(f"{name} has alleles at {len(listed)} loci", "a specimen has 1 to 64 loci")
    for locus, labels in listed.items():
        element = ElementTree.SubElement(specimen, "LOCUS")
        if cmf_kit in schema.KITS:
            element.set("KIT", cmf_kit)
        _locus(element, name, locus, labels, reading)


def _locus(
    element: ElementTree.Element,
    name: str,
    locus: Locus,
    labels: tuple[Allele, ...],
    reading: tuple[str, str],
) -> None:
    if locus not in _LOCUS_NAMES:
        raise _cannot(f"{name} was typed at {locus}", "CMF 3.2 has no name for that locus")
    if len(labels) > schema.LARGEST_ALLELES:
        raise _cannot(f"{name} has {len(labels)} alleles at {locus}", "a locus has 1 to 8 alleles")
    _put(element, "LOCUSNAME", _LOCUS_NAMES[locus], name)
    _put(element, "READINGBY", reading[0], name)
    _put(element, "READINGDATETIME", reading[1], name)
    for label in labels:
        allele = ElementTree.SubElement(element, "ALLELE")
        value = _fits(label, schema.length(1, 10), f"allele of {name} at {locus}")
        _put(allele, "ALLELEVALUE", value, name)


def _stain_alleles(stain: Stain) -> dict[Locus, tuple[Allele, ...]]:
    if len(stain.replicates) > 1:
        raise _cannot(
            f"{stain.id} has {len(stain.replicates)} replicates",
            "a specimen has one list of alleles at each locus",
            "Choose one replicate, or make a consensus, and export that.",
        )
    peaks = stain.replicates[0].peaks
    return {locus: tuple(peak.allele for peak in at) for locus, at in peaks.items()}


def _stain_category(stain: Stain) -> str:
    most = max((len(peaks) for peaks in stain.replicates[0].peaks.values()), default=0)
    return "Forensic Mixture" if most > 2 else "Forensic, Unknown"


def _category(reference: Reference) -> str:
    category = _CATEGORIES.get(reference.purpose)
    if category is None:
        raise _cannot(
            f"{reference.id} is kept for purpose {reference.purpose.value!r}",
            "several specimen categories go with that purpose",
            "Say in `categories` which one it is.",
        )
    return category


def _check_category(name: str, category: str, allowed: frozenset[str]) -> None:
    if category not in allowed:
        raise _cannot(
            f"{name} has category {category!r}",
            f"its categories are: {'; '.join(sorted(allowed))}",
            "Correct `categories`.",
        )


def _check_ids(root: ElementTree.Element) -> None:
    names = [element.text for element in root.iter("SPECIMENID")]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise _cannot(f"Two profiles are called {twice}", "each specimen has a name of its own")
    if not names:
        raise _cannot("There is no profile to write", "a file has one specimen at least")


def _comment(kit: str, empty: list[Locus]) -> str:
    parts = [f"Kit: {kit}."] if kit else []
    if empty:
        parts.append(f"No alleles at: {', '.join(empty)}.")
    text = " ".join(parts)
    return text if len(text) <= 255 else f"No alleles at {len(empty)} loci."


def _moment(when: datetime) -> str:
    return _fits(when.replace(tzinfo=None).isoformat(timespec="seconds"), schema.moment, "time")


def _fits(text: str, rule: schema.Rule, what: str) -> str:
    if said := rule(text):
        raise _cannot(f"The {what} is {text!r}", said)
    return text


def _put(parent: ElementTree.Element, tag: str, text: str, owner: str) -> None:
    if not all(ch.isprintable() for ch in text):
        raise _cannot(
            f"{owner or tag} holds the text {text!r}", "texts are of printable characters"
        )
    ElementTree.SubElement(parent, tag).text = text


def _cannot(seen: str, said: str, way_on: str = _WAY_ON) -> InvalidRecord:
    return InvalidRecord(f"{seen}.", rule=f"In a CMF file, {said}.", way_on=way_on)
