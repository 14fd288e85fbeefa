"""Bytes changed at random, from a seed: the same seed gives the same bytes."""

import random
from collections.abc import Sequence

__all__ = ["BYTES_MAX", "changed"]

BYTES_MAX = 16_384
_TOKENS = (
    *(b'"', b"\\", b"{", b"}", b"[", b"]", b",", b":", b"null", b"true", b"-1", b"0", b"1e9", b"1.5", b"NaN", b"\n"),
    *(
        b"\0",
        b"\xff",
        b"\xc3\x28",
        b"\xed\xa0\x80",
        b"\xf4\x90\x80\x80",
        b"\\u0000",
        b"\\ud800",
        b"[[[[[[[[",
        b'{"a":{"a":',
    ),
    *(b"9223372036854775807", b"9223372036854775808", b"4611686018427387904", b"18446744073709551616"),
    *(
        b"\xcf" + b"\xff" * 8,
        b"\xcf\x3f" + b"\xff" * 7,
        b"\xcf\x40" + b"\0" * 7,
        b"\xd3" + b"\xff" * 8,
        b"\xc0",
        b"\xc2",
    ),
    *(
        b"\xca\x3f\0\0\0",
        b"\xcb\x7f\xf8" + b"\0" * 6,
        b"\xcb\xbf\xf0" + b"\0" * 6,
        b"\xdc\xff\xff",
        b"\xdd" + b"\xff" * 4,
    ),
    *(b"\xc6" + b"\xff" * 4, b"\xdb" + b"\xff" * 4, b"\xdf" + b"\xff" * 4, b"\xd9\x01a", b"\xc4\0", b"\x90", b"\x80"),
)


def changed(draw: random.Random, given: Sequence[bytes], most: int = 8) -> bytes:
    """One of the given ones, changed one to `most` times."""
    data = bytearray(draw.choice(given))
    for _ in range(draw.randint(1, most)):
        at = draw.randint(0, len(data))
        until = min(len(data), at + draw.randint(0, 32))
        match draw.randrange(8):
            case 0 if at < len(data):
                data[at] ^= 1 << draw.randrange(8)
            case 0 | 1 if at < len(data):
                data[at] = draw.randrange(256)
            case 2:
                del data[at:until]
            case 3 if draw.random() < 0.3:
                del data[at:]
            case 4:
                data[at:at] = bytes(data[at:until]) * draw.randint(1, 8)
            case 5:
                data[at:until] = draw.choice(_TOKENS)
            case 6 if at < len(data):
                data[at : at + 1] = draw.choice(_TOKENS)
            case _:
                other = draw.choice(given)
                data[at:] = other[draw.randint(0, len(other)) :]
    return bytes(data[:BYTES_MAX])
