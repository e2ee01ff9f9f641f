"""How django-unfold shows the portal: name, colours and navigation."""

from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse, reverse_lazy
from django.utils.translation import gettext_lazy as _


def _link(title: Any, icon: str, name: str, permission: str, *, page: str = "changelist") -> dict[str, Any]:
    return {
        "title": title,
        "icon": icon,
        "link": reverse_lazy(f"admin:{name}_{page}"),
        "permission": lambda request, permission=permission: request.user.has_perm(permission),
    }


def _to_decide(_request: HttpRequest) -> str:
    return f"{reverse('admin:appointments_appointment_changelist')}?attention=decide"


def _is_appointments(request: HttpRequest) -> bool:
    list_address = reverse("admin:appointments_appointment_changelist")
    is_elsewhere = request.path == f"{list_address}add/" or _is_to_decide(request)
    return request.path.startswith(list_address) and not is_elsewhere


def _is_to_decide(request: HttpRequest) -> bool:
    return request.GET.get("attention") == "decide"


def _stylesheet(_request: HttpRequest) -> str:
    return static("slotkeeper/portal.css")


def _favicon(_request: HttpRequest) -> str:
    return static("slotkeeper/favicon.svg")


UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "Slotkeeper",
    "SITE_HEADER": "Slotkeeper",
    "SITE_SYMBOL": "event_available",
    "SITE_URL": None,
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_LANGUAGES": True,
    "DASHBOARD_CALLBACK": "config.dashboard.dashboard",
    "STYLES": [_stylesheet],
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": _favicon}],
    "BORDER_RADIUS": "6px",
    "COLORS": {
        "primary": {
            "50": "#f0fdfa",
            "100": "#ccfbf1",
            "200": "#99f6e4",
            "300": "#5eead4",
            "400": "#2dd4bf",
            "500": "#14b8a6",
            "600": "#0d9488",
            "700": "#0f766e",
            "800": "#115e59",
            "900": "#134e4a",
            "950": "#042f2e",
        },
    },
    "SIDEBAR": {
        "show_search": False,
        "show_all_applications": False,
        "navigation": [
            {"items": [{"title": _("Overview"), "icon": "dashboard", "link": reverse_lazy("admin:index")}]},
            {
                "title": _("Appointments"),
                "items": [
                    {
                        **_link(
                            _("Appointments"), "event", "appointments_appointment", "appointments.view_appointment"
                        ),
                        "active": _is_appointments,
                    },
                    _link(
                        _("New appointment"),
                        "add_circle",
                        "appointments_appointment",
                        "appointments.add_appointment",
                        page="add",
                    ),
                    {
                        "title": _("To decide"),
                        "icon": "rule",
                        "link": _to_decide,
                        "active": _is_to_decide,
                        "permission": lambda request: request.user.has_perm("appointments.change_appointment"),
                    },
                    _link(_("Customers"), "group", "appointments_customer", "appointments.view_customer"),
                    _link(_("Services"), "content_cut", "appointments_service", "appointments.view_service"),
                ],
            },
            {
                "title": _("Company"),
                "separator": True,
                "items": [
                    _link(_("Companies"), "domain", "companies_company", "companies.view_company"),
                    _link(_("Branches"), "storefront", "companies_branch", "companies.view_branch"),
                    _link(_("Staff"), "badge", "companies_staff", "companies.view_staff"),
                    _link(_("Absences"), "beach_access", "appointments_absence", "appointments.view_absence"),
                    _link(_("Users and roles"), "key", "companies_membership", "companies.view_membership"),
                    _link(_("API keys"), "api", "companies_apikey", "companies.view_apikey"),
                    _link(_("Retention"), "auto_delete", "companies_privacysettings", "companies.view_privacysettings"),
                    _link(_("Incidents"), "emergency_home", "companies_incident", "companies.view_incident"),
                    _link(_("Alerts"), "notifications", "companies_alertsettings", "companies.view_alertsettings"),
                ],
            },
            {
                "title": "Cal.com",
                "separator": True,
                "items": [
                    _link(_("Event types"), "category", "calcom_eventtype", "calcom.view_eventtype"),
                    _link(_("Event type mappings"), "link", "calcom_eventtypemapping", "calcom.view_eventtypemapping"),
                    _link(_("Hosts"), "person_pin", "calcom_hostmapping", "calcom.view_hostmapping"),
                    _link(_("Sync runs"), "sync", "calcom_syncrun", "calcom.view_syncrun"),
                    _link(_("Sync settings"), "tune", "calcom_calcomsettings", "calcom.view_calcomsettings"),
                    _link(_("Deliveries"), "inbox", "webhooks_webhookevent", "webhooks.view_webhookevent"),
                ],
            },
        ],
    },
}
