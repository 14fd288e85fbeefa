"""Bots from the page: one made from the form of its strategy, stopped, started, changed and taken away again."""

from typing import Any

from playwright.sync_api import Locator, expect

from page.appliance import Appliance
from page.browser import Eye
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
