"""Whatever the order in which deliveries arrive, they add up to the state that was written down by hand."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from calcom.models import EventType
from companies.models import Company
from tests.deliveries.bodies import created, encode
from tests.deliveries.cast import EVENT_TYPES, LENA, Booking
from tests.deliveries.normal_form import full_form, normal_form
from tests.deliveries.stories import STORIES
from tests.deliveries.story import Story, appointment, here
from webhooks.inbox import store
from webhooks.models import WebhookEvent
from webhooks.tasks import drain_all

pytestmark = pytest.mark.django_db

SHORT = sorted(name for name, story in STORIES.items() if 2 <= len(story.bodies) <= 5)
STRANGE = Booking("cut9", 901, "09:00", event_type=7999)


def in_order(bodies: list[object]) -> list[object]:
    return bodies


def backwards(bodies: list[object]) -> list[object]:
    return bodies[::-1]


def doubled(bodies: list[object]) -> list[object]:
    return [body for body in bodies for _ in range(2)]


def shuffled_1(bodies: list[object]) -> list[object]:
    return random.Random(1).sample(bodies, len(bodies))


def shuffled_2(bodies: list[object]) -> list[object]:
    return random.Random(2).sample(bodies * 2, len(bodies) * 2)


def shuffled_3(bodies: list[object]) -> list[object]:
    return random.Random(3).sample(bodies, len(bodies))


AT_ONCE = [backwards, doubled, shuffled_1]
ONE_BY_ONE = [in_order, backwards, shuffled_2, shuffled_3]


def make_company(slug: str) -> Company:
    company = Company.objects.create(name=slug, slug=slug, webhook_secret="geheim-ü")
    EventType.objects.bulk_create(
        EventType(company=company, calcom_id=number, title=offer.title, slug=offer.slug, length_min=offer.minutes)
        for number, offer in EVENT_TYPES.items()
    )
    return company


def receive(company: Company, body: object) -> None:
    store(company.pk, company.webhook_token, encode(body))


def drain_until_quiet(company: Company) -> None:
    """Drain, and look at those that wait again, until nothing changes any more."""
    before: list[dict[str, Any]] | None = None
    while before != (before := normal_form(company)):
        drain_all()
        WebhookEvent.objects.filter(state="waiting").update(next_at="2026-01-01T00:00:00Z")
        drain_all()


def ends(company: Company) -> dict[str, int]:
    return Counter(WebhookEvent.objects.filter(company=company).values_list("state", flat=True))


def check(company: Company, story: Story) -> None:
    drain_until_quiet(company)
    assert normal_form(company) == sorted(story.expected, key=lambda entry: str(entry["uid"]))
    assert not story.ends or ends(company) == story.ends
    assert "failed" not in ends(company)


@pytest.fixture
def company() -> Company:
    return make_company("salon")


@pytest.mark.parametrize("order", AT_ONCE)
@pytest.mark.parametrize("name", STORIES)
def test_deliveries_of_one_batch_add_up_in_any_order(company, name, order):
    for body in order(STORIES[name].bodies):
        receive(company, body)
    check(company, STORIES[name])


@pytest.mark.parametrize("order", ONE_BY_ONE)
@pytest.mark.parametrize("name", STORIES)
def test_deliveries_that_come_one_by_one_add_up_in_any_order(company, name, order):
    for body in order(STORIES[name].bodies):
        receive(company, body)
        drain_all()
    check(company, STORIES[name])


@pytest.mark.parametrize("name", STORIES)
def test_every_order_tells_people_the_same(db, name):
    forms = []
    for order in (in_order, backwards, shuffled_1):
        company = make_company(f"salon-{order.__name__}")
        for body in order(STORIES[name].bodies):
            receive(company, body)
            drain_all()
        drain_until_quiet(company)
        forms.append(full_form(company))
    assert forms[0] == forms[1] == forms[2]


@pytest.mark.parametrize("name", SHORT)
@settings(
    max_examples=5,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_deliveries_with_drains_in_between_add_up(db, name, data):
    story = STORIES[name]
    company = make_company(f"salon-{Company.objects.count()}")
    for body in data.draw(st.permutations(story.bodies)):
        receive(company, body)
        if data.draw(st.booleans()):
            drain_all()
    check(company, story)


def test_all_stories_at_once_do_not_disturb_each_other(company):
    stories = {name: make_company(f"salon-{n}") for n, name in enumerate(STORIES)}
    for name, salon in stories.items():
        for body in STORIES[name].bodies:
            receive(salon, body)
    for name, salon in stories.items():
        check(salon, STORIES[name])


def test_a_delivery_waits_until_its_event_type_is_known(company):
    receive(company, created(STRANGE, "09:00"))
    drain_until_quiet(company)
    EventType.objects.create(company=company, calcom_id=7999, title="Neu", slug="neu", length_min=30)
    drain_until_quiet(company)
    assert normal_form(company) == [appointment("cut9", "confirmed", "09:00-09:30", here(LENA))]


def test_a_delivery_for_another_companys_event_type_is_refused(company):
    EventType.objects.create(company=make_company("other"), calcom_id=7999, title="Fremd", slug="fremd")
    receive(company, created(STRANGE, "09:00"))
    drain_until_quiet(company)
    assert normal_form(company) == []
    assert ends(company) == {"refused": 1}


def test_a_delivery_that_waits_longer_than_a_day_is_ignored_with_its_reason(company):
    receive(company, created(STRANGE, "09:00"))
    drain_all()
    WebhookEvent.objects.update(received_at="2026-01-01T00:00:00Z", next_at="2026-01-01T00:00:00Z")
    drain_until_quiet(company)
    event = WebhookEvent.objects.get()
    assert (event.state, bool(event.reason)) == ("ignored", True)
