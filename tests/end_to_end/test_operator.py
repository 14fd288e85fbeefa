"""An operator at a running appliance, by command line and kill file: each word does what it says, and no more."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from end_to_end.appliance import Running, quantumflow, running, wait_until
from end_to_end.eager import EAGER
from end_to_end.journal import ask
from end_to_end.recompute import recompute

FIRST_FILL_SECONDS_MAX = 180.0
OBEYED_SECONDS_MAX = 60.0
USAGE = 2
TRADES = {None, "warming_up"}
SAID = ["pause", "resume", "flatten", "resume", "kill_flatten", "reset_breaker", "kill", "reset_breaker"]
SETTINGS = {
    **{f"QF_BOTS__IMBALANCE__PARAMETERS__{name.upper()}": str(value) for name, value in EAGER.items()},
    "QF_RISK__ORDERS_PER_MINUTE_MAX": "1000",
    "QF_RISK__CONSECUTIVE_LOSSES_MAX": "1000",
}


def test_every_command_is_obeyed_journaled_and_taken_back(tmp_path: Path) -> None:
    with running(tmp_path, "--venue", "sim", **SETTINGS) as appliance:
        wait_until(_fills_after(appliance, 0), FIRST_FILL_SECONDS_MAX, "a first fill")
        for act in (paused, flattened, killed_and_flattened, killed_by_file):
            act(appliance)
        done = appliance.stop()
    assert done.code == 0, done.log
    assert done.summary["reconcile"] == "agree"
    books = recompute(done.journal)
    assert books.complaints == []
    assert books.fills > 0
    assert [row[0] for row in ask(done.journal, "SELECT command FROM commands ORDER BY event_seq")] == SAID
    assert forbidden_orders(done.journal) == []


def paused(appliance: Running) -> None:
    """The same key twice is one command."""
    first, again = (said(appliance, "pause", "--key", "once") for _ in range(2))
    assert again == {**first, "duplicate": True}
    wait_until(_why_is(appliance, "paused"), OBEYED_SECONDS_MAX, "a pause")
    assert shown(appliance)["bots"]["imbalance"]["paused"]["seq"] == first["event_seq"]
    said(appliance, "resume")
    trades_again(appliance)


def flattened(appliance: Running) -> None:
    wait_until(lambda: held(appliance), OBEYED_SECONDS_MAX, "a position to leave")
    said(appliance, "flatten")
    wait_until(lambda: not held(appliance), OBEYED_SECONDS_MAX, "no position")
    assert shown(appliance)["why_not_trading"] == "paused"
    said(appliance, "resume")
    trades_again(appliance)


def killed_and_flattened(appliance: Running) -> None:
    wait_until(lambda: held(appliance), OBEYED_SECONDS_MAX, "a position to leave")
    said(appliance, "kill", "--flatten")
    wait_until(_why_is(appliance, "killed"), OBEYED_SECONDS_MAX, "a kill")
    wait_until(lambda: not held(appliance), OBEYED_SECONDS_MAX, "no position")
    said(appliance, "reset-breaker")
    trades_again(appliance)


def killed_by_file(appliance: Running) -> None:
    """Made and removed by hand; while it is there, nothing takes the kill back."""
    file = appliance.data_dir / "kill"
    file.write_text("by hand\n", encoding="utf-8")
    wait_until(_why_is(appliance, "killed"), OBEYED_SECONDS_MAX, "a kill by the file")
    killed = shown(appliance)["killed"]
    assert (killed["who"], killed["reason"]) == ("file", "by hand")
    code, answer = command(appliance, "reset-breaker")
    assert (code, answer["error"]) == (USAGE, "kill_file_present")
    wait_until(lambda: shown(appliance)["risk"]["trading"] == "halted", OBEYED_SECONDS_MAX, "core_risk halted")
    file.unlink()
    said(appliance, "reset-breaker")
    trades_again(appliance)


def forbidden_orders(journal: Path) -> list[tuple[int, str]]:
    """Orders that a standing command does not allow, by the journal's own order of things."""
    state, found = "resume", []
    for seq, kind, payload in ask(
        journal, "SELECT seq, kind, payload FROM events WHERE kind IN ('command', 'order') ORDER BY seq"
    ):
        event = json.loads(payload)
        if kind == "command":
            state = event["command"]
        elif state == "kill" or (state in {"pause", "flatten", "kill_flatten"} and not event["reduce_only"]):
            found.append((seq, state))
    return found


def command(appliance: Running, *words: str) -> tuple[int, dict[str, Any]]:
    return quantumflow(*words, "--reason", "a trial", "--data-dir", str(appliance.data_dir))


def said(appliance: Running, *words: str) -> dict[str, Any]:
    """The answer to a command that is taken."""
    code, answer = command(appliance, *words)
    assert code == 0, answer
    return answer


def shown(appliance: Running) -> dict[str, Any]:
    """What `quantumflow status` shows."""
    code, answer = quantumflow("status", "--data-dir", str(appliance.data_dir))
    assert code == 0, answer
    return answer


def held(appliance: Running) -> bool:
    return any(row["qty"] != 0 for row in shown(appliance)["positions"])


def trades_again(appliance: Running) -> None:
    """It says so, and it does."""
    before = shown(appliance)["fills"]
    wait_until(_fills_after(appliance, before), OBEYED_SECONDS_MAX, "a fill after the command was taken back")
    assert shown(appliance)["why_not_trading"] in TRADES


def _fills_after(appliance: Running, fills: int) -> Callable[[], bool]:
    return lambda: (appliance.status("trader").get("fills") or 0) > fills


def _why_is(appliance: Running, why: str) -> Callable[[], bool]:
    return lambda: shown(appliance)["why_not_trading"] == why
