"""Encrypted text: readable with any key of ours, with no other, and never in the database."""

import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import FieldError
from django.db import connection
from pytest_django import Settings

from companies.fields import EncryptionKeyError, decrypt, encrypt, rotated
from companies.models import Company

OLD, NEW, FOREIGN = (Fernet.generate_key().decode() for _ in range(3))


def stored(company: Company) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT webhook_secret FROM companies_company WHERE id = %s", [company.pk])
        return str(cursor.fetchone()[0])


@pytest.mark.parametrize("text", ["geheim", "mit Umlauten: äöüß", "🗝️", "x" * 5000, " spaces "])
def test_a_text_comes_back_as_it_was(company: Company, text: str) -> None:
    Company.objects.filter(pk=company.pk).update(webhook_secret=text)
    assert Company.objects.get(pk=company.pk).webhook_secret == text


def test_the_database_holds_ciphertext(company: Company) -> None:
    company.webhook_secret = "geheim"
    company.save()
    assert "geheim" not in stored(company)
    assert stored(company).startswith("gAAAA")


def test_equal_texts_differ_in_the_database(company: Company, other: Company) -> None:
    for row in (company, other):
        Company.objects.filter(pk=row.pk).update(webhook_secret="geheim")
    assert stored(company) != stored(other)


def test_an_empty_text_stays_empty(company: Company) -> None:
    assert stored(company) == ""
    assert Company.objects.filter(webhook_secret="").exists()


def test_the_newest_key_encrypts_and_all_decrypt(settings: Settings) -> None:
    settings.FIELD_ENCRYPTION_KEYS = [OLD]
    token = encrypt("geheim")
    settings.FIELD_ENCRYPTION_KEYS = [NEW, OLD]
    assert decrypt(token) == "geheim"
    settings.FIELD_ENCRYPTION_KEYS = [NEW]
    with pytest.raises(EncryptionKeyError):
        decrypt(token)


def test_a_row_under_a_foreign_key_raises_instead_of_returning_something(company: Company, settings: Settings) -> None:
    settings.FIELD_ENCRYPTION_KEYS = [OLD]
    Company.objects.update(webhook_secret="geheim")
    settings.FIELD_ENCRYPTION_KEYS = [FOREIGN]
    with pytest.raises(EncryptionKeyError):
        Company.objects.get(pk=company.pk)


def test_plain_text_in_the_database_raises(company: Company) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE companies_company SET webhook_secret = 'geheim'")
    with pytest.raises(EncryptionKeyError):
        Company.objects.get(pk=company.pk)


@pytest.mark.parametrize("keys", [[], [""], ["  "]])
def test_no_key_at_all_raises(settings: Settings, keys: list[str]) -> None:
    settings.FIELD_ENCRYPTION_KEYS = keys
    with pytest.raises(EncryptionKeyError, match="is empty"):
        encrypt("geheim")


@pytest.mark.parametrize("key", ["short", "ä" * 43 + "=", NEW[:-2]], ids=["short", "umlauts", "cut"])
def test_a_malformed_key_raises_without_showing_it(settings: Settings, key: str) -> None:
    settings.FIELD_ENCRYPTION_KEYS = [NEW, key]
    with pytest.raises(EncryptionKeyError, match="not a Fernet key") as error:
        encrypt("geheim")
    assert key not in str(error.value)


def test_rotating_keeps_the_text_and_leaves_what_is_current(settings: Settings) -> None:
    settings.FIELD_ENCRYPTION_KEYS = [OLD]
    token = encrypt("geheim")
    settings.FIELD_ENCRYPTION_KEYS = [NEW, OLD]
    fresh = rotated(token)
    assert fresh != token
    assert rotated(fresh) == fresh
    settings.FIELD_ENCRYPTION_KEYS = [NEW]
    assert decrypt(fresh) == "geheim"


@pytest.mark.parametrize("lookup", ["startswith", "contains", "lower__contains", "gt", "regex"])
def test_ciphertext_cannot_be_searched(lookup: str) -> None:
    with pytest.raises(FieldError):
        Company.objects.filter(**{f"webhook_secret__{lookup}": "g"}).exists()
