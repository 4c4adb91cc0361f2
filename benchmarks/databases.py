"""Reading files of many people into a reference database: people a minute, and memory.

    python -m benchmarks.databases             # 1,000,000 invented people, each form
    python -m benchmarks.databases 100000      # so many

Each form is read in a process of its own, so that its memory is its own. One thread; times are the
process's own, whatever else runs.
"""

from __future__ import annotations

import csv
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import reopen
from reopen.formats.database_export import table_batches
from reopen.formats.reference_database import ReferenceDatabase

PEOPLE = 1_000_000
ODD_SHARE = 100  # one row in so many has a cell that is no allele
LOCUS = (
    "<LOCUS><LOCUSNAME>{}</LOCUSNAME><READINGBY>ana</READINGBY>"
    "<READINGDATETIME>2020-03-{:02}T10:{:02}:00</READINGDATETIME>{}</LOCUS>"
)
HEADER = (
    "<HEADERVERSION>3.2</HEADERVERSION><MESSAGETYPE>Import</MESSAGETYPE>"
    "<DESTINATIONORI>XX0000000</DESTINATIONORI><SOURCELAB>YY0000000</SOURCELAB>"
    "<SUBMITBYUSERID>ana</SUBMITBYUSERID><SUBMITDATETIME>2024-01-05T10:00:00</SUBMITDATETIME>"
)


class Import:
    """20,000 people as SmartRank's table, GlobalFiler's loci."""

    def setup(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.file = write_forms(Path(self.folder.name), 20_000, ["csv"])["csv"]

    def teardown(self) -> None:
        self.folder.cleanup()

    def time_smartrank(self) -> None:
        reopen.build_database(self.file.with_suffix(".arrow"), self.file, replace=True)


def write_forms(folder: Path, people: int, forms: Sequence[str]) -> dict[str, Path]:
    """The same invented people in each form."""
    database = reopen.simulate_database(folder / "invented.arrow", people, kit="GlobalFiler")
    return {form: _FORMS[form](database, folder) for form in forms}


def _csv(database: ReferenceDatabase, folder: Path) -> Path:
    reopen.export_database(database, folder / "smartrank.csv")
    return folder / "smartrank.csv"


def _odd_csv(database: ReferenceDatabase, folder: Path) -> Path:
    path = folder / "odd.csv"
    plain = _csv(database, folder) if not (folder / "smartrank.csv").exists() else None
    with (plain or folder / "smartrank.csv").open() as rows, path.open("w") as odd:
        for number, row in enumerate(rows):
            name, _, rest = row.partition(",")
            odd.write(f"{name},OL,{rest.partition(',')[2]}" if number % ODD_SHARE == 1 else row)
    return path


def _parquet(database: ReferenceDatabase, folder: Path) -> Path:
    reopen.export_database(database, folder / "table.parquet")
    return folder / "table.parquet"


def _long(database: ReferenceDatabase, folder: Path) -> Path:
    path = folder / "euroformix.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["SampleName", "Marker", "Allele1", "Allele2"])
        for name, cells in _people(database):
            writer.writerows((name, locus, a, b) for locus, a, b in cells)
    return path


def _tidy(database: ReferenceDatabase, folder: Path) -> Path:
    path = folder / "tidy.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["specimenId", "locus", "allele"])
        for name, cells in _people(database):
            writer.writerows((name, locus, label) for locus, *both in cells for label in both)
    return path


def _cmf(database: ReferenceDatabase, folder: Path) -> Path:
    path = folder / "codis.xml"
    with path.open("w") as file:
        file.write(f'<CODISImportFile xmlns="urn:CODISImportFile-schema">{HEADER}\n')
        for number, (name, cells) in enumerate(_people(database)):
            loci = "".join(
                LOCUS.format(
                    locus,
                    number // 60 % 28 + 1,
                    number % 60,
                    "".join(
                        f"<ALLELE><ALLELEVALUE>{label}</ALLELEVALUE></ALLELE>" for label in both
                    ),
                )
                for locus, *both in cells
            )
            file.write(
                f"<SPECIMEN><SPECIMENID>{name}</SPECIMENID><SPECIMENCATEGORY>Convicted Offender"
                f"</SPECIMENCATEGORY>{loci}</SPECIMEN>\n"
            )
        file.write("</CODISImportFile>\n")
    return path


def _people(database: ReferenceDatabase) -> Iterator[tuple[str, list[tuple[str, str, str]]]]:
    for batch in table_batches(database):
        columns = batch.to_pydict()
        alleles = [(locus, columns[f"{locus}_1"], columns[f"{locus}_2"]) for locus in database.loci]
        for k, name in enumerate(columns["id"]):
            yield name, [(locus, a[k], b[k]) for locus, a, b in alleles]


_FORMS: dict[str, Callable[[ReferenceDatabase, Path], Path]] = {
    "csv": _csv,
    "odd": _odd_csv,
    "parquet": _parquet,
    "long": _long,
    "tidy": _tidy,
    "cmf": _cmf,
}
SAID = {
    "csv": "SmartRank CSV",
    "odd": f"the same, one row in {ODD_SHARE} refused in part",
    "parquet": "Parquet",
    "long": "EuroForMix CSV, one row a locus",
    "tidy": "CSV, one row an allele",
    "cmf": "CODIS CMF",
}


def measure(file: Path) -> tuple[float, float]:
    """Seconds of one core and peak memory, GB, of one import in this process."""
    before = time.process_time()
    reopen.build_database(file.with_suffix(".out.arrow"), file, replace=True)
    seconds = time.process_time() - before
    status = Path("/proc/self/status").read_text().splitlines()  # rusage keeps the parent's peak
    (peak,) = (line.split()[1] for line in status if line.startswith("VmHWM"))
    return seconds, int(peak) / 1e6


def main() -> None:
    """Print a table: form, size, seconds, people a minute, megabytes a second, memory."""
    words = sys.argv[1:]
    if words and words[0] == "--file":
        print(*measure(Path(words[1])))
        return
    people = int(words[0]) if words else PEOPLE
    forms = words[1:] or list(_FORMS)
    print("| form | file | one core | people a minute | memory |")
    print("| --- | --- | --- | --- | --- |")
    with tempfile.TemporaryDirectory() as folder:
        for form in forms:
            place = Path(folder, form)
            place.mkdir()
            file = write_forms(place, people, [form])[form]
            command = [sys.executable, "-m", "benchmarks.databases", "--file", str(file)]
            told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
            seconds, memory = map(float, told.split())
            size = file.stat().st_size / 1e6
            print(
                f"| {SAID[form]} | {size:,.0f} MB | {seconds:.1f} s | "
                f"{people / seconds * 60:,.0f} | {memory:.2f} GB |",
                flush=True,
            )
            for made in place.iterdir():
                made.unlink()


if __name__ == "__main__":
    main()
