"""Pages of a class: asked for, named row by row, printed, given back; what a teacher sees of the pupils, and what not."""

from __future__ import annotations

import html
import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from civic.accounts.models import Person
from civic.activities.blocks import Block
from civic.activities.models import Attendance, Opening, Signup
from civic.activities.services import blocks, naming, sheets
from civic.activities.services.naming import Pupil
from civic.activities.types import AttendanceState, EntryMode, SignupState
from civic.kernel import clock
from civic.kernel.db import session, transaction, writing
from civic.organisations.models import Organisation
from tests import factories as make


@pytest.fixture
def teaching(client):
    """A teacher who is signed in, the address of the school's classes, and a workshop of five places."""
    with transaction():
        school, teacher = make.school()
        activity, opening, coordinator = make.published(capacity=5, contact="Ufficio, 051 219 4000")
    client.sign_in(session().get(Person, teacher.person_id), with_second_factor=True)
    return f"/gestione/{school.slug}/classi", activity, opening, school, teacher, coordinator


def text(answer) -> str:
    return html.unescape(answer.text)


def asked(client, teaching, **changes):
    base, activity, opening, *_ = teaching
    day = (clock.today() + timedelta(days=7)).isoformat()
    typed = {"opening": opening.public_id, "label": "2B", "size": "3", "whole": "all", "names_on": day}
    return client.submit(f"{base}/chiedi/{activity.slug}", {**typed, **changes}, follow_redirects=True)


def page_of(base: str) -> str:
    return f"{base}/{session().scalar(sa.select(Block.public_id))}"


def row(number: int, given: str = "", family: str = "", born: tuple[str, str, str] = ("", "", ""), email: str = "") -> dict:
    return {
        f"pupils-{number}-given_name": given,
        f"pupils-{number}-family_name": family,
        f"pupils-{number}-birth_on": list(born),
        f"pupils-{number}-guardian_email": email,
    }


ANNA = row(0, "Anna", "Bruni", ("1", "6", "2013"), "mamma.anna@example.org")


def test_the_public_page_leads_a_teacher_to_ask_and_says_to_others_what_comes_first(client, teaching, new_visitor):
    base, activity, *_ = teaching
    way = f"/attivita/{activity.slug}/classe"
    assert way in client.get(f"/attivita/{activity.slug}").text
    assert client.get(way).headers["Location"] == f"{base}/chiedi/{activity.slug}"
    with transaction():
        stranger = make.account()
    visitor = new_visitor()
    assert visitor.get(way).headers["Location"].startswith("/accedi")
    visitor.sign_in(stranger)
    assert "non fai ancora parte di nessuna" in text(visitor.get(way))


def test_where_places_are_not_given_at_once_to_minors_no_way_leads_to_a_class(client):
    with transaction():
        activities = [make.published(capacity=5, **one)[0] for one in ({"entry_mode": EntryMode.APPROVAL}, {"age_min": 18})]
    for activity in activities:
        assert "/classe" not in client.get(f"/attivita/{activity.slug}").text


def test_places_are_asked_for_and_what_is_wrong_stands_beside_its_field(client, teaching):
    refused = asked(client, teaching, size="40", label="2B è la mia")
    assert refused.status_code == 422 and "I posti sono solo 5" in text(refused) and 'value="2B è la mia"' in text(refused)
    assert 'id="size-error"' in refused.text
    done = text(asked(client, teaching))
    assert "Mancano dei nomi" in done and "3 sui 3 chiesti" in done and "Riga 3" in done and "Riga 4" not in done
    assert "ci sono già dei posti" in text(asked(client, teaching))


def test_a_class_that_waits_says_so_and_can_stop_waiting(client, teaching):
    base, _, opening, *_ = teaching
    with transaction():
        for _ in range(3):
            make.signed_up(opening)
    waiting = text(asked(client, teaching))
    assert "La classe aspetta di averli tutti" in waiting and 'name="pupils-0-given_name"' not in waiting
    client.post(page_of(base) + "/restituisci", data={"count": "0", "csrf_token": client.csrf_token()})
    assert "Nomi chiusi" in text(client.get(page_of(base)))


def test_names_become_signups_and_the_address_of_the_family_is_shown_no_more(client, teaching):
    base, *_ = teaching
    asked(client, teaching)
    done = text(client.submit(page_of(base), ANNA, follow_redirects=True))
    assert "Anna Bruni" in done and "Si aspetta la famiglia" in done and "Chi è in giallo non entra" in done
    assert "mamma.anna@example.org" not in done and "2 posti sono senza nome" in done
    assert session().scalar(sa.select(Signup.state)) is SignupState.PENDING_GUARDIAN


def test_a_wrong_row_is_marked_and_nothing_typed_is_lost(client, teaching):
    base, *_ = teaching
    asked(client, teaching)
    for wrong, told in (
        (row(1, "Leo", "", ("31", "2", "2013")), "Scrivi un giorno che esiste"),
        (row(1, "Leo", "", ("1", "6", "2013"), "mamma@"), "Scrivi un indirizzo"),
        (row(1, "", "Neri", ("1", "6", "2013")), "Scrivi il nome"),
        (row(1, "Leo", "", ("1", "6", "2010")), "Da 14 anni in su serve anche il cognome"),
    ):
        refused = client.submit(page_of(base), {**ANNA, **wrong})
        assert refused.status_code == 422 and f"Riga 2: {told}" in text(refused), told
        assert 'value="Anna"' in refused.text and 'value="mamma.anna@example.org"' in refused.text
        assert re.search(r'id="pupils-1-\w+-error"', refused.text)
    assert session().scalar(sa.select(sa.func.count()).select_from(Signup)) == 0
    assert "Scrivi almeno un nome" in text(client.submit(page_of(base), row(0)))


def test_the_same_names_sent_twice_are_written_once(client, teaching):
    base, *_ = teaching
    asked(client, teaching)
    typed = {**ANNA, "submit_key": client.hidden(page_of(base), "submit_key"), "csrf_token": client.csrf_token()}
    for _ in range(2):
        assert client.post(page_of(base), data=typed).status_code == 302
    assert session().scalar(sa.select(sa.func.count()).select_from(Signup)) == 1


def test_sheets_are_printed_one_for_each_family_and_printing_again_says_what_it_kills(client, teaching):
    base, *_ = teaching
    asked(client, teaching)
    client.submit(page_of(base), {**ANNA, **row(1, "Leo", "", ("1", "6", "2013"))})
    assert "Nessun foglio è pronto" in text(client.get(page_of(base) + "/fogli"))
    first = client.post(page_of(base) + "/fogli", data={"csrf_token": client.csrf_token()}, follow_redirects=True)
    ways = re.findall(r'family-sheet-address">([^<]+)<', first.text)
    assert len(set(ways)) == 2 and first.text.count("data:image/svg+xml") == 2
    assert "Per la famiglia di Anna Bruni" in text(first) and "Ufficio, 051 219 4000" in text(first)
    assert re.findall(r'family-sheet-address">([^<]+)<', client.get(page_of(base) + "/fogli").text) == ways
    again = client.post(page_of(base) + "/fogli", data={"csrf_token": client.csrf_token()}, follow_redirects=True)
    assert "I fogli stampati prima non aprono più niente" in text(again)
    assert "non è più valido" in text(client.get(ways[0])) or "sostituito" in text(client.get(ways[0]))


def test_a_family_answers_by_the_sheet_and_says_how_to_be_reached(client, teaching, new_visitor):
    base, *_ = teaching
    asked(client, teaching)
    client.submit(page_of(base), row(0, "Leo", "", ("1", "6", "2013")))
    printed = client.post(page_of(base) + "/fogli", data={"csrf_token": client.csrf_token()}, follow_redirects=True).text
    way = re.search(r'family-sheet-address">([^<]+)<', printed)[1]
    family, ticked = new_visitor(), {"name": "Maria Rossi", "is_responsible": "y", "authorises": "y", "consent": "y"}
    refused = family.submit(way, ticked)
    assert refused.status_code == 422 and 'id="email-error"' in refused.text and 'value="Maria Rossi"' in refused.text
    assert "numero di telefono" in text(family.submit(way, {**ticked, "phone": "12"}))
    assert "hai autorizzato" in text(family.submit(way, {**ticked, "phone": "051 219 4000"}, follow_redirects=True))
    assert "Viene" in text(client.get(page_of(base)))


def test_who_is_asked_by_mail_is_not_asked_for_an_address_again(client, teaching, new_visitor):
    base, *_ = teaching
    asked(client, teaching)
    client.submit(page_of(base), ANNA)
    with transaction():
        sheets.prepare_sheets(teaching[4], page_of(base).rpartition("/")[2])
    way = re.search(r'family-sheet-address">([^<]+)<', client.get(page_of(base) + "/fogli").text)[1]
    assert 'name="phone"' not in new_visitor().get(way).text


def test_a_teacher_sees_presences_and_minutes_of_the_own_pupils_and_no_more(client, teaching):
    base, activity, opening, school, teacher, _ = teaching
    with transaction():
        block = blocks.ask(teacher, opening.public_id, school.slug, blocks.Wish("2B", 2, True, clock.today()))
        naming.name_pupils(teacher, block.public_id, [Pupil("Anna", "Bruni", make.THIRTEEN, "mamma@example.org")])
        other, _, _ = make.signed_up(opening, name="Ettore")
        signup = writing().scalar(sa.select(Signup).where(Signup.person_id != other.id))
        signup.state, signup.hold_until = SignupState.CONFIRMED, None
        meeting = make.occurrences_of(activity)[0]
        mark = {"state": AttendanceState.LATE, "minutes": 75, "recorded_at": meeting.ends_at}
        writing().add(Attendance(signup_id=signup.id, occurrence_id=meeting.id, **mark))
    with clock.frozen(meeting.ends_at):
        client.sign_in(session().get(Person, teacher.person_id), with_second_factor=True)
        page = text(client.get(page_of(base)))
    assert "presente a 1 incontro, 1 ora e 15 minuti" in page
    assert "Ettore" not in page and "mamma@example.org" not in page and other.email not in page


def test_another_address_is_written_without_showing_the_first(client, teaching):
    base, *_ = teaching
    asked(client, teaching)
    client.submit(page_of(base), ANNA)
    signup = session().scalar(sa.select(Signup.public_id))
    page = f"{page_of(base)}/nomi/{signup}"
    assert "mamma.anna" not in client.get(page).text
    refused = client.submit(page, {"email": "nonna"})
    assert refused.status_code == 422 and 'value="nonna"' in refused.text
    assert "non aprono più niente" in text(client.submit(page, {"email": "nonna@example.org"}, follow_redirects=True))


def test_a_name_is_taken_back_and_places_are_given_back(client, teaching):
    base, *_ = teaching
    asked(client, teaching)
    client.submit(page_of(base), ANNA)
    signup = session().scalar(sa.select(Signup.public_id))
    taken = client.post(f"{page_of(base)}/nomi/{signup}/togli", data={"csrf_token": client.csrf_token()}, follow_redirects=True)
    assert "il posto aspetta un altro nome" in text(taken) and "3 posti sono senza nome" in text(taken)
    for typed, told in (("", "Scrivi quanti"), ("9", "Un numero da 1 a 3")):
        refused = client.post(page_of(base) + "/restituisci", data={"count": typed, "csrf_token": client.csrf_token()})
        assert refused.status_code == 422 and told in text(refused)
    typed = {"count": "2", "csrf_token": client.csrf_token()}
    done = client.post(page_of(base) + "/restituisci", data=typed, follow_redirects=True)
    assert "1 posto è senza nome" in text(done)
    assert session().scalar(sa.select(Opening.taken)) == 1


def test_who_runs_the_activity_sees_the_classes_asks_for_a_school_and_frees_places(client, teaching, new_visitor):
    _, activity, opening, school, _, coordinator = teaching
    organiser = new_visitor()
    organiser.sign_in(session().get(Person, coordinator.person_id), with_second_factor=True)
    slug = session().get(Organisation, activity.organisation_id).slug
    base = f"/gestione/{slug}/attivita/{activity.public_id}/classi"
    assert base in organiser.get(base.rpartition("/")[0]).text and "Nessuna classe ha ancora chiesto" in text(organiser.get(base))
    day = (clock.today() + timedelta(days=7)).isoformat()
    typed = {"opening": opening.public_id, "label": "3C", "size": "4", "whole": "all", "names_on": day, "school": school.slug}
    refused = organiser.submit(base, {**typed, "label": ""})
    assert refused.status_code == 422 and 'id="label-error"' in refused.text
    assert "3C, " + school.name in text(organiser.submit(base, typed, follow_redirects=True))
    block = session().scalar(sa.select(Block.public_id))
    freed = organiser.post(f"{base}/{block}/libera", data={"csrf_token": organiser.csrf_token()}, follow_redirects=True)
    assert "la scuola viene avvisata" in text(freed) and session().scalar(sa.select(Opening.taken)) == 0


def test_classes_stand_on_the_desk_of_a_school_alone(client, teaching, new_visitor):
    base, activity, *_ = teaching
    assert "Nessuna classe ha ancora chiesto dei posti" in text(client.get(base))
    asked(client, teaching)
    assert "2B, " + activity.title in text(client.get(base))
    with transaction():
        association, coordinator = make.organisation()
    visitor = new_visitor()
    visitor.sign_in(session().get(Person, coordinator.person_id), with_second_factor=True)
    assert visitor.get(f"/gestione/{association.slug}/classi").status_code == 404
    assert "/classi" not in visitor.get(f"/gestione/{association.slug}").text
