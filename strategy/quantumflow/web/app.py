"""The routes: what is asked, of the journal or of the programs. Everything that refuses stands in guard.py."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

import apsw
from fastapi import FastAPI, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from quantumflow.errors import JournalError
from quantumflow.journal.reader import PAGE_MAX, JournalReader, Page
from quantumflow.overview import Sources, overview
from quantumflow.web.commands import CommandDoor, add_commands
from quantumflow.web.export import add_export
from quantumflow.web.guard import Guard
from quantumflow.web.readiness import AskRisk, not_ready

__all__ = ["WebSources", "make_app"]

_NUMBER_MAX = 2**62


@dataclass(frozen=True, slots=True)
class WebSources:
    """Where the answers come from."""

    files: Sources
    venue: str
    ask_risk: AskRisk
    door: CommandDoor | None = None
    """None: commands are not taken here."""


class _Nothing(BaseModel):
    """A route that takes no parameter refuses every one."""

    model_config = ConfigDict(extra="forbid")


class _PageQuery(BaseModel):
    """A page, newest first: `before` is the `next` of the page before."""

    model_config = ConfigDict(extra="forbid")

    before: int | None = Field(default=None, ge=1, le=_NUMBER_MAX)
    limit: int = Field(default=50, ge=1, le=PAGE_MAX)


_No = Annotated[_Nothing, Query()]
_Paging = Annotated[_PageQuery, Query()]


def make_app(
    sources: WebSources,
    token: str,
    now_ns: Callable[[], int] = time.time_ns,
    control_token: str | None = None,
    proxy: str = "none",
) -> FastAPI:
    """The application, guarded. It holds nothing between two requests."""
    app = FastAPI(title="QuantumFlow", docs_url=None, redoc_url=None, openapi_url=None)
    app.add_middleware(Guard, token=token, control_token=control_token, proxy=proxy)
    _add_failures(app)
    _add_health(app, sources, now_ns)
    _add_journal(app, sources, now_ns)
    add_export(app, sources.files.journal)
    if sources.door is not None:
        add_commands(app, sources.door)
    return app


def _add_health(app: FastAPI, sources: WebSources, now_ns: Callable[[], int]) -> None:
    @app.get("/healthz")
    def healthz(_: _No) -> dict[str, Any]:
        """This process answers; nothing more is said without the token."""
        return {"ok": True}

    @app.get("/readyz")
    def readyz(_: _No) -> JSONResponse:
        """503 with the reasons while an order would be refused for a reason of the system."""
        reasons = not_ready(sources.files, sources.ask_risk, now_ns())
        return JSONResponse({"ready": not reasons, "reasons": reasons}, status_code=503 if reasons else 200)


def _add_journal(app: FastAPI, sources: WebSources, now_ns: Callable[[], int]) -> None:
    @app.get("/api/v1/status")
    def status(_: _No) -> dict[str, Any]:
        """As `quantumflow status --json`."""
        return overview(sources.files, sources.venue, now_ns())

    @app.get("/api/v1/account")
    def account(_: _No) -> dict[str, Any]:
        with _journal(sources) as journal:
            return journal.account()

    @app.get("/api/v1/positions")
    def positions(_: _No) -> dict[str, Any]:
        with _journal(sources) as journal:
            return {"items": journal.positions()}

    @app.get("/api/v1/orders")
    def orders(page: _Paging) -> dict[str, Any]:
        with _journal(sources) as journal:
            return _paged(journal.orders(page.before, page.limit))

    @app.get("/api/v1/fills")
    def fills(page: _Paging) -> dict[str, Any]:
        with _journal(sources) as journal:
            return _paged(journal.fills(page.before, page.limit))

    @app.get("/api/v1/fills/{number}")
    def fill(number: int, _: _No) -> dict[str, Any]:
        """One fill with its evidence: order, verdict and signal."""
        with _journal(sources) as journal:
            story = journal.fill(number) if 0 < number < _NUMBER_MAX else None
        if story is None:
            raise HTTPException(404, "no_such_fill")
        return story._asdict()

    @app.get("/api/v1/commands")
    def commands(page: _Paging) -> dict[str, Any]:
        """What operators said, newest first."""
        with _journal(sources) as journal:
            return _paged(journal.commands(page.before, page.limit))

    @app.get("/api/v1/signals")
    def signals(page: _Paging) -> dict[str, Any]:
        with _journal(sources) as journal:
            return _paged(journal.signals(page.before, page.limit))


def _journal(sources: WebSources) -> JournalReader:
    if not sources.files.journal.exists():
        raise HTTPException(503, "no_journal")
    return JournalReader(sources.files.journal)


def _paged(page: Page) -> dict[str, Any]:
    return {"items": page.items, "next": page.next}


def _add_failures(app: FastAPI) -> None:
    """Outside: a name. Inside: the log has the rest."""

    @app.exception_handler(RequestValidationError)
    async def bad_request(_: Request, error: RequestValidationError) -> JSONResponse:
        detail = [{"parameter": str(one["loc"][-1]), "problem": one["msg"]} for one in error.errors()]
        return JSONResponse({"error": "bad_request", "detail": detail}, status_code=400)

    @app.exception_handler(HTTPException)
    async def refused(_: Request, error: HTTPException) -> JSONResponse:
        name = "not_found" if error.detail == "Not Found" else str(error.detail)
        return JSONResponse({"error": name}, status_code=error.status_code, headers=error.headers)

    @app.exception_handler(JournalError)
    @app.exception_handler(apsw.Error)
    async def journal_failed(_: Request, __: Exception) -> JSONResponse:
        return JSONResponse({"error": "journal_unreadable"}, status_code=503)
