"""Routes to the journal: account, equity, positions, orders, fills, signals, verdicts, sessions, commands."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from quantumflow.web import looks
from quantumflow.web.asked import COMMON_ANSWERS, NUMBER_MAX, No, Number, Paging, answers, paged
from quantumflow.web.models import account as money
from quantumflow.web.models import standing, trades
from quantumflow.web.once import Once
from quantumflow.web.sources import WebSources
from quantumflow.why import explain_fill, explain_order

__all__ = ["journal_routes"]

EQUITY_SECONDS = 2.0
"""How old a series may be that is shown."""
_CLIENT_ID = r"^[a-z][a-z0-9_]{0,23}-[0-9]{1,18}$"

_EquityAsked = tuple[int | None, int | None, int]


class _EquityQuery(BaseModel):
    """The series between two moments."""

    model_config = ConfigDict(extra="forbid")

    from_ns: int | None = Field(default=None, ge=0, le=NUMBER_MAX, description="Default: the first row.")
    to_ns: int | None = Field(default=None, ge=0, le=NUMBER_MAX, description="Default: the last row.")
    points: int = Field(default=500, ge=1, le=looks.POINTS_MAX, description="Steps at most.")


def journal_routes(sources: WebSources, now_ns: Callable[[], int]) -> APIRouter:
    """All of them read only; lists are pages, newest first."""
    router = APIRouter(prefix="/api/v1", responses=COMMON_ANSWERS)
    _add_account(router, sources, now_ns)
    _add_trades(router, sources)
    _add_records(router, sources)
    return router


def _add_account(router: APIRouter, sources: WebSources, now_ns: Callable[[], int]) -> None:
    def make_equity(asked: _EquityAsked) -> dict[str, Any]:
        with sources.journal() as journal:
            return looks.equity(journal, *asked)

    series: Once[_EquityAsked, dict[str, Any]] = Once(make_equity, EQUITY_SECONDS)

    @router.get("/account", tags=["account"], response_model=money.Account)
    def account(_: No) -> dict[str, Any]:
        """Cash, fees, profit and counts as committed, and the last marked equity."""
        with sources.journal() as journal:
            return looks.account(sources, journal)

    @router.get("/equity", tags=["account"], response_model=money.Equity)
    def equity(asked: Annotated[_EquityQuery, Query()]) -> dict[str, Any]:
        """The equity series, downsampled with its extremes: a drawdown is never thinned out."""
        return series((asked.from_ns, asked.to_ns, asked.points))

    @router.get("/positions", tags=["account"], response_model=money.Positions)
    def positions(_: No) -> dict[str, Any]:
        """Every bot and instrument that ever traded, at the prices where it could be left now."""
        with sources.journal() as journal:
            return {"items": looks.positions(sources, journal, now_ns())}

    @router.get("/sessions", tags=["account"], response_model=money.SessionPage)
    def sessions(page: Paging) -> dict[str, Any]:
        """Runs of the trader."""
        with sources.journal() as journal:
            return paged(journal.sessions(page.before, page.limit))


def _add_trades(router: APIRouter, sources: WebSources) -> None:
    @router.get("/orders", tags=["trades"], response_model=trades.OrderPage)
    def orders(page: Paging) -> dict[str, Any]:
        """Orders, as they stand."""
        with sources.journal() as journal:
            return paged(journal.orders(page.before, page.limit))

    @router.get("/orders/{client_id}", tags=["trades"], response_model=trades.OrderStory, responses=answers(404))
    def order(client_id: Annotated[str, Path(pattern=_CLIENT_ID, examples=["imbalance-00000017"])], _: No) -> Any:
        """One order with its verdict, signal and fills."""
        with sources.journal() as journal:
            found = journal.order(client_id)
            if found is None:
                raise HTTPException(404, "no_such_order")
            verdict, fills = journal.verdict(client_id), journal.fills_of(client_id)
            signal = journal.signal(found["signal"]) if found["signal"] is not None else None
        words = explain_order(found, fills, verdict, signal)
        return {"order": found, "verdict": verdict, "signal": signal, "fills": fills, "words": words}

    @router.get("/fills", tags=["trades"], response_model=trades.FillPage)
    def fills(page: Paging) -> dict[str, Any]:
        """Fills, each with its evidence."""
        with sources.journal() as journal:
            return paged(journal.fills(page.before, page.limit))

    @router.get("/fills/{number}", tags=["trades"], response_model=trades.FillStory, responses=answers(404))
    def fill(number: Number, _: No) -> dict[str, Any]:
        """One fill with everything that led to it: order, verdict with its rules, signal, and the same in words."""
        with sources.journal() as journal:
            story = journal.fill(number) if 0 < number < NUMBER_MAX else None
        if story is None:
            raise HTTPException(404, "no_such_fill")
        return {**story._asdict(), "words": explain_fill(story)}

    @router.get("/signals", tags=["trades"], response_model=trades.SignalPage)
    def signals(page: Paging) -> dict[str, Any]:
        """Signals, executed or not, and why."""
        with sources.journal() as journal:
            return paged(journal.signals(page.before, page.limit))

    @router.get("/verdicts", tags=["risk"], response_model=trades.VerdictPage)
    def verdicts(page: Paging) -> dict[str, Any]:
        """What core_risk said of orders, with every rule that it consulted and the rule's numbers."""
        with sources.journal() as journal:
            return paged(journal.verdicts(page.before, page.limit))


def _add_records(router: APIRouter, sources: WebSources) -> None:
    @router.get("/commands", tags=["commands"], response_model=standing.CommandPage)
    def commands(page: Paging) -> dict[str, Any]:
        """What operators said."""
        with sources.journal() as journal:
            return paged(journal.commands(page.before, page.limit))
