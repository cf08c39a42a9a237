"""What happened in the engine, in the past tense, with plain values."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class AddressConfirmationAsked:
    """A newcomer signed up: the address must be confirmed by its link."""

    signup_id: int
    person_id: int
    link_id: int


@dataclass(frozen=True)
class SignupRequested:
    """A signup waits for the organiser's yes."""

    signup_id: int


@dataclass(frozen=True)
class DrawEntered:
    """A signup takes part in a draw."""

    signup_id: int


@dataclass(frozen=True)
class DrawnToWait:
    """The draw was held and put a signup in the waiting list."""

    signup_id: int


@dataclass(frozen=True)
class DrawMoved:
    """A draw will be held later than was said."""

    activity_id: int


@dataclass(frozen=True)
class SignupConfirmed:
    """A person has a place."""

    signup_id: int


@dataclass(frozen=True)
class SignupWaiting:
    """A person stands in the waiting list."""

    signup_id: int


@dataclass(frozen=True)
class SignupDeclined:
    """The organiser or the guardian said no."""

    signup_id: int
    by_guardian: bool


@dataclass(frozen=True)
class SignupCancelled:
    """A signup was cancelled, by the person's side or by the organisation."""

    signup_id: int
    by_organisation: bool


@dataclass(frozen=True)
class SignupExpired:
    """A hold, or the waiting of a child, ran out unanswered."""

    signup_id: int
    was_waiting_for_guardian: bool
    held_place: bool = True


@dataclass(frozen=True)
class WaitEnded:
    """It has begun, and there was no place for who waited or had asked."""

    signup_id: int


@dataclass(frozen=True)
class AuthorisationAsked:
    """A guardian is asked to authorise; the link answers."""

    authorisation_id: int
    signup_id: int
    link_id: int


@dataclass(frozen=True)
class AuthorisationFoundMissing:
    """Who has a place, or waits for one, needs a guardian's yes, and nobody can be asked: nobody is known, or too often today."""

    signup_id: int


@dataclass(frozen=True)
class AuthorisationGranted:
    """A guardian authorised, the place being firm or not."""

    authorisation_id: int
    signup_id: int


@dataclass(frozen=True)
class TurnPassed:
    """A freed place went to the next person because the guardian had not answered yet."""

    signup_id: int


@dataclass(frozen=True)
class OfferMade:
    """A freed place is held for a person until a deadline."""

    offer_id: int
    signup_id: int


@dataclass(frozen=True)
class OffersMade:
    """Freed places are held for brothers and sisters together until a deadline: one answer counts for all."""

    offer_ids: list[int]
    signup_ids: list[int]


@dataclass(frozen=True)
class OfferExpired:
    """An offered place was not taken in time; the person stands at the end of the list."""

    offer_id: int
    signup_id: int


@dataclass(frozen=True)
class PlaceFreedLate:
    """A place came free too near the start to hold it for anyone: the first who takes it has it."""

    opening_id: int


@dataclass(frozen=True)
class PlaceWithdrawn:
    """There are fewer places than before: who had one stands in the waiting list again."""

    signup_id: int


@dataclass(frozen=True)
class ActivityPublished:
    """An activity can be seen and signed up for."""

    activity_id: int


@dataclass(frozen=True)
class ActivityCancelled:
    """An activity will not take place; `signup_ids` were live."""

    activity_id: int
    signup_ids: tuple[int, ...]


@dataclass(frozen=True)
class OccurrenceAdded:
    """A published activity has one more meeting."""

    occurrence_id: int


@dataclass(frozen=True)
class OccurrenceMoved:
    """Time or place of a meeting changed; `version` is the one after."""

    occurrence_id: int
    version: int
    old_starts_at: str
    old_ends_at: str
    old_place_id: int | None
    old_meets_at: str | None = None


@dataclass(frozen=True)
class OccurrenceCancelled:
    """One meeting of an activity will not take place; the sign-ups for it alone have ended."""

    occurrence_id: int
    version: int
    ended_signup_ids: tuple[int, ...] = ()


@dataclass(frozen=True)
class GuardianshipEnded:
    """Somebody no longer answers for a young person: what was still to be told to them is taken back."""

    guardian_id: int
    ward_id: int


@dataclass(frozen=True)
class BlockGranted:
    """So many places are held for a class, and names are awaited for them."""

    block_id: int
    count: int


@dataclass(frozen=True)
class BlockEnded:
    """Nothing is held for a class any more, and it waits for nothing; `freed` places had no name."""

    block_id: int
    freed: int
