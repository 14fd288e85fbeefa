"""The API against its own description: whatever is asked, every answer is one that the description knows."""

import json
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from journal.sample import Life, lived
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)
from trader.market import MarketSocket

from quantumflow.commands.request import CommandRequest, check_request
from quantumflow.config import load_config, shown_config
from quantumflow.config.load import find_config
from quantumflow.web import guard
from quantumflow.web.commands import CommandDoor
from quantumflow.web.describe import described
from web.served import CONTROL_TOKEN, TOKEN, Served, served, sources_of
from web.test_sockets import market_frames

EXAMPLES = 3
"""Of each route and way of making them; all of it takes well under a minute."""
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
    unsupported_method,
]
ALL = list(HealthCheck)
EXPECTED = {503}
"""A server's error that is meant: what is asked for is not there yet, and the answer says so by name."""


class Trader:
    """Takes every command that the real one would not refuse by its form."""

    def send(self, request: CommandRequest, _: Path, __: Path) -> dict[str, Any]:
        check_request(request, ["imbalance"])
        return {**request.content(), "event_seq": 7, "event_ns": 1, "frame_seq": 5, "duplicate": False, "made": None}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A data directory with everything in it: a journal, a market, a report, results, and a core_risk that answers."""
    directory = tmp_path_factory.mktemp("described")
    life: Life = lived(directory)
    life.order("buy", 9)
    (directory / "reports" / "2026-03-01").mkdir(parents=True)
    (directory / "reports" / "2026-03-01" / "message.txt").write_text("a day", encoding="utf-8")
    (directory / "verify").mkdir()
    (directory / "verify" / "results.jsonl").write_text('{"result":"identical","session":1}\n', encoding="utf-8")
    sources = sources_of(directory)
    sources.door = CommandDoor(directory / "control.sock", directory / "kill", Trader().send)
    sources.config = shown_config(load_config(find_config(None), {}))
    with pytest.MonkeyPatch.context() as patch, MarketSocket(directory / "market.sock", market_frames(5)):
        for bound in ("REQUESTS_PER_SECOND", "COMMANDS_PER_SECOND", "WRONG_TOKENS_PER_SECOND"):
            patch.setattr(guard, bound, 1e9)
        with served(sources) as it:
            yield it


OPERATIONS = {
    one.ok().label: one.ok() for one in schemathesis.openapi.from_dict(json.loads(described())).get_all_operations()
}
MODES = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)


@pytest.mark.parametrize("mode", MODES, ids=lambda mode: mode.value)
@pytest.mark.parametrize("label", OPERATIONS)
def test_every_answer_is_described(running: Served, label: str, mode: GenerationMode) -> None:
    token = CONTROL_TOKEN if label.startswith("POST") else TOKEN

    @given(case=OPERATIONS[label].as_strategy(generation_mode=mode))
    @settings(max_examples=EXAMPLES, deadline=None, database=None, derandomize=True, suppress_health_check=ALL)
    def ask(case: schemathesis.Case) -> None:
        answer = case.call(base_url=running.origin, headers={"Authorization": f"Bearer {token}"})
        checks = [check for check in CHECKS if answer.status_code not in EXPECTED or check is not not_a_server_error]
        case.validate_response(answer, checks=checks)

    try:
        ask()
    except Unsatisfiable:
        pytest.skip("it takes nothing that could be wrong")


def test_the_description_holds_every_route_with_words_and_every_field_with_some() -> None:
    document = json.loads(described())
    assert len(document["paths"]) >= 28
    for path, item in document["paths"].items():
        for operation in item.values():
            assert operation["description"], path
            assert operation["tags"], path
    for name in ("Fill", "Order", "Signal", "Verdict", "Status", "Limit", "Account", "Bot", "Strategy", "Book"):
        for key, one in document["components"]["schemas"][name]["properties"].items():
            assert SAID & set(one) or one.get("type") == "boolean", f"{name}.{key} has neither words nor an example"


SAID = {"description", "examples", "enum", "$ref", "anyOf", "items"}
