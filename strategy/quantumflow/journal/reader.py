"""Read-only questions to the journal, for the command line and the web. Each sees what was committed before it.

Rows are dictionaries with the journal's own names; integers keep their units (ticks, lots, 10⁻⁸). Where a row speaks of
an instrument, `display` beside it holds the same figures as exact decimal texts, with the units its session had.
Lists are pages, newest first: `next` is what to pass as `before` for the page that follows, None at the end.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

import apsw

from quantumflow.commands.standing import StandingCommands
from quantumflow.journal.chain import Row as Chained
from quantumflow.journal.records import OWN_FILL_MODEL
from quantumflow.journal.schema import connect_reader, sqlite_gate
from quantumflow.units import money_text, price_text, qty_text

__all__ = ["PAGE_MAX", "FillStory", "Head", "JournalReader", "Page", "Row"]

PAGE_MAX = 500
"""Rows of one page."""

Row = dict[str, Any]

_PRICES = ("price", "bid", "ask", "limit_price", "reference_price", "best_bid", "best_ask")
_QTYS = (
    "qty",
    "granted_qty",
    "filled",
    "remaining",
    "queue_ahead",
    "displayed",
    "consumed_before",
    "queue_at_entry",
    "queue_consumed",
    "position_qty",
    "order_remaining",
)


class Page(NamedTuple):
    """Some rows, newest first, and where to go on."""

    items: tuple[Row, ...]
    next: int | None


class Head(NamedTuple):
    """The newest event."""

    seq: int
    hash: str
    event_ns: int
    recorded_ns: int


class FillStory(NamedTuple):
    """One fill and what led to it. `signal` is None for an order that no signal asked for."""

    fill: Row
    order: Row
    verdict: Row
    signal: Row | None
    fill_model: str
    """FillModel's word; the appliance's is `model`."""


class JournalReader:
    """An open journal that cannot be written through. A context manager; cheap enough to open for one question."""

    def __init__(self, path: Path) -> None:
        sqlite_gate()
        self._connection = connect_reader(path)
        self._units: dict[tuple[int, str], tuple[int, int]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._connection.close()

    def head(self) -> Head | None:
        """The newest event; None in an empty journal."""
        found = self._rows("SELECT seq, hash, event_ns, recorded_ns FROM events ORDER BY seq DESC LIMIT 1")
        return Head(**{**found[0], "hash": found[0]["hash"].hex()}) if found else None

    def hash_of(self, seq: int) -> str | None:
        """Hash of one event; None if there is none of this number."""
        found = self._rows("SELECT hash FROM events WHERE seq = ?", seq)
        return found[0]["hash"].hex() if found else None

    def account(self) -> Row:
        """Cash, fees, realised, deposits, peak and counts, and the last equity row (None before the first)."""
        account = self._rows("SELECT * FROM account")[0]
        del account["one"]
        equity = self._rows("SELECT * FROM equity ORDER BY event_seq DESC LIMIT 1")
        account["equity"] = self._shown(equity[0]) if equity else None
        return self._shown(account)

    def positions(self) -> tuple[Row, ...]:
        """Every bot and instrument that ever traded; flat ones have qty 0."""
        session = self._last_session()
        return tuple(
            self._shown({**row, "session": session})
            for row in self._rows("SELECT * FROM positions ORDER BY bot, symbol")
        )

    def sessions(self, before: int | None = None, limit: int = 50) -> Page:
        """Runs of the trader; one that has not ended has `ended_ns` None."""
        page = self._page("sessions", "session", before, limit)
        for row in page.items:
            row["instruments"] = json.loads(row["instruments"])["instruments"]
            row["bots"] = json.loads(row["bots"])["bots"]
            row["simulated"] = bool(row["simulated"])
        return page

    def signals(self, before: int | None = None, limit: int = 50) -> Page:
        return self._page("signals", "signal", before, limit)

    def signal(self, number: int) -> Row | None:
        """One signal; of a scalper's, `specialist` is what was seen with it: the event right after it."""
        found = self._one("signals", "signal", number)
        if found is None:
            return None
        after = self._rows("SELECT kind, payload FROM events WHERE seq = ? + 1", found["event_seq"])
        seen = after and after[0]["kind"] == "specialist"
        return {**found, "specialist": json.loads(after[0]["payload"]) if seen else None}

    def orders(self, before: int | None = None, limit: int = 50) -> Page:
        return self._page("orders", "number", before, limit)

    def order(self, client_id: str) -> Row | None:
        return self._one("orders", "client_id", client_id)

    def verdicts(self, before: int | None = None, limit: int = 50) -> Page:
        return self._page("verdicts", "event_seq", before, limit)

    def verdict_seq_back(self, verdicts: int) -> int:
        """The event before the newest `verdicts` verdicts; 0 if there are fewer."""
        found = self._rows(
            "SELECT event_seq - 1 AS seq FROM verdicts ORDER BY event_seq DESC LIMIT 1 OFFSET ?", verdicts - 1
        )
        return found[0]["seq"] if found else 0

    def verdict(self, client_id: str) -> Row | None:
        """What core_risk said of an order, with every rule it consulted."""
        return self._one("verdicts", "client_id", client_id)

    def fills(self, before: int | None = None, limit: int = 50) -> Page:
        return self._page("fills", "fill", before, limit)

    def fills_after(self, number: int, limit: int = 50) -> tuple[Row, ...]:
        """Fills newer than `number`, oldest first: for following them as they come."""
        return self._list("SELECT * FROM fills WHERE fill > ? ORDER BY fill LIMIT ?", number, _bounded(limit))

    def fills_of(self, client_id: str) -> tuple[Row, ...]:
        return self._list("SELECT * FROM fills WHERE client_id = ? ORDER BY fill LIMIT ?", client_id, PAGE_MAX)

    def fill(self, number: int) -> FillStory | None:
        """One fill with its order, verdict and signal; None if there is no such fill."""
        fill = self._one("fills", "fill", number)
        if fill is None:
            return None
        order, verdict = self.order(fill["client_id"]), self.verdict(fill["client_id"])
        if order is None or verdict is None:
            raise LookupError(f"fill {number} has no order or no verdict: the journal is damaged")
        signal = self.signal(order["signal"]) if order["signal"] is not None else None
        (event,) = self._rows("SELECT payload FROM events WHERE seq = ?", fill["event_seq"])
        fill_model = json.loads(event["payload"]).get("fill_model", OWN_FILL_MODEL)
        return FillStory(fill, order, verdict, signal, fill_model)

    def commands(self, before: int | None = None, limit: int = 50) -> Page:
        """What operators said, and when it was journaled; `event_seq` is the number that its answer gave."""
        return self._page("commands", "event_seq", before, limit)

    def standing_commands(self) -> StandingCommands:
        """What all commands so far amount to."""
        standing = StandingCommands()
        for row in self._rows(
            "SELECT seq, event_ns, kind, payload FROM events WHERE kind IN ('command', 'bot') ORDER BY seq"
        ):
            payload = json.loads(row["payload"])
            if row["kind"] == "command":
                standing.take(row["seq"], row["event_ns"], payload)
            else:
                standing.take_bot(row["seq"], payload)
        return standing

    def equity(self, before: int | None = None, limit: int = 50) -> Page:
        return self._page("equity", "event_seq", before, limit)

    def equity_span(self) -> tuple[int, int] | None:
        """Event times of the first and the last equity row; None before the first."""
        found = self._rows(
            "SELECT event_ns FROM (SELECT event_ns FROM equity ORDER BY event_seq LIMIT 1)"
            " UNION ALL SELECT event_ns FROM (SELECT event_ns FROM equity ORDER BY event_seq DESC LIMIT 1)"
        )
        return (found[0]["event_ns"], found[1]["event_ns"]) if found else None

    def equity_steps(self, from_ns: int, to_ns: int, step_ns: int) -> tuple[Row, ...]:
        """Equity from `from_ns` to `to_ns` in steps: the last row of each, and the extremes of all its rows."""
        return tuple(
            self._rows(
                "SELECT last.event_ns, last.equity_e8, low_e8, high_e8, last.cash_e8, last.peak_e8, deepest AS"
                " drawdown_ppm, last.realised_e8, last.fees_e8, rows FROM (SELECT max(event_seq) AS last_seq,"
                " min(equity_e8) AS low_e8, max(equity_e8) AS high_e8, max(drawdown_ppm) AS deepest, count(*) AS rows"
                " FROM equity WHERE event_ns BETWEEN ?1 AND ?2 GROUP BY (event_ns - ?1) / ?3) JOIN equity AS last"
                " ON last.event_seq = last_seq ORDER BY last_seq",
                from_ns,
                to_ns,
                step_ns,
            )
        )

    def events(self, after: int = 0, limit: int = 50, kinds: Sequence[str] = ()) -> tuple[Row, ...]:
        """Events after seq `after`, oldest first, with their payload as values; of `kinds` only, if any are named."""
        chosen = f" AND kind IN ({', '.join('?' * len(kinds))})" if kinds else ""
        rows = self._rows(
            "SELECT seq, session, event_ns, recorded_ns, kind, payload FROM events"  # noqa: S608 (question marks only)
            f" WHERE seq > ?{chosen} ORDER BY seq LIMIT ?",
            after,
            *kinds,
            _bounded(limit),
        )
        return tuple({**row, "payload": json.loads(row["payload"])} for row in rows)

    def chained(self, after: int, limit: int) -> Iterator[tuple[Chained, bytes]]:
        """Rows after seq `after` as they were hashed, oldest first, each with its hash (see journal/export.py)."""
        columns = "seq, session, event_ns, recorded_ns, kind, payload, hash"
        for *row, stored in self._connection.execute(
            f"SELECT {columns} FROM events WHERE seq > ? ORDER BY seq LIMIT ?",  # noqa: S608 (our own columns)
            (after, limit),
        ):
            yield Chained(*row), stored

    def _page(self, table: str, key: str, before: int | None, limit: int) -> Page:
        limit = _bounded(limit)
        rows = self._list(
            f"SELECT * FROM {table} WHERE ? IS NULL OR {key} < ? ORDER BY {key} DESC LIMIT ?",  # noqa: S608 (our own names)
            before,
            before,
            limit + 1,
        )
        more = len(rows) > limit
        return Page(rows[:limit], rows[limit - 1][key] if more else None)

    def _one(self, table: str, key: str, value: int | str) -> Row | None:
        rows = self._list(f"SELECT * FROM {table} WHERE {key} = ?", value)  # noqa: S608 (our own names)
        return rows[0] if rows else None

    def _list(self, statement: str, *bindings: int | str | None) -> tuple[Row, ...]:
        return tuple(self._shown(row) for row in self._rows(statement, *bindings))

    def _rows(self, statement: str, *bindings: int | str | None) -> list[Row]:
        cursor = self._connection.cursor()
        cursor.row_trace = _named
        return list(cursor.execute(statement, bindings))

    def _last_session(self) -> int:
        found = self._rows("SELECT max(session) AS session FROM sessions")
        return found[0]["session"] or 0

    def _shown(self, row: Row) -> Row:
        """`row` with `display`: money always, prices and quantities where the instrument's units are known."""
        if "rules" in row:
            row["rules"] = json.loads(row["rules"])["rules"]
        for name in ("post_only", "reduce_only"):
            if name in row:
                row[name] = bool(row[name])
        display = {name: money_text(row[name]) for name in row if name.endswith("_e8") and row[name] is not None}
        units = self._instrument(row)
        if units is not None:
            tick_e8, lot_e8 = units
            display |= {name: price_text(row[name], tick_e8) for name in _PRICES if row.get(name) is not None}
            display |= {name: qty_text(row[name], lot_e8) for name in _QTYS if row.get(name) is not None}
        row["display"] = display
        return row

    def _instrument(self, row: Mapping[str, Any]) -> tuple[int, int] | None:
        if "symbol" not in row:
            return None
        key = (row["session"], row["symbol"])
        if key not in self._units:
            found = self._connection.execute(
                "SELECT instruments FROM sessions WHERE session <= ? ORDER BY session DESC", (row["session"],)
            )
            for (text,) in found:
                for instrument in json.loads(text)["instruments"]:
                    if instrument["symbol"] == row["symbol"]:
                        self._units[key] = (instrument["tick_e8"], instrument["lot_e8"])
                        return self._units[key]
            return None
        return self._units[key]


def _named(cursor: apsw.Cursor, row: tuple[Any, ...]) -> Row:
    return {column[0]: value for column, value in zip(cursor.get_description(), row, strict=True)}


def _bounded(limit: int) -> int:
    if not 1 <= limit <= PAGE_MAX:
        raise ValueError(f"a page has 1 to {PAGE_MAX} rows, not {limit}")
    return limit
