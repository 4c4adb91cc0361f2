"""Any file of pedigrees to a KinshipCase: the form is recognised from the content, then read.

Not for: profiles, kits and frequencies alone (`profiles`, `kits`, `frequencies`).
"""

from __future__ import annotations

from pathlib import Path

from reopen.errors import UnreadableFile, Where
from reopen.formats import familias, gedcom, kinship_json, linkage, pedigree_file
from reopen.formats._tables import read_bytes
from reopen.formats.text import decode
from reopen.records import KinshipCase


def read_kinship(path: str | Path) -> KinshipCase:
    """The pedigrees, profiles, families and remains of a file, with what it says is assumed.

    Raises UnreadableFile where the file cannot be opened or its form is not known, InvalidRecord
    where its content breaks a rule. What could not be taken is listed in `not_weighed`.
    """
    path = Path(path)
    return parse_kinship(path.name, read_bytes(path), path)


def parse_kinship(file: str, data: bytes, path: Path | None = None) -> KinshipCase:
    """As `read_kinship`, from bytes that are at hand.

    file  the name used in messages
    path  of the file, beside which the files that it names are looked for
    """
    text, _ = decode(file, data)
    if kinship_json.recognises(text):
        return kinship_json.parse(file, data)
    if familias.recognises(text):
        return familias.parse(file, data)
    if gedcom.recognises(text):
        return gedcom.parse(file, data)
    if pedigree_file.recognises(text):
        return pedigree_file.parse(file, data, path.parent if path else None)
    if linkage.recognises(text):
        return linkage.parse(file, data, path)
    first = next((line.strip() for line in text.splitlines() if line.strip()), "")
    raise UnreadableFile(
        f"No form of pedigrees begins like this: {first[:60]!r}.",
        rule="Pedigrees are read from pedigree files (TOML), Familias, GEDCOM, LINKAGE or PLINK, "
        "and kinship-case/1 (JSON).",
        way_on="Write a pedigree file; docs/files.md has an example.",
        where=Where(file, 1),
    )
