"""`reopen demo`: an invented unit, linked as a laboratory would link its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from textwrap import fill
from typing import Annotated

import typer

import reopen
from reopen.faces.cli import _options as options
from reopen.faces.cli._ways import DONE, progress_bar, tell, told
from reopen.faces.cli.link import Kin, link_and_show
from reopen.records import Link, LinkKind

POPULATION = "NIST 1036 Caucasian"
RELATIVES = ("full siblings", "parent and child")


@told
def demo(
    out: Annotated[
        Path, typer.Option(metavar="DIR", help="Folder for the unit's files and the report.")
    ] = Path("demo"),
    seed: Annotated[
        int, typer.Option(metavar="N", min=0, help="Of the simulator; another invents others.")
    ] = 1978,
    json: options.Json = False,
) -> int:
    """Invent a cold-case unit, link everything, write a report, and work its casefile.

    The simulator writes files as laboratories export them. They are then read back and linked as
    any files are; truth.csv says who really left what. Then everything goes into a casefile, where
    an exhibit was suppressed, a result was changed, a colleague is behind a trace, and somebody
    looks where he should not.

    \b
    Example:
      reopen demo --out demo
    """
    unit = reopen.demo_unit(seed)
    try:
        written = reopen.write_demo_unit(unit, out)
    except OSError as error:
        raise reopen.ReopenError(
            f"The files cannot be written to {out}: {error.strerror or error}.",
            way_on="Name a folder that may be written.",
        ) from None
    files = _Files(out, sorted(file for file in written if file.name.startswith("stains-")))
    tell(f"Invented {len(unit.stains)} cases and {len(unit.on_file):,} people on file.")
    tell(f"Linked as by hand:\n  {files.command}\n")
    linking = link_and_show(
        reopen.open_profiles(*files.stains, references=files.references, staff=files.staff),
        population=POPULATION,
        settings=reopen.read_settings(files.settings),
        kin=Kin([files.families], RELATIVES),
        out=out,
        json=json,
        terms=False,
    )
    true, false = unit.judged(linking.links)
    tell(
        f"Of the {len(linking.links)} links {len(true)} are true and {len(false)} are not: "
        f"{out / 'truth.csv'} says who really left what."
    )
    for line in _series(unit, linking):
        tell(line)
    for member, profile in unit.missing.truth.items():
        tell(_found(member, profile, [link for link in true if _names(link, profile)]))
    _work_casefile(unit, out, linking)
    return DONE


def _work_casefile(unit: reopen.DemoUnit, out: Path, linking: reopen.Linking) -> None:
    """The same unit as a casefile: kept, linked, looked at, audited, signed."""
    from reopen.faces.workbench.demo_stories import work_demo_casefile  # loads the compiler

    tell(
        "\nThe same unit as a casefile: exhibits, custody, results, people and who may see what ..."
    )
    with progress_bar() as progress:
        worked = work_demo_casefile(unit, out, progress, in_files=linking)
    tell(
        f"{worked.where}: {worked.records:,} records, {worked.links} links, {worked.findings} "
        f"questions of the audit; its log has {worked.entries:,} entries, signed."
    )
    for story in worked.stories:
        tell(f"\n{story.title}")
        for line in story.evidence or ("No evidence of it was found.",):
            tell(fill(line, 100, initial_indent="  - ", subsequent_indent="    "))
    tell("\nLook for yourself:")
    for line in worked.commands:
        tell(f"  {line}")


def _series(unit: reopen.DemoUnit, linking: reopen.Linking) -> Iterator[str]:
    """The truth about each series: who left all its traces."""
    brothers = unit.series_donor, unit.brother
    for one in linking.series.series if linking.series else ():
        people = frozenset.intersection(*map(unit.people_of, one.ends))
        size = f"The series of {len(one.traces)} traces, held by {one.weakest.log10:.1f},"
        if not people:
            yield f"{size} is not true: nobody left all of them."
        elif brothers[0] in people:
            every, inside = len(unit.stains_of(brothers[0])), brothers[1] in map(str, one.ends)
            yield (
                f"{size} is true: {brothers[0]}, who is not on file, left {every}. His brother "
                f"{brothers[1]} is {'in it' if inside else 'not in it'}."
            )
        else:
            yield f"{size} is true: {', '.join(sorted(people))} left all of them."


def _names(link: Link, profile: str) -> bool:
    """A link that says who somebody is by their kin."""
    by_kin = link.kind is LinkKind.REMAINS_RELATIVE or link.other.member
    return bool(by_kin) and profile in (link.one.profile, link.other.profile)


def _found(member: str, profile: str, links: list[Link]) -> str:
    """The truth about somebody missing, and what the search says of it."""
    truth = f"In truth {profile} is the missing {member}"
    if not links:
        return f"{truth}; no link says so."
    told = "; ".join(
        f"{link.one} with {link.other}, {link.relation}, log10 LR {link.log10:.1f}"
        for link in links
    )
    return f"{truth}: {told}."


@dataclass(frozen=True, slots=True)
class _Files:
    """The unit's files, as arguments of `reopen link`."""

    folder: Path
    stains: list[Path]

    @property
    def references(self) -> list[Path]:
        return [self.folder / name for name in ("database.csv", "victims.csv", "children.csv")]

    @property
    def families(self) -> Path:
        return self.folder / "families.toml"

    @property
    def staff(self) -> list[Path]:
        return [self.folder / "staff.csv"]

    @property
    def settings(self) -> Path:
        return self.folder / "laboratory.toml"

    @property
    def command(self) -> str:
        """The same from the command line."""
        parts = [
            f"{self.folder}/stains-*.txt",
            f"--references {_words(self.references)}",
            f"--staff {_words(self.staff)}",
            f"--families {self.families}",
            "--relatives " + " ".join(f'"{name}"' for name in RELATIVES),
            f"--settings {self.settings}",
            f'--population "{POPULATION}"',
        ]
        return "reopen link " + " \\\n    ".join(parts)


def _words(paths: list[Path]) -> str:
    return " ".join(map(str, paths))
