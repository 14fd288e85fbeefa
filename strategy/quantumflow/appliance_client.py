"""Asks a running appliance for its journal, over HTTPS with the read token. Its answers are checked, not trusted.

No redirect is followed, so the token goes nowhere but to the address that was named.
"""

import http.client
import json
import re
import time
import zlib
from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import urlsplit

from quantumflow.errors import ApplianceRefused
from quantumflow.exports import HEAD_HEADER, PAGE_BYTES_MAX, PAGE_EVENTS, EventPage
from quantumflow.journal.export import row_of_line

__all__ = ["AppliancePages"]

SECONDS_MAX = 30.0
"""Of one request."""
TRIES_MAX = 6
"""Of one request, when the appliance is busy or does not answer."""
WAIT_SECONDS_MAX = 30.0
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_NAME = re.compile(r"[a-z_]{1,40}")


class _Address(NamedTuple):
    secure: bool
    host: str
    port: int | None


class AppliancePages:
    """Pages of `url` (`https://…`, or http on loopback). `token` is the read token."""

    def __init__(self, url: str, token: str, sleep: Callable[[float], None] = time.sleep) -> None:
        self._address = _address(url)
        if not token or not token.isascii() or not token.isprintable():
            raise ApplianceRefused("token_needed", "set QF_WEB__TOKEN to the appliance's read token")
        self._url = url.rstrip("/")
        self._token = token
        self._sleep = sleep

    def after(self, seq: int) -> EventPage:
        head, body = self._get(f"/api/v1/journal?after={seq}&limit={PAGE_EVENTS}")
        lines = body.splitlines()
        if head is None or not re.fullmatch(r"[0-9]{1,18}", head) or len(lines) > PAGE_EVENTS:
            raise ApplianceRefused("appliance_malformed", f"{self._url}: not an answer of this API")
        return EventPage([row_of_line(line, f"{self._url}, after event {seq}") for line in lines], int(head))

    def verify_lines(self) -> bytes:
        _, body = self._get("/api/v1/verify")
        try:
            items = json.loads(body)["items"]
            return b"".join(json.dumps(item, separators=(",", ":")).encode() + b"\n" for item in items)
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise ApplianceRefused("appliance_malformed", f"{self._url}: {type(error).__name__}") from None

    def _get(self, target: str) -> tuple[str | None, bytes]:
        """The head's number, if it said one, and the unpacked body."""
        last = "no answer"
        for attempt in range(TRIES_MAX):
            if attempt:
                self._sleep(min(2.0**attempt, WAIT_SECONDS_MAX))
            try:
                status, headers, body = self._ask(target)
            except (OSError, http.client.HTTPException) as error:
                last = f"{type(error).__name__}: {error}"
                continue
            if status == 200:
                return headers.get(HEAD_HEADER), _unpacked(body, headers.get("Content-Encoding"), self._url)
            last = f"status {status} ({_error_name(body)})"
            if status not in {429, 500, 502, 503, 504}:
                raise ApplianceRefused(
                    "appliance_refused", f"{self._url}: {last}; {_REMEDY.get(status, 'see its log')}"
                )
        raise ApplianceRefused("appliance_unreachable", f"{self._url}: {last}, {TRIES_MAX} times")

    def _ask(self, target: str) -> tuple[int, http.client.HTTPMessage, bytes]:
        kind = http.client.HTTPSConnection if self._address.secure else http.client.HTTPConnection
        connection = kind(self._address.host, self._address.port, timeout=SECONDS_MAX)
        try:
            headers = {"Authorization": f"Bearer {self._token}", "Accept-Encoding": "gzip"}
            connection.request("GET", target, headers=headers)
            answer = connection.getresponse()
            body = answer.read(PAGE_BYTES_MAX + 1)
            if len(body) > PAGE_BYTES_MAX:
                raise ApplianceRefused("appliance_malformed", f"{self._url}: an answer of over {PAGE_BYTES_MAX} bytes")
            return answer.status, answer.headers, body
        finally:
            connection.close()


_REMEDY = {401: "QF_WEB__TOKEN is not its read token", 404: "it is of a build without this route: deploy a newer one"}


def _address(url: str) -> _Address:
    refused = ApplianceRefused("url_refused", f"{url[:200]!r} is no https://host[:port] (http: on loopback alone)")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise refused from None
    host = parts.hostname or ""
    plain = not parts.username and not parts.password and not parts.query and not parts.fragment
    if not plain or parts.path not in {"", "/"} or not host:
        raise refused
    if parts.scheme == "https" or (parts.scheme == "http" and host in LOOPBACK):
        return _Address(parts.scheme == "https", host, port)
    raise refused


def _unpacked(body: bytes, encoding: str | None, url: str) -> bytes:
    if encoding is None:
        return body
    unpacker = zlib.decompressobj(31)
    try:
        text = unpacker.decompress(body, PAGE_BYTES_MAX + 1)
    except zlib.error as error:
        raise ApplianceRefused("appliance_malformed", f"{url}: {error}") from None
    if encoding != "gzip" or not unpacker.eof or len(text) > PAGE_BYTES_MAX:
        raise ApplianceRefused("appliance_malformed", f"{url}: an answer packed by {encoding[:20]!r}, torn or too long")
    return text


def _error_name(body: bytes) -> str:
    """The refusal's name, if the answer has one; never its text."""
    try:
        name = json.loads(body)["error"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return "no name"
    return name if isinstance(name, str) and _NAME.fullmatch(name) else "no name"
