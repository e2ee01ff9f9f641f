"""Keys of each scope, and whoever calls with one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from companies.api import shared
from companies.keys import Scope, issue
from companies.models import Company

Calling = Callable[..., Client]


@pytest.fixture(autouse=True)
def _database(db: None) -> None:
    """Every test here has one; and Redis is back."""
    shared.forget_outage()


def client_with(key: str) -> Client:
    """Whoever calls with this key."""
    return Client(headers={"Authorization": f"Bearer {key}"})


@pytest.fixture
def calling(company: Company) -> Calling:
    """Whoever calls with a key of the company, or of another one."""

    def made(scope: Scope = Scope.MANAGE, *, of: Company | None = None, **fields: Any) -> Client:
        _row, key = issue(of or company, name="Phone agent", scopes=[scope], by=None, **fields)
        return client_with(key)

    return made


@pytest.fixture
def caller(calling: Calling) -> Client:
    """Whoever may everything in the company."""
    return calling()
