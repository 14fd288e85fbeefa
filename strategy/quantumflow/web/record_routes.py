"""Routes to what is kept beside the journal: its export, verifications, reports."""

from typing import Annotated, Any

from fastapi import APIRouter, Path
from fastapi.responses import FileResponse
from starlette.exceptions import HTTPException

from quantumflow.web.asked import COMMON_ANSWERS, No, answers
from quantumflow.web.export import verify_results
from quantumflow.web.models import records
from quantumflow.web.reports import find_file, list_reports
from quantumflow.web.sources import WebSources

__all__ = ["record_routes"]

_DAY = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"


def record_routes(sources: WebSources) -> APIRouter:
    """Files are served by day and name as the listing has them."""
    router = APIRouter(prefix="/api/v1", responses=COMMON_ANSWERS)

    @router.get("/verify", tags=["records"], response_model=records.VerifyResults, response_model_exclude_unset=True)
    def verify(_: No) -> dict[str, Any]:
        """The last results of `quantumflow verify`, oldest first; lines that are none are left out."""
        return {"items": verify_results(sources.root / "verify" / "results.jsonl")}

    @router.get("/reports", tags=["records"], response_model=records.Reports)
    def reports(_: No) -> dict[str, Any]:
        """Days with a report, and what each consists of."""
        return {"items": list_reports(sources.root / "reports")}

    files: dict[int | str, dict[str, Any]] = {
        200: {
            "description": "The file.",
            "content": {kind: {} for kind in ("text/markdown", "text/plain", "application/json", "image/png")},
        },
    }

    @router.get(
        "/reports/{day}/{name:path}",
        tags=["records"],
        response_class=FileResponse,
        responses={**files, **answers(404)},
    )
    def report_file(
        day: Annotated[str, Path(pattern=_DAY, examples=["2026-03-01"])],
        name: Annotated[str, Path(max_length=100, examples=["charts/equity.png"])],
        _: No,
    ) -> FileResponse:
        """A file of a day's report."""
        found = find_file(sources.root / "reports", day, name)
        if found is None:
            raise HTTPException(404, "no_such_file")
        path, media_type = found
        return FileResponse(path, media_type=media_type)

    return router
