"""A real Chromium on a live server, a sandbox shop beside it, and a thread that does the workers' part.

Screenshots of failures go to test-artifacts/.
"""

from __future__ import annotations

import re
import shutil
import threading
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import connections
from playwright.sync_api import Browser, ConsoleMessage, Page, Response, expect, sync_playwright

from sandbox.woocommerce import WooShop
from sites.services.execute_runs import execute_waiting_runs

ARTIFACTS = Path(settings.BASE_DIR) / "test-artifacts"
ARGUMENTS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
)  # fmt: skip
PASSWORD = "a long test password"
WAIT_MS = 15_000
FAILED = pytest.StashKey[bool]()

expect.set_options(timeout=WAIT_MS)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Fixtures learn whether their test failed."""
    report = yield
    item.stash[FAILED] = report.failed or item.stash.get(FAILED, False)
    return report


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Playwright runs a loop in the thread of the tests, which Django would take for asynchronous code."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    assert program, "No Chromium found: `python -m tests.servers install chromium`, or install it by hand."
    with pytest.MonkeyPatch.context() as environment, sync_playwright() as playwright:
        environment.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        browser = playwright.chromium.launch(executable_path=program, args=list(ARGUMENTS))
        yield browser
        browser.close()


@dataclass
class Staff:
    """Somebody at the screen. `complaints` gathers what the browser and the server had to complain about."""

    page: Page
    address: str
    complaints: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.set_default_timeout(WAIT_MS)
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.complaints.append(f"script: {error}"))
        self.page.on("response", self._answered)

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(f"console: {message.text}")

    def _answered(self, response: Response) -> None:
        if response.status >= 400:
            self.complaints.append(f"{response.status}: {response.url}")

    def log_in(self, name: str, password: str = PASSWORD) -> None:
        self.page.goto(f"{self.address}/admin/login/?next=/admin/")
        self.page.fill("#id_username", name)
        self.page.fill("#id_password", password)
        self.page.click("input[type=submit]")
        self.page.wait_for_selector("#side-menu")

    def speak(self, language: str) -> None:
        self.page.click(f"form.language button[lang={language}]")
        self.page.wait_for_selector(f"html[lang={language}]")

    def open(self, path: str) -> None:
        self.page.goto(self.address + path)

    def tab(self, key: str) -> None:
        self.page.click(f"[role=tab][data-tab={key}]")

    def press(self, label: str) -> None:
        """A button of the action bar."""
        self.page.locator(".action-bar").get_by_role("button", name=label, exact=True).click()

    def text(self) -> str:
        return self.page.locator("#content").inner_text()


@pytest.fixture
def staff(
    chromium: Browser, live_server: Any, request: pytest.FixtureRequest
) -> Iterator[Callable[[str], Staff]]:
    """Log somebody in by name, in a browser of their own; nobody may have heard a complaint at the end."""
    opened: list[Staff] = []

    def log_in(name: str) -> Staff:
        context = chromium.new_context(viewport={"width": 1440, "height": 900}, locale="en")
        found = Staff(context.new_page(), live_server.url)
        opened.append(found)
        found.log_in(name)
        return found

    yield log_in
    if request.node.stash.get(FAILED, False):
        ARTIFACTS.mkdir(exist_ok=True)
        for number, one in enumerate(opened):
            name = re.sub(r"\W+", "_", f"{request.node.name}_{number}")
            one.page.screenshot(path=str(ARTIFACTS / f"{name}.png"), full_page=True)
    for one in opened:
        one.page.context.close()
    assert [complaint for one in opened for complaint in one.complaints] == []


@pytest.fixture
def company(transactional_db: None) -> None:
    """The demo company, and an administrator."""
    call_command("load_demo_company", verbosity=0)
    get_user_model().objects.create_superuser("salma", "salma@example.com", PASSWORD)


@pytest.fixture
def shop() -> Iterator[WooShop]:
    with WooShop(prices_include_tax=False) as running:
        running.add_tax_rate("15.0000", name="VAT")
        running.add_product(sku="DEMO-0001", name="Khawlani Coffee Beans 250 g", regular_price="46.00")
        yield running


@pytest.fixture
def hands(transactional_db: None) -> Iterator[None]:
    """What a worker does when a door wakes it up: carries out the runs that staff ask for."""
    over = threading.Event()

    def work() -> None:
        while not over.wait(0.2):
            execute_waiting_runs()
        connections.close_all()

    worker = threading.Thread(target=work, name="hands")
    worker.start()
    yield
    over.set()
    worker.join(30)
    assert not worker.is_alive()
