"""What is written for Familias is read back the same; what it cannot say is refused by name."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from tests.formats.test_familias import PATERNITY, parsed
from tests.formats.test_kinship_json import CASE, DVI, changed
from tests.formats.test_kinship_json import parsed as parsed_json

from reopen.errors import InvalidRecord
from reopen.formats import familias, write_familias
from reopen.records import KinshipCase, KinshipModel, MutationKind, MutationModel, Sex


def plain(case: dict[str, Any]) -> None:
    """A case of what Familias knows, with everybody in each of its pedigrees."""
    case["settings"] = {"theta": 0.02}
    case["markers"].pop()
    case["markers"][0]["mutation"]["male"] = {"model": "proportional", "rate": 0.002}
    case["markers"][0]["alleles"] = ["14", "15", ">15"]
    case["genotypes"]["man"] = {"VWA": ["14", "15"], "D12S391": ["17", "17.3"]}
    del case["genotypes"]["child"]["DXS10103"]
    del case["founder_inbreeding"]
    case["hypotheses"]["stranger"].append({"id": "woman", "sex": "F"})


def content(case: KinshipCase) -> tuple[object, ...]:
    assert case.population is not None
    assert case.model is not None
    return (
        list(case.hypotheses),
        {id: {k: str(g) for k, g in one.genotypes.items()} for id, one in case.profiles.items()},
        case.population.frequencies.by_locus,
        (case.population.theta, case.population.minimum_frequency),
        case.model,
    )


@pytest.mark.parametrize("case", [parsed(PATERNITY), parsed_json(changed(plain))])
def test_what_is_written_is_read_back_the_same(case: KinshipCase) -> None:
    again = familias.parse("again.fam", write_familias(case).encode())
    assert content(again) == content(case)
    for name, pedigree in case.hypotheses.items():
        more = set(again.hypotheses[name].members) - set(pedigree.members)
        assert set(pedigree.members) <= set(again.hypotheses[name].members)
        assert all(one.is_founder and one.id not in case.profiles for one in more)
    assert again.not_weighed == ()


@pytest.mark.parametrize(
    ("case", "message"),
    [
        (parsed_json(DVI), "Families and remains"),
        (parsed_json(CASE), "Inbred founders"),
        (parsed_json(changed(lambda c: c.pop("founder_inbreeding"))), "not read"),
        (replace(parsed(PATERNITY), population=None), "No population"),
        (replace(parsed(PATERNITY), hypotheses={}), "No hypothesis"),
        (replace(parsed(PATERNITY), model=KinshipModel(dropout={"AF": 0.1, "CH": 0.2})), "Several"),
    ],
)
def test_what_familias_cannot_say_is_refused(case: KinshipCase, message: str) -> None:
    with pytest.raises(InvalidRecord, match=message):
        write_familias(case)


def test_mutation_models_that_familias_does_not_have() -> None:
    case = parsed(PATERNITY)
    assert case.model is not None
    for model in (
        MutationModel(MutationKind.DAWID, 0.001),
        MutationModel(MutationKind.STEPWISE, 0.001, stationary="MH"),  # type: ignore[arg-type]
    ):
        mutation = {k: replace(m, female=model) for k, m in case.model.mutation.items()}  # type: ignore[union-attr]
        with pytest.raises(InvalidRecord, match="has the mutation model"):
            write_familias(replace(case, model=replace(case.model, mutation=mutation)))


def test_people_without_a_sex_and_unlisted_alleles_are_refused() -> None:
    case = parsed(PATERNITY)
    h1 = case.hypotheses["H1"]
    nobody = tuple(replace(m, sex=Sex.UNKNOWN) if m.id == "CH" else m for m in h1.members)
    with pytest.raises(InvalidRecord, match="CH has no sex"):
        write_familias(replace(case, hypotheses={"H1": replace(h1, members=nobody)}))
    h2 = case.hypotheses["H2"]
    other = tuple(replace(m, sex=Sex.FEMALE) if m.id == "AF" else m for m in h2.members)
    with pytest.raises(InvalidRecord, match="AF is of two sexes"):
        write_familias(replace(case, hypotheses={"H1": h1, "H2": replace(h2, members=other)}))
    unlisted = parsed_json(changed(plain) | {"genotypes": {"man": {"VWA": ["14", "22"]}}})
    with pytest.raises(InvalidRecord, match="man has allele 22 at vWA"):
        write_familias(unlisted)
