"""Where drift is asked for and settled."""

from django.urls import path

from calcom import api

urlpatterns = [
    path("calcom/drift", api.index, name="drift"),
    path("calcom/drift/detect", api.detect, name="drift_detect"),
    path("calcom/drift/resolve", api.resolve, name="drift_resolve"),
    path("calcom/drift/auto-resolve", api.auto_resolve, name="drift_auto_resolve"),
]
