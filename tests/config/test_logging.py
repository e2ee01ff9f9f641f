"""What may stand in a log line."""

from __future__ import annotations

import io
import json
import logging
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from logging.config import DictConfigurator
from pathlib import Path

import pytest
import structlog
from django.db import IntegrityError, transaction

from companies.models import Company, User
from config.logging import logging_config
from config.settings import BASE_DIR
from tests.factories import CompanyFactory
from webhooks.models import WebhookEvent
from webhooks.tasks import drain_all

Lines = Callable[[], str]


@contextmanager
def log(*, as_json: bool) -> Iterator[Lines]:
    """Gives the lines that would have been written so far."""
    before = structlog.get_config()
    config = logging_config(json=as_json, level="INFO")
    structlog.configure(**before)  # loggers remember the processors that were there when they were first used
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(DictConfigurator(config).configure_formatter(config["formatters"]["line"]))
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel("INFO")
    yield stream.getvalue
    root.removeHandler(handler)
    root.setLevel(level)


@pytest.fixture
def json_log() -> Iterator[Lines]:
    with log(as_json=True) as lines:
        yield lines


@pytest.fixture(params=["json", "readable"])
def either_log(request) -> Iterator[Lines]:
    """Both ways of writing a line."""
    with log(as_json=request.param == "json") as lines:
        yield lines


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


@pytest.mark.parametrize("logger", [logging.getLogger("a.library"), structlog.stdlib.get_logger("ours")], ids=str)
def test_positional_arguments_are_hidden_too(either_log, logger):
    logger.warning("%s could not be reached, nor %s: %s", "ada@example.com", "+49301234567", "Bearer hush-hush")
    assert "could not be reached" in either_log()
    assert not any(secret in either_log() for secret in ("ada@", "1234567", "hush"))


@pytest.mark.parametrize("logger", [logging.getLogger("a.library"), structlog.stdlib.get_logger("ours")], ids=str)
def test_so_are_the_texts_of_errors_and_of_their_causes(either_log, logger):
    error = RuntimeError("apiKey=hush-hush")
    error.__cause__ = ValueError("ada@example.com")
    logger.error("it.failed", exc_info=error)
    assert "RuntimeError: apiKey=" in either_log()
    assert not any(secret in either_log() for secret in ("ada@", "hush"))


def test_what_the_database_repeats_of_a_row_is_hidden(either_log, db):
    person = {"email": "ada@example.com", "name": "Ada Kuehn"}
    User.objects.create(**person)
    try:
        with transaction.atomic():
            User.objects.create(**person)
    except IntegrityError:
        logging.getLogger("a.library").exception("it.failed")
    assert "duplicate key value" in either_log()
    assert not any(secret in either_log() for secret in ("ada@", "Kuehn"))


def test_what_people_search_for_is_hidden(json_log, client, db):
    client.get("/admin/appointments/appointment/?q=Ada+Kuehn&p=2")
    assert "?q=\\u2026&p=2" in json_log()


def test_a_delivery_can_be_followed_from_the_door_into_the_worker(json_log, client, db):
    salon = CompanyFactory.create(webhook_secret="whsec-hush")
    event = WebhookEvent.objects.create(delivery_id="5f0bb1f2-52f3-5d4c-9a52-0d9b1a5b5b6e", company=salon, body=b"{}")
    drain_all()
    structlog.get_logger("afterwards").warning("afterwards")
    lines = [json.loads(line) for line in json_log().splitlines()]
    [batch] = [line for line in lines if line["event"] == "webhooks.batch"]
    assert batch["delivery_id"] == str(event.delivery_id)
    assert "delivery_id" not in next(line for line in lines if line["event"] == "afterwards")


IN_FILES = """
import logging
from logging.config import dictConfig
from config.logging import logging_config
dictConfig(logging_config(json=True, level="INFO", files={files!r}))
for name in ("calcom.transport", "webhooks.views", "appointments"):
    logging.getLogger(name).info("said by %s to ada@example.com", name)
"""


def test_files_hold_what_their_logger_says_and_nothing_personal(tmp_path: Path):
    files = {"calcom": str(tmp_path / "calcom.log"), "webhooks": ""}
    ran = subprocess.run(
        [sys.executable, "-c", IN_FILES.format(files=files)], cwd=BASE_DIR, capture_output=True, text=True, check=True
    )
    [line] = (tmp_path / "calcom.log").read_text().splitlines()
    assert json.loads(line)["event"] == "said by calcom.transport to …"
    assert len(ran.stderr.splitlines()) == 3
    assert "ada@" not in ran.stderr


def test_django_writes_nothing_past_our_own_handlers(settings):
    django = settings.LOGGING["loggers"]["django"]
    assert django["handlers"] == []
    assert logging.getLogger("django").handlers == []
