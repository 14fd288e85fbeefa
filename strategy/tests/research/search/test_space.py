"""A space that cannot be used is refused with every key and its line; no combination is left out silently."""

from pathlib import Path

import pytest

from quantumflow.errors import ResearchRefused
from quantumflow.paths import PROJECT_ROOT
from quantumflow.research.search.samplers import make_sampler
from quantumflow.research.search.space import KINDS, read_space

from .made_space import SPACE, write_space

WRONG = [
    ("seed", "-1", r"line 4: search\.seed: found -1"),
    ("kind", '"gird"', r"line 7: sampler\.kind: found 'gird'"),
    ("scheme", '"forward"', r"line 13: folds\.scheme"),
    ("purge_bars", "60", r"line 16: folds\.purge_bars: found 60; give at least 62"),
    ("fee_ppm", '"10"', r"line 20: costs\.fee_ppm"),
    ("latency_bars", "0", r"line 22: costs\.latency_bars"),
    ("mode", '["zscore", "median"]', r"line 25: parameters\.mode"),
    ("lookback", "[20, 20]", r"line 26: parameters\.lookback"),
    ("exit_score", "[0.0, 2.0]", r"line 28: parameters\.exit_score: found 2\.0 in one combination"),
    ("dataset", '"made-1m"\nsymbol = "BTC/USDT"', r"line 11: data\.1\.symbol"),
]


@pytest.mark.parametrize(("key", "value", "said"), WRONG)
def test_each_wrong_key_is_named_with_its_line(tmp_path: Path, key: str, value: str, said: str) -> None:
    with pytest.raises(ResearchRefused, match=said):
        read_space(write_space(tmp_path, **{key: value}))


def test_all_that_is_wrong_is_said_at_once(tmp_path: Path) -> None:
    text = SPACE.replace("[costs]", "[cost]").replace("seed = 7", "sed = 7")
    with pytest.raises(ResearchRefused) as refused:
        read_space(write_space(tmp_path, text))
    for said in ("cost: found unknown", "costs: missing", "search.sed: found unknown", "search.seed: missing"):
        assert said in refused.value.detail


def test_what_is_no_file_no_text_and_no_toml_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "space.toml"
    for content in (None, b"\xff", b"[search"):
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(ResearchRefused, match="space_refused"):
            read_space(path)


def test_the_digest_is_of_what_is_tried_and_not_of_its_name(tmp_path: Path) -> None:
    one = read_space(write_space(tmp_path))
    assert one.size == 48
    assert one.digest == read_space(write_space(tmp_path, name='"other"')).digest
    assert one.digest != read_space(write_space(tmp_path, seed="8")).digest


@pytest.mark.parametrize(("name", "size"), [("search_small.toml", 24), ("search_full.toml", 12_288)])
def test_the_examples_can_be_read(name: str, size: int) -> None:
    assert read_space(PROJECT_ROOT / "strategy" / "examples" / name).size == size


@pytest.mark.parametrize("kind", KINDS)
def test_a_sampler_asks_the_same_for_the_same_seed_and_stops(tmp_path: Path, kind: str) -> None:
    trials = "" if kind == "grid" else "\ntrials = 20\nbatch = 6"
    space = read_space(write_space(tmp_path, kind=f'"{kind}"{trials}'))

    def asked() -> list[list[tuple[int, ...]]]:
        sampler = make_sampler(space, 20)
        batches = []
        while batch := sampler.ask():
            batches.append(batch)
            sampler.tell([[float(sum(one))] for one in batch])
        return batches

    batches = asked()
    assert batches == asked()
    assert sum(len(batch) for batch in batches) == 20
    sizes = [len(choices) for choices in space.values.values()]
    assert all(0 <= at < size for batch in batches for one in batch for at, size in zip(one, sizes, strict=True))


def test_heredity_finds_more_than_chance(tmp_path: Path) -> None:
    best = {}
    for kind in ("genetic", "random"):
        space = read_space(
            write_space(tmp_path, kind=f'"{kind}"\ntrials = 40\nbatch = 10', lookback=str(list(range(20, 80))))
        )
        sampler, seen = make_sampler(space, None), []
        while batch := sampler.ask():
            figures = [-abs(one[0] - 1) - abs(one[1] - 37.0) for one in batch]
            seen += figures
            sampler.tell([[figure] for figure in figures])
        best[kind] = sum(seen) / len(seen)
    assert best["genetic"] > best["random"]
