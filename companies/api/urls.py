"""Resources of this app below /api/v1/."""

from rest_framework.routers import SimpleRouter

from companies.api.views import BranchViewSet, StaffViewSet

router = SimpleRouter()
router.register("branches", BranchViewSet, basename="branch")
router.register("staff", StaffViewSet, basename="staff")

urlpatterns = router.urls
