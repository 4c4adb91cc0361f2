"""A view of links, of a weighing or of a calibration as one HTML page, and that page on disk.

The page loads nothing: its style, script and pictures are inside, and its own security policy
forbids a browser to fetch anything else.
"""

from __future__ import annotations

import os
from base64 import b64encode
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from importlib.resources import files
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from reopen.errors import ReopenError
from reopen.faces.report import (
    electropherogram,
    pictures,
    pp_plot,
    spread,
    stutter_picture,
    tornado,
    wording,
)
from reopen.faces.report.audit_views import AuditView
from reopen.faces.report.calibration_views import CalibrationView
from reopen.faces.report.counting_views import CountingView
from reopen.faces.report.disclosure_views import DisclosureView
from reopen.faces.report.dvi_views import DviView
from reopen.faces.report.kinship_views import KinshipView
from reopen.faces.report.number_bars import number_bars
from reopen.faces.report.pedigree_drawing import pedigree_drawing
from reopen.faces.report.power_picture import power_curves, ranking
from reopen.faces.report.power_views import PowerView
from reopen.faces.report.series_picture import series_matrix
from reopen.faces.report.series_words import LEAD
from reopen.faces.report.triangle import triangle
from reopen.faces.report.views import ReportView
from reopen.faces.report.weighing_views import WeighingView
from reopen.records import Locus, Population

View = (
    ReportView
    | WeighingView
    | AuditView
    | CalibrationView
    | CountingView
    | DisclosureView
    | KinshipView
    | DviView
    | PowerView
)


_PAGES: Mapping[type, str] = {
    AuditView: "audit.html.j2",
    CalibrationView: "calibration.html.j2",
    CountingView: "counting.html.j2",
    DisclosureView: "disclosure.html.j2",
    DviView: "dvi.html.j2",
    KinshipView: "kinship.html.j2",
    PowerView: "power.html.j2",
    WeighingView: "weighing.html.j2",
}


def render(view: View) -> str:
    """The whole report. The same view gives the same text, byte for byte."""
    if not isinstance(view, ReportView):
        page = _environment().get_template(_PAGES[type(view)])
        return page.render(view=view, style=_style(view))
    script = Markup(_asset("filter.js"))
    return (
        _environment()
        .get_template("report.html.j2")
        .render(
            view=view,
            style=_style(view),
            script=script,
            script_hash=b64encode(sha256(script.encode()).digest()).decode(),
            stain_anchors={stain.id: f"stain-{i}" for i, stain in enumerate(view.stains, 1)},
        )
    )


def _style(view: View) -> Markup:
    return Markup(_asset("report.css").replace("%TITLE%", _css_string(view.title)))


def write(view: View, path: Path) -> None:
    """Write the report; a file of that name is replaced only by a whole one.

    Raises ReopenError where the folder cannot be written.
    """
    write_whole(render(view), path)


def write_whole(text: str, path: Path) -> None:
    """Write a file whole or not at all. Raises ReopenError where the folder cannot be written."""
    # A lone surrogate (from a file name in another encoding) is written as its escape.
    page = text.encode("utf-8", "backslashreplace")
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        try:
            with part.open("xb") as file:
                file.write(page)
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise ReopenError(
            f"The report could not be written to {path}: {error.strerror}.",
            rule="A report is written whole or not at all.",
            way_on="Name a folder that exists and may be written.",
        ) from error


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("reopen.faces.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    for words in (
        wording.log10_text,
        wording.ratio_text,
        wording.chance_text,
        wording.probability_text,
        wording.percent_text,
        wording.plain_text,
        wording.rfu_text,
        wording.setting_text,
        _conventions,
    ):
        environment.filters[words.__name__.removesuffix("_text").removeprefix("_")] = words
    environment.globals.update(
        electropherogram=electropherogram.electropherogram,
        legend=electropherogram.legend,
        bars=pictures.bars,
        stutter_panels=stutter_picture.stutter_panels,
        triangle=triangle,
        matrix=pictures.matrix,
        matrix_scale=pictures.matrix_scale,
        number_bars=number_bars,
        pedigree_drawing=pedigree_drawing,
        power_curves=power_curves,
        probability_plot=pp_plot.probability_plot,
        ranking=ranking,
        series_lead=LEAD,
        series_matrix=series_matrix,
        spread=spread.spread,
        tornado=tornado.tornado,
    )
    return environment


@cache
def _asset(name: str) -> str:
    return (files("reopen.faces.report") / "templates" / name).read_text(encoding="utf-8")


def _css_string(content: str) -> str:
    """A CSS string in which everything but plain letters and digits is an escape."""
    safe = (c if c.isascii() and c.isalnum() else f"\\{ord(c):x} " for c in content)
    return f'"{"".join(safe)}"'


def _conventions(population: Population) -> str:
    """How a population's frequencies were used, in a sentence."""
    floor = f"alleles not listed have a frequency of {population.floor:.3g}"
    scaled = "tables rescaled to sum to 1" if population.rescale else "tables not rescaled"
    return f"theta {_theta(population.theta)}; {floor}; {scaled}"


def _theta(theta: float | Mapping[Locus, float]) -> str:
    if not isinstance(theta, Mapping):
        return f"{theta:g}"
    return f"{min(theta.values()):g} to {max(theta.values()):g} by locus"
