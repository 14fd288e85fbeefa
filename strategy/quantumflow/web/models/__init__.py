"""The shapes of the API's answers: each field typed, described, with an example. Names are the journal's own.

units     what a number counts, and what every answer is
trades    orders, fills with their evidence, signals, verdicts
account   account, equity, positions, sessions, bots, strategies
standing  status, limits, latency, commands
market    book and candles
records   verification, reports, configuration

Integers keep their units: ticks, lots, 10⁻⁸ of the quote currency (`_e8`), millionths (`_ppm`), nanoseconds (`_ns`).
Beside them `display` has the same figures as exact decimal texts. A figure that nobody can give is null.
"""
