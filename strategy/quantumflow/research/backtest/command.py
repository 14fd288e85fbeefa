"""`backtest(...)`: one run from its data to a result directory, as Python and the command line call it."""

import logging
import os
import shutil
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import structlog

from quantumflow.appliance.data_dir import DataDir
from quantumflow.build import build_id
from quantumflow.config import Config, find_config, load_config
from quantumflow.errors import ResearchRefused
from quantumflow.journal.recovery import recover
from quantumflow.research.backtest.bar_files import bars_of, is_bars
from quantumflow.research.backtest.bars import BarTape
from quantumflow.research.backtest.fast import LEFT_OUT
from quantumflow.research.backtest.live import join_of
from quantumflow.research.backtest.measures import measures_of
from quantumflow.research.backtest.models import described
from quantumflow.research.backtest.options import BacktestOptions, RiskMode
from quantumflow.research.backtest.result import BacktestResult, write_result
from quantumflow.research.backtest.risk import CoreRisk
from quantumflow.research.backtest.run import Progress, Ran, Stop, play
from quantumflow.research.backtest.settings import BacktestSettings, settings_of
from quantumflow.research.backtest.tape import RecordedTape, Tape, find_inputs

__all__ = [
    "Data",
    "backtest",
    "check_risk",
    "new_directory",
    "open_tape",
    "options_of",
    "paths_of",
    "run_backtest",
    "run_tape",
]

TRANSACTION_EVENTS = 4_096
"""Events of the journal that are on disk together: a backtest that is killed begins anew."""

Data = str | Path | Sequence[str | Path]


def backtest(
    data: Data,
    strategy: str | Sequence[str] = (),
    parameters: Mapping[str, float] | None = None,
    *,
    risk: RiskMode = "core_risk",
    symbols: Sequence[str] = (),
    interval: str = "",
    latency: str = "",
    fees: str = "",
    queue: str = "",
    impact: str = "",
    fill_model: str = "",
    deposit: str = "",
    stop_drawdown_ppm: int = 0,
    max_events: int = 0,
    config: Path | str | None = None,
    out: Path | str | None = None,
    like_live: bool = False,
) -> BacktestResult:
    """Plays `data` (recordings, captures, bars) through the engine and gives the result.

    Without `strategy` the configured bots trade. Raises ResearchRefused or ConfigRefused with what is wrong.

        result = qf.backtest("capture.gz", "imbalance", {"entry": 0.4}, risk="fast")
        result.fills, result.measures, result.digest
    """
    options = options_of(
        strategy,
        parameters,
        symbols=symbols,
        interval=interval,
        risk=risk,
        latency=latency,
        fees=fees,
        queue=queue,
        impact=impact,
        fill_model=fill_model,
        deposit=deposit,
        stop_drawdown_ppm=stop_drawdown_ppm,
        max_events=max_events,
        config=config,
        out=out,
        like_live=like_live,
    )
    return run_backtest(paths_of(data), options)


def paths_of(data: Data) -> list[Path]:
    """One path or several."""
    return [Path(path) for path in ([data] if isinstance(data, (str, Path)) else data)]


def options_of(
    strategy: str | Sequence[str],
    parameters: Mapping[str, float] | None,
    *,
    symbols: Sequence[str] = (),
    config: Path | str | None = None,
    out: Path | str | None = None,
    **others: Any,
) -> BacktestOptions:
    """What Python was asked for, frozen. Raises TypeError for a word that is no option."""
    return BacktestOptions(
        strategies=(strategy,) if isinstance(strategy, str) else tuple(strategy),
        assignments=dict(parameters or {}),
        symbols=tuple(symbols),
        config=None if config is None else Path(config),
        out=None if out is None else Path(out),
        **others,
    )


def run_backtest(
    paths: Sequence[Path], options: BacktestOptions, stop: Stop | None = None, progress: Progress = lambda *_: None
) -> BacktestResult:
    """The same from options. `stop` and `progress` are the caller's: a terminal, a notebook, nobody."""
    check_risk(options)
    config = load_config(find_config(options.config))
    tape = open_tape(paths, config, options)
    return run_tape(tape, config, options, new_directory(options), stop or Stop(), progress)


def check_risk(options: BacktestOptions) -> None:
    """Raises ResearchRefused if nobody is known who judges so."""
    if options.risk not in ("core_risk", "fast"):
        raise ResearchRefused("unknown_model", f"risk {options.risk!r}: core_risk or fast")


def run_tape(
    tape: Tape, config: Config, options: BacktestOptions, root: Path, stop: Stop, progress: Progress
) -> BacktestResult:
    """Plays a tape from its beginning, and makes the directory `root`."""
    directory = DataDir(root)
    with ExitStack() as stack:
        run = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="qf-backtest-", dir=_memory())))
        directory.root.mkdir(parents=True)
        # What is refused before the run begins, core_risk's start too, leaves no directory.
        refused = stack.enter_context(ExitStack())
        refused.callback(shutil.rmtree, directory.root)
        settings = settings_of(config, options, tape.hello, run, directory.strategies_kept)
        # What the trader's parts tell their operator is the result's to tell here.
        structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
        recovered = recover(directory.journal, directory.anchor, time.time_ns(), transaction_events=TRANSACTION_EVENTS)
        stack.callback(recovered.writer.close)
        risk = None
        if options.risk == "core_risk":
            risk = stack.enter_context(CoreRisk(settings, run, run / "core_risk.log"))
        try:
            ran = play(tape, settings, options, recovered.writer, risk, stop, progress)
        finally:
            if recovered.writer.seq:
                refused.pop_all()
        digest, totals = recovered.writer.digest(), recovered.writer.totals
        if risk is not None:
            shutil.copyfile(run / "core_risk.log", directory.risk_log)
    said = _said(tape, settings, options, ran)
    said |= {"fills": totals.fills, "orders": totals.orders, "journal_digest": digest}
    said["measures"] = measures_of(directory.journal)
    return write_result(directory.root, said)


def open_tape(paths: Sequence[Path], config: Config, options: BacktestOptions) -> Tape:
    """Bars if all that was named is bars, else recordings or captures."""
    frames = options.risk == "core_risk"
    if paths and all(is_bars(path) for path in paths):
        began = time.perf_counter()
        bars = BarTape(bars_of(paths, options.symbols, options.interval), config.instruments, frames)
        bars.loading_seconds = time.perf_counter() - began
        return bars
    inputs = find_inputs(paths)
    join = join_of(paths[0], inputs[0]) if options.like_live else None
    return RecordedTape(inputs, config, options.symbols, frames, join)


def _memory() -> Path | None:
    """Where core_risk's log waits for nothing: what a run would lose by a power cut, it loses anyway."""
    shared = Path("/dev/shm")  # noqa: S108 (the directory below it is made for us alone)
    return shared if os.access(shared, os.W_OK) else None


def new_directory(options: BacktestOptions) -> Path:
    """A directory that is not there yet. Raises ResearchRefused if it is."""
    if options.out is not None:
        if options.out.exists():
            raise ResearchRefused("result_exists", f"{options.out} is there already: name another directory")
        return options.out
    name = "-".join(Path(name).stem for name in options.strategies) or "configured"
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")
    return Path("data") / "backtests" / f"{stamp}-{name}"


def _rate(events: int, seconds: float) -> int:
    return round(events / seconds) if seconds else 0


def _said(tape: Tape, settings: BacktestSettings, options: BacktestOptions, ran: Ran) -> dict[str, Any]:
    asked = asdict(options) | {"config": None if options.config is None else str(options.config)}
    return {
        "format": 1,
        "build": build_id(),
        "data": tape.described(),
        "asked": {name: value for name, value in asked.items() if name != "out"},
        "bots": [asdict(bot) for bot in settings.bots],
        "models": described(settings.broker),
        "risk": options.risk,
        "left_out": LEFT_OUT if options.risk == "fast" else None,
        "ended": ran.ended,
        "events": ran.events,
        "heads": ran.heads,
        "engine_seconds": round(ran.engine_seconds, 6),
        "seconds": round(ran.seconds, 6),
        "loading_seconds": round(ran.loading_seconds, 6),
        "events_per_second": _rate(ran.events, ran.engine_seconds),
        "events_per_second_whole": _rate(ran.events, ran.seconds),
    }
