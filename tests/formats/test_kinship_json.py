"""Kinship cases in JSON: everything a case says is kept, and what it gets wrong is named."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from reopen.errors import ReopenError, UnreadableFile
from reopen.formats import kinship_json, read_kinship
from reopen.records import KinshipCase, MutationKind, NotWeighed, Sex, Stationary

SHARED = Path(__file__).resolve().parents[3] / "shared" / "reference" / "kinship"

CASE: dict[str, Any] = {
    "schema": "kinship-case/1",
    "kind": "lr",
    "settings": {
        "theta": 0.02,
        "dropout": {"child": 0.1},
        "linked_pairs": [{"markers": ["VWA", "D12S391"], "cm": 11.9}],
    },
    "markers": [
        {"name": "VWA", "type": "autosomal", "alleles": ["14", "15", "16"],
         "freqs": [0.2, 0.3, 0.5],
         "mutation": {
             "female": {"model": "stepwise", "rate": 0.001, "rate2": 1e-6, "range": 0.1},
             "male": {"model": "custom",
                      "matrix": [[0.9, 0.1, 0], [0.05, 0.9, 0.05], [0, 0.1, 0.9]]}}},
        {"name": "D12S391", "type": "autosomal", "alleles": ["17", "17.3", "18"],
         "freqs": [0.3, 0.3, 0.39], "silent": 0.01, "mutation": None},
        {"name": "DXS10103", "type": "X", "alleles": ["18", "19"], "freqs": [0.5, 0.5],
         "mutation": {"model": "equal", "rate": 0.002, "stationary": "PM"}},
    ],
    "genotypes": {
        "man": {"VWA": ["14", "15"], "D12S391": ["17", None], "DXS10103": ["18"]},
        "child": {"VWA": ["15", "15"], "D12S391": None, "DXS10103": ["18", "19"]},
    },
    "hypotheses": {
        "father": [
            {"id": "man", "father": None, "mother": None, "sex": "M"},
            {"id": "woman", "father": None, "mother": None, "sex": "F"},
            {"id": "child", "father": "man", "mother": "woman", "sex": "F"},
        ],
        "stranger": [{"id": "man", "sex": 1}, {"id": "child", "sex": "female"}],
    },
    "founder_inbreeding": {"father": {"man": 0.25}},
    "reference_hypothesis": "stranger",
    "expected": {"log10_lr": {}},
}  # fmt: skip


def parsed(case: object = CASE) -> KinshipCase:
    return kinship_json.parse("case.json", json.dumps(case).encode())


def changed(change: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    case = copy.deepcopy(CASE)
    change(case)
    return case


def test_all_that_a_case_says_is_kept() -> None:
    case = parsed()
    assert list(case.hypotheses) == ["father", "stranger"]
    assert case.reference == "stranger"
    father = case.hypotheses["father"]
    assert father.member("child").parents == ("man", "woman")
    assert father.founder_inbreeding == {"man": 0.25}
    assert case.hypotheses["stranger"].sex("child") is Sex.FEMALE
    assert {locus: str(g) for locus, g in case.profiles["man"].genotypes.items()} == {
        "vWA": "14/15", "D12S391": "17/17", "DXS10103": "18/18",
    }  # fmt: skip
    assert case.profiles["child"].loci == ("vWA", "DXS10103")
    assert case.population is not None
    assert case.population.theta == 0.02
    assert case.population.frequencies.by_locus["vWA"] == {"14": 0.2, "15": 0.3, "16": 0.5}  # type: ignore[index]
    assert case.not_weighed == ()


def test_the_assumptions_of_a_case() -> None:
    model = parsed().model
    assert model is not None
    assert model.partial == {"man": frozenset({"D12S391"})}
    assert model.dropout == {"child": 0.1}
    assert model.silent == {"D12S391": 0.01}
    assert model.x_linked == {"DXS10103"}
    (pair,) = model.linked
    # Kosambi, as in the genetic maps of such cases: tanh(2 x 0.119) / 2
    assert pair.recombination == pytest.approx(0.1168028890)
    vwa = model.mutation_at("vWA")  # type: ignore[arg-type]
    assert (vwa.female.kind, vwa.female.rate2) == (MutationKind.STEPWISE, 1e-6)
    assert vwa.male.alleles == ("14", "15", "16")
    assert vwa.male.matrix[1] == pytest.approx((0.05, 0.9, 0.05))
    assert model.mutation_at("D12S391").male.kind is MutationKind.NONE  # type: ignore[arg-type]
    both = model.mutation_at("DXS10103")  # type: ignore[arg-type]
    assert both.female == both.male
    assert both.male.stationary is Stationary.PM


def test_haldane_or_a_fraction_where_the_case_says_so() -> None:
    pair = CASE["settings"]["linked_pairs"][0]
    for said, rho in (({"map": "haldane"}, 0.1058987), ({"rho": 0.2}, 0.2)):
        case = changed(lambda c, s=said: c["settings"].update(linked_pairs=[{**pair, **s}]))  # type: ignore[misc]
        model = parsed(case).model
        assert model is not None
        assert model.linked[0].recombination == pytest.approx(rho, abs=1e-6)


def test_free_names_of_alleles_are_kept_apart() -> None:
    """q is a wild card elsewhere, and records write single letters in upper case."""
    free = {"name": "L1", "alleles": ["p", "q", "P"], "freqs": [0.2, 0.3, 0.5]}
    case = parsed(
        changed(
            lambda c: c.update(
                markers=[free], genotypes={"man": {"L1": ["q", "P"]}}, settings={"theta": 0}
            )
        )
    )
    assert case.population is not None
    assert case.population.frequencies.by_locus["L1"] == {
        "P": 0.2,
        "allele q": 0.3,
        "allele P": 0.5,
    }  # type: ignore[index]
    assert str(case.profiles["man"].genotypes["L1"]) == "allele P/allele q"  # type: ignore[index]
    assert any("q as allele q" in notice for notice in case.notices)


def test_a_typed_person_of_one_hypothesis_only_is_unrelated_in_the_other() -> None:
    case = parsed(changed(lambda c: c["hypotheses"]["stranger"].pop(0)))
    assert case.hypotheses["stranger"].member("man").is_founder
    assert case.hypotheses["stranger"].sex("man") is Sex.MALE
    assert any("man added as unrelated" in notice for notice in case.notices)


DVI = {
    **{key: CASE[key] for key in ("schema", "markers")},
    "kind": "dvi",
    "victims": [{"id": "V1", "sex": "F"}, {"id": "V2", "sex": "U"}],
    "missing": ["M1"],
    "families": {
        "F1": [
            {"id": "R1", "sex": "F"},
            {"id": "father", "sex": "M"},
            {"id": "M1", "father": "father", "mother": "R1", "sex": "F"},
        ],
        "F2": [{"id": "R2", "sex": "M"}, {"id": "father", "sex": "F"}],
    },
    "settings": {"dropout": {"V1": 0.2}},
    "genotypes": {"V1": {"VWA": ["14", "?"]}, "V2": {}, "R1": {"VWA": ["15", "15"]}},
}


def test_families_and_remains() -> None:
    case = parsed(DVI)
    (family,) = case.families
    assert (family.id, family.missing, list(family.profiles)) == ("F1", ("M1",), ["R1"])
    assert [(one.id, one.sex, one.dropout) for one in case.remains] == [
        ("V1", Sex.FEMALE, 0.2), ("V2", Sex.UNKNOWN, 0.0),
    ]  # fmt: skip
    assert case.model is not None
    assert case.model.partial == {"V1": frozenset({"vWA"})}
    assert [left.what for left in case.not_weighed] == ["family F2"]
    assert isinstance(case.not_weighed[0], NotWeighed)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda c: c.update(schema="kinship-case/2"), "The schema is 'kinship-case/2'"),
        (lambda c: c.update(kind="expected_lr"), "holds no profiles to weigh"),
        (lambda c: c.pop("markers"), "No 'markers' is given"),
        (lambda c: c["markers"][0]["freqs"].append(0.1), "3 alleles and 4 frequencies at vWA"),
        (lambda c: c["markers"][0].update(freqs=[0.2, 0.3, 0.4]), "vWA sum to 0.9"),
        (lambda c: c["markers"][0].update(freqs=[0.2, 0.3, "x"]), "'x' is not a number"),
        (lambda c: c["markers"][0].update(freqs=[1.2, 0.3, -0.5]), "Allele 14 at vWA has the freq"),
        (lambda c: c["markers"][0].update(alleles=["14", "15", "15"]), "15 at vWA is listed twice"),
        (lambda c: c["markers"].append(c["markers"][0]), "vWA is listed twice"),
        (lambda c: c["markers"][0].update(type="Y"), "vWA is of the type 'Y'"),
        (lambda c: c["markers"][0].update(dropin=0.1), "'dropin' is not known here"),
        (lambda c: c["markers"][2]["mutation"].update(model="jumpy"), "mutation model 'jumpy'"),
        (lambda c: c["markers"][2]["mutation"].update(rate=2), "Mutation rate 2"),
        (lambda c: c["markers"][2]["mutation"].update(ratee=2), "Write 'rate', if that is meant"),
        (lambda c: c["markers"][2]["mutation"].update(stationary="XX"), "transform 'XX'"),
        (lambda c: c["settings"].update(theta=1.0), "theta = 1.0"),
        (lambda c: c["settings"].update(error=0.1), "'error' is not known here"),
        (lambda c: c["settings"]["linked_pairs"][0].pop("cm"), "linked at no distance"),
        (lambda c: c["settings"]["linked_pairs"][0].update(cm=-1), "-1 cM apart"),
        (lambda c: c["settings"]["linked_pairs"][0].update(markers=["VWA"]), "1 loci in a linked"),
        (lambda c: c["settings"]["linked_pairs"][0].update(map="mine"), "map function 'mine'"),
        (lambda c: c["settings"]["dropout"].update(nobody=0.1), "Dropout of nobody"),
        (lambda c: c["genotypes"].update(nobody={"VWA": ["14", "15"]}), "nobody has a profile"),
        (lambda c: c["genotypes"]["man"].update(FGA=["20", "21"]), "FGA is no marker"),
        (lambda c: c["genotypes"]["man"].update(VWA=["14"]), "One allele: 14"),
        (lambda c: c["genotypes"]["man"].update(VWA=["9,3", "14"]), "'9,3' is not an allele"),
        (lambda c: c["genotypes"]["man"].update(vwa=["14", "14"]), "typed 14/15 and 14/14 at vWA"),
        (lambda c: c["genotypes"]["man"].update(DXS10103=["18", "19"]), "man, male, is typed"),
        (lambda c: c["genotypes"]["man"].update(VWA=["13", "14", "15", "16"]), "4 alleles"),
        (lambda c: c["hypotheses"]["father"].append({"id": "man"}), "man stands twice"),
        (lambda c: c["hypotheses"]["father"][0].update(sex="F"), "man, father of child, is female"),
        (lambda c: c["hypotheses"]["stranger"][0].update(sex="F"), "male in one place and female"),
        (lambda c: c["hypotheses"]["father"][0].update(sex="X"), "The sex 'X'"),
        (lambda c: c["hypotheses"]["father"][2].update(father="x"), "x, father of child, is not"),
        (lambda c: c["hypotheses"]["father"][2].update(father=None), "child has one parent, woman"),
        (lambda c: c["hypotheses"]["father"][0].update(father="man", mother="woman"), "own ancest"),
        (lambda c: c.update(reference_hypothesis="H9"), "hypothesis 'H9' is not listed"),
        (lambda c: c["founder_inbreeding"]["father"].update(child=0.1), "Inbreeding 0.1 of child"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_with_its_place(
    change: Callable[[dict[str, Any]], object], message: str
) -> None:
    with pytest.raises(ReopenError, match=message) as caught:
        parsed(changed(change))
    assert caught.value.where is not None
    assert caught.value.where.file == "case.json"
    assert caught.value.rule
    assert caught.value.way_on


def test_a_missing_person_of_no_family_is_refused() -> None:
    with pytest.raises(ReopenError, match="M9 is missing, and in no family"):
        parsed({**DVI, "missing": ["M1", "M9"]})


def test_names_tell_missing_people_and_remains_apart() -> None:
    twice = [*DVI["families"]["F1"]]  # type: ignore[index]
    with pytest.raises(ReopenError, match="M1 is missing from two families"):
        parsed({**DVI, "families": {"F1": twice, "F3": twice}})
    with pytest.raises(ReopenError, match="R1 is among the remains and in a pedigree"):
        parsed({**DVI, "victims": [*DVI["victims"], {"id": "R1", "sex": "F"}]})


def test_three_alleles_are_listed_and_the_rest_is_read() -> None:
    case = parsed(changed(lambda c: c["genotypes"]["man"].update(VWA=["14", "15", "16"])))
    assert [left.what for left in case.not_weighed] == ["man, vWA"]
    assert "Three alleles: 14/15/16" in case.not_weighed[0].reason
    assert case.profiles["man"].loci == ("D12S391", "DXS10103")


def test_an_allele_that_the_population_lacks_is_told() -> None:
    case = parsed(changed(lambda c: c["genotypes"]["man"].update(VWA=["14", "22"])))
    assert any("vWA 22 (of man) is not in" in notice for notice in case.notices)


@pytest.mark.parametrize(
    "text",
    [
        '{"schema": "kinship-case/1",', '{"kinship-case/1": 1, "a": 1, "a": 2}', "[" * 100_000,
        '{"schema": "kinship-case/1", "kind": "lr", "x": ' + "9" * 5000 + "}",
    ],
)  # fmt: skip
def test_broken_json_is_refused(text: str) -> None:
    with pytest.raises(ReopenError):
        kinship_json.parse("case.json", text.encode())


def test_a_file_of_another_form_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("Sample,Marker\nA,TH01\n")
    with pytest.raises(UnreadableFile, match="No form of pedigrees begins like this"):
        read_kinship(path)
    with pytest.raises(UnreadableFile, match="cannot be opened"):
        read_kinship(tmp_path / "none.json")


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.exists(), reason="no reference cases in ../shared")
@pytest.mark.parametrize("path", sorted(SHARED.glob("p[0-3]*.json")), ids=lambda p: p.stem)
def test_reference_cases_are_read_whole(path: Path) -> None:
    """Counted against the JSON itself: nobody and no genotype is lost."""
    told = json.loads(path.read_text(encoding="utf-8"))
    case = read_kinship(path)
    assert case.not_weighed == ()
    people = dict(case.profiles)
    for family in case.families:
        people.update(family.profiles)
    people.update((one.id, one.profile) for one in case.remains)
    assert {id: len(one.genotypes) for id, one in people.items()} == {
        id: len(typed) for id, typed in told["genotypes"].items()
    }
    assert case.population is not None
    assert len(case.population.frequencies.loci) == len(told["markers"])
    assert {name: len(p.members) for name, p in case.hypotheses.items()} == {
        name: len(members) for name, members in told.get("hypotheses", {}).items()
    }
    assert [id for family in case.families for id in family.missing] == told.get("missing", [])
