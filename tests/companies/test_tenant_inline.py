"""Inlines: rows below a row belong to its company, and its company's role decides."""

from typing import Any

import pytest
from django.contrib import admin
from django.contrib.messages.storage.cookie import CookieStorage
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from unfold.admin import ModelAdmin, TabularInline

from companies.models import Branch, Company, Staff, User
from companies.tenant_admin import TenantAdmin, TenantInline
from tests.factories import BranchFactory, MembershipFactory, StaffFactory


class StaffInline(TenantInline, TabularInline):
    model = Staff
    fields = ["name", "color"]


class BranchWithStaff(TenantAdmin, ModelAdmin):
    fields = ["name", "time_zone", "hours"]
    inlines = [StaffInline]


@pytest.fixture
def branch(company: Company) -> Branch:
    return BranchFactory.create(company=company)


def post(user: User, branch: Branch | None, rows: list[dict[str, Any]], **fields: Any) -> HttpResponse:
    data = {"name": "Mitte", "time_zone": "Europe/Berlin", "hours": "{}", **fields}
    initial = sum("id" in row for row in rows)
    data |= {"staff-TOTAL_FORMS": len(rows), "staff-INITIAL_FORMS": initial}
    data |= {f"staff-{number}-{name}": value for number, row in enumerate(rows) for name, value in row.items()}
    request: HttpRequest = RequestFactory().post("/", data)
    request.user = user
    request._dont_enforce_csrf_checks = True  # type: ignore[attr-defined]  # as Django's own test client does
    request._messages = CookieStorage(request)  # type: ignore[attr-defined]  # what the middleware would set
    page = BranchWithStaff(Branch, admin.site)
    response: HttpResponse = page.changeform_view(request, str(branch.pk) if branch else None)
    return response


def test_a_row_takes_the_company_of_the_row_above(company: Company, branch: Branch) -> None:
    owner = MembershipFactory.create(company=company).user
    assert post(owner, branch, [{"name": "Kim", "color": "#112233"}]).status_code == 302
    assert Staff.objects.get().company == company


def test_rows_of_a_new_row_take_the_company_chosen_for_it(company: Company, other: Company) -> None:
    user = MembershipFactory.create(company=company, role="manager").user
    MembershipFactory.create(company=other, user=user, role="manager")
    post(user, None, [{"name": "Kim", "color": "#112233"}], company=other.pk)
    staff = Staff.objects.get()
    assert (staff.company, staff.home_branch) == (other, Branch.objects.get(name="Mitte"))


def test_a_forged_company_in_an_inline_is_ignored(company: Company, other: Company, branch: Branch) -> None:
    owner = MembershipFactory.create(company=company).user
    post(owner, branch, [{"name": "Kim", "color": "#112233", "company": other.pk}])
    assert Staff.objects.get().company == company


def test_the_role_in_the_rows_company_decides(company: Company, other: Company, branch: Branch) -> None:
    auditor = MembershipFactory.create(company=company, role="auditor").user
    MembershipFactory.create(company=other, user=auditor, role="owner")
    staff = StaffFactory.create(company=company, home_branch=branch, name="Alex")
    row = {"id": staff.pk, "home_branch": branch.pk, "name": "Renamed", "color": "#112233"}
    with pytest.raises(PermissionDenied):
        post(auditor, branch, [row])
    staff.refresh_from_db()
    assert staff.name == "Alex"


def test_a_row_of_another_company_cannot_be_taken_into_an_inline(
    company: Company, other: Company, branch: Branch
) -> None:
    owner = MembershipFactory.create(company=company).user
    foreign = StaffFactory.create(company=other, name="Alex")
    row = {"id": foreign.pk, "home_branch": branch.pk, "name": "Taken over", "color": "#112233"}
    post(owner, branch, [row])
    foreign.refresh_from_db()
    assert (foreign.name, foreign.home_branch) == ("Alex", None)
