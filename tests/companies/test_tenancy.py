"""A stranger sees nothing and changes nothing, whichever way they try."""

from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.test import Client, RequestFactory
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from companies.models import Branch, Company, Staff
from companies.tenant_admin import TenantAutocompleteFilter
from tests.conftest import LogIn
from tests.factories import BranchFactory, MembershipFactory, StaffFactory, UserFactory
from tests.portal.factories import DeliveryFactory

LISTS = ["company", "branch", "staff", "membership"]


def page(model: str, what: str, *args: Any) -> str:
    return reverse(f"admin:companies_{model}_{what}", args=args)


def branch_form(**fields: Any) -> dict[str, Any]:
    return {"name": "Mitte", "time_zone": "Europe/Berlin", "hours": "{}", "country": "DE", **fields}


def staff_form(**fields: Any) -> dict[str, Any]:
    return {"name": "Kim", "color": "#112233", "home_branch": "", "email": "", "phone": "", **fields}


@pytest.fixture
def branch(company: Company) -> Branch:
    return BranchFactory.create(company=company, name="Hafenstrasse")


@pytest.fixture
def staff(company: Company, branch: Branch) -> Staff:
    return StaffFactory.create(company=company, home_branch=branch, name="Alex Nordwind")


@pytest.mark.parametrize("model", LISTS)
def test_lists_show_the_own_company_only(
    owner: Client, stranger: Client, staff: Staff, company: Company, model: str
) -> None:
    words = ["Salon Nord", "Hafenstrasse", "Alex Nordwind"]
    seen = stranger.get(page(model, "changelist")).content.decode()
    assert not any(word in seen for word in words)
    assert owner.get(page(model, "changelist")).status_code == 200


def test_pages_of_foreign_rows_do_not_exist(stranger: Client, staff: Staff, company: Company) -> None:
    member = MembershipFactory.create(company=company)
    rows: dict[str, Any] = {"company": company, "branch": staff.home_branch, "staff": staff, "membership": member}
    for model, row in rows.items():
        for what in ("change", "delete", "history"):
            response = stranger.get(page(model, what, row.pk))
            assert response.status_code in (302, 403, 404)
            assert str(row) not in response.content.decode()


def test_a_foreign_row_is_neither_changed_nor_deleted_by_post(stranger: Client, branch: Branch) -> None:
    stranger.post(page("branch", "change", branch.pk), branch_form(name="Taken over"))
    stranger.post(page("branch", "delete", branch.pk), {"post": "yes"})
    branch.refresh_from_db()
    assert branch.name == "Hafenstrasse"


@pytest.mark.parametrize("field", ["home_branch__id__exact", "company__id__exact"])
def test_filters_offer_and_find_nothing_foreign(stranger: Client, staff: Staff, field: str) -> None:
    pk = staff.home_branch_id if "branch" in field else staff.company_id
    seen = stranger.get(page("staff", "changelist"), {field: str(pk)}).content.decode()
    assert "Hafenstrasse" not in seen
    assert "Salon Nord" not in seen
    assert "Alex Nordwind" not in seen


def test_filters_offer_the_own_rows(owner: Client, staff: Staff, other: Company) -> None:
    BranchFactory.create(company=other, name="Fremde Gasse")
    seen = owner.get(page("staff", "changelist")).content.decode()
    assert "Hafenstrasse" in seen
    assert "Fremde Gasse" not in seen


def test_an_autocomplete_filter_does_not_name_a_foreign_row(staff: Staff, other: Company) -> None:
    request = RequestFactory().get("/")
    request.user = MembershipFactory.create(company=other).user
    staff_admin = admin.site.get_model_admin(Staff)
    key = "home_branch__id__exact"
    params = {key: [str(staff.home_branch_id)]}
    field = Staff._meta.get_field("home_branch")
    offered = TenantAutocompleteFilter(field, request, params, Staff, staff_admin, "home_branch")
    (choice,) = offered.choices(None)
    assert "Hafenstrasse" not in str(choice["form"])


def autocomplete(client: Client, model: str, field: str) -> Any:
    return client.get(
        reverse("admin:autocomplete"), {"app_label": "companies", "model_name": model, "field_name": field}
    )


def test_autocomplete_finds_own_rows_only(owner: Client, stranger: Client, branch: Branch) -> None:
    found = autocomplete(owner, "staff", "home_branch").json()["results"]
    assert [row["text"] for row in found] == ["Hafenstrasse"]
    assert autocomplete(stranger, "staff", "home_branch").json()["results"] == []
    assert [row["text"] for row in autocomplete(stranger, "staff", "company").json()["results"]] == ["Werkstatt West"]


def test_autocomplete_of_users_is_for_operators(owner: Client) -> None:
    assert autocomplete(owner, "membership", "user").status_code == 403


def test_actions_reach_own_rows_only(stranger: Client, company: Company) -> None:
    event = DeliveryFactory.create(company=company)
    data = {"action": "replay", "_selected_action": [event.pk]}
    stranger.post(reverse("admin:webhooks_webhookevent_changelist"), data)
    stranger.post(reverse("admin:webhooks_webhookevent_changelist"), {**data, "select_across": "1"})
    event.refresh_from_db()
    assert event.state == event.State.DONE


def test_an_action_leaves_out_rows_where_the_role_is_too_small(log_in: LogIn, company: Company, other: Company) -> None:
    user = MembershipFactory.create(company=other).user
    MembershipFactory.create(company=company, user=user, role="auditor")
    events = [DeliveryFactory.create(company=owner) for owner in (company, other)]
    response = log_in(user).post(
        reverse("admin:webhooks_webhookevent_changelist"),
        {"action": "replay", "_selected_action": [event.pk for event in events]},
        follow=True,
    )
    for event in events:
        event.refresh_from_db()
    assert [event.state == event.State.DONE for event in events] == [True, False]
    assert "1 row was left out" in response.content.decode()


def test_a_branch_of_another_company_is_refused_by_hand(stranger: Client, operator: Client, staff: Staff) -> None:
    form = staff_form(home_branch=staff.home_branch_id)
    assert "errorlist" in stranger.post(page("staff", "add"), form).content.decode()
    west = Company.objects.get(slug="werkstatt-west")
    refused = operator.post(page("staff", "add"), {**form, "company": west.pk})
    assert "This belongs to another company." in refused.content.decode()
    assert list(Staff.objects.all()) == [staff]


def test_a_changed_row_does_not_point_into_another_company_either(
    operator: Client, stranger: Client, branch: Branch, other: Company
) -> None:
    mine = StaffFactory.create(company=other)
    for client in (operator, stranger):
        client.post(page("staff", "change", mine.pk), staff_form(home_branch=branch.pk))
    mine.refresh_from_db()
    assert mine.home_branch is None


def test_a_forged_company_is_ignored_when_a_row_is_made(owner: Client, company: Company, other: Company) -> None:
    owner.post(page("branch", "add"), branch_form(company=other.pk))
    assert Branch.objects.get().company == company


def test_a_forged_company_moves_nothing(owner: Client, operator: Client, branch: Branch, other: Company) -> None:
    for client in (owner, operator):
        client.post(page("branch", "change", branch.pk), branch_form(name="Renamed", company=other.pk))
        branch.refresh_from_db()
        assert (branch.name, branch.company.slug) == ("Renamed", "salon-nord")


def test_a_row_is_made_only_where_the_role_allows_it(log_in: LogIn, company: Company, other: Company) -> None:
    user = MembershipFactory.create(company=other, role="manager").user
    MembershipFactory.create(company=company, user=user, role="auditor")
    client = log_in(user)
    client.post(page("branch", "add"), branch_form(company=company.pk))
    assert Branch.objects.get().company == other


def test_who_manages_two_companies_chooses_one(log_in: LogIn, company: Company, other: Company) -> None:
    user = MembershipFactory.create(company=other, role="manager").user
    MembershipFactory.create(company=company, user=user, role="manager")
    client = log_in(user)
    assert 'name="company"' in client.get(page("branch", "add")).content.decode()
    client.post(page("branch", "add"), branch_form(company=company.pk))
    assert Branch.objects.get().company == company
    assert "Werkstatt West" in client.get(page("branch", "changelist")).content.decode()


def test_who_has_one_company_is_not_asked(owner: Client, company: Company) -> None:
    seen = owner.get(page("branch", "add")).content.decode()
    assert 'name="company"' not in seen


def test_the_same_name_twice_is_an_answer_and_no_crash(owner: Client, branch: Branch) -> None:
    response = owner.post(page("branch", "add"), branch_form(name="Hafenstrasse"))
    assert "already exists" in response.content.decode()
    assert Branch.objects.count() == 1


def test_what_is_only_seen_is_not_changed(log_in: LogIn, company: Company, branch: Branch) -> None:
    for role in ("staff", "auditor"):
        client = log_in(MembershipFactory.create(company=company, role=role).user)
        assert client.get(page("branch", "change", branch.pk)).status_code == 200
        assert client.post(page("branch", "change", branch.pk), branch_form()).status_code == 403
        assert client.get(page("branch", "add")).status_code == 403
        assert client.post(page("branch", "delete", branch.pk), {"post": "yes"}).status_code == 403
    branch.refresh_from_db()
    assert branch.name == "Hafenstrasse"


@pytest.mark.parametrize(
    ("role", "refused"),
    [("owner", []), ("manager", ["membership"]), ("staff", ["membership"]), ("auditor", [])],
)
def test_each_role_sees_its_lists(log_in: LogIn, company: Company, role: str, refused: list[str]) -> None:
    client = log_in(MembershipFactory.create(company=company, role=role).user)
    statuses = {model: client.get(page(model, "changelist")).status_code for model in [*LISTS, "user"]}
    assert {model for model, status in statuses.items() if status == 403} == {*refused, "user"}


def test_somebody_without_a_company_sees_no_list(log_in: LogIn, company: Company) -> None:
    client = log_in(UserFactory.create())
    for model in LISTS:
        response = client.get(page(model, "changelist"))
        assert response.status_code in (302, 403)
        assert "Salon Nord" not in response.content.decode()


@pytest.mark.parametrize("model", [*LISTS, "user"])
def test_nobody_sees_anything_without_logging_in(client: Client, model: str) -> None:
    response = client.get(page(model, "changelist"))
    assert response.status_code == 302
    assert response["Location"].startswith("/admin/login/")


def test_an_operator_sees_every_company(operator: Client, company: Company, other: Company) -> None:
    seen = operator.get(page("company", "changelist")).content.decode()
    assert "Salon Nord" in seen
    assert "Werkstatt West" in seen


def test_a_list_asks_the_database_no_more_for_many_rows(
    owner: Client, branch: Branch, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    StaffFactory.create_batch(30, company=branch.company, home_branch=branch)
    with django_assert_max_num_queries(10):
        owner.get(page("staff", "changelist"))


def test_saving_asks_for_the_role_even_where_no_form_did(company: Company, branch: Branch) -> None:
    request = RequestFactory().post("/")
    request.user = MembershipFactory.create(company=company, role="auditor").user
    for change in (True, False):
        with pytest.raises(PermissionDenied):
            admin.site.get_model_admin(Branch).save_model(
                request, branch, SimpleNamespace(company_before=company.pk), change
            )


def test_saving_moves_no_row_even_for_an_owner_of_both(company: Company, other: Company, branch: Branch) -> None:
    request = RequestFactory().post("/")
    request.user = MembershipFactory.create(company=company).user
    MembershipFactory.create(company=other, user=request.user)
    branch.company = other
    with pytest.raises(PermissionDenied):
        admin.site.get_model_admin(Branch).save_model(request, branch, SimpleNamespace(company_before=company.pk), True)
    branch.refresh_from_db()
    assert branch.company == company
