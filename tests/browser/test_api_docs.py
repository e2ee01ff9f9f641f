"""The description of the API is drawn from this server alone, and can be tried by whoever is logged in."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from companies.models import Company
from tests.factories import PASSWORD, BranchFactory, MembershipFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def owner(page: Page, company: Company) -> Page:
    user = MembershipFactory.create(company=company, user__password=PASSWORD).user
    page.goto("/admin/login/")
    page.get_by_label("E-mail address").fill(user.email)
    page.get_by_label("Password", exact=False).first.fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page.locator("h1")).to_contain_text("Overview")
    return page


def test_it_is_drawn_without_anything_from_elsewhere(page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto("/api/docs/")
    expect(page.locator(".title")).to_contain_text("Slotkeeper")
    expect(page.locator(".opblock-tag").first).to_be_visible()
    here = page.evaluate("location.origin")
    assert not [url for url in asked if not url.startswith((here, "data:"))]


def test_an_operation_is_tried_with_the_readers_own_rows(owner: Page, company: Company) -> None:
    branch = BranchFactory.create(company=company, name="Mitte")
    owner.goto("/api/docs/")
    owner.locator("#operations-tag-branches").click()
    operation = owner.locator("#operations-branches-branches_retrieve")
    operation.click()
    operation.get_by_role("button", name="Try it out").click()
    expect(operation.get_by_placeholder("id", exact=True)).to_have_value(str(branch.pk))
    operation.get_by_role("button", name="Execute").click()
    expect(operation.locator(".live-responses-table tbody")).to_contain_text("Mitte")
