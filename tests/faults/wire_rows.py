"""Rows of how bytes come: one at a time, half a message and then nothing, from another build, of another session."""

import time

from faults.market import MarketData
from faults.processes import free_port, wait_until
from faults.row import BOOKS_AFTER, HIT, Row, Scene
from faults.trading import Trading
from faults.wire_proxy import Trickle, passed_frames, trickled

__all__ = ["WIRE_ROWS"]

FROZEN_SECONDS = 4.0
SPOILED_SECONDS = 3.0


def _behind(stage: Scene, trickle: Trickle) -> None:
    """market_data reaches the exchange through a proxy."""
    port = free_port()
    proxy = trickled(port, stage.exchange.port, trickle)
    stage.exits.callback(proxy.close)
    stage.market.config["venue"] |= {"rest_url": f"http://127.0.0.1:{port}", "ws_url": f"ws://127.0.0.1:{port}"}
    stage.begin()


def _bytes(stage: Scene) -> str:
    at = time.monotonic()
    _behind(stage, Trickle())
    stage.exchange.fault({"gap": {"events": 1}}, HIT)
    stage.passes(at, ("resyncing:gap", "live"))
    stage.all_live(10 * BOOKS_AFTER)
    return stage.way(at)


def _half_and_nothing(stage: Scene) -> str:
    trickle = Trickle()
    trickle.single = False
    _behind(stage, trickle)
    at = time.monotonic()
    trickle.frozen.set()
    stage.passes(at, ("stale:no_depth",))
    time.sleep(FROZEN_SECONDS)
    trickle.frozen.clear()
    stage.all_live(BOOKS_AFTER, 60)
    return stage.way(at)


def _other_build(stage: Trading) -> str:
    """Frames of a market_data that was built from other sources: neither reader believes one of them."""
    path = stage.directory / "other.sock"
    stage.begin()
    proxy = passed_frames(path, stage.market.socket, "9.9.9+other")
    stage.exits.callback(proxy.close)
    right = stage.risk["market_socket"]
    stage.risk["market_socket"] = stage.trader["market_socket"] = str(path)
    stage.run("core_risk")
    stage.run("trader")
    for program in ("core_risk", "trader"):
        _says(stage, program, "version_mismatch")
    time.sleep(SPOILED_SECONDS)
    assert stage.count("orders") == 0, "an order on frames of another build"
    for program in ("core_risk", "trader"):
        stage.kill(program)
    stage.risk["market_socket"] = stage.trader["market_socket"] = right
    stage.run("core_risk")
    stage.run("trader")
    stage.fills_grow(1, "it trades on frames of its own build")
    return f"both said version_mismatch, no order; {stage.hold_fills()}"


def _says(stage: Scene, program: str, word: str) -> None:
    wait_until(lambda: word in stage.log(program), 120, f"{program} says {word}")


def _other_session(stage: Trading) -> str:
    """core_risk reads another market_data than the trader: no order can be judged on what the trader saw."""
    stage.begin()
    folder = stage.directory / "other"
    folder.mkdir()
    other = MarketData(folder, stage.exits, stage.exchange.port)
    other.start()
    right, stage.risk["market_socket"] = stage.risk["market_socket"], str(other.socket)
    stage.run("core_risk")
    stage.run("trader")
    wait_until(
        lambda: stage.refusals().get("market_unseen", 0) > 0, 120, f"an order is refused, not {stage.refusals()}"
    )
    time.sleep(SPOILED_SECONDS)
    assert stage.count("fills") == 0, "filled on a market that core_risk did not see"
    refused = stage.refusals()["market_unseen"]
    stage.kill("core_risk")
    stage.risk["market_socket"] = right
    stage.run("core_risk")
    stage.fills_grow(2)
    return f"{refused} orders refused by market_unseen; {stage.hold_fills()}"


def _dripping(stage: Trading) -> str:
    """Every verdict comes byte by byte, whole within the bound: it is the verdict that it is."""
    stage.begin_trading()
    stage.proxy.drip = True
    stage.fills_grow(2, "it trades on verdicts that come byte by byte")
    stage.proxy.drip = False
    wait_until(lambda: stage.status["reconcile"] == "agree", 60, "the books agree")
    return stage.hold_fills()


WIRE_ROWS = (
    Row(
        "F18-bytes",
        "the first hundred bytes of each piece of the exchange's come one a packet, snapshot and messages alike",
        "put together again: live and true, a gap met as ever",
        act=_bytes,
        stage=Scene,
    ),
    Row(
        "F18-freeze",
        "half a message comes, nothing more for some seconds, then the rest",
        "stale meanwhile; live again, and no half is read as a whole",
        act=_half_and_nothing,
        stage=Scene,
    ),
    Row(
        "R04-market",
        "market_data is of another build than the trader and core_risk",
        "both refuse its frames by name, no order; trades when the builds are one",
        act=_other_build,
        stage=Trading,
    ),
    Row(
        "X73",
        "core_risk reads another session of the market than the trader",
        "every order refused by name, none filled; trades when they read one",
        act=_other_session,
        stage=Trading,
        quick=False,
    ),
    Row("X74", "verdicts come byte by byte", "read as what they are", act=_dripping, stage=Trading, quick=False),
)
