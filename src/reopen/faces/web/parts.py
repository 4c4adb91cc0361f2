"""The parts of the board, in the order of the menu."""

from __future__ import annotations

from fastapi import APIRouter

from reopen.faces.web.shown import (
    auditing,
    board,
    case,
    cases,
    evidence,
    granting,
    importing,
    ledger,
    links,
    own,
    people,
    places,
    reports,
    runs,
    search,
    series,
    stains,
    tasks,
)

PARTS: tuple[APIRouter, ...] = (
    board.router,
    cases.router,
    case.router,
    stains.router,
    tasks.router,
    people.router,
    places.router,
    evidence.router,
    auditing.router,
    search.router,
    importing.router,
    reports.router,
    runs.router,
    granting.router,
    ledger.router,
    links.router,
    series.router,
    own.router,
)
