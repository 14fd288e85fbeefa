"""What may grow, by how much, and what may never be beyond a bound; each with its reason."""

from dataclasses import dataclass

from soak.slope import Series, growth, steady

__all__ = ["LIMITS", "WARM_UP", "Found", "Limit", "judge"]

WARM_UP = 0.4
"""Share of a run in which interpreters, caches, pools and candle histories fill."""

MB = 2.0**20
HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class Limit:
    """`figure` of `program` may grow by `once` + `an_hour` · hours after the warm-up; its median stays below `most`."""

    program: str
    figure: str
    unit: str
    once: float
    an_hour: float
    most: float
    scale: float = 1.0


@dataclass(frozen=True, slots=True)
class Found:
    """A limit, and what was measured, in the limit's unit."""

    limit: Limit
    growth: float
    allowed: float
    middle: float
    samples: int

    @property
    def kept(self) -> bool:
        return self.samples > 1 and self.growth <= self.allowed and self.middle <= self.limit.most

    @property
    def name(self) -> str:
        return f"{self.limit.program} {self.limit.figure}"


_MEMORY_MB_MAX = {"market_data": 50.0, "core_risk": 40.0, "trader": 250.0, "web": 200.0, "exchange_sim": 120.0}
# Measured over 13 minutes at 500 messages a second on 2 busy cores (2026-11-25): growth of 0.00, 0.11, -0.03, 0.04 and
# 0.02 MB after the warm-up, medians of 5.4, 8.5, 163, 54 and 7.2 MB. Every limit below is at least three times what was
# measured. Remembered orders and fills fill up in the first hours; `once` is for runs of two minutes.
_MEMORY_MB_AN_HOUR = {"market_data": 1.0, "core_risk": 4.0, "trader": 4.0, "web": 2.0, "exchange_sim": 2.0}
_MEMORY_MB_ONCE = {"market_data": 1.0, "core_risk": 2.0, "trader": 6.0, "web": 3.0, "exchange_sim": 3.0}

LIMITS: tuple[Limit, ...] = (
    *(
        Limit(program, "memory", "MB", _MEMORY_MB_ONCE[program], _MEMORY_MB_AN_HOUR[program], most, MB)
        for program, most in _MEMORY_MB_MAX.items()
    ),
    *(Limit(program, "handles", "files", 2.0, 0.0, 64.0) for program in _MEMORY_MB_MAX),
    *(Limit(program, "threads", "threads", 1.0, 0.0, 24.0) for program in _MEMORY_MB_MAX),
    # What waits for readers of the market socket: PROTOCOL.md skips at 8 MiB.
    Limit("market_data", "queue", "MB", 1.0, 0.0, 8.0, MB),
    # core_risk holds frames until an order names one; its own bound is 4096.
    Limit("core_risk", "queue", "frames", 1000.0, 0.0, 4096.0),
    # Age of the newest frame in the trader's engine when it wrote its status, and the journal's commit.
    Limit("trader", "lag", "ms", 200.0, 0.0, 1500.0),
    Limit("trader", "commit_p99", "ms", 200.0, 0.0, 1000.0, 1000.0),
    # Disk: the journal's write-ahead log folds itself in, logs rotate, recordings are what came in (118 MB an hour).
    Limit("trader", "disk", "MB", 12.0, 40.0, 4000.0, MB),
    Limit("core_risk", "disk", "MB", 1.0, 4.0, 4000.0, MB),
    Limit("market_data", "disk", "MB", 20.0, 400.0, 4000.0, MB),
    Limit("up", "logs", "MB", 1.0, 2.0, 200.0, MB),
)


def judge(limit: Limit, series: Series) -> Found:
    """Holds one series of raw values to its limit."""
    scaled = [(at, value / limit.scale) for at, value in steady(series, WARM_UP)]
    seconds = scaled[-1][0] - scaled[0][0] if scaled else 0.0
    values = sorted(value for _, value in scaled)
    middle = values[len(values) // 2] if values else 0.0
    return Found(limit, growth(scaled), limit.once + limit.an_hour * seconds / HOUR, middle, len(scaled))
