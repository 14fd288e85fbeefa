"""`quantumflow pause | resume | flatten | cancel | kill | reset-breaker`, and `commands`: what operators said so far.

Each command is journaled by the running trader before it is answered; sent again with the same --key it gets the same
answer. Without a trader that answers, `kill` makes the kill file, which holds until it is removed.
"""

import getpass
import re
import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from quantumflow.appliance.data_dir import find_data_dir
from quantumflow.appliance.screen import make_console
from quantumflow.cli.flags import DataDirFlag, JsonFlag, say_json
from quantumflow.commands.client import send_command
from quantumflow.commands.request import CommandRequest
from quantumflow.errors import CommandRefused
from quantumflow.journal.reader import PAGE_MAX, JournalReader

__all__ = [
    "KeyFlag",
    "ReasonFlag",
    "cancel",
    "commands",
    "flatten",
    "kill",
    "pause",
    "reset_breaker",
    "resume",
    "send",
]

ReasonFlag = Annotated[str, typer.Option("--reason", help="Why, in 1 to 200 characters; it is journaled and shown.")]
KeyFlag = Annotated[
    str | None, typer.Option("--key", help="Name of this command, for sending it again; by default a random one.")
]
BotFlag = Annotated[str | None, typer.Option("--bot", help="The bot; by default every bot.")]


def _of_bots(command: str, what: str) -> Callable[..., None]:
    """A command to one bot or to all, with `what` as its help."""

    def given(
        reason: ReasonFlag,
        bot: BotFlag = None,
        key: KeyFlag = None,
        data_dir: DataDirFlag = None,
        as_json: JsonFlag = False,
    ) -> None:
        send(command, bot, reason, key, data_dir, as_json)

    given.__doc__ = what
    return given


pause = _of_bots(
    "pause",
    """Open no new position. What is held is still left as the strategy leaves it. Holds until `resume`.

    Example: quantumflow pause --bot imbalance --reason "news at 14:00"
    """,
)
resume = _of_bots(
    "resume",
    """Take back a pause or a flatten. A kill is taken back by `reset-breaker`.

    Example: quantumflow resume --reason "news are out"
    """,
)
flatten = _of_bots(
    "flatten",
    """Cancel open orders, leave every position at the market, and stay flat until `resume`.

    Example: quantumflow flatten --bot imbalance --reason "over the weekend"
    """,
)
cancel = _of_bots(
    "cancel_orders",
    """Cancel open orders, and trade on.

    Example: quantumflow cancel --reason "stale quotes"
    """,
)


def kill(
    reason: ReasonFlag,
    with_flatten: Annotated[
        bool, typer.Option("--flatten", help="Leave what is held first, within a minute; without it positions stay.")
    ] = False,
    key: KeyFlag = None,
    data_dir: DataDirFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """Halt everything: cancel open orders, make none, halt core_risk; also after a restart, until `reset-breaker`.

    Example: quantumflow kill --reason "something is wrong"
    """
    send("kill_flatten" if with_flatten else "kill", None, reason, key, data_dir, as_json)


def reset_breaker(
    reason: ReasonFlag,
    key: KeyFlag = None,
    data_dir: DataDirFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """Take back a kill and core_risk's halt or tripped breaker. A kill file is removed first, by hand.

    Example: quantumflow reset-breaker --reason "the feed was the cause, it is repaired"
    """
    send("reset_breaker", None, reason, key, data_dir, as_json)


def commands(
    data_dir: DataDirFlag = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=PAGE_MAX, help="How many, the newest first.")] = 20,
    as_json: JsonFlag = False,
) -> None:
    """List what operators said: when, by which door, why, and after which frame it was applied.

    Example: quantumflow commands --limit 5 --json
    """
    directory = find_data_dir(data_dir)
    if not directory.journal.exists():
        raise CommandRefused("no_journal", f"{directory.journal} does not exist: nothing was ever said here")
    with JournalReader(directory.journal) as journal:
        page = journal.commands(limit=limit)
    if as_json:
        say_json({"items": page.items, "next": page.next})
        return
    if not page.items:
        typer.echo("no command was ever given here")
        return
    make_console().print(_table(page.items))


def send(
    command: str, bot: str | None, reason: str, key: str | None, data_dir: Path | None, as_json: bool, **more: Any
) -> None:
    """Sends a command and shows its answer; `more`: what a command about a bot says besides."""
    directory = find_data_dir(data_dir)
    key = key or f"cli-{secrets.token_hex(8)}"
    request = CommandRequest(command=command, bot=bot, reason=reason, who=f"cli:{_user()}", key=key, **more)
    answer = send_command(request, directory.control_socket, directory.kill_file)
    if as_json:
        say_json(answer)
    elif "kill_file" in answer:
        typer.echo(
            f"no trader answers ({answer['because']}): {answer['kill_file']} was made, nothing trades while it is"
        )
        typer.echo("there. Remove it, start the appliance, and `quantumflow reset-breaker` to trade again.")
    else:
        again = "was taken before" if answer["duplicate"] else "taken"
        typer.echo(f"{command} {again}: event {answer['event_seq']}, key {answer['key']}")


def _user() -> str:
    """Who runs this, as far as the system knows, in the letters that a command's `who` may have."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):
        name = "unknown"
    return re.sub(r"[^A-Za-z0-9._-]", "_", name)[:64] or "unknown"


def _table(rows: Any) -> Table:
    table = Table("event", "time (UTC)", "command", "bot", "who", "reason", "after frame", box=None, pad_edge=False)
    for row in rows:
        table.add_row(
            str(row["event_seq"]),
            datetime.fromtimestamp(row["recorded_ns"] // 10**9, UTC).strftime("%Y-%m-%d %H:%M:%S"),
            row["command"],
            row["bot"] or "all",
            Text(row["who"]),
            Text(row["reason"]),
            str(row["frame_seq"]),
        )
    return table
