"""Records of links and a series for the board's tests: invented, with numbers that add up by hand.

Two exhibits of K1 and K2 and a third of K3 make a series; one of K1 is linked with Bo, its suspect.
"""

from __future__ import annotations

import json
from pathlib import Path

from reopen.faces.workbench.as_json import series_json
from reopen.records import End
from reopen.records.access import Action, Actor, Grant, Standing
from reopen.records.base import Ref
from reopen.records.cases import Case, Exhibit, Involvement, Person, Role, Sample
from reopen.records.findings import SERIES, Finding, Severity
from reopen.records.genetics import Locus
from reopen.records.results import FoundLink
from reopen.records.series import (
    Divided,
    Explanation,
    ExplanationKind,
    FoundSeries,
    Membership,
    Series,
    WeakestSplit,
)
from reopen.records.statements import Statement
from reopen.records.stored import StoredProfile, StoredRun
from reopen.records.times import Interval
from reopen.store.unit import open_unit

RUN = "link-20260101-000000-abcd"
LINK, WEAK, WITH_BO = "T1 x T2", "T2 x T3", "T1 x bo"
READER = Actor(id="reed", name="Reed Holm", standing=Standing.DETECTIVE)
READS = Grant(
    id="reads", actor="reed", case="K2", actions=(Action.READ,), purpose="any work",
    during=Interval.parse("2000/.."), given_by="mara",
)  # fmt: skip

# The three positive loci make 6.0: half of it, 3.0, is reached by vWA alone. Without vWA 2.5 is
# left, which is below 3, the least that the search lists. In full 5.2 of the loci less 0.3.
PER_LOCUS = {"TH01": 1.5, "vWA": 3.0, "FGA": 1.5, "D3S1358": -0.5}
TERMS = {"log10": 5.5, "log10_in_full": None, "per_locus": PER_LOCUS, "other_terms": {},
         "remarks": ["few loci"], "in_full": None}  # fmt: skip
IN_FULL = {
    **TERMS,
    "log10_in_full": 4.9,
    "in_full": {
        "log10": 5.2, "settled": False, "per_locus": {"TH01": 2.2, "vWA": 3.0},
        "numerator": {"proposition": "bo + 1 unknown person",
                      "fit": {"proportions": [0.75, 0.25], "ending_says": "It ran out of steps.",
                              "remark": ""}},
        "denominator": {"proposition": "2 unknown people", "fit": None},
    },
}  # fmt: skip
PARAMETERS = {
    "about": "search", "least_log10": "3.0", "signature": "s", "run: population": "Atlantis",
    "run: theta": "0.01", "run: peak heights, Kit": '{"threshold_rfu": 50.0, "back_stutter": true}',
}  # fmt: skip


def _series() -> Series:
    one, two, three = (End(f"T{k}", 1, 1, 1.0) for k in (1, 2, 3))
    every = (one, two, three)
    return Series(
        members=tuple(
            Membership(end, f"K{k}", adds, 1.0, 2.0, ((one, two),), 2.0)
            for k, (end, adds) in enumerate(zip(every, (8.0, 7.0, 4.0), strict=True), 1)
        ),
        log10=9.0,
        per_locus={Locus("TH01"): 9.0},
        other_terms={},
        error=0.0,
        weakest=WeakestSplit((one, two), (three,), 3.5, (two, three), 1),
        explanations=(
            Explanation(ExplanationKind.ONE_DONOR, (every,), 0.0),
            Explanation(ExplanationKind.TWO_BROTHERS, ((one, two), (three,)), -1.5),
            Explanation(ExplanationKind.TWO_DONORS, ((one, two), (three,)), -3.5),
            Explanation(ExplanationKind.CHANCE, (every,), -9.0, expected=0.001),
        ),
        divisions=(Divided((every,), 9.0, 0.99), Divided(((one, two), (three,)), 5.5, 0.01)),
        others=0.0,
        all_divided=True,
        pairs={(one, two): 5.5, (two, three): 3.2},
    )


def _link(id: str, one: str, other: str, log10: float, terms: str, **more: object) -> FoundLink:
    return FoundLink(
        id=id, link="stain with stain", one=one, other=other, weight_log10=log10, terms=terms,
        run=RUN, expected_chance=0.002, **more,
    )  # fmt: skip


SERIES_FOUND = FoundSeries.of(_series(), RUN)


def add_links(unit_file: Path) -> None:
    """What `conftest.HELD` does not hold."""
    with open_unit(unit_file) as unit, unit.writing("mara") as writer:
        terms, in_full, told = (
            writer.put_file(text.encode(), name).id
            for text, name in (
                (json.dumps(TERMS), "terms"), (json.dumps(IN_FULL), "in full"),
                (series_json(_series()), "series"),
            )
        )  # fmt: skip
        series = FoundSeries.of(_series(), RUN, told)
        at = Interval.parse("2026-01-01T00:00Z")
        writer.put_many(
            (
                READER, READS,
                Case(id="K2", title="The velvet glove"), Case(id="K3", title="The brass key"),
                *(Exhibit(id=f"X{k}", case=f"K{k}", description=f"thing {k}") for k in (1, 2, 3)),
                *(Sample(id=f"T{k}", exhibit=f"X{k}", kind="swab") for k in (1, 2, 3)),
                *(StoredProfile(id=f"T{k}", purpose="stain", file=terms, content_hash="0" * 64,
                                kit="Kit", case=f"K{k}", sample=f"T{k}") for k in (1, 2, 3)),
                Person(id="bo"),
                StoredProfile(id="R-bo", purpose="suspect", file=terms, content_hash="0" * 64,
                              person="bo"),
                Involvement(id="I-bo", case="K1", person="bo", role=Role.SUSPECT),
                Involvement(id="I-di", case="K2", person="di", role=Role.WITNESS),
                Statement(id="O1", subject=Ref("case", "K1"), field="offence", value="1987-03"),
                Statement(id="O3", subject=Ref("case", "K3"), field="reported", value="1991"),
                StoredRun(id=RUN, program="reopen 0", model="m", at=at, parameters=PARAMETERS),
                _link(LINK, "T1", "T2", 5.5, terms),
                _link(WEAK, "T2", "T3", 3.2, terms),
                _link(WITH_BO, "T1", "R-bo", 4.9, in_full, relation="full siblings"),
                series,
                Finding(id="F1", rule=SERIES, records=(series.ref,), severity=Severity.A, case="K1",
                        sentence="Bo was convicted in case K1, and is not the donor."),
                Finding(id="F2", rule="C1", records=(Ref("found_link", LINK),),
                        severity=Severity.B, sentence="No custody event of X2."),
            )
        )  # fmt: skip
