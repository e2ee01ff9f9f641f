"""What an event type and a host mean in one company."""

from __future__ import annotations

import pytest

from appointments.models import Service
from calcom.models import EventType, EventTypeMapping, HostMapping
from calcom.places import CalcomPlaces, PlacesOfOne
from tests.factories import BranchFactory, CompanyFactory, StaffFactory


@pytest.fixture
def salon(db):
    return CompanyFactory.create()


@pytest.fixture
def cut(salon):
    return Service.objects.create(company=salon, name="Cut", duration_min=30)


def map_type(salon, cut, **target):
    event_type = EventType.objects.create(company=salon, calcom_id=7, title="Cut")
    return EventTypeMapping.objects.create(company=salon, event_type=event_type, service=cut, **target)


def place(company, event_type_id=7, host_id=1):
    return CalcomPlaces(company).place(event_type_id=event_type_id, host_id=host_id)


def test_the_host_outweighs_the_event_types_staff_member(salon, cut):
    usual, host = StaffFactory.create(company=salon), StaffFactory.create(company=salon)
    map_type(salon, cut, staff=usual)
    HostMapping.objects.create(company=salon, calcom_user_id=1, staff=host)
    assert (place(salon).staff.id, place(salon, host_id=2).staff.id) == (host.pk, usual.pk)


def test_the_branch_is_the_mappings_else_the_staff_members_home(salon, cut):
    home, other = BranchFactory.create(company=salon), BranchFactory.create(company=salon)
    mapping = map_type(salon, cut, branch=other, staff=StaffFactory.create(company=salon, home_branch=home))
    assert place(salon).branch_id == other.pk
    mapping.branch = None
    mapping.save()
    assert place(salon).branch_id == home.pk


def test_the_only_branch_of_a_company_needs_no_mapping(salon):
    only = BranchFactory.create(company=salon)
    assert place(salon).branch_id == only.pk
    BranchFactory.create(company=salon)
    assert place(salon).branch_id is None


def test_another_companys_mappings_mean_nothing_here(salon, cut):
    map_type(salon, cut)
    HostMapping.objects.create(company=salon, calcom_user_id=1, staff=StaffFactory.create(company=salon))
    stranger = place(CompanyFactory.create())
    assert (stranger.service, stranger.staff) == (None, None)


def test_what_nobody_mapped_is_open(salon):
    nothing = place(salon, event_type_id=None, host_id=None)
    assert (nothing.service, nothing.branch_id, nothing.staff) == (None, None, None)


def test_news_without_an_event_type_is_looked_up_once(salon, cut, django_assert_num_queries):
    map_type(salon, cut)
    places = PlacesOfOne(salon)
    assert places.place(event_type_id=None, host_id=None).service is None
    assert places.place(event_type_id=7, host_id=None).service is not None
    assert places.place(event_type_id=None, host_id=None).service is None
    with django_assert_num_queries(0):
        assert places.place(event_type_id=None, host_id=None).service is None
