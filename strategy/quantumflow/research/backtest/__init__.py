"""Backtests: recordings, captures and bars through the trader's own Session, and a journal as a live run writes it.

native      the compiled module that reads recordings, or a refusal that says how to build it
tape        recordings and captures as events, by the feed's own code
bars        candles as events, and what that assumes
live        where a live trader joined what was recorded
bar_files   candles of datasets and of files
options     what a run was asked for
models      latency, fees, queue, impact and fills by name
settings    quantumflow.toml and the options, as a Session and core_risk take them
risk        core_risk itself, started for one run and fed its frames; or `fast`, which asks nobody
run         events in batches through the Session, with progress and early stops
result      what came of it, for a notebook and as JSON
command     `backtest(...)`, as Python and the command line call it
kept        a tape that several runs play
compare     `compare_fills(...)`: naive, touch and model fills as three runs
"""

from quantumflow.research.backtest.command import backtest
from quantumflow.research.backtest.compare import FillComparison, compare_fills
from quantumflow.research.backtest.result import BacktestResult

__all__ = ["BacktestResult", "FillComparison", "backtest", "compare_fills"]
