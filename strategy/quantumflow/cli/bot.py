"""`quantumflow bot create | start | stop | change | remove | list | show`, and `quantumflow strategies`.

Each change is a command of the running trader, journaled before it is answered; see docs/BOTS.md.
"""

import time
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from quantumflow.appliance.data_dir import DataDir, find_data_dir
from quantumflow.appliance.screen import make_console
from quantumflow.appliance.status_files import read_status
from quantumflow.bots.schemas import strategy_schemas
from quantumflow.cli.bot_expectation import expectation
from quantumflow.cli.bot_statistics import statistics
from quantumflow.cli.control import KeyFlag, ReasonFlag, send
from quantumflow.cli.flags import DataDirFlag, JsonFlag, say_json
from quantumflow.errors import CommandRefused
from quantumflow.units import money_text

__all__ = ["bot_app", "strategies"]

bot_app = typer.Typer(help="Bots: a strategy, its parameters, instruments and share of the capital, while it runs.")
bot_app.command("statistics")(statistics)
bot_app.command("expectation")(expectation)

NameArgument = Annotated[str, typer.Argument(help="The bot.")]
FlattenFlag = Annotated[bool, typer.Option("--flatten", help="Leave what it holds, at the market, first.")]
SetFlag = Annotated[
    list[str] | None, typer.Option("--set", help="NAME=VALUE, a parameter of its strategy; as often as needed.")
]
InstrumentFlag = Annotated[
    list[str] | None, typer.Option("--instrument", help="A symbol of the session, or *; as often as needed.")
]


@bot_app.command("create")
def create(
    bot: NameArgument,
    strategy: Annotated[str, typer.Option("--strategy", help="One of `quantumflow strategies`.")],
    instrument: Annotated[list[str], typer.Option("--instrument", help="A symbol, or *; as often as needed.")],
    capital: Annotated[str, typer.Option("--capital", help="Its share of the account, in the quote currency.")],
    reason: ReasonFlag,
    set_: SetFlag = None,
    key: KeyFlag = None,
    data_dir: DataDirFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """Make a bot. It runs at once.

    Example: quantumflow bot create calm --strategy imbalance --instrument BTCUSDT --capital 1000 --set hold_s=120
    --reason "longer holds"
    """
    more = {"strategy": strategy, "instruments": tuple(instrument), "capital": capital, "parameters": _parsed(set_)}
    send("create_bot", bot, reason, key, data_dir, as_json, **more)


@bot_app.command("start")
def start(
    bot: NameArgument,
    reason: ReasonFlag,
    key: KeyFlag = None,
    data_dir: DataDirFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """Take back a stop, a pause or a flatten of one bot, or that its strategy failed.

    Example: quantumflow bot start calm --reason "mended"
    """
    send("start_bot", bot, reason, key, data_dir, as_json)


def _ending(name: str, what: str) -> None:
    """A command that ends what a bot does, with `what` as its help."""

    def given(
        bot: NameArgument,
        reason: ReasonFlag,
        flatten: FlattenFlag = False,
        key: KeyFlag = None,
        data_dir: DataDirFlag = None,
        as_json: JsonFlag = False,
    ) -> None:
        send(f"{name}_bot", bot, reason, key, data_dir, as_json, flatten=flatten or None)

    given.__doc__ = what
    bot_app.command(name)(given)


_ending(
    "stop",
    """Ask its strategy no more, until `start`. While it holds something: only with --flatten.

    Example: quantumflow bot stop calm --flatten --reason "not today"
    """,
)


@bot_app.command("change")
def change(
    bot: NameArgument,
    reason: ReasonFlag,
    strategy: Annotated[str | None, typer.Option("--strategy", help="Another, or the same as its file is now.")] = None,
    instrument: InstrumentFlag = None,
    capital: Annotated[str | None, typer.Option("--capital", help="Its share of the account.")] = None,
    set_: SetFlag = None,
    key: KeyFlag = None,
    data_dir: DataDirFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """Give it other parameters, instruments, capital, or another strategy. What is not named stays.

    Example: quantumflow bot change calm --set hold_s=300 --capital 2000 --reason "it may have more"
    """
    instruments = None if instrument is None else tuple(instrument)
    more = {"strategy": strategy, "instruments": instruments, "capital": capital, "parameters": _parsed(set_)}
    send("change_bot", bot, reason, key, data_dir, as_json, **more)


_ending(
    "remove",
    """End a bot. While it holds something: only with --flatten, and then once it is flat.

    Example: quantumflow bot remove calm --flatten --reason "the trial is over"
    """,
)


@bot_app.command("list")
def list_bots(data_dir: DataDirFlag = None, as_json: JsonFlag = False) -> None:
    """Show the bots there are, what each does, and whether the configuration or a command made it so.

    Example: quantumflow bot list --json
    """
    bots = _bots(find_data_dir(data_dir))
    if as_json:
        say_json({name: _without_points(bot) for name, bot in bots.items()})
        return
    table = Table("bot", "state", "strategy", "instruments", "capital", "as said by", box=None, pad_edge=False)
    for name, bot in bots.items():
        state = bot["state"] if bot["reason"] is None else f"{bot['state']}: {bot['reason']}"
        capital = money_text(bot["capital_e8"])
        table.add_row(name, state, bot["strategy"], " ".join(bot["instruments"]), capital, Text(_origin(bot)))
    make_console().print(table)


@bot_app.command("show")
def show(bot: NameArgument, data_dir: DataDirFlag = None, as_json: JsonFlag = False) -> None:
    """Show one bot with every parameter, what it holds, and why it was stopped if it was.

    Example: quantumflow bot show imbalance
    """
    bots = _bots(find_data_dir(data_dir))
    if bot not in bots:
        raise CommandRefused("unknown_bot", f"{bot[:40]!r}: there are {', '.join(bots) or 'none'}")
    found = _without_points(bots[bot])
    if as_json:
        say_json({"bot": bot, **found})
        return
    table = Table(box=None, pad_edge=False, show_header=False)
    head = ("state", "reason", "detail", "strategy", "source", "instruments", "capital_e8", "positions")
    for name in head:
        table.add_row(name, Text(str(found[name])))
    table.add_row("as said by", Text(_origin(found)))
    for name, value in found["parameters"].items():
        table.add_row(f"  {name}", f"{value:g}")
    make_console().print(table)


def strategies(
    name: Annotated[str | None, typer.Argument(help="One strategy, with its parameters.")] = None,
    folder: Annotated[Path | None, typer.Option("--folder", help="Where files are; else DATA_DIR/strategies.")] = None,
    data_dir: DataDirFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """Show which strategies there are, ours and yours, and what each lets you set.

    Example: quantumflow strategies imbalance
    """
    found = strategy_schemas(folder or find_data_dir(data_dir).strategies)
    chosen = [one for one in found if name in (None, one["name"])]
    if not chosen:
        names = ", ".join(one["name"] for one in found)
        raise CommandRefused("unknown_strategy", f"{(name or '')[:40]!r}: there are {names}")
    if as_json:
        say_json({"strategies": chosen})
        return
    console = make_console()
    for one in chosen:
        console.print(Text(f"{one['name']}  ({one['source']} {one['place']})"))
        console.print(Text(f"  {one['problem'] or one['doc']}"))
    if name is not None:
        table = Table("parameter", "default", "from", "to", "", box=None, pad_edge=False)
        for row in chosen[0]["parameters"]:
            low, high = f"{row['low']:g}", f"{row['high']:g}"
            table.add_row(row["name"], f"{row['default']:g}", low, high, Text(row["doc"]))
        console.print(table)


def _bots(directory: DataDir) -> dict[str, Any]:
    """As the trader shows them now."""
    status = read_status(directory.run / "trader.status.json", time.time_ns())
    if not status.running or not status.values.get("session"):
        raise CommandRefused("not_running", f"no trader shows its bots in {directory.run}: start with `quantumflow up`")
    bots: dict[str, Any] = status.values["bots"]
    return bots


def _without_points(bot: dict[str, Any]) -> dict[str, Any]:
    """The last value of each indicator in place of its series."""
    shown = {
        symbol: {name: (one["points"][-1][1] if one["points"] else None) for name, one in indicators.items()}
        for symbol, indicators in bot["indicators"].items()
    }
    return {**bot, "indicators": shown}


def _origin(bot: dict[str, Any]) -> str:
    origin = bot["origin"]
    if origin["by"] == "configuration":
        return "quantumflow.toml"
    return f"{origin['command']} by {origin['who']} (event {origin['seq']}): {origin['reason']}"


def _parsed(given: list[str] | None) -> dict[str, float | int] | None:
    """NAME=VALUE as numbers."""
    if not given:
        return None
    parsed: dict[str, float | int] = {}
    for text in given:
        name, equals, value = text.partition("=")
        try:
            number = float(value)
        except ValueError:
            equals = ""
            number = 0.0
        if not equals or not name:
            raise CommandRefused("parameter_refused", f"--set {text[:60]!r}: NAME=NUMBER, e.g. --set hold_s=120")
        parsed[name] = int(number) if number.is_integer() and abs(number) < 2**53 else number
    return parsed
