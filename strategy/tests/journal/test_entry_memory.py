"""Which specialist opened what is held, and at which bar, is there after a kill at any moment."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from journal.sample import RECORDED_NS, Life, journal_of
from quantumflow.journal.recovery import recover
from quantumflow.journal.standing import Standing
from quantumflow.regime_vocabulary import Regime

TESTS = Path(__file__).parents[1]
BAR_NS = 1_234_567
KILLED = f"""
import os, signal, sys
from pathlib import Path
from journal.sample import RECORDED_NS, Life, journal_of
from quantumflow.journal.recovery import recover
life = Life(recover(*journal_of(Path(sys.argv[1])), RECORDED_NS).writer, bot="ff")
life.begin(bots=[{{"name": "ff", "strategy": "ff"}}])
life.round_trip(6_000_000, 1_001, 7, "bear")
order = life.order("buy", 1_001, "stress", {BAR_NS})
life.verdict(order, 1_001)
life.filled(order, "buy", 6_000_000, 400, ends=False)
life.filled(order, "buy", 6_000_001, 601)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_after_a_kill_the_opening_has_the_specialist_and_the_bar_of_what_is_held(tmp_path: Path) -> None:
    command = [sys.executable, "-c", KILLED, str(tmp_path)]
    assert subprocess.run(command, cwd=TESTS, timeout=120, check=False).returncode == -signal.SIGKILL
    found = recover(*journal_of(tmp_path), RECORDED_NS)
    (position,) = found.opening.positions
    assert (position.bot, position.qty) == ("ff", 1_001)
    assert (position.entry_regime, position.entry_bar_ns) == (Regime.STRESS, BAR_NS)
    found.writer.close()
    again = recover(*journal_of(tmp_path), RECORDED_NS)
    assert again.opening.positions == found.opening.positions
    again.writer.close()


@pytest.mark.parametrize("checkpoint_events", [1, 10_000])
@pytest.mark.parametrize("regime", ["bull", None])
def test_from_checkpoints_or_from_all_events_it_is_the_same_at_each_step(
    tmp_path: Path, regime: str | None, checkpoint_events: int
) -> None:
    """A position that no specialist entered has no regime: another bot's, or an entry before this was known."""
    life = Life(recover(*journal_of(tmp_path), RECORDED_NS, checkpoint_events).writer, bot="ff")
    life.begin(bots=[{"name": "ff", "strategy": "ff"}])
    order = life.order("buy", 1_001, regime, BAR_NS)
    life.verdict(order, 1_001)
    life.filled(order, "buy", 6_000_000, 1_001)
    entry = life.writer.totals.positions["ff", "BTCUSDT"]
    assert (entry.entry_regime, entry.entry_bar_ns) == ((regime, BAR_NS) if regime else ("unknown", 0))
    assert life.writer.totals.specialists == {}
    life.writer.close()
    found = recover(*journal_of(tmp_path), RECORDED_NS, checkpoint_events)
    (position,) = found.opening.positions
    assert position.entry_regime == (Regime[regime.upper()] if regime else Regime.UNKNOWN)
    assert position.entry_bar_ns == (BAR_NS if regime else 0)
    found.writer.close()


def test_a_checkpoint_between_the_order_and_its_fill_keeps_who_asked() -> None:
    standing = Standing()
    standing.totals.seen = (7, "bull", BAR_NS)
    standing.totals.open_orders["ff-00000001"] = True
    standing.totals.specialists["ff-00000001"] = ("bull", BAR_NS)
    assert Standing.of(standing.checkpoint()).totals == standing.totals
