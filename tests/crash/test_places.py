"""The table of crash points is what the programs have, and every place is tried by a test."""

import re
from pathlib import Path

from end_to_end.appliance import ROOT
from quantumflow.crash_points import CRASH_POINTS

TRIED = {
    "trader": ("strategy/tests/trader/test_crash.py",),
    "core_risk": ("tests/crash/test_core_risk.py",),
    "market_data": ("tests/crash/test_market_data.py",),
    "backup": ("tests/crash/test_backup.py",),
    "restore": ("tests/crash/test_backup.py",),
    "telegram": ("strategy/tests/telegram_bot/test_delivery.py",),
}


def names_in(path: Path, pattern: str) -> set[str]:
    return set(re.findall(pattern, path.read_text(encoding="utf-8")))


def test_the_table_has_every_place_of_every_program_and_no_other() -> None:
    table = names_in(ROOT / "docs/CRASH_POINTS.md", r"(?m)^\| `(\w+\.\w+)` \|")
    rust = names_in(ROOT / "market_data/feed/src/crash_point.rs", r'\(Place::\w+, "(\w+)"\)')
    ocaml = names_in(ROOT / "core_risk/log/crash_point.ml", r'\(\w+, "(\w+)"\)')
    assert table == {
        *CRASH_POINTS,
        *(f"market_data.{name}" for name in rust),
        *(f"core_risk.{name}" for name in ocaml),
    }


def test_every_place_is_tried() -> None:
    for place in names_in(ROOT / "docs/CRASH_POINTS.md", r"(?m)^\| `(\w+\.\w+)` \|"):
        program, _, name = place.partition(".")
        texts = [(ROOT / path).read_text(encoding="utf-8") for path in TRIED[program]]
        assert any(f'"{name}"' in text or f'"{place}"' in text for text in texts), f"no test kills at {place}"
