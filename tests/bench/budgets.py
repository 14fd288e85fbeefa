"""`make bench`: every budget that can be measured here, against its aim, with the machine named.

python tests/bench/budgets.py [--json] [--only WORD] [--write FILE]
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench.figure import Figure
from bench.machine import describe_machine
from bench.parts import PARTS, PartFailed, measure_part
from bench.peers.page import written
from bench.whole import measure_whole

__all__ = ["main"]

WHOLE = "appliance"


def main() -> int:
    """Measure, tell, and end with 1 if a part could not be measured; a missed budget is told, not an error."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="one JSON document")
    parser.add_argument("--only", default="", metavar="WORD", help="only parts whose name holds this word")
    parser.add_argument("--write", type=Path, metavar="FILE", help="write the table as a Markdown page")
    options = parser.parse_args()
    machine = describe_machine()
    figures, failures = _measure(options.only)
    if options.json:
        rows = [figure.as_json() for figure in figures]
        sys.stdout.write(json.dumps({"machine": machine, "figures": rows, "failures": failures}, indent=1) + "\n")
    else:
        sys.stdout.write(_page(machine, figures, failures))
    if options.write:
        peers = written(options.write)
        text = _page(machine, figures, failures) + (f"\n{peers}\n" if peers else "")
        options.write.write_text(text, encoding="utf-8")
    return 1 if failures else 0


def _measure(only: str) -> tuple[list[Figure], list[str]]:
    figures: list[Figure] = []
    failures: list[str] = []
    for part in PARTS:
        if only in part.name:
            _progress(part.name)
            try:
                figures += measure_part(part)
            except (PartFailed, OSError, ValueError, KeyError, subprocess.TimeoutExpired) as error:
                failures.append(f"{part.name}: {error}")
    if only in WHOLE:
        _progress("the appliance on the generated market: about a minute and a half")
        try:
            figures += measure_whole()
        except (AssertionError, OSError, subprocess.TimeoutExpired) as error:
            failures.append(f"{WHOLE}: {error}")
    return figures, failures


def _progress(what: str) -> None:
    sys.stderr.write(f"==> {what}\n")


def _page(machine: dict[str, Any], figures: list[Figure], failures: list[str]) -> str:
    """The table, readable as it is and as Markdown."""
    lines = [
        "# Performance",
        "",
        "Measured by `make bench`. A ratio is what was measured by its aim; figures without one are told, not judged.",
        "",
        *(f"- {name}: {value}" for name, value in machine.items()),
        "",
        "| part | what | measured | aim | ratio | kept | note |",
        "|---|---|---|---|---|---|---|",
        *(_row(figure) for figure in figures),
    ]
    if failures:
        lines += ["", "Not measured:", "", *(f"- {failure}" for failure in failures)]
    return "\n".join(lines) + "\n"


def _row(figure: Figure) -> str:
    if figure.aim is None:
        aim = ratio = kept = ""
    else:
        aim = f"{'≤' if figure.at_most else '≥'} {_number(figure.aim)} {figure.unit}"
        ratio, kept = f"{figure.ratio:.2f}", "yes" if figure.kept else "NO"
    measured = f"{_number(figure.measured)} {figure.unit}"
    return f"| {figure.part} | {figure.what} | {measured} | {aim} | {ratio} | {kept} | {figure.note} |"


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


if __name__ == "__main__":
    sys.exit(main())
