"""What a running appliance says: to a person, or one JSON object a line to a program."""

import json
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Protocol

from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

__all__ = ["JsonScreen", "RichScreen", "Screen", "make_console"]

WIDTH_WITHOUT_TERMINAL = 160


class Screen(Protocol):
    """Where `up` puts what happens."""

    def started(self, facts: Mapping[str, Any]) -> None: ...

    def fill(self, row: Mapping[str, Any], equity: str | None) -> None: ...

    def trading(self, why: str | None, detail: str | None) -> None: ...

    def program(self, name: str, happened: str, how: str) -> None: ...

    def log_line(self, program: str, line: str) -> None: ...

    def failed(self, program: str, detail: str, lines: Sequence[str]) -> None: ...

    def stopping(self, why: str) -> None: ...

    def summary(self, summary: Mapping[str, Any]) -> None: ...


def utc(ns: int) -> str:
    """A time of day with milliseconds, UTC."""
    return datetime.fromtimestamp(ns // 1_000_000_000, UTC).strftime("%H:%M:%S") + f".{ns // 1_000_000 % 1000:03d}"


class JsonScreen:
    """Standard output carries JSON alone; program logs go to standard error."""

    def _line(self, value: Mapping[str, Any]) -> None:
        sys.stdout.write(json.dumps(value, separators=(",", ":"), ensure_ascii=False) + "\n")
        sys.stdout.flush()

    def started(self, facts: Mapping[str, Any]) -> None:
        self._line({"event": "started", **facts})

    def fill(self, row: Mapping[str, Any], equity: str | None) -> None:
        shown = ("fill", "client_id", "bot", "symbol", "side", "liquidity", "price", "qty", "fee_e8", "event_ns")
        figures = {name: row[name] for name in shown}
        self._line({"event": "fill", **figures, "position_qty": row["position_qty"], "equity": equity})

    def trading(self, why: str | None, detail: str | None) -> None:
        self._line({"event": "trading", "why_not_trading": why, "detail": detail})

    def program(self, name: str, happened: str, how: str) -> None:
        self._line({"event": "program", "program": name, "happened": happened, "how": how})

    def log_line(self, program: str, line: str) -> None:
        sys.stderr.write(f"{program}: {line}\n")

    def failed(self, program: str, detail: str, lines: Sequence[str]) -> None:
        self._line({"event": "failed", "program": program, "detail": detail, "log": list(lines)})

    def stopping(self, why: str) -> None:
        self._line({"event": "stopping", "why": why})

    def summary(self, summary: Mapping[str, Any]) -> None:
        self._line(summary)


def make_console() -> Console:
    """Standard output; as wide as a table needs where no terminal says how wide it is."""
    width = None if sys.stdout.isatty() else WIDTH_WITHOUT_TERMINAL
    return Console(highlight=False, soft_wrap=True, width=width)


class RichScreen:
    """For a person at a terminal; plain lines where there is none."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or make_console()

    def started(self, facts: Mapping[str, Any]) -> None:
        text = Text()
        if facts["simulated"] and facts["venue"] == "sim":
            text.append("SIMULATED: prices come from a market generator on this machine", style="bold yellow")
        elif facts["simulated"]:
            text.append("SIMULATED: the recording is of a generated market", style="bold yellow")
        else:
            text.append(f"venue {facts['venue']}", style="bold green")
        if facts["why"]:
            text.append(f"\n{facts['why']}")
        text.append(f"\n{', '.join(facts['symbols'])} · paper money only · data in {facts['data_dir']}")
        if facts["web"]:
            text.append(f"\nread API at {facts['web']} · token: {facts['token']}")
        text.append("\nCtrl-C stops everything")
        self._console.print(Panel(text, title="QuantumFlow", expand=False))

    def fill(self, row: Mapping[str, Any], equity: str | None) -> None:
        shown = row["display"]
        style = "green" if row["side"] == "buy" else "red"
        line = Text(f"{utc(row['event_ns'])}  {row['bot']:<12} ")
        line.append(f"{row['side']:<4}", style=style)
        line.append(f" {shown.get('qty', row['qty'])} {row['symbol']} at {shown.get('price', row['price'])}")
        line.append(f"  fee {shown['fee_e8']}  position {shown.get('position_qty', row['position_qty'])}")
        line.append(f"  equity {equity or '-'}  (why {row['fill']})")
        self._console.print(line)

    def trading(self, why: str | None, detail: str | None) -> None:
        if why is None:
            self._console.print(Text("trading", style="green"))
        else:
            self._console.print(Text(f"not trading: {why}" + (f" ({detail})" if detail else ""), style="yellow"))

    def program(self, name: str, happened: str, how: str) -> None:
        self._console.print(Text(f"{name} {happened}{': ' + how if how else ''}", style="yellow"))

    def log_line(self, program: str, line: str) -> None:
        self._console.print(Text(f"{program}: {line}", style="dim"))

    def failed(self, program: str, detail: str, lines: Sequence[str]) -> None:
        self._console.print(Text(f"{program} {detail}; its last lines:", style="bold red"))
        for line in lines:
            self._console.print(Text(f"  {line}"))

    def stopping(self, why: str) -> None:
        self._console.print(Text(f"stopping: {why}", style="bold"))

    def summary(self, summary: Mapping[str, Any]) -> None:
        if not summary["instruments"]:
            self._console.print(Text("no figures: market_data never said any"))
            return
        books = Table(title=f"{summary['venue']}{', SIMULATED' if summary['simulated'] else ''}")
        columns: list[str] = []
        for figures in summary["instruments"].values():
            columns = list(figures)
        for column in ("instrument", *columns):
            books.add_column(column.replace("_", " "), justify="left" if column == "instrument" else "right")
        for symbol, figures in summary["instruments"].items():
            books.add_row(symbol, *(_cell(figures[column]) for column in columns))
        self._console.print(books)
        for file in summary["torn"] or ():
            self._console.print(Text(f"{file}: its end is torn; what is whole was played", style="bold yellow"))
        for name in ("signals", "orders", "refused", "fills", "reconcile", "journal_digest"):
            self._console.print(Text(f"{name.replace('_', ' ')}: {_cell(summary[name])}"))


def _cell(value: object) -> str:
    return "unknown" if value is None else str(value)
