"""How an appliance stands: the programs' status files where they are believed, the journal where they are not."""

import time
from pathlib import Path
from typing import Any

import apsw

from quantumflow.appliance.data_dir import DataDir
from quantumflow.appliance.status_files import StatusFile, read_status
from quantumflow.build import build_id
from quantumflow.errors import JournalError
from quantumflow.journal.reader import JournalReader
from quantumflow.units import money_text
from quantumflow.vocabulary import WhyNotTrading

__all__ = ["Sources", "overview", "sources_of", "why_not_trading"]

_NOT_RUNNING = WhyNotTrading.NOT_RUNNING.name.lower()


class Sources:
    """Where the answers come from: the journal and the programs' status files."""

    def __init__(self, journal: Path, trader_status: Path, market_data_status: Path) -> None:
        self.journal = journal
        self.trader_status = trader_status
        self.market_data_status = market_data_status
        self.upkeep_status = trader_status.with_name("upkeep.status.json")


def sources_of(directory: DataDir) -> Sources:
    """The sources below a data directory."""
    run = directory.run
    return Sources(directory.journal, run / "trader.status.json", run / "market_data.status.json")


def why_not_trading(trader: StatusFile) -> tuple[str | None, str | None]:
    """The one line: (None, None) while it trades, else a name of the vocabulary and words."""
    if not trader.values:
        return _NOT_RUNNING, "the trader has written no status"
    if trader.final:
        return _NOT_RUNNING, "the trader has ended"
    if not trader.running:
        return _NOT_RUNNING, f"the trader has said nothing for {trader.age_ns // 1_000_000_000} s"
    why = trader.values.get("why_not_trading")
    detail = trader.values.get("detail")
    return (None if why is None else str(why)), (None if detail is None else str(detail))


def overview(sources: Sources, venue: str | None, now_ns: int | None = None) -> dict[str, Any]:
    """Everything `status` shows. Figures nobody can give are null."""
    now_ns = time.time_ns() if now_ns is None else now_ns
    trader = read_status(sources.trader_status, now_ns)
    market_data = read_status(sources.market_data_status, now_ns)
    why, detail = why_not_trading(trader)
    live = trader.values if trader.running else {}
    shown: dict[str, Any] = {
        "build": build_id(),
        "running": trader.running,
        "venue": venue,
        "simulated": None,
        "why_not_trading": why,
        "detail": detail,
        "session": live.get("session"),
        "reconcile": live.get("reconcile"),
        "risk": live.get("risk"),
        "alarms": _alarms(read_status(sources.upkeep_status, now_ns)),
        "bots": live.get("bots") or {},
        "calendar": live.get("calendar"),
        "instruments": _instruments(live, market_data.values if market_data.running else {}),
        **_from_journal(sources.journal),
    }
    if live:
        shown["simulated"] = live.get("simulated")
        shown.update(signals=live.get("signals"), orders=live.get("orders"), refused=live.get("refused"))
        shown["fills"] = live.get("fills")
        shown.update(_money("cash", live.get("cash_e8")))
        shown.update(_money("equity", live.get("equity_e8")))
        shown.update(_money("peak", live.get("peak_e8")))
        shown["drawdown_ppm"] = live.get("drawdown_ppm")
    return shown


def _alarms(upkeep: StatusFile) -> dict[str, str] | None:
    """Those that stand, by name; None where nobody watches."""
    return dict(upkeep.values.get("alarms", {})) if upkeep.running else None


def _money(name: str, value: Any) -> dict[str, Any]:
    return {name: None if value is None else money_text(int(value)), f"{name}_e8": value}


def _instruments(trader: dict[str, Any], market_data: dict[str, Any]) -> dict[str, Any]:
    """Per symbol: what the feed says of its book, and what the trader sees of it."""
    feed, seen = market_data.get("instruments", {}), trader.get("instruments", {})
    return {symbol: {**feed.get(symbol, {}), **seen.get(symbol, {})} for symbol in sorted({*feed, *seen})}


def _from_journal(path: Path) -> dict[str, Any]:
    empty: dict[str, Any] = {
        "signals": 0,
        "orders": 0,
        "refused": 0,
        "fills": 0,
        **_money("cash", None),
        **_money("equity", None),
        **_money("peak", None),
        **_money("realised", None),
        **_money("fees", None),
        "drawdown_ppm": None,
        "positions": [],
        "killed": None,
        "journal": "none yet",
    }
    if not path.exists():
        return empty
    try:
        with JournalReader(path) as journal:
            account, positions, sessions = journal.account(), journal.positions(), journal.sessions(limit=1)
            killed = journal.standing_commands().killed
    except (apsw.Error, JournalError) as error:
        return {**empty, "journal": f"cannot be read: {error}"}
    equity = account["equity"] or {}
    flat = all(row["qty"] == 0 for row in positions)
    return {
        **{name: account[name] for name in ("signals", "orders", "refused", "fills")},
        **_money("cash", account["cash_e8"]),
        **_money("equity", account["cash_e8"] if flat else equity.get("equity_e8")),
        **_money("peak", account["peak_e8"]),
        **_money("realised", account["realised_e8"]),
        **_money("fees", account["fees_e8"]),
        "drawdown_ppm": equity.get("drawdown_ppm"),
        "positions": list(positions),
        "killed": None if killed is None else killed._asdict(),
        "simulated": sessions.items[0]["simulated"] if sessions.items else None,
        "journal": "ok",
    }
