"""LRmix Studio's validation cases, read as they are: who, under what settings, and what it printed.

Not here: weighing them (`lrmix_cases`). The files are not part of the project.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from reopen.records import (
    Allele,
    AlleleFrequencies,
    Genotype,
    Locus,
    Peak,
    Reference,
    Replicate,
    Stain,
    allele,
    canonical_locus,
)
from reopen.weigh.dropout import DropoutOfEach
from verification.common import rows

FOLDER = "lrmixstudio_validation"
_CASES = Path("model/splitdrop/validation")
_LOGS = {"case1.1": "case-01.1", "case1.3": "case-01.3", "case_3.1": "case-03.1",
         "case_3.5": "case-03.5"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Expected:
    """What LRmix printed of a locus: P(alleles | Hp) and P(alleles | Hd)."""

    numerator: float
    denominator: float


@dataclass(frozen=True, slots=True)
class Case:
    """One weighing: a suspect and known people, with their drop-out, and unknown people.

    unknowns  under the numerator and the denominator
    digits    significant ones of what was printed
    """

    id: str
    stain: Stain
    suspect: Reference
    known: tuple[Reference, ...]
    unknowns: tuple[int, int]
    dropout: DropoutOfEach
    dropin: float
    theta: float
    expected: Mapping[Locus, Expected]
    digits: int


def frequencies(data: Path) -> AlleleFrequencies:
    """The table that the cases were computed with."""
    path = data / FOLDER / _CASES / "data" / "Allele_frequencies_to_use_in_DyNAmix.csv"
    table: dict[Locus, dict[Allele, float]] = {}
    for row in rows(path):
        label = allele(row.pop("Allele"))
        for name, value in row.items():
            if value:
                table.setdefault(canonical_locus(name), {})[label] = float(value)
    return AlleleFrequencies("Netherlands, as used by LRmix", table, "with the cases")


def cases(data: Path) -> list[Case]:
    """Every case with numbers for each locus: the table of March 2013, and four log files."""
    folder = data / FOLDER / _CASES
    printed: dict[str, dict[Locus, Expected]] = {}
    for row in rows(folder / "Validation_data_LRMix_results_march2013_2.csv"):
        if row["Locus"] != "prod":
            found = Expected(_number(row["num"]), _number(row["deno"]))
            printed.setdefault(row["caseID"], {})[canonical_locus(row["Locus"])] = found
    described = rows(folder / "Validation_data_description_feb2013.csv")
    listed = [_described(folder, row, printed[row["Id"]]) for row in described if row["Id"]]
    logs = data / FOLDER / "testfiles"
    return listed + [_logged(logs / f"{name}.txt", logs / of) for name, of in _LOGS.items()]


def _described(folder: Path, row: Mapping[str, str], printed: Mapping[Locus, Expected]) -> Case:
    files = folder / "data" / row["CaseName"].replace(" ", "_")
    names = [k for k in range(1, 5) if row[f"Known{k}"] != "0"]
    known = tuple(_reference(files / row[f"Known{k}"]) for k in names)
    of_known = tuple(float(row[f"dknown{k}"]) for k in names)
    unknowns = int(row["xp"]), int(row["xd"])
    return Case(
        id=f"{row['Id']} ({row['CaseName']})",
        stain=_stain(files / row["Sample"]),
        suspect=_reference(files / row["Suspect"]),
        known=known,
        unknowns=unknowns,
        dropout=DropoutOfEach(
            (float(row["dsuspect"]), *of_known, *(float(row["dUHp"]),) * unknowns[0]),
            (*of_known, *(float(row["dUHd"]),) * unknowns[1]),
        ),
        dropin=float(row["dropin"]),
        theta=float(row["theta"]),
        expected=printed,
        digits=10,
    )


def _logged(path: Path, files: Path) -> Case:
    """A log file of one weighing, four digits."""
    text = path.read_text(encoding="utf-8")
    named = re.findall(r"/([^/\s]+)\.(?:txt|csv)", text)

    def value(name: str) -> str:
        found = re.search(rf"{name}: *([0-9.]+)", text)
        assert found, f"{path} says nothing of {name}"
        return found[1]

    above, below = re.split(r"Drop-out value under Hd", text.partition("Drop-in")[0])
    chances = [
        tuple(float(x) for x in re.findall(r"^\S+: *([0-9.]+)\s*$", part, re.M))
        for part in (above, below)
    ]
    lines = re.findall(r"^(\w+) ([0-9.e+-]+) ([0-9.e+-]+) [0-9.e+-]+ [0-9.e+-]+\s*$", text, re.M)
    return Case(
        id=f"log {path.stem}",
        stain=_stain(_file(files, named[0])),
        suspect=_reference(_file(files, named[1])),
        known=(),
        unknowns=(int(value("Unknowns under Hp")), int(value("Unknowns under Hd"))),
        dropout=DropoutOfEach(chances[0], chances[1]),
        dropin=float(value("Drop-in value")),
        theta=float(value("Theta value")),
        expected={
            canonical_locus(locus): Expected(float(a), float(b))
            for locus, a, b in lines
            if locus != "product"
        },
        digits=4,
    )


def _file(folder: Path, stem: str) -> Path:
    return next(path for path in sorted(folder.iterdir()) if path.stem == stem)


def _profiles(path: Path) -> dict[str, dict[Locus, tuple[Allele, ...]]]:
    """Sample -> locus -> alleles, each once; a homozygote is listed twice, or once."""
    found: dict[str, dict[Locus, tuple[Allele, ...]]] = {}
    with path.open(encoding="utf-8", newline="") as lines:
        delimiter = "\t" if path.suffix == ".txt" else ","
        for row in csv.reader(lines, delimiter=delimiter):
            if row and row[0] and row[0] != "SampleName":
                labels = dict.fromkeys(allele(cell) for cell in row[2:] if cell.strip())
                found.setdefault(row[0], {})[canonical_locus(row[1])] = tuple(labels)
    return found


def _stain(path: Path) -> Stain:
    replicates = tuple(
        Replicate(name, {locus: tuple(Peak(a) for a in labels) for locus, labels in typed.items()})
        for name, typed in _profiles(path).items()
    )
    return Stain(path.stem, replicates)


def _reference(path: Path) -> Reference:
    ((_, typed),) = _profiles(path).items()
    return Reference(path.stem, {locus: Genotype(a) for locus, a in typed.items() if a})


def _number(text: str) -> float:
    return float(text.replace(",", "."))


def worked_by_hand(data: Path) -> dict[str, float]:
    """The LR of each scenario of example P15, worked out on paper: one locus, one person."""
    folder = data / FOLDER / "testfiles" / "Example-p15-single-locus-single-donor"
    text = (folder / "Expected_result_for_P15.txt").read_text(encoding="utf-8")
    parts = re.split(r"^Scenario (\w)\s*$", text, flags=re.M)[1:]
    found = {}
    for name, told in zip(parts[::2], parts[1::2], strict=True):
        found[name] = float(re.findall(r"LR = .*= ([0-9.]+)", told)[-1])
    return found
