"""A real Chromium. Where there is none these tests are left out, and the report says so.

With SLOTKEEPER_BROWSER=required, as in CI, a missing browser is a failure. SLOTKEEPER_BROWSER may also name the binary.
"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connections
from playwright.sync_api import Page, expect, sync_playwright

from companies.models import Company
from tests.factories import PASSWORD, MembershipFactory

REQUIRED = "required"
WISH = os.environ.get("SLOTKEEPER_BROWSER", "")
NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
MISSING = "no Chromium found: install it (Debian: apt-get install chromium) or name it in SLOTKEEPER_BROWSER"


def find_browser() -> str | None:
    """The binary to drive; None where there is none."""
    wishes = [WISH] if WISH and WISH != REQUIRED else NAMES
    return next((path for name in wishes if (path := shutil.which(name))), None)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Without a browser, and without the wish for one, leave these tests out."""
    if find_browser() or WISH:
        return
    here = Path(__file__).parent
    left_out = [item for item in items if here in item.path.parents]
    if left_out:
        items[:] = [item for item in items if item not in left_out]
        config.hook.pytest_deselected(items=left_out)
        config.stash[LEFT_OUT] = len(left_out)


LEFT_OUT = pytest.StashKey[int]()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say what was not tested."""
    if count := config.stash.get(LEFT_OUT, 0):
        terminalreporter.write_line(f"{count} browser tests left out: {MISSING}", yellow=True)


@pytest.fixture
def errors() -> list[str]:
    """What went wrong in the tab. A test that expects something takes it out."""
    return []


@pytest.fixture
def page(live_server: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, errors: list[str]) -> Iterator[Page]:
    """An empty tab of a browser without history, in English, that fails the test on any error in its console."""
    binary = find_browser() or pytest.fail(MISSING)
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # Playwright's loop runs in this thread
    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            tmp_path / "profile",
            executable_path=binary,
            args=FLAGS,
            locale="en-GB",
            base_url=str(live_server),
            viewport={"width": 1440, "height": 900},
        )
        tab = context.new_page()
        tab.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        tab.on("pageerror", lambda error: errors.append(str(error)))
        tab.on("dialog", lambda dialog: errors.append(f"dialog: {dialog.message}"))
        yield tab
        context.close()
        connections.close_all()  # what the test asked the database for while Playwright's loop ran
    assert errors == []


@pytest.fixture
def logged_in(page: Page, company: Company) -> Page:
    """The owner of the company, logged in by the form."""
    user = MembershipFactory.create(company=company, user__password=PASSWORD).user
    page.goto("/admin/")
    page.get_by_label("E-mail address").fill(user.email)
    page.get_by_label("Password", exact=False).first.fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page.locator("h1")).to_contain_text("Overview")
    return page
