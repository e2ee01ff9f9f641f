"""Resources of this app below /api/v1/."""

from rest_framework.routers import SimpleRouter

from appointments.api import example_rows
from appointments.api.appointments import AppointmentViewSet
from appointments.api.catalogue import CustomerViewSet, ServiceViewSet
from appointments.api.free import AvailabilityViewSet
from appointments.api.holds import HoldViewSet

example_rows.register()

router = SimpleRouter()
router.register("services", ServiceViewSet, basename="service")
router.register("customers", CustomerViewSet, basename="customer")
router.register("appointments", AppointmentViewSet, basename="appointment")
router.register("availability", AvailabilityViewSet, basename="availability")
router.register("holds", HoldViewSet, basename="hold")

urlpatterns = router.urls
