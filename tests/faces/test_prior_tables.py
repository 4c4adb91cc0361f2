"""[priors] of a settings file: read, written and read back, refused with its line."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

import reopen
from reopen.errors import UnreadableFile
from reopen.weigh.priors import FLAT, LogNormal, Priors, Uniform


def read(folder: Path, text: str) -> reopen.Settings:
    path = folder / "laboratory.toml"
    path.write_text(text, encoding="utf-8")
    return reopen.read_settings(path)


def test_priors_are_read_and_the_rest_is_as_usual(tmp_path: Path) -> None:
    text = """
    [priors]
    concentration = 2
    variability = { centre = 0.2, spread = 0.3 }
    degradation = { low = 0.3, high = 1.1 }
    back_stutter = { centre = 0.1, spread = 0.2, high = 0.3 }
    """
    found = read(tmp_path, text).priors
    assert found == replace(
        Priors(),
        concentration=2.0,
        variability=LogNormal(0.2, 0.3, Priors().variability.low, Priors().variability.high),
        degradation=Uniform(0.3, 1.1),
        back_stutter=LogNormal(0.1, 0.2, 0.0, 0.3),
    )


@pytest.mark.parametrize("priors", [Priors(), FLAT, Priors(2.0, variability=LogNormal(0.3, 0.2))])
def test_what_is_written_is_read_back(priors: Priors, tmp_path: Path) -> None:
    path = tmp_path / "written.toml"
    reopen.write_settings(reopen.Settings(priors=priors, theta=0.02), path)
    assert reopen.read_settings(path).priors == priors


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("omega = { centre = 1, spread = 1 }", "No prior is called 'omega'"),
        ("variability = 0.3", "variability = 0.3"),
        ("variability = { centre = 0.3 }", "variability with centre"),
        ("variability = { centre = 0.3, spread = -1 }", "spread=-1.0"),
        ("variability = { centre = 0.3, spread = 'wide' }", "variability = 'wide'"),
        ("concentration = 0", "concentration of 0"),
        ("concentration = {}", "concentration = {}"),
        ("back_stutter = { low = 0, high = 0.9 }", "up to 1.4 together"),
    ],
)
def test_a_prior_that_is_none_is_told_with_its_line(line: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile) as refused:
        read(tmp_path, f"theta = 0.01\n[priors]\n{line}\n")
    assert told in refused.value.seen
    assert refused.value.where is not None
    assert refused.value.where.line in (2, 3)
