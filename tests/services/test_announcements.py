"""Writing to the people in an activity: to a whole audience, kept and counted, told by age, once."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from civic.accounts.services.people import PersonDetails
from civic.activities.models import Signup
from civic.activities.services import answering, publishing
from civic.activities.services.authorising import Given
from civic.activities.services.newcomers import Newcomer, sign_up_newcomer
from civic.activities.services.publishing import ActivityFields, Plan
from civic.activities.services.signing_up import Entry, sign_up
from civic.announcements.events import AnnouncementMade
from civic.announcements.queries.announced import count_by_audience, list_of
from civic.announcements.services.announcing import LONGEST, MOST_IN_A_DAY, announce
from civic.announcements.types import Audience
from civic.audit.models import AuditEntry
from civic.kernel import clock
from civic.kernel.errors import NotAllowed, NotFound, RuleBroken
from civic.kernel.ids import new_public_id
from civic.notifications.models import Delivery, Notification
from civic.notifications.reactions.announcements import tell_announcement
from civic.organisations.models import Organisation
from civic.organisations.types import OrganisationState
from tests import factories as make
from tests.registers import ABSENT, EXCUSED, LATE, PRESENT, Course


@pytest.fixture
def workshop(tx):
    """One place that is taken, and somebody who waits; return activity, opening, coordinator, holder, who waits."""
    activity, opening, coordinator = make.published(capacity=1)
    holder, actor, signup = make.signed_up(opening)
    waiting, _, _ = make.signed_up(opening, joins_queue=True)
    return activity, opening, coordinator, (holder, actor, signup), waiting


def told(tx) -> list[int]:
    return sorted(tx.scalars(sa.select(Notification.recipient_id).where(Notification.kind == "announcement")))


@pytest.mark.parametrize(("audience", "who"), [(Audience.EVERYBODY, (0, 1)), (Audience.HAVE_PLACE, (0,)), (Audience.WAIT, (1,))])
def test_the_whole_audience_is_told_once_and_nobody_else(tx, workshop, audience, who):
    activity, _, coordinator, (holder, _, _), waiting = workshop
    made = announce(coordinator, activity.public_id, audience, " Portate le scarpe.\n\nA giovedì ")
    for _ in range(2):
        tell_announcement(AnnouncementMade(made.id), None)
    people = [(holder.id, waiting.id)[number] for number in who]
    assert told(tx) == sorted(people)
    assert tx.scalar(sa.select(sa.func.count()).select_from(Delivery)) == len(people)
    (row,) = list_of(activity.id)
    assert (row.text, row.told, row.author) == ("Portate le scarpe.\n\nA giovedì", len(people), coordinator.name)
    line = tx.scalar(sa.select(AuditEntry).where(AuditEntry.action == "announce"))
    assert (line.actor_id, line.details["signups"]) == (coordinator.person_id, len(people))


def test_who_was_absent_last_time_is_written_to_and_nobody_who_was_absent_before(tx):
    course = Course()
    last_time, _, _ = course.somebody(PRESENT, ABSENT)
    excused, _, _ = course.somebody(PRESENT, EXCUSED)
    course.somebody(ABSENT, PRESENT)
    course.somebody(PRESENT, LATE)
    course.somebody(None, None)
    with clock.frozen(course.meetings[1].ends_at + timedelta(hours=1)):
        assert count_by_audience(course.activity.id)[Audience.ABSENT] == 2
        made = announce(course.coordinator, course.activity.public_id, Audience.ABSENT, "Ci siete mancati.")
        tell_announcement(AnnouncementMade(made.id), None)
    assert told(tx) == sorted([last_time.id, excused.id])


def test_one_young_person_alone_is_never_written_to(tx):
    activity, opening, coordinator = make.published()
    make.signed_up(opening, make.SIXTEEN, guardian_id=make.account().id)
    with pytest.raises(RuleBroken, match="one young person alone"):
        announce(coordinator, activity.public_id, Audience.EVERYBODY, "Ciao")
    make.signed_up(opening)
    assert announce(coordinator, activity.public_id, Audience.EVERYBODY, "Ciao").told == 2


def test_a_suspended_organisation_writes_to_nobody(tx, workshop):
    activity, _, coordinator, _, _ = workshop
    tx.get(Organisation, activity.organisation_id).state = OrganisationState.SUSPENDED
    tx.flush()
    with pytest.raises(RuleBroken, match="suspended"):
        announce(coordinator, activity.public_id, Audience.EVERYBODY, "Ciao")


def test_of_a_child_the_guardian_is_told_and_never_the_child(tx):
    activity, opening, coordinator = make.published()
    child = make.person(make.THIRTEEN)
    parent = make.guardian_of(child)
    sign_up(parent, Entry(opening.public_id, child.id, new_public_id(), authorisation=Given(parent.person_id, "testo")))
    tell_announcement(AnnouncementMade(announce(coordinator, activity.public_id, Audience.EVERYBODY, "Ciao").id), None)
    assert told(tx) == [parent.person_id]


def test_who_has_not_confirmed_the_address_or_has_left_is_not_counted_and_hears_nothing(tx, workshop):
    activity, opening, coordinator, (_, actor, signup), waiting = workshop
    person = PersonDetails("Ada", "Neri", make.ADULT, "ada@example.org")
    sign_up_newcomer(opening.public_id, Newcomer(person, "testo"), new_public_id(), joins_queue=True)
    answering.cancel_signup(actor, signup)
    assert count_by_audience(activity.id)[Audience.EVERYBODY] == 1
    tell_announcement(AnnouncementMade(announce(coordinator, activity.public_id, Audience.EVERYBODY, "Ciao").id), None)
    assert told(tx) == [waiting.id]


def test_what_makes_no_sense_is_refused_with_its_sentence(tx, workshop):
    activity, _, coordinator, _, _ = workshop
    for text, field in (("  ", "text"), ("x" * (LONGEST + 1), "text")):
        with pytest.raises(RuleBroken) as caught:
            announce(coordinator, activity.public_id, Audience.EVERYBODY, text)
        assert caught.value.field == field
    tx.execute(sa.update(Signup).values(state="cancelled"))
    with pytest.raises(RuleBroken, match="nobody"):
        announce(coordinator, activity.public_id, Audience.EVERYBODY, "Ciao")
    owner, by = make.organisation()
    draft = publishing.create_activity(by, owner.id, Plan(ActivityFields(activity.kind, "Bozza"), (), ()))
    with pytest.raises(RuleBroken, match="draft"):
        announce(by, draft.public_id, Audience.EVERYBODY, "Ciao")


def test_thanks_come_within_a_month_after_the_last_meeting(tx, workshop):
    activity, _, coordinator, _, _ = workshop
    with clock.frozen(activity.ends_at + timedelta(days=29)):
        announce(coordinator, activity.public_id, Audience.HAVE_PLACE, "Grazie!")
    with clock.frozen(activity.ends_at + timedelta(days=31)), pytest.raises(RuleBroken, match="long over"):
        announce(coordinator, activity.public_id, Audience.HAVE_PLACE, "Grazie!")


def test_no_more_than_five_go_out_within_a_day(tx, workshop):
    activity, _, coordinator, _, _ = workshop
    for _ in range(MOST_IN_A_DAY):
        announce(coordinator, activity.public_id, Audience.EVERYBODY, "Ciao")
    with pytest.raises(RuleBroken, match="within a day"):
        announce(coordinator, activity.public_id, Audience.EVERYBODY, "Ciao")
    with clock.frozen(clock.now() + timedelta(days=1, minutes=1)):
        announce(coordinator, activity.public_id, Audience.EVERYBODY, "Ciao")


def test_only_who_runs_the_activity_writes(tx, workshop):
    activity, _, _, (_, actor, _), _ = workshop
    _, stranger = make.organisation()
    for somebody in (stranger, actor):
        with pytest.raises((NotAllowed, NotFound)):
            announce(somebody, activity.public_id, Audience.EVERYBODY, "Ciao")
