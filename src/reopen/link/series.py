"""Links become series: traces that one donor explains better than two, related or not.

Every two contributors of linked stains are weighed; from the strongest pair on, groups of traces
are joined where one donor of both beats two unrelated donors by the threshold, and two brothers.
What was joined is then looked at as a whole: where its best split does as well as one donor, it is
divided again. A stain's contributors are different people, so a stain is in a series once; with
another contributor it may be in another. What a pair would have joined and did not is told, with
the reason. Not here: the numbers (`weigh.one_donor`, `weigh.donor_splits`), what is said of a
series (`explanations`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np

from reopen.link.explanations import Context, Held, SeriesOptions, described, strongest
from reopen.link.stains import Progress, SolvedStain, quiet
from reopen.link.traces import Pair, Traces, in_order
from reopen.records import (
    FULL_SIBLINGS,
    UNRELATED,
    End,
    Link,
    LinkKind,
    Locus,
    NotWeighed,
    Reference,
)
from reopen.records.series import KeptApart, Series, WhyApart
from reopen.weigh.compare import LocusTable
from reopen.weigh.donor_splits import MOST_DIVIDED, best_split, rivals, rivals_of_many

Group = frozenset[End]

JOINING = (LinkKind.STAIN_STAIN, LinkKind.STAIN_REFERENCE)
"""Kinds of link that make series. Not those with staff: who may see them is decided elsewhere."""


@dataclass(frozen=True, slots=True)
class Linked:
    """Two profiles that a search linked, and the weight of the link: its log10 LR."""

    one: str
    other: str
    weight: float


@dataclass(frozen=True, slots=True)
class FoundTogether:
    """Series, those of most traces first; pairs that joined nothing, with the reason; what could
    not be weighed, and links that were left out. A trace with typed people alone is a link and no
    series, unless it speaks on a solved case."""

    series: tuple[Series, ...]
    kept_apart: tuple[KeptApart, ...]
    not_weighed: tuple[NotWeighed, ...]


def series_of(
    links: Sequence[Link],
    solved: Sequence[SolvedStain],
    references: Sequence[Reference],
    tables: Mapping[Locus, LocusTable],
    options: SeriesOptions | None = None,
    context: Context | None = None,
    progress: Progress = quiet,
) -> FoundTogether:
    """Series among linked stains and typed people.

    links   of a search, in any order; those of `JOINING` are used
    solved, references, tables  those of the search; they hold the ends of every link used
    """
    return series_among(joining(links), solved, references, tables, options, context, progress)


def joining(links: Iterable[Link]) -> list[Linked]:
    """The links that make series."""
    return [
        Linked(link.one.profile, link.other.profile, link.weight)
        for link in links
        if link.kind in JOINING
    ]


def series_among(
    linked: Iterable[Linked],
    solved: Sequence[SolvedStain],
    references: Sequence[Reference],
    tables: Mapping[Locus, LocusTable],
    options: SeriesOptions | None = None,
    context: Context | None = None,
    progress: Progress = quiet,
) -> FoundTogether:
    """Series among profiles that searches linked, now and before; as `series_of`."""
    options, context = options or SeriesOptions(), context or Context()
    traces = Traces(solved, references, tables)
    used, left_out = strongest_of_each(linked, options.most_links)
    pairs = _pairs(used, traces, options, progress)
    growing = _Joining(pairs, traces, options)
    growing.join(progress)
    groups = growing.seen_once(
        held for group in growing.groups() for held in growing.held_together(group)
    )
    found = []
    for done, held in enumerate(groups):
        progress("weighing series", done, len(groups))
        series = described(held, pairs, traces, options, context)
        if len(series.traces) > 1 or series.alerts:
            found.append(series)
    progress("weighing series", len(groups), len(groups))
    found.sort(key=lambda one: (-len(one.members), -one.log10, str(one.ends[0])))
    return FoundTogether(tuple(found), growing.kept_apart(groups), (*left_out, *traces.not_weighed))


def strongest_of_each(
    linked: Iterable[Linked], most: int
) -> tuple[set[tuple[str, str]], list[NotWeighed]]:
    """Links that are among the strongest of one of their profiles; and, for each profile, that
    others were left out."""
    of_each: dict[str, dict[tuple[str, str], None]] = {}
    for link in sorted(linked, key=lambda link: (-link.weight, link.one, link.other)):
        for profile in (link.one, link.other):
            of_each.setdefault(profile, {})[link.one, link.other] = None
    used = {pair for links in of_each.values() for pair in islice(links, most)}
    why = f"series are made from the {most} strongest links of each trace and person"
    left_out = [
        NotWeighed(f"{n:,} weaker link{'s' if n > 1 else ''} of {profile} in series", why)
        for profile, links in sorted(of_each.items())
        if (n := len(links.keys() - used))
    ]
    return used, left_out


def _pairs(
    used: Collection[tuple[str, str]], traces: Traces, options: SeriesOptions, progress: Progress
) -> dict[Pair, float]:
    """log10 LR of every two contributors of linked stains that reach the threshold, strongest
    first."""
    found: dict[Pair, float] = {}
    others_of: dict[str, list[str]] = {}
    for one, other in sorted(used):
        others_of.setdefault(one, []).append(other)
    done = 0
    for one, others in others_of.items():
        progress("weighing linked contributors", done, len(used))
        found.update(traces.pairs_with(one, others))
        done += len(others)
    strong = [(pair, log10) for pair, log10 in found.items() if log10 >= options.least_log10]
    return dict(sorted(strong, key=lambda item: (-item[1], *map(str, item[0]))))


class _Joining:
    """Groups of traces as they grow, and what was not joined."""

    def __init__(self, pairs: Mapping[Pair, float], traces: Traces, options: SeriesOptions):
        self._pairs, self._traces, self._options = pairs, traces, options
        self._group: dict[End, Group] = {end: frozenset((end,)) for pair in pairs for end in pair}
        self._apart: dict[frozenset[Group], KeptApart] = {}

    def groups(self) -> list[Group]:
        """Groups of two traces or more."""
        return [group for group in dict.fromkeys(self._group.values()) if len(group) > 1]

    def join(self, progress: Progress) -> None:
        """Go through the pairs, the strongest first, until none joins anything more: groups that
        have grown are tried again."""
        grown = True
        while grown:
            grown = False
            for done, pair in enumerate(self._pairs):
                progress("joining traces", done, len(self._pairs))
                grown |= self._tried(pair)

    def _tried(self, pair: Pair) -> bool:
        """Whether the pair joins its groups."""
        one, other = (self._group[end] for end in pair)
        key = frozenset((one, other))
        if one == other or key in self._apart:
            return False
        apart = self._why_apart(pair, one, other)
        if apart is not None:
            self._apart[key] = apart
            return False
        self._group.update(dict.fromkeys(one | other, one | other))
        return True

    def _why_apart(self, pair: Pair, one: Group, other: Group) -> KeptApart | None:
        groups, log10 = (in_order(one), in_order(other)), self._pairs[pair]
        if {end.profile for end in one} & {end.profile for end in other}:
            return KeptApart(pair, log10, WhyApart.ONE_STAIN, groups)
        over_two, over_brothers = self._leads(one, other)
        why = self._options.why_apart(over_two, over_brothers)
        if why is None:
            return None
        return KeptApart(pair, log10, why, groups, over_two, over_brothers)

    def _leads(self, one: Group, other: Group) -> tuple[float, float]:
        """log10 LR of one donor of both groups against two unrelated ones, and two brothers."""
        of = self._traces.together([*in_order(one), *in_order(other)])
        split = np.arange(len(of.owners))[None] < len(one)
        known = rivals(of) if len(of.owners) <= MOST_DIVIDED else rivals_of_many(of)
        together = known.one()
        unrelated, brothers = (
            together - float(known.two(split, relation)[0])
            for relation in (UNRELATED, FULL_SIBLINGS)
        )
        return unrelated, brothers

    def held_together(self, group: Group) -> Iterator[Held]:
        """The group, or the parts that its best splits leave of it; single traces are none."""
        ends = in_order(group)
        if len(ends) < 2:
            return
        of = self._traces.together(ends)
        two, brothers = (best_split(of, relation) for relation in (UNRELATED, FULL_SIBLINGS))
        why = self._options.why_apart(two.log10, brothers.log10)
        if why is None:
            yield Held(ends, two, brothers)
            return
        split = two if why is WhyApart.TWO_DONORS else brothers
        parts = [frozenset(ends[k] for k in part) for part in (split.one, split.other)]
        self._divided(parts, why, split.log10)
        for part in parts:
            yield from self.held_together(part)

    def _divided(self, parts: Sequence[Group], why: WhyApart, over: float) -> None:
        bridge = strongest(self._pairs, *parts)
        if bridge is None:
            return
        groups = (in_order(parts[0]), in_order(parts[1]))
        leads = (over, None) if why is WhyApart.TWO_DONORS else (None, over)
        self._apart[frozenset(parts)] = KeptApart(bridge, self._pairs[bridge], why, groups, *leads)

    def seen_once(self, groups: Iterable[Held]) -> list[Held]:
        """The groups without those that are another one's donor again.

        Contributors of like amounts are hard to tell apart: their likelihoods fit each of them. A
        group is left out where its donor fits the traces that a larger group has beside the stains
        of both.
        """
        kept: list[Held] = []
        for held in sorted(groups, key=lambda held: (-len(held.ends), str(held.ends[0]))):
            stains = {end.profile for end in held.ends}
            for larger in kept:
                rest = tuple(end for end in larger.ends if end.profile not in stains)
                if 0 < len(rest) < len(larger.ends) and self._seen_again(held, rest, larger):
                    break
            else:
                kept.append(held)
        return kept

    def _seen_again(self, held: Held, rest: tuple[End, ...], larger: Held) -> bool:
        one, other = frozenset(held.ends), frozenset(rest)
        over_two, _ = self._leads(one, other)
        if not over_two >= self._options.least_log10:
            return False
        bridge = strongest(self._pairs, one, other) or (held.ends[0], rest[0])
        log10, groups = self._pairs.get(bridge, over_two), (held.ends, larger.ends)
        told = KeptApart(bridge, log10, WhyApart.SEEN_TWICE, groups, over_two)
        self._apart[frozenset((one, frozenset(larger.ends)))] = told
        return True

    def kept_apart(self, groups: Iterable[Held]) -> tuple[KeptApart, ...]:
        """Pairs that join two groups of the end and did not, one for every two, strongest first;
        without those of profiles that another of their contributors has joined."""
        final = {end: frozenset(held.ends) for held in groups for end in held.ends}
        joined = [{end.profile for end in group} for group in dict.fromkeys(final.values())]
        told: dict[frozenset[Group], KeptApart] = {}
        for item in self._apart.values():
            ends = [final.get(end, frozenset((end,))) for end in item.link]
            profiles = {end.profile for end in item.link}
            known = item.why is WhyApart.ONE_STAIN and any(profiles <= one for one in joined)
            if ends[0] != ends[1] and not known:
                told[frozenset(ends)] = item  # the last was weighed with the most traces
        return tuple(sorted(told.values(), key=lambda item: (-item.log10, *map(str, item.link))))
