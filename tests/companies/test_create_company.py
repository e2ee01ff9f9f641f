"""`create_company`: a company, its owner and the webhook address."""

import io
from typing import Any

import pytest
from django.core import mail
from django.core.management import CommandError, call_command

from companies.models import Company, Membership, User
from tests.factories import PASSWORD, UserFactory


def run(*args: str, **options: Any) -> str:
    out = io.StringIO()
    call_command("create_company", *args, stdout=out, **options)
    return out.getvalue()


def test_it_makes_the_company_and_invites_its_owner() -> None:
    out = run("Salon Süd", "--owner", "Owner@Example.com", "--business-type", "hair_salon")
    company = Company.objects.get(slug="salon-sud")
    owner = Membership.objects.get(company=company)
    assert (owner.user.email, owner.role) == ("owner@example.com", "owner")
    assert f"http://testserver/api/webhooks/calcom/{company.webhook_token}" in out
    assert mail.outbox[0].to == ["owner@example.com"]
    assert "/admin/password_reset/" in mail.outbox[0].body


def test_with_a_password_the_owner_can_log_in_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{PASSWORD}\n"))
    run("Salon Süd", "--owner", "owner@example.com", "--password-stdin")
    assert User.objects.get().check_password(PASSWORD)
    assert mail.outbox == []


def test_a_taken_slug_is_refused_and_nothing_is_made(company: Company) -> None:
    with pytest.raises(CommandError, match=r"[Ss]lug already exists") as error:
        run("Another", "--owner", "owner@example.com", "--slug", company.slug)
    assert error.value.returncode == 1
    assert Company.objects.count() == 1
    assert not User.objects.exists()


@pytest.mark.parametrize(
    ("args", "reason"),
    [
        (["Salon", "--owner", "nonsense"], "valid email"),
        (["Salon", "--owner", "owner@example.com", "--time-zone", "Mars/Olympus"], "Mars/Olympus"),
        (["", "--owner", "owner@example.com"], "blank"),
        (["Salon", "--owner", "owner@example.com", "--slug", "not a slug"], "slug"),
    ],
)
def test_bad_values_are_named(args: list[str], reason: str) -> None:
    with pytest.raises(CommandError, match=reason):
        run(*args)
    assert not Company.objects.exists()


def test_a_weak_password_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("12345\n"))
    with pytest.raises(CommandError, match="too short"):
        run("Salon", "--owner", "owner@example.com", "--password-stdin")
    assert not Company.objects.exists()
    assert not User.objects.exists()


def test_an_existing_account_keeps_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    user = UserFactory.create(email="owner@example.com", password=PASSWORD)
    monkeypatch.setattr("sys.stdin", io.StringIO("another-good-password\n"))
    out = run("Salon", "--owner", "OWNER@example.com", "--password-stdin")
    user.refresh_from_db()
    assert "its password stays" in out
    assert user.check_password(PASSWORD)
    assert user.memberships.get().role == "owner"
