"""Who is invited to a shift that lacks people: once, by mail, and only who would fit."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from civic.accounts.models import Account
from civic.activities.age_limits import check_age_band
from civic.activities.models import Activity, Occurrence, Signup
from civic.activities.queries.facts import get_opening
from civic.activities.services import answering, cancelling, deciding
from civic.activities.services.attending import Mark, record_attendance
from civic.activities.services.publishing import OpeningFields
from civic.activities.services.signing_up import Entry, sign_up
from civic.activities.types import ActivityKind, AgeBasis, AttendanceState, EntryMode
from civic.kernel import clock
from civic.kernel.actor import OrganisationRole
from civic.kernel.errors import NotAllowed, NotFound, RuleBroken
from civic.kernel.ids import new_public_id
from civic.notifications import facts, inbox, preferences
from civic.notifications.catalogue import MESSAGES
from civic.notifications.invitations import count_to_invite, write_invitations
from civic.notifications.models import Delivery, Notification
from civic.notifications.reactions.volunteering import tell_who_would_fit
from civic.notifications.types import Category
from civic.outbox.models import OutboxEvent
from civic.volunteering import services
from civic.volunteering.events import VolunteersInvited
from civic.volunteering.rules import born_between
from tests import factories as make

VOLUNTEERS = ActivityKind.VOLUNTEERING
DAY = timedelta(days=1)


def shift(by, starts_in: timedelta, minimum: int = 2, **fields):
    places = (OpeningFields(VOLUNTEERS, 5, "cucina", minimum=minimum, occurrence=0),)
    return make.published(VOLUNTEERS, openings=places, by=by, starts_in=starts_in, **fields)[1]


@pytest.fixture
def house(tx):
    """An organisation with its coordinator, a helper who was there yesterday, and a shift in nine days that lacks two."""
    by = make.organisation()
    person, actor, _ = make.signed_up(shift(by, DAY))
    asks(person)
    with clock.frozen(clock.now() + 2 * DAY):
        yield by, person, actor, shift(by, 9 * DAY)


def asks(person) -> None:
    """Let the person want to hear of shifts that lack people."""
    preferences.switch_on(person.id, Category.UPDATE)


def helped(by, birth_on: date = make.ADULT, **values):
    """Write somebody who had a place in a shift of the organisation that began yesterday; return (person, actor)."""
    with clock.frozen(clock.now() - 2 * DAY):
        person, actor, _ = make.signed_up(shift(by, DAY), birth_on, **values)
        asks(person)
        return person, actor


def count(opening) -> int:
    return count_to_invite(get_opening(opening.id))


def invited(tx) -> list[int]:
    return list(tx.scalars(sa.select(Notification.recipient_id).where(Notification.kind == "shift_invitation")))


def test_who_lent_a_hand_lately_is_invited_once_whoever_presses_how_often(tx, house):
    (_, coordinator), person, _, opening = house
    assert count(opening) == 1
    for _ in range(2):
        services.invite_who_fits(coordinator, opening.public_id)
    told = tx.scalars(sa.select(OutboxEvent.payload).where(OutboxEvent.name == "VolunteersInvited")).all()
    assert told == [{"opening_id": opening.id}] * 2
    for payload in told:
        tell_who_would_fit(VolunteersInvited(**payload), None)
    assert (invited(tx), count(opening)) == ([person.id], 0)
    sent = sa.select(sa.func.count()).select_from(Delivery).join(Notification, Notification.id == Delivery.notification_id)
    assert tx.scalar(sent.where(Notification.kind == "shift_invitation")) == 1


def test_who_was_invited_for_one_role_is_not_for_another_of_the_same_shift(tx):
    by = make.organisation()
    asks(make.signed_up(shift(by, DAY))[0])
    with clock.frozen(clock.now() + 2 * DAY):
        roles = tuple(OpeningFields(VOLUNTEERS, 5, role, minimum=2, occurrence=0) for role in ("cucina", "porta"))
        activity = make.published(VOLUNTEERS, openings=roles, by=by)[0]
        kitchen, door = make.openings_of(activity)
        assert (count(kitchen), count(door)) == (1, 1)
        assert (write_invitations(get_opening(kitchen.id)), count(door)) == (1, 0)


def test_who_helped_another_organisation_or_took_part_or_more_than_a_year_ago_is_not_invited(tx, house):
    by, _, _, opening = house
    helped(make.organisation())
    with clock.frozen(clock.now() - 2 * DAY):
        asks(make.signed_up(make.published(by=by, starts_in=DAY)[1])[0])
        asks(make.signed_up(shift(by, 3 * DAY))[0])
    assert count(opening) == 1
    with clock.frozen(clock.now() + 300 * DAY):
        later = shift(by, 90 * DAY)
        assert count(later) == 2
    with clock.frozen(clock.now() + 370 * DAY):
        assert count(later) == 0


def test_minors_and_who_is_not_of_the_age_that_it_asks_are_not_invited(tx, house):
    by, _, _, opening = house
    guardian = make.account()
    helped(by, make.SIXTEEN, guardian_id=guardian.id)
    assert count(opening) == 1
    assert count(shift(by, 9 * DAY, age_min=36)) == count(shift(by, 9 * DAY, age_max=36)) == 1
    assert count(shift(by, 9 * DAY, age_min=37)) == count(shift(by, 9 * DAY, age_max=35)) == 0


def test_who_comes_already_or_cancelled_or_was_told_no_is_not_asked_again(tx, house):
    (row, coordinator), person, actor, opening = house
    signup = sign_up(actor, Entry(opening.public_id, person.id, new_public_id()))
    assert count(opening) == 0
    answering.cancel_signup(actor, signup)
    assert count(opening) == 0
    asked = shift((row, coordinator), 12 * DAY, entry_mode=EntryMode.APPROVAL)
    signup = sign_up(actor, Entry(asked.public_id, person.id, new_public_id()))
    deciding.decline_signup(coordinator, signup)
    assert count(asked) == 0


def test_who_is_busy_at_that_time_is_not_invited(tx, house):
    _, person, actor, opening = house
    elsewhere = shift(make.organisation(), 9 * DAY)
    sign_up(actor, Entry(elsewhere.public_id, person.id, new_public_id()))
    assert count(opening) == 0


def test_only_who_has_asked_for_invitations_is_invited(tx, house):
    by, person, _, opening = house
    with clock.frozen(clock.now() - 2 * DAY):
        make.signed_up(shift(by, DAY))
    assert count(opening) == 1
    preferences.switch_off(person.id, Category.UPDATE)
    assert count(opening) == 0
    asks(person)
    assert write_invitations(get_opening(opening.id)) == 1 and invited(tx) == [person.id]


@pytest.mark.parametrize("values", [{"disabled_at": make.NOW}, {"confirmed_at": None}])
def test_who_has_no_account_of_their_own_is_not_invited(tx, house, values):
    _, person, _, opening = house
    tx.execute(sa.update(Account).where(Account.person_id == person.id).values(values))
    assert count(opening) == 0


def test_one_organisation_invites_somebody_once_in_seven_days_whatever_the_shift(tx, house):
    by, person, actor, opening = house
    later = [shift(by, days * DAY) for days in (10, 12, 30)]
    assert sum(write_invitations(get_opening(one.id)) for one in (opening, *later)) == 1
    assert [count(one) for one in later] == [0, 0, 0]
    other = make.organisation()
    with clock.frozen(clock.now() - 3 * DAY):
        sign_up(actor, Entry(shift(other, DAY).public_id, person.id, new_public_id()))
    assert count(shift(other, 11 * DAY)) == 1
    with clock.frozen(clock.now() + 7 * DAY):
        assert count(later[-1]) == 1


def test_whom_the_organisation_removed_from_a_shift_is_not_invited_and_who_cancelled_is(tx, house):
    by, person, actor, opening = house
    left, lost = (sign_up(actor, Entry(shift(by, days * DAY).public_id, person.id, new_public_id())) for days in (12, 14))
    answering.cancel_signup(actor, left)
    assert count(opening) == 1
    deciding.remove_signup(by[1], lost, "motivo")
    assert count(opening) == 0
    with clock.frozen(clock.now() + 366 * DAY):
        sooner = shift(by, 2 * DAY)
        with clock.frozen(clock.now() - DAY):
            sign_up(actor, Entry(shift(by, DAY / 2).public_id, person.id, new_public_id()))
        assert count(sooner) == 1


def test_who_did_not_come_to_the_last_shift_is_not_invited_unless_excused(tx, house):
    by, _, _, opening = house
    of_signup = sa.select(Occurrence.public_id, Signup.public_id).join(Signup, Signup.activity_id == Occurrence.activity_id)
    meeting, signup = tx.execute(of_signup).one()
    for state, number in ((AttendanceState.ABSENT, 0), (AttendanceState.EXCUSED, 1), (AttendanceState.PRESENT, 1)):
        record_attendance(by[1], meeting, [Mark(signup, state, 0)], "")
        assert count(opening) == number


@pytest.mark.parametrize("basis", AgeBasis)
@pytest.mark.parametrize("ages", [{"age_min": 19}, {"age_max": 30}, {"age_min": 20, "age_max": 21}, {}])
def test_who_is_invited_is_of_age_and_would_not_be_refused_for_the_age(tx, basis, ages):
    by = make.organisation()
    opening = get_opening(shift(by, timedelta(days=160), age_basis=basis, **ages).id)
    first, last = born_between(opening)
    for day in (date(1993, 12, 25) + timedelta(days=number) for number in range(6000)):
        fits = day <= date(2009, 5, 2) and is_of_the_ages(day, opening)
        assert (first is None or first <= day) and day <= last if fits else not (first or day) <= day <= last, day


def is_of_the_ages(birth_on: date, opening) -> bool:
    try:
        check_age_band(birth_on, opening)
    except RuleBroken:
        return False
    return True


def test_only_who_coordinates_invites_and_nobody_else_may_know(tx, house):
    (row, _), _, actor, opening = house
    member = make.actor_of(
        make.account(), organisations={row.id: OrganisationRole.FACILITATOR}, has_second_factor=True
    )
    for who, refusal in ((actor, NotFound), (member, NotAllowed)):
        with pytest.raises(refusal):
            services.invite_who_fits(who, opening.public_id)


def test_nobody_is_invited_where_enough_come_or_one_cannot_sign_up(tx, house):
    by, _, _, opening = house
    coordinator = by[1]
    enough = shift(by, 9 * DAY, minimum=0)
    closed = shift(by, 9 * DAY, signup_closes_at=clock.now() - DAY)
    workshop = make.published(by=by)[1]
    for one in (enough, closed, workshop):
        with pytest.raises(RuleBroken):
            services.invite_who_fits(coordinator, one.public_id)
    with clock.frozen(clock.now() + 9 * DAY), pytest.raises(RuleBroken):
        services.invite_who_fits(coordinator, opening.public_id)


def test_an_invitation_is_neither_sent_nor_shown_to_who_signed_up_meanwhile_or_where_nobody_is_missing(tx, house):
    _, person, actor, opening = house

    def is_shown_and_due() -> tuple[bool, bool]:
        nobody = facts.Recipient(person.id, "", "", "it", None, has_account=True)
        message = MESSAGES["shift_invitation"](facts.of_opening(opening.id, nobody))
        return bool(inbox.list_messages(actor, "it", 1)[0]), message.is_due()

    write_invitations(get_opening(opening.id))
    assert is_shown_and_due() == (True, True)
    opening.taken = 2
    tx.flush()
    assert is_shown_and_due() == (False, False)
    opening.taken = 0
    tx.flush()
    signup = sign_up(actor, Entry(opening.public_id, person.id, new_public_id()))
    assert is_shown_and_due() == (False, False)
    answering.cancel_signup(actor, signup)
    assert is_shown_and_due() == (False, False)


def test_an_invitation_is_not_sent_once_enough_come_or_sign_ups_have_closed(tx, house):
    by, person, _, _ = house
    opening = shift(by, 9 * DAY, signup_closes_at=clock.now() + 5 * DAY)
    nobody = facts.Recipient(person.id, "", "", "it", None, has_account=True)

    def is_due() -> bool:
        return MESSAGES["shift_invitation"](facts.of_opening(opening.id, nobody)).is_due()

    assert is_due()
    with clock.frozen(clock.now() + 5 * DAY):
        assert not is_due()
    opening.taken = 2
    tx.flush()
    assert not is_due()


def test_nobody_is_invited_to_what_was_cancelled_before_the_worker_came_round(tx, house):
    (_, coordinator), _, _, opening = house
    services.invite_who_fits(coordinator, opening.public_id)
    public_id = tx.scalar(sa.select(Activity.public_id).where(Activity.id == opening.activity_id))
    cancelling.cancel_activity(coordinator, public_id, "Manca la sala")
    tell_who_would_fit(VolunteersInvited(opening.id), None)
    assert invited(tx) == []
