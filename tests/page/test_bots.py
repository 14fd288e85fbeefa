"""Bots from the page: one made from the form of its strategy, stopped, started, changed and taken away again."""

from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, Locator, expect

from page.appliance import Appliance
from page.browser import DESKTOP, PHONE, Eye, eye
from page.dialogs import say


def test_a_bot_is_made_from_the_form_steered_and_removed(reader: Eye, house: Appliance) -> None:
    page = reader.page
    reader.turn("bots")
    page.get_by_role("button", name="New bot").click()
    form = page.get_by_role("dialog", name="New bot")
    strategy = next(one for one in house.get("/api/v1/strategies")["items"] if one["name"] == "imbalance")
    for parameter in strategy["parameters"]:
        field = form.get_by_label(parameter["name"].replace("_", " "), exact=True)
        expect(field).to_have_attribute("placeholder", f"{parameter['default']:g}")
    form.get_by_role("button", name="Next: say why").click()
    expect(form.get_by_role("alert")).to_contain_text("1 field needs another value")
    form.get_by_label("Name", exact=True).fill("second")
    form.get_by_label("ETHUSDT").uncheck()
    form.get_by_label("Capital", exact=True).fill("250.00")
    form.get_by_label("imbalance min", exact=True).fill("7")
    form.get_by_role("button", name="Next: say why").click()
    expect(form).to_contain_text("from 0 to 1")
    form.get_by_label("imbalance min", exact=True).fill("0.9")
    reader.shoot("bot-form", whole=False)
    form.get_by_role("button", name="Next: say why").click()
    say(reader, "Create second", "a trial")
    card = page.get_by_role("region", name="second", exact=True)
    expect(card).to_contain_text("running")
    made = _bot(house, "second")
    assert made["instruments"] == ["BTCUSDT"]
    assert made["capital_e8"] == 25_000_000_000
    assert made["parameters"]["imbalance_min"] == 0.9

    _press(card, "Stop")
    say(reader, "Stop second", "enough")
    expect(card).to_contain_text("stopped")
    _press(card, "Change")
    change = page.get_by_role("dialog", name="Change second")
    change.get_by_label("Capital", exact=True).fill("300")
    change.get_by_role("button", name="Next: say why").click()
    expect(page.get_by_role("dialog", name="Change second")).to_contain_text("Changes: capital.")
    say(reader, "Change second", "a little more")
    house.until("its capital is another", lambda: _bot(house, "second")["capital_e8"] == 30_000_000_000)
    reader.shoot("bots", whole=False)
    _press(card, "Start")
    say(reader, "Start second", "once more")
    expect(card).to_contain_text("running")
    _press(card, "Remove")
    page.get_by_label("Leave what it holds first").check()
    say(reader, "Remove second", "the trial is over")
    expect(card).to_have_count(0)
    assert reader.errors == []


def _bot(house: Appliance, name: str) -> dict[str, Any]:
    bots: list[dict[str, Any]] = house.get("/api/v1/bots")["items"]
    return next(bot for bot in bots if bot["name"] == name)


def _press(card: Locator, name: str) -> None:
    card.get_by_role("button", name=name, exact=True).click()


DRIFTED: dict[str, Any] = {
    "specialists": "a" * 64,
    "expected_trades": 812,
    "expected_mean": 0.0004,
    "expected_low": 0.00024,
    "expected_high": 0.00056,
    "alarm_at": 10_000.0,
    "last_ns": 1_760_000_000_000_000_000,
}


def _results(bot: str) -> list[dict[str, Any]]:
    """As expected, drifted, and without a trip."""
    well = {"trips": 60, "mean": 0.0005, "low": -0.0004, "high": 0.0014, "score": 2.0, "alarmed_trip": None}
    bad = {"trips": 90, "mean": -0.0012, "low": -0.002, "high": -0.0003, "score": 2e4, "alarmed_trip": 71}
    none = {"trips": 0, "mean": None, "low": None, "high": None, "score": 0.0, "alarmed_trip": None}
    said = f"{bot} in bull: live results are below what was expected since trip 71 of 90"
    rows = (("bear", well, None), ("bull", bad, said), ("sideways", none, None))
    return [{**DRIFTED, **row, "bot": bot, "regime": regime, "alarm": alarm} for regime, row, alarm in rows]


@pytest.mark.parametrize(("size", "scheme"), [(DESKTOP, "light"), (PHONE, "dark")])
def test_live_results_stand_against_the_expectation_and_an_alarm_is_said(
    window: Browser, house: Appliance, size: tuple[int, int], scheme: Literal["light", "dark"]
) -> None:
    """The bot is one that runs, the results are planted: a drift takes days."""
    bot = house.get("/api/v1/bots")["items"][0]["name"]
    planted = {"as_of_ns": 1_760_000_000_000_000_000, "seq": 4711, "items": _results(bot)}
    with eye(window, house, size, scheme) as reader:
        reader.page.route("**/api/v1/expectation", lambda route: route.fulfill(json=planted))
        reader.enter()
        reader.turn("bots")
        part = reader.page.get_by_role("region", name=f"{bot}: live results against the expectation")
        items = part.get_by_role("listitem")
        expect(items).to_have_count(3)
        expect(items.nth(0)).to_contain_text("live +5.0 (−4.0 to +14.0); expected +4.0 (+2.4 to +5.6)")
        expect(items.nth(0)).to_contain_text("no drift")
        expect(items.nth(1).get_by_role("status")).to_contain_text("since trip 71 of 90")
        expect(items.nth(2)).to_contain_text("no trip has ended")
        expect(part.locator("svg .live")).to_have_count(2)
        fold = part.get_by_text("How this is judged")
        fold.focus()
        reader.page.keyboard.press("Enter")
        expect(part).to_contain_text("at most one false alarm")
        assert reader.page.evaluate("document.documentElement.scrollWidth") <= size[0]
        part.scroll_into_view_if_needed()
        reader.shoot(f"expectation-{scheme}", whole=False)
        assert reader.errors == []
