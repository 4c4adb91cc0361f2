"""L5: copied signals and peaks; the chance of equal heights against simulated injections."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.prove.laboratory_records import asked, named

from reopen.prove.run_copies import log10_chance
from reopen.records.findings import Verdict
from reopen.records.laboratory import Injection, WellKind


def negative(id: str, batch: str, **rest: object) -> Injection:
    run = Injection(id=id, instrument="CE1", batch=batch, content=WellKind.NEGATIVE)
    return replace(run, **rest)  # type: ignore[arg-type]


def test_signals_of_their_own_hold():
    runs = [negative("n1", "B1", signal_hash="a"), negative("n2", "B2", signal_hash="b")]
    answer = asked("L5", runs)
    assert (answer.verdict, answer.looked_at) == (Verdict.HOLDS, 2)


def test_a_control_of_an_earlier_batch_put_in_again_is_named_with_all_its_places():
    runs = [negative(f"n{each}", f"B{each}", sequence=each, signal_hash="a") for each in (1, 2, 3)]
    answer = asked("L5", runs)
    assert named(answer) == [("n1", "n2", "n3")]
    assert "byte for byte" in answer.findings[0].sentence


def test_another_raw_file_with_the_same_signal_is_still_a_copy():
    runs = [
        negative("n1", "B1", sequence=1, raw_hash="f1", signal_hash="a"),
        negative("n2", "B2", sequence=9, raw_hash="f2", signal_hash="a"),
    ]
    assert len(asked("L5", runs).findings) == 1


@pytest.mark.parametrize(
    "again",
    [
        {"id": "again", "reanalysis_of": "n1"},
        {"id": "again"},  # the same place of the instrument's list, exported again
        {"id": "again", "sequence": None},  # the same file of the same batch
    ],
)
def test_one_injection_exported_or_analysed_twice_is_no_copy(again: dict[str, object]):
    run = negative("n1", "B1", sequence=4, raw_hash="f1", signal_hash="a")
    assert asked("L5", run, replace(run, **again)).verdict is Verdict.HOLDS  # type: ignore[arg-type]


def test_a_file_of_another_batch_without_its_number_is_a_copy():
    run = negative("n1", "B1", raw_hash="f1")
    assert named(asked("L5", run, replace(run, id="n2", batch="B2"))) == [("n1", "n2")]


def profile(id: str, rng: np.random.Generator, mean: np.ndarray, spread: float) -> Injection:
    heights = np.round(mean * (1 + spread * rng.standard_normal(len(mean))))
    sizes = tuple(100.0 + 10 * place for place in range(len(mean)))
    return Injection(
        id=id,
        instrument="CE1",
        heights_rfu=tuple(float(each) for each in heights),
        sizes_bp=sizes,
    )


def test_repeated_injections_of_one_well_are_no_copies():
    rng = np.random.default_rng(5)
    mean = rng.uniform(200, 3000, 24)
    runs = [profile(f"i{each}", rng, mean, 0.03) for each in range(60)]
    assert asked("L5", runs).verdict is Verdict.HOLDS


def test_copied_peaks_are_found_also_where_some_were_taken_out():
    rng = np.random.default_rng(6)
    runs = [profile(f"i{each}", rng, rng.uniform(200, 3000, 24), 0.05) for each in range(20)]
    source = runs[3]
    kept = [place for place in range(24) if place not in (5, 11)]
    copy = replace(
        source,
        id="copy",
        sequence=99,
        heights_rfu=tuple(source.heights_rfu[place] for place in kept),
        sizes_bp=tuple(source.sizes_bp[place] for place in kept),
    )
    answer = asked("L5", runs, copy)
    assert named(answer) == [("i3", "copy")]
    assert "22 of 22 peaks" in answer.findings[0].sentence


def test_equal_heights_at_other_sizes_are_no_copy():
    rng = np.random.default_rng(6)
    run = profile("i1", rng, rng.uniform(200, 3000, 24), 0.05)
    shifted = replace(run, id="i2", sizes_bp=tuple(each + 4 for each in run.sizes_bp))
    assert asked("L5", run, shifted).verdict is Verdict.HOLDS


def test_three_low_peaks_in_common_are_not_enough():
    run = Injection(id="i1", instrument="CE1", heights_rfu=(60, 70, 80), sizes_bp=(1, 2, 3))
    assert asked("L5", run, replace(run, id="i2", sequence=4)).verdict is Verdict.HOLDS


def test_the_chance_of_an_equal_height_is_as_simulated():
    rng = np.random.default_rng(8)
    one, other = np.round(800 * (1 + 0.02 * rng.standard_normal((2, 400_000))))
    simulated = float(np.mean(one == other))
    bound = 10 ** log10_chance([(None, 800.0)], 1, 0.02)
    assert simulated == pytest.approx(bound, rel=0.03)  # 1.8%: standard error 1.2% of it


def test_nothing_to_compare_cannot_be_told():
    answer = asked("L5", negative("n1", "B1"))
    assert answer.verdict is Verdict.CANNOT_TELL
    assert answer.could_not[0][0] == "injection n1"
