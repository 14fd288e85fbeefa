"""The API's own description: GET /api/openapi.json, or `python -m quantumflow.web.describe` without an appliance.

There is no page that draws it: those that are common fetch their code from elsewhere, and nothing here does that.
"""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from quantumflow.web.asked import COMMON_ANSWERS, No

__all__ = ["DESCRIPTION", "TAGS", "add_schema", "schema_of"]

DESCRIPTION = """What an appliance did and does, and the one door to command it.

Every path but `/healthz` needs `Authorization: Bearer TOKEN`; commands need the control token. Unknown parameters are
refused by name. Integers keep their units: ticks, lots, 10⁻⁸ of the quote currency (`_e8`), millionths (`_ppm`), UTC
nanoseconds (`_ns`); beside them `display` has the same as exact decimal texts. A figure that nobody can give is null.
Nanoseconds are beyond 2⁵³: a reader whose numbers are floats loses some hundred nanoseconds of them, and nothing else.
What changes by itself comes over WebSockets: see WEBSOCKET.md beside this program's source.
"""

TAGS = [
    {"name": "status", "description": "Is it alive, does it trade, and if not why."},
    {"name": "account", "description": "Money, equity, positions, sessions."},
    {"name": "trades", "description": "Orders, fills with their evidence, signals."},
    {"name": "risk", "description": "Limits, their use, and verdicts."},
    {"name": "bots", "description": "Bots and the strategies they can run."},
    {"name": "market", "description": "Book and candles as they are now."},
    {"name": "records", "description": "Journal, verifications, reports."},
    {"name": "commands", "description": "What an operator says."},
    {"name": "health", "description": "For machines."},
]
_VALIDATION = "422"


def add_schema(app: FastAPI) -> None:
    """The route; it describes every route but itself."""

    @app.get("/api/openapi.json", tags=["status"], responses=COMMON_ANSWERS)
    def openapi(_: No) -> dict[str, Any]:
        """This description."""
        return schema_of(app)


def schema_of(app: FastAPI) -> dict[str, Any]:
    """The description, with how to authenticate; refusals of parameters are this API's 400, not the framework's 422."""
    if app.openapi_schema is None:
        schema = get_openapi(
            title=app.title,
            version=app.version,
            description=app.description,
            routes=app.routes,
            tags=app.openapi_tags,
        )
        for path, item in schema["paths"].items():
            for operation in item.values():
                operation["responses"].pop(_VALIDATION, None)
                operation["security"] = [] if path == "/healthz" else [{"token": []}]
        parts = schema["components"]
        for name in ("HTTPValidationError", "ValidationError"):
            parts["schemas"].pop(name, None)
        parts["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
        app.openapi_schema = schema
    return app.openapi_schema
