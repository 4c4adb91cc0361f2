"""Which belong together: every stain contributor against every reference and every other stain."""

from reopen.link.search import LinkResult, link, weigh_link
from reopen.link.sought import Sought
from reopen.link.stains import LinkOptions, Progress, SolvedStain, solve

__all__ = [
    "LinkOptions",
    "LinkResult",
    "Progress",
    "SolvedStain",
    "Sought",
    "link",
    "solve",
    "weigh_link",
]
