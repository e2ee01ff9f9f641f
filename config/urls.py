"""Every address of the application."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from config import health
from config.metrics import metrics

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index")),
    path("admin/", include("companies.urls")),
    path("admin/", admin.site.urls),
    path("i18n/", include("django.conf.urls.i18n")),
    path("api/", include("webhooks.urls")),
    path("api/", include("calcom.urls")),
    path("api/", include("config.api_urls")),
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("metrics", metrics),
]
