"""The register of an activity: hours are added up, the totals fixed, the documents numbered."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from civic.activities.queries.participants import get_meeting, list_expected
from civic.activities.services import answering, capacity
from civic.activities.services.answering import cancel_signup
from civic.activities.services.publishing import OpeningFields
from civic.activities.types import ActivityKind
from civic.audit.models import AuditEntry
from civic.certificates.models import Certificate, CertificateYear
from civic.certificates.queries.hours import gaps_of, list_hours
from civic.certificates.queries.registers import list_latest
from civic.certificates.services.closing import close_register, set_threshold
from civic.certificates.services.replacing import reissue, revoke
from civic.certificates.types import CertificateKind
from civic.kernel import clock
from civic.kernel.errors import NotAllowed, NotFound, RuleBroken
from tests import factories as make
from tests.registers import ABSENT, EXCUSED, LATE, PRESENT, Course


def of(course: Course, person) -> Certificate:
    return list_latest(course.activity.id)[person.id]


def test_hours_are_the_minutes_marked_and_an_excuse_gives_none(tx):
    course = Course()
    course.somebody(PRESENT, (LATE, 25), EXCUSED)
    with clock.frozen(course.over):
        (hours,) = list_hours(course.activity.id)
    assert (hours.minutes, hours.scheduled_minutes) == (120 + 95, 360)
    assert (hours.meetings_attended, hours.meetings) == (2, 3)


def test_who_comes_back_from_the_queue_is_measured_by_the_meetings_with_a_place_and_keeps_earlier_marks(tx):
    course = Course(capacity=3, late_entry=True)
    first, second, _third = course.meetings
    people = [course.somebody(PRESENT) for _ in range(3)]
    public_id, (_, actor, moved) = course.opening.public_id, people[2]
    with clock.frozen(first.ends_at + timedelta(days=1)):
        capacity.change_capacity(course.coordinator, public_id, 0, 2, (moved,))
    for _, _, signup in people[:2]:
        course.mark(signup, None, PRESENT)
    with clock.frozen(second.ends_at + timedelta(days=1)):
        capacity.change_capacity(course.coordinator, public_id, 0, 3)
        answering.accept_offer(actor, moved)
    for _, _, signup in people:
        course.mark(signup, None, None, PRESENT)
    with clock.frozen(course.over):
        sheets = [get_meeting(course.coordinator, one.public_id) for one in course.meetings]
        expected = [len(list_expected(course.coordinator, sheet)) for sheet in sheets]
    assert expected == [3, 2, 3]
    assert course.close() == 3
    hours = of(course, people[2][0])
    assert (hours.minutes, hours.scheduled_minutes) == (240, 240)


def test_a_cancelled_meeting_is_neither_attended_nor_scheduled(tx):
    course = Course()
    course.somebody(PRESENT, PRESENT)
    course.meetings[2].state = "cancelled"
    with clock.frozen(course.over):
        (hours,) = list_hours(course.activity.id)
    assert (hours.minutes, hours.scheduled_minutes) == (240, 240)


def test_who_joins_later_is_measured_by_the_meetings_from_then_on(tx):
    course = Course(late_entry=True)
    with clock.frozen(course.meetings[0].ends_at + timedelta(days=1)):
        _person, _actor, signup = make.signed_up(course.opening)
    course.mark(signup, ABSENT, PRESENT, PRESENT)
    with clock.frozen(course.over):
        (hours,) = list_hours(course.activity.id)
    assert (hours.minutes, hours.scheduled_minutes, hours.gaps) == (240, 240, ())
    assert hours.first_on == clock.to_rome(course.meetings[1].starts_at).date()


def test_who_left_is_measured_by_the_whole_course(tx):
    course = Course()
    _person, actor, signup = course.somebody(PRESENT)
    with clock.frozen(course.meetings[0].ends_at + timedelta(days=1)):
        cancel_signup(actor, signup)
    with clock.frozen(course.over):
        (hours,) = list_hours(course.activity.id)
    assert (hours.minutes, hours.scheduled_minutes, hours.gaps) == (120, 360, ())


def test_who_lends_a_hand_and_who_never_came_and_left_have_no_hours_here(tx):
    helpers = OpeningFields(kind=ActivityKind.VOLUNTEERING, capacity=3, role="cucina")
    course = Course(openings=(OpeningFields(kind=ActivityKind.WORKSHOP, capacity=3), helpers))
    _, _, helper = make.signed_up(make.openings_of(course.activity)[1])
    course.mark(helper, PRESENT, PRESENT, PRESENT)
    _, actor, gone = make.signed_up(course.opening)
    cancel_signup(actor, gone)
    with clock.frozen(course.over):
        assert list_hours(course.activity.id) == ()


def test_the_minutes_of_one_meeting_count_once_for_a_person_with_two_roles(tx):
    course = Course(openings=tuple(OpeningFields(kind=ActivityKind.WORKSHOP, capacity=3, role=role) for role in ("a", "b")))
    first, second = make.openings_of(course.activity)
    person, actor, signup = make.signed_up(first)
    course.mark(signup, PRESENT, PRESENT, PRESENT)
    again = make.sign_up(actor, make.Entry(second.public_id, person.id, make.new_public_id()))
    course.mark(again, PRESENT, PRESENT, PRESENT)
    with clock.frozen(course.over):
        (hours,) = list_hours(course.activity.id)
    assert (hours.minutes, hours.scheduled_minutes) == (360, 360)


def test_a_missing_mark_keeps_the_register_open_and_says_where(tx):
    course = Course()
    course.somebody(PRESENT, None, PRESENT)
    course.somebody(PRESENT, None, PRESENT)
    with clock.frozen(course.over):
        (gap,) = gaps_of(list_hours(course.activity.id))
        with pytest.raises(RuleBroken, match="marks are missing"):
            close_register(course.coordinator, course.activity.public_id)
    assert (gap.occurrence_public_id, gap.people) == (course.meetings[1].public_id, 2)


def test_before_the_last_meeting_is_over_nothing_is_closed(tx):
    course = Course()
    course.somebody(PRESENT, PRESENT)
    with clock.frozen(course.meetings[2].starts_at), pytest.raises(RuleBroken, match="to come"):
        close_register(course.coordinator, course.activity.public_id)


def test_closing_gives_each_the_document_their_hours_make_with_numbers_that_follow_one_another(tx):
    course = Course()
    enough, _, _ = course.somebody(PRESENT, PRESENT, (LATE, 60))
    less, _, _ = course.somebody(PRESENT, ABSENT, ABSENT)
    never, _, _ = course.somebody(ABSENT, ABSENT, ABSENT)
    assert course.close() == 2
    assert of(course, enough).kind == CertificateKind.ATTENDANCE
    assert of(course, less).kind == CertificateKind.HOURS
    assert never.id not in list_latest(course.activity.id)
    another = Course(meetings=1)
    another.somebody(PRESENT)
    another.close()
    assert list(tx.scalars(sa.select(Certificate.number).order_by(Certificate.id))) == [1, 2, 3]
    assert len({len(code) for code in tx.scalars(sa.select(Certificate.code))}) == 1


def test_numbers_begin_anew_with_the_year_in_rome(tx):
    course = Course(meetings=1)
    course.somebody(PRESENT)
    with clock.frozen(clock.rome_midnight(clock.today().replace(year=2027, month=1, day=1))):
        close_register(course.coordinator, course.activity.public_id)
    assert tx.execute(sa.select(Certificate.year, Certificate.number)).all() == [(2027, 1)]


def test_the_share_is_set_until_the_register_is_closed(tx):
    course = Course()
    person, _, _ = course.somebody(PRESENT, ABSENT, ABSENT)
    set_threshold(course.coordinator, course.activity.public_id, 30)
    course.close()
    assert of(course, person).kind == CertificateKind.ATTENDANCE
    with pytest.raises(RuleBroken, match="closed already"):
        set_threshold(course.coordinator, course.activity.public_id, 50)
    with pytest.raises(RuleBroken, match="closed already"):
        course.close()


def test_totals_stay_as_they_were_fixed_and_a_correction_shows(tx):
    course = Course()
    person, _, signup = course.somebody(PRESENT, PRESENT, PRESENT)
    course.close()
    with clock.frozen(course.over + timedelta(days=3)):
        course.mark(signup, ABSENT, reason="Era un'altra persona")
        (hours,) = list_hours(course.activity.id)
    assert (of(course, person).minutes, hours.minutes) == (360, 240)


def test_a_document_is_revoked_for_a_reason_and_the_new_one_names_the_old(tx):
    course = Course()
    person, _, signup = course.somebody(PRESENT, PRESENT, PRESENT)
    course.close()
    first = of(course, person)
    with clock.frozen(course.over + timedelta(days=3)):
        course.mark(signup, ABSENT, ABSENT, reason="Scambio di nomi")
        with pytest.raises(RuleBroken) as caught:
            reissue(course.coordinator, course.activity.public_id, signup, "  ")
        assert caught.value.field == "reason"
        second = reissue(course.coordinator, course.activity.public_id, signup, "Presenze corrette")
    assert (first.revoked_reason, second.replaces_id, second.number) == ("Presenze corrette", first.id, first.number + 1)
    assert (second.kind, second.minutes) == (CertificateKind.HOURS, 120)
    actions = tx.scalars(sa.select(AuditEntry.action).where(AuditEntry.subject_type == "certificate").order_by(AuditEntry.id))
    assert list(actions) == ["issue_certificate", "revoke_certificate", "issue_certificate"]


def test_who_has_no_hours_any_more_keeps_a_revoked_document_and_gets_none(tx):
    course = Course(meetings=1)
    person, _, signup = course.somebody(PRESENT)
    course.close()
    with clock.frozen(course.over + timedelta(days=3)):
        course.mark(signup, ABSENT, reason="Non c'era")
        assert reissue(course.coordinator, course.activity.public_id, signup, "Non c'era") is None
    assert of(course, person).revoked_at is not None


def test_what_was_revoked_is_revoked_once_and_may_be_issued_again(tx):
    course = Course(meetings=1)
    _, _, signup = course.somebody(PRESENT)
    course.close()
    revoke(course.coordinator, course.activity.public_id, signup, "Consegnato per sbaglio")
    with pytest.raises(RuleBroken):
        revoke(course.coordinator, course.activity.public_id, signup, "Di nuovo")
    with clock.frozen(course.over):
        assert reissue(course.coordinator, course.activity.public_id, signup, "").replaces_id is not None


def test_before_the_register_is_closed_nothing_is_issued(tx):
    course = Course(meetings=1)
    _, _, signup = course.somebody(PRESENT)
    with pytest.raises(RuleBroken, match="not closed"):
        reissue(course.coordinator, course.activity.public_id, signup, "x")


def test_only_who_coordinates_keeps_the_register(tx):
    course, other = Course(meetings=1), Course(meetings=1)
    _, _, signup = course.somebody(PRESENT)
    helper = make.actor_of(make.account(), organisations={course.activity.organisation_id: "facilitator"}, has_second_factor=True)
    public_id = course.activity.public_id
    for actor, refusal in ((helper, NotAllowed), (other.coordinator, NotFound)):
        for verb, more in ((close_register, ()), (set_threshold, (50,)), (revoke, (signup, "x")), (reissue, (signup, "x"))):
            with pytest.raises(refusal):
                verb(actor, public_id, *more)
    course.close()
    other.somebody(PRESENT)
    other.close()
    with pytest.raises(NotFound):
        reissue(other.coordinator, other.activity.public_id, signup, "x")


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE certificate SET minutes = 1",
        "UPDATE certificate SET number = 99",
        "UPDATE certificate SET code = 'x'",
        "DELETE FROM certificate",
        "UPDATE certificate SET document = 'x', prepared_at = issued_at; UPDATE certificate SET document = 'y'",
        "UPDATE certificate SET revoked_at = issued_at, revoked_reason = 'a'; "
        "UPDATE certificate SET revoked_at = NULL, revoked_reason = NULL",
    ],
)
def test_what_was_issued_cannot_be_changed(tx, change):
    course = Course(meetings=1)
    course.somebody(PRESENT)
    course.close()
    with pytest.raises(sa.exc.IntegrityError, match="append-only"), tx.begin_nested():
        for statement in change.split(";"):
            tx.execute(sa.text(statement))


def test_the_file_can_go_and_the_figures_stay(tx):
    course = Course(meetings=1)
    course.somebody(PRESENT)
    course.close()
    tx.execute(sa.text("UPDATE certificate SET document = 'x', prepared_at = issued_at"))
    tx.execute(sa.text("UPDATE certificate SET document = NULL, initials = ''"))
    assert tx.scalar(sa.select(CertificateYear.last)) == 1
