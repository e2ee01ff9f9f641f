"""Errors are RFC 9457, whatever goes wrong, in the reader's language."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from companies.models import Branch, Company
from tests.conftest import LogIn
from tests.factories import BranchFactory, MembershipFactory

WISHES = "/api/v1/wishes/"


def told(answer: Any) -> tuple[int, str]:
    assert answer["Content-Type"] == "application/problem+json"
    body = answer.json()
    assert body["status"] == answer.status_code
    assert body["title"]
    assert body["detail"]
    return answer.status_code, body["type"]


def test_nothing_is_there(caller: Client) -> None:
    assert told(caller.get("/api/v1/branches/1/")) == (404, "/problems/not-found")


@pytest.mark.parametrize(
    "address",
    ["/api/v1/", "/api/v1/nothing/", "/api/v1/branches", "/api/v1/branches/1", "/api/v1/a%0Ab", "/api/v1/%C2%84/"],
)
def test_there_is_no_such_address(caller: Client, address: str) -> None:
    assert told(caller.get(address)) == (404, "/problems/not-found")


def test_whoever_is_logged_in_and_posts_to_nowhere_is_told_so(log_in: LogIn, company: Company) -> None:
    client = log_in(MembershipFactory.create(company=company).user)
    client.handler.enforce_csrf_checks = True
    assert told(client.post("/api/v1/nothing/")) == (404, "/problems/not-found")


@pytest.mark.parametrize("address", ["/api/v1/branches/?city=%00", "/api/v1/%00/"])
def test_a_nul_in_the_address(caller: Client, address: str) -> None:
    assert told(caller.get(address)) == (400, "/problems/malformed")


@pytest.mark.parametrize("row", ["x", "0", "-1", "9" * 100, "1.5", "%F0%9F%90%8C"])
def test_an_id_that_is_none(caller: Client, row: str) -> None:
    assert told(caller.get(f"/api/v1/branches/{row}/")) == (404, "/problems/not-found")


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "DISPATCH"])
def test_a_method_that_is_not_answered(caller: Client, method: str) -> None:
    answer = caller.generic(method, "/api/v1/branches/")
    assert told(answer) == (405, "/problems/method-not-allowed")
    assert "GET" in answer["Allow"]


def test_only_json_is_answered(caller: Client) -> None:
    answer = caller.get("/api/v1/branches/", headers={"Accept": "text/html"})
    assert told(answer) == (406, "/problems/not-acceptable")


def test_a_format_in_the_address_is_a_filter_that_does_not_exist(caller: Client) -> None:
    assert told(caller.get("/api/v1/branches/?format=xml"))[0] == 400


def test_it_is_told_in_german(caller: Client) -> None:
    answer = caller.get("/api/v1/branches/1/", headers={"Accept-Language": "de"})
    assert answer["Content-Language"] == "de"


@pytest.mark.urls("tests.api.urls")
class TestBodies:
    """What a body must not be."""

    def send(self, client: Client, body: Any, kind: str = "application/json") -> Any:
        answer = client.post(WISHES, body, content_type=kind)
        assert not Branch.objects.filter(name__startswith="M").exists()
        return answer

    @pytest.mark.parametrize("kind", ["text/plain", "application/xml", "multipart/form-data; boundary=x", ""])
    def test_only_json_is_read(self, caller: Client, kind: str) -> None:
        answer = self.send(caller, b"name=Mitte", kind)
        assert told(answer) == (415, "/problems/unsupported-media-type")

    def test_a_body_that_is_too_large(self, caller: Client, settings: Any) -> None:
        settings.API_MAX_BODY_BYTES = 100
        assert told(self.send(caller, {"name": "M" * 100})) == (413, "/problems/too-large")

    @pytest.mark.parametrize(
        "body",
        ["[]", '"M"', "1", "{", "NaN", '{"name": NaN}', '{"name": 1e999}', b"\xff\xfe{}", "[" * 5000, "9" * 5000],
    )
    def test_a_body_that_is_no_object(self, caller: Client, body: Any) -> None:
        assert self.send(caller, body).status_code == 400

    @pytest.mark.parametrize("text", ["\\u0000", "\\ud800", "a\\udfffb"])
    @pytest.mark.parametrize("body", ['{"name": "%s"}', '{"%s": 1}', '{"mood": "%s"}', '{"x": [{"y": "%s"}]}'])
    def test_characters_that_cannot_be_kept(self, caller: Client, body: str, text: str) -> None:
        assert told(self.send(caller, body % text)) == (400, "/problems/malformed")

    def test_nesting_without_end(self, caller: Client) -> None:
        assert told(self.send(caller, '{"a":' * 50 + "1" + "}" * 50)) == (400, "/problems/malformed")

    @pytest.mark.parametrize(
        ("field", "value", "code"),
        [
            ("name", 5, "type"),
            ("name", None, "null"),
            ("name", "", "blank"),
            ("name", "M" * 10_000, "max_length"),
            ("name", ["M"], "type"),
            ("count", "5", "type"),
            ("count", 5.5, "type"),
            ("count", True, "type"),
            ("beside", "1", "type_id"),
            ("beside", 10**30, "unknown"),
            ("beside", {"id": 1}, "type_id"),
            ("mood", 1, "type"),
            ("mood", "so-so", "invalid_choice"),
            ("nmae", "M", "unknown"),
            ("company", 1, "unknown"),
        ],
    )
    def test_a_field_that_is_wrong_is_named(self, caller: Client, field: str, value: Any, code: str) -> None:
        answer = self.send(caller, {"name": "Mitte"} | {field: value})
        assert told(answer) == (400, "/problems/invalid")
        assert [(one["field"], one["code"]) for one in answer.json()["errors"]] == [(field, code)]

    def test_all_fields_that_are_wrong_are_named(self, caller: Client) -> None:
        answer = self.send(caller, {"count": "5", "mood": 7})
        assert {one["field"] for one in answer.json()["errors"]} >= {"count", "mood"}

    def test_another_companys_row_is_as_unknown_as_any(self, caller: Client, company: Company) -> None:
        own, foreign = BranchFactory.create(company=company), BranchFactory.create()
        answer = self.send(caller, {"name": "Mitte", "beside": foreign.pk})
        assert [(one["field"], one["code"]) for one in answer.json()["errors"]] == [("beside", "unknown")]
        body = {"name": "Mitte", "beside": own.pk}
        assert caller.post(WISHES, body, content_type="application/json").status_code == 201


def test_nobody_on_the_way_keeps_an_answer(caller: Client) -> None:
    for address in ("/api/v1/branches/", "/api/v1/branches/0/"):
        assert caller.get(address)["Cache-Control"] == "private, no-store"
