"""Familias files: an invented paternity and an invented disaster, whole and broken."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from reopen.errors import ReopenError, UnreadableFile
from reopen.formats import familias, read_kinship
from reopen.records import KinshipCase, MutationKind, Sex, Stationary

SHARED = Path(__file__).resolve().parents[3] / "shared" / "reference" / "kinship"

HEAD = ['"Output from Familias, version 3.3.1"', '"DO NOT EDIT!"', "3.3.1", '""']
EQUAL, PROPORTIONAL, STEPWISE, STATIONARY, EXTENDED = range(5)


def person(
    name: str, male: bool, *triples: tuple[int, int, int], dropout: bool = False
) -> list[Any]:
    year = "-1 (Consider dropouts)" if dropout else "-1"
    return [f'"{name}"', "#FALSE#", year, "#FALSE#", "#TRUE#" if male else "#FALSE#", len(triples),
            *(i for triple in triples for i in triple)]  # fmt: skip


def locus(name: str, alleles: dict[str, float], **given: Any) -> list[Any]:
    terms: dict[str, Any] = {"rates": (0.001, 0.002), "models": (4, 4), "ranges": (0.1, 0.1)}
    terms |= {"rates2": ("1e-006", "1e-006"), "silent": 0, "d": 0, "maf": 0, **given}
    size = (
        f"(DatabaseSize = 1000 , Dropout probability = {terms['d']} , "
        f"Minor allele frequency = {terms['maf']} )"
    )
    listed = (line for label, f in alleles.items() for line in (f'"{label}"', f))
    silent = ("#TRUE#" if terms["silent"] else "#FALSE#", terms["silent"])
    return [f'"{name}"', *terms["rates"], *terms["models"], len(alleles), *terms["ranges"],
            *terms["rates2"], *silent, f"{len(alleles)}\t{size}", *listed]  # fmt: skip


def database(*loci: list[Any], theta: float = 0) -> list[Any]:
    return [f"#FALSE# (#Databases: 1 ;Theta/Kinship/Fst: {theta} )", len(loci), "#TRUE#",
            '"Valley"', *(line for one in loci for line in one)]  # fmt: skip


PEOPLE = [
    *person("AF", True, (0, 1, 0), (2, 2, 1)),
    *person("MO", False),
    *person("CH", False, (1, 1, 0), (0, 2, 1), dropout=True),
]
PEDIGREES = ['"Known relations"', 0, 0, 0, 2,
             0, '"H1"', 0, 0, 2, 0, 2, 1, 2,
             1, '"H2"', 0, 1, 2, 3, 2, 1, 2]  # fmt: skip
TH01 = locus("TH01", {"6": 0.25, "9": 0.35, "9.3": 0.4}, d=0.1)
VWA = locus("VWA", {"14": 0.2, "15": 0.3, "16": 0.5}, models=(1, 0), d=0.1)
PATERNITY = [*HEAD, 3, *PEOPLE, *PEDIGREES, *database(TH01, VWA, theta=0.02)]


def parsed(lines: list[Any]) -> KinshipCase:
    return familias.parse("case.fam", "\r\n".join(map(str, lines)).encode())


def with_locus(one: list[Any]) -> KinshipCase:
    return parsed([*HEAD, 0, '"Known relations"', 0, 0, 0, 0, *database(one)])


def test_a_paternity_case() -> None:
    case = parsed(PATERNITY)
    assert case.format == "Familias 3 (.fam)"
    h1, h2 = case.hypotheses.values()
    assert h1.member("CH").parents == ("AF", "MO")
    assert h2.member("CH").parents == ("extra male 1", "MO")
    assert (h1.sex("AF"), h1.sex("CH")) == (Sex.MALE, Sex.FEMALE)
    assert {id: [str(g) for g in one.genotypes.values()] for id, one in case.profiles.items()} == {
        "AF": ["6/9", "16/16"], "CH": ["9/9", "14/16"],
    }  # fmt: skip
    assert case.population is not None
    assert (case.population.name, case.population.theta) == ("Valley", 0.02)
    assert case.population.frequencies.by_locus["TH01"] == {"6": 0.25, "9": 0.35, "9.3": 0.4}  # type: ignore[index]
    assert case.model is not None
    assert case.model.dropout == {"CH": 0.1}
    assert case.not_weighed == ()


def test_mutation_models_by_their_codes() -> None:
    model = parsed(PATERNITY).model
    assert model is not None
    th01, vwa = model.mutation_at("TH01"), model.mutation_at("vWA")  # type: ignore[arg-type]
    assert (th01.female.kind, th01.female.rate, th01.female.rate2) == ("stepwise", 0.001, 1e-6)
    assert (th01.male.rate, th01.male.step_range) == (0.002, 0.1)
    assert (vwa.female.kind, vwa.male.kind) == (MutationKind.PROPORTIONAL, MutationKind.EQUAL)
    none = with_locus(locus("vWA", {"14": 0.5, "15": 0.5}, rates=(0, 0), models=(2, 0)))
    assert none.model is not None
    assert none.model.mutation_at("vWA").female.kind is MutationKind.NONE  # type: ignore[arg-type]


def test_the_plain_stepwise_model_is_ours_where_there_are_no_microvariants() -> None:
    model = with_locus(locus("vWA", {"14": 0.5, "15": 0.5}, models=(2, 3))).model
    assert model is not None
    both = model.mutation_at("vWA")  # type: ignore[arg-type]
    assert (both.female.kind, both.female.rate2) == (MutationKind.STEPWISE, 0.0)
    assert (both.male.stationary, both.female.stationary) == (Stationary.PM, Stationary.AS_IT_IS)


def test_the_plain_stepwise_model_knows_no_microgroups() -> None:
    """From 9 the steps are 3 to 6 and 0.3 to 9.3: weights 0.1^3 and 0.1^0.3, shared by the rate."""
    model = with_locus(locus("TH01", {"6": 0.3, "9": 0.3, "9.3": 0.4}, models=(2, 2))).model
    assert model is not None
    female = model.mutation_at("TH01").female  # type: ignore[arg-type]
    assert female.kind is MutationKind.CUSTOM
    far, near = 0.001, 0.5011872336
    assert female.matrix[1] == pytest.approx(
        (0.001 * far / (far + near), 0.999, 0.001 * near / (far + near))
    )


def test_a_silent_allele_and_least_frequencies() -> None:
    case = with_locus(locus("vWA", {"14": 0.5, "15": 0.45}, silent=0.05, maf=0.004))
    assert case.model is not None
    assert case.model.silent == {"vWA": 0.05}
    assert case.population is not None
    assert case.population.minimum_frequency == 0.004


def test_what_is_not_used_is_listed() -> None:
    case = parsed([*PATERNITY, "[Advanced]", "[[Other]]", "NumberOfDecimals= 10", "[New]", "a= 1"])
    assert [left.what for left in case.not_weighed] == ["[Advanced]", "[New]"]
    assert "not known here" in case.not_weighed[1].reason


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (['"AF"'], ["AF"], "'AF' stands where a person's name"),
        (["#TRUE#", 2], ["TRUE", 2], "#TRUE# or #FALSE#"),
        (['"H1"', 0, 0, 2, 0, 2], ['"H1"', 0, 0, 2, 9, 2], "a person's number below 3"),
        (['"H1"', 0, 0, 2, 0, 2, 1, 2], ['"H1"', 0, 0, 2, 0, 2, 2, 0], "would be an own ancestor"),
        (["#FALSE#", "-1", "#FALSE#", "#FALSE#", 0], ["#FALSE#", "-1", "#FALSE#", "#TRUE#", 0],
         "CH has two fathers, AF and MO"),
        (['"H2"'], ['"H1"'], "Two pedigrees are called 'H1'"),
        (['"Known relations"', 0, 0], ['"Known relations"', 0, 1], "1 extra people stand in all"),
        (['"TH01"', 0.001], ['"TH01"', "x"], "'x' stands where a mutation rate"),
        (['"TH01"', 0.001], ['"TH01"', 1.5], "Mutation rate 1.5"),
        (['"TH01"'], ['"VWA"'], "vWA stands twice"),
        (['"TH01"'], ['"--"'], "no letter or digit"),
        (['"9.3"', 0.4], ['"9.3"', 0.6], "TH01 sum to 1.2"),
        (['"9.3"', 0.4], ['"6"', 0.4], "6 at TH01 is listed twice"),
        (["#FALSE# (#Databases: 1 ;Theta/Kinship/Fst: 0.02 )"],
         ["#FALSE# (#Databases: 2 ;Theta/Kinship/Fst: 0.02 )"], "holds 2 databases"),
        ([2, 2, 1, '"MO"'], [2, 7, 1, '"MO"'], "alleles 2 and 7 of locus 1"),
    ],
)  # fmt: skip
def test_broken_files_are_refused_with_the_line(
    old: list[Any], new: list[Any], message: str
) -> None:
    texts = list(map(str, PATERNITY))
    at = next(i for i in range(len(texts)) if texts[i : i + len(old)] == list(map(str, old)))
    texts[at : at + len(old)] = map(str, new)
    with pytest.raises(ReopenError, match=message) as caught:
        parsed(texts)
    assert caught.value.where is not None
    assert caught.value.where.line is not None


def test_every_cut_of_a_file_is_refused_or_read() -> None:
    """A file that ends too early is never taken for a whole one."""
    for n in range(4, len(PATERNITY)):
        with pytest.raises(UnreadableFile):
            parsed(PATERNITY[:n])


def test_dropout_that_differs_between_loci_is_refused() -> None:
    other = locus("VWA", {"14": 0.2, "15": 0.3, "16": 0.5}, d=0.2)
    with pytest.raises(ReopenError, match=r"Dropout of CH differs between loci: 0.1, 0.2"):
        parsed([*HEAD, 3, *PEOPLE, *PEDIGREES, *database(TH01, other)])


def test_an_unknown_mutation_model_is_refused() -> None:
    with pytest.raises(UnreadableFile, match="vWA has mutation model 7"):
        with_locus(locus("vWA", {"14": 0.5, "15": 0.5}, models=(7, 0)))
    with pytest.raises(ReopenError, match="Rest allele has no number of repeats"):
        with_locus(locus("vWA", {"14": 0.5, "Rest allele": 0.5}, models=(2, 0)))


# disasters


def typed(name: str, sex: str, *pair: str, depth: int = 3) -> list[str]:
    system = ["SystemName= VWA", f"Allele1= {pair[0]}", f"Allele2= {pair[1]}"] if pair else []
    return [f"{'[' * depth}Person 1 {']' * depth}", f"Name= {name}", f"Gender= {sex}",
            f"{'[' * (depth + 1)}DNA data{']' * (depth + 1)}", f"nSystems= {len(pair) // 2}",
            *system]  # fmt: skip


def family(name: str, people: list[list[str]], *pedigrees: list[tuple[str, str]]) -> list[str]:
    lines = [f"[[[{name} ]]]", f"Name= {name}", "[[[[Persons]]]]", f"nPersons= {len(people)}"]
    lines += [line for one in people for line in one]
    lines += ["[[[[Pedigrees]]]]", f"nPedigrees= {len(pedigrees)}"]
    for i, pairs in enumerate(pedigrees):
        lines += [f"[[[[[Pedigree {i + 1}]]]]]", f"Name= Pedigree {i + 1}"]
        lines += [
            line for parent, child in pairs for line in (f"Parent= {parent}", f"Child= {child}")
        ]
    return lines


MOTHER = typed("Mother", "Female", "14", "15", depth=5)
WIFE = typed("Mother", "Female", "15", "15", depth=5)
SON = typed("Son", "Male", "15", "16", depth=5)
BY_HIS_MOTHER = [("Mother", "Missing person")]
BY_HIS_SON = [("Mother", "Son"), ("Missing person", "Son")]


def disaster(*families: list[str]) -> KinshipCase:
    dvi = ["[DVI]", "[[Unidentified persons]]", "nPersons= 2",
           *typed("V1", "Male", "14", "16"), *typed("V2", "Unknown"),
           "[[Notes]]", "", "[[Reference Families]]",
           *(line for one in families for line in one), "[Prior]", "Size= 3"]  # fmt: skip
    return parsed([*HEAD, 0, '"Known relations"', 0, 0, 0, 0, *database(VWA), *dvi])


def test_families_and_victims_of_a_disaster() -> None:
    case = disaster(
        family("F1", [MOTHER], [], BY_HIS_MOTHER), family("F2", [WIFE, SON], BY_HIS_SON)
    )
    assert [(one.id, one.sex, one.profile.loci) for one in case.remains] == [
        ("V1", Sex.MALE, ("vWA",)), ("V2", Sex.UNKNOWN, ()),
    ]  # fmt: skip
    first, second = case.families
    assert first.missing == ("F1: Missing person",), "two families have one of that name"
    assert first.pedigree.member("F1: Missing person").mother == "F1: Mother"
    assert list(second.profiles) == ["F2: Mother", "Son"]
    assert second.pedigree.sex("F2: Missing person") is Sex.MALE, "the other parent is a woman"
    assert [left.what for left in case.not_weighed] == ["[Prior]"]


def test_two_families_of_one_name_are_told_apart() -> None:
    second = family("Family 2", [WIFE], BY_HIS_MOTHER)
    second[1] = "Name= F1"
    case = disaster(family("F1", [MOTHER], BY_HIS_MOTHER), second)
    assert [one.id for one in case.families] == ["F1 [F1]", "F1 [Family 2]"]


def test_another_pedigree_of_a_family_is_listed() -> None:
    case = disaster(family("F1", [MOTHER, SON], BY_HIS_MOTHER, BY_HIS_SON))
    assert case.families[0].pedigree.member("Missing person").mother == "Mother"
    assert case.not_weighed[0].what == "F1, pedigree 'Pedigree 2'"


def test_untyped_people_called_missing_are_missing() -> None:
    missing = typed("Missing male 1", "Male", depth=5)
    case = disaster(family("F1", [MOTHER, missing], [("Mother", "Missing male 1")]))
    assert case.families[0].missing == ("Missing male 1",)


@pytest.mark.parametrize(
    ("pairs", "reason"),
    [
        ([("Missing person", "Son")], "Missing person, a parent of Son, has no sex"),
        ([("Mother", "Missing person"), ("Missing person", "Mother")], "own ancestor|no sex"),
        ([("Nobody", "Missing person")], "Parent 'Nobody'"),
        ([("Mother", "Son")], "Nobody of this family is missing"),
    ],
)
def test_one_impossible_family_does_not_stop_the_others(
    pairs: list[tuple[str, str]], reason: str
) -> None:
    case = disaster(family("F1", [MOTHER, SON], pairs), family("F2", [WIFE], BY_HIS_MOTHER))
    assert [one.id for one in case.families] == ["F2"]
    left = case.not_weighed[-1] if "missing" in reason else case.not_weighed[0]
    assert left.what == "family F1"
    assert any(word in left.reason for word in reason.split("|"))


def test_broken_headings_and_unknown_loci_are_refused() -> None:
    with pytest.raises(UnreadableFile, match="has 7 brackets"):
        disaster(["[[[[[[[Persons]]]]]]]"])
    strange = [line.replace("VWA", "FGA") for line in MOTHER]
    case = disaster(family("F1", [strange], BY_HIS_MOTHER))
    assert "FGA, which the database does not have" in case.not_weighed[0].reason


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.exists(), reason="no reference cases in ../shared")
def test_a_reference_case_taken_from_such_a_file(tmp_path: Path) -> None:
    """p05 was made from a Familias file: written in that order, its numbers give the same case."""
    source = SHARED / "p05-pedfamilias-paternity.json"
    told = json.loads(source.read_text(encoding="utf-8"))
    markers = told["markers"]

    def triples(id: str) -> list[tuple[int, int, int]]:
        return [
            (m["alleles"].index(a), m["alleles"].index(b), i)
            for i, m in enumerate(markers)
            if m["name"] in told["genotypes"].get(id, {})
            for a, b in [told["genotypes"][id][m["name"]]]
        ]

    people = [*person("AF", True, *triples("AF")), *person("MO", False),
              *person("CH", True, *triples("CH"))]  # fmt: skip
    pedigrees = [
        '"Known relations"',
        0,
        0,
        0,
        2,
        0,
        '"H1"',
        0,
        0,
        2,
        0,
        2,
        1,
        2,
        1,
        '"H2"',
        0,
        0,
        0,
    ]
    loci = [locus(m["name"], dict(zip(m["alleles"], m["freqs"], strict=True))) for m in markers]
    path = tmp_path / "paternity.fam"
    path.write_text("\n".join(map(str, [*HEAD, 3, *people, *pedigrees, *database(*loci)])))
    case, expected = read_kinship(path), read_kinship(source)
    assert case.profiles == expected.profiles
    assert case.population is not None
    assert expected.population is not None
    assert case.population.frequencies.by_locus == expected.population.frequencies.by_locus
    assert case.model == expected.model
    for name, pedigree in case.hypotheses.items():
        assert set(pedigree.members) == set(expected.hypotheses[name].members)
