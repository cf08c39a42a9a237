"""What a sheet marks: images for everybody who sees it, health and going home for who conducts, for a few days."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from civic.activities.models import Signup
from civic.activities.services.answering import cancel_signup
from civic.care.models import CareConsent, CareViewing, CollectionNote, HealthNote, ImageRelease
from civic.care.queries.marks import marks_of
from civic.care.queries.subjects import get_subject
from civic.care.queries.viewings import list_viewings
from civic.care.services import viewing, writing
from civic.care.types import Channel, Collection, Collector, Need, Record
from civic.care.types import HealthNote as Note
from civic.kernel import clock
from civic.kernel.actor import OrganisationRole
from civic.kernel.db import session
from civic.kernel.errors import NotAllowed, NotFound, RuleBroken
from civic.outbox.models import OutboxEvent
from tests import factories as make
from tests.care import TEXT, family


@pytest.fixture
def there(tx):
    return family()


def entrust_everything(there) -> None:
    writing.ask_for_health(there.coordinator, there.activity.public_id, frozenset({Need.FOOD}))
    writing.write_health(there.guardian, there.signup, Note(allergies="Arachidi"), TEXT)
    adults = (Collector("Nonna Ada", "+393331234567"),)
    writing.write_collection(there.guardian, there.signup, Collection(False, adults), TEXT)
    there.release({Channel.WEBSITE})


def marks_at(there, when, actor=None):
    with clock.frozen(when):
        return marks_of(actor or there.coordinator, [there.signup_id])[there.signup_id]


def test_who_conducts_sees_the_marks_from_two_days_before_the_first_meeting_to_one_after_the_last(there):
    entrust_everything(there)
    first, last, moment = there.starts_at - timedelta(hours=48), there.ends_at + timedelta(hours=24), timedelta(seconds=1)
    for when, reads in ((first - moment, False), (first, True), (last, True), (last + moment, False)):
        found = marks_at(there, when)
        assert (found.reads, found.has_note, found.allergy) == (reads, reads, reads)
        assert found.collected_by == (("Nonna Ada",) if reads else ())
        assert found.photos == {Channel.WEBSITE}


def test_who_works_there_and_does_not_conduct_sees_of_the_three_only_whether_images_may_be_shown(there):
    entrust_everything(there)
    member = make.account()
    make.member(there.activity.organisation_id, member.id, OrganisationRole.OWNER)
    found = marks_at(there, there.starts_at, make.actor_of(member, has_second_factor=True))
    assert (found.reads, found.has_note, found.leaves_alone, found.photos) == (False, False, None, {Channel.WEBSITE})


def test_without_a_yes_there_are_no_photos_and_somebody_must_collect_a_child(there):
    found = marks_at(there, there.starts_at)
    assert (found.asks_photos, found.photos, found.is_child, found.leaves_alone) == (True, frozenset(), True, None)


def test_of_who_gave_the_place_back_nothing_is_marked(there):
    entrust_everything(there)
    cancel_signup(there.guardian, there.signup)
    found = marks_at(there, there.starts_at)
    assert (found.has_note, found.collected_by) == (False, ())


def test_at_eighteen_a_release_that_others_gave_is_off_until_it_is_given_anew(tx):
    there = family(birth_on=make.NOW.date().replace(year=2008, month=12, day=1))
    there.release({Channel.PRESS})
    birthday = clock.rome_midnight(there.child.birth_on.replace(year=2026))
    assert marks_at(there, birthday - timedelta(minutes=1)).photos == {Channel.PRESS}
    assert marks_at(there, birthday).photos == frozenset()
    with clock.frozen(birthday):
        with pytest.raises(NotFound):
            there.release({Channel.PRESS})
        there.release({Channel.PRESS}, by=make.actor_of(there.child))
    assert marks_at(there, birthday).photos == {Channel.PRESS}


def test_marks_of_many_are_read_by_one_statement(there, connection):
    entrust_everything(there)
    sent = []
    sa.event.listen(connection, "before_cursor_execute", lambda *args: sent.append(args[2]))
    ids = list(session().scalars(sa.select(Signup.id)))
    del sent[:]
    assert set(marks_of(there.coordinator, ids)) == set(ids)
    assert len([one for one in sent if not one.startswith(("SAVEPOINT", "RELEASE"))]) == 1


def test_what_was_written_is_not_in_the_database_for_who_reads_its_tables(there, tx):
    entrust_everything(there)
    rows = [tx.execute(sa.select(one.__table__)).one() for one in (HealthNote, CollectionNote, ImageRelease)]
    kept = b"".join(bytes(value) for row in rows for value in row if isinstance(value, bytes | memoryview))
    assert kept and not [word for word in (b"Arachidi", b"Nonna", b"3331234567", b"website") if word in kept]


def test_a_mark_that_was_shown_is_a_viewing_that_nobody_can_change(there, tx):
    entrust_everything(there)
    with clock.frozen(there.starts_at):
        viewing.note_marks_seen(there.coordinator, marks_of(there.coordinator, [there.signup_id]))
    seen = tx.execute(sa.select(CareViewing.record, CareViewing.viewer_id, CareViewing.in_full)).all()
    shown = ((Record.HEALTH, False), (Record.COLLECTION, True))  # who collects stands there by name
    assert set(seen) == {(one, there.coordinator.person_id, in_full) for one, in_full in shown}
    for statement in ("UPDATE care_viewing SET in_full = true", "DELETE FROM care_viewing", "TRUNCATE care_viewing"):
        with pytest.raises(sa.exc.IntegrityError, match="append-only"), tx.begin_nested():
            tx.execute(sa.text(statement))


def test_health_is_written_only_where_the_workshop_asks_and_goes_when_it_no_longer_does(there, tx):
    with pytest.raises(RuleBroken):
        writing.write_health(there.guardian, there.signup, Note(allergies="Arachidi"), TEXT)
    entrust_everything(there)
    writing.ask_for_health(there.coordinator, there.activity.public_id, frozenset())
    assert tx.scalar(sa.select(sa.func.count()).select_from(HealthNote)) == 0
    health = sa.select(CareConsent.withdrawn_at).where(CareConsent.record == Record.HEALTH)
    assert tx.scalar(health) is not None
    told = tx.scalars(sa.select(OutboxEvent.payload).where(OutboxEvent.name == "HealthDeleted")).all()
    assert told == [{"signup_id": there.signup_id, "given_by_id": there.guardian.person_id}]


def test_whoever_loads_a_page_again_and_again_hides_nobody(there, tx):
    entrust_everything(there)
    other = make.actor_of(make.account())
    with clock.frozen(there.starts_at):
        viewing.note_viewings(other, [(Record.HEALTH, there.signup_id)], in_full=True)
        for _ in range(120):
            viewing.note_viewings(there.coordinator, [(Record.HEALTH, there.signup_id)], in_full=True)
        found = list_viewings(get_subject(there.guardian, there.signup))
    assert sorted(one.times for one in found) == [1, 120]


def test_from_fourteen_on_nobody_is_asked_how_they_go_home(tx):
    there = family(birth_on=make.SIXTEEN)
    with pytest.raises(RuleBroken):
        writing.write_collection(there.guardian, there.signup, Collection(True), TEXT)
    assert not marks_at(there, there.starts_at).is_child


def test_the_young_person_does_not_write_but_says_no_to_images(tx):
    there = family(birth_on=make.SIXTEEN)
    own = make.actor_of(there.child)
    there.release({Channel.SOCIAL})
    with pytest.raises(NotAllowed):
        there.release({Channel.SOCIAL, Channel.PRESS}, by=own)
    assert writing.take_back(own, there.signup, Record.IMAGES)
    assert marks_at(there, there.starts_at).photos == frozenset()
