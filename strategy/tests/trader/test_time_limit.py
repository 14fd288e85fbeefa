"""A position's time limit counts from its entry, whatever becomes of the trader in between."""

from pathlib import Path

from quantumflow.journal.reader import JournalReader
from trader.market import START_NS, MarketSocket, hello, market
from trader.risk import RiskBooks, RiskSocket
from trader.stage import PARAMETERS, eventually, settings, trader

SECOND_NS = 1_000_000_000
BEFORE_S, AFTER_S, HOLD_S = 90, 110, 100
STEP_MS_MAX = 500
"""An exit is an order of its own: it meets the market some books after it was decided."""
ONLY_TIME = {"stop_atr": 100.0, "target_atr": 1000.0, "reversal_books": 10_000, "hold_s": HOLD_S}


def test_the_limit_goes_on_after_a_kill(tmp_path: Path) -> None:
    (bot,) = settings(tmp_path)["bots"]
    bots = [{**bot, "parameters": {**PARAMETERS, **ONLY_TIME}}]
    with RiskSocket(tmp_path / "risk.sock", RiskBooks()):
        for name, start_ns, seconds in (
            ("before", START_NS, BEFORE_S),
            ("after", START_NS + BEFORE_S * SECOND_NS, AFTER_S),
        ):
            path = tmp_path / f"{name}.sock"
            frames = [hello(clock="wall", session=name, recv_ns=start_ns), *market(seconds, start_ns=start_ns)]
            fills = {"before": 1, "after": 2}[name]
            with (
                MarketSocket(path, frames),
                trader(tmp_path, venue="sim", market_socket=str(path), bots=bots) as running,
            ):
                eventually(
                    lambda fills=fills, running=running: (running.status.get("fills") or 0) >= fills,
                    60,
                    f"{fills} fills",
                )
                running.process.kill()
                assert running.wait() == -9
    with JournalReader(tmp_path / "journal.db") as journal:
        entry, leaving = journal.fills_after(0, limit=2)
        order = journal.order(leaving["client_id"])
        assert order is not None
        signal = journal.signal(order["signal"])
    assert signal is not None
    assert signal["signal_kind"] == "exit_time"
    assert entry["event_ns"] < START_NS + BEFORE_S * SECOND_NS < signal["event_ns"]
    assert 0 <= signal["event_ns"] - entry["event_ns"] - HOLD_S * SECOND_NS < STEP_MS_MAX * 1_000_000
