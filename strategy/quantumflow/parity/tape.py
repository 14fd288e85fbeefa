"""market_data repeats a recording: the frames that one reader had, and whether they are those that were published."""

import json
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Literal, NamedTuple, Self

from quantumflow.errors import ParityFailed
from quantumflow.parity.rows import Window

__all__ = ["Chunk", "Tape", "find_recording"]

_LENGTH_BYTES = 4
_PIPE_BYTES = 1 << 20


class Chunk(NamedTuple):
    """Bytes of whole frames: `j` Hello and what repeats the present for one who joined, `f` what came then."""

    tag: Literal["j", "f"]
    content: bytes


class Tape:
    """One run of `market_data repeat`. Its report is there when every chunk was taken."""

    def __init__(self, program: Sequence[str], recording: Path, windows: Sequence[Window], scratch: Path) -> None:
        asked, self._report = scratch / "windows.json", scratch / "report.json"
        asked.write_text(json.dumps([window.as_json() for window in windows]), encoding="utf-8")
        self._complaints = (scratch / "complaints.txt").open("w+b")
        self._process = subprocess.Popen(  # noqa: S603 (our own program)
            [*program, "repeat", str(recording), "--windows", str(asked), "--report", str(self._report)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self._complaints,
            bufsize=_PIPE_BYTES,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        self._out.close()
        self._complaints.close()

    @property
    def _out(self) -> IO[bytes]:
        if self._process.stdout is None:
            raise RuntimeError("the program was started with a pipe")
        return self._process.stdout

    def chunks(self) -> Iterator[Chunk]:
        """In order, to the end."""
        while head := self._out.read(1 + _LENGTH_BYTES):
            length = int.from_bytes(head[1:], "little")
            content = self._out.read(length)
            if len(content) < length:
                return
            yield Chunk("j" if head[:1] == b"j" else "f", content)

    def report(self) -> dict[str, Any]:
        """What market_data found. Raises ParityFailed if it could not look."""
        while self._out.read(_PIPE_BYTES):
            pass
        if self._process.wait() != 0:
            self._complaints.seek(0)
            said = self._complaints.read().decode("utf-8", "replace").strip().splitlines()
            raise ParityFailed("recording_unreadable", said[-1] if said else "market_data could not read the recording")
        report: dict[str, Any] = json.loads(self._report.read_text(encoding="utf-8"))
        return report


def find_recording(directory: Path, market_session: str) -> Path | None:
    """The run of the recordings that is of this market session; None if there is none."""
    for manifest in sorted(directory.glob("*/manifest.json")):
        try:
            said = json.loads(manifest.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
        if isinstance(said, dict) and said.get("session") == market_session:
            return manifest.parent
    return None
