"""How probable are these people's genotypes, if this is how they are related?

`weigh_kinship` compares two pedigrees, `PedigreeWeigher` answers for one pedigree many times over
(a disaster's victims put into it one after another). Any pedigree: loops, inbreeding, twins, people
without a profile, parts without a connection.

Not here: tables towards a missing person (`weigh.families`), pairs in bulk (`weigh.relations`),
files (`formats`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, replace
from math import inf, log

from reopen.errors import CannotWeigh
from reopen.kernels.shapes import Floats
from reopen.records import (
    Allele,
    Genotype,
    GenotypeLikelihoods,
    KinshipModel,
    KinshipRatio,
    Locus,
    LocusLikelihoods,
    Mutation,
    MutationKind,
    NotWeighed,
    Pedigree,
    PedigreeLikelihood,
    Population,
    Reference,
    Run,
    Sex,
)
from reopen.weigh.kinship_chromosomes import Term, terms
from reopen.weigh.kinship_locus import (
    KinshipLocus,
    Reading,
    alleles_named,
    kinship_locus,
    merged,
    read_genotype,
    read_likelihoods,
    with_typing_error,
)
from reopen.weigh.kinship_terms import (
    Networks,
    ln_likelihood,
    ln_likelihood_chained,
    ln_likelihood_linked,
    ln_table,
)

Evidence = Reference | GenotypeLikelihoods
"""What is known of a member: a typed profile, or a stain's contributor who may be that person."""

AtLocus = Genotype | LocusLikelihoods
Met = Mapping[Locus, Set[Allele]]

_Key = tuple[tuple[Locus, ...], bool, tuple[frozenset[tuple[str, AtLocus]], ...]]
_LN_10 = log(10.0)


def pedigree_likelihood(
    pedigree: Pedigree,
    profiles: Mapping[str, Evidence],
    population: Population,
    model: KinshipModel,
    *,
    loci: Iterable[Locus] | None = None,
) -> tuple[PedigreeLikelihood, tuple[NotWeighed, ...]]:
    """ln P(all genotypes | pedigree), term by term, and what could not be weighed.

    A term is a locus, a linked pair, or the loci that `model.positions` place on one chromosome.

    profiles  member -> profile; members not listed are untyped
    loci      None: all loci of the profiles

    Raises CannotWeigh for a profile of somebody who is not in the pedigree, for a model that does
    not fit the alleles of a locus, and where the exact sum would be too large.
    """
    weigher = PedigreeWeigher(pedigree, population, model, met=alleles_met(profiles))
    return weigher.likelihood(profiles, loci=loci)


def weigh_kinship(
    hypotheses: Mapping[str, Pedigree],
    profiles: Mapping[str, Evidence],
    population: Population,
    model: KinshipModel,
    *,
    numerator: str,
    denominator: str,
    run: Run | None = None,
) -> KinshipRatio:
    """How much better one pedigree explains the genotypes than another.

    Alleles that the population does not list have its floor. A locus that both pedigrees exclude
    is named in `impossible`. Raises CannotWeigh as `pedigree_likelihood` does.
    """
    met = alleles_met(profiles)
    weighers = [
        PedigreeWeigher(_hypothesis(hypotheses, name), population, model, met=met)
        for name in (numerator, denominator)
    ]
    refused = dict.fromkeys(item for w in weighers for item in w.not_weighed(profiles))
    usable = _without(profiles, refused)
    above, below = (w.likelihood(usable)[0] for w in weighers)
    above = replace(above, hypothesis=numerator)
    below = replace(below, hypothesis=denominator)
    per_locus, impossible = {}, []
    for name, ln in above.by_locus.items():
        if ln == below.by_locus[name] == -inf:
            impossible.append(name)
        else:
            per_locus[name] = (ln - below.by_locus[name]) / _LN_10
    return KinshipRatio(
        above,
        below,
        per_locus,
        tuple(impossible),
        weighers[0].needs_mutation(usable),
        tuple(_told(refused)),
        run,
        {term.name: term.loci for term in weighers[0].terms(usable) if len(term.loci) > 1},
    )


def alleles_met(profiles: Mapping[str, Evidence]) -> dict[Locus, set[Allele]]:
    """All alleles of the profiles, by locus."""
    met: dict[Locus, set[Allele]] = {}
    for evidence in profiles.values():
        for locus, at_locus in _by_locus(evidence).items():
            met.setdefault(locus, set()).update(_alleles(at_locus))
    return met


@dataclass(frozen=True, slots=True)
class _Refused:
    """A locus that cannot be used, of one person or (person empty) of all."""

    person: str
    locus: Locus
    reason: str


class PedigreeWeigher:
    """One pedigree, prepared for many sets of profiles; nothing is computed twice.

    met  alleles that any profile to come may have. Frequencies are those with all of them added,
         so that numbers of different profiles can be compared; None: as listed by the population
    """

    def __init__(
        self,
        pedigree: Pedigree,
        population: Population,
        model: KinshipModel,
        *,
        met: Met | None = None,
    ):
        self.pedigree, self.population, self.model = pedigree, population, model
        self.met = {locus: frozenset(labels) for locus, labels in (met or {}).items()}
        self._networks = Networks(pedigree)
        self._loci: dict[tuple[Locus, bool], KinshipLocus | None] = {}
        self._merged: dict[tuple[Locus, bool, frozenset[Allele]], KinshipLocus] = {}
        self._readings: dict[tuple[Locus, str, AtLocus, KinshipLocus], Reading | None] = {}
        self._known: dict[_Key, float] = {}

    def likelihood(
        self, profiles: Mapping[str, Evidence], *, loci: Iterable[Locus] | None = None
    ) -> tuple[PedigreeLikelihood, tuple[NotWeighed, ...]]:
        """ln P(profiles | pedigree) by term, and what could not be weighed."""
        wanted = dict.fromkeys(_loci(profiles) if loci is None else loci)
        refused = [item for item in self.not_weighed(profiles) if item.locus in wanted]
        usable = _without(profiles, refused)
        by_locus = {
            term.name: self._ln(term, usable, mutating=True)
            for term in self.terms(usable, loci=wanted)
        }
        return PedigreeLikelihood(self.pedigree.name, by_locus), tuple(_told(refused))

    def terms(
        self, profiles: Mapping[str, Evidence], *, loci: Iterable[Locus] | None = None
    ) -> tuple[Term, ...]:
        """Which loci of the profiles are weighed together. loci: None for all."""
        present = dict.fromkeys(_loci(profiles))
        wanted = present if loci is None else [locus for locus in loci if locus in present]
        return terms(wanted, self.model)

    def needs_mutation(self, profiles: Mapping[str, Evidence]) -> tuple[str, ...]:
        """Loci, or linked pairs, at which the pedigree excludes the profiles as they were typed if
        nothing mutates; none where the model allows for neither mutation nor errors of typing.
        """
        usable = _without(profiles, self.not_weighed(profiles))
        mistyped = any(self.model.typing_error_of(id) > 0 for id in usable)
        found: list[str] = []
        for term in self.terms(usable):
            unsure = [locus for locus in term.loci if mistyped or self._mutates(locus)]
            excluded = self._excluded(unsure, usable)
            found += excluded if term.chromosome else [term.name] if excluded else []
        return tuple(found)

    def excluded(self, profiles: Mapping[str, Evidence], term: str) -> tuple[str, ...]:
        """The loci of a chromosome's term at which the pedigree excludes the profiles if nothing
        mutates; the term itself where it is none of a chromosome, or excluded as a whole only.
        """
        usable = _without(profiles, self.not_weighed(profiles))
        along = [at for one in self.terms(usable) if one.chromosome and one.name == term
                 for at in one.loci]  # fmt: skip
        return tuple(self._excluded(along, usable)) or (term,)

    def _excluded(self, loci: Iterable[Locus], profiles: Mapping[str, Evidence]) -> list[Locus]:
        return [at for at in loci if self._ln(Term((at,)), profiles, mutating=False) == -inf]

    def tables(
        self,
        profiles: Mapping[str, Evidence],
        member: str,
        loci: Iterable[Locus],
        *,
        beside: Iterable[str] = (),
    ) -> Iterator[tuple[KinshipLocus, Floats]]:
        """Each locus with ln P(profiles, the member's alleles), over all alleles.

        The table has one axis for each allele of the member: (paternal, maternal), or one on X of
        a man; then those of the members beside. Loci of the profiles that were refused are taken as
        not typed.
        """
        keep = (member, *beside)
        usable = _without(profiles, self.not_weighed(profiles))
        for locus in loci:
            at = self._locus(locus, mutating=True)
            if at is not None:
                readings = {id: self._read(id, e, at) for id, e in _at(locus, usable).items()}
                yield at, ln_table(self._networks, at, readings, keep=keep)

    def not_weighed(self, profiles: Mapping[str, Evidence]) -> list[_Refused]:
        """Loci of profiles that take no part, with the reason."""
        strangers = [id for id in profiles if id not in self.pedigree]
        if strangers:
            raise CannotWeigh(
                f"{strangers[0]} has a profile and is not in {self.pedigree.name or 'a pedigree'}.",
                rule="Every pedigree that is compared holds everybody who is typed.",
                way_on=f"Add {strangers[0]} (as an unrelated member, if that is meant).",
            )
        refused = []
        for locus in _loci(profiles):
            if self._locus(locus, mutating=True) is None:
                reason = f"population {self.population.name} has no frequencies at this locus"
                refused.append(_Refused("", locus, reason))
                continue
            for id, evidence in profiles.items():
                at_locus = _by_locus(evidence).get(locus)
                if at_locus is not None and (reason := self._unusable(id, locus, at_locus)):
                    refused.append(_Refused(id, locus, reason))
        return refused

    def refusals(self, profiles: Mapping[str, Evidence]) -> tuple[NotWeighed, ...]:
        """The same, as users read it."""
        return tuple(_told(self.not_weighed(profiles)))

    def _unusable(self, id: str, locus: Locus, at_locus: AtLocus) -> str:
        if locus in self.model.x_linked and self.pedigree.sex(id) is Sex.UNKNOWN:
            return "the sex of this person is not known, and the locus is on X"
        if isinstance(at_locus, LocusLikelihoods):
            at = self._locus(locus, mutating=True)
            if at is not None and read_likelihoods(at_locus, at, hemizygous=False) is None:
                return "alleles beyond those of the population cannot be told apart"
            return ""
        if at_locus.is_triallelic:
            return f"three alleles ({at_locus}); a pedigree hands down two"
        if self._is_hemizygous(id, locus) and not at_locus.is_homozygous:
            return f"two alleles ({at_locus}) of a man at a locus on X"
        return ""

    def _is_hemizygous(self, id: str, locus: Locus) -> bool:
        return locus in self.model.x_linked and self.pedigree.sex(id) is Sex.MALE

    def _mutates(self, locus: Locus) -> bool:
        mutation = self.model.mutation_at(locus)
        return any(m.kind is not MutationKind.NONE for m in (mutation.female, mutation.male))

    def _locus(self, locus: Locus, *, mutating: bool) -> KinshipLocus | None:
        key = (locus, mutating)
        if key not in self._loci:
            at = kinship_locus(
                locus,
                self.population,
                self.model,
                self.met.get(locus, frozenset()),
                mutation=None if mutating else Mutation(),
            )
            # Whether a thing is possible at all does not depend on theta.
            self._loci[key] = at if at is None or mutating else replace(at, theta=0.0)
        return self._loci[key]

    def _ln(self, term: Term, profiles: Mapping[str, Evidence], *, mutating: bool) -> float:
        evidence = [_at(locus, profiles) for locus in term.loci]
        key = (term.loci, mutating, tuple(frozenset(of.items()) for of in evidence))
        if key not in self._known:
            loci = [
                self._locus_for(locus, of, mutating=mutating)
                for locus, of in zip(term.loci, evidence, strict=True)
            ]
            readings = [
                {id: self._read(id, value, at, as_typed=not mutating) for id, value in of.items()}
                for at, of in zip(loci, evidence, strict=True)
            ]
            self._known[key] = self._summed(term, loci, readings)
        return self._known[key]

    def _summed(
        self, term: Term, loci: list[KinshipLocus], readings: list[dict[str, Reading]]
    ) -> float:
        if len(loci) == 1:
            return ln_likelihood(self._networks, loci[0], readings[0])
        if term.chromosome:
            return ln_likelihood_chained(self._networks, loci, readings, term.steps)
        one, other = loci
        return ln_likelihood_linked(
            self._networks, (one, other), (readings[0], readings[1]), term.steps[0]
        )

    def _locus_for(
        self, locus: Locus, evidence: Mapping[str, AtLocus], *, mutating: bool
    ) -> KinshipLocus:
        """The locus with all alleles merged that the evidence does not name.

        Where a genotype may have been taken for another, how probable that is depends on all.
        """
        apart = frozenset(label for value in evidence.values() for label in _alleles(value))
        key = (locus, mutating, apart)
        if key not in self._merged:
            at = self._locus(locus, mutating=mutating)
            assert at is not None  # loci without frequencies were refused
            mistyped = mutating and any(self.model.typing_error_of(id) > 0 for id in evidence)
            self._merged[key] = at if mistyped else merged(at, apart)
        return self._merged[key]

    def _read(
        self, id: str, evidence: AtLocus, at: KinshipLocus, *, as_typed: bool = False
    ) -> Reading:
        """as_typed: without an error of typing."""
        key = (at.locus, id, evidence, at)
        if key not in self._readings:
            hemizygous = self._is_hemizygous(id, at.locus)
            if isinstance(evidence, Genotype):
                reading = read_genotype(
                    evidence,
                    at,
                    hemizygous=hemizygous,
                    dropout=self.model.dropout.get(id, 0.0),
                    partial=at.locus in self.model.partial.get(id, ()),
                )
                error = 0.0 if as_typed else self.model.typing_error_of(id)
                self._readings[key] = with_typing_error(reading, at, error)
            else:
                self._readings[key] = read_likelihoods(evidence, at, hemizygous=hemizygous)
        found = self._readings[key]
        assert found is not None  # refused before
        return found


def _hypothesis(hypotheses: Mapping[str, Pedigree], name: str) -> Pedigree:
    if name not in hypotheses:
        raise CannotWeigh(
            f"No hypothesis is called {name}.",
            rule="A ratio compares two of the hypotheses given.",
            way_on=f"Name one of: {', '.join(hypotheses)}.",
        )
    return hypotheses[name]


def _by_locus(evidence: Evidence) -> Mapping[Locus, AtLocus]:
    return evidence.genotypes if isinstance(evidence, Reference) else evidence.by_locus


def _alleles(at_locus: AtLocus) -> Iterable[Allele]:
    return at_locus.alleles if isinstance(at_locus, Genotype) else alleles_named(at_locus)


def _loci(profiles: Mapping[str, Evidence]) -> list[Locus]:
    return list(dict.fromkeys(locus for e in profiles.values() for locus in _by_locus(e)))


def _at(locus: Locus, profiles: Mapping[str, Evidence]) -> dict[str, AtLocus]:
    by_person = ((id, _by_locus(evidence).get(locus)) for id, evidence in profiles.items())
    return {id: value for id, value in by_person if value is not None}


def _without(profiles: Mapping[str, Evidence], refused: Iterable[_Refused]) -> dict[str, Evidence]:
    """Profiles without the loci refused."""
    everybody = {item.locus for item in refused if not item.person}
    of_one = {(item.person, item.locus) for item in refused if item.person}
    if not everybody and not of_one:
        return dict(profiles)

    def keeps(id: str, locus: Locus) -> bool:
        return locus not in everybody and (id, locus) not in of_one

    usable: dict[str, Evidence] = {}
    for id, evidence in profiles.items():
        if isinstance(evidence, Reference):
            genotypes = {at: g for at, g in evidence.genotypes.items() if keeps(id, at)}
            usable[id] = replace(evidence, genotypes=genotypes)
        else:
            by_locus = {at: value for at, value in evidence.by_locus.items() if keeps(id, at)}
            usable[id] = replace(evidence, by_locus=by_locus)
    return usable


def _told(refused: Iterable[_Refused]) -> list[NotWeighed]:
    return [NotWeighed(f"{item.person} {item.locus}".strip(), item.reason) for item in refused]
