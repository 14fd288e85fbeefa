"""The life of an order is its table: every pair of state and event, legal and illegal."""

import itertools

import pytest

from quantumflow.broker.orders import TRANSITIONS, OrderEvent, alive, change
from quantumflow.state import empty_state
from quantumflow.vocabulary import OrderState, Refusal

DONE = {OrderState.FILLED, OrderState.REFUSED, OrderState.CANCELLED, OrderState.EXPIRED}


@pytest.mark.parametrize(("state", "event"), list(itertools.product(OrderState, OrderEvent)))
def test_a_move_of_the_table_happens_and_any_other_is_a_fault(state: OrderState, event: OrderEvent) -> None:
    arrays = empty_state(1, 1)
    core, order = arrays.core[0], arrays.orders[0]
    order["state"] = state
    if event in TRANSITIONS[state]:
        change(core, order, arrays.outbox, int(event), int(Refusal.NONE))
        assert order["state"] == TRANSITIONS[state][event]
        assert core["outputs"] == (0 if event is OrderEvent.FILL_PART else 1)
    else:
        with pytest.raises(RuntimeError):
            change(core, order, arrays.outbox, int(event), int(Refusal.NONE))
        assert order["state"] == state


def test_the_table_names_every_state_and_only_done_orders_have_no_way_on() -> None:
    assert set(TRANSITIONS) == set(OrderState)
    assert {state for state, moves in TRANSITIONS.items() if not moves} == DONE | {OrderState.FREE}


@pytest.mark.parametrize("state", list(OrderState))
def test_an_order_is_alive_from_intent_to_work(state: OrderState) -> None:
    arrays = empty_state(1, 1)
    arrays.orders[0]["state"] = state
    assert bool(alive(arrays.orders[0])) == (state not in DONE and state is not OrderState.FREE)
