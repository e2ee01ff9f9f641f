"""A company with people of each role, and browsers that are logged in."""

from collections.abc import Callable

import pytest
from django.test import Client

from companies.models import Company, Membership
from tests.conftest import LogIn
from tests.factories import MembershipFactory, OperatorFactory

As = Callable[[str], Client]


@pytest.fixture(autouse=True)
def _database(db: None) -> None:
    """Every test here has one."""


@pytest.fixture
def as_role(company: Company, log_in: LogIn) -> As:
    """The browser of somebody with this role in the company."""
    return lambda role: log_in(MembershipFactory.create(company=company, role=role).user)


@pytest.fixture
def owner(as_role: As) -> Client:
    return as_role(Membership.Role.OWNER)


@pytest.fixture
def stranger(log_in: LogIn) -> Client:
    """An owner, but of another company."""
    return log_in(MembershipFactory.create(role=Membership.Role.OWNER).user)


@pytest.fixture
def operator(log_in: LogIn) -> Client:
    return log_in(OperatorFactory.create())
