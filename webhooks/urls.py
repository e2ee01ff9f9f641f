"""Where Cal.com delivers."""

from django.urls import path

from webhooks.views import receive

urlpatterns = [
    path("webhooks/calcom", receive, name="webhook"),
    path("calcom/webhook", receive),
    path("webhooks/calcom/<str:token>", receive, name="company_webhook"),
]
