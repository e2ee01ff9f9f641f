"""What tests of several apps need: a company, and browsers that are logged in."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from companies.models import Company, User
from tests.factories import CompanyFactory

LogIn = Callable[[User], Client]


@pytest.fixture
def company(db: None) -> Company:
    return CompanyFactory.create(name="Salon Nord", slug="salon-nord")


@pytest.fixture
def log_in() -> LogIn:
    def logged_in(user: User) -> Client:
        client = Client()
        client.force_login(user, backend="companies.roles.RoleBackend")
        return client

    return logged_in
