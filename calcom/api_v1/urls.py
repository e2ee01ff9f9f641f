"""Resources of this app below /api/v1/."""

from rest_framework.routers import SimpleRouter

from calcom.api_v1.event_types import EventTypeViewSet

router = SimpleRouter()
router.register("event-types", EventTypeViewSet, basename="event-type")

urlpatterns = router.urls
