"""What an event type means is entered by itself only where it is certain."""

from __future__ import annotations

import pytest

from calcom.models import EventTypeMapping, HostMapping, MappingProposal
from calcom.sync import proposals
from tests.factories import BranchFactory, StaffFactory, UserFactory
from tests.portal.factories import HostMappingFactory, ServiceFactory

State = MappingProposal.State


@pytest.fixture
def cut(company):
    return ServiceFactory.create(company=company, name="Haarschnitt", duration_min=30)


@pytest.fixture
def olga(company):
    staff = StaffFactory.create(company=company)
    HostMappingFactory.create(company=company, calcom_user_id=1, staff=staff)
    return staff


def test_the_same_name_and_length_by_a_known_host_is_certain(account, sync, cut, olga):
    account.offer("Haarschnitt 30 Min", 30)
    result = sync()
    mapping = EventTypeMapping.objects.get()
    assert (result.mapped, result.proposed) == (1, 0)
    assert (mapping.service, mapping.staff, mapping.branch) == (cut, olga, None)
    assert MappingProposal.objects.get().state == State.CONFIRMED


def test_a_host_who_is_known_in_the_same_run_counts(company, account, sync, cut):
    staff = StaffFactory.create(company=company, email="olga@example.test")
    account.offer("Haarschnitt")
    assert sync().mapped == 1
    assert EventTypeMapping.objects.get().staff == staff


def test_an_unknown_host_makes_it_a_proposal(account, sync, cut):
    account.offer("Haarschnitt")
    result = sync()
    proposal = MappingProposal.objects.get()
    assert (result.mapped, result.proposed, proposal.staff, proposal.service) == (0, 1, None, cut)
    assert not EventTypeMapping.objects.exists()


def test_a_host_who_waits_is_unknown(company, account, sync, cut):
    HostMappingFactory.create(company=company, calcom_user_id=1, state=HostMapping.State.PROPOSED)
    account.offer("Haarschnitt")
    assert sync().mapped == 0


def test_a_round_robin_of_several_is_a_team_type(company, account, sync, cut):
    company.calcom_team_id = 5
    branch = BranchFactory.create(company=company, calcom_team_id=5)
    account.offer("Haarschnitt", team=5, kind="roundRobin", hosts=[account.user("A"), account.user("B")])
    assert sync().mapped == 1
    mapping = EventTypeMapping.objects.get()
    assert (mapping.staff, mapping.branch) == (None, branch)


def test_a_collective_of_all_is_never_certain(company, account, sync, cut, olga):
    company.calcom_team_id = 5
    account.offer("Haarschnitt", team=5, kind="collective", hosts=[1])
    result = sync()
    assert (result.mapped, result.proposed) == (0, 1)


def test_a_managed_parent_is_not_even_proposed(company, account, sync, cut):
    company.calcom_team_id = 5
    account.offer("Haarschnitt", team=5, kind="managed", hosts=[])
    assert (sync().proposed, MappingProposal.objects.count()) == (0, 0)


@pytest.mark.parametrize(("title", "minutes"), [("Haarschnitt", 45), ("Haarschnit", 30)])
def test_another_length_or_a_similar_name_is_a_proposal(account, sync, cut, olga, title, minutes):
    account.offer(title, minutes)
    result = sync()
    assert (result.mapped, result.proposed) == (0, 1)
    assert MappingProposal.objects.get().confidence < 100


def test_what_is_like_nothing_is_not_proposed(account, sync, cut, olga):
    account.offer("Steuererklärung")
    assert sync().proposed == 0


def test_two_of_the_same_meaning_are_not_certain(account, sync, cut, olga):
    account.offer("Haarschnitt")
    account.offer("haarschnitt")
    result = sync()
    assert (result.mapped, result.proposed) == (0, 2)


def test_a_second_one_of_a_mapped_meaning_is_not_certain(account, sync, cut, olga):
    account.offer("Haarschnitt")
    sync()
    account.offer("Haarschnitt")
    assert (sync().proposed, EventTypeMapping.objects.count()) == (1, 1)


def test_two_services_of_the_same_name_and_length_are_not_certain(company, account, sync, cut, olga):
    ServiceFactory.create(company=company, name="HAARSCHNITT", duration_min=30)
    account.offer("Haarschnitt")
    assert sync().mapped == 0


def test_a_proposal_follows_what_is_known(company, account, sync, cut):
    account.offer("Haarschnitt")
    sync()
    cut.name = "Färben"
    cut.save()
    assert (sync().proposed, MappingProposal.objects.count()) == (0, 0)


def test_confirmed_it_is_a_mapping(account, sync, cut):
    account.offer("Haarschnitt")
    sync()
    user, proposal = UserFactory.create(), MappingProposal.objects.get()
    assert proposals.confirm(proposal, by=user)
    assert not proposals.confirm(proposal, by=user)
    assert EventTypeMapping.objects.get().service == cut
    proposal.refresh_from_db()
    assert (proposal.state, proposal.decided_by) == (State.CONFIRMED, user)


def test_dismissed_it_is_not_proposed_again(account, sync, cut, olga):
    account.offer("Haarschnitt", 45)
    sync()
    assert proposals.dismiss(MappingProposal.objects.get(), by=UserFactory.create())
    cut.duration_min = 45
    cut.save()
    assert (sync().mapped, EventTypeMapping.objects.count()) == (0, 0)


def test_a_mapping_that_a_person_removed_does_not_come_back(account, sync, cut, olga):
    account.offer("Haarschnitt")
    sync()
    EventTypeMapping.objects.all().delete()
    result = sync()
    assert (result.mapped, result.proposed) == (0, 0)


def test_services_and_hosts_of_others_are_not_proposed(account, sync):
    stranger = ServiceFactory.create(name="Haarschnitt", duration_min=30)
    HostMappingFactory.create(company=stranger.company, calcom_user_id=1)
    account.offer("Haarschnitt")
    assert (sync().proposed, EventTypeMapping.objects.count()) == (0, 0)
