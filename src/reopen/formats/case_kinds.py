"""Which kind of record a table holds: by the table's name, or by its column `record`.

`exhibits.csv`, `custody_event.csv` and `Custody events 2024.csv` are understood. Not here: what the
columns are (`case_columns`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import PurePath

from reopen.records import Frozen
from reopen.records.base import Record
from reopen.records.kinds import KINDS

_IRREGULAR = {
    "person": "people", "means": "means", "four_eyes": "four_eyes", "name_known": "names_known",
    "checkpoint_seen": "checkpoints_seen", "found_series": "found_series",
}  # fmt: skip


def plural(kind: str) -> str:
    """The name of a table of this kind, without its ending: 'people', 'custody_events'."""
    if kind in _IRREGULAR:
        return _IRREGULAR[kind]
    if re.search(r"[^aeiou]y$", kind):
        return f"{kind[:-1]}ies"
    return f"{kind}es" if kind.endswith(("s", "x", "ch")) else f"{kind}s"


_NAMES: Mapping[str, type[Record]] = Frozen(
    {name: of for kind, of in KINDS.items() for name in (kind, plural(kind))}
)


def plain_title(title: str) -> str:
    """A column's or table's name as fields are written: 'Seal before' -> 'seal_before'."""
    return re.sub(r"[\s-]+", "_", title.strip()).casefold()


def kind_called(name: str) -> type[Record] | None:
    """The kind of this name, singular or plural; None where there is none."""
    return _NAMES.get(plain_title(name))


def kind_of_file(file: str) -> type[Record] | None:
    """The kind that a file's name tells: words with digits in it do not count."""
    words = re.split(r"[\s_.-]+", PurePath(file).stem)
    return kind_called("_".join(word for word in words if word and not re.search(r"\d", word)))
