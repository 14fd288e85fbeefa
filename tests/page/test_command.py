"""What one may command: with a reason and the control token, and what came of it is shown and journaled."""

from typing import Any

from playwright.sync_api import expect

from page.appliance import Appliance
from page.browser import Eye
from page.dialogs import say


def test_a_pause_holds_with_its_reason_until_it_is_resumed(reader: Eye, house: Appliance) -> None:
    page = reader.page
    page.get_by_role("button", name="Pause").click()
    say(reader, "Pause all bots", "the spread looks wrong")
    expect(page.get_by_label("Is it trading")).to_contain_text("Not trading: paused")
    expect(page.get_by_label("Is it trading")).to_contain_text("the spread looks wrong")
    expect(page.get_by_text("alive, not trading")).to_be_visible()
    reader.shoot("paused", whole=False)
    said = _last(house)
    assert said is not None
    assert (said["command"], said["reason"], said["who"]) == ("pause", "the spread looks wrong", "api")
    page.get_by_role("button", name="Resume").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Control token")).to_have_count(0)  # asked once a page
    say(reader, "Resume all bots", "it was the feed")
    expect(page.get_by_label("Is it trading")).not_to_contain_text("paused")
    assert reader.errors == []


def test_nothing_is_sent_without_a_reason_or_by_the_read_token(reader: Eye, house: Appliance) -> None:
    page = reader.page
    before = _last(house)
    page.get_by_role("button", name="Kill").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Control token").fill(house.token)
    dialog.get_by_role("button", name="Kill: halt everything").click()
    expect(dialog.get_by_role("status")).to_have_count(0)
    dialog.get_by_label("Why").fill("only looking")
    dialog.get_by_role("button", name="Kill: halt everything").click()
    expect(dialog.get_by_role("alert")).to_contain_text("control token needed")
    page.keyboard.press("Escape")
    assert _last(house) == before
    assert house.why() != "killed"


def test_a_kill_halts_everything_and_a_reset_takes_it_back(reader: Eye, house: Appliance) -> None:
    page = reader.page
    page.get_by_role("button", name="Kill").click()
    reader.shoot("kill-asks", whole=False)
    say(reader, "Kill: halt everything", "a drill")
    verdict = page.get_by_label("Is it trading")
    expect(verdict).to_contain_text("Not trading: killed")
    expect(verdict).to_contain_text("a drill")
    assert house.why() == "killed"
    reader.shoot("killed", whole=False)
    page.get_by_role("button", name="Reset the breaker").click()
    say(reader, "Reset the breaker", "the drill is over")
    expect(verdict).not_to_contain_text("killed")
    house.until("it trades again", lambda: house.why() in (None, "warming_up"))


def _last(house: Appliance) -> dict[str, Any] | None:
    items: list[dict[str, Any]] = house.get("/api/v1/commands?limit=1")["items"]
    return items[0] if items else None
