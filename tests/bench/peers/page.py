"""The comparison as Markdown, and its place in docs/PERFORMANCE.md: between two marks, the rest is `make bench`'s."""

from pathlib import Path
from typing import Any

__all__ = ["BEGIN", "END", "page_of", "put", "written"]

BEGIN, END = "<!-- peers: written by make bench-peers -->", "<!-- peers end -->"


def page_of(machine: dict[str, Any], rows: list[dict[str, Any]], rounds: int, tolerance: float) -> str:
    """Readable as it is and as Markdown."""
    lines = [
        "## Peers",
        "",
        "Measured by `make bench-peers`: the same events and the same rule (`tests/bench/peers/rule.py`), medians of",
        f"{rounds} turns that alternate between the engines, one process each. What is timed is each engine's own",
        "run, on the wall's clock; reading files, making its data objects and compiling are not. `time ÷ ours`: above",
        "1 it takes longer than our engine on the same kind of data, below 1 it is quicker. Events and orders are held",
        f"against a plain loop over the rule, within {tolerance:.0%}.",
        "",
        f'- command: `make bench-peers ARGS="--rounds {rounds} --write docs/PERFORMANCE.md"`',
        *(f"- {name}: {value}" for name, value in machine.items()),
        "",
        f"| {' | '.join(_COLUMNS)} |",
        "|" + "---|" * len(_COLUMNS),
    ]
    ours = {row["kind"]: row.get("seconds") for row in rows if row["name"] == "QuantumFlow"}
    for row in rows:
        lines += _lines(row, ours[row["kind"]])
    return "\n".join([*lines, "", *_NOTES, ""])


def _lines(row: dict[str, Any], ours: float | None) -> list[str]:
    head = f"| {row['name']} | {row.get('version', '')} | {row['data']} |"
    if "seconds" not in row:
        return [f"{head} not measured: {row['problem']} | | | | |"]
    orders = f"{row['orders']:,} of {row['orders_asked']:,}"
    if "problem" in row:
        orders += f"; {row['problem']}"
    lines = []
    for name, what in (("seconds", ""), ("whole_seconds", ", whole session with journal")):
        if name in row:
            least, most = row[f"{name}_spread"]
            ratio = f"{row[name] / ours:.2f} ×" if ours else ""
            rate = f"{row['events'] / row[name]:,.0f}"
            head = f"| {row['name']}{what} | {row['version']} | {row['data']} | {row['events']:,} |"
            lines.append(f"{head} {row[name]:.4f} ({least:.4f} – {most:.4f}) | {rate} | {ratio} | {orders} |")
    return lines


_COLUMNS = (
    *("engine", "version", "what it gets", "events", "seconds (least – most)", "events a second", "time ÷ ours"),
    "orders, of a plain loop's",
)
_NOTES = (
    "What the engines do is not the same, and each is given what suits it:",
    "",
    "- ours computes all features of the live engine, walks 20 levels and writes the evidence of each fill; the",
    "  whole session also journals every signal, order and fill under a chain of hashes (SQLite), which no peer does",
    "  and which costs by the order: this rule makes many.",
    "- hftbacktest keeps a full depth and a queue model; what came in one nanosecond is one look of its strategy.",
    "- NautilusTrader gets best prices alone, which is less work than levels.",
    "- vectorbt computes whole columns, with neither events nor orders on their way: where that is enough, it is the",
    "  quickest here.",
    "- a bar is five events and two looks of the strategy for us, one for the others; `events` counts bars.",
)


def written(file: Path) -> str:
    """What stands between the marks, with them; empty if nothing does."""
    text = file.read_text(encoding="utf-8") if file.exists() else ""
    return text[text.index(BEGIN) : text.index(END) + len(END)] if BEGIN in text and END in text else ""


def put(file: Path, page: str) -> None:
    """Puts the comparison into the page, in place of an earlier one."""
    text = file.read_text(encoding="utf-8") if file.exists() else "# Performance\n"
    text = text.replace(written(file), "") if written(file) else text
    file.write_text(f"{text.rstrip()}\n\n{BEGIN}\n{page}{END}\n", encoding="utf-8")
