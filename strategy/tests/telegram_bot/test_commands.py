"""Who is heard, what is answered, and that a command is done once, by whatever door is left."""

import time
from typing import Any

import pytest

from quantumflow.commands.request import CommandRequest, check_request
from quantumflow.errors import CommandRefused
from quantumflow.telegram.commands import Asked, NotHeard, Question, read_update
from quantumflow.telegram.operate import CODE_SECONDS, TRIES_MAX, Operator
from quantumflow.telegram.updates import Seen, read_updates
from telegram_bot.stage import CHAT, OWNER, Stage, until

GROUP = -77
STRANGER = 666
NOW = 1_800_000_000.0


def update(text: str = "/status", user: int = OWNER, chat: int = OWNER, kind: str = "private", **more: Any) -> Seen:
    message = {
        "message_id": 1,
        "date": int(NOW - more.pop("age", 0)),
        "chat": {"id": chat, "type": kind},
        "from": {"id": user, "is_bot": more.pop("is_bot", False), "first_name": "x", "username": "owner"},
        "text": text,
        **more,
    }
    (seen,) = read_updates([{"update_id": 5, "message": message}]).updates
    return seen


def read(found: Seen) -> Asked | NotHeard:
    return read_update(found, (OWNER,), (GROUP,), "fake_bot", NOW)


HEARD = [
    (update("/status"), Question.STATUS, ""),
    (update("/WHY 12 "), Question.WHY, "12"),
    (update("/status@fake_bot"), Question.STATUS, ""),
    (update("/status@Fake_Bot", chat=GROUP, kind="supergroup"), Question.STATUS, ""),
    (update("/nonsense"), None, ""),
    (update("/"), None, ""),
    (update("/kill " + "9" * 5000), Question.KILL, "9" * 200),
]
NOT_HEARD = [
    (update("hello"), NotHeard.NO_COMMAND),
    (update("/status", user=STRANGER, chat=STRANGER), NotHeard.NOT_ALLOWED),
    (update("/kill", user=STRANGER, chat=GROUP, kind="group"), NotHeard.NOT_ALLOWED),
    (update("/status", chat=-78, kind="group"), NotHeard.NOT_ALLOWED),
    (update("/status", user=STRANGER, chat=OWNER), NotHeard.NOT_ALLOWED),
    (update("/status", is_bot=True), NotHeard.NOT_ALLOWED),
    (update("/status", chat=GROUP, kind="group", sender_chat={"id": GROUP, "type": "group"}), NotHeard.NOT_ALLOWED),
    (update("/status@other_bot"), NotHeard.OTHER_BOT),
    (Seen(5), NotHeard.NO_COMMAND),
]


@pytest.mark.parametrize(("found", "question", "argument"), HEARD)
def test_a_user_is_heard_alone_with_the_bot_or_in_a_configured_chat(
    found: Seen, question: Question | None, argument: str
) -> None:
    asked = read(found)
    assert isinstance(asked, Asked)
    assert (asked.question, asked.argument, asked.old) == (question, argument, False)


@pytest.mark.parametrize(("found", "why"), NOT_HEARD)
def test_nobody_else_is(found: Seen, why: NotHeard) -> None:
    assert read(found) is why


@pytest.mark.parametrize(("age", "old"), [(0, False), (60, False), (61, True), (86_400, True), (-30, False)])
def test_a_command_older_than_a_minute_is_not_obeyed(age: int, old: bool) -> None:
    asked = read(update(age=age))
    assert isinstance(asked, Asked)
    assert asked.old is old


class Trader:
    """Takes each key once, as the trader does."""

    def __init__(self) -> None:
        self.taken: dict[str, CommandRequest] = {}

    def send(self, request: CommandRequest) -> dict[str, object]:
        check_request(request, ("imbalance",))
        duplicate = request.key in self.taken
        self.taken[request.key] = request
        return {"event_seq": 9, "duplicate": duplicate}


def asked(question: Question, argument: str = "", number: int = 1, user: int = OWNER) -> Asked:
    return Asked(number, user, user, question, argument, old=False)


def code_of(lines: list[str]) -> str:
    return lines[1].removeprefix("/kill ")


def test_an_update_that_is_delivered_again_is_one_command() -> None:
    trader = Trader()
    first = Operator(trader.send, 7).answer(asked(Question.PAUSE, "imbalance"), 0.0)
    again = Operator(trader.send, 7).answer(asked(Question.PAUSE, "imbalance"), 9.0)
    assert first == ["pause taken: event 9 of the journal"]
    assert again == ["pause taken before; nothing was done twice: event 9 of the journal"]
    (request,) = trader.taken.values()
    assert (request.command, request.bot, request.who) == ("pause", "imbalance", f"telegram:{OWNER}")


def test_a_bot_that_does_not_exist_is_refused_in_words() -> None:
    (line,) = Operator(Trader().send, 7).answer(asked(Question.RESUME, "nobody"), 0.0)
    assert line.startswith("resume was not done: unknown_bot")


def test_a_kill_takes_a_code_in_time_once_and_from_the_same_person() -> None:
    trader = Trader()
    operator = Operator(trader.send, 7)
    code = code_of(operator.answer(asked(Question.KILL), 100.0))
    assert operator.answer(asked(Question.KILL, code, 2, user=43), 101.0)[0].startswith("no code is out")
    wrong = "000000" if code != "000000" else "000001"
    assert operator.answer(asked(Question.KILL, wrong, 3), 101.0) == ["that is not the code; nothing was done"]
    assert trader.taken == {}
    assert operator.answer(asked(Question.KILL, code, 4), 159.9) == ["kill taken: event 9 of the journal"]
    assert operator.answer(asked(Question.KILL, code, 5), 159.9)[0].startswith("no code is out")
    assert [request.command for request in trader.taken.values()] == ["kill"]


def test_a_code_is_over_after_its_time_and_after_wrong_tries() -> None:
    operator = Operator(Trader().send, 7)
    code = code_of(operator.answer(asked(Question.KILL), 0.0))
    assert operator.answer(asked(Question.KILL, code, 2), CODE_SECONDS)[0].startswith("no code is out")
    code = code_of(operator.answer(asked(Question.KILL, number=3), 100.0))
    for number in range(TRIES_MAX):
        operator.answer(asked(Question.KILL, "x", 10 + number), 101.0)
    assert operator.answer(asked(Question.KILL, code, 20), 102.0)[0].startswith("no code is out")


def test_what_cannot_be_sent_is_an_answer() -> None:
    def fails(_: CommandRequest) -> dict[str, object]:
        raise CommandRefused("not_running", "no trader listens")

    assert Operator(fails, 7).answer(asked(Question.PAUSE), 0.0) == [
        "pause was not done: not_running: no trader listens"
    ]


QUESTIONS = [
    ("/status", "not trading: not_running"),
    ("/pnl", "deposits 10000.00"),
    ("/positions", "no position"),
    ("/orders", "imbalance-00000002"),
    ("/trades", "2: imbalance sell"),
    ("/bots", "the trader does not run"),
    ("/why", "fill 2:"),
    ("/why 1", "fill 1:"),
    ("/why 99", "there is no fill 99"),
    ("/why <b>", "put a fill"),
    ("/risk", "core_risk: unknown"),
    ("/report", "no daily report was made yet"),
    ("/verify", "nothing was verified yet"),
    ("/health", "trader says nothing"),
    ("/help", "/kill: halt everything"),
    ("/what", "I do not know that word"),
]


def test_every_question_has_an_answer_though_no_other_program_runs(stage: Stage) -> None:
    stage.configure(coalesce_ms=0)
    stage.start()
    for number, (question, _) in enumerate(QUESTIONS, 1):
        stage.api.write(question, OWNER)
        until(lambda count=number: len(stage.api.texts()) == count)
    for text, (question, expected) in zip(stage.api.texts(), QUESTIONS, strict=True):
        assert text.startswith("<b>SIMULATED</b> · sim\n"), question
        assert expected in text, question


def test_strangers_get_no_answer_and_one_line_in_the_log(stage: Stage) -> None:
    stage.start()
    for _ in range(3):
        stage.api.write("/kill", STRANGER)
    stage.api.write("/help", OWNER)
    until(stage.api.texts)
    assert len(stage.api.texts()) == 1
    assert {sent.chat for sent in stage.api.sent} == {CHAT}
    assert stage.log.read_text(encoding="utf-8").count("not answered") == 1


def test_an_old_resume_is_not_obeyed_and_says_so(stage: Stage) -> None:
    stage.api.write("/resume", OWNER, age=3600)
    stage.start()
    until(stage.api.texts)
    assert "too old" in stage.api.texts()[0]


def test_with_the_trader_dead_a_kill_makes_the_kill_file(stage: Stage) -> None:
    stage.start()
    stage.api.write("/kill", OWNER)
    until(stage.api.texts)
    code = stage.api.texts()[0].split("/kill ")[1].split()[0]
    assert not (stage.data / "kill").exists()
    stage.api.write(f"/kill {code}", OWNER)
    until(lambda: len(stage.api.texts()) == 2)
    assert "KILLED by the kill file" in stage.api.texts()[1]
    assert (stage.data / "kill").exists()


def test_a_kill_in_the_middle_of_a_command_loses_no_command(stage: Stage) -> None:
    """It is confirmed to Telegram only after its answer, so it is delivered to the next start."""
    stage.api.script["sendMessage"].append("hang")
    stage.start()
    stage.api.write("/status", OWNER)
    until(lambda: "sendMessage" in [method for _, method in stage.api.calls])
    stage.stop(9)
    time.sleep(0.3)
    stage.start()
    until(stage.api.texts)
    assert "equity" in stage.api.texts()[0]


def test_a_command_that_was_answered_is_not_answered_again_by_the_next_start(stage: Stage) -> None:
    stage.start()
    stage.api.write("/help", OWNER)
    until(stage.api.texts)
    assert stage.stop() == 0
    stage.start()
    until(lambda: stage.status().get("answered_ns"))
    time.sleep(2.0)
    assert len(stage.api.texts()) == 1
