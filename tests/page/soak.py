"""`make page-soak`: the page in a browser, the market at a high rate; the heap of its JavaScript may not grow.

python -m page.soak [--minutes N] [--rate N] [--out DIR] [--json]

Example: PAGE_MINUTES=60 make page-soak
Exit status: 0 nothing grew and it stayed smooth, 1 a limit was passed, 2 the page could not be watched.
Ctrl-C ends it early and judges what was seen.
"""

import argparse
import json
import os
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from playwright.sync_api import Error as BrowserFailed

from end_to_end.appliance import ROOT
from page.appliance import Appliance, appliance
from page.browser import Eye, chromium, eye
from soak.run import NotWatched, burst
from soak.slope import growth, steady

SAMPLE_SECONDS = 10.0
HEAP_GROWTH_MAX = 0.15
NODES_GROWTH_MAX = 0.15
"""What the trend adds over the whole time, as a share of the median."""
WARM_UP = 0.25
"""Share of the time in which series and caches fill to their bounds."""
FRAMES_PER_SECOND_MIN = 10.0
"""The page draws at most ten ticks a second; a machine without a graphics processor draws in software."""
PAGES = ("market?symbol=BTCUSDT", "now", "log", "market?symbol=ETHUSDT")
"""Turned to in this order, so that what a page leaves behind is seen too."""


class Sample(NamedTuple):
    """What the browser says of the page after its rubbish was collected."""

    seconds: float
    heap: int
    nodes: int
    frames: float


def main() -> int:
    """Run, judge, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=float(os.environ.get("PAGE_MINUTES", "5")), metavar="N")
    parser.add_argument("--rate", type=int, default=500, metavar="N", help="depth messages a second on top (500)")
    parser.add_argument("--out", type=Path, default=ROOT / ".build/page", metavar="DIR", help="where samples go")
    parser.add_argument("--json", action="store_true", help="the figures as one JSON document")
    options = parser.parse_args()
    if options.minutes < 2 or not 0 <= options.rate <= 100_000:
        parser.error("--minutes must be 2 or more, --rate within 0 … 100000")
    try:
        samples = watch(options.minutes * 60, options.rate)
    except (AssertionError, NotWatched, OSError, BrowserFailed) as error:
        sys.stderr.write(f"error: {error}\n")
        return 2
    told = judged(samples)
    options.out.mkdir(parents=True, exist_ok=True)
    rows = "\n".join(",".join(map(str, sample)) for sample in samples)
    (options.out / "soak.csv").write_text(f"{','.join(Sample._fields)}\n{rows}\n", encoding="utf-8")
    sys.stdout.write((json.dumps(told) if options.json else _words(told)) + "\n")
    return 0 if told["ok"] else 1


def watch(seconds: float, rate: int) -> list[Sample]:
    """Samples until the time is over, or Ctrl-C."""
    with (
        tempfile.TemporaryDirectory(prefix="qf-page-") as folder,
        appliance(Path(folder)) as house,
        _louder(house, rate),
        chromium() as browser,
        eye(browser, house) as reader,
    ):
        reader.enter()
        began, samples = time.monotonic(), list[Sample]()
        try:
            while time.monotonic() - began < seconds:
                reader.turn(PAGES[len(samples) % len(PAGES)])
                samples.append(_sample(reader, began))
                _progress(samples[-1], seconds)
        except KeyboardInterrupt:
            sys.stderr.write("\nended early\n")
        reader.shoot("soak", whole=False)
        return samples


@contextmanager
def _louder(house: Appliance, rate: int) -> Iterator[None]:
    """Bursts of depth messages beside the market's own, until the block ends."""
    ended = threading.Event()

    def play() -> None:
        while not ended.wait(1.0):
            burst(house.base + 90, rate)

    thread = threading.Thread(target=play, daemon=True)
    if rate:
        thread.start()
    try:
        yield
    finally:
        ended.set()
        if rate:
            thread.join(10)


def _sample(reader: Eye, began: float) -> Sample:
    """Counts frames for a while, then collects rubbish and weighs what is left."""
    frames: float = reader.page.evaluate(
        """seconds => new Promise(done => {
            let count = 0;
            const from = performance.now();
            const step = now => {
                count += 1;
                now - from < seconds * 1000 ? requestAnimationFrame(step) : done(count / seconds);
            };
            requestAnimationFrame(step);
        })""",
        SAMPLE_SECONDS,
    )
    session = reader.page.context.new_cdp_session(reader.page)
    session.send("HeapProfiler.collectGarbage")
    session.send("Performance.enable")
    metrics = {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}
    session.detach()
    seconds = round(time.monotonic() - began, 1)
    return Sample(seconds, int(metrics["JSHeapUsedSize"]), int(metrics["Nodes"]), round(frames, 1))


def judged(samples: list[Sample]) -> dict[str, Any]:
    """Every figure and whether it is within its limit."""
    assert len(samples) >= 2 * len(PAGES), "too few samples: let it run longer"
    heap = _grown([(one.seconds, float(one.heap)) for one in samples])
    nodes = _grown([(one.seconds, float(one.nodes)) for one in samples])
    frames = median(one.frames for one in samples)
    return {
        "minutes": round(samples[-1].seconds / 60, 1),
        "samples": len(samples),
        "heap_mb": [round(samples[0].heap / 1e6, 2), round(samples[-1].heap / 1e6, 2)],
        "heap_growth": round(heap, 3),
        "nodes_growth": round(nodes, 3),
        "frames_per_second": frames,
        "ok": heap <= HEAP_GROWTH_MAX and nodes <= NODES_GROWTH_MAX and frames >= FRAMES_PER_SECOND_MIN,
    }


def _grown(series: list[tuple[float, float]]) -> float:
    return growth(steady(series, WARM_UP)) / median(value for _, value in series)


def _progress(sample: Sample, seconds: float) -> None:
    left = max(0.0, seconds - sample.seconds)
    sys.stderr.write(f"\r{sample.heap / 1e6:6.2f} MB heap, {sample.frames:5.1f} frames/s, {left:5.0f} s left ")
    sys.stderr.flush()


def _words(told: dict[str, Any]) -> str:
    first, last = told["heap_mb"]
    return (
        f"\n{told['minutes']} min, {told['samples']} samples: heap {first} → {last} MB,"
        f" trend {told['heap_growth']:+.1%} (at most {HEAP_GROWTH_MAX:+.0%}),"
        f" nodes {told['nodes_growth']:+.1%} (at most {NODES_GROWTH_MAX:+.0%}),"
        f" {told['frames_per_second']} frames/s (at least {FRAMES_PER_SECOND_MIN}):"
        f" {'kept' if told['ok'] else 'a limit was passed'}"
    )


if __name__ == "__main__":
    sys.exit(main())
