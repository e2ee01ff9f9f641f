"""A dump that was mended: what was left out or refused before comes, and who was erased here does not."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from appointments import tombstones
from appointments.models import Appointment, Customer, Service
from calcom.legacy.dump.forgotten import WAS_ERASED
from calcom.legacy.undo import roll_back
from calcom.models import LegacyRow, LegacyRun
from tests.calcom.legacy.dump import dumps
from tests.calcom.legacy.dump.conftest import reported

GONE: dict[str, Any] = {"deleted_at": "2026-01-01 10:00:00"}


@pytest.fixture
def left_out(dump, bring):
    """A customer who was deleted there, and stayed out."""
    bring(dump(customers=[dumps.customer(**GONE)]))
    assert not Customer.objects.exists()


def test_a_customer_who_is_deleted_no_more_comes_with_the_mended_dump(left_out, dump, bring):
    folder = dump()
    dry, real = bring(folder, is_dry_run=True), bring(folder)
    assert dry.tables == real.tables
    assert real.tables["customers"] == {"rows": 1, "created": 1}
    row = LegacyRow.objects.get(kind="customer")
    assert (row.object_id, row.run_id, row.data["name"]) == (Customer.objects.get().pk, real.run_id, "Kundin 21")


def test_an_appointment_does_too_and_finds_its_customer(dump, bring):
    bring(dump(customers=[dumps.customer(**GONE)], appointments=[dumps.appointment(**GONE)]))
    assert bring(dump()).counts["created"] == 2
    assert Appointment.objects.get().customer == Customer.objects.get()


def test_what_is_deleted_still_changes_nothing(left_out, dump, bring):
    before = LegacyRow.objects.get(kind="customer")
    again = bring(dump(customers=[dumps.customer(**GONE)]))
    assert (again.tables["customers"], again.run_id) == ({"rows": 1, "unchanged": 1}, None)
    assert LegacyRow.objects.get(kind="customer") == before
    assert LegacyRun.objects.count() == 1


def test_mended_badly_it_is_refused_and_may_be_mended_again(left_out, dump, bring):
    assert bring(dump(customers=[dumps.customer(name="", email="")])).tables["customers"]["refused"] == 1
    assert bring(dump()).tables["customers"]["created"] == 1


def test_once_here_it_is_known(left_out, dump, bring):
    bring(dump())
    assert bring(dump()).counts | {"unchanged": 0} == dict.fromkeys(bring(dump()).counts, 0) | {"rows": 5}
    bring(dump(customers=[dumps.customer(**GONE)]))
    assert Customer.objects.exists()


@pytest.mark.parametrize("batch", [1, 500])
@pytest.mark.parametrize("is_dry_run", [True, False])
def test_a_second_row_with_its_id_does_not_count(dump, bring, batch, is_dry_run):
    twice = dump(customers=[dumps.customer(**GONE), dumps.customer()])
    first = bring(twice, batch=batch)
    assert first.tables["customers"] == {"rows": 2, "left_out": 1, "refused": 1}
    again = bring(twice, batch=batch, is_dry_run=is_dry_run)
    assert again.tables["customers"] == {"rows": 2, "unchanged": 2}
    assert not Customer.objects.exists()


@pytest.mark.parametrize("batch", [1, 500])
@pytest.mark.parametrize("is_dry_run", [True, False])
def test_nor_does_a_second_one_that_is_deleted(left_out, dump, bring, batch, is_dry_run):
    twice = dump(customers=[dumps.customer(), dumps.customer(**GONE)])
    result = bring(twice, batch=batch, is_dry_run=is_dry_run)
    assert result.tables["customers"] == {"rows": 2, "created": 1, "refused": 1}
    assert Customer.objects.exists() is not is_dry_run


def test_who_was_erased_here_stays_out_however_the_dump_is_mended(dump, bring, company):
    tombstones.bury(company, ["kundin21@example.com"], at=timezone.now())
    bring(dump())
    result = bring(dump(customers=[dumps.customer(name="Kundin 21", email="another@example.com")]))
    assert result.tables["customers"] == {"rows": 1, "unchanged": 1}
    assert not Customer.objects.exists()


def test_who_was_deleted_there_and_then_erased_here_stays_out(left_out, dump, bring, company):
    tombstones.bury(company, ["kundin21@example.com"], at=timezone.now())
    result = bring(dump())
    assert [(row[2], row[4]) for row in reported(result)] == [("21", WAS_ERASED)]
    assert (LegacyRow.objects.get(kind="customer").data, Customer.objects.exists()) == ({}, False)
    assert bring(dump(customers=[dumps.customer(email="another@example.com")])).tables["customers"]["unchanged"] == 1


def test_what_the_mended_dump_brought_can_be_rolled_back_and_brought_again(left_out, dump, bring, company):
    run_id = bring(dump()).run_id
    assert run_id is not None
    assert roll_back(company, run_id).left == []
    assert not Customer.objects.exists()
    assert bring(dump()).tables["customers"]["created"] == 1


def test_a_price_that_can_be_read_in_two_ways_costs_its_row_until_it_is_mended(dump, bring):
    result = bring(dump(services=[dumps.service(price="12,345")]))
    assert reported(result)[0] == (
        *("services", "2", "11", "refused"),
        "price: “12,345” can be read in two ways; write 12345.00 or 12.35, whichever is meant",
    )
    assert not Service.objects.exists()
    assert bring(dump(services=[dumps.service(price="12.35")])).counts["created"] == 2
