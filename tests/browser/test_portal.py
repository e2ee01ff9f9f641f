"""The portal as people use it: logging in, the list, a page, another language, another screen."""

import re

import pytest
from playwright.sync_api import Page, expect

from companies.models import Company
from tests.factories import PASSWORD, MembershipFactory
from tests.portal.factories import AppointmentFactory, AttendeeFactory, CustomerFactory, DeliveryFactory
from webhooks.models import WebhookEvent

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PHONE = {"width": 390, "height": 844}


def has_no_overflow(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


def test_a_wrong_password_stays_outside(page: Page, company: Company) -> None:
    user = MembershipFactory.create(company=company, user__password=PASSWORD).user
    page.goto("/admin/")
    page.get_by_label("E-mail address").fill(user.email)
    page.get_by_label("Password", exact=False).first.fill("wrong")
    page.get_by_role("button", name="Log in").click()
    expect(page).to_have_url(re.compile("/admin/login/"))
    expect(page.locator("body")).to_contain_text("Please enter the correct")


def test_from_a_number_to_the_list_to_the_page(logged_in: Page, company: Company) -> None:
    customer = CustomerFactory.create(company=company, name='<img src=x onerror="alert(1)">')
    row = AppointmentFactory.create(company=company, customer=customer, cancellation_reason="flu")
    AttendeeFactory.create(appointment=row, name="Ada")
    logged_in.reload()
    logged_in.locator('[data-card="next7"]').click()
    expect(logged_in.locator("#result_list tbody")).to_have_count(1)
    logged_in.locator("#result_list tbody th a").click()
    expect(logged_in.locator("#general-group")).to_be_visible()
    expect(logged_in.locator("#attendees-group")).to_be_hidden()
    logged_in.locator("#record-tabs").get_by_text("Attendees").click()
    expect(logged_in.locator("#attendees-group")).to_contain_text("Ada")
    logged_in.reload()
    expect(logged_in.locator("#attendees-group")).to_be_visible()


def test_filters_and_search(logged_in: Page, company: Company) -> None:
    AppointmentFactory.create(company=company, customer__name="Änne Öztürk")
    AppointmentFactory.create(company=company, status="cancelled")
    logged_in.goto("/admin/appointments/appointment/")
    expect(logged_in.locator("#result_list tbody")).to_have_count(2)
    logged_in.locator("#searchbar").fill("öztürk")
    logged_in.locator("#searchbar").press("Enter")
    expect(logged_in.locator("#result_list tbody")).to_have_count(1)
    logged_in.goto("/admin/appointments/appointment/")
    logged_in.get_by_text("Filters", exact=False).first.click()
    logged_in.locator("select[name=attendees]").select_option("yes", force=True)
    logged_in.get_by_role("button", name="Apply Filters").click()
    expect(logged_in.locator("#empty-sentence")).to_have_text("Nothing matches your search and filters.")


def test_german_and_back(logged_in: Page, company: Company) -> None:
    AppointmentFactory.create(company=company)
    logged_in.get_by_text("unfold_more").click()
    logged_in.get_by_role("button", name="Deutsch").click()
    expect(logged_in.locator("h1")).to_contain_text("Übersicht")
    logged_in.goto("/admin/appointments/appointment/")
    expect(logged_in.locator("#result_list")).to_contain_text("Bestätigt", ignore_case=True)
    logged_in.get_by_text("unfold_more").click()
    logged_in.get_by_role("button", name="English").click()
    expect(logged_in.locator("h1")).to_contain_text("Appointments")


def test_a_delivery_is_processed_again_after_a_question(logged_in: Page, company: Company) -> None:
    event = DeliveryFactory.create(company=company, state=WebhookEvent.State.FAILED)
    logged_in.goto(f"/admin/webhooks/webhookevent/{event.pk}/change/")
    logged_in.get_by_text("Process again").first.click()
    dialog = logged_in.locator("#dialog")
    expect(dialog).to_contain_text("Process this delivery again?")
    dialog.get_by_role("button", name="Process again").click()
    expect(logged_in.locator("body")).to_contain_text("1 delivery is processed again.")
    event.refresh_from_db()
    assert event.state == WebhookEvent.State.PENDING


def test_everything_fits_on_a_telephone(logged_in: Page, company: Company) -> None:
    row = AppointmentFactory.create(company=company, booked_service_name="W" * 120)
    event = DeliveryFactory.create(company=company, reason="x" * 300)
    logged_in.set_viewport_size(PHONE)  # type: ignore[arg-type]  # a plain dict is what it takes
    for address in (
        "/admin/",
        "/admin/appointments/appointment/",
        f"/admin/appointments/appointment/{row.pk}/change/",
        "/admin/companies/alertsettings/add/",
        "/admin/companies/incident/",
        "/admin/webhooks/webhookevent/",
        f"/admin/webhooks/webhookevent/{event.pk}/change/#body",
    ):
        logged_in.goto(address)
        assert has_no_overflow(logged_in), address
