"""The server goes away and comes back: the page says so, and recovers by itself."""

import os
import signal

from playwright.sync_api import expect

from page.appliance import START_SECONDS_MAX, Appliance
from page.browser import Eye


def test_a_page_outlives_the_server(reader: Eye, house: Appliance) -> None:
    page = reader.page
    reader.turn("market?symbol=BTCUSDT")
    ladder = page.get_by_label("Order book of BTCUSDT")
    ladder.wait_for()
    page.evaluate("window.stayed = true")
    pid = house.started.pid("web")
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)  # it hangs: connections are there, and nobody answers
    try:
        expect(page.get_by_role("alert")).to_contain_text("The server does not answer", timeout=40_000)
        reader.shoot("server-away", whole=False)
    finally:
        os.kill(pid, signal.SIGKILL)  # its supervisor starts another
    house.until("the web program is back", lambda: house.get("/api/v1/status"), START_SECONDS_MAX)
    expect(page.get_by_role("alert")).to_have_count(0, timeout=40_000)
    expect(page.get_by_role("region", name="Book", exact=True)).to_contain_text("live", timeout=40_000)
    before = ladder.inner_text()
    expect(ladder).not_to_have_text(before)
    assert page.evaluate("window.stayed"), "the page was loaded anew"
    reader.shoot("server-back", whole=False)
