"""The variables that the application gets on a developer's machine. What is set already is never changed."""

import json
import os

import environ

from devstack.place import ROOT, Place
from devstack.secrets_file import kept_secrets, write_private

_SHARED_VARIABLES = (
    "DATABASE_URL",
    "REDIS_URL",
    "DJANGO_SECRET_KEY",
    "FIELD_ENCRYPTION_KEYS",
    "CALCOM_WEBHOOK_SECRETS",
    "PUBLIC_BASE_URL",
    "CALCOM_BASE_URL",
    "PROMETHEUS_MULTIPROC_DIR",
)


def read_dot_env() -> None:
    """A DATABASE_URL in `.env` counts like one in the environment."""
    if (ROOT / ".env").exists():
        environ.Env.read_env(str(ROOT / ".env"))


def set_development_defaults(place: Place, *, public_url: str, calcom_url: str = "") -> None:
    """Debug mode, secrets of this directory, addresses; `calcom_url` for companies without one of their own."""
    secrets = kept_secrets(place.secrets)
    if calcom_url:
        _default(CALCOM_BASE_URL=calcom_url)
    _default(
        DJANGO_SETTINGS_MODULE="config.settings",
        DJANGO_DEBUG="true",
        STATIC_USE_FINDERS="true",
        DJANGO_SECRET_KEY=secrets["secret_key"],
        FIELD_ENCRYPTION_KEYS=secrets["field_encryption_key"],
        CALCOM_WEBHOOK_SECRETS=secrets["webhook_secret"],
        DEMO_PASSWORD=secrets["demo_password"],
        PUBLIC_BASE_URL=public_url,
        PROMETHEUS_MULTIPROC_DIR=str(place.metrics),
    )


def announce(place: Place, *, address: str) -> None:
    """Tell a second terminal where the running stack is."""
    found = {name: os.environ[name] for name in _SHARED_VARIABLES if name in os.environ}
    write_private(place.services, json.dumps({"address": address, "pid": os.getpid(), "environment": found}, indent=2))


def announced_address(place: Place) -> str | None:
    """The address of the running stack, or None while it is still starting."""
    if not place.services.exists():
        return None
    address: str = json.loads(place.services.read_text())["address"]
    return address


def join_running_stack(place: Place) -> None:
    """Take the variables of the running stack."""
    _default(**json.loads(place.services.read_text())["environment"])


def _default(**variables: str) -> None:
    for name, value in variables.items():
        os.environ.setdefault(name, value)
