"""Typed people as columns, a block at a time: what readers of databases hand on.

Alleles are numbered as they are met, for the whole build. Not for: how they lie on disk
(`_database_schema`), or where they were read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from reopen.errors import InvalidRecord
from reopen.formats._database_schema import aside_text
from reopen.formats.genotype_codes import LARGEST_ALLELES, Codes, code
from reopen.formats.samples import reason
from reopen.records import Allele, Locus, NotWeighed, Reference

UNTYPED = int(np.iinfo(np.uint16).max)


class AlleleNumbers:
    """Loci and their alleles, numbered in the order in which they are met."""

    def __init__(self) -> None:
        self.by_locus: dict[Locus, dict[Allele, int]] = {}

    def number(self, locus: Locus, label: Allele) -> int:
        """The number of an allele, a new one if it is new. Raises InvalidRecord for the 362nd."""
        numbers = self.by_locus.setdefault(locus, {})
        if label not in numbers:
            if len(numbers) == LARGEST_ALLELES:
                raise InvalidRecord(
                    f"{label} is the {LARGEST_ALLELES + 1}th allele met at {locus}.",
                    rule=f"A database tells up to {LARGEST_ALLELES} alleles of a locus apart.",
                    way_on="Leave the locus out, or name its alleles by length.",
                )
            numbers[label] = len(numbers)
        return numbers[label]


@dataclass(frozen=True, slots=True)
class People:
    """Some people of one source.

    ids      pyarrow strings; lines: (person,)
    kits     pyarrow dictionary of strings, one for each person; purposes: the same
    codes    locus -> (person,) genotype codes by `AlleleNumbers`, UNTYPED where there is none
    once     locus -> (person,) whether one allele alone was listed; loci left out: nobody
    aside    place -> text of the loci of three alleles
    """

    ids: pa.Array
    lines: NDArray[np.int64]
    purposes: pa.DictionaryArray
    kits: pa.DictionaryArray
    codes: Mapping[Locus, Codes]
    once: Mapping[Locus, NDArray[np.bool_]] = field(default_factory=dict)
    aside: Mapping[int, str] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.ids)


def alike(value: str, n: int) -> pa.DictionaryArray:
    """A column of one value."""
    return pa.DictionaryArray.from_arrays(pa.array(np.zeros(n, dtype=np.int16)), pa.array([value]))


def people_of(
    references: Sequence[Reference], numbers: AlleleNumbers
) -> tuple[People, tuple[NotWeighed, ...]]:
    """References, read one by one, as columns; and the loci whose alleles are too many."""
    n = len(references)
    refused = []
    codes: dict[Locus, Codes] = {}
    once: dict[Locus, NDArray[np.bool_]] = {}
    aside = {}
    for k, person in enumerate(references):
        three = [(locus, g) for locus, g in person.genotypes.items() if g.is_triallelic]
        if (text := aside_text(three)) is not None:
            aside[k] = text
        for locus, genotype in person.genotypes.items():
            numbers.by_locus.setdefault(locus, {})
            if genotype.is_triallelic:
                continue
            try:
                a, b = (np.array(numbers.number(locus, label)) for label in genotype.pair)
            except InvalidRecord as error:
                refused.append(NotWeighed(f"{person.id}, {locus}", reason(error), person.where))
                continue
            codes.setdefault(locus, np.full(n, UNTYPED, dtype=np.uint16))[k] = code(a, b)
            if genotype.one_allele_listed:
                once.setdefault(locus, np.zeros(n, dtype=np.bool_))[k] = True
    lines = [person.where.line if person.where else None for person in references]
    people = People(
        pa.array([person.id for person in references], pa.string()),
        np.array([line or 0 for line in lines], dtype=np.int64),
        text_column(str(person.purpose) for person in references),
        text_column(person.kit for person in references),
        codes,
        once,
        aside,
    )
    return people, tuple(refused)


def text_column(values: Iterable[str]) -> pa.DictionaryArray:
    """A column of few distinct texts."""
    return pa.array(list(values), pa.string()).dictionary_encode()
