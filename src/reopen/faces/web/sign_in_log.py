"""Who came in and who did not, and what somebody changed of how they come in: lines of the server's
log, which whoever runs the server keeps and reads (docs/security.md).

A line names an actor of the unit or nobody: people type passwords where names belong. It holds no
password, token or key. What somebody does afterwards is in the unit's own log.
"""

from __future__ import annotations

import logging
import time

from fastapi import Request

from reopen.faces.web.shared import shared_of

_LOG = logging.getLogger("reopen.signin")


def came(request: Request, actor: str, how: str) -> None:
    """Somebody came in, or changed how they do."""
    _LOG.info("%s", _line(request, actor, how))


def refused(request: Request, actor: str, how: str) -> None:
    """Somebody did not come in, or could not change it. actor: as whom they tried, '' where that
    is not known."""
    _LOG.warning("%s", _line(request, actor, how))


def begin_log() -> None:
    """Write the program's own lines to the server's error stream, with their time in UTC."""
    lines = logging.StreamHandler()
    form = logging.Formatter("%(asctime)sZ %(levelname)s %(name)s %(message)s", "%Y-%m-%dT%H:%M:%S")
    form.converter = time.gmtime
    lines.setFormatter(form)
    own = logging.getLogger("reopen")
    own.setLevel(logging.INFO)
    own.addHandler(lines)


def _line(request: Request, actor: str, how: str) -> str:
    known = actor in shared_of(request).actors()
    address = request.client.host if request.client else "an unknown address"
    return f"{ascii(actor) if known else 'nobody of this unit'}: {how}; from {address!a}"
