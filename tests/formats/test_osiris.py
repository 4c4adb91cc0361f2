"""OSIRIS reports and spreadsheets, in the form its export stylesheets write."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reopen.errors import ReopenError, UnreadableFile
from reopen.formats import osiris
from reopen.records import ControlKind, Locus, Peak, Purpose, alleles, genotype

MALFORMED = Path(__file__).resolve().parents[1] / "malformed"


def peak(name: str, rfu: str, bps: str, *, more: str = "") -> str:
    return f"<Allele><Name>{name}</Name><BPS>{bps}</BPS><RFU>{rfu}</RFU>{more}</Allele>"


def sample(name: str, kind: str, *loci: tuple[str, str], more: str = "") -> str:
    typed = "".join(f"<Locus><LocusName>{n}</LocusName>{peaks}</Locus>" for n, peaks in loci)
    return f"\n<Sample><Name>{name}</Name>{more}<Type>{kind}</Type>{typed}</Sample>"


def report(*samples: str) -> bytes:
    heading = "<Heading><RuntimeSettings><kit>Identifiler</kit></RuntimeSettings></Heading>"
    table = f"<Table>{''.join(samples)}</Table>"
    return f"<OsirisAnalysisReport>{heading}{table}</OsirisAnalysisReport>".encode()


E2 = sample(
    "E2_run1.fsa", "Sample",
    ("D3S1358", peak("15", "812", "120.5") + peak("17", "233.5", "128.6")),
    ("AMEL", peak("X", "900", "107") + peak("Y", "950", "113")),
    more="<SampleName>E2</SampleName>",
)  # fmt: skip


def test_a_report_gives_names_heights_and_sizes() -> None:
    data = report(E2)
    assert osiris.recognises(data)
    (stain,) = osiris.read("unit.oar", data).stains
    assert (stain.id, stain.kit) == ("E2", "Identifiler")
    first, second = alleles(["15", "17"])
    assert stain.replicates[0].peaks[Locus("D3S1358")] == (
        Peak(first, 812.0, 120.5), Peak(second, 233.5, 128.6),
    )  # fmt: skip
    assert stain.where is not None
    assert stain.where.line == 2


def test_amelogenin_s_numbers_are_x_and_y() -> None:
    one = sample("E3", "Sample", ("AMEL", peak("1", "900", "107") + peak("2", "950", "113")))
    (stain,) = osiris.read("unit.oar", report(one)).stains
    assert [p.allele for p in stain.replicates[0].peaks[Locus("AMEL")]] == ["X", "Y"]


def test_what_osiris_set_aside_is_told() -> None:
    off = peak("15.1", "90", "121.4", more="<OffLadder>true</OffLadder>")
    out = peak("14", "55", "116", more="<Disabled>true</Disabled>")
    one = sample("E3", "Sample", ("D3S1358", peak("15", "812", "120.5") + off + out))
    disabled = sample(
        "E4", "Sample", ("D3S1358", peak("15", "812", "120.5")),
        more="<EnableHistory><Enable><Time>5</Time><Enabled>false</Enabled></Enable>"
        "<Enable><Time>3</Time><Enabled>true</Enabled></Enable></EnableHistory>",
    )  # fmt: skip
    imported = osiris.read("unit.oar", report(one, disabled))
    (stain,) = imported.stains
    assert [p.allele for p in stain.replicates[0].peaks[Locus("D3S1358")]] == ["15"]
    reasons = {refused.what: refused.reason for refused in imported.refused}
    assert "disabled in OSIRIS" in reasons.pop("E4")
    (off_ladder,) = reasons.values()
    assert "OL15.1" in off_ladder
    assert any("not taken: 14" in notice for notice in imported.notices)


@pytest.mark.parametrize(
    ("kind", "control"),
    [
        ("Ladder", ControlKind.LADDER),
        ("+Control", ControlKind.POSITIVE),
        ("Positive Control", ControlKind.POSITIVE),
        ("-Control", ControlKind.NEGATIVE),
        ("Negative Control", ControlKind.NEGATIVE),
    ],
)
def test_controls_are_never_evidence(kind: str, control: ControlKind) -> None:
    other = sample("K", kind, ("D3S1358", peak("15", "812", "120.5")))
    imported = osiris.read("unit.oar", report(E2, other))
    assert [c.kind for c in imported.controls] == [control]
    assert [s.id for s in imported.stains] == ["E2"]


NAMES = "Sample\tD3S1358\tvWA\tAMEL\nE2\t15, 17\tOL15.1, 16\tX, Y\nE3\t14\t\tX\n"
HEIGHTS = "Sample\tD3S1358\tvWA\tAMEL\nE2\t812, 233\t91, 640\t900, 950\nE3\t700\t\t650\n"


def test_the_two_spreadsheets_together() -> None:
    assert osiris.recognises(NAMES.encode())
    imported = osiris.read("unit.tab", NAMES.encode(), role="stains", heights=HEIGHTS.encode())
    first, second = imported.stains
    fifteen, seventeen, sixteen = alleles(["15", "17", "16"])
    assert first.replicates[0].peaks[Locus("D3S1358")] == (
        Peak(fifteen, 812.0), Peak(seventeen, 233.0))  # fmt: skip
    assert first.replicates[0].peaks[Locus("vWA")] == (Peak(sixteen, 640.0),)
    assert second.replicates[0].peaks[Locus("AMEL")][0].height_rfu == 650
    assert "OL15.1" in imported.refused[0].reason


def test_a_spreadsheet_of_names_alone() -> None:
    text = NAMES.replace("OL15.1, ", "").replace("D3S1358", "D3S1358-1")
    imported = osiris.read("unit.tab", text.encode(), role="references", purpose=Purpose.STAFF)
    first, second = imported.references
    assert first.genotypes[Locus("D3S1358")] == genotype("15", "17")
    assert first.purpose is Purpose.STAFF
    assert second.genotypes[Locus("D3S1358")] == genotype("14")
    assert Locus("vWA") not in second.genotypes


def test_sheets_that_do_not_belong_together_are_refused() -> None:
    other = HEIGHTS.replace("E3", "E4").encode()
    with pytest.raises(UnreadableFile, match="same samples in the same order"):
        osiris.read("unit.tab", NAMES.encode(), heights=other)
    fewer = HEIGHTS.replace("812, 233", "812").encode()
    imported = osiris.read("unit.tab", NAMES.encode(), role="stains", heights=fewer)
    assert any("2 names and 1 heights" in refused.reason for refused in imported.refused)
    assert Locus("D3S1358") not in imported.stains[0].replicates[0].peaks


def test_heights_alone_are_no_profiles() -> None:
    data = (MALFORMED / "osiris_heights_only.tab").read_bytes()
    assert osiris.recognises(data)
    with pytest.raises(UnreadableFile, match="holds heights and no names"):
        osiris.read("osiris_heights_only.tab", data)


@pytest.mark.parametrize(
    "text",
    [
        "Sample Name\tMarker\tAllele 1\tHeight 1\nE2\tTH01\t6\t800\n",
        "SampleName,D3S1358\nE2,15\n",
        "<CODISImportFile/>",
    ],
)
def test_other_forms_are_left_to_their_readers(text: str) -> None:
    assert not osiris.recognises(text.encode())


@settings(max_examples=200, deadline=None)
@given(st.sampled_from([report(E2), NAMES.encode()]), st.data())
def test_damage_raises_nothing_but_our_errors(whole: bytes, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(whole)))
    end = data.draw(st.integers(start, min(len(whole), start + 30)))
    damaged = whole[:start] + data.draw(st.binary(max_size=12)) + whole[end:]
    osiris.recognises(damaged)
    with suppress(ReopenError):
        osiris.read("unit", damaged)
