"""TenantViewSet: what all views of a company's data derive from. See docs/api.md, "For developers"."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, ClassVar

import structlog
from django.db.models import Model, QuerySet
from rest_framework import exceptions, mixins
from rest_framework.permissions import SAFE_METHODS
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from companies.api import idempotency
from companies.api.callers import Caller, caller_of, refuse_other_company
from companies.keys import Scope

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase
    from rest_framework.request import Request

    from companies.models import Company

    ViewSet = GenericViewSet[Any]
    Body = BaseSerializer[Any]
else:
    ViewSet = GenericViewSet
    Body = BaseSerializer

logger = structlog.get_logger(__name__)

_ACTIONS = {"create": "add", "destroy": "delete"}


class TenantView(APIView):
    """Who asks, for which company, may they, how often, and was it answered before.

    `scopes` says what each action needs; reading needs `read`, what is not named `manage`. People need their role's
    permissions as well: to view, add, change or delete a row of `permission_model`.
    """

    caller: Caller
    http_method_names = ["get", "head", "post", "put", "patch", "delete"]
    scopes: ClassVar[Mapping[str, Scope]] = {}
    permission_model: ClassVar[type[Model] | None] = None
    _once: idempotency.Once | None = None

    @property
    def company(self) -> Company:
        """The caller's company: every query names it."""
        return self.caller.company

    def rights(self, scope: Scope) -> Sequence[str]:
        """The permissions that a person's role needs for the present action."""
        model = self.permission_model or self._model()
        if model is None:
            return ()
        action = "view" if scope is Scope.READ else _ACTIONS.get(getattr(self, "action", ""), "change")
        return (f"{model._meta.app_label}.{action}_{model._meta.model_name}",)

    def _model(self) -> type[Model] | None:
        return None

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answer; what was held for the Idempotency-Key is let go with the answer."""
        with ExitStack() as self._held:
            return super().dispatch(request, *args, **kwargs)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """As DRF, but throttled before permissions: whoever may not is counted, too."""
        self.format_kwarg = self.get_format_suffix(**kwargs)
        request.accepted_renderer, request.accepted_media_type = self.perform_content_negotiation(request)
        request.version, request.versioning_scheme = None, None
        self.perform_authentication(request)
        self.caller = request.caller = caller_of(request)  # type: ignore[attr-defined]  # for filters and pages
        self.check_throttles(request)
        refuse_other_company(request, self.caller)
        if not hasattr(self, (request.method or "").lower()):
            raise exceptions.MethodNotAllowed(request.method or "")
        self.check_permissions(request)
        if request.method not in SAFE_METHODS:
            self._look_back(request)

    def handle_exception(self, exc: Exception) -> Response:
        """A problem; or the answer that was given before."""
        if isinstance(exc, idempotency.AnsweredBefore):
            return exc.answer.response()  # type: ignore[return-value]  # DRF finalizes any response
        response = super().handle_exception(exc)
        if self._once is not None and response.status_code in idempotency.REFUSALS_KEPT:
            self._once.refused(response)
        return response

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """As DRF. A change that was not made in `once()` is our mistake: its answer is kept all the same."""
        if self._once is not None and response.status_code < 300 and not self._once.is_kept:
            logger.error("api.idempotency.late", view=type(self).__name__)
            self._once.refused(response)
        response.headers.setdefault("Cache-Control", "private, no-store")  # customers, and times that are gone soon
        return super().finalize_response(request, response, *args, **kwargs)

    def once(self, work: Callable[[], Response]) -> Response:
        """Do a change, once for its Idempotency-Key: `return self.once(lambda: self._booked(wish))`.

        With a key, `work` and the record of its answer are one transaction; it may run again after a deadlock. It
        makes the answer as well, and asks nobody outside. Whatever else was to be found out was found out before.
        """
        return work() if self._once is None else self._once.run(work)

    def _look_back(self, request: Request) -> None:
        request.data  # noqa: B018 - a body that cannot be read is refused, even where an action reads none
        once = idempotency.begin(request, self.caller)
        if once is None:
            return
        answer = once.known_to_redis()
        if answer is None:
            self._held.enter_context(once.turn())
            answer = once.known_to_database()
        if answer is not None:
            raise idempotency.AnsweredBefore(answer)
        self._once = once


class TenantViewSet(TenantView, ViewSet):
    """A resource. Set `queryset` (of a TenantModel), `serializer_class`, `orderings`, `default_ordering`, `scopes`.

    `self.get_queryset()` holds rows of the company only; a view that makes its own queryset names the company.
    """

    orderings: ClassVar[Sequence[str]] = ()
    default_ordering: ClassVar[str] = "pk"

    def _model(self) -> type[Model] | None:
        rows: Any = getattr(self, "queryset", None)
        return None if rows is None else rows.model

    def get_queryset(self) -> QuerySet[Any]:
        """Rows of the caller's company."""
        rows: Any = super().get_queryset()
        if getattr(self, "swagger_fake_view", False):
            none: QuerySet[Any] = rows.none()
            return none
        own: QuerySet[Any] = rows.for_company(self.company)
        return own

    def get_serializer_context(self) -> dict[str, Any]:
        """With `company` and `caller`."""
        context = super().get_serializer_context()
        caller = getattr(self, "caller", None)
        return {**context, "caller": caller, "company": caller and caller.company}

    def validated(self, serializer_class: type[Body], **context: Any) -> dict[str, Any]:
        """The body, checked. Raises ValidationError, which names the fields."""
        serializer = serializer_class(data=self.request.data, context={**self.get_serializer_context(), **context})
        serializer.is_valid(raise_exception=True)
        told: dict[str, Any] = serializer.validated_data
        return told


class ReadViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, TenantViewSet):
    """A resource that is listed and read."""
