"""A meeting that moves takes its deadlines along, and says who can no longer come."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
import sqlalchemy as sa

from civic.accounts.models import Link
from civic.accounts.services import links
from civic.activities.events import AuthorisationFoundMissing, OccurrenceAdded, OccurrenceMoved
from civic.activities.models import Activity, Authorisation, Offer, Signup
from civic.activities.queries import facts
from civic.activities.queries.effects import Effects, effects_of_move
from civic.activities.queries.newly_busy import list_newly_busy
from civic.activities.queries.participants import list_people
from civic.activities.services import answering, asking, authorising, correcting, moving
from civic.activities.services.authorising import Answer
from civic.activities.services.signing_up import Entry, sign_up
from civic.activities.types import ActivityKind, ActivityState, AuthorisationAnswer, SignupState
from civic.kernel import clock
from civic.kernel.ids import new_public_id
from civic.notifications.models import Notification
from civic.notifications.reactions.changes import tell_authorisation_missing, tell_occurrence_added, tell_occurrence_moved
from civic.outbox.draining import Cause
from civic.outbox.models import OutboxEvent
from tests import factories as make

DAY = timedelta(days=1)


def move(activity, coordinator, by: timedelta) -> None:
    meeting = make.occurrences_of(activity)[0]
    begin, end = meeting.starts_at + by, meeting.ends_at + by
    moving.move_occurrence(coordinator, meeting.public_id, begin, end, meeting.place_id, meeting.version)


@pytest.fixture
def waited_for(tx):
    """A course of one meeting with an offer that runs, and one where a guardian is asked; return both and who moves them."""
    offered, opening, coordinator = make.published(capacity=1, by=make.organisation())
    _, holder, first = make.signed_up(opening)
    make.signed_up(opening, joins_queue=True)
    answering.cancel_signup(holder, first)
    asked, opening, other = make.published()
    make.signed_up(opening, make.SIXTEEN, guardian_id=make.person().id)
    return (offered, coordinator), (asked, other)


def test_no_deadline_lies_after_the_start_of_a_meeting_that_comes_nearer(tx, waited_for):
    for activity, coordinator in waited_for:
        move(activity, coordinator, -13 * DAY)
    start = clock.now() + DAY
    assert set(tx.scalars(sa.select(Signup.hold_until).where(Signup.hold_until.is_not(None)))) == {start}
    assert tx.scalar(sa.select(Offer.expires_at)) == start
    assert tx.scalar(sa.select(Authorisation.expires_at)) == start
    assert tx.scalar(sa.select(Link.expires_at)) == start


def test_a_meeting_that_goes_further_away_gives_nobody_more_time(tx, waited_for):
    before = tx.execute(sa.select(Signup.id, Signup.hold_until).order_by(Signup.id)).all()
    for activity, coordinator in waited_for:
        move(activity, coordinator, DAY)
    assert tx.execute(sa.select(Signup.id, Signup.hold_until).order_by(Signup.id)).all() == before


@pytest.fixture
def two_shifts(tx):
    """Somebody who volunteers on two days; return the first activity, its coordinator, and the person's signup there."""
    first, opening, coordinator = make.published(ActivityKind.VOLUNTEERING)
    _, other, _ = make.published(ActivityKind.VOLUNTEERING, starts_in=15 * DAY)
    row, actor, signup = make.signed_up(opening)
    make.signed_up(opening)
    sign_up(actor, Entry(other.public_id, row.id, new_public_id()))
    return first, coordinator, tx.scalar(sa.select(Signup.id).where(Signup.public_id == signup))


def test_who_would_be_in_two_places_at_once_is_known_before_the_meeting_moves(tx, two_shifts):
    activity, _, signup_id = two_shifts
    (meeting,) = make.occurrences_of(activity)
    now, then = (meeting.starts_at, meeting.ends_at), (meeting.starts_at + DAY, meeting.ends_at + DAY)
    assert [row.signup_id for row in list_newly_busy(meeting.id, now, then)] == [signup_id]
    assert list_newly_busy(meeting.id, then, then) == ()


def test_who_is_now_in_two_places_at_once_is_told_so_and_the_others_are_not(tx, two_shifts):
    activity, coordinator, signup_id = two_shifts
    move(activity, coordinator, DAY)
    payload = tx.scalar(sa.select(OutboxEvent.payload).where(OutboxEvent.name == "OccurrenceMoved"))
    tell_occurrence_moved(OccurrenceMoved(**payload), None)
    told = dict(tx.execute(sa.select(Notification.subject_id, Notification.payload["is_busy"])).all())
    assert told.pop(signup_id) is True
    assert list(told.values()) == [False]


def test_a_meeting_that_is_added_is_told_once_to_who_has_a_place_and_of_a_draft_nobody_hears(tx):
    activity, opening, coordinator = make.published(capacity=1)
    make.signed_up(opening)
    make.signed_up(opening, joins_queue=True)
    start = activity.ends_at + 7 * DAY
    added = moving.add_occurrence(coordinator, activity.public_id, start, start + timedelta(hours=2))
    for _ in range(2):
        tell_occurrence_added(OccurrenceAdded(added.id), None)
    told = tx.scalars(sa.select(Notification.subject_id).where(Notification.kind == "occurrence_added")).all()
    confirmed = sa.select(Signup.id).where(Signup.state == SignupState.CONFIRMED)
    assert told == tx.scalars(confirmed).all()
    activity.state = ActivityState.DRAFT
    moving.add_occurrence(coordinator, activity.public_id, start + DAY, start + DAY + timedelta(hours=2))
    events = tx.scalars(sa.select(OutboxEvent.name).where(OutboxEvent.name == "OccurrenceAdded")).all()
    assert len(events) == 1


def test_a_meeting_that_is_added_before_the_others_takes_the_deadlines_along(tx, waited_for):
    for activity, coordinator in waited_for:
        start = clock.now() + DAY
        moving.add_occurrence(coordinator, activity.public_id, start, start + timedelta(hours=2))
    assert set(tx.scalars(sa.select(Signup.hold_until).where(Signup.hold_until.is_not(None)))) == {clock.now() + DAY}


OF_AGE_ON_10_DECEMBER = date(2008, 12, 10)


def test_who_is_of_age_on_the_new_day_waits_for_no_guardian_any_more(tx):
    activity, opening, coordinator = make.published()
    _, _, signup = make.signed_up(opening, OF_AGE_ON_10_DECEMBER, guardian_id=make.person().id)
    move(activity, coordinator, 7 * DAY)
    state, needs = tx.execute(sa.select(Signup.state, Signup.needs_authorisation).where(Signup.public_id == signup)).one()
    assert (state, needs) == (SignupState.CONFIRMED, False)
    assert tx.scalar(sa.select(Authorisation.answer)) is AuthorisationAnswer.EXPIRED
    assert "SignupConfirmed" in tx.scalars(sa.select(OutboxEvent.name)).all()


@pytest.fixture
def too_young(tx):
    """Somebody with a place who is of age on the day of the meeting, not a week before; return them and what moves it."""
    activity, opening, coordinator = make.published(starts_in=19 * DAY)
    row, actor, signup = make.signed_up(opening, OF_AGE_ON_10_DECEMBER)
    return activity, coordinator, row, actor, signup


def test_who_is_not_yet_of_age_on_the_new_day_keeps_the_place_and_the_desk_says_what_is_missing(tx, too_young):
    activity, coordinator, *_ = too_young
    make.signed_up(make.openings_of(activity)[0])
    move(activity, coordinator, -7 * DAY)
    people = list_people(coordinator, activity.id, activity.organisation_id)
    assert [(one.state, one.lacks_authorisation) for one in people] == [
        (SignupState.CONFIRMED, True),
        (SignupState.CONFIRMED, False),
    ]


def newest(tx, name: str) -> dict:
    return tx.scalar(sa.select(OutboxEvent.payload).where(OutboxEvent.name == name).order_by(OutboxEvent.id.desc()))


def state_of(tx, public_id: str) -> SignupState:
    return tx.scalar(sa.select(Signup.state).where(Signup.public_id == public_id))


@pytest.mark.parametrize(("is_granted", "after"), [(True, SignupState.CONFIRMED), (False, SignupState.CANCELLED)])
def test_the_guardian_of_who_is_not_yet_of_age_on_the_new_day_is_asked_and_the_answer_counts(
    tx, too_young, is_granted, after
):
    activity, coordinator, row, _, signup = too_young
    guardian = make.guardian_of(row)
    for _ in range(2):
        move(activity, coordinator, -7 * DAY)
        move(activity, coordinator, 7 * DAY)
    move(activity, coordinator, -7 * DAY)
    asked = newest(tx, "AuthorisationAsked")
    assert tx.get(Link, asked["link_id"]).person_id == guardian.person_id
    answer = Answer(is_granted, "Maria Rossi", "Autorizzo", is_adult_with_responsibility=True)
    authorising.answer_by_link(links.token_of(asked["link_id"]), answer)
    assert state_of(tx, signup) is after
    assert facts.has_authorisation(tx.scalar(sa.select(Signup.id).where(Signup.public_id == signup))) is is_granted


def test_who_has_nobody_to_ask_on_the_new_day_is_told_to_name_a_guardian_and_can(tx, too_young):
    activity, coordinator, row, actor, signup = too_young
    move(activity, coordinator, -7 * DAY)
    tell_authorisation_missing(AuthorisationFoundMissing(**newest(tx, "AuthorisationFoundMissing")), Cause(1, clock.now()))
    told = sa.select(Notification.recipient_id).where(Notification.kind == "authorisation_missing")
    assert tx.scalars(told).all() == [row.id]
    correcting.correct_guardian(actor, signup, "mamma@example.org")
    assert state_of(tx, signup) is SignupState.CONFIRMED
    assert newest(tx, "AuthorisationAsked")


def test_a_guardian_who_was_asked_often_enough_today_does_not_keep_a_meeting_from_moving(tx, too_young):
    activity, coordinator, row, *_ = too_young
    make.guardian_of(row)
    for _ in range(asking.MOST_ASKED_IN_A_DAY + 1):
        move(activity, coordinator, -7 * DAY)
        move(activity, coordinator, 7 * DAY)
    assert newest(tx, "AuthorisationFoundMissing")


def effects_of(activity, days: int) -> Effects:
    meeting = make.occurrences_of(activity)[0]
    now, by = (meeting.starts_at, meeting.ends_at), days * DAY
    return effects_of_move(meeting.id, activity.id, now, (now[0] + by, now[1] + by))


def test_what_moving_means_for_ages_is_known_before_the_meeting_moves(tx):
    # On 7 December 2026: one turns 15 the day after, one turns 18 the day before.
    activity, opening, _ = make.published(capacity=5, age_min=11)
    tx.execute(sa.update(Activity).values(age_max=14))
    make.signed_up(opening, date(2011, 12, 8), guardian_id=make.account().id)
    tx.execute(sa.update(Activity).values(age_max=None))
    make.signed_up(opening, date(2008, 12, 6))
    tx.execute(sa.update(Activity).values(age_max=14, age_min=None))
    assert effects_of(activity, 0) == Effects(2, (), 0, 0)
    assert effects_of(activity, 1) == Effects(2, (), 1, 0)
    assert effects_of(activity, -2) == Effects(2, (), 0, 1)


def test_ages_are_judged_on_the_first_day_whichever_meeting_moves(tx):
    activity, opening, _ = make.published(capacity=5, meetings=2)
    make.signed_up(opening, date(2008, 12, 6))
    second = make.occurrences_of(activity)[1]
    now = (second.starts_at, second.ends_at)
    for days, need in ((1, 0), (-9, 1)):
        then = (now[0] + days * DAY, now[1] + days * DAY)
        assert effects_of_move(second.id, activity.id, now, then).need_yes == need


def told_of_moves(tx) -> list[dict]:
    """React to the moves that are not told yet, as the worker does; return what is to be told."""
    for event in tx.scalars(sa.select(OutboxEvent).where(OutboxEvent.name == "OccurrenceMoved").order_by(OutboxEvent.id)):
        tell_occurrence_moved(OccurrenceMoved(**event.payload), None)
    written = sa.select(Notification.payload).where(Notification.kind == "occurrence_moved", Notification.cancelled_at.is_(None))
    return list(tx.scalars(written.order_by(Notification.id)))


def move_and_react(tx, activity, coordinator, by) -> list[dict]:
    tx.execute(sa.delete(OutboxEvent))
    move(activity, coordinator, by)
    told_of_moves(tx)
    return told_of_moves(tx)


def test_a_move_leaves_after_ten_minutes_and_what_is_moved_back_by_then_is_told_to_nobody(tx):
    activity, opening, coordinator = make.published()
    make.signed_up(opening)
    assert len(move_and_react(tx, activity, coordinator, DAY)) == 1
    assert tx.scalar(sa.select(Notification.not_before)) == clock.now() + timedelta(minutes=10)
    with clock.frozen(clock.now() + timedelta(minutes=9)):
        assert move_and_react(tx, activity, coordinator, -DAY) == []


def test_what_moves_twice_within_ten_minutes_is_told_once_from_where_it_was_at_first(tx):
    activity, opening, coordinator = make.published()
    make.signed_up(opening)
    first = make.occurrences_of(activity)[0].starts_at
    move_and_react(tx, activity, coordinator, DAY)
    with clock.frozen(clock.now() + timedelta(minutes=9)):
        (told,) = move_and_react(tx, activity, coordinator, DAY)
    assert datetime.fromisoformat(told["old_starts_at"]) == first and told["version"] == 2
    with clock.frozen(clock.now() + timedelta(minutes=20)):
        (_, later) = move_and_react(tx, activity, coordinator, DAY)
    assert datetime.fromisoformat(later["old_starts_at"]) == first + 2 * DAY


def test_what_begins_soon_is_told_at_once(tx):
    activity, opening, coordinator = make.published(starts_in=timedelta(hours=2))
    make.signed_up(opening)
    move_and_react(tx, activity, coordinator, timedelta(minutes=30))
    assert tx.scalar(sa.select(Notification.not_before)) == clock.now()
