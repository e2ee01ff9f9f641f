"""The check of requests against Cal.com's document, on a small document of our own."""

from __future__ import annotations

import pytest

from tests.conformance.requests_schema import Document

_PARAMETERS = [
    {
        "in": "header",
        "name": "cal-api-version",
        "required": True,
        "schema": {"type": "string", "default": "2024-08-13"},
    },
    {"in": "query", "name": "take", "schema": {"type": "number", "minimum": 1}},
]
_BODY = {
    "oneOf": [
        {"type": "object", "properties": {"start": {"type": "string"}}, "required": ["start"]},
        {"type": "object", "properties": {"start": {"type": "string"}, "count": {"type": "number"}}},
    ]
}
DOCUMENT = Document(
    {
        "paths": {
            "/v2/bookings": {
                "get": {"parameters": _PARAMETERS},
                "post": {"requestBody": {"content": {"application/json": {"schema": _BODY}}}},
            },
            "/v2/bookings/{uid}": {"get": {}},
        },
        "components": {"schemas": {}},
    }
)
VERSION = {"cal-api-version": "2024-08-13"}


@pytest.mark.parametrize("body", [{"start": "x"}, {"start": "x", "count": 2}])
def test_a_body_may_fit_several_schemas(body):
    assert DOCUMENT.problems("POST", "/v2/bookings", {}, {}, body) == []


@pytest.mark.parametrize("body", [{"start": 5}, {"begin": "x"}, {"start": None}])
def test_a_body_that_fits_none_is_told(body):
    assert DOCUMENT.problems("POST", "/v2/bookings", {}, {}, body)


def test_parameters_are_read_as_the_type_they_should_have():
    assert DOCUMENT.problems("GET", "/v2/bookings", {"take": "5"}, VERSION, None) == []
    assert DOCUMENT.problems("GET", "/v2/bookings", {"take": "many"}, VERSION, None) == ["?take is 'many', not number"]
    assert DOCUMENT.problems("GET", "/v2/bookings", {"page": "2"}, VERSION, None) == ["?page is not in the document"]


def test_the_version_must_be_the_documents():
    assert DOCUMENT.problems("GET", "/v2/bookings", {}, {}, None) == ["header cal-api-version is missing"]
    assert DOCUMENT.problems("GET", "/v2/bookings", {}, {"cal-api-version": "2024-09-04"}, None)


def test_an_address_that_is_not_described_is_told():
    assert DOCUMENT.problems("PUT", "/v2/bookings/abc", {}, {}, None) == ["PUT /v2/bookings/abc is not in the document"]
    assert DOCUMENT.problems("GET", "/v2/bookings/abc", {}, {}, None) == []
