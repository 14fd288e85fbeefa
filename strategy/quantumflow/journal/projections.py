"""What each event changes in the tables that readers use; all of it in the event's own transaction.

A projection adds nothing that the events do not say. `account` and `positions` are written from Totals, which
recomputed them; the rest are the event's payload in columns.
"""

from collections.abc import Callable, Mapping
from typing import Any

import apsw

from quantumflow.journal.chain import Row
from quantumflow.journal.records import canonical, order_number
from quantumflow.journal.schema import (
    COMMAND_COLUMNS,
    EQUITY_COLUMNS,
    FILL_COLUMNS,
    ORDER_COLUMNS,
    ORDER_STATE_COLUMNS,
    SIGNAL_COLUMNS,
    VERDICT_COLUMNS,
)
from quantumflow.journal.totals import Totals

__all__ = ["account_row", "project", "project_account"]

Payload = Mapping[str, Any]
_PLACE = ("session", "event_seq", "event_ns")


def _insert(table: str, columns: tuple[str, ...]) -> str:
    names = ", ".join(f'"{name}"' for name in columns)
    return f"INSERT INTO {table} ({names}) VALUES ({', '.join('?' * len(columns))})"  # noqa: S608 (our own names)


_INSERT_SIGNAL = _insert("signals", ("signal", "client_id", "bot", "symbol", *_PLACE, *SIGNAL_COLUMNS))
_INSERT_ORDER = _insert(
    "orders",
    ("number", "client_id", "bot", "symbol", *_PLACE, *ORDER_COLUMNS, "changed_ns", "state", "filled", "remaining"),
)
_INSERT_VERDICT = _insert("verdicts", ("client_id", "bot", "symbol", *_PLACE, *VERDICT_COLUMNS))
_INSERT_FILL = _insert("fills", ("fill", "client_id", "bot", "symbol", *_PLACE, *FILL_COLUMNS))
_INSERT_COMMAND = _insert("commands", ("event_seq", "session", "event_ns", "recorded_ns", *COMMAND_COLUMNS))
_INSERT_EQUITY = _insert("equity", ("event_seq", "session", "event_ns", *EQUITY_COLUMNS))
_UPDATE_VERDICT = "UPDATE orders SET verdict = ?, granted_qty = ?, refusal = ?, changed_ns = ? WHERE client_id = ?"
_SETS = ", ".join(f"{name} = ?" for name in (*ORDER_STATE_COLUMNS, "changed_ns"))
_UPDATE_STATE = f"UPDATE orders SET {_SETS} WHERE client_id = ?"  # noqa: S608 (our own columns)


def project(connection: apsw.Connection, row: Row, payload: Payload) -> None:
    """Changes the tables that show this event; kinds without a table are read from `events` itself."""
    projection = _PROJECTIONS.get(row.kind)
    if projection is not None:
        projection(connection, row, payload)


def project_account(connection: apsw.Connection, totals: Totals, touched: set[tuple[str, str]], event_ns: int) -> None:
    """Writes the account as it is after a transaction's events, and the positions that they touched."""
    connection.execute(
        "UPDATE account SET cash_e8 = ?, fees_e8 = ?, realised_e8 = ?, deposits_e8 = ?, peak_e8 = ?, orders = ?,"
        " signals = ?, fills = ?, refused = ?",
        account_row(totals),
    )
    for bot, symbol in sorted(touched):
        position = totals.positions[bot, symbol]
        connection.execute(
            "INSERT OR REPLACE INTO positions VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                bot,
                symbol,
                position.qty,
                position.cost_e8,
                position.realised_e8,
                position.fees_e8,
                position.fills,
                event_ns,
            ),
        )


def account_row(totals: Totals) -> tuple[int, ...]:
    """The one row of `account`, without its key."""
    return (
        totals.cash_e8,
        totals.fees_e8,
        totals.realised_e8,
        totals.deposits_e8,
        totals.peak_e8,
        totals.orders,
        totals.signals,
        totals.fills,
        totals.refused,
    )


def _place(row: Row) -> tuple[int, int, int]:
    return row.session, row.seq, row.event_ns


def _values(payload: Payload, columns: tuple[str, ...]) -> tuple[Any, ...]:
    return tuple(payload[name] for name in columns)


def _session_started(connection: apsw.Connection, row: Row, payload: Payload) -> None:
    connection.execute(
        "INSERT INTO sessions (session, market_session, venue, simulated, clock, build, instruments, bots, started_ns,"
        " started_recorded_ns) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            row.session,
            *_values(payload, ("market_session", "venue", "simulated", "clock", "build")),
            canonical({"instruments": payload["instruments"]}),
            canonical({"bots": payload["bots"]}),
            row.event_ns,
            row.recorded_ns,
        ),
    )


def _session_ended(connection: apsw.Connection, row: Row, payload: Payload) -> None:
    connection.execute(
        "UPDATE sessions SET ended_ns = ?, ended_recorded_ns = ?, end_reason = ?, digest = ? WHERE session = ?",
        (row.event_ns, row.recorded_ns, payload["reason"], payload["digest"], row.session),
    )


def _signal(connection: apsw.Connection, row: Row, payload: Payload) -> None:
    head = _values(payload, ("signal", "order", "bot", "symbol"))
    connection.execute(_INSERT_SIGNAL, (*head, *_place(row), *_values(payload, SIGNAL_COLUMNS)))


def _order(connection: apsw.Connection, row: Row, payload: Payload) -> None:
    client_id, bot, symbol, qty = _values(payload, ("order", "bot", "symbol", "qty"))
    connection.execute(
        _INSERT_ORDER,
        (
            order_number(client_id),
            client_id,
            bot,
            symbol,
            *_place(row),
            *_values(payload, ORDER_COLUMNS),
            row.event_ns,
            "intended",
            0,
            qty,
        ),
    )


def _verdict(connection: apsw.Connection, row: Row, payload: Payload) -> None:
    columns = {**payload, "rules": canonical({"rules": payload["rules"]})}
    head = _values(payload, ("order", "bot", "symbol"))
    connection.execute(_INSERT_VERDICT, (*head, *_place(row), *_values(columns, VERDICT_COLUMNS)))
    said = _values(payload, ("verdict", "qty", "refusal"))
    connection.execute(_UPDATE_VERDICT, (*said, row.event_ns, payload["order"]))


def _order_state(connection: apsw.Connection, row: Row, payload: Payload) -> None:
    connection.execute(_UPDATE_STATE, (*_values(payload, ORDER_STATE_COLUMNS), row.event_ns, payload["order"]))


def _fill(connection: apsw.Connection, row: Row, payload: Payload) -> None:
    head = _values(payload, ("fill", "order", "bot", "symbol"))
    connection.execute(_INSERT_FILL, (*head, *_place(row), *_values(payload, FILL_COLUMNS)))


def _equity(connection: apsw.Connection, row: Row, payload: Payload) -> None:
    place = (row.seq, row.session, row.event_ns)
    connection.execute(_INSERT_EQUITY, (*place, *_values(payload, EQUITY_COLUMNS)))


def _command(connection: apsw.Connection, row: Row, payload: Payload) -> None:
    place = (row.seq, row.session, row.event_ns, row.recorded_ns)
    connection.execute(_INSERT_COMMAND, (*place, *_values(payload, COMMAND_COLUMNS)))


_PROJECTIONS: dict[str, Callable[[apsw.Connection, Row, Payload], None]] = {
    "session_started": _session_started,
    "session_ended": _session_ended,
    "signal": _signal,
    "order": _order,
    "verdict": _verdict,
    "order_state": _order_state,
    "fill": _fill,
    "equity": _equity,
    "command": _command,
}
