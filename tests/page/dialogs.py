"""The dialog of a command, as an operator goes through it."""

from playwright.sync_api import expect

from page.browser import Eye

__all__ = ["say"]


def say(reader: Eye, title: str, reason: str) -> None:
    """Fills what the dialog asks for, sends it, and closes what came of it."""
    dialog = reader.page.get_by_role("dialog", name=title)
    dialog.get_by_label("Why").fill(reason)
    token = dialog.get_by_label("Control token")
    if token.count():
        token.fill(reader.appliance.control_token)
    dialog.get_by_role("button", name=title).click()
    expect(dialog.get_by_role("status")).to_contain_text("of the journal")
    dialog.get_by_role("button", name="Close", exact=True).last.click()
