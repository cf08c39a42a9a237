"""How the desk names people: an adult by name, a minor by first name and initial, with a band of age and no more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from civic.accounts.rules import written_phone
from civic.activities.models import Activity
from civic.activities.queries.participants import PersonRow, list_people, record_seen
from civic.activities.types import SignupState
from civic.kernel import clock
from civic.kernel.db import transaction
from civic.kernel.errors import NotFound
from civic.kernel.i18n import N_, _
from civic.web.signing_in import current_actor
from civic.web.words import BANDS, band_of, short_name

GROUPS = (
    (SignupState.REQUESTED, "richieste", N_("Requests to answer")),
    (SignupState.CONFIRMED, "confermate", N_("They have a place")),
    (SignupState.PENDING_GUARDIAN, "genitori", N_("Waiting for a parent's answer")),
    (SignupState.OFFERED, "offerte", N_("A place is offered to them")),
    (SignupState.UNCONFIRMED, "da-confermare", N_("To be confirmed from their mail")),
    (SignupState.WAITING, "lista", N_("Waiting list")),
)


@dataclass(frozen=True, slots=True)
class Contact:
    """How somebody is reached: `number` is dialled, `phone` is read; the name only of who answers for a minor."""

    number: str | None
    phone: str
    name: str = ""
    email: str | None = None


@dataclass(frozen=True, slots=True)
class PersonItem:
    """Somebody as the desk lists them; `place` is the position in the waiting list."""

    public_id: str
    name: str
    band: str
    role: str
    meeting_at: datetime | None
    joined_at: datetime
    hold_until: datetime | None
    place: int | None
    lacks_authorisation: bool
    lacks_second: bool
    has_sole: bool
    awaits_call: bool
    is_confided: bool
    comes_together: bool
    may_be_twice: bool
    own: Contact
    guardians: tuple[Contact, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """People in one state."""

    state: str
    anchor: str
    title: str
    people: tuple[PersonItem, ...]


def named(activity: Activity, signup: str, what: str) -> str:
    """Return who has the signup, as the list names them; that the name was seen, and for `what`, is written down."""
    actor = current_actor()
    people = list_people(actor, activity.id, activity.organisation_id)
    person = next((one for one in people if one.public_id == signup), None)
    if person is None:
        raise NotFound
    with transaction():
        record_seen(actor, activity.id, 1, what)
    day = clock.to_rome(activity.starts_at or clock.now()).date()
    return short_name(person.given_name, person.family_name, band_of(person.birth_on, day)) or _("Somebody")


def listed_as(row: PersonRow) -> SignupState:
    """Return the state under which the desk lists somebody; who has yet to click the link is served in no waiting list."""
    return SignupState.UNCONFIRMED if row.awaits_click else row.state


def groups_of(rows: Sequence[PersonRow], day: date, *, draws: bool = False) -> tuple[Group, ...]:
    """Return the people by state, in the order in which somebody must do something about them; empty states are left out.

    Where the activity `draws`, nobody answers who has asked.
    """
    groups = []
    for state, anchor, title in GROUPS:
        if draws and state is SignupState.REQUESTED:
            anchor, title = "estrazione", N_("They take part in the draw")
        people = [row for row in rows if listed_as(row) is state]
        if people:
            groups.append(Group(state.value, anchor, _(title), tuple(_items(people, day, state is SignupState.WAITING))))
    return tuple(groups)


def _items(people: Sequence[PersonRow], day: date, has_places: bool):
    """Yield the people; the waiting list counts anew for each role and meeting."""
    counts: dict[tuple, int] = {}
    for row in people:
        key = (row.role, row.kind, row.meeting_at)
        counts[key] = counts.get(key, 0) + 1
        band = band_of(row.birth_on, day)
        yield PersonItem(
            public_id=row.public_id,
            name=short_name(row.given_name, row.family_name, band) or _("Somebody"),
            band=_(BANDS[band]),
            role=row.role,
            meeting_at=row.meeting_at,
            joined_at=row.joined_at,
            hold_until=row.hold_until,
            place=counts[key] if has_places else None,
            lacks_authorisation=row.lacks_authorisation,
            lacks_second=row.lacks_second,
            has_sole=row.has_sole,
            awaits_call=row.awaits_call,
            is_confided=row.is_confided,
            comes_together=row.comes_together,
            may_be_twice=row.may_be_twice,
            own=Contact(row.phone, written_phone(row.phone)),
            guardians=tuple(Contact(one.phone, written_phone(one.phone), one.name, one.email) for one in row.guardians),
        )
