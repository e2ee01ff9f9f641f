"""Two companies, people in them, and browsers that are logged in."""

from collections.abc import Callable, Iterator

import pytest
from celery import current_app
from django.test import Client

from companies.models import Company, Membership, User
from tests.companies.company_form import SECRETS
from tests.conftest import LogIn
from tests.factories import CompanyFactory, MembershipFactory, OperatorFactory

Role = Membership.Role


@pytest.fixture(autouse=True)
def _database(db: None) -> None:
    """Every test here has one."""


@pytest.fixture(autouse=True)
def _worker_at_hand() -> Iterator[None]:
    """Tasks run where they are handed over: mails are in the outbox at once."""
    current_app.conf.task_always_eager = True
    yield
    current_app.conf.task_always_eager = False


@pytest.fixture
def other() -> Company:
    return CompanyFactory.create(name="Werkstatt West", slug="werkstatt-west")


@pytest.fixture
def member(company: Company) -> Callable[[str], User]:
    """Somebody with this role in the company."""
    return lambda role: MembershipFactory.create(company=company, role=role).user


@pytest.fixture
def owner(company: Company, log_in: LogIn) -> Client:
    return log_in(MembershipFactory.create(company=company, role=Role.OWNER).user)


@pytest.fixture
def manager(company: Company, log_in: LogIn) -> Client:
    return log_in(MembershipFactory.create(company=company, role=Role.MANAGER).user)


@pytest.fixture
def stranger(other: Company, log_in: LogIn) -> Client:
    """An owner, but of another company."""
    return log_in(MembershipFactory.create(company=other, role=Role.OWNER).user)


@pytest.fixture
def operator(log_in: LogIn) -> Client:
    return log_in(OperatorFactory.create())


@pytest.fixture
def salon(company: Company) -> Company:
    """The company with secrets of its own."""
    company.calcom_api_key, company.webhook_secret, company.former_webhook_secrets = SECRETS
    company.save()
    return company
