"""The same bytes read by Rust, OCaml and Python: all give the same values, or all refuse.

`FUZZ_CASES` (default 4000) and `FUZZ_SEED` choose another run.
"""

import copy
import json
import os
import random
import subprocess
from pathlib import Path
from struct import unpack_from
from typing import Any

import msgspec
import pytest

from fuzz.mutator import changed
from quantumflow.errors import FrameRefused
from quantumflow.frame_layout import BOOK, GOODBYE, HELLO, SKIPPED, STATUS, decode_frame
from reliability.tally import tallied

ROOT = Path(__file__).resolve().parents[2]
CASES = int(os.environ.get("FUZZ_CASES", "4000"))
SEED = int(os.environ.get("FUZZ_SEED", "20240808"))
OCAML_MAX = 2**62 - 1
BUILD_SECONDS_MAX = 900


def bodies() -> list[bytes]:
    """The vectors' frames without their lengths, then the same changed at random."""
    vectors = json.loads((ROOT / "tests/vectors/frame/cases.json").read_text(encoding="utf-8"))
    given = [bytes.fromhex(case["hex"])[4:] for case in [*vectors["frames"], *vectors["refused"]]]
    values = [msgspec.msgpack.decode(bytes.fromhex(case["hex"])[4:]) for case in vectors["frames"]]
    draw = random.Random(SEED)
    made = (changed(draw, given) if draw.random() < 0.5 else other_element(draw, values) for _ in range(CASES))
    return [*given, *made]


_EDGES: tuple[Any, ...] = (
    *(-1, 0, 1, 2, 8, 15, 16, 50, 2**31, 2**62 - 1, 2**62, 2**63 - 1, 2**63, 2**64 - 1, -(2**63), None, True, [], {}),
    *(0.0, -0.0, 0.5, -1.0, 1.5, float("nan"), float("inf"), 1e300, "", "live", "wall", "exchange", "é", "x" * 300),
    *(b"", b"\0" * 16, b"\x01" + b"\0" * 15, b"\xff" * 16, b"\x01" * 800, b"\x01" * 816, b"\x01" * 17),
)


def other_element(draw: random.Random, values: list[Any]) -> bytes:
    """A frame with one or two of its elements, or of a row inside it, put at an edge."""
    frame = copy.deepcopy(draw.choice(values))
    for _ in range(draw.randint(1, 2)):
        row = frame
        inner = [item for item in frame if isinstance(item, list) and item and isinstance(item[0], list)]
        if inner and draw.random() < 0.6:
            row = draw.choice(draw.choice(inner))
        place = draw.randrange(len(row))
        alike = [edge for edge in _EDGES if type(edge) is type(row[place]) and draw.random() < 0.9]
        row[place] = draw.choice(alike or _EDGES)
    return msgspec.msgpack.encode(frame)


def told_by_python(body: bytes) -> str:
    try:
        frame = decode_frame(body)
    except FrameRefused:
        return "refused"
    head = f"{frame[0]} {frame[1]} {frame[2]}"
    return " ".join([head, *map(str, _rest(frame))])


def _rest(frame: list[Any]) -> list[Any]:
    match frame[0]:
        case kind if kind == HELLO:
            build, session = (text.encode().hex() for text in frame[4:6])
            return [build, session, frame[6], str(frame[7]).lower(), *frame[8:11], len(frame[11])]
        case kind if kind == BOOK:
            return [frame[3], frame[7], *(_best(side) for side in frame[8:10])]
        case kind if kind == STATUS:
            return [frame[3], frame[4]]
        case kind if kind in (SKIPPED, GOODBYE):
            return [frame[3]]
    return []


def _best(side: bytes) -> str:
    return str(unpack_from("<q", side)[0]) if side else "-"


def core_risk_may_refuse(body: bytes) -> bool:
    """What PROTOCOL.md lets core_risk refuse alone: beyond 63 bits, a best price of nothing, units at odds."""
    frame = decode_frame(body)
    numbers = [frame[1], frame[2]]
    if frame[0] == HELLO:
        numbers += [frame[9], frame[10], *(number for row in frame[11] for number in row[4:9])]
        if any(0 < row[7] < row[6] or row[4] * row[5] > OCAML_MAX for row in frame[11]):
            return True
    if frame[0] == BOOK and any(not 1 <= unpack_from("<q", side)[0] <= OCAML_MAX for side in frame[8:10] if side):
        return True
    return any(number > OCAML_MAX for number in numbers)


def market_data_may_refuse(body: bytes) -> bool:
    """Rust writes the reasons of a Status and reads back its own alone; to readers a reason is a word for people."""
    frame = decode_frame(body)
    protocol = (ROOT / "market_data/PROTOCOL.md").read_text(encoding="utf-8")
    reasons = protocol.partition("Reasons, one word each:")[2].partition(".\n")[0]
    assert "`first_snapshot`" in reasons
    return bool(frame[0] == STATUS and f"`{frame[5]}`" not in reasons)


@pytest.fixture(scope="module")
def readers() -> dict[str, Path]:
    """The readers of the other languages, built where they are not yet."""
    for command, folder in (
        (["cargo", "build", "--locked", "--quiet", "-p", "outside_bytes", "--example", "frames_told"], "market_data"),
        (["dune", "build", "--root", ".", "./test/outside/frames_told.exe"], "core_risk"),
    ):
        subprocess.run(command, cwd=ROOT / folder, check=True, timeout=BUILD_SECONDS_MAX, stdin=subprocess.DEVNULL)
    return {
        "rust": ROOT / "market_data/target/debug/examples/frames_told",
        "ocaml": ROOT / "core_risk/_build/default/test/outside/frames_told.exe",
    }


def told_by(reader: Path, lines: str) -> list[str]:
    done = subprocess.run([reader], input=lines, capture_output=True, text=True, timeout=120, check=True)
    return done.stdout.splitlines()


def test_three_languages_give_one_answer(readers: dict[str, Path]) -> None:
    given = bodies()
    lines = "".join(f"{body.hex()}\n" for body in given)
    with tallied(
        "fuzz", "frames in three languages", "the same random bytes", "the same values, or all refuse"
    ) as told:
        rust, ocaml = (told_by(readers[language], lines) for language in ("rust", "ocaml"))
        told |= {"runs": len(given), "seed": str(SEED)}
        assert len(rust) == len(ocaml) == len(given)
        accepted = 0
        for body, by_rust, by_ocaml in zip(given, rust, ocaml, strict=True):
            by_python = told_by_python(body)
            accepted += by_python != "refused"
            if by_python != "refused" and by_rust == "refused" and market_data_may_refuse(body):
                by_rust = by_python
            if by_python != "refused" and by_ocaml == "refused" and core_risk_may_refuse(body):
                by_ocaml = by_python
            assert by_rust == by_ocaml == by_python, f"seed {SEED}: {body.hex()}"
        assert accepted > len(given) // 20, "too few frames were changed into frames"
