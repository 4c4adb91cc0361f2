"""Stains and other profiles: the list; one profile with its peaks, its contributors and its links;
and what can be asked of it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Form, Query, Request
from starlette.responses import Response

from reopen.errors import InvalidRecord
from reopen.faces.report.views import DyePanel, GenotypeCall, StainView
from reopen.faces.report.wording import percent_text
from reopen.faces.web.looks import Look
from reopen.faces.web.pages import REFUSALS, Looking, Pages, view
from reopen.faces.web.shared import Changing, shared_of
from reopen.faces.web.shown.asked import Count, Probability, Rfu
from reopen.faces.web.shown.begun import begin, must_see
from reopen.faces.web.shown.rows import LinkLine, link_line
from reopen.faces.web.shown.runs import WorkLine, lines
from reopen.faces.web.words import FILTERS
from reopen.faces.workbench.unit_views import LinkRow, link_rows
from reopen.formats import library
from reopen.records import Allele, Purpose
from reopen.records.cases import Sample
from reopen.records.propositions import RELATIONS, UNRELATED
from reopen.records.results import FoundLink
from reopen.records.stored import StoredProfile
from reopen.store.reader import Reader

Pair = tuple[Allele, Allele]

if TYPE_CHECKING:  # these load the kernels' compiler, for which no other page should wait
    from reopen.faces.workbench.unit_stain import HeldProfile
    from reopen.link import SolvedStain

pages = Pages("Stains")
router = pages.router

Name = Annotated[str, Form(max_length=300)]
Tick = Annotated[str, Form(max_length=3)]

STAIN = "stain"
HEIGHTS, SEEN = "heights", "seen"
"""What a weighing looks at: the heights of peaks, or which alleles were seen."""
MOST = 50
_LOOKED_THROUGH = 3000
_MOST_FILE_BYTES = 20_000_000
_GENOTYPES, _TOLD_FROM = 3, 0.001
_MOST_CONTRIBUTORS = 6
_MOST_REFITS = 10_000
_PEOPLE = 40


@dataclass(frozen=True, slots=True)
class ProfileLine:
    """A profile in the list. cases: that it belongs to."""

    id: str
    purpose: str
    kit: str
    cases: tuple[str, ...]
    sample: str
    person: str


@dataclass(frozen=True, slots=True)
class StainsPage:
    """Profiles that the actor may see, in the order they came in.

    words, purpose   asked for; '' for all
    after, on        entries of the log: those shown came in after the first; others follow behind
                     the second, or none where it is None
    held             profiles of all purposes that the actor may see
    """

    profiles: tuple[ProfileLine, ...]
    words: str
    purpose: str
    purposes: tuple[str, ...]
    after: int
    on: int | None
    held: int


@dataclass(frozen=True, slots=True)
class PeakLine:
    """A peak as a row. height_rfu None: called without a height; 0: expected, and not seen."""

    locus: str
    allele: str
    replicate: int
    height_rfu: float | None
    expected_rfu: float | None


@dataclass(frozen=True, slots=True)
class GenotypeLine:
    """The most probable genotypes of each contributor at a locus, the first one most probable."""

    locus: str
    contributors: tuple[tuple[tuple[str, float], ...], ...]


@dataclass(frozen=True, slots=True)
class ApartPart:
    """A stain taken apart.

    number       of contributors, and how it was come by
    proportions  of each, in per cent
    fitted       the fit's parameters, as name and value
    settled      whether the fit did
    """

    number: str
    proportions: tuple[str, ...]
    fitted: tuple[tuple[str, str], ...]
    ending: str
    settled: bool
    genotypes: tuple[GenotypeLine, ...]
    not_weighed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AskPart:
    """What a weighing of this stain can be asked with.

    people       some that come into question: linked with it, or of its case
    contributors numbers of them; chosen_up_to: the largest that the program chooses by itself
    population   of the unit's last search; so are theta, drop_in, threshold_rfu, in words
    quantile     over the parameters, where none is asked for
    """

    people: tuple[str, ...]
    contributors: tuple[int, ...]
    chosen_up_to: int
    relations: tuple[str, ...]
    population: str
    populations: tuple[str, ...]
    theta: str
    drop_in: str
    threshold_rfu: str
    stutters: tuple[str, ...]
    quantile: float


@dataclass(frozen=True, slots=True)
class StainPage:
    """One profile.

    unread    why its file could not be read again, or ''
    panels    the peaks by dye, as the pictures show them
    alleles   of a typed person, by locus
    apart     None where the stain was not taken apart on the unit's terms
    works     what the actor asked of it
    """

    id: str
    purpose: str
    is_stain: bool
    kit: str
    cases: tuple[str, ...]
    sample: str
    exhibit: str
    person: str
    file: str
    unread: str
    panels: tuple[DyePanel, ...]
    notes: tuple[str, ...]
    peaks: tuple[PeakLine, ...]
    replicates: int
    alleles: tuple[tuple[str, str], ...]
    apart: ApartPart | None
    links: tuple[LinkLine, ...]
    ask: AskPart | None
    works: tuple[WorkLine, ...]


@pages.page("/stains", "stains.html.j2")
def stains_page(
    reader: Reader,
    words: Annotated[str, Query(max_length=200)] = "",
    purpose: Annotated[str, Query(max_length=40)] = STAIN,
    after: Annotated[int, Query(ge=-1, le=2**53)] = -1,
) -> StainsPage:
    """The profiles of the unit that you may see: stains, references and remains."""
    wanted = words.casefold().split()
    named = [words.strip()] if wanted and after < 0 else []
    found = [one for one in reader.some(StoredProfile, named) if _has(one, wanted, purpose)]
    looked, last, on = 0, after, None
    asked = [*wanted, purpose] if purpose else wanted
    for entry, record in reader.look_through(
        StoredProfile, asked, after=after, limit=_LOOKED_THROUGH
    ):
        if record and _has(record, wanted, purpose) and record.id not in named:
            if len(found) == MOST:
                on = last
                break
            found.append(record)
        looked, last = looked + 1, entry
    else:
        on = last if looked == _LOOKED_THROUGH else None
    return StainsPage(
        tuple(_line(reader, each) for each in found),
        words,
        purpose,
        (STAIN, *Purpose),
        after,
        on,
        reader.count(StoredProfile),
    )


def _has(profile: StoredProfile, words: list[str], purpose: str) -> bool:
    if purpose and profile.purpose != purpose:
        return False
    told = (profile.id, profile.case, profile.sample, profile.person, profile.kit)
    text = " ".join(filter(None, told)).casefold()
    return all(word in text for word in words)


def _line(reader: Reader, one: StoredProfile) -> ProfileLine:
    cases = (one.case,) if one.case else reader.cases_of(one.ref)
    return ProfileLine(one.id, one.purpose, one.kit, cases, one.sample or "", one.person or "")


@router.get("/stains/{id}", include_in_schema=False)
def stain_page(request: Request, look: Looking, id: str) -> Response:
    return view(request, look, "stain.html.j2", _stain(request, look, id))


@router.get("/api/stains/{id}", tags=["Stains"], responses=REFUSALS)
def stain_twin(request: Request, look: Looking, id: str) -> StainPage:
    """One profile: peaks, contributors, diagnostics, links."""
    return _stain(request, look, id)


def _stain(request: Request, look: Look, id: str) -> StainPage:
    from reopen.faces.workbench.unit_stain import profile_in

    shared_of(request).forget_expunged()
    own = shared_of(request).works.of(look.actor)
    with look.reading() as reader:
        held = profile_in(reader, id, most_bytes=_MOST_FILE_BYTES)
        rows = _links_of(reader, held)
        sample = reader.get(Sample, held.stored.sample) if held.stored.sample else None
        ask = _ask(reader, held, rows) if held.stain else None
        asked = (each for each in own if id in (each.asked.get("stain"), each.asked.get("profile")))
        works = lines(reader, asked)
    return _page(held, sample, rows, ask, works)


def _links_of(reader: Reader, held: HeldProfile) -> tuple[LinkRow, ...]:
    """Links of a profile, looked for in its case where it has one."""
    case = next(iter(held.cases), "")
    id = held.stored.id
    return tuple(row for row in link_rows(reader, case=case) if id in _ends(row.link))


def _ends(link: FoundLink) -> set[str]:
    return {ref.id for ref in link.own_ends if ref.kind == StoredProfile.KIND}


def _page(
    held: HeldProfile,
    sample: Sample | None,
    rows: Iterable[LinkRow],
    ask: AskPart | None,
    works: tuple[WorkLine, ...],
) -> StainPage:
    stored, shown = held.stored, _shown(held)
    return StainPage(
        id=stored.id,
        purpose=stored.purpose,
        is_stain=stored.purpose == STAIN,
        kit=held.kit.name if held.kit else stored.kit,
        cases=held.cases,
        sample=stored.sample or "",
        exhibit=(sample.exhibit or "") if sample else "",
        person=stored.person or "",
        file=held.file,
        unread=held.refused,
        panels=shown.panels if shown else (),
        notes=shown.notes if shown else (),
        peaks=_peaks(shown, held.solved is not None) if shown else (),
        replicates=len(held.stain.replicates) if held.stain else 0,
        alleles=_alleles(held),
        apart=_apart(held.solved) if held.solved else None,
        links=tuple(link_line(row) for row in rows),
        ask=ask,
        works=works,
    )


def _shown(held: HeldProfile) -> StainView | None:
    from reopen.faces.workbench.stain_shown import peaks_view, solved_view

    if held.stain is None:
        return None
    model = held.terms.settings().model_for(held.stain.kit)
    if held.solved is None:
        return peaks_view(held.stain, held.kit, model)
    return solved_view(held.solved, model)


def _peaks(shown: StainView, fitted: bool) -> tuple[PeakLine, ...]:
    order = {locus: place for place, locus in enumerate(shown.loci)}
    every = [peak for panel in shown.panels for peak in panel.peaks]
    every.sort(key=lambda peak: (order[peak.locus], peak.place, peak.replicate))
    return tuple(
        PeakLine(
            peak.locus, peak.allele, peak.replicate + 1, peak.height_rfu,
            peak.expected_rfu if fitted else None,
        )
        for peak in every
    )  # fmt: skip


def _alleles(held: HeldProfile) -> tuple[tuple[str, str], ...]:
    if held.person is None:
        return ()
    genotypes = held.as_reference().genotypes
    return tuple((locus, ", ".join(one.alleles)) for locus, one in genotypes.items())


def _apart(solved: SolvedStain) -> ApartPart:
    from reopen.faces.workbench.fit_errors import FitErrors
    from reopen.faces.workbench.fit_shown import fit_rows

    found, fit = solved.deconvolution, solved.deconvolution.fit
    untold = FitErrors(None, "a search does not work them out; a weighing does")
    return ApartPart(
        number=str(solved.number),
        proportions=tuple(percent_text(share) for share in fit.proportions),
        fitted=(*fit_rows(fit, untold), ("Log-likelihood", FILTERS["log10"](fit.ln_likelihood))),
        ending=fit.ending.value + (f" ({fit.remark})" if fit.remark else ""),
        settled=fit.ending.is_settled,
        genotypes=tuple(
            GenotypeLine(
                locus,
                tuple(
                    tuple((str(call), call.probability) for call in _told(loci.get(locus, ())))
                    for loci in found.probabilities
                ),
            )
            for locus in solved.stain.loci
        ),
        not_weighed=tuple(str(item) for item in found.not_weighed),
    )


def _told(ranked: Sequence[tuple[Pair, float]]) -> Iterator[GenotypeCall]:
    """The most probable genotype, and others that are not negligible beside it."""
    for place, (alleles, probability) in enumerate(ranked[:_GENOTYPES]):
        if place == 0 or probability >= _TOLD_FROM:
            yield GenotypeCall(alleles, probability)


def _ask(reader: Reader, held: HeldProfile, rows: Iterable[LinkRow]) -> AskPart:
    from reopen.faces.workbench.bench import MOST_CONTRIBUTORS
    from reopen.faces.workbench.settings import STUTTERS
    from reopen.weigh.integrated import QUANTILE

    ends = dict.fromkeys(id for row in rows for id in sorted(_ends(row.link)))
    near = list(reader.some(StoredProfile, list(ends)[: 2 * _PEOPLE]))
    near += [one for case in held.cases[:1] for one in reader.all(StoredProfile, case=case)]
    people = dict.fromkeys(one.id for one in near if one.purpose != STAIN)
    settings = held.terms.settings()
    model = settings.model_for(held.stain.kit if held.stain else "")
    return AskPart(
        people=tuple(people)[:_PEOPLE],
        contributors=tuple(range(1, _MOST_CONTRIBUTORS + 1)),
        chosen_up_to=MOST_CONTRIBUTORS,
        relations=(UNRELATED.name, *(one.name for one in RELATIONS if one.name in _RELATIVES)),
        population=held.terms.population,
        populations=library.population_names(),
        theta=_number(settings.theta),
        drop_in=_number(model.dropin.probability),
        threshold_rfu=_number(model.threshold_rfu),
        stutters=tuple(STUTTERS),
        quantile=QUANTILE,
    )


def _number(value: float | Mapping[Any, float]) -> str:
    return "by locus" if isinstance(value, Mapping) else f"{value:g}"


_ONE_PERSON = next(one for one in RELATIONS if one.ibd == (0.0, 0.0, 1.0))
_TELLS = {relation.name for relation in RELATIONS} - {_ONE_PERSON.name}
_RELATIVES = _TELLS - {UNRELATED.name}


@pages.form("/stains/{id}/weigh")
def weigh(
    request: Request,
    look: Changing,
    id: str,
    suspect: Name,
    known: Annotated[str, Form(max_length=2000)] = "",
    contributors: Annotated[str, Form(max_length=3)] = "",
    relation: Name = UNRELATED.name,
    population: Name = "",
    integrated: Tick = "",
    quantile: Probability = None,
    theta: Probability = None,
    drop_in: Probability = None,
    threshold_rfu: Rfu = None,
    stutter: Name = "",
    sensitivity: Tick = "",
    other_populations: Annotated[list[Name], Form(max_length=50)] = [],  # noqa: B006
    non_contributors: Tick = "",
    refits: Count = None,
    seed: Count = None,
    model: Name = HEIGHTS,
    dropout: Name = "",
) -> Response:
    """Begin a weighing; what cannot be weighed is told before."""
    from reopen.faces.workbench.settings import STUTTERS

    others = [name.strip() for name in known.splitlines() if name.strip()]
    _must_be(contributors in {"", *map(str, range(1, _MOST_CONTRIBUTORS + 1))}, "contributors")
    _must_be(relation in _TELLS, "relation")
    for name in (population, *other_populations):
        _must_be(name in {"", *library.population_names()}, "population")
    _must_be(stutter in {"", *STUTTERS}, "stutter")
    _must_be(not refits or refits <= _MOST_REFITS, "number of random people")
    if any(other_populations) and not sensitivity:
        raise InvalidRecord(
            "Other populations, and no assumption is changed.",
            rule="Other populations are among the assumptions that are changed.",
            way_on="Tick that it is weighed again with one assumption changed at a time.",
        )
    with look.reading() as reader:
        must_see(reader, [id, suspect.strip(), *others])
    _must_be(model in (HEIGHTS, SEEN), "model")
    closer = bool(integrated or sensitivity or non_contributors or refits or stutter)
    _must_fit(model, closer or relation != UNRELATED.name, dropout)
    _must_be(dropout in {"", "estimate", "integrate"} or _is_probability(dropout), "drop-out")
    asked = {
        "stain": id,
        "suspect": suspect.strip(),
        "known": json.dumps(others),
        "contributors": contributors,
        "relation": relation,
        "population": population,
        "integrated": "yes" if integrated else "",
        "quantile": _given(quantile),
        "theta": _given(theta),
        "drop_in": _given(drop_in),
        "threshold_rfu": _given(threshold_rfu),
        "stutter": stutter,
        "sensitivity": "yes" if sensitivity else "",
        "other_populations": json.dumps([name for name in other_populations if name]),
        "non_contributors": "yes" if non_contributors else "",
        "refits": _given(refits),
        "seed": _given(seed),
    }
    kind = "weigh" if model == HEIGHTS else "weigh_seen"
    how = ", with a closer look" if integrated or sensitivity or non_contributors else ""
    if model == SEEN:
        asked["dropout"] = dropout or "estimate"
        how = ", by alleles alone"
    return begin(request, look, kind, f"Weigh {suspect.strip()} against stain {id}{how}", asked)


def _must_fit(model: str, of_heights: bool, dropout: str) -> None:
    """Raises InvalidRecord where what is asked for does not belong to the model."""
    if model == SEEN and of_heights:
        raise InvalidRecord(
            "A closer look, stutter or a relative, with alleles alone.",
            rule="They belong to the model of heights.",
            way_on="Leave them out, or weigh with the heights of peaks.",
        )
    if model == HEIGHTS and dropout:
        raise InvalidRecord(
            f"Drop-out {dropout}, with heights.",
            rule="Heights tell of drop-out; their model takes no probability of it.",
            way_on="Leave it out, or weigh by which alleles were seen.",
        )


def _is_probability(text: str) -> bool:
    try:
        return 0 <= float(text) <= 1
    except ValueError:
        return False


def _given(value: float | None) -> str:
    return "" if value is None else repr(value)


@pages.form("/stains/{id}/apart")
def take_apart(request: Request, look: Changing, id: str) -> Response:
    """Begin to take a stain apart."""
    with look.reading() as reader:
        must_see(reader, [id])
    return begin(request, look, "take_apart", f"Take stain {id} apart", {"stain": id})


def _must_be(allowed: bool, what: str) -> None:
    if not allowed:
        raise InvalidRecord(
            f"This {what} is not among those to choose from.",
            rule="A weighing is asked for with the form of the stain's page.",
            way_on="Open the page again and choose.",
        )
