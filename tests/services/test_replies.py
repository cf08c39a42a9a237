"""Answers to announcements: read by at least two adults and by who watches over minors, answered to nobody alone."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

import pytest
import sqlalchemy as sa

from civic.accounts.models import Person
from civic.accounts.services.people import contact_for
from civic.activities.models import Signup
from civic.activities.queries.guardians import has_said_yes, with_ward
from civic.activities.services.authorising import Given
from civic.activities.services.erasing import erase_long_over
from civic.activities.services.signing_up import Entry, sign_up
from civic.announcements.events import ReplyWritten
from civic.announcements.models import Reply
from civic.announcements.queries import replies
from civic.announcements.services.announcing import announce
from civic.announcements.services.replying import ANSWERED_WITHIN, LONGEST, MOST_IN_A_DAY, reply, set_handled
from civic.announcements.types import Audience
from civic.audit.models import AuditEntry
from civic.kernel import clock
from civic.kernel.actor import Actor, OrganisationRole, Role
from civic.kernel.errors import NotAllowed, NotFound, RuleBroken
from civic.kernel.ids import new_public_id
from civic.notifications.facts import load
from civic.notifications.messages.announcing import RepliesToRead
from civic.notifications.models import Notification
from civic.notifications.reactions.announcements import tell_of_replies
from civic.organisations.models import Membership
from tests import factories as make


@pytest.fixture
def workshop(tx):
    """An announcement to two people of an activity that two adults write for."""
    activity, opening, coordinator = make.published(capacity=9)
    owner = make.account()
    make.member(activity.organisation_id, owner.id, OrganisationRole.OWNER)
    person, actor, signup = make.signed_up(opening)
    make.signed_up(opening)
    made = announce(coordinator, activity.public_id, Audience.EVERYBODY, "Portate le scarpe.")
    people = {"coordinator": coordinator, "owner": owner, "person": person, "actor": actor}
    return SimpleNamespace(activity=activity, opening=opening, signup=signup, sent=made, **people)


def signup_of(tx, public_id: str) -> Signup:
    return tx.scalars(sa.select(Signup).where(Signup.public_id == public_id)).one()


def child_in(town, birth_on):
    """Sign up a young person; return (their actor, who answers for them, the signup's public id)."""
    child = make.account(birth_on) if birth_on == make.SIXTEEN else make.person(birth_on)
    parent = make.guardian_of(child)
    given = Given(parent.person_id, "Autorizzo")
    public_id = sign_up(parent, Entry(town.opening.public_id, child.id, new_public_id(), authorisation=given))
    return make.actor_of(child), parent, public_id


def test_an_answer_is_read_by_the_organisation_with_whom_it_is_about(tx, workshop):
    made = reply(workshop.actor, workshop.signup, workshop.sent.id, "  Quali scarpe?  ")
    (row,) = replies.list_of_announcements([workshop.sent.id])
    assert (row.id, row.text, row.is_own, row.handled_at) == (made.id, "Quali scarpe?", True, None)
    (waiting,) = replies.list_open(workshop.activity.organisation_id)
    assert (waiting.public_id, waiting.replies) == (workshop.activity.public_id, 1)
    assert [one.text for one in replies.list_own(workshop.actor, signup_of(tx, workshop.signup).id)] == ["Quali scarpe?"]


def test_of_a_child_the_parent_answers_and_from_14_both_and_neither_reads_the_other(tx, workshop):
    child, parent, theirs = child_in(workshop, make.THIRTEEN)
    young, guardian, of_young = child_in(workshop, make.SIXTEEN)
    sent = announce(workshop.coordinator, workshop.activity.public_id, Audience.EVERYBODY, "Ciao")
    with pytest.raises(RuleBroken, match="a parent answers"):
        reply(child, theirs, sent.id, "Vengo")
    reply(parent, theirs, sent.id, "Viene")
    reply(young, of_young, sent.id, "Non dite a casa")
    reply(guardian, of_young, sent.id, "Arriva tardi")
    signup_id = signup_of(tx, of_young).id
    assert [one.text for one in replies.list_own(young, signup_id)] == ["Non dite a casa"]
    assert [one.text for one in replies.list_own(guardian, signup_id)] == ["Arriva tardi"]


def test_one_adult_alone_reads_no_answers(tx, workshop):
    tx.execute(sa.update(Membership).where(Membership.person_id == workshop.owner.id).values(ended_at=clock.now()))
    assert not replies.is_read_by_two(workshop.activity.organisation_id)
    with pytest.raises(RuleBroken, match="not read on the site"):
        reply(workshop.actor, workshop.signup, workshop.sent.id, "Ciao")
    make.member(workshop.activity.organisation_id, make.account().id, OrganisationRole.FACILITATOR)
    assert not replies.is_read_by_two(workshop.activity.organisation_id)
    make.member(workshop.activity.organisation_id, make.account().id, OrganisationRole.COORDINATOR)
    reply(workshop.actor, workshop.signup, workshop.sent.id, "Ciao")


def test_nobody_answers_for_somebody_else_nor_to_what_did_not_reach_them(tx, workshop):
    for somebody in (workshop.coordinator, make.actor_of(make.account())):
        with pytest.raises(NotFound):
            reply(somebody, workshop.signup, workshop.sent.id, "Ciao")
    with clock.frozen(clock.now() + timedelta(seconds=1)):
        _, late, joined_after = make.signed_up(workshop.opening)
    with pytest.raises(NotFound):
        reply(late, joined_after, workshop.sent.id, "Ciao")
    elsewhere, opening, coordinator = make.published()
    make.signed_up(opening)
    other = announce(coordinator, elsewhere.public_id, Audience.EVERYBODY, "Altrove")
    with pytest.raises(NotFound):
        reply(workshop.actor, workshop.signup, other.id, "Ciao")


def test_who_was_drawn_reads_what_was_announced_before_the_draw(tx, workshop):
    tx.execute(sa.update(Signup).values(joined_at=clock.now() + timedelta(days=1)))
    assert [one.id for one in replies.list_reaching(signup_of(tx, workshop.signup).id)] == [workshop.sent.id]


def test_who_was_only_asked_neither_reads_nor_answers(tx, workshop):
    guardian_id = contact_for("padre@example.org", "it")
    _, _, asked = make.signed_up(workshop.opening, make.SIXTEEN, guardian_id=guardian_id)
    sent = announce(workshop.coordinator, workshop.activity.public_id, Audience.EVERYBODY, "Ciao")
    signup, guardian = signup_of(tx, asked), with_ward(Actor(person_id=guardian_id), asked)
    assert signup.person_id in guardian.wards and not has_said_yes(guardian, signup.id)
    with pytest.raises(NotFound):
        reply(guardian, asked, sent.id, "Ciao")


def test_what_makes_no_sense_is_refused_with_its_sentence(tx, workshop):
    for text in (" \n", "x" * (LONGEST + 1)):
        with pytest.raises(RuleBroken) as caught:
            reply(workshop.actor, workshop.signup, workshop.sent.id, text)
        assert caught.value.field == "text"
    for _ in range(MOST_IN_A_DAY):
        reply(workshop.actor, workshop.signup, workshop.sent.id, "Ciao")
    with pytest.raises(RuleBroken, match="within a day"):
        reply(workshop.actor, workshop.signup, workshop.sent.id, "Ciao")
    with clock.frozen(clock.now() + ANSWERED_WITHIN + timedelta(minutes=1)), pytest.raises(RuleBroken, match="a month old"):
        reply(workshop.actor, workshop.signup, workshop.sent.id, "Ciao")


def test_who_sees_to_an_answer_says_so_once_and_can_take_it_back(tx, workshop):
    made = reply(workshop.actor, workshop.signup, workshop.sent.id, "Ciao")
    for _ in range(2):
        set_handled(workshop.coordinator, workshop.activity.public_id, made.id, is_handled=True)
    (row,) = replies.list_of_announcements([workshop.sent.id])
    assert row.handler == workshop.coordinator.name and not replies.list_open(workshop.activity.organisation_id)
    set_handled(workshop.coordinator, workshop.activity.public_id, made.id, is_handled=False)
    assert replies.list_open(workshop.activity.organisation_id)
    lines = tx.scalars(sa.select(AuditEntry.action).where(AuditEntry.action.contains("reply")).order_by(AuditEntry.id)).all()
    assert lines == ["handle_reply", "reopen_reply"]
    _, stranger = make.organisation()
    with pytest.raises(NotAllowed):
        set_handled(stranger, workshop.activity.public_id, made.id, is_handled=True)
    elsewhere, _, by = make.published()
    with pytest.raises(NotFound):
        set_handled(by, elsewhere.public_id, made.id, is_handled=True)


def test_only_who_watches_over_minors_reads_everywhere(tx, workshop):
    officer = make.actor_of(make.account(), roles=frozenset({Role.SAFEGUARDING_OFFICER}), has_second_factor=True)
    rows, total = replies.list_watched(officer, workshop.activity.title.split()[0])
    assert total >= 1 and workshop.sent.id in [one.id for one in rows]
    assert replies.list_watched(officer, "zzzz") == ([], 0)
    assert [one.id for one in replies.list_watched(officer, page=9)[0]] == [one.id for one in replies.list_watched(officer)[0]]
    for somebody in (workshop.coordinator, workshop.actor):
        with pytest.raises(NotAllowed):
            replies.list_watched(somebody)


def test_what_somebody_answered_goes_with_them(tx, workshop):
    reply(workshop.actor, workshop.signup, workshop.sent.id, "Resta")
    person = make.person()
    without_account = make.actor_of(person)
    theirs = sign_up(without_account, Entry(workshop.opening.public_id, person.id, new_public_id()))
    sent = announce(workshop.coordinator, workshop.activity.public_id, Audience.EVERYBODY, "Ciao")
    reply(without_account, theirs, sent.id, "Va con me")
    with clock.frozen(workshop.activity.ends_at + timedelta(days=370)):
        assert erase_long_over() > 0
    assert tx.scalars(sa.select(Reply.text)).all() == ["Resta"]


def told(tx) -> list[int]:
    return sorted(tx.scalars(sa.select(Notification.recipient_id).where(Notification.kind == "replies_to_read")))


def test_who_writes_for_the_organisation_hears_once_a_day_and_not_what_was_written(tx, workshop):
    facilitator = make.account()
    make.member(workshop.activity.organisation_id, facilitator.id)
    reply(workshop.actor, workshop.signup, workshop.sent.id, "Segreto")
    for _ in range(2):
        tell_of_replies(ReplyWritten(workshop.sent.id), SimpleNamespace(at=clock.now()))
    assert told(tx) == sorted([workshop.coordinator.person_id, workshop.owner.id])
    tell_of_replies(ReplyWritten(workshop.sent.id), SimpleNamespace(at=clock.now() + timedelta(days=1)))
    assert len(told(tx)) == 4


def test_it_is_due_while_nobody_has_seen_to_it_and_only_for_who_still_writes(tx, workshop):
    made = reply(workshop.actor, workshop.signup, workshop.sent.id, "Segreto")

    def message(person_id: int) -> RepliesToRead:
        values = {"notification_id": 1, "subject_type": "announcement", "subject_id": workshop.sent.id, "payload": {}}
        person = tx.get(Person, person_id)
        values |= {"recipient_id": person_id, "person_public_id": person.public_id, "given_name": "", "language": "it"}
        return RepliesToRead(load([SimpleNamespace(**values, created_at=clock.now(), email=person.email, has_account=True)])[1])

    theirs = message(workshop.owner.id)
    assert theirs.is_due() and theirs.is_theirs and "Segreto" not in str(theirs.letter())
    assert not message(workshop.person.id).is_theirs
    set_handled(workshop.coordinator, workshop.activity.public_id, made.id, is_handled=True)
    assert not message(workshop.owner.id).is_due()
