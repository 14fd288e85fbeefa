"""The order's way to the exchange: a latency drawn from the configured quantiles, the same for the same order always.

The generator is splitmix64 of the seed and the order's number. It is written over 32-bit halves, so that no step
exceeds 64 bits and plain Python gives the very numbers that compiled code gives.
"""

import numpy as np
import numpy.typing as npt

from quantumflow.kernel import kernel

__all__ = ["draw_latency"]

_HALF = np.uint64(0xFFFFFFFF)
_WIDTH = np.uint64(32)
_STEP = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)
_S30, _S27, _S31 = np.uint64(30), np.uint64(27), np.uint64(31)
_PPM = np.uint64(1_000_000)

_QUANTILES = np.array([0, 250_000, 500_000, 750_000, 900_000, 990_000, 1_000_000], dtype=np.int64)
"""Millionths of all orders at which BrokerSpec.latency_us gives the latency."""


@kernel
def _add(a: np.uint64, b: np.uint64) -> np.uint64:
    """a + b modulo 2^64."""
    low = (a & _HALF) + (b & _HALF)
    high = (a >> _WIDTH) + (b >> _WIDTH) + (low >> _WIDTH)
    return ((high & _HALF) << _WIDTH) | (low & _HALF)


@kernel
def _multiply(a: np.uint64, b: np.uint64) -> np.uint64:
    """a · b modulo 2^64."""
    low = (a & _HALF) * (b & _HALF)
    cross = (((a >> _WIDTH) * (b & _HALF)) & _HALF) + (((a & _HALF) * (b >> _WIDTH)) & _HALF)
    return _add(low, (cross & _HALF) << _WIDTH)


@kernel
def _mixed(seed: int, index: int) -> np.uint64:
    """The splitmix64 output at position `index` of the sequence that starts at `seed`."""
    z = _add(np.uint64(seed), _multiply(np.uint64(index), _STEP))
    z = _multiply(z ^ (z >> _S30), _FIRST)
    z = _multiply(z ^ (z >> _S27), _SECOND)
    return z ^ (z >> _S31)


@kernel
def draw_latency(seed: int, number: int, draw: int, knots_ns: npt.NDArray[np.int64]) -> int:
    """Nanoseconds, linear between the knots, for one draw of an order: 0 its way, 1 that of a triggered stop."""
    at = np.int64(_mixed(seed, 2 * number + draw) % _PPM)
    k = 0
    while at >= _QUANTILES[k + 1]:
        k += 1
    span = _QUANTILES[k + 1] - _QUANTILES[k]
    return int(knots_ns[k] + (knots_ns[k + 1] - knots_ns[k]) * (at - _QUANTILES[k]) // span)
