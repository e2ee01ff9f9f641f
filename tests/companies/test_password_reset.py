"""A forgotten password: the same answer for everybody, one mail for those we know."""

from typing import Any

import pytest
from django.core.cache import caches
from django.core.mail import EmailMessage
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoCaptureOnCommitCallbacks

from companies.invitations import password_link
from companies.tasks import mail_invitation, mail_password_link
from tests.factories import PASSWORD, MembershipFactory, UserFactory

RESET = reverse("admin_password_reset")


@pytest.fixture(autouse=True)
def _fresh_counters() -> None:
    caches["lenient"].clear()


@pytest.fixture
def ask(client: Client, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks) -> Any:
    def asked(email: str) -> Any:
        with django_capture_on_commit_callbacks(execute=True):
            return client.post(RESET, {"email": email}, follow=True)

    return asked


def path(link: str) -> str:
    return link.removeprefix("http://testserver")


def test_the_login_page_leads_to_it(client: Client) -> None:
    assert RESET in client.get(reverse("admin:login")).content.decode()
    assert client.get(RESET).status_code == 200


def test_known_and_unknown_addresses_get_the_same_answer(ask: Any, mailoutbox: list[EmailMessage]) -> None:
    UserFactory.create(email="kim@example.com", password=PASSWORD)
    known, unknown = ask("Kim@example.com"), ask("nobody@example.com")
    assert known.redirect_chain == unknown.redirect_chain
    assert known.content == unknown.content
    assert [message.to for message in mailoutbox] == [["kim@example.com"]]


def test_the_link_sets_a_new_password_once(ask: Any, mailoutbox: list[EmailMessage], client: Client) -> None:
    user = UserFactory.create(email="kim@example.com", password=PASSWORD)
    ask("kim@example.com")
    link = path(next(word for word in mailoutbox[0].body.split() if "/password_reset/" in word))
    form = client.get(link, follow=True)
    done = client.post(
        form.request["PATH_INFO"], {"new_password1": "quite-another-1", "new_password2": "quite-another-1"}
    )
    assert done["Location"] == reverse("password_reset_complete")
    assert client.get(done["Location"]).status_code == 200
    user.refresh_from_db()
    assert user.check_password("quite-another-1")
    assert "This link does not work" in Client().get(link, follow=True).content.decode()


def test_weak_and_unequal_passwords_are_refused(client: Client) -> None:
    user = UserFactory.create(password=PASSWORD)
    form = client.get(path(password_link(user)), follow=True).request["PATH_INFO"]
    for first, second, answer in (("12345", "12345", "too short"), ("quite-another-1", "another-2", "match")):
        assert answer in client.post(form, {"new_password1": first, "new_password2": second}).content.decode()
    user.refresh_from_db()
    assert user.check_password(PASSWORD)


@pytest.mark.parametrize("link", ["/admin/password_reset/abc/def/", "/admin/password_reset/MQ/set-password/"])
def test_an_invented_link_does_not_work(client: Client, link: str) -> None:
    assert "This link does not work" in client.get(link, follow=True).content.decode()


def test_the_invited_may_ask_again_and_the_locked_may_not(ask: Any, mailoutbox: list[EmailMessage]) -> None:
    UserFactory.create(email="invited@example.com")
    UserFactory.create(email="locked@example.com", password=PASSWORD, is_active=False)
    ask("invited@example.com")
    ask("locked@example.com")
    assert [message.to for message in mailoutbox] == [["invited@example.com"]]


def test_the_link_names_our_address_whatever_the_host_header_says(
    client: Client, mailoutbox: list[EmailMessage], django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    UserFactory.create(email="kim@example.com")
    with django_capture_on_commit_callbacks(execute=True):
        client.post(RESET, {"email": "kim@example.com"}, headers={"host": "localhost"})
    assert "http://testserver/admin/password_reset/" in mailoutbox[0].body


def test_a_task_for_somebody_who_is_gone_sends_nothing(mailoutbox: list[EmailMessage]) -> None:
    mail_password_link(4711, "en")
    mail_invitation(4711, "en")
    assert mailoutbox == []


def test_everybody_changes_the_own_password(client: Client) -> None:
    user = MembershipFactory.create(role="staff", user=UserFactory.create(password=PASSWORD)).user
    client.force_login(user, backend="companies.roles.RoleBackend")
    change = reverse("admin:password_change")
    assert client.get(change).status_code == 200
    new = "quite-another-1"
    client.post(change, {"old_password": PASSWORD, "new_password1": new, "new_password2": new})
    user.refresh_from_db()
    assert user.check_password(new)


def test_an_address_gets_three_mails_an_hour(ask: Any, mailoutbox: list[EmailMessage]) -> None:
    UserFactory.create(email="kim@example.com")
    UserFactory.create(email="alex@example.com")
    answers = {ask(email).content for email in ["kim@example.com", "Kim@Example.com "] * 4}
    ask("alex@example.com")
    assert len(answers) == 1
    assert [message.to for message in mailoutbox] == [["kim@example.com"]] * 3 + [["alex@example.com"]]


def test_the_mail_goes_out_while_the_cache_is_away(ask: Any, mailoutbox: list[EmailMessage], settings: Any) -> None:
    UserFactory.create(email="kim@example.com")
    away = {name: {**options, "LOCATION": "redis://127.0.0.1:1/0"} for name, options in settings.CACHES.items()}
    settings.CACHES = away
    assert ask("kim@example.com").status_code == 200
    assert len(mailoutbox) == 1
