"""`make mutants`: each deliberate bug in a copy of the tree; each must turn its test red.

python tests/mutants/run.py [--only NAME] [--language rust|ocaml|python] [--fresh] [--list] [--json]

Example: python tests/mutants/run.py --only fee_rounded_for_us
What was tried is kept in .build/mutants and not tried again while no source changes; Ctrl-C loses nothing.
Exit status: 0 every bug was found, 1 one survived, 2 a row or a test could not be tried.
"""

import argparse
import hashlib
import json
import os
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from mutants.table import LANGUAGES, Mutant, RowWrong, mutated, read_table, wrong_rows
from mutants.tree import Copy
from mutants.trial import Verdict, try_test
from reliability.tally import tally

__all__ = ["main"]

ROOT = Path(__file__).resolve().parents[2]
PLACE = ROOT / ".build/mutants"


FOLDERS = {"rust": "market_data", "ocaml": "core_risk", "python": "strategy"}


class Kept:
    """What was tried on exactly these sources and rows."""

    def __init__(self, file: Path, digests: dict[str, str], fresh: bool) -> None:
        self._file = file
        self._digests = digests
        self._tried: dict[str, dict[str, Any]] = {} if fresh else self._read()

    def _read(self) -> dict[str, dict[str, Any]]:
        return dict(json.loads(self._file.read_text(encoding="utf-8"))) if self._file.exists() else {}

    def of(self, language: str, *row: str) -> Verdict | None:
        """`row` is all that makes the trial: the bug and its test, or a test alone."""
        found = self._tried.get(self._key(language, row))
        return Verdict(**found) if found else None

    def keep(self, verdict: Verdict, language: str, *row: str) -> None:
        """Beside what other runs kept meanwhile; the file is replaced whole."""
        self._tried[self._key(language, row)] = asdict(verdict)
        beside = self._file.with_suffix(f".{os.getpid()}")
        beside.write_text(json.dumps(self._read() | self._tried), encoding="utf-8")
        beside.replace(self._file)

    def _key(self, language: str, row: tuple[str, ...]) -> str:
        return hashlib.sha256("\0".join((self._digests[FOLDERS[language]], *row)).encode()).hexdigest()


def _row(mutant: Mutant) -> tuple[str, ...]:
    return mutant.language, mutant.file, mutant.find, mutant.put, mutant.test


def main() -> int:
    """Try the rows that were asked for, tell the table, tally it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", metavar="NAME", help="the rows whose name holds this")
    parser.add_argument("--language", choices=LANGUAGES, help="the rows of one language")
    parser.add_argument("--fresh", action="store_true", help="try again what was tried before")
    parser.add_argument("--list", action="store_true", help="tell the rows and try none")
    parser.add_argument("--json", action="store_true", help="one JSON document at the end")
    options = parser.parse_args()
    try:
        mutants = read_table()
    except RowWrong as error:
        return _refuse([str(error)])
    wanted = [
        mutant
        for mutant in mutants
        if (options.only or "") in mutant.name and options.language in (None, mutant.language)
    ]
    wrong = wrong_rows(mutants, ROOT) or ([] if wanted else [f"no row is called {options.only}"])
    if wrong:
        return _refuse(wrong)
    if options.list:
        sys.stdout.write("".join(f"{one.name:<44} {one.language:<7} {one.what}\n" for one in wanted))
        return 0
    copy = Copy(ROOT, PLACE / "tree")
    kept = Kept(PLACE / "tried.json", copy.refresh(), options.fresh)
    verdicts = _try_all(wanted, kept, copy, _red_without(wanted, kept, copy))
    return _tell(wanted, verdicts, options.json)


def _refuse(reasons: list[str]) -> int:
    sys.stderr.write("".join(f"error: {reason}\n" for reason in reasons))
    return 2


def _red_without(wanted: list[Mutant], kept: Kept, copy: Copy) -> dict[tuple[str, str], Verdict]:
    """A test that is red without any bug proves nothing: every command once on the clean copy; those that were red."""
    tests = sorted({(mutant.language, mutant.test) for mutant in wanted if kept.of(*_row(mutant)) is None})
    red = {}
    for number, (language, test) in enumerate(tests, start=1):
        verdict = kept.of(language, test)
        if verdict is None:
            sys.stderr.write(f"[{number}/{len(tests)}] without a bug: {test}\n")
            verdict = try_test(language, test, copy.place, ROOT / ".venv/bin/python")
            if not verdict.red and not verdict.broken:
                kept.keep(verdict, language, test)
        if verdict.red or verdict.broken:
            told = f"its test fails without any bug: {verdict.told}"
            sys.stderr.write(f"error: {test}: {told}\n")
            red[language, test] = Verdict(False, True, told, verdict.seconds)
    return red


def _try_all(
    wanted: list[Mutant], kept: Kept, copy: Copy, red_without: dict[tuple[str, str], Verdict]
) -> dict[str, Verdict]:
    verdicts: dict[str, Verdict] = {}
    waiting = [mutant for mutant in wanted if kept.of(*_row(mutant)) is None]
    began = time.monotonic()
    for mutant in wanted:
        verdict = kept.of(*_row(mutant))
        if verdict is None:
            done = mutant is not waiting[0] and waiting.index(mutant)
            left = (time.monotonic() - began) / done * (len(waiting) - done) / 60 if done else 0.0
            ahead = f", about {left:.0f} min to go" if done else ""
            sys.stderr.write(f"[{waiting.index(mutant) + 1}/{len(waiting)}{ahead}] {mutant.name}: ")
            sys.stderr.flush()
            verdict = red_without.get((mutant.language, mutant.test)) or _try(mutant, copy)
            if not verdict.broken:
                kept.keep(verdict, *_row(mutant))
            sys.stderr.write(f"{_word(verdict)} ({verdict.seconds:.0f} s) {verdict.told}\n")
        _tally(mutant, verdict)
        verdicts[mutant.name] = verdict
    return verdicts


def _tally(mutant: Mutant, verdict: Verdict) -> None:
    tally(
        "mutants",
        f"{mutant.language} {mutant.name}",
        mutant.what,
        "a test turns red",
        "held" if verdict.red else "failed",
        red=verdict.told if verdict.red else _word(verdict),
        seconds=round(verdict.seconds, 1),
    )


def _try(mutant: Mutant, copy: Copy) -> Verdict:
    text = (ROOT / mutant.file).read_text(encoding="utf-8")
    copy.put(mutant.file, mutated(mutant, text))
    try:
        return try_test(mutant.language, mutant.test, copy.place, ROOT / ".venv/bin/python")
    finally:
        copy.restore(mutant.file)


def _word(verdict: Verdict) -> str:
    return "NO VERDICT" if verdict.broken else "found" if verdict.red else "SURVIVED"


def _tell(wanted: list[Mutant], verdicts: dict[str, Verdict], as_json: bool) -> int:
    rows = [(mutant, verdicts[mutant.name]) for mutant in wanted]
    found = sum(verdict.red for _, verdict in rows)
    if as_json:
        said = [{"name": m.name, "what": m.what, "outcome": _word(v), "told": v.told, "s": v.seconds} for m, v in rows]
        sys.stdout.write(json.dumps({"found": found, "of": len(rows), "mutants": said}) + "\n")
    else:
        for mutant, verdict in rows:
            sys.stdout.write(f"{_word(verdict):<10} {mutant.language:<7} {mutant.name:<44} {verdict.told}\n")
        sys.stdout.write(f"{found} of {len(rows)} deliberate bugs were found by a test\n")
    if any(verdict.broken for _, verdict in rows):
        return 2
    return 0 if found == len(rows) else 1


if __name__ == "__main__":
    sys.exit(main())
