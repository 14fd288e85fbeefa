"""Bots of a running appliance by the command line: made, changed, removed, over a kill, and verified identical."""

import json
import os
import signal
from pathlib import Path
from typing import Any

from end_to_end.appliance import ROOT, Running, quantumflow, running, wait_until
from end_to_end.eager import EAGER
from end_to_end.journal import ask
from end_to_end.recompute import recompute
from end_to_end.test_operator import FIRST_FILL_SECONDS_MAX, OBEYED_SECONDS_MAX, SETTINGS, said

VERIFY_SECONDS_MAX = 240.0
STRATEGY = "crossing_averages"
QUICK = ("--set", "fast_books=2", "--set", "slow_books=8", "--set", "edge_ppm=0")


def test_bots_live_and_die_by_commands_over_a_kill_and_every_session_is_verified_identical(tmp_path: Path) -> None:
    folder = tmp_path / "strategies"
    folder.mkdir()
    (folder / f"{STRATEGY}.py").write_bytes((ROOT / "strategy" / "examples" / f"{STRATEGY}.py").read_bytes())
    (folder / "loops.py").write_text("def decide(view, parameters, memory):\n    while True:\n        pass\n")
    with running(tmp_path, "--venue", "sim", **SETTINGS) as appliance:
        wait_until(lambda: fills(appliance, "imbalance"), FIRST_FILL_SECONDS_MAX, "a first fill")
        made = create(appliance, "averages", STRATEGY, *QUICK)
        assert made["made"]["source"]
        create(
            appliance, "eager", "imbalance", *(word for name in EAGER for word in ("--set", f"{name}={EAGER[name]}"))
        )
        create(appliance, "loops", "loops")
        wait_until(
            lambda: bots(appliance).get("loops", {}).get("state") == "failed", OBEYED_SECONDS_MAX, "it is stopped"
        )
        assert bots(appliance)["loops"]["reason"] == "strategy_slow"
        said(appliance, "bot", "change", "eager", "--capital", "400", "--set", "hold_s=2")
        wait_until(lambda: fills(appliance, "averages"), FIRST_FILL_SECONDS_MAX, "the user's strategy trades")
        killed = appliance.status("trader")["pid"]
        os.kill(killed, signal.SIGKILL)
        wait_until(lambda: is_back(appliance, killed), FIRST_FILL_SECONDS_MAX, "it is back")
        shown = bots(appliance)
        assert {name: bot["state"] for name, bot in shown.items()} == {
            "imbalance": "running",
            "averages": "running",
            "eager": "running",
            "loops": "failed",
        }
        assert shown["eager"]["capital_e8"] == 400 * 10**8
        before = fills(appliance, "eager")
        wait_until(lambda: fills(appliance, "eager") > before, OBEYED_SECONDS_MAX, "it trades again")
        said(appliance, "bot", "remove", "averages", "--flatten")
        said(appliance, "bot", "remove", "loops")
        wait_until(lambda: list(bots(appliance)) == ["imbalance", "eager"], OBEYED_SECONDS_MAX, "two are left")
        done = appliance.stop()
    assert done.code == 0, done.log
    assert done.summary["reconcile"] == "agree"
    assert recompute(done.journal).complaints == []
    sessions = [number for (number,) in ask(done.journal, "SELECT session FROM sessions ORDER BY session")]
    assert len(sessions) == 2
    for session in sessions:
        code, answer = quantumflow("verify", str(session), "--data-dir", str(tmp_path), seconds_max=VERIFY_SECONDS_MAX)
        assert (code, [one["result"] for one in answer["sessions"]]) == (0, ["identical"]), json.dumps(answer)


def create(appliance: Running, name: str, strategy: str, *more: str) -> dict[str, Any]:
    words = ("--strategy", strategy, "--instrument", "BTCUSDT", "--capital", "500", *more)
    return said(appliance, "bot", "create", name, *words)


def bots(appliance: Running) -> dict[str, Any]:
    """What `quantumflow bot list` shows; nothing while the trader is busy elsewhere."""
    code, answer = quantumflow("bot", "list", "--data-dir", str(appliance.data_dir))
    return answer if code == 0 else {}


def is_back(appliance: Running, killed: int) -> bool:
    status = appliance.status("trader")
    return status.get("pid") != killed and bool(status.get("bots"))


def fills(appliance: Running, bot: str) -> int:
    """Once the trader has a session, and with it a journal with tables."""
    if not appliance.status("trader").get("session"):
        return 0
    return int(ask(appliance.data_dir / "journal.db", "SELECT count(*) FROM fills WHERE bot = ?", bot)[0][0])
