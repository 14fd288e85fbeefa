"""A trend is found through noise, and a program that leaks is caught while one that does not is let through."""

import random
import subprocess
import sys
import time

import pytest

from soak.limits import LIMITS, Limit, judge
from soak.sample import of_process
from soak.slope import growth, slope, steady

LEAK = "import sys, time\nkept = []\nwhile True:\n    kept.append(b'x' * int(sys.argv[1]))\n    time.sleep(0.05)\n"
HANDLES = "import time\nkept = []\nwhile True:\n    kept.append(open('/dev/null'))\n    time.sleep(0.05)\n"
QUIET = "import time\nwhile True:\n    time.sleep(0.05)\n"
SAMPLED_SECONDS = 4.0


def test_a_slope_is_found_through_noise_and_wild_samples() -> None:
    draw = random.Random(1)
    series = [(float(at), 3.0 * at + draw.uniform(-20, 20)) for at in range(200)]
    series[::17] = [(at, value + 5_000) for at, value in series[::17]]
    assert slope(series) == pytest.approx(3.0, rel=0.05)
    assert slope([(at, 7.0 + draw.uniform(-1, 1)) for at, _ in series]) == pytest.approx(0.0, abs=0.01)


def test_a_long_series_is_thinned_and_a_short_one_has_no_trend() -> None:
    assert slope([(float(at), 2.0 * at) for at in range(50_000)]) == pytest.approx(2.0)
    assert slope([]) == slope([(1.0, 5.0)]) == growth([(1.0, 5.0)]) == 0.0


def test_the_warm_up_is_left_out() -> None:
    series = [(0.0, 0.0), (4.0, 90.0), (5.0, 100.0), (10.0, 100.0)]
    assert growth(steady(series, 0.4)) == pytest.approx(10.0)
    assert growth(steady(series, 0.5)) == 0.0


def test_a_figure_that_was_never_seen_is_not_kept() -> None:
    assert not judge(LIMITS[0], []).kept


def sampled(program: str, figure: str, *arguments: str) -> list[tuple[float, float]]:
    process = subprocess.Popen([sys.executable, "-c", program, *arguments])
    try:
        began = time.monotonic()
        series = []
        while (passed := time.monotonic() - began) < SAMPLED_SECONDS:
            series += [(passed, value) for _, name, value in of_process("planted", process.pid) if name == figure]
            time.sleep(0.1)
        return series
    finally:
        process.kill()
        process.wait()


@pytest.mark.parametrize(
    ("program", "figure", "arguments", "kept"),
    [
        (LEAK, "memory", ("1000000",), False),
        (QUIET, "memory", (), True),
        (HANDLES, "handles", (), False),
        (QUIET, "handles", (), True),
    ],
)
def test_a_planted_leak_is_caught(program: str, figure: str, arguments: tuple[str, ...], kept: bool) -> None:
    limit = Limit("planted", figure, "", once=3.0, an_hour=8.0, most=1e6, scale=2.0**20 if figure == "memory" else 1.0)
    found = judge(limit, sampled(program, figure, *arguments))
    assert found.kept is kept, found
