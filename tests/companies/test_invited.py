"""Typing somebody's address tells nothing about them: not their name, not whether there is an account."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from companies.models import Company, Membership, User
from tests.conftest import LogIn
from tests.factories import PASSWORD, MembershipFactory, UserFactory

LIST = reverse("admin:companies_membership_changelist")
ADD = reverse("admin:companies_membership_add")


@pytest.fixture
def victim(other: Company, log_in: LogIn) -> User:
    """Somebody who works elsewhere and has logged in there."""
    user = UserFactory.create(email="kim@example.com", name="Kim Geheim", password=PASSWORD)
    MembershipFactory.create(company=other, user=user)
    log_in(user)
    return user


def invite(client: Client, email: str) -> str:
    """What the inviter sees at once, in the list, and on the page."""
    client.post(ADD, {"email": email, "name": "Typed Name", "role": "staff"})
    row = Membership.objects.get(user__email=email, role="staff")
    pages = [client.get(LIST), client.get(reverse("admin:companies_membership_change", args=[row.pk]))]
    pages.append(client.get(reverse("admin:companies_membership_delete", args=[row.pk])))
    text = "".join(page.text for page in pages)
    return re.sub(r'csrf\w*" value="\w+|nonce="\S+"|/membership/\d+/', "", text)


def test_an_invited_stranger_keeps_the_name_to_themselves(owner: Client, victim: User) -> None:
    seen = invite(owner, victim.email)
    assert "Kim Geheim" not in seen
    assert victim.email in seen


def test_an_account_and_none_look_alike(owner: Client, company: Company, victim: User) -> None:
    known = invite(owner, victim.email)
    Membership.objects.filter(company=company, user=victim).delete()
    unknown = invite(owner, "nik@example.com")
    assert known.count("invited") == unknown.count("invited") > 0
    assert known.count("active") == unknown.count("active")


@pytest.mark.parametrize(("word", "found"), [("Geheim", 0), ("kim@ex", 1)])
def test_the_list_is_not_searched_by_a_name_that_is_not_shown(
    owner: Client, victim: User, word: str, found: int
) -> None:
    invite(owner, victim.email)
    result: Any = owner.get(LIST, {"q": word}).context["cl"]
    assert len(result.result_list) == found


def test_who_was_shut_out_elsewhere_is_not_told(owner: Client, victim: User) -> None:
    User.objects.filter(pk=victim.pk).update(is_active=False)
    assert "locked" not in invite(owner, victim.email)


def test_after_logging_in_the_name_is_known(owner: Client, victim: User, log_in: LogIn) -> None:
    invite(owner, victim.email)
    log_in(victim)
    assert "Kim Geheim" in owner.get(LIST).text
    assert len(owner.get(LIST, {"q": "Geheim"}).context["cl"].result_list) == 1
