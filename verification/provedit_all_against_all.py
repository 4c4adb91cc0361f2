"""All PROVEDIt profiles against each other: how well their series give back the fifty donors.

    python -m verification.provedit_all_against_all --keep night

3,341 GlobalFiler profiles of one to five people, pristine and damaged, down to a few picograms;
number of contributors given; the laboratory's settings are those that the other half of the
profiles teaches. Links and series from log10 LR 6 on, since there are five million pairs; of each
profile the strongest links are used, as in every search (`SeriesOptions.most_links`). --keep names
a folder from which a stopped run goes on.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import combinations
from math import comb
from pathlib import Path
from time import process_time

from reopen.engine.elsewhere import done_by
from reopen.engine.local import Local
from reopen.formats import find_kit, find_population
from reopen.link import LinkOptions, LinkResult, SolvedStain, link
from reopen.link.explanations import SeriesOptions
from reopen.link.how import How
from reopen.link.series import series_of
from reopen.link.works import solve_all
from reopen.records import Kit, LinkKind, Population, Stain
from reopen.records.series import Series
from reopen.weigh.model import PeakModel
from verification.common import (
    DATA,
    RESULTS,
    Column,
    Json,
    Progress,
    made_with,
    rows,
    table,
    write_table,
)
from verification.provedit_pairs import CHOSEN, KIT, POPULATION, THETA, complete, laboratory, read

LEAST = 6.0
PERSONS = (1, 2, 3, 4, 5)


@dataclass(frozen=True, slots=True)
class Profile:
    """A profile with what is known of it."""

    stain: Stain
    donors: frozenset[str]
    model: PeakModel

    @property
    def persons(self) -> int:
        return len(self.donors)


@dataclass(frozen=True, slots=True)
class PairCount:
    """Pairs of profiles of so many people each that are linked."""

    persons: tuple[int, int]
    true: int
    found: int
    false: int
    false_found: int
    most_by_chance: float


@dataclass(frozen=True, slots=True)
class Donor:
    """What became of a donor's profiles.

    linked   of their profiles, those with a link to another of theirs
    largest  of their profiles, those in the series that holds most of them
    series   series of theirs: those of which most profiles are
    strangers  profiles in the largest that they did not leave
    """

    donor: str
    profiles: int
    linked: int
    largest: int
    series: int
    strangers: int

    @property
    def became(self) -> str:
        if not self.series:
            return "no series"
        if self.strangers:
            return "merged"
        return "whole" if self.series == 1 else "split"


def load(folder: Path) -> tuple[list[Profile], list[str]]:
    """All profiles whose name tells their donors; names of the others."""
    stains = {stain.id: complete(stain) for stain in read(folder / "peaks_long.csv.gz")}
    told = {
        row["sample"]: frozenset(row["donors"].split())
        for row in rows(folder / "samples.csv")
        if row["noc"]
    }
    known = [name for name in told if name in stains]
    halves = [[stains[name] for name in known[k::2]] for k in (0, 1)]
    models = [laboratory(halves[1 - k], find_kit(KIT))[CHOSEN] for k in (0, 1)]
    profiles = [Profile(stains[name], told[name], models[k % 2]) for k, name in enumerate(known)]
    return profiles, sorted(stains.keys() - set(known))


def solved_profiles(
    profiles: Sequence[Profile], kit: Kit, population: Population, how: How, progress: Progress
) -> tuple[dict[str, SolvedStain], dict[str, str]]:
    """Every profile taken apart, by id; the reasons of those that cannot be."""
    found: dict[str, SolvedStain] = {}
    reasons: dict[str, str] = {}
    for n in sorted({profile.persons for profile in profiles}):
        own = [profile for profile in profiles if profile.persons == n]
        for model in {id(profile.model): profile.model for profile in own}.values():
            stains = [profile.stain for profile in own if profile.model is model]
            kits = {stain.kit: kit for stain in stains}
            options = LinkOptions(contributors=n)
            solved, refused = solve_all(stains, population, kits, model, options, how, progress)
            found.update((item.stain.id, item) for item in solved)
            reasons.update((one.what, one.reason) for one in refused)
    return found, {name: why for name, why in reasons.items() if name not in found}


def pair_counts(
    profiles: Mapping[str, Profile], solved: Collection[str], result: LinkResult
) -> list[PairCount]:
    """Links of profiles by their numbers of people, beside what there was to find."""
    linked: Counter[tuple[tuple[int, int], bool]] = Counter()
    for item in result.links:
        if item.kind is LinkKind.STAIN_STAIN:
            linked[_class(profiles[item.one.profile], profiles[item.other.profile])] += 1
    alike = Counter((profiles[name].donors, profiles[name].persons) for name in solved)
    pairs: Counter[tuple[tuple[int, int], bool]] = Counter()
    for (one, n), (other, m) in combinations(alike.items(), 2):
        persons = (min(one[1], other[1]), max(one[1], other[1]))
        pairs[persons, bool(one[0] & other[0])] += n * m
    for (_, persons_of_one), n in alike.items():
        pairs[(persons_of_one, persons_of_one), True] += comb(n, 2)
    return [
        PairCount(
            persons, pairs[persons, True], linked[persons, True], pairs[persons, False],
            linked[persons, False], pairs[persons, False] * 10.0**-LEAST,
        )
        for persons in sorted({persons for persons, _ in pairs})
    ]  # fmt: skip


def _class(one: Profile, other: Profile) -> tuple[tuple[int, int], bool]:
    persons = (min(one.persons, other.persons), max(one.persons, other.persons))
    return persons, bool(one.donors & other.donors)


def donors_of(
    series: Iterable[Series], profiles: Mapping[str, Profile]
) -> dict[str, list[set[str]]]:
    """Each series' profiles, by the donor who left most of them."""
    found: dict[str, list[set[str]]] = {}
    for one in series:
        inside = {end.profile for end in one.ends}
        left = Counter(donor for name in inside for donor in profiles[name].donors)
        found.setdefault(max(sorted(left), key=left.__getitem__), []).append(inside)
    return found


def became_of(
    profiles: Mapping[str, Profile], solved: Collection[str], result: LinkResult,
    series: Sequence[Series],
) -> list[Donor]:  # fmt: skip
    linked: dict[str, set[str]] = {}
    for item in result.links:
        ends = item.one.profile, item.other.profile
        for donor in profiles[ends[0]].donors & profiles[ends[1]].donors:
            linked.setdefault(donor, set()).update(ends)
    held = donors_of(series, profiles)
    rows = []
    for donor in sorted({donor for name in solved for donor in profiles[name].donors}):
        own = {name for name in solved if donor in profiles[name].donors}
        largest = max(held.get(donor, []), key=lambda inside: len(inside & own), default=set())
        rows.append(
            Donor(
                donor, len(own), len(linked.get(donor, set())), len(largest & own),
                len(held.get(donor, [])), len(largest - own),
            )
        )  # fmt: skip
    return rows


def as_text(
    pairs: Sequence[PairCount], donors: Sequence[Donor], series: int, apart: int, refused: int
) -> str:
    first = table(
        [
            Column("people in the two", False), Column("pairs with a common donor"),
            Column("linked"), Column("pairs without"), Column("linked"),
            Column("at most by chance"),
        ],
        [
            (
                f"{r.persons[0]} and {r.persons[1]}", f"{r.true:,}",
                f"{r.found:,} ({r.found / max(r.true, 1):.1%})", f"{r.false:,}",
                f"{r.false_found:,}", f"{r.most_by_chance:.3g}",
            )
            for r in pairs
        ],
    )  # fmt: skip
    became = Counter(one.became for one in donors)
    profiles, largest = sum(d.profiles for d in donors), sum(d.largest for d in donors)
    linked = sum(d.linked for d in donors)
    said = (
        f"Of {len(donors)} donors {became['whole']} are one whole series without a stranger, "
        f"{became['split']} are split, {became['merged']} merged, {became['no series']} in none; "
        f"{series} series, {apart} groups kept apart, {refused} profiles not weighed. "
        f"{largest:,} of {profiles:,} traces are in their donor's largest series; {linked:,} have "
        "a link to another of the same donor."
    )
    second = table(
        [
            Column("donor", False), Column("profiles"), Column("linked"),
            Column("in the largest series"), Column("series"), Column("strangers in it"),
            Column("became", False),
        ],
        [
            (d.donor, f"{d.profiles}", f"{d.linked}", f"{d.largest}", f"{d.series}",
             f"{d.strangers}", d.became)
            for d in donors
        ],
    )  # fmt: skip
    return "\n\n".join((first, said, second))


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--persons", type=int, nargs="+", default=list(PERSONS))
    parser.add_argument("--keep", type=Path, help="folder of results, to go on from when stopped")
    parser.add_argument("--workers", type=int, help="processes; one for each core by default")
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the public data")
    parser.add_argument("--out", type=Path, default=RESULTS)
    asked = parser.parse_args()
    every, unnamed = load(asked.data / "provedit_gf_5s")
    profiles = {p.stain.id: p for p in every if p.persons in asked.persons}
    kit, population, progress = (
        find_kit(KIT),
        Population(find_population(POPULATION), THETA),
        Progress(),
    )
    started = process_time()
    with done_by(Local(asked.workers), asked.keep) as how:
        solved, reasons = solved_profiles(list(profiles.values()), kit, population, how, progress)
        result = link(
            [item.stain for item in solved.values()], [], population, {KIT: kit}, PeakModel(),
            LinkOptions(least_log10=LEAST, in_full=False, workers=asked.workers),
            progress=progress, solved_before=solved, how=how,
        )  # fmt: skip
    searched = process_time()
    found = series_of(
        result.links, result.stains, [], result.by_locus, SeriesOptions(least_log10=LEAST),
        progress=progress,
    )  # fmt: skip
    pairs = pair_counts(profiles, solved, result)
    donors = became_of(profiles, solved, result, found.series)
    data: dict[str, Json] = {
        "made": made_with(),
        "least_log10": LEAST,
        "persons": asked.persons,
        "profiles": len(solved),
        "not_weighed": reasons,
        "names_that_tell_no_donors": unnamed,
        "links": len(result.links),
        "series": len(found.series),
        "pairs": [asdict(row) for row in pairs],
        "donors": [{**asdict(one), "became": one.became} for one in donors],
        "seconds_search": searched - started,
        "seconds_series": process_time() - searched,
    }
    text = as_text(pairs, donors, len(found.series), len(found.kept_apart), len(reasons))
    write_table(asked.out, "provedit_all_against_all", text, data)
    return 0


if __name__ == "__main__":
    sys.exit(main())
