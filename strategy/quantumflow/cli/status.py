"""`quantumflow status`: how an appliance stands, running or not."""

from datetime import UTC, datetime
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from quantumflow.appliance.data_dir import find_data_dir
from quantumflow.appliance.screen import make_console
from quantumflow.cli.flags import DataDirFlag, JsonFlag, say_json
from quantumflow.overview import overview, sources_of
from quantumflow.units import price_text

__all__ = ["status"]


def status(data_dir: DataDirFlag = None, as_json: JsonFlag = False) -> None:
    """Show the account, and in one line why nothing is trading.

    Example: quantumflow status --data-dir data/sim --json
    """
    directory = find_data_dir(data_dir)
    shown = overview(sources_of(directory), directory.venue())
    if as_json:
        say_json(shown)
        return
    _print(shown, make_console())


def _print(shown: dict[str, Any], console: Console) -> None:
    simulated = ", SIMULATED" if shown["simulated"] else ""
    console.print(Text(f"venue {shown['venue']}{simulated} · journal {shown['journal']}", style="bold"))
    if shown["why_not_trading"] is None:
        apart = f", but {shown['detail']}" if shown["detail"] else ""
        console.print(Text(f"trading{apart}", style="yellow" if apart else "green"))
    else:
        console.print(Text(f"not trading: {shown['why_not_trading']} ({shown['detail'] or '-'})", style="yellow"))
    if shown["calendar"] is not None and shown["calendar"]["pause"] is not None:
        console.print(_pause(shown["calendar"]))
    for line in _standing_commands(shown):
        console.print(Text(line, style="yellow"))
    console.print(
        f"equity {shown['equity'] or '-'} · cash {shown['cash'] or '-'} · realised {shown['realised'] or '-'}"
        f" · fees {shown['fees'] or '-'} · drawdown {_ppm(shown['drawdown_ppm'])}"
    )
    console.print(
        f"{shown['signals']} signals · {shown['orders']} orders · {shown['refused']} refused · {shown['fills']} fills"
    )
    if shown["risk"] is not None:
        risk = shown["risk"]
        reason = f" ({risk['reason']})" if risk.get("reason") else ""
        console.print(f"core_risk: {risk.get('trading')}{reason} · books: {shown['reconcile']}")
    for name, detail in (shown["alarms"] or {}).items():
        console.print(Text(f"alarm {name}: {detail}", style="red"))
    if shown["instruments"]:
        console.print(_instruments(shown["instruments"]))
    held = [row for row in shown["positions"] if row["qty"] != 0]
    for row in held:
        figures = row["display"]
        console.print(f"{row['bot']} holds {figures.get('qty', row['qty'])} {row['symbol']}, cost {figures['cost_e8']}")


def _instruments(instruments: dict[str, Any]) -> Table:
    table = Table()
    columns = ("state", "book_age_ms", "epoch", "resyncs", "gaps", "book_ticker_mismatches")
    for column in ("instrument", "bid", "ask", *columns):
        table.add_column(column.replace("_", " "))
    for symbol, figures in instruments.items():
        prices = (_price(figures, side) for side in ("bid", "ask"))
        table.add_row(symbol, *prices, *(str(figures.get(column, "-")) for column in columns))
    return table


def _price(figures: dict[str, Any], side: str) -> str:
    if figures.get(side) is None or "tick_e8" not in figures:
        return "-"
    return price_text(int(figures[side]), int(figures["tick_e8"]))


def _pause(calendar: dict[str, Any]) -> str:
    """The pause that lasts or comes next."""
    pause = calendar["pause"]
    start, end = (
        datetime.fromtimestamp(pause[name] // 10**9, UTC).strftime("%Y-%m-%d %H:%M") for name in ("start_ns", "end_ns")
    )
    return f"calendar {calendar['phase']} · {pause['name']}: {start} to {end} UTC"


def _standing_commands(shown: dict[str, Any]) -> list[str]:
    """Who killed or paused what, and why."""
    said = [("killed", shown["killed"]), *((f"{bot} paused", one["paused"]) for bot, one in shown["bots"].items())]
    return [
        f"{what} by {one['who']}: {one['reason']} ({one['command']}, event {one['seq']})"
        for what, one in said
        if one is not None
    ]


def _ppm(value: int | None) -> str:
    return "-" if value is None else f"{value / 10_000:.2f} %"
