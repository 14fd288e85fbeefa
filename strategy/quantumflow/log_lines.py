"""Log lines of the small programs: JSON to stderr by the standard library, every line redacted as a whole.

The same fields as the trader's lines. Redaction comes last, over the finished line, so that it holds for messages,
fields, tracebacks and whatever a library puts in its own lines. (structlog would cost such a program 12 MB.)
"""

import json
import logging
import sys
from contextlib import suppress
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, TextIO

from quantumflow.redaction import Redactor

__all__ = ["ForgivingStream", "Log", "configure_log_lines"]

LINE_CHARS_MAX = 8_192
_CHATTY = ("httpx", "httpcore", "telegram", "asyncio")
"""Libraries that print addresses, and with them the token, at INFO or DEBUG."""


class Log:
    """A named logger with fields."""

    def __init__(self, name: str) -> None:
        self._logger = logging.getLogger(name)

    def info(self, event: str, **fields: Any) -> None:
        self._logger.info(event, extra={"fields": fields})

    def warning(self, event: str, **fields: Any) -> None:
        self._logger.warning(event, extra={"fields": fields})

    def error(self, event: str, **fields: Any) -> None:
        self._logger.error(event, extra={"fields": fields})

    def exception(self, event: str, **fields: Any) -> None:
        """With the traceback of the exception that is being handled."""
        self._logger.exception(event, extra={"fields": fields})


class ForgivingStream:
    """Writes to a stream; a line that cannot be written is lost, and the program goes on.

    What matters stands in the journal and the status file, whose failures do end it.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """All of it, or nothing: both count as written."""
        with suppress(OSError):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        """What the stream still holds, if it takes it."""
        with suppress(OSError):
            self._stream.flush()


class _Lines(logging.Formatter):
    def __init__(self, redact: Redactor) -> None:
        super().__init__()
        self._redact = redact

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "event": record.getMessage(),
            "level": record.levelname.lower(),
            "timestamp": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "logger": record.name,
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        text = json.dumps({name: _shown(value) for name, value in line.items()}, ensure_ascii=False)
        return self._redact(text)


def _shown(value: Any) -> Any:
    """As JSON has it, else its words; bounded. A line break in a text is escaped by JSON: one event, one line."""
    if value is None or isinstance(value, bool | int | float):
        return value
    text = str(value)
    return text if len(text) <= LINE_CHARS_MAX else f"{text[:LINE_CHARS_MAX]}…"


def configure_log_lines(level: str, redact: Redactor) -> None:
    """For this process: its own lines from `level` on, chatty libraries from WARNING on, uncaught exceptions too."""
    handler = logging.StreamHandler(ForgivingStream(sys.stderr))
    handler.setFormatter(_Lines(redact))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    logging.captureWarnings(capture=True)
    for name in _CHATTY:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))

    def uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        root.critical("the process ends by an error", exc_info=(kind, error, trace))

    sys.excepthook = uncaught
