"""A ledger is what was tried, whole: the order in which it came does not matter, a hole and a changed bit do."""

import json
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from quantumflow.cli.refusals import exit_code
from quantumflow.errors import ResearchRefused
from quantumflow.exits import ExitCode
from quantumflow.research.search.configurations import config_id
from quantumflow.research.search.ledger import SUM_OF_ALL, Daily, find_ledger, read_ledger, write_ledger
from quantumflow.reversion import make_specialist

from .made_ledger import made_ledger


def test_what_was_written_is_read_again(tmp_path: Path) -> None:
    made = made_ledger(tmp_path / "ledgers" / "one")
    read = read_ledger(find_ledger(tmp_path, "one"))
    assert read.digest == made.digest
    assert read.trials.equals(made.trials)
    assert read.daily.config_ids == made.daily.config_ids
    assert read.daily.returns.tobytes() == made.daily.returns.tobytes()
    chosen = [n for n, name in enumerate(read.daily.config_ids) if name != SUM_OF_ALL]
    total = [n for n, name in enumerate(read.daily.config_ids) if name == SUM_OF_ALL]
    assert np.allclose(read.daily.returns[chosen].sum(axis=0), read.daily.returns[total].sum(axis=0))


def test_neither_the_order_of_rows_nor_the_run_changes_the_digest_but_one_number_does(tmp_path: Path) -> None:
    made = made_ledger(tmp_path / "one")
    backwards = np.arange(made.trials.num_rows)[::-1]
    daily = made.daily
    turned = Daily(daily.days, daily.config_ids[::-1], daily.regimes[::-1], daily.returns[::-1])
    facts = {**made.facts, "run": {"engine": "another"}}
    again = write_ledger(tmp_path / "two", facts, made.trials.take(backwards), made.scores, turned)
    assert again.digest == made.digest
    returns = daily.returns.copy()
    returns[3, 3] = np.nextafter(returns[3, 3], 1.0)
    changed = Daily(daily.days, daily.config_ids, daily.regimes, returns)
    assert write_ledger(tmp_path / "three", facts, made.trials, made.scores, changed).digest != made.digest


def test_a_configuration_with_a_row_less_is_named_missing_and_nothing_is_written(tmp_path: Path) -> None:
    made = made_ledger(tmp_path / "one")
    with pytest.raises(ResearchRefused, match="configurations_missing: 12 configurations of 24 rows"):
        write_ledger(tmp_path / "two", made.facts, made.trials.slice(1), made.scores, made.daily)
    twice = made.trials.take([0, *range(made.trials.num_rows - 1)])
    with pytest.raises(ResearchRefused, match="configurations_missing"):
        write_ledger(tmp_path / "two", made.facts, twice, made.scores, made.daily)
    assert not (tmp_path / "two").exists()


def test_a_changed_table_or_fact_is_refused(tmp_path: Path) -> None:
    made = made_ledger(tmp_path / "one")
    pq.write_table(made.trials.slice(1), tmp_path / "one" / "trials.parquet")
    with pytest.raises(ResearchRefused, match="ledger_damaged"):
        read_ledger(tmp_path / "one")
    made_ledger(tmp_path / "two")
    path = tmp_path / "two" / "ledger.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "asked": 11}))
    with pytest.raises(ResearchRefused, match="ledger_damaged"):
        read_ledger(tmp_path / "two")
    (tmp_path / "two" / "scores.parquet").unlink()
    with pytest.raises(ResearchRefused, match=r"scores\.parquet"):
        read_ledger(tmp_path / "two")
    with pytest.raises(ResearchRefused, match="there: none"):
        find_ledger(tmp_path, "three")


def test_an_id_is_of_what_the_specialist_says() -> None:
    one = make_specialist({"mode": "regression", "entry_score": 2.5})
    assert config_id(one) == config_id(make_specialist({"mode": "regression", "entry_score": 2.5, "exit_score": 0.0}))
    assert config_id(one) != config_id(make_specialist({"mode": "zscore", "entry_score": 2.5}))
    assert config_id(one) == "a320250d5884a46d"


def test_a_ledger_that_is_not_there_and_one_that_is_damaged_end_a_command_differently(tmp_path: Path) -> None:
    with pytest.raises(ResearchRefused) as missing:
        find_ledger(tmp_path, "none")
    assert exit_code(missing.value) is ExitCode.NOT_FOUND
    assert exit_code(ResearchRefused("ledger_damaged", "")) is ExitCode.FAILED
