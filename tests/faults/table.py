"""All rows, in the order of the printed table, and the known kinds that have no row here."""

from faults.feed_rows import FEED_ROWS
from faults.harm_rows import HARM_ROWS
from faults.invented_rows import INVENTED_ROWS
from faults.machine_rows import MACHINE_ROWS
from faults.overload_rows import OVERLOAD_ROWS
from faults.place_rows import PLACE_ROWS
from faults.proxy_rows import PROXY_ROWS
from faults.rest_rows import REST_ROWS
from faults.risk_rows import RISK_ROWS
from faults.script_rows import SCRIPTS_IN_CHECK, script_row
from faults.shape_rows import SHAPE_ROWS
from faults.time_rows import TIME_ROWS
from faults.wire_rows import WIRE_ROWS

__all__ = ["NOT_HERE", "ROWS"]

ROWS = (
    *FEED_ROWS,
    *REST_ROWS,
    *INVENTED_ROWS,
    *(script_row(seed) for seed in range(1, SCRIPTS_IN_CHECK + 1)),
    *RISK_ROWS,
    *OVERLOAD_ROWS,
    *SHAPE_ROWS,
    *WIRE_ROWS,
    *PROXY_ROWS,
    *PLACE_ROWS,
    *HARM_ROWS,
    *MACHINE_ROWS,
    *TIME_ROWS,
)

NOT_HERE = {
    "F20": "Kraken's checksum: Binance spot is the one venue",
    "F21": "Coinbase's channels: Binance spot is the one venue",
    "F22": "SUBSCRIBE and its answers: every stream stands in the URL, no control message is ever sent",
    "C02": "a live flag: there is no way to a real order in the code",
}
"""Kinds of faults that are known elsewhere and cannot happen here, and why."""
