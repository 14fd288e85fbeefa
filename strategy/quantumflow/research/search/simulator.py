"""The simulator: what each configuration would have done over a series of minutes, a kernel over many of them.

A configuration decides at the end of a bar by `reversion.decide`, the live bots' own step, and fills `latency` bars
later at that bar's open, half a spread and a fee against it. Then it is in the market, and a bar counts as held at its
end. It leaves the same way, and may decide again at the end of the bar in which it left.

    no entry     where the regime is unknown, in a blind bar, or if no bar is left to fill in
    blind bars   nothing is decided in them: a feed that is away; what is held stays held
    a gap        ends a position at the last close before it, with spread and fee; counted as a gap end
    a return     profit after both fees over the entry's value, as log(1 + r); a loss of all counts as LOG_RUIN
    belongs to   the slots (fold and part) and the regime of the bar at which the entry was decided

Without a position nothing is asked of a bar whose score is below the entry's: `decide` stays there by its first rule,
which a test holds against asking at each bar. Fills are of bars: no queue, no partial fill, any size.
"""

import math
from typing import Any

import numpy as np

from quantumflow.kernel import kernel
from quantumflow.regime_vocabulary import Action, Regime
from quantumflow.reversion.rules import decide

__all__ = ["FIELDS", "LOG_RUIN", "REGIME_ROWS", "simulate"]

Array = Any

FIELDS = (
    "trades",
    "wins",
    "net_log_return",
    "net_log_return_squares",
    "net_log_gains",
    "net_log_loss_squares",
    "gross_log_return",
    "worst_drawdown",
    "bars_held",
    "stops",
    "gap_ends",
)
"""The last axis of what `simulate` adds up; the columns of a ledger's trials."""
REGIME_ROWS = tuple(regime for regime in Regime if regime is not Regime.UNKNOWN)
"""The regimes of the axis before it, in order."""
LOG_RUIN = math.log(1e-6)

_TRADES, _WINS, _NET, _SQUARES, _GAINS, _LOSS_SQUARES, _GROSS, _DRAWDOWN, _HELD, _STOPS, _GAPS = range(len(FIELDS))
_LONG, _SHORT, _STAY, _STOP = int(Action.LONG), int(Action.SHORT), int(Action.STAY), int(Action.STOP)
_MILLION = 1_000_000.0
_RUIN = 1e-6 - 1.0


@kernel
def simulate(
    rules: Array,
    scores: Array,
    opens: Array,
    closes: Array,
    atr: Array,
    volatility: Array,
    half_life: Array,
    regimes: Array,
    blind: Array,
    days: Array,
    runs: Array,
    cuts: Array,
    members: Array,
    fee_ppm: float,
    half_spread_ppm: float,
    latency: int,
    totals: Array,
    daily: Array,
) -> None:
    """Adds to `totals` (configurations, slots, regimes, FIELDS) and, if it has days, `daily` (rows, regimes, days):
    with one row the sum of all configurations, else a row each.

    rules (configurations, 6): what `decide` takes last. Series (n,) float64; regimes int8, blind uint8, days int32 (a
    bar's day, from 0). runs (m, 2): begins and ends of bars without a gap. cuts (k + 1,): bars at which a segment
    begins, the last is n; members (k, slots) uint8: the slots a segment belongs to, even ones out of sample.
    """
    fee, spread = fee_ppm / _MILLION, half_spread_ppm / _MILLION
    wanted = np.empty(len(scores), np.int32)
    count, entry = 0, math.nan
    path = np.empty((totals.shape[1], totals.shape[2], 2))
    for c in range(len(rules)):
        if rules[c, 0] != entry:
            entry = rules[c, 0]
            count = _wanted(entry, scores, regimes, blind, runs, latency, wanted)
        leave_score, stop, least, half_lives, hold = rules[c, 1], rules[c, 2], rules[c, 3], rules[c, 4], rules[c, 5]
        path[:] = 0.0
        end = cursor = run = 0
        for n in range(count):
            bar = wanted[n]
            if bar < cursor:
                continue
            while bar >= end:
                end = runs[run, 1]
                run += 1
            action = decide(
                scores[bar],
                closes[bar],
                atr[bar],
                volatility[bar],
                half_life[bar],
                0,
                0.0,
                0,
                entry,
                leave_score,
                stop,
                least,
                half_lives,
                hold,
            )
            if action == _STAY:
                continue
            side = 1 if action == _LONG else -1
            fill = bar + latency
            entered = opens[fill] * (1.0 + side * spread)
            reason, last = _STAY, end
            for held in range(fill, end):
                if blind[held]:
                    continue
                reason = decide(
                    scores[held],
                    closes[held],
                    atr[held],
                    volatility[held],
                    half_life[held],
                    side,
                    entered,
                    held - fill + 1,
                    entry,
                    leave_score,
                    stop,
                    least,
                    half_lives,
                    hold,
                )
                if reason != _STAY:
                    last = held
                    break
            leave = last + latency
            gap = reason == _STAY or leave >= end
            raw = closes[end - 1] if gap else opens[leave]
            left = raw * (1.0 - side * spread)
            cursor = end if gap else leave
            net = _log_return((side * (left - entered) - fee * (entered + left)) / entered)
            gross = _log_return(side * (raw - opens[fill]) / opens[fill])
            ended = end - 1 if gap else leave
            segment = np.searchsorted(cuts, bar, side="right") - 1
            row = regimes[bar] - 1
            for slot in range(totals.shape[1]):
                if not members[segment, slot]:
                    continue
                _add(totals[c, slot, row], path[slot, row], net, gross, cursor - fill, reason == _STOP and not gap, gap)
                if slot % 2 == 0 and daily.shape[2] > 0:
                    daily[min(c, len(daily) - 1), row, days[ended]] += net


@kernel
def _wanted(entry: float, scores: Array, regimes: Array, blind: Array, runs: Array, latency: int, wanted: Array) -> int:
    """Bars at which a configuration of this entry may enter, into `wanted`; how many."""
    count = 0
    for run in range(len(runs)):
        for bar in range(runs[run, 0], runs[run, 1] - latency):
            if abs(scores[bar]) >= entry and regimes[bar] > 0 and not blind[bar]:
                wanted[count] = bar
                count += 1
    return count


@kernel
def _log_return(profit: float) -> float:
    return math.log1p(max(profit, _RUIN))


@kernel
def _add(total: Array, path: Array, net: float, gross: float, held: int, stopped: bool, gap: bool) -> None:
    """One trade into the figures of a slot and regime; `path` is the running sum of returns and its peak."""
    total[_TRADES] += 1.0
    total[_NET] += net
    total[_SQUARES] += net * net
    total[_GROSS] += gross
    total[_HELD] += held
    if net > 0.0:
        total[_WINS] += 1.0
        total[_GAINS] += net
    else:
        total[_LOSS_SQUARES] += net * net
    if stopped:
        total[_STOPS] += 1.0
    if gap:
        total[_GAPS] += 1.0
    path[0] += net
    path[1] = max(path[1], path[0])
    total[_DRAWDOWN] = max(total[_DRAWDOWN], path[1] - path[0])
