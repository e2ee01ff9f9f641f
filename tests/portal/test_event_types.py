"""Event types, what they mean, and hosts."""

from typing import Any

import pytest
from django.test import Client

from calcom.models import EventType, EventTypeMapping, HostMapping
from companies.models import Company
from tests.factories import BranchFactory, StaffFactory
from tests.portal.conftest import As
from tests.portal.factories import EventTypeFactory, ServiceFactory

EVENT_TYPES = "/admin/calcom/eventtype/"
MAPPINGS = "/admin/calcom/eventtypemapping/"
HOSTS = "/admin/calcom/hostmapping/"


def event_type_data(**mapping: object) -> dict[str, object]:
    inline = {"mapping-TOTAL_FORMS": 1 if mapping else 0, "mapping-INITIAL_FORMS": 0}
    values = {f"mapping-0-{name}": value for name, value in mapping.items()}
    return (
        {"title": "First visit", "calcom_id": 88012, "slug": "", "length_min": 30, "is_active": "on"} | inline | values
    )


@pytest.mark.parametrize(
    ("address", "sentence"),
    [(EVENT_TYPES, "No event types yet."), (MAPPINGS, "No mappings yet."), (HOSTS, "No hosts yet.")],
)
def test_empty_lists_have_a_sentence(owner: Client, address: str, sentence: str) -> None:
    assert sentence in owner.get(address).text


def test_an_event_type_is_added_with_its_meaning(owner: Client, company: Company) -> None:
    service = ServiceFactory.create(company=company)
    branch = BranchFactory.create(company=company)
    staff = StaffFactory.create(company=company)
    owner.post(f"{EVENT_TYPES}add/", event_type_data(service=service.pk, branch=branch.pk, staff=staff.pk))
    mapping = EventTypeMapping.objects.get()
    assert (mapping.company, mapping.event_type.company) == (company, company)
    assert (mapping.service, mapping.branch, mapping.staff) == (service, branch, staff)


def test_the_list_shows_the_meaning_or_that_it_is_missing(owner: Client, company: Company) -> None:
    service = ServiceFactory.create(company=company, name="Perm")
    EventTypeMapping.objects.create(
        company=company, event_type=EventTypeFactory.create(company=company), service=service
    )
    assert "Perm" in owner.get(EVENT_TYPES).text
    assert "not mapped" not in owner.get(EVENT_TYPES).text
    EventTypeFactory.create(company=company)
    assert "not mapped" in owner.get(EVENT_TYPES).text


@pytest.mark.parametrize("name", ["service", "branch", "staff"])
def test_an_event_type_means_nothing_of_another_company(owner: Client, company: Company, name: str) -> None:
    own = {"service": ServiceFactory.create(company=company).pk}
    factories: dict[str, Any] = {"service": ServiceFactory, "branch": BranchFactory, "staff": StaffFactory}
    foreign = factories[name].create().pk
    owner.post(f"{EVENT_TYPES}add/", event_type_data(**own | {name: foreign}))
    assert not EventTypeMapping.objects.exists()


def test_a_mapping_of_a_foreign_event_type_is_refused(owner: Client, company: Company) -> None:
    data = {"event_type": EventTypeFactory.create().pk, "service": ServiceFactory.create(company=company).pk}
    owner.post(f"{MAPPINGS}add/", data)
    assert not EventTypeMapping.objects.exists()


def test_the_id_at_calcom_stays(owner: Client, company: Company) -> None:
    event_type = EventTypeFactory.create(company=company, calcom_id=1)
    owner.post(f"{EVENT_TYPES}{event_type.pk}/change/", event_type_data())
    event_type.refresh_from_db()
    assert (event_type.title, event_type.calcom_id) == ("First visit", 1)


def test_an_event_type_is_known_once(owner: Client, company: Company) -> None:
    EventTypeFactory.create(company=company, calcom_id=88012)
    assert owner.post(f"{EVENT_TYPES}add/", event_type_data()).status_code == 200
    assert EventType.objects.count() == 1


def test_a_host_is_one_of_the_staff(owner: Client, company: Company) -> None:
    data = {"calcom_user_id": 4101, "calcom_name": "Mira Keller", "calcom_email": ""}
    owner.post(f"{HOSTS}add/", data | {"staff": StaffFactory.create().pk})
    assert not HostMapping.objects.exists()
    owner.post(f"{HOSTS}add/", data | {"staff": StaffFactory.create(company=company).pk})
    assert HostMapping.objects.get().company == company


@pytest.mark.parametrize("address", [EVENT_TYPES, MAPPINGS, HOSTS])
def test_staff_have_no_business_here(as_role: As, address: str) -> None:
    assert as_role("staff").get(address).status_code == 403
    assert as_role("auditor").get(address).status_code == 200
    assert as_role("auditor").get(f"{address}add/").status_code == 403
