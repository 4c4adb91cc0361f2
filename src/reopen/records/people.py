"""People and how they descend from each other: pedigrees, and the families of the missing.

Not here: probabilities of genotypes in a pedigree (`weigh.kinship`), files (`formats`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from reopen.errors import InvalidRecord, Where
from reopen.records._frozen import Frozen
from reopen.records.profiles import Reference


class Sex(StrEnum):
    FEMALE = "female"
    MALE = "male"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Member:
    """One person of a pedigree, typed or not. A founder has no parents in it."""

    id: str
    sex: Sex = Sex.UNKNOWN
    father: str | None = None
    mother: str | None = None

    def __post_init__(self) -> None:
        if not self.id.strip():
            raise InvalidRecord(
                "A pedigree member without a name.",
                rule="Every member of a pedigree has a name of its own.",
                way_on="Name the person, for instance by its place: 'grandmother'.",
            )
        if (self.father is None) != (self.mother is None):
            named = self.father or self.mother
            raise InvalidRecord(
                f"{self.id} has one parent, {named}.",
                rule="A member has both parents in the pedigree, or neither.",
                way_on="Add the other parent as an untyped member.",
            )
        if self.father is not None and self.father == self.mother:
            raise InvalidRecord(
                f"{self.id} has {self.father} as father and as mother.",
                rule="Two people are the parents of a child.",
                way_on="Correct one of the two names.",
            )

    @property
    def is_founder(self) -> bool:
        return self.father is None

    @property
    def parents(self) -> tuple[str, ...]:
        """Father and mother; empty for a founder."""
        return () if self.father is None or self.mother is None else (self.father, self.mother)


@dataclass(frozen=True, slots=True)
class Pedigree:
    """Who descends from whom. Parts without a connection are allowed: unrelated people.

    members             in any order; parents need not come first
    twins               sets of identical twins, who share both parents: one genotype, many names
    founder_inbreeding  member -> f, the probability that a founder's two alleles are identical
                        by descent; 0 for those not listed
    """

    members: tuple[Member, ...]
    name: str = ""
    twins: tuple[tuple[str, ...], ...] = ()
    founder_inbreeding: Mapping[str, float] = field(default_factory=dict)
    where: Where | None = field(default=None, compare=False)
    _by_id: Frozen[str, Member] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "members", tuple(self.members))
        object.__setattr__(self, "twins", tuple(tuple(group) for group in self.twins))
        object.__setattr__(self, "founder_inbreeding", Frozen(self.founder_inbreeding))
        object.__setattr__(self, "_by_id", Frozen((m.id, m) for m in self.members))
        self._check_names()
        self._check_parents()
        self._check_descent()
        self._check_twins()
        self._check_inbreeding()

    def __contains__(self, member: object) -> bool:
        return member in self._by_id

    def member(self, id: str) -> Member:
        """The member of that name. Raises InvalidRecord for a name that is not in the pedigree."""
        if id not in self._by_id:
            raise InvalidRecord(
                f"{id} is not in {self._called}.",
                rule="People are named as in the pedigree.",
                way_on=f"Name one of: {', '.join(self.ids)}.",
            )
        return self._by_id[id]

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(member.id for member in self.members)

    @property
    def founders(self) -> tuple[Member, ...]:
        return tuple(member for member in self.members if member.is_founder)

    def children(self, id: str) -> tuple[Member, ...]:
        """Those who have the person as a parent, in the order of the pedigree."""
        return tuple(member for member in self.members if id in member.parents)

    def sex(self, id: str) -> Sex:
        """Sex as stated or, where that is unknown, as being a father or a mother says."""
        stated = self.member(id).sex
        if stated is not Sex.UNKNOWN:
            return stated
        if any(member.father == id for member in self.members):
            return Sex.MALE
        if any(member.mother == id for member in self.members):
            return Sex.FEMALE
        return Sex.UNKNOWN

    @property
    def parents_first(self) -> tuple[Member, ...]:
        """All members, parents before their children."""
        placed: dict[str, Member] = {}
        waiting = list(self.members)
        while waiting:
            ready = [m for m in waiting if all(parent in placed for parent in m.parents)]
            placed.update((m.id, m) for m in ready)
            waiting = [m for m in waiting if m.id not in placed]
        return tuple(placed.values())

    @property
    def _called(self) -> str:
        return f"pedigree {self.name}" if self.name else "the pedigree"

    def _check_names(self) -> None:
        if not self.members:
            raise InvalidRecord(
                f"No member in {self._called}.",
                rule="A pedigree has at least one member.",
                way_on="Name its people.",
            )
        if len(self._by_id) < len(self.members):
            ids = self.ids
            twice = next(id for id in ids if ids.count(id) > 1)
            raise InvalidRecord(
                f"{twice} stands twice in {self._called}.",
                rule="Each member has one line, with one father and one mother.",
                way_on="Keep one line, or give two people two names.",
            )

    def _check_parents(self) -> None:
        for member in self.members:
            for parent, role, sex in (
                (member.father, "father", Sex.MALE),
                (member.mother, "mother", Sex.FEMALE),
            ):
                if parent is None:
                    continue
                if parent not in self._by_id:
                    raise InvalidRecord(
                        f"{parent}, {role} of {member.id}, is not in {self._called}.",
                        rule="Both parents of a member are members themselves.",
                        way_on=f"Add {parent} as a member without parents.",
                    )
                if self._by_id[parent].sex not in (sex, Sex.UNKNOWN):
                    raise InvalidRecord(
                        f"{parent}, {role} of {member.id}, is {self._by_id[parent].sex}.",
                        rule="A father is male, a mother is female.",
                        way_on="Correct the sex, or the two parents if they were swapped.",
                    )
        both = {m.father for m in self.members} & {m.mother for m in self.members} - {None}
        if both:
            raise InvalidRecord(
                f"{min(str(id) for id in both)} is a father and a mother.",
                rule="A father is male, a mother is female.",
                way_on="Correct the parents.",
            )

    def _check_descent(self) -> None:
        placed: set[str] = set()
        waiting = {m.id for m in self.members}
        while ready := {id for id in waiting if placed.issuperset(self._by_id[id].parents)}:
            placed |= ready
            waiting -= ready
        if waiting:
            raise InvalidRecord(
                f"{_on_a_cycle(waiting, self._by_id)} would be an own ancestor.",
                rule="Nobody descends from themselves.",
                way_on="Correct the parents of one of: " + ", ".join(sorted(waiting)) + ".",
            )

    def _check_twins(self) -> None:
        listed = [id for group in self.twins for id in group]
        if len(set(listed)) < len(listed):
            raise InvalidRecord(
                "A person in two sets of identical twins.",
                rule="Identical twins form one set.",
                way_on="Join the sets.",
            )
        for group in self.twins:
            people = [self.member(id) for id in group]
            if len(people) < 2 or any(
                (p.father, p.mother) != (people[0].father, people[0].mother) for p in people
            ):
                raise InvalidRecord(
                    f"Identical twins {', '.join(group)} of {self._called}.",
                    rule="Identical twins are two people or more, of the same parents.",
                    way_on="Give them the same father and mother, or call them one person.",
                )
            if len({p.sex for p in people} - {Sex.UNKNOWN}) > 1:
                raise InvalidRecord(
                    f"Identical twins {', '.join(group)} of different sex.",
                    rule="Identical twins are of one sex.",
                    way_on="Correct the sex, or list them as brother and sister.",
                )

    def _check_inbreeding(self) -> None:
        for id, f in self.founder_inbreeding.items():
            if not self.member(id).is_founder or not 0 <= f <= 1:
                raise InvalidRecord(
                    f"Inbreeding {f} of {id}.",
                    rule="Inbreeding is a probability, given for founders; of all others it "
                    "follows from the pedigree.",
                    way_on="Give a number from 0 to 1 for a member without parents.",
                )


def _on_a_cycle(waiting: set[str], by_id: Mapping[str, Member]) -> str:
    """A member among `waiting` whose line of parents comes back to it."""
    seen: list[str] = []
    at = min(waiting)
    while at not in seen:
        seen.append(at)
        at = next(parent for parent in by_id[at].parents if parent in waiting)
    return at


@dataclass(frozen=True, slots=True)
class Family:
    """A pedigree with the profiles of its typed members and the members who are missing.

    profiles  member -> profile; members not listed are untyped
    missing   members sought among remains and stains; at least one, none of them typed
    """

    id: str
    pedigree: Pedigree
    profiles: Mapping[str, Reference]
    missing: tuple[str, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "profiles", Frozen(self.profiles))
        object.__setattr__(self, "missing", tuple(self.missing))
        for id in (*self.profiles, *self.missing):
            self.pedigree.member(id)
        if not self.missing or len(set(self.missing)) < len(self.missing):
            raise InvalidRecord(
                f"Missing people of family {self.id}: {', '.join(self.missing) or 'none'}.",
                rule="A family seeks one missing member or more, each named once.",
                way_on="Say which member of the pedigree is missing.",
            )
        typed = [id for id in self.missing if id in self.profiles]
        if typed:
            raise InvalidRecord(
                f"{typed[0]} of family {self.id} is missing and has a profile.",
                rule="A missing person's own profile is a direct reference, not a relative's.",
                way_on="File the profile (of a toothbrush, a hospital sample) as a reference, or "
                "take the person off the missing.",
            )


@dataclass(frozen=True, slots=True)
class Remains:
    """Unidentified remains, or a person who cannot say who they are.

    profile  as typed; a degraded one may lack alleles, see `dropout`
    dropout  probability that an allele of this profile was not seen; 0 for a full profile
    """

    id: str
    profile: Reference
    sex: Sex = Sex.UNKNOWN
    dropout: float = 0.0

    def __post_init__(self) -> None:
        if not 0 <= self.dropout < 1:
            raise InvalidRecord(
                f"Dropout {self.dropout} of {self.id}.",
                rule="A probability from 0 (included) to 1.",
                way_on="Use 0 for a full profile, 0.05 to 0.3 for a partial one.",
            )
