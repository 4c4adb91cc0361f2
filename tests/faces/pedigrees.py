"""Invented pedigrees for tests of pictures and reports, and random ones with loops."""

from __future__ import annotations

from random import Random

from reopen.records import Member, Pedigree, Sex

SEX = {"m": Sex.MALE, "f": Sex.FEMALE, "u": Sex.UNKNOWN}


def pedigree(text: str, *twins: tuple[str, ...]) -> Pedigree:
    """One member a line: name, sex (m, f, u), and father and mother if they are members."""
    members = []
    for line in text.strip().splitlines():
        id, sex, *parents = line.split()
        father, mother = parents or (None, None)
        members.append(Member(id, SEX[sex], father, mother))
    return Pedigree(tuple(members), twins=twins)


TRIO = pedigree("""
    father m
    mother f
    child f father mother
""")
HALF_SIBLINGS = pedigree("""
    father m
    wife1 f
    wife2 f
    wife3 f
    a m father wife1
    b f father wife1
    c m father wife2
    d f father wife3
""")
FATHER_AND_DAUGHTER = pedigree("""
    father m
    mother f
    daughter f father mother
    son m father mother
    child m father daughter
""")
UNCLE_AND_NIECE = pedigree("""
    gf m
    gm f
    uncle m gf gm
    father m gf gm
    mother f
    niece f father mother
    child m uncle niece
""")
TWINS = pedigree(
    """
    father m
    mother f
    one m father mother
    sister f father mother
    two m father mother
    wife f
    child u one wife
    """,
    ("one", "two"),
)


def random_pedigree(seed: int) -> Pedigree:
    """Founders and children of any two people of opposite sex: half siblings, loops, incest."""
    random = Random(seed)
    members = [Member(f"p{i}", random.choice((Sex.MALE, Sex.FEMALE))) for i in range(4)]
    for i in range(4, random.randint(6, 26)):
        sex = random.choice((Sex.MALE, Sex.FEMALE))
        men = [m.id for m in members if m.sex is Sex.MALE]
        women = [m.id for m in members if m.sex is Sex.FEMALE]
        if men and women and random.random() < 0.75:
            members.append(Member(f"p{i}", sex, random.choice(men[-6:]), random.choice(women[-6:])))
        else:
            members.append(Member(f"p{i}", sex))
    random.shuffle(members)
    return Pedigree(tuple(members))
