"""Who is who, concluded: for every missing person and for every victim, with the evidence.

Families that seek one person still are concluded from the likelihood ratios of single pairs,
families that seek several from the generalised likelihood ratio of the joint assignment.
Source: Vigeland and Egeland 2021; Egeland and Vigeland 2025.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from math import inf, log10

from reopen.link.dvi_joint import Joint
from reopen.link.dvi_pairs import Pair, Rules, Undisputed
from reopen.link.dvi_symmetry import Swap, alike, classes


class Kind(StrEnum):
    UNDISPUTED = "undisputed"
    MATCH = "match (GLR)"
    SYMMETRIC = "symmetric match"
    PROBABLE = "probable"
    DISPUTED = "disputed"
    INCONCLUSIVE = "inconclusive"
    NO_MATCH = "no match"
    EXCLUDED = "excluded"
    NOT_IDENTIFIABLE = "non-identifiable"
    FAMILY_IMPOSSIBLE = "family impossible"

    @property
    def names_somebody(self) -> bool:
        """Whether it is an identification, be it of a set of people."""
        return self in (Kind.UNDISPUTED, Kind.MATCH, Kind.SYMMETRIC)


@dataclass(frozen=True, slots=True)
class Conclusion:
    """What is concluded of one missing person, or of one victim.

    person   missing person or victim
    others   on the other side: the one identified; those who are alike where the match is
             symmetric; the best where it is undecided
    log10_lr of the pair (the best one where undecided); None for no pair, or for several
    log10_glr  best assignment with the conclusion over best without; None where not asked for
    pair     the pair that log10_lr is of
    step     of an undisputed identification
    told     the evidence in a sentence
    """

    person: str
    kind: Kind
    others: tuple[str, ...] = ()
    log10_lr: float | None = None
    log10_glr: float | None = None
    pair: Pair | None = None
    step: int | None = None
    told: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What conclusions are drawn from.

    first    pairs before anybody was identified; pairs  those weighed last
    joint    over what remained after the undisputed
    swaps    family -> how its missing can change places
    sought   family -> missing people still sought when `joint` was made
    """

    first: Sequence[Pair]
    pairs: Sequence[Pair]
    undisputed: Sequence[Undisputed]
    joint: Joint | None
    swaps: Mapping[str, Sequence[Swap]]
    sought: Mapping[str, Sequence[str]]
    rules: Rules

    def column(self, missing: str) -> list[Pair]:
        return _best_first(p for p in self.pairs if p.missing == missing and self.rules.is_open(p))

    def row(self, victim: str) -> list[Pair]:
        return _best_first(p for p in self.pairs if p.victim == victim and self.rules.is_open(p))


def conclude_missing(name: str, family: str, evidence: Evidence) -> Conclusion:
    """What is concluded of a missing person who can be identified in principle."""
    for done in evidence.undisputed:
        if done.pair.missing == name:
            return _undisputed(name, done.pair.victim, done)
    column = evidence.column(name)
    if not column:
        return _excluded(name, [p for p in evidence.first if p.missing == name], evidence.rules)
    if len(evidence.sought[family]) > 1 and evidence.joint is not None:
        return _of_several(name, family, column, evidence)
    return _of_one(name, [(p.victim, p) for p in column], evidence.rules)


def conclude_victim(
    victim: str, evidence: Evidence, of_missing: Mapping[str, Conclusion]
) -> Conclusion:
    """What is concluded of a victim, the missing being concluded."""
    for done in evidence.undisputed:
        if done.pair.victim == victim:
            return _undisputed(victim, done.pair.missing, done)
    row = evidence.row(victim)
    if not row:
        return _excluded(victim, [p for p in evidence.first if p.victim == victim], evidence.rules)
    named = [c for c in of_missing.values() if c.kind.names_somebody and victim in c.others]
    if named:
        return _turned(victim, row, named)
    found = _of_one(victim, [(p.missing, p) for p in row], evidence.rules)
    if found.kind is Kind.INCONCLUSIVE:
        return replace(found, others=())
    rivals = [p.victim for p in evidence.column(row[0].missing) if p.victim != victim]
    if found.kind is Kind.PROBABLE and of_missing[row[0].missing].kind is Kind.DISPUTED:
        return replace(found, told=f"{found.told} Disputed with {', '.join(rivals)}.")
    return found


def _undisputed(person: str, other: str, done: Undisputed) -> Conclusion:
    told = f"Undisputed in step {done.step}: LR {_ratio(done.pair.log10_lr)}, no rival near."
    return Conclusion(
        person, Kind.UNDISPUTED, (other,), done.pair.log10_lr, None, done.pair, done.step, told
    )


def _excluded(person: str, first: Sequence[Pair], rules: Rules) -> Conclusion:
    fewest = min((len(pair.impossible) for pair in first), default=0)
    if first and fewest > rules.most_impossible:
        told = (
            f"Every pair would need mutations at {fewest} loci or more; {rules.most_impossible} "
            "are allowed for."
        )
    elif first:
        told = "No pair that is possible remains."
    else:
        told = "Nobody of a fitting sex on the other side."
    return Conclusion(person, Kind.EXCLUDED, told=told)


def _of_one(person: str, ranked: Sequence[tuple[str, Pair]], rules: Rules) -> Conclusion:
    """From likelihood ratios of single pairs, best first."""
    other, best = ranked[0]
    likely = [who for who, pair in ranked if pair.log10_lr >= log10(rules.probable)]
    kind: Kind = Kind.INCONCLUSIVE
    others: tuple[str, ...] = (other,)
    told = f"Best {other}, LR {_ratio(best.log10_lr)}."
    if len(likely) > 1:
        kind = Kind.DISPUTED
        rivals = ", ".join(f"{who} {_ratio(pair.log10_lr)}" for who, pair in ranked[1:][:3])
        told = f"Several are likely: {other}, LR {_ratio(best.log10_lr)}; also {rivals}."
    elif likely:
        kind = Kind.PROBABLE
        if len(ranked) > 1:
            told += f" Next {ranked[1][0]}, LR {_ratio(ranked[1][1].log10_lr)}."
    elif best.log10_lr <= _SURELY_NOT_ABOVE_ONE:
        kind, others = Kind.NO_MATCH, ()
        told = (
            f"Nobody is better than an unrelated person; best {other}, LR {_ratio(best.log10_lr)}."
        )
    return Conclusion(person, kind, others, best.log10_lr, None, best, told=told)


_SURELY_NOT_ABOVE_ONE = 1e-9  # log10; an LR of 1 met by rounding is no evidence for anybody


def _of_several(name: str, family: str, column: Sequence[Pair], evidence: Evidence) -> Conclusion:
    """From the joint assignment, where a family seeks several."""
    joint, rules = evidence.joint, evidence.rules
    assert joint is not None
    needed = log10(rules.threshold)
    together = ", ".join(evidence.sought[family])
    ranked = sorted(
        ((joint.log10_glr.get((p.victim, name), -inf), p) for p in column),
        key=lambda found: (-found[0], found[1].victim),
    )
    glr, best = ranked[0]
    if glr >= needed:
        told = f"Joint with {together}: GLR {_ratio(glr)}."
        return Conclusion(name, Kind.MATCH, (best.victim,), best.log10_lr, glr, best, told=told)
    if (symmetric := _symmetric(name, family, column, evidence)) is not None:
        return symmetric
    if glr >= log10(rules.probable):
        told = f"Joint with {together}: GLR {_ratio(glr)}."
        return Conclusion(name, Kind.PROBABLE, (best.victim,), best.log10_lr, glr, best, told=told)
    told = f"Joint with {together}: best {best.victim}, GLR {_ratio(glr)}."
    top = column[0]
    return Conclusion(name, Kind.INCONCLUSIVE, (), top.log10_lr, glr, top, told=told)


def _symmetric(
    name: str, family: str, column: Sequence[Pair], evidence: Evidence
) -> Conclusion | None:
    """A match of a set of people with a set of victims, who is who among them being open."""
    joint = evidence.joint
    swaps = evidence.swaps.get(family, ())
    alike_with = next((s for s in classes(evidence.sought[family], swaps) if name in s), None)
    if joint is None or alike_with is None:
        return None
    k = next(k for k, own in enumerate(joint.options) if own.family == family)
    put_in, reached = joint.options[k].put_in, joint.with_option[k]
    filled = [frozenset((m, v) for m, v in pairs if m in alike_with) for pairs in put_in]
    best = filled[int(reached.argmax())]
    if not best:
        return None
    same = alike(best, swaps)
    inside = max(float(r) for r, f in zip(reached, filled, strict=True) if f in same)
    outside = max(float(r) for r, f in zip(reached, filled, strict=True) if f not in same)
    if inside - outside < log10(evidence.rules.threshold):
        return None
    victims = tuple(sorted({v for f in same for m, v in f if m == name}))
    everybody = sorted({v for _, v in best})
    people = " and ".join(sorted(alike_with))
    told = f"{people} are alike to every typed relative. "
    if len(everybody) < len(alike_with):
        told += f"{' and '.join(everybody)} is among them; which, no DNA of these relatives can "
    else:
        told += f"They are {' and '.join(everybody)}; who is who, no DNA of these relatives can "
    told += f"tell. GLR {_ratio(inside - outside)}."
    one = next((p for p in column if p.victim == victims[0]), None) if len(victims) == 1 else None
    return Conclusion(
        name, Kind.SYMMETRIC, victims, one.log10_lr if one else None, inside - outside, one,
        told=told,
    )  # fmt: skip


def _turned(victim: str, row: Sequence[Pair], named: Sequence[Conclusion]) -> Conclusion:
    """A missing person's conclusion, told of the victim."""
    first = named[0]
    others = tuple(sorted(c.person for c in named))
    pair = next((p for p in row if p.missing in others), row[0])
    return Conclusion(
        victim, first.kind, others, pair.log10_lr, first.log10_glr, pair, told=first.told
    )


def not_identifiable(name: str) -> Conclusion:
    told = "No blood relation, direct or over others of the missing, has a profile."
    return Conclusion(name, Kind.NOT_IDENTIFIABLE, told=told)


def family_impossible(name: str, loci: Sequence[str]) -> Conclusion:
    told = (
        f"The family's own profiles contradict its pedigree at {', '.join(loci)}: a wrong "
        "pedigree, a swapped sample, or a mutation that the model does not allow for."
    )
    return Conclusion(name, Kind.FAMILY_IMPOSSIBLE, told=told)


def _best_first(pairs: Iterable[Pair]) -> list[Pair]:
    return sorted(pairs, key=lambda p: (-p.log10_lr, p.victim, p.missing))


def _ratio(value: float) -> str:
    """An LR for a sentence: plain up to a million, a power of ten beyond."""
    if value == inf:
        return "beyond any number"
    if value == -inf:
        return "0"
    if -3 <= value < 6:
        return f"{float(f'{10**value:.3g}'):,.10g}"
    return f"10^{value:.1f}"
