"""The provider of Binance's bulk archive: HTTPS, no key. A file counts once it is what its .CHECKSUM says.

A file that was begun is gone on with (Range) after a kill; one with a wrong checksum is fetched again from its start.
QF_BINANCE_ARCHIVE_URL names another address of the same layout.
"""

import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import httpx

from quantumflow.durable import replace_file
from quantumflow.errors import DataRefused
from quantumflow.research.data.archive_names import archive_files, checksum_of
from quantumflow.research.data.providers import Told, Wanted
from quantumflow.research.data.store import file_sha256

__all__ = ["ATTEMPTS_MAX", "FILE_BYTES_MAX", "BinanceArchive"]

ATTEMPTS_MAX = 5
FILE_BYTES_MAX = 16 * 1024**3
_TIMEOUT_SECONDS = 30.0
_WAIT_SECONDS = 1.0
_WAIT_MAX_SECONDS = 60.0
_BLOCK = 1 << 18
_AGAIN = frozenset({408, 429, 500, 502, 503, 504})
_URL = "https://data.binance.vision"


_T = TypeVar("_T")


class _Retry(Exception):
    """Worth another attempt, after so many seconds if the server said so."""

    def __init__(self, why: str, wait: float | None = None) -> None:
        super().__init__(why)
        self.wait = wait


class BinanceArchive:
    """See above. `sleep` is an argument for tests."""

    name = "binance"

    def __init__(self, url: str | None = None, sleep: Callable[[float], None] = time.sleep) -> None:
        self.url = (url or os.environ.get("QF_BINANCE_ARCHIVE_URL", _URL)).rstrip("/")
        self.sleep = sleep
        self.client = httpx.Client(timeout=_TIMEOUT_SECONDS, follow_redirects=False)

    def files(self, wanted: Wanted) -> Sequence[str]:
        return archive_files(wanted)

    def bring(self, file: str, target: Path, told: Told) -> bool:
        sums = target.with_name(target.name + ".CHECKSUM")
        text = self._often(lambda: self._small(f"{file}.CHECKSUM"), file)
        if text is None:
            return False
        expected = checksum_of(text, f"{self.url}/{file}.CHECKSUM")
        if target.is_file() and file_sha256(target) == expected:
            return True
        part = target.with_name(target.name + ".part")

        def whole() -> bool:
            if not self._go_on(file, part, told):
                return False
            if file_sha256(part) != expected:
                part.unlink()
                raise _Retry("its SHA-256 is not what .CHECKSUM says")
            return True

        if not self._often(whole, file):
            return False
        replace_file(sums, text.encode())
        part.replace(target)
        return True

    def _often(self, ask: Callable[[], _T], file: str) -> _T:
        """Asks again after what passes, at growing distances; at most ATTEMPTS_MAX times."""
        for attempt in range(ATTEMPTS_MAX):
            try:
                return ask()
            except (_Retry, httpx.TransportError) as error:
                why = str(error) or type(error).__name__
                wait = error.wait if isinstance(error, _Retry) else None
                if attempt + 1 < ATTEMPTS_MAX:
                    self.sleep(min(_WAIT_SECONDS * 2**attempt if wait is None else wait, _WAIT_MAX_SECONDS))
        detail = f"{self.url}/{file}: {why}, {ATTEMPTS_MAX} times; run it again later, what is there is kept"
        raise DataRefused("archive_unreachable", detail)

    def _go_on(self, file: str, part: Path, told: Told) -> bool:
        """Fetches from where `part` ends. False if there is no such file."""
        have = part.stat().st_size if part.exists() else 0
        headers = {"range": f"bytes={have}-"} if have else {}
        with self.client.stream("GET", f"{self.url}/{file}", headers=headers) as answer:
            self._judged(answer)
            if answer.status_code == 404:
                return False
            if answer.status_code == 416:  # what is there is as long as the file, or longer
                return True
            if answer.status_code == 200:
                have = 0
            total = have + int(answer.headers.get("content-length", 0))
            if total > FILE_BYTES_MAX:
                raise DataRefused("archive_refused", f"{file} has {total} bytes, more than {FILE_BYTES_MAX}")
            with part.open("r+b" if have else "wb") as sink:
                sink.seek(have)
                for block in answer.iter_raw(_BLOCK):
                    sink.write(block)
                    have += len(block)
                    told(file, have, total)
                    if have > FILE_BYTES_MAX:
                        raise DataRefused("archive_refused", f"{file} is longer than {FILE_BYTES_MAX} bytes")
        if total and have < total:
            raise _Retry(f"ended after {have} of {total} bytes")
        return True

    def _small(self, file: str) -> str | None:
        answer = self._judged(self.client.get(f"{self.url}/{file}"))
        return None if answer.status_code == 404 else answer.text

    def _judged(self, answer: httpx.Response) -> httpx.Response:
        """Raises what another status than those that are expected means."""
        if answer.status_code in _AGAIN:
            said = answer.headers.get("retry-after", "")
            raise _Retry(f"HTTP {answer.status_code}", float(said) if said.isdigit() else None)
        if answer.status_code not in (200, 206, 404, 416):
            detail = f"{answer.request.url}: HTTP {answer.status_code}; the archive is not reachable from here"
            raise DataRefused("archive_refused", detail)
        return answer
