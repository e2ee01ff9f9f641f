"""Hosts: who is sure, who waits, and what was before."""

from __future__ import annotations

import pytest
from django.test import Client

from calcom.models import HostMapping, HostMappingAudit
from companies.models import Company
from tests.factories import StaffFactory
from tests.portal.conftest import As
from tests.portal.factories import HostMappingAuditFactory, HostMappingFactory

LIST = "/admin/calcom/hostmapping/"
POSTED = {"_form_submitted": "True"}
State = HostMapping.State


def guess(company: Company, **facts: object) -> HostMapping:
    given = {"state": State.PROPOSED, "source": "name", "confidence": 60, "reason": "similar_name"}
    return HostMappingFactory.create(company=company, **given | facts)


def do(client: Client, host: HostMapping, action: str) -> int:
    return client.post(f"{LIST}{host.pk}/{action}/", POSTED).status_code


def do_all(client: Client, action: str, *hosts: HostMapping) -> None:
    client.post(LIST, {"action": action, "_selected_action": [host.pk for host in hosts]})


def saved(client: Client, host: HostMapping, **facts: object) -> HostMapping:
    names = {"calcom_name": host.calcom_name, "calcom_email": host.calcom_email, "staff": host.staff_id or ""}
    audits = {"audits-TOTAL_FORMS": 0, "audits-INITIAL_FORMS": 0}
    client.post(f"{LIST}{host.pk}/change/", names | audits | facts)
    host.refresh_from_db()
    return host


def test_the_list_says_who_waits_and_why(owner: Client, company: Company) -> None:
    guess(company)
    text = owner.get(LIST).text
    assert "waiting for you" in text
    assert "The name is only similar." in text


def test_a_guess_is_confirmed(owner: Client, company: Company) -> None:
    host = guess(company)
    assert do(owner, host, "confirm") == 200
    host.refresh_from_db()
    assert (host.state, host.source, host.confidence) == (State.CONFIRMED, "manual", 100)
    assert HostMappingAudit.objects.get().changed_by is not None


def test_who_is_not_ours_is_put_aside(owner: Client, company: Company) -> None:
    host = guess(company)
    do(owner, host, "ignore")
    host.refresh_from_db()
    assert (host.state, host.staff) == (State.IGNORED, None)
    assert do(owner, host, "ignore") == 403


def test_several_at_once(owner: Client, company: Company) -> None:
    one, other, nobody = guess(company), guess(company), guess(company, staff=None)
    do_all(owner, "confirm_guesses", one, other, nobody)
    do_all(owner, "not_ours", nobody)
    states = dict(HostMapping.objects.values_list("pk", "state"))
    assert states == {one.pk: State.CONFIRMED, other.pk: State.CONFIRMED, nobody.pk: State.IGNORED}


def test_without_a_guess_the_page_says_so_and_confirming_says_what_to_do(owner: Client, company: Company) -> None:
    nobody = guess(company, staff=None, confidence=0)
    text = owner.get(f"{LIST}{nobody.pk}/change/").text
    assert "no guess" in text
    assert "0 %" not in text
    answer = owner.post(LIST, {"action": "confirm_guesses", "_selected_action": [nobody.pk]}, follow=True)
    assert "open the host and choose the staff member" in answer.text


def test_whoever_is_chosen_on_the_page_is_confirmed(owner: Client, company: Company) -> None:
    staff = StaffFactory.create(company=company)
    host = saved(owner, guess(company, staff=None), staff=staff.pk)
    assert (host.staff, host.state, host.source) == (staff, State.CONFIRMED, "manual")
    assert HostMappingAudit.objects.get().after["staff_id"] == staff.pk


def test_without_a_staff_member_it_waits(owner: Client, company: Company) -> None:
    host = saved(owner, HostMappingFactory.create(company=company), staff="")
    assert (host.staff, host.state) == (None, State.PROPOSED)


def test_a_new_host_is_written_down(owner: Client, company: Company) -> None:
    data = {"calcom_user_id": 4101, "calcom_name": "Mira", "calcom_email": "", "staff": ""}
    owner.post(f"{LIST}add/", data | {"staff": StaffFactory.create(company=company).pk})
    audit = HostMappingAudit.objects.get()
    assert (audit.company, audit.action, audit.calcom_user_id) == (company, "created", 4101)


def test_a_removed_host_is_written_down(owner: Client, company: Company) -> None:
    host = HostMappingFactory.create(company=company)
    owner.post(f"{LIST}{host.pk}/delete/", {"post": "yes"})
    assert not HostMapping.objects.exists()
    assert (HostMappingAudit.objects.get().action, HostMappingAudit.objects.get().host) == ("deleted", None)


def test_the_page_shows_what_was_before(owner: Client, company: Company) -> None:
    host = HostMappingFactory.create(company=company)
    before, after = (StaffFactory.create(company=company, name=name) for name in ("Anna Berg", "Bea Tal"))
    HostMappingAuditFactory.create(
        host=host, action="updated", before={"staff_id": before.pk}, after={"staff_id": after.pk}, reason="by_hand"
    )
    text = owner.get(f"{LIST}{host.pk}/change/").text
    assert "staff member: Anna Berg → Bea Tal" in text
    assert "Chosen by a person." in text


def test_only_who_may_change_rows_acts(as_role: As, stranger: Client, company: Company) -> None:
    host = guess(company)
    for client in (as_role("auditor"), as_role("staff"), stranger):
        assert do(client, host, "confirm") in {403, 404}
        assert do(client, host, "ignore") in {403, 404}
        do_all(client, "confirm_guesses", host)
    host.refresh_from_db()
    assert host.state == State.PROPOSED


@pytest.mark.parametrize("action", ["confirm_guesses", "not_ours"])
def test_an_owner_does_nothing_to_others_rows(owner: Client, company: Company, action: str) -> None:
    theirs = guess(HostMappingFactory.create().company)
    do_all(owner, action, theirs, guess(company))
    theirs.refresh_from_db()
    assert theirs.state == State.PROPOSED
