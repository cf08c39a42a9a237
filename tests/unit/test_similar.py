"""Who lost an activity is led to others of the same kind, with places free and for their age."""

from __future__ import annotations

from datetime import date

import pytest

from civic.activities.similar import similar_path

TODAY = date(2026, 11, 26)


@pytest.mark.parametrize(
    ("kind", "birth_on", "path"),
    [
        ("workshop", date(2013, 11, 26), "/laboratori?posti=1&eta=13"),
        ("workshop", date(2013, 11, 27), "/laboratori?posti=1&eta=12"),
        ("training", None, "/laboratori?posti=1"),
        ("volunteering", date(1990, 5, 3), "/volontariato?posti=1&eta=36"),
    ],
)
def test_others_are_of_the_same_kind_have_places_and_are_for_who_is_of_that_age_today(kind, birth_on, path):
    assert similar_path(kind, birth_on, TODAY) == path
