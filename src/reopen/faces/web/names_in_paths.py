"""Names of things in addresses: an exhibit may be called AB/12, and a slash in a name is no step.

A browser sends it as %2F. Servers decode addresses before routes are matched; so it is put back as
a sign that no name holds, and every name in a route is given its slash again.
"""

from __future__ import annotations

from collections.abc import Hashable
from functools import lru_cache
from urllib.parse import quote, unquote

from starlette.convertors import StringConvertor, register_url_convertor
from starlette.types import Scope

_SLASH = "\x1f"


class NameConvertor(StringConvertor):
    """A name in a route, with the slashes that are its own."""

    def convert(self, value: str) -> str:
        return value.replace(_SLASH, "/")

    def to_string(self, value: str) -> str:
        return super().to_string(value.replace("/", _SLASH))


register_url_convertor("str", NameConvertor())


@lru_cache(maxsize=1 << 14, typed=True)  # a board has thousands, the same ones at each look
def name_in_path(name: Hashable) -> str:
    """A name as one step of an address."""
    return quote(str(name), safe="")


def path_in_words(path: str) -> str:
    """A request's path as people read it."""
    return path.replace(_SLASH, "/")


def keep_slashes(scope: Scope) -> None:
    """Let a request's path keep apart what the browser kept apart."""
    raw = scope.get("raw_path") or b""
    if b"%2f" in raw.lower():
        parts = raw.decode("ascii", "replace").split("?")[0].split("/")
        scope["path"] = "/".join(unquote(part).replace("/", _SLASH) for part in parts)
