"""Errors as in RFC 9457: `type` is stable and for programs, `detail` is a sentence for people.

    class SlotGone(Problem): ...                      raise one, or:
    translate(SlotTaken, status=409, code="slot-taken", title=_("Already taken"))

An exception that was translated is answered with its own text as `detail`; a subclass like its nearest ancestor.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt
from rest_framework import exceptions
from rest_framework.response import Response

MEDIA_TYPE = "application/problem+json"

_KNOWN: dict[type[Exception], tuple[str, Any]] = {
    exceptions.ParseError: ("malformed", _("Not readable")),
    exceptions.AuthenticationFailed: ("not-authenticated", _("Not authenticated")),
    exceptions.NotAuthenticated: ("not-authenticated", _("Not authenticated")),
    exceptions.PermissionDenied: ("forbidden", _("Not allowed")),
    exceptions.NotFound: ("not-found", _("Not found")),
    exceptions.MethodNotAllowed: ("method-not-allowed", _("Method not allowed")),
    exceptions.NotAcceptable: ("not-acceptable", _("Not available in this format")),
    exceptions.UnsupportedMediaType: ("unsupported-media-type", _("Unsupported media type")),
    exceptions.Throttled: ("too-many-requests", _("Too many requests")),
}


class Problem(exceptions.APIException):
    """A refusal. `errors` are `field_error()`s, `more` further members of the answer, `headers` of the response."""

    status_code: int = 400
    code = "bad-request"
    title: Any = _("Bad request")

    def __init__(
        self,
        detail: Any,
        *,
        status: int | None = None,
        code: str = "",
        title: Any = "",
        errors: list[dict[str, str]] | None = None,
        more: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status_code = status or self.status_code
        self.code, self.title = code or self.code, title or self.title
        self.errors, self.more, self.headers = errors or [], more or {}, headers or {}


def field_error(field: str, message: Any, code: str = "invalid") -> dict[str, str]:
    """What is wrong with one field of the body, one parameter of the address, or one header."""
    return {"field": field, "message": str(message), "code": code}


def refuse_field(field: str, message: Any, code: str = "invalid") -> exceptions.ValidationError:
    """A 400 about one field: `raise refuse_field("starts_at", _("…"))`."""
    return exceptions.ValidationError({field: [exceptions.ErrorDetail(str(message), code=code)]})


Translation = Callable[[Any], Problem]
_translations: dict[type[Exception], Translation] = {}


def translate(
    error: type[Exception],
    *,
    status: int,
    code: str,
    title: Any,
    more: Callable[[Any], Mapping[str, Any]] | None = None,
) -> None:
    """Say how an exception of the domain is answered; `more` makes further members of the answer from it."""

    def told(raised: Exception) -> Problem:
        return Problem(str(raised), status=status, code=code, title=title, more=more(raised) if more else None)

    _translations[error] = told


def answer(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """DRF's exception handler. None for what nobody foresaw: Django logs it and answers 500."""
    problem = _as_problem(error)
    if problem is None:
        return None
    response = Response(body(problem), status=problem.status_code, content_type=MEDIA_TYPE, headers=problem.headers)
    response.exception = True
    return response


def body(problem: Problem) -> dict[str, Any]:
    """The members of the answer."""
    told = {
        "type": f"/problems/{problem.code}",
        "title": str(problem.title),
        "status": problem.status_code,
        "detail": str(problem.detail),
    }
    errors = {"errors": problem.errors} if problem.errors else {}
    return {**told, **errors, **problem.more}


@csrf_exempt  # nothing happens here; the refusal of a token would be a page for browsers
def page(_request: HttpRequest) -> HttpResponse:
    """The answer for an address of the API that does not exist."""
    problem = Problem(
        gettext("There is nothing at this address. Addresses of the API end with a slash."),
        status=404,
        code="not-found",
        title=gettext("Not found"),
    )
    return JsonResponse(body(problem), status=404, content_type=MEDIA_TYPE)


def _as_problem(error: Exception) -> Problem | None:
    if isinstance(error, Problem):
        return error
    for kind in type(error).__mro__:
        if kind in _translations:
            return _translations[kind](error)
    if isinstance(error, Http404):
        error = exceptions.NotFound()
    elif isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
    if isinstance(error, exceptions.ValidationError):
        return _invalid(error)
    return _of_framework(error) if isinstance(error, exceptions.APIException) else None


def _invalid(error: exceptions.ValidationError) -> Problem:
    errors = list(_flat(error.detail, ""))
    first = errors[0]
    sentence = f"{first['field']}: {first['message']}" if first["field"] else first["message"]
    return Problem(sentence, code="invalid", title=_("Something in the request is wrong"), errors=errors)


def _flat(detail: Any, path: str) -> Iterator[dict[str, str]]:
    """Nested errors as a list, with paths such as `attendees.0.email`."""
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            own = path if name == "non_field_errors" else f"{path}.{name}".lstrip(".")
            yield from _flat(inner, own)
    elif isinstance(detail, list | tuple):
        for number, inner in enumerate(detail):
            is_message = isinstance(inner, str)
            yield from _flat(inner, path if is_message else f"{path}.{number}".lstrip("."))
    else:
        yield field_error(path, detail, getattr(detail, "code", None) or "invalid")


def _of_framework(error: exceptions.APIException) -> Problem:
    code, title = next((_KNOWN[kind] for kind in type(error).__mro__ if kind in _KNOWN), ("bad-request", Problem.title))
    headers = {}
    if auth_header := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = auth_header
    if (wait := getattr(error, "wait", None)) is not None:
        headers["Retry-After"] = str(max(1, round(wait)))
    return Problem(error.detail, status=error.status_code, code=code, title=title, headers=headers)
