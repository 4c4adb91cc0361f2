"""Every command that opens a unit answers somebody without grants the same, whether what they name
is there or not; and so do the commands that show them their own looks afterwards.
"""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from tests.faces.command import run
from tests.faces.test_access_routes import ROUTES, Route, Tried, attempt, base

__all__ = ["base"]

THERE = {
    "K1": "K7", "E1": "E7", "L1": "L7", "C1": "C7", "C1-abc": "C7-abc", "RUN1": "RUN7",
    "first-mara": "first-rama", "emergency-1": "emergency-7", "ask-1": "ask-7",
}  # fmt: skip
"""What the routes name, and a name like it of something that is not there."""
TOLD_THE_ID = {
    "access approve": "approving is open to whoever has been told a grant's id",
    "access review": "an emergency is named by the id that whoever took it was told",
    "access confirm": "a request is named by the id that whoever asked was told",
    "access refuse": "as to confirm it",
    "access emergency": "it opens the case, and everybody hears of it",
}
"""Commands that say more of what is there, and why they may."""
AFTERWARDS = ("cases", "links", "log --last 1000", "access reads", "access grants", "doctor")
NAMES = re.compile(r"\b(" + "|".join(sorted(THERE, key=len, reverse=True)) + r")\b")


def of_nothing(words: str) -> str:
    return NAMES.sub(lambda found: THERE[found[1]], words)


def as_if_there(text: str) -> str:
    for there, absent in THERE.items():
        text = re.sub(rf"\b{absent}\b", there, text)
    return text


def plain(text: str, folder: Path) -> str:
    """Without what differs between any two runs: places, times, random names, hashes."""
    text = text.replace(str(folder), "")
    text = re.sub(r"\b(look|ask|deny|grant|emergency)-[0-9a-f]{8,}\b", r"\1", text)
    text = re.sub(r"\d{4}-\d\d-\d\dT?[ \d:.,]*(\+\d\d:\d\d|Z)?", "then", text)
    text = re.sub(r"\b[0-9a-f]{12,}\b|\b\d+ MiB", "some", text)
    return re.sub(r"\s+", " ", text)


def told(base: Path, folder: Path, route: Route) -> list[str]:
    """What the command says to somebody without grants, and what they may read afterwards."""
    folder.mkdir()
    tried: Tried = attempt(base, folder, route, "stranger")
    said = [f"{tried.said.code} {tried.said.out} {tried.said.err} {tried.written}"]
    for words in AFTERWARDS:
        name, *more = words.split()
        if name == "access":
            name, more = f"access {more[0]}", more[1:]
        who = [] if name == "doctor" else ["--as", "stranger"]
        after = run(*name.split(), folder / "unit.reopen", *more, *who)
        said.append(f"{after.code} {after.out} {after.err}")
    shutil.rmtree(folder)
    return [plain(each, folder) for each in said]


ASKED = {name: each for name, each in ROUTES.items() if NAMES.search(each.words)}


@pytest.mark.parametrize("name", [name for name in ASKED if name not in TOLD_THE_ID])
def test_what_is_there_and_what_is_not_get_the_same_answer(
    name: str, base: Path, tmp_path: Path
) -> None:
    absent = replace(ASKED[name], words=of_nothing(ASKED[name].words))
    there = told(base, tmp_path / "there", ASKED[name])
    not_there = told(base, tmp_path / "not", absent)
    assert there == [as_if_there(each) for each in not_there]
