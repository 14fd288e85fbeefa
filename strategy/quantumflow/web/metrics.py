"""The web's own figures for Prometheus, and core_risk's handed through, since its token is drawn at each start."""

import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from quantumflow.exposition import CONTENT_TYPE, Exposition
from quantumflow.metrics_door import own_memory
from quantumflow.unix_http import HttpBroken, UnixHttp
from quantumflow.web.asked import COMMON_ANSWERS, No
from quantumflow.web.sockets import Sockets
from quantumflow.web.sources import WebSources

__all__ = ["RiskMetrics", "ask_risk_metrics", "metrics_routes"]

RISK_SECONDS_MAX = 1.0

RiskMetrics = Callable[[], bytes | None]


def metrics_routes(sources: WebSources, sockets: Sockets, answered: Counter[int]) -> APIRouter:
    """`answered`: answers by status, counted by the guard."""
    plain: dict[int | str, dict[str, Any]] = {
        200: {"description": "Prometheus' text.", "content": {"text/plain": {"schema": {"type": "string"}}}}
    }
    router = APIRouter(tags=["health"], responses={**COMMON_ANSWERS, **plain})

    @router.get("/metrics", response_class=Response)
    def metrics(_: No) -> Response:
        """This process's figures, for Prometheus."""
        return Response(_own(sources, sockets, answered), media_type=CONTENT_TYPE)

    @router.get("/metrics/core_risk", response_class=Response)
    def risk_metrics(_: No) -> Response:
        """core_risk's figures, as it tells them; 503 while it does not answer."""
        text = sources.risk_metrics()
        if text is None:
            raise HTTPException(503, "risk_unreachable")
        return Response(text, media_type=CONTENT_TYPE)

    return router


def _own(sources: WebSources, sockets: Sockets, answered: Counter[int]) -> str:
    told = Exposition()
    rows = [({"status": str(status)}, count) for status, count in sorted(answered.items())]
    told.counter("quantumflow_web_answers_total", "Answers, refusals included, by status.", rows)
    told.gauge("quantumflow_web_sockets", "WebSockets that are open.", [({}, sockets.open)])
    told.counter("quantumflow_web_socket_messages_total", "Messages sent over WebSockets.", [({}, sockets.sent)])
    told.counter("quantumflow_web_market_frames_total", "Frames of the market read.", [({}, sources.market.frames)])
    connected = int(sources.market.board.connected)
    told.gauge("quantumflow_web_market_connected", "1 while the market is read.", [({}, connected)])
    told.counter("quantumflow_web_journal_reads_total", "Reads of the journal's tail.", [({}, sockets.tail.reads)])
    own_memory(told, "web")
    return told.text()


def ask_risk_metrics(socket: Path, token: str) -> RiskMetrics:
    """core_risk's /metrics as it is; None if it gives none."""

    def ask() -> bytes | None:
        connection = UnixHttp(socket, (("Authorization", f"Bearer {token}"),), time.monotonic)
        try:
            answer = connection.request("GET", "/metrics", b"", RISK_SECONDS_MAX)
        except (OSError, HttpBroken):
            return None
        finally:
            connection.close()
        return answer.body if answer.status == 200 else None

    return ask
