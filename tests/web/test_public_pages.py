"""Public pages: filters, caches that are never stale, a constant number of statements, GETs that write nothing."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from civic.activities.models import Activity, Opening
from civic.activities.services import moving, publishing
from civic.activities.services.publishing import ActivityFields, OpeningFields
from civic.activities.types import ActivityKind, AgeBasis, EntryMode
from civic.kernel import clock
from civic.kernel.db import session, transaction
from civic.kernel.ids import new_public_id, plain
from civic.programme.services import seed_programme
from tests import factories as make

LISTS = ("/", "/laboratori", "/volontariato", "/calendario")


def fill(count: int) -> Activity:
    """Publish one activity through the services and copy its row until there are `count`."""
    with transaction():
        activity, opening, _ = make.published(title="Radio di quartiere", languages=("it", "ar"), age_min=11, age_max=14)
        occurrence = make.occurrences_of(activity)[0]
        for number in range(count - 1):
            copied = {
                column.name: getattr(activity, column.name)
                for column in Activity.__table__.columns
                if column.name not in ("id", "public_id", "slug", "import_key")
            }
            row = Activity(**copied, public_id=new_public_id(), slug=f"{activity.slug}-{new_public_id()}")
            session().add(row)
            session().flush()
            session().execute(
                sa.text(
                    "INSERT INTO occurrence (public_id, activity_id, starts_at, ends_at, state, version) "
                    "SELECT :public_id, :activity_id, starts_at, ends_at, state, 0 FROM occurrence WHERE id = :source"
                ),
                {"public_id": new_public_id(), "activity_id": row.id, "source": occurrence.id},
            )
            session().add(
                Opening(public_id=new_public_id(), activity_id=row.id, kind=opening.kind, role="", capacity=10 + number % 3)
            )
        session().flush()
        return activity


@pytest.mark.parametrize("path", LISTS)
def test_a_list_sends_as_many_statements_for_a_thousand_as_for_ten(client, statements, path, monkeypatch):
    monkeypatch.setitem(client.application.config, "WITHOUT_PAGE_CACHE", True)
    fill(10)
    del statements[:]
    client.get(path)
    few = list(statements)
    fill(990)
    del statements[:]
    client.get(path)
    assert len(few) == len(statements) <= 4


def test_the_page_of_an_activity_sends_at_most_four(client, statements):
    activity = fill(1)
    with transaction():
        adult = make.account()
    client.sign_in(adult)
    del statements[:]
    assert client.get(f"/attivita/{activity.slug}").status_code == 200
    assert len(statements) <= 4


def test_a_signup_sends_at_most_twelve(client, statements):
    activity = fill(1)
    with transaction():
        activity.age_min = activity.age_max = None
        session().merge(activity)
        adult = make.account()
    opening = session().scalar(sa.select(Opening).where(Opening.activity_id == activity.id))
    client.sign_in(adult)
    token = client.csrf_token()
    data = {"opening": opening.public_id, "person": str(adult.id), "submit_key": new_public_id(), "csrf_token": token}
    del statements[:]
    assert client.post(f"/attivita/{activity.slug}/iscrizione", data=data).status_code == 302
    assert len(statements) <= 12, statements


def test_a_cached_page_is_never_stale(client):
    with transaction():
        activity, _, coordinator = make.published()
    first = client.get(f"/attivita/{activity.slug}")
    assert client.get(f"/attivita/{activity.slug}", headers={"If-None-Match": first.headers["ETag"]}).status_code == 304
    with transaction():
        fields = ActivityFields(kind=ActivityKind.WORKSHOP, title="Radio notturna", entry_mode=EntryMode.INSTANT)
        publishing.update_activity(coordinator, activity.public_id, fields)
    again = client.get(f"/attivita/{activity.slug}", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 200 and "Radio notturna" in again.text
    assert "Radio notturna" in client.get("/laboratori").text


def test_free_places_change_on_the_list_at_once(client):
    with transaction():
        _, opening, _ = make.published(capacity=2)
    assert "2 posti liberi" in client.get("/laboratori").text
    with transaction():
        make.signed_up(opening)
    assert "1 posto libero" in client.get("/laboratori").text


def test_a_workshop_in_which_hands_are_wanted_stands_among_the_volunteering_with_those_places_alone(client):
    with transaction():
        openings = (OpeningFields(ActivityKind.WORKSHOP, 12), OpeningFields(ActivityKind.VOLUNTEERING, 3, "cucina"))
        activity, _, _ = make.published(openings=openings)
        make.published(title="Solo laboratorio")
    text = client.get("/volontariato").text
    assert activity.title in text and "3 posti liberi" in text and "Solo laboratorio" not in text
    assert "12 posti liberi" in client.get("/laboratori").text
    assert activity.title in client.get("/volontariato?posti=1").text


def test_places_of_a_shift_that_has_begun_or_was_cancelled_are_not_counted(client):
    with transaction():
        places = tuple(OpeningFields(ActivityKind.VOLUNTEERING, 5 + number, occurrence=number) for number in range(3))
        activity, _, coordinator = make.published(ActivityKind.VOLUNTEERING, meetings=3, openings=places)
        first, second, _ = (one.starts_at for one in make.occurrences_of(activity))
        moving.cancel_occurrence(coordinator, make.occurrences_of(activity)[1].public_id, "Piove")
    text = client.get("/volontariato").text
    assert "12 posti liberi" in text and "Già cominciato" not in text
    with clock.frozen(first):
        assert "7 posti liberi" in client.get("/volontariato?posti=1").text
    with clock.frozen(second + timedelta(days=7)):
        assert activity.title not in client.get("/volontariato?posti=1").text
        text = client.get("/volontariato").text
        assert "Già cominciato" in text and "tone-success" not in text
        assert "Already begun" in client.get("/en/volontariato").text


def test_the_places_of_a_shift_leave_the_page_of_the_activity_when_it_begins(client):
    with transaction():
        places = tuple(OpeningFields(ActivityKind.VOLUNTEERING, 5 + number, occurrence=number) for number in range(2))
        activity, _, _ = make.published(ActivityKind.VOLUNTEERING, meetings=2, openings=places)
    assert "5 posti liberi" in client.get(f"/attivita/{activity.slug}").text
    with clock.frozen(activity.starts_at):
        text = client.get(f"/attivita/{activity.slug}").text
    assert "5 posti liberi" not in text and "6 posti liberi" in text


def test_what_has_begun_says_so_whenever_sign_ups_were_to_close(client):
    with transaction():
        activity, _, _ = make.published(meetings=2, signup_closes_at=clock.now() + timedelta(days=20))
    with clock.frozen(activity.starts_at + timedelta(hours=1)):
        text = client.get(f"/attivita/{activity.slug}").text
    assert "già cominciat" in text.lower() and "Le iscrizioni chiudono" not in text


def test_a_course_that_has_begun_takes_nobody_any_more_but_its_shifts_do(client):
    with transaction():
        openings = (OpeningFields(ActivityKind.WORKSHOP, 12), OpeningFields(ActivityKind.VOLUNTEERING, 3, "cucina", occurrence=1))
        activity, _, _ = make.published(meetings=2, openings=openings)
        begun = make.occurrences_of(activity)[0].starts_at
    with clock.frozen(begun):
        text = client.get(f"/attivita/{activity.slug}").text
    assert "Partecipa" not in text and "Ci sono" in text


def test_a_course_that_takes_late_comers_says_so_once_it_has_begun(client):
    with transaction():
        activity, _, _ = make.published(meetings=2, late_entry=True, age_min=11, age_max=14, age_basis=AgeBasis.SCHOOL_YEAR)
        begun = make.occurrences_of(activity)[0].starts_at
    before = client.get(f"/attivita/{activity.slug}").text
    assert "Partecipa" in before and "puoi ancora iscriverti" not in before
    assert "dal 2012 al 2015" in before
    with clock.frozen(begun):
        text = client.get(f"/attivita/{activity.slug}").text
        assert "Partecipa" in text and "puoi ancora iscriverti" in text
        assert "2 posti liberi" in client.get("/laboratori").text


def test_a_strangers_page_has_no_cookie_no_token_and_no_form(client):
    activity = fill(1)
    for path in (*LISTS, f"/attivita/{activity.slug}"):
        answer = client.get(path)
        assert "Set-Cookie" not in answer.headers
        assert "csrf" not in answer.text
        assert 'method="post"' not in answer.text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", True),
        ("?q=radio+quartiere", True),
        ("?q=RÀDIO", True),
        ("?q=100%25_", False),
        ("?eta=12", True),
        ("?eta=15", False),
        ("?eta=abc", True),
        ("?lingua=ar", True),
        ("?lingua=zh", False),
        ("?quartiere=navile", False),
        ("?posti=1", True),
        ("?dal=2027-01-01", False),
        ("?al=2026-11-24", False),
        ("?dal=2026-12-01&al=2026-12-31", True),
        ("?dal=31/12/2026", True),
        ("?pagina=99", True),
        ("?pagina=-1", True),
        ("?eta=٣", True),
    ],
)
def test_filters_narrow_the_list_and_nonsense_does_not_break_it(client, query, found):
    fill(1)
    answer = client.get(f"/laboratori{query}")
    assert answer.status_code == 200
    assert ("Radio di quartiere" in answer.text) is found


@pytest.mark.parametrize("path", ["/laboratori?q=%00", "/attivita/a%00b", "/laboratori?quartiere=%00"])
def test_what_no_keyboard_types_is_refused_and_never_breaks(client, path):
    assert client.get(path).status_code == 400


def test_drafts_are_not_known_to_anybody_outside(client):
    with transaction():
        activity, _, _ = make.published()
        session().execute(sa.update(Activity).values(state="draft"))
    assert client.get(f"/attivita/{activity.slug}").status_code == 404
    assert activity.title not in client.get("/laboratori").text


def test_what_is_over_leaves_the_list_and_stays_readable(client):
    activity = fill(1)
    with clock.frozen(clock.now() + timedelta(days=40)):
        assert activity.title not in client.get("/laboratori").text
        assert "È già cominciata" in client.get(f"/attivita/{activity.slug}").text


def test_search_words_are_kept_without_accents():
    assert plain("Città È PERCHÉ") == "citta e perche"


def test_every_address_of_the_frame_leads_somewhere(client):
    fill(1)
    with transaction():
        seed_programme(make.SYSTEM)
    text = client.get("/").text
    for path in set(re.findall(r'href="(/[^"#?]*)"', text)) - {"/accedi"}:
        assert client.get(path).status_code in (200, 302), path
