"""Reference cases of kinship (`kinship-case/1`): what another program got, from JSON.

What is expected, by name, and the tolerance that the file states. The pedigrees and profiles of a
case are read by `formats.read_kinship`. Not for: computing anything (`validate_kinship`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import inf, nan
from pathlib import Path
from typing import Any

from reopen.errors import UnreadableFile, Where
from reopen.records import Locus, canonical_locus

SCHEMA = "kinship-case/1"
TOLERANCE = 1e-6

Json = Any
Loci = frozenset[Locus]


@dataclass(frozen=True, slots=True)
class KinshipReference:
    """One case as it stands in the file.

    kind       lr, dvi, search, power, kappa, exclusion_power or expected_lr
    tolerance  of every number: absolute, of a log10 or of a probability
    content    the whole file
    """

    path: Path
    id: str
    title: str
    kind: str
    tolerance: float
    content: Mapping[str, Json]

    @property
    def expected(self) -> Mapping[str, Json]:
        found = self.content.get("expected", {})
        return found if isinstance(found, Mapping) else {}

    def refusal(self, seen: str) -> UnreadableFile:
        """An error of the expected numbers, told with the file."""
        return UnreadableFile(
            seen,
            rule=f"Expected numbers are laid out as in the schema {SCHEMA!r}.",
            way_on="Correct the case.",
            where=Where(str(self.path), field="expected"),
        )


def is_kinship_case(path: Path) -> bool:
    """Whether a file says that it is such a case; any other is left to other readers."""
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(content, dict) and str(content.get("schema", "")).startswith("kinship-case/")


def read_kinship_reference(path: Path) -> KinshipReference:
    """A case. Raises UnreadableFile for another version of the schema or a tolerance that is no
    number."""
    content = json.loads(path.read_text(encoding="utf-8-sig"))
    if content.get("schema") != SCHEMA:
        raise UnreadableFile(
            f"The schema is {content.get('schema')!r}.",
            rule=f"Cases of the schema {SCHEMA!r} are read.",
            way_on="Use a version of this program that knows the schema.",
            where=Where(str(path), field="schema"),
        )
    tolerance = content.get("tolerance_log10", content.get("tolerance", TOLERANCE))
    if isinstance(tolerance, bool) or not isinstance(tolerance, int | float) or tolerance < 0:
        raise UnreadableFile(
            f"The tolerance is {tolerance!r}.",
            rule="A tolerance is a number from 0.",
            way_on="Correct the case.",
            where=Where(str(path), field="tolerance_log10"),
        )
    case = KinshipReference(
        path=path,
        id=str(content.get("id") or path.stem),
        title=str(content.get("title", "")),
        kind=str(content.get("kind", "")),
        tolerance=float(tolerance),
        content=content,
    )
    _check_layout(case)
    return case


_TABLES = frozenset(
    {
        "log10_likelihood",
        "log10_lr",
        "pairwise_log10_lr",
        "exclusion_counts_no_mutation",
        "posterior_pairing_flat",
        "solve",
    }
)


def _check_layout(case: KinshipReference) -> None:
    """Raises UnreadableFile where what is expected is not laid out as the schema says."""
    expected = case.content.get("expected", {})
    if not isinstance(expected, Mapping):
        raise case.refusal(f"Expected: {expected!r}.")
    for key, value in expected.items():
        rows = value.values() if isinstance(value, Mapping) else ()
        if key in _TABLES and not isinstance(value, Mapping):
            raise case.refusal(f"Expected of {key}: {value!r}, where a table belongs.")
        if key in _TABLES - {"solve"} and not all(isinstance(row, Mapping) for row in rows):
            raise case.refusal(f"Expected of {key}: rows that are no tables.")
        if key == "joint_top":
            _check_rows(case, key, value, "assignment")
        if key == "solve":
            for table, person in (("AM", "Missing"), ("PM", "Sample")):
                _check_rows(case, f"{key}, {table}", value.get(table, []), person)


def _check_rows(case: KinshipReference, key: str, rows: Json, holding: str) -> None:
    """A list of tables, each with an entry of that name."""
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
        raise case.refusal(f"Expected of {key}: {rows!r}, where a list of tables belongs.")
    kind = Mapping if holding == "assignment" else str
    if not all(isinstance(row.get(holding), kind) for row in rows):
        raise case.refusal(f"Expected of {key}: a row without {holding!r}.")


def number(value: Json) -> float:
    """A number of a case: "-inf" and "inf" are infinite; nan for what is no number."""
    if isinstance(value, str):
        return {"-inf": -inf, "inf": inf, "+inf": inf}.get(value.strip().lower(), nan)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return nan
    return float(value)


def quantities(value: Json, name: str = "") -> Iterator[str]:
    """Names of all numbers below a node: "joint_top, 1, log10_lr_vs_null"."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from quantities(item, f"{name}, {key}" if name else str(key))
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for place, item in enumerate(value, 1):
            yield from quantities(item, f"{name}, {place}" if name else str(place))
    elif value is not None:
        yield name


def loci_named(key: str, markers: Sequence[str]) -> Loci:
    """The loci of a marker, or of a linked pair written "m1+m2"."""
    names = [key] if key in markers else [part.strip() for part in key.split("+")]
    return frozenset(canonical_locus(name) for name in names)
