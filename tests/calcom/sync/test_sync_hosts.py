"""Cal.com's users become staff members where that is certain, and wait for a person where it is not."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from calcom.models import HostMapping, HostMappingAudit
from calcom.places import CalcomPlaces
from calcom.sync import host_changes
from calcom.sync.listing import Person
from calcom.sync.match import Member, match
from tests.factories import CompanyFactory, StaffFactory, UserFactory
from tests.portal.factories import HostMappingFactory

State = HostMapping.State
Reason = HostMapping.Reason


@pytest.fixture
def hosted(company, account, sync):
    """Sync with these users as hosts, known by name only."""

    def run(*names: str) -> list[HostMapping]:
        ids = [account.user(name) for name in names]
        company.calcom_team_id = account.team(5)
        account.offer("Cut", id=7, hosts=ids, team=5, kind="roundRobin")
        sync()
        return [HostMapping.objects.get(calcom_user_id=user_id) for user_id in ids]

    return run


def of_owner() -> HostMapping:
    return HostMapping.objects.get(calcom_user_id=1)


def test_the_same_address_is_certain(company, sync):
    staff = StaffFactory.create(company=company, name="O. O.", email="OLGA@example.test")
    sync_result = sync()
    host = of_owner()
    assert (host.staff, host.state, host.source, host.confidence) == (staff, State.CONFIRMED, "email", 95)
    assert (sync_result.hosts_confirmed, sync_result.hosts_waiting) == (1, 0)


def test_members_of_a_team_are_known_by_their_addresses(company, account, sync):
    company.calcom_team_id = 5
    account.team(5, account.user("M. K.", "mira@example.com", id=4))
    StaffFactory.create(company=company, name="Mira Keller", email="mira@example.com")
    sync()
    assert HostMapping.objects.get(calcom_user_id=4).confidence == 95


def test_the_same_name_is_enough(company, hosted):
    staff = StaffFactory.create(company=company, name="Jürgen Groß")
    StaffFactory.create(company=company, name="Mira Keller")
    (host,) = hosted("Dr. Juergen Gross")
    assert (host.staff, host.state, host.source, host.confidence) == (staff, State.CONFIRMED, "name", 75)


@pytest.mark.parametrize(("ours", "theirs"), [("Anna Schmitt", "Anna Schmidt"), ("Maria Hoffmann", "Mario Hoffmann")])
def test_a_similar_name_is_a_guess(company, hosted, ours, theirs):
    staff = StaffFactory.create(company=company, name=ours)
    (host,) = hosted(theirs)
    assert (host.staff, host.state, host.reason) == (staff, State.PROPOSED, Reason.SIMILAR_NAME)
    assert host.confidence < 75


def test_of_two_staff_members_of_one_name_none_is_chosen(company, hosted):
    StaffFactory.create_batch(2, company=company, name="Anna Berg")
    (host,) = hosted("Anna Berg")
    assert (host.staff, host.state, host.reason) == (None, State.PROPOSED, Reason.SEVERAL_STAFF)


def test_two_users_of_one_name_wait(company, hosted):
    StaffFactory.create(company=company, name="Anna Berg")
    hosts = hosted("Anna Berg", "Berg, Anna")
    assert {(host.state, host.reason) for host in hosts} == {(State.PROPOSED, Reason.SEVERAL_USERS)}


def test_a_second_user_of_a_confirmed_ones_name_waits(company, account, sync, hosted):
    StaffFactory.create(company=company, name="Anna Berg")
    hosted("Anna Berg")
    (late,) = hosted("Anna Berg")
    assert (late.state, late.reason) == (State.PROPOSED, Reason.SEVERAL_USERS)


def test_the_address_tells_two_of_one_name_apart(company, account, sync):
    company.calcom_team_id = 5
    one, other = account.user("Anna Berg", "anna1@example.com"), account.user("Anna Berg", "anna2@example.com")
    account.team(5, one, other)
    staff = StaffFactory.create(company=company, name="Anna Berg", email="anna2@example.com")
    sync()
    states = dict(HostMapping.objects.values_list("calcom_user_id", "state"))
    assert (states[one], states[other]) == (State.PROPOSED, State.CONFIRMED)
    assert HostMapping.objects.get(calcom_user_id=other).staff == staff


def test_an_address_that_several_share_needs_the_name(company, account, sync):
    company.calcom_team_id = 5
    known, unknown = account.user("Mira Keller", "salon@example.com"), account.user("Boss", "salon@example.com")
    account.team(5, known, unknown)
    StaffFactory.create(company=company, name="Anna Berg", email="salon@example.com")
    StaffFactory.create(company=company, name="Mira Keller", email="salon@example.com")
    sync()
    assert HostMapping.objects.get(calcom_user_id=unknown).state == State.PROPOSED


def test_nobody_is_taken_twice(company, hosted):
    staff = StaffFactory.create(company=company, name="Anna Berg")
    HostMappingFactory.create(company=company, staff=staff, calcom_user_id=9, calcom_name="A.")
    (host,) = hosted("Anna Berg")
    assert (host.state, host.reason) == (State.PROPOSED, Reason.STAFF_TAKEN)


def test_of_two_for_one_staff_member_the_address_decides():
    people = [Person(1, "Mira Keller"), Person(2, "M. K.", "mira@example.com")]
    found = match(people, [Member(5, "Mira Keller", "mira@example.com")], everybody=people, taken=())
    assert (found[1].is_certain, found[1].reason) == (False, Reason.SEVERAL_USERS)
    assert (found[2].is_certain, found[2].confidence) == (True, 95)


def test_former_staff_and_other_companies_staff_are_not_matched(company, hosted):
    StaffFactory.create(company=company, name="Anna Berg", is_active=False)
    StaffFactory.create(name="Anna Berg")
    (host,) = hosted("Anna Berg")
    assert (host.staff, host.reason) == (None, Reason.NOBODY)


def test_what_a_person_chose_stays_whatever_cal_com_says(company, account, sync):
    chosen = StaffFactory.create(company=company, name="Somebody else")
    StaffFactory.create(company=company, email="olga@example.test")
    HostMappingFactory.create(company=company, calcom_user_id=1, calcom_name="old", staff=chosen)
    sync()
    assert (of_owner().staff, of_owner().calcom_name) == (chosen, "Olga Organizer")


def test_one_that_waits_is_confirmed_when_the_staff_member_appears(company, sync):
    sync()
    assert of_owner().reason == Reason.NOBODY
    StaffFactory.create(company=company, email="olga@example.test")
    sync()
    assert of_owner().state == State.CONFIRMED


def test_what_cal_com_leaves_out_is_kept(company, account, sync):
    sync()
    account.fail("/me")
    account.offer("Cut")
    sync()
    assert of_owner().calcom_email == "olga@example.test"


def test_only_confirmed_hosts_count(company, sync):
    staff = StaffFactory.create(company=company, name="Olga Organizerin")
    sync()
    assert (of_owner().staff, of_owner().state) == (staff, State.PROPOSED)
    assert CalcomPlaces(company).place(event_type_id=None, host_id=1).staff is None
    host_changes.assign(of_owner(), staff, by=UserFactory.create())
    placed = CalcomPlaces(company).place(event_type_id=None, host_id=1).staff
    assert placed
    assert placed.id == staff.pk


def test_every_mapping_and_change_is_written_down(company, account, sync):
    sync()
    staff = StaffFactory.create(company=company, email="olga@example.test")
    sync()
    sync()
    account.world.users[1].name = "Olga Neu"
    sync()
    user = UserFactory.create()
    host_changes.ignore(of_owner(), by=user)
    rows = list(HostMappingAudit.objects.order_by("pk"))
    assert [(row.action, row.reason) for row in rows] == [
        ("created", "nobody"),
        ("updated", "same_email"),
        ("updated", "details"),
        ("updated", "by_hand"),
    ]
    assert (rows[1].before["staff_id"], rows[1].after["staff_id"]) == (None, staff.pk)
    assert (rows[2].before, rows[2].after) == ({"calcom_name": "Olga Organizer"}, {"calcom_name": "Olga Neu"})
    assert [row.changed_by for row in rows] == [None, None, None, user]


def test_who_is_not_one_of_us_is_left_alone(company, sync):
    sync()
    host_changes.ignore(of_owner(), by=UserFactory.create())
    StaffFactory.create(company=company, email="olga@example.test")
    sync()
    assert (of_owner().state, of_owner().staff) == (State.IGNORED, None)


def test_who_was_removed_comes_back_as_a_question(company, sync):
    StaffFactory.create(company=company, email="olga@example.test")
    sync()
    host_changes.remove(of_owner(), by=UserFactory.create())
    sync()
    assert (of_owner().state, of_owner().reason) == (State.PROPOSED, Reason.REMOVED)
    assert HostMappingAudit.objects.filter(action="deleted", host=None).count() == 1


def test_a_written_change_stays_as_it_is(company, sync):
    sync()
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        HostMappingAudit.objects.update(reason="by_hand")
    of_owner().delete()
    assert HostMappingAudit.objects.get().host is None


def test_staff_of_another_company_cannot_be_chosen(company, sync):
    sync()
    with pytest.raises(ValueError, match="another company"):
        host_changes.assign(of_owner(), StaffFactory.create(), by=UserFactory.create())


def test_another_companys_hosts_stay_as_they_are(company, sync):
    stranger = CompanyFactory.create()
    theirs = HostMappingFactory.create(company=stranger, calcom_user_id=1, calcom_name="Theirs")
    StaffFactory.create(company=company, email="olga@example.test")
    sync()
    theirs.refresh_from_db()
    assert (theirs.calcom_name, theirs.last_seen_at) == ("Theirs", None)
    assert not HostMappingAudit.objects.filter(company=stranger).exists()
