"""The one thing that can be changed over the API: an operator's command, handed to the running trader."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from quantumflow.commands.client import send_command
from quantumflow.commands.request import KEY_CHARS_MAX, REASON_CHARS_MAX, CommandRequest
from quantumflow.errors import CommandRefused
from quantumflow.web.asked import COMMON_ANSWERS, answers
from quantumflow.web.models.standing import CommandDone

__all__ = ["CommandDoor", "add_commands"]

_STATUS = {
    "key_reused": 409,
    "kill_file_present": 409,
    "bot_exists": 409,
    "bot_holds_position": 409,
    "too_many_bots": 409,
    "no_session": 503,
    "too_many_commands": 429,
    "unauthorised": 503,
    "not_running": 503,
    "no_answer": 503,
    "kill_failed": 503,
}
"""Everything else that is refused is a fault of the request: 400."""


@dataclass(frozen=True, slots=True)
class CommandDoor:
    """Where the trader takes commands, and the kill switch for when it does not."""

    control_socket: Path
    kill_file: Path
    send: Callable[[CommandRequest, Path, Path], dict[str, Any]] = send_command


class _Body(BaseModel):
    """One command, of ARCHITECTURE.md or docs/BOTS.md.

    `key` is made by the sender before its first try; sent again with it, the command gets the same answer.
    """

    model_config = ConfigDict(extra="forbid", strict=True)

    command: str = Field(max_length=40, examples=["pause"])
    bot: str | None = Field(default=None, max_length=64, description="Null: all of them.", examples=["imbalance"])
    reason: str = Field(min_length=1, max_length=REASON_CHARS_MAX, examples=["the spread looks wrong"])
    key: str = Field(min_length=1, max_length=KEY_CHARS_MAX, examples=["b1946ac9-0001"])
    strategy: str | None = Field(default=None, max_length=64, description="create_bot, change_bot.")
    instruments: list[str] | None = Field(
        default=None, max_length=64, description='create_bot, change_bot; ["*"]: every one of the session.'
    )
    capital: str | None = Field(default=None, max_length=40, description="create_bot, change_bot: a decimal.")
    parameters: dict[str, float | int] | None = Field(
        default=None, max_length=64, description="create_bot, change_bot: those to set, others stay as they are."
    )
    flatten: bool | None = Field(default=None, description="stop_bot, remove_bot: leave what it holds first.")


def add_commands(app: FastAPI, door: CommandDoor) -> None:
    """POST /api/v1/commands. The guard has asked for the control token."""

    accepted: dict[int | str, dict[str, Any]] = {
        202: {"model": CommandDone, "description": "No trader answers, and a kill was left in the kill file."}
    }

    @app.post(
        "/api/v1/commands",
        tags=["commands"],
        response_model=CommandDone,
        responses={**COMMON_ANSWERS, **answers(403, 409, 411), **accepted},
    )
    def command(body: _Body) -> JSONResponse:
        """200: journaled and applied. 202: no trader answers, and a kill was left in the kill file."""
        said = body.model_dump()
        instruments = None if body.instruments is None else tuple(body.instruments)
        request = CommandRequest(who="api", **{**said, "instruments": instruments})
        answer = door.send(request, door.control_socket, door.kill_file)
        return JSONResponse(answer, status_code=202 if "kill_file" in answer else 200)

    @app.exception_handler(CommandRefused)
    async def refused(_: Request, error: CommandRefused) -> JSONResponse:
        body = {"error": error.name, "detail": error.detail}
        return JSONResponse(body, status_code=_STATUS.get(error.name, 400))
