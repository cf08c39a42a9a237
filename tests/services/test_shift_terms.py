"""A shift has its own sign-up window and hour to meet, counted back from its start."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from civic.activities import rules
from civic.activities.queries import facts as queries
from civic.activities.queries.lists import Filters, list_public
from civic.activities.services import answering, moving, publishing
from civic.activities.services.publishing import ActivityFields, OpeningFields, Plan
from civic.activities.types import ActivityKind, Terms
from civic.kernel import clock
from civic.kernel.errors import RuleBroken
from civic.kernel.i18n import use_language
from civic.notifications import itip, layouts
from civic.notifications.calendar import REQUEST, CalendarPart
from civic.notifications.catalogue import MESSAGES
from civic.notifications.example_facts import meeting
from civic.notifications.examples import example
from civic.outbox.models import OutboxEvent
from tests import factories as make

VOLUNTEERS = ActivityKind.VOLUNTEERING
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def shift(capacity: int = 2, meetings: int = 1, **fields):
    """Publish shifts in fourteen days and each week after; return the activity, the first opening and the coordinator."""
    places = tuple(OpeningFields(VOLUNTEERS, capacity, "cucina", occurrence=number) for number in range(meetings))
    return make.published(VOLUNTEERS, openings=places, meetings=meetings, **fields)


def give(activity, coordinator, terms: Terms, number: int = 0):
    found = make.occurrences_of(activity)[number]
    assert moving.change_terms(coordinator, found.public_id, terms)
    return found


def events(tx, name: str) -> list[dict]:
    return list(tx.scalars(sa.select(OutboxEvent.payload).where(OutboxEvent.name == name)))


def test_nobody_signs_up_for_a_shift_before_its_own_sign_ups_open_or_after_they_close(tx):
    activity, opening, coordinator = shift()
    found = give(activity, coordinator, Terms(7, 24))
    with pytest.raises(RuleBroken, match="open on"):
        make.signed_up(opening)
    with clock.frozen(found.starts_at - 7 * DAY):
        make.signed_up(opening)
    with clock.frozen(found.starts_at - DAY), pytest.raises(RuleBroken, match="closed on"):
        make.signed_up(opening)


def test_the_window_of_the_shift_counts_before_that_of_the_activity_and_for_that_shift_alone(tx):
    activity, opening, coordinator = shift(meetings=2, signup_closes_at=clock.now() + DAY)
    give(activity, coordinator, Terms(signup_closes_hours=0))
    with clock.frozen(clock.now() + 2 * DAY):
        make.signed_up(opening)
        with pytest.raises(RuleBroken, match="closed on"):
            make.signed_up(make.openings_of(activity)[1])


def test_both_readings_of_an_opening_say_the_same_window(tx):
    activity, opening, coordinator = shift()
    found = give(activity, coordinator, Terms(7, 24))
    person = make.account()
    asked = queries.get_entry(make.actor_of(person), person.id, opening.public_id).opening
    assert asked == queries.get_opening(opening.id)
    assert (asked.signup_opens_at, asked.signup_closes_at) == (found.starts_at - 7 * DAY, found.starts_at - DAY)


def test_an_offer_ends_when_the_sign_ups_of_the_shift_close_and_is_not_made_after(tx):
    activity, opening, coordinator = shift(capacity=1)
    _, holder, signup = make.signed_up(opening)
    make.signed_up(opening, joins_queue=True)
    found = give(activity, coordinator, Terms(signup_closes_hours=48))
    closes_at = found.starts_at - 2 * DAY
    assert rules.offer_deadline(closes_at - DAY, queries.get_opening(opening.id), 24) < closes_at
    assert rules.offer_deadline(closes_at - HOUR, queries.get_opening(opening.id), 24) is None
    with clock.frozen(closes_at + HOUR):
        answering.cancel_signup(holder, signup)
        assert events(tx, "OfferMade") == events(tx, "PlaceFreedLate") == []


@pytest.mark.parametrize("reopens", ["terms", "move"])
def test_a_place_that_came_free_after_sign_ups_closed_goes_to_who_waits_when_they_are_open_again(tx, reopens):
    activity, opening, coordinator = shift(capacity=1)
    _, holder, signup = make.signed_up(opening)
    make.signed_up(opening, joins_queue=True)
    found = give(activity, coordinator, Terms(signup_closes_hours=96))
    with clock.frozen(found.starts_at - 3 * DAY):
        answering.cancel_signup(holder, signup)
        assert events(tx, "OfferMade") == []
        if reopens == "terms":
            give(activity, coordinator, Terms(signup_closes_hours=1))
        else:
            later = found.starts_at + 7 * DAY
            moving.move_occurrence(coordinator, found.public_id, later, later + HOUR, found.place_id, found.version)
        assert len(events(tx, "OfferMade")) == 1


def test_a_shift_that_has_closed_its_sign_ups_is_not_among_what_is_free(tx):
    activity, _, coordinator = shift(signup_closes_at=clock.now() + 30 * DAY)
    found = give(activity, coordinator, Terms(signup_closes_hours=24))
    free = Filters(kinds=(VOLUNTEERS,), only_free=True, organisation_id=activity.organisation_id)
    with clock.frozen(found.starts_at - 25 * HOUR):
        assert list_public(free)[1] == 1
    with clock.frozen(found.starts_at - 23 * HOUR):
        assert list_public(free)[1] == 0


def test_the_card_counts_no_places_of_a_shift_that_has_closed_its_sign_ups(tx):
    activity, _, coordinator = shift(capacity=2, meetings=2)
    found = give(activity, coordinator, Terms(signup_closes_hours=24))
    for hours, places in ((25, 4), (23, 2)):
        with clock.frozen(found.starts_at - hours * HOUR):
            (row,), _ = list_public(Filters(organisation_id=activity.organisation_id))
            assert (row.capacity, row.free) == (places, places)


def test_an_open_shift_is_free_though_the_activity_has_closed_its_sign_ups(tx):
    activity, _, coordinator = shift(signup_closes_at=clock.now() + DAY)
    free = Filters(only_free=True, organisation_id=activity.organisation_id)
    with clock.frozen(clock.now() + 2 * DAY):
        assert list_public(free)[1] == 0
        give(activity, coordinator, Terms(signup_closes_hours=24))
        assert list_public(free)[1] == 1


def test_window_and_hour_to_meet_go_with_the_meeting_when_it_moves(tx):
    activity, _, coordinator = shift()
    found = give(activity, coordinator, Terms(7, 24, 15))
    new = found.starts_at + 3 * DAY + HOUR
    moving.move_occurrence(coordinator, found.public_id, new, new + HOUR, found.place_id, found.version)
    tx.refresh(found)
    distances = tuple(new - at for at in (found.signup_opens_at, found.signup_closes_at, found.meets_at))
    assert distances == (7 * DAY, DAY, timedelta(minutes=15))


def test_each_shift_of_a_series_has_the_window_relative_to_itself_at_the_same_hour_in_rome(tx):
    owner, coordinator = make.organisation()
    starts = [datetime(2027, 3, day, 18, 0, tzinfo=clock.ROME) for day in (25, 29)]  # the clock goes forward in between
    meetings = tuple((start, start + 2 * HOUR) for start in starts)
    terms = Terms(7, 24, 30)
    plan = Plan(ActivityFields(VOLUNTEERS, "Mercatino"), meetings, (), dict.fromkeys(meetings, terms))
    activity = publishing.create_activity(coordinator, owner.id, plan)
    for one, start in zip(make.occurrences_of(activity), starts, strict=True):
        tx.refresh(one)
        assert clock.to_rome(one.signup_opens_at).time() == clock.to_rome(start).time()
        assert (one.signup_opens_at, one.signup_closes_at, one.meets_at) == (
            rules.signup_opens_at(terms, start),
            rules.signup_closes_at(terms, start),
            rules.meets_at(terms, start),
        )


@pytest.mark.parametrize("day", [datetime(2027, 4, 4, 2, 30), datetime(2027, 11, 7, 2, 30)], ids=["skipped", "doubled"])
def test_where_sign_ups_open_at_an_hour_that_is_skipped_or_doubled_the_rule_says_what_the_database_counts(tx, day):
    owner, coordinator = make.organisation()
    start = day.replace(tzinfo=clock.ROME)
    meeting = (start, start + 2 * HOUR)
    plan = Plan(ActivityFields(VOLUNTEERS, "Mercatino"), (meeting,), (), {meeting: Terms(7)})
    (one,) = make.occurrences_of(publishing.create_activity(coordinator, owner.id, plan))
    tx.refresh(one)
    assert one.signup_opens_at == rules.signup_opens_at(Terms(7), start)


@pytest.mark.parametrize(
    ("terms", "field"),
    [
        (Terms(1, 24), "signup_closes_hours"),
        (Terms(signup_closes_hours=-1), "signup_closes_hours"),
        (Terms(signup_opens_days=366), "signup_opens_days"),
        (Terms(meets_minutes=241), "meets_minutes"),
    ],
)
def test_sign_ups_close_after_they_open_and_not_after_the_start(terms, field):
    with pytest.raises(RuleBroken) as refused:
        rules.check_terms(terms)
    assert refused.value.field == field


def test_who_has_a_place_is_told_of_another_hour_to_meet_and_of_nothing_else(tx):
    activity, _, coordinator = shift()
    found = give(activity, coordinator, Terms(7, 24))
    assert (events(tx, "OccurrenceMoved"), found.version) == ([], 0)
    give(activity, coordinator, Terms(7, 24, 15))
    assert found.version == 1
    give(activity, coordinator, Terms(7, 24, 30))
    told = events(tx, "OccurrenceMoved")
    assert [one["old_meets_at"] and datetime.fromisoformat(one["old_meets_at"]) for one in told] == [
        None,
        found.starts_at - timedelta(minutes=15),
    ]
    assert not moving.change_terms(coordinator, found.public_id, Terms(7, 24, 30))


def test_the_mail_about_another_hour_to_meet_says_the_old_and_the_new(tx):
    begins = meeting(0).starts_at
    known = example("occurrence_moved", "en").facts
    now = meeting(0, version=1, meets_at=begins - timedelta(minutes=30))
    met = (begins - timedelta(minutes=15)).isoformat()
    payload = {**known.payload, "old_starts_at": begins.isoformat(), "old_place_id": None, "old_meets_at": met}
    known = replace(known, payload=payload, signup=replace(known.signup, meetings=(now,)))
    with use_language("en"):
        letter = MESSAGES["occurrence_moved"](known).letter()
    assert (letter.heading, letter.card.meets_at) == ("Another hour to meet", now.meets_at)
    assert "Meet at 16:45" in letter.lines[0]


@pytest.mark.parametrize("kind", ["signup_confirmed", "reminder"])
def test_who_has_a_place_reads_in_the_mail_and_in_the_calendar_when_people_meet(tx, kind):
    known = example(kind, "en").facts
    early = meeting(0, meets_at=meeting(0).starts_at - HOUR)
    known = replace(known, signup=replace(known.signup, meetings=(early,)))
    with use_language("en"):
        message = MESSAGES[kind](known)
        mail = layouts.as_text(message.letter(), message.frame()), layouts.as_html(message.letter(), message.frame())
        entry = itip.as_itip(CalendarPart(REQUEST, known, early)).decode()
    assert all("Meet at 16:00" in words for words in mail)
    assert "DESCRIPTION:Meet at 16:00" in entry and "T170000" in entry
