"""Figures of a search's report against the same figures made plainly, by pandas and by others' formulas."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import t as student_t
from statsmodels.stats.proportion import proportion_confint

from quantumflow.research.search.ledger import REGIMES, Ledger
from quantumflow.research.search_report.findings import Findings, findings_of
from quantumflow.research.search_report.intervals import wilson

from .planted import BEST, planted_ledger

REMAINS = ["mode", "lookback", "entry_score", "exit_score"]


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    return planted_ledger(tmp_path_factory.mktemp("research") / "ledgers" / "planted")


@pytest.fixture(scope="module")
def found(ledger: Ledger) -> Findings:
    return findings_of(ledger, 36)


@pytest.fixture(scope="module")
def table(ledger: Ledger) -> pd.DataFrame:
    trials = ledger.trials.to_pandas()
    return trials[trials.part == "test"]


@pytest.mark.parametrize(("wins", "trades"), [(0, 1), (1, 1), (0, 7), (13, 31), (500, 1_000), (9_999, 10_000)])
def test_the_interval_of_a_win_rate_is_wilsons(wins: int, trades: int) -> None:
    assert wilson(wins, trades) == pytest.approx(proportion_confint(wins, trades, method="wilson"), abs=1e-12)


def test_without_a_trade_there_is_no_interval() -> None:
    assert wilson(0, 0) is None


def test_the_parameters_that_were_planted_have_the_influence_and_their_corner_is_where_it_is(found: Findings) -> None:
    names = [one.name for one in found.sensitivity.parameters]
    assert set(names[:2]) == set(BEST)
    assert sum(one.influence for one in found.sensitivity.parameters[:2]) > 0.9
    assert sum(one.influence for one in found.sensitivity.parameters[2:]) < 0.05
    surface = found.sensitivity.surfaces[0]
    means = np.array(surface.means, np.float64)
    i, j = np.unravel_index(means.argmax(), means.shape)
    assert {surface.first: surface.first_values[i], surface.second: surface.second_values[j]} == BEST
    assert BEST.items() <= found.chosen[0].parameters.items()


def test_cells_and_influence_are_plain_means(ledger: Ledger, found: Findings) -> None:
    own = ledger.trials.to_pandas().drop_duplicates("config_id").set_index("config_id")[REMAINS]
    frame = own.join(ledger.scores.to_pandas().set_index("config_id").sharpe)
    for surface in found.sensitivity.surfaces:
        plain = frame.pivot_table("sharpe", surface.first, surface.second, aggfunc="mean")
        np.testing.assert_allclose(np.array(surface.means, np.float64), plain.to_numpy(), rtol=1e-12)
    for one in found.sensitivity.parameters:
        groups = frame.groupby(one.name).sharpe
        explained = (groups.transform("mean") - frame.sharpe.mean()).pow(2).sum()
        assert one.influence == pytest.approx(explained / (frame.sharpe - frame.sharpe.mean()).pow(2).sum())
        assert [each.mean for each in one.marginals] == pytest.approx(groups.mean().tolist())
        assert [each.tenth for each in one.marginals] == pytest.approx(groups.quantile(0.1).tolist())


def test_a_marginals_interval_leaves_out_each_fold_in_turn(table: pd.DataFrame, found: Findings) -> None:
    one = next(one for one in found.sensitivity.parameters if one.name == "lookback")
    for marginal in one.marginals:
        some = table[table.lookback == int(marginal.value)]
        without = [_sharpe(some[some.fold != fold], 60 / 365) for fold in range(3)]
        error = np.sqrt(2 / 3 * np.square(np.array(without) - np.mean(without)).sum())
        half = student_t.ppf(0.975, 2) * error
        assert (marginal.high - marginal.low) / 2 == pytest.approx(half, rel=1e-9)
        assert (marginal.high + marginal.low) / 2 == pytest.approx(_sharpe(some, 90 / 365), rel=1e-9)


def _sharpe(trials: pd.DataFrame, years: float) -> float:
    """The mean over configurations of mean over deviation times the root of trades a year."""
    sums = trials.groupby("config_id")[["trades", "net_log_return", "net_log_return_squares"]].sum()
    mean = sums.net_log_return / sums.trades
    deviation = np.sqrt((sums.net_log_return_squares - sums.trades * mean**2) / (sums.trades - 1))
    return float((mean / deviation * np.sqrt(sums.trades / years)).mean())


def test_every_fold_is_judged_by_what_its_train_chose(ledger: Ledger, table: pd.DataFrame, found: Findings) -> None:
    trials = ledger.trials.to_pandas()
    train = trials[trials.part == "train"]
    assert len(found.walked.folds) == 3 * len(REGIMES)
    for row in found.walked.folds:
        seen = train[(train.fold == row.fold) & (train.regime == row.regime)]
        sums = seen.groupby("config_id")[["trades", "net_log_return", "net_log_return_squares"]].sum()
        mean = sums.net_log_return / sums.trades
        variance = (sums.net_log_return_squares - sums.trades * mean**2) / (sums.trades - 1)
        ratio = mean / np.sqrt(variance / sums.trades)
        assert row.config_id == ratio.idxmax()
        assert row.train_ratio == pytest.approx(ratio.max())
        own = table[(table.fold == row.fold) & (table.regime == row.regime) & (table.config_id == row.config_id)]
        assert (row.test.trades, row.test.wins) == (own.trades.sum(), own.wins.sum())
        assert row.test.net == pytest.approx(own.net_log_return.sum())
        assert row.test.signals == 2 * own.trades.sum() - own.gap_ends.sum()


def test_regimes_and_symbols_add_up_to_all_and_stress_has_its_own_interval(found: Findings) -> None:
    walked = found.walked
    for parts in (walked.regimes, walked.symbols):
        for name in ("trades", "wins", "signals"):
            assert sum(getattr(one, name) for one in parts.values()) == getattr(walked.whole, name)
        assert sum(one.net for one in parts.values()) == pytest.approx(walked.whole.net)
    stress = walked.regimes["STRESS"]
    assert stress.trades == 240
    low, high = proportion_confint(stress.wins, stress.trades, method="wilson")
    assert stress.win_interval == pytest.approx((low, high))
    assert stress.mean_interval is not None
    assert stress.mean_interval[0] < stress.net / stress.trades < stress.mean_interval[1]


def test_the_best_are_the_ledgers_own(ledger: Ledger, table: pd.DataFrame, found: Findings) -> None:
    scores = ledger.scores.to_pandas().set_index("config_id")
    order = scores.sort_values("sharpe", ascending=False)
    assert [one.config_id for one in found.best] == order.index[:10].tolist()
    for one in found.best:
        own = table[table.config_id == one.config_id]
        assert (one.trades, one.wins) == (own.trades.sum(), own.wins.sum())
        assert one.net == pytest.approx(own.net_log_return.sum())
        assert one.objective == scores.sharpe[one.config_id]


def test_a_crash_that_is_not_covered_has_no_figure(ledger: Ledger, found: Findings) -> None:
    rows = {(one.window, one.scenario): one for one in found.stress}
    assert len(rows) == 4
    assert rows["2022-06", "worse"].middle is None
    assert set(rows["2022-06", "worse"].shown.values()) == {None}
    covered = rows["2022-11", "worse"]
    net = ledger.scores.to_pandas().set_index("config_id").stress_2022_11_worse_net
    assert covered.middle == pytest.approx(net.median())
    assert covered.profitable == (net > 0).sum()
    assert covered.shown == {name: net[name] for name in covered.shown}
    assert {one.config_id for one in found.chosen} == set(covered.shown)
