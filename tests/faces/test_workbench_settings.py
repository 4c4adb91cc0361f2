"""Laboratory settings: read, by locus and by kit, and refused with line and field."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from reopen.errors import InvalidRecord, ReopenError, UnknownName, UnreadableFile
from reopen.faces.workbench.settings import Settings, read_settings
from reopen.faces.workbench.settings_file import write_settings
from reopen.records import Allele, Locus
from reopen.weigh.model import EUROFORMIX, Dropin, Filters, PeakModel
from reopen.weigh.stutter import STUTTER_KINDS, Rates, Stutter, StutterRates


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
    assert settings.model.stutter.forward
    assert settings.model.dropin.probability == {Locus("TH01"): 0.01, Locus("vWA"): 0.02}
    assert settings.theta == 0.02
    assert settings.minimum_frequency == 0.001
    assert settings.model_for("SGM Plus").threshold_rfu == 40
    assert settings.model_for("SGM Plus").stutter.forward
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
        assert model.stutter.kinds == ("back", "forward")
        assert not model.degradation
    assert changed.theta == 0.03
    assert base.changed() == base
    assert base.changed(stutter="none").model.stutter.kinds == ()
    assert base.changed(stutter="all").model.stutter.kinds == STUTTER_KINDS


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
    assert model.stutter.kinds == ()
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
    base = PeakModel(
        dropin=Dropin(rate=0.02), threshold_rfu={Locus("TH01"): 75.0, Locus("Penta E"): 1e-5}
    )
    filtered = Filters(back={Locus("vWA"): 0.1})
    own = replace(base, degradation=False, filters=filtered, threshold_rfu=60.0)
    line = StutterRates(0.01, 0.005, (5.0, 11.0), {Allele("9.3"): 0.03, Allele("10_8"): 0.05})
    flat = StutterRates(0.01, 0.0, (17.0, 30.0))
    rates: Rates = {
        "back": {Locus("TH01"): line, Locus("Penta E"): flat},
        "two_base": {Locus("SE33"): flat},
    }
    learnt = replace(base, stutter=Stutter(two_base=True, rates=rates))
    plain = replace(learnt, stutter=replace(learnt.stutter, rates={}))
    theta = {Locus("TH01"): 0.02}
    for settings in (
        Settings(),
        Settings(learnt, {"SGM Plus": own, "GlobalFiler": plain}),
        Settings(base, {"SGM Plus": own, "GlobalFiler": base}, theta, minimum_frequency=0.001),
    ):
        path = tmp_path / "learnt.toml"
        write_settings(settings, path)
        assert replace(read_settings(path), source="") == settings


def test_a_model_that_no_file_can_say_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidRecord, match="third_allele_stutters = False"):
        write_settings(Settings(PeakModel(conventions=EUROFORMIX)), tmp_path / "learnt.toml")
    assert not list(tmp_path.iterdir())


RATES = "[stutter_rates.back.THO1]\nintercept = -0.02\nslope = 0.01\nlengths = [6, 9]\n"


def test_stutter_rates_stand_by_kind_and_locus(tmp_path: Path) -> None:
    text = f'{RATES}[stutter_rates.back.THO1.by_allele]\n"9.30" = 0.02\n'
    rates = read_settings(written(tmp_path, text)).model.stutter.rates
    assert rates == {
        "back": {Locus("TH01"): StutterRates(-0.02, 0.01, (6.0, 9.0), {Allele("9.3"): 0.02})}
    }


@pytest.mark.parametrize(
    ("text", "line", "field", "said"),
    [
        ("stutter_rates = 0.1\n", 1, "stutter_rates", "stutter_rates.KIND.LOCUS"),
        (RATES.replace("back", "sideways"), None, "sideways", "No kind of stutter is called"),
        (RATES.replace("slope", "steep"), 3, "steep", "steep at THO1"),
        (RATES.replace("slope = 0.01\n", ""), 1, "THO1", "No slope at THO1"),
        (RATES.replace("0.01", '"1 %"'), 3, "slope", "It is a number"),
        (RATES.replace("[6, 9]", "6"), 4, "lengths", "Two numbers"),
        (RATES.replace("[6, 9]", "[9, 6]"), 1, "THO1", "shortest length comes first"),
        (RATES.replace("[6, 9]", "[2, 9]"), 1, "THO1", "above 0 and below 1"),
        (f"{RATES}by_allele = {{ OL = 0.1 }}\n", 1, "THO1", "not an allele label"),
    ],
)
def test_rates_that_are_not_allowed_are_told_with_their_place(
    tmp_path: Path, text: str, line: int | None, field: str, said: str
) -> None:
    with pytest.raises(UnreadableFile, match=said) as caught:
        read_settings(written(tmp_path, text))
    where = caught.value.where
    assert where is not None
    assert (where.line, where.field) == (line, field)
