"""The programme loads from its files, twice as well as once, and reads back as published."""

from decimal import Decimal

import pytest
import sqlalchemy as sa

from civic.kernel.actor import ANONYMOUS, SYSTEM
from civic.kernel.errors import NotAllowed, NotFound
from civic.programme import queries
from civic.programme.models import Axis, Place, Quartiere, Zona
from civic.programme.services import seed_programme


@pytest.fixture
def seeded(tx):
    seed_programme(SYSTEM)
    return tx


def test_the_overview_tells_that_the_parts_exceed_the_whole(seeded):
    overview = queries.get_programme()
    assert overview.axis_amount == Decimal("9830384.00")
    assert overview.parts_total == Decimal("9830384.57")
    assert overview.difference == Decimal("0.57")
    assert [action.slug for action in overview.actions] == [
        "poverta-abitativa",
        "cultura-e-collaborazione-civica",
        "accelerazione-civica",
    ]


def test_loading_twice_changes_nothing(seeded):
    before = {place.slug: (place.id, place.public_id) for place in queries.list_places()}
    seed_programme(SYSTEM)
    assert {place.slug: (place.id, place.public_id) for place in queries.list_places()} == before
    counts = [seeded.scalar(sa.select(sa.func.count()).select_from(table)) for table in (Axis, Quartiere, Zona, Place)]
    assert counts == [1, 6, 18, 19]


def test_loading_again_corrects_the_words_and_keeps_a_point_somebody_set(seeded):
    place = queries.get_place("biblioteca-salaborsa")
    place.address, place.lat, place.lon = "altrove", 44.4942, 11.3426
    seeded.flush()
    seed_programme(SYSTEM)
    seeded.expire_all()
    place = queries.get_place("biblioteca-salaborsa")
    assert (place.address, place.lat) == ("Piazza del Nettuno, 3", 44.4942)


def test_a_place_without_a_named_quartiere_has_none(seeded):
    assert {place.name for place in queries.list_places() if place.quartiere_id is None} == {
        "Biblioteca Salaborsa",
        "Biblioteca dell'Archiginnasio",
    }
    navile = next(quartiere for quartiere in queries.list_quartieri() if quartiere.slug == "navile")
    assert len(queries.list_places(navile.id)) == 4
    assert [zona.name for zona in queries.list_zone(navile.id)] == ["Bolognina", "Corticella", "Lame"]


def test_places_and_actions_are_found_by_what_people_call_them(seeded):
    assert queries.find_place_by_name("cà solare").slug == "casa-di-quartiere-ca-solare"
    assert queries.find_place_by_name("Teatro Duse") is None
    assert queries.get_action("accelerazione-civica").amount == Decimal("6085476.22")
    assert len(queries.get_action("accelerazione-civica").aim("en")) == 3
    with pytest.raises(NotFound):
        queries.get_action("mobilita")


def test_before_anything_is_loaded_there_is_no_programme(tx):
    with pytest.raises(NotFound):
        queries.get_programme()


def test_a_passer_by_may_not_load_the_programme(tx):
    with pytest.raises(NotAllowed):
        seed_programme(ANONYMOUS)
