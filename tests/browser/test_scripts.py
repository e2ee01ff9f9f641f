"""The pages do what they should although no script inside a page may run (Content-Security-Policy)."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from companies.models import Company
from tests.factories import PASSWORD, BranchFactory, MembershipFactory, OperatorFactory, StaffFactory
from tests.portal.factories import (
    AppointmentFactory,
    AttendeeFactory,
    DeliveryFactory,
    EventTypeFactory,
    EventTypeMappingFactory,
    HostMappingFactory,
)

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def operator(page: Page) -> Page:
    user = OperatorFactory.create(password=PASSWORD)
    page.goto("/admin/login/")
    page.get_by_label("E-mail address").fill(user.email)
    page.get_by_label("Password", exact=False).first.fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page.locator("h1")).to_contain_text("Overview")
    return page


def addresses(company: Company) -> list[str]:
    """A list, a page and, where there is one, a form for every kind of row."""
    rows: list[Any] = [
        AttendeeFactory.create(appointment__company=company).appointment,
        EventTypeMappingFactory.create(company=company),
        EventTypeFactory.create(company=company),
        HostMappingFactory.create(company=company),
        MembershipFactory.create(company=company),
        DeliveryFactory.create(company=company),
        StaffFactory.create(company=company, home_branch=BranchFactory.create(company=company)),
        company,
    ]
    appointment = AppointmentFactory.create(company=company)
    rows += [appointment.customer, appointment.service, appointment.branch, MembershipFactory.create().user]
    names = [(f"/admin/{row._meta.app_label}/{row._meta.model_name}/", row.pk) for row in rows]
    forms = [f"{name}add/" for name, _pk in names if "/appointment/" not in name and "webhookevent" not in name]
    host = next(f"{name}{pk}/delete/" for name, pk in names if "hostmapping" in name)
    return [*(name for name, _pk in names), *(f"{name}{pk}/change/" for name, pk in names), *forms, host]


def test_no_page_needs_a_script_inside_it(operator: Page) -> None:
    """Every violation of the policy is an error of the console, and these end the test (see the fixture)."""
    company = MembershipFactory.create().company
    for address in ["/admin/", "/admin/password_change/", "/admin/password_reset/", *addresses(company)]:
        answer = operator.goto(address)
        assert answer is not None
        assert answer.status == 200, address
        assert "unsafe-inline" not in answer.headers["content-security-policy"].split("style-src")[0]


def test_a_script_that_came_in_with_data_does_not_run(operator: Page, errors: list[str]) -> None:
    operator.evaluate(
        "document.body.insertAdjacentHTML('beforeend', '<img src=\"data:,\" onerror=\"window.ran = 1\">')"
    )
    operator.wait_for_function("document.querySelector('img[onerror]').complete")
    assert operator.evaluate("window.ran") is None
    assert ["Content Security Policy" in error for error in errors] == [True]
    errors.clear()


def test_a_dialog_of_the_company_works(operator: Page) -> None:
    company = MembershipFactory.create().company
    operator.goto(f"/admin/companies/company/{company.pk}/change/")
    operator.get_by_text("New webhook address").first.click()
    dialog = operator.locator("#dialog")
    expect(dialog).to_contain_text("Make a new webhook address?")
    dialog.get_by_role("button", name="Make a new address").click()
    expect(operator.locator("body")).to_contain_text("The company has a new webhook address.")


def test_a_service_is_given_its_staff_by_searching(operator: Page) -> None:
    row = AppointmentFactory.create(staff__name="Änne Öztürk")
    operator.goto(f"/admin/appointments/service/{row.service_id}/change/")
    operator.locator(".select2-selection").first.click()
    operator.keyboard.type("Öztürk")
    expect(operator.locator(".select2-results")).to_contain_text("Änne Öztürk")
