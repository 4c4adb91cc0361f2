"""Laboratory settings: read, by locus and by kit, and refused with line and field."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from reopen.errors import InvalidRecord, ReopenError, UnknownName, UnreadableFile
from reopen.faces.workbench.settings import Settings, read_settings
from reopen.faces.workbench.settings_file import write_settings
from reopen.records import Locus
from reopen.weigh.model import PeakModel


def written(folder: Path, text: str) -> Path:
    path = folder / "laboratory.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_numbers_tables_and_kits(tmp_path: Path) -> None:
    settings = read_settings(
        written(
            tmp_path,
            "threshold_rfu = 75\ntheta = 0.02\nminimum_frequency = 0.001\nforward_stutter = true\n"
            '[dropin_probability]\nTHO1 = 0.01\nvwa = 0.02\n[kit."sgm plus"]\nthreshold_rfu = 40\n',
        )
    )
    assert settings.model.threshold_rfu == 75
    assert settings.model.forward_stutter
    assert settings.model.dropin_probability == {Locus("TH01"): 0.01, Locus("vWA"): 0.02}
    assert settings.theta == 0.02
    assert settings.minimum_frequency == 0.001
    assert settings.model_for("SGM Plus").threshold_rfu == 40
    assert settings.model_for("SGM Plus").forward_stutter
    assert settings.model_for("GlobalFiler").threshold_rfu == 75
    assert settings.model_for("").threshold_rfu == 75


@pytest.mark.parametrize(
    ("text", "line", "field", "said"),
    [
        ("theta = 0.01\ntreshold_rfu = 50\n", 2, "treshold_rfu", "No setting is called"),
        ("\n\nthreshold_rfu = -1\n", 3, "threshold_rfu", "from 0"),
        ("threshold_rfu = 0\n", 1, "threshold_rfu", "above 0"),
        ('threshold_rfu = "50"\n', 1, "threshold_rfu", "It is a number"),
        ("dropin_probability = 1.5\n", 1, "dropin_probability", "probability"),
        ("degradation = 1\n", 1, "degradation", "either true or false"),
        ("theta = 1.0\n", 1, "theta", "below 1"),
        ("[threshold_rfu]\nTH01 = true\n", 2, "TH01", "It is a number"),
        ('[kit."SGM Plus"]\ntheta = 0.1\n', 2, "theta", "No setting is called"),
        ("back_stutter = false\nforward_stutter = true\n", 2, "forward_stutter", "never alone"),
    ],
)
def test_what_is_not_allowed_is_told_with_its_place(
    tmp_path: Path, text: str, line: int, field: str, said: str
) -> None:
    with pytest.raises(UnreadableFile, match=said) as caught:
        read_settings(written(tmp_path, text))
    where = caught.value.where
    assert where is not None
    assert (where.file, where.line, where.field) == (str(tmp_path / "laboratory.toml"), line, field)


def test_what_is_no_toml_is_refused_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="line 2"):
        read_settings(written(tmp_path, "theta = 0.01\nthreshold_rfu: 50\n"))
    with pytest.raises(UnreadableFile, match="cannot be opened"):
        read_settings(tmp_path / "none.toml")


def test_options_replace_single_settings_for_every_kit() -> None:
    base = Settings(by_kit={"SGM Plus": Settings().model})
    changed = base.changed(threshold_rfu=30, theta=0.03, stutter="both", degradation=False)
    for model in (changed.model, changed.model_for("SGM Plus")):
        assert model.threshold_rfu == 30
        assert (model.back_stutter, model.forward_stutter) == (True, True)
        assert not model.degradation
    assert changed.theta == 0.03
    assert base.changed() == base
    assert not base.changed(stutter="none").model.back_stutter


def test_options_that_are_not_allowed() -> None:
    refused: list[tuple[dict[str, object], type[ReopenError]]] = [
        ({"theta": 1.0}, InvalidRecord),
        ({"threshold_rfu": -5.0}, InvalidRecord),
        ({"stutter": "sideways"}, UnknownName),
    ]
    for change, error in refused:
        with pytest.raises(error):
            Settings().changed(**change)  # type: ignore[arg-type]


def test_a_table_is_taken_at_once(tmp_path: Path) -> None:
    text = (
        "back_stutter = true\nforward_stutter = true\n"
        '[kit."SGM Plus"]\nback_stutter = false\nforward_stutter = false\n'
    )
    model = read_settings(written(tmp_path, text)).model_for("SGM Plus")
    assert (model.back_stutter, model.forward_stutter) == (False, False)
    with pytest.raises(UnreadableFile, match="never alone") as caught:
        read_settings(written(tmp_path, text.replace("forward_stutter = false\n", "")))
    assert caught.value.where is not None
    assert (caught.value.where.line, caught.value.where.field) == (4, "back_stutter")


def test_a_misspelt_kit_is_refused_with_kits_close_to_it(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match=r"Close to it: .*GlobalFiler") as caught:
        read_settings(written(tmp_path, "\n[kit.GloablFiler]\nthreshold_rfu = 75\n"))
    assert caught.value.where is not None
    assert (caught.value.where.line, caught.value.where.field) == (2, "GloablFiler")


def test_a_kit_of_ones_own_goes_by_its_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("kit.csv").write_text(
        "kit,marker,allele,size\nHomemade,TH01,10,180\nHomemade,TH01,12,188\n"
    )
    settings = read_settings(written(tmp_path, '[kit."kit.csv"]\nthreshold_rfu = 75\n'))
    assert settings.model_for("Homemade").threshold_rfu == 75


def test_a_value_given_is_corrected_where_it_was_given(tmp_path: Path) -> None:
    with pytest.raises(InvalidRecord, match=r"Correct dropin_probability \(--drop-in on"):
        Settings().changed(dropin_probability=2.0)
    with pytest.raises(InvalidRecord) as given:
        Settings().changed(theta=1.5)
    with pytest.raises(UnreadableFile) as read:
        read_settings(written(tmp_path, "theta = 1.5\n"))
    assert (given.value.seen, given.value.rule) == (read.value.seen, read.value.rule)


def test_settings_written_are_read_back(tmp_path: Path) -> None:
    base = PeakModel(dropin_rate=0.02, threshold_rfu={Locus("TH01"): 75.0, Locus("Penta E"): 1e-5})
    own = replace(base, degradation=False, back_filter={Locus("vWA"): 0.1}, threshold_rfu=60.0)
    theta = {Locus("TH01"): 0.02}
    for settings in (
        Settings(),
        Settings(base, {"SGM Plus": own, "GlobalFiler": base}, theta, minimum_frequency=0.001),
    ):
        path = tmp_path / "learnt.toml"
        write_settings(settings, path)
        assert replace(read_settings(path), source="") == settings


def test_a_model_that_no_file_can_say_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidRecord, match="rest_size = 'mean'"):
        write_settings(Settings(PeakModel(rest_size="mean")), tmp_path / "learnt.toml")
    assert not list(tmp_path.iterdir())
