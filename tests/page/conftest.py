"""One appliance, one browser; a reader for each test."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from end_to_end.conftest import programs
from page.appliance import Appliance, appliance
from page.browser import Eye, chromium, eye, find_chromium
from quantumflow.web.page import read_page

__all__ = ["built", "house", "programs", "reader", "window"]


@pytest.fixture(scope="session", autouse=True)
def built() -> None:
    """Everything here looks at the page as it is built, in the system's own browser."""
    if not read_page():
        pytest.skip("the page is not built: run make setup")
    if find_chromium() is None:
        pytest.skip("there is no Chromium: it is in setup/packages.txt")


@pytest.fixture(scope="session")
def house(built: None, programs: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Appliance]:
    with appliance(tmp_path_factory.mktemp("page")) as made:
        yield made


@pytest.fixture(scope="session")
def window(built: None) -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def reader(window: Browser, house: Appliance) -> Iterator[Eye]:
    """On the first screen, at a desk, in light colours."""
    with eye(window, house) as one:
        one.enter()
        yield one
