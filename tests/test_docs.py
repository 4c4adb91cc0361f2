"""The documentation is kept true: what users can name is explained, and what it shows works."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import replace
from glob import glob
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import typer.main
from tests.faces.command import run

import reopen
from reopen.errors import ReopenError
from reopen.faces.cli import app
from reopen.formats import library, read_frequencies, read_kits, read_profiles
from reopen.formats.euroformix import write_references
from reopen.records import Ending, LikelihoodRatio, Link, Population
from reopen.weigh.model import PeakModel, PeakParameters
from reopen.weigh.named_settings import NUMBERS, named_settings
from reopen.weigh.priors import Priors
from reopen.weigh.simulate import draw_references, draw_stain
from reopen.weigh.words import in_words

PROJECT = Path(__file__).resolve().parents[1]
DOCS = PROJECT / "docs"
PAGES = sorted([PROJECT / "README.md", *DOCS.glob("*.md")])
ROOT: Any = typer.main.get_command(app)


def leaves(group: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Every command by its full name: 'link', 'ledger verify'."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from leaves(command, f"{prefix}{name} ")
        else:
            yield prefix + name, command


COMMANDS: Mapping[str, Any] = dict(leaves(ROOT))
OF_COMMANDS = ("commands.md", "commands-casefile.md")

STAINS = ("K-1994-030-A1", "K-1981-008-A1", "K-1978-002-A1", "K-1999-045-A1")
PEOPLE = ("DB-0941", "DB-0045", "DB-0001", "DB-0002", "V-030", "V-008", "Staff-23")

# Results as JSON: mappings whose keys are data (loci, names, settings) and not fields.
DATA = {
    "settings", *NUMBERS,
    "per_locus", "by_locus", "other_terms", "genotypes", "parameters", "inputs", "libraries",
    "comparisons", "loci_in_common", "theta", "by_dropout", "hypotheses", "founder_inbreeding",
    "sequential",
}  # fmt: skip


def text_of(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def section(page: str, title: str) -> str:
    """A page's text under a heading, up to the next one of its level."""
    found = re.search(rf"^(#+) {re.escape(title)}$(.*?)(?=^\1 |\Z)", page, re.M | re.S)
    assert found, f"no heading {title!r}"
    return found[2]


def command_section(name: str) -> tuple[str, str]:
    """What the pages say of a command: its own section, and what its page's commands share."""
    pages = [text_of(page) for page in OF_COMMANDS]
    [page] = [page for page in pages if re.search(rf"^#+ reopen {name}$", page, re.M)] or [""]
    assert page, f"reopen {name} has no section in {' or '.join(OF_COMMANDS)}"
    return section(page, f"reopen {name}"), section(page, "What all commands share")


def split_command(words: list[str]) -> tuple[str, list[str]]:
    """A command line's command, by its longest name, and the words after it."""
    for length in (3, 2, 1):
        name = " ".join(words[:length])
        if name in COMMANDS:
            return name, words[length:]
    raise AssertionError(f"reopen {' '.join(words[:2])} is no command")


def blocks(path: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", path.read_text(encoding="utf-8"), re.M | re.S)


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as a reader of the documentation has it, with a few of the demo's profiles."""
    home = tmp_path_factory.mktemp("reader")
    unit = reopen.demo_unit()
    few = replace(
        unit,
        stains=tuple(stain for stain in unit.stains if stain.id in STAINS),
        database=tuple(person for person in unit.database if person.id in PEOPLE),
        victims=tuple(person for person in unit.victims if person.id in PEOPLE),
        staff=tuple(person for person in unit.staff if person.id in PEOPLE),
    )
    reopen.write_demo_unit(few, home / "demo")
    for name, like in {"stains.txt": "stains-sgm-plus.txt", "database.csv": "database.csv"}.items():
        (home / name).write_bytes((home / "demo" / like).read_bytes())
    (case,) = blocks(DOCS / "commands.md", "json")
    for block in blocks(DOCS / "commands.md", "toml"):  # each says its name in its first line
        name = block.splitlines()[0].removeprefix("# ")
        (home / name).write_text(block, encoding="utf-8")
    write_single_source(home / "single-source")
    (home / "demo" / "validation").mkdir()
    (home / "demo" / "validation" / "one-peak.json").write_text(case, encoding="utf-8")
    return home


def write_single_source(folder: Path) -> None:
    """Runs of invented people one by one, and their references: files that readers have."""
    folder.mkdir()
    rng, kit = np.random.default_rng(3), library.kit("GlobalFiler")
    population = Population(library.population("nist1036-cauc"))
    people = draw_references(rng, population, [f"D{k:02}" for k in range(40)])
    law, model = PeakParameters((1.0,), 1500.0, 0.2, 0.9, 0.08), PeakModel()
    rows = ["sample,marker,allele,height"]
    for person in people:
        drawn = draw_stain(rng, [person], population, kit, law, model, id=f"{person.id}-run")
        for locus, peaks in drawn.replicates[0].peaks.items():
            rows += [f"{drawn.id},{locus},{p.allele},{p.height_rfu:.0f}" for p in peaks]
    (folder / "runs.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    (folder / "donors.csv").write_text(write_references(people), encoding="utf-8")


@pytest.fixture
def at_home(demo: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(demo)
    return demo


def shell_lines(path: Path) -> Iterator[list[str]]:
    """Words of every command line of the program that a page shows."""
    text = path.read_text(encoding="utf-8").replace("\\\n", " ")
    for line in text.splitlines():
        if found := re.match(
            r"\s*(?:\$ )?reopen ((?:[a-z]+ .*?)|kits|populations)(?: +# .*)?$", line
        ):
            yield shlex.split(found[1])


# what users can name


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_and_option_is_explained(name: str) -> None:
    told, shared = command_section(name)
    assert f"reopen {name}" in told or f"`reopen {name}`" in shared
    for parameter in COMMANDS[name].params:
        if parameter.param_type_name != "option":
            continue
        for option in (*parameter.opts, *parameter.secondary_opts):
            assert f"`{option}" in told + shared, f"reopen {name} {option} is not explained"


@pytest.mark.parametrize("name", COMMANDS)
def test_the_examples_of_the_help_are_those_of_the_page(name: str) -> None:
    help_text = COMMANDS[name].help or ""
    examples = re.split(r"^Examples?:$", help_text, flags=re.M)[1].strip().splitlines()
    told = [line.strip() for line in command_section(name)[0].splitlines()]
    for line in examples:
        assert line.strip() in told


def test_no_option_is_explained_that_is_not_there() -> None:
    there = {
        option
        for command in (ROOT, *COMMANDS.values())
        for parameter in command.params
        for option in (*parameter.opts, *parameter.secondary_opts)
    } | {"--help", "--policy"}  # the verifier that stands alone has --policy too
    for page in PAGES:
        spans = re.findall(r"`((?:reopen |--)[^`]*)`", page.read_text(encoding="utf-8"))
        named = {option for span in spans for option in re.findall(r"--[a-z][a-z-]*", span)}
        assert named <= there, page.name


def test_exit_codes_are_those_of_the_page(at_home: Path) -> None:
    told = section(text_of("commands.md"), "What all commands share")
    codes = [int(code) for code in re.findall(r"^\| (\d+) \|", told, re.M)]
    assert codes == [0, 1, 2, 130]
    assert run("kits", "GlobalFiler").code == 0
    assert run("link", "demo/stains-sgm-plus.txt", "nothing.csv", "--no-terms").code == 1
    assert run("link", "nothing.csv").code == 2


def setting_names(folder: Path) -> list[str]:
    """Every key of a settings file, as the program lists them."""
    wrong = folder / "wrong.toml"
    wrong.write_text("no_such_setting = 1\n", encoding="utf-8")
    with pytest.raises(ReopenError) as told:
        reopen.read_settings(wrong)
    return told.value.rule.removeprefix("Settings are: ").rstrip(".").split(", ")


def test_every_setting_is_explained(tmp_path: Path) -> None:
    names = setting_names(tmp_path)
    assert "threshold_rfu" in names
    told = re.findall(r"^\| `(\w+)` \|", section(text_of("settings.md"), "Settings"), re.M)
    assert sorted(told) == sorted(names)


def test_defaults_are_those_of_the_page() -> None:
    rows = re.findall(r"^\| `(\w+)` \|.*\| ([^|]+) \|$", text_of("settings.md"), re.M)
    settings = reopen.Settings()
    for name, told in rows:
        if name == "minimum_frequency":
            assert settings.minimum_frequency is None
            continue
        if name == "priors":
            assert settings.priors == Priors()
            continue
        value = settings.theta if name == "theta" else named_settings(settings.model)[name]
        if name == "stutter_rates":
            assert (value, told) == ({}, "none: the same share everywhere")
            continue
        assert told.split(",")[0] == (str(value).lower() if value in (True, False) and isinstance(
            value, bool
        ) else f"{value:g}"), name  # fmt: skip


def test_every_public_name_is_explained() -> None:
    page = text_of("python.md")
    for name in reopen.__all__:
        assert f"`{name}`" in page, f"reopen.{name} is not in python.md"


@pytest.mark.parametrize("ending", Ending)
def test_every_ending_is_explained(ending: Ending) -> None:
    first = ending.value.split(". ")[0].split("; ")[0].split(": ")[0].split(" (")[0]
    told = section(text_of("reading-a-report.md"), "How a fit ended")
    assert first.rstrip(".") in told
    row = next(line for line in told.splitlines() if first.rstrip(".") in line)
    assert ("do not rely on the number" in row) is not ending.is_settled


def test_the_words_are_those_of_the_scale() -> None:
    told = section(text_of("reading-a-report.md"), "The words")
    rows = re.findall(r"^\| [\d,/]+ \| (-?[\d.]+) \| (.+) \|$", told, re.M)
    assert len(rows) == 7
    for log10, words in rows:
        said = in_words(float(log10) + 0.01)
        if words.startswith("(none) "):
            assert said == words.removeprefix("(none) ")
            continue
        assert said == (
            f"The findings give {words} for the first proposition relative to the second."
        )
        assert in_words(float(log10) - 0.01) != said


# what results hold


@pytest.fixture(scope="session")
def linking(demo: Path) -> reopen.Linking:
    unit = reopen.open_profiles(
        *sorted(glob(f"{demo}/demo/stains-*.txt")),
        references=[demo / "demo/database.csv", demo / "demo/victims.csv"],
        staff=[demo / "demo/staff.csv"],
    )
    settings = reopen.read_settings(demo / "demo/laboratory.toml")
    return reopen.find_links(unit, population="NIST 1036 Caucasian", settings=settings)


def fields(value: Any, *, data: bool = False) -> Iterator[str]:
    """Names of the fields of a result, at every depth."""
    if isinstance(value, list):
        for item in value:
            yield from fields(item, data=data)
    elif isinstance(value, dict):
        for name, item in value.items():
            if not data:
                yield name
            yield from fields(item, data=name in DATA or (name == "loci" and not data))


def test_every_field_of_every_result_is_explained(linking: reopen.Linking, at_home: Path) -> None:
    page = text_of("commands.md")
    stain, suspect = linking.profiles.stain(STAINS[2]), linking.profiles.reference("DB-0045")
    shown = [
        linking,
        reopen.look_closer(reopen.weigh_stain(stain, suspect, contributors=1), refits=2, workers=1),
        reopen.integrate_weighing(reopen.weigh_stain(stain, suspect), most=2),
        reopen.count_contributors(stain, most=2),
        reopen.search(suspect, "demo/database.csv", most_chance=1e-30),
        reopen.weigh_without_heights(stain, suspect, contributors=1, dropout=0.1),
        reopen.deconvolve_stain(stain, contributors=1),
        reopen.validate_cases("demo/validation", "nothing.json"),
        reopen.weigh_pedigrees("paternity.toml"),
        reopen.identify_victims("disaster.toml"),
        reopen.measure_power("family.toml"),
        reopen.calibrate_stains(
            "single-source/runs.csv", references=["single-source/donors.csv"], kit="GlobalFiler"
        ),
        reopen.find_kit("GlobalFiler"),
        reopen.find_population("NIST 1036 All"),
    ]
    assert linking.links, "a search without links shows no field of one"
    for result in shown:
        missing = {name for name in fields(json.loads(reopen.to_json(result)))
                   if f"`{name}`" not in page}  # fmt: skip
        assert not missing, f"{type(result).__name__}: {missing} not in commands.md"


class Labels(HTMLParser):
    """Terms, column titles and headings of a report."""

    def __init__(self, page: str):
        super().__init__()
        self.found: set[str] = set()
        self._open: list[str] | None = None
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("dt", "h2") or (tag == "th" and dict(attrs).get("scope") == "col"):
            self._open = []

    def handle_data(self, data: str) -> None:
        if self._open is not None:
            self._open.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag in ("dt", "h2", "th") and self._open is not None:
            self.found.add(" ".join("".join(self._open).split()))
            self._open = None


def test_every_field_of_a_report_is_explained(linking: reopen.Linking, tmp_path: Path) -> None:
    reopen.write_report(linking, tmp_path / "report.html")
    labels = Labels((tmp_path / "report.html").read_text(encoding="utf-8")).found
    assert {"Relation tested", "Mixture proportions", "Assumptions"} <= labels
    _check_labels(labels)


def test_every_field_of_the_report_of_a_weighing_is_explained(
    linking: reopen.Linking, tmp_path: Path
) -> None:
    stain, suspect = linking.profiles.stain(STAINS[2]), linking.profiles.reference("DB-0045")
    weighing = reopen.look_closer(
        reopen.weigh_stain(stain, suspect, contributors=1), refits=2, workers=1
    )
    reopen.write_report(weighing, tmp_path / "report.html")
    labels = Labels((tmp_path / "report.html").read_text(encoding="utf-8")).found
    assert {"Changed assumptions", "Of random people", "Stutter"} <= labels
    _check_labels(labels)


def test_every_field_of_the_reports_of_integrals_is_explained(
    linking: reopen.Linking, tmp_path: Path
) -> None:
    stain, suspect = linking.profiles.stain(STAINS[2]), linking.profiles.reference("DB-0045")
    weighing = reopen.integrate_weighing(reopen.weigh_stain(stain, suspect), most=2)
    for result in (weighing, reopen.count_contributors(stain, most=2)):
        reopen.write_report(result, tmp_path / "report.html")
        labels = Labels((tmp_path / "report.html").read_text(encoding="utf-8")).found
        assert {"Parameters integrated over", "Number of contributors"} & labels
        _check_labels(labels)


def _check_labels(labels: set[str]) -> None:
    page = text_of("reading-a-report.md")
    bold = set(re.findall(r"\*\*(.+?)\*\*", page.replace("\n", " ")))
    for label in labels:
        general = re.sub(r"^(Contributor) \d.*|^(As one of) \d+$", r"\1\2", label)
        told = {general, f"{general} ...", general.replace("\N{NO-BREAK SPACE}", " ")}
        assert told & bold, f"{label!r} is not in reading-a-report.md"


def test_every_field_of_the_report_of_kinship_is_explained(at_home: Path, tmp_path: Path) -> None:
    populations = ["nist1036-cauc", "nist1036-afam"]
    kinship = reopen.weigh_pedigrees("paternity.toml", populations=populations)
    reopen.write_report(kinship, tmp_path / "report.html")
    labels = Labels((tmp_path / "report.html").read_text(encoding="utf-8")).found
    assert {"First hypothesis", "Locus by locus", "log10 P, first"} <= labels
    _check_labels(labels)


def test_every_field_of_the_report_of_victims_is_explained(at_home: Path, tmp_path: Path) -> None:
    disaster = reopen.identify_victims("disaster.toml")
    reopen.write_report(disaster, tmp_path / "report.html")
    labels = Labels((tmp_path / "report.html").read_text(encoding="utf-8")).found
    missing = {person.name for person in disaster.found.missing}  # columns of the table of pairs
    assert {"Who is who", "Conclusion", "log10 GLR"} | missing <= labels
    _check_labels(labels - missing)


def test_every_field_of_the_report_of_power_is_explained(at_home: Path, tmp_path: Path) -> None:
    reopen.write_report(reopen.measure_power("family.toml"), tmp_path / "report.html")
    labels = Labels((tmp_path / "report.html").read_text(encoding="utf-8")).found
    candidates = {"the missing person", "unrelated", "a full sibling of Ana"}
    assert {"Families", "Locus"} | candidates <= labels
    _check_labels(labels - candidates)


def test_records_behind_a_report_are_in_the_glossary() -> None:
    page = text_of("glossary.md")
    for record in (Link, LikelihoodRatio, Ending):
        assert f"`{record.__name__}`" in page


# what the pages show


@pytest.mark.parametrize("name", ["README.md", "docs/python.md", "docs/settings.md"])
def test_python_runs(name: str, at_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names: dict[str, Any] = {"__name__": "__main__"}
    found = blocks(PROJECT / name, "python")
    assert found
    for number, block in enumerate(found, start=1):
        exec(compile(block, f"{name}, example {number}", "exec"), names)


def test_commands_run(at_home: Path) -> None:
    shown = [
        words
        for block in blocks(DOCS / "commands.md", "sh")
        for line in block.replace("\\\n", " ").splitlines()
        if (words := shlex.split(line)[1:])[0] != "demo"  # takes minutes, and has its own tests
    ]
    of_page = {name for name in COMMANDS if f"## reopen {name}\n" in text_of("commands.md")}
    assert {split_command(words)[0] for words in shown} == of_page - {"demo"}
    for words in shown:
        spread = [name for word in words for name in (sorted(glob(word)) or [word])]
        said = run(*spread)
        assert said.code == 0, (words, said.err)


def test_the_case_worked_out_by_hand_holds(at_home: Path) -> None:
    validation = reopen.validate_cases("demo/validation")
    assert (validation.held, validation.failed, validation.unsupported) == (1, 0, 0)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_command_lines_are_understood(path: Path) -> None:
    for line in shell_lines(path):
        name, words = split_command(line)
        if "--help" not in words:
            COMMANDS[name].make_context(name, words, resilient_parsing=False).close()


EXAMPLE = re.compile(
    r"^`(\S+)`, (?:read as \"(.+?)\"|a (\w+) table).*?^```csv\n(.*?)^```$", re.M | re.S
)


def test_files_shown_are_read_as_said(tmp_path: Path) -> None:
    shown = EXAMPLE.findall(text_of("files.md"))
    assert len(shown) == len(blocks(DOCS / "files.md", "csv"))
    for name, form, table, content in shown:
        path = tmp_path / name
        path.write_text(content, encoding="utf-8")
        if table == "kit":
            assert read_kits(path)
        elif table == "frequency":
            assert not read_frequencies(path).refused
        else:
            found = read_profiles(path)
            assert found.format == form
            assert found.stains or found.references
            assert all("OL" in item.reason for item in found.refused), found.refused


@pytest.mark.parametrize("block", blocks(DOCS / "settings.md", "toml"))
def test_settings_shown_are_read(block: str, tmp_path: Path) -> None:
    path = tmp_path / "laboratory.toml"
    path.write_text(block, encoding="utf-8")
    assert reopen.read_settings(path) != reopen.Settings()


def anchors(path: Path) -> set[str]:
    """Anchors of a page's headings, as code hosts make them."""
    headings = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.M)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in headings}


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_links_between_pages_resolve(path: Path) -> None:
    links = re.findall(r"\]\(([^)\s]+)\)", path.read_text(encoding="utf-8"))
    for link in links:
        if re.match(r"https?:", link):
            continue
        file, _, anchor = link.partition("#")
        target = (path.parent / file).resolve() if file else path
        assert target.exists(), f"{path.name}: {link}"
        if anchor:
            assert anchor in anchors(target), f"{path.name}: {link}"


def test_every_page_is_in_the_index() -> None:
    index = text_of("index.md")
    for path in DOCS.glob("*.md"):
        if path.name != "index.md":
            assert f"({path.name})" in index


def test_changes_are_told_as_the_readme_there_says() -> None:
    folder = PROJECT / "changelog.d"
    kinds = re.findall(r"^\| `(\w+)` \|", (folder / "README.md").read_text("utf-8"), re.M)
    for path in folder.glob("*.md"):
        if path.name != "README.md":
            assert path.name.split(".")[1] in kinds
            assert path.read_text(encoding="utf-8").strip()
