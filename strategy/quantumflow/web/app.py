"""The application: its routes put together. Everything that refuses stands in guard.py."""

import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager

import anyio.to_thread
import apsw
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from quantumflow.build import build_id
from quantumflow.errors import JournalError
from quantumflow.web.commands import add_commands
from quantumflow.web.export import add_export
from quantumflow.web.guard import OPEN_PATHS, Guard
from quantumflow.web.journal_routes import journal_routes
from quantumflow.web.market_routes import market_routes
from quantumflow.web.metrics import metrics_routes
from quantumflow.web.openapi import DESCRIPTION, TAGS, add_schema
from quantumflow.web.page import PageFile, page_paths, page_routes
from quantumflow.web.record_routes import record_routes
from quantumflow.web.sockets import Sockets
from quantumflow.web.sources import WebSources
from quantumflow.web.standing_routes import health_routes, standing_routes
from quantumflow.web.who import ANY_HOST, Hosts, Tokens

__all__ = ["THREADS_MAX", "WebSources", "make_app"]

THREADS_MAX = 4
"""Questions to the journal at one time; more wait, so that a crowd does not take the processor from the trader."""


def make_app(
    sources: WebSources,
    tokens: Tokens,
    now_ns: Callable[[], int] = time.time_ns,
    proxy: str = "none",
    hosts: Hosts = ANY_HOST,
    page: Mapping[str, PageFile] | None = None,
) -> FastAPI:
    """The application, guarded. `page`: the files of the web page, if it is served here."""

    sockets = Sockets(sources, now_ns)
    answered: Counter[int] = Counter()

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        anyio.to_thread.current_default_thread_limiter().total_tokens = THREADS_MAX
        yield
        await sockets.close()
        await sources.market.close()

    app = FastAPI(
        title="QuantumFlow",
        description=DESCRIPTION,
        version=build_id(),
        openapi_tags=TAGS,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        lifespan=lifespan,
    )
    app.state.sockets = sockets
    open_paths = OPEN_PATHS if page is None else OPEN_PATHS | page_paths(page)
    app.add_middleware(Guard, tokens=tokens, hosts=hosts, proxy=proxy, open_paths=open_paths, answered=answered)
    _add_failures(app)
    for router in (
        health_routes(sources, now_ns),
        standing_routes(sources, now_ns),
        journal_routes(sources, now_ns),
        market_routes(sources),
        record_routes(sources),
        metrics_routes(sources, sockets, answered),
    ):
        app.router.routes.extend(router.routes)  # flat, so that one list has every route there is
    add_export(app, sources.files.journal)
    if sources.door is not None:
        add_commands(app, sources.door)
    add_schema(app)
    sockets.add(app)
    if page is not None:
        app.router.routes.extend(page_routes(page))
    return app


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

    @app.exception_handler(Exception)
    async def failed(_: Request, __: Exception) -> JSONResponse:
        return JSONResponse({"error": "internal"}, status_code=500)
