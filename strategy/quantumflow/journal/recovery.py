"""The only way to a Writer: every check of the journal, then the account to start from. It repairs nothing in silence.

    version of SQLite → lock → checkpoints, structure, hash chain, anchor, totals = projections → open orders are ended

What is checked, and which damage is found when, verify.py says.

Orders that a session left open are ended by events of that session: there are no fills for a time nobody watched.
"""

import os
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import apsw

from quantumflow.commands.request import COMMANDS
from quantumflow.commands.standing import StandingCommands
from quantumflow.crash_points import reach
from quantumflow.errors import JournalRefused
from quantumflow.journal.anchor import AnchorFile
from quantumflow.journal.records import Record
from quantumflow.journal.schema import connect_writer, sqlite_gate
from quantumflow.journal.standing import CHECKPOINT_EVENTS, Standing
from quantumflow.journal.totals import Totals
from quantumflow.journal.verify import RESTORE, verify
from quantumflow.journal.writer import Writer
from quantumflow.regime_vocabulary import Regime
from quantumflow.specs import Opening, OpenPosition
from quantumflow.vocabulary import BotReason

__all__ = ["Recovered", "ended_by_restart", "opening_of", "recover", "under_commands"]


class Recovered(NamedTuple):
    """A journal that passed every check, and what the next session begins with."""

    writer: Writer
    opening: Opening
    ended_orders: tuple[str, ...]
    """Client ids that were open and have been ended just now; core_risk is to be told."""
    venue: str | None
    """Venue of the sessions before; None in a new journal."""
    since: int
    """The event after which the journal was read: 0 if all of it was."""
    misfit: str | None
    """Why a checkpoint was not believed; to be logged."""


def recover(
    path: Path,
    anchor_path: Path,
    recorded_ns: int,
    checkpoint_events: int = CHECKPOINT_EVENTS,
    transaction_events: int = 1,
) -> Recovered:
    """Opens the journal, or raises JournalRefused with what is wrong and what to do."""
    sqlite_gate()
    with ExitStack() as undo:
        anchor_file = AnchorFile(anchor_path)
        undo.callback(anchor_file.close)
        connection = _open(path)
        undo.callback(connection.close)
        standing, since, checkpoints, misfit = verify(connection, path, anchor_file.read())
        undo.pop_all()
    writer = Writer(connection, anchor_file, standing, checkpoints, checkpoint_events, transaction_events)
    ended = tuple(standing.totals.open_orders)
    if standing.session_open:
        _end_session(connection, writer, standing, recorded_ns)
    return Recovered(writer, opening_of(standing.totals), ended, standing.venue, since, misfit)


def opening_of(totals: Totals) -> Opening:
    """The account as the next session finds it."""
    positions = tuple(
        OpenPosition(
            bot,
            symbol,
            position.qty,
            position.cost_e8,
            position.realised_e8,
            position.entered_ns,
            int(Regime[position.entry_regime.upper()]),
            position.entry_bar_ns,
        )
        for (bot, symbol), position in sorted(totals.positions.items())
    )
    return Opening(
        cash_e8=totals.cash_e8,
        peak_e8=totals.peak_e8,
        fees_e8=totals.fees_e8,
        orders=totals.orders,
        signals=totals.signals,
        fills=totals.fills,
        positions=positions,
    )


def under_commands(opening: Opening, commands: StandingCommands, bots: Sequence[str], began_ns: int) -> Opening:
    """The opening of a session of `bots` that begins at `began_ns`, with what the operator's commands forbid it."""
    killed = commands.killed
    return replace(
        opening,
        paused=frozenset(bot for bot in bots if commands.paused(bot) is not None),
        flatten=frozenset(bot for bot in bots if commands.flattens(bot)),
        stopped=frozenset(bot for bot in bots if commands.stopped(bot) is not None),
        removing=frozenset(bot for bot in bots if commands.removing(bot)),
        failed={bot: BotReason[commands.failed[bot].reason.upper()] for bot in bots if bot in commands.failed},
        killed=0 if killed is None else COMMANDS[killed.command],
        killed_ns=0 if killed is None else max(began_ns, killed.event_ns),
    )


def _open(path: Path) -> apsw.Connection:
    try:
        connection = connect_writer(path)
    except apsw.Error as error:
        raise JournalRefused("journal_unreadable", f"{path}: {error}; {RESTORE}") from error
    _sync_directory(path.parent)
    return connection


def _sync_directory(path: Path) -> None:
    """Names made and names removed are on disk before the first commit.

    SQLite removes the rollback journal of a new file without waiting for it. If a power cut brought it back, the file
    would be rolled back to nothing, and the write-ahead log with every commit in it would be thrown away.
    """
    directory = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def _end_session(connection: apsw.Connection, writer: Writer, standing: Standing, recorded_ns: int) -> None:
    """Ends what the last session left open, at its last event's time, as events of that session."""

    def order_of(order: str) -> tuple[str, str, int, int]:
        bot, symbol, granted = connection.execute(
            "SELECT bot, symbol, coalesce(granted_qty, qty) FROM orders WHERE client_id = ?", (order,)
        ).get
        filled = connection.execute("SELECT coalesce(sum(qty), 0) FROM fills WHERE client_id = ?", (order,)).get
        return bot, symbol, granted, filled

    event_ns = standing.event_ns
    writer.commit(ended_by_restart(standing, order_of), recorded_ns)
    reach("trader.after_orders_ended")
    writer.end_session(event_ns, recorded_ns, "interrupted")


def ended_by_restart(standing: Standing, order_of: Callable[[str], tuple[str, str, int, int]]) -> list[Record]:
    """How a start ends the orders that are open: `order_of` gives an order's bot, symbol, granted and filled lots."""
    records: list[Record] = []
    for order, judged in standing.totals.open_orders.items():
        bot, symbol, granted, filled = order_of(order)
        head = {"order": order, "bot": bot, "symbol": symbol, "frame_seq": 0}
        if not judged:
            records.append(Record("verdict", standing.event_ns, {**head, **_UNASKED}))
        state = ("cancelled", "cancelled_at_restart") if judged else ("refused", "restart_before_verdict")
        ended = {"state": state[0], "reason": state[1], "filled": filled, "remaining": granted - filled}
        records.append(Record("order_state", standing.event_ns, {**head, **ended, **_NO_WAY}))
    return records


_UNASKED = {
    "verdict": "refuse",
    "qty": 0,
    "refusal": "restart_before_verdict",
    "order_hash": None,
    "rules": [],
    "limits_version": None,
    "expires_ns": None,
    "log_seq": None,
}
_NO_WAY = {"latency_ns": 0, "arrive_ns": None, "queue_ahead": 0}
