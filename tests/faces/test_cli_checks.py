"""Guard rails: what is wrong with samples or pedigrees stands beside the result."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.faces.command import run

import reopen
from reopen.formats import library, read_kinship, write_pedigree_file
from reopen.records import (
    Family,
    KinshipCase,
    Member,
    Pedigree,
    Population,
    Reference,
    Remains,
    Sex,
)
from reopen.weigh.simulate import draw_family, draw_reference

POPULATION = Population(library.population("nist1036-cauc"), 0.01)
LOCI = [m.locus for m in library.kit("GlobalFiler").markers if m.kind == "autosomal"]


def members(name: str) -> tuple[Member, ...]:
    father, mother = f"{name} father", f"{name} mother"
    return (
        Member(father, Sex.MALE),
        Member(mother, Sex.FEMALE),
        Member(f"{name} son", Sex.MALE, father, mother),
        Member(f"{name} daughter", Sex.FEMALE, father, mother),
    )


def people(name: str, seed: int) -> dict[str, Reference]:
    drawn = draw_family(
        np.random.default_rng(seed), POPULATION, f"{name} father", f"{name} mother",
        [f"{name} son", f"{name} daughter"], loci=LOCI,
    )  # fmt: skip
    return {who.id: who for who in (drawn.father, drawn.mother, *drawn.children)}


@pytest.fixture(scope="module")
def disaster(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """North is right. In South, mother and daughter were exchanged. West's father is North's."""
    families, remains = [], []
    for seed, name in enumerate(("North", "South", "West")):
        drawn = people(name, seed)
        if name == "South":
            one, other = "South mother", "South daughter"
            drawn[one], drawn[other] = (
                replace(drawn[other], id=one), replace(drawn[one], id=other),
            )  # fmt: skip
        if name == "West":
            drawn["West father"] = replace(people("North", 0)["North father"], id="West father")
        son = drawn.pop(f"{name} son")
        families.append(Family(name, Pedigree(members(name)), drawn, (f"{name} son",)))
        remains.append(Remains(f"V{seed + 1}", replace(son, id=f"V{seed + 1}"), Sex.MALE))
    case = KinshipCase(families=tuple(families), remains=tuple(remains), population=POPULATION)
    path = tmp_path_factory.mktemp("disaster") / "disaster.toml"
    path.write_text(write_pedigree_file(case), encoding="utf-8")
    return path


def test_dvi_names_what_is_wrong_and_identifies_all_the_same(
    disaster: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    said = " ".join(run("dvi", disaster, "--out", out).out.split())
    assert "3 families were checked first, 9 pairs of typed relatives: in doubt: 2." in said
    assert "Family South is in doubt. Best explained so: the samples of South mother and" in said
    assert "North: North father and West: West father are equal at all 21 loci" in said
    assert "2 are allowed for. Family South is in doubt." in said
    assert "Family North is in doubt." not in said
    assert "South: South father and South mother are stated to be unrelated;" in said
    shown = run("dvi", disaster, "--json").json
    checks = {family["id"]: family["check"] for family in shown["families"]}
    assert [checks[name]["in_doubt"] for name in ("North", "South", "West")] == [False, True, True]
    assert checks["North"]["findings"] == []
    assert checks["South"]["explanations"][0]["cause"] == "exchanged samples"
    assert [(same["one"], same["other"]) for same in shown["one_person"]] == [
        ("North: North father", "West: West father")
    ]
    assert {pair["family"] for pair in shown["pairs"]} == {"North", "South", "West"}
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "Pairs of typed relatives of family South" in page
    assert "not as the pedigree says: South father and South mother" in page


def test_power_warns_of_a_family_in_doubt(disaster: Path) -> None:
    found = reopen.measure_power(disaster, missing=["South son"])
    said = " ".join(reopen.to_text(found).split())
    assert "In doubt: the power below is that of the pedigree as stated" in said
    assert "South mother and South daughter were exchanged" in said
    right = " ".join(reopen.to_text(reopen.measure_power(disaster, missing=["North son"])).split())
    assert "3 pairs of typed people go with what is stated; no locus needs a mutation." in right


def test_a_relative_and_a_victim_with_one_profile_are_named(disaster: Path) -> None:
    case = read_kinship(disaster)
    daughter = case.families[0].profiles["North daughter"]
    copied = Remains("V9", replace(daughter, id="V9"), Sex.FEMALE)
    found = reopen.identify_victims(replace(case, remains=(*case.remains, copied)))
    assert ("North: North daughter", "V9") in [(s.one, s.other) for s in found.checks.same]
    assert "North: North daughter and V9 are equal at all 21 loci" in " ".join(str(found).split())


def kinship(typed: dict[str, Reference], folder: Path) -> Path:
    """Are the son and the daughter full or half siblings? Nobody doubts the rest."""
    father, mother, son, daughter = members("Silva")
    man = Member("man", Sex.MALE)
    half = replace(son, father="man")
    hypotheses = {
        "full siblings": Pedigree((father, mother, son, daughter), "full siblings"),
        "half siblings": Pedigree((father, mother, man, half, daughter), "half siblings"),
    }
    case = KinshipCase(
        hypotheses=hypotheses, reference="half siblings", profiles=typed, population=POPULATION
    )
    path = folder / "kin.toml"
    path.write_text(write_pedigree_file(case), encoding="utf-8")
    return path


def test_kin_shows_pairs_in_dispute_with_each_hypothesis(tmp_path: Path) -> None:
    case = kinship(people("Silva", 3), tmp_path)
    said = " ".join(run("kin", case, "--out", tmp_path / "out").out.split())
    assert "4 pairs of typed people go with what every hypothesis says; 2 pairs are in" in said
    assert "in doubt" not in said
    check = run("kin", case, "--json").json["check"]
    assert not check["in_doubt"]
    disputed = {(p["one"], p["other"]): p["stated"] for p in check["pairs"] if p["in_dispute"]}
    assert set(disputed) == {("Silva father", "Silva son"), ("Silva son", "Silva daughter")}
    relations = [
        (place["hypotheses"], place["relation"])
        for place in disputed["Silva son", "Silva daughter"]
    ]
    assert relations == [
        (["full siblings"], "full siblings"), (["half siblings"], "half siblings"),
    ]  # fmt: skip
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "In dispute: Silva father and Silva son, Silva son and Silva daughter." in page


def test_kin_warns_beside_the_lr_of_a_mother_who_is_none(tmp_path: Path) -> None:
    typed = people("Silva", 3)
    rng = np.random.default_rng(4)
    typed["Silva mother"] = draw_reference(rng, POPULATION, "Silva mother", loci=LOCI)
    said = " ".join(run("kin", kinship(typed, tmp_path)).out.split())
    assert "In doubt under every hypothesis" in said
    assert "log10 LR" in said
    assert "What all hypotheses say is in doubt, and so is this number. Best explained so:" in said
    assert "the sample of Silva mother is of somebody unrelated to the family" in said
