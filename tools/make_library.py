"""Writes the built-in library of kits and populations from two kinds of tidy table.

    python tools/make_library.py KITS.csv KIT_LOCI.csv FREQUENCIES.csv...

KITS.csv         kit,locus,dye,dye_name,allele,size_bp,repeat_bp,in_ladder,kind,source
KIT_LOCI.csv     kit,maker,...
FREQUENCIES.csv  population,locus,allele,frequency,n, named nist1036.csv, fbi2015.csv, ukdna17.csv

One file per kit and per population is written below src/reopen/formats/library. Sizes are facts
about the kits, carried over with the table they were read from. Published frequencies are turned
back into the counts of alleles they were made of; a frequency that is not a count divided by the
number of alleles stops the program. Names and aliases are not written here: the two index.toml
files of the library are kept by hand.

Not here: which sizes or frequencies are right (tests/formats/test_library.py compares).
"""

from __future__ import annotations

import csv
import sys
import tomllib
from pathlib import Path

from reopen.records import allele_order, canonical_locus

LIBRARY = Path(__file__).resolve().parents[1] / "src" / "reopen" / "formats" / "library"

KIT_SOURCES = {
    "EuroForMix kit table (vendor GeneMapper bins)":
        "Maker's GeneMapper bins, as tabulated by EuroForMix",
    "strvalidator kit table (vendor GeneMapper bins)":
        "Maker's GeneMapper bins, as tabulated by strvalidator",
    "OSIRIS vendor bins (GeneMapper)": "Maker's GeneMapper bins, as tabulated by OSIRIS (NCBI)",
    "OSIRIS ladder (nominal bp)": "Nominal lengths of the allelic ladder, from OSIRIS (NCBI)",
    "same primers and sizes as Identifiler Plus":
        "Same primers and sizes as Identifiler Plus: maker's GeneMapper bins, as tabulated by "
        "EuroForMix",
}  # fmt: skip

FREQUENCY_SOURCES = {
    "nist1036": (
        (
            "NIST 1036 U.S. population data, revised July 2017. Hill et al. 2013, Forensic Science "
            "International: Genetics 7, e82-e83; corrigendum Steffen et al. 2017, Forensic Science "
            "International: Genetics 31, e36-e40, doi:10.1016/j.fsigen.2017.08.011"
        ),
        "US Government work, public domain",
    ),
    "fbi2015": (
        (
            "FBI expanded CODIS core data of 16 June 2015. Moretti et al. 2016, Forensic Science "
            "International: Genetics 25, 175-181, doi:10.1016/j.fsigen.2016.07.022"
        ),
        "US Government work, public domain",
    ),
    "ukdna17": (
        (
            "UK Home Office 2014, DNA population data to support the implementation of National "
            "DNA Database DNA-17 profiling"
        ),
        "Contains public sector information licensed under the Open Government Licence v3.0",
    ),
}

Row = dict[str, str]


def rows_of(path: Path) -> list[Row]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def grouped(rows: list[Row], column: str) -> dict[str, list[Row]]:
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(row[column], []).append(row)
    return groups


def quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def run(pairs: list[tuple[str, str]]) -> str:
    return quoted(" ".join(f"{label}={value}" for label, value in pairs))


def allele_label(row: Row) -> str:
    """OSIRIS numbers the two alleles of amelogenin; everybody else calls them X and Y."""
    if canonical_locus(row["locus"]) == "AMEL":
        return {"1": "X", "2": "Y"}.get(row["allele"], row["allele"])
    return row["allele"]


def marker_text(rows: list[Row]) -> str:
    first = rows[0]
    sizes = [(allele_label(row), row["size_bp"]) for row in rows]
    lines = ["[[marker]]", f"locus = {quoted(canonical_locus(first['locus']))}",
             f"kind = {quoted(first['kind'])}", f"dye = {quoted(first['dye'])}"]  # fmt: skip
    if first["dye_name"]:
        lines.append(f"dye_name = {quoted(first['dye_name'])}")
    if first["repeat_bp"]:
        lines.append(f"repeat_bp = {first['repeat_bp']}")
    return "\n".join([*lines, f"sizes_bp = {run(sizes)}"])


def kit_text(name: str, maker: str, rows: list[Row]) -> str:
    head = [f"name = {quoted(name)}", f"maker = {quoted(maker)}",
            f"source = {quoted(KIT_SOURCES[rows[0]['source']])}"]  # fmt: skip
    markers = [marker_text(at_locus) for at_locus in grouped(rows, "locus").values()]
    return "\n".join(head) + "\n\n" + "\n\n".join(markers) + "\n"


def counted(rows: list[Row]) -> str:
    n = int(rows[0]["n"])
    counts = [(row["allele"], round(float(row["frequency"]) * n)) for row in rows]
    for (label, count), row in zip(counts, rows, strict=True):
        if abs(count / n - float(row["frequency"])) > 1e-9 or int(row["n"]) != n:
            sys.exit(f"{row['population']} {row['locus']} {label}: not a count of {n}")
    if sum(count for _, count in counts) != n:
        sys.exit(f"{rows[0]['population']} {rows[0]['locus']}: counts do not sum to {n}")
    ordered = sorted(counts, key=lambda pair: allele_order(pair[0]))  # type: ignore[arg-type]
    return run([(label, str(count)) for label, count in ordered])


def population_text(name: str, source: str, terms: str, rows: list[Row]) -> str:
    lines = [f"name = {quoted(name)}", f"source = {quoted(source)}", f"terms = {quoted(terms)}",
             "", "# How often each allele was counted; its frequency is that divided by their sum.",
             "[counts]"]  # fmt: skip
    for locus, at_locus in grouped(rows, "locus").items():
        lines.append(f"{quoted(canonical_locus(locus))} = {counted(at_locus)}")
    return "\n".join(lines) + "\n"


def index(folder: str) -> dict[str, dict[str, str]]:
    return tomllib.loads((LIBRARY / folder / "index.toml").read_text(encoding="utf-8"))


def write_kits(kits: Path, loci: Path) -> None:
    makers = {row["kit"]: row["maker"] for row in rows_of(loci)}
    stems = {entry["name"]: stem for stem, entry in index("kits").items()}
    for name, rows in grouped(rows_of(kits), "kit").items():
        text = kit_text(name, makers[name], rows)
        (LIBRARY / "kits" / f"{stems[name]}.toml").write_text(text, encoding="utf-8")


def write_populations(path: Path) -> None:
    source, terms = FREQUENCY_SOURCES[path.stem]
    entries = index("populations")
    stems = {e["taken_from"]: stem for stem, e in entries.items() if stem.startswith(path.stem)}
    for population, rows in grouped(rows_of(path), "population").items():
        stem = stems[population]
        text = population_text(entries[stem]["name"], source, terms, rows)
        (LIBRARY / "populations" / f"{stem}.toml").write_text(text, encoding="utf-8")


def main(arguments: list[str]) -> None:
    if len(arguments) < 2:
        sys.exit(__doc__)
    write_kits(Path(arguments[0]), Path(arguments[1]))
    for path in arguments[2:]:
        write_populations(Path(path))


if __name__ == "__main__":
    main(sys.argv[1:])
