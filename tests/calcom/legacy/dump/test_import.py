"""A dump of all five tables: what is taken over, what is not, and what a second time does."""

from __future__ import annotations

import json
import os

import pytest

from appointments.models import Appointment, Customer, Push, Service, StaffTime
from calcom.legacy.dump import DumpOptions, import_dump
from calcom.legacy.undo import roll_back
from calcom.models import LegacyRow, LegacyRun
from companies.models import Branch, Company, Staff
from tests.calcom.legacy.dump import dumps
from tests.calcom.legacy.dump.conftest import reported
from tests.factories import BranchFactory, CompanyFactory, StaffFactory


def test_all_five_tables_are_joined(dump, bring):
    result = bring(dump())
    assert (result.is_good, result.counts["rows"], result.counts["created"]) == (True, 5, 5)
    row = Appointment.objects.get()
    assert row.branch == Branch.objects.get(name="Zentrale")
    assert row.staff == Staff.objects.get(email="mira@example.com", home_branch=row.branch)
    assert row.service == Service.objects.get(name="Haarschnitt", duration_min=30)
    assert row.customer == Customer.objects.get(email="kundin21@example.com")
    assert reported(result) == []


def test_json_does_as_well(tmp_path, bring):
    for name in ("branch", "staff", "service", "customer", "appointment"):
        table = {"branch": "branches", "staff": "staff"}.get(name, f"{name}s")
        dumps.write_json(tmp_path, table, [getattr(dumps, name)()])
    assert bring(tmp_path).counts["created"] == 5


def test_a_dry_run_tells_the_same_and_writes_nothing(dump, bring):
    folder = dump(
        services=[dumps.service(), dumps.service(12), dumps.service(13, duration_minutes="")],
        customers=[dumps.customer(), dumps.customer(22, email="KUNDIN21@example.com"), dumps.customer(21)],
        appointments=[
            dumps.appointment(31, ends_at=""),
            dumps.appointment(32, customer_id=22, calcom_v2_booking_uid="u1"),
            dumps.appointment(33, calcom_v2_booking_uid="u1"),
            dumps.appointment(34, customer_id=99),
            dumps.appointment(35, service_id=13),
            dumps.appointment(36, deleted_at="2026-01-01 10:00:00"),
        ],
    )
    dry = bring(folder, is_dry_run=True, batch=2)
    for model in (Branch, Staff, Service, Customer, Appointment, LegacyRow, LegacyRun):
        assert not model.objects.exists()
    real = bring(folder, batch=2)
    assert (dry.counts, dry.tables) == (real.counts, real.tables)
    assert reported(dry) == reported(real)
    assert real.counts["refused"] == 5


def test_the_second_time_nothing_is_written(dump, bring):
    bring(dump())
    before = list(LegacyRow.objects.values_list("pk", "run"))
    second = bring(dump())
    assert second.counts | {"unchanged": 0} == dict.fromkeys(second.counts, 0) | {"rows": 5}
    assert list(LegacyRow.objects.values_list("pk", "run")) == before
    assert (Appointment.objects.count(), LegacyRun.objects.count()) == (1, 1)


def test_what_came_with_other_values_the_second_time_is_said_and_left(dump, bring):
    bring(dump())
    second = bring(dump(customers=[dumps.customer(name="Other")]))
    assert Customer.objects.get().name == "Kundin 21"
    assert [row[:4] for row in reported(second)] == [("customers", "2", "21", "differs")]
    assert second.is_good


def test_a_second_dump_brings_what_is_new(dump, bring):
    bring(dump())
    second = bring(dump(appointments=[dumps.appointment(), dumps.appointment(32, starts_at="2026-12-08 10:15:00")]))
    assert second.tables["appointments"] == {"rows": 2, "unchanged": 1, "created": 1}
    assert Appointment.objects.count() == 2


def test_bad_rows_are_reported_and_the_others_taken_over(dump, bring):
    bad = [
        dumps.appointment(32, starts_at="0000-00-00 00:00:00"),
        dumps.appointment(33, status="in limbo"),
        dumps.appointment(34, ends_at="2026-12-08 09:00:00"),
        dumps.appointment(35, customer_id=99),
        dumps.appointment("", starts_at="2026-12-09 10:00:00"),
        dumps.appointment(31),
        dumps.appointment(36, status="x" * 1_000_001),
    ]
    result = bring(dump(appointments=[dumps.appointment(31), *bad, dumps.appointment(37)]))
    assert not result.is_good
    assert "7 rows were refused" in result.failures[0]
    assert [row[1:] for row in reported(result)] == [
        ("3", "32", "refused", "starts_at is “0000-00-00 00:00:00”"),
        ("4", "33", "refused", reported(result)[1][4]),
        ("5", "34", "refused", "ends_at is not after starts_at"),
        ("6", "35", "refused", "customer 99 was not brought over (see customers)"),
        ("7", "", "refused", "has no id that can be used"),
        ("8", "31", "refused", "the same id stands in the file before; the first row counts"),
        ("9", "", "refused", "holds more than 1,000,000 characters in one cell"),
    ]
    assert reported(result)[1][4].startswith("there is no status “in_limbo”")
    assert sorted(LegacyRow.objects.filter(kind="appointment").values_list("key", flat=True)) == ["31", "37"]


@pytest.mark.parametrize("batch", [1, 2, 500])
def test_the_size_of_a_batch_changes_nothing(dump, bring, batch):
    people = [dumps.customer(21 + number % 4) for number in range(6)]
    result = bring(dump(customers=people, services=[dumps.service(), dumps.service(12)]), batch=batch)
    assert result.tables["customers"] == {"rows": 6, "created": 4, "refused": 2}
    assert sorted(Service.objects.values_list("name", flat=True)) == ["Haarschnitt", "Haarschnitt (12)"]


def test_characters_that_cannot_be_stored_cost_their_row(tmp_path, bring):
    path = dumps.write_json(tmp_path, "customers", [dumps.customer(name="A\x00B"), dumps.customer(22)])
    assert bring(path).tables["customers"] == {"rows": 2, "refused": 1, "created": 1}
    (line,) = reported(bring(path))[:1]
    assert line[3:] == ("refused", "name holds characters that cannot be stored")


def test_a_report_holds_no_formula(tmp_path, bring):
    path = dumps.write_csv(tmp_path, "customers", [dumps.customer(name="", email="") | {"id": "=1+1", "phone": ""}])
    assert reported(bring(path))[0][2] == "'=1+1"


def test_old_keys_and_tokens_are_not_kept(dump, bring):
    bring(dump(staff=[dumps.staff(google_access_token="abc", skills='["cut"]')]))
    data = LegacyRow.objects.get(kind="staff").data
    assert data["skills"] == '["cut"]'
    assert "google_access_token" not in data


def test_nothing_is_told_to_cal_com(dump, bring, company):
    company.calcom_api_key = "a key"
    company.save()
    bring(dump())
    assert not Push.objects.exists()
    assert Appointment.objects.get().sync_status == "not_applicable"


def test_a_strangers_rows_are_neither_found_nor_touched(dump, bring, company):
    stranger = CompanyFactory.create()
    branch = BranchFactory.create(company=stranger, name="Zentrale")
    staff = StaffFactory.create(company=stranger, name="Mira Keller", email="mira@example.com")
    customer = Customer.objects.create(company=stranger, name="Other", email="kundin21@example.com")
    run = LegacyRun.objects.create(company=stranger, kind="dump")
    LegacyRow.objects.create(company=stranger, run=run, kind="customer", key="99", object_id=customer.pk)
    result = bring(dump(appointments=[dumps.appointment(), dumps.appointment(32, customer_id=99)]))
    assert result.tables["appointments"] == {"rows": 2, "created": 1, "refused": 1}
    row = Appointment.objects.get(company=company)
    assert {theirs.company for theirs in (row.branch, row.staff, row.customer) if theirs} == {company}
    for theirs in (branch, staff, customer):
        before = theirs.__class__.objects.filter(pk=theirs.pk).values().get()
        assert before["name"] == theirs.name
    assert Company.objects.get(pk=stranger.pk).appointment_set.count() == 0


def test_a_run_can_be_rolled_back_and_done_again(dump, bring, company):
    Service.objects.create(company=company, name="Haarschnitt", duration_min=30)
    folder = dump(appointments=[dumps.appointment(), dumps.appointment(32, calcom_v2_booking_uid="u")])
    result = bring(folder)
    undone = roll_back(company, result.run_id)
    assert (undone.is_good, undone.left) == (True, [])
    for model in (Branch, Staff, Customer, Appointment, StaffTime, LegacyRow):
        assert not model.objects.exists()
    assert Service.objects.count() == 1
    assert bring(folder).counts == result.counts


@pytest.mark.parametrize("undone", range(1, 6))
def test_a_roll_back_that_was_killed_leaves_nothing_that_a_new_run_would_pass_over(dump, bring, company, undone):
    class Killed(Exception):
        pass

    def kill(done, _total):
        if done == undone:
            raise Killed

    run_id = bring(dump()).run_id
    with pytest.raises(Killed):
        roll_back(company, run_id, batch=1, on_progress=kill)
    again = bring(dump())
    assert again.numbers["created"] == undone
    assert [model.objects.count() for model in (Appointment, Customer, Service)] == [1, 1, 1]


def test_what_somebody_has_changed_since_stays(dump, bring, company):
    result = bring(dump())
    Customer.objects.update(name="Ada Kühn")
    undone = roll_back(company, result.run_id)
    assert undone.counts == {"undone": 4, "kept": 1}
    assert Customer.objects.get().name == "Ada Kühn"


def on_one_line(folder, rows):
    """As most programs write JSON."""
    path = folder / "customers.json"
    path.write_text(json.dumps(rows), encoding="utf-8")
    return path


def test_of_rows_that_stand_on_one_line_one_refusal_is_one(tmp_path, bring):
    rows = [dumps.service(), dumps.service(12, name="Haarschnitt (13)"), dumps.service(13), dumps.service(14)]
    path = on_one_line(tmp_path, rows)
    result = bring(path, table="services")
    assert (result.counts["created"], result.counts["refused"]) == (3, 1)
    assert [line[2] for line in reported(result)] == ["13", "14"]


def test_of_rows_that_stand_on_one_line_a_killed_run_leaves_out_none(company, tmp_path, bring):
    path = on_one_line(tmp_path, [dumps.customer(number) for number in range(5)])

    def die(_done, _total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        import_dump(company, path, batch=2, on_progress=die)
    assert Customer.objects.count() == 2
    assert bring(path).counts["created"] == Customer.objects.count() == 5


@pytest.mark.parametrize("none", ["NULL", "\\N", ""])
def test_a_row_without_a_company_is_no_company_of_its_own(dump, bring, none):
    folder = dump(branches=[dumps.branch(company_id=none)])
    assert bring(folder).counts["created"] == 5
    assert bring(folder).counts["unchanged"] == 5


def test_a_null_that_came_first_does_not_count_as_the_company_of_before(tmp_path, bring):
    path = dumps.write_json(tmp_path, "customers", [dumps.customer(1, company_id=None), dumps.customer(2)])
    assert [bring(path).failures, bring(path).failures] == [[], []]


@pytest.mark.parametrize("is_dry_run", [True, False])
def test_what_refers_to_somebody_deleted_here_since_is_refused_in_words(dump, bring, is_dry_run):
    bring(dump())
    Appointment.objects.all().delete()
    Customer.objects.all().delete()
    result = bring(dump(appointments=[dumps.appointment(32)]), is_dry_run=is_dry_run)
    assert [line[-1] for line in reported(result)] == ["customer 21 was deleted here since (see customers)"]


def test_a_report_with_another_name_is_begun_anew(company, tmp_path, bring):
    path = on_one_line(tmp_path, [dumps.customer(1, name="", email=""), dumps.customer(2)])
    (tmp_path / "b.csv").write_text("of somebody else " * 100, encoding="utf-8")

    def die(_done, _total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        import_dump(company, path, options=DumpOptions(report=tmp_path / "a.csv"), batch=1, on_progress=die)
    assert reported(bring(path, report=tmp_path / "b.csv")) == []
    assert (tmp_path / "b.csv").read_text(encoding="utf-8").splitlines() == ["table,line,key,outcome,reason"]


def test_what_the_database_refuses_is_named_by_its_key(company, dump, bring):
    BranchFactory.create(company=company, name="\u0130stanbul")  # which Python and PostgreSQL write small differently
    result = bring(dump(branches=[dumps.branch(name="\u0130stanbul")]))
    assert reported(result)[0][2:] == (dumps.BRANCH, "refused", "the database refused it (IntegrityError)")


def test_mysqls_date_of_nothing_is_no_deletion(dump, bring):
    nothing = "0000-00-00 00:00:00"
    folder = dump(customers=[dumps.customer(deleted_at=nothing)], appointments=[dumps.appointment(deleted_at=nothing)])
    assert bring(folder).counts["created"] == 5


def test_a_report_is_not_written_over_the_dump(dump, bring):
    folder = dump()
    before = (folder / "customers.csv").read_bytes()
    result = bring(folder, report=folder / "customers.csv")
    assert "which belongs to the dump; nothing was taken over" in result.failures[0]
    assert ((folder / "customers.csv").read_bytes(), LegacyRun.objects.count()) == (before, 0)


@pytest.mark.parametrize("name", [b"x" * 120, b"d\xf6mp"], ids=["long", "latin-1"])
def test_a_folder_may_be_called_anything(tmp_path, bring, name):
    folder = tmp_path / os.fsdecode(name)
    folder.mkdir()
    dumps.write_csv(folder, "customers", [{"id": 1, "name": "Ida"}])
    assert bring(folder, old_company="7" * 90).counts["created"] == 1
