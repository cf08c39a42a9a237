"""Signing up as people do it: pages, forms, links."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from civic.accounts.models import Link, Person
from civic.accounts.services import links
from civic.accounts.types import LinkPurpose
from civic.activities.models import Signup
from civic.activities.queries.linked import manage_token
from civic.activities.services import answering
from civic.activities.types import ActivityKind, SignupState
from civic.kernel import clock
from civic.kernel.db import session, transaction
from tests import factories as make


def published(**values):
    with transaction():
        return make.published(**values)


def one_signup() -> Signup:
    return session().scalar(sa.select(Signup).order_by(Signup.id.desc()).limit(1))


def token(purpose: LinkPurpose) -> str:
    return links.token_of(session().scalar(sa.select(sa.func.max(Link.id)).where(Link.purpose == purpose)))


def who(opening, birth: tuple[str, str, str], comes: str = "me") -> dict:
    return {"opening": opening.public_id, "who": comes, "birth_on": list(birth)}


def details(page, **values) -> dict:
    """What the second screen sends: the hidden fields it was given, and what is typed."""
    hidden = dict(re.findall(r'<input[^>]*type="hidden"[^>]*name="(\w+)"[^>]*value="([^"]*)"', page.text))
    hidden |= dict(re.findall(r'<input[^>]*name="(\w+)"[^>]*type="hidden"[^>]*value="([^"]*)"', page.text))
    return {**hidden, **values}


def test_an_adult_newcomer_has_a_place_in_three_screens_and_a_click(client):
    activity, opening, _ = published()
    path = f"/attivita/{activity.slug}/iscrizione"
    assert "Chi viene?" in client.get(path).text
    second = client.submit(path, who(opening, ("3", "5", "1990")))
    assert "Schermata 2 di 3" in second.text
    sent = details(second, given_name="Ada", family_name="Neri", email="ada@example.org", consent="y")
    third = client.post(path, data=sent, follow_redirects=True)
    assert "Guarda la tua posta" in third.text and "Schermata 3 di 3" in third.text
    assert one_signup().state is SignupState.UNCONFIRMED
    link = f"/conferma/{token(LinkPurpose.CONFIRM_SIGNUP)}"
    assert one_signup().state is SignupState.UNCONFIRMED and "Sì, confermo" in client.get(link).text
    done = client.submit(link, follow_redirects=True)
    assert one_signup().state is SignupState.CONFIRMED
    assert activity.title in done.text and "Non posso venire" in done.text


def test_the_page_says_the_same_to_a_known_and_to_an_unknown_address(client, new_visitor):
    activity, opening, _ = published(capacity=5)
    with transaction():
        make.account(email="nota@example.org")
    path = f"/attivita/{activity.slug}/iscrizione"
    answers = []
    for visitor, email in ((client, "nota@example.org"), (new_visitor(), "ignota@example.org")):
        second = visitor.submit(path, who(opening, ("3", "5", "1990")))
        sent = details(second, given_name="Ada", family_name="Neri", email=email, consent="y")
        first = visitor.post(path, data=sent)
        answers.append((first.status_code, first.headers["Location"], visitor.get(first.headers["Location"]).text))
    assert answers[0] == answers[1]


def test_a_child_under_14_is_asked_three_things_only(client):
    activity, opening, _ = published()
    path = f"/attivita/{activity.slug}/iscrizione"
    second = client.submit(path, who(opening, ("1", "6", "2013")))
    asked = set(re.findall(r'<input[^>]*name="(\w+)"', second.text))
    assert {"given_name", "guardian_email"} <= asked
    assert not {"family_name", "email", "phone"} & asked
    third = client.post(
        path, data=details(second, given_name="Leo", guardian_email="mamma@example.org"), follow_redirects=True
    )
    assert "Ora tocca a un genitore" in third.text


def test_the_guardian_reads_ticks_and_says_yes_without_an_account(client, new_visitor):
    activity, opening, _ = published()
    path = f"/attivita/{activity.slug}/iscrizione"
    second = client.submit(path, who(opening, ("1", "6", "2013")))
    client.post(path, data=details(second, given_name="Leo", guardian_email="mamma@example.org"))
    guardian, link = new_visitor(), f"/autorizzazione/{token(LinkPurpose.AUTHORISATION)}"
    asked = guardian.get(link).text
    assert "Leo può partecipare?" in asked
    assert "Leo" not in asked[asked.index("<title>") : asked.index("</title>")]
    assert one_signup().state is SignupState.PENDING_GUARDIAN
    incomplete = guardian.submit(link, {"name": "Maria Rossi"})
    assert incomplete.status_code == 422 and 'value="Maria Rossi"' in incomplete.text
    ticked = {"name": "Maria Rossi", "is_responsible": "y", "authorises": "y"}
    without_consent = guardian.submit(link, ticked)
    assert without_consent.status_code == 422 and 'id="consent-error"' in without_consent.text
    done = guardian.submit(link, {**ticked, "consent": "y"}, follow_redirects=True)
    assert "hai autorizzato" in done.text and "Leo" not in done.text
    assert one_signup().state is SignupState.CONFIRMED


def test_the_page_that_confirms_shows_who_was_named_as_a_parent(client):
    activity, opening, _ = published()
    path = f"/attivita/{activity.slug}/iscrizione"
    second = client.submit(path, who(opening, ("1", "6", "2010")))
    typed = {"given_name": "Ada", "family_name": "Neri", "email": "ada@example.org", "consent": "y"}
    client.post(path, data=details(second, **typed, guardian_email="estraneo@example.org"))
    assert "estraneo@example.org" in client.get(f"/conferma/{token(LinkPurpose.CONFIRM_SIGNUP)}").text


def test_who_authorised_one_signup_sees_it_signed_in_and_takes_the_yes_back(client):
    _, opening, _ = published()
    with transaction():
        father = make.account()
        _, _, public_id = make.signed_up(opening, make.SIXTEEN, guardian_id=father.id, name="Omar")
    client.sign_in(father)
    answer = {"name": "Paolo Neri", "is_responsible": "y", "authorises": "y"}
    client.submit(f"/autorizzazione/{token(LinkPurpose.AUTHORISATION)}", answer)
    assert one_signup().state is SignupState.CONFIRMED
    assert client.get(f"/iscrizioni/{public_id}").status_code == 200
    assert "Omar" not in client.get("/area-personale/figli").text
    withdraw = f"/area-personale/autorizzazioni/{public_id}/ritira"
    assert withdraw in client.get("/area-personale/consensi").text
    client.submit(withdraw)
    assert one_signup().state is SignupState.CANCELLED
    assert client.get(f"/iscrizioni/{public_id}").status_code == 404


def test_who_was_asked_by_mistake_and_said_no_finds_no_family_name(client):
    _, opening, _ = published()
    with transaction():
        stranger = make.account()
        make.signed_up(opening, make.SIXTEEN, guardian_id=stranger.id, name="Omar")
    client.sign_in(stranger)
    client.submit(f"/autorizzazione/{token(LinkPurpose.AUTHORISATION)}", {"answer": "no"})
    text = client.get("/area-personale/consensi").text
    assert "Omar" in text and "Cognome" not in text.replace(stranger.family_name, "")


def test_the_guardian_says_no_with_one_button(client, new_visitor):
    activity, opening, _ = published()
    path = f"/attivita/{activity.slug}/iscrizione"
    second = client.submit(path, who(opening, ("1", "6", "2013")))
    client.post(path, data=details(second, given_name="Leo", guardian_email="mamma@example.org"))
    link = f"/autorizzazione/{token(LinkPurpose.AUTHORISATION)}"
    done = new_visitor().submit(link, {"answer": "no"}, follow_redirects=True)
    assert "Hai detto di no" in done.text
    assert one_signup().state is SignupState.DECLINED


def test_a_signed_in_adult_needs_one_screen(client):
    activity, opening, _ = published()
    with transaction():
        adult = make.account()
    client.sign_in(adult)
    path = f"/attivita/{activity.slug}/iscrizione"
    assert "Prendi il posto" in client.get(path).text
    done = client.submit(path, {"opening": opening.public_id, "person": str(adult.id)}, follow_redirects=True)
    assert "Codice da mostrare all" in done.text
    assert one_signup().state is SignupState.CONFIRMED


def test_a_signed_in_guardian_enrols_a_child_on_one_screen(client):
    activity, opening, _ = published(age_min=11, age_max=14)
    with transaction():
        child = make.person(make.THIRTEEN, name="Leo")
        guardian = session().get(Person, make.guardian_of(child).person_id)
    client.sign_in(guardian)
    path = f"/attivita/{activity.slug}/iscrizione"
    sent = {"opening": opening.public_id, "person": str(child.id)}
    refused = client.submit(path, sent)
    assert refused.status_code == 422 and "spunta tutte e due le caselle" in refused.text
    client.submit(path, {**sent, "is_responsible": "y", "authorises": "y"})
    assert one_signup().state is SignupState.CONFIRMED


def test_nobody_enrols_a_person_that_is_not_theirs(client):
    activity, opening, _ = published()
    with transaction():
        adult, stranger = make.account(), make.person()
    client.sign_in(adult)
    answer = client.submit(
        f"/attivita/{activity.slug}/iscrizione", {"opening": opening.public_id, "person": str(stranger.id)}
    )
    assert answer.status_code == 422
    assert one_signup() is None


def test_pressing_twice_shows_the_same_page_and_one_signup(client):
    activity, opening, _ = published()
    with transaction():
        adult = make.account()
    client.sign_in(adult)
    sent = {"opening": opening.public_id, "person": str(adult.id), "submit_key": "abcdefgh23456789"}
    answers = [client.submit(f"/attivita/{activity.slug}/iscrizione", sent).headers["Location"] for _ in range(2)]
    assert answers[0] == answers[1]
    assert session().scalar(sa.select(sa.func.count(Signup.id))) == 1


def test_the_loser_of_the_last_place_may_queue_and_loses_nothing_typed(client):
    activity, opening, _ = published(capacity=1)
    with transaction():
        make.signed_up(opening)
        adult = make.account()
    client.sign_in(adult)
    sent = {"opening": opening.public_id, "person": str(adult.id)}
    answer = client.submit(f"/attivita/{activity.slug}/iscrizione", sent)
    assert answer.status_code == 422 and "ultimo posto è appena stato preso" in answer.text
    queued = client.submit(f"/attivita/{activity.slug}/iscrizione", {**sent, "joins_queue": "y"}, follow_redirects=True)
    assert "numero 1 della lista" in queued.text


@pytest.mark.parametrize(
    ("birth", "sentence"),
    [
        (("31", "2", "2010"), "26 11 2010"),
        (("1", "1", "2030"), "nel futuro"),
        (("1", "1", "1890"), "più di 120 anni"),
        (("", "", ""), "Scrivi giorno, mese e anno"),
        (("abc", "1", "2010"), "26 11 2010"),
    ],
)
def test_an_impossible_birthday_gets_a_sentence_beside_the_field(client, birth, sentence):
    activity, opening, _ = published()
    answer = client.submit(f"/attivita/{activity.slug}/iscrizione", who(opening, birth))
    assert answer.status_code == 422
    assert sentence in answer.text
    assert f'value="{birth[0]}"' in answer.text


def test_a_signup_is_a_secret_of_its_people(client, new_visitor):
    _, opening, _ = published()
    with transaction():
        row, _, public_id = make.signed_up(opening)
        stranger = make.account()
    client.sign_in(row)
    assert client.get(f"/iscrizioni/{public_id}").status_code == 200
    other = new_visitor()
    other.sign_in(stranger)
    assert other.get(f"/iscrizioni/{public_id}").status_code == 404
    assert other.submit(f"/iscrizioni/{public_id}/disdici").status_code == 404


def test_cancelling_from_the_page_frees_the_place(client):
    _, opening, _ = published()
    with transaction():
        row, _, public_id = make.signed_up(opening)
    client.sign_in(row)
    assert "passa a un" in client.submit(f"/iscrizioni/{public_id}/disdici", follow_redirects=True).text
    assert one_signup().state is SignupState.CANCELLED


def test_the_signed_link_of_a_mail_lets_a_person_without_account_cancel(client):
    _, opening, _ = published()
    with transaction():
        row, _, public_id = make.signed_up(opening)
    link = f"/i/{manage_token(public_id, row.id)}"
    assert client.get(link).status_code == 200
    client.submit(f"{link}/disdici")
    assert one_signup().state is SignupState.CANCELLED
    for forged in (link[:-1], link.replace(f"-{row.id}-", f"-{row.id + 1}-"), "/i/x", "/i/--", f"/i/{public_id}-1-x"):
        assert client.get(forged).status_code == 404


def test_an_offer_is_taken_with_one_button(client):
    _, opening, _ = published(capacity=1)
    with transaction():
        _, holder, first = make.signed_up(opening)
        row, _, second = make.signed_up(opening, joins_queue=True)
    with transaction():
        answering.cancel_signup(holder, first)
    client.sign_in(row)
    assert "posto libero per te" in client.get(f"/iscrizioni/{second}").text
    client.submit(f"/iscrizioni/{second}/accetta")
    assert session().scalar(sa.select(Signup.state).where(Signup.public_id == second)) is SignupState.CONFIRMED


def test_a_closed_activity_sends_back_to_its_page(client):
    activity, _, _ = published()
    with clock.frozen(clock.now() + timedelta(days=30)):
        assert client.get(f"/attivita/{activity.slug}/iscrizione").headers["Location"].endswith(f"/attivita/{activity.slug}")


def test_a_form_without_its_token_changes_nothing(client):
    activity, opening, _ = published()
    answer = client.post(f"/attivita/{activity.slug}/iscrizione", data=who(opening, ("3", "5", "1990")))
    assert answer.status_code == 400
    assert one_signup() is None


def test_a_post_from_another_site_is_refused(client):
    activity, opening, _ = published()
    data = who(opening, ("3", "5", "1990"))
    answer = client.submit(f"/attivita/{activity.slug}/iscrizione", data, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 400


def test_shifts_with_roles_and_places_for_the_young_stand_side_by_side(client):
    with transaction():
        activity, _opening, _coordinator = make.published(ActivityKind.VOLUNTEERING)
    text = client.get(f"/attivita/{activity.slug}").text
    assert "Dai una mano" in text and "Ci sono" in text


def test_what_is_refused_to_an_account_is_counted_and_what_is_taken_is_not(client):
    activity, opening, _ = published()
    with transaction():
        person = make.account()
    client.sign_in(person)
    path = f"/attivita/{activity.slug}/iscrizione"
    assert {client.submit(path, {"opening": "nessuno", "person": str(person.id)}).status_code for _ in range(30)} == {422}
    assert client.submit(path, {"opening": "nessuno", "person": str(person.id)}).status_code == 429
    assert client.submit(path, {"opening": opening.public_id, "person": str(person.id)}).status_code == 302
    assert one_signup().state is SignupState.CONFIRMED
