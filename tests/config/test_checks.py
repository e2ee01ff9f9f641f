"""What `manage.py check --deploy` says about our own settings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from config.checks import settings_of_a_production_server


@pytest.fixture
def production(settings: Any, tmp_path: Path) -> Any:
    settings.PUBLIC_BASE_URL = "https://slotkeeper.example.com"
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.METRICS_DIRECTORY = str(tmp_path)
    return settings


def test_a_server_that_is_set_up_has_nothing_to_hear(production: Any) -> None:
    assert settings_of_a_production_server() == []


@pytest.mark.parametrize(
    ("name", "value", "found"),
    [
        ("FIELD_ENCRYPTION_KEYS", [], "slotkeeper.E001"),
        ("FIELD_ENCRYPTION_KEYS", ["no key"], "slotkeeper.E001"),
        ("PUBLIC_BASE_URL", "http://127.0.0.1:8000", "slotkeeper.W001"),
        ("METRICS_DIRECTORY", "", "slotkeeper.I001"),
        ("METRICS_DIRECTORY", "/nowhere/metrics", "slotkeeper.I001"),
        ("EMAIL_BACKEND", "django.core.mail.backends.console.EmailBackend", "slotkeeper.W002"),
    ],
)
def test_what_is_missing_is_named(production: Any, name: str, value: Any, found: str) -> None:
    setattr(production, name, value)
    assert [message.id for message in settings_of_a_production_server()] == [found]
