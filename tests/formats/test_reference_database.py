"""Databases of typed people on disk: what is read back is what was put in, or a refusal."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from reopen.errors import CannotStore, InvalidRecord, LogBroken, UnreadableFile, Where
from reopen.formats import _database_writer as writer
from reopen.formats import library
from reopen.formats._database_people import AlleleNumbers, people_of
from reopen.formats._names import name_numbers
from reopen.formats.database_builder import DatabaseBuilder
from reopen.formats.genotype_codes import code, n_codes, pairs
from reopen.formats.reference_database import ReferenceDatabase, open_database
from reopen.records import Allele, Locus, Population, Purpose, Reference, genotype
from reopen.weigh.simulate import draw_references

TH01, VWA, AMEL = Locus("TH01"), Locus("vWA"), Locus("AMEL")


def person(name: str, line: int = 0, **typed: Sequence[str]) -> Reference:
    genotypes = {Locus(locus): genotype(*labels) for locus, labels in typed.items()}
    return Reference(name, genotypes, where=Where("f.csv", line))


def build(path: Path, *files: Sequence[Reference], blocks: int = 1) -> ReferenceDatabase:
    """A database of files, each handed on in so many blocks."""
    with DatabaseBuilder(path) as builder:
        for number, people in enumerate(files):
            builder.begin(f"file-{number}.csv")
            for some in np.array_split(np.arange(len(people)), blocks):
                taken, refused = people_of([people[k] for k in some], builder.numbers)
                builder.take(taken)
                builder.refuse(refused)
            builder.end(f"{number:064}", "typed by hand")
        return builder.finish()


def refused(database: ReferenceDatabase) -> list[dict[str, str]]:
    path = database.path.with_name(database.about.refused_file)
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def drawn(n: int, seed: int = 1) -> tuple[Reference, ...]:
    rng = np.random.default_rng(seed)
    population = Population(library.population("nist1036-cauc"))
    return draw_references(rng, population, [f"P-{k}" for k in range(n)])


# codes


def test_codes_of_the_first_genotypes() -> None:
    # {0,0} {0,1} {1,1} {0,2} {1,2} {2,2}: rows of a triangle, one under the other
    one, other = np.array([0, 0, 1, 2, 1, 2]), np.array([0, 1, 1, 0, 2, 2])
    assert code(one, other).tolist() == [0, 1, 2, 3, 4, 5]
    assert [n_codes(n) for n in (0, 1, 2, 3, 22, 361)] == [0, 1, 3, 6, 253, 65341]


def test_every_code_is_of_one_pair() -> None:
    low, high = pairs(np.arange(n_codes(361)))
    assert (low <= high).all()
    assert len(set(zip(low.tolist(), high.tolist(), strict=True))) == n_codes(361)
    assert (code(high, low) == np.arange(n_codes(361))).all()


def test_codes_of_a_small_database_are_as_counted_by_hand(tmp_path: Path) -> None:
    people = [
        person("A", TH01=("9.3", "6"), vWA=("17",)),
        person("B", TH01=("6", "6")),
        person("C", TH01=("7", "9.3"), vWA=("14", "15", "17")),
        person("D", vWA=("10", "17")),
    ]
    database = build(tmp_path / "d.arrow", people)
    assert database.alleles == {TH01: ("6", "7", "9.3"), VWA: ("10", "17")}
    assert database.untyped.tolist() == [6, 3]
    (block,) = database.blocks()
    assert block.start == 0
    assert block.numbers.tolist() == [[3, 0, 4, 6], [2, 3, 3, 1]]
    assert block.numbers.dtype == np.uint8
    assert database.about.triallelic == {VWA: 1}
    assert database.ids([3, 0]) == ("D", "A")


def test_people_by_the_loci_they_are_typed_at(tmp_path: Path) -> None:
    people = [
        person("A", TH01=("6", "7"), vWA=("17",)),
        person("B", TH01=("6", "6")),
        person("C", TH01=("7", "9.3"), vWA=("14", "15", "17")),  # no pair at vWA
        person("D", TH01=("7", "9.3"), vWA=("14", "15")),
    ]
    database = build(tmp_path / "d.arrow", people)
    assert database.people_by_loci() == {frozenset({TH01, VWA}): 2, frozenset({TH01}): 2}


def test_people_are_found_by_name(tmp_path: Path) -> None:
    database = build(tmp_path / "d.arrow", drawn(40))
    assert database.places(["P-39", "nobody", "P-0"]) == {"P-0": 0, "P-39": 39}


# what is read back


def test_people_come_back_as_they_went_in(tmp_path: Path) -> None:
    people = [
        *drawn(500),
        Reference("staff", {TH01: genotype("6")}, Purpose.STAFF, kit="NGM"),
        person("three", TH01=("6", "7", "9.3"), AMEL=("X",)),
        person("sequences", vWA=("CE16_TCTA[1]TCTG[3]", "13:TATC")),
    ]
    database = build(tmp_path / "d.arrow", people, blocks=7)
    assert database.people(range(database.n)) == tuple(people)
    assert [p.where for p in database.people([501])] == [Where("file-0.csv", 0)]


def test_other_programs_see_what_was_not_typed_as_null(tmp_path: Path) -> None:
    build(tmp_path / "d.arrow", [person("A", TH01=("6", "7")), person("B", vWA=("17", "17"))])
    table = pa.ipc.open_file(tmp_path / "d.arrow").read_all()
    assert table.column("TH01").to_pylist() == [1, None]
    assert table.column("vWA").to_pylist() == [None, 0]


def test_batches_fill_across_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "PEOPLE_IN_BATCH", 64)
    people = drawn(300)
    database = build(tmp_path / "d.arrow", people[:130], people[130:], blocks=3)
    assert [block.start for block in database.blocks()] == [0, 64, 128, 192, 256]
    assert [block.people for block in database.blocks()] == [64, 64, 64, 64, 44]
    assert database.people(range(300)) == people
    database.check()


def test_codes_are_read_where_they_lie(tmp_path: Path) -> None:
    database = build(tmp_path / "d.arrow", drawn(50))
    (block,) = database.blocks()
    assert not any(codes.flags.owndata or codes.flags.writeable for codes in block.by_locus)


def test_a_locus_of_many_alleles_needs_two_bytes(tmp_path: Path) -> None:
    labels = [f"{n}" for n in range(10, 34)]
    people = [person(label, TH01=(label,), vWA=("17", "18")) for label in labels]
    database = build(tmp_path / "d.arrow", people)
    (block,) = database.blocks()
    assert [codes.dtype for codes in block.by_locus] == [np.uint16, np.uint8]
    assert database.people(range(24)) == tuple(people)


def test_more_alleles_than_can_be_told_apart_are_refused_by_name(tmp_path: Path) -> None:
    people = [person(str(k), TH01=(f"{k // 10 + 1}.{k % 10}",), AMEL=("X",)) for k in range(365)]
    database = build(tmp_path / "d.arrow", people)
    assert [row["what"] for row in refused(database)] == [f"{k}, TH01" for k in range(361, 365)]
    assert "up to 361 alleles" in refused(database)[0]["reason"]
    assert database.n == 365
    assert list(database.people([364])[0].genotypes) == [AMEL]


# names


def test_the_same_person_in_two_files_is_kept_once(tmp_path: Path) -> None:
    one = [person("A", 2, TH01=("6", "7")), person("B", 3, TH01=("6", "6"))]
    two = [person("A", 7, TH01=("7", "6")), person("C", 8, TH01=("8", "8"))]
    database = build(tmp_path / "d.arrow", one, two)
    assert database.ids(range(database.n)) == ("A", "B", "C")
    (row,) = refused(database)
    assert row["what"] == "A"
    assert (row["file"], row["line"]) == ("file-1.csv", "7")
    assert row["reason"].startswith("This record repeats the one of file-0.csv, line 2.")
    assert [source.people for source in database.about.sources] == [2, 1]


def test_a_name_of_two_different_people_is_refused_twice(tmp_path: Path) -> None:
    one, two = (
        [person("A", 2, TH01=("6", "7")), person("B", 3, TH01=("6", "6"))],
        [person("A", 7, TH01=("6", "8"))],
    )
    database = build(tmp_path / "d.arrow", one, two)
    assert database.ids(range(database.n)) == ("B",)
    assert [(row["what"], row["line"]) for row in refused(database)] == [("A", "2"), ("A", "7")]
    assert "2 records with different alleles" in refused(database)[0]["reason"]


def test_equal_names_have_equal_numbers_whatever_stands_beside_them() -> None:
    names = ["", "A", "B" * 63, "B" * 64, "B" * 65, "é", "A\0", "x" * 5000]
    alone = [int(name_numbers(pa.array([name]))[0]) for name in names]
    assert name_numbers(pa.array(names)).tolist() == alone
    assert name_numbers(pa.array(["left", *names, "out"]).slice(1, len(names))).tolist() == alone
    assert len(set(alone)) == len(names)


# what is not a database


def test_a_changed_byte_is_found(tmp_path: Path) -> None:
    path = tmp_path / "d.arrow"
    database = build(path, drawn(200))
    database.check()
    (block,) = database.blocks()
    data = bytearray(path.read_bytes())
    codes = block.by_locus[0].tobytes()
    at = bytes(data).index(codes)
    data[at] ^= 1
    path.write_bytes(bytes(data))
    with pytest.raises(LogBroken, match="people 1 to 200 are not what was written"):
        open_database(path).check()


def test_a_column_written_anew_is_refused_and_not_misread(tmp_path: Path) -> None:
    path, other = tmp_path / "d.arrow", tmp_path / "other.arrow"
    build(path, [person("A", TH01=("6", "7")), person("B", vWA=("17", "17"))])
    table = pa.ipc.open_file(path).read_all()
    anew = [pa.array(column.to_pylist(), column.type) for column in table.columns]
    with pa.ipc.new_file(str(other), table.schema) as file:
        file.write(pa.Table.from_arrays(anew, schema=table.schema))
    with pytest.raises(LogBroken, match="no genotype"):
        list(open_database(other).blocks())


@pytest.mark.parametrize("content", [b"", b"ARROW1\0\0", b"id,TH01\nA,6\n"])
def test_other_files_are_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "d.arrow"
    path.write_bytes(content)
    with pytest.raises(UnreadableFile, match="reopen database build"):
        open_database(path)


def test_an_arrow_file_of_others_is_refused(tmp_path: Path) -> None:
    path, table = tmp_path / "d.arrow", pa.table({"id": ["A"]})
    with pa.ipc.new_file(str(path), table.schema) as file:
        file.write(table)
    with pytest.raises(UnreadableFile, match="not a reference database"):
        open_database(path)


def test_a_database_that_was_cut_off_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "d.arrow"
    build(path, drawn(100))
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(UnreadableFile, match="cut off"):
        open_database(path)


def test_nobody_has_a_place_that_is_not_there(tmp_path: Path) -> None:
    database = build(tmp_path / "d.arrow", drawn(3))
    for place in (-1, 3):
        with pytest.raises(InvalidRecord, match=f"Nobody has place {place}"):
            database.ids([place])


# nothing half-written


class Stopped(Sequence[Reference]):
    """Somebody presses Ctrl-C while this file is read."""

    def __len__(self) -> int:
        return 1

    def __getitem__(self, place: object) -> Any:
        raise KeyboardInterrupt


def test_what_was_there_stays_until_a_new_one_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "d.arrow"
    before = build(path, drawn(20)).hash
    with pytest.raises(KeyboardInterrupt):
        build(path, drawn(10, seed=2), Stopped())
    assert open_database(path).hash == before
    assert sorted(p.name for p in tmp_path.iterdir()) == ["d.arrow", "d.refused.csv"]


def test_a_database_of_nobody_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="No profile could be taken"):
        build(tmp_path / "d.arrow", [])
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(CannotStore, match="cannot be written"):
        build(tmp_path / "no" / "d.arrow", drawn(3))


def test_amelogenin_written_as_numbers_stands_for_letters(tmp_path: Path) -> None:
    one_two = [person("A", AMEL=("1", "2")), person("B", AMEL=("1", "1", "2"))]
    with DatabaseBuilder(tmp_path / "d.arrow") as builder:
        builder.begin("numbers.csv")
        builder.take(people_of(one_two, builder.numbers)[0])
        letters = {AMEL: {Allele("1"): Allele("X"), Allele("2"): Allele("Y")}}
        builder.end("", "f", relabelled=letters)
        builder.begin("letters.csv")
        builder.take(people_of([person("C", AMEL=("X", "Y"))], builder.numbers)[0])
        builder.end("", "f")
        database = builder.finish()
    assert database.alleles == {AMEL: ("X", "Y")}
    a, b, c = database.people(range(3))
    assert a.genotypes == c.genotypes == {AMEL: genotype("X", "Y")}
    assert b.genotypes == {AMEL: genotype("X", "X", "Y")}


def test_loci_are_numbered_as_they_are_met() -> None:
    numbers = AlleleNumbers()
    assert [numbers.number(TH01, Allele(a)) for a in ("9.3", "6", "9.3")] == [0, 1, 0]
