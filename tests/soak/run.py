"""`make soak`: the appliance on its generated market at a high rate; asserts that nothing grows or falls behind.

python tests/soak/run.py [--minutes N] [--rate N] [--out DIR] [--json]

Example: SOAK_MINUTES=120 make soak
Exit status: 0 every limit was kept, 1 one was passed, 2 the appliance could not be watched.
Ctrl-C ends it early and judges what was seen.
"""

import argparse
import http.client
import json
import os
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from end_to_end.appliance import ROOT, Running, free_ports, running, wait_until
from reliability.tally import FOLDER, Figure, Outcome, tally
from soak.limits import LIMITS, Found, judge
from soak.plot import draw, write_csv
from soak.sample import PROGRAMS, look

__all__ = ["NotWatched", "burst", "main", "soak"]

SAMPLE_SECONDS = 1.0
SAMPLES_MAX = 7200
"""Longer runs are sampled less often."""
READY_SECONDS_MAX = 120.0
LOG_CHARACTERS_MAX = 1500
OUT = ROOT / ".build/soak"

Series = dict[tuple[str, str], list[tuple[float, float]]]


class NotWatched(Exception):
    """The appliance was not there to be watched to the end."""


def main() -> int:
    """Run, judge, write, tally."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=float(os.environ.get("SOAK_MINUTES", "2")), metavar="N")
    parser.add_argument("--rate", type=int, default=500, metavar="N", help="depth messages a second on top (500)")
    parser.add_argument("--out", type=Path, default=OUT, metavar="DIR", help="where samples and picture go")
    parser.add_argument("--json", action="store_true", help="the limits as one JSON document")
    options = parser.parse_args()
    if options.minutes <= 0 or not 0 <= options.rate <= 100_000:
        parser.error("--minutes must be greater than 0, --rate within 0 … 100000")
    try:
        series = soak(options.minutes * 60, options.rate)
    except (NotWatched, AssertionError, OSError) as error:
        sys.stderr.write(f"error: {error}\n")
        return 2
    found = [judge(limit, series.get((limit.program, limit.figure), [])) for limit in LIMITS]
    options.out.mkdir(parents=True, exist_ok=True)
    write_csv(series, options.out / "samples.csv")
    draw(series, options.out / "samples.svg")
    _tell(found, options.minutes, options.rate, options.json)
    return 0 if all(one.kept for one in found) else 1


def soak(seconds: float, rate: int) -> Series:
    """Samples by program and figure, (seconds since the start, raw value)."""
    series: Series = defaultdict(list)
    ports = free_ports()
    base = int(ports["QF_PORTS__BASE"])
    with (
        tempfile.TemporaryDirectory(prefix="qf-soak-") as folder,
        running(Path(folder), "--venue", "sim", **ports) as it,
    ):
        wait_until(lambda: _ready(it), READY_SECONDS_MAX, f"every program runs; {folder}/logs says why not")
        pids = _pids(it)
        every = max(SAMPLE_SECONDS, seconds / SAMPLES_MAX)
        began = time.monotonic()
        try:
            while (passed := time.monotonic() - began) < seconds:
                burst(base + 90, int(rate * every))
                for program, figure, value in look(it, pids, base):
                    series[program, figure].append((passed, value))
                ended = [program for program, pid in pids.items() if not (Path("/proc") / str(pid)).exists()]
                if ended or it.process.poll() is not None:
                    raise NotWatched(
                        f"{', '.join(ended) or 'up'} ended: this is no steady state\n{_last_words(it, ended)}"
                    )
                _progress(passed, seconds)
                time.sleep(max(0.0, every - (time.monotonic() - began - passed)))
        except KeyboardInterrupt:
            sys.stderr.write("\nstopped; what was seen is judged\n")
        resyncs = _resyncs(it)
        it.stop()
    series["market_data", "resyncs"] = [(0.0, 0.0), (seconds, float(resyncs))]
    return series


def _ready(it: Running) -> bool:
    if it.process.poll() is not None:
        said, log = it.process.communicate()
        raise NotWatched(f"the appliance ended at once: {said or log}")
    return len(_pids(it)) == len(PROGRAMS) and bool((it.status("trader").get("latency_us") or {}).get("commit"))


def _last_words(it: Running, ended: list[str]) -> str:
    """The ends of their logs: the directory goes with the run."""
    logs = [it.data_dir / "logs" / f"{program}.log" for program in ended]
    return "\n".join(
        log.read_text(encoding="utf-8", errors="replace")[-LOG_CHARACTERS_MAX:] for log in logs if log.exists()
    )


def _pids(it: Running) -> dict[str, int]:
    found = {program: it.pid(program) for program in PROGRAMS}
    return {program: pid for program, pid in found.items() if pid is not None}


def burst(port: int, messages: int) -> None:
    """So many more depth messages from exchange_sim; one that cannot be asked for shows in the lag."""
    if messages <= 0:
        return
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("POST", "/control/burst", json.dumps({"messages": messages}))
        connection.getresponse().read()
    except OSError as error:
        raise NotWatched(f"exchange_sim takes no burst: {error}") from error
    finally:
        connection.close()


def _resyncs(it: Running) -> int:
    books = it.status("market_data").get("instruments") or {}
    return sum(int(book["resyncs"]) for book in books.values())


def _progress(passed: float, seconds: float) -> None:
    if sys.stderr.isatty() or int(passed) % 15 == 0:
        end = "\r" if sys.stderr.isatty() else "\n"
        sys.stderr.write(f"soak: {passed:.0f} of {seconds:.0f} s, {(seconds - passed) / 60:.1f} min to go{end}")
        sys.stderr.flush()


def _tell(found: list[Found], minutes: float, rate: int, as_json: bool) -> None:
    rows: list[dict[str, object]] = []
    for one in found:
        figures: dict[str, Figure] = {
            "slope": round(one.growth, 3),
            "limit": round(one.allowed, 3),
            "unit": one.limit.unit,
            "middle": round(one.middle, 3),
            "most": one.limit.most,
        }
        outcome: Outcome = "held" if one.kept else "failed"
        rows.append({"name": one.name, "outcome": outcome, **figures})
        tally(
            "soak",
            one.name,
            f"{minutes:g} min, {rate} messages/s",
            "grows no more than limit",
            outcome,
            FOLDER,
            **figures,
        )
    if as_json:
        sys.stdout.write(json.dumps({"minutes": minutes, "rate": rate, "limits": rows}) + "\n")
        return
    for row in rows:
        sys.stdout.write(
            f"{row['outcome']:<7} {row['name']:<26} grew {row['slope']:>9} of {row['limit']:>9} {row['unit']:<8}"
            f" middle {row['middle']:>9} of {row['most']}\n"
        )


if __name__ == "__main__":
    sys.exit(main())
