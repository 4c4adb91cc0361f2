"""The invented cold-case unit: people, stains and who really left them.

For `reopen demo`, documentation, tests and benchmarks. Everybody in it is drawn by the simulator.
Not for: validating the program; the unit is drawn from the model that weighs it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

import numpy as np

from reopen.faces.workbench import demo_files, demo_missing
from reopen.faces.workbench.demo_missing import FAMILY, Missing, draw_missing
from reopen.faces.workbench.demo_scenes import BYSTANDER, KITS, OFFENDER, STAFF, Scene, scenes
from reopen.formats import library
from reopen.records import (
    End,
    Kit,
    Link,
    LinkKind,
    Locus,
    Peak,
    Population,
    Purpose,
    Reference,
    Stain,
)
from reopen.weigh.model import Dropin, PeakModel, PeakParameters
from reopen.weigh.simulate import draw_family, draw_reference, draw_references, draw_stain

POPULATION = "NIST 1036 Caucasian"
LABORATORY = PeakModel(threshold_rfu=50.0, dropin=Dropin(0.02, 0.02))
BACK_STUTTER = 0.06

_DATABASE = tuple(f"DB-{number:04d}" for number in range(1, 1001))
_BY_RELATION = (LinkKind.STAIN_RELATIVE, LinkKind.REMAINS_RELATIVE)
_STAFF = tuple(f"Staff-{number:02d}" for number in range(1, 41))


@dataclass(frozen=True, slots=True)
class Contribution:
    """One person's part in a stain, as it truly was."""

    stain: str
    person: str
    role: str
    proportion: float


@dataclass(frozen=True, slots=True)
class DemoUnit:
    """An invented unit: what the laboratory holds, and the truth behind it.

    stains        typed stains, one for each unsolved case
    database, victims, staff   references on file, each typed with one kit
    people        everybody, typed at all loci; who is on file has the same id there
    truth         who contributed to which stain
    series_donor  left the fourteen joined stains; not on file
    brother       the series donor's full brother, in the database
    missing       a man and an infant, the man's remains, and children, one of whom is the infant
    """

    seed: int
    kits: tuple[Kit, ...]
    stains: tuple[Stain, ...]
    database: tuple[Reference, ...]
    victims: tuple[Reference, ...]
    staff: tuple[Reference, ...]
    people: tuple[Reference, ...]
    truth: tuple[Contribution, ...]
    series_donor: str
    brother: str
    missing: Missing

    def stains_of(self, person: str) -> tuple[str, ...]:
        """Stains that a person contributed to."""
        return tuple(c.stain for c in self.truth if c.person == person)

    @property
    def on_file(self) -> frozenset[str]:
        """Ids of everybody with a reference."""
        people = (*self.database, *self.victims, *self.staff, *self.missing.children)
        return frozenset(r.id for r in people)

    @property
    def series(self) -> tuple[tuple[str, ...], ...]:
        """Stains joined by an offender who left more than one, the largest series first."""
        offenders = dict.fromkeys(c.person for c in self.truth if c.role == OFFENDER)
        joined = (self.stains_of(person) for person in offenders)
        return tuple(sorted((s for s in joined if len(s) > 1), key=len, reverse=True))

    def people_of(self, end: End) -> frozenset[str]:
        """Who a link's end is: the contributors to a stain, the person on file, the missing."""
        if end.member:
            return frozenset({self.missing.truth[end.member]})
        inside = frozenset(c.person for c in self.truth if c.stain == end.profile)
        return inside or frozenset({end.profile})

    def is_true(self, link: Link) -> bool:
        """One person is at both ends or, of a link by relation, two relatives are."""
        one, other = self.people_of(link.one), self.people_of(link.other)
        if link.kind not in _BY_RELATION:
            return bool(one & other)
        related = (frozenset({self.series_donor, self.brother}), self.missing.related)
        return any(frozenset({a, b}) in related for a in one for b in other)

    def judged(self, links: Iterable[Link]) -> tuple[tuple[Link, ...], tuple[Link, ...]]:
        """Links that are true, and those that are not."""
        sorts: tuple[list[Link], list[Link]] = ([], [])
        for link in links:
            sorts[not self.is_true(link)].append(link)
        return tuple(sorts[0]), tuple(sorts[1])

    @property
    def contamination(self) -> Contribution:
        """The staff member in a stain."""
        return next(c for c in self.truth if c.role == STAFF)


def demo_unit(seed: int = 1978) -> DemoUnit:
    """Invent a unit: 57 cases from 1978 to 2009, a database of 1,000 and 40 staff.

    Fourteen cases are one donor's, who is not on file while a full brother is; three and two
    others are two more donors'; three offenders are in the database; one stain holds a staff
    member. A family misses a man and an infant; there are remains, and children of unknown
    parents. The same seed gives the same unit.
    """
    return _Invention(seed).unit()


def write_demo_unit(unit: DemoUnit, folder: Path) -> tuple[Path, ...]:
    """Write the unit's files as a laboratory would have them, with the truth beside them.

    Stains as GeneMapper tables (one for each kit, with ladder and controls), the database as a
    SmartRank table, victims as an EuroForMix table, staff and children as tables of one row each,
    the family and the remains as a pedigree file.
    Returns the files written. Raises OSError where the folder cannot be written to.
    """
    on_file = unit.on_file
    truth = [
        (c.stain, c.person, c.role, f"{c.proportion:g}", "yes" if c.person in on_file else "no")
        for c in unit.truth
    ]
    texts = {
        "README.txt": _readme(unit),
        "laboratory.toml": demo_files.settings_table(LABORATORY),
        "database.csv": demo_files.wide_table(unit.database, "specimenId"),
        "staff.csv": demo_files.wide_table(unit.staff, "Name"),
        "truth.csv": demo_files.csv_text(
            [("stain", "person", "role", "proportion", "on file"), *truth]
        ),
        "victims.csv": demo_files.euroformix_table(unit.victims),
        "children.csv": demo_files.wide_table(unit.missing.children, "Name"),
        "families.toml": demo_missing.families_file(unit.missing),
        "truth-missing.csv": demo_missing.truth_table(unit.missing),
    }
    rng = np.random.default_rng([unit.seed, 1])
    for kit in unit.kits:
        stains = [stain for stain in unit.stains if stain.kit == kit.name]
        name = f"stains-{kit.name.lower().replace(' ', '-')}.txt"
        texts[name] = demo_files.genemapper_table(stains, kit, _positive_control(rng, kit))
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8", newline="")
    return tuple(folder / name for name in texts)


class _Invention:
    """Draws the unit step by step from one generator."""

    def __init__(self, seed: int):
        self.seed = seed
        self.rng = np.random.default_rng(seed)
        self.kits = {name: library.kit(name) for name in KITS}
        self.population = Population(library.population(POPULATION))
        self.loci = _loci(self.kits.values(), self.population)
        self.people: dict[str, Reference] = {}
        self.victims: list[Reference] = []
        self.stains: list[Stain] = []
        self.truth: list[Contribution] = []

    def unit(self) -> DemoUnit:
        names = (f"U-{number:02d}" for number in count(1))  # the offenders nobody knows
        donor, brother = next(names), str(self.rng.choice(_DATABASE))
        self._draw_brothers(donor, brother)
        self._draw(_DATABASE, Purpose.DATABASE)
        self._draw(_STAFF, Purpose.STAFF)
        kits = self.rng.choice(KITS, size=len(_DATABASE), p=(0.3, 0.4, 0.3)).tolist()
        others = [name for name in _DATABASE if name != brother]
        for number, scene in enumerate(scenes(self.rng, donor, others, names), start=1):
            self._investigate(number, scene)
        return DemoUnit(
            seed=self.seed,
            kits=tuple(self.kits.values()),
            stains=tuple(self.stains),
            database=tuple(map(self._typed, _DATABASE, kits)),
            victims=tuple(self.victims),
            staff=tuple(self._typed(name, KITS[-1]) for name in _STAFF),
            people=tuple(self.people.values()),
            truth=tuple(self.truth),
            series_donor=donor,
            brother=brother,
            missing=draw_missing(self.seed, self.population, self._missing_loci),
        )

    @property
    def _missing_loci(self) -> tuple[Locus, ...]:
        return _loci([self.kits[KITS[-1]]], self.population)

    def _draw_brothers(self, donor: str, brother: str) -> None:
        family = draw_family(
            self.rng, self.population, "father", "mother", (donor, brother), loci=self.loci
        )
        for child, purpose in zip(
            family.children, (Purpose.UNIDENTIFIED, Purpose.DATABASE), strict=True
        ):
            self.people[child.id] = replace(child, purpose=purpose)

    def _draw(self, ids: Sequence[str], purpose: Purpose) -> None:
        """Unrelated people under these ids, where nobody goes by them yet."""
        new = [id for id in ids if id not in self.people]
        drawn = draw_references(self.rng, self.population, new, loci=self.loci, purpose=purpose)
        self.people.update((person.id, person) for person in drawn)

    def _investigate(self, number: int, scene: Scene) -> None:
        """Type the stain and the victim of a case, and record who was in it."""
        case, victim = f"K-{scene.year}-{number:03d}", f"V-{number:03d}"
        second = str(self.rng.choice(_STAFF)) if scene.second == STAFF else victim
        cast = zip(
            (scene.offender, second, f"B-{number:03d}"),
            (OFFENDER, scene.second, BYSTANDER),
            scene.shares,
            strict=False,
        )
        parts = [Contribution(f"{case}-A1", person, role, share) for person, role, share in cast]
        self._draw([victim], Purpose.VICTIM)
        self._draw([part.person for part in parts], Purpose.UNIDENTIFIED)
        stain = draw_stain(
            self.rng,
            [self.people[part.person] for part in parts],
            self.population,
            self.kits[scene.kit],
            PeakParameters(
                scene.shares, scene.height_rfu, scene.variability, scene.degradation, BACK_STUTTER
            ),
            LABORATORY,
            id=f"{case}-A1",
            case=case,
        )
        self.victims.append(self._typed(victim, scene.kit))
        self.stains.append(_as_read(stain))
        self.truth += parts

    def _typed(self, name: str, kit: str) -> Reference:
        """A person's profile as a kit shows it."""
        person = self.people[name]
        loci = _loci([self.kits[kit]], self.population)
        return replace(person, genotypes={at: person.genotypes[at] for at in loci}, kit=kit)


def _loci(kits: Iterable[Kit], population: Population) -> tuple[Locus, ...]:
    """Autosomal loci of the kits that the population has, in the kits' order."""
    known = population.frequencies.by_locus
    typed = (m.locus for kit in kits for m in kit.markers if m.kind == "autosomal")
    return tuple(dict.fromkeys(locus for locus in typed if locus in known))


def _as_read(stain: Stain) -> Stain:
    """The stain as an instrument's table gives it: whole RFU, sizes to 0.01 bp."""

    def read(peak: Peak) -> Peak:
        assert peak.height_rfu is not None, "drawn peaks have heights"
        assert peak.size_bp is not None, "and sizes"
        return Peak(peak.allele, float(round(peak.height_rfu)), round(peak.size_bp, 2))

    replicates = (
        replace(r, peaks={locus: tuple(map(read, peaks)) for locus, peaks in r.peaks.items()})
        for r in stain.replicates
    )
    return replace(stain, replicates=tuple(replicates))


def _positive_control(rng: np.random.Generator, kit: Kit) -> Stain:
    """One invented person's DNA, of good quality."""
    population = Population(library.population(POPULATION))
    person = draw_reference(rng, population, "control", loci=_loci([kit], population))
    parameters = PeakParameters((1.0,), 1500.0, 0.15, 0.95, BACK_STUTTER)
    return _as_read(
        draw_stain(rng, [person], population, kit, parameters, LABORATORY, id="Positive Control")
    )


def _readme(unit: DemoUnit) -> str:
    return f"""\
An invented cold-case unit. Nobody in it exists: people and stains were drawn by the simulator
of reopen with seed {unit.seed}, from the allele frequencies called {POPULATION}.

stains-*.txt   {len(unit.stains)} stains, one from each unsolved case of 1978 to 2009.
               GeneMapper tables, one for each kit ({", ".join(kit.name for kit in unit.kits)}),
               with ladder and controls. Stutter peaks are left in.
               A sample's name is its case number with its own: K-1987-031-A1.
database.csv   {len(unit.database):,} people on file, each typed with one of the kits (SmartRank).
victims.csv    The victim of each case (EuroForMix).
laboratory.toml  Settings of the laboratory, for --settings.
staff.csv      {len(unit.staff)} elimination profiles of laboratory and scene staff.
families.toml  A family ({FAMILY}) that misses a man, last seen on CCTV in 2009 carrying an infant,
               and the infant. His mother and his half-sister gave samples. With it the remains of
               a John Doe found in 2016, of whose profile some alleles are lost.
children.csv   {len(unit.missing.children)} children of unknown parents, living in other families.
demo.reopen    The unit as a casefile, if `reopen demo` made these files, with its tables in
               casefile/ and its keys in demo.reopen.keys/.
truth.csv      Who really left what. Look at it last.
truth-missing.csv  Who the missing are. Look at it last.

Analytical threshold {LABORATORY.threshold_rfu:g} RFU, drop-in probability \
{LABORATORY.dropin.probability:g} a locus, back stutter {BACK_STUTTER:.0%}.
Only autosomal loci were typed.
"""
