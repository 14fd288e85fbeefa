"""The smoke test against stand-ins: it says in words why an appliance does not trade."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.stand_in import TOKEN, Page, serving
from quantumflow.vocabulary import WhyNotTrading

ROOT = Path(__file__).parents[2]
SMOKE = ROOT / "setup" / "smoke.py"


def smoke(page: Page, *flags: str, token: str = TOKEN) -> tuple[int, str]:
    with serving(page):
        return run(page.address, *flags, token=token)


def run(address: str, *flags: str, token: str = TOKEN) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, str(SMOKE), address, "--answers-within", "4", "--ready-within", "4", *flags],
        env={**os.environ, "QF_WEB__TOKEN": token},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert token == "" or token not in done.stdout + done.stderr
    return done.returncode, done.stdout


def test_a_ready_appliance_passes_and_its_figures_are_said() -> None:
    code, said = smoke(Page())
    assert code == 0
    assert said == "ready: venue binance, 3 fills so far, equity 10000.00\n"


def test_one_that_comes_up_slowly_is_waited_for() -> None:
    assert smoke(Page(healthy_after=1, ready_after=1))[0] == 0


def test_a_place_that_the_exchange_refuses_is_said_at_once_and_has_its_own_status() -> None:
    page = Page(reasons=["trader: geo_blocked"], status={"detail": "BTCUSDT is geo_blocked"})
    code, said = smoke(page, "--ready-within", "100")
    assert code == 3
    assert "HTTP 451" in said
    assert "region" in said
    assert "BTCUSDT is geo_blocked" in said


@pytest.mark.parametrize("why", [why.name.lower() for why in WhyNotTrading if why is not WhyNotTrading.TRADING])
def test_every_reason_has_a_remedy(why: str) -> None:
    code, said = smoke(Page(reasons=[f"trader: {why}"]), "--ready-within", "0")
    assert code == (3 if why == "geo_blocked" else 4)
    assert f"not ready: trader: {why}: " in said
    assert "has the rest" not in said


def test_nobody_there_a_wrong_token_and_no_token_are_told_apart() -> None:
    with serving(Page()) as page:
        address = page.address
    code, said = run(address, "--answers-within", "0")
    assert (code, "healthz: nothing" in said) == (1, True)
    code, said = smoke(Page(), token="x" * 40)
    assert (code, "refused" in said) == (2, True)
    code, said = smoke(Page(), token="")
    assert (code, "QF_WEB__TOKEN" in said) == (2, True)


def test_an_old_build_that_still_answers_is_not_taken_for_the_new_one() -> None:
    code, said = smoke(Page(status={"build": "0.1.0+old"}), "--build", "0.1.0+new")
    assert (code, "has not taken over" in said) == (5, True)
