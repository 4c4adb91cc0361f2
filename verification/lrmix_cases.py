"""LRs of alleles seen or not, against those that LRmix printed and those worked out by hand.

    python -m verification.lrmix_cases

LRmix takes one drop-out probability D for each contributor; a homozygote drops out with D squared,
drop-in is pC times the allele's frequency, and genotypes have theta as in docs/methods.md. Both
sides of each LR are compared, locus by locus. An allele that the table does not list gets the
table's smallest frequency in both programs.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import exp
from pathlib import Path

from reopen.errors import ReopenError
from reopen.records import (
    PARENT_CHILD,
    Allele,
    AlleleFrequencies,
    Contributor,
    Locus,
    Peak,
    Population,
    Proposition,
    Reference,
    Replicate,
    Stain,
    genotype,
    proposition,
)
from reopen.weigh.components import components, typed_counts
from reopen.weigh.qualitative import QualitativeModel, dropped, encode_seen, see
from verification.common import DATA, RESULTS, Column, Json, made_with, table, write_table
from verification.lrmix_files import Case, cases, frequencies, worked_by_hand

UNLISTED = 1 / 4170  # one allele in 2,085 people; the table's smallest, which it gives rounded
AGREES = {10: 1e-8, 4: 6e-4}  # relative, by the digits printed
_SLIP = "on paper 0.931095 for (1 - 0.01)(1 - 0.05), and no drop-in of 13 with genotype 14/14"
SLIPS = {"C": _SLIP, "D": f"{_SLIP}; genotype probabilities that sum to 0.6, not to 0.45"}
UNTYPED = "nothing seen, both of the suspect's alleles unseen: LRmix counts one of them for theta"
TWICE = "the file lists the one allele seen twice, and this log counts it twice"
RARE = "an allele not listed: LRmix adds its frequency to a table that already sums to 1"


@dataclass(frozen=True, slots=True)
class Compared:
    """Two sides of one locus's LR in a case: what LRmix printed, and ours.

    off     largest relative difference; off_rest the same with the frequency of all unseen alleles
            as LRmix takes it
    reason  of a difference, where it is known
    """

    case: str
    locus: Locus
    printed: tuple[float, float]
    ours: tuple[float, float]
    off: float
    off_rest: float
    digits: int
    reason: str = ""

    @property
    def agrees(self) -> bool:
        return self.off <= AGREES[self.digits]


def compare(case: Case, table_used: AlleleFrequencies) -> list[Compared]:
    """Every locus of a case."""
    population = Population(table_used, case.theta, UNLISTED, rescale=False)
    model = QualitativeModel(case.dropin)
    sides = (
        proposition(case.suspect, *case.known, unknowns=case.unknowns[0]),
        proposition(*case.known, unknowns=case.unknowns[1], non_contributors=(case.suspect,)),
    )
    dropout = (case.dropout.numerator, case.dropout.denominator)
    ours = [
        encode_seen(case.stain, side, population, model).ln_by_locus(chances)
        for side, chances in zip(sides, dropout, strict=True)
    ]
    found = []
    for locus, expected in case.expected.items():
        printed = (expected.numerator, expected.denominator)
        mine = (exp(ours[0][locus]), exp(ours[1][locus]))
        as_they = _with_their_rest(case, locus, sides, population, model)
        off, off_rest = _off(printed, mine), _off(printed, as_they)
        one = Compared(case.id, locus, printed, mine, off, off_rest, case.digits)
        found.append(one if one.agrees else replace(one, reason=_reason(case, locus, off_rest)))
    return found


def _with_their_rest(
    case: Case,
    locus: Locus,
    sides: Sequence[Proposition],
    population: Population,
    model: QualitativeModel,
) -> tuple[float, float]:
    """Both probabilities if the unseen alleles keep their listed frequencies."""
    seen = see(case.stain, locus, population, model)
    listed = population.frequencies.by_locus[locus]
    rest = sum(f for a, f in listed.items() if a not in seen.alleles)
    seen = replace(seen, frequencies=(*seen.frequencies[: len(seen.alleles)], rest))
    values = []
    for side, chances in zip(
        sides, (case.dropout.numerator, case.dropout.denominator), strict=True
    ):
        (part,) = components(seen, side)
        one = dropped(seen, part, typed_counts(seen, side))
        values.append(exp(one.ln_likelihood(chances)))
    return values[0], values[1]


def _off(printed: Sequence[float], ours: Sequence[float]) -> float:
    return max(
        abs(mine - theirs) / theirs if theirs else float(mine != 0)
        for theirs, mine in zip(printed, ours, strict=True)
    )


def _reason(case: Case, locus: Locus, off_rest: float) -> str:
    if off_rest <= AGREES[case.digits]:
        return RARE
    (seen,) = {len(replicate.peaks[locus]) for replicate in case.stain.replicates}
    if case.digits == 4 and seen == 1:
        return TWICE
    return UNTYPED if seen == 0 else ""


def by_hand() -> Mapping[str, float]:
    """The LRs of the scenarios of example P15: D 0.1, pC 0.05, three alleles of frequency 0.15.

    The frequencies are used as they stand, though they sum to 0.45, as on paper.
    """
    locus = Locus("vWA")
    names = [Allele(a) for a in ("12", "13", "14")]
    listed = AlleleFrequencies("P15", {locus: dict.fromkeys(names, 0.15)}, "example P15")
    first, second = ((Peak(names[1]),), (Peak(names[1]), Peak(names[2])))
    one, both = (
        Stain("one", (Replicate("R1", {locus: first}),)),
        Stain("both", (Replicate("R1", {locus: first}), Replicate("R2", {locus: second}))),
    )
    people = {g: Reference(g, {locus: genotype(*g.split("/"))}) for g in ("13/14", "14/14")}
    scenarios = {
        "A": (both, "13/14", 0.0, False), "B": (both, "13/14", 0.1, False),
        "C": (one, "13/14", 0.0, False), "D": (one, "13/14", 0.0, True),
        "E": (both, "13/14", 0.0, True), "F": (both, "14/14", 0.0, True),
        "G": (both, "13/14", 0.1, True), "H": (both, "14/14", 0.1, True),
    }  # fmt: skip
    found = {}
    for name, (stain, who, theta, related) in scenarios.items():
        suspect, population = people[who], Population(listed, theta, rescale=False)
        relative = Contributor(relation=PARENT_CHILD, related_to=suspect)
        plain = proposition(unknowns=1, non_contributors=(suspect,))
        sides = (proposition(suspect), Proposition((relative,)) if related else plain)
        seen = see(stain, locus, population, QualitativeModel(0.05))
        unseen = 0.15 * (len(names) - len(seen.alleles))
        seen = replace(seen, frequencies=(*seen.frequencies[: len(seen.alleles)], unseen))
        above, below = (
            sum(
                exp(dropped(seen, part, typed_counts(seen, side)).ln_likelihood((0.1,)))
                for part in components(seen, side)
            )
            for side in sides
        )
        found[name] = above / below
    return found


def as_table(compared: Sequence[Compared], hand: Mapping[str, float], ours: Mapping[str, float]
             ) -> str:  # fmt: skip
    """Agreement by group of cases, then what differs and why, then the scenarios on paper."""
    lines = []
    for digits, name in ((10, "table of March 2013"), (4, "log files, 4 digits")):
        mine = [c for c in compared if c.digits == digits]
        same = [c for c in mine if c.agrees]
        worst = max(c.off for c in same)
        others = [c for c in mine if not c.agrees]
        lines.append(
            [name, str(len({c.case for c in mine})), f"{2 * len(same)} of {2 * len(mine)}",
             f"{worst:.1e}", str(sum(bool(c.reason) for c in others)),
             str(sum(not c.reason for c in others))]
        )  # fmt: skip
    first = table(
        [Column("printed by LRmix", number=False), Column("cases"),
         Column("probabilities that agree"), Column("largest relative difference of these"),
         Column("loci that differ, reason known"), Column("not known")], lines,
    )  # fmt: skip
    reasons: dict[str, list[Compared]] = {}
    for c in compared:
        if not c.agrees:
            reasons.setdefault(c.reason or "not known", []).append(c)
    second = table(
        [Column("why", number=False), Column("loci", number=False), Column("cases"),
         Column("largest difference"), Column("with their convention")],
        [
            [why, ", ".join(sorted({c.locus for c in mine})), str(len(mine)),
             f"{max(c.off for c in mine):.1e}",
             f"{max(c.off_rest for c in mine):.1e}" if why == RARE else "not computed"]
            for why, mine in reasons.items()
        ],
    )  # fmt: skip
    third = table(
        [Column("scenario on paper", number=False), Column("LR on paper"), Column("ours"),
         Column("remark", number=False)],
        [[name, f"{hand[name]:.8g}", f"{ours[name]:.8g}", SLIPS.get(name, "")] for name in hand],
    )  # fmt: skip
    return "\n\n".join([first, second, third])


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the public data")
    parser.add_argument("--out", type=Path, default=RESULTS)
    asked = parser.parse_args()
    try:
        used = frequencies(asked.data)
        compared = [c for case in cases(asked.data) for c in compare(case, used)]
        hand = worked_by_hand(asked.data)
    except ReopenError as error:
        raise SystemExit(str(error)) from None
    ours = by_hand()
    data: dict[str, Json] = {
        "made": made_with(),
        "agreed": sum(2 for c in compared if c.agrees),
        "compared": 2 * len(compared),
        "differ": [
            {"case": c.case, "locus": c.locus, "printed": c.printed, "ours": c.ours,
             "reason": c.reason or None}
            for c in compared if not c.agrees
        ],
        "by_hand": {name: {"paper": hand[name], "ours": ours[name]} for name in hand},
    }  # fmt: skip
    write_table(asked.out, "lrmix_cases", as_table(compared, hand, ours), data)


if __name__ == "__main__":
    main()
