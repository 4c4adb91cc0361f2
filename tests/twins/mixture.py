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
        own = tuple(sorted(scene.coded(people[contributor])))
        terms.setdefault(own, []).append(log(prior) + ln_heights(scene, people))
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
        table = dict(self.population.frequencies.by_locus[self.locus])
        cutoff = self.setting("locus_cutoff")
        self.cutoffs = [max(at, cutoff * max(h.values(), default=0)) for h in self.heights]
        self.removed = [
            self._removed(heights, limit, table)
            for heights, limit in zip(self.heights, self.cutoffs, strict=True)
        ]
        self.apart = self.model.conventions.unseen_alleles == "apart"
        self.alleles = sorted(seen.union(*self.removed))
        self.numeric = all(step(a, 1) is not None for a in self.alleles)
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

    @property
    def alike(self) -> float:
        """P(two unseen alleles of a person are the same | both unseen)."""
        if not self.apart:
            return 1.0
        table = self.population.frequencies.by_locus[self.locus]
        unseen = [f for a, f in table.items() if a not in self.alleles and f > 0]
        if len(unseen) < 2:
            return 1.0
        share = [self.frequency[REST] * f / sum(unseen) for f in unseen]
        both = [[p * (1 - self.theta) * q for q in share] for p in share]
        for k, p in enumerate(share):
            both[k][k] += p * self.theta
        return sum(both[k][k] for k in range(len(share))) / sum(map(sum, both))

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

    def children(self, allele: str) -> dict[str, str]:
        """Kind of stutter -> where it stands, if the model says so."""
        if allele == REST or not self.numeric:
            return {}
        found = {
            "back": step(allele, -1),
            "forward": step(allele, 1),
            "double_back": step(allele, -2),
            "two_base": two_bases_below(allele),
        }
        return {
            kind: child
            for kind, child in found.items()
            if getattr(self.model.stutter, kind) and child and self.rate(kind, allele) > 0
        }

    def rate(self, kind: str, allele: str) -> float:
        """How much more than the mean this allele stutters: a setting."""
        return self.model.stutter.relative(kind, self.locus, allele)

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
        """A person's alleles, as the marker tells them apart if all unseen ones are one; None where
        not typed."""
        if person is None or self.locus not in person.genotypes:
            return None
        labels = person.genotypes[self.locus].alleles
        labels = labels * 2 if len(labels) == 1 else labels
        return labels if self.alike < 1 else self.coded(labels)

    def coded(self, labels: Pair) -> Pair:
        """Alleles as the marker tells them apart."""
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


def two_bases_below(allele: str) -> str | None:
    """Half of a repeat of four down: 14 to 13.2, 13.2 to 13."""
    whole, _, bases = allele.partition(".")
    if "_" in allele or not whole.isdigit():
        return None
    left = 4 * int(whole) + int(bases or 0) - 2
    return f"{left // 4}.{left % 4}" if left % 4 else str(left // 4)


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
        for k, pair in zip(unknown[:-1], drawn, strict=False):
            probability *= genotype_probability(scene, pair, counts)
            counts.update(pair)
            genotypes[k] = before = pair
        if not unknown:
            yield tuple(genotypes), probability
            continue
        last = people[unknown[-1]]
        relative = None
        if last.relation.ibd[0] < 1 and not last.is_known:
            relative = before if last.related_to is None else scene.typed(last.related_to)
            if relative is None and scene.relates_last_two:
                relative = before
        for own, way in by_descent(scene, drawn[-1], counts, last.relation.ibd, relative):
            if way > 0:
                yield (
                    (*genotypes[: unknown[-1]], own, *genotypes[unknown[-1] + 1 :]),
                    (probability * way),
                )


def typed_counts(scene: Scene) -> Counter[str]:
    """Alleles of all typed people, each person once."""
    proposition = scene.proposition
    people = [*proposition.known, *proposition.non_contributors]
    people += [c.related_to for c in proposition.contributors if c.related_to]
    counts: Counter[str] = Counter()
    for person in {p.id: p for p in people}.values():
        alleles = scene.coded(scene.typed(person) or ())
        if len(alleles) == 3:
            distinct = list(dict.fromkeys(alleles))
            alleles = distinct * 2 if len(distinct) == 1 else distinct
        counts.update(alleles)
    return counts


def genotype_probability(scene: Scene, pair: Pair, counts: Counter[str]) -> float:
    """P(an unrelated unknown person's genotype | all alleles so far)."""
    a, b = pair
    twice = 1 if a == b else 2
    return twice * draw(scene, a, counts) * draw(scene, b, counts + Counter([a]))


def by_descent(
    scene: Scene,
    pair: Pair,
    counts: Counter[str],
    ibd: tuple[float, float, float],
    relative: Pair | None,
) -> Iterator[tuple[Pair, float]]:
    """The ways in which an unknown person comes by a genotype, each with the alleles it leaves:
    drawn ones, and those shared with a relative by name, whether seen in the stain or not."""
    unrelated = genotype_probability(scene, pair, counts)
    if relative is None:
        yield pair, unrelated
        return
    k0, k1, k2 = ibd
    yield pair, k0 * unrelated
    for shared in relative:
        (code,) = scene.coded((shared,))
        if code in pair:
            other = pair[1] if pair[0] == code else pair[0]
            yield (shared, other), k1 / 2 * draw(scene, other, counts)
    if sorted(pair) == sorted(scene.coded(relative)):
        yield relative, k2


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
    return total + (ln_unseen(scene, people) if scene.alike < 1 else 0.0)


def ln_unseen(scene: Scene, people: tuple[Pair, ...]) -> float:
    """ln P(no peak of any unseen allele): each is an allele of its own, but for two of one person
    that are the same. Not for two unknown relatives, who may have one unseen allele in common."""
    p = scene.parameters
    scale = p.height_rfu * p.variability**2
    total = 0.0
    for proportion, alleles in zip(p.proportions, people, strict=True):
        amount = proportion * p.degradation ** scene.length(REST)
        alpha = amount * scene.setting("locus_efficiency") / p.variability**2
        one = sum(ln_below(limit, alpha, scale) for limit in scene.cutoffs)
        two = sum(ln_below(limit, 2 * alpha, scale) for limit in scene.cutoffs)
        for allele, copies in Counter(a for a in alleles if a not in scene.alleles).items():
            if copies == 1:
                total += one
            elif allele != REST:
                total += two
            else:
                same, apart = scene.alike, 1 - scene.alike
                total += ln_sum([log(same) + two, log(apart) + 2 * one])
    return total


def expectations(scene: Scene, people: tuple[Pair, ...]) -> tuple[dict[str, float], set[str]]:
    """Expected height over mu at each place, and the places that anybody's DNA can reach."""
    p = scene.parameters
    expected: Counter[str] = Counter()
    reached = set()
    for proportion, alleles in zip(p.proportions, people, strict=True):
        for number, allele in enumerate(alleles):
            if scene.alike < 1 and allele not in scene.alleles:
                continue
            amount = proportion * p.degradation ** scene.length(allele)
            amount *= scene.setting("locus_efficiency")
            children = scene.children(allele)
            lost = {k: p.stutter[k] * scene.rate(k, allele) for k in children}
            expected[allele] += amount * (1 - sum(lost.values()))
            reached.add(allele)
            if (
                number == 2
                and scene.model.stutter.forward
                and not scene.model.conventions.third_allele_stutters
            ):
                continue  # EuroForMix: it loses its stutter, which arrives nowhere
            for kind, child in children.items():
                expected[child] += amount * lost[kind]
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
