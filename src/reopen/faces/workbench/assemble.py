"""A search as the report shows it: links in words, pictures of the linked stains, the appendix.
And where results are written to.

Not for: drawing and wording (`report`), the report of one weighing (`assemble_weighing`), how
anything was weighed (`weigh`, `link`).
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from reopen.errors import ReopenError
from reopen.faces.report import (
    Counts,
    LinkView,
    ReportView,
    StainRow,
    WeighingView,
    matrix_view,
    write,
    write_whole,
)
from reopen.faces.report.chance_words import (
    by_chance_text,
    left_out_text,
    posterior_text,
    prior_text,
)
from reopen.faces.report.counting_views import CountingView
from reopen.faces.report.dvi_views import DviView
from reopen.faces.report.kinship_views import KinshipView
from reopen.faces.report.power_views import PowerView
from reopen.faces.workbench.as_json import to_json
from reopen.faces.workbench.assemble_counting import counting_view
from reopen.faces.workbench.assemble_dvi import dvi_view
from reopen.faces.workbench.assemble_kinship import kinship_view
from reopen.faces.workbench.assemble_power import power_view
from reopen.faces.workbench.assemble_series import together_view
from reopen.faces.workbench.assemble_weighing import weighing_view
from reopen.faces.workbench.counting import Counting
from reopen.faces.workbench.dvi import Identifying
from reopen.faces.workbench.families_shown import family_views
from reopen.faces.workbench.in_sentences import checks_told
from reopen.faces.workbench.kinship import KinshipWeighing
from reopen.faces.workbench.link_checks import LinkCheck
from reopen.faces.workbench.power import PowerOfFamilies
from reopen.faces.workbench.results import Linking, Searching, Weighing
from reopen.faces.workbench.searching_shown import searched_told
from reopen.faces.workbench.stain_shown import solved_view
from reopen.link import SolvedStain
from reopen.records import Link, LinkKind, Locus
from reopen.weigh.prior_odds import PriorOdds
from reopen.weigh.words import SOURCE, in_words

REPORT = "report.html"
LINKS, WEIGHING, CONTRIBUTORS = "links.json", "weighing.json", "contributors.json"
KINSHIP, IDENTIFICATIONS, POWER = "kinship.json", "identifications.json", "power.json"
TITLE = "Links between cold cases"

CITED = (
    "Cowell, Graversen, Lauritzen and Mortera 2015. J. R. Stat. Soc. C 64, 1-48 (peak heights)",
    "Bleka, Storvik and Gill 2016. Forensic Sci. Int. Genet. 21, 35-44 (degradation, drop-in)",
    "Balding and Nichols 1994. Forensic Sci. Int. 64, 125-140 (theta)",
    "Akaike 1974. IEEE Trans. Autom. Control 19, 716-723 (number of contributors)",
    "Good 1950. Probability and the Weighing of Evidence. Griffin, London (links by chance)",
    "Dørum and others 2014. Forensic Sci. Int. Genet. 9, 93-101 (links by chance, exact)",
    "Kruijver 2015. Forensic Sci. Int. Genet. 14, 116-124 (links by chance, people drawn)",
    SOURCE,
)


Reported = (
    Linking | Searching | Weighing | Counting | KinshipWeighing | Identifying | PowerOfFamilies
)


def write_report(result: Reported, path: str | Path, *, title: str = "") -> None:
    """Write a result as one HTML page that loads nothing. A file of that name is replaced only by a
    whole one. Raises ReopenError where the folder cannot be written."""
    write(_view(result, title), Path(path))


def write_results(result: Reported, folder: str | Path) -> tuple[Path, Path]:
    """Write a result into a folder: the report, and its data as JSON. Returns their places.

    Raises ReopenError where the folder cannot be made or written to.
    """
    folder = Path(folder)
    view, data = _view(result), to_json(result) + "\n"
    place = folder / _data_name(result)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ReopenError(
            f"The folder {folder} cannot be made: {error.strerror or error}.",
            way_on="Name a folder that may be written.",
        ) from None
    write(view, folder / REPORT)
    write_whole(data, place)
    return folder / REPORT, place


def _data_name(result: Reported) -> str:
    if isinstance(result, Counting):
        return CONTRIBUTORS
    if isinstance(result, KinshipWeighing):
        return KINSHIP
    if isinstance(result, Identifying):
        return IDENTIFICATIONS
    if isinstance(result, PowerOfFamilies):
        return POWER
    return LINKS if isinstance(result, Linking | Searching) else WEIGHING


def _view(
    result: Reported, title: str = ""
) -> ReportView | WeighingView | CountingView | KinshipView | DviView | PowerView:
    if isinstance(result, Linking):
        return report_view(result, title=title or TITLE)
    if isinstance(result, Searching):
        view = report_view(result.linking, title=title or f"Search for {result.who}")
        told = [*searched_told(result), *map(left_out_text, result.linking.result.left_out)]
        return replace(view, compared=" ".join(told))
    if isinstance(result, Counting):
        return counting_view(result, title=title)
    if isinstance(result, KinshipWeighing):
        return kinship_view(result, title=title)
    if isinstance(result, Identifying):
        return dvi_view(result, title=title)
    if isinstance(result, PowerOfFamilies):
        return power_view(result, title=title)
    return weighing_view(result, title=title)


def report_view(linking: Linking, *, title: str = TITLE) -> ReportView:
    """Everything that the report shows."""
    result = linking.result
    links = linking.links
    linked = {end.profile for link in links for end in (link.one, link.other) if end.contributor}
    sought = linking.files.sought
    kin = len(sought.remains) + sum(len(family.missing) for family in sought.families)
    profiles = len(result.stains) + len(result.references) + kin
    return ReportView(
        title=title,
        made_at=linking.made_at.strftime("%-d %B %Y, %H:%M UTC"),
        compared=_compared(linking),
        summary=Counts(
            stains=len(result.stains),
            contributors=result.n_contributors,
            references=len(result.references),
            comparisons=result.n_comparisons,
            links=len(links),
            not_weighed=len(linking.not_weighed),
        ),
        links=tuple(
            LinkView(
                link,
                _sentence(link),
                result.in_full.get(place),
                checks=_checks(linking.checks.get(place)),
                by_chance=by_chance_text(link.by_chance),
                posterior=_posterior(linking.prior, link),
            )
            for place, link in enumerate(links)
        ),
        matrix=matrix_view(links, profiles),
        stains=tuple(
            solved_view(solved, linking.settings.model_for(solved.stain.kit))
            for solved in result.stains
            if solved.stain.id in linked
        ),
        not_weighed=linking.not_weighed,
        assumptions=linking.assumptions,
        populations=(linking.population,),
        run=linking.run,
        references_cited=CITED,
        other_stains=tuple(
            _row(solved) for solved in result.stains if solved.stain.id not in linked
        ),
        controls=linking.controls,
        families=family_views(linking),
        together=together_view(linking),
    )


def _compared(linking: Linking) -> str:
    counts = linking.result.comparisons
    parts = [f"{count:,} of {kind.value}" for kind, count in counts.items() if count]
    left_out = " ".join(map(left_out_text, linking.result.left_out))
    return (
        f"Everything was compared with everything: {', '.join(parts)}. Listed are links with a "
        f"log10 LR of {linking.options.least_log10:g} or more. {left_out}"
    ).rstrip()


def _posterior(prior: PriorOdds | None, link: Link) -> str:
    if prior is None:
        return ""
    return f"{posterior_text(prior, link.weight)}, from prior odds of {prior_text(prior)} as stated"


def _sentence(link: Link) -> str:
    """The words for a link, with the two propositions that they speak of."""
    first = {
        LinkKind.STAIN_REFERENCE: "the person typed is a contributor to the stain",
        LinkKind.STAIN_STAFF: "the staff member typed is a contributor to the stain",
        LinkKind.STAIN_STAIN: "one person contributed to both stains",
        LinkKind.REFERENCE_REFERENCE: "the two profiles are of one person",
        LinkKind.REMAINS_REFERENCE: "the remains are of the person typed",
        LinkKind.REMAINS_REMAINS: "the remains are of one person",
        LinkKind.STAIN_REMAINS: "the person whose remains were found contributed to the stain",
        LinkKind.REMAINS_FAMILY: f"the remains are of {_missing(link)}",
        LinkKind.REFERENCE_FAMILY: f"the person typed is {_missing(link)}",
        LinkKind.STAIN_FAMILY: f"{_missing(link)} is a contributor to the stain",
        LinkKind.FAMILY_FAMILY: f"{link.one.member} and {link.other.member} are one person",
        LinkKind.STAIN_RELATIVE: f"a contributor to the stain and the person typed are "
        f"{link.relation}",
        LinkKind.REMAINS_RELATIVE: f"the dead and the person typed are {link.relation}",
        LinkKind.REFERENCE_RELATIVE: f"the two people typed are {link.relation}",
    }[link.kind]
    return f"First proposition: {first}. Second: unrelated people. {in_words(link.weight)}"


def _missing(link: Link) -> str:
    return f"{link.other.member}, missing from family {link.other.profile}"


def _checks(check: LinkCheck | None) -> tuple[str, ...]:
    """What the peaks say of each proposition's fitted model, the numerator's first."""
    if check is None:
        return ()
    told = (checks_told(side) for side in (check.numerator, check.denominator))
    return tuple(words[0].upper() + words[1:] for words in told)


def _row(solved: SolvedStain) -> StainRow:
    fit = solved.deconvolution.fit
    loci: tuple[Locus, ...] = solved.stain.loci
    return StainRow(
        id=solved.stain.id,
        case=solved.stain.case,
        kit=solved.kit.name if solved.kit else solved.stain.kit,
        loci=len(loci),
        contributors=len(fit.proportions),
        ending=fit.ending.value + (f" ({fit.remark})" if fit.remark else ""),
    )
