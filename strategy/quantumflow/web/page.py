"""The web page: what the setup built of strategy/dashboard, read once at the start, answered from memory by exact name.

Nobody's token is needed to fetch it, and nothing in it is secret: whoever opens it is asked for the token. Assets carry
a digest of their content in their name, so browsers keep them for ever; the index, which names them, is not kept.
"""

import gzip
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

__all__ = ["PAGE_FOLDER", "PAGE_POLICY", "PageFile", "page_paths", "page_routes", "read_page"]

PAGE_FOLDER = Path(__file__).parent / "page"
FILES_MAX = 64
FILE_BYTES_MAX = 2_000_000

PAGE_POLICY = "; ".join(
    (
        "default-src 'none'",
        *(f"{kind}-src 'self'" for kind in ("script", "style", "font", "img", "connect")),
        *(f"{name} 'none'" for name in ("base-uri", "form-action", "frame-ancestors")),
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    )
)
"""Nothing inline, nothing from elsewhere, and no text that becomes code."""

_INDEX = "/"
_MEDIA_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
}
_PACKED = frozenset({".html", ".js", ".css", ".svg"})
_PAGE_HEADERS = {
    "content-security-policy": PAGE_POLICY,
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "cross-origin-opener-policy": "same-origin",
    "cache-control": "no-store",
}
_ASSET_HEADERS = {"cache-control": "public, max-age=31536000, immutable"}


class PageFile(NamedTuple):
    """One file as it is sent; `packed` is None where packing gains nothing."""

    media_type: str
    content: bytes
    packed: bytes | None


def read_page(folder: Path = PAGE_FOLDER) -> dict[str, PageFile]:
    """By path of the address. Empty where the page is not built; what no build makes, by kind or size, is left out."""
    found = {}
    for file in sorted(folder.glob("**/*"))[:FILES_MAX] if (folder / "index.html").is_file() else []:
        if file.suffix in _MEDIA_TYPES and file.is_file() and file.stat().st_size <= FILE_BYTES_MAX:
            content = file.read_bytes()
            packed = gzip.compress(content, mtime=0) if file.suffix in _PACKED else None
            name = "/" + file.relative_to(folder).as_posix()
            found[_INDEX if name == "/index.html" else name] = PageFile(_MEDIA_TYPES[file.suffix], content, packed)
    return found


def page_paths(files: Mapping[str, PageFile]) -> frozenset[str]:
    """What is answered without a token."""
    return frozenset({_INDEX, *files})


def page_routes(files: Mapping[str, PageFile]) -> list[BaseRoute]:
    """A route a file, outside of the API's description; without a page, one that says how to build it."""
    if not files:
        return [Route(_INDEX, _not_built, methods=["GET"], include_in_schema=False)]
    return [Route(path, _sends(path, file), methods=["GET"], include_in_schema=False) for path, file in files.items()]


def _not_built(_: Request) -> Response:
    body = {"error": "page_not_built", "detail": "run make setup; the API answers under /api/v1"}
    return JSONResponse(body, status_code=503)


def _sends(path: str, file: PageFile) -> Callable[[Request], Response]:
    """Answers with one file, packed for who takes that."""
    headers = _PAGE_HEADERS if path == _INDEX else _ASSET_HEADERS

    def send(request: Request) -> Response:
        if file.packed is None:
            return Response(file.content, media_type=file.media_type, headers=headers)
        packs = "gzip" in request.headers.get("accept-encoding", "")
        encoding = {"content-encoding": "gzip"} if packs else {}
        content = file.packed if packs else file.content
        return Response(content, media_type=file.media_type, headers={**headers, **encoding, "vary": "accept-encoding"})

    return send
