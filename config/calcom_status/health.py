"""`GET /api/health/calcom`: for load balancers and people; whoever is known is told of their companies as well."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.response import Response
from rest_framework.views import APIView

from calcom import conf
from companies.api.problems import Problem
from companies.models import ApiKey, Company, User
from companies.roles import companies_where
from companies.tenancy import COMPANY_SECRETS
from config.calcom_status.standing import Connections, Health, connections

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from rest_framework.request import Request

PERMISSION = "calcom.view_eventtype"
# By so little less than a whole request is one for the guard, too.
_MISSING = 0.000001
_CIRCUITS = ["closed", "half_open", "open", "unknown", "disabled"]


class CompanyHealthSerializer(serializers.Serializer[Any]):
    """One company's connection."""

    company = serializers.CharField(help_text="Short name.")
    name = serializers.CharField()
    status = serializers.ChoiceField([one.value for one in Health])
    circuit_breaker = serializers.ChoiceField(_CIRCUITS, allow_blank=True, help_text="Empty without a usable key.")
    requests_left = serializers.IntegerField(allow_null=True, help_text="Of this minute; null where nobody counts.")
    waits_s = serializers.IntegerField(help_text="For so many seconds nothing is sent.")


class HealthSerializer(serializers.Serializer[Any]):
    """The connection to Cal.com."""

    service = serializers.CharField(help_text="Always cal.com.")
    status = serializers.ChoiceField([one.value for one in Health if one != Health.NOT_CONNECTED])
    api_version = serializers.CharField(help_text="Always v2.")
    circuit_breaker = serializers.ChoiceField(_CIRCUITS, help_text="The gravest of all companies.")
    cache_enabled = serializers.BooleanField()
    companies = CompanyHealthSerializer(many=True, required=False, help_text="Only for whoever is known.")


_KNOWN = {
    "service": "cal.com",
    "status": "healthy",
    "api_version": "v2",
    "circuit_breaker": "closed",
    "cache_enabled": True,
    "companies": [
        {
            "company": "salon-nord",
            "name": "Salon Nord",
            "status": "healthy",
            "circuit_breaker": "closed",
            "requests_left": 100,
            "waits_s": 0,
        }
    ],
}
_WORDS = """\
Cal.com is not asked. `healthy`: calls pass. `warning`: some are held back, or our own counters are away. `critical`,
with HTTP 503: calls pass for no company at all, or our own database is away. Five seconds old at most.

Scope: `none`; with one (`read` will do), or logged in at the portal, also each of the caller's companies."""


class CalcomHealthView(APIView):
    """Open to everybody; names companies only to those who may see them."""

    http_method_names = ["get", "head"]
    permission_classes = [AllowAny]
    throttle_classes = []

    @extend_schema(
        operation_id="health_calcom_retrieve",
        tags=["health"],
        summary="Health of the connection to Cal.com",
        description=_WORDS,
        responses={200: HealthSerializer, 503: HealthSerializer},
        examples=[OpenApiExample("Well, as somebody known sees it", _KNOWN, response_only=True)],
    )
    def get(self, request: Request) -> Response:
        """How it stands; 503 where calls pass for nobody."""
        found = connections()
        told: dict[str, Any] = {
            "service": "cal.com",
            "status": found.health.value,
            "api_version": "v2",
            "circuit_breaker": found.circuit,
            "cache_enabled": conf.cache_enabled(),
        }
        companies = _companies(request)
        if companies is not None:
            told["companies"] = [_of_company(company, found) for company in companies]
        status = 503 if found.health is Health.CRITICAL else 200
        return Response(told, status=status, headers={"Cache-Control": "no-store"})


def _companies(request: Request) -> QuerySet[Company] | None:
    """The caller's, or the one of them that is named; None for a passer-by. Raises Problem where there is none."""
    if isinstance(request.auth, ApiKey):
        mine = Company.objects.filter(pk=request.auth.company_id)
    elif isinstance(request.user, User):
        mine = companies_where(request.user, PERMISSION).filter(is_active=True)
    else:
        return None
    slug = request.query_params.get("company", "")
    if slug:
        mine = mine.filter(slug=slug)
        if not mine.exists():
            text = _("There is no such company, or you have no access to it.")
            raise Problem(text, status=404, code="not-found", title=_("Not found"))
    return mine.defer(*COMPANY_SECRETS).order_by("name", "pk")


def _of_company(company: Company, found: Connections) -> dict[str, Any]:
    one = found.of(company.pk)
    return {
        "company": company.slug,
        "name": company.name,
        "status": one.health.value,
        "circuit_breaker": one.circuit,
        "requests_left": None if one.left is None else _whole(one.left * company.requests_per_minute),
        "waits_s": math.ceil(one.wait_s),
    }


def _whole(requests: float) -> int:
    """Down to whole ones, as a call needs one; 0.29 of 100 are 29, though their product is 28.999…"""
    return math.floor(requests + _MISSING)
