"""A loopback archive that serves zips with checksums, and lies when it is told to."""

import hashlib
import io
import threading
import zipfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

__all__ = ["Archive", "archive", "zipped"]


def zipped(name: str, lines: list[str]) -> bytes:
    """A file as the archive has it."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo(name, (2024, 1, 1, 0, 0, 0)), "\n".join(lines) + "\n")
    return packed.getvalue()


class Archive:
    """`files` by path; `lies[path]` is a list of what the next answers do: a status, `torn`, `flipped`, `sum`."""

    def __init__(self) -> None:
        self.url = ""
        self.files: dict[str, bytes] = {}
        self.lies: dict[str, list[object]] = {}
        self.asked: Counter[str] = Counter()
        self.ranges: list[str] = []

    def add(self, path: str, content: bytes) -> None:
        self.files[path] = content
        self.files[f"{path}.CHECKSUM"] = f"{hashlib.sha256(content).hexdigest()}  {path.rsplit('/', 1)[1]}\n".encode()


def _handler(archive: Archive) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.lstrip("/")
            archive.asked[path] += 1
            lie = archive.lies.get(path, [None])
            now = lie.pop(0) if lie else None
            if isinstance(now, int):
                self._say(now, b"")
                return
            content = archive.files.get(path)
            if content is None:
                self._say(404, b"")
                return
            begin = 0
            if wanted := self.headers.get("range"):
                archive.ranges.append(wanted)
                begin = int(wanted.removeprefix("bytes=").rstrip("-"))
            if begin and begin >= len(content):
                self._say(416, b"")
                return
            body = content[begin:]
            if now == "flipped":
                body = bytes([body[0] ^ 1]) + body[1:]
            self._say(206 if begin else 200, body, short=now == "torn")

        def _say(self, status: int, body: bytes, short: bool = False) -> None:
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body[: len(body) // 2] if short else body)
            self.close_connection = True

        def log_message(self, *_: object) -> None:
            """Quiet."""

    return Handler


@contextmanager
def archive() -> Iterator[Archive]:
    """It answers until the block ends."""
    made = Archive()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(made))
    made.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
