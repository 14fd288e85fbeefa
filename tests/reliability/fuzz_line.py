"""Tallies one cargo-fuzz run: fuzz_line.py TARGET held|failed RUNS SECONDS."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from reliability.tally import tally

if __name__ == "__main__":
    target, outcome, runs, seconds = sys.argv[1:]
    tally(
        "fuzz",
        f"cargo-fuzz {target}",
        "bytes by libFuzzer, coverage-guided",
        "a value or a named error; bounded memory; printed and read again the same",
        "held" if outcome == "held" else "failed",
        runs=int(runs),
        seconds=int(seconds),
    )
