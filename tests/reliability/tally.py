"""Where every harness records its cases: one JSON line a case in `.build/reliability/<part>.jsonl`.

A case that runs again is recorded again; the page counts its newest line. A harness in another language appends the
same lines. A line says when it was written, in seconds, and on which build the case ran. A figure is a number or a
short text. Some names have a meaning of their own: `lost`, acknowledged events that were gone, summed over all parts (a
run that is made to lose them, to prove that its test can fail, calls them otherwise); `kills`, `cuts` and `runs`, how
many in this case (without them a case is one); `slope`, `limit` and `unit` of a slope.
"""

import json
import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Literal, get_args

__all__ = ["FOLDER", "OUTCOMES", "Figure", "Outcome", "Part", "tallied", "tally"]

Part = Literal["faults", "kills", "disk", "power", "mutants", "fuzz", "parity", "soak"]
Outcome = Literal["held", "failed", "skipped"]
Figure = int | float | str

OUTCOMES: tuple[str, ...] = get_args(Outcome)
ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / ".build/reliability"


def tally(
    part: Part,
    case: str,
    inject: str = "",
    expect: str = "",
    outcome: Outcome = "held",
    folder: Path = FOLDER,
    **figures: Figure,
) -> None:
    """Append one case: what was injected, what was to happen, whether it did, and the figures that say how often.

    One write to a file opened for appending, so that harnesses may run side by side.
    """
    if part not in get_args(Part) or outcome not in OUTCOMES:
        raise ValueError(f"{part}/{outcome}: a part is one of {get_args(Part)}, an outcome one of {OUTCOMES}")
    line = {
        "at_s": int(time.time()),
        "build": _build(),
        "case": case,
        "inject": inject,
        "expect": expect,
        "outcome": outcome,
        "figures": figures,
    }
    folder.mkdir(parents=True, exist_ok=True)
    file = os.open(folder / f"{part}.jsonl", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        os.write(file, (json.dumps(line, ensure_ascii=False) + "\n").encode())
    finally:
        os.close(file)


@cache
def _build() -> str:
    """What the sources are called, whatever the programs were built as; once a process, for it asks git."""
    asked = [ROOT / "setup/build_id.sh"]
    return subprocess.run(asked, capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL).stdout.strip()


@contextmanager
def tallied(
    part: Part, case: str, inject: str = "", expect: str = "", folder: Path = FOLDER
) -> Iterator[dict[str, Figure]]:
    """Record the block as held when it ends, as failed when it raises; what it writes into the dict are the figures."""
    figures: dict[str, Figure] = {}
    outcome: Outcome = "failed"
    try:
        yield figures
        outcome = "held"
    finally:
        tally(part, case, inject, expect, outcome, folder, **figures)
