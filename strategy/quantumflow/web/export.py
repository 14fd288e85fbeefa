"""The journal page by page, for somebody who will check it: lines of journal/export.py, packed where asked.

A page is bounded in events and in bytes, and one is made at a time: who asks meanwhile is told to come again.
"""

import gzip
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

from fastapi import FastAPI, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from quantumflow.exports import HEAD_HEADER, PAGE_BYTES_MAX, PAGE_EVENTS
from quantumflow.journal.export import EXPORT_VERSION, export_line
from quantumflow.journal.reader import JournalReader
from quantumflow.web.asked import COMMON_ANSWERS

__all__ = ["add_export", "verify_results"]

SERVED_BYTES_MAX = PAGE_BYTES_MAX // 2
"""A page ends with the line that passes this; the longest line still fits what a reader takes."""
VERIFY_LINES = 30
VERIFY_BYTES_MAX = 1_048_576
_SEQ_MAX = 2**62
_PACKED_LEVEL = 4


class _EventsQuery(BaseModel):
    """Events after `after`, oldest first."""

    model_config = ConfigDict(extra="forbid")

    after: int = Field(default=0, ge=0, le=_SEQ_MAX)
    limit: int = Field(default=PAGE_EVENTS, ge=1, le=PAGE_EVENTS)


def add_export(app: FastAPI, journal: Path) -> None:
    """The routes of the export."""
    turn = threading.BoundedSemaphore(1)

    lines: dict[int | str, dict[str, Any]] = {
        200: {"description": "Lines of JSON.", "content": {"application/x-ndjson": {"schema": {"type": "string"}}}}
    }

    @app.get("/api/v1/journal", tags=["records"], response_class=Response, responses={**COMMON_ANSWERS, **lines})
    def events(query: Annotated[_EventsQuery, Query()], request: Request) -> Response:
        """NDJSON, an event a line with its chain hash; the header Quantumflow-Head is the journal's last event."""
        if not journal.exists():
            raise HTTPException(503, "no_journal")
        with _turn(turn), JournalReader(journal) as reader:
            head = reader.head()
            body = _page(reader, query.after, query.limit)
            packed = "gzip" in request.headers.get("accept-encoding", "")
            headers = {HEAD_HEADER: str(head.seq if head else 0), "Vary": "Accept-Encoding"}
            if packed:
                headers["Content-Encoding"] = "gzip"
                body = gzip.compress(body, _PACKED_LEVEL, mtime=0)
        return Response(body, media_type=f"application/x-ndjson; version={EXPORT_VERSION}", headers=headers)


@contextmanager
def _turn(turn: threading.BoundedSemaphore) -> Iterator[None]:
    if not turn.acquire(blocking=False):
        raise HTTPException(503, "export_busy", headers={"retry-after": "2"})
    try:
        yield
    finally:
        turn.release()


def _page(reader: JournalReader, after: int, limit: int) -> bytes:
    lines, size = [], 0
    for row, chained in reader.chained(after, limit):
        lines.append(export_line(row, chained))
        size += len(lines[-1])
        if size > SERVED_BYTES_MAX:
            break
    return b"".join(lines)


def verify_results(file: Path) -> list[dict[str, Any]]:
    """The last lines of results.jsonl that are results, oldest first."""
    try:
        with file.open("rb") as stream:
            size = stream.seek(0, 2)
            stream.seek(max(0, size - VERIFY_BYTES_MAX))
            lines = stream.read(VERIFY_BYTES_MAX).splitlines()[-VERIFY_LINES:]
    except FileNotFoundError:
        return []
    found = []
    for line in lines:
        try:
            value = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(value, dict):
            found.append(value)
    return found
