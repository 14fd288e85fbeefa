"""What a question may hold, and what every route may answer besides its own."""

from typing import Annotated, Any

from fastapi import Path, Query
from pydantic import BaseModel, ConfigDict, Field

from quantumflow.journal.reader import PAGE_MAX, Page
from quantumflow.web.models.units import Refused

__all__ = ["COMMON_ANSWERS", "NUMBER_MAX", "No", "Number", "Paging", "Symbol", "answers", "paged"]

NUMBER_MAX = 2**62


class _Nothing(BaseModel):
    """A route that takes no parameter refuses every one."""

    model_config = ConfigDict(extra="forbid")


class _PageQuery(BaseModel):
    """A page, newest first: `before` is the `next` of the page before."""

    model_config = ConfigDict(extra="forbid")

    before: int | None = Field(default=None, ge=1, le=NUMBER_MAX, description="The `next` of the page before.")
    limit: int = Field(default=50, ge=1, le=PAGE_MAX, description="Rows of the page.")


No = Annotated[_Nothing, Query()]
Paging = Annotated[_PageQuery, Query()]
Number = Annotated[int, Path(description="Its number.", examples=[9])]
Symbol = Annotated[
    str, Path(pattern=r"^[A-Z0-9]{2,20}([-/][A-Z0-9]{2,20})?$", description="An instrument.", examples=["BTCUSDT"])
]

_WORDS = {
    400: "A parameter is not what it may be; it is named.",
    401: "Without a token.",
    403: "The control token is needed, or the Origin is another.",
    404: "There is no such thing.",
    405: "The method is not allowed.",
    409: "The key was used with other content, or the kill file is present.",
    411: "A body needs its length.",
    413: "A body where none is taken, or one that is too long.",
    414: "The address is too long.",
    421: "Asked for by a host name that this appliance does not have.",
    429: "Too often; come again after `retry-after` seconds.",
    431: "The headers are too long.",
    503: "It cannot be said now; the name says why.",
}


def answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """These refusals, for a route's documentation."""
    return {status: {"model": Refused, "description": _WORDS[status]} for status in statuses}


COMMON_ANSWERS = answers(400, 401, 405, 413, 414, 421, 429, 431, 503)
"""What the guard or a broken source may answer anywhere."""


def paged(page: Page) -> dict[str, Any]:
    """A page as an answer."""
    return {"items": page.items, "next": page.next}
