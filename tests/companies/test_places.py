"""Branches and staff: what stays because something hangs on it, and what an empty list says."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from companies.models import Branch, Company, Staff
from tests.factories import BranchFactory, StaffFactory
from tests.portal.factories import AppointmentFactory


@pytest.mark.parametrize("name", ["branch", "staff"])
def test_no_button_deletes_what_appointments_hang_on(owner: Client, company: Company, name: str) -> None:
    row = getattr(AppointmentFactory.create(company=company), name)
    delete = reverse(f"admin:companies_{name}_delete", args=[row.pk])
    assert delete not in owner.get(reverse(f"admin:companies_{name}_change", args=[row.pk])).text
    assert owner.post(delete, {"post": "yes"}).status_code == 403
    assert (Branch.objects.count(), Staff.objects.count()) == (1, 1)


@pytest.mark.parametrize(("name", "factory"), [("branch", BranchFactory), ("staff", StaffFactory)])
def test_what_nothing_hangs_on_can_go(owner: Client, company: Company, name: str, factory) -> None:
    row = factory.create(company=company)
    delete = reverse(f"admin:companies_{name}_delete", args=[row.pk])
    assert delete in owner.get(reverse(f"admin:companies_{name}_change", args=[row.pk])).text
    owner.post(delete, {"post": "yes"})
    assert not type(row).objects.exists()


@pytest.mark.parametrize("name", ["branch", "staff"])
def test_rows_are_deleted_one_by_one(owner: Client, company: Company, name: str) -> None:
    AppointmentFactory.create(company=company)
    assert "delete_selected" not in owner.get(reverse(f"admin:companies_{name}_changelist")).text


@pytest.mark.parametrize(
    ("name", "sentence"), [("branch", "No branches yet. Add"), ("staff", "Nobody works here yet. Add")]
)
def test_an_empty_list_says_what_to_do(owner: Client, name: str, sentence: str) -> None:
    assert sentence in owner.get(reverse(f"admin:companies_{name}_changelist")).text


def test_no_list_is_left_without_a_sentence() -> None:
    from django.contrib import admin  # noqa: PLC0415 - the registry is full only now

    pages: dict[Any, Any] = admin.site._registry
    nameless = [model._meta.label for model, page in pages.items() if "Nothing" in page.empty_sentence]
    assert nameless == []
