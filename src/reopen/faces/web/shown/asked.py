"""What pages are asked for, as forms send it."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from pydantic import BeforeValidator, Field


def _none_if_empty(value: object) -> object:
    """A field of a form that nobody filled in."""
    return None if value == "" else value


Text = Annotated[str, Query(max_length=200)]

_Log10 = Annotated[float, Field(allow_inf_nan=False, ge=-1000, le=1000)]
Number = Annotated[_Log10 | None, BeforeValidator(_none_if_empty), Query()]

YesOrNo = Annotated[bool | None, BeforeValidator(_none_if_empty)]
