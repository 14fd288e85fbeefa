"""zstd as these tests need it: the system's library to decompress, raw blocks to write."""

import ctypes
import ctypes.util

__all__ = ["decompress", "stored"]

_OUT_BYTES = 1 << 17
_RAW_BLOCK_MAX = 1 << 16


class _Buffer(ctypes.Structure):
    _fields_ = (("at", ctypes.c_void_p), ("size", ctypes.c_size_t), ("place", ctypes.c_size_t))


def decompress(content: bytes) -> bytes:
    """What a zstd stream holds, as far as it goes."""
    library = ctypes.CDLL(ctypes.util.find_library("zstd") or "libzstd.so.1")
    library.ZSTD_createDStream.restype = ctypes.c_void_p
    library.ZSTD_decompressStream.restype = ctypes.c_size_t
    library.ZSTD_decompressStream.argtypes = (ctypes.c_void_p, ctypes.POINTER(_Buffer), ctypes.POINTER(_Buffer))
    library.ZSTD_freeDStream.argtypes = (ctypes.c_void_p,)
    stream = library.ZSTD_createDStream()
    source = ctypes.create_string_buffer(content, len(content))
    out = ctypes.create_string_buffer(_OUT_BYTES)
    given = _Buffer(ctypes.addressof(source), len(content), 0)
    pieces = []
    while True:
        taken = _Buffer(ctypes.addressof(out), _OUT_BYTES, 0)
        if library.ZSTD_isError(library.ZSTD_decompressStream(stream, taken, given)):
            raise ValueError("no zstd stream")
        pieces.append(out.raw[: taken.place])
        if taken.place < _OUT_BYTES and given.place == given.size:
            break
    library.ZSTD_freeDStream(stream)
    return b"".join(pieces)


def stored(content: bytes) -> bytes:
    """A zstd stream of raw blocks (RFC 8878, 3.1.1): magic, a header without size or checksum, a window of 128 KiB."""
    stream = bytearray(b"\x28\xb5\x2f\xfd\x00\x38")
    for place in range(0, max(1, len(content)), _RAW_BLOCK_MAX):
        block = content[place : place + _RAW_BLOCK_MAX]
        last = place + _RAW_BLOCK_MAX >= len(content)
        stream += (len(block) << 3 | int(last)).to_bytes(3, "little") + block
    return bytes(stream)
