"""Real servers for a test run, before Django's settings are read.

Named in addopts (`-p devstack.pytest_plugin`), because pytest-django reads the settings before any conftest. With
pytest-xdist the controller starts the servers; the workers inherit its environment, pytest-django gives each a
database of its own and we give each a Redis database of its own.
"""

import contextlib
import os
from collections.abc import Generator
from urllib.parse import urlsplit, urlunsplit

import pytest

from devstack.secrets_file import new_fernet_key
from devstack.servers import throw_away_servers


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None]:
    """A wrapper runs before every plain hook, pytest-django's included."""
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker:
        os.environ["REDIS_URL"] = redis_url_of(worker, os.environ["REDIS_URL"])
    else:
        servers = contextlib.ExitStack()
        os.environ.update(servers.enter_context(throw_away_servers()))
        early_config.add_cleanup(servers.close)
        _fill_environment()
    return (yield)


def redis_url_of(worker: str, url: str) -> str:
    """The URL of the worker's own database: gw0 takes the one after the controller's, gw1 the next."""
    parts = urlsplit(url)
    number = int(parts.path.strip("/") or 0) + 1 + int(worker.removeprefix("gw"))
    return urlunsplit(parts._replace(path=f"/{number}"))


def _fill_environment() -> None:
    """The same for everybody, whatever the developer's .env says."""
    os.environ.update(
        DJANGO_SECRET_KEY="only-for-tests-" + "0123456789" * 5,
        FIELD_ENCRYPTION_KEYS=new_fernet_key(),
        DJANGO_DEBUG="false",
        READ_DOT_ENV="false",
        LOG_JSON="false",
        LOG_LEVEL="WARNING",
        STATIC_USE_FINDERS="true",
        # No test asks the real Cal.com: nothing listens on the discard port.
        CALCOM_BASE_URL="http://127.0.0.1:9/v2",
        CALCOM_WEBHOOK_SECRETS="",
        EMAIL_URL="memorymail://",
        LANGUAGE_CODE="en",
        PUBLIC_BASE_URL="http://testserver",
    )
