"""The verification scripts run from end to end on a few stains, and search as `link` does."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from verification.calibration import from_data
from verification.common import DATA
from verification.databases import fill
from verification.pair_scores import link_scores

from reopen.formats import find_kit, find_population, read_profiles
from reopen.link import LinkOptions, link
from reopen.records import LinkKind, Population
from reopen.weigh.model import PeakModel
from reopen.weigh.stutter import Stutter
from verification import nfi_mixtures, provedit_pairs

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not DATA.is_dir(), reason="the folder `shared` is not beside the project"),
]
POPULATION = Population(find_population(nfi_mixtures.POPULATION), nfi_mixtures.THETA)


def run(monkeypatch: pytest.MonkeyPatch, main: object, *arguments: str) -> None:
    monkeypatch.setattr(sys, "argv", ["script", *arguments])
    assert callable(main)
    main()


def result(folder: Path, name: str) -> dict[str, object]:
    """The data of a script, once its table and picture have been seen to be there."""
    root = ElementTree.parse(folder / f"{name}.svg").getroot()
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert (folder / f"{name}.md").read_text(encoding="utf-8").startswith("| ")
    data: dict[str, object] = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
    return data


def test_nfi_script_finds_the_donors_of_a_plain_mixture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """1L_11148_1A2 holds 300 and 150 pg of its donors: nobody should miss them."""
    options = ("--persons", "2", "--most", "1", "--databases", "2", "--out", str(tmp_path))
    run(monkeypatch, nfi_mixtures.main, *options)
    data = result(tmp_path, "nfi_mixtures")
    assert data["counts"] == [
        {
            "persons": 2, "searches": 1, "found": 2, "donors": 2, "false_seed_1": 0,
            "false_all": 0, "found_by_search": 2, "false_by_search": 0, "databases": 2,
            "false_per_search": 0.0,
        }
    ]  # fmt: skip
    assert isinstance(data["others"], dict)
    others = from_data(data["others"]["2"])
    assert others.number == 1066 + 2 * (10_000 - 1066) - 2  # everybody but the two donors


def test_replicates_that_teach_are_not_searched() -> None:
    searched, others = nfi_mixtures.load(DATA / "nfi_ppf6c_2p5p")
    assert not {m.stain.id for m in searched} & {stain.id for stain in others}
    donors = {n: sum(len(m.donors) for m in searched if len(m.donors) == n) for n in (2, 3, 4)}
    assert donors == {2: 58, 3: 90, 4: 120}  # SmartRank was measured on these


def test_nfi_search_gives_the_numbers_of_link() -> None:
    searched, _ = nfi_mixtures.load(DATA / "nfi_ppf6c_2p5p")
    mixture, kit = searched[0], find_kit(nfi_mixtures.KIT)
    donors = read_profiles(DATA / "nfi_ppf6c_2p5p" / "references_long.csv").references
    people = fill(donors, POPULATION.frequencies, 1, 40)
    model = PeakModel(stutter=Stutter(back=False))
    hits = nfi_mixtures.Search(people, [mixture.stain], POPULATION, model).search(mixture).hits
    options = LinkOptions(contributors=2)
    linked = link(
        [mixture.stain], people.references, POPULATION, {kit.name: kit}, model, options
    ).links
    weights = {x.other.profile: x for x in linked if x.kind is LinkKind.STAIN_REFERENCE}
    found = {hit.reference: hit for hit in hits if hit.search > options.least_log10}
    assert found.keys() == weights.keys() == {"A", "B"}
    for name, hit in found.items():
        assert hit.search == pytest.approx(weights[name].log10, abs=1e-6)
        assert hit.weight == pytest.approx(weights[name].weight, abs=1e-6)


def test_provedit_script_writes_table_picture_and_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = ("--each", "1", "--mixtures", "12", "--out", str(tmp_path))
    run(monkeypatch, provedit_pairs.main, *options)
    data = result(tmp_path, "provedit_pairs")
    results = data["results"]
    assert isinstance(results, list)
    assert [r["name"] for r in results] == list(provedit_pairs.CLASSES)
    stains = data["stains"]
    assert isinstance(stains, list)
    assert len(set(stains)) == len(stains)
    assert sum(r["true_pairs"] + r["false_pairs"] for r in results) == (
        len(stains) * (len(stains) - 1) // 2
    )


def test_pair_scores_are_those_of_link() -> None:
    searched, _ = nfi_mixtures.load(DATA / "nfi_ppf6c_2p5p")
    known = [
        provedit_pairs.Known(m.stain, frozenset(m.donors), 0.0, "a")
        for m in searched
        if m.donors in (("A", "B"), ("A", "C"))
    ][:3]
    kit, model = find_kit(nfi_mixtures.KIT), PeakModel(stutter=Stutter(back=False))
    solved, refused = provedit_pairs.solve_known(known, POPULATION, kit, model)
    assert not refused
    scores = link_scores(solved, len(known), POPULATION)
    options = LinkOptions(contributors=2, least_log10=-100.0)
    stains = [item.stain for item in known]
    linked = link(stains, (), POPULATION, {kit.name: kit}, model, options).links
    order = [stain.id for stain in stains]
    assert len(linked) == 3
    for item in linked:
        one, other = order.index(item.one.profile), order.index(item.other.profile)
        assert scores[one, other] == pytest.approx(item.log10, abs=1e-6)
        assert scores[other, one] == pytest.approx(item.log10, abs=1e-6)
