"""Who may do what: a role counts in its own company and nowhere else."""

from collections.abc import Callable

import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.models import AnonymousUser, Permission
from django.test import RequestFactory
from pytest_django import DjangoAssertNumQueries

from companies.models import Branch, Company, Membership, User
from companies.roles import PAYLOAD, PERMISSIONS, REPLAY, SECRETS, companies_where, visible_rows
from companies.tenancy import companies_of
from tests.factories import PASSWORD, BranchFactory, MembershipFactory, OperatorFactory, UserFactory

Member = Callable[[str], User]

MAY = {
    "owner": {"companies.change_company", "companies.delete_membership", "appointments.delete_appointment", SECRETS},
    "manager": {"companies.delete_staff", "calcom.change_hostmapping", "appointments.change_appointment", REPLAY},
    "staff": {"companies.view_company", "companies.view_branch", "appointments.view_customer"},
    "auditor": {"webhooks.view_webhookevent", "appointments.view_appointmentchange", "companies.view_membership"},
}
MAY_NOT = {
    "owner": {"companies.delete_company", "companies.view_user", "appointments.change_appointmentchange"},
    "manager": {"companies.view_membership", "companies.change_company", SECRETS},
    "staff": {"webhooks.view_webhookevent", "calcom.view_eventtype", "appointments.change_appointment", PAYLOAD},
    "auditor": {"companies.change_branch", REPLAY, SECRETS},
}


@pytest.mark.parametrize("role", MAY)
def test_a_role_grants_what_it_should(company: Company, member: Member, role: str) -> None:
    user = member(role)
    assert all(user.has_perm(permission, company) for permission in MAY[role])
    assert not any(user.has_perm(permission, company) for permission in MAY_NOT[role])


def test_an_auditor_changes_nothing() -> None:
    assert all(".view_" in permission for permission in PERMISSIONS["auditor"])


def test_every_role_has_a_line_in_the_matrix() -> None:
    assert set(PERMISSIONS) == set(Membership.Role.values)


def test_with_an_object_only_the_role_in_its_company_counts(company: Company, other: Company, member: Member) -> None:
    user = member("owner")
    MembershipFactory.create(user=user, company=other, role="staff")
    assert user.has_perm("companies.change_branch", BranchFactory.create(company=company))
    assert not user.has_perm("companies.change_branch", BranchFactory.create(company=other))
    assert user.has_perm("companies.view_branch", BranchFactory.create(company=other))


def test_an_object_without_a_company_grants_nothing(member: Member) -> None:
    user = member("owner")
    assert not user.has_perm("companies.change_branch", Branch(name="not saved"))
    assert not user.has_perm("companies.view_user", user)
    assert not user.has_perm("companies.change_branch", Permission())


def test_a_stranger_and_nobody_may_nothing(company: Company) -> None:
    for user in (UserFactory.create(), AnonymousUser()):
        assert not user.has_perm("companies.view_branch", company)
        assert not user.has_module_perms("companies")
        assert not companies_of(user).exists()
        assert not visible_rows(user, Company.objects.all()).exists()


def test_an_operator_may_everything_everywhere(company: Company) -> None:
    operator = OperatorFactory.create()
    assert operator.has_perm(SECRETS, company)
    assert list(companies_where(operator, "companies.add_branch")) == [company]


def test_a_locked_account_may_nothing(company: Company, member: Member) -> None:
    user = member("owner")
    user.is_active = False
    assert not user.has_perm("companies.view_company", company)
    assert user.get_all_permissions() == set()


def test_a_company_that_is_switched_off_is_out_of_sight(company: Company, member: Member) -> None:
    user = member("owner")
    company.is_active = False
    company.save()
    assert not user.has_perm("companies.view_company", company)
    assert not companies_of(user).exists()


def test_roles_are_read_once_per_user_object(
    company: Company, member: Member, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    user = User.objects.get(pk=member("manager").pk)
    with django_assert_num_queries(1):
        assert user.has_perm("companies.view_branch")
        assert not user.has_perm(SECRETS, company)
        assert user.has_module_perms("calcom")
        assert not user.has_module_perms("companies_of_others")


def test_a_role_taken_away_is_gone_at_the_next_request(company: Company, member: Member) -> None:
    user = member("owner")
    assert user.has_perm("companies.view_branch", company)
    Membership.objects.all().delete()
    assert not User.objects.get(pk=user.pk).has_perm("companies.view_branch", company)


def test_one_logs_in_by_address_in_any_spelling() -> None:
    user = UserFactory.create(email="Erika@Example.com", password=PASSWORD)
    request = RequestFactory().post("/admin/login/")
    assert authenticate(request, username=" erika@EXAMPLE.com", password=PASSWORD) == user
    assert authenticate(request, username="erika@example.com", password="wrong") is None
