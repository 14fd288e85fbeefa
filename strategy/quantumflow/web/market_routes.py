"""Routes to the market as it is now: the newest book, and the minutes so far."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from quantumflow.frame_layout import LEVELS_MAX
from quantumflow.web.asked import COMMON_ANSWERS, Symbol, answers
from quantumflow.web.board import CANDLE_NS, CANDLES_KEPT, Shown
from quantumflow.web.models import market
from quantumflow.web.sources import WebSources

__all__ = ["market_routes"]


class _Levels(BaseModel):
    model_config = ConfigDict(extra="forbid")

    levels: int = Field(default=20, ge=1, le=LEVELS_MAX, description="Of each side.")


class _Minutes(BaseModel):
    model_config = ConfigDict(extra="forbid")

    limit: int = Field(default=500, ge=1, le=CANDLES_KEPT, description="The newest minutes.")


def market_routes(sources: WebSources) -> APIRouter:
    """Both from the one reader of market.sock, which a question wakes."""
    router = APIRouter(prefix="/api/v1", tags=["market"], responses=COMMON_ANSWERS)

    async def shown(symbol: str) -> Shown:
        board = await sources.market.wanted()
        found = board.shown.get(symbol)
        if found is None:
            raise HTTPException(404 if board.shown else 503, "no_such_instrument" if board.shown else "no_market")
        return found

    @router.get("/book/{symbol}", response_model=market.Book, responses=answers(404))
    async def book(symbol: Symbol, asked: Annotated[_Levels, Query()]) -> dict[str, Any]:
        """The newest book. 503 `no_book` while there is none."""
        found = (await shown(symbol)).book(sources.market.board.now_ns, asked.levels)
        if found is None:
            raise HTTPException(503, "no_book")
        return found

    @router.get("/candles/{symbol}", response_model=market.Candles, responses=answers(404))
    async def candles(symbol: Symbol, asked: Annotated[_Minutes, Query()]) -> dict[str, Any]:
        """Minutes, oldest first."""
        found = await shown(symbol)
        spec, items = found.spec, list(found.candles.values())[-asked.limit :]
        units = {"symbol": symbol, "tick_e8": spec.tick_e8, "lot_e8": spec.lot_e8}
        return {**units, "interval_ns": CANDLE_NS, "items": items}

    return router
