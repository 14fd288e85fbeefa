"""What can be looked into: the evidence of a fill, the market as it moves, signals, risk, records, the log."""

import re

from playwright.sync_api import expect

from page.appliance import Appliance
from page.browser import Eye


def test_a_fill_opens_its_evidence_with_the_journals_figures(reader: Eye, house: Appliance) -> None:
    page = reader.page
    number = house.fills()[0]["fill"]
    story = house.get(f"/api/v1/fills/{number}")
    shown, fill = story["fill"]["display"], story["fill"]
    reader.turn("trades")
    page.get_by_role("button", name=f"Evidence of fill {number}", exact=True).click()
    drawer = page.get_by_role("dialog", name=f"Fill {number}")
    book = drawer.get_by_role("region", name="The book at the fill")
    expect(book).to_contain_text(str(fill["last_id"]))
    expect(book).to_contain_text(shown["displayed"])
    expect(book).to_contain_text(f"{int(fill['best_bid']) // 100:,}")
    expect(drawer.get_by_role("region", name="Its way")).to_contain_text(fill["client_id"])
    expect(drawer.get_by_role("region", name="Its way")).to_contain_text("drawn for this order")
    expect(drawer.get_by_role("region", name="Price and fee")).to_contain_text(shown["fee_e8"])
    expect(drawer.get_by_role("region", name="The verdict")).to_contain_text(story["verdict"]["verdict"])
    reader.shoot("evidence", whole=False)
    drawer.get_by_text("Every rule with its numbers").click()
    expect(drawer.get_by_role("cell", name="trading halted")).to_be_visible()
    page.go_back()
    expect(drawer).to_have_count(0)
    assert reader.errors == []


def test_an_address_leads_to_the_evidence(reader: Eye, house: Appliance) -> None:
    number = house.fills()[-1]["fill"]
    reader.turn(f"trades?fill={number}")
    reader.page.reload()
    expect(reader.page.get_by_role("dialog", name=f"Fill {number}")).to_contain_text("Price and fee")


def test_the_market_moves_by_itself(reader: Eye) -> None:
    page = reader.page
    reader.turn("market?symbol=ETHUSDT")
    ladder = page.get_by_label("Order book of ETHUSDT")
    expect(ladder.locator("li.bid")).to_have_count(12)
    expect(ladder.locator("li.ask")).to_have_count(12)
    expect(page.get_by_role("region", name="Book", exact=True)).to_contain_text("live")
    expect(page.get_by_role("meter", name="imbalance, weighted")).to_be_visible()
    before = ladder.inner_text()
    expect(ladder).not_to_have_text(before)
    expect(page.get_by_role("table", name="Trades of the market, newest first")).to_be_visible()
    expect(page.get_by_role("img", name=re.compile(r"Candles of ETHUSDT with [1-9][0-9]* marks"))).to_be_visible()
    reader.shoot("market", whole=False)
    assert [error for error in reader.errors if "503" not in error] == []


def test_a_best_price_is_shown_as_the_book_has_it(reader: Eye, house: Appliance) -> None:
    """Ticks become text without a float: what the page shows was a best bid of the feed."""
    reader.turn("market?symbol=BTCUSDT")
    best = reader.page.get_by_label("Order book of BTCUSDT").locator("li.bid .price").first
    seen = set()

    def meet() -> bool:
        shown = best.inner_text().replace(",", "")
        ticks = house.get("/api/v1/book/BTCUSDT")["bids"][0][0]
        seen.add(f"{ticks // 100}.{ticks % 100:02}")
        return shown in seen

    best.wait_for()
    house.until("the page shows a best bid that the API has told", meet)


def test_signals_say_why_they_became_no_order(reader: Eye, house: Appliance) -> None:
    reader.turn("signals")
    page = reader.page
    table = page.get_by_role("table", name="Signals, newest first")
    expect(table.get_by_role("row").nth(1)).to_be_visible()
    outcomes = {signal["outcome"] for signal in house.get("/api/v1/signals?limit=100")["items"]}
    named = page.get_by_role("region", name="Why signals became no order")
    for outcome in outcomes:
        expect(named).to_contain_text(outcome.replace("_", " "))
    reader.shoot("signals", whole=False)


def test_each_rule_has_its_use_and_its_last_refusal(reader: Eye, house: Appliance) -> None:
    reader.turn("risk")
    table = reader.page.get_by_role("table", name="Risk rules")
    for limit in house.get("/api/v1/limits")["items"]:
        name = limit["rule"].replace("_", " ") + (f" · {limit['of']}" if limit["of"] else "")
        expect(table.get_by_role("cell", name=name, exact=True)).to_have_count(1)
    reader.shoot("risk", whole=False)


def test_the_log_tells_events_as_they_come(reader: Eye) -> None:
    reader.turn("log")
    events = reader.page.get_by_role("region", name="Events of the journal, newest first")
    newest = events.locator("time").first
    newest.wait_for()
    before = newest.inner_text()
    expect(newest).not_to_have_text(before)
    expect(reader.page.get_by_role("region", name="Latency")).to_contain_text("commit")
    reader.shoot("log", whole=False)


def test_sessions_name_their_venue(reader: Eye) -> None:
    reader.turn("records")
    sessions = reader.page.get_by_role("table", name="Sessions, newest first")
    expect(sessions).to_contain_text("SIMULATED")
    expect(sessions).to_contain_text("it runs")
    reader.shoot("records", whole=False)
