"""What one look at the first screen tells, at a desk and on a phone, light and dark, by eye, by keyboard, by ear."""

import re
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from end_to_end.appliance import ROOT
from page.appliance import Appliance
from page.browser import DESKTOP, PHONE, Eye, Scheme, eye

PAGES = ("now", "market", "trades", "signals", "risk", "bots", "records", "log")
AXE = ROOT / "strategy" / "dashboard" / "node_modules" / "axe-core" / "axe.min.js"
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice")
SIGNED = re.compile(r"^(−|\+)?[0-9,]+\.[0-9]{2} USDT$")


def test_one_look_says_venue_life_result_holdings_reason_and_limits(reader: Eye, house: Appliance) -> None:
    page = reader.page
    expect(page.get_by_label("Simulated market")).to_contain_text("SIMULATED")
    expect(page.get_by_text("SIMULATED · sim")).to_be_visible()
    expect(page).to_have_title("SIMULATED · QuantumFlow · trading")
    expect(page.get_by_text("alive, trading")).to_be_visible()
    expect(page.get_by_label("Is it trading")).to_contain_text("Trading")
    expect(page.get_by_label("Result after fees").locator(".big dd")).to_have_text(SIGNED)
    expect(page.get_by_label("Result after fees")).to_contain_text("fees paid")
    expect(page.get_by_role("region", name="Holds")).to_contain_text("cash 9,")
    used = [limit for limit in house.get("/api/v1/limits")["items"] if limit["share_ppm"] is not None]
    expect(page.get_by_role("region", name="How far from each limit").get_by_role("meter")).to_have_count(len(used))
    expect(page.get_by_role("meter", name="drawdown breaker")).to_be_visible()
    expect(page.get_by_role("region", name="Alive")).to_contain_text("BTCUSDT")
    reader.shoot("first-screen-light")
    assert reader.errors == []


def test_a_wrong_token_is_told_and_nothing_is_shown(window: Browser, house: Appliance) -> None:
    with eye(window, house) as stranger:
        stranger.enter("w" * 43)
        expect(stranger.page.get_by_role("alert")).to_have_text("This is not the token.")
        expect(stranger.page.get_by_role("navigation")).to_have_count(0)
        stranger.shoot("login")


@pytest.mark.parametrize("name", PAGES)
def test_every_page_fits_a_phone(window: Browser, house: Appliance, name: str) -> None:
    with eye(window, house, PHONE, "dark") as reader:
        reader.enter()
        reader.turn(name)
        reader.page.wait_for_timeout(800)  # for what is asked when the page opens
        wide = reader.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert wide <= 0, f"{name} is {wide} pixels wider than the phone"
        reader.shoot(f"phone-{name}", whole=name != "log")
        assert _unexpected(reader) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_that_axe_looks_for_is_wrong(window: Browser, house: Appliance, scheme: Scheme) -> None:
    if not AXE.exists():
        pytest.skip("axe-core is not installed: it comes with `make check`")
    with eye(window, house, DESKTOP, scheme) as reader:
        reader.enter()
        for name in PAGES:
            reader.turn(name)
            reader.page.wait_for_timeout(800)
            if scheme == "dark":
                reader.shoot(f"desk-dark-{name}", whole=False)
            assert _axe(reader) == [], name
        reader.turn(f"trades?fill={house.fills()[0]['fill']}")
        expect(reader.page.get_by_role("dialog")).to_contain_text("The book at the fill")
        assert _axe(reader) == [], "evidence"


def test_all_of_it_is_reached_by_keyboard(reader: Eye) -> None:
    page = reader.page
    expect(page.get_by_label("Is it trading")).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="To the content")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Dark colours")).to_be_focused()
    page.get_by_role("button", name="Pause").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Why")).to_be_focused()
    for _ in range(8):  # the focus goes round within the dialog
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement === document.body || !!document.activeElement.closest('dialog')")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("button", name="Pause")).to_be_focused()
    page.get_by_role("link", name="Risk").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Risk", level=1)).to_be_visible()


def test_the_chosen_colours_stay(reader: Eye) -> None:
    page = reader.page
    page.get_by_role("button", name="Dark colours").click()
    expect(page.locator("html")).to_have_attribute("data-scheme", "dark")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-scheme", "dark")
    expect(page.get_by_label("Is it trading")).to_be_visible()  # the token stayed too


def _axe(reader: Eye) -> list[str]:
    """What axe finds, as `rule: element`."""
    page = reader.page
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found: dict[str, Any] = page.evaluate(
        "tags => axe.run(document, {runOnly: tags, resultTypes: ['violations']})", list(RULES)
    )
    return [f"{one['id']}: {node['html'][:140]}" for one in found["violations"] for node in one["nodes"][:3]]


def _unexpected(reader: Eye) -> list[str]:
    """Errors without those of an answer that is refused for a while, which the page tells in words."""
    return [error for error in reader.errors if "503" not in error]
