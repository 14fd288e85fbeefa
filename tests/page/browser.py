"""Chromium as the system has it, without a network of its own; pages that note what goes wrong in them."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Page, expect, sync_playwright

from end_to_end.appliance import ROOT
from page.appliance import Appliance

__all__ = ["DESKTOP", "PHONE", "Eye", "chromium", "eye", "find_chromium"]

Scheme = Literal["light", "dark"]
SHOTS = ROOT / ".build" / "page"
DESKTOP = (1440, 900)
PHONE = (390, 844)
STEP_MS_MAX = 20_000
"""Guards against hanging alone: nothing here is measured."""
_FLAGS = (
    "--no-sandbox",  # the tests may run as root, and the page is our own
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-sync",
    "--no-first-run",
    "--no-default-browser-check",
    "--js-flags=--expose-gc",
    "--enable-precise-memory-info",
)


def find_chromium() -> str | None:
    """The system's browser, by Debian's name or another's."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return next((found for found in map(shutil.which, names) if found), None)


@contextmanager
def chromium() -> Iterator[Browser]:
    """One browser; what it is asked for goes to loopback alone."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=list(_FLAGS))
        try:
            yield browser
        finally:
            browser.close()


class Eye:
    """One page of one reader, and what went wrong in it."""

    def __init__(self, page: Page, appliance: Appliance) -> None:
        self.page = page
        self.appliance = appliance
        self.errors: list[str] = []
        page.set_default_timeout(STEP_MS_MAX)
        expect.set_options(timeout=STEP_MS_MAX)
        page.on("pageerror", lambda error: self.errors.append(f"thrown: {error}"))
        page.on("console", lambda said: self.errors.append(said.text) if said.type == "error" else None)

    def enter(self, token: str | None = None) -> None:
        """From the address to the first screen."""
        self.page.goto(f"{self.appliance.url}/")
        self.page.get_by_label("Token").fill(token or self.appliance.token)
        self.page.get_by_role("button", name="Look").click()

    def turn(self, page: str) -> None:
        """To another page, by its address; it is there when its heading is."""
        self.page.goto(f"{self.appliance.url}/#/{page}")
        name = page.partition("?")[0].capitalize()
        self.page.get_by_role("heading", name=name, level=1).wait_for()

    def shoot(self, name: str, whole: bool = True) -> Path:
        """A picture of what is seen, kept for who looks."""
        SHOTS.mkdir(parents=True, exist_ok=True)
        path = SHOTS / f"{name}.png"
        self.page.screenshot(path=path, full_page=whole)
        return path


@contextmanager
def eye(
    browser: Browser, appliance: Appliance, size: tuple[int, int] = DESKTOP, scheme: Scheme = "light"
) -> Iterator[Eye]:
    """A reader of their own: nothing of an earlier one is kept."""
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        color_scheme=scheme,
        reduced_motion="reduce",
        timezone_id="America/Sao_Paulo",
        has_touch=size == PHONE,
    )
    try:
        yield Eye(context.new_page(), appliance)
    finally:
        context.close()
