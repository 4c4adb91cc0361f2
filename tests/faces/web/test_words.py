"""What pages say of records, times and ranges that the log keeps in its own words."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from reopen.faces.web.shown.importing import in_the_form
from reopen.faces.web.words import kind, plain, spans


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ("lab_result R2/2 lacks a way.", "laboratory result R2/2 lacks a way."),
        ("on 1990-08-15T14:00:00Z, never sent", "on 1990-08-15 14:00, never sent"),
        ("every four_eyes", "every act of two people"),
        ("lab_results.csv and x_found_link", "lab_results.csv and x_found_link"),
        ("The crimson umbrella.", "The crimson umbrella."),
    ],
)  # fmt: skip
def test_a_sentence_of_the_log_is_told_in_plain_words(told: str, shown: str) -> None:
    assert plain(told) == shown


@pytest.mark.parametrize(
    ("stated", "shown"),
    [("168..172 cm", "168 to 172 cm"), ("age 24..37", "age 24 to 37"), ("9.3", "9.3"), ("", "")],
)
def test_a_range_is_told_as_one_says_it(stated: str, shown: str) -> None:
    assert spans(stated) == shown


def test_the_way_on_of_a_preview_is_its_form() -> None:
    told = "If commas separate alleles in this file, import it with --no-decimal-comma."
    assert in_the_form(told) == (
        "If commas separate alleles in this file, look again below with 9,3 as 9 and 3."
    )
    assert "--" not in in_the_form("to keep another file as it is, give --attach.")


def test_kinds_of_records_have_words() -> None:
    assert [kind("read_event"), kind("custody_event"), kind("case")] == [
        "look", "custody event", "case",
    ]  # fmt: skip


def test_what_is_not_there_leads_on_to_a_page(client: TestClient) -> None:
    page = client.get("/cases/nowhere").text
    assert "The page Cases lists those that you may see." in page
    assert '<a href="/cases">Cases</a>' in page
    assert "There is no page at this address." in client.get("/nothing/here").text
