"""Two descriptions side by side: what cannot be, by hand arithmetic, and what nobody can tell."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from reopen.faces.workbench.fits import (
    Described,
    Fit,
    age_today,
    birth_of,
    death,
    described,
    excluded,
    side_by_side,
)
from reopen.records.base import Ref
from reopen.records.statements import State, Statement

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def who(id: str = "MP", /, **said: str | tuple[str, ...]) -> Described:
    every = [
        Statement(id=f"{id}{field}{n}", subject=Ref("person", id), field=field, value=value)
        for field, values in said.items()
        for n, value in enumerate((values,) if isinstance(values, str) else values)
    ]
    return described(id, every)


def fits(missing: Described, remains: Described) -> dict[str, str]:
    return {each.field: each.fit.value for each in side_by_side(missing, remains)}


def test_ages_move_on() -> None:
    """24 to 26 in August 2009: born between 27 years before 1 August 2009 and 24 before its last
    day, 1982-08 to 1985-08; on 1 March 2026 that is 40 to 43."""
    missing = who(age="24..26", last_seen="2009-08")
    assert age_today(missing, NOW) == (40, 43)
    born = birth_of(missing)
    assert born is not None
    assert f"{born.earliest:%Y-%m} {born.latest:%Y-%m}" == "1982-08 1985-08"


def test_a_known_birth_gives_the_age() -> None:
    """Born in May 1971: 54 on 1 March 2026."""
    assert age_today(who(born="1971-05"), NOW) == (54, 54)


@pytest.mark.parametrize("said", [{"born": "1971", "died": "1999"}, {"age": "24"}, {}])
def test_no_age_today_where_nothing_tells_or_somebody_died(said: dict[str, str]) -> None:
    assert age_today(who(**said), NOW) is None


def test_death_is_so_many_days_before_the_finding() -> None:
    """2 April 2016 less 2000 days is 11 October 2010; less 300 days, 7 June 2015."""
    died = death(who("UP", found="2016-04-02", postmortem_days="300..2000"))
    assert died is not None
    assert f"{died.earliest:%Y-%m-%d} {died.latest:%Y-%m-%d}" == "2010-10-11 2015-06-07"


def test_without_days_death_is_before_the_finding() -> None:
    died = death(who("UP", found="2016-04-02"))
    assert died is not None
    assert died.earliest is None


def test_somebody_who_may_be_the_other() -> None:
    missing = who(sex="male", age="24..26", last_seen="2009-08", height="176..182")
    remains = who("UP", sex="male", age="25..40", found="2016-04-02", height="170..180",
                  postmortem_days="300..2000")  # fmt: skip
    found = fits(missing, remains)
    assert {found[each] for each in ("sex", "birth and age", "dates", "height")} == {"fits"}
    assert found["hair"] == "cannot tell"


@pytest.mark.parametrize(
    ("field", "missing", "remains", "fit"),
    [
        ("sex", {"sex": "male"}, {"sex": "female"}, Fit.DOES_NOT_FIT),
        ("sex", {"sex": "male"}, {"sex": "undetermined"}, Fit.CANNOT_TELL),
        ("sex", {"sex": "male"}, {}, Fit.CANNOT_TELL),
        ("sex", {"sex": ("male", "female")}, {"sex": "male"}, Fit.CANNOT_TELL),  # disputed
        # Found in 1999, last seen in 2003: dead before the last sign of life.
        ("dates", {"last_seen": "2003"}, {"found": "1999"}, Fit.DOES_NOT_FIT),
        ("dates", {"last_seen": "1999"}, {"found": "1999"}, Fit.FITS),
        # Found in May 2003, dead for 100 to 200 days: after October 2002, before March 2003.
        ("dates", {"last_seen": "2003-04"}, {"found": "2003-05-20", "postmortem_days": "100..200"},
         Fit.DOES_NOT_FIT),
        # 10 in 1990, so born 1979 to 1980; 30 to 40 when found in 1995, so born by 1965.
        ("birth and age", {"age": "10", "last_seen": "1990"}, {"age": "30..40", "found": "1995"},
         Fit.DOES_NOT_FIT),
        ("birth and age", {"born": "1960"}, {"age": "30..40", "found": "1995"}, Fit.FITS),
        # Younger than stated proves nothing while nobody says how long they had been dead.
        ("birth and age", {"born": "1950"}, {"age": "20..25", "found": "1995"}, Fit.FITS),
        ("height", {"height": "180..185"}, {"height": "160..165"}, Fit.DOES_NOT_FIT),
        ("height", {"height": "180"}, {"height": "176"}, Fit.CANNOT_TELL),  # 4 cm
        # Taller than a child of 12 was: may have grown; than somebody of 30 was: not so.
        ("height", {"height": "150", "age": "12"}, {"height": "175"}, Fit.CANNOT_TELL),
        ("height", {"height": "150", "age": "30"}, {"height": "175"}, Fit.DOES_NOT_FIT),
        ("height", {"height": "150"}, {"height": "175"}, Fit.CANNOT_TELL),  # age not recorded
        ("eyes left", {"eyes_left": "blue"}, {"eyes_left": "brown"}, Fit.CANNOT_TELL),
        ("hair", {"hair": "Brown"}, {"hair": "brown"}, Fit.FITS),
    ],
)  # fmt: skip
def test_only_what_cannot_be_does_not_fit(
    field: str,
    missing: dict[str, str | tuple[str, ...]],
    remains: dict[str, str | tuple[str, ...]],
    fit: Fit,
) -> None:
    assert fits(who(**missing), who("UP", **remains))[field] == fit.value


def test_statements_that_nobody_recorded_are_no_values() -> None:
    silent = Statement(id="S", subject=Ref("person", "MP"), field="sex", state=State.NOT_RECORDED)
    assert fits(described("MP", [silent]), who("UP", sex="male"))["sex"] == "cannot tell"


def test_an_exclusion_is_a_statement_too() -> None:
    missing = who(exclusion="UP-1, dental record, 2019")
    assert len(excluded(missing, who("UP-1"))) == 1
    assert excluded(missing, who("UP-2")) == ()
