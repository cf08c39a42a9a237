"""What is told when somebody signs up, gets a place, or leaves."""

from __future__ import annotations

from civic.activities import events
from civic.notifications import inbox
from civic.notifications.writing import (
    Telling,
    tell_about_ended_signups,
    tell_about_signups,
    tell_coordinators,
    tell_persons,
)
from civic.outbox.draining import Cause


def tell_to_confirm_address(event: events.AddressConfirmationAsked, cause: Cause) -> None:
    """Send a newcomer the link that confirms the address."""
    telling = Telling("address_confirmation", event.link_id, {"link_id": event.link_id})
    tell_persons(telling, "signup", event.signup_id, [event.person_id])


def tell_signup_confirmed(event: events.SignupConfirmed, cause: Cause) -> None:
    """Tell who comes, or who answers for them, that there is a place."""
    tell_about_signups(Telling("signup_confirmed"), [event.signup_id])


def tell_signup_requested(event: events.SignupRequested, cause: Cause) -> None:
    """Tell who asked that the request was passed on."""
    tell_about_signups(Telling("signup_requested"), [event.signup_id])


def tell_coordinators_of_request(event: events.SignupRequested, cause: Cause) -> None:
    """Tell the coordinators that somebody waits for their answer."""
    tell_coordinators(Telling("request_received"), [event.signup_id])


def tell_signup_waiting(event: events.SignupWaiting, cause: Cause) -> None:
    """Tell who waits where they stand."""
    tell_about_signups(Telling("signup_waiting"), [event.signup_id])


def tell_signup_declined(event: events.SignupDeclined, cause: Cause) -> None:
    """Tell kindly that it did not work out."""
    tell_about_signups(Telling("signup_declined", payload={"by_guardian": event.by_guardian}), [event.signup_id])


def tell_coordinators_of_refusal(event: events.SignupDeclined, cause: Cause) -> None:
    """Tell the coordinators that a guardian refused; what they declined themselves they know."""
    if event.by_guardian:
        tell_coordinators(Telling("signup_refused"), [event.signup_id])


def tell_signup_cancelled(event: events.SignupCancelled, cause: Cause) -> None:
    """Confirm that the signup is over."""
    telling = Telling("signup_cancelled", payload={"by_organisation": event.by_organisation})
    tell_about_ended_signups(telling, [event.signup_id])


def tell_signup_expired(event: events.SignupExpired, cause: Cause) -> None:
    """Tell who waited for a guardian that the time is over; an address that was never confirmed is left alone."""
    if event.was_waiting_for_guardian:
        tell_about_signups(Telling("signup_expired", payload={"held_place": event.held_place}), [event.signup_id])


def take_back_from_guardian(event: events.GuardianshipEnded, cause: Cause) -> None:
    """Take back what was still to be told to who no longer answers for a young person."""
    inbox.take_back(event.guardian_id, event.ward_id)
