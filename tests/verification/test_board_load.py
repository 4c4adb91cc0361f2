"""What is counted of a board under load, by hand; and a short load on a small unit."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.faces.web.conftest import HELD, MARA
from verification.board_load import Asked, kind_of, links_of, loads_of, times_of

from reopen.store.unit import create_unit
from verification import board_load


def test_a_page_leads_to_pages_and_loads_files() -> None:
    html = (
        '<link href="/static/board.css?v=1"><script src="/static/keys.js?v=2"></script>'
        '<a href="/cases/K%201?a=1&amp;b=2" data-key="c">K</a> <a class="x" href="/links#top">L</a>'
        '<a href="https://elsewhere.example/">E</a><form action="/signout"></form>'
    )
    assert links_of(html) == ["/cases/K%201?a=1&b=2", "/links"]
    assert loads_of(html) == ["/static/board.css?v=1", "/static/keys.js?v=2"]


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "/"),
        ("/cases?words=x", "/cases"),
        ("/cases/K1?x=/y", "/cases/..."),
        ("/a/b/c", "/a/..."),
    ],
)
def test_pages_of_one_kind_are_counted_together(path: str, kind: str) -> None:
    assert kind_of(path) == kind


def test_the_95th_percentile_is_a_time_that_was_measured() -> None:
    asked = [Asked("/", n / 1000, 10, 200) for n in range(1, 101)] + [Asked("/x", 0.5, 1, 200)]
    first, other, every = times_of(asked)
    assert (first.page, first.asked) == ("/", 100)
    assert (first.median, first.p95, first.longest) == pytest.approx((50.0, 95.0, 100.0))
    assert (other.median, other.p95) == pytest.approx((500.0, 500.0))
    assert (every.page, every.asked, every.longest) == ("all", 101, pytest.approx(500.0))


def test_a_short_load_on_a_small_unit(tmp_path: Path) -> None:
    unit = tmp_path / "harbour.reopen"
    with create_unit(unit, name="Harbour", actor=MARA) as opened, opened.writing("mara") as writer:
        writer.put_many(HELD)
    words = [str(unit), "--people", "3", "--minutes", "0.05", "--out", str(tmp_path / "out")]
    assert board_load.main(words) == 0
    told = json.loads((tmp_path / "out" / "board_load.json").read_text(encoding="utf-8"))
    assert told["failed"] == 0
    assert told["pages"][-1]["asked"] >= 3
    assert 20 < told["memory_mib"]["most"] < 2000
    assert {each["page"] for each in told["first_views"]} > {"/cases"}
