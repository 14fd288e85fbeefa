"""A text that a user wrote: what it declares, what is kept of it, and what it answers, without a trader."""

from dataclasses import replace
from pathlib import Path

import pytest

from quantumflow.bots.asking import Processes
from quantumflow.bots.declared import OWN_PARAMETERS_MAX, StrategyBroken, load
from quantumflow.bots.process import StrategyProcess, checked
from quantumflow.bots.schemas import strategy_schemas
from quantumflow.bots.sources import find_sources, keep, kept_path, kept_text
from quantumflow.features.parameters import FEATURE_PARAMETERS
from quantumflow.specs import BotSpec
from quantumflow.state import PARAMETERS_MAX
from quantumflow.strategies.view import Intent, View
from quantumflow.strategy import BUY, enter
from quantumflow.vocabulary import BotReason, SignalOutcome

EXAMPLES = Path(__file__).parents[2] / "examples"
VIEW = View(
    *(5, 1, 99, 101, 0.5, 0.5, 0.5, 100.0, 0.0, 0.0, 0.0, 0.0, True, 0, 0.0, 0, 10**12, 10, 1, 1, 0, 0),
    *(True, False, False, False, True),
)


def written(folder: Path, name: str, text: str) -> BotSpec:
    """A bot whose strategy is this text, kept."""
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.py").write_text(text)
    source = find_sources(folder)[name]
    keep(folder / "kept", source)
    return BotSpec("b", name, ("BTCUSDT",), 10**12, {}, source.digest)


def test_our_example_declares_what_it_shows_and_a_form_can_be_made_of_it() -> None:
    (example,) = [one for one in strategy_schemas(EXAMPLES) if one["name"] == "crossing_averages"]
    assert example["problem"] is None
    own = example["parameters"][len(FEATURE_PARAMETERS) :]
    assert [row["name"] for row in own] == ["fast_books", "slow_books", "edge_ppm", "capital_share"]
    assert [row["name"] for row in example["indicators"]] == ["fast", "slow"]


def test_declared_parameters_fit_the_engines_state() -> None:
    assert len(FEATURE_PARAMETERS) + OWN_PARAMETERS_MAX <= PARAMETERS_MAX


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("decide = 5", "no function decide"),
        ("def decide(:", "SyntaxError"),
        ("raise SystemExit(0)", "SystemExit"),
        ("PARAMETERS = (5,)\ndef decide(v, p, m): pass", "no Parameter"),
        (
            "from quantumflow.strategy import Parameter\nPARAMETERS = (Parameter('atr_bars', 1, 0, 2, ''),)\n"
            "def decide(v, p, m): pass",
            "stands twice",
        ),
        (
            "from quantumflow.strategy import Parameter\nPARAMETERS = (Parameter('x', 5, 0, 2, ''),)\n"
            "def decide(v, p, m): pass",
            "x: low, default, high",
        ),
    ],
)
def test_a_text_that_cannot_be_used_says_why(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "s.py"
    path.write_text(text)
    with pytest.raises(StrategyBroken, match=says):
        load(path, "s")


def test_a_kept_text_is_the_one_that_was_read_or_none(tmp_path: Path) -> None:
    bot = written(tmp_path, "s", "def decide(view, parameters, memory):\n    return None\n")
    assert bot.source is not None
    assert kept_text(tmp_path / "kept", bot.source) == (tmp_path / "s.py").read_bytes()
    kept_path(tmp_path / "kept", bot.source).write_text("something else")
    assert kept_text(tmp_path / "kept", bot.source) is None


def test_a_text_has_a_memory_for_each_instrument_and_shows_what_it_declared(tmp_path: Path) -> None:
    text = (
        "from quantumflow.strategy import BUY, Indicator, enter\nINDICATORS = (Indicator('n', '', 'own', ''),)\n"
        "def decide(view, parameters, memory):\n    memory.n = getattr(memory, 'n', 0) + 1\n"
        "    return enter(BUY, memory.n)\n"
    )
    with_process = Processes(tmp_path / "kept", seconds=60.0)
    bot = written(tmp_path, "s", text)
    with_process.begin(bot)
    answers = [with_process.ask(bot, k, VIEW, 1) for k in (0, 0, 1)]
    shown = with_process.indicators(bot.name)
    with_process.close()
    assert [answer.intent.qty for answer in answers if answer.intent] == [1, 2, 1]
    assert [answer.figures for answer in answers] == [(1.0,), (2.0,), (1.0,)]
    assert [indicator.name for indicator in shown] == ["n"]


@pytest.mark.parametrize(
    "wrong",
    [{"side": 7}, {"qty": 0}, {"qty": -3}, {"signal": 99}, {"limit_price": 5}, {"confidence": float("nan")}]
    + [{"outcome": SignalOutcome.SIZE_BELOW_MINIMUM, field: 2**63} for field in ("qty", "limit_price")],
)
def test_an_intent_that_nobody_can_mean_is_absurd(wrong: dict[str, float]) -> None:
    sound = enter(BUY, 5)
    assert isinstance(sound, Intent)
    assert checked({"intent": list(sound), "figures": []}).intent == sound
    said = replace_fields(sound, wrong)
    assert checked({"intent": said, "figures": []}).reason is BotReason.STRATEGY_ABSURD


def replace_fields(intent: Intent, changes: dict[str, float]) -> list[float]:
    return list(intent._replace(**changes))  # type: ignore[arg-type]  # wrong values are the point


@pytest.mark.parametrize(
    "said",
    [
        5,
        {},
        {"intent": "buy", "figures": []},
        {"intent": [1], "figures": []},
        {"figures": 5},
        {"figures": [float("nan")]},
    ],
)
def test_whatever_a_process_says_is_an_answer(said: object) -> None:
    assert checked(said).reason is BotReason.STRATEGY_ABSURD


def test_a_text_that_is_not_kept_is_broken_by_name(tmp_path: Path) -> None:
    bot = replace(written(tmp_path, "s", "def decide(v, p, m): return None\n"), source="0" * 64)
    asked = Processes(tmp_path / "kept")
    asked.begin(bot)
    assert asked.ask(bot, 0, VIEW, 1).reason is BotReason.STRATEGY_BROKEN


def test_a_bot_whose_process_cannot_be_started_is_broken_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bot = written(tmp_path, "s", "def decide(v, p, m): return None\n")
    asked = Processes(tmp_path / "kept")

    def no_more(*_: object, **__: object) -> None:
        raise BlockingIOError("no process is left")

    monkeypatch.setattr("quantumflow.bots.process.subprocess.Popen", no_more)
    asked.begin(bot)
    answer = asked.ask(bot, 0, VIEW, 1)
    assert (answer.reason, answer.detail) == (
        BotReason.STRATEGY_BROKEN,
        "its process cannot be started: no process is left",
    )
    (said,) = [one["problem"] for one in strategy_schemas(tmp_path) if one["name"] == "s"]
    assert said == "it cannot be loaded here: no process is left"
    monkeypatch.undo()
    (said,) = [one["problem"] for one in strategy_schemas(tmp_path) if one["name"] == "s"]
    assert said is None, "the next one is loaded"


SPEAKS_ITSELF = """
import socket, struct, sys
from time import sleep
channel = socket.socket(fileno=int(sys.argv[1]))
def say(text):
    channel.sendall(struct.pack("<I", len(text)) + text)
"""


@pytest.mark.parametrize(
    "says",
    [
        'say(b"\\x81\\xa5ready\\x80")',
        'say(b"\\x81\\xa5ready\\x81\\xaaparameters\\x91\\x05")',
        'say(b"\\x91" * 60000)',
        'say(b"\\xc1")',
        'channel.sendall(b"\\xff" * 8)',
    ],
)
def test_what_a_process_says_of_itself_is_not_believed(tmp_path: Path, says: str) -> None:
    written(tmp_path, "s", SPEAKS_ITSELF + says)
    (one,) = [one for one in strategy_schemas(tmp_path) if one["name"] == "s"]
    assert one["problem"] is not None
    assert one["parameters"] == []


def test_an_answer_in_pieces_does_not_take_longer_than_a_whole_one_may(tmp_path: Path) -> None:
    text = SPEAKS_ITSELF + (
        "def decide(view, parameters, memory):\n    channel.sendall(struct.pack('<I', 60_000))\n"
        "    while True:\n        channel.sendall(b'x')\n        sleep(0.01)\n"
    )
    bot = written(tmp_path, "s", text)
    assert bot.source is not None
    process = StrategyProcess(kept_path(tmp_path / "kept", bot.source), "s")
    process.begin({})
    answer = process.ask(0, VIEW, seconds=1.0)
    process.close()
    assert answer.reason is BotReason.STRATEGY_SLOW
    assert "no answer within 1.0 s" in answer.detail
