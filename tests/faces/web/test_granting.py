"""Grants: given, approved, revoked; people invited; looks told to those who may know."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from tests.faces.web.conftest import STRANGER, Browser

from reopen.errors import InvalidRecord
from reopen.faces.workbench import access
from reopen.records.access import Grant, ReadEvent, Revocation
from reopen.records.times import Interval
from reopen.store import grants
from reopen.store.unit import open_unit

SignIn = Callable[[str], Browser]


def added(client: Browser, id: str, standing: str = "detective") -> None:
    answer = client.post("/grants/actor", id=id, name=id.title(), standing=standing)
    assert answer.status_code == 303, answer.text


def given(client: Browser, id: str) -> str:
    """A grant that was just given to somebody; its id."""
    return str(next(e["id"] for e in client.json("/grants")["grants"] if e["actor"] == id))


def test_a_grant_opens_a_case_until_it_is_revoked(client: Browser, signed_in: SignIn) -> None:
    stranger = signed_in("stranger")
    assert stranger.get("/evidence/E1").status_code == 404
    answer = client.post("/grants/give", actor="stranger", case="K1", purpose="", actions="read")
    assert answer.status_code == 303
    assert stranger.get("/evidence/E1").status_code == 200
    grant = given(client, "stranger")
    assert client.post(f"/grants/{grant}/revoke", why=" ").status_code == 422
    assert client.post(f"/grants/{grant}/revoke", why="done").status_code == 303
    assert stranger.get("/evidence/E1").status_code == 404
    assert [each["state"] for each in client.json("/grants")["past"]] == ["revoked"]


def test_sensitive_classes_wait_for_a_third_person(client: Browser, signed_in: SignIn) -> None:
    added(client, "tom")
    client.post(
        "/grants/give", actor="stranger", case="K1", actions=["read"], classes=["minor", "staff"]
    )
    (line,) = [e for e in client.json("/grants")["grants"] if e["actor"] == "stranger"]
    assert (line["state"], line["can_approve"]) == ("classes not approved", False)
    assert client.post(f"/grants/{line['id']}/approve").status_code == 403  # gave it
    assert signed_in("stranger").post(f"/grants/{line['id']}/approve").status_code == 403
    assert signed_in("tom").post(f"/grants/{line['id']}/approve").status_code == 303
    (line,) = [e for e in client.json("/grants")["grants"] if e["actor"] == "stranger"]
    assert (line["state"], line["approved_by"]) == ("in force", "tom")


def test_nobody_gives_what_they_may_not(signed_in: SignIn, unit_file: Path) -> None:
    stranger = signed_in("stranger")
    page = stranger.json("/grants")
    assert page["grants"] == []
    assert not page["may_grant"]
    assert {each["way_in"] for each in page["people"]} == {None}
    assert "Give a grant" not in stranger.get("/grants").text
    forms: dict[str, dict[str, str]] = {
        "/grants/give": {"actor": "stranger", "everything": "yes"},
        "/grants/actor": {"id": "friend", "standing": "lead"},
        "/grants/invite": {"actor": "mara"},
        "/grants/mark": {"kind": "case", "id": "K1", "classes": "sealed", "why": "x"},
        "/grants/ask": {"act": "unseal", "kind": "case", "id": "K1", "why": "x"},
    }
    for path, fields in forms.items():
        assert stranger.post(path, **fields).status_code == 403, path
    assert stranger.get("/grants/who?kind=exhibit&id=E1").status_code == 403
    with open_unit(unit_file) as unit, unit.reading("mara") as reader:
        assert [each.actor for each in reader.all(Grant)] == ["mara"]


def test_who_may_see_is_told_to_who_may_grant(client: Browser) -> None:
    who = {
        each["actor"]: each["reads"]
        for each in client.json("/grants/who?kind=exhibit&id=E1")["who"]
    }
    assert who == {"mara": True, "stranger": False}


def test_one_steps_back_oneself(client: Browser) -> None:
    assert client.post("/grants/recuse", case="K1", why="my teacher").status_code == 303
    assert client.get("/evidence/E1").status_code == 404
    assert client.post("/grants/recuse", why="nothing said").status_code == 422


def test_an_emergency_is_reviewed_by_somebody_else(client: Browser, signed_in: SignIn) -> None:
    stranger = signed_in("stranger")
    assert (
        stranger.post("/grants/emergency", case="K1", why="a child", hours="30").status_code == 422
    )
    assert stranger.post("/grants/emergency", case="K1", why="a child").status_code == 303
    assert stranger.get("/evidence/E1").status_code == 200
    (taken,) = client.json("/grants")["emergencies"]
    assert (taken["actor"], taken["can_review"]) == ("stranger", True)
    path = f"/grants/emergency/{taken['id']}/review"
    assert stranger.post(path, words="fine").status_code == 403
    assert client.post(path, words="rightly taken").status_code == 303
    assert client.json("/grants")["emergencies"][0]["review"] == "rightly taken"


def test_an_invitation_is_shown_once_and_logged(
    client: Browser, signed_in: SignIn, unit_file: Path
) -> None:
    answer = client.post("/grants/invite", actor="stranger")
    assert answer.headers["cache-control"] == "no-store"
    link = re.search(r"http://localhost:8000(/invitation/[\w-]+)", answer.text)
    assert link
    assert "invitation/" not in client.get("/grants").text
    with open_unit(unit_file) as unit, unit.reading("mara") as reader:
        rules = {(each.target, each.rule) for each in reader.all(ReadEvent)}
    assert ("actor stranger", "invited to the board") in rules
    new = signed_in("stranger")
    opened = new.client.post(
        link[1], data={"password": "cold kettle fjord plum", "again": "cold kettle fjord plum"},
        headers={"Origin": "http://localhost:8000"}, follow_redirects=False,
    )  # fmt: skip
    assert opened.status_code == 303
    assert client.post("/grants/invite", actor="stranger").status_code == 403  # has a way in
    assert client.post("/grants/invite", actor="nobody").status_code == 404


def test_looks_are_ones_own_or_all(client: Browser, signed_in: SignIn) -> None:
    stranger = signed_in("stranger")
    client.get("/evidence/E1")
    stranger.get("/evidence/E1")
    own = stranger.json("/grants/looks")["looks"]
    assert {each["actor"] for each in own} == {"stranger"}
    assert any(each["rule"] == "refused" for each in own)
    every = client.json("/grants/looks")["looks"]
    assert {each["actor"] for each in every} == {"mara", "stranger"}
    narrow = client.json("/grants/looks?actor=stranger")["looks"]
    assert {each["actor"] for each in narrow} == {"stranger"}
    assert client.get("/grants/alerts").status_code == 200


def test_a_grant_is_not_in_force_before_it_begins_and_is_until_it_is_revoked(
    client: Browser, unit_file: Path
) -> None:
    ahead = Interval.parse("2150-01-01")
    grant = Grant(
        id="G1", actor="stranger", case="K1", purpose="review", during=Interval(None, None),
        given_by="mara",
    )  # fmt: skip
    with open_unit(unit_file) as unit, unit.writing("mara") as writer:
        writer.put(replace(grant, id="G2", during=Interval(ahead.earliest, None)))
        writer.put(grant)
        writer.put(Revocation(id="R1", grant="G1", at=ahead, by="mara"))
    page = client.json("/grants")
    states = {each["id"]: each["state"] for each in page["grants"]}
    assert states["G2"] == "not begun yet"
    assert states["G1"] == "revoked from 2150-01-01 on"
    assert page["past"] == []


def test_two_who_change_an_actor_at_once_do_not_undo_each_other(
    unit_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One writes that the stranger left; the other, who read before that, corrects the name."""
    with open_unit(unit_file) as unit:
        seen = grants.access_record(unit.db, STRANGER.ref)
        left = Interval.parse("2020")
        access.change_actor(unit, "mara", "stranger", left=left, reason="moved away")
        monkeypatch.setattr(grants, "access_record", lambda *_: seen)
        with pytest.raises(InvalidRecord, match="actor stranger was changed by mara since"):
            access.change_actor(unit, "mara", "stranger", name="Sten Eek", reason="misspelt")
        assert [(one.name, one.left) for one in unit.actors()][1] == (STRANGER.name, left)
