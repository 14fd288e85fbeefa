"""Files of others become datasets: what is read, what is refused with its place, what is left out and said."""

import gzip
import io
import json
import lzma
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quantumflow.errors import DataRefused
from quantumflow.research.data.numbers import SCALES, decimals, to_ns
from quantumflow.research.data.store import Store

from .conftest import MINUTE_MS, START_MS, Import, rows

pl = pytest.importorskip("polars", reason="installed by `make research`")

HEADER = "open_time,open,high,low,close,volume"


def _flipped(packed: bytes, *places: int) -> bytes:
    """With these bytes turned round."""
    return bytes(byte ^ 0xFF if place in places else byte for place, byte in enumerate(packed))


def test_a_candle_is_known_by_its_end_and_its_numbers_are_exact(imported: Import) -> None:
    made = imported(rows(3))
    assert made.candles.close_ns.tolist() == [(START_MS + (k + 1) * MINUTE_MS) * 10**6 for k in range(3)]
    assert made.candles["open"].tolist() == [100_50000000, 101_50000000, 102_50000000]
    assert made.candles.open.tolist() == [100.5, 101.5, 102.5]
    assert made.facts["scales"] == {"price": 8, "qty": 8}


def test_the_same_rows_have_one_content_however_they_are_written(imported: Import) -> None:
    plain = rows(4)
    fields = [line.split(",") for line in plain]
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.csv", "\n".join(plain))
    forms: dict[str, bytes] = {
        "header": "\n".join([HEADER, *plain]).encode(),
        "seconds": "\n".join(",".join([str(int(f[0]) // 1000), *f[1:]]) for f in fields).encode(),
        "micros": "\n".join(",".join([f[0] + "000", *f[1:]]) for f in fields).encode(),
        "nanos": "\n".join(",".join([f[0] + "000000", *f[1:]]) for f in fields).encode(),
        "zeros": "\n".join(
            ",".join([f[0], *(v + ("0" if "." in v else ".0") for v in f[1:])]) for f in fields
        ).encode(),
        "semicolons": "\n".join(plain).replace(",", ";").encode(),
        "json": json.dumps([[int(f[0]), *map(float, f[1:])] for f in fields]).encode(),
        "gzip": gzip.compress("\n".join(plain).encode()),
        "xz": lzma.compress("\n".join(plain).encode()),
        "zip": packed.getvalue(),
        "dates": "\n".join(
            [HEADER] + [",".join([f"2024-07-26 14:{16 + k}:00+00:00", *f[1:]]) for k, f in enumerate(fields)]
        ).encode(),
        "shuffled": "\n".join([plain[2], plain[0], plain[3], plain[1]]).encode(),
    }
    expected = imported(plain, "plain").content_hash
    assert {name: imported(data, name).content_hash for name, data in forms.items()} == dict.fromkeys(forms, expected)


def test_a_year_with_two_units_of_time_is_one_dataset_and_says_so(imported: Import) -> None:
    lines = rows(4)
    lines[2:] = [line.replace(",", "000,", 1) for line in lines[2:]]
    made = imported(lines)
    assert len(made) == 4
    assert made.facts["gaps"] == []
    assert [finding["what"] for finding in made.facts["findings"]] == ["times in more than one unit"]


@pytest.mark.parametrize(
    ("line", "name", "place"),
    [
        ("1722003600000,1,2,x,1,1", "number_refused", "line 5, low: 'x' is no decimal number"),
        ("1722003600000,1,2,,1,1", "number_refused", "line 5, low"),
        ("17220036,1,2,1,1,1", "time_refused", "line 5, open_time: '17220036'"),
        ("1722003600000,1.123456789,2,1,1,1", "number_refused", "line 5, open: '1.123456789' has more than 8 decimals"),
        ("1722003600000,1,2,1,1", "number_refused", "line 5, volume"),
        ("1722003600000,1,2,1,1,1,1", "file_refused", "line 5"),
        ("1722003600000,nan,2,1,1,1", "number_refused", "line 5, open: 'nan'"),
    ],
)
def test_what_cannot_be_read_is_refused_with_file_line_and_column(
    imported: Import, line: str, name: str, place: str
) -> None:
    with pytest.raises(DataRefused) as refused:
        imported([*rows(4), line])
    assert refused.value.name == name
    assert place in str(refused.value)


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"", "file_refused"),
        (b"hello\nworld\n", "file_refused"),
        (b"1,2,3\n", "file_refused"),
        (b"[[1,2]]", "file_refused"),
        (b"[oops", "file_refused"),
        (b"PK\x03\x04torn", "file_damaged"),
        (gzip.compress(b"x" * 999)[:-9], "file_damaged"),
        (b"\xfd7zXZ\x00torn", "file_damaged"),
        (_flipped(gzip.compress(bytes(range(256)) * 999), 40, 60), "file_damaged"),
        (_flipped(lzma.compress(bytes(range(256)) * 999), 40, 60), "file_damaged"),
        (b"[" * 100_000, "file_refused"),
    ],
)
def test_a_file_of_something_else_or_a_torn_one_is_refused(imported: Import, content: bytes, name: str) -> None:
    with pytest.raises(DataRefused) as refused:
        imported(content)
    assert refused.value.name == name


def test_rows_that_contradict_themselves_are_left_out_and_named_and_leave_a_gap(imported: Import) -> None:
    lines = rows(9)
    lines[1] = f"{START_MS + MINUTE_MS},100,99,98,100,1"
    lines[3] = f"{START_MS + 3 * MINUTE_MS},0,1,0,1,1"
    lines[5] = f"{START_MS + 5 * MINUTE_MS},5,6,5,6,-1"
    lines[7] = f"{START_MS + 7 * MINUTE_MS + 1},5,6,5,6,1"
    made = imported(lines)
    assert len(made) == 5
    assert [gap["missing"] for gap in made.facts["gaps"]] == [1, 1, 1, 1]
    said = {finding["what"]: finding["examples"][0].rsplit(", ", 1)[1] for finding in made.facts["findings"]}
    assert said == {
        "a price of zero or less": "line 4",
        "a negative volume or count": "line 6",
        "high below open, low or close": "line 2",
        "open time off the grid of its interval": "line 8",
    }


def test_the_same_row_twice_is_kept_once_and_two_that_differ_are_refused_or_chosen(imported: Import) -> None:
    lines = rows(3)
    assert len(imported([*lines, lines[1]])) == 3
    other = lines[1].replace("101.5", "101.75")
    with pytest.raises(DataRefused) as refused:
        imported([*lines, other])
    assert refused.value.name == "rows_conflict"
    assert "line 2" in str(refused.value)
    assert "line 4" in str(refused.value)
    assert imported([*lines, other], conflict="first").candles.open[1] == 101.5
    assert imported([*lines, other], conflict="last").candles.open[1] == 101.75


def test_volumes_too_large_for_eight_decimals_take_a_coarser_scale_and_stay_exact(imported: Import) -> None:
    lines = [line.rsplit(",", 1)[0] + ",93000000000000.5" for line in rows(2)]
    made = imported(lines)
    assert made.facts["scales"]["qty"] == 3
    assert made.candles["volume"].tolist() == [93000000000000_500] * 2


def test_a_later_column_that_needs_a_coarser_scale_takes_the_earlier_ones_along(imported: Import) -> None:
    lines = [f"{START_MS},9999999999.5,10000000000,9999999999.25,10000000000,1"]
    made = imported(lines)
    assert made.facts["scales"]["price"] == 5
    found = {name: made.candles[name].tolist() for name in ("open", "high", "low", "close")}
    assert found == {
        "open": [9999999999_50000],
        "high": [10000000000_00000],
        "low": [9999999999_25000],
        "close": [10000000000_00000],
    }


@given(
    st.integers(-(10**9), 10**9),
    st.sampled_from(SCALES),
    st.integers(0, 3),
)
def test_a_decimal_written_with_any_zeros_is_its_integer(value: int, scale: int, zeros: int) -> None:
    sign, digits = ("-" if value < 0 else ""), str(abs(value)).zfill(scale + 1)
    text = sign + (digits[:-scale] + "." + digits[-scale:] + "0" * zeros if scale else digits)
    found = decimals(pl.Series("x", [text]), scale, "a file", 1)
    assert found is not None
    assert found.tolist() == [value]


@given(st.integers(1_000_000_000, 9_000_000_000), st.sampled_from([1, 10**3, 10**6, 10**9]))
def test_a_moment_is_the_same_in_every_unit(seconds: int, per_second: int) -> None:
    moments, units = to_ns(pl.Series("t", [str(seconds * per_second)]), "a file", 1)
    assert moments.tolist() == [seconds * 10**9]
    assert units == {10**9 // per_second}


def test_what_is_refused_leaves_nothing_behind_and_a_line_too_long_is_named(imported: Import, store: Store) -> None:
    with pytest.raises(DataRefused, match=r"made.csv, line 3: not 6 fields as in line 1") as refused:
        imported([*rows(2), "1,2,3,4,5,6,7,8"])
    assert "ragged" not in str(refused.value)
    assert not list(store.root.rglob("*.csv"))
    assert store.list() == []
