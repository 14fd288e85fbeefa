"""The archive's files are brought once, whole and checked, whatever the archive does; nothing else counts."""

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from quantumflow.cli.commands import app
from quantumflow.errors import DataRefused
from quantumflow.research.data.archive_names import archive_files
from quantumflow.research.data.binance_archive import ATTEMPTS_MAX, BinanceArchive
from quantumflow.research.data.checking import check, repair
from quantumflow.research.data.dataset import Dataset
from quantumflow.research.data.fetching import fetch, refetch
from quantumflow.research.data.providers import Wanted, provider
from quantumflow.research.data.store import Store

from .archive_stand_in import Archive, archive, zipped
from .conftest import quiet, rows

DAY_MS = 86_400_000
JAN_30_2024_MS = 1_706_572_800_000
PATH = "data/spot/{}/klines/BTCUSDT/1m/BTCUSDT-1m-{}.zip"
DAYS = [PATH.format("daily", f"2024-01-{day}") for day in (30, 31)]
FEBRUARY = PATH.format("monthly", "2024-02")


@pytest.fixture
def served() -> Iterator[Archive]:
    with archive() as made:
        for k, path in enumerate(DAYS):
            made.add(path, zipped(f"{k}.csv", rows(1_440, JAN_30_2024_MS + k * DAY_MS)))
        made.add(FEBRUARY, zipped("2.csv", rows(29 * 1_440, JAN_30_2024_MS + 2 * DAY_MS)))
        yield made


def _fetched(store: Store, served: Archive, last: date = date(2024, 2, 29)) -> tuple[Dataset, list[str], list[float]]:
    waited: list[float] = []
    source = BinanceArchive(served.url, waited.append)
    wanted = Wanted("klines", "BTCUSDT", "1m", date(2024, 1, 30), last)
    made, absent = fetch(store, source, wanted, "minutes", quiet, quiet)
    return made, absent, waited


def test_whole_months_are_one_file_and_the_days_at_the_edges_are_their_own() -> None:
    wanted = Wanted("klines", "BTCUSDT", "1m", date(2024, 1, 30), date(2024, 3, 1))
    assert archive_files(wanted) == [*DAYS, FEBRUARY, PATH.format("daily", "2024-03-01")]


def test_a_span_becomes_one_dataset_and_is_not_fetched_twice(store: Store, served: Archive) -> None:
    made, absent, waited = _fetched(store, served)
    assert len(made) == 31 * 1_440
    assert (made.facts["gaps"], absent, waited) == ([], [], [])
    asked = served.asked.copy()
    again, _, _ = _fetched(store, served)
    assert again.content_hash == made.content_hash
    assert served.asked[FEBRUARY] == asked[FEBRUARY] == 1


def test_a_dataset_grows_to_what_it_would_have_been_at_once(store: Store, served: Archive, tmp_path: Path) -> None:
    _fetched(store, served, date(2024, 1, 31))
    grown, _, _ = _fetched(store, served)
    at_once, _, _ = _fetched(Store(tmp_path / "other"), served)
    assert grown.content_hash == at_once.content_hash


@pytest.mark.parametrize("lie", [429, 503, "torn", "flipped"])
def test_what_passes_is_tried_again(store: Store, served: Archive, lie: object) -> None:
    honest, _, _ = _fetched(store, served)
    served.lies[DAYS[0]] = [lie, lie]
    (store.root / "raw/binance" / DAYS[0]).unlink()
    made, _, waited = _fetched(store, served)
    assert made.content_hash == honest.content_hash
    assert waited == [1.0, 2.0]


def test_what_does_not_pass_ends_after_a_bound_and_leaves_no_dataset(store: Store, served: Archive) -> None:
    served.lies[DAYS[1]] = [500] * 99
    with pytest.raises(DataRefused) as refused:
        _fetched(store, served)
    assert refused.value.name == "archive_unreachable"
    assert served.asked[DAYS[1]] == ATTEMPTS_MAX
    assert store.list() == []


def test_a_checksum_that_never_fits_is_refused_and_the_file_does_not_count(store: Store, served: Archive) -> None:
    served.files[f"{DAYS[0]}.CHECKSUM"] = f"{'0' * 64}  x.zip\n".encode()
    with pytest.raises(DataRefused, match="SHA-256"):
        _fetched(store, served)
    assert not (store.root / "raw/binance" / DAYS[0]).exists()


def test_a_fetch_that_was_killed_goes_on_where_it_was(store: Store, served: Archive) -> None:
    target = store.root / "raw/binance" / DAYS[0]
    target.parent.mkdir(parents=True)
    target.with_name(target.name + ".part").write_bytes(served.files[DAYS[0]][:1_000])
    made, _, _ = _fetched(store, served)
    assert served.ranges == ["bytes=1000-"]
    assert len(made) == 31 * 1_440


def test_a_month_that_is_not_there_yet_is_taken_day_by_day_and_absent_days_are_named(
    store: Store, served: Archive
) -> None:
    del served.files[f"{FEBRUARY}.CHECKSUM"]
    for day in range(1, 28):
        path = PATH.format("daily", f"2024-02-{day:02d}")
        served.add(path, zipped("d.csv", rows(1_440, JAN_30_2024_MS + (1 + day) * DAY_MS)))
    made, absent, _ = _fetched(store, served)
    assert absent == [PATH.format("daily", f"2024-02-{day}") for day in (28, 29)]
    assert len(made) == 29 * 1_440


def test_another_status_says_that_the_archive_is_not_reachable_from_here(store: Store, served: Archive) -> None:
    served.lies[f"{DAYS[0]}.CHECKSUM"] = [451]
    with pytest.raises(DataRefused, match="HTTP 451"):
        _fetched(store, served)


def test_aggregate_trades_count_their_missing_ids(store: Store) -> None:
    with archive() as made:
        lines = [
            "10,61000.10000000,0.00100000,100,101,1706572800001,True,True",
            "11,61000.20000000,0.00200000,102,102,1706572800002000,False,True",
            "13,61000.30000000,0.00300000,105,106,1706572800003,True,True",
        ]
        path = "data/spot/daily/aggTrades/BTCUSDT/BTCUSDT-aggTrades-2024-01-30.zip"
        made.add(path, zipped("a.csv", lines))
        wanted = Wanted("aggTrades", "BTCUSDT", "", date(2024, 1, 30), date(2024, 1, 30))
        found, _ = fetch(store, BinanceArchive(made.url), wanted, "trades", quiet, quiet)
    assert found.trades.time_ns.tolist() == [1706572800001 * 10**6, 1706572800002 * 10**6, 1706572800003 * 10**6]
    assert found.trades["buyer_maker"].tolist() == [1, 0, 1]
    assert [gap["missing"] for gap in found.facts["gaps"]] == [2]


def test_damage_is_found_and_mended_from_the_raw_files_and_lost_raw_files_come_again(
    store: Store, served: Archive
) -> None:
    made, _, _ = _fetched(store, served)
    assert check(store, "minutes").faults == ()
    part = made.directory / made.facts["partitions"][1]["path"]
    content = bytearray(part.read_bytes())
    content[100] ^= 1
    part.write_bytes(content)
    (store.root / "raw/binance" / DAYS[1]).unlink()
    found = check(store, "minutes")
    assert len(found.faults) == 1
    assert found.raw_lost == (f"raw/binance/{DAYS[1]}",)
    again = refetch(store, quiet)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("QF_BINANCE_ARCHIVE_URL", served.url)
        mended, done = repair(store, "minutes", again, quiet)
    assert mended.content_hash == made.content_hash
    assert len(done) == 2
    assert not check(store, "minutes").wrong


def test_an_unknown_provider_is_refused_by_naming_those_that_are_there() -> None:
    with pytest.raises(DataRefused, match="binance, local"):
        provider("nobody")


def test_the_commands_make_list_and_check_a_dataset_of_a_local_mirror(served: Archive, tmp_path: Path) -> None:
    for path, content in served.files.items():
        (tmp_path / "mirror" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "mirror" / path).write_bytes(content)
    place = ["--research-dir", str(tmp_path / "research"), "--json"]
    span = ["--from", "2024-01-30", "--to", "2024-01-31", "--provider", "local"]
    runner = CliRunner(env={"QF_LOCAL_DATA": str(tmp_path / "mirror")})
    made = runner.invoke(app, ["data", "fetch", "BTCUSDT", *span, *place])
    assert made.exit_code == 0, made.output
    assert json.loads(made.stdout)["rows"] == 2_880
    listed = json.loads(runner.invoke(app, ["data", "ls", *place]).stdout)
    assert [one["name"] for one in listed["datasets"]] == ["BTCUSDT-1m"]
    assert runner.invoke(app, ["data", "check", "BTCUSDT-1m", *place]).exit_code == 0
    next((tmp_path / "research/datasets/BTCUSDT-1m").glob("month=*")).unlink()
    assert runner.invoke(app, ["data", "check", "BTCUSDT-1m", *place]).exit_code == 5
    assert runner.invoke(app, ["data", "repair", "BTCUSDT-1m", *place]).exit_code == 0
    assert runner.invoke(app, ["data", "check", "BTCUSDT-1m", *place]).exit_code == 0
