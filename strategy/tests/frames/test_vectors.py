"""The frames that Rust, OCaml and Python all read: the same bytes, the same values, the same refusals."""

import json
from pathlib import Path
from typing import Any

import pytest

from quantumflow.errors import FrameRefused
from quantumflow.frame_layout import decode_frame
from quantumflow.frames import FrameReader

CASES = json.loads((Path(__file__).parents[3] / "tests/vectors/frame/cases.json").read_text())


def named(rows: list[dict[str, Any]]) -> list[Any]:
    return [pytest.param(row, id=row["name"]) for row in rows]


def listed(value: Any) -> Any:
    if isinstance(value, bytes):
        return {"bin": value.hex()}
    return [listed(item) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize("case", named(CASES["frames"]))
def test_a_frame_has_the_value_that_the_vector_says(case: dict[str, Any]) -> None:
    assert listed(decode_frame(bytes.fromhex(case["hex"])[4:])) == case["value"]


@pytest.mark.parametrize("case", named(CASES["refused"]))
def test_a_malformed_frame_is_refused_by_its_name(case: dict[str, Any]) -> None:
    with pytest.raises(FrameRefused) as refused:
        read_whole(bytes.fromhex(case["hex"]))
    assert refused.value.name == case["refusal"]


def read_whole(stream: bytes) -> None:
    reader = FrameReader()
    reader.push(stream)
    reader.take()
    reader.end()
