"""An indicator of a dataset is computed once; another content, setting or source is another file."""

from pathlib import Path

import numpy as np
import pytest

from quantumflow.research.data.building import import_files
from quantumflow.research.data.dataset import Dataset
from quantumflow.research.data.store import Store
from quantumflow.research.indicators import cache as cache_module
from quantumflow.research.indicators import cached, compute

from ..data.conftest import quiet, rows


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    path = tmp_path / "candles.csv"
    path.write_text("\n".join(rows(300)) + "\n", encoding="utf-8")
    return import_files(Store(tmp_path / "research"), [path], "BTCUSDT", "1m", "made", "refuse", quiet)


def _files(dataset: Dataset) -> list[Path]:
    return sorted((dataset.directory.parents[1] / "indicators").glob("*"))


def test_it_is_computed_once_and_mapped_read_only(dataset: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    first = cached(dataset, "zscore", n=30)
    assert first.tobytes() == compute("zscore", {"close": dataset.candles.close}, n=30).tobytes()
    monkeypatch.setattr(cache_module, "compute", None)
    again = cached(dataset, "zscore", n=30)
    assert again.tobytes() == first.tobytes()
    assert not again.flags.writeable


def test_another_setting_or_content_is_another_file_and_a_volatility_comes_with_its_clusters(dataset: Dataset) -> None:
    cached(dataset, "sma", n=5)
    cached(dataset, "sma", n=6)
    assert len(_files(dataset)) == 2
    assert len(cached(dataset, "clusters", n=100)) == len(dataset)
    assert len(_files(dataset)) == 4


def test_a_torn_file_is_made_anew_and_the_bound_is_kept(dataset: Dataset) -> None:
    whole = np.array(cached(dataset, "sma", n=5))
    path = _files(dataset)[0]
    size = path.stat().st_size
    path.write_bytes(path.read_bytes()[:200])
    assert np.array_equal(cached(dataset, "sma", n=5), whole, equal_nan=True)
    path.write_bytes(b"")
    assert np.array_equal(cached(dataset, "sma", n=5), whole, equal_nan=True)
    for n in range(6, 12):
        cached(dataset, "sma", bytes_max=3 * size, n=n)
    assert len(_files(dataset)) == 3
