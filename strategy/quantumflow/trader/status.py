"""The trader's status file: what is true now, written beside and renamed, so that a reader never sees half of it."""

import json
import os
from pathlib import Path
from typing import Any

from quantumflow.bots.roster import origin_of
from quantumflow.commands.standing import Said, StandingCommands
from quantumflow.condition import why_not_trading
from quantumflow.journal.records import word
from quantumflow.journal.writer import Writer
from quantumflow.state import State
from quantumflow.trader.risk_gate import RiskGate
from quantumflow.trader.session import Session
from quantumflow.vocabulary import WHY_ORDER, BotReason, BotState, CalendarPhase, FeedState, Refusal, WhyNotTrading

__all__ = [
    "LiveSession",
    "Why",
    "committed_figures",
    "first_why",
    "gate_why",
    "killed_why",
    "session_figures",
    "session_why",
    "standing_figures",
    "write_status",
]

Why = tuple[WhyNotTrading, str]
LiveSession = Session[Writer, RiskGate]
"""A session that trades now."""

_BY_VERSION = (Refusal.RISK_VERSION_MISMATCH, Refusal.VERSION_MISMATCH)


def write_status(path: Path, values: dict[str, Any]) -> None:
    """Replaces the file as a whole. It is worthless after a stop, so nothing waits for the disk."""
    beside = path.with_name(path.name + ".new")
    beside.write_text(json.dumps(values, separators=(",", ":")) + "\n", encoding="utf-8")
    beside.replace(path)


def standing_figures(
    program_build: str, written_ns: int, final: bool, why: Why, since_ns: int | None = None
) -> dict[str, Any]:
    """What can be said without a session; every key is there, null if nobody knows. `since_ns`: when `why` began."""
    name, detail = why
    return {
        "program": "trader",
        "build": program_build,
        "pid": os.getpid(),
        "written_ns": written_ns,
        "final": final,
        "why_not_trading": None if name is WhyNotTrading.TRADING else word(name),
        "detail": detail or None,
        "why_since_ns": since_ns,
        **dict.fromkeys(_OF_SESSION),
        "reconcile": "unknown",
        "killed": None,
        "instruments": {},
        "bots": {},
    }


_OF_SESSION = (
    "session",
    "venue",
    "simulated",
    "clock",
    "event_ns",
    "cash_e8",
    "equity_e8",
    "peak_e8",
    "drawdown_ppm",
    "signals",
    "orders",
    "refused",
    "fills",
    "journal_seq",
    "journal_digest",
    "risk",
    "calendar",
    "open_orders",
    "latency_us",
    "tally",
)


def session_figures(session: LiveSession) -> dict[str, Any]:
    """The figures of a running or just ended session. Only what is committed counts."""
    hello, writer, core = session.hello, session.writer, session.state.core[0]
    return {
        "session": hello.session,
        "venue": hello.venue,
        "simulated": hello.simulated,
        "clock": hello.clock,
        "event_ns": session.event_ns,
        "equity_e8": int(core["equity_e8"]) if core["marked"] else None,
        "peak_e8": int(core["peak_e8"]),
        "drawdown_ppm": _drawdown_ppm(int(core["equity_e8"]), int(core["peak_e8"])) if core["marked"] else None,
        **committed_figures(writer),
        "journal_digest": writer.digest(),
        "reconcile": session.gate.reconcile,
        "risk": _risk(session.gate),
        "instruments": _instruments(session.state, hello.instruments, session.event_ns),
        "bots": _bots(session),
        "calendar": _calendar(session),
        "open_orders": int(core["open_orders"]),
        "latency_us": {name: latency.figures() for name, latency in session.latency.items()},
        "tally": session.tally.figures(),
    }


def _bots(session: LiveSession) -> dict[str, Any]:
    """Every bot there is, as docs/BOTS.md shows it."""
    commands, totals, crew = session.writer.commands, session.writer.totals, session.crew
    crew.plotted.sample(session.state, crew.specs, crew.symbols, session.event_ns)
    shown: dict[str, Any] = {}
    for row, bot in zip(session.state.bots, crew.specs, strict=True):
        state, reason = BotState(int(row["state"])), BotReason(int(row["reason"]))
        if state is BotState.REMOVED:
            continue
        failed = commands.failed.get(bot.name)
        positions = {symbol: held.qty for (name, symbol), held in totals.positions.items() if name == bot.name}
        shown[bot.name] = {
            "state": word(state),
            "reason": None if reason is BotReason.NONE else word(reason),
            "detail": None if failed is None else failed.detail,
            "paused": _said(commands.stopped(bot.name) or commands.paused(bot.name)),
            "positions": positions,
            "strategy": bot.strategy,
            "source": bot.source,
            "instruments": list(bot.instruments),
            "capital_e8": bot.capital_e8,
            "parameters": dict(bot.parameters),
            "origin": origin_of(bot.name, commands),
            "removing": bool(row["removing"]),
            "indicators": crew.plotted.shown(bot.name),
        }
    return shown


def committed_figures(writer: Writer) -> dict[str, Any]:
    """What the journal says of the account, with or without a session."""
    totals = writer.totals
    return {
        "cash_e8": totals.cash_e8,
        "signals": totals.signals,
        "orders": totals.orders,
        "refused": totals.refused,
        "fills": totals.fills,
        "journal_seq": writer.seq,
        "killed": _said(writer.commands.killed),
    }


def _calendar(session: LiveSession) -> dict[str, Any] | None:
    """What the calendar allows now, until when, and the pause that lasts or comes next; None without a calendar."""
    if session.pauses is None:
        return None
    core = session.state.core[0]
    now_ns = int(core["now_ns"])
    comes = [pause for pause in session.pauses.pauses if pause.end_ns > now_ns]
    return {
        "phase": word(CalendarPhase(int(core["phase"]))),
        "until_ns": int(core["phase_until_ns"]),
        "pause": comes[0]._asdict() if comes else None,
        "known_ns": session.pauses.known_ns,
    }


def _said(said: Said | None) -> dict[str, Any] | None:
    return None if said is None else said._asdict()


def session_why(session: LiveSession) -> Why:
    """The first reason not to trade, of the operator, the engine and the way to core_risk."""
    commands = session.writer.commands
    engine = why_not_trading(session.state)
    if engine[0] is WhyNotTrading.PAUSED:
        paused = {name: commands.paused(name) for name in session.crew.names}
        detail = "; ".join(f"{name}: {said.words()}" for name, said in paused.items() if said is not None)
        engine = (WhyNotTrading.PAUSED, detail or engine[1])
    return first_why(killed_why(commands), engine, gate_why(session.gate))


def first_why(*whys: Why | None) -> Why:
    """The one that stands first in WHY_ORDER."""
    return min((why for why in whys if why is not None), key=lambda why: WHY_ORDER.index(why[0]))


def killed_why(commands: StandingCommands) -> Why | None:
    """Who killed it and why; None if nobody did."""
    return None if commands.killed is None else (WhyNotTrading.KILLED, commands.killed.words())


def gate_why(gate: RiskGate) -> Why | None:
    """Why core_risk cannot be asked; None if it can."""
    if gate.is_open:
        return None
    detail = f"{word(gate.refusal)}: {gate.detail}"
    if gate.refusal in _BY_VERSION:
        return WhyNotTrading.RISK_VERSION_MISMATCH, detail
    if gate.refusal is Refusal.RECONCILE_MISMATCH:
        return WhyNotTrading.RISK_HALTED, detail
    return WhyNotTrading.RISK_UNREACHABLE, detail


def _risk(gate: RiskGate) -> dict[str, Any]:
    mark = gate.last_mark
    if not gate.is_open or mark is None:
        return {"trading": "unknown", "reason": None if gate.is_open else word(gate.refusal), "log_seq": None}
    return {"trading": mark.trading, "reason": mark.reason, "log_seq": mark.log_seq}


def _instruments(state: State, specs: Any, event_ns: int) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    for spec, row in zip(specs, state.instruments, strict=True):
        recv_ns = int(row["recv_ns"])
        bid, ask = int(row["levels"][0, 0, 0]), int(row["levels"][1, 0, 0])
        shown[spec.symbol] = {
            "state": word(FeedState(int(row["state"]))),
            "epoch": int(row["epoch"]),
            "last_id": int(row["last_id"]),
            "book_age_ms": (event_ns - recv_ns) // 1_000_000 if recv_ns else None,
            "bid": bid if row["bid_count"] else None,
            "ask": ask if row["ask_count"] else None,
            "tick_e8": spec.tick_e8,
            "lot_e8": spec.lot_e8,
        }
    return shown


def _drawdown_ppm(equity_e8: int, peak_e8: int) -> int:
    """Of the peak, rounded up."""
    return 0 if peak_e8 <= 0 else -(-(peak_e8 - equity_e8) * 1_000_000 // peak_e8)
