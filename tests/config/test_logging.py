"""What may stand in a log line."""

from __future__ import annotations

import io
import logging
from logging.config import DictConfigurator

import pytest
import structlog

from companies.models import Company
from config.logging import logging_config
from tests.factories import CompanyFactory


@pytest.fixture
def json_log():
    """Gives the lines that production would have written so far."""
    before = structlog.get_config()
    config = logging_config(json=True, level="INFO")
    structlog.configure(**before)  # loggers remember the processors that were there when they were first used
    handler = logging.StreamHandler(io.StringIO())
    handler.setFormatter(DictConfigurator(config).configure_formatter(config["formatters"]["line"]))
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel("INFO")
    yield handler.stream.getvalue
    root.removeHandler(handler)
    root.setLevel(level)


@pytest.fixture
def salon(db) -> Company:
    return CompanyFactory.create(webhook_secret="whsec-hush")


def test_the_token_of_a_webhook_address_is_not_logged(json_log, client, salon):
    client.post(f"/api/webhooks/calcom/{salon.webhook_token}", {}, content_type="application/json")
    client.get("/api/webhooks/calcom/some-wrong-token")
    lines = json_log()
    assert "request_finished" in lines
    assert "webhooks/calcom/\\u2026" in lines
    assert salon.webhook_token not in lines
    assert "some-wrong-token" not in lines


def test_a_refused_delivery_leaves_a_warning_without_its_content(json_log, client, salon):
    client.post(f"/api/webhooks/calcom/{salon.webhook_token}", {"name": "Ada Kühn"}, content_type="application/json")
    lines = json_log()
    assert "webhooks.refused" in lines
    assert "Ada" not in lines
    assert "hush" not in lines


def test_a_password_link_is_not_logged(json_log, client, db):
    client.get("/admin/password_reset/MTc/abc123-secret/")
    assert "password_reset" in json_log()
    assert "secret" not in json_log()
