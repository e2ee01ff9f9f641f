"""The API, and beside it views that only tests have."""

from __future__ import annotations

import os

from django.urls import path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from companies.api.base import TenantView
from companies.api.problems import Problem
from companies.api.serializers import StrictSerializer, TenantRelatedField
from companies.models import Branch, Scope
from config.urls import urlpatterns as real_ones
from tests.factories import BranchFactory


class WishSerializer(StrictSerializer):
    """A branch to be made, as a stand-in for what the apps above make."""

    name = serializers.CharField(max_length=200)
    count = serializers.IntegerField(required=False)
    beside = TenantRelatedField(Branch, required=False)
    mood = serializers.ChoiceField(["good", "bad"], required=False)


class WishView(TenantView):
    """Makes a branch; in a bad mood refuses, or breaks, or dies before or after the commit."""

    scopes = {"post": Scope.BOOK}

    def post(self, request: Request) -> Response:
        serializer = WishSerializer(data=request.data, context={"company": self.company})
        serializer.is_valid(raise_exception=True)
        response = self.once(lambda: self._made(serializer.validated_data))
        if serializer.validated_data["name"] == "dies after":
            os._exit(9)
        return response

    def _made(self, wish: dict[str, str]) -> Response:
        row = BranchFactory.create(company=self.company, name=wish["name"])
        if wish.get("mood") == "bad":
            raise Problem("Not today.", status=409, code="mood", title="Bad mood")
        if wish["name"] == "broken":
            raise RuntimeError("broken")
        if wish["name"] == "dies before":
            os._exit(9)
        answer = {"id": row.pk, "name": row.name}
        return Response(answer, status=201, headers={"Location": f"/api/v1/branches/{row.pk}/"})


urlpatterns = [path("api/v1/wishes/", WishView.as_view()), *real_ones]
