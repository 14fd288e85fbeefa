"""A live session on exchange_sim, and a backtest from its recording: the same orders, verdicts and fills."""

import json
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from end_to_end.appliance import ROOT, quantumflow, up
from quantumflow.journal.schema import connect_reader

pytest.importorskip("quantumflow_native", reason="built by `make research`")

LIVE_SECONDS = 40
EAGER = {
    "imbalance_min": 0.05,
    "imbalance_weighted_min": 0.05,
    "confidence_min": 0.0,
    "momentum_min_ppm": -100_000,
    "volatility_z_max": 100.0,
    "persistence_books": 2,
    "cooldown_s": 0,
    "repeat_s": 2,
    "hold_s": 3,
    "capital_share": 0.1,
}
COMPARED = ("order", "verdict", "fill", "order_state")
PER_RUN = {"log_seq", "frame_seq", "market_session"}


def events(journal: Path, until_ns: int) -> list[tuple[int, str, Any]]:
    """What was traded, without what only numbers core_risk's own log."""
    with closing(connect_reader(journal)) as connection:
        rows: list[Any] = connection.execute(
            "SELECT event_ns, kind, payload FROM events WHERE event_ns < ? ORDER BY seq", (until_ns,)
        ).fetchall()
    return [
        (at, kind, {name: value for name, value in json.loads(payload).items() if name not in PER_RUN})
        for at, kind, payload in rows
        if kind in COMPARED
    ]


def test_a_backtest_from_its_recording_makes_the_fills_that_were_made_live(tmp_path: Path) -> None:
    config = tmp_path / "quantumflow.toml"
    parameters = "".join(f"{name} = {value}\n" for name, value in EAGER.items())
    text = (ROOT / "quantumflow.toml").read_text(encoding="utf-8")
    # A busy machine may be late; that must not decide what is compared here.
    text = text.replace("answer_timeout_ms = 1000 ", "answer_timeout_ms = 60000 ")
    text = text.replace("market_wait_ms = 250 ", "market_wait_ms = 30000 ")
    config.write_text(text.replace("[bots.imbalance.parameters]", f"[bots.imbalance.parameters]\n{parameters}#"))
    live, out = tmp_path / "live", tmp_path / "out"
    flags = ("--config", str(config))
    done = up(live, "--venue", "sim", "--for", str(LIVE_SECONDS), *flags, seconds_max=LIVE_SECONDS + 120)
    assert done.code == 0, done.log
    code, found = quantumflow("backtest", str(live), "--like-live", *flags, "--out", str(out), seconds_max=240)
    if found.get("error") == "not_repeatable":
        pytest.skip(f"this machine was too busy for a session without a break: {found['detail']}")
    assert code == 0, found
    with closing(connect_reader(live / "journal.db")) as connection:
        ended_ns = connection.execute("SELECT ended_ns FROM sessions").get
    was = events(live / "journal.db", ended_ns)
    assert any(kind == "fill" for _, kind, _ in was), "the session traded"
    assert events(out / "journal.db", ended_ns) == was
