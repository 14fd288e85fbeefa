"""The listener's own parts, without supervisord."""

import io

import pytest

from quantumflow.appliance.happenings import Happened, ProgramEvent, parse_notice
from quantumflow.appliance.listener import PAYLOAD_BYTES_MAX, read_notice
from quantumflow.appliance.silence import SILENT_SECONDS_MAX, Silence
from quantumflow.appliance.watch import RESTART_WINDOW_SECONDS, RESTARTS_MAX, Watch


def notice(name: str, payload: str) -> bytes:
    head = f"ver:3.0 server:supervisor serial:21 pool:listener poolserial:10 eventname:{name} len:{len(payload)}\n"
    return (head + payload).encode()


def test_notices_are_read_one_after_the_other_to_the_end() -> None:
    first = "processname:bad groupname:bad from_state:BACKOFF"
    source = io.BytesIO(notice("PROCESS_STATE_FATAL", first) + notice("TICK_5", "when:1201063880"))
    assert read_notice(source) == (
        "PROCESS_STATE_FATAL",
        {"processname": "bad", "groupname": "bad", "from_state": "BACKOFF"},
    )
    assert read_notice(source) == ("TICK_5", {"when": "1201063880"})
    assert read_notice(source) is None


def test_a_notice_cut_short_is_the_end() -> None:
    assert read_notice(io.BytesIO(notice("TICK_5", "when:1201063880")[:-3])) is None


@pytest.mark.parametrize(
    "line",
    [
        b"hello\n",
        b"ver:3.0 len:4\n",
        b"eventname:X len:-1\n",
        b"eventname:X len:many\n",
        f"eventname:X len:{PAYLOAD_BYTES_MAX + 1}\n".encode(),
    ],
)
def test_what_is_no_notice_is_refused(line: bytes) -> None:
    with pytest.raises(ValueError, match=r"notice|pairs|invalid literal"):
        read_notice(io.BytesIO(line))


@pytest.mark.parametrize(
    ("name", "state", "happened"),
    [
        ("PROCESS_STATE_EXITED", "RUNNING", Happened.EXITED),
        ("PROCESS_STATE_BACKOFF", "STARTING", Happened.EXITED),
        ("PROCESS_STATE_FATAL", "BACKOFF", Happened.GAVE_UP),
    ],
)
def test_ends_of_a_program_are_events(name: str, state: str, happened: Happened) -> None:
    event = parse_notice(name, {"processname": "trader", "from_state": state})
    assert event is not None
    assert (event.happened, event.program, event.status) == (happened, "trader", None)


def test_other_notices_are_not() -> None:
    assert parse_notice("PROCESS_STATE_RUNNING", {"processname": "trader", "from_state": "STARTING"}) is None


def test_ends_far_apart_are_forgiven_and_ends_close_together_are_not() -> None:
    slow, fast = Watch(replay=False), Watch(replay=False)
    for k in range(3 * RESTARTS_MAX):
        slow.on_event(ProgramEvent(Happened.EXITED, "web"), k * RESTART_WINDOW_SECONDS / RESTARTS_MAX + k)
    assert slow.failure is None
    for k in range(RESTARTS_MAX):
        fast.on_event(ProgramEvent(Happened.EXITED, "web"), float(k))
    assert fast.failure is None
    fast.on_event(ProgramEvent(Happened.EXITED, "web"), RESTART_WINDOW_SECONDS)
    assert fast.failure is not None


def test_a_program_is_silent_when_its_last_word_stands_for_too_long() -> None:
    silence, late = Silence(), SILENT_SECONDS_MAX + 1
    assert not silence.too_long("trader", 7, 1, 0.0)
    assert not silence.too_long("trader", 7, 1, SILENT_SECONDS_MAX)
    assert silence.too_long("trader", 7, 1, late)
    assert not silence.too_long("trader", 7, 1, late + 1), "asked again only after as long"
    assert not silence.too_long("trader", 8, 1, 2 * late), "another process has its own time"
    assert not silence.too_long("trader", 8, 2, 2 * late + SILENT_SECONDS_MAX), "a word starts the time again"
