"""What a suspended organisation had published is neither shown nor open, and comes back with it."""

from __future__ import annotations

import pytest

from civic.activities.queries.activity_page import get_public_activity
from civic.activities.queries.by_place import list_places_with_counts
from civic.activities.queries.lists import Filters, list_meetings, list_public
from civic.kernel.errors import NotFound, RuleBroken
from civic.organisations.types import OrganisationState
from tests import factories as make


@pytest.fixture
def published(tx):
    """A published activity at a place, with its organisation."""
    owner, coordinator = make.organisation()
    activity, opening, _ = make.published(by=(owner, coordinator), place_id=make.place().id)
    return owner, activity, opening


def shown(activity) -> list[int]:
    """Count where the public meets the activity: list, search, calendar, map."""
    meetings, _ = list_meetings(activity.starts_at, activity.ends_at)
    places = [row for row in list_places_with_counts() if row.activities]
    return [len(list_public(Filters())[0]), len(list_public(Filters(text="radio"))[0]), len(meetings), len(places)]


def test_nothing_of_a_suspended_organisation_is_public(tx, published):
    owner, activity, _ = published
    assert shown(activity) == [1, 1, 1, 1]
    owner.state = OrganisationState.SUSPENDED
    tx.flush()
    assert shown(activity) == [0, 0, 0, 0]
    with pytest.raises(NotFound):
        get_public_activity(activity.slug)


def test_nobody_signs_up_while_the_organisation_is_suspended(tx, published):
    owner, _, opening = published
    owner.state = OrganisationState.SUSPENDED
    tx.flush()
    with pytest.raises(RuleBroken, match="not open"):
        make.signed_up(opening)
    owner.state = OrganisationState.VERIFIED
    tx.flush()
    assert make.signed_up(opening)
