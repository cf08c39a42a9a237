"""No workshop for minors is public without adults whose certificates were seen; what makes a public one weaker is refused."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from civic.accounts.models import Account
from civic.activities.models import Activity, ActivityFacilitator, Opening
from civic.activities.queries.conducting import get_conducted
from civic.activities.services import age_exceptions, capacity, facilitating, moving, publishing
from civic.activities.services.authorising import Given
from civic.activities.services.publishing import ActivityFields, OpeningFields, Plan
from civic.activities.services.signing_up import Entry, sign_up
from civic.activities.types import ActivityKind, ActivityState, AgeBasis
from civic.kernel import clock
from civic.kernel.actor import OrganisationRole
from civic.kernel.errors import NotAllowed, NotFound, RuleBroken
from civic.kernel.ids import new_public_id
from civic.organisations.services import members
from civic.safeguarding.types import Outcome
from tests import factories as make


@pytest.fixture
def house(tx):
    return make.organisation()


def draft(house, kind=ActivityKind.WORKSHOP, capacity=10, starts_in=timedelta(days=14), **fields) -> Activity:
    row, coordinator = house
    start = clock.now() + starts_in
    openings = fields.pop("openings", None) or (OpeningFields(kind, capacity),)
    plan = Plan(ActivityFields(kind, "Rap", **fields), ((start, start + timedelta(hours=2)),), openings)
    return publishing.create_activity(coordinator, row.id, plan)


def colleague(house, days: int | None = 90, outcome: Outcome = Outcome.CLEAR, name: str = "Anna"):
    """Write a member whose certificate is good for so many days (None: nothing was declared)."""
    someone = make.account(name=name)
    membership = make.member(house[0].id, someone.id)
    if days is not None:
        make.declared(membership, outcome, days)
    return someone


def conducts(house, activity, *people) -> None:
    for one in people:
        facilitating.add_facilitator(house[1], activity.public_id, one.public_id)


def withdraw_certificates(tx) -> None:
    """Let nobody who conducts anything be clear any more."""
    conducting = sa.select(ActivityFacilitator.membership_id)
    for membership in tx.scalars(sa.select(make.Membership).where(make.Membership.id.in_(conducting))).all():
        make.declared(membership, Outcome.NOT_CLEAR)


def publish(house, activity) -> ActivityState:
    return publishing.publish_activity(house[1], activity.public_id).state


def change(house, activity, **changes) -> Activity:
    names = ActivityFields.__dataclass_fields__
    words = {name: getattr(activity, name) for name in names} | {"languages": tuple(activity.languages)}
    return publishing.update_activity(house[1], activity.public_id, ActivityFields(**{**words, **changes}))


def set_places(house, activity, number: int) -> None:
    capacity.change_capacity(house[1], make.openings_of(activity)[0].public_id, 0, number)


def test_a_workshop_for_minors_is_published_with_a_declared_adult(house):
    activity = draft(house)
    conducts(house, activity, colleague(house))
    assert publish(house, activity) is ActivityState.PUBLISHED


@pytest.mark.parametrize(
    ("days", "outcome", "says"),
    [
        (None, None, "is missing"),
        (90, Outcome.NOT_CLEAR, "cannot conduct"),
        (-1, Outcome.CLEAR, "ended on"),
        (13, Outcome.CLEAR, "before"),
    ],
)
def test_it_is_refused_with_the_name_of_who_is_not_declared_and_nothing_is_written(house, days, outcome, says):
    activity = draft(house)
    conducts(house, activity, colleague(house, days, outcome))
    with pytest.raises(RuleBroken, match=says) as refused:
        publish(house, activity)
    assert refused.value.values["name"].startswith("Anna")
    assert activity.state is ActivityState.DRAFT


@pytest.mark.parametrize("kind", [ActivityKind.WORKSHOP, ActivityKind.TRAINING])
def test_it_is_refused_while_nobody_conducts_it(house, kind):
    with pytest.raises(RuleBroken, match="Say who conducts"):
        publish(house, draft(house, kind=kind))


def test_an_adult_whose_account_was_closed_conducts_nobody(house, tx):
    activity = draft(house)
    who = colleague(house)
    conducts(house, activity, who)
    tx.execute(sa.update(Account).where(Account.person_id == who.id).values(disabled_at=clock.now()))
    with pytest.raises(RuleBroken, match="was closed"):
        publish(house, activity)


def test_what_is_over_opens_again_only_with_adults(house):
    activity = draft(house, starts_in=timedelta(days=1))
    who = colleague(house)
    conducts(house, activity, who)
    publish(house, activity)
    with clock.frozen(clock.now() + timedelta(days=3)):
        facilitating.remove_facilitator(house[1], activity.public_id, who.public_id)
        start = clock.now() + timedelta(days=7)
        with pytest.raises(RuleBroken, match="Say who conducts"):
            moving.add_occurrence(house[1], activity.public_id, start, start + timedelta(hours=2))


def test_a_minor_let_in_among_adults_needs_them_declared_and_then_makes_it_a_workshop_for_minors(house, tx):
    activity = draft(house, age_min=18)
    publish(house, activity)
    (opening,) = make.openings_of(activity)
    child = make.person(make.THIRTEEN)
    parent = make.guardian_of(child)
    token = age_exceptions.token_of(age_exceptions.allow(house[1], activity.public_id, "Viene con la sorella"))

    def enter():
        yes = Given(parent.person_id, "testo")
        return sign_up(
            parent, Entry(opening.public_id, child.id, new_public_id(), authorisation=yes, age_exception=token)
        )

    with pytest.raises(RuleBroken, match="which adults may be with minors"):
        enter()
    who = colleague(house)
    conducts(house, activity, who)
    enter()
    assert get_conducted(activity.id).is_for_minors
    with pytest.raises(RuleBroken, match="Say who conducts"):
        facilitating.remove_facilitator(house[1], activity.public_id, who.public_id)


@pytest.mark.parametrize(
    "fields",
    [
        {"age_min": 18},
        {"kind": ActivityKind.VOLUNTEERING},
        {"kind": ActivityKind.TRAINING, "age_min": 18},
        {"kind": ActivityKind.PUBLIC_EVENT},
    ],
)
def test_what_no_minor_is_taught_in_needs_nobody(house, fields):
    assert publish(house, draft(house, **fields)) is ActivityState.PUBLISHED


def test_who_begins_a_school_year_at_seventeen_is_a_minor(house):
    with pytest.raises(RuleBroken, match="Say who conducts"):
        publish(house, draft(house, age_min=18, age_basis=AgeBasis.SCHOOL_YEAR))


def test_a_sixteenth_place_needs_a_second_adult(house):
    activity = draft(house, capacity=16)
    conducts(house, activity, colleague(house))
    with pytest.raises(RuleBroken, match="adults are needed") as refused:
        publish(house, activity)
    assert refused.value.values == {"places": 16, "needed": 2, "there": 1}
    conducts(house, activity, colleague(house, name="Ugo"))
    assert publish(house, activity) is ActivityState.PUBLISHED


def test_places_of_volunteers_do_not_count_and_those_of_meetings_count_once(house):
    one, other = (OpeningFields(ActivityKind.WORKSHOP, number, occurrence=0) for number in (9, 6))
    openings = (one, other, OpeningFields(ActivityKind.VOLUNTEERING, 20, "cucina"))
    activity = draft(house, openings=openings)
    start = clock.now() + timedelta(days=20)
    moving.add_occurrence(house[1], activity.public_id, start, start + timedelta(hours=2))
    assert get_conducted(activity.id).places == 15
    set_places(house, activity, 12)
    assert get_conducted(activity.id).places == 18
    set_places(house, activity, 9)
    publishing.add_opening_row(activity, OpeningFields(ActivityKind.WORKSHOP, 3), [])
    assert get_conducted(activity.id).places == 18


def test_more_places_than_the_adults_can_look_after_are_refused_and_fewer_are_not(tx, house):
    activity = draft(house)
    conducts(house, activity, colleague(house))
    publish(house, activity)
    with pytest.raises(RuleBroken, match="adults are needed"), tx.begin_nested():
        set_places(house, activity, 16)
    assert tx.scalar(sa.select(Opening.capacity)) == 10
    set_places(house, activity, 15)
    with pytest.raises(RuleBroken, match="adults are needed"), tx.begin_nested():
        capacity.add_opening(house[1], activity.public_id, OpeningFields(ActivityKind.WORKSHOP, 1, "ascolto"))
    withdraw_certificates(tx)
    capacity.add_opening(house[1], activity.public_id, OpeningFields(ActivityKind.VOLUNTEERING, 5, "cucina"))
    set_places(house, activity, 9)


def test_a_draft_may_have_any_number_of_places(house):
    activity = draft(house)
    set_places(house, activity, 90)
    assert get_conducted(activity.id).places == 90


def test_the_last_who_may_conduct_a_public_workshop_stays_until_another_comes(tx, house):
    activity = draft(house)
    anna, ugo = colleague(house), colleague(house, name="Ugo")
    conducts(house, activity, anna)
    publish(house, activity)
    with pytest.raises(RuleBroken, match="Say who conducts"), tx.begin_nested():
        facilitating.remove_facilitator(house[1], activity.public_id, anna.public_id)
    assert len(get_conducted(activity.id).facilitators) == 1
    conducts(house, activity, ugo)
    facilitating.remove_facilitator(house[1], activity.public_id, anna.public_id)
    assert [one.person for one in get_conducted(activity.id).facilitators] == [ugo.public_id]


def test_who_may_not_conduct_goes_from_a_public_workshop_and_does_not_come_to_it(tx, house):
    activity = draft(house)
    anna, ugo, eva = colleague(house), colleague(house, name="Ugo"), colleague(house, None, name="Eva")
    conducts(house, activity, anna, ugo)
    publish(house, activity)
    for someone in (anna, ugo):
        membership = tx.scalar(sa.select(make.Membership).where(make.Membership.person_id == someone.id))
        make.declared(membership, Outcome.NOT_CLEAR)
    facilitating.remove_facilitator(house[1], activity.public_id, anna.public_id)
    facilitating.remove_facilitator(house[1], activity.public_id, ugo.public_id)
    assert activity.state is ActivityState.PUBLISHED
    with pytest.raises(RuleBroken, match="is missing"), tx.begin_nested():
        conducts(house, activity, eva)
    assert get_conducted(activity.id).facilitators == ()


def test_ages_that_let_minors_into_a_public_workshop_are_refused_and_other_words_are_not(tx, house):
    activity = draft(house, age_min=18)
    publish(house, activity)
    with pytest.raises(RuleBroken, match="Say who conducts"), tx.begin_nested():
        change(house, activity, age_min=14)
    tx.refresh(activity)
    assert activity.age_min == 18
    conducts(house, activity, colleague(house))
    assert change(house, activity, age_min=14).age_min == 14
    withdraw_certificates(tx)
    assert change(house, activity, title="Rap e rime", age_min=15).title == "Rap e rime"


def test_who_leaves_the_organisation_conducts_nothing_of_it_even_coming_back(tx, house):
    activity = draft(house)
    anna = colleague(house)
    conducts(house, activity, anna)
    leaver = make.actor_of(anna, organisations={house[0].id: OrganisationRole.FACILITATOR})
    members.leave(leaver, house[0].id)
    assert get_conducted(activity.id).facilitators == ()
    make.member(house[0].id, anna.id)
    assert get_conducted(activity.id).facilitators == ()


def test_only_adult_members_conduct_and_only_who_edits_says_who(house):
    activity = draft(house)
    child = make.account(make.SIXTEEN)
    make.member(house[0].id, child.id)
    with pytest.raises(RuleBroken, match="Only adults"):
        conducts(house, activity, child)
    for stranger in (make.account(), make.organisation()[1]):
        public_id = getattr(stranger, "public_id", "nobody")
        with pytest.raises(NotFound):
            facilitating.add_facilitator(house[1], activity.public_id, public_id)
    anna = colleague(house)
    facilitator = make.actor_of(anna, organisations={house[0].id: OrganisationRole.FACILITATOR}, has_second_factor=True)
    for verb in (facilitating.add_facilitator, facilitating.remove_facilitator):
        with pytest.raises(NotAllowed):
            verb(facilitator, activity.public_id, anna.public_id)
        with pytest.raises(NotFound):
            verb(make.organisation()[1], activity.public_id, anna.public_id)


def test_naming_somebody_twice_changes_nothing_and_a_draft_is_deleted_with_who_conducts_it(tx, house):
    activity = draft(house)
    anna = colleague(house, None)
    conducts(house, activity, anna, anna)
    assert len(get_conducted(activity.id).facilitators) == 1
    facilitating.remove_facilitator(house[1], activity.public_id, anna.public_id)
    facilitating.remove_facilitator(house[1], activity.public_id, anna.public_id)
    conducts(house, activity, anna)
    publishing.delete_draft(house[1], activity.public_id)
    assert tx.scalar(sa.select(sa.func.count()).select_from(ActivityFacilitator)) == 0
