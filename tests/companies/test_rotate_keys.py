"""`rotate_keys`: every secret under the newest key, whatever happens on the way."""

from io import StringIO

import pytest
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command
from django.db import connection
from pytest_django import Settings

from companies.models import Company
from companies.rotation import encrypted_fields, rotate
from tests.factories import CompanyFactory

OLD, NEW, FOREIGN = (Fernet.generate_key().decode() for _ in range(3))


@pytest.fixture
def salons(settings: Settings) -> list[Company]:
    """Five companies under the old key, before the new one came."""
    settings.FIELD_ENCRYPTION_KEYS = [OLD]
    made = [CompanyFactory.create(webhook_secret=f"secret {n}", calcom_api_key=f"key {n}") for n in range(5)]
    settings.FIELD_ENCRYPTION_KEYS = [NEW, OLD]
    return made


def run(*args: str) -> str:
    out = StringIO()
    call_command("rotate_keys", *args, stdout=out)
    return out.getvalue()


def test_afterwards_the_old_key_is_not_needed(salons: list[Company], settings: Settings) -> None:
    assert "companies.Company.webhook_secret: 5 re-encrypted" in run("--batch", "2")
    settings.FIELD_ENCRYPTION_KEYS = [NEW]
    assert Company.objects.get(pk=salons[4].pk).webhook_secret == "secret 4"
    assert Company.objects.get(pk=salons[4].pk).calcom_api_key == "key 4"


def test_a_second_run_finds_nothing_to_do(salons: list[Company]) -> None:
    run()
    assert "companies.Company.webhook_secret: 0 re-encrypted, 5 already under the newest key" in run()


def test_a_dry_run_changes_nothing(salons: list[Company], settings: Settings) -> None:
    assert "companies.Company.calcom_api_key: 5 would be re-encrypted" in run("--dry-run")
    settings.FIELD_ENCRYPTION_KEYS = [OLD]
    assert Company.objects.get(pk=salons[0].pk).calcom_api_key == "key 0"


def test_a_lost_key_is_reported_by_row_and_the_rest_is_rotated(salons: list[Company], settings: Settings) -> None:
    settings.FIELD_ENCRYPTION_KEYS = [FOREIGN]
    Company.objects.filter(pk=salons[2].pk).update(webhook_secret="lost")
    settings.FIELD_ENCRYPTION_KEYS = [NEW, OLD]
    with pytest.raises(CommandError, match=rf"companies\.Company {salons[2].pk} webhook_secret") as error:
        run()
    assert error.value.returncode == 1
    assert "lost" not in str(error.value)
    settings.FIELD_ENCRYPTION_KEYS = [NEW]
    assert Company.objects.only("webhook_secret").get(pk=salons[3].pk).webhook_secret == "secret 3"


def test_a_secret_set_meanwhile_is_not_overwritten(salons: list[Company]) -> None:
    entered = iter(["entered meanwhile"])

    def somebody_enters_a_new_one() -> None:
        for secret in entered:  # once, after the first row
            Company.objects.filter(pk=salons[4].pk).update(webhook_secret=secret)

    rotate(Company, "webhook_secret", batch=5, dry_run=False, seen=somebody_enters_a_new_one)
    assert Company.objects.get(pk=salons[4].pk).webhook_secret == "entered meanwhile"
    assert Company.objects.get(pk=salons[0].pk).webhook_secret == "secret 0"


def test_every_encrypted_column_is_known() -> None:
    names = {f"{model._meta.db_table}.{name}" for model, name in encrypted_fields()}
    assert {
        "companies_company.calcom_api_key",
        "companies_company.webhook_secret",
        "companies_company.former_webhook_secrets",
    } <= names


@pytest.mark.parametrize("keys", [[], ["nonsense"]])
def test_without_a_usable_key_it_says_so(settings: Settings, keys: list[str]) -> None:
    settings.FIELD_ENCRYPTION_KEYS = keys
    with pytest.raises(CommandError, match="FIELD_ENCRYPTION_KEYS"):
        run()


def test_empty_values_stay_empty(salons: list[Company]) -> None:
    run()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM companies_company WHERE former_webhook_secrets = ''")
        assert cursor.fetchone()[0] == 5
