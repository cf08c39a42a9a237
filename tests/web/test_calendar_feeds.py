"""Calendar feeds: read by an independent parser, theirs alone, void when renewed, and never with a name in them."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from icalendar import Calendar

from civic.accounts.models import Guardianship
from civic.accounts.services import closing
from civic.activities.services import answering, cancelling, signing_up
from civic.activities.services.signing_up import Entry
from civic.kernel import clock
from civic.kernel.db import session, transaction, writing
from civic.kernel.errors import NotFound
from civic.kernel.ids import new_public_id
from civic.notifications import feeds
from civic.organisations.models import Membership
from tests import factories as make
from tests.factories import NOW
from tests.web.test_desk import desk, facilitator_of  # noqa: F401

PAGE = "/area-personale/calendario"


def path_of(actor, organisation_id=None) -> str:
    with transaction():
        feeds.make_address(actor, organisation_id)
    return feeds.address_of(actor, organisation_id)


def events(visitor, path: str) -> list:
    answer = visitor.get(path)
    assert answer.status_code == 200, path
    return list(Calendar.from_ical(answer.data).walk("VEVENT"))


def meeting_of(activity) -> sa.Row:
    return session().execute(sa.text("SELECT * FROM occurrence WHERE activity_id = :id"), {"id": activity.id}).one()


def change_meeting(values: str) -> None:
    with transaction():
        writing().execute(sa.text(f"UPDATE occurrence SET {values}"))


def let_in() -> None:
    with transaction():
        writing().execute(sa.text("UPDATE signup SET state = 'confirmed', confirmed_at = :now, hold_until = NULL"), {"now": NOW})


@pytest.fixture
def going(client, connection):
    """Somebody with a place in a course; return (person, actor, signup, activity)."""
    with transaction():
        activity, opening, _ = make.published(title="Rap; rime, e\nritmo")
        person, actor, signup = make.signed_up(opening)
    return person, actor, signup, activity


def test_the_address_is_made_shown_renewed_and_ended_on_the_page(client, going):
    person, actor, _, _ = going
    client.sign_in(person)
    assert "Crea il mio indirizzo" in client.get(PAGE).text
    assert feeds.address_of(actor) is None
    made = client.submit(PAGE, {"act": "nuovo"}, follow_redirects=True).text
    first = feeds.address_of(actor)
    assert f"http://localhost{first}" in made and f"webcal://localhost{first}" in made and "Tienilo per te" in made
    assert len(events(client, first)) == 1
    client.submit(PAGE, {"act": "nuovo"})
    second = feeds.address_of(actor)
    assert second != first and client.get(first).status_code == 404 and len(events(client, second)) == 1
    client.submit(PAGE, {"act": "togli"})
    assert client.get(second).status_code == 404
    client.submit(PAGE, {"act": "nuovo"})
    assert client.get(first).status_code == client.get(second).status_code == 404
    for nonsense in ("", "x", "\x00"):
        client.submit(PAGE, {"act": nonsense})


def test_a_meeting_has_the_uid_of_its_mails_and_says_where_and_when(client, going):
    _, actor, signup, activity = going
    (event,) = events(client, path_of(actor))
    meeting = meeting_of(activity)
    assert str(event["uid"]) == f"{meeting.public_id}-{signup}@bologna.example"
    assert (event["sequence"], str(event["status"])) == (0, "CONFIRMED")
    assert event.decoded("dtstart") == meeting.starts_at and event.decoded("dtend") == meeting.ends_at
    assert str(event["summary"]) == "Rap; rime, e ritmo"
    assert str(event["url"]) == f"http://localhost/attivita/{activity.slug}"
    assert event.get("attendee") is None


def test_what_moves_moves_and_what_is_cancelled_is_struck_out(client, connection):
    with transaction():
        activity, opening, coordinator = make.published()
        _, actor, _ = make.signed_up(opening)
    path = path_of(actor)
    change_meeting("starts_at = starts_at + interval '1 day', ends_at = ends_at + interval '1 day', version = 1")
    (event,) = events(client, path)
    assert event["sequence"] == 1 and event.decoded("dtstart") == meeting_of(activity).starts_at
    change_meeting("state = 'cancelled', version = 2")
    (event,) = events(client, path)
    assert (event["sequence"], str(event["status"])) == (2, "CANCELLED")
    with transaction():
        cancelling.cancel_activity(coordinator, activity.public_id, "Pioggia")
    assert events(client, path) == []


def test_who_gives_the_place_back_no_longer_has_the_meeting(client, going):
    _, actor, signup, _ = going
    path = path_of(actor)
    with transaction():
        answering.cancel_signup(actor, signup)
    assert events(client, path) == []


def test_a_parent_sees_the_meetings_of_the_children_without_their_names_as_long_as_they_answer_for_them(client, connection):
    with transaction():
        _, opening, _ = make.published()
        child = make.person(make.THIRTEEN, "Zqleo")
        child.family_name = "Zqbianchi"
        guardian = make.guardian_of(child)
        entry = Entry(opening.public_id, child.id, new_public_id(), guardian_id=guardian.person_id)
        signing_up.sign_up(guardian, entry)
    path = path_of(guardian)
    assert events(client, path) == []
    let_in()
    assert len(events(client, path)) == 1
    assert b"Zq" not in client.get(path).data
    with transaction():
        writing().execute(sa.update(Guardianship).values(ended_at=clock.now()))
    assert events(client, path) == []


def test_a_child_who_is_of_age_is_no_longer_in_the_feed_of_a_parent(client, connection):
    with transaction():
        _, opening, _ = make.published(starts_in=timedelta(days=14))
        child = make.account(make.SIXTEEN)
        guardian = make.guardian_of(child)
        signing_up.sign_up(guardian, Entry(opening.public_id, child.id, new_public_id(), guardian_id=guardian.person_id))
        own = make.actor_of(child)
    let_in()
    path, theirs = path_of(guardian), path_of(own)
    assert len(events(client, path)) == len(events(client, theirs)) == 1
    with transaction():
        writing().execute(sa.text("UPDATE person SET birth_on = '2000-01-01' WHERE id = :id"), {"id": child.id})
    assert events(client, path) == [] and len(events(client, theirs)) == 1


def test_the_desk_has_every_meeting_with_its_places_and_no_names(client, desk):  # noqa: F811
    row, coordinator, base = desk
    with transaction():
        _, opening, _ = make.published(by=(row, coordinator), capacity=5)
        make.signed_up(opening, name="Zqnome")
        make.published()
    made = client.submit(f"{base}/calendario", {"act": "nuovo"}, follow_redirects=True).text
    path = feeds.address_of(coordinator, row.id)
    assert path in made
    (event,) = events(client, path)
    assert "occupati 1 su 5" in str(event["description"]) and b"Zqnome" not in client.get(path).data
    assert feeds.address_of(coordinator) is None


def test_the_feed_of_an_organisation_ends_with_the_membership(client, desk, new_visitor):  # noqa: F811
    row, _, base = desk
    facilitator = facilitator_of(row)
    visitor = new_visitor()
    visitor.sign_in(facilitator, with_second_factor=True)
    visitor.submit(f"{base}/calendario", {"act": "nuovo"})
    path = feeds.address_of(make.actor_of(facilitator), row.id)
    assert client.get(path).status_code == 200
    with transaction():
        ended = sa.update(Membership).where(Membership.person_id == facilitator.id)
        writing().execute(ended.values(ended_at=clock.now()))
    assert client.get(path).status_code == 404


def test_who_is_no_member_gets_no_address(client, going, desk):  # noqa: F811
    person, _, _, _ = going
    client.sign_in(person)
    assert client.submit(f"{desk[2]}/calendario", {"act": "nuovo"}).status_code in (302, 403, 404)
    assert session().scalar(sa.text("SELECT count(*) FROM calendar_feed WHERE organisation_id IS NOT NULL")) == 0


@pytest.mark.parametrize(
    "change", [lambda t: t.replace(".1.", ".2."), lambda t: t + "x", lambda t: "9" + t, lambda _t: "a.b.c", str.upper]
)
def test_an_address_that_is_not_ours_opens_nothing(client, going, change):
    token = path_of(going[1]).removeprefix("/calendari/").removesuffix(".ics")
    assert client.get(f"/calendari/{change(token)}.ics").status_code == 404


def test_the_feed_ends_with_the_account(client, going):
    person, actor, _, _ = going
    path = path_of(actor)
    account_id = session().scalar(sa.text("SELECT id FROM account WHERE person_id = :id"), {"id": person.id})
    with transaction():
        closing.close_account(make.actor_of(person, account_id=account_id))
    assert client.get(path).status_code == 404


def test_a_program_that_has_the_newest_is_told_so(client, going):
    path = path_of(going[1])
    first = client.get(path)
    assert first.headers["Cache-Control"] == "private, max-age=900" and first.mimetype == "text/calendar"
    with clock.frozen(NOW + timedelta(minutes=30)):
        again = client.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304 and again.data == b""


def test_a_year_of_meetings_costs_the_same_statements(client, connection, statements):
    with transaction():
        _, opening, _ = make.published()
        _, actor, _ = make.signed_up(opening)
    path = path_of(actor)
    statements.clear()
    client.get(path)
    few = len(statements)
    with transaction():
        for number in range(5):
            other = make.published(starts_in=timedelta(days=20 + number))[1]
            signing_up.sign_up(actor, Entry(other.public_id, actor.person_id, new_public_id()))
    statements.clear()
    assert len(events(client, path)) == 6
    assert len(statements) == few


def test_the_feed_of_an_organisation_is_refused_to_who_is_no_member(going, desk):  # noqa: F811
    with pytest.raises(NotFound), transaction():
        feeds.make_address(going[1], desk[0].id)
