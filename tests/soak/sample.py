"""One look at every program of a running appliance: memory, handles, threads, queues, lag, disk."""

import contextlib
import re
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from end_to_end.appliance import Running

__all__ = ["PROGRAMS", "Sample", "look", "of_process"]

PROGRAMS = ("exchange_sim", "market_data", "core_risk", "trader", "web")
_METRICS_SECONDS_MAX = 5.0
_METRICS_BYTES_MAX = 2**20


class Sample(NamedTuple):
    """A raw value: bytes, counts, milliseconds or microseconds, as limits.py scales them."""

    program: str
    figure: str
    value: float


def look(appliance: Running, pids: dict[str, int], base: int) -> Iterator[Sample]:
    """Everything that can be seen now; what does not answer is left out, and its missing samples fail its limit."""
    for program, pid in pids.items():
        yield from of_process(program, pid)
    yield from _disk(appliance.data_dir)
    market = _metrics(base + 1)
    if "qf_market_queue_bytes" in market:
        yield Sample("market_data", "queue", market["qf_market_queue_bytes"])
    risk = _metrics(base + 2, _token(pids["core_risk"]))
    if "core_risk_market_queued" in risk:
        yield Sample("core_risk", "queue", risk["core_risk_market_queued"])
    yield from _trader(appliance.status("trader"))


def of_process(program: str, pid: int) -> Iterator[Sample]:
    """Proportional set size, resident size, open handles and threads of a process; nothing if it has ended."""
    proc = Path("/proc") / str(pid)
    with contextlib.suppress(OSError):
        rollup = (proc / "smaps_rollup").read_text(encoding="ascii")
        status = (proc / "status").read_text(encoding="ascii", errors="replace")
        yield Sample(program, "memory", 1024.0 * _number(r"^Pss:\s+(\d+) kB", rollup))
        yield Sample(program, "resident", 1024.0 * _number(r"^VmRSS:\s+(\d+) kB", status))
        yield Sample(program, "threads", _number(r"^Threads:\s+(\d+)", status))
        yield Sample(program, "handles", float(len(list((proc / "fd").iterdir()))))


def _number(pattern: str, text: str) -> float:
    found = re.search(pattern, text, flags=re.MULTILINE)
    return float(found.group(1)) if found else 0.0


def _disk(directory: Path) -> Iterator[Sample]:
    yield Sample("trader", "disk", _bytes(directory.glob("journal.*")))
    yield Sample("core_risk", "disk", _bytes(directory.glob("core_risk.log*")))
    yield Sample("market_data", "disk", _bytes((directory / "recordings").rglob("*")))
    yield Sample("up", "logs", _bytes((directory / "logs").rglob("*")))


def _bytes(paths: Iterator[Path]) -> float:
    total = 0
    for path in paths:
        with contextlib.suppress(OSError):  # a segment may be rotated away, a temporary file renamed
            total += path.stat().st_size if path.is_file() else 0
    return float(total)


def _token(pid: int) -> str:
    """What core_risk asks of whoever speaks to it, drawn at its start."""
    with contextlib.suppress(OSError):
        for setting in (Path("/proc") / str(pid) / "environ").read_bytes().split(b"\0"):
            if setting.startswith(b"QF_RISK_TOKEN="):
                return setting.partition(b"=")[2].decode()
    return ""


def _metrics(port: int, token: str = "") -> dict[str, float]:
    """The metrics without labels that a program tells on loopback; none if it does not answer."""
    try:
        asked = urllib.request.Request(f"http://127.0.0.1:{port}/metrics", headers={"Authorization": f"Bearer {token}"})
        with urllib.request.urlopen(asked, timeout=_METRICS_SECONDS_MAX) as answer:  # noqa: S310 - http on loopback
            text = answer.read(_METRICS_BYTES_MAX).decode()
    except OSError:
        return {}
    return {name: float(value) for name, value in re.findall(r"^(\w+) (\S+)$", text, flags=re.MULTILINE)}


def _trader(status: dict[str, Any]) -> Iterator[Sample]:
    if status.get("event_ns") and status.get("clock") == "wall":
        yield Sample("trader", "lag", max(0.0, (status["written_ns"] - status["event_ns"]) / 1e6))
    p99 = ((status.get("latency_us") or {}).get("commit") or {}).get("p99")
    if p99 is not None:
        yield Sample("trader", "commit_p99", float(p99))
