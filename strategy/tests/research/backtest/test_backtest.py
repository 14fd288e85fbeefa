"""A backtest is the trader's own session: judged by core_risk, with a journal like live's, the same each time."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace

import pytest

import quantumflow as qf
from quantumflow.errors import ConfigRefused, ResearchRefused
from quantumflow.journal.recovery import recover
from quantumflow.paths import PROJECT_ROOT
from quantumflow.research.backtest import BacktestResult, risk
from quantumflow.research.backtest.command import run_backtest
from quantumflow.research.backtest.options import BacktestOptions
from quantumflow.research.backtest.run import Stop
from research.made_capture import write_capture

pytest.importorskip("quantumflow_native", reason="built by `make research`")

EAGER = {"confidence_min": 0.0, "cooldown_s": 1.0, "hold_s": 8.0, "repeat_s": 2.0, "capital_share": 0.1}
CLI = (sys.executable, "-m", "quantumflow.cli", "backtest")


@pytest.fixture(scope="module")
def capture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_capture(tmp_path_factory.mktemp("capture") / "made", 240, gap_at=100)


@pytest.fixture(scope="module")
def judged(capture: Path, tmp_path_factory: pytest.TempPathFactory) -> BacktestResult:
    return qf.backtest(capture, (), EAGER, out=tmp_path_factory.mktemp("judged") / "out")


def test_the_journal_is_one_that_a_start_of_the_trader_believes(judged: BacktestResult) -> None:
    recovered = recover(judged.journal, judged.directory / "journal.anchor", 1)
    try:
        assert recovered.since == 0 or recovered.misfit is None
        assert recovered.writer.totals.fills == judged.said["fills"] == len(judged.fills)
        assert recovered.ended_orders == ()
    finally:
        recovered.writer.close()


def test_there_are_fills_and_each_has_its_evidence_and_its_verdict(judged: BacktestResult) -> None:
    assert judged.said["fills"] > 0
    assert all(fill["epoch"] > 0 and fill["latency_ns"] > 0 for fill in judged.fills)
    verdicts = judged._rows("SELECT * FROM verdicts")
    assert verdicts
    assert all(row["log_seq"] is not None and json.loads(row["rules"]) for row in verdicts), "core_risk gave them"


def test_twice_the_same_and_fast_has_the_same_fills(judged: BacktestResult, capture: Path, tmp_path: Path) -> None:
    again = qf.backtest(capture, (), EAGER, out=tmp_path / "again")
    assert again.digest == judged.digest
    fast = qf.backtest(capture, (), EAGER, risk="fast", out=tmp_path / "fast")
    same = ("price", "qty", "side", "event_ns", "fee_e8")
    assert [[f[name] for name in same] for f in fast.fills] == [[f[name] for name in same] for f in judged.fills]
    assert fast.said["left_out"] is not None
    assert fast.digest != judged.digest, "its verdicts have no evidence"


def test_plain_python_kernels_give_the_same_digest(capture: Path, tmp_path: Path) -> None:
    digests = [
        json.loads(
            subprocess.run(
                [*CLI, str(capture), "--risk", "fast", "--out", str(tmp_path / jit), "--json"],
                env={**os.environ, "NUMBA_DISABLE_JIT": jit},
                capture_output=True,
                check=True,
                text=True,
            ).stdout
        )["journal_digest"]
        for jit in ("0", "1")
    ]
    assert digests[0] == digests[1]


def test_models_are_chosen_by_name(judged: BacktestResult, capture: Path, tmp_path: Path) -> None:
    free = qf.backtest(
        capture, (), EAGER, risk="fast", fees="none", latency="constant:500", queue="front", out=tmp_path / "a"
    )
    assert free.said["models"] == {
        "latency_us": [500] * 7,
        "fees_ppm": {"maker": 0, "taker": 0},
        "queue": "front",
        "impact": "remembered",
        "fill_model": "model",
    }
    assert free.said["fills"] > 0
    assert all(fill["fee_e8"] == 0 for fill in free.fills)
    assert judged.said["models"]["queue"] == "all_ahead"
    with pytest.raises(ResearchRefused, match="known are none, colocated"):
        qf.backtest(capture, latency="warp", out=tmp_path / "b")


def test_a_run_ends_early_with_a_whole_journal(capture: Path, tmp_path: Path) -> None:
    early = qf.backtest(capture, risk="fast", max_events=1, out=tmp_path / "early")
    assert early.said["ended"] in ("max_events", "recording_ended")
    assert early._rows("SELECT end_reason FROM sessions") == [{"end_reason": early.said["ended"]}]


def test_several_bots_have_their_own_parameters(capture: Path, tmp_path: Path) -> None:
    both = qf.backtest(
        capture, ["imbalance", "imbalance"], {"imbalance_2.imbalance_min": 0.9}, risk="fast", out=tmp_path / "both"
    )
    assert [bot["name"] for bot in both.said["bots"]] == ["imbalance_1", "imbalance_2"]
    with pytest.raises(ConfigRefused, match="nonsense"):
        qf.backtest(capture, "imbalance", {"nonsense": 1.0}, risk="fast", out=tmp_path / "no")
    assert not (tmp_path / "no").exists(), "what is refused before it began leaves nothing"
    with pytest.raises(ResearchRefused, match="is there already"):
        qf.backtest(capture, "imbalance", risk="fast", out=tmp_path / "both")


def test_a_parameter_that_is_no_number_and_a_strategy_that_is_no_file_are_refused(
    capture: Path, tmp_path: Path
) -> None:
    with pytest.raises(ResearchRefused, match="--set hold_s=nan"):
        qf.backtest(capture, "imbalance", {"hold_s": float("nan")}, risk="fast", out=tmp_path / "no")
    with pytest.raises(ResearchRefused, match=r"mine\.py: there is no such file"):
        qf.backtest(capture, str(tmp_path / "mine.py"), risk="fast", out=tmp_path / "no")
    assert not (tmp_path / "no").exists()


@pytest.mark.parametrize("deposit", ["-5", "0", "much", "100000000000"])
def test_a_deposit_that_is_none_is_refused(deposit: str, capture: Path, tmp_path: Path) -> None:
    with pytest.raises(ResearchRefused, match="--deposit"):
        qf.backtest(capture, "imbalance", risk="fast", deposit=deposit, out=tmp_path / "no")
    assert not (tmp_path / "no").exists()


def test_a_stop_that_was_asked_for_ends_it_with_a_whole_journal(capture: Path, tmp_path: Path) -> None:
    stopped = run_backtest([capture], BacktestOptions(risk="fast", out=tmp_path / "cut"), Stop(asked=True))
    assert stopped.said["ended"] == "interrupted_by_user"
    assert stopped._rows("SELECT end_reason FROM sessions") == [{"end_reason": "interrupted_by_user"}]


def _children(pid: int) -> set[str]:
    """Names of the programs that a process started."""
    names = set()
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split():
        with suppress(FileNotFoundError):
            names.add(Path(f"/proc/{child}/comm").read_text(encoding="utf-8").strip().removesuffix(".exe"))
    return names


def test_ctrl_c_at_a_terminal_ends_it_with_a_whole_journal_though_core_risk_judges(
    capture: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    running = subprocess.Popen(
        [*CLI, str(capture), "--out", str(out), "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    while running.poll() is None and "core_risk" not in _children(running.pid):
        time.sleep(0.01)
    os.killpg(running.pid, signal.SIGINT)  # as a terminal does it: to everyone of the foreground
    told, complaints = running.communicate(timeout=120)
    assert running.returncode == 0, complaints
    assert json.loads(told)["ended"] == "interrupted_by_user"
    assert BacktestResult.load(out)._rows("SELECT end_reason FROM sessions") == [{"end_reason": "interrupted_by_user"}]


def test_a_core_risk_that_does_not_start_leaves_no_directory(
    capture: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(risk, "START_SECONDS_MAX", 0.05)
    monkeypatch.setattr(risk, "find_programs", lambda: SimpleNamespace(core_risk=("/bin/true",)))
    with pytest.raises(ResearchRefused) as refused:
        qf.backtest(capture, (), EAGER, out=tmp_path / "out")
    assert refused.value.name == "core_risk_failed"
    assert not (tmp_path / "out").exists()


def test_a_strategy_of_the_users_own_runs_in_plain_python(capture: Path, tmp_path: Path) -> None:
    own = PROJECT_ROOT / "strategy/examples/crossing_averages.py"
    quick = {"fast_books": 3.0, "slow_books": 12.0, "edge_ppm": 0.0}
    result = qf.backtest(capture, str(own), quick, risk="fast", out=tmp_path / "own")
    assert result.said["fills"] > 0
    assert {fill["bot"] for fill in result.fills} == {"crossing_averages"}
    assert len(result.said["bots"][0]["source"]) == 64, "the digest of its text"
    assert list((result.directory / "strategies" / "kept").glob("*.py")), "what ran is kept"
