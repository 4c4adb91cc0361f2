"""`reopen kits`, `reopen populations`, `--version`, and the help of every command."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import typer.main
from tests.faces.command import begun, run
from tests.faces.unit_files import ANNA, population, stains

import reopen
from reopen.faces.cli import app


def names(group: Any, prefix: str = "") -> Iterator[str]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from names(command, f"{prefix}{name} ")
        else:
            yield prefix + name


COMMANDS = list(names(typer.main.get_command(app)))


def test_the_commands_are_these() -> None:
    alone = {command for command in COMMANDS if " " not in command}
    of_files = {
        "calibrate", "contributors", "deconvolve", "demo", "dvi", "kin", "kits", "link",
        "populations", "power", "validate", "weigh",
    }  # fmt: skip
    assert of_files <= alone


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_every_command_has_an_example(command: str) -> None:
    said = run(*command.split(), "--help")
    assert said.code == 0
    assert f"  reopen {command}" in said.out
    assert "--json" in said.out
    assert "\b" not in said.out
    assert not re.search(r"<[a-z]|list\[|\.{4}", said.out)  # no types of the language


def test_kits_are_listed_with_their_sources() -> None:
    said = run("kits")
    assert "PowerPlex Fusion 6C" in said.out
    assert "Sources" in said.out
    assert len(run("kits", "--json").json) >= 30
    one = run("kits", "ppf6c", "--json").json
    assert one["name"] == "PowerPlex Fusion 6C"
    assert one["source"]
    assert "SE33" in run("kits", "GlobalFiler").out


def test_populations_are_listed_with_their_sources(tmp_path: Path) -> None:
    said = run("populations")
    assert "NIST 1036 Caucasian" in said.out
    assert "FBI 2015" in said.out
    assert "Sources" in said.out
    assert all(item["source"] for item in run("populations", "--json").json)
    own = run("populations", population(tmp_path), "--json").json
    assert own["loci"]["TH01"]["alleles"] == 10


def test_doubts_about_a_table_are_told(tmp_path: Path) -> None:
    own = tmp_path / "own.csv"
    own.write_text("Allele,TH01\n6,0.25\n7,0.15\n9,0.2\n93,0.4\nN,400\n")
    assert "Was 9.3 meant?" in " ".join(run("populations", str(own)).out.split())
    (doubt,) = run("populations", str(own), "--json").json["doubts"]
    assert doubt.startswith("own, TH01: allele 93 is far from the ladders'")
    assert "Doubts" not in run("populations", "nist1036-cauc").out


def test_an_unknown_name_is_told() -> None:
    assert run("kits", "Globalfilter").code == 2
    assert run("populations", "Atlantis").code == 2


def test_the_version() -> None:
    assert run("--version").out == f"reopen {reopen.__version__}\n"


def test_a_pipe_that_closes_early_is_no_error() -> None:
    listing = begun("populations")
    assert listing.stdout is not None
    assert listing.stderr is not None
    listing.stdout.close()
    assert listing.wait(60) == 0
    assert "Traceback" not in listing.stderr.read()
    listing.stderr.close()


def interrupted(running: subprocess.Popen[str]) -> tuple[str, str]:
    """What a command says that is stopped while it works. On a busy machine it may still be loading
    libraries, of which some drop the signal: then it is stopped once more, as a person would."""
    time.sleep(6)
    assert running.poll() is None
    for _ in range(4):
        running.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            return running.communicate(timeout=20)
    running.kill()
    raise AssertionError("the command went on although it was told to stop")


def test_ctrl_c_leaves_no_half_report(tmp_path: Path) -> None:
    many = stains(tmp_path / "many.csv", {f"S-{n}": (ANNA,) * 4 for n in range(300)}, 900)
    out = tmp_path / "out"
    running = begun("link", many, "--out", out, "--contributors", 4, env={**os.environ})
    said, told = interrupted(running)
    assert running.returncode == 130
    assert "Stopped. No half report is left." in told
    assert "Traceback" not in told
    assert not said
    assert not out.exists()
