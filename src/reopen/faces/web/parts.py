"""The parts of the board, in the order of the menu."""

from __future__ import annotations

from fastapi import APIRouter

from reopen.faces.web.shown import (
    case,
    cases,
    links,
    own,
    reports,
    runs,
    search,
    stains,
)

PARTS: tuple[APIRouter, ...] = (
    case.router,
    cases.router,
    links.router,
    stains.router,
    search.router,
    reports.router,
    runs.router,
    own.router,
)
