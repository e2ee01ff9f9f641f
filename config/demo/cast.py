"""Who is in the demo: two companies, their services and staff, and customers. All invented."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time

from companies.models import Company
from config.demo.booking import Person, Place

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, kw_only=True)
class ServiceSpec:
    """A service and its event type at Cal.com; `skill` says who performs it."""

    name: str
    minutes: int
    price: str
    event_type_id: int
    skill: str
    seats: int | None = None
    is_confirmed_by_hand: bool = False


@dataclass(frozen=True, kw_only=True)
class StaffSpec:
    """Somebody who works on some weekdays (0 is Monday) between two times, with a break."""

    name: str
    email: str
    branch: str
    calcom_user_id: int
    color: str
    weekdays: range
    opens: time
    closes: time
    rests: tuple[time, time]
    skills: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class BranchSpec:
    """A place; its address is fictitious."""

    name: str
    street: str
    postal_code: str
    city: str
    weekdays: range

    @property
    def place(self) -> Place:
        """The branch as the place of a booking."""
        return Place(kind="inPerson", text=f"{self.street}, {self.postal_code} {self.city}")

    @property
    def hours(self) -> dict[str, list[str]]:
        """The opening hours as a branch keeps them."""
        return {WEEKDAYS[day]: ["09:00-17:00" if day == 5 else "09:00-19:00"] for day in self.weekdays}


@dataclass(frozen=True, kw_only=True)
class CompanySpec:
    """A company with all that belongs to it."""

    name: str
    slug: str
    business_type: str
    owner_email: str
    owner_name: str
    calcom_team_id: int
    calcom_team_slug: str
    branches: tuple[BranchSpec, ...]
    services: tuple[ServiceSpec, ...]
    staff: tuple[StaffSpec, ...]
    team_email: str = ""
    team_name: str = ""

    def branch_of(self, member: StaffSpec) -> BranchSpec:
        """Where somebody works."""
        return next(branch for branch in self.branches if branch.name == member.branch)

    def service(self, name: str) -> ServiceSpec:
        """A service by its name."""
        return next(service for service in self.services if service.name == name)


def _service(name: str, minutes: int, price: str, event_type_id: int, skill: str) -> ServiceSpec:
    is_long = minutes >= 120
    return ServiceSpec(
        name=name,
        minutes=minutes,
        price=price,
        event_type_id=event_type_id,
        skill=skill,
        is_confirmed_by_hand=is_long and skill != "color",
    )


_COLORS = ("#0d9488", "#3788d8", "#b45309", "#7c3aed", "#be185d", "#4d7c0f", "#0369a1")


def _staff(name: str, number: int, *, branch: str, days: range, hours: str, skills: str) -> StaffSpec:
    """`hours`: from, break from, break to, to."""
    opens, rest, back, closes = map(time.fromisoformat, hours.split())
    return StaffSpec(
        name=name,
        email=f"{name.rsplit(maxsplit=1)[-1].lower()}@example.com",
        branch=branch,
        calcom_user_id=88_400 + number,
        color=_COLORS[number - 1],
        weekdays=days,
        opens=opens,
        closes=closes,
        rests=(rest, back),
        skills=frozenset(skills.split()),
    )


# What everybody can do, and what goes with another skill: the salon's own list leaves them to nobody.
_EVERYBODY = "consultation treatment"
_CUTS = f"cut_men cut_women cut_special {_EVERYBODY}"
_MON_FRI, _TUE_SAT = range(5), range(1, 6)

SALON = CompanySpec(
    name="Friseur 1",
    slug="friseur-1",
    business_type=Company.BusinessType.HAIR_SALON,
    owner_email="inhaber@example.com",
    owner_name="Ina Inhaber",
    team_email="team@example.com",
    team_name="Tina Team",
    calcom_team_id=34209,
    calcom_team_slug="friseur",
    branches=(
        BranchSpec(name="Zentrale", street="Musterstraße 1", postal_code="10115", city="Berlin", weekdays=range(6)),
        BranchSpec(
            name="Zweigstelle", street="Beispielallee 22", postal_code="12043", city="Berlin", weekdays=_MON_FRI
        ),
    ),
    services=(
        _service("Kinderhaarschnitt", 30, "20.50", 3719738, "cut_children"),
        _service("Trockenschnitt", 30, "25.00", 3719739, "cut_men"),
        _service("Waschen & Styling", 45, "40.00", 3719740, "styling"),
        _service("Waschen, schneiden, föhnen", 60, "45.00", 3719741, "cut_women"),
        _service("Haarspende", 30, "80.00", 3719742, "cut_special"),
        _service("Beratung", 30, "30.00", 3719743, "consultation"),
        _service("Hairdetox", 15, "12.50", 3719744, "treatment"),
        _service("Rebuild Treatment Olaplex", 15, "15.50", 3719745, "treatment"),
        _service("Intensiv Pflege Maria Nila", 15, "15.50", 3719746, "treatment"),
        _service("Gloss", 30, "45.00", 3719747, "color_basic"),
        _service("Ansatzfärbung, waschen, schneiden, föhnen", 120, "85.00", 3719748, "color"),
        _service("Ansatz, Längenausgleich, waschen, schneiden, föhnen", 120, "85.00", 3719749, "color"),
        _service("Klassisches Strähnen-Paket", 120, "125.00", 3719750, "color_advanced"),
        _service("Globale Blondierung", 120, "185.00", 3719751, "color_advanced"),
        _service("Strähnentechnik Balayage", 180, "255.00", 3719752, "color_expert"),
        _service("Faceframe", 180, "225.00", 3719753, "color_expert"),
        ServiceSpec(name="Flechtkurs", minutes=90, price="29.00", event_type_id=3719760, skill="course", seats=6),
    ),
    staff=(
        _staff(
            "Stylistin Anna",
            1,
            branch="Zentrale",
            days=_MON_FRI,
            hours="09:00 12:00 13:00 18:00",
            skills=f"{_CUTS} cut_children color_basic color color_advanced",
        ),
        _staff(
            "Stylist Bruno",
            2,
            branch="Zentrale",
            days=_MON_FRI,
            hours="10:00 13:00 13:30 19:00",
            skills=f"{_CUTS} styling course",
        ),
        _staff(
            "Coloristin Clara",
            3,
            branch="Zentrale",
            days=_TUE_SAT,
            hours="09:00 12:00 12:30 17:00",
            skills=f"{_EVERYBODY} color_basic color color_advanced color_expert",
        ),
        _staff(
            "Stylistin Dora",
            4,
            branch="Zweigstelle",
            days=_MON_FRI,
            hours="09:00 12:30 13:00 18:00",
            skills=f"{_CUTS} styling",
        ),
        _staff(
            "Stylist Emil",
            5,
            branch="Zweigstelle",
            days=_MON_FRI,
            hours="10:00 13:00 13:30 19:00",
            skills=f"cut_men cut_children {_EVERYBODY}",
        ),
    ),
)

PRACTICE = CompanySpec(
    name="Praxis 2",
    slug="praxis-2",
    business_type=Company.BusinessType.PRACTICE,
    owner_email="praxis@example.com",
    owner_name="Paula Praxis",
    calcom_team_id=51177,
    calcom_team_slug="praxis",
    branches=(BranchSpec(name="Praxis", street="Probeweg 7", postal_code="50667", city="Köln", weekdays=_MON_FRI),),
    services=(
        _service("Erstgespräch", 45, "60.00", 4100201, "therapy"),
        _service("Krankengymnastik", 30, "32.00", 4100202, "therapy"),
        _service("Massage", 45, "48.00", 4100203, "massage"),
    ),
    staff=(
        _staff(
            "Physio Fiona",
            6,
            branch="Praxis",
            days=_MON_FRI,
            hours="09:00 12:00 12:45 17:00",
            skills="therapy massage",
        ),
        _staff("Physio Gero", 7, branch="Praxis", days=_MON_FRI, hours="09:00 12:30 13:00 18:00", skills="therapy"),
    ),
)

_FIRST = ("Rita", "Theo", "Käthe", "Jörn", "Mina", "Özlem", "Paul", "Zoë", "Ludger", "Wanda", "Ben", "Charlotte")
_LAST = ("Reserviert", "Termin", "Kamm", "Musterhaar", "Lockenstab", "Föhnwelle", "Scheitel", "O'Pony", "Strähnchen")
_ASCII = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "Ö": "Oe", "ë": "e", "'": ""})


def customers(count: int) -> list[Person]:
    """Invented people, 108 at most; every fourth without a phone. The numbers are of a block kept for fiction."""
    return [_customer(index) for index in range(count)]


def _customer(index: int) -> Person:
    name = f"{_FIRST[index % 12]} {_LAST[(index + index // 12) % 9]}"
    local = name.translate(_ASCII).lower().replace(" ", ".")
    phone = "" if index % 4 == 3 else f"+493023125{index:03d}"
    return Person(name=name, email=f"{local}@example.com", phone=phone)
