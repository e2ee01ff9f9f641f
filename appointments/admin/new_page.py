"""The page "New appointment". Whoever works for several companies chooses one first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from appointments import booking
from appointments.admin.desk import actor_of
from appointments.admin.new_form import NewAppointmentForm
from appointments.errors import BookingError
from appointments.models import Appointment
from appointments.models.appointment import SyncStatus
from companies.roles import companies_where
from companies.tenancy import COMPANY_SECRETS

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse

    from appointments.admin.lists import PortalAdmin
    from companies.models import Company

    Base = PortalAdmin
else:
    Base = object

_MOST_COMPANIES = 200


class NewAppointmentPage(Base):
    """Mixin in front of the appointment's pages: adding one is booking."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """By role, in any of the user's companies."""
        return self.is_allowed(request, "add")

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """The form; posted, it books."""
        del form_url, extra_context
        companies = companies_where(request.user, self.permission("add")).filter(is_active=True)
        company = _chosen(request, companies)
        if company is None:
            return self._page(request, {"companies": companies.defer(*COMPANY_SECRETS)[:_MOST_COMPANIES]})
        form = NewAppointmentForm(request.POST or None, company=company, site=self.admin_site)
        if request.method == "POST" and form.is_valid():
            booked = _booked(request, company, form)
            if booked is not None:
                return HttpResponseRedirect(reverse("admin:appointments_appointment_change", args=[booked.pk]))
        return self._page(request, {"form": form, "media": form.media, "company": company})

    def _page(self, request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
        shell = {**self.admin_site.each_context(request), "opts": self.opts, "title": _("New appointment")}
        return TemplateResponse(request, "admin/new_appointment.html", shell | context)


def _chosen(request: HttpRequest, companies: QuerySet[Company]) -> Company | None:
    """The company in the address, or the only one; None where one has to be chosen."""
    wanted = request.GET.get("company", "")
    if wanted:
        company = companies.filter(pk=wanted).first() if wanted.isascii() and wanted.isdigit() else None
        if company is None:
            raise Http404
        return company
    few = list(companies[:2])
    if not few:
        raise PermissionDenied
    return few[0] if len(few) == 1 else None


def _booked(request: HttpRequest, company: Company, form: NewAppointmentForm) -> Appointment | None:
    """The first appointment that was booked; None where it was refused, and the form says why."""
    dates, actor = form.cleaned_data["dates"], actor_of(request)
    try:
        if len(dates) == 1:
            rows = [booking.book(company, starts_at=dates[0], actor=actor, **form.details)]
        else:
            rows = booking.book_series(company, dates=dates, actor=actor, **form.details)
    except BookingError as error:
        form.add_error(None, str(error))
        return None
    text = ngettext("The appointment was booked.", "%(count)d appointments were booked.", len(rows))
    messages.success(request, text % {"count": len(rows)})
    if rows[0].sync_status == SyncStatus.NOT_CONNECTED:
        messages.warning(request, _("It is kept here only: there is no connection to Cal.com."))
    return rows[0]
