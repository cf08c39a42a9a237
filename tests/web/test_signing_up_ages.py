"""Signing up by age: judged on the first day, said in words, and what the third screen promises is true."""

from __future__ import annotations

from datetime import date, timedelta

import sqlalchemy as sa

from civic.accounts.models import Link, Person
from civic.accounts.services import links
from civic.accounts.types import LinkPurpose
from civic.activities.models import Authorisation, Signup
from civic.activities.types import EntryMode, SignupState
from civic.kernel import clock
from civic.kernel.db import session, transaction
from tests import factories as make
from tests.web.test_signing_up_pages import details, one_signup, published, token, who

THIRTEEN = ("1", "6", "2013")



def path_of(activity) -> str:
    return f"/attivita/{activity.slug}/iscrizione"


def parts(day: date) -> tuple[str, str, str]:
    return str(day.day), str(day.month), str(day.year)


def born(years: int, days: int) -> date:
    """The birthday of who turns `years` so many days from now."""
    turns = clock.today() + timedelta(days=days)
    return turns.replace(year=turns.year - years)


def asked(page) -> bool:
    return 'name="guardian_email"' in page.text


def enter_child(client, activity, opening, name="Leo", email="mamma@example.org"):
    second = client.submit(path_of(activity), who(opening, THIRTEEN))
    return client.post(path_of(activity), data=details(second, given_name=name, guardian_email=email), follow_redirects=True)


def test_who_is_18_by_the_first_day_needs_no_parent(client):
    activity, opening, _ = published(starts_in=timedelta(days=14))
    assert not asked(client.submit(path_of(activity), who(opening, parts(born(18, 14)))))
    assert asked(client.submit(path_of(activity), who(opening, parts(born(18, 15)))))


def test_who_is_signed_in_and_18_by_the_first_day_is_asked_for_no_parent(client):
    activity, _, _ = published(starts_in=timedelta(days=14))
    with transaction():
        soon, later = make.account(born(18, 14)), make.account(born(18, 15))
    for person, expected in ((soon, False), (later, True)):
        client.sign_in(person)
        assert asked(client.get(path_of(activity))) is expected


def test_who_will_be_old_enough_on_the_first_day_is_told_so(client):
    activity, opening, _ = published(age_min=12, age_max=14, starts_in=timedelta(days=14))
    text = client.submit(path_of(activity), who(opening, parts(born(12, 10)))).text
    assert "Compi 12 anni" in text and "puoi venire" in text
    assert "Compi 12 anni" not in client.submit(path_of(activity), who(opening, parts(born(12, 15)))).text
    assert "Compi 12 anni" not in client.submit(path_of(activity), who(opening, parts(born(13, 0)))).text


def test_a_child_in_the_queue_is_not_told_that_a_place_is_kept(client):
    activity, opening, _ = published(capacity=1)
    with transaction():
        make.signed_up(opening)
    second = client.submit(path_of(activity), who(opening, THIRTEEN))
    assert 'type="checkbox" id="joins_queue"' not in second.text
    sent = details(second, given_name="Leo", guardian_email="mamma@example.org")
    third = client.post(path_of(activity), data=sent, follow_redirects=True)
    assert "Sei in lista d&#39;attesa" in third.text and "teniamo il posto" not in third.text
    assert one_signup().state is SignupState.WAITING


def test_a_child_who_asks_is_not_told_that_a_place_is_kept(client):
    activity, opening, _ = published(entry_mode=EntryMode.APPROVAL)
    third = enter_child(client, activity, opening)
    assert "legge la tua richiesta" in third.text and "teniamo il posto" not in third.text


def test_where_it_is_full_the_button_alone_joins_the_queue(client):
    activity, opening, _ = published(capacity=1)
    with transaction():
        make.signed_up(opening)
        adult = make.account()
    client.sign_in(adult)
    page = client.get(path_of(activity))
    assert 'type="hidden" name="joins_queue" value="y"' in page.text
    client.submit(path_of(activity), {"opening": opening.public_id, "person": str(adult.id), "joins_queue": "y"})
    assert one_signup().state is SignupState.WAITING


def test_near_the_start_the_page_says_that_a_parent_must_answer_or_come_along(client):
    activity, opening, _ = published(starts_in=timedelta(hours=10))
    assert "oppure venire con te" in enter_child(client, activity, opening).text


def test_a_child_corrects_the_address_of_the_parent_from_the_third_screen(client, new_visitor):
    activity, opening, _ = published(capacity=9)
    third = enter_child(client, activity, opening, email="sbagliata@example.org")
    link = third.text.split('href="/i/')[1].split('"')[0]
    assert "sbagliata@example.org" in client.get(f"/i/{link}").text
    client.submit(f"/i/{link}/genitore", {"email": "giusta@example.org"})
    guardian_id = session().scalar(sa.select(Authorisation.guardian_id))
    assert session().get(Person, guardian_id).email == "giusta@example.org"
    other = new_visitor()
    enter_child(other, activity, opening, name="Anna", email="anna@example.org")
    assert 'href="/i/' not in enter_child(other, activity, opening, email="giusta@example.org").text


def test_what_ran_out_is_asked_again_with_a_link_that_works(client):
    activity, opening, _ = published(capacity=1, starts_in=timedelta(days=30))
    with transaction():
        make.signed_up(opening)
    third = enter_child(client, activity, opening)
    link = third.text.split('href="/i/')[1].split('"')[0]
    with clock.frozen(clock.now() + timedelta(days=4)):
        client.submit(f"/i/{link}/genitore", {"email": "mamma@example.org"})
        newest = session().scalar(sa.select(Link).where(Link.purpose == LinkPurpose.AUTHORISATION).order_by(Link.id.desc()))
        assert newest.expires_at == clock.now() + timedelta(hours=72)
        assert "Leo può partecipare?" in client.get(f"/autorizzazione/{links.token_of(newest.id)}").text


def test_a_request_to_a_parent_that_is_over_says_so(client):
    activity, opening, _ = published()
    third = enter_child(client, activity, opening)
    link = third.text.split('href="/i/')[1].split('"')[0]
    with clock.frozen(clock.now() + timedelta(days=4)):
        answer = client.submit(f"/i/{link}/genitore", {"email": "mamma@example.org"}, follow_redirects=True)
    assert answer.status_code == 200 and "Il tempo è scaduto" in answer.text


def test_a_network_signs_up_thirty_children_an_hour(client):
    activity, opening, _ = published(capacity=90)
    for number in range(30):
        enter_child(client, activity, opening, name=f"Leo{number}", email=f"mamma{number}@example.org")
    answer = enter_child(client, activity, opening, name="Ultimo", email="ultima@example.org")
    assert answer.status_code == 422 and "fatti iscrivere da un genitore" in answer.text
    assert session().scalar(sa.select(sa.func.count(Signup.id))) == 30


def test_a_house_in_ipv6_is_one_network_for_its_children(client):
    activity, opening, _ = published(capacity=90)
    for number in range(31):
        client.environ_base["REMOTE_ADDR"] = f"2001:db8:1:1::{number + 1:x}"
        answer = enter_child(client, activity, opening, name=f"Leo{number}", email=f"mamma{number}@example.org")
    assert answer.status_code == 422
    client.environ_base["REMOTE_ADDR"] = "2001:db8:1:2::1"
    assert enter_child(client, activity, opening, name="Altra", email="altra@example.org").status_code == 200


def test_a_guardian_with_an_account_finds_on_the_site_what_is_asked(client):
    _, opening, _ = published()
    with transaction():
        father = make.account()
        make.signed_up(opening, make.SIXTEEN, guardian_id=father.id, name="Omar")
    client.sign_in(father)
    text = client.get("/area-personale").text
    link = f"/autorizzazione/{token(LinkPurpose.AUTHORISATION)}"
    assert "Ti chiedono" in text and link in text
    client.submit(link, {"name": "Paolo Neri", "is_responsible": "y", "authorises": "y"})
    assert one_signup().state is SignupState.CONFIRMED
    assert "Ti chiedono" not in client.get("/area-personale").text


def test_who_did_not_sign_up_gives_the_place_back(client):
    activity, opening, _ = published()
    second = client.submit(path_of(activity), who(opening, ("3", "5", "1990")))
    typed = {"given_name": "Ada", "family_name": "Neri", "email": "vittima@example.org", "consent": "y"}
    client.post(path_of(activity), data=details(second, **typed))
    link = f"/conferma/{token(LinkPurpose.CONFIRM_SIGNUP)}"
    assert "Non è una mia iscrizione" in client.get(link).text
    assert client.submit(link, {"answer": "no"}).location == "/"
    assert one_signup().state is SignupState.CANCELLED
