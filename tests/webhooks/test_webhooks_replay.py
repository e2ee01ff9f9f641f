"""`manage.py webhooks_replay`: deliveries are processed again, those of one company only."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from appointments.models import Appointment
from companies.models import Company
from tests.command_line import Shell
from tests.deliveries.bodies import created
from tests.deliveries.cast import Booking
from tests.factories import CompanyFactory
from tests.portal.factories import DeliveryFactory
from webhooks.models import WebhookEvent
from webhooks.tasks import drain_all

State = WebhookEvent.State
FAILED = {"state": State.FAILED, "attempts": 5, "finished_at": timezone.now()}


def states() -> list[str]:
    return list(WebhookEvent.objects.order_by("pk").values_list("state", flat=True))


def test_failed_deliveries_are_due_again_and_others_stay(shell: Shell, salon: Company):
    for state in (State.FAILED, State.DONE, State.FAILED, State.IGNORED):
        DeliveryFactory.create(company=salon, state=state, finished_at=timezone.now())
    ended = shell("webhooks_replay", "--company", salon.slug, "--failed")
    assert (ended.status, ended.out) == (0, f"{salon.name}: 2 replayed, 0 without body\n")
    assert states() == ["pending", "done", "pending", "ignored"]


def test_what_was_replayed_is_applied_by_the_worker(shell: Shell, salon: Company, deliver):
    deliver(created(Booking("cut1", 1), "09:00"))
    WebhookEvent.objects.update(**FAILED)
    shell("webhooks_replay", "--all", "--failed")
    assert drain_all() == 1
    assert Appointment.objects.get().company == salon
    assert shell("webhooks_replay", "--all", "--failed").out == f"{salon.name}: 0 replayed, 0 without body\n"


def test_a_time_chooses_what_came_since(shell: Shell, salon: Company):
    for hours in (50, 47, 1):
        DeliveryFactory.create(company=salon, received_at=timezone.now() - timedelta(hours=hours))
    assert shell("webhooks_replay", "--all", "--since", "2d").out.startswith(f"{salon.name}: 2 replayed")
    assert states() == ["done", "pending", "pending"]


def test_a_time_without_an_offset_is_read_on_the_companys_clock(shell: Shell, salon: Company):
    salon.time_zone = "Asia/Tokyo"
    salon.save()
    noon = timezone.now().replace(hour=3, minute=0, second=0, microsecond=0)  # noon in Tokyo
    for minutes in (-1, 1):
        DeliveryFactory.create(company=salon, received_at=noon + timedelta(minutes=minutes))
    assert "1 replayed" in shell("webhooks_replay", "--all", "--since", f"{noon:%Y-%m-%d}T12:00").out
    assert states() == ["done", "pending"]


def test_failed_ones_of_a_time(shell: Shell, salon: Company):
    old = DeliveryFactory.create(company=salon, received_at=timezone.now() - timedelta(days=3), **FAILED)
    DeliveryFactory.create(company=salon, **FAILED)
    DeliveryFactory.create(company=salon)
    assert "1 replayed" in shell("webhooks_replay", "--all", "--failed", "--since", "1d").out
    old.refresh_from_db()
    assert old.state == State.FAILED


def test_some_by_their_ids_and_what_is_not_there_is_named(shell: Shell, salon: Company):
    one, other = DeliveryFactory.create_batch(2, company=salon)
    foreign = DeliveryFactory.create()
    ended = shell(
        "webhooks_replay", "--company", salon.slug, "--ids", str(one.delivery_id), str(foreign.delivery_id), "--json"
    )
    assert (ended.status, ended.facts["replayed"]) == (1, 1)
    assert ended.facts["failures"] == [f"there is no delivery {foreign.delivery_id}"]
    assert states() == ["pending", "done", "done"], other


def test_a_dry_run_writes_nothing_and_tells_the_same_numbers(shell: Shell, salon: Company):
    DeliveryFactory.create_batch(3, company=salon, **FAILED)
    before = list(WebhookEvent.objects.values())
    with CaptureQueriesContext(connection) as queries:
        ended = shell("webhooks_replay", "--all", "--failed", "--dry-run")
    assert ended.out == f"{salon.name}: would be: 3 replayed, 0 without body\n"
    assert list(WebhookEvent.objects.values()) == before
    assert not any(query["sql"].startswith("UPDATE") for query in queries)


def test_what_has_no_body_any_more_stays_as_it_is(shell: Shell, salon: Company):
    DeliveryFactory.create(company=salon, body=b"", **FAILED)
    ended = shell("webhooks_replay", "--all", "--failed")
    assert (ended.status, ended.out) == (0, f"{salon.name}: 0 replayed, 1 without body\n")
    assert states() == ["failed"]


def test_a_strangers_deliveries_stay_as_they_are(shell: Shell, salon: Company):
    elsewhere = CompanyFactory.create()
    DeliveryFactory.create(company=elsewhere, **FAILED)
    DeliveryFactory.create(company=None, **FAILED)
    for words in (["--failed"], ["--since", "1d"]):
        assert "0 replayed" in shell("webhooks_replay", "--company", salon.slug, *words).out
    assert states() == ["failed", "failed"]


def test_small_batches_reach_all_and_commit_as_they_go(shell: Shell, salon: Company):
    DeliveryFactory.create_batch(5, company=salon, **FAILED)
    with CaptureQueriesContext(connection) as queries:
        assert "5 replayed" in shell("webhooks_replay", "--all", "--failed", "--batch", "2").out
    assert sum(query["sql"].startswith("UPDATE") for query in queries) == 3
    assert set(states()) == {"pending"}


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["--all"],
        ["--all", "--since", "soon"],
        ["--all", "--since", "0001-01-01"],
        ["--all", "--ids", "7"],
        ["--all", "--failed", "--ids", "0" * 32],
        ["--all", "--failed", "--batch", "0"],
        ["--company", "nobody", "--failed"],
    ],
)
def test_wrong_usage(shell: Shell, salon: Company, words: list[str]):
    assert shell("webhooks_replay", *words).status == 2
