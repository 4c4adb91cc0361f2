"""GEDCOM trees: who was born to whom, and nothing that is no descent."""

from __future__ import annotations

import pytest

from reopen.errors import ReopenError, UnreadableFile
from reopen.formats import gedcom
from reopen.records import KinshipCase, Pedigree, Sex

TREE = """\
0 HEAD
1 GEDC
2 VERS 5.5.1
1 CHAR UTF-8
0 @I1@ INDI
1 NAME José /Silva/
1 SEX M
1 BIRT
2 DATE 3 MAR 1901
2 PLAC Porto
1 FAMS @F1@
0 @I2@ INDI
1 NAME Ana /Silva/
1 SEX F
1 FAMC @F1@
0 @I3@ INDI
1 NAME José /Silva/
1 SEX M
1 BIRT
2 DATE ABT 1930
1 FAMC @F1@
0 @I4@ INDI
1 SEX M
1 FAMC @F1@
2 PEDI adopted
0 @I5@ INDI
1 NAME Rui /Costa/
1 FAMC @F2@
0 @F1@ FAM
1 HUSB @I1@
1 CHIL @I2@
1 CHIL @I3@
1 CHIL @I4@
0 @F2@ FAM
1 WIFE @I2@
1 HUSB @VOID@
0 TRLR
"""


def parsed(text: str = TREE) -> KinshipCase:
    return gedcom.parse("tree.ged", text.encode())


def tree(case: KinshipCase) -> Pedigree:
    return case.hypotheses["family tree"]


def test_people_and_births() -> None:
    case = parsed()
    pedigree = tree(case)
    assert pedigree.ids[:5] == (
        "José Silva (born 1901)", "Ana Silva", "José Silva (born 1930)", "I4", "Rui Costa",
    )  # fmt: skip
    assert pedigree.sex("Ana Silva") is Sex.FEMALE
    assert pedigree.member("Ana Silva").father == "José Silva (born 1901)"
    assert pedigree.member("Rui Costa").parents == ("father of Rui Costa", "Ana Silva")
    assert (case.population, case.model, case.profiles) == (None, None, {})


def test_children_of_one_family_share_the_parent_that_is_not_named() -> None:
    pedigree = tree(parsed())
    assert pedigree.member("Ana Silva").mother == "mother of Ana Silva"
    assert pedigree.member("José Silva (born 1930)").mother == "mother of Ana Silva"


def test_an_adopted_child_is_no_descendant() -> None:
    case = parsed()
    assert tree(case).member("I4").is_founder
    assert case.not_weighed[0].what == "I4, child of José Silva (born 1901)"
    assert "adopted" in case.not_weighed[0].reason
    by_family = TREE.replace("2 PEDI adopted\n", "").replace(
        "@I4@\n0 @F2", "@I4@\n2 _FREL Step\n0 @F2"
    )
    assert "step" in parsed(by_family).not_weighed[0].reason


def test_names_are_unique_at_last_by_the_record() -> None:
    twice = TREE.replace("ABT 1930", "1901")
    assert "José Silva (born 1901) [I1]" in tree(parsed(twice))


def test_text_of_other_encodings() -> None:
    for encoding in ("utf-8-sig", "utf-16", "cp1252"):
        case = gedcom.parse("tree.ged", TREE.encode(encoding))
        assert "José Silva (born 1901)" in tree(case)
    ansel = TREE.replace("CHAR UTF-8", "CHAR ANSEL")
    with pytest.raises(UnreadableFile, match="in ANSEL") as caught:
        parsed(ansel)
    assert "UTF-8" in caught.value.way_on
    parsed(ansel.replace("é", "e"))  # plain letters are the same in both


def test_lines_that_are_no_gedcom_are_told() -> None:
    case = parsed(TREE.replace("2 PLAC Porto", "by the river\n9 PLAC Porto"))
    assert any("passed over: 2, the first is 10" in notice for notice in case.notices)
    assert any("no last line" in n for n in parsed(TREE.replace("0 TRLR\n", "")).notices)


@pytest.mark.parametrize(
    ("old", "new", "message", "line"),
    [
        ("1 HUSB @I1@", "1 HUSB @I9@", "'@I9@' is not a person", 30),
        ("1 CHIL @I2@", "1 CHIL @I8@", "'@I8@' is not a person", 31),
        ("1 HUSB @VOID@", "1 CHIL @I3@", "is a child by birth of two families", None),
        (
            "1 WIFE @I2@",
            "1 WIFE @I3@",
            r"José Silva \(born 1930\), mother of Rui Costa, is male",
            None,
        ),
        ("1 WIFE @I2@\n1 HUSB @VOID@", "1 WIFE @I2@\n1 CHIL @I1@", "own ancestor", None),
    ],
)
def test_impossible_trees_are_refused(old: str, new: str, message: str, line: int | None) -> None:
    with pytest.raises(ReopenError, match=message) as caught:
        parsed(TREE.replace(old, new))
    assert caught.value.where is not None
    assert caught.value.where.line is not None
    assert line in (None, caught.value.where.line)


def test_a_file_without_people_is_refused() -> None:
    with pytest.raises(UnreadableFile, match="no people"):
        parsed("0 HEAD\n0 TRLR\n")
