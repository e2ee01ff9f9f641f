"""Which slots a write makes wrong: those of all event types with a host in common."""

from __future__ import annotations

import pytest

from calcom.cache import forget_slots
from calcom.models import EventType
from tests.calcom.cache.cast import Upstream, slots
from tests.factories import CompanyFactory

CUT, COLOUR, MASSAGE, UNKNOWN = 501, 502, 503, 504
ANNA, BERTA, CLARA = 1, 2, 3


@pytest.fixture
def salon(company):
    for calcom_id, hosts in ((CUT, [ANNA]), (COLOUR, [ANNA, BERTA]), (MASSAGE, [CLARA])):
        EventType.objects.create(company=company, calcom_id=calcom_id, title=str(calcom_id), host_ids=hosts)
    return company


def fetched_again(company, *, after: int | None) -> set[int]:
    """The event types that are asked for again after a booking of one of them."""
    upstreams = {event_type_id: Upstream() for event_type_id in (CUT, COLOUR, MASSAGE, UNKNOWN)}
    for event_type_id, upstream in upstreams.items():
        slots(upstream, event_type_id, company_id=company.pk)
    forget_slots(company.pk, after)
    before = {event_type_id: upstream.asked for event_type_id, upstream in upstreams.items()}
    for event_type_id, upstream in upstreams.items():
        slots(upstream, event_type_id, company_id=company.pk)
    return {event_type_id for event_type_id, upstream in upstreams.items() if upstream.asked > before[event_type_id]}


def test_event_types_with_a_host_in_common_go_together(salon):
    assert fetched_again(salon, after=CUT) == {CUT, COLOUR}


def test_other_hosts_stay(salon):
    assert fetched_again(salon, after=MASSAGE) == {MASSAGE}


@pytest.mark.parametrize("after", [UNKNOWN, None])
def test_where_nothing_is_known_all_go(salon, after):
    assert fetched_again(salon, after=after) == {CUT, COLOUR, MASSAGE, UNKNOWN}


def test_an_event_type_whose_hosts_are_unknown_goes_with_every_other(salon):
    EventType.objects.create(company=salon, calcom_id=UNKNOWN, title="?", host_ids=[])
    assert fetched_again(salon, after=MASSAGE) == {MASSAGE, UNKNOWN}
    assert fetched_again(salon, after=UNKNOWN) == {CUT, COLOUR, MASSAGE, UNKNOWN}


def test_a_stranger_with_the_same_ids_keeps_theirs(salon):
    stranger, upstream = CompanyFactory.create(), Upstream()
    EventType.objects.create(company=stranger, calcom_id=CUT, title="Schnitt", host_ids=[ANNA])
    slots(upstream, CUT, company_id=stranger.pk)
    forget_slots(salon.pk, CUT)
    slots(upstream, CUT, company_id=stranger.pk)
    assert upstream.asked == 1


def test_to_forget_takes_one_query(salon, django_assert_num_queries):
    with django_assert_num_queries(1):
        forget_slots(salon.pk, CUT)
