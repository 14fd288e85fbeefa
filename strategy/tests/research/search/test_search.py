"""One search has one ledger: whatever the engine, the workers, the order, and whoever was killed on the way."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from quantumflow.errors import ResearchRefused
from quantumflow.research.search.engines import engine_of
from quantumflow.research.search.ledger import Ledger, read_ledger
from quantumflow.research.search.run import Search
from quantumflow.research.search.trying import Engine

from .engines_of_tests import Inline, descendants, kill
from .made_space import make_minutes, write_space

WAIT_S = 120.0
PIECE = "configurations"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the data, their features and a first ledger, by no process but this one."""
    folder = tmp_path_factory.mktemp("search")
    make_minutes(folder / "research")
    write_space(folder)
    tried(folder, Inline())
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    """The same without what was done: only data and features are there."""
    shutil.copytree(made / "research", tmp_path / "research")
    shutil.copyfile(made / "space.toml", tmp_path / "space.toml")
    shutil.rmtree(Search(tmp_path / "space.toml", tmp_path / "research").work)
    shutil.rmtree(tmp_path / "research" / "ledgers")
    return tmp_path


def tried(folder: Path, engine: Engine, told: Callable[[str, int, int], None] = lambda *_: None) -> Ledger:
    return Search(folder / "space.toml", folder / "research").run(engine, told, lambda: 0.0)


def expected(made: Path) -> str:
    return read_ledger(made / "research" / "ledgers" / "made").digest


def after_the_first(then: Callable[[], int], done: list[int]) -> Callable[[str, int, int], None]:
    """Told of progress: when a first piece is done, `then` happens once."""

    def told(words: str, ready: int, _total: int) -> None:
        if not done and PIECE in words and ready >= 1:
            done.append(then())

    return told


def test_a_ledger_has_every_configuration_and_says_what_it_is_of(made: Path) -> None:
    ledger = read_ledger(made / "research" / "ledgers" / "made")
    facts = ledger.facts
    assert ledger.configurations == facts["asked"] == facts["done"] == 48
    assert ledger.trials.num_rows == 48 * 3 * 2 * 4
    assert len(facts["data"][0]["content_hash"]) == 64
    assert facts["data"][0]["gaps"] == 1
    assert facts["folds"][0]["train"] == [[0, 4000]]
    assert facts["folds"][0]["test"][0] == 4100
    assert {one["window"] for one in facts["stress"] if one["covered"]} == {"2024-08"}
    assert ledger.trials.to_pandas().groupby("part")["trades"].sum().min() > 1_000


def test_days_add_up_to_the_trials_out_of_sample(made: Path) -> None:
    ledger = read_ledger(made / "research" / "ledgers" / "made")
    trials = ledger.trials.to_pandas()
    tests = trials[trials["part"] == "test"]
    whole = sum(ledger.daily.returns[n] for n, one in enumerate(ledger.daily.config_ids) if one == "all")
    assert np.isclose(whole.sum(), tests["net_log_return"].sum())
    one = ledger.daily.config_ids[0]
    own = sum(ledger.daily.returns[n].sum() for n, name in enumerate(ledger.daily.config_ids) if name == one)
    assert np.isclose(own, tests[tests["config_id"] == one]["net_log_return"].sum())


def test_two_workers_of_which_one_is_killed_give_the_same_ledger(made: Path, folder: Path) -> None:
    killed: list[int] = []
    with engine_of("local", 2, None, 0) as engine:
        told = after_the_first(lambda: kill(descendants(os.getpid(), "multiprocessing.spawn")[:1]), killed)
        ledger = tried(folder, engine, told)
    assert killed == [1]
    assert ledger.digest == expected(made)
    assert ledger.facts["run"]["workers"] == 2


@pytest.mark.skipif(find_spec("ray") is None, reason="ray is not installed: make research")
@pytest.mark.filterwarnings("ignore")  # Ray's own
def test_ray_gives_the_same_ledger_with_its_workers_killed(made: Path, folder: Path) -> None:
    killed: list[int] = []
    with engine_of("ray", 1, None, 0) as engine:
        told = after_the_first(
            lambda: kill(descendants(os.getpid(), "ray::_work") or descendants(os.getpid(), "ray::IDLE")), killed
        )
        ledger = tried(folder, engine, told)
    assert killed
    assert killed[0] >= 1
    assert ledger.digest == expected(made)
    assert ledger.facts["run"]["engine"] == "ray"


@pytest.mark.parametrize(("number", "status"), [(signal.SIGKILL, -9), (signal.SIGINT, 130)])
def test_a_search_that_is_ended_goes_on_from_what_is_done(made: Path, folder: Path, number: int, status: int) -> None:
    command = [sys.executable, "-m", "quantumflow.cli", "search", "space.toml", "--research-dir", "research", "--json"]
    running = subprocess.Popen(command, cwd=folder, stderr=subprocess.PIPE, text=True)
    chunks = folder / "research" / "search"
    until = time.monotonic() + WAIT_S
    while not list(chunks.glob("*/*.chunk")) and running.poll() is None and time.monotonic() < until:
        time.sleep(0.005)
    workers = descendants(running.pid, "multiprocessing.spawn")
    running.send_signal(number)
    _, said = running.communicate(timeout=WAIT_S)
    assert running.returncode == status
    assert workers
    if number == signal.SIGINT:
        assert "the same command goes on from there" in said
    while any(Path(f"/proc/{pid}").exists() for pid in workers) and time.monotonic() < until:
        time.sleep(0.05)
    assert not any(Path(f"/proc/{pid}").exists() for pid in workers)
    before = len(list(chunks.glob("*/*.chunk")))
    ledger = tried(folder, Inline())
    assert ledger.digest == expected(made)
    assert before >= 1
    assert ledger.facts["run"]["chunks_found"] >= before


def test_a_piece_that_never_comes_back_is_named_missing_and_no_ledger_is_written(folder: Path) -> None:
    with pytest.raises(ResearchRefused, match=r"configurations_missing: \d+ of 48 have no result"):
        tried(folder, Inline(dropped=[1]))
    assert not (folder / "research" / "ledgers").exists()


def test_a_damaged_piece_is_made_again(made: Path, folder: Path) -> None:
    first = tried(folder, Inline())
    pieces = sorted((folder / "research" / "search").glob("*/*.chunk"))
    raw = bytearray(pieces[0].read_bytes())
    raw[40] ^= 1
    pieces[0].write_bytes(raw)
    again = tried(folder, Inline())
    assert again.digest == first.digest == expected(made)
    assert again.facts["run"]["chunks_made"] == 1


def test_a_worker_refuses_data_that_are_not_what_the_task_says(folder: Path) -> None:
    path = next((folder / "research" / "search" / "features").glob("*/score_zscore_20.npy"))
    values = np.load(path)
    values[-1] += 1.0
    for place in (folder / "research" / "search" / "features").glob("*/score_zscore_20.npy"):
        if place.stat().st_size == path.stat().st_size:
            np.save(place, values)
    with (
        engine_of("local", 1, None, 0) as engine,
        pytest.raises(ResearchRefused, match="data_differs: score of dataset"),
    ):
        tried(folder, engine)


def test_a_dataset_with_another_content_than_it_says_is_refused(folder: Path) -> None:
    path = folder / "research" / "datasets" / "made-1m" / "dataset.json"
    facts = json.loads(path.read_text())
    path.write_text(json.dumps({**facts, "content_hash": "0" * 64}))
    with pytest.raises(ResearchRefused, match="data_differs: made-1m holds"):
        tried(folder, Inline())


@pytest.mark.parametrize("kind", ["tpe", "genetic"])
def test_a_sampler_that_learns_asks_the_same_whoever_tries(folder: Path, kind: str) -> None:
    write_space(folder, kind=f'"{kind}"\ntrials = 24\nbatch = 8', objectives='["robustness"]')
    first = tried(folder, Inline())
    assert first.facts["asked"] == 24
    assert first.configurations <= 24
    shutil.rmtree(Search(folder / "space.toml", folder / "research").work)
    with engine_of("local", 2, None, 0) as engine:
        assert tried(folder, engine).digest == first.digest
