"""Which event type is booked for a service, a branch, a staff member."""

from __future__ import annotations

import pytest

from calcom.models import EventType, HostMapping
from calcom.offers import offer_of
from tests.factories import BranchFactory, StaffFactory
from tests.portal.factories import EventTypeFactory, EventTypeMappingFactory, ServiceFactory

ANNA, BEN = 501, 502


@pytest.fixture
def service(company):
    return ServiceFactory.create(company=company)


@pytest.fixture
def anna(company):
    staff = StaffFactory.create(company=company)
    HostMapping.objects.create(company=company, calcom_user_id=ANNA, staff=staff)
    return staff


@pytest.fixture
def mapped(company, service):
    def add(number, *, hosts, staff=None, branch=None, **facts):
        event_type = EventTypeFactory.create(company=company, calcom_id=number, host_ids=hosts, **facts)
        EventTypeMappingFactory.create(
            company=company, event_type=event_type, service=service, staff=staff, branch=branch
        )
        return event_type

    return add


def offered(company, service, *, staff=None, branch=None):
    found = offer_of(company, service_id=service.pk, branch_id=branch and branch.pk, staff_id=staff and staff.pk)
    return found and found.event_type_id


def test_nobody_mapped_it(company, service, anna):
    assert offered(company, service, staff=anna) is None


def test_the_staff_members_own_event_type_comes_first(company, service, anna, mapped):
    mapped(1, hosts=[ANNA, BEN])
    mapped(2, hosts=[ANNA])
    mapped(3, hosts=[ANNA], staff=anna)
    assert offered(company, service, staff=anna) == 3


def test_else_one_that_they_host_alone_else_a_teams(company, service, anna, mapped):
    team = mapped(1, hosts=[ANNA, BEN])
    mapped(2, hosts=[ANNA])
    assert offered(company, service, staff=anna) == 2
    EventType.objects.filter(calcom_id=2).update(is_listed=False, missing_since="2026-01-01T00:00Z")
    assert offered(company, service, staff=anna) == team.calcom_id


def test_not_one_of_somebody_else(company, service, anna, mapped):
    mapped(1, hosts=[BEN])
    mapped(2, hosts=[ANNA], staff=StaffFactory.create(company=company))
    assert offered(company, service, staff=anna) is None


def test_a_host_that_nobody_confirmed_does_not_count(company, service, anna, mapped):
    mapped(1, hosts=[ANNA, BEN])
    HostMapping.objects.update(state=HostMapping.State.PROPOSED)
    assert offered(company, service, staff=anna) is None


def test_for_nobody_in_particular_a_team_comes_first(company, service, anna, mapped):
    mapped(1, hosts=[ANNA], staff=anna)
    assert offered(company, service) == 1
    mapped(2, hosts=[ANNA, BEN])
    assert offered(company, service) == 2


def test_the_branch_is_kept_to(company, service, mapped):
    here, there = BranchFactory.create(company=company), BranchFactory.create(company=company)
    mapped(1, hosts=[ANNA], branch=there)
    assert offered(company, service, branch=here) is None
    mapped(2, hosts=[ANNA])
    assert offered(company, service, branch=here) == 2
    mapped(3, hosts=[ANNA], branch=here)
    assert offered(company, service, branch=here) == 3


@pytest.mark.parametrize("facts", [{"warnings": ["managed_parent"]}, {"warnings": ["no_hosts"]}, {"is_active": False}])
def test_what_cannot_be_booked_is_not_offered(company, service, mapped, facts):
    mapped(1, hosts=[ANNA], **facts)
    assert offered(company, service) is None


def test_what_is_only_unusual_is_offered(company, service, mapped):
    mapped(1, hosts=[ANNA], warnings=["number_field"])
    assert offered(company, service) == 1


def test_another_companys_event_types_are_not_offered(company, service):
    EventTypeMappingFactory.create(event_type__calcom_id=1)
    assert offered(company, service) is None


def test_what_the_offer_says(company, service, mapped):
    mapped(1, hosts=[ANNA], length_min=45, length_options=[30, 45, 60], requires_confirmation=True, seats=4)
    found = offer_of(company, service_id=service.pk, branch_id=None, staff_id=None)
    assert found is not None
    assert (found.lengths, found.needs_confirmation, found.seats, found.allows_guests) == ((45, 30, 60), True, 4, False)
