"""What the JSON views share: an API key or a session at the portal, CSRF, one body, and errors as in RFC 9457."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cached_property, wraps
from typing import TYPE_CHECKING, Any

from django.core.exceptions import RequestDataTooBig
from django.http import HttpResponse, JsonResponse
from django.middleware.csrf import CsrfViewMiddleware
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from rest_framework.exceptions import AuthenticationFailed

from companies.api.authentication import key_in, usable_key
from companies.api.callers import Caller as ApiCaller
from companies.api.throttling import take
from companies.models import ApiKey, Company, Scope, User
from companies.roles import companies_where, roles_of

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest, QueryDict

_TITLES = {
    "not-logged-in": "Not logged in",
    "csrf": "CSRF check failed",
    "forbidden": "Not allowed",
    "not-found": "Not found",
    "method": "Method not allowed",
    "bad-request": "Bad request",
    "too-large": "Body too large",
    "not-possible": "Not possible",
    "cannot-be-reset": "Cannot be reset",
    "too-many-requests": "Too many requests",
}


class Problem(Exception):
    """An answer that is an error: HTTP status, a stable kind, and a sentence for the person who reads it."""

    def __init__(self, status: int, kind: str, detail: str, *, headers: dict[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status, self.kind, self.detail, self.headers = status, kind, detail, headers

    def response(self) -> HttpResponse:
        """As RFC 9457 has it."""
        told = {"type": self.kind, "title": _TITLES[self.kind], "status": self.status, "detail": self.detail}
        return JsonResponse(told, status=self.status, content_type="application/problem+json", headers=self.headers)


class Caller:
    """Who asks, for which companies, and what. Whoever asks with a key is no user."""

    def __init__(self, request: HttpRequest, user: User | None, body: dict[str, Any], *, key: ApiKey | None) -> None:
        self.user, self.body, self._key = user, body, key
        self.query: QueryDict = request.GET

    @property
    def name(self) -> str:
        """What the history calls whoever is no user."""
        return f"key:{self._key.prefix}" if self._key else ""

    def companies(self, permission: str) -> QuerySet[Company]:
        """The companies that are meant, where the caller holds the permission. Raises Problem where there are none."""
        allowed = self._allowed(permission).filter(is_active=True).order_by("pk")
        if not self._slug:
            return allowed
        if not allowed.filter(slug=self._slug).exists():
            raise Problem(404, "not-found", _("There is no such company, or your role does not allow this there."))
        return allowed.filter(slug=self._slug)

    def _allowed(self, permission: str) -> QuerySet[Company]:
        if self._key is not None:
            return Company.objects.filter(pk=self._key.company_id)
        if self.user is None or not (self._slug or self.user.has_perm(permission)):
            raise Problem(403, "forbidden", _("Your role does not allow this."))
        return companies_where(self.user, permission)

    def number(self, name: str, *, default: int) -> int:
        """A whole number of the address."""
        text = self.query.get(name, "")
        if not text:
            return default
        if not (text.isascii() and text.isdigit() and len(text) < 10):
            raise Problem(400, "bad-request", _("“%(name)s” is a number.") % {"name": name})
        return int(text)

    @cached_property
    def _slug(self) -> str:
        slug = self.body.get("company", self.query.get("company", ""))
        if not isinstance(slug, str):
            raise Problem(400, "bad-request", _("“company” is the short name of a company."))
        return slug.replace("\x00", "")


class _CsrfCheck(CsrfViewMiddleware):
    """Says what is wrong instead of answering with a page."""

    def _reject(self, request: HttpRequest, reason: str) -> Any:
        return reason


def endpoint(method: str) -> Callable[[Callable[[Caller], JsonResponse]], Callable[[HttpRequest], HttpResponse]]:
    """A view for one method, for keys that may manage, and for whoever is logged in at the portal."""

    def decorate(view: Callable[[Caller], JsonResponse]) -> Callable[[HttpRequest], HttpResponse]:
        @never_cache
        @csrf_exempt  # checked here, so that the refusal is JSON too
        @wraps(view)
        def answered(request: HttpRequest) -> HttpResponse:
            try:
                return view(_caller(request, method))
            except Problem as problem:
                response = problem.response()
                if problem.status == 405:
                    response["Allow"] = method
                return response

        return answered

    return decorate


def _caller(request: HttpRequest, method: str) -> Caller:
    key = _key(request)
    user = None if key else _user(request)
    if request.method != method:
        raise Problem(405, "method", _("Only %(method)s is answered here.") % {"method": method})
    if user is not None and not user.is_superuser and not roles_of(user):
        raise Problem(403, "forbidden", _("No company has given you access."))
    if method == "GET":
        return Caller(request, user, {}, key=key)
    if user is not None:
        _check_csrf(request)
    return Caller(request, user, _body(request), key=key)


def _user(request: HttpRequest) -> User:
    user = request.user
    if not isinstance(user, User) or not user.is_active:
        raise Problem(401, "not-logged-in", _("Log in at the portal first."))
    return user


def _key(request: HttpRequest) -> ApiKey | None:
    """The key that asks, if one does: it has to be one that may manage, and not too often."""
    text = key_in(request.META.get("HTTP_AUTHORIZATION", ""))
    if text is None:
        return None
    try:
        key = usable_key(text)
    except AuthenticationFailed as error:
        challenge = {"WWW-Authenticate": 'Bearer realm="Slotkeeper"'}
        raise Problem(401, "not-logged-in", str(error.detail), headers=challenge) from error
    if not key.may(Scope.MANAGE):
        raise Problem(403, "forbidden", _("This needs a key with the scope “%(scope)s”.") % {"scope": Scope.MANAGE})
    if wait_ms := take(ApiCaller(company=key.company, key=key)):
        after = {"Retry-After": str(-(-wait_ms // 1000))}
        raise Problem(429, "too-many-requests", _("Too many requests."), headers=after)
    return key


def _check_csrf(request: HttpRequest) -> None:
    check = _CsrfCheck(lambda _request: HttpResponse())
    check.process_request(request)
    if reason := check.process_view(request, answer_nothing, (), {}):
        raise Problem(403, "csrf", str(reason))


def answer_nothing(_request: HttpRequest) -> HttpResponse:
    """The view that the CSRF check believes to guard."""
    return HttpResponse()


def _body(request: HttpRequest) -> dict[str, Any]:
    try:
        body = json.loads(request.body or b"{}")
    except RequestDataTooBig as error:
        raise Problem(413, "too-large", _("The body is too large.")) from error
    except (ValueError, RecursionError) as error:
        raise Problem(400, "bad-request", _("The body is no JSON.")) from error
    if not isinstance(body, dict):
        raise Problem(400, "bad-request", _("The body is a JSON object."))
    return body
