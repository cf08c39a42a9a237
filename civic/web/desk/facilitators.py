"""Who conducts an activity, and for minors what is missing: on the activity's page, and among what there is to do today."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from flask import redirect, request, url_for

from civic.activities.queries.conducting import ConductedActivity, get_conducted, list_coming_for_minors
from civic.activities.services import facilitating
from civic.kernel import clock
from civic.kernel.i18n import N_, _
from civic.organisations.queries import OrganisationRow, list_members
from civic.organisations.types import ROLE_LABELS
from civic.safeguarding.rules import ends_soon
from civic.web.desk.blueprint import blueprint, own_to_edit
from civic.web.desk.writing import own_activity
from civic.web.doing import do_and_say
from civic.web.signing_in import current_actor
from civic.web.words import certificate_words

_SHOWN = 50


@dataclass(frozen=True, slots=True)
class FacilitatorItem:
    """Somebody who conducts; `certificate` is empty where no minor may take part."""

    person: str
    name: str
    certificate: str
    tone: str


@dataclass(frozen=True, slots=True)
class ConductingPanel:
    """Who conducts the activity, what is missing before minors may come, and who else could conduct it."""

    is_for_minors: bool
    people: tuple[FacilitatorItem, ...]
    missing: tuple[str, ...]
    others: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class LackingItem:
    """A public workshop for minors and what it lacks."""

    public_id: str
    title: str
    starts_at: datetime
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EndingItem:
    """Somebody who conducts minors and whose certificate is soon to end."""

    person: str
    name: str
    day: date


def conducting_panel(row: OrganisationRow, activity_id: int) -> ConductingPanel:
    """Return who conducts the activity, for who writes for the organisation."""
    conducted, today = get_conducted(activity_id), clock.today()
    people = []
    for one in conducted.facilitators:
        words = certificate_words(one.adult, today) if conducted.is_for_minors else ("", "")
        people.append(FacilitatorItem(one.person, one.adult.name, *words))
    here = {one.person for one in people}
    others = tuple(
        (one.public_id, f"{one.name}, {_(ROLE_LABELS[one.role])}")
        for one in list_members(row.id)
        if one.public_id not in here
    )
    return ConductingPanel(conducted.is_for_minors, tuple(people), sentences_of(conducted, today), others)


def sentences_of(conducted: ConductedActivity, today: date) -> tuple[str, ...]:
    """Return in words what the activity lacks."""
    return tuple(_(one.message, **one.values) for one in conducted.missing(today))


def adults_today(row: OrganisationRow, now: datetime) -> tuple[tuple[LackingItem, ...], tuple[EndingItem, ...]]:
    """Return which public workshops for minors lack something, and whose certificate ends within a month."""
    today = clock.to_rome(now).date()
    lacking: list[LackingItem] = []
    ending: dict[str, EndingItem] = {}
    for one in list_coming_for_minors([row.id], now):
        missing = sentences_of(one, today)
        if missing:
            lacking.append(LackingItem(one.public_id, one.title, one.starts_at, missing))
        for who in one.facilitators:
            if ends_soon(who.adult, today):
                ending[who.person] = EndingItem(who.person, who.adult.name, who.adult.valid_until)
    return tuple(lacking[:_SHOWN]), tuple(sorted(ending.values(), key=lambda item: (item.day, item.name))[:_SHOWN])


@blueprint.post("/<slug>/attivita/<public_id>/conduce")
def facilitator_add(slug: str, public_id: str):
    """Let a member conduct the activity."""
    return _change(slug, public_id, facilitating.add_facilitator, N_("Saved: who conducts it stands in the list."))


@blueprint.post("/<slug>/attivita/<public_id>/conduce/togli")
def facilitator_remove(slug: str, public_id: str):
    """Let a member conduct it no more."""
    return _change(slug, public_id, facilitating.remove_facilitator, N_("Done: this person no longer conducts it."))


def _change(slug: str, public_id: str, change, done: str):
    row = own_to_edit(slug)
    own_activity(row, public_id)
    person = request.form.get("person", "")
    do_and_say(lambda: change(current_actor(), public_id, person), done)
    return redirect(url_for("desk.activity", slug=slug, public_id=public_id, _anchor="conduce"))
