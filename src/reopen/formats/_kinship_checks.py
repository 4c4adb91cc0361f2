"""What must fit together across a file of pedigrees: people, sexes, alleles and populations.

Not here: rules of single records (`records`), and how well genotypes fit a pedigree (`weigh`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

from reopen.errors import InvalidRecord
from reopen.formats._kinship_assembly import Assembly
from reopen.records import Locus, Member, Population, Sex

AMEL = Locus("AMEL")


def same_people(found: Assembly) -> None:
    """Every hypothesis holds every typed person: elsewhere unrelated, which is said."""
    for name, pedigree in found.hypotheses.items():
        absent: dict[str, Member] = {}
        for other in found.hypotheses.values():
            for id in other.ids:
                if found.typed.get(id) and id not in pedigree:
                    absent.setdefault(id, Member(id, other.sex(id)))
        if absent:
            found.hypotheses[name] = replace(
                pedigree, members=(*pedigree.members, *absent.values())
            )
            found.notices.append(
                f"{name}: {', '.join(absent)} added as unrelated, since every hypothesis is "
                "about the same typed people."
            )


def check_known(found: Assembly) -> None:
    known = {id for pedigree in found.pedigrees for id in pedigree.ids} | set(found.remains)
    unknown = [id for id in found.typed if id not in known]
    if unknown:
        raise InvalidRecord(
            f"{unknown[0]} has a profile and is in no pedigree.",
            rule="Typed people are members of a pedigree, or remains.",
            way_on=f"Correct the name, or add {unknown[0]} to a pedigree.",
        )
    errors = found.typing_error if isinstance(found.typing_error, Mapping) else {}
    for what, people in (("Dropout", found.dropout), ("A typing error", errors)):
        for person in people:
            if person not in known:
                raise InvalidRecord(
                    f"{what} of {person}, who is in no pedigree.",
                    rule=f"{what} is given for members of a pedigree and for remains.",
                    way_on="Correct the name.",
                )


def check_names(found: Assembly) -> None:
    """A missing person is of one family, and remains have names of their own."""
    missing = [id for _, _, sought in found.families for id in sought]
    twice = next((id for id, n in Counter(missing).items() if n > 1), None)
    if twice is not None:
        raise InvalidRecord(
            f"{twice} is missing from two families.",
            rule="A missing person is a member of one family.",
            way_on="Join the families, or give two people two names.",
        )
    members = {id for pedigree in found.pedigrees for id in pedigree.ids}
    both = next((id for id in found.remains if id in members), None)
    if both is not None:
        raise InvalidRecord(
            f"{both} is among the remains and in a pedigree.",
            rule="Remains have a name of their own.",
            way_on="Call the remains by their number or their place.",
        )


def check_sexes(found: Assembly) -> None:
    """Of typed people: an untyped name may stand for another person in another pedigree."""
    for person in dict.fromkeys((*found.typed, *found.remains)):
        sexes = _sexes(found, person)
        if len(sexes) > 1:
            raise InvalidRecord(
                f"{person} is male in one place and female in another.",
                rule="A person is of one sex in the whole file.",
                way_on="Correct the sex, or give two people two names.",
            )
        _check_amelogenin(found, person, sexes)
        if Sex.MALE in sexes:
            _check_one_x(found, person)


def _sexes(found: Assembly, person: str) -> set[Sex]:
    said = {pedigree.sex(person) for pedigree in found.pedigrees if person in pedigree}
    return (said | {found.remains.get(person, Sex.UNKNOWN)}) - {Sex.UNKNOWN}


def _check_amelogenin(found: Assembly, person: str, said: set[Sex]) -> None:
    typed_as = found.typed.get(person, {}).get(AMEL)
    if typed_as is None or not set(typed_as.alleles) <= {"X", "Y"}:
        return
    typed = Sex.MALE if "Y" in typed_as.alleles else Sex.FEMALE
    if said and typed not in said:
        found.notices.append(
            f"{person} is {min(said)}, but amelogenin is {typed_as}: a wrong sex, a swapped "
            "sample, or a deletion at amelogenin."
        )
    if person in found.remains and not said:
        found.remains[person] = typed
        found.notices.append(f"{person}: {typed}, from amelogenin {typed_as}.")


def _check_one_x(found: Assembly, person: str) -> None:
    for locus in found.x_linked:
        found.partial.get(person, set()).discard(locus)
        typed_as = found.typed.get(person, {}).get(locus)
        if typed_as is not None and not typed_as.is_homozygous:
            raise InvalidRecord(
                f"{person}, male, is typed {typed_as} at {locus} on the X chromosome.",
                rule="A man has one X chromosome.",
                way_on="Correct the sex or the genotype, or say that the locus is autosomal.",
            )


def tell_alleles(found: Assembly, population: Population | None) -> None:
    """Alleles that the population does not list, and loci that it does not have."""
    if population is None:
        return
    by_locus = population.frequencies.by_locus
    unlisted: dict[str, list[str]] = {}
    for person, genotypes in found.typed.items():
        for locus, typed_as in genotypes.items():
            for label in dict.fromkeys(typed_as.alleles):
                if locus in by_locus and label not in by_locus[locus]:
                    unlisted.setdefault(f"{locus} {label}", []).append(person)
    for at, people in unlisted.items():
        found.notices.append(
            f"{at} (of {', '.join(people)}) is not in {population.name}: it is given the "
            f"frequency {population.floor:g}."
        )
