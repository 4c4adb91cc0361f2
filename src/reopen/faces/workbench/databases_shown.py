"""A reference database as text that reads at 80 characters, and as plain values for programs."""

from __future__ import annotations

import json
from collections import Counter

import numpy as np

from reopen.faces.workbench.tables import WIDTH, bullets, paragraph, table
from reopen.formats.reference_database import ReferenceDatabase


def database_text(database: ReferenceDatabase, *, checked: bool = False, width: int = WIDTH) -> str:
    """What a database holds, where it came from, and its hash.

    checked  its content has been read again and compared with the hash
    """
    about = database.about
    typed = typed_people(database)
    loci = [
        [locus, str(len(labels)), f"{typed[locus]:,}", _or_nothing(about.triallelic.get(locus, 0))]
        for locus, labels in database.alleles.items()
    ]
    sources = [
        [source.file, f"{source.people:,}", f"{source.refused:,}", source.form]
        for source in about.sources
    ]
    refused = sum(source.refused for source in about.sources)
    listed = f"Refused are {refused:,} records, or loci of them, listed in {about.refused_file}."
    notices = [f"{source.file}: {notice}" for source in about.sources for notice in source.notices]
    controls = sum(source.controls for source in about.sources)
    held = "The content was read and agrees with it." if checked else "Not compared with it now."
    return "\n\n".join(
        [
            f"{database.path.name}: {database.n:,} people, {len(database.loci)} loci",
            table(["From", "People", "Refused", "Read as"], sources, right="lrrl", width=width),
            *([paragraph(listed, width=width)] if refused else []),
            *([f"Left out are {controls:,} ladders and controls."] if controls else []),
            table(["Locus", "Alleles", "People typed", "Three alleles"], loci, right="lrrr"),
            paragraph(f"On file as: {_counted(kept_as(database))}.", width=width),
            paragraph(f"Typed with: {_counted(kits_named(database))}.", width=width),
            *([f"Read so\n{bullets(notices, width)}"] if notices else []),
            paragraph(f"SHA-256 of the content: {database.hash}. {held}", width=width),
        ]
    )


def database_json(database: ReferenceDatabase, *, checked: bool = False) -> str:
    """The same for programs."""
    about, typed = database.about, typed_people(database)
    return json.dumps(
        {
            "database": database.path.name,
            "people": database.n,
            "sha256": database.hash,
            "checked": checked,
            "loci": [
                {
                    "locus": locus,
                    "alleles": list(labels),
                    "typed": typed[locus],
                    "triallelic": about.triallelic.get(locus, 0),
                }
                for locus, labels in database.alleles.items()
            ],
            "kept_as": kept_as(database),
            "kits": kits_named(database),
            "sources": [
                {
                    "file": source.file,
                    "sha256": source.sha256,
                    "form": source.form,
                    "people": source.people,
                    "refused": source.refused,
                    "controls": source.controls,
                    "notices": list(source.notices),
                }
                for source in about.sources
            ],
            "refused_file": about.refused_file,
        },
        ensure_ascii=False,
        indent=1,
    )


def typed_people(database: ReferenceDatabase) -> dict[str, int]:
    """How many people have a pair of alleles at each locus."""
    typed: dict[str, int] = dict.fromkeys(database.loci, 0)
    for batch in database.batches():
        for locus in database.loci:
            typed[locus] += len(batch) - batch.column(locus).null_count
    return typed


def kept_as(database: ReferenceDatabase) -> dict[str, int]:
    """How many people are on file for each purpose."""
    return _count(database, "purpose")


def kits_named(database: ReferenceDatabase) -> dict[str, int]:
    """How many people were typed with each kit; "" where no file says so."""
    return _count(database, "kit")


def _count(database: ReferenceDatabase, name: str) -> dict[str, int]:
    found = Counter[str]()
    for batch in database.batches():
        column = batch.column(name)
        times = np.bincount(column.indices.to_numpy(), minlength=len(column.dictionary))
        for value, n in zip(column.dictionary.to_pylist(), times.tolist(), strict=True):
            found[value] += n
    return {value: n for value, n in found.most_common() if n}


def _counted(times: dict[str, int]) -> str:
    return ", ".join(f"{value or 'not said'} {n:,}" for value, n in times.items())


def _or_nothing(number: int) -> str:
    return f"{number:,}" if number else ""
