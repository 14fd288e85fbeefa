"""Analysis: any journal → a tearsheet, and the statistics that a search needs.

enough         a figure that cannot be given, in the same words everywhere
resample       the stationary block bootstrap, the length of its blocks
excursions     round trips with the way they took (MAE, MFE)
costs          what trading cost, by cause
history        all of these and the report's facts, from one pass over the events
periods        closes and returns of minutes, hours or days; rolling figures, drawdowns
tails          value at risk and its conditional mean: historical, parametric, Monte Carlo
luck           probabilistic and deflated Sharpe ratio, least length of a record
serial         stationarity and memory of returns
trade_order    what another order of the same trades would have done
attribution    the profit by bot, instrument, side, hour, regime
benchmark      beta, alpha, correlation; benchmark_file: from a file of candles
overfitting    probability of backtest overfitting (PBO) by CSCV
reality        White's reality check, Hansen's test for superior predictive ability
sheet          a history → every figure
content        a sheet → sections: tables and notes
charts         a sheet → pictures
render         sections → Markdown, HTML
tearsheet      the door: a path or a result → a tearsheet

A formula stands once, here or in quantumflow_reports.ratios, with its source. Nothing up to `render` opens a file, asks
a clock or draws without a seed that it was given.
"""
