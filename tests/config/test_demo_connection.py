"""The demo's companies have their Cal.com at the sandbox of the stack."""

from __future__ import annotations

import pytest

from calcom import tasks
from companies.models import Company
from config import demo
from config.celery import app
from config.demo.cast import PRACTICE, SALON
from tests.factories import CompanyFactory

pytestmark = pytest.mark.django_db
SANDBOX = "http://127.0.0.1:8101/v2"


@pytest.mark.parametrize("before", ["", "http://127.0.0.1:8100/v2"])
def test_their_address_follows_the_sandbox_to_another_port(before):
    for spec in (SALON, PRACTICE):
        CompanyFactory.create(slug=spec.slug, calcom_base_url=before)
    demo.connect(SANDBOX)
    assert set(Company.objects.values_list("calcom_base_url", flat=True)) == {SANDBOX}


def test_a_company_that_was_connected_elsewhere_stays_there():
    CompanyFactory.create(slug=SALON.slug, calcom_base_url="https://cal.example.com/v2")
    demo.connect(SANDBOX)
    assert Company.objects.get().calcom_base_url == "https://cal.example.com/v2"


def test_other_companies_are_left_alone():
    CompanyFactory.create(slug="somebody-else")
    demo.connect(SANDBOX)
    assert Company.objects.get().calcom_base_url == ""


def test_the_worker_reads_at_once_who_hosts_what_there():
    company = CompanyFactory.create(slug=SALON.slug)
    with app.connection_for_read() as broker:
        broker.SimpleQueue("celery").clear()
        demo.connect(SANDBOX)
        waiting = broker.SimpleQueue("celery").get(block=False)
    assert waiting.headers["task"] == tasks.sync_company.name
    assert waiting.payload[0] == [company.pk]
