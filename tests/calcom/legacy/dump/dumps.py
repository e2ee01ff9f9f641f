"""Dumps as the predecessor's database would give them, all invented."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

BRANCH = "0190a1b2-0000-7000-8000-000000000001"
STAFF = "0190a1b2-0000-7000-8000-000000000002"

Rows = list[dict[str, Any]]


def branch(key: str = BRANCH, **more: Any) -> dict[str, Any]:
    return {"id": key, "company_id": 7, "name": "Zentrale", "city": "Berlin", "timezone": "Europe/Berlin"} | more


def staff(key: str = STAFF, **more: Any) -> dict[str, Any]:
    return {"id": key, "company_id": 7, "branch_id": BRANCH, "name": "Mira Keller", "email": "mira@example.com"} | more


def service(key: int = 11, **more: Any) -> dict[str, Any]:
    return {"id": key, "company_id": 7, "name": "Haarschnitt", "duration_minutes": 30, "price": "45.00"} | more


def customer(key: int = 21, **more: Any) -> dict[str, Any]:
    told = {"id": key, "company_id": 7, "name": f"Kundin {key}", "email": f"kundin{key}@example.com", "phone": ""}
    return told | more


def appointment(key: int | str = 31, **more: Any) -> dict[str, Any]:
    told = {
        "id": key,
        "company_id": 7,
        "branch_id": BRANCH,
        "staff_id": STAFF,
        "service_id": 11,
        "customer_id": 21,
        "starts_at": "2026-12-08 10:00:00",
        "ends_at": "2026-12-08 10:30:00",
        "status": "confirmed",
        "calcom_booking_id": "",
        "calcom_v2_booking_uid": "",
        "payload": "",
    }
    return told | more


def write_csv(folder: Path, name: str, rows: Rows, *, delimiter: str = ",", encoding: str = "utf-8") -> Path:
    path = folder / f"{name}.csv"
    columns = list(dict.fromkeys(column for row in rows for column in row))
    with path.open("w", encoding=encoding, newline="") as stream:
        writer = csv.DictWriter(stream, columns, delimiter=delimiter, restval="")
        writer.writeheader()
        writer.writerows(rows)
    return path


def write_json(folder: Path, name: str, rows: Rows) -> Path:
    path = folder / f"{name}.json"
    path.write_text(json.dumps(rows, ensure_ascii=False, indent=1), encoding="utf-8")
    return path


def small(folder: Path, **tables: Rows) -> Path:
    """One row of each table, and what the arguments say instead."""
    usual: dict[str, Rows] = {
        "branches": [branch()],
        "staff": [staff()],
        "services": [service()],
        "customers": [customer()],
        "appointments": [appointment()],
    }
    for name, rows in (usual | tables).items():
        write_csv(folder, name, rows)
    return folder
