"""Which relative should give a sample next? The power that a family would have with each of them.

Exact: at each locus the joint distribution of the relative's and the candidate's genotypes gives
that of the LR after both are typed, whatever the relative turns out to have; nothing is simulated.
Theta is counted where few founders are untyped, and otherwise left at 0 for all relatives alike.
Not for: what a typed relative did add.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from reopen.errors import CannotWeigh
from reopen.records import Family, KinshipModel, Locus, NotWeighed, Population, Sex
from reopen.weigh.candidate_tables import CandidateTables, excluded, has_theta, log10_ratios
from reopen.weigh.exclusion_power import ExclusionPower, mismatches
from reopen.weigh.family_power import mean_log10
from reopen.weigh.joint_genotypes import joint_genotypes
from reopen.weigh.kinship import PedigreeWeigher, alleles_met
from reopen.weigh.sum_distribution import sum_distribution, usual_error

LEAST_ERROR = 0.02
USUAL_THRESHOLD = 4.0


@dataclass(frozen=True, slots=True, eq=False)
class PowerWith:
    """Power of a family once these relatives are typed too, over what they may turn out to have.

    relatives   none: the family as it stands
    inclusion   bounds of P(log10 LR >= threshold) if the candidate is the missing person
    false_inclusion  ... if the candidate is unrelated
    exclusion   of an unrelated person, with mutation off
    expected_log10  E(log10 LR) if the candidate is the missing person
    """

    relatives: tuple[str, ...]
    inclusion: tuple[float, float]
    false_inclusion: tuple[float, float]
    exclusion: ExclusionPower
    expected_log10: float

    @property
    def order(self) -> tuple[float, float]:
        """Relatives are ranked by inclusion power to one in a million, then by expected log10."""
        return -round(sum(self.inclusion) / 2, 6), -self.expected_log10


@dataclass(frozen=True, slots=True, eq=False)
class SamplingPlan:
    """Relatives ranked by what they would add; `now` is the family as it stands.

    with_theta   whether theta was counted, or left at 0 for all since too many founders are untyped
    not_weighed  relatives and loci that took no part, each with its reason
    """

    family: str
    member: str
    threshold: float
    loci: tuple[Locus, ...]
    with_theta: bool
    now: PowerWith
    ranked: tuple[PowerWith, ...]
    not_weighed: tuple[NotWeighed, ...] = ()


def who_to_sample(
    family: Family,
    member: str,
    population: Population,
    model: KinshipModel,
    *,
    available: Collection[str] | None = None,
    unavailable: Collection[str] = (),
    threshold: float = USUAL_THRESHOLD,
    loci: Iterable[Locus] | None = None,
    error: float | None = None,
) -> SamplingPlan:
    """Rank the relatives who could be typed next by the power that the family would then have.

    available, unavailable  members who can give a sample; None: all who are not typed, not missing
                            and not unavailable
    threshold  log10 LR from which the missing person counts as found
    loci       that everybody is typed at; None: those that a relative is typed at, or all of the
               population where nobody is typed yet
    error      bound on how far log10 LRs are off; None: 0.02 for the loci of a kit

    Raises CannotWeigh for people who cannot be asked, and as `families.family_table` does.
    """
    asked = _Asked(family, member, population, model, loci)
    error = usual_error(len(asked.loci), LEAST_ERROR) if error is None else error
    chosen = _candidates(family, member, available, unavailable)
    now, gains, with_theta = asked.powers(chosen, threshold, error)
    return SamplingPlan(
        family.id,
        member,
        threshold,
        tuple(asked.loci),
        with_theta,
        now,
        tuple(sorted(gains, key=lambda gain: gain.order)),
        tuple(asked.not_weighed),
    )


def _candidates(
    family: Family, member: str, available: Collection[str] | None, unavailable: Collection[str]
) -> list[str]:
    for id in (member, *(available or ()), *unavailable):
        family.pedigree.member(id)
    if available is None:
        left_out = {*family.profiles, *family.missing, *unavailable, member}
        return [id for id in family.pedigree.ids if id not in left_out]
    for id in available:
        why = (
            "has a profile" if id in family.profiles
            else "is missing" if id == member or id in family.missing
            else "is named as unavailable" if id in unavailable
            else ""
        )  # fmt: skip
        if why:
            raise CannotWeigh(
                f"{id} {why}.",
                rule="Relatives to be typed next are not typed, not missing, and available.",
                way_on=f"Leave {id} out of the list.",
            )
    return list(dict.fromkeys(available))


class _Asked:
    """A family and the loci that count."""

    def __init__(
        self,
        family: Family,
        member: str,
        population: Population,
        model: KinshipModel,
        loci: Iterable[Locus] | None,
    ):
        self.family, self.member = family, member
        self.population, self.model = population, model
        met = alleles_met(family.profiles)
        self.loci = list(met or population.frequencies.by_locus) if loci is None else list(loci)
        plain = PedigreeWeigher(family.pedigree, replace(population, theta=0.0), model, met=met)
        self.not_weighed = list(plain.refusals(family.profiles))
        self._set_aside(plain)
        self.on_x = [locus for locus in self.loci if locus in model.x_linked]

    def _set_aside(self, weigher: PedigreeWeigher) -> None:
        """Loci that cannot be used are listed once, not for each relative."""
        on_x = self.model.x_linked & set(self.loci)
        if on_x and self.family.pedigree.sex(self.member) is Sex.UNKNOWN:
            reason = f"the locus is on X, and the sex of {self.member} is not known"
            self.not_weighed += [NotWeighed(locus, reason) for locus in sorted(on_x)]
            self.loci = [locus for locus in self.loci if locus not in on_x]
        found = dict(joint_genotypes(weigher, self.family.profiles, [self.member], self.loci))
        for locus in self.loci:
            if locus not in found and not any(n.what == locus for n in self.not_weighed):
                reason = "the population has no frequencies at this locus"
                self.not_weighed.append(NotWeighed(locus, reason))
            elif locus in found and found[locus] is None:
                reason = "the relatives' profiles exclude each other"
                self.not_weighed.append(NotWeighed(locus, reason))
        self.loci = [locus for locus in self.loci if found.get(locus) is not None]

    def powers(
        self, relatives: Sequence[str], threshold: float, error: float
    ) -> tuple[PowerWith, list[PowerWith], bool]:
        """Without and with each relative, and whether theta was counted: for all, or for none."""
        if has_theta(self.population):
            tables = CandidateTables(self.family, self.member, self.population, self.model)
            with suppress(CannotWeigh):  # too many founders for theta: everybody without it
                usable = [id for id in relatives if self._refusal(id) is None]
                now, *gains = (
                    self._power(tables, one, threshold, error) for one in [(), *zip(usable)]
                )
                self._list_refused(relatives)
                return now, gains, True
        plain = replace(self.population, theta=0.0)
        tables = CandidateTables(self.family, self.member, plain, self.model)
        self._list_refused(relatives)
        gains = []
        for id in relatives:
            if self._refusal(id) is None:
                try:
                    gains.append(self._power(tables, (id,), threshold, error))
                except CannotWeigh as refused:
                    self.not_weighed.append(NotWeighed(id, refused.seen))
        return self._power(tables, (), threshold, error), gains, False

    def _refusal(self, id: str) -> str | None:
        if self.on_x and self.family.pedigree.sex(id) is Sex.UNKNOWN:
            return f"the sex of {id} is not known, and {self.on_x[0]} is on X"
        return None

    def _list_refused(self, relatives: Sequence[str]) -> None:
        refused = ((id, self._refusal(id)) for id in relatives)
        self.not_weighed += [NotWeighed(id, reason) for id, reason in refused if reason]

    def _power(
        self, tables: CandidateTables, relatives: Sequence[str], threshold: float, error: float
    ) -> PowerWith:
        terms, hidden = [], 1.0
        for _, together, apart in tables.tables(relatives, self.loci, mutating=True):
            terms.append(log10_ratios(together, apart))
            hidden *= float(together.sum() / apart.sum())
        still = tables.tables(relatives, self.loci, mutating=False)
        by_locus = {locus: excluded(together, apart) for locus, together, apart in still}
        found = sum_distribution(terms, error=error, floor=min(threshold, 0.0), far_tails=False)
        low, high = found.reversed_at_least(threshold)
        return PowerWith(
            tuple(relatives),
            _as_probability(found.at_least(threshold)),
            _as_probability((low * hidden, high * hidden)),
            ExclusionPower(by_locus, mismatches(by_locus.values())),
            sum(mean_log10(values, probability) for values, probability in terms),
        )


def _as_probability(bounds: tuple[float, float]) -> tuple[float, float]:
    """Fourier transforms are off by 1e-14 or so."""
    return min(bounds[0], 1.0), min(bounds[1], 1.0)
