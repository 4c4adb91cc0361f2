"""What pages are asked for, as forms send it."""

from __future__ import annotations

from typing import Annotated

from fastapi import Form, Query
from pydantic import BeforeValidator, Field


def _none_if_empty(value: object) -> object:
    """A field of a form that nobody filled in."""
    return None if value == "" else value


Text = Annotated[str, Query(max_length=200)]

_Log10 = Annotated[float, Field(allow_inf_nan=False, ge=-1000, le=1000)]
Number = Annotated[_Log10 | None, BeforeValidator(_none_if_empty), Query()]

YesOrNo = Annotated[bool | None, BeforeValidator(_none_if_empty)]

_Probability = Annotated[float, Field(allow_inf_nan=False, ge=0, lt=1)]
Probability = Annotated[_Probability | None, BeforeValidator(_none_if_empty), Form()]

_Rfu = Annotated[float, Field(allow_inf_nan=False, ge=1, le=100_000)]
Rfu = Annotated[_Rfu | None, BeforeValidator(_none_if_empty), Form()]

_Count = Annotated[int, Field(ge=0, le=100_000)]
Count = Annotated[_Count | None, BeforeValidator(_none_if_empty), Form()]
