"""What is told to those who wait, and to the guardians they wait for."""

from __future__ import annotations

import sqlalchemy as sa

from civic.activities import events
from civic.activities.types import SignupState
from civic.kernel import clock
from civic.kernel.db import writing
from civic.notifications.routing import recipients_for
from civic.notifications.writing import Telling, tell_about_signups, tell_coordinators, tell_persons
from civic.outbox.draining import Cause

_GUARDIAN = sa.text("SELECT guardian_id FROM authorisation WHERE id = :authorisation_id")
_SAID_YES = sa.text("""
SELECT DISTINCT guardian_id FROM authorisation
 WHERE signup_id = :signup_id AND answer = 'granted' AND withdrawn_at IS NULL AND guardian_id <> :asked_id
""")
_WAITING = sa.text("SELECT id FROM signup WHERE opening_id = :opening_id AND state = 'waiting' ORDER BY priority, joined_at, id")
_ASKED = sa.text("""
SELECT h.guardian_id, k.id AS link_id
  FROM authorisation h JOIN link k ON k.purpose = 'authorisation' AND k.subject_id = h.id AND k.person_id = h.guardian_id
 WHERE h.signup_id = :signup_id AND h.answer IS NULL AND k.used_at IS NULL AND k.expires_at > :now
 ORDER BY k.id DESC LIMIT 1
""")
_STATE = sa.text("SELECT state FROM signup WHERE id = :signup_id")


def tell_offer_made(event: events.OfferMade, cause: Cause) -> None:
    """Tell who is next that a place is held for them."""
    tell_about_signups(Telling("offer_made", event.offer_id, {"offer_id": event.offer_id}), [event.signup_id])


def tell_offers_made(event: events.OffersMade, cause: Cause) -> None:
    """Tell once who answers for all of them; whoever is to hear of one of them alone hears of that one."""
    of_each = zip(event.offer_ids, event.signup_ids, strict=True)
    (offer_id, signup_id), *others = of_each
    tell_about_signups(Telling("offer_made", offer_id, {"offer_id": offer_id}), [signup_id])
    told = set(recipients_for(signup_id, "offer_made"))
    for offer_id, signup_id in others:
        more = set(recipients_for(signup_id, "offer_made")) - told
        tell_persons(Telling("offer_made", offer_id, {"offer_id": offer_id}), "signup", signup_id, sorted(more))
        told |= more


def tell_offer_expired(event: events.OfferExpired, cause: Cause) -> None:
    """Tell who missed an offer that they are still in the list."""
    tell_about_signups(Telling("offer_expired", event.offer_id), [event.signup_id])


def tell_place_freed_late(event: events.PlaceFreedLate, cause: Cause) -> None:
    """Tell everybody who waits: the first has it."""
    waiting = list(writing().scalars(_WAITING, {"opening_id": event.opening_id}))
    tell_about_signups(Telling("place_freed_late", cause.id), waiting)


def tell_coordinators_of_free_place(event: events.PlaceFreedLate, cause: Cause) -> None:
    """Tell the coordinators, once, that a place came free near the start."""
    waiting = list(writing().scalars(_WAITING, {"opening_id": event.opening_id}))
    tell_coordinators(Telling("place_free_again", cause.id), waiting[:1])


def tell_place_withdrawn(event: events.PlaceWithdrawn, cause: Cause) -> None:
    """Tell who had a place that there are fewer, and that they are first in line again."""
    tell_about_signups(Telling("place_withdrawn", cause.id), [event.signup_id])


def tell_wait_ended(event: events.WaitEnded, cause: Cause) -> None:
    """Tell kindly that this time there was no place."""
    tell_about_signups(Telling("wait_ended"), [event.signup_id])


def tell_turn_passed(event: events.TurnPassed, cause: Cause) -> None:
    """Tell who waits, and the guardian who is asked, that a place went on because the authorisation is missing."""
    asked = writing().execute(_ASKED, {"signup_id": event.signup_id, "now": clock.now()}).one_or_none()
    if asked is not None:
        telling = Telling("turn_passed", payload={"link_id": asked.link_id})
        tell_persons(telling, "signup", event.signup_id, [asked.guardian_id])
    # Who has been told just now is not told twice: the key is the same.
    tell_about_signups(Telling("turn_passed"), [event.signup_id])


def tell_guardian_to_authorise(event: events.AuthorisationAsked, cause: Cause) -> None:
    """Send the guardian the link that answers; who has said yes already is told at which address the other one is asked."""
    guardian_id = writing().scalar(_GUARDIAN, {"authorisation_id": event.authorisation_id})
    telling = Telling("authorisation_asked", event.link_id, {"link_id": event.link_id})
    tell_persons(telling, "signup", event.signup_id, [guardian_id])
    said_yes = list(writing().scalars(_SAID_YES, {"signup_id": event.signup_id, "asked_id": guardian_id}))
    if said_yes:
        # Once for each whom it is asked of: the same question sent again is no news to them.
        telling = Telling("second_asked", f"{event.authorisation_id}:{guardian_id}")
        tell_persons(telling, "signup", event.signup_id, said_yes)


def tell_authorisation_granted(event: events.AuthorisationGranted, cause: Cause) -> None:
    """Tell who waits in the queue that the yes is there; who has a place hears of the place instead."""
    if writing().scalar(_STATE, {"signup_id": event.signup_id}) == SignupState.WAITING:
        tell_about_signups(Telling("authorisation_granted", event.authorisation_id), [event.signup_id])
