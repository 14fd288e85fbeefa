"""Orders, verdicts, a market, commands, restarts, kills in any order: engine and journal tell what the naive ones do.

After every step: totals recomputed to the unit, each fill once and none that was told is gone, the chain and its
anchor, ticks and lots and never more than was shown, money conserved. `FUZZ_SEED` and `FUZZ_LIVES` choose another run.
"""

import os
import random
import shutil
import sys
import tempfile
from pathlib import Path

import hypothesis
from engine.test_broker_model import book_step, order_step, trade_step
from engine.world import DEPOSIT
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from reliability.tally import tallied
from trader.house import BOTS, House

SEED = int(os.environ.get("FUZZ_SEED", "0")) or random.randrange(1, 2**32)
LIVES = int(os.environ.get("FUZZ_LIVES", "8"))
STEPS = 50
ROUNDS_MAX = 5
"""Eight lives by chance may hold no kill, or no fill: then eight more."""
MEMORY = Path("/dev/shm")  # noqa: S108 (its folders are by mkdtemp)
"""Nothing here cuts the power, so nothing needs to wait for a disk."""
PLACES = (
    *("before_begin", "after_insert", "before_commit", "after_commit", "after_anchor_write", "after_anchor"),
    *("after_verdict", "after_deliver", "after_command", "during_checkpoint"),
)
WORDS = ("pause", "resume", "flatten", "cancel_orders", "cancel_orders", "kill", *("reset_breaker",) * 3)
seeds = st.integers(0, 2**32)
count = {"lives": 0, "kills": 0, "fills": 0}


def open_descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


class Life(RuleBasedStateMachine):
    """One account from its deposit on."""

    house: House | None = None
    descriptors: int = 0

    @initialize(short=st.booleans(), cash=st.sampled_from([DEPOSIT, DEPOSIT, 1_000]))
    def begin(self, short: bool, cash: int) -> None:
        self.descriptors = open_descriptors()
        self.root = Path(tempfile.mkdtemp(prefix="qf-house-", dir=MEMORY if MEMORY.is_dir() else None))
        self.house = House(self.root, short, cash)

    @rule(seed=seeds)
    def book(self, seed: int) -> None:
        self.house.step(book_step(random.Random(seed)))

    @rule(seed=seeds)
    def trade(self, seed: int) -> None:
        self.house.step(trade_step(random.Random(seed)))

    @rule(seed=seeds, books=st.integers(1, 4))
    def order(self, seed: int, books: int) -> None:
        """An order and the books that it may meet."""
        draw = random.Random(seed)
        self.house.step(order_step(draw))
        for _ in range(books):
            self.house.settle()
            self.house.step(book_step(draw))

    @rule(word=st.sampled_from(WORDS), of=st.sampled_from([None, *BOTS]))
    def command(self, word: str, of: str | None) -> None:
        self.house.command(word, None if word in ("kill", "reset_breaker") else of)

    @rule(how=st.sampled_from(["stop", "kill", *PLACES]), times=st.integers(1, 4))
    def end(self, how: str, times: int) -> None:
        """In order, between two steps, or at the n-th passage of a place within the next step."""
        if how == "stop":
            self.house.stop()
        elif how == "kill":
            self.house.kill()
        else:
            self.house.armed = (f"trader.{how}", times)

    @invariant()
    def all_holds(self) -> None:
        if self.house is not None:
            self.house.settle()

    def teardown(self) -> None:
        if self.house is not None:
            count["lives"] += 1
            count["kills"] += self.house.kills
            count["fills"] += len(self.house.fills) + len(self.house.model.fills)
            self.house.close()
            shutil.rmtree(self.root)
            assert open_descriptors() == self.descriptors, "a simulated kill closes what its process had open"


def test_whatever_happens_in_whatever_order_engine_and_journal_agree_with_the_naive_ones() -> None:
    sys.stdout.write(f"FUZZ_SEED={SEED}\n")
    bounded = settings(
        max_examples=LIVES,
        stateful_step_count=STEPS,
        deadline=None,
        database=None,
        phases=[Phase.generate, Phase.shrink] if "FUZZ_SHRINK" in os.environ else [Phase.generate],
        suppress_health_check=list(HealthCheck),
        print_blob=True,
    )
    with tallied(
        "fuzz",
        "broker and journal as a state machine",
        "orders, verdicts, a market, commands, restarts and kills at random",
        "the figures of a naive broker and a naive journal after every step",
    ) as told:
        for again in range(ROUNDS_MAX):
            run_state_machine_as_test(hypothesis.seed(SEED + again)(Life), settings=bounded)
            if count["kills"] and count["fills"]:
                break
        told |= {"runs": count["lives"], "kills": count["kills"], "fills": count["fills"], "seed": str(SEED)}
    assert count["kills"] > 0
    assert count["fills"] > 0
