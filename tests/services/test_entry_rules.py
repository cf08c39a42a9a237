"""Until when one may come in, and which ages an activity means."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from civic.activities.age_limits import school_year_of
from civic.activities.models import Activity, Authorisation, Signup
from civic.activities.queries.lists import Filters, list_public
from civic.activities.queries.participants import get_meeting, list_expected
from civic.activities.queries.signups import get_signup_for
from civic.activities.services import answering, ending, moving, publishing
from civic.activities.services.authorising import Given
from civic.activities.services.publishing import ActivityFields
from civic.activities.services.signing_up import Entry, sign_up
from civic.activities.types import ActivityKind, AgeBasis, AuthorisationAnswer, SignupState
from civic.kernel import clock
from civic.kernel.errors import RuleBroken
from civic.kernel.ids import new_public_id
from tests import factories as make
from tests.services.test_waiting_list import state_of

DAY, WEEK = timedelta(days=1), timedelta(weeks=1)
IN_THE_MIDDLE = timedelta(days=17)
"""After the first of three weekly meetings that begin in fourteen days."""


def course(capacity: int = 2, *, late_entry: bool = True, **fields):
    return make.published(capacity=capacity, meetings=3, late_entry=late_entry, **fields)


@pytest.mark.parametrize("late_entry", [True, False])
def test_a_course_under_way_takes_people_only_where_late_entry_is_allowed(tx, late_entry):
    activity, opening, _ = course(late_entry=late_entry)
    with clock.frozen(clock.now() + IN_THE_MIDDLE):
        (row,), _ = list_public(Filters())
        assert row.capacity == (2 if late_entry else 0)
        if not late_entry:
            with pytest.raises(RuleBroken, match="begun"):
                make.signed_up(opening)
            return
        _, _, signup = make.signed_up(opening)
        assert state_of(tx, signup) is SignupState.CONFIRMED
    with clock.frozen(activity.starts_at + 2 * WEEK), pytest.raises(RuleBroken, match="begun"):
        make.signed_up(opening)


def test_a_place_freed_in_a_course_with_late_entry_is_offered_until_the_last_meeting(tx):
    activity, opening, _ = course(capacity=1)
    _, holder, first = make.signed_up(opening)
    _, lucky, second = make.signed_up(opening, joins_queue=True)
    with clock.frozen(clock.now() + IN_THE_MIDDLE):
        assert ending.end_at_start(opening.id) == 0
        assert get_signup_for(lucky, second, clock.now()).state_at(clock.now()) is SignupState.WAITING
        answering.cancel_signup(holder, first)
        assert state_of(tx, second) is SignupState.OFFERED
        answering.accept_offer(lucky, second)
    _, _, third = make.signed_up(opening, joins_queue=True)
    with clock.frozen(activity.starts_at + 2 * WEEK):
        assert ending.end_at_start(opening.id) == 1
        assert state_of(tx, third) is SignupState.EXPIRED


def test_the_guardian_of_a_late_comer_has_the_usual_time_to_answer(tx):
    _, opening, _ = course()
    parent = make.account()
    with clock.frozen(clock.now() + IN_THE_MIDDLE):
        _, _, signup = make.signed_up(opening, make.SIXTEEN, guardian_id=parent.id)
        asked = tx.scalar(sa.select(Authorisation.expires_at).join(Signup).where(Signup.public_id == signup))
        assert asked == clock.now() + timedelta(hours=72)


def test_a_meeting_that_is_over_clashes_with_nothing(tx):
    _, series, _ = course(kind=ActivityKind.VOLUNTEERING)
    _, one_day, _ = make.published(kind=ActivityKind.VOLUNTEERING)
    row, actor, _ = make.signed_up(one_day)
    with clock.frozen(clock.now() + IN_THE_MIDDLE):
        sign_up(actor, Entry(series.public_id, row.id, new_public_id()))


def test_where_late_entry_is_taken_back_what_waits_ends_as_it_does_at_the_start(tx):
    activity, opening, coordinator = course(capacity=1)
    parent = make.account()
    with clock.frozen(activity.starts_at + timedelta(hours=3)):
        _, _, signup = make.signed_up(opening, make.SIXTEEN, guardian_id=parent.id)
        hold = sa.select(Signup.hold_until).where(Signup.public_id == signup)
        assert tx.scalar(hold) == clock.now() + timedelta(hours=72)
        words = ActivityFields(activity.kind, activity.title, late_entry=False)
        publishing.update_activity(coordinator, activity.public_id, words)
        assert tx.scalar(hold) == activity.starts_at


def test_before_the_first_meeting_a_guardian_answers_before_it_whether_or_not_one_may_come_late(tx):
    activity, opening, _ = course()
    parent = make.account()
    with clock.frozen(activity.starts_at - timedelta(hours=30)):
        _, _, signup = make.signed_up(opening, make.SIXTEEN, guardian_id=parent.id)
        hold = sa.select(Signup.hold_until).where(Signup.public_id == signup)
        assert tx.scalar(hold) == activity.starts_at - timedelta(hours=24)


def test_who_comes_of_age_before_coming_in_late_needs_nobody(tx):
    activity, opening, _ = course(capacity=1)
    _, holder, first = make.signed_up(opening)
    birth_on = clock.to_rome(activity.starts_at).date().replace(year=2008) + timedelta(days=3)
    parent = make.account()
    _, _, second = make.signed_up(opening, birth_on, guardian_id=parent.id, joins_queue=True)
    with clock.frozen(activity.starts_at + timedelta(days=4)):
        answering.cancel_signup(holder, first)
        assert state_of(tx, second) is SignupState.OFFERED
        asked = tx.scalar(sa.select(Authorisation.answer).join(Signup).where(Signup.public_id == second))
        assert asked is AuthorisationAnswer.EXPIRED
    activity, opening, _ = course()
    with clock.frozen(activity.starts_at + timedelta(days=4)):
        _, _, alone = make.signed_up(opening, birth_on)
        assert state_of(tx, alone) is SignupState.CONFIRMED


@pytest.mark.parametrize("how", ["closing", "late_entry", "moved", "added"])
def test_where_people_may_come_in_again_who_waited_comes_before_whoever_is_new(tx, how):
    activity, opening, coordinator = make.published(capacity=1, signup_closes_at=clock.now() + 10 * DAY)
    words = ActivityFields(activity.kind, activity.title, signup_closes_at=activity.signup_closes_at)
    _, holder, first = make.signed_up(opening)
    _, _, second = make.signed_up(opening, joins_queue=True)
    if how != "closing":
        words = replace(words, signup_closes_at=None)
        publishing.update_activity(coordinator, activity.public_id, words)
    with clock.frozen(clock.now() + 11 * DAY if how == "closing" else activity.starts_at - timedelta(hours=1)):
        answering.cancel_signup(holder, first)
        assert state_of(tx, second) is SignupState.WAITING
        (meeting,) = make.occurrences_of(activity)
        if how == "closing":
            publishing.update_activity(coordinator, activity.public_id, replace(words, signup_closes_at=None))
        elif how == "late_entry":
            moving.add_occurrence(coordinator, activity.public_id, meeting.starts_at + WEEK, meeting.ends_at + WEEK)
            publishing.update_activity(coordinator, activity.public_id, replace(words, late_entry=True))
        elif how == "moved":
            later = meeting.starts_at + WEEK, meeting.ends_at + WEEK
            moving.move_occurrence(coordinator, meeting.public_id, *later, None, meeting.version)
        else:
            publishing.update_activity(coordinator, activity.public_id, replace(words, late_entry=True))
            moving.add_occurrence(coordinator, activity.public_id, meeting.starts_at + WEEK, meeting.ends_at + WEEK)
        assert state_of(tx, second) is SignupState.OFFERED


def test_who_came_in_late_stands_on_no_sheet_of_what_was_over_then(tx):
    activity, opening, coordinator = course()
    early, _, _ = make.signed_up(opening)
    first, second, _ = make.occurrences_of(activity)
    with clock.frozen(first.ends_at + timedelta(hours=1)):
        late, _, _ = make.signed_up(opening)
    for meeting, names in ((first, {early.given_name}), (second, {early.given_name, late.given_name})):
        with clock.frozen(second.ends_at):
            assert {one.given_name for one in list_expected(coordinator, get_meeting(coordinator, meeting.public_id))} == names


def test_the_last_moment_to_come_in_follows_the_meetings(tx):
    activity, _, coordinator = course()
    *_, last = make.occurrences_of(activity)
    moving.move_occurrence(coordinator, last.public_id, last.starts_at + WEEK, last.ends_at + WEEK, None, last.version)
    assert tx.scalar(sa.select(Activity.last_entry_at).where(Activity.id == activity.id)) == activity.starts_at + 3 * WEEK


@pytest.mark.parametrize(
    ("day", "year"), [(date(2026, 8, 31), 2025), (date(2026, 9, 1), 2026), (date(2027, 5, 3), 2026)]
)
def test_a_school_year_begins_on_the_first_of_september(day, year):
    assert school_year_of(day) == year


@pytest.mark.parametrize(
    ("birth_on", "basis", "comes"),
    [
        # The meeting is on 7 December 2026: the school year 2026/27, ages 11 to 14.
        (date(2015, 12, 31), AgeBasis.FIRST_DAY, False),
        (date(2015, 12, 31), AgeBasis.SCHOOL_YEAR, True),
        (date(2016, 1, 1), AgeBasis.SCHOOL_YEAR, False),
        (date(2012, 1, 1), AgeBasis.SCHOOL_YEAR, True),
        (date(2011, 12, 31), AgeBasis.FIRST_DAY, True),
        (date(2011, 12, 31), AgeBasis.SCHOOL_YEAR, False),
    ],
)
def test_ages_by_school_year_are_those_that_classmates_reach_in_it(tx, birth_on, basis, comes):
    _, opening, _ = make.published(age_min=11, age_max=14, age_basis=basis)
    child = make.person(birth_on)
    parent = make.guardian_of(child)
    entry = Entry(opening.public_id, child.id, new_public_id(), authorisation=Given(parent.person_id, "testo"))
    if comes:
        assert state_of(tx, sign_up(parent, entry)) is SignupState.CONFIRMED
    else:
        with pytest.raises(RuleBroken) as caught:
            sign_up(parent, entry)
        assert caught.value.field == "birth_on"
