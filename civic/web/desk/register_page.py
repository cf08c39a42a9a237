"""What the pages of a register show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import url_for

from civic.activities.models import Activity
from civic.certificates.models import Certificate
from civic.certificates.queries.registers import RegisterView
from civic.certificates.rules import kind_for, rounded
from civic.certificates.types import Hours
from civic.kernel.i18n import N_, _, format_hours
from civic.organisations.queries import OrganisationRow


@dataclass(frozen=True, slots=True)
class GapItem:
    """A meeting at which marks are missing, and where they are made."""

    starts_at: datetime
    people: int
    url: str


@dataclass(frozen=True, slots=True)
class PersonItem:
    """Somebody with their hours: those that were fixed, once they are, and those the marks give now, where they differ.

    `document` is where the file is; `url` where it is revoked or issued.
    """

    name: str
    hours: str
    share: str
    kind: str
    number: str
    state: str
    tone: str
    hours_now: str | None
    document: str | None
    url: str
    is_live: bool


@dataclass(frozen=True, slots=True)
class RegisterPage:
    """A register: open with what keeps it from being closed, or closed with how far its documents are."""

    title: str
    activity_url: str
    base: str
    is_closed: bool
    closed_at: datetime | None
    threshold: int
    took_place: int
    to_come: int
    gaps: tuple[GapItem, ...]
    can_close: bool
    people: tuple[PersonItem, ...]
    issued: int
    prepared: int
    failed: int
    is_making: bool


@dataclass(frozen=True, slots=True)
class CertificatePage:
    """The document of one person, about to be replaced."""

    title: str
    back_url: str
    person: PersonItem


def register_page(row: OrganisationRow, activity: Activity, view: RegisterView) -> RegisterPage:
    """Return the page of a register."""
    base = url_for("desk.register_of", slug=row.slug, public_id=activity.public_id)
    activity_url = url_for("desk.activity", slug=row.slug, public_id=activity.public_id)
    gaps, live = view.gaps, view.live
    return RegisterPage(
        title=activity.title,
        activity_url=activity_url,
        base=base,
        is_closed=view.is_closed,
        closed_at=view.register.closed_at,
        threshold=view.register.threshold,
        took_place=view.meetings.took_place,
        to_come=view.meetings.to_come,
        gaps=tuple(
            GapItem(gap.starts_at, gap.people, f"{activity_url}/incontri/{gap.occurrence_public_id}/presenze") for gap in gaps
        ),
        can_close=not view.is_closed and view.meetings.took_place > 0 and not view.meetings.to_come and not gaps,
        people=tuple(_person(one, view, base) for one in view.people),
        issued=len(live),
        prepared=sum(1 for one in live if one.prepared_at),
        failed=sum(1 for one in live if one.failed_at),
        is_making=any(_making(one) == "asked" for one in live),
    )


def certificate_page(row: OrganisationRow, activity: Activity, view: RegisterView, person: Hours) -> CertificatePage:
    """Return the page on which the document of one person is replaced."""
    base = url_for("desk.register_of", slug=row.slug, public_id=activity.public_id)
    return CertificatePage(activity.title, base, _person(person, view, base))


def _person(person: Hours, view: RegisterView, base: str) -> PersonItem:
    latest = view.issued.get(person.person_id)
    live = latest if latest is not None and latest.revoked_at is None else None
    fixed = live or person
    kind = live.kind if live else kind_for(person.minutes, person.scheduled_minutes, view.register.threshold)
    label, tone = _state(person, view.is_closed, latest)
    now = _("%(hours)s of %(scheduled)s", **_figures(person))
    return PersonItem(
        name=f"{person.given_name} {person.family_name}".strip() or _("Somebody"),
        hours=_("%(hours)s of %(scheduled)s", **_figures(fixed)),
        share=f"{fixed.minutes * 100 // fixed.scheduled_minutes}%" if fixed.scheduled_minutes else "",
        kind=_(kind.label) if kind else "",
        number=latest.label if latest else "",
        state=label,
        tone=tone,
        hours_now=now if live is not None and _is_outdated(live, person) else None,
        document=url_for("certificates.document", public_id=person.signup) if live and live.prepared_at else None,
        url=f"{base}/{person.signup}",
        is_live=live is not None,
    )


def _is_outdated(issued: Certificate, person: Hours) -> bool:
    return (issued.minutes, issued.scheduled_minutes) != (person.minutes, person.scheduled_minutes)


def _figures(of: Hours | Certificate) -> dict[str, str]:
    return {"hours": format_hours(rounded(of.minutes)), "scheduled": format_hours(of.scheduled_minutes)}


def _state(person: Hours, is_closed: bool, latest: Certificate | None) -> tuple[str, str]:
    """Return where the document of somebody stands, in words, and the tone in which to say it."""
    if not is_closed:
        return (_("Marks are missing"), "warning") if person.gaps else ("", "neutral")
    if latest is None:
        return (_("No document"), "neutral") if not rounded(person.minutes) else (_("To be issued"), "warning")
    if latest.revoked_at is not None:
        return _("Revoked"), "danger"
    if _is_outdated(latest, person):
        return _("Corrected since"), "warning"
    return _(_MAKING[_making(latest)]), "success" if latest.prepared_at else "neutral"


_MAKING = {"ready": N_("Ready"), "failed": N_("Could not be made"), "asked": N_("Being made"), "issued": N_("Not made yet")}


def _making(one: Certificate) -> str:
    return "ready" if one.prepared_at else "failed" if one.failed_at else "asked" if one.asked_at else "issued"
