"""The pedigree file: all of a case can be said and is read back; mistakes are named by line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from reopen.errors import ReopenError, UnreadableFile
from reopen.formats import find_population, pedigree_file, read_kinship, write_pedigree_file
from reopen.records import (
    Allele,
    KinshipCase,
    Locus,
    MutationKind,
    MutationModel,
    Purpose,
    Sex,
    Stationary,
)

FILE = """title = "Who was the man in the river?"
reference = "a stranger"

[population]
name = "NIST 1036 Caucasian"
theta = 0.02

[mutation]
female = { model = "stepwise", rate = 0.0005, range = 0.1, rate2 = 1e-6 }
male = { model = "stepwise", rate = 0.002, range = 0.1, rate2 = 1e-6 }

[mutation.loci.SE33]
model = "equal"
rate = 0.006

[[linked]]
loci = ["vWA", "D12S391"]
cm = 11.9
map = "kosambi"

[silent]
TH01 = 0.002

[profiles]
files = ["family.csv"]

[people]
mother = { sex = "female", sample = "K-1", inbreeding = 0.0625 }
father = "male"
sister = { sex = "female", mother = "mother", father = "father", sample = "K-2" }
man = { sex = "male", sample = "K-9", dropout = 0.05 }

[hypotheses."their son"]
man = { mother = "mother", father = "father" }

[hypotheses."half brother"]
man = { mother = "mother" }

[hypotheses."a stranger"]

[families.Silva]
grandmother = { sex = "female", sample = "S-1" }
mother = { sex = "female", mother = "grandmother" }
Ana = { sex = "female", mother = "mother", missing = true }
Eva = { mother = "mother", father = "father", twin_of = "Rita" }
Rita = { mother = "mother", father = "father" }
father = "male"

[remains]
"grave 3" = { sex = "female", dropout = 0.1 }
V2 = "unknown"

[genotypes."grave 3"]
TH01 = "6/9.3"
vWA = "16/?"
"""
PROFILES = """Name,TH01,vWA,AMEL
K-1,"6,9.3","16,17","X,X"
K-2,"6,7","14,16","X,X"
K-9,"6,7","14","X,Y"
S-1,"6,7,8","14,16","X,X"
V2,"6,7","14,16","X,Y"
Z-1,"6,7","14,16","X,Y"
"""
TH01, VWA = Locus("TH01"), Locus("vWA")
_SON = 'mother = "mother", father = "father" }'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "family.csv").write_text(PROFILES)
    return tmp_path


def parsed(folder: Path, text: str = FILE) -> KinshipCase:
    (folder / "river.toml").write_text(text, encoding="utf-8")
    return read_kinship(folder / "river.toml")


def test_hypotheses_are_about_the_people_of_the_file(folder: Path) -> None:
    case = parsed(folder)
    assert case.format == "pedigree file (TOML)"
    assert case.reference == "a stranger"
    parents = {name: p.member("man").parents for name, p in case.hypotheses.items()}
    assert parents == {
        "their son": ("father", "mother"),
        "half brother": ("father of man", "mother"),
        "a stranger": (),
    }
    assert case.hypotheses["a stranger"].founder_inbreeding == {"mother": 0.0625}
    assert any("added father of man" in notice for notice in case.notices)


def test_profiles_come_from_the_files_by_sample(folder: Path) -> None:
    case = parsed(folder)
    assert {id: one.purpose for id, one in case.profiles.items()} == dict.fromkeys(
        ("mother", "sister", "man"), Purpose.FAMILY
    )
    assert str(case.profiles["mother"].genotypes[TH01]) == "6/9.3"
    assert [left.what for left in case.not_weighed] == ["grandmother, TH01"]
    assert case.not_weighed[0].where is not None
    assert (case.not_weighed[0].where.file, case.not_weighed[0].where.line) == ("family.csv", 5)
    assert any(notice == "In the files, and nobody in river.toml: Z-1." for notice in case.notices)
    assert any(
        "man: one allele is listed at vWA, taken as homozygous, or" in notice
        for notice in case.notices
    )


def test_families_and_remains(folder: Path) -> None:
    case = parsed(folder)
    (family,) = case.families
    assert family.missing == ("Ana",)
    assert family.pedigree.member("Ana").mother == "Silva: mother", "two mothers in one file"
    assert family.pedigree.twins == (("Eva", "Rita"),)
    grave, v2 = case.remains
    assert (grave.sex, grave.dropout, str(grave.profile.genotypes[VWA])) == (
        Sex.FEMALE, 0.1, "16/16",
    )  # fmt: skip
    assert v2.sex is Sex.MALE, "amelogenin is X and Y"


def test_assumptions(folder: Path) -> None:
    case = parsed(folder)
    assert case.population is not None
    assert case.population.theta == 0.02
    assert case.population.frequencies == find_population("NIST 1036 Caucasian")
    model = case.model
    assert model is not None
    assert model.mutation_at(TH01).male == MutationModel(MutationKind.STEPWISE, 0.002, 1e-6)
    assert model.mutation_at(Locus("SE33")).female == MutationModel(MutationKind.EQUAL, 0.006)
    assert model.linked[0].recombination == pytest.approx(0.1168028890)
    assert model.silent == {"TH01": 0.002}
    assert model.dropout == {"man": 0.05}
    assert model.partial == {"grave 3": frozenset({"vWA"})}


@pytest.mark.parametrize(
    ("old", "new", "message", "at"),
    [
        ('father = "male"\nsister', 'father = "mail"\nsister', "The sex 'mail'", "mail"),
        ("rate = 0.006", "rte = 0.006", "'rte' is not known here", "rte ="),
        ("rate = 0.006", "rate = 1.5", "Mutation rate 1.5", "[mutation.loci.SE33]"),
        ("cm = 11.9\n", "", "vWA and D12S391 are linked at no distance", "[[linked]]"),
        ('"16/?"', '"16/17/18/19"', "A genotype of 4 alleles", "16/17/18/19"),
        ('"16/?"', '"16"', "One allele: 16", 'vWA = "16"'),
        ('"6/9.3"', "9.3", "9.3 is not text", "TH01 = 9.3"),
        ('"6/9.3"', '"9,3"', "One allele: 9,3", "9,3"),
        ('"6/9.3"', '"6/9,3"', "'9,3' is not an allele label", "9,3"),
        ('{ mother = "mother" }', '{ mother = "aunt" }', "aunt, mother of man, is not", "aunt"),
        ('{ mother = "mother" }', '{ mother = "man" }', "man, mother of man, is male", '"man" }'),
        (_SON, 'mother = "sister", father = "man" }', "man would be an own ancestor", '"man" }'),
        (_SON, 'mother = "father", father = "mother" }', "mother, father of man, is female", "'"),
        ('"K-9"', '"K-8"', "The sample 'K-8' of man is in none of the files", "K-8"),
        ('"K-9"', '"K-2"', "have the same sample, 'K-2'", "K-2"),
        ('"family.csv"', '"fam.csv"', "cannot be opened", "'"),
        ("missing = true", 'missing = "yes"', "'yes' is not true or false", "yes"),
        ("dropout = 0.05", "missing = true", "Somebody of the hypotheses is missing", "man = {"),
        ("[remains]", "[remain]", "Write 'remains', if that is meant", "[remain]"),
        ('V2 = "unknown"', 'father = "unknown"', "among the remains and in", 'father = "unk'),
        ('V2 = "unknown"', 'V2 = "unknown', "This is not TOML", "V2 ="),
        ('V2 = "unknown"', '"grave 3" = "male"', "This is not TOML", '"grave 3" = "male"'),
        ('"NIST 1036 Caucasian"', '"NIST Mars"', "No population of the library", "[population]"),
        ("theta = 0.02", "theta = 1", "theta = 1", "[population]"),
        ('reference = "a stranger"', 'reference = "b"', "hypothesis 'b' is not", "reference"),
        ('twin_of = "Rita"', 'twin_of = "Ana"', "Identical twins", "[families.Silva]"),
        ('twin_of = "Rita"', 'twin_of = "Zoe"', "Zoe is not in", "[families.Silva]"),
        ("TH01 = 0.002", "TH01 = 1.0", "silent probability of 1.0", "'"),
        ("inbreeding = 0.0625", "inbreeding = 2", "Inbreeding 2.0 of mother", "inbreeding"),
        ('[genotypes."grave 3"]', "[genotypes.nobody]", "nobody has a profile", "'"),
    ],
)
def test_mistakes_are_named_with_their_line(
    folder: Path, old: str, new: str, message: str, at: str
) -> None:
    """at  stands in the line that the error names; "'" where only the file is known."""
    assert old in FILE
    text = FILE.replace(old, new, 1)
    with pytest.raises(ReopenError, match=message) as caught:
        parsed(folder, text)
    where = caught.value.where
    assert where is not None
    assert caught.value.way_on
    lines = [n for n, line in enumerate(text.splitlines(), 1) if at in line]
    if at != "'":
        assert where.line in lines


def test_two_files_that_contradict_each_other_are_refused(folder: Path) -> None:
    (folder / "again.csv").write_text('Name,TH01\nK-1,"6,7"\nK-3,"6,7"\n')
    with pytest.raises(ReopenError, match=r"mother is typed 6/9.3 and 6/7 at TH01") as caught:
        parsed(folder, FILE.replace('["family.csv"]', '["family.csv", "again.csv"]'))
    assert caught.value.where is not None
    assert caught.value.where.file == "again.csv"


def test_a_population_of_its_own_file_brings_its_doubts(folder: Path) -> None:
    (folder / "own.csv").write_text("Allele,TH01\n6,0.93\n7,0.03\n93,0.04\n")
    case = parsed(folder, FILE.replace('name = "NIST 1036 Caucasian"', 'file = "own.csv"'))
    assert case.population is not None
    assert case.population.frequencies.by_locus[TH01] == {"6": 0.93, "7": 0.03, "93": 0.04}
    assert any("allele 93 is far" in notice and "9.3" in notice for notice in case.notices)


def test_theta_is_never_silent(folder: Path) -> None:
    case = parsed(folder, FILE.replace("theta = 0.02\n", ""))
    assert case.population is not None
    assert case.population.theta == 0.01
    assert any("theta 0.01 is taken" in notice for notice in case.notices)


def test_people_without_hypotheses_are_one_pedigree() -> None:
    case = pedigree_file.parse("a.toml", b'[people]\na = "male"\nb = { father = "a" }\n')
    (only,) = case.hypotheses.values()
    assert only.ids == ("a", "b", "mother of b")
    assert case.population is None
    assert case.model is None


def test_broken_toml_is_still_told_as_a_pedigree_file(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text("[people]\na = male\n")
    with pytest.raises(UnreadableFile, match="This is not TOML") as caught:
        read_kinship(tmp_path / "a.toml")
    assert caught.value.where is not None
    assert caught.value.where.line == 2


# written and read again


def content(case: KinshipCase) -> tuple[object, ...]:
    """All that a case says, without where it was read."""
    assert case.model is not None
    loci = case.population.frequencies.loci if case.population else ()
    return (
        {name: ({m.id: m for m in p.members}, set(p.twins), p.founder_inbreeding)
         for name, p in case.hypotheses.items()},
        case.reference,
        {id: {k: str(g) for k, g in one.genotypes.items()} for id, one in case.profiles.items()},
        [(f.id, f.pedigree.members, f.pedigree.twins, f.missing, dict(f.profiles))
         for f in case.families],
        [(r.id, r.sex, r.dropout, dict(r.profile.genotypes)) for r in case.remains],
        case.population and (case.population.frequencies.by_locus, case.population.theta,
                             case.population.minimum_frequency, case.population.rescale),
        {locus: case.model.mutation_at(locus) for locus in loci},
        (case.model.silent, case.model.dropout, case.model.partial, case.model.x_linked,
         case.model.linked),
    )  # fmt: skip


def test_a_case_written_is_read_back_the_same(folder: Path) -> None:
    case = parsed(folder)
    again = pedigree_file.parse("again.toml", write_pedigree_file(case).encode())
    assert content(again) == content(case)
    assert write_pedigree_file(again) == write_pedigree_file(case)


def test_own_frequencies_matrices_and_odd_names_are_written() -> None:
    text = """
[population]
name = "the \\"valley\\""
minimum_frequency = 0.005
rescale = false
theta = { TH01 = 0.01, DXS10103 = 0.03 }
counts = { TH01 = 404 }
[frequencies.TH01]
6 = 0.5
"9.3" = 0.3
">10" = 0.2
[frequencies.DXS10103]
18 = 0.5
19 = 0.5
[mutation.loci.DXS10103]
female = { model = "custom", alleles = ["18", "19"], matrix = [[0.9, 0.1], [0.2, 0.8]] }
male = { model = "equal", rate = 0.01, stationary = "PM" }
"""
    text = 'x_loci = ["DXS10103"]\n' + text + (
        '[people]\n"Zoé\\t\\u007f" = "female"\nson = { sex = "male", mother = "Zoé\\t\\u007f" }\n'
        '[genotypes.son]\nDXS10103 = "18"\nTH01 = ["6", "9.3"]\n'
    )  # fmt: skip
    case = pedigree_file.parse("a.toml", text.encode())
    written = write_pedigree_file(case)
    again = pedigree_file.parse("b.toml", written.encode())
    assert content(again) == content(case)
    assert again.population is not None
    assert again.population.frequencies.counts == {"TH01": 404}
    assert again.population.frequencies.by_locus[TH01][Allele(">10")] == 0.2
    assert again.model is not None
    x = again.model.mutation_at(Locus("DXS10103"))
    assert x.female.matrix == ((0.9, 0.1), (0.2, 0.8))
    assert x.male.stationary is Stationary.PM
    assert re.search(r'DXS10103 = \["18"\]', written), "a man has one X chromosome"


def test_the_examples_of_the_documentation_are_read(tmp_path: Path) -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "files.md").read_text(encoding="utf-8")
    kin, families = re.findall(r"^```toml\n(.*?)^```$", page, re.M | re.S)
    case = parsed(tmp_path, kin)
    assert list(case.hypotheses) == ["their son", "half brother", "a stranger"]
    assert case.model is not None
    assert case.model.partial == {"man": frozenset({"vWA"})}
    (tmp_path / "relatives.csv").write_text('Name,TH01\nS-1,"6,7"\nC-1,"8,9"\n')
    (tmp_path / "bones.csv").write_text('Name,TH01\ngrave 3,"6,7"\nV2,"8,9"\n')
    case = parsed(tmp_path, families)
    assert [f.missing for f in case.families] == [("Ana",), ("Rui",)]
    assert [one.profile.loci for one in case.remains] == [("TH01",), ("TH01",)]
    assert "Costa: mother" in case.families[1].profiles
