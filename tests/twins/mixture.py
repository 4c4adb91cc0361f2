"""The mixture likelihood as it stands in the papers: a sum over all joint genotypes.

Slow on purpose, and written without the package's own arithmetic: only its records are used. The
heart is `ln_marker`; the rest says what a genotype's probability and a peak's density are.

Sources: Cowell, Graversen, Lauritzen and Mortera 2015 (heights, stutter, drop-out); Bleka, Storvik
and Gill 2016 (degradation, drop-in, theta, relatives); Balding and Nichols 1994 (draws); filters,
cut-off and efficiency: docs/methods.md. Twin of: kernels/mixtures.py with weigh/encode.py.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations_with_replacement, product
from math import exp, inf, lgamma, log

from scipy.special import gammainc, hyp1f1

from reopen.records import REST, Kit, Locus, Population, Proposition, Reference, Stain
from reopen.weigh.model import PeakModel, PeakParameters
from reopen.weigh.named_settings import named_settings

Pair = tuple[str, ...]  # a person's alleles at the marker: two, or three of a tri-allelic person


def ln_marker(scene: Scene) -> float:
    """ln P(heights): each joint genotype's probability times the heights' density, added up."""
    terms = [log(prior) + ln_heights(scene, people) for people, prior in joint_genotypes(scene)]
    return ln_sum(terms)


def ln_by_genotype(scene: Scene, contributor: int) -> dict[Pair, float]:
    """ln P(heights, this contributor has the genotype), the others summed over."""
    terms: dict[Pair, list[float]] = {}
    for people, prior in joint_genotypes(scene):
        terms.setdefault(people[contributor], []).append(log(prior) + ln_heights(scene, people))
    return {genotype: ln_sum(found) for genotype, found in terms.items()}


def ln_sum(terms: list[float]) -> float:
    top = max(terms)
    return top if top == -inf else top + log(sum(exp(term - top) for term in terms))


# What is known of the marker before any parameter is.


@dataclass
class Scene:
    """One locus of a stain, a proposition, and parameters."""

    stain: Stain
    locus: Locus
    proposition: Proposition
    population: Population
    kit: Kit | None
    model: PeakModel
    parameters: PeakParameters

    def __post_init__(self) -> None:
        typed = [r.peaks[self.locus] for r in self.stain.replicates if self.locus in r.peaks]
        at = self.setting("threshold_rfu")
        self.heights = [
            {p.allele: p.height_rfu for p in peaks if p.height_rfu >= at} for peaks in typed
        ]
        seen = {a for heights in self.heights for a in heights}
        self.numeric = all(step(a, 1) is not None for a in seen)
        table = dict(self.population.frequencies.by_locus[self.locus])
        cutoff = self.setting("locus_cutoff")
        self.cutoffs = [max(at, cutoff * max(h.values(), default=0)) for h in self.heights]
        self.removed = [
            self._removed(heights, limit, table)
            for heights, limit in zip(self.heights, self.cutoffs, strict=True)
        ]
        self.alleles = sorted(seen.union(*self.removed))
        for a in self.alleles:
            if not table.get(a, 0) > 0:
                table[a] = self.population.floor
        total = sum(table.values()) if self.population.rescale and self.alleles else 1
        self.frequency = {a: table[a] / total for a in self.alleles}
        rest = 1 - sum(self.frequency.values())
        if rest > 1e-12:
            self.frequency[REST] = rest
        self.places = list(self.frequency)
        for a in self.alleles:
            for child in self.children(a).values():
                if child not in self.places:
                    self.places.append(child)

    def _removed(
        self, heights: dict[str, float], limit: float, table: dict[str, float]
    ) -> dict[str, float]:
        """Listed alleles that a stutter filter may have removed, and below which height."""
        found: dict[str, float] = {}
        for parent, height in heights.items():
            if self.setting("filters_of_highest") and height < max(heights.values()):
                continue
            for by, name in ((-1, "back_filter"), (1, "forward_filter")):
                child, reach = step(parent, by), self.setting(name) * height
                if reach > limit and child not in heights and table.get(child, 0) > 0:
                    found[child] = max(reach, found.get(child, 0))
        return found

    def setting(self, name: str) -> float:
        value = named_settings(self.model)[name]
        return value if isinstance(value, float | int) else value[self.locus]

    @property
    def relates_last_two(self) -> bool:
        """EuroForMix's way with a relative who was not typed at the marker."""
        return self.model.conventions.untyped_relative == "last two"

    @property
    def theta(self) -> float:
        return self.population.theta_at(self.locus)

    def children(self, allele: str) -> dict[int, str]:
        """Where an allele stutters to: -1 and +1, if the model says so."""
        if allele == REST or not self.numeric:
            return {}
        steps = [-1] * self.model.stutter.back + [1] * self.model.stutter.forward
        return {by: step(allele, by) for by in steps}

    def length(self, place: str) -> float:
        """(size - 125) / 100 of a listed allele; of the rest, the kit's largest or the mean."""
        if not self.model.degradation:
            return 0.0
        sizes = self.kit.marker(self.locus).sizes_bp
        if place != REST:
            return (sizes[place.split("_")[0]] - 125) / 100
        table = self.population.frequencies.by_locus[self.locus]
        unseen = {a: f for a, f in table.items() if a not in self.alleles}
        if self.model.conventions.rest_size == "largest" or not sum(unseen.values()):
            return (max(sizes.values()) - 125) / 100
        mean = sum(f * sizes[a.split("_")[0]] for a, f in unseen.items()) / sum(unseen.values())
        return (mean - 125) / 100

    def typed(self, person: Reference | None) -> Pair | None:
        """A person's alleles as the marker tells them apart; None where not typed."""
        if person is None or self.locus not in person.genotypes:
            return None
        labels = person.genotypes[self.locus].alleles
        labels = labels * 2 if len(labels) == 1 else labels
        return tuple(a if a in self.alleles else REST for a in labels)


def step(allele: str, by: int) -> str | None:
    """One whole repeat up or down: 9.3 to 10.3; in both numbers of an LUS name. None for text."""
    moved = []
    for number in allele.split("_")[:2]:
        whole, point, bases = number.partition(".")
        if not whole.isdigit():
            return None
        moved.append(f"{int(whole) + by}{point}{bases}")
    return "_".join(moved + allele.split("_")[2:])


# Genotype probabilities (mixture model, section 6).


def joint_genotypes(scene: Scene) -> Iterator[tuple[tuple[Pair, ...], float]]:
    """Everybody's genotypes with their probability, given the people who were typed."""
    people = scene.proposition.contributors
    known = [scene.typed(c.reference) for c in people]
    unknown = [k for k, genotype in enumerate(known) if genotype is None]
    pairs = list(combinations_with_replacement(scene.frequency, 2))
    for drawn in product(pairs, repeat=len(unknown)):
        genotypes = list(known)
        counts = typed_counts(scene)
        probability = 1.0
        before: Pair | None = None
        for k, pair in zip(unknown, drawn, strict=True):
            relative = None
            if people[k].relation.ibd[0] < 1 and not people[k].is_known:
                to = people[k].related_to
                relative = before if to is None else scene.typed(to)
                if relative is None and scene.relates_last_two:
                    relative = before
            probability *= genotype_probability(
                scene, pair, counts, people[k].relation.ibd, relative
            )
            counts.update(pair)
            genotypes[k] = before = pair
        if probability > 0:
            yield tuple(genotypes), probability


def typed_counts(scene: Scene) -> Counter[str]:
    """Alleles of all typed people, each person once."""
    proposition = scene.proposition
    people = [*proposition.known, *proposition.non_contributors]
    people += [c.related_to for c in proposition.contributors if c.related_to]
    counts: Counter[str] = Counter()
    for person in {p.id: p for p in people}.values():
        alleles = scene.typed(person) or ()
        if len(alleles) == 3:
            distinct = list(dict.fromkeys(alleles))
            alleles = distinct * 2 if len(distinct) == 1 else distinct
        counts.update(alleles)
    return counts


def genotype_probability(
    scene: Scene,
    pair: Pair,
    counts: Counter[str],
    ibd: tuple[float, float, float],
    relative: Pair | None,
) -> float:
    """P(an unknown person's genotype | all alleles so far, and a relative's by descent)."""
    a, b = pair
    twice = 1 if a == b else 2
    unrelated = twice * draw(scene, a, counts) * draw(scene, b, counts + Counter([a]))
    if relative is None:
        return unrelated
    k0, k1, k2 = ibd
    one = 0.0
    for shared in relative:
        if shared in pair:
            other = b if shared == a else a
            one += draw(scene, other, counts) / 2
    same = sorted(pair) == sorted(relative)
    return k0 * unrelated + k1 * one + k2 * same


def draw(scene: Scene, allele: str, counts: Counter[str]) -> float:
    """P(next allele | those seen). Source: Balding and Nichols 1994."""
    theta, n = scene.theta, counts.total()
    return (counts[allele] * theta + (1 - theta) * scene.frequency[allele]) / (1 + (n - 1) * theta)


# Heights (mixture model, sections 4 and 5).


def ln_heights(scene: Scene, people: tuple[Pair, ...]) -> float:
    """ln density of all replicates' heights given everybody's genotypes."""
    expected, reached = expectations(scene, people)
    p = scene.parameters
    scale = p.height_rfu * p.variability**2
    pc, rate = scene.setting("dropin_probability"), scene.setting("dropin_rate")
    total = 0.0
    for seen, cutoff, removed in zip(scene.heights, scene.cutoffs, scene.removed, strict=True):
        dropins = 0
        for place in scene.places:
            alpha = expected.get(place, 0) / p.variability**2
            if place in reached and place in seen:
                total += ln_density(seen[place], alpha, scale)
            elif place in reached:
                total += ln_below(removed.get(place, cutoff), alpha, scale)
            elif place in seen:
                dropins += 1
                excess = seen[place] - scene.setting("threshold_rfu")
                chance = pc * scene.frequency[place] * rate
                total += log(chance) - rate * excess if chance > 0 else -inf
        if dropins == 0:
            total += log(1 - pc)
    return total


def expectations(scene: Scene, people: tuple[Pair, ...]) -> tuple[dict[str, float], set[str]]:
    """Expected height over mu at each place, and the places that anybody's DNA can reach."""
    p = scene.parameters
    shares = {-1: p.back_stutter, 1: p.forward_stutter}
    expected: Counter[str] = Counter()
    reached = set()
    for proportion, alleles in zip(p.proportions, people, strict=True):
        for number, allele in enumerate(alleles):
            amount = proportion * p.degradation ** scene.length(allele)
            amount *= scene.setting("locus_efficiency")
            children = scene.children(allele)
            expected[allele] += amount * (1 - sum(shares[by] for by in children))
            reached.add(allele)
            if (
                number == 2
                and scene.model.stutter.forward
                and not scene.model.conventions.third_allele_stutters
            ):
                continue  # EuroForMix: it loses its stutter, which arrives nowhere
            for by, child in children.items():
                expected[child] += amount * shares[by]
                reached.add(child)
    return expected, reached


def ln_density(height: float, alpha: float, scale: float) -> float:
    """ln gamma density."""
    if alpha == 0:
        return -inf
    return (alpha - 1) * log(height) - height / scale - alpha * log(scale) - lgamma(alpha)


def ln_below(height: float, alpha: float, scale: float) -> float:
    """ln gamma distribution function; by its confluent form where it is tiny (DLMF 8.5.1)."""
    if alpha == 0:
        return 0.0
    x = height / scale
    below = gammainc(alpha, x)
    if below > 1e-200:
        return log(below)
    return alpha * log(x) - x - lgamma(alpha + 1) + log(hyp1f1(1, alpha + 1, x))
