"""Messages: escaped, bounded, split between lines, each with its key; a digest's size does not grow with its events."""

import html
import re

from hypothesis import given, settings
from hypothesis import strategies as st

from quantumflow.telegram.call import BACKOFF_SECONDS_MAX, back_off
from quantumflow.telegram.digest import LINES_SHOWN, REFUSAL_QUIET_NS, Digest, Told
from quantumflow.telegram.texts import MESSAGE_CHARS_MAX, escape, heading, messages, plain

HEAD = heading("sim", simulated=True)
KEY = "17·3fa9c1d277·n4"


@settings(deadline=None)
@given(st.lists(st.text(max_size=3000), max_size=60))
def test_any_lines_fit_into_messages_in_order_and_whole(texts: list[str]) -> None:
    lines = [escape(text) for text in texts]
    made = messages(HEAD, lines, KEY)
    assert all(len(message) <= MESSAGE_CHARS_MAX for message in made)
    assert all(message.startswith(HEAD) and KEY in message for message in made)
    bodies = [line for message in made for line in message.split("\n")[1:-1]]
    assert bodies == lines or (not lines and bodies == [])
    assert len({message.rsplit("\n", 1)[1] for message in made}) == len(made)


@given(st.text())
def test_no_text_becomes_markup_or_a_second_line(text: str) -> None:
    escaped = escape(text)
    assert "\n" not in escaped
    assert re.search(r"[<>]|&(?!amp;|lt;|gt;)", escaped) is None
    if len(text) < 700:
        assert html.unescape(escaped) == " ".join(text.split())


def test_a_text_of_5000_characters_is_cut_in_its_line_and_the_message_is_split() -> None:
    assert len(escape("&" * 5000)) <= 3_500
    assert len(messages(HEAD, [escape("<" * 5000)] * 3, KEY)) == 3


def test_plain_text_has_no_markup_left() -> None:
    (message,) = messages(HEAD, ["<b>HALTED</b>: a &amp; b"], KEY)
    assert plain(message) == f"SIMULATED · sim\nHALTED: a & b\n{KEY}"


def test_only_what_is_simulated_says_so() -> None:
    assert "SIMULATED" not in heading("binance", simulated=False)


def event(kind: str, at: int = 0, **payload: object) -> dict[str, object]:
    return {"kind": kind, "event_ns": at, "payload": payload}


def test_a_digest_of_anything_is_bounded() -> None:
    digest = Digest(Told())
    for k in range(5000):
        digest.take(event("trading", k, trading=("halted", "active")[k % 2], reason=f"r{k}"))
        digest.take(event("fill", k, fill=k, side="buy", fee_e8=1))
        digest.take(event("session_started", k, session=k, build="b"))
        digest.take(event("order_state", k, state="refused", reason=f"reason_{k % 100}"))
        digest.notice("alarm_began", f"a{k}", "x")
    lines = digest.lines([], None)
    assert len(lines) < 6 * LINES_SHOWN
    assert any("and 4988 more" in line for line in lines)
    assert "<b>HALTED</b>: <b>r4998</b>" in lines


def test_a_refusal_is_told_once_an_hour_however_often_it_comes() -> None:
    told = Told()
    first = Digest(told)
    for k in range(3):
        first.take(event("order_state", 10 + k, state="refused", reason="position_bot"))
    assert first.lines([], None) == ["refused: <b>position_bot</b> × 3"]
    second = Digest(first.now_told())
    second.take(event("order_state", 100, state="refused", reason="position_bot"))
    assert second.lines([], None) == []
    third = Digest(second.now_told())
    third.take(event("order_state", 12 + REFUSAL_QUIET_NS, state="refused", reason="position_bot"))
    assert third.lines([], None) != []


def test_ordinary_ends_of_orders_are_not_told() -> None:
    digest = Digest(Told())
    digest.take(event("order_state", 1, state="filled", reason=None))
    digest.take(event("order_state", 1, state="cancelled", reason="ioc_remainder"))
    assert digest.lines([], None) == []


def test_a_feed_is_told_lost_and_back_and_not_while_nothing_changes() -> None:
    begun = Digest(Told())
    for state in ("disconnected", "resyncing", "live"):
        begun.take(event("feed", 1, symbol="BTCUSDT", state=state))
    assert begun.lines([], None) == ["feed of <b>BTCUSDT</b> is live"]
    lost = Digest(begun.now_told())
    lost.take(event("feed", 2, symbol="BTCUSDT", state="stale"))
    assert lost.lines([], None) == ["feed of <b>BTCUSDT</b>: stale"]
    same = Digest(lost.now_told())
    same.take(event("feed", 3, symbol="BTCUSDT", state="stale"))
    assert same.lines([], None) == []
    back = Digest(same.now_told())
    back.take(event("feed", 4, symbol="BTCUSDT", state="live"))
    assert back.lines([], None) == ["feed of <b>BTCUSDT</b> is live again"]


def test_a_halt_and_its_end_are_told_even_if_both_are_in_one_message() -> None:
    digest = Digest(Told("active"))
    digest.take(event("trading", 1, trading="halted", reason="daily_loss"))
    digest.take(event("trading", 2, trading="active", reason=None))
    assert digest.lines([], None) == [
        "<b>HALTED</b>: <b>daily_loss</b>",
        "trading again, after halted (daily_loss)",
    ]


def test_back_off_doubles_to_its_bound_and_draws_from_all_of_it() -> None:
    bounds = [back_off(failures, lambda _low, high: high) for failures in (1, 2, 3, 20, 10**6)]
    assert bounds == [2.0, 4.0, 8.0, BACKOFF_SECONDS_MAX, BACKOFF_SECONDS_MAX]
    assert back_off(9, lambda low, _high: low) == 0.0
