"""Any file of profiles to records: the form is recognised from the content, then read.

Also puts replicates of one stain together by their names. Not for: frequencies, kits, pedigrees.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import Literal, Protocol, cast

from reopen.errors import (
    InvalidRecord,
    ReopenError,
    UnknownName,
    UnreadableFile,
    Where,
    cannot_open,
)
from reopen.formats import euroformix, genemapper, tidy, wide
from reopen.formats.columns import plain
from reopen.formats.imported import Imported
from reopen.formats.samples import Options, Role
from reopen.formats.text import Table, read_table
from reopen.records import Purpose, Stain


@dataclass(frozen=True, slots=True)
class TableReader:
    """A form of delimited text."""

    recognises: Callable[[Table], bool]
    read: Callable[[Table, Options], Imported]


class _ByteReader(Protocol):
    """A module that reads whole files which are no plain table (XML, preambles)."""

    def recognises(self, head: bytes) -> bool: ...

    def read(
        self, path_name: str, data: bytes, *, role: Role, kit: str, purpose: Purpose
    ) -> Imported: ...


_BYTE_READERS = ("codis", "osiris", "genemarker")
_TABLE_READERS = (
    TableReader(genemapper.recognises_long, genemapper.read_genotypes),
    TableReader(euroformix.recognises, euroformix.read),
    TableReader(tidy.recognises, tidy.read),
    TableReader(genemapper.recognises_wide, genemapper.read_samples),
    TableReader(wide.recognises, wide.read),
)
_HEAD = 8192


def read_profiles(
    path: str | Path,
    *,
    role: Role = "auto",
    kit: str = "",
    decimal_comma: bool | None = None,
    purpose: Purpose = Purpose.DATABASE,
) -> Imported:
    """All profiles of a file, whatever its form.

    role           "stains", "references", or "auto": with peak heights they are stains; without,
                   references, unless the alleles look like mixtures
    kit            the typing kit, where the file names none
    decimal_comma  whether "9,3" is 9.3; None takes a comma only where it cannot be anything else
    purpose        why references of the file are kept

    Raises UnreadableFile where the file cannot be opened or its form is not known. What could
    not be taken of a file that is known is listed in `Imported.refused`.
    """
    path = Path(path)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise cannot_open(path, error) from None
    options = Options(role, kit, decimal_comma, purpose)
    return parse_profiles(path.name, data, options)


def parse_profiles(file: str, data: bytes, options: Options | None = None) -> Imported:
    """As `read_profiles`, from bytes that are at hand. file: the name used in messages."""
    options = options or Options()
    head = data[:_HEAD]
    for name in _BYTE_READERS:
        reader = _byte_reader(name)
        if reader is not None and reader.recognises(head):
            return reader.read(
                file, data, role=options.role, kit=options.kit, purpose=options.purpose
            )
    table = read_table(file, data)
    for form in _TABLE_READERS:
        if form.recognises(table):
            return form.read(table, options)
    raise unknown_form(table)


def is_table(head: bytes) -> bool:
    """Whether a file that starts so is read as a delimited table, and not as XML or a report."""
    readers = (_byte_reader(name) for name in _BYTE_READERS)
    return not any(reader is not None and reader.recognises(head[:_HEAD]) for reader in readers)


def _byte_reader(name: str) -> _ByteReader | None:
    full = f"reopen.formats.{name}"
    try:
        return cast(_ByteReader, import_module(full))
    except ModuleNotFoundError as error:
        if error.name != full:
            raise
        return None


def unknown_form(table: Table) -> ReopenError:
    """The refusal of a table whose columns are those of no form."""
    titles = ", ".join(title or "(empty)" for title in table.header[:12])
    more = ", ..." if len(table.header) > 12 else ""
    seen = f"No form of profiles has these columns: {titles}{more}."
    way_on = "Export a genotypes table, with the columns Sample Name, Marker, Allele 1, Height 1."
    titles_plain = {plain(title) for title in table.header}
    if "allele" in titles_plain and not titles_plain & {"marker", "locus"}:
        seen = f"The columns are those of allele frequencies: {titles}{more}."
        way_on = "Import it as a population's allele frequencies."
    return UnreadableFile(
        seen,
        rule="Profiles are read from tables of GeneMapper, EuroForMix, LRmix, SmartRank, STRmix, "
        "NIST and STRprofiler, and from CODIS, OSIRIS and GeneMarker files.",
        way_on=way_on,
        where=Where(table.file, table.header_line),
    )


Rule = Literal["none", "suffix", "prefix"]

_SUFFIX = re.compile(
    r"(?P<stain>.+?)(?:[\W_]*(?:rep|replicate|run|inj)[\W_]*\d+|[._-]r?\d+)", re.IGNORECASE
)
_PREFIX = re.compile(r"(?:rep)?\d+[A-Za-z]?[_.-](?P<stain>.+)", re.IGNORECASE)


def group_replicates(
    stains: Iterable[Stain], rule: Rule | re.Pattern[str] = "none"
) -> tuple[Stain, ...]:
    """Stains that are replicates of one stain, put together by their names.

    rule  "none"; "suffix" (E2.1, E2_rep2, E2Rep3); "prefix" (1_E2, 2L_E2); or a pattern with a
          group named "stain" that a whole name must match

    The order of first appearance is kept; a name that fits the rule alone keeps its name.
    Raises InvalidRecord where replicates of one stain were typed with different kits, and
    UnknownName for another rule.
    """
    pattern = _pattern(rule)
    groups: dict[tuple[str, str], list[Stain]] = {}
    for stain in stains:
        match = pattern.fullmatch(stain.id) if pattern else None
        groups.setdefault((stain.case, match["stain"] if match else stain.id), []).append(stain)
    return tuple(_merged(name, group) for (_, name), group in groups.items())


def _pattern(rule: str | re.Pattern[str]) -> re.Pattern[str] | None:
    if rule == "none":
        return None
    pattern = {"suffix": _SUFFIX, "prefix": _PREFIX}.get(rule) if isinstance(rule, str) else rule
    if pattern is None or "stain" not in pattern.groupindex:
        name = rule if isinstance(rule, str) else rule.pattern
        raise UnknownName(
            f"No rule for replicates is called {name!r}.",
            rule="Replicates are told by a suffix or a prefix of their names, or not at all.",
            way_on="Use none, suffix or prefix; in Python also a pattern with a group (?P<stain>).",
        )
    return pattern


def _merged(name: str, group: list[Stain]) -> Stain:
    if len(group) == 1:
        return group[0]
    kits = {stain.kit for stain in group}
    if len(kits) > 1:
        raise InvalidRecord(
            f"The replicates of {name} were typed with {' and '.join(sorted(kits))}.",
            rule="The replicates of a stain are of one kit.",
            way_on="Import the kits apart, and weigh their stains together.",
        )
    return replace(
        group[0], id=name, replicates=tuple(r for stain in group for r in stain.replicates)
    )
