"""Runs the command line as a user does, in this process or one of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

from typer.testing import CliRunner

from reopen.faces.cli import app


@dataclass(frozen=True)
class Said:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out, parse_constant=_refuse)


def run(*words: object) -> Said:
    """Exit code and what was said. An error that is not told in our words is raised."""
    done = CliRunner().invoke(app, [str(word) for word in words], catch_exceptions=False)
    assert "Traceback" not in done.output
    return Said(done.exit_code, done.stdout, done.stderr)


_HEARING = (
    "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
    "from reopen.faces.cli import main; main()"
)


def begun(*words: object, **options: Any) -> subprocess.Popen[str]:
    """The command in a process of its own, which hears Ctrl-C also where the tests themselves run
    in the background, deaf to it."""
    return subprocess.Popen(
        [sys.executable, "-c", _HEARING, *map(str, words)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8", **options,
    )  # fmt: skip


def _refuse(constant: str) -> None:
    raise AssertionError(f"{constant} is not JSON")
