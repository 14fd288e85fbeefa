"""Bots in the engine's state, made, changed and taken out between two events: with other bots it is another state."""

from collections.abc import Mapping, Sequence

import numpy as np

from quantumflow.broker.matching import cancel_orders
from quantumflow.journal.totals import Position
from quantumflow.opening import fill_bot, parameter_values
from quantumflow.restraint import revive
from quantumflow.specs import BotSpec
from quantumflow.state import BOT, PARAMETERS_MAX, SLOT, State
from quantumflow.vocabulary import BotReason, BotState, Refusal

__all__ = ["Positions", "change_rows", "remove_rows", "start_row", "stop_row", "with_bot", "without_bots"]

Positions = Mapping[tuple[str, str], Position]

_KEPT = ("traded", "qty", "cost_e8", "realised_e8", "fees_e8", "cash_e8", "fills", "entered_ns")
"""Of a slot: what is the account's, not the strategy's."""


def with_bot(state: State, bot: BotSpec, symbols: Sequence[str], positions: Positions) -> State:
    """The state with one more bot, running; what a bot of this name realised before is its own again."""
    number = len(state.bots)
    grown = state._replace(
        bots=np.concatenate([state.bots, np.zeros(1, BOT)]),
        slots=np.concatenate([state.slots, np.zeros((1, len(symbols)), SLOT)]),
        parameters=np.concatenate([state.parameters, np.zeros((1, PARAMETERS_MAX))]),
    )
    fill_bot(grown, number, bot, symbols)
    for (name, symbol), position in positions.items():
        if name == bot.name and symbol in symbols:
            slot = grown.slots[number, symbols.index(symbol)]
            slot["traded"] = 1
            slot["realised_e8"] = position.realised_e8
            grown.core[0]["realised_gone_e8"] -= position.realised_e8
    return grown


def without_bots(state: State, gone: Sequence[int]) -> State:
    """The state without these bots, which hold nothing and have no order; those after them move up."""
    if not gone:
        return state
    core = state.core[0]
    for number in gone:
        core["realised_gone_e8"] += int(state.slots[number]["realised_e8"].sum())
    for row in range(int(core["open_orders"])):
        order = state.orders[row]
        order["bot"] -= sum(number < order["bot"] for number in gone)
    return state._replace(
        bots=np.delete(state.bots, gone),
        slots=np.ascontiguousarray(np.delete(state.slots, gone, axis=0)),
        parameters=np.ascontiguousarray(np.delete(state.parameters, gone, axis=0)),
    )


def change_rows(state: State, number: int, bot: BotSpec, symbols: Sequence[str]) -> None:
    """Makes the bot what `bot` says. With another strategy or other parameters it begins anew, and is asked again if
    it had failed; its positions and what it realised stay. Its open orders end.
    """
    row = state.bots[number]
    values = np.zeros(PARAMETERS_MAX)
    values[: len(parameter_values(bot))] = parameter_values(bot)
    before = int(row["strategy"])
    traded = {k for k in range(len(symbols)) if state.slots[number, k]["trades"]}
    same = np.array_equal(values, state.parameters[number])
    fill_bot(state, number, bot, symbols)
    for k in range(len(symbols)):
        if not same or before != int(row["strategy"]) or bot.source is not None or k not in traded:
            _begin_anew(state, number, k)
    _end_orders(state, number, Refusal.CANCELLED_BY_COMMAND)
    if row["state"] == BotState.FAILED:
        row["state"], row["reason"] = BotState.RUNNING, BotReason.NONE
        revive(row)


def start_row(state: State, number: int) -> None:
    """Takes back whatever keeps the bot from entering; its strategy's memory begins anew if it had failed."""
    row = state.bots[number]
    row["state"], row["reason"], row["flatten"] = BotState.RUNNING, BotReason.NONE, 0
    revive(row)


def stop_row(state: State, number: int, flatten: bool) -> None:
    """Its strategy is asked no more; its orders end, and with `flatten` its positions are left."""
    row = state.bots[number]
    row["state"], row["flatten"] = BotState.STOPPED, int(flatten)
    _end_orders(state, number, Refusal.BOT_STOPPED)


def remove_rows(state: State, number: int, holds: bool) -> None:
    """It is no more, at once or, while it `holds` something, once that is left."""
    stop_row(state, number, flatten=holds)
    row = state.bots[number]
    row["removing"] = int(holds)
    if not holds:
        row["state"] = BotState.REMOVED
        state.slots[number]["trades"] = 0


def _begin_anew(state: State, number: int, k: int) -> None:
    slot = state.slots[number, k]
    kept = {name: slot[name] for name in (*_KEPT, "trades")}
    state.slots[number, k] = np.zeros((), SLOT)
    for name, value in kept.items():
        slot[name] = value


def _end_orders(state: State, number: int, reason: Refusal) -> None:
    cancel_orders(state.core[0], state.orders, state.outbox, number, int(reason))
