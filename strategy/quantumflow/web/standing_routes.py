"""Routes to how the appliance stands: health, status, limits, bots, strategies, latency, configuration."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from quantumflow.bots.schemas import strategy_schemas
from quantumflow.web import looks
from quantumflow.web.asked import COMMON_ANSWERS, No, answers
from quantumflow.web.models import account as money
from quantumflow.web.models import expectation as expected
from quantumflow.web.models import records, standing
from quantumflow.web.once import Once
from quantumflow.web.readiness import not_ready
from quantumflow.web.sources import WebSources

__all__ = ["health_routes", "standing_routes"]

STATUS_SECONDS = 0.5
LIMITS_SECONDS = 1.0
"""How old an answer may be that many ask for."""
STRATEGIES_SECONDS = 5.0
"""How long a new file of a user may wait to be shown."""


def health_routes(sources: WebSources, now_ns: Callable[[], int]) -> APIRouter:
    """The two for machines."""
    router = APIRouter(tags=["health"], responses=answers(400, 405, 413, 414, 429, 431))

    @router.get("/healthz", response_model=standing.Health)
    def healthz(_: No) -> dict[str, Any]:
        """This process answers; nothing more is said without the token."""
        return {"ok": True}

    not_yet: dict[int | str, dict[str, Any]] = {503: {"model": standing.Readiness, "description": "Not ready."}}

    @router.get("/readyz", response_model=standing.Readiness, responses={**answers(401, 421), **not_yet})
    def readyz(_: No) -> JSONResponse:
        """503 with the reasons while an order would be refused for a reason of the system."""
        reasons = not_ready(sources.files, sources.ask_risk, now_ns())
        return JSONResponse({"ready": not reasons, "reasons": reasons}, status_code=503 if reasons else 200)

    return router


def standing_routes(sources: WebSources, now_ns: Callable[[], int]) -> APIRouter:
    """What is asked often is made once for all who ask."""
    router = APIRouter(prefix="/api/v1", responses=COMMON_ANSWERS)
    made: Once[None, dict[str, Any]] = Once(lambda _: looks.status(sources, now_ns()), STATUS_SECONDS)
    known: Once[None, dict[str, Any]] = Once(lambda _: _strategies(sources), STRATEGIES_SECONDS)
    used: Once[None, dict[str, Any]] = Once(lambda _: _limits(sources, now_ns()), LIMITS_SECONDS)

    @router.get("/status", tags=["status"], response_model=standing.Status)
    def status(_: No) -> dict[str, Any]:
        """Is it alive, on which venue, does it trade, and if not why."""
        return made(None)

    @router.get("/limits", tags=["risk"], response_model=standing.Limits)
    def limits(_: No) -> dict[str, Any]:
        """Each risk rule: how much of its limit is used, and the last order that it refused."""
        return used(None)

    @router.get("/latency", tags=["status"], response_model=standing.Latency)
    def latency(_: No) -> dict[str, Any]:
        """Histograms of the trader's stages."""
        return {"items": looks.latency(sources, now_ns())}

    @router.get("/bots", tags=["bots"], response_model=money.Bots)
    def bots(_: No) -> dict[str, Any]:
        """Bots: strategy, parameters, state, positions and what they earned."""
        with sources.journal() as journal:
            return {"items": looks.bots(sources, journal, now_ns())}

    @router.get("/expectation", tags=["bots"], response_model=expected.Expectation)
    def expectation(_: No) -> dict[str, Any]:
        """Live results of bots that trade a specialists.toml, by regime, against what the file expects."""
        return looks.expectation(sources)

    @router.get("/strategies", tags=["bots"], response_model=money.Strategies)
    def strategies(_: No) -> dict[str, Any]:
        """Strategies that a bot can run, with their parameters."""
        return known(None)

    @router.get("/config", tags=["status"], response_model=records.ConfigInForce)
    def config(_: No) -> dict[str, Any]:
        """The configuration in force, secrets masked."""
        return {"venue": sources.venue, "values": sources.config}

    return router


def _limits(sources: WebSources, now_ns: int) -> dict[str, Any]:
    with sources.journal() as journal:
        return looks.limits(sources, journal, now_ns)


def _strategies(sources: WebSources) -> dict[str, Any]:
    """Those of ours and of users, each text loaded once in a process of its own (quantumflow.bots.schemas)."""
    chosen = (sources.config.get("strategies") or {}).get("folder")
    found = strategy_schemas(Path(chosen) if chosen else sources.root / "strategies")
    return {"items": [_strategy(one) for one in found]}


def _strategy(one: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": one["name"],
        "doc": one["doc"],
        "source": one["source"] if one["source"] == "built_in" else f"{one['source']} {one['place']}",
        "problem": one["problem"],
        "parameters": [
            {**{name: row[name] for name in ("name", "type", "default", "doc")}, **_range(row)}
            for row in one["parameters"]
        ],
        "plots": [{"name": row["name"], "doc": row["doc"], "pane": row["panel"]} for row in one["indicators"]],
    }


def _range(row: dict[str, Any]) -> dict[str, float]:
    return {"minimum": row["low"], "maximum": row["high"]}
