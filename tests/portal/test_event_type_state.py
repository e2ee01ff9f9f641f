"""What Cal.com says of event types, and what staff do about it."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from calcom import tasks
from calcom.models import Drift, EventType, EventTypeMapping, MappingProposal
from calcom.sandbox.server import RunningSandbox
from companies.models import Company
from tests.calcom.sync.account import Account
from tests.factories import CompanyFactory
from tests.portal.conftest import As
from tests.portal.desk import said
from tests.portal.factories import (
    DriftFactory,
    EventTypeFactory,
    EventTypeMappingFactory,
    HostMappingFactory,
    MappingProposalFactory,
    ServiceFactory,
)

LIST = "/admin/calcom/eventtype/"
POSTED = {"_form_submitted": "True"}


def page(client: Client, event_type: EventType) -> str:
    return client.get(f"{LIST}{event_type.pk}/change/").text


def post(client: Client, event_type: EventType, action: str) -> Any:
    return client.post(f"{LIST}{event_type.pk}/{action}/", POSTED)


def do(client: Client, event_type: EventType, action: str) -> int:
    return int(post(client, event_type, action).status_code)


def drifted(company: Company, **more: Any) -> Drift:
    """An event type that takes 60 minutes, and its service, that takes 45."""
    event_type = EventTypeFactory.create(company=company, length_min=60, **more)
    service = ServiceFactory.create(company=company, price=None)
    mapping = EventTypeMappingFactory.create(company=company, event_type=event_type, service=service)
    return DriftFactory.create(mapping=mapping)


def do_all(client: Client, action: str, *event_types: EventType) -> None:
    client.post(LIST, {"action": action, "_selected_action": [one.pk for one in event_types]})


@pytest.mark.parametrize(
    ("facts", "word"),
    [
        ({"is_listed": False, "missing_since": timezone.now()}, "missing"),
        ({"is_hidden": True}, ">hidden<"),
        ({"warnings": ["collective"]}, "free only while all of its hosts are"),
        ({"is_active": False}, "switched off"),
        ({"verified_by": "proof"}, ">listed<"),
        ({}, "never listed"),
    ],
)
def test_list_and_page_say_how_it_stands(owner: Client, company: Company, facts: dict[str, Any], word: str) -> None:
    event_type = EventTypeFactory.create(company=company, **facts)
    assert word in owner.get(LIST).text
    assert word in page(owner, event_type)


def test_list_and_page_show_what_differs(owner: Client, company: Company) -> None:
    drift = DriftFactory.create(mapping__company=company)
    assert "length: 45 min → 60 min" in owner.get(LIST).text
    assert "length: 45 min → 60 min" in page(owner, drift.event_type)


def test_what_comes_from_cal_com_is_shown_as_text(owner: Client, company: Company) -> None:
    differences = {"title": {"ours": "Cut", "theirs": "<script>x</script>"}}
    drift = DriftFactory.create(mapping__company=company, differences=differences)
    for text in (owner.get(LIST).text, page(owner, drift.event_type)):
        assert "<script>x" not in text
        assert "&lt;script&gt;x" in text


def test_a_listed_one_is_changed_at_cal_com_only(owner: Client, company: Company) -> None:
    event_type = EventTypeFactory.create(company=company, title="Theirs", verified_by="proof")
    data = {"title": "Ours", "is_active": "", "mapping-TOTAL_FORMS": 0, "mapping-INITIAL_FORMS": 0}
    owner.post(f"{LIST}{event_type.pk}/change/", data)
    event_type.refresh_from_db()
    assert (event_type.title, event_type.is_active) == ("Theirs", False)


def test_hosts_are_shown_by_name(owner: Client, company: Company) -> None:
    HostMappingFactory.create(company=company, calcom_user_id=7, calcom_name="Mira Keller")
    HostMappingFactory.create(company=CompanyFactory.create(), calcom_user_id=8, calcom_name="Stranger")
    text = page(owner, EventTypeFactory.create(company=company, host_ids=[7, 8]))
    assert "Mira Keller, 8" in text
    assert "Stranger" not in text


def test_a_proposal_is_confirmed(owner: Client, company: Company) -> None:
    proposal = MappingProposalFactory.create(event_type__company=company)
    assert f"{proposal.service}?" in owner.get(LIST).text
    assert do(owner, proposal.event_type, "confirm") == 200
    assert EventTypeMapping.objects.get().service == proposal.service
    proposal.refresh_from_db()
    assert proposal.decided_by is not None


def test_a_proposal_is_dismissed(owner: Client, company: Company) -> None:
    proposal = MappingProposalFactory.create(event_type__company=company)
    do(owner, proposal.event_type, "dismiss")
    proposal.refresh_from_db()
    assert proposal.state == MappingProposal.State.DISMISSED
    assert do(owner, proposal.event_type, "confirm") == 403
    assert not EventTypeMapping.objects.exists()


def test_several_proposals_are_confirmed_at_once(owner: Client, company: Company) -> None:
    chosen = [MappingProposalFactory.create(event_type__company=company).event_type for _ in range(2)]
    MappingProposalFactory.create(event_type__company=company)
    do_all(owner, "confirm_proposals", *chosen)
    assert EventTypeMapping.objects.count() == 2


def test_theirs_is_taken_over(owner: Client, company: Company) -> None:
    drift = DriftFactory.create(mapping__company=company)
    do(owner, drift.event_type, "accept")
    drift.refresh_from_db()
    assert drift.state == Drift.State.ACCEPTED
    assert drift.event_type.mapping.service.duration_min == 60


def test_ours_is_given_to_cal_com(owner: Client, connected: Company, cal: RunningSandbox) -> None:
    Account(cal).offer("Cut", 60, id=4711)
    drift = drifted(connected, calcom_id=4711, title="Cut")
    assert said(answer := post(owner, drift.event_type, "reset")) == ["Cal.com has what we have."], answer
    drift.refresh_from_db()
    assert (drift.state, cal.sandbox.world.event_types[4711].length_min) == (Drift.State.RESET, 45)


def test_what_cannot_be_given_to_cal_com_is_said(owner: Client, connected: Company, company: Company) -> None:
    drift = drifted(connected, calcom_id=4711)
    assert "Change this one at Cal.com." in said(post(owner, drift.event_type, "reset"))[0]
    Company.objects.filter(pk=company.pk).update(calcom_api_key="")
    assert "Cal.com cannot be asked just now" in said(post(owner, drift.event_type, "reset"))[-1]
    assert Drift.objects.get().state == Drift.State.OPEN


def test_differences_are_left_as_they_are(owner: Client, company: Company) -> None:
    one, other = DriftFactory.create_batch(2, mapping__company=company)
    do(owner, one.event_type, "ignore")
    do_all(owner, "ignore_differences", other.event_type)
    assert set(Drift.objects.values_list("state", flat=True)) == {Drift.State.IGNORED}
    assert do(owner, one.event_type, "ignore") == 403


def test_several_are_taken_over_at_once(owner: Client, company: Company) -> None:
    drifts = DriftFactory.create_batch(2, mapping__company=company)
    do_all(owner, "accept_theirs", *(one.event_type for one in drifts))
    assert set(Drift.objects.values_list("state", flat=True)) == {Drift.State.ACCEPTED}


@pytest.mark.parametrize(
    ("attention", "found"),
    [("proposed", "Proposed"), ("drift", "Drifted"), ("missing", "Gone"), ("warning", "Warned")],
)
def test_the_list_is_narrowed_to_what_needs_attention(
    owner: Client, company: Company, attention: str, found: str
) -> None:
    MappingProposalFactory.create(event_type__company=company, event_type__title="Proposed")
    DriftFactory.create(mapping__company=company, mapping__event_type__title="Drifted")
    EventTypeMappingFactory.create(
        company=company,
        event_type__title="Gone",
        event_type__is_listed=False,
        event_type__missing_since=timezone.now(),
    )
    EventTypeMappingFactory.create(company=company, event_type__title="Warned", event_type__warnings=["no_hosts"])
    listed = owner.get(f"{LIST}?attention={attention}").context["cl"].result_list
    assert [row.title for row in listed] == [found]


def test_only_who_may_change_rows_acts(as_role: As, stranger: Client, company: Company) -> None:
    proposal = MappingProposalFactory.create(event_type__company=company)
    drift = DriftFactory.create(mapping__company=company)
    for client in (as_role("auditor"), as_role("staff"), stranger):
        assert do(client, proposal.event_type, "confirm") in {403, 404}
        for action in ("accept", "reset", "ignore"):
            assert do(client, drift.event_type, action) in {403, 404}
        do_all(client, "confirm_proposals", proposal.event_type)
        do_all(client, "accept_theirs", drift.event_type)
    assert EventTypeMapping.objects.count() == 1
    assert Drift.objects.get().state == Drift.State.OPEN


def test_cal_com_is_asked_for_ones_own_companies(
    owner: Client, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    CompanyFactory.create(calcom_api_key="k")
    company.calcom_api_key = "k"
    company.save()
    asked: list[int] = []
    monkeypatch.setattr(tasks.sync_company, "apply_async", lambda args, **_options: asked.extend(args))
    assert owner.post(f"{LIST}sync/", POSTED).status_code == 200
    assert asked == [company.pk]


def test_an_auditor_cannot_ask(as_role: As) -> None:
    assert as_role("auditor").post(f"{LIST}sync/", POSTED).status_code == 403
