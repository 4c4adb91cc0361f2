"""The parts of the board, in the order of the menu."""

from __future__ import annotations

from fastapi import APIRouter

from reopen.faces.web.shown import case, cases, links, own, runs

PARTS: tuple[APIRouter, ...] = (case.router, cases.router, links.router, runs.router, own.router)
