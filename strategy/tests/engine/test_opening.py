"""A new state knows its account, or is refused with every key that is wrong."""

from typing import Any

import pytest

from engine.world import bot, broker, instrument, opening, timing, world
from quantumflow.errors import ConfigRefused
from quantumflow.specs import BOTS_MAX, OpenPosition
from quantumflow.state import name_of, name_words


def test_a_new_state_holds_what_the_journal_knew() -> None:
    position = OpenPosition("imbalance", "BTCUSDT", -7, 700, -3, 9)
    state = world(account=opening(cash_e8=123, positions=(position,)), broker_spec=broker(allow_short=True))
    slot = state.slots[0, 0]
    assert (slot["qty"], slot["cost_e8"], slot["realised_e8"], slot["traded"]) == (-7, 700, -3, 1)
    assert slot["entered_ns"] == 9
    assert state.core[0]["cash_e8"] == 123
    assert (state.instruments[0]["value_num"], state.instruments[0]["value_den"]) == (10, 1)


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"bots": [bot("one", ("XRPUSDT",))]}, "bots.one.instruments"),
        ({"bots": [bot("one"), bot("one")]}, "bots"),
        ({"bots": [bot(f"b{n}") for n in range(BOTS_MAX + 1)]}, "bots"),
        ({"instruments": [instrument(1)]}, "instruments"),
        ({"timing_spec": timing(mark_interval_ns=0)}, "engine.mark_interval_ns"),
        ({"broker_spec": broker(latency_us=(1, 2, 3, 2, 5, 6, 7))}, "broker.latency_us"),
        ({"broker_spec": broker(latency_us=(0, 0, 0, 0, 0, 0, 10**9))}, "broker.latency_us"),
        ({"broker_spec": broker(latency_seed=-1)}, "broker.latency_seed"),
        ({"account": opening(positions=(OpenPosition("gone", "BTCUSDT", 1, 1, 0),))}, "position gone BTCUSDT"),
        (
            {
                "instruments": [instrument(), instrument(1, "ETHUSDT")],
                "account": opening(positions=(OpenPosition("imbalance", "ETHUSDT", 1, 1, 0),)),
            },
            "bots.imbalance.instruments",
        ),
    ],
)
def test_what_cannot_be_is_refused_by_its_key(changes: dict[str, Any], key: str) -> None:
    with pytest.raises(ConfigRefused) as caught:
        world(**changes)
    assert key in [problem.key for problem in caught.value.problems]


def test_a_bot_may_stop_to_trade_what_it_holds_no_more() -> None:
    position = OpenPosition("imbalance", "ETHUSDT", 0, 0, -3)
    state = world([instrument(), instrument(1, "ETHUSDT")], account=opening(positions=(position,)))
    assert state.slots[0, 1]["realised_e8"] == -3


def test_names_survive_their_packing() -> None:
    assert name_of(name_words("imbalance-Ω")) == "imbalance-Ω"
    with pytest.raises(ValueError, match="shorter name"):
        name_words("x" * 33)
