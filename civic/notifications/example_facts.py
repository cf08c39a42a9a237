"""What the examples of messages are made from: plain values, no database, the same on every machine."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from uuid import UUID

from civic.activities.queries.conducting import ConductedActivity, FacilitatorRow
from civic.kernel import clock
from civic.notifications.activity_facts import ActivityFacts
from civic.notifications.adult_facts import AdultFacts
from civic.notifications.class_facts import ClassFacts
from civic.notifications.facts import Meeting, SignupFacts
from civic.notifications.opening_facts import OpeningFacts
from civic.notifications.person_facts import PersonFacts
from civic.safeguarding.types import Adult, Outcome

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=clock.ROME).astimezone(UTC)
ROW = UUID("0198f0a0-0000-7000-8000-000000000001")
TOKEN = "12-abcdefghijklmnopqrstuvwxyz234567"
STATES = {
    "signup_requested": "requested",
    "draw_entered": "requested",
    "draw_moved": "requested",
    "drawn_to_wait": "waiting",
    "request_received": "requested",
    "signup_waiting": "waiting",
    "offer_expired": "waiting",
    "place_freed_late": "waiting",
    "turn_passed": "waiting",
    "authorisation_granted": "waiting",
    "place_free_again": "waiting",
    "signup_declined": "declined",
    "signup_refused": "declined",
    "signup_cancelled": "cancelled",
    "activity_cancelled": "cancelled",
    "signup_expired": "expired",
    "wait_ended": "expired",
    "place_withdrawn": "waiting",
    "offer_made": "offered",
    "authorisation_asked": "pending_guardian",
    "second_asked": "pending_guardian",
    "authorisation_reminder": "pending_guardian",
    "address_confirmation": "unconfirmed",
}
TO_GUARDIAN = {
    "collection_changed",
    "authorisation_asked",
    "authorisation_reminder",
    "second_asked",
    "health_deleted",
    "ward_turned_eighteen",
}
ORGANISATION_STATES = {
    "organisation_verified": "verified",
    "organisation_rejected": "rejected",
    "organisation_suspended": "suspended",
    "suspension_lifted": "verified",
}


def rome(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=clock.ROME).astimezone(UTC)


def meeting(number: int, **changes) -> Meeting:
    day = 23 + 7 * number
    begins = rome(2026, 11, 24, 17, 0) if number == 0 else rome(2026, 12, day - 22, 17, 0)
    values = dict(
        id=number + 1,
        public_id=f"meeting{number}meeting",
        starts_at=begins,
        ends_at=begins + timedelta(hours=2),
        is_scheduled=True,
        version=0,
        place="Biblioteca Casa di Khaoula, Via di Corticella 104",
        reason="",
    )
    return Meeting(**{**values, **changes})


def meetings_for(kind: str) -> tuple[Meeting, ...]:
    if kind == "occurrence_moved":
        return (meeting(0, version=1), meeting(1))
    if kind == "occurrence_cancelled":
        return (meeting(0, is_scheduled=False, version=1, reason="La sala è chiusa"), meeting(1))
    if kind == "activity_cancelled":
        return (meeting(0, is_scheduled=False, version=1), meeting(1, is_scheduled=False, version=1))
    return (meeting(0), meeting(1), meeting(2)) if kind == "signup_confirmed" else (meeting(0),)


def signup_for(kind: str, **changes) -> SignupFacts:
    asked = {"id": 5, "answer": None, "expires_at": rome(2026, 11, 26, 9, 0), "guardian_id": 9, "email": "mamma@example.org"}
    if kind == "second_asked":
        asked |= {"guardian_id": 11, "email": "papa@example.org"}
    values = dict(
        id=7,
        kind="workshop",
        public_id="abcdefgh23456789",
        state=STATES.get(kind, "confirmed"),
        person_id=3,
        person_name="Amina",
        birth_on=date(2010, 6, 1) if kind in TO_GUARDIAN else date(1990, 5, 3),
        hold_until=rome(2026, 11, 23, 12, 0),
        title="Radio di quartiere: voci & suoni",
        slug="radio-di-quartiere",
        activity_state="cancelled" if kind == "activity_cancelled" else "published",
        cancelled_reason="La sala non è più disponibile.",
        organisation_name="Associazione Onda Libera APS",
        organisation_id=1,
        role="",
        contact="051 000000",
        private_details="Portate una merenda.\nSi entra dal cortile.",
        free=1 if kind.startswith("place_") else 0,
        signup_closes_at=None,
        last_entry_at=meetings_for(kind)[0].starts_at,
        position=2,
        meetings=meetings_for(kind),
        authorisation=None if kind == "authorisation_missing" else asked,
        offer={"id": 4, "answer": None, "expires_at": rome(2026, 11, 24, 12, 0)},
        guardians=(9,),
        draw_at=rome(2026, 11, 23, 18, 0),
        draw_code="7hq2m9zkt4",
        has_a_yes=kind == "second_asked",
        lacks_yes=kind in ("authorisation_missing", "authorisation_asked", "authorisation_reminder", "turn_passed"),
    )
    return SignupFacts(**{**values, **changes})


def payload_for(kind: str) -> dict:
    return {
        "occurrence_id": 1,
        "version": 0 if kind == "reminder" else 1,
        "old_starts_at": rome(2026, 11, 25, 15, 30).isoformat(),
        "old_place_id": 2,
        "offer_id": 4,
        "lead": "1d",
        "asks": False,
        "text": "",
        "was_confirmed": True,
        "by_organisation": False,
        "by_guardian": False,
        "replaces": False,
        "announcement_id": 6,
        "mode": "daily" if kind == "organisation_digest" else "weekly",
        "topics": ["kind:workshop", "organisation:1", "quartiere:5", "quartiere:6"],
        "count": 20,
        "freed": 3,
    }


def opening_facts() -> OpeningFacts:
    """A shift that lacks people."""
    return OpeningFacts(
        id=2,
        public_id="opening23456789",
        kind="volunteering",
        role="cucina",
        minimum=3,
        taken=1,
        starts_at=rome(2026, 11, 25, 9, 0),
        is_open=True,
        title="Radio di quartiere: voci & suoni",
        activity_public_id="activity23456789",
        organisation_slug="onda-libera",
        activity_slug="radio-di-quartiere",
        organisation_name="Associazione Onda Libera APS",
        place="Biblioteca Casa di Khaoula, Via di Corticella 104",
        signup_closes_at=rome(2026, 11, 24, 18, 0),
        meets_at=rome(2026, 11, 25, 8, 45),
    )


def person_facts(kind: str) -> PersonFacts:
    """A young person on a birthday."""
    return PersonFacts(
        id=3,
        given_name="Amina",
        birth_on=date(2008, 11, 23) if kind in ("turned_eighteen", "ward_turned_eighteen") else date(2012, 11, 23),
        guardians=[9],
        consents=(rome(2022, 5, 3, 10, 0),),
        authorisations=(("Radio di quartiere: voci & suoni", rome(2026, 9, 14, 18, 0)),),
    )


def adult_facts(person: int) -> AdultFacts:
    """A workshop with who conducts it, and a declaration that ends."""
    return AdultFacts(
        (person,),
        officers=(person,),
        conducted=ConductedActivity(
            id=2,
            public_id="activity23456789",
            title="Radio di quartiere: voci & suoni",
            state="published",
            starts_at=rome(2026, 11, 24, 17, 0),
            ends_at=rome(2026, 12, 15, 19, 0),
            organisation_id=1,
            organisation_name="Associazione Onda Libera APS",
            organisation_slug="onda-libera",
            is_for_minors=True,
            places=20,
            facilitators=(FacilitatorRow("facilitator23456", Adult("Ugo Neri", Outcome.CLEAR, date(2026, 11, 20)), False),),
        ),
        declaration=SimpleNamespace(
            valid_until=date(2026, 12, 23),
            organisation_name="Associazione Onda Libera APS",
            organisation_slug="onda-libera",
            person_public_id="facilitator23456",
            name="Ugo Neri",
            is_last=True,
            conducts_until=rome(2026, 12, 15, 19, 0),
        ),
    )


def class_facts(kind: str, person: int) -> ClassFacts:
    """A class with places, three of them without a name."""
    return ClassFacts(
        id=8,
        public_id="class23456789abc",
        label="2B",
        size=22,
        granted=20,
        unnamed=3,
        names_until=rome(2026, 12, 3, 0, 0),
        ended_as="released" if kind == "class_ended" else None,
        school_slug="ic-12",
        title="Radio di quartiere: voci & suoni",
        organisation_name="Associazione Onda Libera APS",
        cancelled_reason="La sala non è più disponibile.",
        starts_at=rome(2026, 12, 15, 9, 0),
        place="Biblioteca Casa di Khaoula, Via di Corticella 104",
        teachers=(person,),
    )


def activity_facts() -> ActivityFacts:
    """A workshop as the public sees it."""
    return ActivityFacts(
        id=2,
        title="Radio di quartiere: voci & suoni",
        slug="radio-di-quartiere",
        kind="workshop",
        is_open=True,
        organisation_name="Associazione Onda Libera APS",
        place="Biblioteca Casa di Khaoula, Navile",
        starts_at=rome(2026, 11, 24, 17, 0),
    )


def organisation_facts(kind: str) -> SimpleNamespace:
    """An organisation in the state that the message tells of."""
    return SimpleNamespace(
        name="Associazione Onda Libera APS",
        slug="onda-libera",
        state=ORGANISATION_STATES.get(kind, "pending"),
        state_reason="Manca il numero del RUNTS.",
    )


def inbox_facts(person: int) -> SimpleNamespace:
    """Answers to read."""
    return SimpleNamespace(
        title="Radio di quartiere: voci & suoni",
        activity_public_id="activity23456789",
        organisation_slug="onda-libera",
        open=2,
        editors=[person],
    )
