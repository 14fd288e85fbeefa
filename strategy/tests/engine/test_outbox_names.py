"""The indices at which kernels write are those of the names in outputs.FIELDS."""

import numpy as np

from quantumflow.outbox import write_equity, write_feed, write_order, write_order_state, write_trading, write_verdict
from quantumflow.outputs import FIELDS, FLOATS, INTEGERS, read_outputs
from quantumflow.state import State, empty_state

SAME = {"order": "number", "order_kind": "kind"}


def numbered_state() -> State:
    """Every integer field of order, instrument and core has a value of its own."""
    state = empty_state(1, 1)
    for record in (state.orders[0], state.instruments[0], state.core[0]):
        for number, (name, (kind, _)) in enumerate(record.dtype.fields.items(), start=1):
            if kind == np.int64 and name not in ("open_orders", "outputs", "bot", "instrument"):
                record[name] = number * 1000 + len(record.dtype)
    state.orders[0]["filled"] = 7
    return state


def test_every_kind_fits_into_a_row() -> None:
    assert all(len(ints) <= INTEGERS and len(floats) <= FLOATS for ints, floats in FIELDS.values())


def test_an_orders_rows_carry_its_fields_under_their_names() -> None:
    state = numbered_state()
    core, order, instrument = state.core[0], state.orders[0], state.instruments[0]
    write_order(core, order, instrument, state.outbox)
    write_order_state(core, order, state.outbox, 81)
    written, told = read_outputs(state.outbox[:2])
    for name, value in written.values.items():
        source = instrument if name in ("epoch", "last_id") else order
        assert value == source[SAME.get(name, name)], name
    assert told.values.pop("reason") == 81
    assert told.values.pop("remaining") == order["qty"] - 7
    for name, value in told.values.items():
        assert value == order[SAME.get(name, name)], name


def test_the_accounts_rows_carry_its_fields_under_their_names() -> None:
    state = numbered_state()
    core = state.core[0]
    state.slots[0, 0]["realised_e8"] = 5
    core["realised_gone_e8"] = 7
    write_equity(core, state.slots, state.outbox, 77)
    write_trading(core, state.outbox)
    equity, trading = read_outputs(state.outbox[:2])
    assert equity.values.pop("drawdown_ppm") == 77
    assert equity.values.pop("realised_e8") == 5 + 7
    assert equity.values.pop("fills") == core["fill_count"]
    assert all(value == core[name] for name, value in {**equity.values, **trading.values}.items())


def test_verdict_and_feed_carry_what_they_were_given() -> None:
    state = numbered_state()
    write_verdict(state.core[0], state.orders[0], state.outbox, 1, 2, 3)
    write_feed(state.core[0], state.outbox, 0, 4, 5)
    verdict, feed = (output.values for output in read_outputs(state.outbox[:2]))
    assert verdict == {"order": state.orders[0]["number"], "verdict": 1, "qty": 2, "refusal": 3}
    assert feed == {"state": 4, "epoch": 5}
