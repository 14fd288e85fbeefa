"""`quantumflow why`: a fill, an order or a signal with its evidence; without an id, the last fill."""

import re
from typing import Annotated, Any

import typer

from quantumflow.appliance.data_dir import find_data_dir
from quantumflow.cli.flags import DataDirFlag, JsonFlag, say_json
from quantumflow.errors import ApplianceRefused
from quantumflow.journal.reader import JournalReader
from quantumflow.overview import overview, sources_of
from quantumflow.why import explain_fill, explain_order, explain_signal

__all__ = ["why"]

_FILL = re.compile(r"(?:fill-)?([0-9]{1,18})")
_SIGNAL = re.compile(r"signal-([0-9]{1,18})")
_Answer = tuple[dict[str, Any], list[str]]


def why(
    what: Annotated[
        str | None, typer.Argument(metavar="[ID]", help="A fill (9), an order (imbalance-00000017) or signal-12.")
    ] = None,
    data_dir: DataDirFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """Explain a fill, an order or a signal; without an id the last fill, and why nothing is trading.

    Example: quantumflow why 9
    """
    directory = find_data_dir(data_dir)
    if not directory.journal.exists():
        raise ApplianceRefused("no_journal", f"{directory.journal} does not exist yet: start with `quantumflow up`")
    shown = overview(sources_of(directory), directory.venue())
    standing = {name: shown[name] for name in ("why_not_trading", "detail", "venue", "simulated")}
    with JournalReader(directory.journal) as journal:
        found, lines = _last(journal) if what is None else _named(journal, what)
    if as_json:
        say_json({**standing, **found})
        return
    if shown["simulated"]:
        typer.echo("SIMULATED: prices came from a market generator")
    for line in lines:
        typer.echo(line)
    if what is None:
        reason = shown["why_not_trading"]
        typer.echo("trading" if reason is None else f"not trading: {reason} ({shown['detail'] or '-'})")


def _last(journal: JournalReader) -> _Answer:
    page = journal.fills(limit=1)
    if not page.items:
        return {"fill": None}, ["no fill yet"]
    return _fill(journal, int(page.items[0]["fill"]))


def _named(journal: JournalReader, what: str) -> _Answer:
    if match := _FILL.fullmatch(what):
        return _fill(journal, int(match[1]))
    if match := _SIGNAL.fullmatch(what):
        return _signal(journal, int(match[1]))
    return _order(journal, what.removeprefix("order-"))


def _fill(journal: JournalReader, number: int) -> _Answer:
    story = journal.fill(number)
    if story is None:
        raise ApplianceRefused("no_such_fill", f"there is no fill {number} in this journal")
    return story._asdict(), explain_fill(story)


def _signal(journal: JournalReader, number: int) -> _Answer:
    signal = journal.signal(number)
    if signal is None:
        raise ApplianceRefused("no_such_signal", f"there is no signal {number} in this journal")
    return {"signal": signal}, explain_signal(signal)


def _order(journal: JournalReader, client_id: str) -> _Answer:
    order = journal.order(client_id)
    if order is None:
        detail = f"there is no order {client_id!r}; ids look like imbalance-00000017, a fill is a number"
        raise ApplianceRefused("no_such_order", detail)
    fills, verdict = journal.fills_of(client_id), journal.verdict(client_id)
    signal = None if order["signal"] is None else journal.signal(int(order["signal"]))
    found = {"order": order, "fills": list(fills), "verdict": verdict, "signal": signal}
    return found, explain_order(order, fills, verdict, signal)
