"""Each kind of bad input: a message with place, rule and way on; the rest of the batch goes on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.faces.command import Said, run
from tests.faces.unit_files import ANNA, BERT, LOCI, PLAIN, population, references, stain

from reopen import __main__ as entry
from reopen.faces import cli

HEADER = "SampleName,Marker,Allele 1,Allele 2,Height 1,Height 2"


def link(folder: Path, *words: object) -> Said:
    return run(
        "link", stain(folder, "S-1", ANNA), *words,
        "--population", population(folder), "--least", "1", "--json", *PLAIN,
    )  # fmt: skip


def refusal(said: Said, what: str) -> dict[str, Any]:
    """The one item not weighed that this names; the good stain took part all the same."""
    assert "S-1" in [x["id"] for x in said.json["stains"]]
    (found,) = [x for x in said.json["not_weighed"] if what in x["what"]]
    assert isinstance(found, dict)
    return found


def written(folder: Path, *rows: str, name: str = "bad.csv") -> Path:
    path = folder / name
    path.write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")
    return path


def test_an_unreadable_file_is_listed_and_the_rest_goes_on(tmp_path: Path) -> None:
    garbage = tmp_path / "garbage.bin"
    garbage.write_bytes(bytes(range(256)) * 20)
    said = link(tmp_path, garbage, tmp_path / "missing.csv")
    assert said.code == 1
    assert refusal(said, "garbage.bin")["reason"]
    assert "cannot be opened" in refusal(said, "missing.csv")["reason"]


def test_no_readable_file_at_all(tmp_path: Path) -> None:
    said = run("link", tmp_path / "missing.csv")
    assert said.code == 2
    assert "cannot be opened: No such file or directory. (" in said.err
    assert "missing.csv" in said.err
    assert "Check its name" in said.err
    assert not said.out


def test_an_unknown_kit_is_told_with_similar_names(tmp_path: Path) -> None:
    said = link(tmp_path, "--kit", "GloablFiler")
    assert said.code == 2
    assert "No kit of the library is called 'GloablFiler'." in said.err
    assert "Close to it: GlobalFiler" in said.err


def test_a_file_with_an_unknown_kit(tmp_path: Path) -> None:
    rows = "Sample Name\tPanel\tMarker\tAllele 1\tHeight 1\nS-9\tGloablFiler\tTH01\t10\t900\n"
    file = tmp_path / "plate.txt"
    file.write_text(rows, encoding="utf-8")
    found = refusal(link(tmp_path, file), "S-9")
    assert "Close to it: GlobalFiler" in found["reason"]
    assert (found["file"], found["line"]) == ("plate.txt", 2)
    taken = link(tmp_path, file, "--kit", "SGM Plus").json
    assert {x["id"]: x["kit"] for x in taken["stains"]}["S-9"] == "SGM Plus"
    assert any("No kit is called 'GloablFiler'" in x for x in taken["notices"])


def test_an_unknown_population(tmp_path: Path) -> None:
    said = run("link", stain(tmp_path, "S-1", ANNA), stain(tmp_path, "S-2", ANNA),
               "--population", "Atlantis")  # fmt: skip
    assert said.code == 2
    assert "No population of the library is called 'Atlantis'." in said.err


def test_a_locus_that_the_population_lacks(tmp_path: Path) -> None:
    bad = written(tmp_path, "S-9,TH01,10,12,900,950", "S-9,LOCUS77,10,12,900,950")
    found = refusal(link(tmp_path, bad), "S-9 LOCUS77")
    assert "frequenc" in found["reason"]


@pytest.mark.parametrize(
    ("cell", "said_of_it"),
    [("OL", "name on the ladder"), ("12:5:1", ""), ("12.34.5", ""), (">27", "bin")],
)
def test_an_allele_that_is_none(tmp_path: Path, cell: str, said_of_it: str) -> None:
    bad = written(tmp_path, f'S-9,TH01,"{cell}",12,900,950', "S-9,vWA,14,17,900,950")
    said = link(tmp_path, bad)
    found = refusal(said, "S-9")
    assert (found["file"], found["line"]) == ("bad.csv", 2)
    assert cell in found["reason"]
    assert said_of_it in found["reason"]
    assert "S-9" in [x["id"] for x in said.json["stains"]]


def test_a_decimal_comma_where_commas_were_ruled_out(tmp_path: Path) -> None:
    bad = written(tmp_path, 'S-9,TH01,"9,3",12,900,950', "S-9,vWA,14,17,900,950")
    found = refusal(link(tmp_path, bad, "--no-decimal-comma"), "S-9")
    assert "9,3" in found["reason"]
    assert "--decimal-comma" in found["reason"]
    assert (found["line"], found["field"]) == (2, "Allele 1")


def test_heights_of_zero_and_below_the_threshold(tmp_path: Path) -> None:
    bad = written(tmp_path, "S-9,TH01,10,12,0,950", "S-9,vWA,14,17,900,950", "S-9,FGA,16,18,900,20")
    said = link(tmp_path, bad)
    zero = refusal(said, "S-9")
    assert (zero["file"], zero["line"]) == ("bad.csv", 2)
    assert "allele 10 of 0 RFU" in zero["reason"]
    assert "S-9" in [x["id"] for x in said.json["stains"]]


def test_sample_names_that_two_files_share(tmp_path: Path) -> None:
    one = written(tmp_path, "S-9,TH01,10,12,900,950", name="one.csv")
    same = written(tmp_path, "S-9,TH01,10,12,900,950", name="same.csv")
    said = link(tmp_path, one, same)
    assert "taken once" in refusal(said, "S-9")["reason"]
    assert [x["id"] for x in said.json["stains"]].count("S-9") == 1
    other = written(tmp_path, "S-9,TH01,11,12,900,950", name="other.csv")
    said = link(tmp_path, one, other)
    refused = [x for x in said.json["not_weighed"] if x["what"] == "S-9"]
    assert [x["file"] for x in refused] == ["one.csv", "other.csv"]
    assert all("one.csv, line 2; other.csv, line 2" in x["reason"] for x in refused)
    assert [x["id"] for x in said.json["stains"]] == ["S-1"]
    assert said.code == 1


def test_a_stain_and_a_reference_may_share_a_name(tmp_path: Path) -> None:
    known = references(tmp_path / "known.csv", {"S-1": ANNA})
    said = link(tmp_path, "--references", known, "--out", tmp_path / "out")
    assert said.code == 0
    (found,) = said.json["links"]
    assert found["one"]["profile"] == found["other"]["profile"] == "S-1"


def test_references_of_one_and_of_three_alleles(tmp_path: Path) -> None:
    rows = ["SampleName,Marker,Allele 1,Allele 2,Allele 3", "R-1,TH01,10,12,", "R-1,vWA,14,17,19",
            "R-1,FGA,16,,"]  # fmt: skip
    known = tmp_path / "known.csv"
    known.write_text("\n".join(rows) + "\n", encoding="utf-8")
    said = link(tmp_path, "--references", known)
    (found,) = said.json["links"]
    assert found["loci"] == 2
    assert any("one allele listed at 1 loci" in remark for remark in found["remarks"])
    assert "three alleles" in refusal(said, "R-1 vWA")["reason"]


def test_a_stain_without_a_peak_above_the_threshold(tmp_path: Path) -> None:
    bad = written(tmp_path, "S-9,TH01,10,12,20,30", "S-9,vWA,14,17,20,30")
    found = refusal(link(tmp_path, bad), "S-9")
    assert "no peak at or above the threshold" in found["reason"]
    assert (found["file"], found["line"]) == ("bad.csv", 2)


@pytest.mark.parametrize("number", ["0", "two", "-1", "1.5"])
def test_a_number_of_contributors_that_is_none(tmp_path: Path, number: str) -> None:
    said = run("link", stain(tmp_path, "S-1", ANNA), f"--contributors={number}")
    assert said.code == 2
    assert "auto, or a whole number" in said.err


@pytest.mark.parametrize(
    ("option", "value"), [("--theta", "1.5"), ("--threshold-rfu", "0"), ("--drop-in", "2")]
)
def test_a_setting_that_is_not_allowed(tmp_path: Path, option: str, value: str) -> None:
    said = run("link", stain(tmp_path, "S-1", ANNA), option, value)
    assert said.code == 2
    assert value.rstrip(".0") in said.err


def test_one_profile_alone_cannot_be_compared(tmp_path: Path) -> None:
    said = run("link", stain(tmp_path, "S-1", ANNA))
    assert said.code == 1
    assert "Nothing was compared: that takes two profiles." in said.out


def test_a_file_without_profiles(tmp_path: Path) -> None:
    said = run("link", written(tmp_path))
    assert said.code in (1, 2)
    assert "bad.csv" in said.out + said.err


def test_usage_is_told_without_a_traceback() -> None:
    assert run("link").code == 2
    assert run("link", "--nonsense").code == 2
    assert run("unlink").code == 2


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    said = link(tmp_path, stain(tmp_path, "S-2", BERT), "--out", blocked / "out")
    assert said.code == 2
    assert "cannot be made" in said.err
    assert not said.out


def test_all_loci_unknown(tmp_path: Path) -> None:
    elsewhere = population(tmp_path, ("D1S80",))
    said = run("link", stain(tmp_path, "S-1", ANNA), stain(tmp_path, "S-2", ANNA), "--population",
               elsewhere, *PLAIN)  # fmt: skip
    assert said.code == 1
    assert "Nothing was compared" in said.out
    assert all(locus in said.out for locus in LOCI)


def test_more_contributors_than_can_be_summed_over_are_refused_at_once(tmp_path: Path) -> None:
    person = references(tmp_path / "a.csv", {"R-1": ANNA})
    for said in (
        link(tmp_path, "--contributors", 7),
        run("weigh", stain(tmp_path, "S-1", ANNA), "--suspect", person, "--contributors", 9),
        run("deconvolve", stain(tmp_path, "S-1", ANNA), "--contributors", 9),
    ):
        assert said.code == 2
        assert "At most 6 unknown contributors can be summed over." in said.err
        assert said.out == ""


def test_links_are_listed_from_a_number_on(tmp_path: Path) -> None:
    said = run("link", stain(tmp_path, "S-1", ANNA), "--least", "nan")
    assert said.code == 2
    assert "not a number" in said.err


# one stain and one person


def weigh(folder: Path, *words: object, trace: Path | None = None) -> Said:
    return run(
        "weigh", trace or stain(folder, "S-1", ANNA),
        "--suspect", references(folder / "a.csv", {"R-1": ANNA}),
        "--population", population(folder), *words,
    )  # fmt: skip


def test_peaks_that_no_proposition_produces_have_a_named_ending(tmp_path: Path) -> None:
    """Drop-in probability 0: four alleles at a locus are not of one person, whoever that is."""
    both = stain(tmp_path, "S-2", ANNA, BERT)
    strict = ("--drop-in", 0, "--stutter", "none", "--contributors", 1)
    said = weigh(tmp_path, *strict, "--sensitivity", "--non-contributors", trace=both)
    assert said.code == 1
    assert "cannot come from 1 unknown person: peaks at TH01, vWA, FGA" in said.err
    assert "Allow drop-in, or another contributor." in said.err
    said = run("deconvolve", both, "--population", population(tmp_path), *strict)
    assert said.code == 1
    assert "cannot come from 1 unknown person" in said.err
    assert "inf" not in said.err


def test_an_exclusion_of_the_suspect_alone_is_a_result(tmp_path: Path) -> None:
    said = run(
        "weigh", stain(tmp_path, "S-2", BERT),
        "--suspect", references(tmp_path / "a.csv", {"R-1": ANNA}), "--json",
        "--population", population(tmp_path), "--drop-in", 0, "--stutter", "none",
        "--contributors", 1, "--sensitivity", "--non-contributors",
    )  # fmt: skip
    assert said.code == 0
    assert said.json["ratio"]["numerator"]["fit"]["ending"] == "unexplained"
    assert said.json["ratio"]["log10"] == "-inf"


def test_a_kit_without_fragment_lengths(tmp_path: Path) -> None:
    kit = tmp_path / "kit.csv"
    rows = [f"Invented,{locus},blue" for locus in LOCI]
    kit.write_text("\n".join(["kit,locus,dye", *rows]) + "\n")
    said = weigh(tmp_path, "--kit", kit, "--contributors", 1)
    assert said.code in (1, 2)
    assert "size" in said.err or "fragment length" in said.err
    assert not said.out


def test_replicates_of_different_kits(tmp_path: Path) -> None:
    rows = ["Sample Name\tPanel\tMarker\tAllele 1\tAllele 2\tHeight 1\tHeight 2",
            "S-9_rep1\tGlobalFiler\tTH01\t10\t12\t900\t950",
            "S-9_rep2\tSGM Plus\tTH01\t10\t12\t900\t950"]  # fmt: skip
    plate = tmp_path / "plate.txt"
    plate.write_text("\n".join(rows) + "\n")
    said = weigh(tmp_path, "--replicates", "suffix", trace=plate)
    assert said.code == 2
    assert "GlobalFiler" in said.err
    assert "SGM Plus" in said.err
    assert "kit" in said.err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--known", "a.csv", "--contributors", 2), "A person named twice in: R-1 + R-1."),
        (("--known", "b.csv", "--contributors", 1), "With the people named there are 2 at least."),
        (("--known", "c.csv", "--contributors", 2), "R-3 was typed at no locus"),
        (("--known", "d.csv", "--contributors", 3), "A person named twice in: R-1 + R-1"),
    ],
)
def test_propositions_that_contradict_themselves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[object, ...], told: str
) -> None:
    monkeypatch.chdir(tmp_path)
    references(tmp_path / "b.csv", {"R-2": BERT})
    references(tmp_path / "c.csv", {"R-3": {"D2S1338": ("16", "17")}})
    references(tmp_path / "d.csv", {"R-1": BERT})  # another person by the suspect's name
    said = weigh(tmp_path, *words)
    assert said.code in (1, 2)
    assert told in said.err
    assert not said.out


def test_a_suspect_of_whom_no_locus_of_the_stain_was_typed(tmp_path: Path) -> None:
    """Otherwise this would come out as a log10 LR of 0, a number for a gap."""
    elsewhere = references(tmp_path / "c.csv", {"R-3": {"D2S1338": ("16", "17")}})
    said = run("weigh", stain(tmp_path, "S-1", ANNA), "--suspect", elsewhere, "--contributors", 1,
               "--population", population(tmp_path))  # fmt: skip
    assert said.code == 1
    assert "R-3 was typed at no locus at which stain 'S-1' can be weighed." in said.err


def test_a_locus_at_which_the_suspect_was_not_typed_is_listed(tmp_path: Path) -> None:
    partly = references(tmp_path / "p.csv", {"R-1": {"TH01": ANNA["TH01"]}})
    said = run("weigh", stain(tmp_path, "S-1", ANNA), "--suspect", partly, "--contributors", 1,
               "--population", population(tmp_path), *PLAIN, "--json")  # fmt: skip
    listed = {item["what"]: item["reason"] for item in said.json["not_weighed"]}
    assert set(listed) == {"R-1 vWA", "R-1 FGA"}
    assert all("not typed at this locus" in reason for reason in listed.values())
    assert said.json["ratio"]["per_locus"]["vWA"] == pytest.approx(0, abs=0.01)


@pytest.mark.parametrize(
    ("option", "value", "told"),
    [
        ("--theta", "1", "Coancestry"),
        ("--theta", "nan", "Coancestry"),
        ("--drop-in", "1", "A probability"),
        ("--drop-in", "-0.1", "A probability"),
        ("--threshold-rfu", "0", "A threshold is above 0 RFU."),
        ("--threshold-rfu", "inf", "A threshold is above 0 RFU."),
        ("--stutter", "sideways", "No stutter setting is called 'sideways'."),
        ("--contributors", "7.5", "auto, or a whole number"),
        ("--model", "guess", "No model is called 'guess'."),
    ],
)
def test_parameters_outside_their_range(tmp_path: Path, option: str, value: str, told: str) -> None:
    said = weigh(tmp_path, option, value)
    assert said.code == 2
    assert told in said.err
    assert not said.out


def test_ctrl_c_while_the_program_is_loaded_is_a_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stopped() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "main", stopped)
    with pytest.raises(SystemExit) as ended:
        entry.main()
    assert ended.value.code == 130
    assert capsys.readouterr().err == "\nStopped before anything was begun.\n"
