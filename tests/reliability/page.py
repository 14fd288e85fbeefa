"""`make reliability`: docs/RELIABILITY.md from the tallies of the tests, and nothing else.

python tests/reliability/page.py [--tallies FOLDER ...] [--write FILE] [--json]

Of each case the newest line counts, wherever it was recorded. The same tallies give the same page, apart from the line
with the date and the machine. Exit status 1: a case failed; each is named.

Example: python tests/reliability/page.py --tallies .build/reliability --tallies ../other/.build/reliability
"""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench.machine import describe_machine
from reliability.tally import FOLDER, OUTCOMES

__all__ = ["PARTS", "Case", "Kind", "main", "page", "read"]


@dataclass(frozen=True, slots=True)
class Kind:
    """A part of the page: what it counts, the figure that counts it (none: the cases), and how it is run."""

    part: str
    title: str
    counted: str
    run: str
    figure: str | None = None
    only: str | None = None


PARTS: tuple[Kind, ...] = (
    Kind("faults", "Faults", "faults injected", "make check"),
    Kind("kills", "Kills", "kills survived", "make check", "kills"),
    Kind("power", "Power cuts", "power cuts", "make check", "cuts"),
    Kind("disk", "Disk faults", "disk faults", "make check"),
    Kind("mutants", "Mutants", "deliberate bugs found by a test", "make mutants", None, "held"),
    Kind("fuzz", "Fuzz", "fuzz runs", "make check, make fuzz", "runs"),
    Kind("parity", "Parity", "parity cases", "make check"),
    Kind("soak", "Soak", "slopes within their limit", "make check, make soak"),
)


@dataclass(frozen=True, slots=True)
class Case:
    """The newest line of a case in its part's tallies."""

    at_s: int
    build: str
    name: str
    inject: str
    expect: str
    outcome: str
    figures: dict[str, Any]


def main() -> int:
    """Write the page, or tell it; a line that is none is named and ends it with status 2."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--tallies", type=Path, action="append", metavar="FOLDER", help="where harnesses recorded; may be given often"
    )
    parser.add_argument("--write", type=Path, metavar="FILE", help="the page's file; without it: standard output")
    parser.add_argument("--json", action="store_true", help="the summary as one JSON document")
    options = parser.parse_args()
    try:
        folders = options.tallies or [FOLDER]
        tallies = {kind.part: read(*(folder / f"{kind.part}.jsonl" for folder in folders)) for kind in PARTS}
    except ValueError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    machine = describe_machine()
    text = page(tallies, f"{machine['date']}, {machine['cpu']}, {machine['cores']} cores, {machine['system']}")
    if options.write:
        options.write.write_text(text, encoding="utf-8")
    if options.json:
        sys.stdout.write(json.dumps({kind.part: counts(kind, tallies[kind.part]) for kind in PARTS}) + "\n")
    elif not options.write:
        sys.stdout.write(text)
    failed = [f"{part}: {case.name}" for part, cases in tallies.items() for case in cases if case.outcome == "failed"]
    sys.stderr.write("".join(f"failed when it last ran: {name}\n" for name in failed))
    return 1 if failed else 0


def read(*files: Path) -> list[Case]:
    """The cases of a part by name, each as its newest line says it; of one second's the later; no file: no cases.

    ValueError names a line that is not one of a tally.
    """
    newest: dict[str, Case] = {}
    for file in files:
        for case in _lines(file):
            if case.name not in newest or newest[case.name].at_s <= case.at_s:
                newest[case.name] = case
    return [newest[name] for name in sorted(newest)]


def _lines(file: Path) -> Iterator[Case]:
    if not file.exists():
        return
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            said = json.loads(line)
            whence = int(said["at_s"]), said.get("build", "not said")
            yield Case(*whence, said["case"], said["inject"], said["expect"], said["outcome"], said["figures"])
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(
                f"{file}:{number}: no line of a tally ({error}); remove it and run its test again"
            ) from None


def counts(kind: Kind, cases: Sequence[Case]) -> dict[str, int | None]:
    """How many of each outcome, and what the part counts; None: not run."""
    if not cases:
        return dict.fromkeys(("counted", *OUTCOMES))
    of: dict[str, int | None] = {outcome: sum(case.outcome == outcome for case in cases) for outcome in OUTCOMES}
    told = [case for case in cases if case.outcome != "skipped" and kind.only in (None, case.outcome)]
    return of | {"counted": sum(int(case.figures.get(kind.figure or "", 1)) for case in told)}


def page(tallies: dict[str, list[Case]], when_and_where: str) -> str:
    """The page: the summary, then a table a part."""
    lines = [
        "# Reliability",
        "",
        "Written by `make reliability` from what the tests recorded about themselves; nothing here is written by hand.",
        "A part that was not run says so. *Held*: what was expected happened. Each case is told as it ran last,",
        "with the minute (UTC) and the build.",
        "",
        f"Written {when_and_where}.",
        "",
        "| what | count | held | failed | skipped | ran | run by |",
        "|---|---:|---:|---:|---:|---|---|",
        *(_summary_row(kind, tallies[kind.part]) for kind in PARTS),
        f"| **acknowledged events lost** | **{_lost(tallies)}** | | | | | the kills and the power cuts |",
    ]
    for kind in PARTS:
        lines += ["", f"## {kind.title}", "", *_table(kind, tallies[kind.part])]
    return "\n".join(lines) + "\n"


def _summary_row(kind: Kind, cases: Sequence[Case]) -> str:
    count = counts(kind, cases)
    if count["counted"] is None:
        return f"| {kind.counted} | not run | | | | | `{kind.run}` |"
    numbers = " | ".join(str(count[name]) for name in ("counted", *OUTCOMES))
    ran = sorted({_when(case.at_s) for case in cases})
    return f"| {kind.counted} | {numbers} | {' to '.join(dict.fromkeys((ran[0], ran[-1])))} | `{kind.run}` |"


def _lost(tallies: dict[str, list[Case]]) -> int | str:
    """The sum of `lost` over every case that says one; a power cut made without the fsync is told by its own case."""
    said = [int(case.figures["lost"]) for cases in tallies.values() for case in cases if "lost" in case.figures]
    return sum(said) if said else "not run"


def _table(kind: Kind, cases: Sequence[Case]) -> list[str]:
    if not cases:
        return [f"Not run here. `{kind.run}` runs it."]
    names = sorted({name for case in cases for name in case.figures})
    head = ["case", "injected", "expected", "outcome", *names, "ran", "build"]
    return [
        _row(head),
        _row(["---"] * len(head)),
        *(
            _row([*_said(case), *(_told(case.figures.get(name)) for name in names), _when(case.at_s), case.build])
            for case in cases
        ),
    ]


def _said(case: Case) -> list[str]:
    return [case.name, case.inject, case.expect, case.outcome]


def _when(at_s: int) -> str:
    return datetime.fromtimestamp(at_s, UTC).strftime("%Y-%m-%d %H:%M")


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


def _told(figure: int | float | str | None) -> str:
    """A figure in a cell: floats by four digits that count."""
    if figure is None:
        return ""
    return f"{figure:.4g}" if isinstance(figure, float) else str(figure)


if __name__ == "__main__":
    sys.exit(main())
