"""Deliveries: what came, what became of it, and processing it again."""

import json

import pytest
from django.test import Client

from companies.models import Company
from tests.conftest import LogIn
from tests.factories import MembershipFactory
from tests.portal.conftest import As
from tests.portal.factories import ChangeFactory, DeliveryFactory
from webhooks.models import WebhookEvent

LIST = "/admin/webhooks/webhookevent/"
State = WebhookEvent.State


def page(event: WebhookEvent) -> str:
    return f"{LIST}{event.pk}/change/"


def replay(client: Client, *events: WebhookEvent) -> object:
    data = {"action": "replay", "_selected_action": [event.pk for event in events]}
    return client.post(LIST, data, follow=True)


def replay_one(client: Client, event: WebhookEvent) -> int:
    return client.post(f"{LIST}{event.pk}/replay/", {"_form_submitted": "True"}).status_code


def states(*events: WebhookEvent) -> list[str]:
    return [WebhookEvent.objects.get(pk=event.pk).state for event in events]


def test_an_empty_list_says_how_they_come(owner: Client) -> None:
    assert "No deliveries yet. Enter the company&#x27;s webhook address at Cal.com" in owner.get(LIST).text


def test_a_row_shows_what_became_of_a_delivery(owner: Client, company: Company) -> None:
    DeliveryFactory.create(company=company, state=State.FAILED, reason="end before <start>", booking_uid="hK3mVq8Z")
    text = owner.get(LIST).text
    assert all(part in text for part in ("BOOKING_CREATED", "failed", "end before &lt;start&gt;", "hK3mVq8Z"))


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?state__exact=failed&state__exact=waiting", {0, 1}),
        ("?trigger=PING", {1}),
        ("?period=today", {0, 1, 2}),
        ("?received_at_to=2020-01-01", set()),
        ("?q=hK3mVq8Z", {2}),
        ("?q=hK3mVq", set()),
    ],
)
def test_filters_and_search(owner: Client, company: Company, query: str, found: set[int]) -> None:
    rows = [
        DeliveryFactory.create(company=company, state=State.FAILED),
        DeliveryFactory.create(company=company, state=State.WAITING, trigger="PING"),
        DeliveryFactory.create(company=company, booking_uid="hK3mVq8Z"),
    ]
    shown = {row.pk for row in owner.get(f"{LIST}{query}").context["cl"].result_list}
    assert shown == {rows[index].pk for index in found}


def test_a_delivery_is_found_by_its_id(owner: Client, company: Company) -> None:
    event, _other = DeliveryFactory.create_batch(2, company=company)
    answer = owner.get(LIST, {"q": str(event.delivery_id)})
    assert [row.pk for row in answer.context["cl"].result_list] == [event.pk]


def test_the_list_needs_few_queries(owner, company, django_assert_max_num_queries) -> None:
    DeliveryFactory.create_batch(60, company=company)
    with django_assert_max_num_queries(10):
        rows = owner.get(LIST).context["cl"].result_list
        assert all("body" in row.get_deferred_fields() for row in rows)


def test_the_body_is_laid_out_folded_and_without_secrets(owner: Client, company: Company) -> None:
    payload = {
        "oneTimePassword": "8a1d7c0e",
        "videoCallData": {"password": "m33ting"},
        "downloadLink": "https://app.cal.com/recording?token=t0ken",
        "title": "<b>Grüße</b>",
    }
    body = json.dumps({"triggerEvent": "RECORDING_READY", "payload": payload}).encode()
    text = owner.get(page(DeliveryFactory.create(company=company, body=body))).text
    assert "&lt;b&gt;Grüße&lt;/b&gt;" in text
    assert "<details" in text
    assert "https://app.cal.com/recording" in text
    assert all(secret not in text for secret in ("8a1d7c0e", "m33ting", "t0ken"))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"false",
        b"\xff\x00{",
        b'"\\ud800"',
        b"[" * 5000,
        b'{"password": "s3cret", broken',
        b'"{\\"password\\":\\"s3cret\\"}"',
    ],
)
def test_any_body_can_be_looked_at(owner: Client, company: Company, body: bytes) -> None:
    answer = owner.get(page(DeliveryFactory.create(company=company, body=body)))
    assert answer.status_code == 200
    assert "s3cret" not in answer.text


def test_the_page_links_the_appointment_that_changed(owner: Client, company: Company) -> None:
    event = DeliveryFactory.create(company=company)
    change = ChangeFactory.create(appointment__company=company, delivery_id=event.delivery_id)
    assert f"/admin/appointments/appointment/{change.appointment_id}/change/" in owner.get(page(event)).text


def test_chosen_deliveries_are_processed_again(owner: Client, company: Company) -> None:
    first, second, third = DeliveryFactory.create_batch(3, company=company, state=State.FAILED)
    answer = replay(owner, first, second)
    assert "2 deliveries are processed again." in answer.text  # type: ignore[attr-defined]  # a test client's answer
    assert states(first, second, third) == [State.PENDING, State.PENDING, State.FAILED]


def test_a_delivery_is_processed_again_from_its_page(owner: Client, company: Company) -> None:
    event = DeliveryFactory.create(company=company, state=State.IGNORED)
    assert "Process again" in owner.get(page(event)).text
    assert replay_one(owner, event) == 200
    assert states(event) == [State.PENDING]


def test_looking_at_the_question_changes_nothing(owner: Client, company: Company) -> None:
    event = DeliveryFactory.create(company=company, state=State.IGNORED)
    assert "Process this delivery again?" in owner.get(f"{LIST}{event.pk}/replay/").text
    assert states(event) == [State.IGNORED]


def test_foreign_deliveries_are_not_processed_again(owner: Client, company: Company) -> None:
    own = DeliveryFactory.create(company=company, state=State.FAILED)
    foreign = DeliveryFactory.create(state=State.FAILED)
    nobodys = DeliveryFactory.create(company=None, state=State.FAILED)
    replay(owner, own, foreign, nobodys)
    assert states(own, foreign, nobodys) == [State.PENDING, State.FAILED, State.FAILED]
    assert {replay_one(owner, event) for event in (foreign, nobodys)} <= {403, 404}
    assert states(foreign, nobodys) == [State.FAILED, State.FAILED]


def test_auditors_read_deliveries_but_process_none(as_role: As, company: Company) -> None:
    event = DeliveryFactory.create(company=company, state=State.FAILED)
    auditor = as_role("auditor")
    assert "Process again" not in auditor.get(page(event)).text
    replay(auditor, event)
    assert replay_one(auditor, event) == 403
    assert states(event) == [State.FAILED]


def test_a_role_counts_in_its_own_company_only(log_in: LogIn, company: Company) -> None:
    user = MembershipFactory.create(company=company, role="auditor").user
    owned = MembershipFactory.create(user=user, role="owner").company
    read, own = (DeliveryFactory.create(company=one, state=State.FAILED) for one in (company, owned))
    replay(log_in(user), read, own)
    assert states(read, own) == [State.FAILED, State.PENDING]


def test_staff_see_no_deliveries(as_role: As, company: Company) -> None:
    event = DeliveryFactory.create(company=company)
    assert as_role("staff").get(LIST).status_code == 403
    assert as_role("staff").get(page(event)).status_code in {302, 403}


def test_deliveries_of_no_company_are_for_operators(owner: Client, operator: Client) -> None:
    event = DeliveryFactory.create(company=None)
    assert owner.get(page(event)).status_code == 302
    assert not owner.get(LIST).context["cl"].result_list
    assert operator.get(page(event)).status_code == 200
    assert replay_one(operator, event) == 200


def test_nobody_writes_deliveries(owner: Client, operator: Client, company: Company) -> None:
    event = DeliveryFactory.create(company=company)
    for client in (owner, operator):
        assert client.get(f"{LIST}add/").status_code == 403
        assert client.post(page(event), {"state": "done"}).status_code == 403
        assert client.post(f"{LIST}{event.pk}/delete/", {"post": "yes"}).status_code == 403
