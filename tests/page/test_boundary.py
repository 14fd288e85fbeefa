"""An answer that is not what the page expects costs the part that shows it, and never the page."""

from playwright.sync_api import Route, expect

from page.browser import Eye

UNSHOWN = "This cannot be shown"


def test_an_answer_of_another_shape_costs_its_part_alone(reader: Eye) -> None:
    page = reader.page
    page.route("**/api/v1/limits", lambda route: route.fulfill(json={"known": True}))
    reader.turn("risk")
    expect(page.get_by_text(UNSHOWN)).to_be_visible()
    expect(page.get_by_label("Simulated market")).to_be_visible()
    reader.turn("trades")
    expect(page.get_by_role("region", name="Fills", exact=True)).to_be_visible()
    expect(page.get_by_text(UNSHOWN)).to_have_count(0)
    reader.turn("risk")
    expect(page.get_by_text(UNSHOWN)).to_be_visible()
    page.unroute("**/api/v1/limits")
    page.get_by_role("button", name="Reload").click()
    expect(page.get_by_role("meter", name="drawdown breaker")).to_be_visible()


def test_a_limit_beyond_what_a_float_holds_is_shown_to_its_last_digit(reader: Eye) -> None:
    page = reader.page
    vast = {"use": "1451.43", "limit": "46116860184.27"}

    def with_a_vast_limit(answer: dict[str, object]) -> dict[str, object]:
        return {**answer, "use": 145_143_000_000, "limit": 4_611_686_018_427_000_000, "share_ppm": 1, "display": vast}

    def answered(route: Route) -> None:
        limits = route.fetch().json()
        rows = [with_a_vast_limit(row) if row["rule"] == "notional_per_day" else row for row in limits["items"]]
        route.fulfill(json={**limits, "items": rows})

    page.route("**/api/v1/limits", answered)
    reader.turn("risk")
    expect(page.get_by_role("region", name="Use of each limit")).to_contain_text("1,451.43 of 46,116,860,184.27")
