"""Tables of text: lined up, whole, and as wide as they have to be."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from reopen.faces.workbench.tables import bullets, paragraph, table


def test_columns_line_up_and_numbers_stand_to_the_right() -> None:
    assert table(["Locus", "log10 LR"], [["TH01", "1.70"], ["Penta D", "-10.00"]], right="lr") == (
        "Locus    log10 LR\n"
        "-------  --------\n"
        "TH01         1.70\n"
        "Penta D    -10.00"
    )  # fmt: skip


def test_the_last_column_is_wrapped_under_itself() -> None:
    text = table(["A", "B"], [["one", "word " * 30]], width=40)
    lines = text.splitlines()[2:]
    assert max(map(len, lines)) <= 40
    assert lines[1].startswith("     word")


def test_wide_characters_and_marks_count_as_the_terminal_shows_them() -> None:
    lines = table(["A", "B"], [["試料", "1"], ["e\u0301", "2"]], right="lr").splitlines()
    assert lines[2] == "試料  1"
    assert lines[3] == "e\u0301     2"


names = st.text(st.characters(categories=["L", "N"], include_characters="-_#/"), min_size=1)


@given(st.lists(st.tuples(names, names, names), min_size=1, max_size=5))
def test_no_name_is_ever_cut(rows: list[tuple[str, str, str]]) -> None:
    text = table(["a", "b", "c"], rows, right="llr", width=20)
    for row in rows:
        assert all(cell in text for cell in row)


def test_words_longer_than_the_page_stay_whole() -> None:
    name = "K-" + "9" * 100
    assert name in paragraph(f"about {name} and more", width=40)
    assert bullets([name], width=40) == f"- {name}"
