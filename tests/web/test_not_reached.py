"""Whom mail did not reach: the desk reads whom to call, notes the call, and the person reads on the site that mail comes back."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from civic.activities.services import answering, signing_up
from civic.activities.services.signing_up import Entry
from civic.kernel import clock
from civic.kernel.db import session, transaction, writing
from civic.kernel.ids import new_public_id
from civic.notifications import suppressions
from civic.notifications.models import Delivery
from civic.notifications.suppressions import Reason
from civic.notifications.types import DeliveryState
from civic.outbox import draining
from tests import factories as make
from tests.factories import NOW
from tests.web.test_desk import desk, facilitator_of  # noqa: F401


def lost_page(of_desk, sign_up) -> str:
    """Sign somebody up at the desk's workshop whose mails all fail; return the desk's page of it."""
    row, coordinator, base = of_desk
    with transaction():
        activity, opening, _ = make.published(by=(row, coordinator))
        sign_up(opening)
    draining.drain()
    with transaction():
        writing().execute(sa.update(Delivery).where(Delivery.state == "queued").values(state=DeliveryState.SENDING))
        failed = {"state": DeliveryState.FAILED, "final_at": clock.now()}
        writing().execute(sa.update(Delivery).where(Delivery.state == "sending").values(**failed))
    return f"{base}/attivita/{activity.public_id}"


def lost(of_desk):
    """An adult whose mails all fail; return the person and the desk's page."""
    people = []
    page = lost_page(of_desk, lambda opening: people.append(make.signed_up(opening)[0]))
    return people[0], page


def test_the_desk_reads_whom_to_call_and_what_they_do_not_know(client, desk):  # noqa: F811
    person, page = lost(desk)
    with transaction():
        writing().get(type(person), person.id).phone = "+393331234567"
    assert "non è arrivata a una persona" in client.get(page).text
    assert f"{page}/non-raggiunti" in client.get(desk[2]).text
    shown = client.get(f"{page}/non-raggiunti").text
    assert person.full_name in shown and 'href="tel:+393331234567"' in shown and person.email in shown
    assert "server di posta" in shown and "Il posto c" in shown


def test_a_call_that_was_made_takes_them_off_the_list(client, desk):  # noqa: F811
    person, page = lost(desk)
    other, other_page = lost(desk)
    key = client.get(f"{page}/non-raggiunti").text.split('name="told" value="')[1].split('"')[0]
    assert "Annotato" not in client.submit(f"{other_page}/non-raggiunti", {"told": key}, follow_redirects=True).text
    assert person.full_name in client.get(f"{page}/non-raggiunti").text
    done = client.submit(f"{page}/non-raggiunti", {"told": key}, follow_redirects=True)
    assert "Annotato" in done.text and "Tutti sono stati raggiunti" in done.text
    assert "non è arrivata" not in client.get(page).text
    assert other.full_name in client.get(f"{other_page}/non-raggiunti").text
    for nonsense in ("", "x", "x:y", "\x00:\x00", key):
        assert "Annotato" not in client.submit(f"{page}/non-raggiunti", {"told": nonsense}, follow_redirects=True).text
    seen = session().execute(sa.text("SELECT details FROM audit_entry WHERE action = 'see_participants'")).all()
    assert any(row.details.get("what") == "not_reached" for row in seen)


def test_of_a_child_the_list_names_who_answers_and_the_child_by_an_initial(client, desk):  # noqa: F811
    with transaction():
        child = make.person(make.THIRTEEN, "Zqleo")
        child.family_name = "Zqbianchi"
        guardian = make.guardian_of(child)
    parent = session().get(type(child), guardian.person_id)

    def sign_up(opening):
        entry = Entry(opening.public_id, child.id, new_public_id(), guardian_id=guardian.person_id)
        signing_up.sign_up(guardian, entry)

    page = lost_page(desk, sign_up)
    shown = client.get(f"{page}/non-raggiunti").text
    assert parent.full_name in shown and "risponde per Zqleo Z." in shown and parent.email in shown
    assert "Zqbianchi" not in shown


def test_of_a_young_person_the_list_names_who_else_may_be_called_but_not_where_nobody_at_home_knows(client, desk):  # noqa: F811
    with transaction():
        child = make.account(make.SIXTEEN, name="Zqomar")
        guardian = make.guardian_of(child)
        session().get(type(child), guardian.person_id).phone = "+393339876543"

    def sign_up(opening):
        entry = Entry(opening.public_id, child.id, new_public_id(), guardian_id=guardian.person_id)
        answering.cancel_signup(make.actor_of(child), signing_up.sign_up(make.actor_of(child), entry))

    page = lost_page(desk, sign_up)
    shown = client.get(f"{page}/non-raggiunti").text
    # In a line of their own where they were told as well, and beside the young person.
    lines = shown.count("risponde per Zqomar")
    assert "Zqomar" in shown and shown.count("tel:+393339876543") == lines + 1
    with transaction():
        writing().execute(sa.text("UPDATE person SET is_confided = true WHERE id = :id"), {"id": child.id})
    assert client.get(f"{page}/non-raggiunti").text.count("tel:+393339876543") == lines


def test_who_only_conducts_does_not_see_how_people_are_reached(client, desk, new_visitor):  # noqa: F811
    _, page = lost(desk)
    visitor = new_visitor()
    visitor.sign_in(facilitator_of(desk[0]), with_second_factor=True)
    assert visitor.get(f"{page}/non-raggiunti").status_code == 403
    assert "non-raggiunti" not in visitor.get(page).text


def test_after_two_weeks_nobody_is_asked_to_call(client, desk):  # noqa: F811
    _, page = lost(desk)
    with transaction():
        writing().execute(sa.update(Delivery).values(final_at=NOW - timedelta(days=15)))
    assert "Tutti sono stati raggiunti" in client.get(f"{page}/non-raggiunti").text


def test_who_signs_in_reads_that_mail_comes_back_and_has_it_sent_again(client):
    with transaction():
        person = make.account()
    client.sign_in(person)
    assert "Le nostre mail ti tornano indietro" not in client.get("/area-personale").text
    with transaction():
        suppressions.suppress(person.email, Reason.NO_SUCH_ADDRESS)
    assert "Le nostre mail ti tornano indietro" in client.get("/area-personale").text
    assert "Le nostre mail ti tornano indietro" in client.get("/laboratori").text
    page = client.get("/area-personale/dati/posta").text
    assert person.email in page and "/area-personale/dati/indirizzo" in page
    done = client.submit("/area-personale/dati/posta", follow_redirects=True).text
    assert "Da ora ti scriviamo di nuovo" in done and "Le nostre mail ti tornano indietro" not in done
    assert not suppressions.among([person.email])
    assert "riceve le nostre mail" in client.get("/area-personale/dati/posta").text
