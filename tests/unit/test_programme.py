"""The programme's files say what was published, and names are understood as people write them."""

from decimal import Decimal

import pytest

from civic.kernel.actor import ANONYMOUS, SYSTEM, Actor, Role
from civic.kernel.errors import NotAllowed
from civic.kernel.i18n import _, use_language
from civic.programme import catalogue, policy
from civic.programme.names import bare, comparable, match_place
from civic.programme.types import PlaceKind, ProgrammeOverview


def place(text: str):
    return match_place(text, catalogue.places())


def test_the_three_actions_carry_the_published_amounts_and_dates():
    assert [(a.amount, a.starts_on.isoformat(), a.ends_on.isoformat()) for a in catalogue.actions()] == [
        (Decimal("1879999.99"), "2016-09-01", "2021-12-31"),
        (Decimal("1864908.36"), "2016-09-01", "2021-12-31"),
        (Decimal("6085476.22"), "2016-11-01", "2021-12-31"),
    ]


def test_the_parts_exceed_the_axis_by_fifty_seven_cents():
    total = sum(action.amount for action in catalogue.actions())
    overview = ProgrammeOverview("3", "a", "b", catalogue.axis().amount, (), total)
    assert overview.axis_amount == Decimal("9830384.00")
    assert overview.parts_total == Decimal("9830384.57")
    assert overview.difference == Decimal("0.57")
    assert not overview.adds_up


def test_every_action_tells_its_aim_in_the_same_number_of_paragraphs_in_both_languages():
    for action in catalogue.actions():
        italian, english = action.aim_it.split("\n\n"), action.aim_en.split("\n\n")
        assert 2 <= len(italian) == len(english) <= 3
        assert "\n" not in italian[0]


def test_six_quartieri_eighteen_zone_and_nineteen_places():
    assert len(catalogue.quartieri()) == 6
    assert len({zona.code for zona in catalogue.zone()}) == 18
    assert {zona.quartiere_code for zona in catalogue.zone()} == {q.code for q in catalogue.quartieri()}
    assert len({known.slug for known in catalogue.places()}) == 19
    assert all(known.kind is not PlaceKind.OTHER for known in catalogue.places())


def test_the_quartiere_of_a_place_is_not_guessed():
    unknown = {known.name for known in catalogue.places() if known.quartiere is None}
    assert unknown == {"Biblioteca Salaborsa", "Biblioteca dell'Archiginnasio"}
    named = {known.quartiere for known in catalogue.places()} - {None}
    assert named <= {quartiere.name for quartiere in catalogue.quartieri()}


def test_every_quartiere_has_a_shape():
    shapes = {feature["properties"]["codice_asc1_istat"] for feature in catalogue.quartiere_shapes()["features"]}
    assert shapes == {quartiere.code for quartiere in catalogue.quartieri()}


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Casa di Quartiere Ca' Solare", "Casa di Quartiere Ca' Solare"),
        ("cà solare", "Casa di Quartiere Ca' Solare"),
        ("CDQ Ca’ Solare", "Casa di Quartiere Ca' Solare"),
        ("  casa  di quartiere  SCIPIONE DAL FERRO ", "Casa di Quartiere Scipione dal Ferro"),
        ("parco", "Casa di Quartiere Il Parco"),
        ("Il Parco", "Casa di Quartiere Il Parco"),
        ("Salaborsa", "Biblioteca Salaborsa"),
        ("biblioteca Archiginnasio", "Biblioteca dell'Archiginnasio"),
        ("Zonarelli", "Centro Interculturale Zonarelli"),
        ("centro Zonarelli", "Centro Interculturale Zonarelli"),
    ],
)
def test_a_place_is_found_however_it_is_spelt(typed, meant):
    assert place(typed).name == meant


@pytest.mark.parametrize("typed", ["", "  ", "Casa di Quartiere", "Biblioteca", "Teatro Duse", "'"])
def test_a_name_that_fits_no_place_finds_none(typed):
    assert place(typed) is None


def test_a_short_name_that_fits_two_places_finds_neither():
    class Known:
        def __init__(self, name):
            self.name = name

    both = [Known("Casa di Quartiere Corticella"), Known("Biblioteca Corticella")]
    assert match_place("Corticella", both) is None
    assert match_place("biblioteca corticella", both) is both[1]


def test_dashes_accents_and_spaces_do_not_tell_names_apart():
    assert comparable("Porto - Saragozza") == comparable("Porto-Saragozza") == "porto saragozza"
    assert bare("Biblioteca dell'Archiginnasio") == "archiginnasio"


@pytest.mark.parametrize(
    ("typed", "slug"),
    [
        ("BO3.1.1.a", "poverta-abitativa"),
        ("bo3 1 1 a", "poverta-abitativa"),
        ("Povertà abitativa", "poverta-abitativa"),
        ("Collaborazione civica", "cultura-e-collaborazione-civica"),
        ("accelerazione civica", "accelerazione-civica"),
        ("cultura-e-collaborazione-civica", "cultura-e-collaborazione-civica"),
        ("", None),
        ("BO9.9.9", None),
    ],
)
def test_an_action_is_found_by_code_name_or_short_name(typed, slug):
    assert catalogue.find_action_slug(typed) == slug


def test_no_two_actions_answer_to_the_same_words():
    words = [comparable(word) for action in catalogue.actions() for word in (action.slug, *action.also, action.name_it)]
    assert len({*words}) >= len(words) - 3  # a slug may repeat one of its own short names
    owners = {word: catalogue.find_action_slug(word) for word in words}
    for action in catalogue.actions():
        assert {owners[comparable(word)] for word in action.also} == {action.slug}


def test_only_the_system_and_administrators_load_the_programme():
    policy.check_can_seed(SYSTEM)
    policy.check_can_seed(Actor(person_id=1, roles=frozenset({Role.PLATFORM_ADMINISTRATOR})))
    for actor in (ANONYMOUS, Actor(person_id=2, roles=frozenset({Role.OFFICER}))):
        with pytest.raises(NotAllowed):
            policy.check_can_seed(actor)


def test_kinds_of_place_have_words_in_italian():
    with use_language("it"):
        assert _(PlaceKind.NEIGHBOURHOOD_HOUSE.label) == "Casa di Quartiere"
        assert all(_(kind.label) != kind.label for kind in PlaceKind)
