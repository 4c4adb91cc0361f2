"""What the comparison of stutter models counts: by hand."""

from __future__ import annotations

from math import isclose

import numpy as np
from verification.provedit_pairs import Known
from verification.stutter_models import PLAIN, compared, searched

from reopen.records import Reference, Replicate, Stain
from reopen.weigh.model import PeakModel
from reopen.weigh.stutter import Stutter

MODELS = {PLAIN: PeakModel(), "both": PeakModel(stutter=Stutter(forward=True))}


def test_gains_are_over_stains_that_every_model_explains() -> None:
    values = np.array([[-10.0, -8.0], [-20.0, -21.0], [-30.0, -np.inf], [-12.0, -9.0]])
    plain, both = compared(values, MODELS)
    assert (plain.stains, plain.gain, plain.better, plain.parameters) == (3, 0.0, 0, 0)
    assert (both.stains, both.better, both.parameters) == (3, 2, 1)
    assert isclose(both.gain, (2 - 1 + 3) / 3)
    assert isclose(both.error, np.std([2, -1, 3], ddof=1) / 3**0.5)


def test_donors_and_strangers_are_counted_apart() -> None:
    people = [Reference(name, {}) for name in ("A", "B", "C")]
    stain = Stain("S", (Replicate("S", {}),))
    known = Known(stain, frozenset({"A", "B"}), 0.5, "a")
    scores = [[np.array([9.0, 2.0, 4.0]), np.array([9.0, -np.inf, 2.0])]]
    plain, both = searched([known], people, scores, MODELS)
    assert (plain.donors, plain.found, plain.strangers, plain.false) == (2, 1, 1, 1)
    assert (both.found, both.false) == (1, 0)
    assert isclose(plain.mean_log10, 5.5)
    assert isclose(both.mean_log10, (9 - 10) / 2)  # impossible counts as -10
