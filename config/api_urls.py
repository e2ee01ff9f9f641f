"""The API: every app's resources below /api/v1/, and what tells of them."""

from django.urls import include, path, re_path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from companies.api.problems import page
from config.calcom_status.health import CalcomHealthView
from config.calcom_status.sync import SyncStatusView

urlpatterns = [
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("docs/", SpectacularSwaggerSplitView.as_view(url_name="schema"), name="api_docs"),
    path("health/calcom", CalcomHealthView.as_view(), name="health_calcom"),
    path("calcom/sync-status", SyncStatusView.as_view(), name="sync_status"),
    path("v1/", include("companies.api.urls")),
    path("v1/", include("appointments.api.urls")),
    path("v1/", include("calcom.api_v1.urls")),
    path("v1/", include("webhooks.api")),
    re_path(r"^v1/", page),
]
