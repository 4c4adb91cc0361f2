"""What the scripts share: where the public data lie, progress, and files of results.

The data are not part of the project; `README.md` names their origin.
"""

from __future__ import annotations

import csv
import json
import platform
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path

import reopen
from reopen.errors import UnreadableFile
from reopen.weigh.model import PeakModel
from reopen.weigh.named_settings import named_settings, plain_setting

PROJECT = Path(__file__).resolve().parents[1]
DATA = PROJECT.parent / "shared" / "reference" / "data"
RESULTS = Path(__file__).resolve().parent / "results"

Value = str | int | float | bool | None
Json = Value | Sequence["Json"] | Mapping[str, "Json"]


def rows(path: Path) -> list[dict[str, str]]:
    """The rows of a table of known truth. Raises UnreadableFile where it is missing."""
    try:
        with path.open(encoding="utf-8", newline="") as lines:
            return list(csv.DictReader(lines))
    except OSError as error:
        raise UnreadableFile(
            f"{path.name} cannot be opened: {error.strerror}.",
            rule="The public data lie in a folder of their own, beside the project.",
            way_on="Name the folder with --data (verification/README.md says where they are from).",
        ) from None


class Progress:
    """Steps and the time left, on standard error; one line, rewritten where it is a terminal."""

    def __init__(self) -> None:
        self.started = self.shown = time.monotonic()
        self.step = ""
        self.is_terminal = sys.stderr.isatty()

    def __call__(self, step: str, done: int, of: int) -> None:
        now = time.monotonic()
        if step != self.step:
            self.step, self.started = step, now
        elif now - self.shown < (1 if self.is_terminal else 15) and done < of:
            return
        self.shown = now
        spent = now - self.started
        left = f", about {spent / done * (of - done):.0f} s left" if 0 < done < of else ""
        line = f"{step}: {done} of {of}, {spent:.0f} s{left}"
        if self.is_terminal:
            print(f"\r{line:<70}", end="\n" if done >= of else "", file=sys.stderr, flush=True)
        else:
            print(line, file=sys.stderr, flush=True)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: its title, and whether it is aligned as numbers are."""

    title: str
    number: bool = True


def table(columns: Sequence[Column], lines: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    heads = " | ".join(column.title for column in columns)
    rule = " | ".join("---:" if column.number else "---" for column in columns)
    body = [f"| {' | '.join(line)} |" for line in lines]
    return "\n".join([f"| {heads} |", f"| {rule} |", *body])


def made_with() -> dict[str, Json]:
    """Date, program and libraries of a run."""
    libraries = {name: version(name) for name in ("numpy", "scipy", "numba")}
    return {
        "date": date.today().isoformat(),
        "reopen": reopen.__version__,
        "python": platform.python_version(),
        **libraries,
    }


def model_settings(model: PeakModel) -> dict[str, Json]:
    """Every setting of a model by name."""
    return {k: plain_setting(v) for k, v in named_settings(model).items()}


def write(out: Path, name: str, text: str, picture: str, data: Mapping[str, Json]) -> None:
    """Table, picture and data of one result, as out/name.md, .svg and .json."""
    out.mkdir(parents=True, exist_ok=True)
    write_picture(out / f"{name}.svg", picture)
    write_table(out, name, text, data)


def write_picture(path: Path, picture: str) -> None:
    """A drawing as a file of its own."""
    drawing = str(picture).replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)
    path.write_text(drawing + "\n", encoding="utf-8")


def write_table(out: Path, name: str, text: str, data: Mapping[str, Json]) -> None:
    """Table and data of a result without a picture of its own, as out/name.md and .json."""
    out.mkdir(parents=True, exist_ok=True)
    (out / f"{name}.md").write_text(text.rstrip() + "\n", encoding="utf-8")
    (out / f"{name}.json").write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
    print(text)
    written = ", ".join(str(path) for path in sorted(out.glob(f"{name}.*")))
    print(f"\n{written}", file=sys.stderr)
