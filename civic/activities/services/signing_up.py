"""Signing up: the regulation, one line per rule, and then the place."""

from __future__ import annotations

from dataclasses import dataclass

from civic.activities import rules
from civic.activities.events import DrawEntered, SignupConfirmed, SignupRequested, SignupWaiting
from civic.activities.kinds import kind_of
from civic.activities.policy import Action, Target, check_can
from civic.activities.queries import facts
from civic.activities.services import asking, authorising, drawing, holds, lifting, places, precautions, referrals
from civic.activities.types import HOLDING, OpeningFacts, OverlapPolicy, SignupState
from civic.kernel import clock, submit_once
from civic.kernel.actor import Actor
from civic.kernel.errors import RuleBroken
from civic.kernel.i18n import N_
from civic.kernel.ids import new_public_id
from civic.outbox import services as outbox

ROUTE = "sign_up"
# Places that come free and are taken again while one asks: after so many rounds the person is asked to press again.
_TRIES = 5


class PlaceTaken(RuleBroken):
    """The last place was just taken, and the person had not asked to be put in the queue."""


class AlreadySignedUp(RuleBroken):
    """The person has a live signup here; `public_id` names it."""

    def __init__(self, public_id: str) -> None:
        super().__init__(N_("You are already signed up here."))
        self.public_id = public_id


@dataclass(frozen=True, slots=True)
class Entry:
    """What a person asks for: a place in an opening (its public id), or in its queue, and what the guardian has to do with it.

    Who may not hold a place goes to the queue, whatever is free. `guardian_id` is asked for the yes; beside an
    `authorisation` that is not enough by itself, for the second one. `age_exception` is the token of who may come outside the
    ages, `referral` that of who was sent by a service or a school; `route` names the form, whose key shows its result to
    no other.
    """

    opening: str
    person_id: int
    submit_key: str
    joins_queue: bool = False
    guardian_id: int | None = None
    authorisation: authorising.Given | None = None
    is_address_confirmed: bool = True
    may_hold: bool = True
    age_exception: str | None = None
    referral: str | None = None
    route: str = ROUTE


@dataclass(frozen=True, slots=True)
class _Signup:
    """What is known of a signup before it has a state."""

    public_id: str
    needs_authorisation: bool
    lacks_authorisation: bool
    is_referred: bool


def sign_up(actor: Actor, entry: Entry) -> str:
    """Give the person a place, a request or a position in the queue, and return the public id of the signup.

    The same key gives the same signup. Raises PlaceTaken where it is full and the queue was not asked for,
    AlreadySignedUp, or RuleBroken with the first rule that says no; then nothing has changed.
    """
    check_can(actor, Action.SIGN_UP, Target(person_id=entry.person_id))
    return enter(actor, entry)


def enter(actor: Actor, entry: Entry) -> str:
    """Do what `sign_up` does for whoever the caller has already let through (newcomers have no account to check)."""
    public_id = new_public_id()
    asked = facts.get_entry(actor, entry.person_id, entry.opening)
    kind = kind_of(asked.opening.kind)
    if kind.overlap_policy is OverlapPolicy.BLOCKS:
        # Two sign-ups of one person are judged one after the other: what is read under the lock counts.
        facts.lock_person(entry.person_id)
        asked = facts.get_entry(actor, entry.person_id, entry.opening)
    person, opening = asked.person, asked.opening

    if asked.own is not None:
        return _same_or_refuse(actor, entry, asked.own)
    rules.check_pace(asked.lately)
    rules.check_is_open(opening, clock.now())
    needs_exception = lifting.check_can_hold(person, opening, entry.age_exception)
    if kind.overlap_policy is OverlapPolicy.BLOCKS:
        rules.check_no_clash(asked.clashes, opening.organisation_id)
    needs_authorisation = kind.needs_authorisation(person, opening)
    lacks_authorisation = needs_authorisation and not (entry.authorisation and entry.authorisation.is_enough(opening))
    is_referred = referrals.is_usable(entry.referral, opening.activity_id)
    check_guardian_is_known(entry, lacks_authorisation)
    if needs_authorisation and entry.authorisation is not None:
        precautions.keep_number(entry.authorisation.guardian_id, entry.authorisation.phone, person.id, opening)

    outbox.nudge_after_commit()
    signup = _Signup(public_id, needs_authorisation, lacks_authorisation, is_referred)
    written, state = _take_place(actor, entry, signup, opening)
    if written.signup_id is None:
        return _earlier_result(actor, entry)
    if is_referred:
        referrals.spend(entry.referral, written.signup_id)
    if needs_exception:
        lifting.spend(entry.age_exception, opening, written.signup_id)
    if needs_authorisation:
        _settle_authorisation(actor, entry, written.signup_id, state, opening)
    return public_id


def check_guardian_is_known(entry: Entry, lacks_authorisation: bool) -> None:
    """Raise RuleBroken where a guardian must say yes and nobody said who that is."""
    if lacks_authorisation and entry.guardian_id is None:
        raise RuleBroken(
            N_("Under 18 a parent, or who has parental responsibility, must say yes: write their e-mail address."),
            field="guardian_email",
        )


def _same_or_refuse(actor: Actor, entry: Entry, own: str) -> str:
    """Return the signup that this very form has made before; raise AlreadySignedUp where another form did."""
    if submit_once.find_result(entry.submit_key, entry.route, actor.person_id) == own:
        return own
    raise AlreadySignedUp(own)


def _earlier_result(actor: Actor, entry: Entry) -> str:
    result = submit_once.find_result(entry.submit_key, entry.route, actor.person_id)
    if result is None:
        raise RuleBroken(N_("This form was already used. Reload the page and try again."))
    return result


def _take_place(
    actor: Actor, entry: Entry, signup: _Signup, opening: OpeningFacts
) -> tuple[places.Written, SignupState]:
    """Write the signup in the state that fits, claiming a place where that state holds one."""
    now = clock.now()
    state = rules.state_for_new_signup(
        opening,
        is_address_confirmed=entry.is_address_confirmed,
        lacks_authorisation=signup.lacks_authorisation,
    )
    values = _values(actor, entry, signup, opening) | {
        "now": now,
        "hold_until": rules.hold_until_for(state, now, opening),
        "confirmed_at": now if state is SignupState.CONFIRMED else None,
        **_named(state),
    }
    if state in HOLDING and not entry.may_hold:
        values, state = _without_place(values, SignupState.WAITING, opening), SignupState.WAITING
    if opening.awaits_draw:
        return _enter_draw(actor, entry, signup, opening, _without_place(values, state, opening))
    if state not in HOLDING:
        written = places.insert_signup_without_place(values)
        if not written.is_final:
            rules.check_is_open(facts.get_opening(opening.id), now)
        return written, state
    if not opening.is_full or signup.is_referred:
        written = places.claim_for_new_signup(values)
        if written.is_final:
            return written, state
        submit_once.forget(entry.submit_key)
    return _queue_or_late_place(entry, values, state, opening)


def _values(actor: Actor, entry: Entry, signup: _Signup, opening: OpeningFacts) -> dict:
    """Return what the statement writes whatever the state."""
    return {
        "public_id": signup.public_id,
        "opening_id": opening.id,
        "activity_id": opening.activity_id,
        "person_id": entry.person_id,
        "created_by_id": actor.person_id,
        "actor_id": actor.person_id,
        "needs_authorisation": signup.needs_authorisation,
        "is_referred": signup.is_referred,
        "awaits_click": not entry.is_address_confirmed,
        "submit_key": entry.submit_key,
        "route": entry.route,
    }


def _enter_draw(
    actor: Actor, entry: Entry, signup: _Signup, opening: OpeningFacts, values: dict
) -> tuple[places.Written, SignupState]:
    """Let the signup take part in the draw; where that was held meanwhile, take a place as there is one."""
    written = places.insert_signup_without_place(values)
    if written.signup_id is not None:
        drawing.enter(written.signup_id, opening.id)
    if written.is_final:
        return written, SignupState.REQUESTED
    submit_once.forget(entry.submit_key)
    drawn = facts.get_opening(opening.id)
    rules.check_is_open(drawn, values["now"])
    return _take_place(actor, entry, signup, drawn)


def _queue_or_late_place(
    entry: Entry, values: dict, state: SignupState, opening: OpeningFacts
) -> tuple[places.Written, SignupState]:
    """Join the queue of an opening that is full, or take the place that has come free meanwhile.

    Nobody asks for the opening alone but to end holds, which is for the first who comes after they ran out: who keeps a
    shared lock and asks for the whole would wait for others who do the same.
    """
    for _ in range(_TRIES):
        if entry.joins_queue:
            written = places.join_queue_of_full_opening(_without_place(values, SignupState.WAITING, opening))
            if written.is_final:
                return written, SignupState.WAITING
            submit_once.forget(entry.submit_key)
        if facts.has_ended_holds(values["opening_id"], values["now"]):
            holds.end_holds(values["opening_id"])
        written = places.claim_for_new_signup(values)
        if written.is_final:
            return written, state
        submit_once.forget(entry.submit_key)
        rules.check_is_open(facts.get_opening(values["opening_id"]), values["now"])
        if not entry.joins_queue:
            raise PlaceTaken(
                N_("The last place was just taken: you would be number %(num)s in the waiting list."),
                field="joins_queue",
                num=facts.count_waiting(values["opening_id"]) + 1,
            )
    raise RuleBroken(N_("Many people are signing up at this moment: press again."))


def _without_place(values: dict, state: SignupState, opening: OpeningFacts) -> dict:
    """Return `values` for a signup that joins the queue or the draw; of a newcomer's nobody hears before the click."""
    named = _named(state)
    if opening.awaits_draw:
        named["event"] = DrawEntered.__name__
    without = {**values, "hold_until": None, "confirmed_at": None, **named}
    if values["awaits_click"]:
        without |= {"hold_until": rules.unconfirmed_wait_until(values["now"], opening), "event": None}
    return without


def _settle_authorisation(
    actor: Actor, entry: Entry, signup_id: int, state: SignupState, opening: OpeningFacts
) -> None:
    """Write the authorisation that was given, and ask the guardian for the one that is missing."""
    if entry.authorisation is not None:
        authorising.write_given(actor, signup_id, entry.authorisation)
    if entry.guardian_id is not None:
        asked = asking.write_open(signup_id, entry.guardian_id, opening)
        # An address that nobody has confirmed yet makes no mail to a third person; a request is asked for when approved.
        if entry.is_address_confirmed and state in (SignupState.PENDING_GUARDIAN, SignupState.WAITING):
            outbox.record(asking.ask(asked, signup_id))


_EVENTS = {
    SignupState.CONFIRMED: SignupConfirmed,
    SignupState.REQUESTED: SignupRequested,
    SignupState.WAITING: SignupWaiting,
}


def _named(state: SignupState) -> dict[str, str | None]:
    """Return the state and the event that tells of it, as the statement wants them."""
    return {"state": state.value, "event": _EVENTS[state].__name__ if state in _EVENTS else None}
