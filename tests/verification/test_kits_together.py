"""EFMrep's examples are read whole: every mixture, kit by kit, with its donors."""

from __future__ import annotations

import pytest
from verification.common import DATA
from verification.kits_together import FOLDER, Weighed, as_table, examples

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(
        not (DATA / FOLDER).is_dir(), reason="the folder `shared` is not beside the project"
    ),
]


def test_three_mixtures_in_two_and_three_kits() -> None:
    found = list(examples(DATA))
    kits = [[one.name for one in example.stains] for example in found]
    esx, esi = "PowerPlex ESX 17", "PowerPlex ESI 17"
    assert [sorted(names) for names in kits] == [
        sorted([esx, esi]), sorted([esx, "PowerPlex Fusion 6C", "GlobalFiler"]), sorted([esx, esi]),
    ]  # fmt: skip
    assert all([person.id for person in example.donors] == ["ref1", "ref2"] for example in found)
    replicates = [[len(one.stain.replicates) for one in example.stains] for example in found]
    assert replicates == [[1, 1], [1, 1, 1], [2, 2]]


def test_the_table_shows_every_kit() -> None:
    one = Weighed("both", "ref1", True, {"One": 3.0, "Two": -1.25}, 2.0, "converged, converged")
    line = "| both | ref1 | One 3.00, Two -1.25 | 2.00 | converged, converged |"
    assert as_table([one]).endswith(line)
