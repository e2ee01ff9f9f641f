"""The drift API answers keys that may manage, for their company."""

from __future__ import annotations

import pytest
from django.test import Client

from calcom.models import Drift
from companies.models import ApiKey, Company, Scope
from tests.api.conftest import Calling, client_with
from tests.factories import CompanyFactory
from tests.portal.desk import in_conflict
from tests.portal.factories import DriftFactory, EventTypeMappingFactory

DRIFT = "/api/calcom/drift"


@pytest.fixture
def drifted(company: Company) -> Drift:
    return DriftFactory.create(mapping=EventTypeMappingFactory.create(company=company, event_type__length_min=60))


def test_what_differs(caller: Client, drifted: Drift) -> None:
    told = caller.get(DRIFT).json()
    assert [one["id"] for one in told["event_types"]] == [drifted.pk]


def test_it_is_settled_without_a_csrf_token(caller: Client, drifted: Drift) -> None:
    caller.handler.enforce_csrf_checks = True
    body = {"drift": drifted.pk, "resolution": "ignore"}
    assert caller.post(f"{DRIFT}/resolve", body, content_type="application/json").json()["state"] == "ignored"
    drifted.refresh_from_db()
    assert drifted.resolved_by is None


def test_the_history_names_the_key(caller: Client, company: Company) -> None:
    row = in_conflict(company)
    body = {"appointment": str(row.uuid), "resolution": "accept"}
    assert caller.post(f"{DRIFT}/resolve", body, content_type="application/json").status_code == 200
    names = set(row.changes.values_list("actor_name", flat=True))
    assert f"key:{ApiKey.objects.get().prefix}" in names


@pytest.mark.parametrize("scope", [Scope.READ, Scope.BOOK])
def test_a_smaller_scope_is_not_enough(calling: Calling, scope: Scope) -> None:
    answer = calling(scope).get(DRIFT)
    assert (answer.status_code, answer["Content-Type"]) == (403, "application/problem+json")


def test_another_companys_key_sees_and_settles_nothing(calling: Calling, drifted: Drift) -> None:
    stranger = calling(of=CompanyFactory.create())
    assert stranger.get(DRIFT).json()["event_types"] == []
    assert stranger.get(f"{DRIFT}?company=salon-nord").status_code == 404
    body = {"drift": drifted.pk, "resolution": "ignore"}
    assert stranger.post(f"{DRIFT}/resolve", body, content_type="application/json").status_code == 404


def test_a_wrong_key_is_told_so(client: Client) -> None:
    answer = client_with("wrong").get(DRIFT)
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, 'Bearer realm="Slotkeeper"')


def test_it_counts_as_any_request_of_the_key(calling: Calling) -> None:
    busy = calling(requests_per_minute=1)
    assert busy.get(DRIFT).status_code == 200
    answer = busy.get(DRIFT)
    assert (answer.status_code, answer["Retry-After"]) == (429, "60")
