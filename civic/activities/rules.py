"""The rules of signing up that hold for every kind: one line each, in the order one would say them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from civic.accounts.rules import is_minor_on, may_have_account
from civic.activities.types import (
    ActivityState,
    Clash,
    EntryMode,
    OpeningFacts,
    PersonFacts,
    SignupState,
    Terms,
)
from civic.activities.waking import add_waking_hours, waking_hours_between
from civic.kernel import clock
from civic.kernel.errors import RuleBroken
from civic.kernel.i18n import N_, format_moment

UNCONFIRMED_HOLD = timedelta(hours=2)
UNCONFIRMED_WAIT = timedelta(hours=72)
AUTHORISATION_HOLD = timedelta(hours=72)
AUTHORISATION_ENDS_BEFORE = timedelta(hours=24)
DRAWN_BEFORE = timedelta(hours=24)
SHORTEST_OFFER_HOURS = 3
MAX_RESENDS = 3
LONGEST_OCCURRENCE = timedelta(hours=14)
FURTHEST_AHEAD = timedelta(days=731)
MOST_IN_AN_HOUR = 30
MOST_MEETS_MINUTES = 240


def check_pace(lately: int) -> None:
    """Raise RuleBroken where one account has written so many sign-ups in the last hour that no person does."""
    if lately >= MOST_IN_AN_HOUR:
        raise RuleBroken(N_("You have sent very many sign-ups in this hour: go on a little later."))


def check_takes_place(opening: OpeningFacts) -> None:
    """Raise RuleBroken unless it can be seen, was not cancelled and has a date."""
    if opening.activity_state is not ActivityState.PUBLISHED:
        raise RuleBroken(N_("This activity is not open for sign-ups."))
    if opening.starts_at is None:
        raise RuleBroken(N_("This activity has no date yet."))


def check_may_still_come_in(opening: OpeningFacts, now: datetime) -> None:
    """Raise RuleBroken unless one may still come in: once it has begun nobody is given a place, whoever says yes.

    Where late entry is allowed that is the start of the last meeting.
    """
    check_takes_place(opening)
    if now >= opening.last_entry_at:
        raise RuleBroken(N_("It has already begun: it is too late to sign up."))


def check_is_open(opening: OpeningFacts, now: datetime) -> None:
    """Raise RuleBroken unless people may sign up at `now`."""
    check_takes_place(opening)
    if opening.signup_opens_at and now < opening.signup_opens_at:
        raise RuleBroken(N_("Sign-ups open on %(when)s."), when=format_moment(opening.signup_opens_at))
    if opening.signup_closes_at and now >= opening.signup_closes_at:
        raise RuleBroken(N_("Sign-ups closed on %(when)s."), when=format_moment(opening.signup_closes_at))
    check_may_still_come_in(opening, now)


def check_no_clash(clashes: Sequence[Clash], organisation_id: int) -> None:
    """Raise RuleBroken where the person is busy; another organisation's matters are not told."""
    if not clashes:
        return
    clash = clashes[0]
    if clash.organisation_id == organisation_id:
        raise RuleBroken(
            N_("You are already signed up for “%(title)s” at that time (%(when)s)."),
            title=clash.title,
            when=format_moment(clash.starts_at),
        )
    raise RuleBroken(N_("You already have something else at that time (%(when)s)."), when=format_moment(clash.starts_at))


def first_day(opening: OpeningFacts) -> date:
    """Return the day in Rome on which the first meeting begins: the day ages are judged on."""
    return first_day_of(opening.starts_at)


def first_day_of(starts_at: datetime | None) -> date:
    """Return the day in Rome of the instant at which the first meeting begins."""
    return clock.to_rome(starts_at).date() if starts_at else clock.today()


def needs_guardian(person: PersonFacts, opening: OpeningFacts) -> bool:
    """Whether somebody with parental responsibility must authorise: below 18 on the day that counts (Civil Code, art. 316-320).

    Who comes to counselling as `is_confided` comes alone: prevention and counselling are offered directly to a child
    (GDPR, recital 38).
    """
    return not person.is_confided and is_minor_on(person.birth_on, majority_day(opening.starts_at))


def may_be_confided(birth_on: date) -> bool:
    """Whether one of that birthday comes to counselling in confidence: from 14, and not of age today.

    Who is of age only when it begins has somebody who answers for them until then.
    """
    return may_have_account(birth_on, clock.today()) and is_minor_on(birth_on, clock.today())


def check_may_be_confided(birth_on: date, opening: OpeningFacts) -> None:
    """Raise RuleBroken unless one of that birthday may come here in confidence, and here is counselling."""
    if not (opening.is_counselling and may_be_confided(birth_on)):
        raise RuleBroken(N_("For this activity a parent must be asked: start again."))


def majority_day(starts_at: datetime | None) -> date:
    """Return the day on which being of age counts: the first one; for who comes in late, today."""
    return max(first_day_of(starts_at), clock.today())


def state_for_new_signup(opening: OpeningFacts, *, is_address_confirmed: bool, lacks_authorisation: bool) -> SignupState:
    """Return the state that a signup takes when there is a place for it."""
    if opening.awaits_draw:
        return SignupState.REQUESTED
    if not is_address_confirmed:
        return SignupState.UNCONFIRMED
    if opening.entry_mode is EntryMode.APPROVAL:
        return SignupState.REQUESTED
    if lacks_authorisation:
        return SignupState.PENDING_GUARDIAN
    return SignupState.CONFIRMED


def last_answer_at(now: datetime, opening: OpeningFacts) -> datetime:
    """Return when a guardian's answer comes too late: at the start; once a course with late entry runs, at its last meeting."""
    return opening.starts_at if now < opening.starts_at else opening.last_entry_at


def authorisation_deadline(now: datetime, too_late_at: datetime) -> datetime:
    """Return until when a guardian may answer: 72 hours, ending a day before it is too late; a late one gets all there is."""
    latest = too_late_at - AUTHORISATION_ENDS_BEFORE
    deadline = min(now + AUTHORISATION_HOLD, latest)
    return deadline if deadline > now else too_late_at


def hold_until_for(state: SignupState, now: datetime, opening: OpeningFacts) -> datetime | None:
    """Return when an unanswered hold in `state` ends, or None where it does not."""
    if state is SignupState.UNCONFIRMED:
        return min(now + UNCONFIRMED_HOLD, opening.last_entry_at)
    if state is SignupState.PENDING_GUARDIAN:
        return authorisation_deadline(now, last_answer_at(now, opening))
    return None


def unconfirmed_wait_until(now: datetime, opening: OpeningFacts) -> datetime:
    """Return until when a newcomer who joins the queue may confirm the address: it keeps no place from others, so longer."""
    return min(now + UNCONFIRMED_WAIT, opening.last_entry_at)


def last_moment(closes_at: datetime | None, last_entry_at: datetime) -> datetime:
    """Return from when on nobody comes in any more: sign-ups close, or it begins."""
    return min(closes_at, last_entry_at) if closes_at else last_entry_at


def offer_deadline(now: datetime, opening: OpeningFacts, waking_hours: int) -> datetime | None:
    """Return until when a freed place is held for the next person, or None where there is no time left for an offer.

    `waking_hours` in full when there is room; near the start half of what is left, never under three waking hours.
    """
    left = waking_hours_between(now, last_moment(opening.signup_closes_at, opening.last_entry_at))
    if left < SHORTEST_OFFER_HOURS:
        return None
    return add_waking_hours(now, min(waking_hours, max(SHORTEST_OFFER_HOURS, left / 2)))


def check_occurrence(starts_at: datetime, ends_at: datetime, now: datetime) -> None:
    """Raise RuleBroken unless a meeting can take place from `starts_at` to `ends_at`."""
    if ends_at <= starts_at:
        raise RuleBroken(N_("The end must be after the start."), field="ends_at")
    if ends_at - starts_at > LONGEST_OCCURRENCE:
        raise RuleBroken(N_("A meeting lasts at most 14 hours: check the times."), field="ends_at")
    if starts_at <= now:
        raise RuleBroken(N_("This date is in the past."), field="starts_at")
    if starts_at > now + FURTHEST_AHEAD:
        raise RuleBroken(N_("This date is more than two years ahead: check the year."), field="starts_at")


def check_terms(terms: Terms) -> None:
    """Raise RuleBroken unless a meeting can have this sign-up window and this hour to meet."""
    opens, closes = terms.signup_opens_days, terms.signup_closes_hours
    for name, value, most in (("signup_opens_days", opens, 365), ("signup_closes_hours", closes, 24 * 365)):
        if value is not None and not 0 <= value <= most:
            raise RuleBroken(N_("Write a number from 0 to %(most)s."), field=name, most=most)
    if opens is not None and closes is not None and opens * 24 <= closes:
        raise RuleBroken(N_("Sign-ups must close after they open."), field="signup_closes_hours")
    if terms.meets_minutes is not None and not 0 <= terms.meets_minutes <= MOST_MEETS_MINUTES:
        raise RuleBroken(
            N_("People meet at most %(most)s minutes before the start."), field="meets_minutes", most=MOST_MEETS_MINUTES
        )


def signup_opens_at(terms: Terms, starts_at: datetime) -> datetime | None:
    """Return when sign-ups open for a meeting that begins at `starts_at`: days before, at the same hour in Rome.

    Of an hour that the clock shows twice it is the second, as in the column that the database counts out by itself.
    """
    if terms.signup_opens_days is None:
        return None
    local = clock.to_rome(starts_at).replace(tzinfo=None) - timedelta(days=terms.signup_opens_days)
    return clock.from_rome(local, fold=int(clock.is_ambiguous(local)))


def signup_closes_at(terms: Terms, starts_at: datetime) -> datetime | None:
    """Return when sign-ups close for a meeting that begins at `starts_at`."""
    return None if terms.signup_closes_hours is None else starts_at - timedelta(hours=terms.signup_closes_hours)


def meets_at(terms: Terms, starts_at: datetime) -> datetime | None:
    """Return when people meet before a meeting that begins at `starts_at`."""
    return None if terms.meets_minutes is None else starts_at - timedelta(minutes=terms.meets_minutes)


def check_places(minimum: int, capacity: int) -> None:
    """Raise RuleBroken unless the numbers of places make sense."""
    if capacity < 1:
        raise RuleBroken(N_("There must be at least one place."), field="capacity")
    if capacity > 5000:
        raise RuleBroken(N_("At most 5000 places: check the number."), field="capacity")
    if not 0 <= minimum <= capacity:
        raise RuleBroken(N_("The minimum cannot be more than the places."), field="minimum")


def check_draw(draw_at: datetime | None, opens_at: datetime | None, starts_at: datetime | None, now: datetime) -> None:
    """Raise RuleBroken unless places can be drawn at `draw_at`: once people could sign up, and a day before it begins."""
    if draw_at is None:
        raise RuleBroken(N_("Say when the places are drawn."), field="draw_at")
    if draw_at <= now:
        raise RuleBroken(N_("The draw must be in the future."), field="draw_at")
    if opens_at is not None and draw_at <= opens_at:
        raise RuleBroken(N_("The draw must come after sign-ups open."), field="draw_at")
    if starts_at is not None and draw_at > starts_at - DRAWN_BEFORE:
        raise RuleBroken(
            N_("The draw must be at least 24 hours before the first meeting: parents need time to answer."), field="draw_at"
        )


def check_reserve(opening: OpeningFacts, count: int, until: datetime | None, now: datetime) -> None:
    """Raise RuleBroken unless so many places can be kept until then: free ones, and open to all before it begins."""
    if count > opening.capacity:
        raise RuleBroken(N_("There are only %(capacity)s places."), field="count", capacity=opening.capacity)
    free = opening.capacity - opening.taken
    if count - opening.referred > free:
        raise RuleBroken(N_("Only %(free)s places are still free: no more can be kept."), field="count", free=free)
    if count and until is None:
        raise RuleBroken(N_("Say until when they are kept."), field="reserved_until")
    if count and until <= now:
        raise RuleBroken(N_("This date is in the past."), field="reserved_until")
    if count and opening.starts_at is not None and until >= opening.starts_at:
        raise RuleBroken(N_("They must be open to all before the first meeting."), field="reserved_until")


def check_capacity_not_below_taken(capacity: int, taken: int, kept: int = 0) -> None:
    """Raise RuleBroken where places would be taken away from people who have them, or for whom they are still kept."""
    if capacity < taken:
        raise RuleBroken(
            N_("%(taken)s places are already taken: you cannot go below that number."), field="capacity", taken=taken
        )
    if capacity < taken + kept:
        raise RuleBroken(
            N_("%(taken)s places are taken and %(kept)s still reserved: you cannot go below both together."),
            field="capacity",
            taken=taken,
            kept=kept,
        )
