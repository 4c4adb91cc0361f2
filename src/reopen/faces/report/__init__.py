"""The report: one HTML file that is read in a browser, printed, and taken to court.

Everything it shows is in a `ReportView`; nothing is weighed, compared or counted here.
"""

from reopen.faces.report.layout import stain_view
from reopen.faces.report.render import render, write, write_whole
from reopen.faces.report.series import matrix_view
from reopen.faces.report.views import (
    ContributorView,
    Counts,
    DyePanel,
    GenotypeCall,
    LinkView,
    LocusSpan,
    MatrixBlock,
    MatrixView,
    PeakView,
    ReportView,
    StainRow,
    StainView,
)
from reopen.faces.report.weighing_views import (
    ChangeView,
    NonContributorView,
    PlotPoint,
    ProbabilityPlot,
    SensitivityView,
    SideView,
    SpreadView,
    UnexplainedRow,
    WeighingView,
)

__all__ = [
    "ChangeView",
    "ContributorView",
    "Counts",
    "DyePanel",
    "GenotypeCall",
    "LinkView",
    "LocusSpan",
    "MatrixBlock",
    "MatrixView",
    "NonContributorView",
    "PeakView",
    "PlotPoint",
    "ProbabilityPlot",
    "ReportView",
    "SensitivityView",
    "SideView",
    "SpreadView",
    "StainRow",
    "StainView",
    "UnexplainedRow",
    "WeighingView",
    "matrix_view",
    "render",
    "stain_view",
    "write",
    "write_whole",
]
