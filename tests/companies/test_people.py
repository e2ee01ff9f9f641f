"""Inviting people, and keeping an owner."""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from threading import Thread
from typing import Any

import pytest
from django.core.mail import EmailMessage
from django.db import connection, connections, transaction
from django.test import Client
from django.urls import reverse
from kombu.exceptions import OperationalError
from pytest_django import DjangoCaptureOnCommitCallbacks

from companies import memberships
from companies.models import Company, Membership, User
from companies.tasks import mail_soon
from tests.conftest import LogIn
from tests.factories import PASSWORD, MembershipFactory, OperatorFactory, UserFactory

ADD = reverse("admin:companies_membership_add")
Commit = Callable[[], AbstractContextManager[object]]


@pytest.fixture
def committed(django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks) -> Commit:
    return lambda: django_capture_on_commit_callbacks(execute=True)


def page(membership: Membership, what: str = "change") -> str:
    return reverse(f"admin:companies_membership_{what}", args=[membership.pk])


def invitation(**fields: Any) -> dict[str, Any]:
    return {"email": "kim@example.com", "name": "Kim Beispiel", "role": "staff", **fields}


def test_an_invitation_makes_the_account_and_sends_a_link(
    owner: Client, company: Company, committed: Commit, mailoutbox: list[EmailMessage]
) -> None:
    with committed():
        owner.post(ADD, invitation(email="Kim@Example.com"))
    user = User.objects.get(email="kim@example.com")
    assert (user.name, user.memberships.get().role, user.has_usable_password()) == ("Kim Beispiel", "staff", False)
    assert mailoutbox[0].to == ["kim@example.com"]
    assert "Salon Nord" in mailoutbox[0].subject
    assert "http://testserver/admin/password_reset/" in mailoutbox[0].body


def test_the_invited_choose_a_password_and_log_in(
    owner: Client, committed: Commit, mailoutbox: list[EmailMessage], client: Client
) -> None:
    with committed():
        owner.post(ADD, invitation())
    link = next(word for word in mailoutbox[0].body.split() if "/password_reset/" in word)
    form = client.get(link.removeprefix("http://testserver"), follow=True)
    client.post(form.request["PATH_INFO"], {"new_password1": PASSWORD, "new_password2": PASSWORD})
    client.post(reverse("admin:login"), {"username": "kim@example.com", "password": PASSWORD})
    assert client.get(reverse("admin:companies_staff_changelist")).status_code == 200


def test_somebody_with_an_account_gets_a_role_and_keeps_name_and_password(
    owner: Client, committed: Commit, mailoutbox: list[EmailMessage]
) -> None:
    user = UserFactory.create(email="kim@example.com", name="Kim", password=PASSWORD)
    with committed():
        owner.post(ADD, invitation(name="Somebody Else"))
    user.refresh_from_db()
    assert (user.name, user.check_password(PASSWORD)) == ("Kim", True)
    assert "/password_reset/" not in mailoutbox[0].body
    assert "http://testserver/admin/\n" in mailoutbox[0].body


def test_nobody_is_invited_twice(owner: Client, company: Company) -> None:
    MembershipFactory.create(company=company, user=UserFactory.create(email="kim@example.com"), role="auditor")
    seen = owner.post(ADD, invitation(email="KIM@example.com", role="owner")).content.decode()
    assert "has a role in the company already" in seen
    assert Membership.objects.get(user__email="kim@example.com").role == "auditor"


@pytest.mark.parametrize("fields", [{"email": "nonsense"}, {"name": ""}, {"role": "king"}, {"role": ""}])
def test_bad_invitations_are_explained(owner: Client, fields: dict[str, str]) -> None:
    assert "errorlist" in owner.post(ADD, invitation(**fields)).content.decode()
    assert not User.objects.filter(name="Kim Beispiel").exists()


def test_an_owner_invites_to_the_own_company_only(owner: Client, company: Company, other: Company) -> None:
    owner.post(ADD, invitation(company=other.pk))
    assert Membership.objects.get(user__email="kim@example.com").company == company


@pytest.mark.parametrize("role", ["manager", "staff", "auditor"])
def test_only_owners_invite_and_change_roles(log_in: LogIn, company: Company, role: str) -> None:
    mine = MembershipFactory.create(company=company, role=role)
    client = log_in(mine.user)
    assert client.post(ADD, invitation()).status_code == 403
    assert client.post(page(mine), {"role": "owner"}).status_code == 403
    mine.refresh_from_db()
    assert mine.role == role


def test_a_stranger_changes_no_role(stranger: Client, company: Company) -> None:
    membership = MembershipFactory.create(company=company, role="staff")
    stranger.post(page(membership), {"role": "owner"})
    stranger.post(page(membership, "delete"), {"post": "yes"})
    stranger.post(page(membership, "invite_again"), {"_form_submitted": "on"})
    membership.refresh_from_db()
    assert membership.role == "staff"


def test_an_owner_changes_a_role_and_removes_a_member(owner: Client, company: Company) -> None:
    membership = MembershipFactory.create(company=company, role="staff")
    owner.post(page(membership), {"role": "manager"})
    membership.refresh_from_db()
    assert membership.role == "manager"
    owner.post(page(membership, "delete"), {"post": "yes"})
    assert not Membership.objects.filter(pk=membership.pk).exists()
    assert User.objects.filter(pk=membership.user_id).exists()


def test_the_last_owner_is_neither_demoted_nor_removed(log_in: LogIn, company: Company) -> None:
    last = MembershipFactory.create(company=company)
    for client in (log_in(last.user), log_in(OperatorFactory.create())):
        assert "A company needs an owner" in client.post(page(last), {"role": "staff"}).content.decode()
        assert client.post(page(last, "delete"), {"post": "yes"}).status_code == 403
    last.refresh_from_db()
    assert last.role == "owner"


def test_one_of_two_owners_may_go(owner: Client, company: Company) -> None:
    second = MembershipFactory.create(company=company)
    assert owner.post(page(second), {"role": "staff"}).status_code == 302
    second.refresh_from_db()
    assert second.role == "staff"


def test_a_locked_owner_does_not_count(company: Company) -> None:
    MembershipFactory.create(company=company, user=UserFactory.create(is_active=False))
    last = MembershipFactory.create(company=company)
    with pytest.raises(memberships.LastOwner):
        memberships.remove(last)
    assert Membership.objects.filter(pk=last.pk).exists()


def test_members_are_not_removed_in_bulk(owner: Client, company: Company) -> None:
    pks = list(Membership.objects.values_list("pk", flat=True))
    data = {"action": "delete_selected", "_selected_action": pks, "post": "yes"}
    owner.post(reverse("admin:companies_membership_changelist"), data)
    assert list(Membership.objects.values_list("pk", flat=True)) == pks


def test_the_invitation_can_be_sent_again(
    owner: Client, company: Company, committed: Commit, mailoutbox: list[EmailMessage]
) -> None:
    membership = MembershipFactory.create(company=company, role="staff")
    with committed():
        owner.post(page(membership, "invite_again"), {"_form_submitted": "on"})
    assert mailoutbox[0].to == [membership.user.email]


def test_an_operator_makes_an_account_and_it_gets_a_link(
    operator: Client, committed: Commit, mailoutbox: list[EmailMessage]
) -> None:
    with committed():
        operator.post(reverse("admin:companies_user_add"), {"email": "New@Example.com", "name": "New"})
    user = User.objects.get(email="new@example.com")
    assert not user.has_usable_password()
    assert "/password_reset/" in mailoutbox[0].body


def test_an_operator_does_not_lock_or_delete_a_sole_owner(operator: Client, company: Company) -> None:
    user = MembershipFactory.create(company=company).user
    address = reverse("admin:companies_user_change", args=[user.pk])
    assert "The only owner of Salon Nord" in operator.post(address, {"email": user.email}).content.decode()
    assert operator.post(reverse("admin:companies_user_delete", args=[user.pk]), {"post": "yes"}).status_code == 403
    user.refresh_from_db()
    assert user.is_active


@pytest.mark.parametrize("role", ["owner", "auditor"])
def test_users_are_for_operators(log_in: LogIn, company: Company, role: str) -> None:
    user = MembershipFactory.create(company=company, role=role).user
    client = log_in(user)
    for address in (
        reverse("admin:companies_user_changelist"),
        reverse("admin:companies_user_add"),
        reverse("admin:companies_user_change", args=[user.pk]),
    ):
        assert client.get(address).status_code in (302, 403)
    client.post(reverse("admin:companies_user_change", args=[user.pk]), {"email": user.email, "is_superuser": "on"})
    assert not User.objects.get(pk=user.pk).is_superuser


def _somebody_waits_for_us() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid))"
        )
        return bool(cursor.fetchone()[0])


@pytest.mark.django_db(transaction=True)
def test_two_owners_who_leave_at_once_do_not_both_go(company: Company) -> None:
    first, second = MembershipFactory.create_batch(2, company=company)
    refused = []

    def second_leaves() -> None:
        try:
            memberships.remove(second)
        except memberships.LastOwner:
            refused.append(second)
        finally:
            connections.close_all()

    thread = Thread(target=second_leaves)
    with transaction.atomic():
        memberships.keep_an_owner(first)
        thread.start()
        while thread.is_alive() and not _somebody_waits_for_us():
            time.sleep(0.01)
        first.delete()
    thread.join()
    assert refused == [second]
    assert list(Membership.objects.all()) == [second]


class _BrokerAway:
    """What a task is like while the broker is away."""

    name = "companies.tasks.mail_invitation"

    def delay(self, *_args: object) -> None:
        raise OperationalError("connection refused")


def test_an_invitation_stands_even_while_the_broker_is_away(
    committed: Commit, caplog: pytest.LogCaptureFixture
) -> None:
    with committed():
        mail_soon(_BrokerAway(), 4711)
    assert "mail.not_handed_over" in caplog.text
